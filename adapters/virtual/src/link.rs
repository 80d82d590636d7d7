//! Links inside one process: to the card's contacts ([`InProcess`]) and to its USB plug ([`VirtualPipe`]).

use crate::card::Card;
use crate::ccid::{CcidDevice, Event};
use crate::fault::FaultPlan;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::{ApduLink, BulkPipe};

/// Why a command brought no answer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// The token is pulled out.
    Unplugged,
    /// The answer is lost.
    NoAnswer,
    /// The answer does not fit the buffer.
    BufferTooSmall {
        /// Bytes of the answer.
        needed: usize,
        /// Bytes of the buffer.
        got: usize,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplugged => f.write_str("the virtual token is unplugged; plug it in again"),
            Self::NoAnswer => {
                f.write_str("the virtual token's answer was lost; what the command did is unknown")
            }
            Self::BufferTooSmall { needed, got } => {
                write!(f, "the answer has {needed} bytes and the buffer {got}; 258 bytes hold any")
            }
        }
    }
}

impl core::error::Error for LinkError {}

/// APDUs straight to the card. Of the faults it knows `drop` and `unplug`, counted in APDUs.
#[derive(Debug)]
pub struct InProcess<C> {
    card: C,
    plan: FaultPlan,
    commands: u64,
    unplugged: bool,
}

impl<C: Card> InProcess<C> {
    /// Powers the card on.
    pub fn new(card: C) -> Self {
        Self::with_faults(card, FaultPlan::default())
    }

    /// Powers the card on; these faults will happen.
    pub fn with_faults(mut card: C, plan: FaultPlan) -> Self {
        card.reset();
        Self { card, plan, commands: 0, unplugged: false }
    }

    /// APDUs sent so far.
    pub const fn commands(&self) -> u64 {
        self.commands
    }

    /// Plugs the token in again (if it was unplugged) and powers it on.
    pub fn power_cycle(&mut self) {
        self.card.reset();
        self.unplugged = false;
    }

    /// The card.
    pub const fn card(&self) -> &C {
        &self.card
    }

    /// Gives the card back.
    pub fn into_card(self) -> C {
        self.card
    }
}

impl<C: Card> ApduLink for InProcess<C> {
    type Error = LinkError;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _budget: Millis) -> Result<usize, LinkError> {
        if !self.unplugged {
            self.commands += 1;
            if self.plan.unplugs(self.commands) {
                self.unplugged = true;
                self.card.reset();
            }
        }
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        let mut answer = zeroize::Zeroizing::new(Vec::new());
        self.card.process(command, &mut answer);
        if self.plan.drops(self.commands) {
            return Err(LinkError::NoAnswer);
        }
        let got = response.len();
        let place = response
            .get_mut(..answer.len())
            .ok_or(LinkError::BufferTooSmall { needed: answer.len(), got })?;
        place.copy_from_slice(&answer);
        Ok(answer.len())
    }
}

/// Transfers over a [`VirtualPipe`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Transfers {
    /// Bulk-OUT transfers.
    pub sent: u64,
    /// Bulk-IN transfers that carried something.
    pub received: u64,
}

/// CCID messages to the device, one message a transfer.
///
/// `wait` lets time pass: it sleeps, or moves a clock of the caller's forward. It is called with what a
/// receive waits.
#[derive(Debug)]
pub struct VirtualPipe<C, W> {
    card: C,
    device: CcidDevice,
    events: VecDeque<Event>,
    wait: W,
    unplugged: bool,
    transfers: Transfers,
}

impl<C: Card, W: FnMut(Millis)> VirtualPipe<C, W> {
    /// The card behind this device, not powered yet.
    pub const fn new(card: C, device: CcidDevice, wait: W) -> Self {
        let transfers = Transfers { sent: 0, received: 0 };
        Self { card, device, events: VecDeque::new(), wait, unplugged: false, transfers }
    }

    /// How many transfers there were.
    pub const fn transfers(&self) -> Transfers {
        self.transfers
    }

    /// Plugs the token in again after a planned unplugging.
    pub fn plug_in(&mut self) {
        self.card.reset();
        self.device.reset();
        self.events.clear();
        self.unplugged = false;
    }

    /// The card.
    pub const fn card(&self) -> &C {
        &self.card
    }
}

impl<C: Card, W: FnMut(Millis)> BulkPipe for VirtualPipe<C, W> {
    type Error = LinkError;

    fn send(&mut self, message: &[u8], _timeout: Millis) -> Result<(), LinkError> {
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        self.transfers.sent += 1;
        self.events.extend(self.device.handle(&mut self.card, message));
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, LinkError> {
        match self.events.front_mut() {
            _ if self.unplugged => Err(LinkError::Unplugged),
            Some(Event::Unplug) => {
                self.unplugged = true;
                Err(LinkError::Unplugged)
            }
            Some(Event::Message { after, .. }) if *after > timeout => {
                *after = after.since(timeout);
                (self.wait)(timeout);
                Ok(None)
            }
            Some(Event::Message { after, bytes }) => {
                if after.0 > 0 {
                    (self.wait)(*after);
                }
                let (needed, got) = (bytes.len(), buffer.len());
                let place = buffer.get_mut(..needed).ok_or(LinkError::BufferTooSmall { needed, got })?;
                place.copy_from_slice(bytes);
                self.events.pop_front();
                self.transfers.received += 1;
                Ok(Some(needed))
            }
            None => {
                (self.wait)(timeout);
                Ok(None)
            }
        }
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        _data: &mut [u8],
        _timeout: Millis,
    ) -> Result<Option<usize>, LinkError> {
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        let ClassRequest::Abort { slot, sequence } = request else { return Ok(None) };
        if !self.device.abort(slot, sequence) {
            return Ok(None);
        }
        // What is not on the bus yet will not come; being pulled out still happens.
        self.events.retain(|event| !matches!(event, Event::Message { after, .. } if after.0 > 0));
        Ok(Some(0))
    }

    fn reset(&mut self) -> Result<bool, LinkError> {
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        self.plug_in();
        Ok(true)
    }
}
