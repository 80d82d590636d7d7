//! PINs: why one is not sent or not accepted.

use super::Said;
use crate::language::say;
use kaztoken_core::pin::{Pin, PinError, Refusal, Weakness};

impl Said for PinError {
    fn said(&self) -> String {
        match *self {
            Self::Empty => say!("pin-empty"),
            Self::TooLong { got } => say!("pin-too-long", count = got, max = Pin::MAX_LEN),
            Self::NotAscii => say!("pin-not-ascii"),
            _ => self.to_string(),
        }
    }
}

impl Said for Refusal {
    fn said(&self) -> String {
        match self {
            Self::CounterUnknown => say!("pin-counter-unknown"),
            Self::LastTry => say!("pin-only-one-try"),
            Self::Blocked => say!("pin-is-blocked"),
            Self::Absent => say!("pin-is-absent"),
            _ => self.to_string(),
        }
    }
}

impl Said for Weakness {
    fn said(&self) -> String {
        match *self {
            Self::TooShort { got, min } => say!("weak-too-short", count = got, min = min),
            Self::TooLong { got, max } => say!("weak-too-long", count = got, max = max),
            Self::ForbiddenCharacter { at } => say!("weak-forbidden", at = at),
            Self::NoLetter => say!("weak-no-letter"),
            Self::NoDigit => say!("weak-no-digit"),
            Self::Run { at } => say!("weak-run", at = at, end = at + 2),
            _ => self.to_string(),
        }
    }
}
