//! A host that sends anything, against the virtual token: command APDUs and CCID messages.

use core::convert::Infallible;

use kaztoken_core::ccid::{MessageType, RdrToPc, RdrToPcMessage};
use kaztoken_virtual::ccid::{CcidDevice, Event};
use kaztoken_virtual::store::{MemoryStore, Store};
use kaztoken_virtual::{Card, Model, State, VirtualToken};
use rand_core::{TryCryptoRng, TryRng};

use crate::source::Source;

/// Commands of one script.
const MAX_STEPS: usize = 200;
/// Key generations, signatures and decipherments of one script, where it may have any: they take a hundred
/// times as long as all else, and no new way each time.
const MAX_ARITHMETIC: usize = 2;
const WITH_ARITHMETIC: u8 = 0xF0;
/// The longest CCID message, and the longest response APDU.
const MAX_MESSAGE: usize = 271;
const MAX_RESPONSE: usize = 258;
const USER: u8 = 2;
const ADMIN: u8 = 1;

/// SplitMix64: the same keys in every run.
struct Repeatable(u64);

impl Repeatable {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for Repeatable {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.fill_with(|| self.next() as u8);
        Ok(())
    }
}

impl TryCryptoRng for Repeatable {}

type Token = VirtualToken<MemoryStore>;

fn open(state: State) -> Token {
    VirtualToken::open(MemoryStore::new(state), Repeatable(1)).unwrap_or_else(|never| match never {})
}

/// What the host knows of the token.
struct Rig {
    card: Token,
    device: CcidDevice,
    /// After the last command.
    state: State,
    /// Values of the administrator's and the user's PIN, where known.
    pins: [Option<Vec<u8>>; 2],
    /// Tries left of both; `None` when there is no such PIN.
    tries: [Option<u8>; 2],
    /// Between the start and the end of a format nothing is protected.
    formatting: bool,
    /// There was such a format.
    formatted: bool,
    arithmetic: usize,
    /// There was a part of a command chain: which data a command has is then not known here.
    chains: bool,
}

/// A script of commands to a token in the factory state: nothing panics, every answer is well-formed, no
/// counter rises without the right PIN, and what the token answers is what its store keeps.
pub fn virtual_token(data: &[u8]) {
    let mut source = Source::new(data);
    let first = source.byte();
    let model = Model::ALL[usize::from(first) % Model::ALL.len()];
    let state = State::factory(model, 0x4B5A_5431);
    let mut rig = Rig {
        card: open(state.clone()),
        device: CcidDevice::default(),
        state,
        pins: [Some(b"87654321".to_vec()), Some(b"12345678".to_vec())],
        tries: [Some(10), Some(10)],
        formatting: false,
        formatted: false,
        arithmetic: if first >= WITH_ARITHMETIC { 0 } else { MAX_ARITHMETIC },
        chains: false,
    };
    for _ in 0..MAX_STEPS {
        if source.is_empty() {
            break;
        }
        rig.step(&mut source);
    }
    let state = rig.card.state().clone();
    assert!(State::decode(&state.encode()).is_ok_and(|read| read == state));
    let kept = rig.card.into_store().load().unwrap_or_else(|never| match never {});
    assert!(kept == state, "the store keeps another state than the token has");
}

const PATHS: [&[u8]; 12] = [
    b"\x3F\x00",
    b"\x10\x00",
    b"\x10\x00\x10\x00",
    b"\x10\x00\x10\x00\x60\x01",
    b"\x10\x00\x10\x00\x60\x02",
    b"\x10\x00\x10\x00\x60\x02\x00\x01",
    b"\x10\x00\x10\x00\x60\x01\x00\x01",
    b"\x10\x00\x10\x00\x00\x01",
    b"\x10\x00\x10\x00\x00\x02",
    b"\x10\x00\x10\x04\x00\x05",
    b"\x10\x00\x10\x04",
    b"\x50\x00",
];

/// A short APDU with data and, when wanted, Le = 00.
fn apdu(header: [u8; 4], data: &[u8], le: bool) -> Vec<u8> {
    let mut apdu = header.to_vec();
    if !data.is_empty() {
        apdu.push(data.len() as u8);
        apdu.extend_from_slice(data);
    }
    apdu.extend(le.then_some(0));
    apdu
}

