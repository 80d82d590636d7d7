//! T=1 (ISO/IEC 7816-3, clause 11).
//!
//! The host's side of the half-duplex block protocol: NAD 00, LRC, chaining both ways, S(IFS), S(WTX), recovery
//! with R-blocks and S(RESYNCH). [`T1`] says what to send, is told what came, and needs a bounded number of
//! blocks whatever comes: three unusable blocks in a row or [`MAX_IDLE`] without a new byte lead to
//! S(RESYNCH request), of which there are three an exchange, and then the exchange has failed.
//!
//! How far repetition goes is decided by [`Repetition`]: an I-block of a command that costs a PIN try goes out
//! once, and only a command that only reads starts again after a resynchronisation.

mod block;
mod error;

pub use error::T1Error;

use super::Repetition;
use crate::ccid::message::copy;
use block::{ABORT, DAMAGED, IFS, MORE, OTHER, RECEIVE_READY, RESPONSE, RESYNCH, SEQUENCE, WTX};

/// The longest block: prologue, 254 bytes INF, LRC.
pub const MAX_BLOCK_LEN: usize = 258;
/// Unusable blocks in a row before S(RESYNCH request); S(RESYNCH request) before the exchange has failed; also
/// S(IFS request) before the negotiation has failed.
pub const MAX_TRIES: u8 = 3;
/// Blocks without a new byte, S(WTX) apart, before S(RESYNCH request).
pub const MAX_IDLE: u8 = 16;
/// S(WTX request) an exchange. Generating an RSA key takes minutes of them.
pub const MAX_WAITS: u16 = 1000;

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send what [`T1::block`] writes.
    Send,
    /// The response is complete and has this many bytes; 0 after [`T1::negotiate_ifsd`].
    Done(usize),
    /// It has ended without a response.
    Failed(T1Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// S(IFS request) is out.
    Negotiating,
    /// The command, and nothing of the response yet.
    Command,
    /// A part of the response is there.
    Response,
    /// S(ABORT response) is out.
    Aborting,
    /// S(RESYNCH request) is out.
    Resynchronising,
    Broken,
}

/// One card's block protocol since its last reset.
#[derive(Clone, Debug)]
pub struct T1 {
    phase: Phase,
    repetition: Repetition,
    /// IFSC of the ATR.
    first_ifsc: u8,
    ifsc: u8,
    /// N(S) of the I-block that is out, or will be next: 0 or 1.
    send_sequence: u8,
    /// N(S) that is expected next, which is N(R) of our R-blocks: 0 or 1.
    receive_sequence: u8,
    /// PCB of the block to send, and INF if it is an S-block that has one.
    pcb: u8,
    inf: u8,
    /// Bytes of the I-block that is out.
    chunk: u8,
    errors: u8,
    idle: u8,
    resynchs: u8,
    waits: u16,
    command_len: usize,
    /// Where the I-block that is out begins.
    offset: usize,
    received: usize,
}

impl T1 {
    /// A card after its reset. `ifsc`: the first TA for T=1 of the ATR, 32 without; invalid values (0 and FF)
    /// count as 32.
    #[must_use]
    pub const fn new(ifsc: u8) -> Self {
        let ifsc = if matches!(ifsc, 0 | 0xFF) { 32 } else { ifsc };
        Self {
            phase: Phase::Idle,
            repetition: Repetition::Never,
            first_ifsc: ifsc,
            ifsc,
            send_sequence: 0,
            receive_sequence: 0,
            pcb: 0,
            inf: 0,
            chunk: 0,
            errors: 0,
            idle: 0,
            resynchs: 0,
            waits: 0,
            command_len: 0,
            offset: 0,
            received: 0,
        }
    }

    fn begin(&mut self) -> Result<(), T1Error> {
        if self.phase != Phase::Idle {
            self.phase = Phase::Broken;
            return Err(T1Error::NeedsReset);
        }
        self.errors = 0;
        self.resynchs = 0;
        self.waits = 0;
        Ok(())
    }

    /// Tells the card how long blocks may be: the next block is S(IFS request). `ifsd` is clamped to 1..=254.
    ///
    /// # Errors
    /// [`T1Error::NeedsReset`]; also if an exchange was left in the middle.
    pub fn negotiate_ifsd(&mut self, ifsd: u8) -> Result<(), T1Error> {
        self.begin()?;
        self.phase = Phase::Negotiating;
        self.pcb = IFS;
        self.inf = ifsd.clamp(1, 254);
        Ok(())
    }

