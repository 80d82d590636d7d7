//! The CCID slot, the reader's descriptors and the answer to reset.

use super::{Said, byte, word};
use crate::language::say;
use kaztoken_core::atr::{AtrError, MAX_ATR_LEN};
use kaztoken_core::ccid::{CcidError, DescriptorError, ErrorCode, ExchangeLevel, Violation};

/// A header and one byte: what the longest message of a reader must hold.
const SHORTEST_MESSAGE: u8 = 11;

impl Said for CcidError {
    fn said(&self) -> String {
        match *self {
            Self::UnsupportedLevel(Some(level)) => say!("slot-level", level = level.said()),
            Self::UnsupportedLevel(None) => say!("slot-no-level"),
            Self::UnsupportedPacketSize(size) => say!("slot-packet-size", count = size),
            Self::BufferTooSmall { needed, got } => say!("slot-buffer", count = got, needed = needed),
            Self::CommandLength { got, max } => say!("slot-command-length", count = got, max = max),
            Self::NotOffered(kind) => say!("slot-not-offered", got = byte(kind.into())),
            Self::CommandPending => say!("slot-pending"),
            Self::NoCommand => say!("slot-no-command"),
            Self::Timeout { budget } => say!("slot-timeout", ms = budget.0),
            Self::Cancelled => say!("slot-cancelled"),
            Self::PipeFailed => say!("slot-pipe"),
            Self::Violation(violation) => say!("slot-violation", text = violation.said()),
            Self::CardAbsent => say!("slot-absent"),
            Self::CardInactive => say!("slot-inactive"),
            Self::CardMute => say!("slot-mute"),
            Self::Busy(code) => say!("slot-busy", text = code.said()),
            Self::Reader(code) => code.said(),
            Self::BadAtr(error) => error.said(),
            Self::ProtocolMismatch { reader, card } => {
                say!("slot-mismatch", card = card, reader = format!("{reader:08X}"))
            }
            Self::ResponseTooLong { needed, got } => {
                say!("slot-response-too-long", needed = needed, count = got)
            }
            Self::Pps(error) => error.said(),
            Self::T0(error) => error.said(),
            Self::T1(error) => error.said(),
            Self::Unplug => say!("slot-unplug"),
            _ => self.to_string(),
        }
    }
}

impl Said for Violation {
    fn said(&self) -> String {
        match *self {
            Self::ShortHeader { got } => say!("slot-short-header", count = got),
            Self::ShortBody { declared, got } => {
                say!("slot-short-body", declared = declared, count = got)
            }
            Self::TooLong { declared, max } => say!("slot-too-long", declared = declared, max = max),
            Self::TrailingBytes { got } => say!("slot-trailing", count = got),
            Self::Slot { expected, got } => say!("slot-slot", got = got, expected = expected),
            Self::Type { expected, got } => {
                say!("slot-type", got = byte(got.into()), expected = byte(expected.into()))
            }
            Self::MistypedError(kind) => say!("slot-mistyped", got = byte(kind.into())),
            Self::Status(status) => say!("slot-status", got = byte(status)),
            Self::NoStatusWord { got } => say!("slot-no-status-word", count = got),
            Self::Chained { parameter } => say!("slot-chained", got = byte(parameter)),
            Self::TooManyStale { dropped } => say!("slot-stale", count = dropped),
            Self::TooManyTimeExtensions => say!("slot-extensions"),
            _ => self.to_string(),
        }
    }
}

impl Said for ErrorCode {
    fn said(&self) -> String {
        let text = match *self {
            Self::CommandNotSupported => say!("berror-not-supported"),
            Self::SlotBusy => say!("berror-slot-busy"),
            Self::PinCancelled => say!("berror-pin-cancelled"),
            Self::PinTimeout => say!("berror-pin-timeout"),
            Self::BusyWithAutoSequence => say!("berror-auto"),
            Self::DeactivatedProtocol => say!("berror-deactivated"),
            Self::ProcedureByteConflict => say!("berror-procedure"),
            Self::IccClassNotSupported => say!("berror-class"),
            Self::IccProtocolNotSupported => say!("berror-protocol"),
            Self::BadAtrTck => say!("berror-tck"),
            Self::BadAtrTs => say!("berror-ts"),
            Self::HardwareError => say!("berror-hardware"),
            Self::TransferOverrun => say!("berror-overrun"),
            Self::TransferParityError => say!("berror-parity"),
            Self::IccMute => say!("berror-mute"),
            Self::CommandAborted => say!("berror-aborted"),
            Self::Unknown(0x05) => say!("berror-no-slot"),
            Self::Unknown(0x07) => say!("berror-parameter-7"),
            Self::Unknown(0xBB) => say!("berror-emv"),
            // The layer says it without the code, which is the offset.
            Self::Unknown(offset @ 0x01..=0x7F) => return say!("berror-parameter", offset = offset),
            Self::Unknown(0x80..=0xC0) => say!("berror-vendor"),
            Self::Unknown(_) => say!("berror-reserved"),
        };
        say!("berror-text", text = text, code = byte((*self).into()))
    }
}

impl Said for ExchangeLevel {
    fn said(&self) -> String {
        word(&self.to_string())
    }
}

impl Said for DescriptorError {
    fn said(&self) -> String {
        match *self {
            Self::NotFound { got } => say!("descriptor-not-found", count = got),
            Self::BadLength { at, length } => say!("descriptor-bad-length", at = at, count = length),
            Self::MessageLength(got) => {
                say!("descriptor-message-length", count = got, min = SHORTEST_MESSAGE)
            }
            Self::ConflictingLevels(features) => {
                say!("descriptor-levels", got = format!("{:08X}", features.0))
            }
            _ => self.to_string(),
        }
    }
}

impl Said for AtrError {
    fn said(&self) -> String {
        match *self {
            Self::Empty => say!("atr-empty"),
            Self::TooLong { got } => say!("atr-too-long", count = got, max = MAX_ATR_LEN),
            Self::InitialCharacter(ts) => say!("atr-initial", got = byte(ts)),
            Self::Truncated { expected, got } => say!("atr-truncated", expected = expected, count = got),
            _ => self.to_string(),
        }
    }
}
