//! The scripted reader with its card behind a bulk pipe, and the clock, which only waiting moves.
//!
//! The rules are those of `adapters/usb/oracle/src/device.rs`, without its allocations.

use core::cell::RefCell;
use core::fmt;

use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;

use crate::cases::{Wrong, wrong};
use crate::scripts::{Answer, At, Case, Transfer, bytes, length};

/// Bulk transfers after which nobody believes in an end any more.
const STEPS: usize = 20_000;
/// The packet size of full speed.
const PACKET: usize = 64;
/// Transfers on their way at most, equal ones in a row counted once.
const QUEUE: usize = 12;
/// The longest message that is not scripted.
const USUAL: usize = 48;

/// The response to the command after the judged one, which tells whether answers are mixed up.
pub const NEXT: [u8; 6] = [0x4E, 0x45, 0x58, 0x54, 0x90, 0x00];

/// The pipe's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A packet did not fit into the buffer.
    Overflow,
    /// The host asked more often than a sane one would.
    Endless,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl core::error::Error for Fault {}

/// A transfer on its way.
#[derive(Clone, Debug)]
enum Source {
    Script(&'static Transfer, u8),
    Usual(heapless::Vec<u8, USUAL>),
}

#[derive(Clone, Debug)]
struct Coming {
    source: Source,
    /// How many times more, this one included.
    times: u16,
    delay: u64,
    /// Bytes that were read already.
    offset: usize,
}

impl Coming {
    fn len(&self) -> usize {
        match &self.source {
            Source::Script(transfer, _) => length(transfer.bytes),
            Source::Usual(bytes) => bytes.len(),
        }
    }

    /// Reads the next `out.len()` bytes.
    fn read(&mut self, out: &mut [u8]) {
        match &self.source {
            Source::Script(transfer, sequence) => {
                let from = bytes(transfer.bytes, *sequence).skip(self.offset);
                out.iter_mut().zip(from).for_each(|(place, byte)| *place = byte);
            }
            Source::Usual(bytes) => {
                let from = bytes.iter().skip(self.offset);
                out.iter_mut().zip(from).for_each(|(place, byte)| *place = *byte);
            }
        }
        self.offset += out.len();
    }
}

/// The reader of one case.
#[derive(Debug)]
pub struct Reader {
    case: &'static Case,
    /// Scripted answers that were given.
    given: usize,
    scripted: bool,
    queue: heapless::Deque<Coming, QUEUE>,
    now: u64,
    steps: usize,
    /// The first message that was not what the case says.
    mismatch: Option<Wrong>,
}

impl Reader {
    /// At the beginning of the case.
    #[must_use]
    pub fn new(case: &'static Case) -> Self {
        let queue = heapless::Deque::new();
        Self { case, given: 0, scripted: true, queue, now: 0, steps: 0, mismatch: None }
    }

    /// The judged command is over: every other one is answered with [`NEXT`].
    pub fn judged(&mut self) {
        self.scripted = false;
    }

    /// Virtual milliseconds.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// What went out other than the case says.
    pub fn mismatch(&mut self) -> Option<Wrong> {
        self.mismatch.take()
    }

    fn write(&mut self, message: &[u8]) -> Result<(), Fault> {
        self.steps += 1;
        let (&[kind, _, _, _, _, slot, sequence, ..], Some(body)) = (message, message.get(10..)) else {
            return Ok(());
        };
        if self.scripted && self.is_meant(kind, body) {
            self.play(body, sequence);
        } else {
            self.usual(kind, body, slot, sequence);
        }
        if self.steps < STEPS { Ok(()) } else { Err(Fault::Endless) }
    }

    /// Is this message one that the script answers?
    fn is_meant(&self, kind: u8, body: &[u8]) -> bool {
        let pps = self.case.tpdu() && kind == 0x6F && body.first() == Some(&0xFF);
        let ifs = self.case.tpdu() && kind == 0x6F && matches!(body, [0, 0xC1, 1, ..]);
        match self.case.at {
            At::Pps => pps,
            At::Ifs => ifs,
            At::Type(0x6F) => kind == 0x6F && !pps && !ifs,
            At::Type(at) => kind == at,
        }
    }

    fn play(&mut self, body: &[u8], sequence: u8) {
        let Some(Answer { expected, transfers }) = self.case.answer(self.given) else {
            if self.case.answers.iter().any(|answer| answer.expected.is_some()) {
                self.differs(wrong(format_args!("sent {body:02X?} after the script's end")));
            }
            return;
        };
        self.given += 1;
        if let Some(expected) = expected
            && !bytes(expected, 0).eq(body.iter().copied())
        {
            self.differs(wrong(format_args!("message {} is {body:02X?}", self.given)));
        }
        for transfer in *transfers {
            let delay = transfer.delay.into();
            self.push(Coming {
                source: Source::Script(transfer, sequence),
                times: transfer.times,
                delay,
                offset: 0,
            });
        }
    }

