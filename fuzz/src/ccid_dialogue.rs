//! A host and a reader that sends anything at any time, against the slot machine.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, ClassDescriptor, Features, Outcome, Poll, Slot, VoltageSupport};

use crate::source::Source;
use crate::spy::{Buffer, Spy};
use crate::{PIN, is_secret};

/// Steps of one script.
const MAX_STEPS: usize = 600;
const ATR_T1: &[u8] = b"\x3B\x88\x01KAZTOKEN\x82";
const ATR_T0: &[u8] = b"\x3B\x98\x96\x00KAZTOKEN";
/// bBudget of the commands: short, so that scripts reach the end of it.
const BUDGETS: [Millis; 4] = [Millis(0), Millis(100), Millis(3_000), Millis(30_000)];

fn descriptor(flags: u8) -> ClassDescriptor {
    ClassDescriptor {
        version: 0x0110,
        max_slot_index: flags & 1,
        voltage_support: VoltageSupport(flags >> 4 & 7),
        protocols: if flags & 0x80 != 0 { 1 } else { 2 },
        default_clock_khz: 3580,
        maximum_clock_khz: 3580,
        clocks_supported: 0,
        data_rate: 9600,
        max_data_rate: 9600,
        data_rates_supported: 0,
        max_ifsd: 254,
        synch_protocols: 0,
        mechanical: 0,
        features: Features(0x0002_0840 | u32::from(flags & 8)),
        max_message_length: 271,
        class_get_response: 0xFF,
        class_envelope: 0xFF,
        lcd_layout: 0,
        pin_support: 0,
        max_busy_slots: 1,
    }
}

/// A command under way, as the reader sees it.
struct Pending {
    /// bMessageType of the command, and of its answer.
    types: (u8, u8),
    /// Of an exchange.
    command: Vec<u8>,
    deadline: Millis,
    /// bSeq of the message that was sent last.
    sequence: Option<u8>,
    /// How often a message with the command was sent.
    sent: usize,
    /// Transfers since then.
    transfers: Vec<Vec<u8>>,
}

struct Rig {
    /// An answer to reset that suits the reader.
    atr: &'static [u8],
    slot: Slot<Buffer<271>>,
    spy: Spy,
    max_packet: usize,
    now: Millis,
    sequence: Option<u8>,
    pending: Option<Pending>,
}

/// A script: first the reader, then steps. Whatever happens, a reader that behaves again is usable again.
pub fn ccid_dialogue(data: &[u8]) {
    let mut source = Source::new(data);
    let flags = source.byte();
    let max_packet = [8, 64, 64, 512][usize::from(flags & 3)];
    let (spy, buffer) = Spy::new();
    let slot = Slot::open(buffer, &descriptor(flags), max_packet).expect("a short APDU reader");
    let slot = if flags & 4 != 0 { slot.strict() } else { slot };
    let mut rig = Rig {
        atr: if flags & 0x80 != 0 { ATR_T0 } else { ATR_T1 },
        slot,
        spy,
        max_packet: max_packet.into(),
        now: Millis(0),
        sequence: None,
        pending: None,
    };
    for _ in 0..MAX_STEPS {
        if source.is_empty() {
            break;
        }
        rig.step(&mut source);
        rig.look();
    }
    rig.recover();
    let Rig { slot, spy, .. } = rig;
    drop(slot);
    assert!(spy.at_drop().iter().all(|byte| *byte == 0));
}

