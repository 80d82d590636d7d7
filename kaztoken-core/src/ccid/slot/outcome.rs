//! What a slot says to its caller.

use crate::ccid::code::IccStatus;
use crate::ccid::error::CcidError;

/// What a command ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The card has power and is ready for APDUs; [`Slot::atr`](super::Slot::atr) is its answer to reset.
    PoweredOn,
    /// The card has no power.
    PoweredOff,
    /// The state of the card.
    Status(IccStatus),
    /// The card answered.
    Response {
        /// Bytes of the response APDU in the caller's memory, SW1 SW2 included.
        len: usize,
    },
    /// The reader carried out what [`Slot::command`](super::Slot::command) asked; [`Slot::reply`](super::Slot::reply) is its answer.
    Replied,
}

impl Outcome {
    /// Bytes of the response APDU; 0 for another outcome.
    #[must_use]
    pub const fn response_len(self) -> usize {
        match self {
            Self::Response { len } => len,
            _ => 0,
        }
    }
}

/// What the machine has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Poll {
    /// Nothing: move bytes and time on.
    Wait,
    /// The reader or the card asked for more time. It is granted within the operation's budget.
    TimeExtension {
        /// bError, or the multiplier of T=1, at least 1: by how much the waiting time grows.
        multiplier: u8,
    },
    /// The command has ended. Said once.
    Done(Result<Outcome, CcidError>),
}

/// What was tolerated since the slot was opened. The numbers wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Answers to earlier commands, dropped.
    pub stale: u32,
    /// Empty transfers, skipped.
    pub empty: u32,
    /// Messages with bytes after their end, which were dropped.
    pub padded: u32,
    /// Requests for more time.
    pub time_extensions: u32,
    /// Commands sent again because the reader was busy.
    pub busy: u32,
    /// Answers in several messages at the short APDU level.
    pub chained: u32,
    /// Error answers with the type of a command.
    pub mistyped: u32,
    /// Abort sequences that the reader confirmed.
    pub aborts: u32,
}

impl Counters {
    pub(super) const NONE: Self = Self {
        stale: 0,
        empty: 0,
        padded: 0,
        time_extensions: 0,
        busy: 0,
        chained: 0,
        mistyped: 0,
        aborts: 0,
    };
}
