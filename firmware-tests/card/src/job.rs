//! What the interrupts have for the main loop.

use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// What the token shall do.
pub enum Job {
    /// The token was reset, or lost its power.
    Reset,
    /// Carry out this command, and answer it with the same ticket.
    Command {
        /// Which command it is.
        ticket: Ticket,
        /// The command APDU.
        command: Zeroizing<Vec<u8>>,
    },
}

/// Tells a command that somebody waits for from those before a reset.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Ticket(u32);

impl Ticket {
    pub(crate) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// Without the command.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "Reset",
            Self::Command { .. } => "Command",
        })
    }
}
