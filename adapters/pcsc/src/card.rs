//! A card that the service connected us to.

use crate::Sharing;
use crate::worker::{Handle, Transmit};
use kaztoken_core::token::Protocol;
use pcsc::{Card, Context, Disposition, Protocols, Scope, ShareMode, Transaction};
use std::ffi::CStr;

/// What is known of a card once it is connected.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) atr: Vec<u8>,
    pub(crate) protocol: Protocol,
}

pub(crate) struct Connected {
    card: Card,
    mode: ShareMode,
}

impl Connected {
    /// In a context of its own: pcsc-lite lets only one call at a time into a context.
    pub(crate) fn connect(reader: &CStr, sharing: Sharing) -> Result<(Self, Facts), pcsc::Error> {
        let mode = match sharing {
            Sharing::Exclusive => ShareMode::Exclusive,
            Sharing::Shared => ShareMode::Shared,
        };
        let context = Context::establish(Scope::User)?;
        let card = context.connect(reader, mode, Protocols::ANY)?;
        let status = card.status2_owned()?;
        let protocol = match status.protocol2() {
            Some(pcsc::Protocol::T0) => Protocol::T0,
            Some(pcsc::Protocol::T1) => Protocol::T1,
            Some(pcsc::Protocol::RAW) | None => return Err(pcsc::Error::ProtoMismatch),
        };
        let facts = Facts { atr: status.atr().to_vec(), protocol };
        Ok((Self { card, mode }, facts))
    }
}

/// Sends and, when that fails vaguely, asks whether the card is still there.
fn transmit(card: &Card, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error> {
    card.transmit(command, response).map(<[u8]>::len).map_err(|error| match error {
        pcsc::Error::CommError | pcsc::Error::NotTransacted => card.status2_owned().err().unwrap_or(error),
        error => error,
    })
}

impl Transmit for Connected {
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error> {
        transmit(&self.card, command, response)
    }

    fn reconnect(&mut self) -> Result<(), pcsc::Error> {
        self.card.reconnect(self.mode, Protocols::ANY, Disposition::LeaveCard)
    }
}

impl Handle for Connected {
    fn transaction(&mut self, inside: &mut dyn FnMut(&mut dyn Transmit)) -> Result<(), pcsc::Error> {
        let transaction = self.card.transaction()?;
        // Dropping the transaction ends it and leaves the card as it is.
        inside(&mut InTransaction { transaction, mode: self.mode });
        Ok(())
    }

    fn disconnect(self, disposition: Disposition) {
        // A card that cannot be disconnected is reset by its own drop.
        let _ = self.card.disconnect(disposition);
    }
}

struct InTransaction<'card> {
    transaction: Transaction<'card>,
    mode: ShareMode,
}

impl Transmit for InTransaction<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error> {
        transmit(&self.transaction, command, response)
    }

    fn reconnect(&mut self) -> Result<(), pcsc::Error> {
        self.transaction.reconnect(self.mode, Protocols::ANY, Disposition::LeaveCard)
    }
}
