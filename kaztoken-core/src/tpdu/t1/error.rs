//! Why a T=1 exchange ended without a response.

use core::fmt;

/// What ended an exchange of blocks.
///
/// [`T1::needs_reset`](super::T1::needs_reset) tells whether the card must be reset before the next command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum T1Error {
    /// The ATR asks for CRC instead of LRC (TCi of T=1). For the caller, who reads the ATR.
    CrcNotSupported,
    /// A command without bytes.
    EmptyCommand,
    /// No exchange is under way, but a block came.
    NotExchanging,
    /// An exchange before this one ended in the middle: the card must be reset first.
    NeedsReset,
    /// The card did not acknowledge the size of blocks that the host can take.
    NoIfsd,
    /// Neither repetitions nor resynchronisation brought a usable block. The command only reads.
    Unrecovered,
    /// Blocks were lost and repeating them could carry out the command twice. Whether it was carried out is
    /// unknown.
    OutcomeUnknown,
    /// The card ended the exchange with S(ABORT request).
    Aborted,
    /// S(WTX request) with the multiplier 0.
    WaitingTimeZero,
    /// More S(WTX request) than any command needs.
    TooManyWaits,
    /// The response does not fit into the caller's buffer.
    ResponseTooLong {
        /// Bytes of the buffer.
        room: usize,
    },
    /// The response has no room for SW1 SW2.
    NoStatusWord {
        /// Bytes received.
        got: usize,
    },
}

impl fmt::Display for T1Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::CrcNotSupported => "the card wants T=1 with CRC, only LRC is supported; use another reader",
            Self::EmptyCommand => "the command is empty",
            Self::NotExchanging => "a block came from the card without a command",
            Self::NeedsReset => "an earlier exchange was cut off; reset the card",
            Self::NoIfsd => "the card does not acknowledge the block size; reset the card",
            Self::Unrecovered => "the card's blocks stay unusable; check the contacts and reset the card",
            Self::OutcomeUnknown => {
                "blocks were lost; the command may have been carried out or not, look at the card's state"
            }
            Self::Aborted => "aborted by the card",
            Self::WaitingTimeZero => "the card asks for more time and names none; reset the card",
            Self::TooManyWaits => "the card asks for more time without end; reset the card",
            Self::ResponseTooLong { room } => {
                return write!(f, "the card's response is longer than {room} bytes; reset the card");
            }
            Self::NoStatusWord { got } => {
                return write!(f, "a card response of {got} bytes, without SW1 SW2; reset the card");
            }
        })
    }
}

impl core::error::Error for T1Error {}
