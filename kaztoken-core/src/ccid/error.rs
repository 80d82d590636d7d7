//! What can go wrong between the host and the reader.

use core::fmt;

use super::code::{ErrorCode, MessageType};
use super::descriptor::ExchangeLevel;
use crate::Millis;
use crate::atr::AtrError;
use crate::tpdu::pps::PpsError;
use crate::tpdu::t0::T0Error;
use crate::tpdu::t1::T1Error;

/// How the device broke the protocol. What it answered cannot be trusted, so the slot is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Violation {
    /// A transfer shorter than a header.
    ShortHeader {
        /// Bytes received.
        got: usize,
    },
    /// The transfer ended before the body did.
    ShortBody {
        /// dwLength.
        declared: u32,
        /// Bytes of the body received.
        got: usize,
    },
    /// dwLength does not fit into dwMaxCCIDMessageLength.
    TooLong {
        /// dwLength.
        declared: u32,
        /// The longest body allowed.
        max: usize,
    },
    /// More bytes in the transfer than the message has (strict mode only).
    TrailingBytes {
        /// Bytes after the message.
        got: usize,
    },
    /// The answer is for another slot.
    Slot {
        /// bSlot of the command.
        expected: u8,
        /// bSlot of the answer.
        got: u8,
    },
    /// The answer has a type that does not belong to the command.
    Type {
        /// What answers the command.
        expected: MessageType,
        /// bMessageType of the answer.
        got: MessageType,
    },
    /// An error answer with the type of a command (strict mode only).
    MistypedError(MessageType),
    /// A reserved value in bStatus.
    Status(u8),
    /// The card's answer has no room for SW1 SW2: whether the command was carried out is unknown.
    NoStatusWord {
        /// Bytes received.
        got: usize,
    },
    /// A part of a response that does not follow from the part before it.
    Chained {
        /// bChainParameter.
        parameter: u8,
    },
    /// Only answers to other commands and empty transfers.
    TooManyStale {
        /// How many were dropped.
        dropped: u16,
    },
    /// More requests for time than any command needs.
    TooManyTimeExtensions,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ShortHeader { got } => write!(f, "a transfer of {got} bytes, expected 10 or more"),
            Self::ShortBody { declared, got } => {
                write!(f, "the message announces {declared} bytes and ends after {got}")
            }
            Self::TooLong { declared, max } => {
                write!(f, "the message announces {declared} bytes, at most {max} are allowed")
            }
            Self::TrailingBytes { got } => write!(f, "{got} bytes after the end of the message"),
            Self::Slot { expected, got } => write!(f, "an answer for slot {got}, expected slot {expected}"),
            Self::Type { expected, got } => {
                write!(f, "an answer of type {:02X}, expected {:02X}", u8::from(got), u8::from(expected))
            }
            Self::MistypedError(kind) => {
                write!(f, "an error answer of type {:02X}, which is a command's", u8::from(kind))
            }
            Self::Status(status) => write!(f, "the reserved status {status:02X}"),
            Self::NoStatusWord { got } => write!(f, "a card answer of {got} bytes, without SW1 SW2"),
            Self::Chained { parameter } => {
                write!(f, "a part of an answer out of order (bChainParameter {parameter:02X})")
            }
            Self::TooManyStale { dropped } => {
                write!(f, "{dropped} transfers that answer nothing, and no answer")
            }
            Self::TooManyTimeExtensions => f.write_str("endless requests for more time"),
        }
    }
}

/// What ended a command in a slot.
///
/// Whether the slot can be used after it tells [`Slot::recovery`](super::Slot::recovery).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CcidError {
    /// The reader exchanges at a level that is not implemented.
    UnsupportedLevel(Option<ExchangeLevel>),
    /// wMaxPacketSize is 0 or larger than the buffers.
    UnsupportedPacketSize(u16),
    /// The caller's buffer is too small.
    BufferTooSmall {
        /// Bytes needed.
        needed: usize,
        /// Bytes given.
        got: usize,
    },
    /// The command APDU is no short APDU or does not fit into one message. It was not sent.
    CommandLength {
        /// Bytes of the command.
        got: usize,
        /// The most that fit.
        max: usize,
    },
    /// The descriptor does not offer what the message asks, or it was not allowed. It was not sent.
    NotOffered(MessageType),
    /// The slot already carries out a command.
    CommandPending,
    /// No command was started.
    NoCommand,
    /// No answer within the budget of the operation. What the card did is unknown.
    Timeout {
        /// The budget.
        budget: Millis,
    },
    /// The caller gave up. What the card did is unknown.
    Cancelled,
    /// The pipe failed during a command. What the card did is unknown.
    PipeFailed,
    /// The device broke the protocol.
    Violation(Violation),
    /// There is no card in the slot.
    CardAbsent,
    /// The card has no power (it was reset or another program powered it off).
    CardInactive,
    /// The card does not answer.
    CardMute,
    /// The reader stays busy.
    Busy(ErrorCode),
    /// The reader failed the command. The card's answer, if any, was dropped.
    Reader(ErrorCode),
    /// The card was powered on, and its answer to reset makes no sense.
    BadAtr(AtrError),
    /// Reader and card have no protocol in common.
    ProtocolMismatch {
        /// dwProtocols of the reader.
        reader: u32,
        /// The first protocol that the card offers.
        card: u8,
    },
    /// The card's answer does not fit into the caller's memory. The command was carried out.
    ResponseTooLong {
        /// Bytes of the answer, so far.
        needed: usize,
        /// Bytes of the memory.
        got: usize,
    },
    /// Card and reader did not agree on protocol and speed.
    Pps(PpsError),
    /// T=0 failed.
    T0(T0Error),
    /// T=1 failed.
    T1(T1Error),
    /// Neither the abort sequence nor a power cycle nor a reset of the bus helped.
    Unplug,
}

