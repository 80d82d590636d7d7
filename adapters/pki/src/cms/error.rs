//! What can be wrong with a signed message.

use core::fmt;

use crate::ber::BerError;
use crate::{CertificateError, KeyError, ObjectIdentifier};

/// Why a message cannot be read, or a signature in it is not good.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CmsError {
    /// It is no signed message.
    NotOne,
    /// Its outer encoding is damaged.
    Encoding(BerError),
    /// A part of it is damaged.
    Damaged(&'static str),
    /// A certificate in it is damaged.
    Certificate(CertificateError),
    /// The content is not in it and was not given.
    NoContent,
    /// Nobody signed it.
    NoSigner,
    /// A hash function of this identifier is not known.
    UnknownDigest(ObjectIdentifier),
    /// A signature algorithm of this identifier is not known.
    UnknownAlgorithm(ObjectIdentifier),
    /// Hash function and signature algorithm do not go together.
    OtherDigest,
    /// The signer's certificate is not in the message and not at hand.
    NoCertificate,
    /// An attribute that must be there is missing, or is there twice.
    Attribute(ObjectIdentifier),
    /// The signature is of another kind of content.
    OtherContentType,
    /// The content is not what was signed.
    Content,
    /// The certificate is another than the one that the signer names.
    OtherCertificate,
    /// The signature is not good.
    Signature(KeyError),
    /// The time stamp is of another signature.
    OtherStamp,
    /// The time stamp itself is not good.
    Stamp(Box<Self>),
    /// The time stamp authority answered another question than the one that was asked.
    OtherRequest,
    /// The time stamp authority gave none.
    Refused(String),
}

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOne => f.write_str("this is no signed message (CMS)"),
            Self::Encoding(error) => write!(f, "the message is damaged: {error}"),
            Self::Damaged(what) => write!(f, "the message is damaged: {what}"),
            Self::Certificate(error) => error.fmt(f),
            Self::NoContent => f.write_str("the content is not in the message"),
            Self::NoSigner => f.write_str("nobody signed the message"),
            Self::UnknownDigest(oid) => write!(f, "the hash function {oid} is not known"),
            Self::UnknownAlgorithm(oid) => write!(f, "the signature algorithm {oid} is not known"),
            Self::OtherDigest => f.write_str("hash function and signature algorithm do not go together"),
            Self::NoCertificate => f.write_str("the signer's certificate is missing"),
            Self::Attribute(oid) => write!(f, "the signed attribute {oid} is missing or there twice"),
            Self::OtherContentType => f.write_str("the signature is of another kind of content"),
            Self::Content => f.write_str("the content is not what was signed"),
            Self::OtherCertificate => {
                f.write_str("the certificate is another than the one that the signer names")
            }
            Self::Signature(error) => error.fmt(f),
            Self::OtherStamp => f.write_str("the time stamp is of another signature"),
            Self::Stamp(error) => write!(f, "the time stamp: {error}"),
            Self::OtherRequest => f.write_str("the time stamp authority answered another question"),
            Self::Refused(text) => write!(f, "the time stamp authority gave no stamp: {text}"),
        }
    }
}

impl core::error::Error for CmsError {}
