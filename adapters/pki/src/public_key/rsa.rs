//! RSA public keys and their signatures, RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).

use core::fmt;
use der::asn1::UintRef;
use der::{Decode, Sequence};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents};
use rsa::{BoxedUint, Pkcs1v15Sign};

use super::KeyError;
use crate::algorithm::{DigestAlgorithm, encoded};

/// Sizes of a modulus that are taken, in bits.
const BITS: core::ops::RangeInclusive<usize> = 1024..=16_384;

/// An RSA public key.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// Big-endian, without leading zeros; odd.
    modulus: Vec<u8>,
    /// Big-endian, without leading zeros; odd, at least 3, at most 33 bits.
    exponent: Vec<u8>,
}

/// RSAPublicKey (RFC 8017 appendix A.1.1).
#[derive(Sequence)]
struct Numbers<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl RsaPublicKey {
    /// From both numbers, big-endian.
    /// # Errors
    /// [`KeyError::Rsa`]: even, too small, too large.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let trim = |number: &[u8]| {
            let zeros = number.iter().take_while(|octet| **octet == 0).count();
            number.get(zeros..).unwrap_or_default().to_vec()
        };
        let (modulus, exponent) = (trim(modulus), trim(exponent));
        let odd = |number: &[u8]| number.last().is_some_and(|octet| octet & 1 == 1);
        // A larger exponent takes longer for nothing; RFC 8017 has no limit, other software has this one.
        let exponent_fits = exponent.len() <= 5
            && exponent != [1]
            && exponent.first().is_none_or(|top| exponent.len() < 5 || *top == 1);
        let key = Self { modulus, exponent };
        let sound = odd(&key.modulus) && odd(&key.exponent) && exponent_fits && BITS.contains(&key.bits());
        if sound { Ok(key) } else { Err(KeyError::Rsa) }
    }

    /// From RSAPublicKey.
    /// # Errors
    /// [`KeyError::Rsa`].
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let numbers = Numbers::from_der(der).map_err(|_| KeyError::Rsa)?;
        Self::new(numbers.modulus.as_bytes(), numbers.exponent.as_bytes())
    }

    /// As RSAPublicKey.
    #[must_use]
    pub fn to_pkcs1(&self) -> Vec<u8> {
        match (UintRef::new(&self.modulus), UintRef::new(&self.exponent)) {
            (Ok(modulus), Ok(exponent)) => encoded(&Numbers { modulus, exponent }),
            _ => Vec::new(),
        }
    }

    /// The modulus, big-endian.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent, big-endian.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The size of the modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        let unused = self.modulus.first().map_or(0, |top| top.leading_zeros() as usize);
        (self.modulus.len() * 8).saturating_sub(unused)
    }

    pub(super) fn verify(
        &self,
        hash: DigestAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        match parameters(hash) {
            Some(parameters) if (2048..=8192).contains(&self.bits()) => {
                let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
                key.verify(parameters, message, signature).map_err(|_| KeyError::Signature)
            }
            _ => self.verify_digest(hash, &hash.digest(message), signature),
        }
    }

    pub(super) fn verify_digest(
        &self,
        hash: DigestAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let number = |octets: &[u8]| BoxedUint::from_be_slice_vartime(octets);
        let key = rsa::PublicKey::new_with_size_limits(number(&self.modulus), number(&self.exponent), BITS);
        let key = key.map_err(|_| KeyError::Rsa)?;
        key.verify(padding(hash), digest, signature).map_err(|_| KeyError::Signature)
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} bits)", self.bits())
    }
}

/// This library is several times faster than the other, but takes whole messages only.
fn parameters(hash: DigestAlgorithm) -> Option<&'static RsaParameters> {
    match hash {
        DigestAlgorithm::Sha256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        DigestAlgorithm::Sha384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        DigestAlgorithm::Sha512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        DigestAlgorithm::Sha1 | DigestAlgorithm::Gost(_) => None,
    }
}

/// DigestInfo of this hash function (RFC 8017 section 9.2).
pub(crate) fn padding(hash: DigestAlgorithm) -> Pkcs1v15Sign {
    match hash {
        DigestAlgorithm::Sha1 => Pkcs1v15Sign::new::<sha1::Sha1>(),
        DigestAlgorithm::Sha384 => Pkcs1v15Sign::new::<sha2::Sha384>(),
        DigestAlgorithm::Sha512 => Pkcs1v15Sign::new::<sha2::Sha512>(),
        DigestAlgorithm::Gost(_) | DigestAlgorithm::Sha256 => Pkcs1v15Sign::new::<sha2::Sha256>(),
    }
}
