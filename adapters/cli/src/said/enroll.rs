//! Key stores, the conversation with an authority, the journal of an enrolment.

use super::Said;
use super::pki::identifier;
use crate::language::say;
use kaztoken_pki::PrivateKeyError;
use kaztoken_pki::authority::AuthorityError;
use kaztoken_pki::cmp::CmpError;
use kaztoken_pki::cmp::http::HttpError;
use kaztoken_pki::cms::CmsError;
use kaztoken_pki::dsn::DsnError;
use kaztoken_pki::enrolment::{EnrolmentError, JournalError};
use kaztoken_pki::key_store::KeyStoreError;
use kaztoken_pki::name::NameError;
use kaztoken_pki::request::RequestError;

impl Said for PrivateKeyError {
    fn said(&self) -> String {
        match self {
            Self::Gost(error) => say!("pki-key-gost", text = error.to_string()),
            Self::UnknownAlgorithm(oid) => say!("pki-key-unknown", name = oid.to_string()),
            Self::Rsa => say!("pki-key-rsa"),
            Self::Malformed => say!("private-key-malformed"),
            Self::OtherAlgorithm => say!("private-key-other-algorithm"),
            Self::DigestLength => say!("private-key-digest"),
            Self::Random => say!("private-key-random"),
            _ => self.to_string(),
        }
    }
}

impl Said for KeyStoreError {
    fn said(&self) -> String {
        match self {
            Self::NotOne => say!("store-not-one"),
            Self::Encoding(error) => say!("store-damaged", text = error.to_string()),
            Self::Damaged(what) => say!("store-damaged", text = *what),
            Self::Password => say!("store-password"),
            Self::Changed => say!("store-changed"),
            Self::UnknownCipher(oid) => say!("store-cipher", name = oid.to_string()),
            Self::Iterations(count) => say!("store-rounds", count = *count),
            Self::Key(error) => error.said(),
            Self::Certificate(error) => error.said(),
            Self::OtherCertificate => say!("store-other-certificate"),
            _ => self.to_string(),
        }
    }
}

impl Said for JournalError {
    fn said(&self) -> String {
        match self {
            Self::NotOne => say!("journal-not-one"),
            Self::Version => say!("journal-version"),
            Self::TooLarge => say!("journal-too-large"),
            Self::Line { number } => say!("journal-line", number = *number),
            _ => self.to_string(),
        }
    }
}

impl Said for EnrolmentError {
    fn said(&self) -> String {
        match self {
            Self::OtherToken { expected, found } => {
                say!("enrolment-other-token", expected = expected.to_string(), found = found.to_string())
            }
            Self::NotFormatted => say!("enrolment-not-formatted"),
            Self::NotEmpty { keys, certificates } => {
                say!("enrolment-not-empty", keys = *keys, certificates = *certificates)
            }
            Self::KeyGone(key) => say!("enrolment-key-gone", number = *key),
            Self::OtherKey(key) => say!("enrolment-other-key", number = *key),
            Self::SeveralKeys(count) => say!("enrolment-several-keys", count = *count),
            Self::GivenUp => say!("enrolment-given-up"),
            _ => self.to_string(),
        }
    }
}

impl Said for CmpError {
    fn said(&self) -> String {
        match self {
            Self::Contents(error) => say!("cmp-contents", text = error.to_string()),
            Self::TooLarge => say!("cmp-too-large"),
            Self::Unprotected => say!("cmp-unprotected"),
            Self::UnknownProtection(oid) => say!("cmp-unknown-protection", name = identifier(oid)),
            Self::Secret => say!("cmp-secret"),
            Self::UnknownReference => say!("cmp-unknown-reference"),
            Self::Iterations(count) => say!("cmp-rounds", count = *count),
            Self::NoSigner => say!("cmp-no-signer"),
            Self::Signer(error) => say!("cmp-signer", text = error.problem.said()),
            Self::Signature(error) => say!("cmp-signature", text = error.said()),
            Self::OtherTransaction => say!("cmp-other-transaction"),
            Self::OtherNonce => say!("cmp-other-nonce"),
            Self::Unexpected => say!("cmp-unexpected"),
            Self::Rejected { text, failures } => {
                let names: Vec<_> = failures.iter().map(|failure| failure.name()).collect();
                say!("cmp-rejected", failures = names.join(", "), text = crate::output::printable(text))
            }
            Self::NoCertificate => say!("cmp-no-certificate"),
            Self::Certificate(error) => error.said(),
            Self::OtherKey => say!("cmp-other-key"),
            Self::OtherSubject => say!("cmp-other-subject"),
            Self::Key(error) => error.said(),
            Self::State => say!("cmp-state"),
            _ => self.to_string(),
        }
    }
}

