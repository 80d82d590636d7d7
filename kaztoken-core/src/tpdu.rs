//! The transmission protocols of contact cards (ISO/IEC 7816-3), for readers that leave them to the host and
//! for hosts that are the reader.
//!
//! - [`t1`]: blocks with sequence numbers, chaining and recovery (clause 11).
//! - [`t0`]: command headers, GET RESPONSE and the wrong-length repetition (clause 12).
//! - [`pps`]: the choice of protocol and speed after the reset (clause 9).
//!
//! The machines do no input or output and own no buffer: blocks are written where the caller says, the command
//! stays the caller's from the first block to the last, answer data is gathered where the caller says.

pub mod pps;
pub mod t0;
pub mod t1;

/// How much of a command may be sent a second time when the line or the card loses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Nothing, not even a block that the card asks for again: the command costs a PIN try.
    Never,
    /// Blocks that the card asks for, because then it has not seen them; not the command as a whole: it
    /// changes the card or uses a key.
    Blocks,
    /// Everything: the command only reads.
    Command,
}

impl Repetition {
    /// What the instruction byte allows. An unknown instruction is taken for one that changes the card.
    #[must_use]
    #[inline(never)]
    pub const fn of(command: &[u8]) -> Self {
        match command {
            // GET CHALLENGE, SELECT, READ BINARY, READ RECORD, GET DATA.
            [_, 0x84 | 0xA4 | 0xB0..=0xB3 | 0xCA | 0xCB, ..] => Self::Command,
            // MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION.
            [_, 0x22 | 0x2A, ..] => Self::Blocks,
            // VERIFY, CHANGE REFERENCE DATA, ENABLE and DISABLE VERIFICATION REQUIREMENT, RESET RETRY COUNTER;
            // EXTERNAL and GENERAL AUTHENTICATE.
            [_, 0x20..=0x2D | 0x82..=0x87, ..] => Self::Never,
            _ => Self::Blocks,
        }
    }
}
