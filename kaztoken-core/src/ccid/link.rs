//! A slot and a pipe together: what the layers above see as a link that moves APDUs.

mod asynchronous;
mod nonblocking;

use core::ops::ControlFlow;

use zeroize::Zeroizing;

use super::descriptor::ClassDescriptor;
use super::drivers::{blocking, read_len};
use super::error::{CcidError, LinkError};
use super::message::copy;
use super::slot::{Counters, Outcome, Poll, SHORT_APDU_MESSAGE_LEN, Slot};
use crate::Millis;
use crate::atr::{Atr, AtrError, MAX_ATR_LEN};
use crate::ccid::code::IccStatus;
use crate::drive::{ApduLink, BulkPipe};

/// One bulk-IN transfer: enough for one packet of high speed and for the short APDU level at full speed.
const READ_BUFFER_LEN: usize = 512;

/// The budget of a power off that nobody waits for any more.
const LAST_POWER_OFF: Millis = Millis(250);

/// How a [`CcidLink`] is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// wMaxPacketSize of the bulk-IN endpoint: 8 to 512.
    pub max_packet: u16,
    /// Budget of power on, power off and status.
    pub power_budget: Millis,
    /// See [`Slot::strict`].
    pub strict: bool,
}

impl Default for LinkOptions {
    /// Full speed (64 bytes), 5 seconds, not strict.
    fn default() -> Self {
        Self { max_packet: 64, power_budget: Millis(5_000), strict: false }
    }
}

/// The wait hook of a link that never asks.
pub type NoHook = fn(Millis) -> ControlFlow<()>;

/// A powered card behind a bulk pipe.
///
/// - Blocking ([`BulkPipe`]): [`open`](Self::open) or [`open_with`](Self::open_with); it is an
///   [`ApduLink`].
/// - Async ([`asynchronous::BulkPipe`](crate::drive::asynchronous::BulkPipe)):
///   [`open_async`](Self::open_async); it is an
///   [`asynchronous::ApduLink`](crate::drive::asynchronous::ApduLink).
/// - `nb` ([`nonblocking::BulkPipe`](crate::drive::nonblocking::BulkPipe)):
///   [`open_nb`](Self::open_nb) and [`poll_ready`](Self::poll_ready); it is a
///   [`nonblocking::ApduLink`](crate::drive::nonblocking::ApduLink).
///
/// Opening takes two transfers (power on), each APDU two, and nothing is sent while idle; a time
/// extension is one more transfer in. After a timeout, a cancellation, a pipe error or a violation
/// the link repeats its error until a power cycle succeeds; the card then has forgotten every
/// login.
#[derive(Debug)]
pub struct CcidLink<P, C, W = NoHook> {
    pipe: P,
    clock: C,
    on_wait: W,
    slot: Slot<[u8; SHORT_APDU_MESSAGE_LEN]>,
    read: Zeroizing<[u8; READ_BUFFER_LEN]>,
    read_len: usize,
    power_budget: Millis,
    atr: [u8; MAX_ATR_LEN],
    atr_len: usize,
}

impl<P, C, W> CcidLink<P, C, W> {
    fn unpowered(
        pipe: P,
        clock: C,
        descriptor: &ClassDescriptor,
        options: LinkOptions,
        on_wait: W,
    ) -> Result<Self, CcidError> {
        let unsupported = CcidError::UnsupportedPacketSize(options.max_packet);
        let read_len =
            read_len(options.max_packet).filter(|&len| len <= READ_BUFFER_LEN).ok_or(unsupported)?;
        let slot = Slot::open([0; SHORT_APDU_MESSAGE_LEN], descriptor, options.max_packet)?;
        Ok(Self {
            pipe,
            clock,
            on_wait,
            slot: if options.strict { slot.strict() } else { slot },
            read: Zeroizing::new([0; READ_BUFFER_LEN]),
            read_len,
            power_budget: options.power_budget,
            atr: [0; MAX_ATR_LEN],
            atr_len: 0,
        })
    }

    /// The answer to reset of the last power on, as bytes.
    #[must_use]
    pub fn atr_bytes(&self) -> &[u8] {
        self.atr.get(..self.atr_len).unwrap_or(&[])
    }

