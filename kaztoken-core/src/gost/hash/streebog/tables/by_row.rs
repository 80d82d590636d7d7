//! 16 KB of tables, one of 256 words for each row of the state: for processors with 64-bit registers,
//! whose addressing takes the row's offset and eight times the octet in one instruction.

use super::super::Words;
use super::super::constants::{ITERATION, PI};
use super::super::schedule::linear;
use super::xor;

static TABLES: [[u64; 256]; 8] = build();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn build() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut row = 0;
    while row < 8 {
        let mut octet = 0;
        while octet < 256 {
            tables[row][octet] = linear(row, PI[octet]);
            octet += 1;
        }
        row += 1;
    }
    tables
}

/// A state in memory: eight rows of four pairs of octets.
///
/// Reading pairs, two columns at a time, needs the fewest instructions and registers. The compiler must
/// not see that they come from words, or it takes all 64 octets apart by shifts first and spills them:
/// hence octets as parameters of functions that are not inlined.
type Pairs = [[[u8; 2]; 4]; 8];

#[inline(always)]
const fn pairs(word: u64) -> [[u8; 2]; 4] {
    let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
    [[a, b], [c, d], [e, f], [g, h]]
}

#[inline(always)]
const fn word([[a, b], [c, d], [e, f], [g, h]]: [[u8; 2]; 4]) -> u64 {
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Words `2 number` and `2 number + 1` of LPS (RFC 6986 section 7): octet `c` of row `r` goes through
/// table `r` into word `c`.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "an octet indexes 256 entries, the columns are counted to 4")]
fn columns(a: &Pairs, number: usize) -> [u64; 2] {
    let [mut first, mut second] = [0; 2];
    for (table, row) in TABLES.iter().zip(a) {
        let pair = u16::from_le_bytes(row[number]);
        first ^= table[usize::from(pair & 255)];
        second ^= table[usize::from(pair >> 8)];
    }
    [first, second]
}

#[inline(never)]
fn substitute(a: &Pairs) -> Words {
    let mut out = [0; 8];
    for (number, words) in out.chunks_exact_mut(2).enumerate() {
        words.copy_from_slice(&columns(a, number));
    }
    out
}

/// LPS.
pub(super) fn lps(a: &Words) -> Words {
    substitute(&a.map(pairs))
}

/// Round `i` of the key and of the state. `key` is K[i] + C[i], `next` is C[i + 1].
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "the columns are counted to 8")]
fn round([key, state]: &[Pairs; 2], next: &Words, [key_out, state_out]: &mut [Pairs; 2]) {
    for number in 0..4 {
        let new_key = columns(key, number);
        let new_state = columns(state, number);
        for half in 0..2 {
            let column = 2 * number + half;
            key_out[column] = pairs(new_key[half] ^ next[column]);
            state_out[column] = pairs(new_key[half] ^ new_state[half]);
        }
    }
}

/// E(K, m) of section 8, from K[1] on.
pub(super) fn encrypt(key: &Words, m: &Words) -> Words {
    let [first, constants @ ..] = &ITERATION;
    let mut from = [xor(key, first).map(pairs), xor(key, m).map(pairs)];
    let mut to = from;
    // Two rounds a turn, forth and back; after the last one the key is not needed.
    for constants in constants.chunks(2) {
        let [next, after] = match constants {
            [next, after] => [next, after],
            [next, ..] => [next, &[0; 8]],
            [] => [&[0; 8], &[0; 8]],
        };
        round(&from, next, &mut to);
        round(&to, after, &mut from);
    }
    from[1].map(word)
}