impl Rig {
    fn step(&mut self, source: &mut Source<'_>) {
        let step = source.byte();
        match step % 16 {
            0..=3 => self.start(step % 16, step >> 4, source),
            4..=6 => self.transmit(),
            7 | 8 => {
                let body = source.bytes().to_vec();
                self.reply(|_| {}, &body);
            }
            9 => self.reply(|_| {}, self.atr),
            10 | 11 => {
                let change = (source.byte(), source.byte());
                let body = source.take(usize::from(step >> 4) * 8).to_vec();
                self.reply(|header| header[usize::from(change.0 % 10)] = change.1, &body);
            }
            // A whole header of the script's.
            12 => {
                let (status, error, last) = (source.byte(), source.byte(), source.byte());
                let skew = if step & 0x10 != 0 { source.byte() } else { 0 };
                let kind = if step & 0x20 != 0 { source.byte() } else { 0x80 };
                let body = source.bytes().to_vec();
                self.reply(
                    |header| {
                        header[0] = kind;
                        header[6] = header[6].wrapping_sub(skew);
                        (header[7], header[8], header[9]) = (status, error, last);
                    },
                    &body,
                );
            }
            13 => {
                let transfer = source.bytes().to_vec();
                self.receive(&transfer);
            }
            14 => {
                self.now = self.now.after(Millis(u64::from(source.byte()) << (step >> 4)));
                self.slot.handle_timeout(self.now);
                self.transmit();
            }
            _ => match step >> 4 {
                0 => self.slot.cancel(),
                1 => self.slot.pipe_failed(),
                _ => self.receive(&[]),
            },
        }
    }

    fn start(&mut self, kind: u8, choice: u8, source: &mut Source<'_>) {
        let budget = BUDGETS[usize::from(choice & 3)];
        let (types, mut command) = ([(0x62, 0x80), (0x63, 0x81), (0x65, 0x81), (0x6F, 0x80)][usize::from(kind)], vec![]);
        let started = match kind {
            0 => self.slot.power_on(self.now, budget),
            1 => self.slot.power_off(self.now, budget),
            2 => self.slot.status(self.now, budget),
            _ => {
                let instruction = source.pick(&[0x20, 0x24, 0x2C, 0x84, 0xA4, 0xB0, 0x46, 0x2A]);
                command = vec![0x00, instruction, 0, 2];
                if is_secret(instruction) {
                    command.push(8);
                    command.extend(PIN);
                }
                if choice & 4 != 0 {
                    command.extend((0..u16::from(source.byte()) + 20).map(|at| at as u8));
                }
                self.slot.exchange(self.now, &command, budget)
            }
        };
        match started {
            Ok(()) => {
                assert!(self.pending.is_none(), "two commands at once");
                assert!(self.slot.closed().is_none() || kind < 2, "a closed slot takes commands");
                let deadline = self.now.after(budget);
                self.pending = Some(Pending { types, command, deadline, sequence: None, sent: 0, transfers: vec![] });
            }
            Err(CcidError::CommandPending) => assert!(self.pending.is_some()),
            Err(CcidError::CommandLength { got, max }) => assert!(got > max),
            Err(error) => assert_eq!(self.slot.closed(), Some(error)),
        }
    }

    /// Sends what is to be sent.
    fn transmit(&mut self) {
        let Some(message) = self.slot.poll_transmit().map(<[u8]>::to_vec) else { return };
        let pending = self.pending.as_mut().expect("a message without a command");
        let [kind, l0, l1, l2, l3, slot, sequence, s0, s1, s2] = message[..10] else { unreachable!() };
        assert_eq!((kind, slot, s1, s2), (pending.types.0, 0, 0, 0));
        assert!(s0 == 0 || kind == 0x62 && s0 <= 3);
        assert_eq!(u32::from_le_bytes([l0, l1, l2, l3]) as usize, message.len() - 10);
        assert_eq!(&message[10..], &pending.command[..]);
        assert_ne!(Some(sequence), self.sequence, "two messages with one number");
        self.sequence = Some(sequence);
        pending.sequence = Some(sequence);
        pending.transfers.clear();
        pending.sent += 1;
        let may_repeat = !pending.command.get(1).is_some_and(|instruction| is_secret(*instruction));
        assert!(pending.sent == 1 || may_repeat, "a command that costs a try was sent twice");
        assert!(pending.sent <= 1 + 10 + 2, "a command was sent without end");
        self.slot.transmitted(self.now);
    }

    /// A message that answers the pending command, but for what `change` does to its header.
    fn reply(&mut self, change: impl FnOnce(&mut [u8; 10]), body: &[u8]) {
        let kind = self.pending.as_ref().map_or(0x80, |pending| pending.types.1);
        let body = if kind == 0x81 { &[] } else { body };
        let [l0, l1, l2, l3] = (body.len() as u32).to_le_bytes();
        let mut header = [kind, l0, l1, l2, l3, 0, self.sequence.unwrap_or(0), 0, 0, 0];
        change(&mut header);
        self.receive(&[&header[..], body].concat());
    }