    /// The answer to reset of the last power on.
    ///
    /// # Errors
    /// [`AtrError::Empty`] after a power cycle that failed.
    pub fn atr(&self) -> Result<Atr<'_>, AtrError> {
        Atr::parse(self.atr_bytes())
    }

    /// What was tolerated of the device since the link was opened.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.slot.counters()
    }

    /// Closes the slot when a command is under way that nobody waits for any more.
    fn give_up_dropped(&mut self) {
        if self.slot.poll_timeout().is_some() {
            self.slot.cancel();
        }
        // An outcome that nobody asked for belongs to that command too.
        while self.slot.poll() != Poll::Wait {}
    }

    fn keep_atr(&mut self) {
        let answer = self.slot.answer();
        self.atr_len = answer.len().min(MAX_ATR_LEN);
        copy(&mut self.atr, answer);
    }

    fn copy_answer<E>(&self, response: &mut [u8]) -> Result<usize, LinkError<E>> {
        let answer = self.slot.answer();
        let (needed, got) = (answer.len(), response.len());
        let response = response.get_mut(..needed).ok_or(LinkError::ResponseTooLong { needed, got })?;
        copy(response, answer);
        Ok(needed)
    }
}

impl<P: BulkPipe, C: FnMut() -> Millis> CcidLink<P, C> {
    /// Powers the card on, over a full-speed pipe, with the default options.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open(pipe: P, clock: C, descriptor: &ClassDescriptor) -> Result<Self, LinkError<P::Error>> {
        Self::open_with(pipe, clock, descriptor, LinkOptions::default(), |_| ControlFlow::Continue(()))
    }
}

impl<P: BulkPipe, C: FnMut() -> Millis, W: FnMut(Millis) -> ControlFlow<()>> CcidLink<P, C, W> {
    /// Powers the card on.
    ///
    /// `on_wait` is called with the time that the command has taken so far, at least every 250 ms
    /// while waiting for the device: the place to show progress. [`ControlFlow::Break`] cancels the
    /// command.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open_with(
        pipe: P,
        clock: C,
        descriptor: &ClassDescriptor,
        options: LinkOptions,
        on_wait: W,
    ) -> Result<Self, LinkError<P::Error>> {
        let mut link = Self::unpowered(pipe, clock, descriptor, options, on_wait)?;
        link.power_on()?;
        Ok(link)
    }

    /// The same link with another wait hook.
    pub fn on_wait<V: FnMut(Millis) -> ControlFlow<()>>(self, on_wait: V) -> CcidLink<P, C, V> {
        let Self { pipe, clock, slot, read, read_len, power_budget, atr, atr_len, .. } = self;
        CcidLink { pipe, clock, on_wait, slot, read, read_len, power_budget, atr, atr_len }
    }

    /// The state of the card as the reader reports it.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn status(&mut self) -> Result<IccStatus, LinkError<P::Error>> {
        self.slot.status((self.clock)(), self.power_budget)?;
        match self.drive()? {
            Outcome::Status(status) => Ok(status),
            _ => Ok(IccStatus::Active),
        }
    }

    /// Powers the card off and on. It forgets logins, selected files and half-done chains. The way
    /// out after an error that [closes the slot](CcidError::closes_slot).
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn power_cycle(&mut self) -> Result<(), LinkError<P::Error>> {
        self.atr_len = 0;
        self.slot.power_off((self.clock)(), self.power_budget)?;
        self.drive()?;
        self.power_on()
    }

    /// Powers the card off and gives the pipe back. The pipe comes back even when that failed.
    pub fn close(mut self) -> (P, Result<(), LinkError<P::Error>>) {
        let result = match self.slot.power_off((self.clock)(), self.power_budget) {
            Ok(()) => self.drive().map(|_| ()),
            Err(error) => Err(error.into()),
        };
        (self.pipe, result)
    }

    fn power_on(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.power_on((self.clock)(), self.power_budget)?;
        self.drive()?;
        self.keep_atr();
        Ok(())
    }

    fn drive(&mut self) -> Result<Outcome, LinkError<P::Error>> {
        let Self { pipe, clock, on_wait, slot, read, read_len, .. } = self;
        let buffer = read.get_mut(..*read_len).unwrap_or_default();
        blocking(slot, pipe, buffer, clock, on_wait)
    }
}

impl<P, C, W> ApduLink for CcidLink<P, C, W>
where
    P: BulkPipe,
    P::Error: 'static,
    C: FnMut() -> Millis,
    W: FnMut(Millis) -> ControlFlow<()>,
{
    type Error = LinkError<P::Error>;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        self.slot.exchange((self.clock)(), command, budget)?;
        self.drive()?;
        self.copy_answer(response)
    }

    fn power_off(&mut self) {
        let Self { pipe, clock, slot, read, read_len, .. } = self;
        let buffer = read.get_mut(..*read_len).unwrap_or_default();
        // The wait hook is not asked: who cancelled a command still wants nobody to be logged in.
        let mut go_on = |_| ControlFlow::Continue(());
        if slot.power_off(clock(), LAST_POWER_OFF).is_ok() {
            let _ = blocking(slot, pipe, buffer, clock, &mut go_on);
        }
    }
}
