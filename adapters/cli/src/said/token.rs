//! The conversation with the token.

use super::{Said, byte, word};
use crate::language::say;
use kaztoken_core::apdu::tlv::TlvError;
use kaztoken_core::apdu::{CommandError, ExchangeError, FciError};
use kaztoken_core::pin::Role;
use kaztoken_core::token::{Algorithm, Contents, CryptoProSet, Error, FormatRefusal, Step, WrongSerial};

impl Said for Error {
    fn said(&self) -> String {
        match *self {
            Self::Exchange(error) => error.said(),
            Self::Card { step, sw } => say!("token-card", step = step.said(), text = sw.said()),
            Self::Malformed { step, what } => say!("token-malformed", step = step.said(), text = word(what)),
            Self::Fci(error) => say!("token-fci", text = error.said()),
            Self::WrongPin { role, tries_left: Some(left) } => {
                say!("token-wrong-pin", role = role.to_string(), count = left)
            }
            Self::WrongPin { role, tries_left: None } => {
                say!("token-wrong-pin-unknown", role = role.to_string())
            }
            Self::PinBlocked { role: Role::User } => say!("token-user-blocked"),
            Self::PinBlocked { role: Role::Admin } => say!("token-admin-blocked"),
            Self::AlreadyVerified => say!("token-already-verified"),
            Self::PinRefused { role, refusal } => {
                say!("token-pin-refused", role = role.to_string(), text = refusal.said())
            }
            Self::Weak(weakness) => say!("token-weak", text = weakness.said()),
            Self::FormatRefused(refusal) => refusal.said(),
            Self::NotFound { what } => say!("token-not-found", name = word(what)),
            Self::Exists { what } => say!("token-exists", name = word(what)),
            Self::Full { what } => say!("token-full", name = word(what)),
            Self::WrongInput { what } => word(what),
            Self::BufferTooSmall { needed } => say!("token-buffer", count = needed),
            Self::NoLayout => say!("token-no-layout"),
            Self::Unsupported { what } => say!("token-unsupported", text = word(what)),
            Self::TooManyCommands => say!("token-endless-commands"),
            Self::NotAConversation => say!("token-no-conversation"),
            _ => self.to_string(),
        }
    }
}

impl Said for Step {
    fn said(&self) -> String {
        match self {
            Self::GetData => say!("step-get-data"),
            Self::Select => say!("step-select"),
            Self::Read => say!("step-read"),
            Self::Update => say!("step-update"),
            Self::Create => say!("step-create"),
            Self::Delete => say!("step-delete"),
            Self::Tries => say!("step-tries"),
            Self::Verify => say!("step-verify"),
            Self::Logout => say!("step-logout"),
            Self::ChangePin => say!("step-change-pin"),
            Self::Unblock => say!("step-unblock"),
            Self::FormatStart => say!("step-format-start"),
            Self::FormatEnd => say!("step-format-end"),
            Self::Generate => say!("step-generate"),
            Self::ReadPublicKey => say!("step-read-public-key"),
            Self::SetEnvironment => say!("step-set-environment"),
            Self::Sign => say!("step-sign"),
            Self::Decipher => say!("step-decipher"),
            Self::Random => say!("step-random"),
            _ => self.to_string(),
        }
    }
}

impl Said for FormatRefusal {
    fn said(&self) -> String {
        match *self {
            Self::OtherToken => say!("format-other-token"),
            Self::NotEmpty(Contents { keys, certificates, foreign }) => {
                say!("format-holds", keys = keys, certificates = certificates, files = foreign)
            }
            Self::AdminPinNeeded => say!("format-needs-admin"),
            _ => self.to_string(),
        }
    }
}

impl Said for WrongSerial {
    fn said(&self) -> String {
        say!("format-wrong-serial", given = self.given.to_string(), token = self.token.to_string())
    }
}

impl Said for Algorithm {
    fn said(&self) -> String {
        match self {
            Self::Gost256(CryptoProSet::A) => say!("algorithm-gost256", name = "A"),
            Self::Gost256(CryptoProSet::B) => say!("algorithm-gost256", name = "B"),
            Self::Gost256(CryptoProSet::C) => say!("algorithm-gost256", name = "C"),
            Self::Gost512 => say!("algorithm-gost512"),
            Self::Rsa { bits } => say!("key-kind-rsa", count = *bits),
        }
    }
}

impl Said for ExchangeError {
    fn said(&self) -> String {
        match *self {
            Self::Command(error) => error.said(),
            Self::NoStatusWord { got } => say!("exchange-no-status", count = got),
            Self::AnswerTooLong { got, max } => say!("exchange-too-long", count = got, max = max),
            Self::Endless => say!("exchange-endless"),
            _ => self.to_string(),
        }
    }
}

impl Said for CommandError {
    fn said(&self) -> String {
        match *self {
            Self::TooShort { got } => say!("command-too-short", count = got),
            Self::WrongLength { lc, got } => say!("command-wrong-length", lc = lc, count = got),
            Self::DataTooLong { got, max } => say!("command-data-too-long", count = got, max = max),
            Self::NeTooLarge { got, max } => say!("command-ne-too-large", count = got, max = max),
            Self::BufferTooSmall { needed } => say!("command-buffer", count = needed),
            _ => self.to_string(),
        }
    }
}

impl Said for FciError {
    fn said(&self) -> String {
        match *self {
            Self::NoTemplate => say!("fci-no-template"),
            Self::Tlv(error) => error.said(),
            Self::Missing { tag } => say!("fci-missing", tag = byte(tag)),
            Self::WrongLength { tag, got, expected } => {
                say!("fci-wrong-length", tag = byte(tag), count = got, expected = expected)
            }
            _ => self.to_string(),
        }
    }
}

impl Said for TlvError {
    fn said(&self) -> String {
        match *self {
            Self::Truncated { at } => say!("tlv-truncated", at = at),
            Self::LongTag { at } => say!("tlv-long-tag", at = at),
            Self::LongLength { at } => say!("tlv-long-length", at = at),
            _ => self.to_string(),
        }
    }
}
