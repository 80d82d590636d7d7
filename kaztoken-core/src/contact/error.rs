//! Why a card's contacts were deactivated, or a request to them was not begun.

use core::fmt;

use crate::atr::AtrError;
use crate::tpdu::pps::PpsError;
use crate::tpdu::t0::T0Error;
use crate::tpdu::t1::T1Error;

/// Why an exchange over the contacts came to nothing. Those that [`Contact::poll`](super::Contact::poll)
/// reports have taken the card's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ContactError {
    /// There is no card, or it was pulled.
    NoCard,
    /// The card draws too much current.
    OverCurrent,
    /// The card has no power.
    NotPowered,
    /// Something else is under way.
    Busy,
    /// No answer to reset began in time.
    Mute,
    /// The first character is neither 3B nor 3F.
    InitialCharacter(u8),
    /// The answer to reset goes on beyond the longest one.
    AtrTooLong,
    /// The answer to reset stopped before its end.
    AtrCut {
        /// Bytes there.
        got: usize,
    },
    /// TCK is wrong.
    AtrCheckByte,
    /// The answer to reset makes no sense.
    Atr(AtrError),
    /// Protocol and speed could not be agreed on.
    Pps(PpsError),
    /// The card does not answer the PPS.
    PpsSilent,
    /// A character had wrong parity, and the protocol could not mend it.
    Parity,
    /// The serial port lost characters.
    Overrun,
    /// The serial port does not send.
    LineStuck,
    /// The card is silent in the middle of an exchange.
    Timeout,
    /// Characters that never end.
    Endless,
    /// T=0: the card asks for more time again and again.
    TooManyNulls,
    /// T=0: this is no procedure byte here.
    ProcedureByte(u8),
    /// The answer is longer than the buffer.
    ResponseTooLong,
    /// The command or block is longer than the contacts carry.
    CommandTooLong {
        /// Bytes given.
        got: usize,
    },
    /// A block was to be sent to a card that does not speak T=1.
    NotT1,
    /// T=0 failed.
    T0(T0Error),
    /// T=1 failed.
    T1(T1Error),
}

impl fmt::Display for ContactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoCard => f.write_str("there is no card in the contacts; put it in"),
            Self::OverCurrent => f.write_str(
                "the card draws too much current and has no power now; take it out and look at it",
            ),
            Self::NotPowered => f.write_str("the card has no power; reset it"),
            Self::Busy => f.write_str("another exchange with the card is under way; wait for its end"),
            Self::Mute => {
                f.write_str("the card does not answer the reset; is it put in the right way round?")
            }
            Self::InitialCharacter(got) => {
                write!(
                    f,
                    "the answer to reset starts with {got:02X}, expected 3B or 3F; check clock and line"
                )
            }
            Self::AtrTooLong => f.write_str("the answer to reset never ends; try another card"),
            Self::AtrCut { got } => write!(f, "the answer to reset stops after {got} bytes; reset the card"),
            Self::AtrCheckByte => f.write_str("TCK of the answer to reset is wrong; reset the card"),
            Self::Atr(error) => error.fmt(f),
            Self::Pps(error) => error.fmt(f),
            Self::PpsSilent => f.write_str("the card does not answer the PPS; reset it"),
            Self::Parity => f.write_str("a character came damaged; clean the contacts and reset the card"),
            Self::Overrun => f.write_str("the serial port lost characters; reset the card"),
            Self::LineStuck => f.write_str("the serial port does not send; check the board"),
            Self::Timeout => f.write_str("the card stopped answering; reset it"),
            Self::Endless => f.write_str("the card keeps sending and never ends; reset it"),
            Self::TooManyNulls => f.write_str("the card asks for more time without end; reset it"),
            Self::ProcedureByte(got) => write!(f, "{got:02X} is no procedure byte; reset the card"),
            Self::ResponseTooLong => {
                f.write_str("the card's answer is longer than the buffer; reset the card")
            }
            Self::CommandTooLong { got } => {
                write!(f, "{got} bytes are more than the contacts carry at a time")
            }
            Self::NotT1 => f.write_str("the card does not speak T=1, so it takes no blocks"),
            Self::T0(error) => error.fmt(f),
            Self::T1(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ContactError {}
