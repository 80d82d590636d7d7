//! A slot and a pipe together: what the layers above see as a link that moves APDUs.

mod asynchronous;
mod nonblocking;

use core::ops::ControlFlow;

use zeroize::Zeroizing;

use super::descriptor::ClassDescriptor;
use super::drivers::{blocking, drain, read_len};
use super::error::{CcidError, LinkError};
use super::quirks::Quirks;
use super::recovery::{Recovery, Rung};
use super::slot::{Counters, Outcome, SHORT_APDU_MESSAGE_LEN, Slot};
use crate::Millis;
use crate::atr::{Atr, AtrError};
use crate::ccid::code::IccStatus;
use crate::drive::{ApduLink, BulkPipe};

/// One bulk-IN transfer: enough for one packet of high speed and for the short APDU level at full speed.
/// Longer messages come in several.
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
    /// Which slot of the reader.
    pub slot: u8,
    /// See [`Slot::quirks`].
    pub quirks: Quirks,
    /// The first bSeq. One that differs from run to run tells late answers to an earlier program from
    /// those to this one.
    pub sequence: u8,
}

impl Default for LinkOptions {
    /// Full speed (64 bytes), 5 seconds, not strict.
    fn default() -> Self {
        Self {
            max_packet: 64,
            power_budget: Millis(5_000),
            strict: false,
            slot: 0,
            quirks: Quirks::NONE,
            sequence: 0,
        }
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
/// At the short APDU level opening takes two transfers (power on), each APDU two, and nothing is sent
/// while idle; a time extension is one more transfer in. At the TPDU level opening also agrees on
/// protocol, speed and block size, and each block takes two.
///
/// After a timeout, a cancellation or a violation the reader is asked to abort. When it does not
/// confirm that, and after every pipe error, the link repeats its error until
/// [`recover`](Self::recover) or a power cycle succeeds. See [`super::recovery`].
#[derive(Debug)]
pub struct CcidLink<P, C, W = NoHook, B: AsRef<[u8]> + AsMut<[u8]> = [u8; SHORT_APDU_MESSAGE_LEN]> {
    pipe: P,
    clock: C,
    on_wait: W,
    slot: Slot<B>,
    read: Zeroizing<[u8; READ_BUFFER_LEN]>,
    read_len: usize,
    power_budget: Millis,
    /// A power cycle over an `nb` pipe is on its way off.
    cycling: bool,
}

impl<P, C, W, B: AsRef<[u8]> + AsMut<[u8]>> CcidLink<P, C, W, B> {
    fn unpowered(
        buffer: B,
        (pipe, clock): (P, C),
        descriptor: &ClassDescriptor,
        options: LinkOptions,
        on_wait: W,
    ) -> Result<Self, CcidError> {
        let unsupported = CcidError::UnsupportedPacketSize(options.max_packet);
        let read_len =
            read_len(options.max_packet).filter(|&len| len <= READ_BUFFER_LEN).ok_or(unsupported)?;
        let slot = Slot::open(buffer, descriptor, options.max_packet)?
            .slot(options.slot)
            .quirks(options.quirks)
            .sequence(options.sequence);
        Ok(Self {
            pipe,
            clock,
            on_wait,
            slot: if options.strict { slot.strict() } else { slot },
            read: Zeroizing::new([0; READ_BUFFER_LEN]),
            read_len,
            power_budget: options.power_budget,
            cycling: false,
        })
    }

    /// The answer to reset of the last power on, as bytes.
    #[must_use]
    pub fn atr_bytes(&self) -> &[u8] {
        self.slot.atr_bytes()
    }

    /// The answer to reset of the last power on.
    ///
    /// # Errors
    /// [`AtrError::Empty`] after a power cycle that failed.
    pub fn atr(&self) -> Result<Atr<'_>, AtrError> {
        self.slot.atr()
    }

    /// What was tolerated of the device since the link was opened.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.slot.counters()
    }

    /// Where the link stands on the recovery ladder.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.slot.recovery()
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
        Self::open_in([0; SHORT_APDU_MESSAGE_LEN], (pipe, clock), descriptor, options, on_wait)
    }
}

