//! The link over an async pipe.

use core::ops::ControlFlow;

use super::{CcidLink, LinkOptions, SHORT_APDU_MESSAGE_LEN};
use crate::Millis;
use crate::ccid::descriptor::ClassDescriptor;
use crate::ccid::drivers::{asynchronous, drain_asynchronous};
use crate::ccid::error::{CcidError, LinkError};
use crate::ccid::recovery::Rung;
use crate::ccid::slot::Outcome;
use crate::drive::asynchronous::{ApduLink, BulkPipe};

impl<P, C, W> CcidLink<P, C, W>
where
    P: BulkPipe,
    C: FnMut() -> Millis,
    W: FnMut(Millis) -> ControlFlow<()>,
{
    /// [`CcidLink::open_with`] over an async pipe.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn open_async(
        pipe: P,
        clock: C,
        descriptor: &ClassDescriptor,
        options: LinkOptions,
        on_wait: W,
    ) -> Result<Self, LinkError<P::Error>> {
        let mut link =
            Self::unpowered([0; SHORT_APDU_MESSAGE_LEN], (pipe, clock), descriptor, options, on_wait)?;
        drain_asynchronous(&mut link.pipe, link.read.get_mut(..link.read_len).unwrap_or_default())
            .await
            .map_err(LinkError::Pipe)?;
        link.power_on_async().await?;
        Ok(link)
    }

    /// [`CcidLink::power_cycle`] over an async pipe.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn power_cycle_async(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.abandon();
        self.slot.power_off((self.clock)(), self.power_budget)?;
        self.drive_async(&[], &mut []).await?;
        self.power_on_async().await
    }

    /// [`CcidLink::recover`] over an async pipe. A command under way is given up.
    ///
    /// # Errors
    /// As [`CcidLink::recover`].
    pub async fn recover_async(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.abandon();
        // Each turn climbs a rung, and after a reset of the bus one comes twice.
        for _ in 0..4 {
            match self.slot.recovery().next() {
                None => return Ok(()),
                Some(Rung::Abort | Rung::PowerCycle) => {
                    // A reader that does not even power off may still power on.
                    if self.slot.power_off((self.clock)(), self.power_budget).is_ok() {
                        let _ = self.drive_async(&[], &mut []).await;
                    }
                    let powered = self.power_on_async().await;
                    if let Err(LinkError::Ccid(CcidError::CardAbsent)) = powered {
                        return powered;
                    }
                }
                Some(Rung::BusReset) => {
                    let reset = self.pipe.reset().await;
                    self.slot.climbed(Rung::BusReset, matches!(reset, Ok(true)));
                    reset.map_err(LinkError::Pipe)?;
                }
                Some(Rung::Unplug) => break,
            }
        }
        Err(CcidError::Unplug.into())
    }

    /// Powers the card off and gives the pipe back. The pipe comes back even when that failed.
    pub async fn close_async(mut self) -> (P, Result<(), LinkError<P::Error>>) {
        self.slot.abandon();
        let result = match self.slot.power_off((self.clock)(), self.power_budget) {
            Ok(()) => self.drive_async(&[], &mut []).await.map(|_| ()),
            Err(error) => Err(error.into()),
        };
        (self.pipe, result)
    }

    async fn power_on_async(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.power_on((self.clock)(), self.power_budget)?;
        self.drive_async(&[], &mut []).await.map(|_| ())
    }

    async fn drive_async(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Outcome, LinkError<P::Error>> {
        let Self { pipe, clock, on_wait, slot, read, read_len, .. } = self;
        let buffer = read.get_mut(..*read_len).unwrap_or_default();
        asynchronous(slot, pipe, buffer, (command, response), clock, on_wait).await
    }
}

impl<P, C, W> ApduLink for CcidLink<P, C, W>
where
    P: BulkPipe,
    C: FnMut() -> Millis,
    W: FnMut(Millis) -> ControlFlow<()>,
{
    type Error = LinkError<P::Error>;

    /// When this future is dropped before its end the link is closed, as by a cancellation.
    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        self.slot.abandon();
        self.slot.exchange((self.clock)(), command, budget)?;
        let outcome = self.drive_async(command, response).await?;
        Ok(outcome.response_len())
    }
}
