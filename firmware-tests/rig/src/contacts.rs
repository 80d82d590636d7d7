//! A card's contacts on a board: activation, answer to reset, PPS, T=0 and T=1 one byte at a time, deactivation
//! (ISO/IEC 7816-3, clauses 6 to 11).
//!
//! Nothing here waits: [`Contacts`] is polled. Every end but a good one takes the card's power. The direct
//! convention only; every KAZTOKEN has it.

use crate::board::{Board, Parts};
use crate::log;
use core::fmt;
use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal_nb::serial::{ErrorKind, Read, Write};
use kaztoken_core::Millis;
use kaztoken_core::atr::{Atr, AtrError, CardTiming, MAX_ATR_LEN, Tck};
use kaztoken_core::tpdu::pps::{DEFAULT_F_D, Pps};
use kaztoken_core::tpdu::t0::{self, T0};
use kaztoken_core::tpdu::t1::{self, MAX_BLOCK_LEN, T1};
use kaztoken_rig::{Fault, Micros};
use zeroize::Zeroize;

/// The longest of what is sent or received at a time: a T=0 command, or its answer.
const LINE_LEN: usize = 262;
/// VCC until the clock runs.
const POWER_UP: u64 = 5_000;
/// RST stays low for at least 400 clocks (6.2.2): 100 us at 4 MHz, the slowest clock is 1 MHz.
const RESET_LOW: u64 = 500;
/// An answer to reset begins within 40,000 clocks of RST (6.2.2).
const ATR_BEGINS: u32 = 40_000;
/// Between its characters (8.1), and before a PPS response: 9,600 initial etu.
const INITIAL_WAIT: u32 = 9_600 * 372;
/// Emulated cards are programs, which come to the processor when they may.
const SLACK: u64 = 300_000;
/// The longest blocks that we take.
const IFSD: u8 = 254;
/// T=0: NULL bytes in a row; each one is another waiting time.
const MAX_NULLS: u32 = 10_000;

/// The bytes under way. They are wiped when an exchange ends, however it ends.
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
}

/// Without the bytes.
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

/// What the card does now.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Phase {
    /// No power.
    Off,
    /// VCC is on; next the clock.
    Powered,
    /// RST is low; next it goes high.
    Held,
    /// The answer to reset comes.
    Answering,
    /// The PPS response comes.
    Negotiating,
    /// Nothing is under way.
    Ready,
    /// S(IFS request) is out.
    Sizing,
    /// A T=1 block is awaited.
    Block,
    /// A T=1 block of the computer's own is out.
    RawBlock,
    /// T=0: a procedure byte is awaited.
    Procedure,
    /// T=0: so many bytes of data come, then another procedure byte.
    Data(u16),
    /// T=0: SW2 is awaited.
    Status,
}

#[derive(Clone, Debug)]
enum Protocol {
    T0(T0),
    T1(T1),
}

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
    memory: &'m mut Memory,
    phase: Phase,
    /// When the phase ends if nothing happens.
    until: u64,
    atr: [u8; MAX_ATR_LEN],
    atr_len: usize,
    protocol: Protocol,
    /// F and D as in TA1.
    speed: u8,
    sized: bool,
    send_len: usize,
    sent: usize,
    received: usize,
    /// A character of the block under way had wrong parity.
    damaged: bool,
    /// One of the exchange had.
    parity: bool,
    /// T=0: data bytes of the command that went out; what may come.
    data_at: usize,
    may_come: u16,
    nulls: u32,
    /// Why the power went without being asked to.
    pub lost: Option<Fault>,
}

