//! A card on its contacts, where there is no reader in between (ISO/IEC 7816-3, clauses 6 to 11): activation
//! and reset, answer to reset in both conventions, PPS, T=0, T=1, deactivation.
//!
//! [`Contact`] does nothing itself. Its owner hands it the characters with their times
//! ([`handle_byte`](Contact::handle_byte)) and the card's presence ([`handle_card`](Contact::handle_card)),
//! and carries out what [`poll`](Contact::poll) says. Every end but a good one first takes the card's power,
//! contact by contact, and then names a [`ContactError`].
//!
//! Times are microseconds on a clock of the owner's. A port that hears what it sends itself must drop that.
//! The extra guard time (TC1) is the port's part: it is a number of stop bits.

mod clocks;
mod error;
mod line;
mod reset;
mod t0;
mod t1;

use core::fmt;

use zeroize::Zeroize;

use crate::atr::MAX_ATR_LEN;
use crate::tpdu::pps::{DEFAULT_F_D, Pps};
use crate::tpdu::t0::T0;
use crate::tpdu::t1::T1;

pub use error::ContactError;
pub use line::{Levels, LineError, Parity, inverse};

/// The longest of what is sent or received at a time: a T=0 answer, or a T=1 block with a CRC.
pub const LINE_LEN: usize = 262;
/// Clocks of an etu from the reset on.
pub const DEFAULT_ETU: u16 = 372;
/// Characters that may follow a block that is too long already, until it counts as endless.
const MAX_EXCESS: u16 = 1024;

/// The bytes under way. The machine wipes them when an exchange ends, however it ends.
pub struct Memory {
    send: [u8; LINE_LEN],
    received: [u8; LINE_LEN],
}

impl Memory {
    /// Zeros.
    #[must_use]
    pub const fn new() -> Self {
        Self { send: [0; LINE_LEN], received: [0; LINE_LEN] }
    }

    /// Is nothing left in it?
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        self.send.iter().chain(&self.received).all(|&byte| byte == 0)
    }
}

/// No bytes: they may be secret.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// The board, as far as it is not the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The frequency on CLK, Hz; 1 to 5 MHz for any card (5.2.3).
    pub hertz: u32,
    /// How much later than the standard says the card may be, microseconds. Other than 0 only for emulated
    /// cards, which may also answer a reset at once.
    pub slack: u64,
}

/// What the owner of the contacts does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Set the contacts, now. One of them changes at a time.
    SetContacts(Levels),
    /// Set the length of a bit, in clocks of the card.
    SetEtu(u16),
    /// Set the port's parity.
    SetParity(Parity),
    /// Send that many bytes, [`Contact::outgoing`], then call [`Contact::handle_sent`].
    Send(usize),
    /// Nothing before this time, unless something comes.
    Wait(u64),
    /// Nothing is under way.
    Nothing,
    /// A reset, an APDU or a block has ended well: so many bytes of [`Contact::atr`] or of the response.
    Done(usize),
    /// It has not. The contacts are off, both buffers are wiped.
    Failed(ContactError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Off,
    /// VCC is to come on, or is; next the clock.
    Powered,
    /// RST is low; next it goes high.
    Held,
    Answering,
    Negotiating,
    /// The reset is over, which [`Contact::poll`] has not told yet.
    Answered,
    Ready,
    /// S(IFS request) is out.
    Sizing,
    Block,
    RawBlock,
    Procedure,
    /// T=0: so many bytes of data come, then another procedure byte.
    Data(u16),
    Status,
    /// T=0: the TPDU is answered, which [`Contact::poll`] has not looked at yet.
    Complete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Nothing,
    Queued,
    Sending,
}

#[derive(Clone, Debug)]
enum Protocol {
    T0(T0),
    T1(T1),
}

/// The machine of one card's contacts.
pub struct Contact<'m> {
    memory: &'m mut Memory,
    clock: Clock,
    phase: Phase,
    levels: Levels,
    failed: Option<ContactError>,
    present: bool,
    overloaded: bool,
    /// When the phase ends if nothing happens.
    until: u64,
    /// When RST went high.
    reset_at: u64,
    /// The earliest time to send: the card needs it to turn round.
    send_at: u64,
    atr: [u8; MAX_ATR_LEN],
    atr_len: usize,
    inverse: bool,
    /// What the port was told.
    parity: Parity,
    set_etu: Option<u16>,
    protocol: Protocol,
    pps: Pps,
    f_d: u8,
    sized: bool,
    output: Output,
    /// The part of `send` that goes out.
    out: (usize, usize),
    received: usize,
    excess: u16,
    /// A character of the block under way was wrong.
    damaged: bool,
    /// One of the exchange was.
    had_damage: bool,
    t0: t0::Transfer,
}

