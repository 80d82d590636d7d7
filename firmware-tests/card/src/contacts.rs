//! The card's end of its contacts (ISO/IEC 7816-3): what a reader does to them goes in, characters come out.
//!
//! No clock and no input or output of its own, and it does not carry out commands: those are handed out as
//! [`Job`]s, and while somebody works on one the card goes on asking its reader for time.

use crate::job::{Job, Ticket};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::atr::Atr;
use kaztoken_lines::ReaderLevels;
use kaztoken_virtual::reader::{T1Card, T1Step};
use kaztoken_virtual::{Model, Protocol};
use zeroize::{Zeroize, Zeroizing};

/// The longest block: prologue, 254 bytes, check byte.
const MAX_BLOCK: usize = 3 + 254 + 1;
/// While a command is carried out, the reader is asked for more time this often. The block waiting time that holds
/// without TB3, BWI = 4, is 960 x 16 x 372 / f (11.4.3), and the waiting time at T=0 without TC2, WI = 10, is
/// 10 x 960 x 372 / f (10.2): 714 ms with the fastest clock that TA1 = 11 allows, 5 MHz.
const ASK_EVERY: Millis = Millis(300);
/// Without the rest of a block, PPS or header for so long, what came of it is forgotten. CWI = 13, which holds
/// without TB3, means 8203 etu (11.4.3): 763 ms at 4 MHz.
const CHARACTER_WAITING: Millis = Millis(800);
/// T=1 S(WTX request) and its response, and S(RESYNCH request).
const WTX: u8 = 0xC3;
const WTX_RESPONSE: u8 = 0xE3;
const RESYNCH: u8 = 0xC0;
/// T=0: a procedure byte that only means "still alive".
const NULL: u8 = 0x60;
/// F = 372, D = 1.
const DEFAULT_RATE: u8 = 0x11;

/// What the card is about.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Phase {
    /// No power, no clock, or held in reset.
    Off,
    /// The answer to reset was sent, and nothing came since: a PPS may.
    Fresh,
    /// The reader's turn.
    Listening,
    /// A command waits for its answer. From then on the reader is asked for time; `asked`: it has not granted it.
    Working { ask_at: Millis, asked: bool },
}

/// The card's end of the contacts.
pub struct Contacts {
    atr: &'static [u8],
    protocol: Protocol,
    longest: usize,
    phase: Phase,
    levels: ReaderLevels,
    t1: T1Card,
    /// What came of a block, a PPS or a command, and when its last character did.
    received: Zeroizing<Vec<u8>>,
    last: Millis,
    out: VecDeque<u8>,
    reset_due: bool,
    command: Option<Zeroizing<Vec<u8>>>,
    answer: Option<Zeroizing<Vec<u8>>>,
    /// T=0: the instruction under way.
    ins: u8,
    ticket: Ticket,
}

impl Contacts {
    /// A card without power. Commands have at most `longest` bytes.
    #[must_use]
    pub fn new(model: Model, longest: usize) -> Self {
        Self {
            atr: model.atr(),
            protocol: model.protocol(),
            longest,
            phase: Phase::Off,
            levels: ReaderLevels::default(),
            t1: T1Card::new(32),
            received: Zeroizing::new(Vec::with_capacity(MAX_BLOCK)),
            last: Millis(0),
            out: VecDeque::new(),
            reset_due: true,
            command: None,
            answer: None,
            ins: 0,
            ticket: Ticket::default(),
        }
    }

    /// The reader's levels. `false`: they are as before. Any change ends what was going on, and a card with power and
    /// clock answers the rise of RST (6.2.2, 6.2.3).
    pub fn levels(&mut self, levels: ReaderLevels) -> bool {
        if levels == self.levels {
            return false;
        }
        self.levels = levels;
        self.received.zeroize();
        self.out.clear();
        self.command = None;
        self.answer = None;
        self.reset_due = true;
        self.ticket = self.ticket.next();
        let ifsc = Atr::parse(self.atr).map_or(32, |atr| atr.ifsc());
        self.t1 = T1Card::new(ifsc).longest_command(self.longest);
        self.phase = Phase::Off;
        if levels == (ReaderLevels { vcc: true, rst: true, clk: true }) {
            self.phase = Phase::Fresh;
            self.out.extend(self.atr);
        }
        true
    }

    /// A character from the reader.
    pub fn receive(&mut self, now: Millis, byte: u8) {
        if self.phase == Phase::Off || self.received.len() >= MAX_BLOCK {
            return;
        }
        self.last = now;
        self.received.push(byte);
        match (self.phase, self.protocol, self.received.as_slice()) {
            (Phase::Fresh, _, [0xFF, ..]) => self.pps(),
            // The command is there; T=0 readers are silent until it is answered.
            (Phase::Working { .. }, Protocol::T0, _) => self.received.zeroize(),
            (_, Protocol::T0, _) => self.header(now),
            (_, Protocol::T1, &[_, _, len, ..]) if self.received.len() >= usize::from(len) + 4 => {
                self.block(now)
            }
            _ => {}
        }
    }

    /// The next character to the reader. It is sent when it is taken.
    pub fn transmit(&mut self) -> Option<u8> {
        self.out.pop_front()
    }