/// A CREATE FILE template: tags 80, 82, 83, for objects 85, and 86.
fn template(source: &mut Source<'_>) -> Vec<u8> {
    let kind = source.pick(&[0x38, 0x01, 0x10, 0x10]);
    let [size, id] =
        [source.pick(&[0, 8, 32, 64, 128, 192, 300, 0xFFFF]), source.pick(&[1, 2, 3, 5, 0x6001, 0x3F00])];
    let mut body = vec![0x80, 2];
    body.extend(u16::to_be_bytes(size));
    body.extend([0x82, 2, kind, 0, 0x83, 2]);
    body.extend(u16::to_be_bytes(id));
    if kind == 0x10 {
        let object = source.pick(&[0x01, 0x03, 0x13, 0x23, 0x43, 0x53]);
        body.extend([0x85, 6, object, source.pick(&[0x20, 0x00, 0x30, 0x40, 6]), 0, 0xAA, 0, 0]);
    }
    body.extend([0x86, 15, source.pick(&[0x43, 0x46, 0x00, 0xFF])]);
    body.extend([source.byte() & 3; 14]);
    [&[0x6F, body.len() as u8], &body[..]].concat()
}

impl Rig {
    fn step(&mut self, source: &mut Source<'_>) {
        let step = source.byte();
        let (le, over_ccid) = (step & 0x20 != 0, step & 0x40 != 0);
        let reference = if step & 0x80 != 0 { ADMIN } else { USER };
        let pin = |rig: &Self| rig.pins[usize::from(reference - 1)].clone().unwrap_or_default();
        let command = match step % 20 {
            0 | 1 => source.bytes().to_vec(),
            2 => apdu([0, 0x20, 0, reference], &pin(self), false),
            3 => apdu([0, 0x20, 0, reference], source.take(usize::from(step >> 4)), false),
            4 | 5 => apdu([0, 0xA4, 8, source.pick(&[0, 4])], source.pick(&PATHS), le),
            6 => apdu(
                [0, 0xA4, source.pick(&[0, 3]), source.pick(&[0, 2])],
                source.take(usize::from(step & 0x80) >> 6),
                le,
            ),
            7 | 8 => apdu([0, 0xE0, 0, 0], &template(source), false),
            9 => {
                let value = source.bytes();
                let data = [&[0x80, 2, 0, value.len() as u8, 0xA5, value.len() as u8], value].concat();
                apdu(
                    [source.pick(&[0, 0x10]), 0x24, 1, source.pick(&[0, 1, 2])],
                    &data[..data.len().min(255)],
                    false,
                )
            }
            10 => apdu([0, 0x2C, 3, reference], &[], false),
            11 => apdu([0, 0x46, source.pick(&[0x80, 0x00, 0x81]), source.byte() & 3], &[], le),
            12 => apdu([0, 0x22, 0x41, source.pick(&[0xB6, 0xB8])], &[0x84, 1, source.byte() & 3], false),
            13 => {
                let digest = [step; 64];
                let p = source.pick(&[[0x9E, 0x9A], [0x80, 0x86]]);
                apdu([0, 0x2A, p[0], p[1]], &digest[..source.pick(&[32, 64, 8])], le)
            }
            14 => apdu(
                [0, source.pick(&[0xB0, 0xD6]), 0, source.byte()],
                source.take(usize::from(step & 0x80) >> 4),
                le,
            ),
            15 => apdu([0, 0xC0, 0, 0], &[], true),
            16 => match step >> 5 {
                0 => apdu([0x80, 0x8A, 0, 0], &[], false),
                1 => apdu([0x80, 0x84, 0x4E, 0x19], &[], false),
                2 => apdu([0x80, 0x40, 0, 0], &[], false),
                3 => apdu([0, 0xE4, 0, 0], source.take(2), false),
                4 => apdu([0, 0xCA, 1, source.pick(&[0x81, 0x8A])], &[], true),
                _ => apdu([0, 0x84, 0, 0], &[], le),
            },
            17 => {
                self.card.reset();
                return;
            }
            // The power is cut: what is in the store is all there is.
            18 => {
                let bytes = self.card.state().encode();
                self.card = open(State::decode(&bytes).expect("a state that was just encoded"));
                self.device.reset();
                return;
            }
            _ => {
                let message = source.bytes().to_vec();
                return self.message(&message);
            }
        };
        if !self.takes_too_long(&command) {
            if over_ccid {
                let mut message = vec![0x6F];
                message.extend((command.len() as u32).to_le_bytes());
                message.extend([0, step, 0, 0, 0]);
                message.extend(command);
                self.message(&message);
            } else {
                let mut response = vec![];
                self.card.process(&command, &mut response);
                self.answered(&command, &response);
            }
        }
    }

    /// Arithmetic beyond a few operations, and RSA keys that could be generated.
    fn takes_too_long(&mut self, command: &[u8]) -> bool {
        let arithmetic = matches!(command, [_, 0x46, 0x00 | 0x80, ..] | [_, 0x2A, ..]);
        self.arithmetic += usize::from(arithmetic);
        let rsa = matches!(command, [_, 0xE0, ..]) && command.windows(3).any(|part| part == [0x85, 6, 0x33]);
        rsa || arithmetic && self.arithmetic > MAX_ARITHMETIC
    }

