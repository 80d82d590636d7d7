//! Why a certificate is not to be trusted.

use core::fmt;

use crate::crl::Revoked;
use crate::ocsp::OcspError;
use crate::{Certificate, CertificateError, DateTime, KeyError, ObjectIdentifier};

/// Which certificate of a chain stood in the way, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainError {
    /// The certificate.
    pub certificate: Box<Certificate>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// It holds only from this moment on.
    NotYetValid(DateTime),
    /// It held until this moment.
    Expired(DateTime),
    /// Its key cannot be used: of an unknown algorithm, off its curve, damaged.
    Key(KeyError),
    /// An extension is damaged.
    Damaged(CertificateError),
    /// It has an extension that must be understood and is not.
    Critical(ObjectIdentifier),
    /// Its issuer's certificate is not at hand.
    NoIssuer,
    /// It issued itself and is not among the trusted ones.
    NotTrusted,
    /// The issuer of this name has another key than the one meant.
    OtherIssuerKey,
    /// The issuer of this name may not issue certificates.
    IssuerNoAuthority,
    /// Its signature is not that of its issuer.
    Signature(KeyError),
    /// The chain is longer than allowed.
    TooLong,
    /// It is not for signatures.
    NotForSignatures,
    /// It is not for this purpose or role.
    NotFor(ObjectIdentifier),
    /// It was revoked.
    Revoked(Revoked),
    /// The responder does not know it.
    UnknownToResponder,
    /// Nothing at hand says whether it was revoked.
    RevocationUnknown,
    /// The issuer may not sign revocation lists.
    CrlSign,
    /// The signature of the issuer's revocation list is not good.
    CrlSignature(KeyError),
    /// The issuer's revocation list is out of date since this moment.
    CrlOutOfDate(DateTime),
    /// Of the issuer there is a delta list only, without the whole one.
    CrlDeltaAlone,
    /// The OCSP response about it is of no use.
    Ocsp(OcspError),
}

impl ChainError {
    pub(super) fn new(certificate: &Certificate, problem: Problem) -> Self {
        Self { certificate: Box::new(certificate.clone()), problem }
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate of {}: {}", self.certificate.subject(), self.problem)
    }
}

impl core::error::Error for ChainError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid(from) => write!(f, "it holds only from {from} on"),
            Self::Expired(until) => write!(f, "it held until {until}"),
            Self::Key(error) => write!(f, "its key: {error}"),
            Self::Damaged(error) => error.fmt(f),
            Self::Critical(oid) => write!(f, "it has an extension {oid} that must be understood"),
            Self::NoIssuer => f.write_str("its issuer's certificate is not at hand"),
            Self::NotTrusted => f.write_str("it issued itself and is not among the trusted ones"),
            Self::OtherIssuerKey => f.write_str("the issuer of this name has another key"),
            Self::IssuerNoAuthority => f.write_str("its issuer may not issue certificates"),
            Self::Signature(error) => write!(f, "its issuer's signature: {error}"),
            Self::TooLong => f.write_str("the chain is longer than allowed"),
            Self::NotForSignatures => f.write_str("it is not for signatures"),
            Self::NotFor(oid) => write!(f, "it is not for {oid}"),
            Self::Revoked(revoked) => match revoked.reason {
                Some(reason) => write!(f, "it was revoked at {} ({reason:?})", revoked.at),
                None => write!(f, "it was revoked at {}", revoked.at),
            },
            Self::UnknownToResponder => f.write_str("the OCSP responder does not know it"),
            Self::RevocationUnknown => f.write_str("nothing at hand says whether it was revoked"),
            Self::CrlSign => f.write_str("its issuer may not sign revocation lists"),
            Self::CrlSignature(error) => write!(f, "its issuer's revocation list: {error}"),
            Self::CrlOutOfDate(until) => {
                write!(f, "its issuer's revocation list is out of date since {until}")
            }
            Self::CrlDeltaAlone => f.write_str("of its issuer there is a delta revocation list only"),
            Self::Ocsp(error) => error.fmt(f),
        }
    }
}
