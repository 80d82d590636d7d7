//! The scripted reader with its card, and the clock, which only waiting moves.

use std::collections::VecDeque;

use crate::cases::{Answer, At, Byte, Case};

/// Bulk transfers after which nobody believes in an end any more.
const STEPS: usize = 20_000;

/// The packet size of full speed.
const PACKET: usize = 64;

/// The card's response to the command after the judged one, which tells whether answers are mixed up.
pub(crate) const NEXT: [u8; 6] = [0x4E, 0x45, 0x58, 0x54, 0x90, 0x00];

/// How a read ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// So many bytes.
    Done(usize),
    /// The time is over; so many bytes had come.
    TimedOut(usize),
    /// A packet did not fit.
    Overflow,
    /// The host asked more often than a sane one would.
    Endless,
}

#[derive(Debug)]
pub(crate) struct Device {
    case: Case,
    answers: VecDeque<Answer>,
    scripted: bool,
    traced: bool,
    /// How many of the answers that come for ever were given.
    turns: usize,
    /// Transfers and the time until each comes.
    queue: VecDeque<(u64, Vec<u8>)>,
    /// Virtual milliseconds.
    pub(crate) now: u64,
    /// Bulk transfers, empty waits included.
    pub(crate) steps: usize,
    /// The first message that was not what the case says.
    pub(crate) mismatch: Option<String>,
}

impl Device {
    pub(crate) fn new(case: &Case) -> Self {
        Self {
            answers: case.answers.clone().into(),
            case: case.clone(),
            scripted: true,
            traced: std::env::var_os("ORACLE_TRACE").is_some(),
            turns: 0,
            queue: VecDeque::new(),
            now: 0,
            steps: 0,
            mismatch: None,
        }
    }

    /// Its class descriptor.
    pub(crate) fn class(&self) -> [u8; 54] {
        self.case.descriptor
    }

    /// The judged command is over: every other one is answered with [`NEXT`].
    pub(crate) fn judged(&mut self) {
        self.scripted = false;
    }

    /// A bulk-OUT transfer. False: endless.
    pub(crate) fn write(&mut self, message: &[u8]) -> bool {
        self.steps += 1;
        self.trace(">", message);
        let (&[kind, _, _, _, _, slot, sequence, ..], Some(body)) = (message, message.get(10..)) else {
            return self.steps < STEPS;
        };
        if self.scripted && self.is_meant(kind, body) {
            self.play(body, sequence);
        } else if let Some(reply) = self.usual(kind, body) {
            let (kind, chain, body) = reply;
            let len = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
            let status = u8::from(kind == 0x81 && message[0] == 0x63);
            let message = [&[kind], &len[..], &[slot, sequence, status, 0, chain], &body].concat();
            self.queue.push_back((0, message));
        }
        self.steps < STEPS
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
        let Some(answer) = self.answers.pop_front().or_else(|| self.turn()) else {
            if self.case.answers.iter().any(|answer| answer.expected.is_some()) {
                self.differs("nothing", body);
            }
            return;
        };
        if let Some(expected) = answer.expected.filter(|expected| expected != body) {
            self.differs(&crate::cases::text(&expected), body);
        }
        for transfer in answer.transfers {
            let bytes = transfer.bytes.iter().map(|byte| match byte {
                Byte::Is(byte) => *byte,
                Byte::Sequence(offset) => sequence.wrapping_add(*offset),
            });
            self.queue.push_back((transfer.delay, bytes.collect()));
        }
    }

    /// With `ORACLE_TRACE` in the environment every transfer goes to the standard error.
    fn trace(&self, direction: &str, bytes: &[u8]) {
        if self.traced {
            eprintln!("{:>8} ms {direction} {}", self.now, crate::cases::text(bytes));
        }
    }

    fn turn(&mut self) -> Option<Answer> {
        let answers = &self.case.for_ever;
        let answer = answers.get(self.turns % answers.len().max(1))?;
        self.turns += 1;
        Some(answer.clone())
    }

    fn differs(&mut self, expected: &str, body: &[u8]) {
        let text = || format!("{} instead of {expected}", crate::cases::text(body));
        self.mismatch.get_or_insert_with(text);
    }

    /// What a reader and a card without faults answer: type, the byte at offset 9, body.
    fn usual(&self, kind: u8, body: &[u8]) -> Option<(u8, u8, Vec<u8>)> {
        Some(match kind {
            0x62 => (0x80, 0, self.case.atr.clone()),
            0x63 | 0x65 | 0x72 => (0x81, 0, vec![]),
            0x61 => (0x82, self.case.protocol(), body.to_vec()),
            0x6F if self.case.tpdu() && body.first() == Some(&0xFF) => (0x80, 0, body.to_vec()),
            0x6F if self.case.tpdu() => match *body {
                [0, 0xC1, 1, ifsd, _] => (0x80, 0, vec![0, 0xE1, 1, ifsd, 0xE0 ^ ifsd]),
                [0, 0, ..] if self.case.at == At::Ifs => {
                    (0x80, 0, vec![0, 0, 6, 0x01, 0x02, 0x03, 0x04, 0x90, 0x00, 0x92])
                }
                _ => return None,
            },
            0x6F if !self.scripted => (0x80, 0, NEXT.to_vec()),
            _ => return None,
        })
    }

