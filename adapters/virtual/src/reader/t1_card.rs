//! The card's end of T=1 (ISO/IEC 7816-3 clause 11): it answers one block with one block.
//!
//! Written from the rules and independent of the host's machine in `kaztoken_core::tpdu::t1`, so that the two
//! judge each other.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// The longest command that is gathered: an extended APDU.
const MAX_COMMAND: usize = 4 + 3 + 65_535 + 2;
/// IFSD until the host says otherwise.
const DEFAULT_IFSD: u8 = 32;

/// R-block error codes: wrong check byte, anything else.
const BAD_EDC: u8 = 1;
const OTHER: u8 = 2;

/// PCB of the supervisory requests; the response has 20h more.
const RESYNCH: u8 = 0xC0;
const IFS: u8 = 0xC1;
const ABORT: u8 = 0xC2;
const WTX: u8 = 0xC3;
const RESPONSE: u8 = 0x20;

/// What a block leads to.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// [`T1Card::block`] is the answer.
    Send,
    /// The same, after the card has worked for this many waiting times: the host has granted them.
    Work(u8),
    /// A whole command is there: [`T1Card::command`], then [`T1Card::respond`].
    Command,
}

/// A request that the card makes before it goes on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// S(WTX): this many waiting times more.
    Time(u8),
    /// S(IFS): blocks to the card may have this many data bytes.
    Size(u8),
    /// S(ABORT): give up the chain.
    Abort,
}

impl Request {
    const fn block(self) -> (u8, Option<u8>) {
        match self {
            Self::Time(multiplier) => (WTX, Some(multiplier)),
            Self::Size(size) => (IFS, Some(size)),
            Self::Abort => (ABORT, None),
        }
    }
}

/// A block of the answer that the host has not acknowledged yet.
#[derive(Clone, PartialEq, Eq)]
struct Part {
    number: u8,
    more: bool,
    block: Zeroizing<Vec<u8>>,
}

/// The card's state of T=1 between a reset and the next.
///
/// # What is assumed
/// * After RESYNCH the card keeps the IFSD it was told.
/// * An I-block with the wrong number, or while the card sends a chain, is answered with an R-block that asks
///   for the right one (error code 2) and is not taken.
pub struct T1Card {
    ifsc: u8,
    ifsd: u8,
    /// N(S) of the next I-block of the card, N(S) of the next one of the host.
    next: u8,
    expected: u8,
    command: Zeroizing<Vec<u8>>,
    response: VecDeque<u8>,
    part: Option<Part>,
    requests: VecDeque<Request>,
    /// A request stands on the line.
    asked: bool,
    abort_chain: bool,
    longest: usize,
    out: Zeroizing<Vec<u8>>,
}

impl T1Card {
    /// A card after its reset. `ifsc` is that of its answer to reset.
    #[must_use]
    pub fn new(ifsc: u8) -> Self {
        Self {
            ifsc,
            ifsd: DEFAULT_IFSD,
            next: 0,
            expected: 0,
            command: Zeroizing::default(),
            response: VecDeque::new(),
            part: None,
            requests: VecDeque::new(),
            asked: false,
            abort_chain: false,
            longest: MAX_COMMAND,
            out: Zeroizing::default(),
        }
    }

    /// The card gives up chains that grow beyond this many bytes: it has no more memory. Otherwise it takes
    /// extended commands of any length.
    #[must_use]
    pub const fn longest_command(mut self, bytes: usize) -> Self {
        self.longest = if bytes < MAX_COMMAND { bytes } else { MAX_COMMAND };
        self
    }

    /// The card gives up the next chain of the host with S(ABORT).
    pub const fn abort_next_chain(&mut self) {
        self.abort_chain = true;
    }

    /// The host's IFSD, when the reader told it by itself.
    pub const fn set_ifsd(&mut self, ifsd: u8) {
        self.ifsd = ifsd;
    }

    /// The largest data field of a block of the card, as the host said it.
    #[must_use]
    pub const fn ifsd(&self) -> u8 {
        self.ifsd
    }

    /// The largest data field of a block to the card.
    #[must_use]
    pub const fn ifsc(&self) -> u8 {
        self.ifsc
    }

    /// The block to send.
    #[must_use]
    pub fn block(&self) -> &[u8] {
        &self.out
    }

    /// The command that came in.
    #[must_use]
    pub fn command(&self) -> &[u8] {
        &self.command
    }

