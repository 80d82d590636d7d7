//! No trace holds a PIN, whatever reader and protocol it went through, and a trace answers like the device.

use core::cell::Cell;
use core::ops::ControlFlow;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkError, LinkOptions};
use kaztoken_core::drive::{ApduLink, BulkPipe};
use kaztoken_trace::{Fault, Opened, Record, RecordedPipe, Recorder, Replay, Trace, convert, redact};
use kaztoken_virtual::fault::FaultPlan;
use kaztoken_virtual::link::LinkError as PipeError;
use kaztoken_virtual::reader::{CardTraits, Reader, ReaderConfig, ReaderPipe};
use kaztoken_virtual::{Card, Model};
use proptest::prelude::*;
use std::io::Write;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

/// T=1 with blocks of 5 bytes; T=1 with 32; T=0.
const CARDS: [&[u8]; 3] =
    [&[0x3B, 0x80, 0x81, 0x11, 0x05, 0x15], &[0x3B, 0x80, 0x01, 0x81], &[0x3B, 0x80, 0x00]];

#[derive(Debug)]
struct Lost(PipeError);

impl core::fmt::Display for Lost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Lost {}

impl From<PipeError> for Lost {
    fn from(error: PipeError) -> Self {
        Self(error)
    }
}

impl Fault for Lost {
    fn code(&self) -> &'static str {
        "lost"
    }
}

/// A card that says yes to everything.
struct Glass(&'static [u8]);

impl Card for Glass {
    fn model(&self) -> Model {
        Model::Kaztoken
    }

    fn reset(&mut self) -> &'static [u8] {
        self.0
    }

    fn process(&mut self, _: &[u8], response: &mut Vec<u8>) {
        *response = vec![0x90, 0];
    }
}

/// A file in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sends commands over a reader and gives what was recorded, and the answers.
fn record(
    config: ReaderConfig,
    atr: &'static [u8],
    plan: &str,
    commands: &[Vec<u8>],
) -> (Trace, Vec<Vec<u8>>, String) {
    let class = config.descriptor();
    let plan: FaultPlan = if plan.is_empty() { FaultPlan::default() } else { plan.parse().unwrap() };
    let mut reader = Reader::new(config).faults(plan);
    reader.insert_with(0, Glass(atr), CardTraits::default());
    let clock = Rc::new(Cell::new(0));
    let moved = Rc::clone(&clock);
    let pipe = ReaderPipe::new(reader, move |by: Millis| moved.set(moved.get() + by.0));
    let (memory, recorder) = (Memory::default(), Recorder::new());
    recorder.write_to(Box::new(memory.clone()), &[("program".into(), "a test".into())]).unwrap();
    let opened = Opened { way: "virtual".into(), class: Some(class), max_packet: 64, ..Opened::default() };
    let mut track = recorder.open(opened);
    let pipe: RecordedPipe<_, Lost> = RecordedPipe::new(pipe, track.clone());
    let now = Rc::clone(&clock);
    let answers = talk(pipe, move || Millis(now.get()), &class, commands, |command| track.command(command));
    let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
    (Trace::parse(text.as_bytes()).unwrap(), answers, text)
}

fn talk<P: BulkPipe>(
    pipe: P,
    clock: impl FnMut() -> Millis,
    class: &ClassDescriptor,
    commands: &[Vec<u8>],
    mut before: impl FnMut(&[u8]),
) -> Vec<Vec<u8>>
where
    P::Error: 'static,
{
    let go_on = |_: Millis| ControlFlow::Continue(());
    let mut link = match CcidLink::open_with(pipe, clock, class, LinkOptions::default(), go_on) {
        Ok(link) => link,
        Err(error) => return vec![told(&error).into_bytes()],
    };
    let mut answers = Vec::new();
    for command in commands {
        before(command);
        let mut response = [0; 258];
        match link.transmit(command, &mut response, Millis(3_000)) {
            Ok(len) => answers.push(response[..len].to_vec()),
            Err(error) => {
                answers.push(told(&error).into_bytes());
                break;
            }
        }
    }
    answers
}

fn told<E: core::error::Error>(error: &LinkError<E>) -> String {
    error.to_string()
}