impl<B> fmt::Debug for Contacts<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts").field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl<'m, B: Board> Contacts<'m, B> {
    /// No power.
    pub fn new(board: B, memory: &'m mut Memory) -> Self {
        let mut contacts = Self {
            board,
            memory,
            phase: Phase::Off,
            until: 0,
            atr: [0; MAX_ATR_LEN],
            atr_len: 0,
            protocol: Protocol::T0(T0::new(0xFF)),
            speed: DEFAULT_F_D,
            sized: false,
            send_len: 0,
            sent: 0,
            received: 0,
            damaged: false,
            parity: false,
            data_at: 0,
            may_come: 0,
            nulls: 0,
            lost: None,
        };
        contacts.off();
        contacts
    }

    /// The time.
    pub fn now(&mut self) -> Micros {
        Micros(self.board.micros())
    }

    /// Has the card power?
    pub fn is_powered(&self) -> bool {
        self.phase != Phase::Off
    }

    /// Is it ready for a command?
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// The answer to the last reset.
    pub fn atr(&self) -> &[u8] {
        self.atr.get(..self.atr_len).unwrap_or_default()
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
        self.parity || self.damaged
    }

    /// What the contacts are set to: VCC, the clock, RST.
    pub fn levels(&self) -> [bool; 3] {
        match self.phase {
            Phase::Off => [false; 3],
            Phase::Powered => [true, false, false],
            Phase::Held => [true, true, false],
            _ => [true; 3],
        }
    }

    /// Deactivation, in the order of 6.4. Everything under way is forgotten.
    pub fn off(&mut self) {
        let Parts { vcc, rst, clk, .. } = self.board.parts();
        // These pins cannot fail.
        let _ = (rst.set_low(), clk.set_low(), vcc.set_low());
        self.phase = Phase::Off;
        self.atr_len = 0;
        self.wipe();
    }

    fn wipe(&mut self) {
        self.memory.send.zeroize();
        self.memory.received.zeroize();
        (self.send_len, self.sent, self.received) = (0, 0, 0);
        self.damaged = false;
    }

    /// The end of everything that does not go on.
    pub fn fail(&mut self, fault: Fault) -> Fault {
        log!(Error, error, "{}; the token has no power", fault);
        self.off();
        fault
    }

    /// What happens to a card at any time. Called in every round.
    pub fn watch(&mut self) {
        let present = self.is_present();
        let overloaded = self.is_overloaded();
        if self.is_powered() && (overloaded || !present) {
            self.lost = Some(self.fail(if overloaded { Fault::OverCurrent } else { Fault::NoCard }));
        }
        if matches!(self.phase, Phase::Off | Phase::Powered | Phase::Held | Phase::Ready) {
            self.drain();
        }
    }

    /// What nobody asked for is thrown away.
    fn drain(&mut self) {
        for _ in 0..LINE_LEN {
            if matches!(self.board.parts().card.read(), Err(nb::Error::WouldBlock)) {
                return;
            }
        }
    }

    /// Begins activation and a cold reset (6.2), or with power a warm one.
    pub fn begin_reset(&mut self, now: Micros, cold: bool) -> Result<(), Fault> {
        self.lost = None;
        if cold {
            self.off();
            if !self.is_present() {
                return Err(Fault::NoCard);
            }
            if self.is_overloaded() {
                return Err(self.fail(Fault::OverCurrent));
            }
            let _ = self.board.parts().vcc.set_high();
            self.phase = Phase::Powered;
            self.until = now.0.saturating_add(POWER_UP);
        } else if self.is_powered() {
            let _ = self.board.parts().rst.set_low();
            self.phase = Phase::Held;
            self.until = now.0.saturating_add(RESET_LOW);
        } else {
            return Err(Fault::NotPowered);
        }
        self.wipe();
        self.atr_len = 0;
        self.sized = false;
        self.speed = DEFAULT_F_D;
        self.board.set_etu(372);
        log!(Info, info, "reset, cold: {=bool}", cold);
        Ok(())
    }

    /// Goes on with a reset. `Done`: the answer is there, and the protocol is chosen.
    pub fn poll_reset(&mut self, now: Micros) -> Result<Turn, Fault> {
        match self.phase {
            Phase::Off => return Err(self.lost.take().unwrap_or(Fault::NotPowered)),
            Phase::Powered if now.0 >= self.until => {
                let _ = self.board.parts().clk.set_high();
                self.phase = Phase::Held;
                self.until = now.0.saturating_add(RESET_LOW);
            }
            Phase::Held if now.0 >= self.until => {
                let _ = self.board.parts().rst.set_high();
                self.phase = Phase::Answering;
                self.until = self.after_clocks(now, ATR_BEGINS);
            }
            Phase::Answering => {
                while let Some(byte) = self.character()? {
                    let Some(place) = self.atr.get_mut(self.atr_len) else {
                        return Err(self.fail(Fault::BadAtr));
                    };
                    *place = byte;
                    self.atr_len = self.atr_len.saturating_add(1);
                    self.until = self.after_clocks(now, INITIAL_WAIT);
                    if self.answer_is_whole()? {
                        return self.negotiate(now);
                    }
                }
                if now.0 > self.until {
                    let fault = if self.atr_len == 0 { Fault::Mute } else { Fault::BadAtr };
                    return Err(self.fail(fault));
                }
            }
            Phase::Negotiating => return self.poll_pps(now),
            Phase::Ready => return Ok(Turn::Done(self.atr_len)),
            _ => {}
        }
        Ok(Turn::Wait)
    }

    fn answer_is_whole(&mut self) -> Result<bool, Fault> {
        let fault = match Atr::parse(self.atr()) {
            Ok(atr) => match atr.tck() {
                Tck::Missing => return Ok(false),
                Tck::Wrong { .. } => Fault::BadAtr,
                _ => return Ok(true),
            },
            Err(AtrError::Truncated { .. }) => return Ok(false),
            Err(AtrError::InitialCharacter(ts)) => Fault::WrongTs(ts),
            Err(_) => Fault::BadAtr,
        };
        Err(self.fail(fault))
    }

    /// Chooses the protocol, and the speed of TA1 if the card may be asked for it.
    fn negotiate(&mut self, now: Micros) -> Result<Turn, Fault> {
        let Ok(atr) = Atr::parse(self.atr.get(..self.atr_len).unwrap_or_default()) else {
            return Err(self.fail(Fault::BadAtr));
        };
        let ta1 = atr.group(1).and_then(|group| group.ta).unwrap_or(DEFAULT_F_D);
        let mode = atr.specific_mode();
        let chosen = mode.map_or_else(|| atr.protocols().next(), |mode| Some(mode.protocol));
        let implicit = mode.is_some_and(|mode| mode.implicit);
        let Some((protocol @ (0 | 1), timing)) =
            chosen.zip(CardTiming::from_index(ta1)).filter(|_| !implicit)
        else {
            return Err(self.fail(Fault::Pps));
        };
        self.protocol =
            if protocol == 0 { Protocol::T0(T0::new(0xFF)) } else { Protocol::T1(T1::new(atr.ifsc())) };
        log!(Info, info, "T={=u8}, TA1 {=u8:02X}", protocol, ta1);
        if mode.is_some() {
            self.set_speed(ta1, timing);
        } else if ta1 != DEFAULT_F_D {
            let (request, len) = Pps { protocol, pps1: Some(ta1) }.request();
            self.queue(request.get(..len).unwrap_or_default());
            self.phase = Phase::Negotiating;
            self.until = self.after_clocks(now, INITIAL_WAIT);
            return Ok(Turn::Wait);
        }
        self.phase = Phase::Ready;
        Ok(Turn::Done(self.atr_len))
    }

    fn set_speed(&mut self, index: u8, timing: CardTiming) {
        self.speed = index;
        let cycles = u32::from(timing.f).checked_div(timing.d.into()).unwrap_or(372);
        self.board.set_etu(cycles);
    }

    fn poll_pps(&mut self, now: Micros) -> Result<Turn, Fault> {
        if !self.sending(now, INITIAL_WAIT) {
            return Ok(Turn::Wait);
        }
        self.receive(now, INITIAL_WAIT)?;
        if self.damaged {
            return Err(self.fail(Fault::Parity));
        }
        let named = self.memory.received.get(1).map_or(0, |pps0| (pps0 & 0x70).count_ones() as usize);
        if self.received >= 2 && self.received >= named.saturating_add(3) {
            let protocol = u8::from(matches!(self.protocol, Protocol::T1(_)));
            let ta1 = Atr::parse(self.atr()).ok().and_then(|atr| atr.group(1)?.ta);
            let pps = Pps { protocol, pps1: ta1 };
            let answer = self.memory.received.get(..self.received).unwrap_or_default();
            let Some((index, timing)) =
                pps.check(answer).ok().and_then(|index| Some((index, CardTiming::from_index(index)?)))
            else {
                return Err(self.fail(Fault::Pps));
            };
            self.set_speed(index, timing);
            self.wipe();
            self.phase = Phase::Ready;
            return Ok(Turn::Done(self.atr_len));
        }
        if now.0 > self.until { Err(self.fail(Fault::Pps)) } else { Ok(Turn::Wait) }
    }

    /// Begins a command APDU.
    pub fn begin_apdu(&mut self, now: Micros, command: &[u8]) -> Result<(), Fault> {
        self.ready()?;
        self.wipe();
        self.parity = false;
        match &mut self.protocol {
            Protocol::T0(machine) => {
                if machine.exchange(command).is_err() {
                    return Err(Fault::TooLong);
                }
                self.send_tpdu(now, command);
            }
            Protocol::T1(machine) if self.sized => {
                if machine.exchange(command).is_err() {
                    return Err(self.fail(Fault::T1));
                }
                self.send_block(now, command, Phase::Block);
            }
            Protocol::T1(machine) => {
                if machine.negotiate_ifsd(IFSD).is_err() {
                    return Err(self.fail(Fault::T1));
                }
                self.send_block(now, &[], Phase::Sizing);
            }
        }
        Ok(())
    }

    /// Begins a T=1 block of the computer's own.
    pub fn begin_block(&mut self, now: Micros, block: &[u8]) -> Result<(), Fault> {
        self.ready()?;
        if !matches!(self.protocol, Protocol::T1(_)) {
            return Err(Fault::Unsupported);
        }
        if block.len() > MAX_BLOCK_LEN {
            return Err(Fault::TooLong);
        }
        self.wipe();
        self.queue(block);
        self.phase = Phase::RawBlock;
        self.until = self.block_deadline(now, 1);
        Ok(())
    }

    fn ready(&mut self) -> Result<(), Fault> {
        match self.phase {
            Phase::Ready => Ok(()),
            Phase::Off => Err(self.lost.take().unwrap_or(Fault::NotPowered)),
            // Only a reset that was given up leaves another phase behind.
            _ => Err(self.fail(Fault::Stopped)),
        }
    }

    /// Goes on with a command; `response` is the same from call to call.
    pub fn poll_apdu(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        let turn = match self.phase {
            Phase::Off => return Err(self.lost.take().unwrap_or(Fault::NotPowered)),
            Phase::Sizing | Phase::Block => self.poll_t1(now, command, response)?,
            Phase::Procedure | Phase::Data(_) | Phase::Status => self.poll_t0(now, command, response)?,
            _ => return Err(self.fail(Fault::Stopped)),
        };
        if matches!(turn, Turn::Done(_)) {
            self.wipe();
            self.phase = Phase::Ready;
        }
        Ok(turn)
    }

    /// Goes on with a block.
    pub fn poll_block(&mut self, now: Micros, response: &mut [u8]) -> Result<Turn, Fault> {
        match self.phase {
            Phase::RawBlock => {}
            Phase::Off => return Err(self.lost.take().unwrap_or(Fault::NotPowered)),
            _ => return Err(self.fail(Fault::Stopped)),
        }
        let Some(len) = self.block_len(now)? else { return Ok(Turn::Wait) };
        if len == 0 || self.damaged {
            let fault = if self.damaged { Fault::Parity } else { Fault::Timeout };
            return Err(self.fail(fault));
        }
        let block = self.memory.received.get(..len).unwrap_or_default();
        if copy(response, block).is_none() {
            return Err(self.fail(Fault::TooLong));
        }
        self.wipe();
        self.phase = Phase::Ready;
        Ok(Turn::Done(len))
    }

    fn poll_t1(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        let Some(len) = self.block_len(now)? else { return Ok(Turn::Wait) };
        let Protocol::T1(machine) = &mut self.protocol else { return Err(self.fail(Fault::Stopped)) };
        let step = match len {
            _ if self.damaged => {
                self.parity = true;
                machine.handle_corruption()
            }
            0 => machine.handle_silence(),
            _ => machine.handle_block(self.memory.received.get(..len).unwrap_or_default(), response),
        };
        match (step, self.phase) {
            (t1::Step::Send, phase) => {
                self.send_block(now, command, phase);
                Ok(Turn::Wait)
            }
            (t1::Step::Done(_), Phase::Sizing) => {
                self.sized = true;
                if machine.exchange(command).is_err() {
                    return Err(self.fail(Fault::T1));
                }
                self.send_block(now, command, Phase::Block);
                Ok(Turn::Wait)
            }
            (t1::Step::Done(len), _) => Ok(Turn::Done(len)),
            (t1::Step::Failed(_), _) => {
                let fault = if self.parity { Fault::Parity } else { Fault::T1 };
                Err(self.fail(fault))
            }
        }
    }

    /// The length of the block that came: 0 after silence. `None`: it still comes.
    fn block_len(&mut self, now: Micros) -> Result<Option<usize>, Fault> {
        let multiplier = match &self.protocol {
            Protocol::T1(machine) => machine.waiting_multiplier().max(1),
            Protocol::T0(_) => 1,
        };
        if self.sent < self.send_len {
            if self.send() {
                self.until = self.block_deadline(now, multiplier);
            }
            return Ok(None);
        }
        let wait = self.character_wait();
        self.receive(now, wait)?;
        let whole = match self.memory.received.get(..self.received) {
            Some([_, _, len, ..]) => self.received >= usize::from(*len).saturating_add(4),
            _ => false,
        };
        Ok((now.0 > self.until || whole && !self.damaged).then_some(self.received))
    }

    fn send_block(&mut self, now: Micros, command: &[u8], phase: Phase) {
        self.wipe();
        let Protocol::T1(machine) = &self.protocol else { return };
        self.send_len = machine.block(command, &mut self.memory.send);
        self.phase = phase;
        self.until = self.block_deadline(now, 1);
    }

    fn send_tpdu(&mut self, now: Micros, command: &[u8]) {
        self.wipe();
        let Protocol::T0(machine) = &self.protocol else { return };
        let len = machine.tpdu(command, &mut self.memory.send);
        // The header goes out; the data waits for a procedure byte.
        self.send_len = len.min(5);
        self.data_at = 5;
        let p3 = self.memory.send.get(4).copied().unwrap_or(0);
        self.may_come = match (len, command.len(), p3) {
            (5, 4, _) => 0,
            (5, _, 0) => 256,
            (5, ..) => p3.into(),
            _ => 0,
        };
        self.nulls = 0;
        self.phase = Phase::Procedure;
        self.until = self.after_clocks(now, self.work_wait());
    }

    /// The TPDU's length as its header tells.
    fn tpdu_end(&self) -> usize {
        match self.may_come {
            0 => self.memory.send.get(4).map_or(5, |&lc| usize::from(lc).saturating_add(5)),
            _ => 5,
        }
    }

    fn poll_t0(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        if self.sent < self.send_len {
            if self.send() {
                self.until = self.after_clocks(now, self.work_wait());
            }
            return Ok(Turn::Wait);
        }
        while let Some(byte) = self.character()? {
            self.until = self.after_clocks(now, self.work_wait());
            match self.phase {
                Phase::Data(left) => {
                    self.keep(byte)?;
                    self.may_come = self.may_come.saturating_sub(1);
                    self.phase =
                        if left > 1 { Phase::Data(left.saturating_sub(1)) } else { Phase::Procedure };
                }
                Phase::Status => {
                    self.keep(byte)?;
                    return self.end_tpdu(now, command, response);
                }
                _ => {
                    let ins = self.memory.send.get(1).copied().unwrap_or(0);
                    if self.procedure(byte, ins)? {
                        return Ok(Turn::Wait);
                    }
                }
            }
        }
        if now.0 > self.until { Err(self.fail(Fault::Timeout)) } else { Ok(Turn::Wait) }
    }

    /// A procedure byte (10.3.3). `true`: something is to be sent.
    fn procedure(&mut self, byte: u8, ins: u8) -> Result<bool, Fault> {
        let end = self.tpdu_end();
        let one = byte == ins ^ 0xFF;
        match byte {
            0x60 if self.nulls < MAX_NULLS => {
                self.nulls = self.nulls.saturating_add(1);
                Ok(false)
            }
            _ if byte == ins || one => {
                if self.may_come > 0 {
                    self.phase = Phase::Data(if one { 1 } else { self.may_come });
                    return Ok(false);
                }
                if self.data_at >= end {
                    return Err(self.fail(Fault::T0));
                }
                self.sent = self.data_at;
                self.send_len = if one { self.data_at.saturating_add(1) } else { end };
                self.data_at = self.send_len;
                Ok(true)
            }
            0x61..=0x6F | 0x90..=0x9F => {
                self.keep(byte)?;
                self.phase = Phase::Status;
                Ok(false)
            }
            _ => Err(self.fail(Fault::T0)),
        }
    }

    fn end_tpdu(&mut self, now: Micros, command: &[u8], response: &mut [u8]) -> Result<Turn, Fault> {
        let Protocol::T0(machine) = &mut self.protocol else { return Err(self.fail(Fault::Stopped)) };
        let answer = self.memory.received.get(..self.received).unwrap_or_default();
        match machine.handle_answer(answer, command, response) {
            t0::Step::Send => {
                self.send_tpdu(now, command);
                Ok(Turn::Wait)
            }
            t0::Step::Done(len) => Ok(Turn::Done(len)),
            t0::Step::Failed(_) => Err(self.fail(Fault::T0)),
        }
    }

    fn queue(&mut self, bytes: &[u8]) {
        self.send_len = copy(&mut self.memory.send, bytes).unwrap_or(0);
        self.sent = 0;
    }

    /// Sends what the line takes. `true`: everything is out now.
    fn send(&mut self) -> bool {
        while let Some(&byte) = self.memory.send.get(self.sent..self.send_len).and_then(<[u8]>::first) {
            if self.board.parts().card.write(byte).is_err() {
                return false;
            }
            self.sent = self.sent.saturating_add(1);
        }
        true
    }

    /// The same, with the waiting time that begins then. `true`: it was all out before.
    fn sending(&mut self, now: Micros, clocks: u32) -> bool {
        let all = self.sent >= self.send_len;
        if !all && self.send() {
            self.until = self.after_clocks(now, clocks);
        }
        all
    }

    /// One character, where wrong parity cannot be mended.
    fn character(&mut self) -> Result<Option<u8>, Fault> {
        match self.board.parts().card.read() {
            Ok(byte) => Ok(Some(byte)),
            Err(nb::Error::WouldBlock) => Ok(None),
            Err(nb::Error::Other(ErrorKind::Overrun)) => Err(self.fail(Fault::Hardware(1))),
            Err(nb::Error::Other(_)) => Err(self.fail(Fault::Parity)),
        }
    }

    fn keep(&mut self, byte: u8) -> Result<(), Fault> {
        let Some(place) = self.memory.received.get_mut(self.received) else {
            return Err(self.fail(Fault::ResponseTooLong));
        };
        *place = byte;
        self.received = self.received.saturating_add(1);
        Ok(())
    }

    /// Takes what has come; a character with wrong parity is noted. `clocks` is the time until the next one.
    fn receive(&mut self, now: Micros, clocks: u32) -> Result<(), Fault> {
        loop {
            let byte = match self.board.parts().card.read() {
                Ok(byte) => byte,
                Err(nb::Error::WouldBlock) => return Ok(()),
                Err(nb::Error::Other(_)) => {
                    self.damaged = true;
                    0
                }
            };
            self.until = self.after_clocks(now, clocks);
            if self.received < LINE_LEN {
                self.keep(byte)?;
            } else {
                // Longer than any block: the rest goes by, and then it is damaged.
                self.damaged = true;
                return Ok(());
            }
        }
    }

    fn after_clocks(&self, now: Micros, clocks: u32) -> u64 {
        let micros = u64::from(clocks).saturating_mul(1_000_000).checked_div(self.board.card_clock().into());
        let slack = if B::EMULATED { SLACK } else { 0 };
        now.0.saturating_add(micros.unwrap_or(0)).saturating_add(slack)
    }

    fn after_millis(&self, now: Micros, time: Option<Millis>, times: u64) -> u64 {
        let time = time.unwrap_or(Millis(1_000)).0.saturating_mul(1_000).saturating_mul(times);
        self.after_clocks(Micros(now.0.saturating_add(time)), 0)
    }

    fn block_deadline(&self, now: Micros, multiplier: u8) -> u64 {
        let kilohertz = self.board.card_clock() / 1_000;
        let time = Atr::parse(self.atr()).ok().and_then(|atr| atr.block_waiting_time(kilohertz));
        self.after_millis(now, time, multiplier.into())
    }

    /// CWT in clocks.
    fn character_wait(&self) -> u32 {
        let cwi = Atr::parse(self.atr()).map_or(13, |atr| atr.cwi());
        let clocks = CardTiming::from_index(self.speed).map_or(372, |timing| timing.clocks(11 + (1 << cwi)));
        u32::try_from(clocks).unwrap_or(u32::MAX)
    }

    /// WT of T=0 in clocks.
    fn work_wait(&self) -> u32 {
        let wi = Atr::parse(self.atr()).map_or(10, |atr| atr.usable_waiting_integer());
        let f = CardTiming::from_index(self.speed).map_or(372, |timing| timing.f);
        u32::from(wi).saturating_mul(960).saturating_mul(f.into())
    }
}

/// `None`: it does not fit.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> Option<usize> {
    let place = to.get_mut(..from.len())?;
    place.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    Some(from.len())
}
