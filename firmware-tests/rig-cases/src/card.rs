//! The card in the socket: the virtual token behind its byte line, T=1 or T=0 as its answer to reset says.
//!
//! A card of few words: it repeats its last block when asked, answers every S-block, chains nothing that fits. What
//! a reader must endure is made by the socket.

use crate::socket::CardSide;
use kaztoken_lines::ReaderLevels;
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card, Model, Protocol, State, VirtualToken, system_rng};

/// The serial number of the token in the socket.
pub(crate) const SERIAL: u64 = 0x4773_8461;
/// The longest information field of a block that a card without TA3 takes (ISO 7816-3, 11.4.2).
const IFSC: usize = 32;

/// A factory-fresh token of this model.
pub(crate) fn card(model: Model) -> impl CardSide {
    let store = MemoryStore::new(State::factory(model, SERIAL));
    let Ok(token) = VirtualToken::open(store, system_rng());
    OnContacts { token, t1: model.protocol() == Protocol::T1, received: Vec::new(), line: Line::default() }
}

/// What a reset forgets.
#[derive(Default)]
struct Line {
    /// A PPS may come: nothing came since the reset.
    fresh: bool,
    /// T=1: N(S) of the card's next block, and of the reader's.
    send_sequence: u8,
    receive_sequence: u8,
    ifsd: usize,
    command: Vec<u8>,
    /// What of the response is still to be sent, the block that is out last.
    response: Vec<u8>,
    last: Vec<u8>,
}

struct OnContacts<C> {
    token: C,
    t1: bool,
    received: Vec<u8>,
    line: Line,
}

impl<C: Card + Send> CardSide for OnContacts<C> {
    fn contacts(&mut self, _now: u64, levels: ReaderLevels, out: &mut Vec<u8>) {
        self.received.clear();
        self.line = Line { fresh: true, ifsd: IFSC, ..Line::default() };
        if levels == (ReaderLevels { vcc: true, rst: true, clk: true }) {
            out.extend(self.token.reset());
        }
    }

    fn byte(&mut self, _now: u64, byte: u8, out: &mut Vec<u8>) {
        self.received.push(byte);
        if self.line.fresh && self.received[0] == 0xFF {
            // PPSS, PPS0, what PPS0 names, PCK: agreed to as it is.
            let named = self.received.get(1).map_or(0, |pps0| (pps0 & 0x70).count_ones() as usize);
            if self.received.len() == 3 + named {
                let right = self.received.iter().fold(0, |sum, byte| sum ^ byte) == 0;
                if right {
                    out.append(&mut self.received);
                }
                self.received.clear();
                self.line.fresh = false;
            }
            return;
        }
        self.line.fresh = false;
        if self.t1 { self.t1(out) } else { self.t0(out) }
    }
}

impl<C: Card> OnContacts<C> {
    fn t0(&mut self, out: &mut Vec<u8>) {
        let &[cla, ins, p1, p2, p3, ref data @ ..] = &self.received[..] else { return };
        let mut command = vec![cla, ins, p1, p2];
        // Whether P3 is Le or Lc shows by the instruction: that is how a T=0 card knows, too.
        if reads(ins) {
            command.push(p3);
        } else if p3 > 0 {
            if data.is_empty() {
                return out.push(ins);
            }
            if data.len() < usize::from(p3) {
                return;
            }
            command.push(p3);
            command.extend_from_slice(data);
        }
        self.received.clear();
        let mut answer = Vec::new();
        self.token.process(&command, &mut answer);
        if answer.len() > 2 {
            out.push(ins);
        }
        out.append(&mut answer);
    }

    fn t1(&mut self, out: &mut Vec<u8>) {
        let len = match self.received[..] {
            [_, _, len, ..] => usize::from(len) + 4,
            _ => return,
        };
        if self.received.len() < len {
            return;
        }
        let block = core::mem::take(&mut self.received);
        let (pcb, inf) = (block[1], &block[3..len - 1]);
        if block.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            let pcb = 0x81 | self.line.receive_sequence << 4;
            return out.extend(emit(pcb, &[]));
        }
        let answer = match pcb {
            0..0x80 => self.information(pcb, inf),
            // The block that the reader wants is the last one, or the next of a chain.
            0x80..0xC0 if !self.line.response.is_empty() && pcb >> 4 & 1 == self.line.send_sequence => {
                self.next()
            }
            0x80..0xC0 => self.line.last.clone(),
            0xC1 => {
                self.line.ifsd = inf.first().map_or(IFSC, |&ifsd| ifsd.into());
                emit(0xE1, inf)
            }
            0xC0 => {
                let ifsd = self.line.ifsd;
                self.line = Line { ifsd, ..Line::default() };
                return out.extend(emit(0xE0, &[]));
            }
            _ => emit(0x82 | self.line.receive_sequence << 4, &[]),
        };
        out.extend(&answer);
        self.line.last = answer;
    }

    fn information(&mut self, pcb: u8, inf: &[u8]) -> Vec<u8> {
        let line = &mut self.line;
        if pcb >> 6 & 1 != line.receive_sequence {
            return line.last.clone();
        }
        line.receive_sequence ^= 1;
        line.command.extend_from_slice(inf);
        if pcb & 0x20 != 0 {
            return emit(0x80 | line.receive_sequence << 4, &[]);
        }
        let command = core::mem::take(&mut line.command);
        let mut response = Vec::new();
        self.token.process(&command, &mut response);
        self.line.response = response;
        self.next()
    }

    fn next(&mut self) -> Vec<u8> {
        let line = &mut self.line;
        let len = line.response.len().min(line.ifsd);
        let inf: Vec<u8> = line.response.drain(..len).collect();
        let more = if line.response.is_empty() { 0 } else { 0x20 };
        let pcb = line.send_sequence << 6 | more;
        line.send_sequence ^= 1;
        emit(pcb, &inf)
    }
}

/// GET CHALLENGE, READ BINARY, GET RESPONSE, GET DATA.
const fn reads(ins: u8) -> bool {
    matches!(ins, 0x84 | 0xB0 | 0xC0 | 0xCA)
}

fn emit(pcb: u8, inf: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, inf.len() as u8];
    block.extend_from_slice(inf);
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}