    /// Takes one block from the host.
    pub fn handle(&mut self, block: &[u8]) -> Step {
        let [nad, pcb, len, data @ .., _] = block else { return self.acknowledge(OTHER) };
        if block.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return self.acknowledge(BAD_EDC);
        }
        if *nad != 0 || usize::from(*len) != data.len() || *len == 0xFF {
            return self.acknowledge(OTHER);
        }
        match (*pcb, data) {
            (pcb, data) if pcb & 0x80 == 0 => self.information(pcb, data),
            (pcb, []) if pcb & 0xE0 == 0x80 => self.ready(pcb >> 4 & 1),
            (RESYNCH, []) => {
                let ifsd = self.ifsd;
                let (abort_chain, longest) = (self.abort_chain, self.longest);
                *self = Self { abort_chain, ..Self::new(self.ifsc).longest_command(longest) };
                self.ifsd = ifsd;
                self.send(RESYNCH | RESPONSE, &[])
            }
            (IFS, &[size @ 1..=0xFE]) => {
                self.ifsd = size;
                self.send(IFS | RESPONSE, &[size])
            }
            (ABORT, []) => {
                self.command = Zeroizing::default();
                self.response.clear();
                self.part = None;
                self.send(ABORT | RESPONSE, &[])
            }
            (pcb, data) => self.granted(pcb, data),
        }
    }

    /// The card's answer to [`command`](Self::command); `requests` come first. The command is wiped.
    pub fn respond(&mut self, response: &[u8], requests: impl IntoIterator<Item = Request>) -> Step {
        self.command = Zeroizing::default();
        self.response = response.iter().copied().collect();
        self.requests.extend(requests);
        self.go_on()
    }

    fn information(&mut self, pcb: u8, data: &[u8]) -> Step {
        let (number, more) = (pcb >> 6 & 1, pcb & 0x20 != 0);
        let sending = self.asked || self.part.as_ref().is_some_and(|part| part.more);
        if pcb & 0x1F != 0 || number != self.expected || sending || data.len() > self.ifsc.into() {
            return self.acknowledge(OTHER);
        }
        if more && self.abort_chain {
            self.abort_chain = false;
            self.requests.push_back(Request::Abort);
            return self.go_on();
        }
        // The host's next block acknowledges the last part of the answer before.
        self.part = None;
        self.expected ^= 1;
        if self.command.is_empty() {
            // Reserved at once: growing would leave copies of a PIN behind.
            self.command.reserve_exact(if more { self.longest.min(4_096) } else { data.len() });
        }
        if self.command.len() + data.len() > self.longest {
            self.requests.push_back(Request::Abort);
            return self.go_on();
        }
        self.command.extend_from_slice(data);
        if more { self.acknowledge(0) } else { Step::Command }
    }

    /// R-block: `number` is the N(S) of the block that the host wants.
    fn ready(&mut self, number: u8) -> Step {
        if self.asked {
            return self.go_on();
        }
        match self.part.take() {
            Some(part) if part.number == number => {
                self.out = part.block.clone();
                self.part = Some(part);
                Step::Send
            }
            Some(part) if part.more => self.send_part(),
            part => {
                self.part = part;
                self.acknowledge(0)
            }
        }
    }

    /// A supervisory response: it must be that to the request on the line.
    fn granted(&mut self, pcb: u8, data: &[u8]) -> Step {
        let request = self.requests.front().copied().filter(|_| self.asked);
        let Some((request, (asked, value))) = request.map(|request| (request, request.block())) else {
            return self.acknowledge(OTHER);
        };
        if pcb != asked | RESPONSE || data != value.as_slice() {
            return self.go_on();
        }
        self.asked = false;
        self.requests.pop_front();
        match request {
            Request::Time(multiplier) => {
                self.go_on();
                Step::Work(multiplier)
            }
            Request::Size(size) => {
                self.ifsc = size;
                self.go_on()
            }
            // The right to send goes back to the host.
            Request::Abort => {
                self.command = Zeroizing::default();
                self.response.clear();
                self.acknowledge(0)
            }
        }
    }

    /// The request in front, otherwise the next part of the answer.
    fn go_on(&mut self) -> Step {
        match self.requests.front() {
            Some(request) => {
                let (pcb, value) = request.block();
                self.asked = true;
                self.send(pcb, value.as_slice())
            }
            None => self.send_part(),
        }
    }

    fn send_part(&mut self) -> Step {
        let len = usize::from(self.ifsd).min(self.response.len());
        let data: Zeroizing<Vec<u8>> = Zeroizing::new(self.response.drain(..len).collect());
        let (number, more) = (self.next, !self.response.is_empty());
        self.next ^= 1;
        self.send(number << 6 | u8::from(more) << 5, &data);
        self.part = Some(Part { number, more, block: self.out.clone() });
        Step::Send
    }

    /// R-block: the card waits for the host's block with this number.
    fn acknowledge(&mut self, error: u8) -> Step {
        self.send(0x80 | self.expected << 4 | error, &[])
    }

    fn send(&mut self, pcb: u8, data: &[u8]) -> Step {
        let mut block = Zeroizing::new(Vec::with_capacity(data.len() + 4));
        block.extend([0, pcb, data.len() as u8]);
        block.extend_from_slice(data);
        let sum = block.iter().fold(0, |sum, byte| sum ^ byte);
        block.push(sum);
        self.out = block;
        Step::Send
    }
}

/// Without the command, which may hold a PIN.
impl fmt::Debug for T1Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("T1Card")
            .field("ifsc", &self.ifsc)
            .field("ifsd", &self.ifsd)
            .field("next", &self.next)
            .field("expected", &self.expected)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}
