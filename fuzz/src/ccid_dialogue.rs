//! A host and a reader that sends anything at any time, against the slot machine at every exchange level.

mod judge;
mod reader;

use kaztoken_core::Millis;
use kaztoken_core::ccid::code::PowerSelect;
use kaztoken_core::ccid::{
    CcidError, ClassDescriptor, ClassRequest, ControlAnswer, Outcome, PcToRdrMessage, Poll, Rung, Slot,
};

use crate::card::{self, Card};
use crate::source::Source;
use crate::spy::{Buffer, CANARY, Spy};
use crate::{PIN, is_secret};

/// Steps of one script.
const MAX_STEPS: usize = 300;
/// Short ones, so that scripts reach their ends.
const BUDGETS: [Millis; 4] = [Millis(0), Millis(100), Millis(3_000), Millis(30_000)];
const MEMORY: usize = 600;
/// Messages of one command: an APDU in parts of a byte each way, and T=1 at its worst.
const MAX_MESSAGES: usize = 100_000;

/// A command under way.
struct Pending {
    activity: Activity,
    command: Vec<u8>,
    response: Vec<u8>,
    deadline: Millis,
    /// Messages with the PIN, and with a part of the APDU.
    secrets: usize,
    messages: usize,
    apdu: Vec<u8>,
    /// Transfers since the last message was sent.
    transfers: Vec<Vec<u8>>,
    /// Bodies that may have been taken as answers, one list for each message sent.
    answers: Vec<Vec<Vec<u8>>>,
    /// bSeq of the abort sequence.
    abort: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Activity {
    PowerOn,
    PowerOff,
    Status,
    Exchange,
    Command,
}

struct Rig {
    slot: Slot<Buffer<MEMORY>>,
    spy: Spy,
    descriptor: ClassDescriptor,
    index: u8,
    max_packet: usize,
    max_body: usize,
    /// What the reader says when it behaves.
    atr: &'static [u8],
    card: Card,
    now: Millis,
    /// The last message sent.
    message: Vec<u8>,
    pending: Option<Pending>,
    /// How the last command ended.
    ended: Option<Result<Outcome, CcidError>>,
}

/// A script: first the reader, then steps. Whatever happens, a reader that behaves again is usable again.
pub fn ccid_dialogue(data: &[u8]) {
    let mut source = Source::new(data);
    let (descriptor, atr) = reader::described(&mut source);
    let settings = source.byte();
    let max_packet = [8, 64, 64, 512][usize::from(settings & 3)];
    let (spy, buffer) = Spy::new();
    let mut slot = match Slot::open(buffer, &descriptor, max_packet) {
        Ok(slot) => slot.slot(settings >> 2 & 1),
        Err(CcidError::BufferTooSmall { needed, got }) if got < needed => return,
        Err(error) => panic!("a level that is done: {error}"),
    };
    if settings & 32 != 0 {
        slot = slot.quirks(reader::quirks(source.word()));
    }
    if settings & 8 != 0 {
        slot = slot.strict();
    }
    if settings & 16 != 0 {
        slot = slot.allow_escape();
    }
    let mut rig = Rig {
        slot,
        spy,
        max_packet: max_packet.into(),
        max_body: (descriptor.max_message_length as usize).min(MEMORY) - 10,
        descriptor,
        index: settings >> 2 & 1,
        atr,
        card: Card::default(),
        now: Millis(0),
        message: vec![],
        pending: None,
        ended: None,
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
        let high = step >> 4;
        match step & 15 {
            0 => self.start(Activity::PowerOn, high, source),
            1 => self.start([Activity::PowerOff, Activity::Status][usize::from(high & 1)], high, source),
            2 | 3 => self.start(Activity::Exchange, high, source),
            4 => self.start(Activity::Command, high, source),
            5 => self.transmit(high),
            6 | 7 => {
                self.transmit(0);
                self.reply(|_| {}, None);
            }
            8 => {
                self.transmit(0);
                let change = (source.byte() % 10, source.byte());
                self.reply(|header| header[usize::from(change.0)] = change.1, None);
            }
            // Any body under a right header; with a chain parameter.
            9 => {
                self.transmit(0);
                let chain = [0, 1, 2, 3, 0x10, high][usize::from(high % 6)];
                let body = source.bytes().to_vec();
                self.reply(|header| header[9] = chain, Some(&body));
            }
            // A T=1 block with a right LRC.
            10 => {
                self.transmit(0);
                let pcb = [0x00, 0x20, 0x80, 0x81, 0x82, 0xC0, 0xC1, 0xC2, 0xC3, 0xE0, 0xE1, 0xE2]
                    [usize::from(high % 12)];
                let number = if pcb < 0x80 { self.card.sequence << 6 } else { 0 };
                let block = card::block(pcb | number, source.bytes());
                self.card.sent(&block);
                self.reply(|_| {}, Some(&block));
            }
            11 => {
                let [kind, skew] = if high & 1 != 0 { [source.byte(), source.byte()] } else { [0x80, 0] };
                let [status, error, last] = [source.byte(), source.byte(), source.byte()];
                let body = source.bytes().to_vec();
                self.reply(
                    |header| {
                        header[0] = if high & 2 != 0 { kind } else { header[0] };
                        header[6] = header[6].wrapping_sub(skew);
                        (header[7], header[8], header[9]) = (status, error, last);
                    },
                    Some(&body),
                );
            }
            12 => {
                let transfer = source.bytes().to_vec();
                self.receive(&transfer);
            }
            13 => {
                self.now = self.now.after(Millis(u64::from(source.byte()) << high));
                self.slot.handle_timeout(self.now);
                self.in_time();
            }
            14 => match high {
                0 => self.slot.cancel(self.now),
                1 => self.slot.pipe_failed(),
                2 => self.slot.climbed(Rung::BusReset, true),
                3 => self.slot.climbed(Rung::BusReset, false),
                _ => self.receive(&[]),
            },
            // The next bytes of a body that came in part.
            _ => {
                let transfer = vec![high; self.max_packet - usize::from(high & 1)];
                self.receive(&transfer);
            }
        }
    }

    fn start(&mut self, activity: Activity, choice: u8, source: &mut Source<'_>) {
        let budget = BUDGETS[usize::from(choice & 3)];
        let mut command = vec![];
        let started = match activity {
            Activity::PowerOn => self.slot.power_on(self.now, budget),
            Activity::PowerOff => self.slot.power_off(self.now, budget),
            Activity::Status => self.slot.status(self.now, budget),
            Activity::Exchange => {
                command = apdu(choice, source);
                self.slot.exchange(self.now, &command, budget)
            }
            Activity::Command => {
                let data = source.bytes();
                let (bwi, level_parameter) = (choice, 0);
                let message = match choice {
                    0..=7 => PcToRdrMessage::GetParameters,
                    8 => PcToRdrMessage::ResetParameters,
                    9 => PcToRdrMessage::Escape { data },
                    10 => PcToRdrMessage::Secure { bwi, level_parameter, data },
                    11 => PcToRdrMessage::IccPowerOn { power_select: PowerSelect::Automatic },
                    12 => PcToRdrMessage::XfrBlock { bwi, level_parameter, data },
                    13 => PcToRdrMessage::Mechanical { function: data.first().copied().unwrap_or(0).into() },
                    14 => PcToRdrMessage::T0Apdu { changes: 1, class_get_response: 0, class_envelope: 0 },
                    _ => PcToRdrMessage::IccClock { command: 0.into() },
                };
                self.slot.command(self.now, &message, budget)
            }
        };
        let response = vec![CANARY; source.pick(&[258, 300, 0, 2, 20, 258, 258, 5])];
        match started {
            Ok(()) => {
                assert!(self.pending.is_none(), "two commands at once");
                let powers = matches!(activity, Activity::PowerOn | Activity::PowerOff);
                assert!(self.slot.closed().is_none() || powers, "a closed slot takes commands");
                self.pending = Some(Pending {
                    activity,
                    command,
                    response,
                    deadline: self.now.after(budget),
                    secrets: 0,
                    messages: 0,
                    apdu: vec![],
                    transfers: vec![],
                    answers: vec![],
                    abort: None,
                });
                self.in_time();
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(error != CcidError::CommandPending || self.pending.is_some());
                assert!(
                    self.pending.is_some() || self.slot.poll_transmit().is_none(),
                    "{error:?}, and yet it is sent"
                );
            }
        }
    }

    /// Sends what is to be sent, on either pipe. `control`: what comes of the control pipe's part.
    fn transmit(&mut self, control: u8) {
        if let Some(request) = self.slot.poll_control() {
            let pending = self.pending.as_mut().expect("a request without a command");
            let ClassRequest::Abort { slot, sequence } = request else { panic!("{request:?}") };
            assert!(slot == self.index && pending.abort.is_none(), "a second abort sequence");
            pending.abort = Some(sequence);
            let answers = [ControlAnswer::Accepted, ControlAnswer::Stalled, ControlAnswer::Impossible];
            self.slot.control_done(self.now, answers[usize::from(control % 3)]);
            self.look();
        }
        let Some(message) = self.slot.poll_transmit().map(<[u8]>::to_vec) else { return };
        let pending = self.pending.as_mut().expect("a message without a command");
        let [kind, l0, l1, l2, l3, slot, sequence, ..] = message[..] else { panic!("no header") };
        assert_eq!(slot, self.index);
        assert_eq!(u32::from_le_bytes([l0, l1, l2, l3]) as usize, message.len() - 10);
        assert!(message.len() - 10 <= self.max_body);
        let fits = match pending.activity {
            Activity::PowerOn => matches!(kind, 0x61 | 0x62 | 0x63 | 0x6C | 0x6F),
            Activity::PowerOff => kind == 0x63,
            Activity::Status => kind == 0x65,
            Activity::Exchange => kind == 0x6F,
            Activity::Command => !matches!(kind, 0x62 | 0x63 | 0x65 | 0x6F),
        };
        assert!(kind == 0x72 || fits, "{:?} sends {message:02X?}", pending.activity);
        let same = self.message.get(6) == Some(&sequence);
        assert!(!same || kind == 0x72, "bSeq {sequence:02X} again");
        assert_eq!(pending.abort, (kind == 0x72).then_some(sequence), "the halves of an abort sequence");
        pending.secrets += usize::from(message.windows(8).any(|part| part == PIN));
        assert!(pending.secrets <= 1, "a PIN was sent twice");
        pending.messages += 1;
        assert!(pending.messages < MAX_MESSAGES);
        let body = &message[10..];
        if kind == 0x6F
            && pending.activity == Activity::Exchange
            && self.descriptor.features.0 & 0x6_0000 != 0
        {
            // The parts of an APDU, in order; as a whole again only if the reader was busy.
            if message[8] & 0x10 == 0 {
                let again = !pending.apdu.is_empty() && message[8] & 2 == 0;
                if again {
                    assert!(pending.apdu == pending.command && !is_secret(pending.command[1]));
                    pending.apdu.clear();
                }
                pending.apdu.extend_from_slice(body);
                assert!(pending.command.starts_with(&pending.apdu));
                assert_eq!(message[8] & 1 != 0, pending.apdu.len() < pending.command.len());
            } else {
                assert!(body.is_empty() && message[8] == 0x10);
            }
        } else if matches!(kind, 0x6F | 0x61) {
            assert!(!body.is_empty(), "an empty block");
        }
        // What the reader may have answered to the message before.
        let answers = self.answers();
        let pending = self.pending.as_mut().expect("it is there");
        if !answers.is_empty() {
            pending.answers.push(answers);
        }
        pending.transfers.clear();
        self.message = message;
        self.slot.transmitted(self.now);
        self.look();
    }

    /// What the machine says after a step.
    fn look(&mut self) {
        for _ in 0..4 {
            let said = match &mut self.pending {
                Some(pending) => self.slot.poll(&pending.command, &mut pending.response),
                None => self.slot.poll(&[], &mut []),
            };
            match said {
                Poll::Wait => return,
                Poll::TimeExtension { multiplier } => assert!(multiplier > 0 && self.pending.is_some()),
                Poll::Done(result) => return self.done(result),
            }
        }
        panic!("the machine has always something to say");
    }

    /// From now on the reader behaves: power on and one exchange end well.
    fn recover(&mut self) {
        self.slot.cancel(self.now);
        self.look();
        for _ in 0..3 {
            self.transmit(0);
            if self.pending.is_some() {
                self.reply(|_| {}, None);
                self.look();
            }
        }
        if self.descriptor.max_message_length < 48 {
            return;
        }
        assert!(self.pending.is_none(), "a cancelled command goes on");
        for activity in [Activity::PowerOn, Activity::Exchange] {
            self.start(activity, 3, &mut Source::new(&[0, 0, 0]));
            assert!(self.pending.is_some(), "{activity:?} is refused: {:?}", self.slot.closed());
            for _ in 0..12 {
                if self.pending.is_some() {
                    self.transmit(0);
                    self.reply(|_| {}, None);
                    self.look();
                }
            }
            assert!(matches!(self.ended, Some(Ok(_))) && self.slot.closed().is_none(), "{:?}", self.ended);
        }
        assert_eq!(self.slot.atr_bytes(), self.atr);
    }
}

fn apdu(choice: u8, source: &mut Source<'_>) -> Vec<u8> {
    let instruction = source.pick(&[0x84, 0x20, 0x24, 0x2C, 0xA4, 0xB0, 0x46, 0x2A]);
    let mut apdu = vec![0x00, instruction, 0, 2];
    if is_secret(instruction) {
        apdu.push(8);
        apdu.extend(PIN);
    } else if choice & 12 == 12 {
        let lc = source.byte().max(1);
        apdu.push(lc);
        apdu.extend((0..lc).map(|at| at ^ 0x5A));
    } else if choice & 4 != 0 {
        apdu.push(8);
    } else if choice & 8 != 0 {
        // As long as an extended APDU may be here.
        let len = u16::from(source.byte()) * 3;
        apdu.push(0);
        apdu.extend(len.to_be_bytes());
        apdu.extend((0..len).map(|at| at as u8 ^ 0x5A));
    }
    apdu
}