impl Said for HttpError {
    fn said(&self) -> String {
        match self {
            Self::Io(error) => error.said(),
            Self::Protocol(what) => say!("http-protocol", text = *what),
            Self::Status(status) => say!("http-status", number = *status),
            Self::TooLarge => say!("http-too-large"),
            Self::Kind(kind) => say!("http-kind", name = crate::output::printable(kind)),
            _ => self.to_string(),
        }
    }
}

impl Said for NameError {
    fn said(&self) -> String {
        match self {
            Self::Number => say!("usage-number-expected"),
            Self::Empty { part } => say!("name-empty", part = *part),
            Self::Part { part } => say!("name-part", part = *part),
            _ => self.to_string(),
        }
    }
}

impl Said for RequestError {
    fn said(&self) -> String {
        match self {
            Self::Form(error) => say!("request-none", text = error.to_string()),
            Self::Contents(error) => say!("request-none", text = error.to_string()),
            Self::Key(error) => say!("request-key", text = error.said()),
            Self::Signature(error) => say!("request-signature", text = error.said()),
            _ => self.to_string(),
        }
    }
}

impl Said for AuthorityError {
    fn said(&self) -> String {
        match self {
            Self::Key(error) => error.said(),
            Self::OtherKey => say!("authority-other-key"),
            Self::Weak => say!("authority-weak"),
            Self::Kind => say!("authority-kind"),
            Self::Extension(oid) => say!("authority-extension", name = identifier(oid)),
            Self::Dates => say!("authority-dates"),
            Self::Issued(error) => error.said(),
            _ => self.to_string(),
        }
    }
}

impl Said for CmsError {
    fn said(&self) -> String {
        match self {
            Self::NotOne => say!("cms-not-one"),
            Self::Encoding(error) => say!("cms-damaged", text = error.to_string()),
            Self::Damaged(what) => say!("cms-damaged", text = *what),
            Self::Certificate(error) => error.said(),
            Self::NoContent => say!("cms-no-content"),
            Self::NoSigner => say!("cms-nobody"),
            Self::UnknownDigest(oid) => say!("cms-unknown-digest", name = oid.to_string()),
            Self::UnknownAlgorithm(oid) => say!("cms-unknown-algorithm", name = oid.to_string()),
            Self::OtherDigest => say!("cms-other-digest"),
            Self::NoCertificate => say!("cms-certificate-missing"),
            Self::Attribute(oid) => say!("cms-attribute", name = oid.to_string()),
            Self::OtherContentType => say!("cms-other-type"),
            Self::Content => say!("cms-content"),
            Self::OtherCertificate => say!("cms-names-other"),
            Self::Signature(error) => error.said(),
            Self::OtherStamp => say!("cms-other-stamp"),
            Self::Stamp(error) => say!("cms-stamp", text = error.said()),
            Self::OtherRequest => say!("cms-other-request"),
            Self::Refused(text) => say!("cms-refused", text = crate::output::printable(text)),
            _ => self.to_string(),
        }
    }
}

impl Said for DsnError {
    fn said(&self) -> String {
        match self {
            Self::Length { found } => say!("enroll-dsn-length", count = *found),
            Self::Small => say!("enroll-dsn-capitals"),
            Self::Alphabet => say!("enroll-dsn-alphabet"),
            _ => self.to_string(),
        }
    }
}
