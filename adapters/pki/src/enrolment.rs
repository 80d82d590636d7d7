//! Enrolment: from an empty token and the bank's initial key to a certificate on the token, in steps that can be taken up
//! again wherever they were cut off.
//!
//! Nothing is done here. The [`Journal`] holds what was decided and done, without secrets; [`next`] looks at it and at the
//! token, and says what is to be done now. Whoever carries the steps out writes to the journal before and after each.
//! Whatever ends the program in between, the same question gives the right next step: what was done is seen on the token or
//! in the journal and is not done again, what may have been done is looked for first.
//!
//! | step | when it is not known whether it was done |
//! |---|---|
//! | password | only a login tells the old one from the new: the person is asked |
//! | label | it is read |
//! | key | the token was empty before: a whole key pair is ours, half a one is removed and made again |
//! | request | it is signed again; nothing was sent yet |
//! | sending | the same message goes out again, in the same transaction |
//! | certificate | the authority is asked again |
//! | storing | it is looked for on the token |

mod journal;

use core::fmt;

pub use journal::{Decisions, Event, Journal, JournalError, Mark, Step};

/// What a token shows of itself, as far as an enrolment is concerned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenView {
    /// Its serial number.
    pub serial: u64,
    /// Its label.
    pub label: Option<String>,
    /// Whether it is formatted.
    pub formatted: bool,
    /// The key pairs on it.
    pub keys: Vec<KeyView>,
    /// The certificates on it.
    pub certificates: Vec<Vec<u8>>,
}

/// A key pair on the token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyView {
    /// Its number.
    pub number: u8,
    /// SubjectPublicKeyInfo, when both halves are there and the public one can be read.
    pub public_key: Option<Vec<u8>>,
}

/// What is to be done now.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Next {
    /// Change the user PIN to the new password.
    SetPassword,
    /// The password may have been changed or not: the person says which one holds, and the journal that it is done.
    AskPassword,
    /// Write the label.
    SetLabel(String),
    /// Generate the key pair; before that, remove the halves of pairs with these numbers, which a generation left that was
    /// cut off.
    GenerateKey(Vec<u8>),
    /// A key pair was generated and the journal does not know it yet: take it up with this number and public key.
    AdoptKey(u8, Vec<u8>),
    /// Make and sign the request for this key.
    SignRequest(u8, Vec<u8>),
    /// Send the request, or go on with the transaction.
    Send,
    /// Judge the certificate that came, and store it.
    StoreCertificate(Vec<u8>),
    /// Write down that all is done.
    Finish,
    /// Nothing: it is done.
    Done,
}

/// Why an enrolment cannot go on with this token.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The journal is of another token.
    OtherToken {
        /// The journal's.
        expected: u64,
        /// The one attached.
        found: u64,
    },
    /// The token is not formatted.
    NotFormatted,
    /// There are keys or certificates on it already.
    NotEmpty {
        /// Key pairs and halves.
        keys: usize,
        /// Certificates.
        certificates: usize,
    },
    /// The key that was generated for this enrolment is not on the token any more.
    KeyGone(u8),
    /// There is another key under the number of the one that was generated.
    OtherKey(u8),
    /// There are several key pairs, and which of them was generated is not known.
    SeveralKeys(usize),
    /// It was given up.
    GivenUp,
}

impl fmt::Display for EnrolmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherToken { expected, found } => {
                write!(f, "the enrolment is of the token {expected}, and {found} is attached")
            }
            Self::NotFormatted => f.write_str("the token is not formatted"),
            Self::NotEmpty { keys, certificates } => {
                write!(f, "the token is not empty: {keys} keys, {certificates} certificates")
            }
            Self::KeyGone(key) => {
                write!(f, "key {key}, made for this enrolment, is not on the token any more")
            }
            Self::OtherKey(key) => write!(f, "key {key} is not the one that was made for this enrolment"),
            Self::SeveralKeys(count) => {
                write!(
                    f,
                    "there are {count} keys on the token, and which was made for this enrolment is not known"
                )
            }
            Self::GivenUp => f.write_str("this enrolment was given up"),
        }
    }
}

impl core::error::Error for EnrolmentError {}

/// Whether an enrolment may begin with this token: formatted, and nothing on it.
/// # Errors
/// [`EnrolmentError::NotFormatted`], [`EnrolmentError::NotEmpty`].
pub fn may_begin(token: &TokenView) -> Result<(), EnrolmentError> {
    if !token.formatted {
        return Err(EnrolmentError::NotFormatted);
    }
    match (token.keys.len(), token.certificates.len()) {
        (0, 0) => Ok(()),
        (keys, certificates) => Err(EnrolmentError::NotEmpty { keys, certificates }),
    }
}

/// What is to be done now.
/// # Errors
/// [`EnrolmentError`]: token and journal contradict each other.
pub fn next(journal: &Journal, token: &TokenView) -> Result<Next, EnrolmentError> {
    if journal.is_given_up() {
        return Err(EnrolmentError::GivenUp);
    }
    let expected = journal.decisions().token;
    if token.serial != expected {
        return Err(EnrolmentError::OtherToken { expected, found: token.serial });
    }
    if !token.formatted {
        return Err(EnrolmentError::NotFormatted);
    }
    if let Some((number, public_key)) = journal.key() {
        let found = token.keys.iter().find(|key| key.number == number);
        let Some(found) = found else { return Err(EnrolmentError::KeyGone(number)) };
        if found.public_key.as_deref() != Some(public_key) {
            return Err(EnrolmentError::OtherKey(number));
        }
    }
    Ok(match () {
        () if journal.mark(Step::Password) == Mark::Open => Next::SetPassword,
        () if journal.mark(Step::Password) == Mark::Begun => Next::AskPassword,
        () if journal.mark(Step::Label) != Mark::Done => match &journal.decisions().label {
            Some(label) => Next::SetLabel(label.clone()),
            None => return after_label(journal, token),
        },
        () => return after_label(journal, token),
    })
}

fn after_label(journal: &Journal, token: &TokenView) -> Result<Next, EnrolmentError> {
    let Some((number, public_key)) = journal.key() else {
        return key(journal, token);
    };
    Ok(match journal.certificate() {
        _ if journal.mark(Step::Finish) == Mark::Done => Next::Done,
        _ if journal.request().is_none() => Next::SignRequest(number, public_key.to_vec()),
        None => Next::Send,
        Some(certificate) if journal.mark(Step::Store) == Mark::Done => {
            match token.certificates.iter().any(|stored| stored == certificate) {
                true => Next::Finish,
                // Deleted since.
                false => Next::StoreCertificate(certificate.to_vec()),
            }
        }
        Some(certificate) => Next::StoreCertificate(certificate.to_vec()),
    })
}

/// The token was empty when the enrolment began: what is on it now is ours.
fn key(journal: &Journal, token: &TokenView) -> Result<Next, EnrolmentError> {
    if journal.mark(Step::Key) == Mark::Open {
        may_begin(token)?;
        return Ok(Next::GenerateKey(Vec::new()));
    }
    let whole: Vec<_> =
        token.keys.iter().filter_map(|key| Some((key.number, key.public_key.as_ref()?))).collect();
    match whole[..] {
        [] => Ok(Next::GenerateKey(token.keys.iter().map(|key| key.number).collect())),
        [(number, public_key)] => Ok(Next::AdoptKey(number, public_key.clone())),
        _ => Err(EnrolmentError::SeveralKeys(whole.len())),
    }
}
