//! The certificate management protocol (RFC 4210, RFC 9480, RFC 4211): how a certificate is asked for and comes.
//!
//! [`client`] and [`server`] are machines without a network: octets go in and out, and someone else carries them
//! ([`http`] does, over a plain TCP connection).
//!
//! The interbank settlement centre (KISC) is said to speak this protocol with two requests in one message and a shared
//! secret; how exactly is not public, and nothing here was ever tried against it.

pub mod client;
pub mod http;
pub mod message;
mod protection;
pub mod server;

use core::fmt;
use der::asn1::OctetString;

use crate::chain::ChainError;
use crate::{CertificateError, KeyError, ObjectIdentifier};

pub use protection::{Credentials, Secret};

/// No message is longer.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Why a transaction does not go on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CmpError {
    /// It is no message of this protocol.
    Contents(der::Error),
    /// It is longer than any.
    TooLarge,
    /// It is not protected.
    Unprotected,
    /// Its protection is of a kind that is not known.
    UnknownProtection(ObjectIdentifier),
    /// The code over it is wrong: another secret, or it was changed.
    Secret,
    /// The secret of this reference is not known.
    UnknownReference,
    /// It asks for more rounds than would ever end.
    Iterations(u32),
    /// The certificate of the one who signed it is missing.
    NoSigner,
    /// That certificate is not to be trusted.
    Signer(Box<ChainError>),
    /// Its signature is not good.
    Signature(KeyError),
    /// It belongs to another transaction.
    OtherTransaction,
    /// It answers another message.
    OtherNonce,
    /// It is of a kind that has no place here.
    Unexpected,
    /// The authority refused, for this reason.
    Rejected {
        /// In its words.
        text: String,
        /// In those of the standard.
        failures: Vec<Failure>,
    },
    /// It has no certificate in it.
    NoCertificate,
    /// The certificate in it is damaged.
    Certificate(CertificateError),
    /// The certificate is for another key.
    OtherKey,
    /// The certificate is for another name.
    OtherSubject,
    /// The key cannot sign.
    Key(KeyError),
    /// The saved state of a transaction is damaged.
    State,
}

impl fmt::Display for CmpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contents(error) => write!(f, "the authority's answer is no CMP message: {error}"),
            Self::TooLarge => f.write_str("the message is longer than any can be"),
            Self::Unprotected => f.write_str("the message is not protected"),
            Self::UnknownProtection(oid) => {
                write!(f, "the message is protected by {oid}, which is not known")
            }
            Self::Secret => {
                f.write_str("the code over the message is wrong: another secret, or it was changed")
            }
            Self::UnknownReference => f.write_str("there is no secret of this reference"),
            Self::Iterations(count) => write!(f, "the message asks for {count} rounds"),
            Self::NoSigner => f.write_str("the certificate of the one who signed the message is missing"),
            Self::Signer(error) => write!(f, "who signed the message is not to be trusted: {error}"),
            Self::Signature(error) => write!(f, "the message's signature: {error}"),
            Self::OtherTransaction => f.write_str("the message belongs to another transaction"),
            Self::OtherNonce => f.write_str("the message answers another one"),
            Self::Unexpected => f.write_str("the message has no place here"),
            Self::Rejected { text, failures } => {
                f.write_str("the authority refused")?;
                let separate = |first: bool| if first { ": " } else { ", " };
                for (number, failure) in failures.iter().enumerate() {
                    write!(f, "{}{}", separate(number == 0), failure.name())?;
                }
                if text.is_empty() { Ok(()) } else { write!(f, " ({text})") }
            }
            Self::NoCertificate => f.write_str("there is no certificate in the answer"),
            Self::Certificate(error) => error.fmt(f),
            Self::OtherKey => f.write_str("the certificate is for another key"),
            Self::OtherSubject => f.write_str("the certificate is for another name"),
            Self::Key(error) => error.fmt(f),
            Self::State => f.write_str("the saved state of the transaction is damaged"),
        }
    }
}

impl core::error::Error for CmpError {}

impl From<der::Error> for CmpError {
    fn from(error: der::Error) -> Self {
        Self::Contents(error)
    }
}

/// A bit of PKIFailureInfo (RFC 4210 section 5.2.3, RFC 9480).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure(pub u8);

impl Failure {
    /// transactionIdInUse.
    pub const TRANSACTION_ID_IN_USE: Self = Self(21);

    const NAMES: [&'static str; 27] = [
        "badAlg",
        "badMessageCheck",
        "badRequest",
        "badTime",
        "badCertId",
        "badDataFormat",
        "wrongAuthority",
        "incorrectData",
        "missingTimeStamp",
        "badPOP",
        "certRevoked",
        "certConfirmed",
        "wrongIntegrity",
        "badRecipientNonce",
        "timeNotAvailable",
        "unacceptedPolicy",
        "unacceptedExtension",
        "addInfoNotAvailable",
        "badSenderNonce",
        "badCertTemplate",
        "signerNotTrusted",
        "transactionIdInUse",
        "unsupportedVersion",
        "notAuthorized",
        "systemUnavail",
        "systemFailure",
        "duplicateCertReq",
    ];

    /// Its name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.get(usize::from(self.0)).copied().unwrap_or("a failure without a name")
    }
}

/// What a status says went wrong.
fn rejected(info: &message::PkiStatusInfo, details: &str) -> CmpError {
    let bits = info.fail_info.as_ref().map(|bits| bits.bits().collect::<Vec<_>>()).unwrap_or_default();
    let failures = bits.iter().zip(0..).filter(|(bit, _)| **bit).map(|(_, number)| Failure(number)).collect();
    let said = message::texts(info.status_string.as_ref());
    let text = if details.is_empty() || said == details { said } else { format!("{said} {details}") };
    CmpError::Rejected { text: text.trim().to_owned(), failures }
}

fn octet_string(octets: &[u8]) -> Result<OctetString, CmpError> {
    Ok(OctetString::new(octets)?)
}