    /// Starts a command: the next block is its first I-block.
    ///
    /// # Errors
    /// [`T1Error::EmptyCommand`]; [`T1Error::NeedsReset`], also if an exchange was left in the middle.
    pub fn exchange(&mut self, command: &[u8]) -> Result<(), T1Error> {
        if command.is_empty() {
            return Err(T1Error::EmptyCommand);
        }
        self.begin()?;
        self.repetition = Repetition::of(command);
        self.command_len = command.len();
        self.start();
        Ok(())
    }

    /// Writes the block to send now and returns its length: 0 if there is none, if `out` is too small
    /// ([`MAX_BLOCK_LEN`] always suffices) or if `command` is not the one of [`exchange`](Self::exchange).
    pub fn block(&self, command: &[u8], out: &mut [u8]) -> usize {
        if matches!(self.phase, Phase::Idle | Phase::Broken) {
            return 0;
        }
        let inf = [self.inf];
        let inf = if self.pcb < RECEIVE_READY {
            command.get(self.offset..self.offset.saturating_add(usize::from(self.chunk)))
        } else if matches!(self.pcb & !RESPONSE, IFS | WTX) {
            Some(&inf[..])
        } else {
            Some(&[][..])
        };
        inf.map_or(0, |inf| block::emit(out, self.pcb, inf))
    }

    /// bBWI for the block to send: the multiplier of the block waiting time after S(WTX response), otherwise 0.
    #[must_use]
    pub const fn waiting_multiplier(&self) -> u8 {
        if self.pcb == WTX | RESPONSE { self.inf } else { 0 }
    }

    /// Whether only a reset of the card (and a new `T1`) brings the next response.
    #[must_use]
    pub const fn needs_reset(&self) -> bool {
        matches!(self.phase, Phase::Broken)
    }

    /// What came as an answer to the block sent. INF is gathered in `response`, which stays the same from the
    /// first block to the last.
    #[inline(never)]
    pub fn handle_block(&mut self, block: &[u8], response: &mut [u8]) -> Step {
        let (pcb, inf) = match block::parse(block) {
            Ok(parsed) => parsed,
            Err(code) => {
                // After our R-block a damaged R-block asks for exactly that one again (scenario 24). A damaged
                // block that was to bring data is answered with the error code (d25): the same to the card.
                let asked = block.get(1).is_some_and(|&pcb| block::is_receive_ready(pcb));
                let same = code == DAMAGED && asked && block::is_receive_ready(self.pcb);
                return self.unusable(if same { self.pcb } else { code });
            }
        };
        match self.phase {
            Phase::Command | Phase::Response => {}
            Phase::Negotiating if pcb == IFS | RESPONSE && inf == [self.inf] => {
                self.phase = Phase::Idle;
                return Step::Done(0);
            }
            Phase::Resynchronising if pcb == RESYNCH | RESPONSE => return self.resynchronised(),
            Phase::Aborting if block::is_receive_ready(pcb) => {
                // N(R) is what the card takes next: both sides are in step.
                self.send_sequence = pcb >> 4 & 1;
                self.phase = Phase::Idle;
                return Step::Failed(T1Error::Aborted);
            }
            _ => return self.unusable(OTHER),
        }
        match (pcb, inf) {
            (0..RECEIVE_READY, _) => self.information(pcb, inf, response),
            (0x80..=0xBF, _) => self.receive_ready(pcb),
            (WTX, [0]) => self.fail(T1Error::WaitingTimeZero),
            (WTX, &[multiplier]) => {
                if self.waits == MAX_WAITS {
                    return self.fail(T1Error::TooManyWaits);
                }
                self.waits = self.waits.saturating_add(1);
                self.errors = 0;
                self.respond(WTX, multiplier)
            }
            (IFS, &[ifsc @ 1..=254]) => {
                self.respond(IFS, ifsc);
                let step = self.usable();
                // The size holds from the response on; S(RESYNCH request) may go out instead of it.
                if self.pcb == IFS | RESPONSE {
                    self.ifsc = ifsc;
                }
                step
            }
            (ABORT, _) => {
                self.phase = Phase::Aborting;
                self.respond(ABORT, 0)
            }
            // Only the host may ask for it.
            (RESYNCH, _) => self.resynchronise(),
            _ => self.unusable(OTHER),
        }
    }

    /// The block waiting time passed without a block (CCID: bError FE).
    pub fn handle_silence(&mut self) -> Step {
        self.unusable(OTHER)
    }

    /// A block came damaged: parity error or overrun (CCID: bError FD, FC).
    pub fn handle_corruption(&mut self) -> Step {
        self.unusable(DAMAGED)
    }

