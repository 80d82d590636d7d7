//! A host and a reader that sends anything at any time, against the slot machine at every exchange level.

use kaztoken_core::Millis;
use kaztoken_core::ccid::code::PowerSelect;
use kaztoken_core::ccid::{
    CcidError, ClassDescriptor, ClassRequest, ControlAnswer, Features, Outcome, PcToRdrMessage, Poll, Quirks,
    Rung, Slot, VoltageSupport,
};

use crate::card::{self, Card};
use crate::source::Source;
use crate::spy::{Buffer, CANARY, Spy};
use crate::{PIN, is_secret};

/// Steps of one script.
const MAX_STEPS: usize = 600;
/// Answers to reset: T=1, T=0, and both with a PPS to be sent.
const ATRS: [&[u8]; 3] =
    [b"\x3B\x88\x01KAZTOKEN\x82", b"\x3B\x98\x96\x00KAZTOKEN", b"\x3B\x9C\x94\x80\x11\x40RutokenECPsc\xC3"];
/// Short ones, so that scripts reach their ends.
const BUDGETS: [Millis; 4] = [Millis(0), Millis(100), Millis(3_000), Millis(30_000)];
/// An abort sequence takes no longer.
const ABORT: Millis = Millis(800);
const QUIRKS: [Quirks; 10] = [
    Quirks::TRAILING_BYTES,
    Quirks::EMPTY_TRANSFERS,
    Quirks::CHAINED_ANSWERS,
    Quirks::MISTYPED_ERRORS,
    Quirks::SHORT_APDUS_ONLY,
    Quirks::NO_IFSD_EXCHANGE,
    Quirks::IFSD_254,
    Quirks::PARAMETERS_REFUSED,
    Quirks::DEFAULT_RATE_ONLY,
    Quirks::POWER_OFF_FIRST,
];
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
    let (flags, features) = (source.byte(), source.byte());
    let atr = ATRS[usize::from(flags & 3) % 3];
    let descriptor = ClassDescriptor {
        version: 0x0110,
        max_slot_index: 1,
        voltage_support: VoltageSupport(features >> 5),
        protocols: if flags & 4 != 0 {
            3
        } else if atr == ATRS[1] {
            1
        } else {
            2
        },
        default_clock_khz: 3580,
        maximum_clock_khz: 3580,
        clocks_supported: 0,
        data_rate: 9600,
        max_data_rate: if flags & 8 != 0 { 9600 } else { 500_000 },
        data_rates_supported: 0,
        max_ifsd: 254,
        synch_protocols: 0,
        mechanical: 1,
        // Voltage, negotiation, PPS, IFSD.
        features: Features(
            [0x0001_0000, 0x0002_0000, 0x0004_0000, 0x0002_0800][usize::from(flags >> 4 & 3)]
                | u32::from(features & 8)
                | u32::from(features & 3) << 6
                | u32::from(features & 4) << 8,
        ),
        max_message_length: [271, 64, 600, u32::MAX, 48, 271, 271, 11 + u32::from(source.byte())]
            [usize::from(flags >> 6) | usize::from(features & 0x10) >> 2],
        class_get_response: 0xFF,
        class_envelope: 0xFF,
        lcd_layout: 0,
        pin_support: flags & 1,
        max_busy_slots: 1,
    };
    let settings = source.byte();
    let max_packet = [8, 64, 64, 512][usize::from(settings & 3)];
    let (spy, buffer) = Spy::new();
    let mut slot =
        Slot::open(buffer, &descriptor, max_packet).expect("a level that is done").slot(settings >> 2 & 1);
    if settings & 32 != 0 {
        let bits = source.word();
        let chosen = QUIRKS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
        slot = slot.quirks(chosen.fold(Quirks::NONE, |all, (_, quirk)| all.and(*quirk)));
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
    fn is_tpdu(&self) -> bool {
        self.descriptor.features.0 & 0x7_0000 == 0x1_0000
    }

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

    /// Bodies of the messages that may have answered the last message sent: type, slot, number and status are
    /// right, all bytes are there, and the last of them came last.
    fn answers(&self) -> Vec<Vec<u8>> {
        let (Some(pending), Some(&kind)) = (&self.pending, self.message.first()) else { return vec![] };
        let transfers = &pending.transfers;
        let answer = |first: usize| {
            let (header, body) = transfers[first].split_first_chunk::<10>()?;
            let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize;
            let fits =
                header[0] == answering(kind) && header[5..7] == self.message[5..7] && header[7] >> 6 == 0;
            let active = header[7] & 3 == 0 || header[0] != 0x80;
            let mut joined = body.to_vec();
            let mut full = transfers[first].len();
            for next in &transfers[first + 1..] {
                if joined.len() >= length || full == 0 || full % self.max_packet != 0 {
                    return None;
                }
                joined.extend_from_slice(next);
                full = next.len();
            }
            (fits && active && joined.len() >= length).then(|| joined[..length].to_vec())
        };
        (0..transfers.len()).filter_map(answer).collect()
    }

    /// A message that answers the last one, as a reader and a card that behave would, but for what `change`
    /// does to its header, and for the body when there is one.
    fn reply(&mut self, change: impl FnOnce(&mut [u8; 10]), body: Option<&[u8]>) {
        let kind = self.message.first().copied().unwrap_or(0x65);
        let sent = self.message.get(10..).unwrap_or(&[]);
        let own = match kind {
            0x62 => {
                self.card = Card::default();
                self.atr.to_vec()
            }
            0x61 | 0x6C | 0x6D => vec![0; 7],
            // PPS is taken as it is.
            0x6F if self.pending.as_ref().is_some_and(|pending| pending.activity == Activity::PowerOn)
                && sent.first() == Some(&0xFF) =>
            {
                sent.to_vec()
            }
            0x6F if self.is_tpdu() && self.speaks_t1() => {
                let answer = self.card.answer(sent);
                if answer[1] & 0x80 == 0 && body.is_some() {
                    self.card.sequence ^= 1;
                }
                answer
            }
            0x6F if self.is_tpdu() => vec![0x90, 0],
            // At the extended level: the next part of the command, please.
            0x6F if self.message[8] & 1 != 0 => vec![],
            0x6F => card::ANSWER.to_vec(),
            _ => vec![],
        };
        let body = body.unwrap_or(&own);
        let wants_more = kind == 0x6F && !self.is_tpdu() && matches!(self.message[8], 1 | 3);
        let last = match kind {
            0x61 | 0x6C | 0x6D => u8::from(self.speaks_t1()),
            _ if wants_more => 0x10,
            _ => 0,
        };
        let [l0, l1, l2, l3] = (body.len() as u32).to_le_bytes();
        let sequence = self.message.get(6).copied().unwrap_or(0);
        let mut header = [answering(kind), l0, l1, l2, l3, self.index, sequence, 0, 0, last];
        change(&mut header);
        // As a device sends it: in one transfer.
        self.receive(&[&header[..], body].concat());
    }

    /// Whether blocks are T=1 when the reader behaves.
    fn speaks_t1(&self) -> bool {
        match self.slot.atr() {
            // The first protocol that both have.
            Ok(atr) => atr.protocols().find(|protocol| self.descriptor.supports(*protocol)) == Some(1),
            Err(_) => true,
        }
    }

    fn receive(&mut self, transfer: &[u8]) {
        self.now = self.now.after(Millis(1));
        let is_heard = self.slot.poll_transmit().is_none() && self.slot.poll_control().is_none();
        if let (Some(pending), true) = (&mut self.pending, is_heard) {
            pending.transfers.push(transfer.to_vec());
        }
        self.slot.handle_input(self.now, transfer);
        self.in_time();
    }

    /// No wait goes beyond the budget and the abort sequence.
    fn in_time(&self) {
        let Some(due) = self.slot.poll_timeout() else { return };
        let pending = self.pending.as_ref().expect("a wait without a command");
        assert!(due > self.now || self.now == Millis(0) || pending.messages == 0, "nothing at {due:?}");
        assert!(due <= pending.deadline.max(self.now.after(ABORT)), "a wait beyond the budget");
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

    fn done(&mut self, result: Result<Outcome, CcidError>) {
        let last = self.answers();
        let pending = self.pending.take().expect("the end of no command");
        self.ended = Some(result);
        match result {
            Ok(outcome) => {
                assert!(pending.abort.is_none(), "success after an abort sequence");
                let expected = match pending.activity {
                    Activity::PowerOn => outcome == Outcome::PoweredOn,
                    Activity::PowerOff => outcome == Outcome::PoweredOff,
                    Activity::Status => matches!(outcome, Outcome::Status(_)),
                    Activity::Exchange => matches!(outcome, Outcome::Response { .. }),
                    Activity::Command => outcome == Outcome::Replied,
                };
                assert!(expected && pending.messages > 0, "{outcome:?}");
                if matches!(pending.activity, Activity::Exchange | Activity::Command) {
                    assert!(!last.is_empty(), "{outcome:?} without an answer: {:02X?}", pending.transfers);
                }
                if pending.activity == Activity::PowerOn {
                    let atr = self.slot.atr_bytes();
                    let sent = pending.answers.iter().chain([&last]).flatten().any(|answer| answer == atr);
                    assert!(sent && self.slot.closed().is_none() && self.slot.recovery().next().is_none());
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let len = result.map_or(0, Outcome::response_len);
        let Pending { mut answers, response, .. } = pending;
        if !last.is_empty() {
            answers.push(last);
        }
        if len > 0 {
            assert!(
                self.was_sent(&answers, &response[..len]),
                "{answers:02X?}, and yet {:02X?}",
                &response[..len]
            );
        }
        let most: usize = answers.iter().flatten().map(Vec::len).sum();
        let untouched = response.iter().skip(most).all(|byte| *byte == CANARY);
        assert!(untouched, "{result:?} after {answers:02X?}, and yet {response:02X?}");
        // Of command and answer nothing stays behind in the buffer.
        if result != Ok(Outcome::Replied) {
            let memory = self.spy.look(|| _ = self.slot.reply());
            assert!(memory.iter().all(|byte| *byte == 0));
        }
    }

    /// Whether the response follows from what the reader answered to one message after another.
    fn was_sent(&self, answers: &[Vec<Vec<u8>>], response: &[u8]) -> bool {
        if self.is_tpdu() {
            let all = answers.concat();
            return card::is_t1_response(&all, response) || card::is_t0_response(&all, response);
        }
        // One body of each list, joined; a body that was no answer data is empty.
        let mut reached = vec![0];
        for bodies in answers {
            let next = |start: &usize| {
                let start = *start;
                let fits = move |body: &&Vec<u8>| response[start..].starts_with(body);
                bodies.iter().filter(fits).map(move |body| start + body.len())
            };
            reached = reached.iter().flat_map(next).collect();
            reached.dedup();
        }
        reached.contains(&response.len())
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

/// The type of message that answers a type.
const fn answering(kind: u8) -> u8 {
    match kind {
        0x62 | 0x69 | 0x6F => 0x80,
        0x61 | 0x6C | 0x6D => 0x82,
        0x6B => 0x83,
        0x73 => 0x84,
        _ => 0x81,
    }
}

fn apdu(choice: u8, source: &mut Source<'_>) -> Vec<u8> {
    let instruction = source.pick(&[0x84, 0x20, 0x24, 0x2C, 0xA4, 0xB0, 0x46, 0x2A]);
    let mut apdu = vec![0x00, instruction, 0, 2];
    if is_secret(instruction) {
        apdu.push(8);
        apdu.extend(PIN);
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