    fn message(&mut self, message: &[u8]) {
        let command = message.get(10..).unwrap_or(&[]);
        if self.takes_too_long(command) {
            return;
        }
        for event in self.device.handle(&mut self.card, message) {
            let Event::Message { bytes, .. } = event else { panic!("unplugged without a plan") };
            assert!(bytes.len() <= MAX_MESSAGE);
            let answer = RdrToPc::parse(&bytes).expect("a message from the reader");
            // The answer of the type that belongs to the command, to the slot and the number that asked.
            let expected = match message[0] {
                0x62 | 0x69 | 0x6F => MessageType::DataBlock,
                0x61 | 0x6C | 0x6D => MessageType::Parameters,
                0x6B => MessageType::EscapeAnswer,
                0x73 => MessageType::DataRateAndClockFrequency,
                _ => MessageType::SlotStatus,
            };
            assert_eq!(bytes[0], u8::from(expected), "{message:02X?} -> {bytes:02X?}");
            assert_eq!((answer.slot, answer.sequence), (message[5], message[6]));
            let length = u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
            assert_eq!(length, bytes.len() - 10);
            match answer.message {
                RdrToPcMessage::DataBlock { data, .. } if message[0] == 0x6F && answer.status.0 == 0 => {
                    self.answered(command, data);
                }
                _ => assert!(*self.card.state() == self.state, "{message:02X?} changed the token"),
            }
        }
    }

    /// The response APDU to a command, and what the command did to the PINs.
    fn answered(&mut self, command: &[u8], response: &[u8]) {
        assert!((2..=MAX_RESPONSE).contains(&response.len()), "{command:02X?} -> {response:02X?}");
        let (data, &[sw1, sw2]) = response.split_last_chunk::<2>().expect("a status word");
        assert!(matches!(sw1, 0x61..=0x6F | 0x90), "{command:02X?} -> {response:02X?}");
        let success = [sw1, sw2] == [0x90, 0];
        assert!(data.is_empty() || success || sw1 == 0x61);
        self.chains |= command.first().is_some_and(|class| class & 0x10 != 0);
        if *self.card.state() == self.state {
            return;
        }
        self.state = self.card.state().clone();
        let formats = matches!(command, [0x80 | 0x90, 0x8A, 0, 0, ..]) && success;
        let ends_format = matches!(command, [0x80 | 0x90, 0x84, 0x4E, 0x19, ..]) && success;
        self.formatting |= formats;
        self.formatted |= formats;
        let data = command.get(4).and_then(|lc| command.get(5..5 + usize::from(*lc))).unwrap_or(&[]);
        if let ([0, 0x24, 1, reference, ..], true) = (command, success) {
            let value = match data {
                [0x80, 2, 0, whole, 0xA5, len, value @ ..] if whole == len && !self.chains => {
                    Some(value.to_vec())
                }
                _ => None,
            };
            match *reference {
                ADMIN | USER => self.pins[usize::from(reference - 1)] = value,
                _ => self.pins = [None, None],
            }
        }
        let mut copy = open(self.state.clone());
        for reference in [ADMIN, USER] {
            let at = usize::from(reference - 1);
            let mut answer = vec![];
            copy.process(&[0, 0x20, 0, reference], &mut answer);
            let now = match answer[..] {
                [0x63, low @ 0xC1..=0xCF] => Some(low & 15),
                [0x69, 0x83] => Some(0),
                [0x6A, 0x88] => None,
                ref other => panic!("the counter is {other:02X?}"),
            };
            let before = core::mem::replace(&mut self.tries[at], now);
            if before.is_none() || now.is_none() {
                // Only a format leaves a token without PINs, or with PINs that may be deleted.
                let instruction = command.get(1);
                assert!(before == now || self.formatted && matches!(instruction, Some(0xE0 | 0xE4 | 0x8A)));
                self.pins[at] = None;
                continue;
            }
            let risen = now > before;
            if self.formatting || formats {
                self.pins[at] = None;
                continue;
            }
            assert!(!risen || success, "{command:02X?} failed and raised a counter");
            match *command {
                [0, 0x20, 0, verified, ..] if verified == reference => {
                    let right = self.pins[at].as_ref().is_none_or(|right| right == data);
                    assert!(right || !risen, "a wrong PIN raised its counter");
                }
                // Only the administrator's rules allow it, and only of the user's PIN.
                [0 | 0x10, 0x2C, 3, reset, ..] if reset == reference => assert!(reset == USER || !risen),
                _ => assert!(!risen, "{command:02X?} raised a counter"),
            }
        }
        self.formatting &= !ends_format;
    }
}