    fn information(&mut self, pcb: u8, inf: &[u8], response: &mut [u8]) -> Step {
        if self.more() || (pcb & SEQUENCE != 0) != (self.receive_sequence != 0) {
            return self.unusable(OTHER);
        }
        let room = response.len();
        let end = self.received.saturating_add(inf.len());
        let Some(to) = response.get_mut(self.received..end) else {
            return self.fail(T1Error::ResponseTooLong { room });
        };
        copy(to, inf);
        self.received = end;
        self.receive_sequence ^= 1;
        if pcb & MORE != 0 {
            self.phase = Phase::Response;
            self.pcb = self.receive_ready_pcb();
            if !inf.is_empty() {
                self.idle = 0;
            }
            return self.usable();
        }
        if end < 2 {
            return self.fail(T1Error::NoStatusWord { got: end });
        }
        self.send_sequence ^= 1;
        self.phase = Phase::Idle;
        Step::Done(end)
    }

    fn receive_ready(&mut self, pcb: u8) -> Step {
        let again = pcb >> 4 & 1 == self.send_sequence;
        if self.phase == Phase::Command && again {
            if self.repetition == Repetition::Never {
                return self.fail(T1Error::OutcomeUnknown);
            }
            self.send_information();
        } else if self.more() && !again {
            self.offset = self.offset.saturating_add(usize::from(self.chunk));
            self.send_sequence ^= 1;
            self.idle = 0;
            self.send_information();
        } else if again || self.pcb < RECEIVE_READY {
            // It had the whole command, or acknowledges one that needs no acknowledgement.
            return self.unusable(OTHER);
        }
        // Otherwise it asks for our last R- or S-block again.
        self.usable()
    }

    /// Whether the I-block that is out is one with the more-data bit.
    fn more(&self) -> bool {
        self.offset.saturating_add(usize::from(self.chunk)) < self.command_len
    }

    const fn receive_ready_pcb(&self) -> u8 {
        RECEIVE_READY | self.receive_sequence << 4
    }

    fn start(&mut self) {
        self.phase = Phase::Command;
        self.offset = 0;
        self.received = 0;
        self.errors = 0;
        self.idle = 0;
        self.send_information();
    }

    fn send_information(&mut self) {
        let rest = u8::try_from(self.command_len.saturating_sub(self.offset)).unwrap_or(u8::MAX);
        self.chunk = rest.min(self.ifsc);
        self.pcb = self.send_sequence << 6 | if self.more() { MORE } else { 0 };
    }

    const fn respond(&mut self, request: u8, inf: u8) -> Step {
        self.pcb = request | RESPONSE;
        self.inf = inf;
        Step::Send
    }

    /// A block that was understood.
    fn usable(&mut self) -> Step {
        self.errors = 0;
        self.idled()
    }

    fn idled(&mut self) -> Step {
        self.idle = self.idle.saturating_add(1);
        if self.idle > MAX_IDLE { self.resynchronise() } else { Step::Send }
    }

    /// No block that can be used. `code` goes into the R-block.
    fn unusable(&mut self, code: u8) -> Step {
        self.errors = self.errors.saturating_add(1);
        match self.phase {
            Phase::Idle => Step::Failed(T1Error::NotExchanging),
            Phase::Broken => Step::Failed(T1Error::NeedsReset),
            Phase::Aborting => self.fail(T1Error::Aborted),
            Phase::Resynchronising => self.resynchronise(),
            Phase::Negotiating if self.errors >= MAX_TRIES => self.fail(T1Error::NoIfsd),
            Phase::Negotiating => Step::Send,
            Phase::Command | Phase::Response if self.errors >= MAX_TRIES => self.resynchronise(),
            Phase::Command | Phase::Response => {
                self.pcb = self.receive_ready_pcb() | code;
                self.idled()
            }
        }
    }

    fn resynchronise(&mut self) -> Step {
        if self.resynchs == MAX_TRIES {
            return self.fail(match self.repetition {
                Repetition::Command => T1Error::Unrecovered,
                Repetition::Blocks | Repetition::Never => T1Error::OutcomeUnknown,
            });
        }
        self.resynchs = self.resynchs.saturating_add(1);
        self.phase = Phase::Resynchronising;
        self.pcb = RESYNCH;
        Step::Send
    }

    /// Both sides are as after the reset, and the card has forgotten the part of the command that it had.
    fn resynchronised(&mut self) -> Step {
        self.send_sequence = 0;
        self.receive_sequence = 0;
        // Whether a larger size outlives it is not the same in all cards; the smaller one is right for both.
        self.ifsc = self.ifsc.min(self.first_ifsc);
        if self.repetition == Repetition::Command {
            self.start();
            return Step::Send;
        }
        self.phase = Phase::Idle;
        Step::Failed(T1Error::OutcomeUnknown)
    }

    const fn fail(&mut self, error: T1Error) -> Step {
        self.phase = Phase::Broken;
        Step::Failed(error)
    }
}