    /// Time has passed. To be called often: every few milliseconds.
    pub fn tick(&mut self, now: Millis) {
        if !self.received.is_empty() && now.0.saturating_sub(self.last.0) > CHARACTER_WAITING.0 {
            match self.protocol {
                // The card says that it waits for a whole block.
                Protocol::T1 if self.phase != Phase::Off => self.block(now),
                _ => self.received.zeroize(),
            }
        }
        if let Phase::Working { ask_at, asked: false } = self.phase
            && now >= ask_at
        {
            self.ask_for_time(now);
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

    /// Something is to be done.
    #[must_use]
    pub const fn has_job(&self) -> bool {
        self.reset_due || self.command.is_some()
    }

    /// The answer to a command. One that was asked before a reset is dropped.
    pub fn respond(&mut self, ticket: Ticket, response: &[u8]) {
        if ticket == self.ticket && matches!(self.phase, Phase::Working { .. }) {
            self.answer = Some(Zeroizing::new(response.to_vec()));
            self.answer();
        }
    }

    /// Sends the answer, unless the reader has still to grant time: until then the line is its.
    fn answer(&mut self) {
        let Phase::Working { asked: false, .. } = self.phase else { return };
        let Some(response) = self.answer.take() else { return };
        self.phase = Phase::Listening;
        match self.protocol {
            Protocol::T1 => {
                self.t1.respond(&response, None);
                self.out.extend(self.t1.block());
            }
            Protocol::T0 => {
                // All of the data follows its procedure byte (10.3.3).
                self.out.extend((response.len() > 2).then_some(self.ins));
                self.out.extend(response.iter());
            }
        }
    }

    fn work(&mut self, now: Millis, command: Zeroizing<Vec<u8>>) {
        self.phase = Phase::Working { ask_at: now.after(ASK_EVERY), asked: false };
        self.command = Some(command);
    }

    fn ask_for_time(&mut self, now: Millis) {
        match self.protocol {
            Protocol::T1 => {
                self.phase = Phase::Working { ask_at: now, asked: true };
                // One block waiting time more.
                self.out.extend([0, WTX, 1, 1, WTX]);
            }
            Protocol::T0 => {
                self.phase = Phase::Working { ask_at: now.after(ASK_EVERY), asked: false };
                self.out.extend([NULL]);
            }
        }
    }

    /// PPS (9.3): FF as the first character after the answer to reset. A request that the card cannot agree to is
    /// not answered.
    fn pps(&mut self) {
        let &[_, pps0, ref rest @ ..] = self.received.as_slice() else { return };
        let named = (pps0 >> 4 & 7).count_ones() as usize;
        if rest.len() <= named {
            return;
        }
        let sum = self.received.iter().fold(0, |sum, byte| sum ^ byte);
        let rate = rest.first().copied().filter(|_| pps0 & 0x10 != 0).unwrap_or(DEFAULT_RATE);
        let agreed = Atr::parse(self.atr).is_ok_and(|atr| {
            let offered = atr.group(1).and_then(|group| group.ta).unwrap_or(DEFAULT_RATE);
            atr.offers(pps0 & 0x0F) && (rate == DEFAULT_RATE || rate == offered)
        });
        if sum == 0 && agreed {
            self.phase = Phase::Listening;
            self.out.extend(self.received.iter());
        }
        self.received.zeroize();
    }

    fn block(&mut self, now: Millis) {
        let block = core::mem::replace(&mut self.received, Zeroizing::new(Vec::with_capacity(MAX_BLOCK)));
        match (self.phase, block.as_slice()) {
            (Phase::Working { asked: true, .. }, [0, WTX_RESPONSE, 1, 1, WTX_RESPONSE]) => {
                self.phase = Phase::Working { ask_at: now.after(ASK_EVERY), asked: false };
                self.answer();
            }
            // The reader starts anew (11.6.3.2, rule 6.4): nobody waits for the answer any more.
            (Phase::Working { .. }, [0, RESYNCH, 0, RESYNCH]) => {
                self.ticket = self.ticket.next();
                self.command = None;
                self.answer = None;
                self.listen(now, &block);
            }
            // The request for time was not understood, or comes too late: once more.
            (Phase::Working { .. }, _) => self.ask_for_time(now),
            _ => self.listen(now, &block),
        }
    }

    fn listen(&mut self, now: Millis, block: &[u8]) {
        self.phase = Phase::Listening;
        match self.t1.handle(block) {
            T1Step::Command => {
                let command = Zeroizing::new(self.t1.command().to_vec());
                self.work(now, command);
            }
            _ => self.out.extend(self.t1.block()),
        }
    }

    /// T=0 (10.3.2): five characters, then the data if they go to the card.
    fn header(&mut self, now: Millis) {
        self.phase = Phase::Listening;
        let &[cla, ins, p1, p2, p3, ref data @ ..] = self.received.as_slice() else { return };
        let mut command = Zeroizing::new(Vec::from([cla, ins, p1, p2]));
        if reads(ins) {
            command.push(p3);
        } else if p3 > 0 {
            if data.is_empty() {
                self.out.extend([ins]);
            }
            if data.len() < usize::from(p3) {
                return;
            }
            command.reserve_exact(1 + data.len());
            command.push(p3);
            command.extend_from_slice(data);
        }
        self.ins = ins;
        self.received.zeroize();
        self.work(now, command);
    }
}

/// Whether P3 is the length of the answer: GET CHALLENGE, READ BINARY, GET RESPONSE, GET DATA. A card knows it by the
/// instruction (10.3.2). Everything else brings data, or P3 = 0, and its answer is fetched.
const fn reads(ins: u8) -> bool {
    matches!(ins, 0x84 | 0xB0 | 0xC0 | 0xCA)
}

/// Without commands and answers, which hold secrets.
impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts")
            .field("phase", &self.phase)
            .field("levels", &self.levels)
            .field("t1", &self.t1)
            .finish_non_exhaustive()
    }
}