    /// A bulk-IN transfer, as a host controller does it: it ends with a packet that is not full.
    pub(crate) fn read(&mut self, buffer: &mut [u8], timeout: u64) -> Read {
        self.steps += 1;
        if self.steps >= STEPS {
            return Read::Endless;
        }
        let read = self.transfer(buffer, timeout);
        match read {
            Read::Done(len) => self.trace("<", &buffer[..len]),
            _ => self.trace("< timeout", &[]),
        }
        read
    }

    fn transfer(&mut self, buffer: &mut [u8], timeout: u64) -> Read {
        let mut filled = 0;
        let mut left = timeout;
        while let Some((delay, transfer)) = self.queue.front_mut() {
            let wait = left.min(*delay);
            (left, *delay) = (left - wait, *delay - wait);
            self.now += wait;
            if *delay > 0 {
                return Read::TimedOut(filled);
            }
            let room = buffer.len() - filled;
            let packets = if transfer.len() > room { room / PACKET * PACKET } else { transfer.len() };
            if packets < transfer.len() && !room.is_multiple_of(PACKET) {
                self.queue.pop_front();
                return Read::Overflow;
            }
            buffer[filled..filled + packets].copy_from_slice(&transfer[..packets]);
            filled += packets;
            transfer.drain(..packets);
            let ended = !packets.is_multiple_of(PACKET) || packets == 0;
            if transfer.is_empty() {
                self.queue.pop_front();
            }
            if ended || filled == buffer.len() {
                return Read::Done(filled);
            }
        }
        self.now += left;
        Read::TimedOut(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with these transfers on their way.
    fn sending(transfers: &[(u64, usize)]) -> Device {
        let case = crate::cases::parse("case x\nmust end").unwrap();
        let queue = transfers.iter().map(|&(delay, len)| (delay, vec![0xAA; len])).collect();
        Device { queue, ..Device::new(&case) }
    }

    #[test]
    fn a_read_ends_with_a_packet_that_is_not_full() {
        let mut device = sending(&[(0, 10), (0, 64), (0, 0), (0, 64), (0, 5), (0, 0)]);
        let mut buffer = [0; 320];
        let reads: Vec<Read> = (0..5).map(|_| device.read(&mut buffer, 100)).collect();
        let expected = [Read::Done(10), Read::Done(64), Read::Done(69), Read::Done(0), Read::TimedOut(0)];
        assert_eq!((reads.as_slice(), device.now), (&expected[..], 100));
    }

    #[test]
    fn a_full_packet_alone_keeps_the_host_waiting() {
        let mut device = sending(&[(0, 64)]);
        assert_eq!((device.read(&mut [0; 320], 100), device.now), (Read::TimedOut(64), 100));
        assert_eq!(sending(&[(0, 64)]).read(&mut [0; 64], 100), Read::Done(64));
    }

    #[test]
    fn a_packet_that_does_not_fit_is_an_overflow() {
        assert_eq!(sending(&[(0, 100)]).read(&mut [0; 70], 100), Read::Overflow);
        let mut device = sending(&[(0, 100)]);
        assert_eq!(device.read(&mut [0; 64], 100), Read::Done(64));
        assert_eq!(device.read(&mut [0; 64], 100), Read::Done(36));
    }

    #[test]
    fn a_delay_passes_in_reads() {
        let mut device = sending(&[(250, 3)]);
        assert_eq!(device.read(&mut [0; 64], 100), Read::TimedOut(0));
        assert_eq!((device.read(&mut [0; 64], 1_000), device.now), (Read::Done(3), 250));
    }

    #[test]
    fn whoever_asks_for_ever_is_stopped() {
        let mut device = sending(&[]);
        assert!((0..STEPS).any(|_| device.read(&mut [0; 64], 1) == Read::Endless));
    }

    #[test]
    fn another_message_than_expected_is_noted() {
        let case = "case x\nlevel tpdu\n> 00 01\n< 90 00\nmust end";
        let mut device = Device::new(&crate::cases::parse(case).unwrap());
        device.write(&[0x6F, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x00, 0x02]);
        assert_eq!(device.mismatch.as_deref(), Some("0002 instead of 0001"));
        let mut buffer = [0; 64];
        assert_eq!(device.read(&mut buffer, 1), Read::Done(12));
        assert_eq!(buffer[..12], [0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x90, 0x00]);
    }
}