impl<P, C, W, B> CcidLink<P, C, W, B>
where
    P: BulkPipe,
    C: FnMut() -> Millis,
    W: FnMut(Millis) -> ControlFlow<()>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// Powers the card on, with memory of the caller's for one message: more than
    /// [`SHORT_APDU_MESSAGE_LEN`] bytes are for extended APDUs whose answers come in long messages.
    /// Otherwise as [`open_with`](CcidLink::open_with).
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open_in(
        buffer: B,
        (pipe, clock): (P, C),
        descriptor: &ClassDescriptor,
        options: LinkOptions,
        on_wait: W,
    ) -> Result<Self, LinkError<P::Error>> {
        let mut link = Self::unpowered(buffer, (pipe, clock), descriptor, options, on_wait)?;
        drain(&mut link.pipe, link.read.get_mut(..link.read_len).unwrap_or_default())
            .map_err(LinkError::Pipe)?;
        link.power_on()?;
        Ok(link)
    }

    /// The same link with another wait hook.
    pub fn on_wait<V: FnMut(Millis) -> ControlFlow<()>>(self, on_wait: V) -> CcidLink<P, C, V, B> {
        let Self { pipe, clock, slot, read, read_len, power_budget, cycling, .. } = self;
        CcidLink { pipe, clock, on_wait, slot, read, read_len, power_budget, cycling }
    }

    /// The state of the card as the reader reports it.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn status(&mut self) -> Result<IccStatus, LinkError<P::Error>> {
        self.slot.status((self.clock)(), self.power_budget)?;
        match self.drive(&[], &mut [])? {
            Outcome::Status(status) => Ok(status),
            _ => Ok(IccStatus::Active),
        }
    }

    /// Powers the card off and on. It forgets logins, selected files and half-done chains.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn power_cycle(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.power_off((self.clock)(), self.power_budget)?;
        self.drive(&[], &mut [])?;
        self.power_on()
    }

    /// Climbs the [recovery ladder](super::recovery) until the link is sound again: power cycle, reset of
    /// the bus. Does nothing when the link is sound. Nothing that failed is sent again, and what was
    /// known of the PINs is void.
    ///
    /// # Errors
    /// The pipe's error, when the device is gone; [`CcidError::CardAbsent`]; [`CcidError::Unplug`] when
    /// nothing helped.
    pub fn recover(&mut self) -> Result<(), LinkError<P::Error>> {
        // Each turn climbs a rung, and after a reset of the bus one comes twice.
        for _ in 0..4 {
            match self.slot.recovery().next() {
                None => return Ok(()),
                Some(Rung::Abort | Rung::PowerCycle) => {
                    // A reader that does not even power off may still power on.
                    if self.slot.power_off((self.clock)(), self.power_budget).is_ok() {
                        let _ = self.drive(&[], &mut []);
                    }
                    let powered = self.power_on();
                    if let Err(LinkError::Ccid(CcidError::CardAbsent)) = powered {
                        return powered;
                    }
                }
                Some(Rung::BusReset) => {
                    let reset = self.pipe.reset();
                    self.slot.climbed(Rung::BusReset, matches!(reset, Ok(true)));
                    reset.map_err(LinkError::Pipe)?;
                }
                Some(Rung::Unplug) => break,
            }
        }
        Err(CcidError::Unplug.into())
    }

    /// Powers the card off and gives the pipe back. The pipe comes back even when that failed.
    pub fn close(mut self) -> (P, Result<(), LinkError<P::Error>>) {
        let result = match self.slot.power_off((self.clock)(), self.power_budget) {
            Ok(()) => self.drive(&[], &mut []).map(|_| ()),
            Err(error) => Err(error.into()),
        };
        (self.pipe, result)
    }

    fn power_on(&mut self) -> Result<(), LinkError<P::Error>> {
        self.slot.power_on((self.clock)(), self.power_budget)?;
        self.drive(&[], &mut []).map(|_| ())
    }

    fn drive(&mut self, command: &[u8], response: &mut [u8]) -> Result<Outcome, LinkError<P::Error>> {
        let Self { pipe, clock, on_wait, slot, read, read_len, .. } = self;
        let buffer = read.get_mut(..*read_len).unwrap_or_default();
        blocking(slot, pipe, buffer, (command, response), clock, on_wait)
    }
}

impl<P, C, W, B> ApduLink for CcidLink<P, C, W, B>
where
    P: BulkPipe,
    P::Error: 'static,
    C: FnMut() -> Millis,
    W: FnMut(Millis) -> ControlFlow<()>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    type Error = LinkError<P::Error>;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        self.slot.exchange((self.clock)(), command, budget)?;
        let outcome = self.drive(command, response)?;
        Ok(outcome.response_len())
    }

    fn recover(&mut self) -> Result<bool, Self::Error> {
        Self::recover(self).map(|()| true)
    }

    fn power_off(&mut self) {
        let Self { pipe, clock, slot, read, read_len, .. } = self;
        let buffer = read.get_mut(..*read_len).unwrap_or_default();
        // The wait hook is not asked: who cancelled a command still wants nobody to be logged in.
        let mut go_on = |_| ControlFlow::Continue(());
        if slot.power_off(clock(), LAST_POWER_OFF).is_ok() {
            let _ = blocking(slot, pipe, buffer, (&[], &mut []), clock, &mut go_on);
        }
    }
}
