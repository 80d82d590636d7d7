//! A card's contacts on a board: what the core's machine says ([`kaztoken_core::contact`]) is done to the board's pins
//! and its byte line, and what happens there is told to the machine.
//!
//! Nothing here waits: [`Contacts`] is polled.

use crate::board::{Board, Parts};
use crate::log;
use crate::serial::Damaged;
use core::fmt;
use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal_nb::serial::{Read, Write};
use kaztoken_core::contact::{Action, Clock, Contact, ContactError, LINE_LEN, Levels, Memory, Parity};
use kaztoken_rig::{Fault, Micros};

/// Emulated cards are programs, which come to the processor when they may.
const SLACK: u64 = 300_000;
/// What the machine asks for before it waits: more than its longest row of actions.
const ACTIONS: usize = 16;

/// What an exchange came to, for now.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Nothing yet.
    Wait,
    /// So many bytes of the response are there.
    Done(usize),
}

/// The contacts.
pub struct Contacts<'m, B> {
    /// The board.
    pub board: B,
    contact: Contact<'m>,
    /// How many bytes of what the machine sends are out, while it sends.
    sent: Option<usize>,
    /// Why the power went without being asked to.
    lost: Option<Fault>,
}

impl<B> fmt::Debug for Contacts<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts").field("contact", &self.contact).finish_non_exhaustive()
    }
}

impl<'m, B: Board> Contacts<'m, B> {
    /// No power.
    pub fn new(mut board: B, memory: &'m mut Memory) -> Self {
        let slack = if B::EMULATED { SLACK } else { 0 };
        let clock = Clock { hertz: board.card_clock(), slack };
        set(&mut board, Levels::OFF);
        Self { board, contact: Contact::new(memory, clock), sent: None, lost: None }
    }

    /// The time.
    pub fn now(&mut self) -> Micros {
        Micros(self.board.micros())
    }

    /// Has the card power?
    pub fn is_powered(&self) -> bool {
        self.contact.is_powered()
    }

    /// The answer to the last reset.
    pub fn atr(&self) -> &[u8] {
        self.contact.atr()
    }

    /// Is there a card?
    pub fn is_present(&mut self) -> bool {
        self.board.parts().detect.is_high() == Ok(true)
    }

    /// Does it draw too much current?
    pub fn is_overloaded(&mut self) -> bool {
        self.board.parts().over_current.is_high() == Ok(true)
    }

    /// Had a character of the exchange under way wrong parity?
    pub const fn had_parity(&self) -> bool {
        self.contact.had_damage()
    }

    /// What the contacts are set to.
    pub const fn levels(&self) -> Levels {
        self.contact.levels()
    }

    /// Takes the power. Everything under way, and why it went before, is forgotten.
    pub fn off(&mut self) {
        self.contact.deactivate();
        let _ = self.drive(Micros(0), &[], &mut []);
        self.lost = None;
    }

    /// The end of everything that does not go on.
    pub fn fail(&mut self, fault: Fault) -> Fault {
        log!(Error, error, "{}; the token has no power", fault);
        self.off();
        fault
    }

    /// What happens to a card at any time. Called in every round.
    pub fn watch(&mut self) {
        let had_power = self.is_powered();
        let (present, overloaded) = (self.is_present(), self.is_overloaded());
        self.contact.handle_card(present, overloaded);
        if had_power && !self.is_powered() {
            let now = self.now();
            self.lost = self.drive(now, &[], &mut []).err();
        } else if !had_power || self.contact.is_ready() {
            // What nobody asked for is thrown away.
            let now = self.now();
            self.receive(now);
        }
    }

    /// Begins activation and a cold reset, or with power a warm one.
    pub fn begin_reset(&mut self, now: Micros, cold: bool) -> Result<(), Fault> {
        self.watch();
        let lost = self.lost.take();
        if cold {
            self.off();
        }
        log!(Info, info, "reset, cold: {=bool}", cold);
        self.contact.begin_reset(now.0, cold).map_err(|error| refused(error, lost))
    }

    /// Begins a command APDU.
    pub fn begin_apdu(&mut self, command: &[u8]) -> Result<(), Fault> {
        let lost = self.lost.take();
        let begun = self.contact.begin_apdu(command);
        self.begun(begun, lost)
    }

    /// Begins a T=1 block of the computer's own.
    pub fn begin_block(&mut self, block: &[u8]) -> Result<(), Fault> {
        let lost = self.lost.take();
        let begun = self.contact.begin_block(block);
        self.begun(begun, lost)
    }

