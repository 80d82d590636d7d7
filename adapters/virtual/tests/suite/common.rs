//! Helpers of the tests: a generator with a seed, hexadecimal transcripts.

use core::convert::Infallible;
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card, Model, State, VirtualToken};
use rand_core::{TryCryptoRng, TryRng};

/// SplitMix64: repeatable, and not secure at all.
pub(crate) struct Seeded(pub(crate) u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|n| (n >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(z ^ z >> 31)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

pub(crate) type Token = VirtualToken<MemoryStore>;

pub(crate) const SERIAL: u64 = 0x4773_8461;

pub(crate) fn token(state: State) -> Token {
    VirtualToken::open(MemoryStore::new(state), Seeded(7)).unwrap()
}

pub(crate) fn factory() -> Token {
    token(State::factory(Model::Kaztoken, SERIAL))
}

/// Bytes of a text: pairs of hexadecimal digits, blanks ignored, `*n` repeats the byte before to n in all,
/// "text" is itself.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, part) in text.split('"').enumerate() {
        if i % 2 == 1 {
            out.extend(part.bytes());
            continue;
        }
        for word in part.split_whitespace() {
            let (digits, times) = word.split_once('*').map_or((word, 1), |(d, n)| (d, n.parse().unwrap()));
            let bytes: Vec<u8> = (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                .collect();
            out.extend(bytes.repeat(times));
        }
    }
    out
}

pub(crate) fn send(card: &mut impl Card, command: &[u8]) -> Vec<u8> {
    let mut response = Vec::new();
    card.process(command, &mut response);
    response
}

/// Sends a command and compares the whole response.
#[track_caller]
pub(crate) fn expect(card: &mut impl Card, command: &str, response: &str) {
    let got = send(card, &hex(command));
    assert_eq!(hex_of(&got), hex_of(&hex(response)), "answer to {command}");
}

/// Sends a command, wants 9000 and returns the data.
#[track_caller]
pub(crate) fn ok(card: &mut impl Card, command: &str) -> Vec<u8> {
    let mut got = send(card, &hex(command));
    assert_eq!(got.split_off(got.len() - 2), [0x90, 0], "answer to {command}: {}", hex_of(&got));
    got
}

pub(crate) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X} ")).collect()
}
