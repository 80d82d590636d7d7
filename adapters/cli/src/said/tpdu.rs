//! PPS, T=0 and T=1.

use super::{Said, byte};
use crate::language::say;
use kaztoken_core::tpdu::pps::PpsError;
use kaztoken_core::tpdu::t0::T0Error;
use kaztoken_core::tpdu::t1::T1Error;

impl Said for PpsError {
    fn said(&self) -> String {
        match *self {
            Self::NoCommonProtocol => say!("pps-no-common"),
            Self::CrcNotSupported => say!("pps-crc"),
            Self::ImplicitParameters => say!("pps-implicit"),
            Self::SpeedNotSupported { f_d_index } => say!("pps-no-speed", got = byte(f_d_index)),
            Self::Length { got } => say!("pps-length", count = got),
            Self::InitialCharacter(got) => say!("pps-initial", got = byte(got)),
            Self::CheckByte { expected, got } => {
                say!("pps-check", got = byte(got), expected = byte(expected))
            }
            Self::Protocol { expected, got } => say!("pps-protocol", got = got, expected = expected),
            Self::Unexpected(pps0) => say!("pps-unexpected", got = byte(pps0)),
            Self::Speed { expected, got } => say!("pps-speed", got = byte(got), expected = byte(expected)),
            _ => self.to_string(),
        }
    }
}

impl Said for T0Error {
    fn said(&self) -> String {
        match *self {
            Self::Malformed { got } => say!("t0-malformed", count = got),
            Self::Extended => say!("t0-extended"),
            Self::NoCommand => say!("t0-no-command"),
            Self::NoStatusWord { got } => say!("t0-no-status-word", count = got),
            Self::InvalidStatus(sw1, sw2) => say!("t0-invalid-status", got = format!("{sw1:02X}{sw2:02X}")),
            Self::AnswerTooLong { got, max } => say!("t0-too-long", count = got, max = max),
            Self::BufferTooSmall { needed, got } => say!("t0-buffer", needed = needed, count = got),
            Self::WrongLengthTwice => say!("t0-wrong-length-twice"),
            Self::Endless => say!("t0-endless"),
            _ => self.to_string(),
        }
    }
}

impl Said for T1Error {
    fn said(&self) -> String {
        match *self {
            Self::CrcNotSupported => say!("t1-crc"),
            Self::EmptyCommand => say!("t1-empty"),
            Self::NotExchanging => say!("t1-not-exchanging"),
            Self::NeedsReset => say!("t1-needs-reset"),
            Self::NoIfsd => say!("t1-no-ifsd"),
            Self::Unrecovered => say!("t1-unrecovered"),
            Self::OutcomeUnknown => say!("t1-unknown"),
            Self::Aborted => say!("t1-aborted"),
            Self::WaitingTimeZero => say!("t1-waiting-zero"),
            Self::TooManyWaits => say!("t1-waits"),
            Self::ResponseTooLong { room } => say!("t1-too-long", count = room),
            Self::NoStatusWord { got } => say!("t1-no-status-word", count = got),
            _ => self.to_string(),
        }
    }
}
