//! The link over an `nb` pipe.

use super::{CcidLink, LinkOptions, NoHook, SHORT_APDU_MESSAGE_LEN};
use crate::Millis;
use crate::ccid::descriptor::ClassDescriptor;
use crate::ccid::drivers::{drain_nonblocking, nonblocking};
use crate::ccid::error::{CcidError, LinkError};
use crate::ccid::slot::Outcome;
use crate::drive::nonblocking::{ApduLink, BulkPipe};
use core::ops::ControlFlow;

impl<P: BulkPipe, C: FnMut() -> Millis> CcidLink<P, C, NoHook> {
    /// Starts to power the card on over an `nb` pipe. Call [`CcidLink::poll_ready`] until it is ready.
    ///
    /// # Errors
    /// [`LinkError`] when the reader is not supported or the pipe fails.
    pub fn open_nb(
        pipe: P,
        mut clock: C,
        descriptor: &ClassDescriptor,
        options: LinkOptions,
    ) -> Result<Self, LinkError<P::Error>> {
        let now = clock();
        let memory = [0; SHORT_APDU_MESSAGE_LEN];
        let go_on: NoHook = |_| ControlFlow::Continue(());
        let mut link = Self::unpowered(memory, (pipe, clock), descriptor, options, go_on)?;
        drain_nonblocking(&mut link.pipe, link.read.get_mut(..link.read_len).unwrap_or_default())
            .map_err(LinkError::Pipe)?;
        link.slot.power_on(now, link.power_budget)?;
        Ok(link)
    }
}

impl<P: BulkPipe, C: FnMut() -> Millis, W> CcidLink<P, C, W> {
    /// Ends what [`CcidLink::open_nb`] or [`CcidLink::start_power_cycle`] started.
    ///
    /// # Errors
    /// `WouldBlock` until the card has power; [`LinkError`].
    pub fn poll_ready(&mut self) -> nb::Result<(), LinkError<P::Error>> {
        match self.drive_nb(&[], &mut []) {
            Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
            // A reader that does not even power off may still power on.
            _ if core::mem::take(&mut self.cycling) => {
                self.slot.power_on((self.clock)(), self.power_budget).map_err(other)?;
                self.drive_nb(&[], &mut [])?;
            }
            ended => _ = ended?,
        }
        Ok(())
    }

    /// Starts to power the card off and on. A command under way is given up. Call
    /// [`CcidLink::poll_ready`] until the card is ready.
    ///
    /// # Errors
    /// [`CcidError`].
    pub fn start_power_cycle(&mut self) -> Result<(), CcidError> {
        self.slot.abandon();
        self.slot.power_off((self.clock)(), self.power_budget)?;
        self.cycling = true;
        Ok(())
    }

    fn drive_nb(&mut self, command: &[u8], response: &mut [u8]) -> nb::Result<Outcome, LinkError<P::Error>> {
        let now = (self.clock)();
        let buffer = self.read.get_mut(..self.read_len).unwrap_or_default();
        nonblocking(&mut self.slot, &mut self.pipe, buffer, (command, response), now)
    }
}

impl<P: BulkPipe, C: FnMut() -> Millis, W> ApduLink for CcidLink<P, C, W> {
    type Error = LinkError<P::Error>;

    /// Takes the command at once; [`ApduLink::receive`] moves it out.
    fn send(&mut self, command: &[u8], budget: Millis) -> nb::Result<(), Self::Error> {
        self.slot.exchange((self.clock)(), command, budget).map_err(other)
    }

    fn receive(&mut self, command: &[u8], response: &mut [u8]) -> nb::Result<usize, Self::Error> {
        Ok(self.drive_nb(command, response)?.response_len())
    }
}

fn other<E>(error: CcidError) -> nb::Error<LinkError<E>> {
    nb::Error::Other(LinkError::Ccid(error))
}
