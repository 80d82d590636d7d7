//! A card that the service connected us to.

use crate::Sharing;
use crate::worker::{Handle, Transmit};
use core::ffi::CStr;
use core::time::Duration;
use kaztoken_core::token::Protocol;
use pcsc::{Card, Context, Disposition, Protocols, Scope, ShareMode, Status, Transaction};
use std::thread::sleep;

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

/// How often, and after which pauses, a vague failure is looked into: pcscd notices a missing card up to
/// 400 ms late.
const LOOKS: usize = 12;
const PAUSE: Duration = Duration::from_millis(50);

/// Sends and, when that fails vaguely or gives no status word, finds out whether the card is still there.
fn transmit(card: &Card, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error> {
    let failure = match card.transmit(command, response) {
        Ok(answer) if answer.len() >= 2 => return Ok(answer.len()),
        Ok(_) => pcsc::Error::CommError,
        Err(error @ (pcsc::Error::CommError | pcsc::Error::NotTransacted)) => error,
        Err(error) => return Err(error),
    };
    for _ in 0..LOOKS {
        if card.status2_owned()?.status().intersects(Status::ABSENT) {
            return Err(pcsc::Error::RemovedCard);
        }
        sleep(PAUSE);
    }
    Err(failure)
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
