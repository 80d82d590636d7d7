//! Digests and signatures by the names that certificates and messages give them.

use core::fmt;
use der::asn1::{Null, ObjectIdentifier};
use der::{Any, Decode, Encode};
use digest::{Digest as _, DynDigest};
use kaztoken_accel::{Streebog256, Streebog512};
use kaztoken_core::gost;
use kaztoken_core::gost::encoding::algorithm::KeyFamily;
use kaztoken_core::gost::hash::{Gost94CryptoPro, Gost94Test};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::PublicKey;

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// Streebog or GOST R 34.11-94.
    Gost(gost::HashAlgorithm),
    /// SHA-1: of old files only; nothing here signs with it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

impl DigestAlgorithm {
    /// The function of this identifier: Kazakhstan's, Gamma's, Russia's and SHA. `None` for any other.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        match *oid {
            SHA1 => Some(Self::Sha1),
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => gost::HashAlgorithm::from_oid(oid.as_bytes()).map(Self::Gost),
        }
    }

    /// Octets of a digest: 20 to 64.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Gost(hash) => hash.output_len(),
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of a message in one piece.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(message);
        hasher.finish()
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gost(hash) => hash.fmt(f),
            Self::Sha1 => f.write_str("SHA-1"),
            Self::Sha256 => f.write_str("SHA-256"),
            Self::Sha384 => f.write_str("SHA-384"),
            Self::Sha512 => f.write_str("SHA-512"),
        }
    }
}

/// A digest under way, for messages that come in pieces. Streebog runs on vector instructions where there are any.
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: Box<dyn DynDigest + Send>,
}

impl Hasher {
    /// Of the empty message.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        use gost::HashAlgorithm as H;
        let state: Box<dyn DynDigest + Send> = match algorithm {
            DigestAlgorithm::Gost(H::Streebog256) => Box::new(Streebog256::default()),
            DigestAlgorithm::Gost(H::Gost94Test) => Box::new(Gost94Test::default()),
            DigestAlgorithm::Gost(H::Gost94CryptoPro) => Box::new(Gost94CryptoPro::default()),
            DigestAlgorithm::Gost(_) => Box::new(Streebog512::default()),
            DigestAlgorithm::Sha1 => Box::new(sha1::Sha1::new()),
            DigestAlgorithm::Sha256 => Box::new(sha2::Sha256::new()),
            DigestAlgorithm::Sha384 => Box::new(sha2::Sha384::new()),
            DigestAlgorithm::Sha512 => Box::new(sha2::Sha512::new()),
        };
        Self { algorithm, state }
    }

    /// Which function it is.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.state.update(piece);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.state.finalize().into_vec()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm)
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How a signature is made: a hash function and a scheme.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// GOST, with the order of its two numbers.
    Gost(gost::encoding::algorithm::SignatureAlgorithm),
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) with this hash function.
    Rsa(DigestAlgorithm),
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");