impl fmt::Debug for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("phase", &self.phase)
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}

impl<'m> Contact<'m> {
    /// Contacts that are off.
    #[must_use]
    pub const fn new(memory: &'m mut Memory, clock: Clock) -> Self {
        Self {
            memory,
            clock,
            phase: Phase::Off,
            levels: Levels::OFF,
            failed: None,
            present: false,
            overloaded: false,
            until: 0,
            reset_at: 0,
            send_at: 0,
            atr: [0; MAX_ATR_LEN],
            atr_len: 0,
            inverse: false,
            parity: Parity::Even,
            set_etu: None,
            protocol: Protocol::T0(T0::new(0xFF)),
            pps: Pps { protocol: 0, pps1: None },
            f_d: DEFAULT_F_D,
            sized: false,
            output: Output::Nothing,
            out: (0, 0),
            received: 0,
            excess: 0,
            damaged: false,
            had_damage: false,
            t0: t0::Transfer::NONE,
        }
    }

    /// The answer to the last reset, in plain form.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        self.atr.get(..self.atr_len).unwrap_or_default()
    }

    /// What the contacts are set to.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// Has the card power, or is it about to?
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.phase != Phase::Off
    }

    /// Can a command begin?
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// Had a character of the exchange under way wrong parity?
    #[must_use]
    pub const fn had_damage(&self) -> bool {
        self.had_damage || self.damaged
    }

    /// The bytes of [`Action::Send`], as the port sends them. They may be secret.
    #[must_use]
    pub fn outgoing(&self) -> &[u8] {
        self.memory.send.get(self.out.0..self.out.1).unwrap_or_default()
    }

    /// The bytes of [`Action::Send`] are out, stop bits and all. Waiting times begin here.
    pub fn handle_sent(&mut self, now: u64) {
        if self.output != Output::Sending {
            return;
        }
        self.output = Output::Nothing;
        if self.inverse {
            // Back to plain form: the header's bytes are needed again.
            self.turn_round();
        }
        self.until = match self.phase {
            Phase::Negotiating => self.after_clocks(now, clocks::INITIAL_WAIT),
            Phase::Procedure => self.after_clocks(now, self.work_wait()),
            _ => self.block_deadline(now),
        };
    }

    /// A character, or what became of it.
    pub fn handle_byte(&mut self, now: u64, character: Result<u8, LineError>) {
        if self.output == Output::Nothing {
            self.send_at = self.after_exactly(now, self.turn_round_time());
        }
        let result = match self.phase {
            Phase::Answering => self.take_answer(now, character),
            _ if self.output != Output::Nothing => Ok(()),
            Phase::Negotiating => self.take_pps(now, character),
            Phase::Sizing | Phase::Block | Phase::RawBlock => self.take_block(now, character),
            Phase::Procedure | Phase::Data(_) | Phase::Status => self.take_t0(now, character),
            // Nobody asked for it.
            Phase::Off | Phase::Powered | Phase::Held | Phase::Answered | Phase::Ready | Phase::Complete => {
                Ok(())
            }
        };
        if let Err(error) = result {
            self.fail(error);
        }
    }

    /// Whether there is a card, and whether it draws too much current. To be called as often as possible.
    pub fn handle_card(&mut self, present: bool, overloaded: bool) {
        (self.present, self.overloaded) = (present, overloaded);
        if self.is_powered() && (overloaded || !present) {
            self.fail(if overloaded { ContactError::OverCurrent } else { ContactError::NoCard });
        }
    }

    /// Takes the power, whatever is under way; nothing is reported.
    pub fn deactivate(&mut self) {
        self.phase = Phase::Off;
        self.atr_len = 0;
        self.wipe();
    }

    /// The next thing to do; to be called again at once unless it is `Wait` or `Nothing`.
    ///
    /// `command` and `response` are those of the APDU or block under way, the same from call to call, and
    /// otherwise empty. `response` is gathered in pieces and means nothing before [`Action::Done`].
    pub fn poll(&mut self, now: u64, command: &[u8], response: &mut [u8]) -> Action {
        if self.phase == Phase::Off {
            return self.poll_off(response);
        }
        if let Some(etu) = self.set_etu.take() {
            return Action::SetEtu(etu);
        }
        let parity = if self.inverse { Parity::Odd } else { Parity::Even };
        if self.parity != parity {
            self.parity = parity;
            return Action::SetParity(parity);
        }
        match self.output {
            Output::Nothing => {}
            Output::Queued if now < self.send_at => return Action::Wait(self.send_at),
            Output::Queued => {
                if self.inverse {
                    self.turn_round();
                }
                self.output = Output::Sending;
                self.until = self.send_deadline(now);
                return Action::Send(self.out.1.saturating_sub(self.out.0));
            }
            Output::Sending if now > self.until => {
                self.fail(ContactError::LineStuck);
                return self.poll_off(response);
            }
            Output::Sending => return Action::Wait(self.until),
        }
        let result = match self.phase {
            Phase::Off | Phase::Ready => Ok(Some(Action::Nothing)),
            Phase::Powered | Phase::Held | Phase::Answering | Phase::Negotiating | Phase::Answered => {
                self.poll_reset(now)
            }
            Phase::Sizing | Phase::Block | Phase::RawBlock => self.poll_t1(now, command, response),
            Phase::Procedure | Phase::Data(_) | Phase::Status | Phase::Complete => {
                self.poll_t0(now, command, response)
            }
        };
        match result {
            Ok(Some(action)) => {
                if matches!(action, Action::Done(_)) {
                    self.wipe();
                    self.phase = Phase::Ready;
                }
                action
            }
            Ok(None) => Action::Wait(if self.output == Output::Queued { now } else { self.until }),
            Err(error) => {
                self.fail(error);
                self.poll_off(response)
            }
        }
    }

    fn poll_off(&mut self, response: &mut [u8]) -> Action {
        if self.levels != Levels::OFF {
            self.levels = self.levels.towards_off();
            return Action::SetContacts(self.levels);
        }
        match self.failed.take() {
            Some(error) => {
                response.zeroize();
                Action::Failed(error)
            }
            None => Action::Nothing,
        }
    }

    fn fail(&mut self, error: ContactError) {
        self.failed.get_or_insert(error);
        self.deactivate();
    }

    fn wipe(&mut self) {
        self.memory.send.zeroize();
        self.memory.received.zeroize();
        (self.out, self.output) = ((0, 0), Output::Nothing);
        (self.received, self.excess, self.damaged) = (0, 0, false);
    }

    fn ready(&self) -> Result<(), ContactError> {
        match self.phase {
            Phase::Ready => Ok(()),
            Phase::Off => Err(self.failed.unwrap_or(ContactError::NotPowered)),
            _ => Err(ContactError::Busy),
        }
    }

    /// Queues `send[from..to]`.
    fn queue(&mut self, from: usize, to: usize) {
        (self.out, self.output) = ((from, to), Output::Queued);
    }

    fn turn_round(&mut self) {
        let bytes = self.memory.send.get_mut(self.out.0..self.out.1).unwrap_or_default();
        bytes.iter_mut().for_each(|byte| *byte = inverse(*byte));
    }

    /// A character in plain form, or why there is none.
    fn plain(&self, character: Result<u8, LineError>) -> Result<u8, ContactError> {
        let byte = match character {
            Ok(byte) => byte,
            // The port still checks the other parity: this is the right one.
            Err(LineError::Parity(Some(byte))) if self.inverse && self.parity == Parity::Even => byte,
            Err(LineError::Overrun) => return Err(ContactError::Overrun),
            Err(_) => return Err(ContactError::Parity),
        };
        Ok(if self.inverse { inverse(byte) } else { byte })
    }

    fn keep(&mut self, byte: u8) -> Result<(), ContactError> {
        let place = self.memory.received.get_mut(self.received).ok_or(ContactError::ResponseTooLong)?;
        *place = byte;
        self.received = self.received.saturating_add(1);
        Ok(())
    }
}
