//! A public key of a kind that signs here: GOST of every family, or RSA.

pub(crate) mod rsa;

use core::fmt;
use der::asn1::{BitString, ObjectIdentifier};
use der::{Decode, Encode};
use kaztoken_core::gost::encoding::{EncodingError, Field, Problem, SignedError, SubjectPublicKeyInfo};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::algorithm::SignatureAlgorithm;

pub use self::rsa::RsaPublicKey;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A public key with its algorithm.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PublicKey {
    /// GOST R 34.10 of any family.
    Gost(SubjectPublicKeyInfo),
    /// RSA.
    Rsa(RsaPublicKey),
}

/// Why a public key cannot be used, or a signature is not good.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// A GOST key or signature whose octets are not what they should be.
    Gost(EncodingError),
    /// An algorithm that is not known here.
    UnknownAlgorithm(ObjectIdentifier),
    /// An RSA key whose octets are no RSAPublicKey, or one too small, too large or even.
    Rsa,
    /// Neither: no SubjectPublicKeyInfo.
    Malformed,
    /// A key of this algorithm makes no such signatures: it is another key.
    OtherKey,
    /// The signature is not that of this key over this message.
    Signature,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gost(error) => error.fmt(f),
            Self::UnknownAlgorithm(oid) => write!(f, "the algorithm {oid} is not known"),
            Self::Rsa => f.write_str("this is no sound RSA key"),
            Self::Malformed => f.write_str("this is no public key in the form of certificates"),
            Self::OtherKey => {
                f.write_str("a key of this algorithm makes no such signatures: it is another key")
            }
            Self::Signature => f.write_str("the signature is not that of this key over this message"),
        }
    }
}

impl core::error::Error for KeyError {}

impl PublicKey {
    /// From SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    /// # Errors
    /// [`KeyError`], [`KeyError::UnknownAlgorithm`] for ECDSA and the like.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        match SubjectPublicKeyInfo::from_der(der) {
            Ok(info) => return Ok(Self::Gost(info)),
            Err(error) if error.field == Field::Algorithm && error.problem == Problem::UnknownOid => {}
            Err(error) => return Err(KeyError::Gost(error)),
        }
        let info = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| KeyError::Malformed)?;
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(KeyError::UnknownAlgorithm(info.algorithm.oid));
        }
        let bits = info.subject_public_key.as_bytes().ok_or(KeyError::Rsa)?;
        RsaPublicKey::from_pkcs1(bits).map(Self::Rsa)
    }

    /// As SubjectPublicKeyInfo.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        match self {
            Self::Gost(info) => info.to_der().to_vec(),
            Self::Rsa(key) => {
                let algorithm = AlgorithmIdentifierOwned {
                    oid: RSA_ENCRYPTION,
                    parameters: Some(der::asn1::Null.into()),
                };
                let bits = BitString::from_bytes(&key.to_pkcs1());
                bits.and_then(|subject_public_key| {
                    SubjectPublicKeyInfoOwned { algorithm, subject_public_key }.to_der()
                })
                .unwrap_or_default()
            }
        }
    }

    /// The contents of the BIT STRING: what key identifiers are the SHA-1 of (RFC 5280 section 4.2.1.2, method 1).
    #[must_use]
    pub fn key_bits(&self) -> Vec<u8> {
        match self {
            Self::Gost(info) => info.key_bits().to_vec(),
            Self::Rsa(key) => key.to_pkcs1(),
        }
    }

    /// Checks a signature of a message.
    /// # Errors
    /// [`KeyError::OtherKey`], [`KeyError::Signature`]; every error means "do not trust".
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        if let (Self::Rsa(key), SignatureAlgorithm::Rsa(hash)) = (self, algorithm) {
            return key.verify(hash, message, signature);
        }
        self.verify_digest(algorithm, &algorithm.digest_for(self).digest(message), signature)
    }

    /// Checks a signature of a digest that [`SignatureAlgorithm::digest_for`] this key made.
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        match (self, algorithm) {
            (Self::Gost(info), SignatureAlgorithm::Gost(algorithm)) => {
                let digest = digest.try_into().map_err(|_| KeyError::Signature)?;
                match info.verify_digest(algorithm, &digest, signature) {
                    Ok(_) => Ok(()),
                    Err(SignedError::OtherKey) => Err(KeyError::OtherKey),
                    Err(_) => Err(KeyError::Signature),
                }
            }
            (Self::Rsa(key), SignatureAlgorithm::Rsa(hash)) => key.verify_digest(hash, digest, signature),
            _ => Err(KeyError::OtherKey),
        }
    }

    /// What kind it is, in the words of the standards: `GOST R 34.10 512 bit (tc26-512-A)`, `RSA-2048`.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Gost(info) => {
                let set = info.public_key().parameter_set();
                format!("GOST R 34.10, {} bits ({set})", set.scalar_len() * 8)
            }
            Self::Rsa(key) => format!("RSA-{}", key.bits()),
        }
    }
}
