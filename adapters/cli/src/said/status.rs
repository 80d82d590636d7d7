//! Status words.

use super::Said;
use crate::language::say;
use kaztoken_core::apdu::{Status, StatusWord};

impl Said for StatusWord {
    fn said(&self) -> String {
        let sw = format!("{:04X}", self.0);
        let text = match self.status() {
            Status::Success => say!("sw-said-done"),
            Status::MoreData(_) => say!("sw-said-more"),
            Status::WrongLe(_) => say!("sw-said-wrong-le"),
            Status::WrongPin => say!("sw-said-wrong-pin"),
            Status::TriesLeft(count) => return say!("sw-tries", sw = sw, count = count),
            Status::MemoryFailure | Status::WriteFailure => say!("sw-said-memory"),
            Status::WrongLength => say!("sw-said-wrong-length"),
            Status::ChainEndExpected => say!("sw-said-chain"),
            Status::AccessDenied => say!("sw-said-access"),
            Status::Blocked => say!("sw-said-blocked"),
            Status::ConditionsNotSatisfied => say!("sw-said-conditions"),
            Status::NoCurrentFile => say!("sw-said-no-file"),
            Status::WrongData => say!("sw-said-data"),
            Status::NotSupported => say!("sw-said-not-supported"),
            Status::NotFound => say!("sw-said-not-found"),
            Status::NoMemory => say!("sw-said-full"),
            Status::WrongParameters => say!("sw-said-parameters"),
            Status::DataNotFound => say!("sw-said-no-data"),
            Status::FileExists => say!("sw-said-exists"),
            Status::WrongOffset => say!("sw-said-offset"),
            Status::UnknownInstruction => say!("sw-said-instruction"),
            Status::UnknownClass => say!("sw-said-class"),
            Status::NewerProtocol => say!("sw-said-newer"),
            Status::ProtocolViolated => say!("sw-said-violated"),
            Status::Busy => say!("sw-said-busy"),
            Status::TooManyObjects => say!("sw-said-too-many"),
            Status::AlreadyVerified => say!("sw-said-verified"),
            Status::Unknown(_) => say!("sw-said-unknown"),
            _ => return self.to_string(),
        };
        say!("sw-text", sw = sw, text = text)
    }
}