    fn receive(&mut self, transfer: &[u8]) {
        self.now = self.now.after(Millis(1));
        if let Some(pending) = &mut self.pending {
            if pending.sequence.is_some() && self.slot.poll_transmit().is_none() {
                pending.transfers.push(transfer.to_vec());
            }
        }
        self.slot.handle_input(self.now, transfer);
    }

    /// What the machine says after a step.
    fn look(&mut self) {
        match self.slot.poll() {
            Poll::Wait => {}
            Poll::TimeExtension { multiplier } => assert!(multiplier > 0),
            Poll::Done(result) => return self.done(result),
        }
        let deadline = self.pending.as_ref().map(|pending| pending.deadline);
        let due = self.slot.poll_timeout();
        assert_eq!(due.is_some(), deadline.is_some());
        assert!(due <= deadline, "a wait beyond the budget");
        assert!(deadline.is_none_or(|deadline| self.now < deadline || self.slot.poll_timeout() == Some(deadline)));
    }

    fn done(&mut self, result: Result<Outcome, CcidError>) {
        let pending = self.pending.take().expect("the end of no command");
        let answer = self.slot.answer().to_vec();
        match result {
            Ok(outcome) => {
                let sequence = pending.sequence.expect("an answer before the command");
                let expected = match pending.types.0 {
                    0x62 => outcome == Outcome::PoweredOn,
                    0x63 => outcome == Outcome::PoweredOff,
                    0x65 => matches!(outcome, Outcome::Status(_)),
                    _ => outcome == Outcome::Response && answer.len() >= 2,
                };
                assert!(expected, "{outcome:?}");
                let status = matches!(pending.types.0, 0x63 | 0x65);
                assert!(
                    self.is_answer(&pending.transfers, sequence, pending.types.1, status, &answer),
                    "{outcome:?} {answer:02X?} is not what the reader sent: {:02X?}",
                    pending.transfers
                );
            }
            Err(error) => {
                assert!(answer.is_empty() && !error.to_string().is_empty());
                assert_eq!(error.closes_slot(), self.slot.closed() == Some(error) && error.closes_slot());
            }
        }
        // Of the command nothing stays behind in the buffer.
        let buffer = self.spy.look(|| assert_eq!(self.slot.answer(), answer));
        assert!(buffer[10 + answer.len()..].iter().all(|byte| *byte == 0));
        assert_eq!(&buffer[10..10 + answer.len()], &answer[..]);
    }

    /// Whether the last transfers are one message that answers the command with these bytes.
    fn is_answer(&self, transfers: &[Vec<u8>], sequence: u8, kind: u8, status: bool, answer: &[u8]) -> bool {
        (0..transfers.len()).rev().any(|first| {
            let Some((header, body)) = transfers[first].split_first_chunk::<10>() else { return false };
            let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize;
            // A card that is not there, or has no power, may be told by a failed command, in any message.
            let told = header[7] >> 6 == 1 && status;
            let fits = header[5..7] == [0, sequence]
                && (told || header[0] == kind && header[7] >> 6 == 0 && (status || header[7] & 3 == 0))
                && (status || length == answer.len());
            let mut joined = body.to_vec();
            let mut full = transfers[first].len();
            for next in &transfers[first + 1..] {
                if full == 0 || full % self.max_packet != 0 {
                    return false;
                }
                joined.extend_from_slice(next);
                full = next.len();
            }
            fits && joined.len() >= length && (status || joined[..length] == *answer)
        })
    }

    /// From now on the reader behaves: power on and one exchange end well.
    fn recover(&mut self) {
        self.slot.cancel();
        self.look();
        for (kind, body) in [(0, self.atr), (3, &[0xAA, 0x90, 0x00][..])] {
            self.start(kind, 3, &mut Source::new(&[3]));
            self.transmit();
            self.reply(|_| {}, body);
            assert!(matches!(self.slot.poll(), Poll::Done(Ok(_))), "no recovery");
            assert_eq!(self.slot.answer(), body);
            self.pending = None;
        }
    }
}
