//! What is wrong with some octets, where, and in which field.

use core::fmt;

use crate::gost::error::DecodeError;

/// Octets that are not what they should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EncodingError {
    /// The field that is wrong.
    pub field: Field,
    /// Where it is, in octets from the first one given. For a length or a tag: where the element starts.
    pub at: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

impl EncodingError {
    pub(super) const fn new(field: Field, at: usize, problem: Problem) -> Self {
        Self { field, at, problem }
    }
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.field, self.at, self.problem)
    }
}

impl core::error::Error for EncodingError {}

/// A field of the encodings of this module, by the name that its standard gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Field {
    /// PrivateKeyInfo (RFC 5958), the whole.
    PrivateKeyInfo,
    /// PrivateKeyInfo.version.
    Version,
    /// AlgorithmIdentifier (RFC 5280 section 4.1.1.2), the whole.
    AlgorithmIdentifier,
    /// AlgorithmIdentifier.algorithm.
    Algorithm,
    /// AlgorithmIdentifier.parameters.
    Parameters,
    /// publicKeyParamSet of the parameters.
    PublicKeyParamSet,
    /// digestParamSet of the parameters.
    DigestParamSet,
    /// encryptionParamSet of the parameters.
    EncryptionParamSet,
    /// PrivateKeyInfo.privateKey and everything that is inside.
    PrivateKey,
    /// PrivateKeyInfo.attributes.
    Attributes,
    /// OneAsymmetricKey.publicKey.
    PublicKeyOfPrivateKey,
    /// SubjectPublicKeyInfo, the whole.
    SubjectPublicKeyInfo,
    /// SubjectPublicKeyInfo.subjectPublicKey, or a public key by itself.
    SubjectPublicKey,
    /// The 16 octets before the point in Gamma's key blob.
    BlobHeader,
    /// Certificate, list, response or request: the whole.
    Signed,
    /// What is signed: tbsCertificate and the like.
    ToBeSigned,
    /// signatureAlgorithm.
    SignatureAlgorithm,
    /// The signature.
    Signature,
    /// A part of tbsCertificate.
    Certificate,
    /// The extensions of a certificate.
    Extensions,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKeyInfo => "PrivateKeyInfo",
            Self::Version => "version",
            Self::AlgorithmIdentifier => "AlgorithmIdentifier",
            Self::Algorithm => "algorithm",
            Self::Parameters => "parameters",
            Self::PublicKeyParamSet => "publicKeyParamSet",
            Self::DigestParamSet => "digestParamSet",
            Self::EncryptionParamSet => "encryptionParamSet",
            Self::PrivateKey => "privateKey",
            Self::Attributes => "attributes",
            Self::PublicKeyOfPrivateKey => "publicKey",
            Self::SubjectPublicKeyInfo => "SubjectPublicKeyInfo",
            Self::SubjectPublicKey => "subjectPublicKey",
            Self::BlobHeader => "key blob header",
            Self::Signed => "signed object",
            Self::ToBeSigned => "signed part",
            Self::SignatureAlgorithm => "signatureAlgorithm",
            Self::Signature => "signature",
            Self::Certificate => "tbsCertificate",
            Self::Extensions => "extensions",
        })
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Problem {
    /// The octets end before it does.
    Truncated,
    /// Another kind of element stands there.
    Tag {
        /// Tag that the field has.
        expected: u8,
        /// Tag that stands there.
        found: u8,
    },
    /// The length is indefinite, not in the shortest form, or above 2^32 - 1: BER at best, not DER.
    NotDer,
    /// Octets follow where nothing should.
    Trailing,
    /// The number of octets is not what it should be.
    Size {
        /// Octets there.
        found: usize,
    },
    /// A value that the field cannot have.
    Value,
    /// An object identifier that is not known, or not in this place.
    UnknownOid,
    /// The parts do not belong together: a curve and an algorithm, a hash and a key size, a private key
    /// and the public key beside it.
    Mismatch,
    /// The number in it is no key.
    Key(DecodeError),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the octets end too early; is the file complete?"),
            Self::Tag { expected, found } => {
                write!(f, "tag {expected:02x} expected, {found:02x} found; is it another kind of object?")
            }
            Self::NotDer => f.write_str("the length is not DER; convert BER to DER first"),
            Self::Trailing => f.write_str("further octets where it should end"),
            Self::Size { found } => write!(f, "{found} octets do not fit"),
            Self::Value => f.write_str("a value that it cannot have"),
            Self::UnknownOid => f.write_str("the object identifier is not a known one of GOST"),
            Self::Mismatch => f.write_str("the parts do not belong together"),
            Self::Key(error) => error.fmt(f),
        }
    }
}
