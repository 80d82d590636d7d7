//! A session: a card, and what is known of its PINs.

use super::{Card, Error, Step};
use crate::apdu::{Command, Reply, Status};
use crate::pin::Access;

/// A session with one token. Operations that need no PIN are methods here; those that need one are
/// methods of the guard that [`login`](Self::login) gives.
#[derive(Debug)]
pub struct Session<'s> {
    pub(super) card: &'s Card<'s>,
    pub(super) access: &'s mut Access,
}

impl<'s> Session<'s> {
    /// Takes a card and what is known of its PINs.
    pub const fn new(card: &'s Card<'s>, access: &'s mut Access) -> Self {
        Self { card, access }
    }

    /// What is known of the PINs.
    #[must_use]
    pub const fn access(&self) -> &Access {
        self.access
    }

    /// Sends a command of the caller's own and gives the answer as it is. Nothing learns from it:
    /// what is known of the PINs is forgotten.
    pub async fn raw(&mut self, command: Command<'_>, out: &mut [u8]) -> Result<Reply, Error> {
        if command.is_secret() && !command.data.is_empty() {
            self.access.verify_sent(crate::pin::Role::User);
        }
        self.access.forget();
        self.card.transmit(command, out).await
    }

    /// Sends a command that must succeed; returns how much data came.
    pub(super) async fn done(
        &mut self,
        step: Step,
        command: Command<'_>,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let Reply { len, sw } = self.transmit(command, out).await?;
        if sw.is_success() { Ok(len) } else { Err(Error::Card { step, sw }) }
    }

    /// Sends a command and learns from a refusal that rights may be gone.
    pub(super) async fn transmit(&mut self, command: Command<'_>, out: &mut [u8]) -> Result<Reply, Error> {
        let reply = self.card.transmit(command, out).await?;
        if reply.sw.status() == Status::AccessDenied {
            self.access.denied();
        }
        Ok(reply)
    }
}