    /// What a reader and a card without faults answer.
    fn usual(&mut self, kind: u8, body: &[u8], slot: u8, sequence: u8) {
        let mut ifs = [0, 0xE1, 1, 0, 0xE0];
        let (answer, last, body): (u8, u8, &[u8]) = match (kind, body) {
            (0x62, _) => (0x80, 0, self.case.atr),
            (0x63 | 0x65 | 0x72, _) => (0x81, 0, &[]),
            (0x61, body) => (0x82, self.case.protocol(), body),
            (0x6F, [0xFF, ..]) if self.case.tpdu() => (0x80, 0, body),
            (0x6F, &[0, 0xC1, 1, ifsd, _]) if self.case.tpdu() => {
                ifs[3] = ifsd;
                ifs[4] ^= ifsd;
                (0x80, 0, &ifs)
            }
            (0x6F, [0, 0, ..]) if self.case.tpdu() && self.case.at == At::Ifs => {
                (0x80, 0, &[0, 0, 6, 0x01, 0x02, 0x03, 0x04, 0x90, 0x00, 0x92])
            }
            (0x6F, _) if self.case.tpdu() || self.scripted => return,
            (0x6F, _) => (0x80, 0, &NEXT),
            _ => return,
        };
        let status = u8::from(kind == 0x63);
        let mut message = heapless::Vec::new();
        let header = [answer, body.len() as u8, 0, 0, 0, slot, sequence, status, 0, last];
        match message.extend_from_slice(&header).and_then(|()| message.extend_from_slice(body)) {
            Ok(()) => self.push(Coming { source: Source::Usual(message), times: 1, delay: 0, offset: 0 }),
            Err(_) => self.differs(wrong(format_args!("no room for the answer to {body:02X?}"))),
        }
    }

    fn push(&mut self, coming: Coming) {
        if self.queue.push_back(coming).is_err() {
            self.differs(wrong(format_args!("more than {QUEUE} transfers on their way")));
        }
    }

    fn differs(&mut self, what: Wrong) {
        self.mismatch.get_or_insert(what);
    }

    /// A bulk-IN transfer, as a host controller does it: it ends with a packet that is not full.
    fn read(&mut self, buffer: &mut [u8], timeout: u64) -> Result<Option<usize>, Fault> {
        self.steps += 1;
        if self.steps >= STEPS {
            return Err(Fault::Endless);
        }
        let (mut filled, mut left) = (0, timeout);
        while let Some(coming) = self.queue.front_mut() {
            let wait = left.min(coming.delay);
            (left, coming.delay) = (left - wait, coming.delay - wait);
            self.now += wait;
            if coming.delay > 0 {
                return Ok((filled > 0).then_some(filled));
            }
            let (rest, room) = (coming.len() - coming.offset, buffer.len() - filled);
            let packets = if rest > room { room / PACKET * PACKET } else { rest };
            if packets < rest && !room.is_multiple_of(PACKET) {
                self.next();
                return Err(Fault::Overflow);
            }
            coming.read(&mut buffer[filled..filled + packets]);
            filled += packets;
            if packets == rest {
                self.next();
            }
            if !packets.is_multiple_of(PACKET) || packets == 0 || filled == buffer.len() {
                return Ok(Some(filled));
            }
        }
        self.now += left;
        Ok((filled > 0).then_some(filled))
    }

    /// The first transfer is over.
    fn next(&mut self) {
        let Some(mut coming) = self.queue.pop_front() else { return };
        if coming.times > 1 {
            coming.times -= 1;
            coming.offset = 0;
            if let Source::Script(transfer, _) = coming.source {
                coming.delay = transfer.delay.into();
            }
            _ = self.queue.push_front(coming);
        }
    }
}

/// The reader's end of a bulk pipe.
#[derive(Clone, Copy, Debug)]
pub struct Pipe<'r>(pub &'r RefCell<Reader>);

impl BulkPipe for Pipe<'_> {
    type Error = Fault;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Fault> {
        self.0.borrow_mut().write(message)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Fault> {
        self.0.borrow_mut().read(buffer, timeout.0)
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(&mut self, _: ClassRequest, _: &mut [u8], _: Millis) -> Result<Option<usize>, Fault> {
        Ok(Some(0))
    }

    fn reset(&mut self) -> Result<bool, Fault> {
        Ok(true)
    }
}
