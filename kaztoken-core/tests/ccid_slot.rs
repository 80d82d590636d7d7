//! The slot machine against scripted devices, case by case with exact bytes.
//!
//! A script is the bulk-IN transfers that the device sends after one command, separated by `|`.
//! `SS` stands for the bSeq of that command, `SS-1` and `SS+1` for its neighbours; `()` is a
//! zero-length packet; `N*XX` is N times XX.

#[path = "ccid_slot/abort.rs"]
mod abort;
#[path = "ccid_slot/after_failures.rs"]
mod after_failures;
#[path = "ccid_slot/chains.rs"]
mod chains;
#[path = "ccid_slot/commands.rs"]
mod commands;
#[path = "ccid_slot/drivers.rs"]
mod drivers;
#[path = "ccid_slot/frames.rs"]
mod frames;
#[path = "ccid_slot/hostile.rs"]
mod hostile;
#[path = "ccid_slot/link.rs"]
mod link;
#[path = "ccid_slot/power.rs"]
mod power;
#[path = "ccid_slot/quirks.rs"]
mod quirks;
#[path = "ccid_slot/scripted.rs"]
mod scripted;
#[path = "ccid_slot/status.rs"]
mod status;
#[path = "ccid_slot/time.rs"]
mod time;
#[path = "ccid_slot/tpdu.rs"]
mod tpdu;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, ClassDescriptor, ClassRequest, ControlAnswer, Outcome, Poll, Slot};

/// SELECT by file identifier, case 1, as used by all rows.
const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00];
const GOOD: &str = "80 02000000 00 SS 00 00 00 9000";
const ATR: &str = "80 0C000000 00 SS 00 00 00 3B88014B415A544F4B454E82";
const BUDGET: Millis = Millis(30_000);

/// A Rutoken ECP: short APDU level, T=1, 5 V, 271 bytes.
fn descriptor() -> ClassDescriptor {
    let mut bytes = [0; 54];
    bytes[..7].copy_from_slice(&[0x36, 0x21, 0x00, 0x01, 0x00, 0x01, 0x02]);
    bytes[40..46].copy_from_slice(&[0x40, 0x08, 0x02, 0x00, 0x0F, 0x01]);
    bytes[48..].copy_from_slice(&[0xFF, 0xFF, 0, 0, 0, 1]);
    ClassDescriptor::parse(&bytes).unwrap()
}

/// The transfers of a script for a command with this bSeq.
fn transfers(script: &str, sequence: u8) -> Vec<Vec<u8>> {
    let replaced = script
        .replace("SS-1", &format!("{:02X}", sequence.wrapping_sub(1)))
        .replace("SS+1", &format!("{:02X}", sequence.wrapping_add(1)))
        .replace("SS", &format!("{sequence:02X}"));
    let bytes = |text: &str| -> Vec<u8> {
        let mut all = Vec::new();
        for word in text.split_whitespace().filter(|word| *word != "()") {
            let (times, digits) = word.split_once('*').unwrap_or(("1", word));
            for _ in 0..times.parse().unwrap() {
                let pairs = (0..digits.len()).step_by(2);
                all.extend(pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()));
            }
        }
        all
    };
    if replaced.trim().is_empty() { vec![] } else { replaced.split('|').map(bytes).collect() }
}

/// A slot, a clock, and what was sent.
struct Rig {
    slot: Slot<[u8; 271]>,
    now: Millis,
    sent: Vec<Vec<u8>>,
    extensions: Vec<u8>,
    /// What the device answers to the control half of ABORT.
    control: ControlAnswer,
    requests: Vec<ClassRequest>,
    response: Vec<u8>,
}

impl Rig {
    fn new() -> Self {
        Self::with(&descriptor())
    }

    fn with(descriptor: &ClassDescriptor) -> Self {
        let slot = Slot::open([0; 271], descriptor, 64).unwrap();
        Self {
            slot,
            now: Millis(1_000),
            sent: vec![],
            extensions: vec![],
            control: ControlAnswer::Impossible,
            requests: vec![],
            response: vec![],
        }
    }

    /// Drives the started command; the n-th script answers the n-th message, then the device is silent.
    fn run(&mut self, command: &[u8], scripts: &[&str]) -> Result<Outcome, CcidError> {
        let mut response = vec![0xEE; 5_000];
        let mut scripts = scripts.iter();
        let mut replies = std::collections::VecDeque::new();
        for _ in 0..100_000 {
            match self.slot.poll(command, &mut response) {
                Poll::Done(result) => {
                    if let Ok(outcome) = result {
                        response.truncate(outcome.response_len());
                        self.response = response;
                    }
                    return result;
                }
                Poll::TimeExtension { multiplier } => self.extensions.push(multiplier),
                Poll::Wait => {}
            }
            if let Some(request) = self.slot.poll_control() {
                self.requests.push(request);
                self.slot.control_done(self.now, self.control);
            } else if let Some(message) = self.slot.poll_transmit() {
                let message = message.to_vec();
                if let Some(script) = scripts.next() {
                    replies.extend(transfers(script, message[6]));
                }
                self.sent.push(message);
                self.slot.transmitted(self.now);
            } else if let Some(transfer) = replies.pop_front() {
                self.slot.handle_input(self.now, &transfer);
            } else if let Some(due) = self.slot.poll_timeout() {
                self.now = due;
                self.slot.handle_timeout(due);
            }
        }
        panic!("the machine does not end");
    }

    fn exchange(&mut self, scripts: &[&str]) -> Result<Vec<u8>, CcidError> {
        self.exchange_apdu(SELECT, scripts)
    }

    fn exchange_apdu(&mut self, command: &[u8], scripts: &[&str]) -> Result<Vec<u8>, CcidError> {
        self.slot.exchange(self.now, command, BUDGET)?;
        let Outcome::Response { .. } = self.run(command, scripts)? else { panic!("no response") };
        Ok(self.response.clone())
    }

    fn power_on(&mut self, scripts: &[&str]) -> Result<Vec<u8>, CcidError> {
        self.slot.power_on(self.now, BUDGET)?;
        assert_eq!(self.run(&[], scripts)?, Outcome::PoweredOn);
        Ok(self.slot.atr_bytes().to_vec())
    }
}

/// One exchange with a new slot and one script.
fn answer(script: &str) -> Result<Vec<u8>, CcidError> {
    Rig::new().exchange(&[script])
}

fn timeout() -> CcidError {
    CcidError::Timeout { budget: BUDGET }
}
