//! LPS as the standard writes it, for what is computed when the crate is compiled.
#![expect(clippy::indexing_slicing, reason = "evaluated by the compiler only; a bad index does not compile")]

use super::constants::{ITERATION, MATRIX, PI};
use super::{InitialValue, Words};

/// Round keys K[1] to K[13] (RFC 6986 section 8).
pub(super) type RoundKeys = [Words; 13];

/// Round keys of g_0(iv, m) for the digest of 256 bits.
pub(super) const KEYS_256: RoundKeys = round_keys(InitialValue::Ones.words());
/// Round keys of g_0(iv, m) for the digest of 512 bits.
pub(super) const KEYS_512: RoundKeys = round_keys(InitialValue::Zeros.words());

/// l of one octet that stands at position `place` of a word (section 6.4).
pub(super) const fn linear(place: usize, octet: u8) -> u64 {
    let mut sum = 0;
    let mut bit = 0;
    while bit < 8 {
        if octet >> bit & 1 == 1 {
            sum ^= MATRIX[63 - 8 * place - bit];
        }
        bit += 1;
    }
    sum
}

/// LPS (section 7): P makes octet `row` of word `column` out of octet `column` of word `row`.
pub(super) const fn lps(a: Words) -> Words {
    let mut out = [0; 8];
    let mut row = 0;
    while row < 8 {
        let mut column = 0;
        while column < 8 {
            let octet = (a[row] >> (8 * column)) as u8;
            out[column] ^= linear(row, PI[octet as usize]);
            column += 1;
        }
        row += 1;
    }
    out
}

const fn round_keys(h: Words) -> RoundKeys {
    let mut keys = [lps(h); 13];
    let mut i = 0;
    while i < 12 {
        let mut word = 0;
        while word < 8 {
            keys[i + 1][word] = keys[i][word] ^ ITERATION[i][word];
            word += 1;
        }
        keys[i + 1] = lps(keys[i + 1]);
        i += 1;
    }
    keys
}
