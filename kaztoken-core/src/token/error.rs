//! Why a conversation ends without its result.

use super::format::FormatRefusal;
use crate::apdu::{ExchangeError, FciError, StatusWord};
use crate::pin::{Refusal, Role, Weakness};
use core::fmt;

/// What was being done when the token answered.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Step {
    /// GET DATA.
    GetData,
    /// SELECT.
    Select,
    /// READ BINARY.
    Read,
    /// UPDATE BINARY.
    Update,
    /// CREATE FILE.
    Create,
    /// DELETE FILE.
    Delete,
    /// Reading how many tries are left.
    Tries,
    /// VERIFY.
    Verify,
    /// RESET ACCESS RIGHTS.
    Logout,
    /// CHANGE REFERENCE DATA.
    ChangePin,
    /// RESET RETRY COUNTER.
    Unblock,
    /// The start of a format.
    FormatStart,
    /// The end of a format.
    FormatEnd,
    /// GENERATE KEY PAIR.
    Generate,
    /// Reading a public key object.
    ReadPublicKey,
    /// Setting the security environment.
    SetEnvironment,
    /// Computing a signature.
    Sign,
    /// Deciphering.
    Decipher,
    /// GET CHALLENGE.
    Random,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GetData => "reading token data",
            Self::Select => "selecting a file",
            Self::Read => "reading a file",
            Self::Update => "writing a file",
            Self::Create => "creating a file",
            Self::Delete => "deleting a file",
            Self::Tries => "reading the tries left",
            Self::Verify => "verifying the PIN",
            Self::Logout => "logging out",
            Self::ChangePin => "changing a PIN",
            Self::Unblock => "unblocking the user PIN",
            Self::FormatStart => "starting the format",
            Self::FormatEnd => "ending the format",
            Self::Generate => "generating the key",
            Self::ReadPublicKey => "reading the public key",
            Self::SetEnvironment => "choosing the key",
            Self::Sign => "signing",
            Self::Decipher => "deciphering",
            Self::Random => "reading random bytes",
        })
    }
}

/// Why a conversation ends without its result.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The token broke the rules of an APDU exchange.
    Exchange(ExchangeError),
    /// The token refused a step.
    Card {
        /// What was being done.
        step: Step,
        /// What it answered.
        sw: StatusWord,
    },
    /// The token answered nonsense.
    Malformed {
        /// What was being done.
        step: Step,
        /// What is wrong with the answer.
        what: &'static str,
    },
    /// The token's file control information is broken.
    Fci(FciError),
    /// The PIN is wrong; one try was spent.
    WrongPin {
        /// Whose PIN.
        role: Role,
        /// The tries left, if the token says.
        tries_left: Option<u8>,
    },
    /// The PIN is blocked (it may have become so just now).
    PinBlocked {
        /// Whose PIN.
        role: Role,
    },
    /// Another program is logged in on the token and stays so after a logout.
    AlreadyVerified,
    /// A PIN was not sent.
    PinRefused {
        /// Whose PIN.
        role: Role,
        /// Why.
        refusal: Refusal,
    },
    /// A new PIN does not fit.
    Weak(Weakness),
    /// A format was not started.
    FormatRefused(FormatRefusal),
    /// There is no such file, key, certificate or object.
    NotFound {
        /// What there is not.
        what: &'static str,
    },
    /// The thing is there already.
    Exists {
        /// What there is.
        what: &'static str,
    },
    /// No place is left: the token, a directory file or the key numbers 1 to 255.
    Full {
        /// What is full.
        what: &'static str,
    },
    /// The caller's data does not fit the operation.
    WrongInput {
        /// What is wrong.
        what: &'static str,
    },
    /// The caller's buffer is too small.
    BufferTooSmall {
        /// The bytes needed.
        needed: usize,
    },
    /// The token has no layout that this operation knows; a format makes one.
    NoLayout,
    /// This token cannot do it, or how it does it is not public.
    Unsupported {
        /// What it cannot do.
        what: &'static str,
    },
    /// The conversation took more commands than any should.
    TooManyCommands,
    /// The future waits for something else than its card, or was polled after its end.
    NotAConversation,
}

impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Self {
        Self::Exchange(error)
    }
}

impl From<FciError> for Error {
    fn from(error: FciError) -> Self {
        Self::Fci(error)
    }
}

impl From<Weakness> for Error {
    fn from(weakness: Weakness) -> Self {
        Self::Weak(weakness)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange(error) => error.fmt(f),
            Self::Card { step, sw } => write!(f, "{step}: the token answered {sw}"),
            Self::Malformed { step, what } => write!(f, "{step}: the token's answer is broken: {what}"),
            Self::Fci(error) => write!(f, "the token's file information is broken: {error}"),
            Self::WrongPin { role, tries_left: Some(n) } => {
                write!(f, "the {role} PIN is wrong, {n} tries are left")
            }
            Self::WrongPin { role, tries_left: None } => {
                write!(f, "the {role} PIN is wrong; how many tries are left is not known")
            }
            Self::PinBlocked { role: Role::User } => {
                f.write_str("the user PIN is blocked; the administrator can unblock it")
            }
            Self::PinBlocked { role: Role::Admin } => {
                f.write_str("the administrator PIN is blocked; only a format helps, and it erases everything")
            }
            Self::AlreadyVerified => f.write_str(
                "another program stays logged in on the token; close it or unplug the token, then try again",
            ),
            Self::PinRefused { role, refusal } => write!(f, "{role} PIN: {refusal}"),
            Self::Weak(weakness) => write!(f, "the new PIN is not accepted: {weakness}"),
            Self::FormatRefused(refusal) => refusal.fmt(f),
            Self::NotFound { what } => write!(f, "there is no such {what} on the token"),
            Self::Exists { what } => write!(f, "there is such a {what} on the token already"),
            Self::Full { what } => write!(f, "{what} is full; delete what is not needed any more"),
            Self::WrongInput { what } => f.write_str(what),
            Self::BufferTooSmall { needed } => {
                write!(f, "the buffer is too small, {needed} bytes are needed")
            }
            Self::NoLayout => {
                f.write_str("the token is not formatted in a way this can use; format it first")
            }
            Self::Unsupported { what } => write!(f, "not supported: {what}"),
            Self::TooManyCommands => f.write_str("the token never comes to an end"),
            Self::NotAConversation => f.write_str("the conversation is over or waits for something else"),
        }
    }
}

impl core::error::Error for Error {}