impl fmt::Display for CcidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::UnsupportedLevel(Some(level)) => {
                write!(f, "the reader works at {level} level, which leaves every bit to the host; use PC/SC")
            }
            Self::UnsupportedLevel(None) => {
                f.write_str("the reader names no single exchange level; use PC/SC")
            }
            Self::NotOffered(kind) => {
                write!(f, "the reader does not offer message {:02X}; nothing was sent", u8::from(kind))
            }
            Self::ResponseTooLong { needed, got } => {
                write!(
                    f,
                    "the answer has {needed} bytes or more and the buffer {got}; the command was carried out"
                )
            }
            Self::Pps(error) => error.fmt(f),
            Self::T0(error) => error.fmt(f),
            Self::T1(error) => error.fmt(f),
            Self::Unplug => f.write_str("the device cannot be brought back; unplug it and plug it in again"),
            Self::UnsupportedPacketSize(size) => {
                write!(f, "bulk packets of {size} bytes are not supported, expected 8 to 512")
            }
            Self::BufferTooSmall { needed, got } => {
                write!(f, "the buffer has {got} bytes and {needed} are needed")
            }
            Self::CommandLength { got, max } => write!(
                f,
                "a command of {got} bytes cannot be sent, expected 4 to {max}; chain commands for more data"
            ),
            Self::CommandPending => f.write_str("the slot is still carrying out another command"),
            Self::NoCommand => f.write_str("no command was started in the slot"),
            Self::Timeout { budget } => write!(
                f,
                "no answer within {} ms, the outcome is unknown; power the card on again or unplug it",
                budget.0
            ),
            Self::Cancelled => f.write_str(
                "cancelled, the outcome is unknown; power the card on again before the next command",
            ),
            Self::PipeFailed => f.write_str(
                "the USB transfer failed, the outcome is unknown; power the card on again or replug it",
            ),
            Self::Violation(violation) => {
                write!(f, "the device broke the protocol: {violation}; power the card on again or unplug it")
            }
            Self::CardAbsent => f.write_str("there is no card in the reader; insert it"),
            Self::CardInactive => f.write_str("the card is not powered; power it on and log in again"),
            Self::CardMute => f.write_str("the card does not answer; reinsert or replug it"),
            Self::Busy(code) => write!(f, "the reader stays busy: {code}"),
            Self::Reader(code) => write!(f, "{code}"),
            Self::BadAtr(error) => write!(f, "{error}"),
            Self::ProtocolMismatch { reader, card } => {
                write!(f, "the card offers T={card} first, the reader supports only protocols {reader:08X}")
            }
        }
    }
}

impl core::error::Error for CcidError {}

impl From<PpsError> for CcidError {
    fn from(error: PpsError) -> Self {
        Self::Pps(error)
    }
}

impl From<T0Error> for CcidError {
    fn from(error: T0Error) -> Self {
        Self::T0(error)
    }
}

impl From<T1Error> for CcidError {
    fn from(error: T1Error) -> Self {
        Self::T1(error)
    }
}

impl From<Violation> for CcidError {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

/// An error of a driven slot: of the pipe below, or of the protocol on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LinkError<E> {
    /// The pipe failed.
    Pipe(E),
    /// The protocol on it failed.
    Ccid(CcidError),
}

impl<E: fmt::Display> fmt::Display for LinkError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipe(error) => error.fmt(f),
            Self::Ccid(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LinkError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pipe(error) => Some(error),
            Self::Ccid(error) => Some(error),
        }
    }
}

impl<E> From<CcidError> for LinkError<E> {
    fn from(error: CcidError) -> Self {
        Self::Ccid(error)
    }
}