fn secret(ins: u8, pin: &[u8], extended: bool) -> Vec<u8> {
    let mut command = vec![0, ins, 0, 2];
    if extended {
        command.extend([0, 0, pin.len() as u8]);
    } else {
        command.push(pin.len() as u8);
    }
    command.extend(pin);
    command
}

/// Neither in clear nor in hexadecimal, and no four bytes of it.
fn holds(text: &str, pin: &[u8]) -> Option<String> {
    let lines = text.lines().flat_map(|line| {
        let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        [compact, line.to_owned()]
    });
    let lines: Vec<String> = lines.collect();
    for part in pin.windows(4) {
        let hexadecimal: String = part.iter().map(|byte| format!("{byte:02X}")).collect();
        let clear = String::from_utf8_lossy(part).into_owned();
        for line in &lines {
            if line.contains(&hexadecimal)
                || line.to_uppercase().contains(&hexadecimal)
                || line.contains(&clear)
            {
                return Some(line.clone());
            }
        }
    }
    None
}

fn configs() -> [ReaderConfig; 3] {
    [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_pin_is_in_a_trace(
        pin in "[G-Zg-z]{6,31}",
        ins in prop::sample::select(vec![0x20_u8, 0x21, 0x24, 0x26, 0x28, 0x2C]),
        level in 0..3_usize,
        atr in 0..3_usize,
        fault in prop::sample::select(vec!["", "block@6:answer-corrupt", "block@5:parity", "block@4:command-corrupt", "block@7:answer-lost"]),
    ) {
        let pin = pin.into_bytes();
        let commands = [
            vec![0, 0xA4, 0, 0, 2, 0x3F, 0],
            secret(ins, &pin, false),
            vec![0, 0xCA, 1, 0x81, 8],
            secret(ins, &pin, false),
        ];
        let (trace, answers, text) = record(configs()[level].clone(), CARDS[atr], fault, &commands);
        prop_assert_eq!(holds(&text, &pin), None, "{}", text);
        // What was read is what was written, masked no more and no less.
        prop_assert_eq!(trace.to_string(), text.clone());
        for exported in [convert::export_log(&trace), convert::export_transcript(&trace)] {
            prop_assert_eq!(holds(&exported, &pin), None);
        }
        let capture: String = convert::export_pcap(&trace).iter().map(|byte| format!("{byte:02X}")).collect();
        prop_assert_eq!(holds(&capture, &pin), None);
        prop_assert_eq!(holds(&redact(&trace, false).to_string(), &pin), None);

        // The trace is a device that gives the same answers, to another PIN, too.
        let replay = Replay::all(&trace).pop().unwrap();
        let class = replay.opened.class.unwrap();
        let clock = replay.clock();
        let again = talk(replay.pipe(), clock, &class, &commands, |_| ());
        prop_assert_eq!(again, answers);
    }

    #[test]
    fn a_typed_pin_is_masked_when_a_trace_is_read(pin in "[G-Zg-z]{6,31}", ins in 0x20_u8..0x2D) {
        let pin = pin.into_bytes();
        let command = secret(ins & !1, &pin, false);
        let hexadecimal: String = command.iter().map(|byte| format!("{byte:02X} ")).collect();
        let len = command.len();
        let file = format!(
            "kaztoken-trace 1\n0.000000 1 apdu> {hexadecimal}\n0.000001 1 ccid> 6F {len:02X} 00 00 00 00 01 00 00 00 {hexadecimal}\n"
        );
        let secret = [0x20, 0x24, 0x26, 0x28, 0x2C].contains(&(ins & !1));
        let text = Trace::parse(file.as_bytes()).unwrap().to_string();
        prop_assert_eq!(holds(&text, &pin).is_none(), secret, "{}", text);
    }
}

#[test]
fn an_extended_command_in_parts() {
    let pin = vec![b'Q'; 300];
    let mut command = vec![0, 0x24, 0, 2, 0, 1, 44];
    command.extend(&pin);
    let mut masker = kaztoken_trace::Masker::new(configs()[1].descriptor().exchange_level());
    let mut text = String::new();
    for (number, part) in command.chunks(100).enumerate() {
        let chain = match number {
            0 => 1,
            3 => 2,
            _ => 3,
        };
        let mut message = vec![0x6F, part.len() as u8, 0, 0, 0, 0, number as u8, 0, chain, 0];
        message.extend(part);
        text.push_str(&format!("{}\n", masker.message(&message)));
    }
    assert_eq!(holds(&text, &pin), None, "{text}");
    let after = masker.message(&[0x6F, 4, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0xA4, 0, 0]);
    assert!(after.is_whole(), "the next command is shown: {after}");
}

#[test]
fn nothing_of_secure_and_escape_is_kept() {
    let mut masker = kaztoken_trace::Masker::default();
    for kind in [0x69, 0x6B, 0x99] {
        let masked = masker.message(&[kind, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0x31, 0x32, 0x33, 0x34]);
        assert_eq!(masked.to_string(), format!("{kind:02X} ** ** ** ** 00 01 00 00 00 *"));
    }
}

#[test]
fn what_is_read_is_shown_as_it_was() {
    let commands = [vec![0, 0xA4, 0, 0, 2, 0x3F, 0], vec![0, 0x20, 0, 2]];
    let (trace, _, text) = record(configs()[0].clone(), CARDS[1], "", &commands);
    assert!(text.contains("apdu> 00 A4 00 00 02 3F 00") && text.contains("apdu> 00 20 00 02\n"), "{text}");
    let whole = |entry: &kaztoken_trace::Entry| match &entry.record {
        Record::Send(message) => message.is_whole(),
        _ => true,
    };
    assert!(trace.entries.iter().all(whole), "{text}");
}

/// A message that carries `body` to a slot.
fn carries(slot: u8, chain: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![0x6F, body.len() as u8, 0, 0, 0, slot, 1, 0, chain, 0];
    message.extend(body);
    message
}

#[test]
fn slots_that_talk_at_the_same_time() {
    let mut masker = kaztoken_trace::Masker::new(configs()[1].descriptor().exchange_level());
    let mut text = String::new();
    text.push_str(&format!("{}\n", masker.message(&carries(0, 1, b"\x00\x24\x01\x02\x0CGHIJ"))));
    let other = masker.message(&carries(1, 0, &[0, 0xA4, 0, 0]));
    assert!(other.is_whole(), "{other}");
    text.push_str(&format!("{}\n", masker.message(&carries(0, 3, b"KLMN"))));
    text.push_str(&format!("{}\n", masker.message(&carries(0, 2, b"OPQR"))));
    assert_eq!(holds(&text, b"GHIJKLMNOPQR"), None, "{text}");
    // A long command without a secret is shown, all parts of it.
    for (chain, body) in [(1, &b"\x00\xD6\x00\x00\x0Cdata"[..]), (3, b"data"), (2, b"data")] {
        assert!(masker.message(&carries(0, chain, body)).is_whole(), "{chain}");
    }
}

#[test]
fn a_capture_that_begins_in_the_middle_of_a_pin() {
    let block = |pcb: u8, inf: &[u8]| {
        let mut block = vec![0, pcb, inf.len() as u8];
        block.extend(inf);
        block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
        block
    };
    for level in [None, configs()[2].descriptor().exchange_level()] {
        let mut masker = kaztoken_trace::Masker::new(level);
        let mut text = String::new();
        for body in [block(0x60, b"GHIJ"), block(0x20, b"KLMN"), block(0x40, b"OPQR"), block(0x40, b"OPQR")] {
            text.push_str(&format!("{}\n", masker.message(&carries(0, 0, &body))));
        }
        assert_eq!(holds(&text, b"GHIJKLMNOPQR"), None, "{text}");
        // The next command has its beginning.
        let next = masker.message(&carries(0, 0, &block(0x00, &[0, 0xA4, 0, 0])));
        assert!(next.is_whole(), "{next}");
    }
    let mut masker = kaztoken_trace::Masker::new(configs()[1].descriptor().exchange_level());
    let masked = masker.message(&carries(0, 2, b"KLMN")).to_string();
    assert_eq!(holds(&masked, b"KLMN"), None, "{masked}");
}
