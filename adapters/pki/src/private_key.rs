//! Private keys in software: initial keys from key stores, the test authority's, those of tests.

use core::fmt;
use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Decode, Sequence};
use kaztoken_core::gost;
use kaztoken_core::gost::encoding::{EncodingError, Field, PrivateKeyInfo, Problem, SubjectPublicKeyInfo};
use rand_core::TryCryptoRng;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey as RsaPrivateKey};
use zeroize::Zeroizing;

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::public_key::rsa::padding;
use crate::{PublicKey, RsaPublicKey};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A private key: GOST R 34.10 of any family, or RSA. Wiped when dropped and never shown.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Gost(PrivateKeyInfo),
    Rsa(Box<RsaPrivateKey>),
}

/// Why a private key cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// A GOST key whose octets are not what they should be.
    Gost(EncodingError),
    /// An algorithm that is not known here.
    UnknownAlgorithm(ObjectIdentifier),
    /// An RSA key that is none or not a sound one.
    Rsa,
    /// No PrivateKeyInfo.
    Malformed,
    /// A key of this kind does not sign by this algorithm.
    OtherAlgorithm,
    /// The digest is of another length than the algorithm's.
    DigestLength,
    /// The random generator failed.
    Random,
}

impl fmt::Display for PrivateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gost(error) => error.fmt(f),
            Self::UnknownAlgorithm(oid) => write!(f, "the algorithm {oid} is not known"),
            Self::Rsa => f.write_str("this is no sound RSA key"),
            Self::Malformed => f.write_str("this is no private key in the form of PKCS#8"),
            Self::OtherAlgorithm => f.write_str("a key of this kind does not sign by this algorithm"),
            Self::DigestLength => f.write_str("the digest is not as long as the algorithm's"),
            Self::Random => f.write_str("the system gave no random numbers"),
        }
    }
}

impl core::error::Error for PrivateKeyError {}

/// PrivateKeyInfo (RFC 5958) of which only RSA's is read here.
#[derive(Sequence)]
struct Pkcs8<'a> {
    version: u8,
    algorithm: x509_cert::spki::AlgorithmIdentifierRef<'a>,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", optional = "true")]
    attributes: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

impl PrivateKey {
    /// From PKCS#8: GOST in all forms of `kaztoken_core::gost::encoding::private_key`, and RSA.
    /// # Errors
    /// [`PrivateKeyError`].
    pub fn from_pkcs8(octets: &[u8]) -> Result<Self, PrivateKeyError> {
        let info = Pkcs8::from_der(octets).map_err(|_| PrivateKeyError::Malformed)?;
        match PrivateKeyInfo::from_der(octets) {
            Ok(info) => return Self::from_gost(info),
            Err(error) if error.field == Field::Algorithm && error.problem == Problem::UnknownOid => {}
            Err(error) => return Err(PrivateKeyError::Gost(error)),
        }
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(PrivateKeyError::UnknownAlgorithm(info.algorithm.oid));
        }
        let key =
            RsaPrivateKey::from_pkcs1_der(info.private_key.as_bytes()).map_err(|_| PrivateKeyError::Rsa)?;
        Self::from_rsa(key)
    }

    /// From a GOST key.
    /// # Errors
    /// [`PrivateKeyError::Gost`]: never for one that was read or made as a [`PrivateKeyInfo`].
    pub fn from_gost(info: PrivateKeyInfo) -> Result<Self, PrivateKeyError> {
        let public = SubjectPublicKeyInfo::new(info.algorithm(), info.signing_key().public_key());
        let public = PublicKey::Gost(public.map_err(PrivateKeyError::Gost)?);
        Ok(Self { secret: Secret::Gost(info), public })
    }

    fn from_rsa(key: RsaPrivateKey) -> Result<Self, PrivateKeyError> {
        let number = |number: &BoxedUint| number.to_be_bytes_trimmed_vartime();
        let public =
            RsaPublicKey::new(&number(key.n()), &number(key.e())).map_err(|_| PrivateKeyError::Rsa)?;
        Ok(Self { secret: Secret::Rsa(Box::new(key)), public: PublicKey::Rsa(public) })
    }

    /// As PKCS#8, version 1.
    #[must_use]
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        match &self.secret {
            Secret::Gost(info) => Zeroizing::new(info.to_der().to_vec()),
            Secret::Rsa(key) => {
                let Ok(inner) = key.to_pkcs1_der() else { return Zeroizing::default() };
                let algorithm = x509_cert::spki::AlgorithmIdentifierRef {
                    oid: RSA_ENCRYPTION,
                    parameters: Some(AnyRef::NULL),
                };
                let Ok(private_key) = OctetStringRef::new(inner.as_bytes()) else {
                    return Zeroizing::default();
                };
                Zeroizing::new(encoded(&Pkcs8 {
                    version: 0,
                    algorithm,
                    private_key,
                    attributes: None,
                    public_key: None,
                }))
            }
        }
    }

    /// A new RSA key.
    /// # Errors
    /// [`PrivateKeyError::Rsa`].
    pub fn generate_rsa(
        bits: usize,
        random: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, PrivateKeyError> {
        let key = RsaPrivateKey::new(&mut rand_core::UnwrapErr(random), bits);
        Self::from_rsa(key.map_err(|_| PrivateKeyError::Rsa)?)
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// A GOST key as its own type; `None` for RSA.
    #[must_use]
    pub const fn gost(&self) -> Option<&PrivateKeyInfo> {
        match &self.secret {
            Secret::Gost(info) => Some(info),
            Secret::Rsa(_) => None,
        }
    }

    /// Signs a digest, as the algorithm's certificates and messages hold the signature.
    /// # Errors
    /// [`PrivateKeyError::OtherAlgorithm`], [`PrivateKeyError::DigestLength`].
    pub fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, PrivateKeyError> {
        if digest.len() != algorithm.digest_for(&self.public).output_len() {
            return Err(PrivateKeyError::DigestLength);
        }
        match (&self.secret, algorithm) {
            (Secret::Gost(info), SignatureAlgorithm::Gost(algorithm))
                if algorithm.fits(&info.algorithm()) =>
            {
                let digest = gost::Digest::from_slice(digest).map_err(|_| PrivateKeyError::DigestLength)?;
                let signature =
                    info.signing_key().sign_deterministic(&digest).map_err(|_| PrivateKeyError::Random)?;
                let layout = algorithm.layouts().first().ok_or(PrivateKeyError::OtherAlgorithm)?;
                Ok(layout.encode(signature).to_vec())
            }
            (Secret::Rsa(key), SignatureAlgorithm::Rsa(hash))
                if !matches!(hash, DigestAlgorithm::Gost(_)) =>
            {
                key.sign(padding(hash), digest).map_err(|_| PrivateKeyError::Rsa)
            }
            _ => Err(PrivateKeyError::OtherAlgorithm),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public.kind())
    }
}
