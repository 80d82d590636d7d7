//! A card that knows its PINs and nothing else, and what carries commands to it.

use core::convert::Infallible;

use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, BulkPipe};

/// The user's PIN. In flash, and nowhere in the RAM by itself.
pub static USER_PIN: [u8; 12] = *b"Zq7#vK2!mX9$";
/// The tries at first.
pub const TRIES: u8 = 3;

/// What goes wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLost;

impl core::fmt::Display for AnswerLost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the answer was lost")
    }
}

impl core::error::Error for AnswerLost {}

/// The card: VERIFY with and without a PIN for the user, logout, and 6D00 to anything else.
#[derive(Debug)]
pub struct Token {
    /// Tries left of the user's PIN.
    pub tries: u8,
    /// Is the user logged in?
    pub verified: bool,
    /// How often a PIN came.
    pub pins: usize,
    /// The answer to the next PIN is lost, the command is carried out.
    pub lose_answer: bool,
    /// Called when a PIN is under way.
    pub on_pin: fn(),
}

impl Default for Token {
    fn default() -> Self {
        Self { tries: TRIES, verified: false, pins: 0, lose_answer: false, on_pin: || {} }
    }
}

impl Token {
    /// Carries a command APDU out and returns SW1 SW2.
    pub fn process(&mut self, command: &[u8]) -> [u8; 2] {
        match command {
            // Over T=0 a command without data has a fifth byte.
            [0x80, 0x40, 0, 0] | [0x80, 0x40, 0, 0, 0] => {
                self.verified = false;
                [0x90, 0x00]
            }
            [0x00, 0x20, 0, 2] | [0x00, 0x20, 0, 2, 0] => match (self.verified, self.tries) {
                (true, _) => [0x90, 0x00],
                (false, 0) => [0x69, 0x83],
                (false, tries) => [0x63, 0xC0 | tries],
            },
            [0x00, 0x20, 0, 2, len, pin @ ..] if usize::from(*len) == pin.len() => {
                self.pins += 1;
                (self.on_pin)();
                if self.tries == 0 {
                    return [0x69, 0x83];
                }
                self.verified = *pin == USER_PIN;
                self.tries = if self.verified { TRIES } else { self.tries - 1 };
                match (self.verified, self.tries) {
                    (true, _) => [0x90, 0x00],
                    (false, tries) => [0x63, 0xC0 | tries],
                }
            }
            _ => [0x6D, 0x00],
        }
    }
}

/// The card itself as a link.
impl ApduLink for Token {
    type Error = AnswerLost;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, AnswerLost> {
        let before = self.pins;
        let answer = self.process(command);
        if self.pins > before && core::mem::take(&mut self.lose_answer) {
            return Err(AnswerLost);
        }
        response[..2].copy_from_slice(&answer);
        Ok(2)
    }
}

/// The card in a reader.
#[derive(Debug)]
pub struct Slot {
    /// The card.
    pub token: Token,
    atr: &'static [u8],
    level: Level,
    message: heapless::Vec<u8, 64>,
}

/// What the reader leaves to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing: it exchanges short APDUs.
    ShortApdu,
    /// The blocks of T=1.
    T1,
    /// T=0 but for the procedure bytes.
    T0,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ShortApdu, Self::T1, Self::T0];

    /// bmFeatures' exchange level, its byte 42, changed in a descriptor of the cases.
    #[must_use]
    pub const fn is_tpdu(self) -> bool {
        !matches!(self, Self::ShortApdu)
    }

    /// The KAZTOKEN's answer to reset, or the KAZTOKEN SC's.
    #[must_use]
    pub const fn atr(self) -> &'static [u8] {
        match self {
            Self::ShortApdu | Self::T1 => b"\x3B\x88\x01KAZTOKEN\x82",
            Self::T0 => b"\x3B\x98\x96\x00KAZTOKEN",
        }
    }
}

impl Slot {
    /// A card in a reader of this level.
    #[must_use]
    pub fn new(level: Level, token: Token) -> Self {
        Self { token, atr: level.atr(), level, message: heapless::Vec::new() }
    }

    fn answer(&mut self, kind: u8, sequence: u8, last: u8, body: &[u8]) {
        self.message.clear();
        // Both fit: the longest body is a block of seven bytes or an answer to reset.
        _ = self.message.extend_from_slice(&[kind, body.len() as u8, 0, 0, 0, 0, sequence, 0, 0, last]);
        _ = self.message.extend_from_slice(body);
    }

    fn exchange(&mut self, sequence: u8, body: &[u8]) {
        match (self.level, body) {
            (Level::T1 | Level::T0, [0xFF, ..]) => self.answer(0x80, sequence, 0, body),
            (Level::T1, &[0, 0xC1, 1, ifsd, _]) => {
                self.answer(0x80, sequence, 0, &[0, 0xE1, 1, ifsd, 0xE0 ^ ifsd])
            }
            // One I-block each way; a bad LRC would be a fault of the host's.
            (Level::T1, &[0, pcb @ (0 | 0x40), len, ref rest @ ..]) if rest.len() == usize::from(len) + 1 => {
                let [sw1, sw2] = self.token.process(&rest[..usize::from(len)]);
                self.answer(0x80, sequence, 0, &[0, pcb, 2, sw1, sw2, pcb ^ 2 ^ sw1 ^ sw2]);
            }
            (Level::ShortApdu | Level::T0, apdu) => {
                let answer = self.token.process(apdu);
                self.answer(0x80, sequence, 0, &answer);
            }
            (Level::T1, _) => self.message.clear(),
        }
    }
}

impl BulkPipe for Slot {
    type Error = Infallible;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Infallible> {
        let (kind, sequence) = (message[0], message[6]);
        match (kind, &message[10..]) {
            (0x62, _) => self.answer(0x80, sequence, 0, self.atr),
            (0x61, body) => self.answer(0x82, sequence, u8::from(self.level == Level::T1), body),
            (0x6F, body) => self.exchange(sequence, body),
            _ => self.answer(0x81, sequence, 0, &[]),
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Millis) -> Result<Option<usize>, Infallible> {
        let len = self.message.len();
        buffer[..len].copy_from_slice(&self.message);
        self.message.clear();
        Ok((len > 0).then_some(len))
    }
}
