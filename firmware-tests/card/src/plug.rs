//! The token as a CCID device: bulk messages in, bulk messages out, commands for the token in between.
//!
//! No bus of its own ([`usb`](crate::usb) has it), and it does not carry out commands: while somebody works on one
//! the device goes on asking the host for time.

use crate::job::{Job, Ticket};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_virtual::Model;
use kaztoken_virtual::ccid::{CcidDevice, Event, Exchange, Work};
use kaztoken_virtual::fault::FaultPlan;
use zeroize::Zeroizing;

/// While a command is carried out, the host is asked for more time this often. libccid waits 3 seconds.
const ASK_EVERY: Millis = Millis(1_000);
/// The most answers that wait for the host. One that sends more without reading any is not answered: the class
/// descriptor allows one command at a time.
const MAX_WAITING: usize = 4;

/// The device behind its pipes.
pub struct Plug {
    model: Model,
    device: CcidDevice,
    working: Option<Exchange>,
    command: Option<Zeroizing<Vec<u8>>>,
    reset_due: bool,
    ticket: Ticket,
    ask_at: Millis,
    out: VecDeque<Zeroizing<Vec<u8>>>,
}

impl Plug {
    /// A device that was just plugged in.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self {
            model,
            device: CcidDevice::new(FaultPlan::default()),
            working: None,
            command: None,
            reset_due: true,
            ticket: Ticket::default(),
            ask_at: Millis(0),
            out: VecDeque::new(),
        }
    }

    /// Which token it is.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// USB reset: the token has no power, and nobody waits for anything.
    pub fn reset(&mut self) {
        self.device.reset();
        self.out.clear();
        self.drop_command();
        self.reset_due = true;
    }

    /// A bulk-OUT message.
    pub fn receive(&mut self, now: Millis, message: &[u8]) {
        if self.out.len() >= MAX_WAITING {
            return;
        }
        if self.working.is_some() {
            let events = self.device.busy(message);
            return self.send(events);
        }
        match self.device.receive(self.model, message) {
            Work::Done { reset, events } => {
                self.reset_due |= reset;
                self.send(events);
            }
            Work::Exchange(exchange) => {
                self.command = Some(exchange.command.clone());
                self.working = Some(exchange);
                self.ask_at = now.after(ASK_EVERY);
            }
        }
    }

    /// The control half of an abort (CCID 1.1, 5.3.1): the command under way is carried out and answered to nobody.
    /// `false`: the request stalls.
    pub fn abort(&mut self, slot: u8, sequence: u8) -> bool {
        let known = self.device.abort(slot, sequence);
        if known {
            self.drop_command();
            self.out.clear();
        }
        known
    }

    /// Time has passed. To be called often: every few milliseconds.
    pub fn tick(&mut self, now: Millis) {
        let Some(exchange) = self.working.as_ref().filter(|_| now >= self.ask_at) else { return };
        self.ask_at = now.after(ASK_EVERY);
        // A host that reads nothing needs no more of them.
        if self.out.is_empty() {
            self.out.push_back(Zeroizing::new(exchange.time_extension()));
        }
    }

    /// Something to do.
    pub fn job(&mut self) -> Option<Job> {
        if core::mem::take(&mut self.reset_due) {
            return Some(Job::Reset);
        }
        let command = self.command.take()?;
        Some(Job::Command { ticket: self.ticket, command })
    }

    /// The answer to a command. One that nobody waits for any more is dropped.
    pub fn respond(&mut self, ticket: Ticket, response: &[u8]) {
        if ticket != self.ticket {
            return;
        }
        if let Some(exchange) = self.working.take() {
            let events = self.device.finish(&exchange, response);
            self.send(events);
        }
    }

    /// The next bulk-IN message.
    pub fn transmit(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        self.out.pop_front()
    }

    fn send(&mut self, events: Vec<Event>) {
        for event in events {
            // Nothing is planned to come late or to be pulled out.
            if let Event::Message { bytes, .. } = event {
                self.out.push_back(Zeroizing::new(bytes));
            }
        }
    }

    fn drop_command(&mut self) {
        self.working = None;
        self.command = None;
        self.ticket = self.ticket.next();
    }
}

/// Without commands and answers, which hold secrets.
impl fmt::Debug for Plug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plug").field("working", &self.working.is_some()).finish_non_exhaustive()
    }
}
