//! The APDU link.

use crate::Error;
use crate::card::{Connected, Facts};
use crate::worker::{NoAnswer, Worker};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_core::token::Protocol;
use pcsc::Disposition;
use std::ffi::CString;

/// Who else may use the card.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Sharing {
    /// Nobody while the link lives.
    #[default]
    Exclusive,
    /// Everybody between transactions.
    Shared,
}

/// How long other programs' transactions, and powering the card on, are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to the card in a reader.
///
/// See the [crate] for what dropping it does to the card, and for what PC/SC cannot do.
#[derive(Debug)]
pub struct PcscLink {
    /// `None` once a command was given up.
    worker: Option<Worker>,
    given_up: Error,
    facts: Facts,
    sharing: Sharing,
}

impl PcscLink {
    pub(crate) fn connect(reader: CString, sharing: Sharing) -> Result<Self, Error> {
        let connect = move || Connected::connect(&reader, sharing);
        let (worker, facts) = Worker::start(PATIENCE, connect).map_err(|none| match none {
            NoAnswer::InTime => Error::Held,
            NoAnswer::Gone => Error::WorkerGone,
            NoAnswer::Failed(error) => Error::of_service(error),
        })?;
        Ok(Self { worker: Some(worker), given_up: Error::WorkerGone, facts, sharing })
    }

    /// The card's answer to reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        &self.facts.atr
    }

    /// The protocol that the service chose with the card.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.facts.protocol
    }

    fn ask<T>(
        &mut self,
        in_time: Error,
        ask: impl FnOnce(&Worker) -> Result<T, NoAnswer>,
    ) -> Result<T, Error> {
        let worker = self.worker.as_ref().ok_or(self.given_up)?;
        ask(worker).map_err(|none| {
            let lost = matches!(none, NoAnswer::InTime | NoAnswer::Gone);
            let error = none.of_command(in_time);
            if lost {
                // It may be stuck in the service, so it is not waited for.
                self.worker = None;
                self.given_up = error;
            }
            error
        })
    }
}

impl ApduLink for PcscLink {
    type Error = Error;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Error> {
        let patience = Duration::from_millis(budget.0);
        let answer = self.ask(Error::Timeout { budget }, |worker| worker.transmit(command, patience))?;
        let (needed, got) = (answer.len(), response.len());
        let response = response.get_mut(..needed).ok_or(Error::ResponseTooLong { needed, got })?;
        response.copy_from_slice(&answer);
        Ok(needed)
    }

    /// Begins a PC/SC transaction; waits for those of other programs.
    fn begin(&mut self) -> Result<(), Error> {
        self.ask(Error::Held, |worker| worker.begin(PATIENCE))
    }

    fn end(&mut self) {
        if let Some(worker) = &self.worker {
            worker.end();
        }
    }
}

impl Drop for PcscLink {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.finish(match self.sharing {
                Sharing::Exclusive => Disposition::ResetCard,
                Sharing::Shared => Disposition::LeaveCard,
            });
        }
    }
}
