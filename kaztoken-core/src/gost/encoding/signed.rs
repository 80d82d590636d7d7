//! What X.509 signs: SIGNED { ... } of X.509, the outer shape of certificates and their like.

use core::fmt;

use super::algorithm::SignatureAlgorithm;
use super::der::{Reader, SEQUENCE};
use super::error::{EncodingError, Field};
use super::spki::SubjectPublicKeyInfo;
use crate::gost::digest::Digest;
use crate::gost::error::VerifyError;
use crate::gost::signature::Layout;
use crate::gost::verification::verify;

/// A certificate, a revocation list (RFC 5280), a certification request (RFC 2986) or a BasicOCSPResponse
/// (RFC 6960): something signed, the algorithm, the signature.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    signed: &'a [u8],
    algorithm: Element<'a>,
    signature: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Element<'a> {
    octets: &'a [u8],
    at: usize,
}

/// Why a signed object was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignedError {
    /// The octets are not what they should be.
    Encoding(EncodingError),
    /// Keys of this algorithm make no such signatures: it is another key.
    OtherKey,
    /// The signature is not good.
    Signature(VerifyError),
}

impl fmt::Display for SignedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding(error) => error.fmt(f),
            Self::OtherKey => {
                f.write_str("keys of this algorithm make no such signatures; is it the issuer's?")
            }
            Self::Signature(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SignedError {}

impl From<EncodingError> for SignedError {
    fn from(error: EncodingError) -> Self {
        Self::Encoding(error)
    }
}

impl<'a> Signed<'a> {
    /// Takes DER apart. A fourth element, as BasicOCSPResponse's certificates, is left aside.
    ///
    /// # Errors
    /// [`EncodingError`]; an algorithm that is not known is no error yet.
    pub fn from_der(octets: &'a [u8]) -> Result<Self, EncodingError> {
        let mut inside = Reader::only(octets, SEQUENCE, Field::Signed)?;
        let signed = inside.element(SEQUENCE, Field::ToBeSigned)?.whole;
        let algorithm = inside.element(SEQUENCE, Field::SignatureAlgorithm)?;
        let signature = inside.bit_string(Field::Signature)?.octets();
        inside.optional(super::der::context(0), Field::Signed)?;
        inside.end(Field::Signed)?;
        let algorithm = Element { octets: algorithm.whole, at: algorithm.at };
        Ok(Self { signed, algorithm, signature })
    }

    /// What is signed, with its tag and length.
    #[must_use]
    pub const fn signed(&self) -> &'a [u8] {
        self.signed
    }

    /// The signature's octets.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// signatureAlgorithm as it stands there, with its tag and length.
    #[must_use]
    pub const fn algorithm_identifier(&self) -> &'a [u8] {
        self.algorithm.octets
    }

    /// The algorithm of the signature.
    ///
    /// # Errors
    /// [`EncodingError`]; [`Problem::UnknownOid`](super::Problem::UnknownOid) for what is not GOST, RSA above
    /// all.
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, EncodingError> {
        SignatureAlgorithm::from_reader(Reader::starting_at(self.algorithm.octets, self.algorithm.at))
    }

    /// Checks the signature with the issuer's key, and says in which order the two numbers stand. Everything
    /// but the key is told by the octets: hash function, order, size.
    ///
    /// # Errors
    /// [`SignedError`]; every error means "do not trust".
    pub fn verify(&self, issuer: &SubjectPublicKeyInfo) -> Result<Layout, SignedError> {
        issuer.verify(self.algorithm()?, self.signed, self.signature)
    }
}

impl SubjectPublicKeyInfo {
    /// Checks a signature of a message by an algorithm as certificates and CMS name it, and says in which
    /// order its two numbers stand.
    ///
    /// # Errors
    /// [`SignedError::OtherKey`], [`SignedError::Signature`]; every error means "do not trust".
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Layout, SignedError> {
        self.verify_digest(algorithm, &algorithm.hash_for(&self.algorithm()).digest(message), signature)
    }

    /// The same for a message of which only the digest is at hand, by [the hash function of this
    /// key](SignatureAlgorithm::hash_for).
    /// # Errors
    /// [`SignedError::OtherKey`], [`SignedError::Signature`]; every error means "do not trust".
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<Layout, SignedError> {
        if !algorithm.fits(&self.algorithm()) {
            return Err(SignedError::OtherKey);
        }
        let mut error = VerifyError::SignatureLength;
        for layout in algorithm.layouts() {
            let Ok(signature) = layout.decode(signature) else { continue };
            match verify(self.public_key(), digest, &signature) {
                Ok(()) => return Ok(*layout),
                // In the wrong order a number may well be out of range: that says less than a mismatch.
                Err(why) if error != VerifyError::Mismatch => error = why,
                Err(_) => {}
            }
        }
        Err(SignedError::Signature(error))
    }
}