impl SignatureAlgorithm {
    /// The algorithm of this identifier. CMS may name the key's algorithm in this place, which for RSA leaves the hash
    /// function to digestAlgorithm: give that. `None` for what is not known.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier, digest: Option<DigestAlgorithm>) -> Option<Self> {
        match *oid {
            RSA_ENCRYPTION => digest.map(Self::Rsa),
            SHA1_WITH_RSA => Some(Self::Rsa(DigestAlgorithm::Sha1)),
            SHA256_WITH_RSA => Some(Self::Rsa(DigestAlgorithm::Sha256)),
            SHA384_WITH_RSA => Some(Self::Rsa(DigestAlgorithm::Sha384)),
            SHA512_WITH_RSA => Some(Self::Rsa(DigestAlgorithm::Sha512)),
            _ => gost::encoding::algorithm::SignatureAlgorithm::from_oid(oid.as_bytes()).map(Self::Gost),
        }
    }

    /// The algorithm that this key signs by: for RSA with SHA-256. `None` for a key that is not for signatures.
    #[must_use]
    pub fn of_key(key: &PublicKey) -> Option<Self> {
        use gost::encoding::algorithm::SignatureAlgorithm as S;
        let PublicKey::Gost(info) = key else { return Some(Self::Rsa(DigestAlgorithm::Sha256)) };
        let large = info.public_key().parameter_set().scalar_len() == 64;
        match (info.algorithm().family(), large) {
            (KeyFamily::Kazakh2004, _) => Some(Self::Gost(S::Kazakh2004)),
            (KeyFamily::Kazakh2015, false) => Some(Self::Gost(S::Kazakh2015_256)),
            (KeyFamily::Kazakh2015, true) => Some(Self::Gost(S::Kazakh2015_512)),
            (KeyFamily::Gamma, false) => Some(Self::Gost(S::Gamma)),
            (KeyFamily::Russian2001, _) => Some(Self::Gost(S::Russian2001)),
            (KeyFamily::Russian2012, false) => Some(Self::Gost(S::Russian2012_256)),
            (KeyFamily::Russian2012, true) => Some(Self::Gost(S::Russian2012_512)),
            _ => None,
        }
    }

    /// The hash function that goes with this key.
    #[must_use]
    pub fn digest_for(self, key: &PublicKey) -> DigestAlgorithm {
        match (self, key) {
            (Self::Gost(algorithm), PublicKey::Gost(info)) => {
                DigestAlgorithm::Gost(algorithm.hash_for(&info.algorithm()))
            }
            (Self::Gost(algorithm), _) => DigestAlgorithm::Gost(algorithm.hash()),
            (Self::Rsa(digest), _) => digest,
        }
    }

    /// As AlgorithmIdentifier of a signature.
    #[must_use]
    pub fn identifier(self) -> AlgorithmIdentifierOwned {
        match self {
            Self::Gost(algorithm) => owned(&algorithm.to_der()),
            Self::Rsa(digest) => with_null(match digest {
                DigestAlgorithm::Sha1 => SHA1_WITH_RSA,
                DigestAlgorithm::Sha384 => SHA384_WITH_RSA,
                DigestAlgorithm::Sha512 => SHA512_WITH_RSA,
                _ => SHA256_WITH_RSA,
            }),
        }
    }

    /// The AlgorithmIdentifier of its hash function as CMS of the same family names it: Kazakh, Gamma's and RSA's with NULL,
    /// Russian without parameters (RFC 9215, RFC 4490).
    #[must_use]
    pub fn digest_identifier(self) -> AlgorithmIdentifierOwned {
        use gost::encoding::algorithm::SignatureAlgorithm as S;
        const fn name(oid: &str) -> ObjectIdentifier {
            ObjectIdentifier::new_unwrap(oid)
        }
        let bare = |oid| AlgorithmIdentifierOwned { oid, parameters: None };
        match self {
            Self::Gost(S::Kazakh2004) => with_null(name("1.2.398.3.10.1.3.1")),
            Self::Gost(S::Kazakh2015_256) => with_null(name("1.2.398.3.10.1.3.2")),
            Self::Gost(S::Gamma | S::GammaByKey) => with_null(name("1.3.6.1.4.1.6801.1.2.1")),
            Self::Gost(S::Russian2001) => bare(name("1.2.643.2.2.9")),
            Self::Gost(S::Russian2012_256) => bare(name("1.2.643.7.1.1.2.2")),
            Self::Gost(S::Russian2012_512) => bare(name("1.2.643.7.1.1.2.3")),
            Self::Gost(_) => with_null(name("1.2.398.3.10.1.3.3")),
            Self::Rsa(DigestAlgorithm::Sha1) => with_null(SHA1),
            Self::Rsa(DigestAlgorithm::Sha384) => with_null(SHA384),
            Self::Rsa(DigestAlgorithm::Sha512) => with_null(SHA512),
            Self::Rsa(_) => with_null(SHA256),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gost(algorithm) => write!(f, "{algorithm:?}"),
            Self::Rsa(digest) => write!(f, "RSA with {digest}"),
        }
    }
}

fn with_null(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: Some(Any::from(Null)) }
}

/// The identifier that the core wrote, as the type of the certificate crates.
pub(crate) fn owned(der: &[u8]) -> AlgorithmIdentifierOwned {
    // What the core writes is DER.
    AlgorithmIdentifierOwned::from_der(der)
        .unwrap_or(AlgorithmIdentifierOwned { oid: RSA_ENCRYPTION, parameters: None })
}

/// DER of a value that always has one.
pub(crate) fn encoded(value: &impl Encode) -> Vec<u8> {
    value.to_der().unwrap_or_default()
}
