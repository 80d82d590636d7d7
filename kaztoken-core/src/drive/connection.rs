//! A link together with what is known of the token's PINs.

use super::{ApduLink, Failure, run};
use crate::Millis;
use crate::pin::Access;
use crate::token::{BUFFER_LEN, Card, Error, Protocol, Session};
use core::fmt;

/// A connection to one token over a blocking link. It logs out when it is dropped.
pub struct Connection<L: ApduLink> {
    link: L,
    protocol: Protocol,
    access: Access,
    buffer: [u8; BUFFER_LEN],
}

impl<L: ApduLink> Connection<L> {
    /// Takes a link to a token that has just been powered on or reset, or that others may have used.
    pub const fn new(link: L, protocol: Protocol) -> Self {
        Self { link, protocol, access: Access::unknown(), buffer: [0; BUFFER_LEN] }
    }

    /// The link.
    pub const fn link(&mut self) -> &mut L {
        &mut self.link
    }

    /// What is known of the PINs.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Runs a conversation, or several of them in one transaction, to the end.
    ///
    /// When the link fails, what is known of the PINs is forgotten: the answer that was lost may
    /// have been that of a VERIFY.
    pub fn run<T>(
        &mut self,
        conversation: impl AsyncFnOnce(&mut Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure<L::Error>> {
        let card = Card::new(&mut self.buffer, self.protocol);
        let mut session = Session::new(&card, &mut self.access);
        let result = run(&mut self.link, &card, conversation(&mut session));
        if matches!(result, Err(Failure::Link(_))) {
            self.access.forget();
        }
        result
    }
}

impl<L: ApduLink> Connection<L> {
    /// Brings a link that failed back to work, see [`ApduLink::recover`]. What is known of the PINs is
    /// forgotten.
    ///
    /// # Errors
    /// The link's, when it cannot be brought back.
    pub fn recover(&mut self) -> Result<bool, L::Error> {
        self.access.forget();
        self.link.recover()
    }
}

/// Without the buffer, in which a PIN may stand while a command is under way.
impl<L: ApduLink + fmt::Debug> fmt::Debug for Connection<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("link", &self.link)
            .field("protocol", &self.protocol)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl<L: ApduLink> Drop for Connection<L> {
    fn drop(&mut self) {
        if self.access.may_be_verified() {
            // RESET ACCESS RIGHTS. After a lost answer a link may refuse it; then the power goes.
            let command: &[u8] = match self.protocol {
                Protocol::T1 => &[0x80, 0x40, 0, 0],
                Protocol::T0 => &[0x80, 0x40, 0, 0, 0],
            };
            if self.link.transmit(command, &mut self.buffer, Millis(3_000)).is_err() {
                self.link.power_off();
            }
        }
    }
}