    fn begun(&mut self, begun: Result<(), ContactError>, lost: Option<Fault>) -> Result<(), Fault> {
        match begun {
            // Only a reset or an exchange that was given up leaves the machine busy.
            Err(ContactError::Busy) => Err(self.fail(Fault::Stopped)),
            begun => begun.map_err(|error| refused(error, lost)),
        }
    }

    /// Goes on with a reset, a command or a block; `command` and `response` are the same from call to call.
    pub fn poll(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        if let Some(fault) = self.lost.take() {
            return Err(fault);
        }
        // What has gone out is told before what came in answer to it.
        self.send(now);
        self.receive(now);
        self.drive(now, command, response)
    }

    /// Tells the machine what has come.
    fn receive(&mut self, now: Micros) {
        for _ in 0..LINE_LEN {
            let character = match self.board.parts().card.read() {
                Ok(byte) => Ok(byte),
                Err(nb::Error::WouldBlock) => return,
                Err(nb::Error::Other(Damaged(error))) => Err(error),
            };
            self.contact.handle_byte(now.0, character);
        }
    }

    /// Does what the machine says until it waits.
    fn drive(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        for _ in 0..ACTIONS {
            self.send(now);
            match self.contact.poll(now.0, command, response) {
                Action::SetContacts(levels) => set(&mut self.board, levels),
                Action::SetEtu(clocks) => self.board.set_etu(clocks.into()),
                Action::SetParity(parity) => self.board.set_parity(parity == Parity::Odd),
                Action::Send(_) => self.sent = Some(0),
                Action::Wait(_) | Action::Nothing => return Ok(Turn::Wait),
                Action::Done(len) => return Ok(Turn::Done(len)),
                Action::Failed(error) => return Err(self.failed(error)),
            }
        }
        Ok(Turn::Wait)
    }

    fn failed(&mut self, error: ContactError) -> Fault {
        let fault = fault(error);
        log!(Error, error, "{}; the token has no power", fault);
        fault
    }

    /// Sends what the line takes.
    fn send(&mut self, now: Micros) {
        let Some(sent) = &mut self.sent else { return };
        let card = self.board.parts().card;
        // Nothing is left to send when the power went meanwhile.
        while let Some(&byte) = self.contact.outgoing().get(*sent) {
            if card.write(byte).is_err() {
                return;
            }
            *sent = sent.saturating_add(1);
        }
        if card.flush().is_ok() {
            self.sent = None;
            self.contact.handle_sent(now.0);
        }
    }
}

/// Sets the contacts. These pins cannot fail, and one that stays as it is does not mind.
fn set<B: Board>(board: &mut B, Levels { vcc, rst, clk }: Levels) {
    let Parts { vcc: vcc_pin, rst: rst_pin, clk: clk_pin, .. } = board.parts();
    let _ = (rst_pin.set_state(rst.into()), clk_pin.set_state(clk.into()), vcc_pin.set_state(vcc.into()));
}

/// Why nothing has begun.
fn refused(error: ContactError, lost: Option<Fault>) -> Fault {
    match error {
        ContactError::NotPowered => lost.unwrap_or(Fault::NotPowered),
        // Nothing was sent: it is the command that does not fit.
        ContactError::T0(_) => Fault::TooLong,
        error => fault(error),
    }
}

/// As the computer is told.
fn fault(error: ContactError) -> Fault {
    use ContactError as E;
    match error {
        E::NoCard => Fault::NoCard,
        E::OverCurrent => Fault::OverCurrent,
        E::NotPowered => Fault::NotPowered,
        E::Busy => Fault::Stopped,
        E::Mute => Fault::Mute,
        E::InitialCharacter(ts) => Fault::WrongTs(ts),
        E::AtrTooLong | E::AtrCut { .. } | E::AtrCheckByte | E::Atr(_) => Fault::BadAtr,
        E::Pps(_) | E::PpsSilent => Fault::Pps,
        E::Parity => Fault::Parity,
        E::Overrun => Fault::Hardware(1),
        E::LineStuck => Fault::Hardware(2),
        E::Timeout => Fault::Timeout,
        E::ResponseTooLong => Fault::ResponseTooLong,
        E::CommandTooLong { .. } => Fault::TooLong,
        E::NotT1 => Fault::Unsupported,
        E::ProcedureByte(_) | E::T0(_) => Fault::T0,
        E::TooManyNulls => Fault::T0,
        E::Endless | E::T1(_) => Fault::T1,
        _ => Fault::Hardware(3),
    }
}
