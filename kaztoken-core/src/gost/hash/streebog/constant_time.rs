//! The compression function on planes: no index and no branch depends on the data.

use zeroize::Zeroize;

use super::bitslice::{Planes, to_planes, to_words, transpose_each};
use super::constants::ITERATION;
use super::linear::linear;
use super::schedule::{KEYS_256, KEYS_512};
use super::substitution::substitute;
use super::{Compression, InitialValue, Words};

/// Compression by logic operations alone, bit-sliced: for secret messages.
///
/// It holds 4 KB of constants. Compilers may not keep a promise they do not know of: what they made of
/// it is checked with memcheck, the input marked as undefined.
#[derive(Clone, Copy, Debug)]
pub enum ConstantTime {}

static CONSTANTS: [Planes; 12] = planes(&ITERATION);
static FIRST_256: [Planes; 13] = planes(&KEYS_256);
static FIRST_512: [Planes; 13] = planes(&KEYS_512);

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn planes<const N: usize>(values: &[Words; N]) -> [Planes; N] {
    let mut out = [[0; 8]; N];
    let mut i = 0;
    while i < N {
        out[i] = to_planes(values[i]);
        i += 1;
    }
    out
}

/// LPS (RFC 6986 section 7). A row's octets belong to eight different words after P, so P before L is a
/// matter of reading the indices; after L the words lie in columns and are turned into rows again.
#[inline(never)]
fn lps(a: &mut Planes) {
    *a = transpose_each(linear(&substitute(a)));
}

#[inline(always)]
fn add(a: &mut Words, b: &Words) {
    for (word, other) in a.iter_mut().zip(b) {
        *word ^= other;
    }
}

impl Compression for ConstantTime {
    fn compress(h: &mut Words, n: u128, m: &Words) {
        let mut key = *h;
        add(&mut key, &[n as u64, (n >> 64) as u64, 0, 0, 0, 0, 0, 0]);
        let mut key = to_planes(key);
        lps(&mut key);
        let mut state = to_planes(*m);
        add(&mut state, &key);
        for constant in &CONSTANTS {
            add(&mut key, constant);
            lps(&mut key);
            lps(&mut state);
            add(&mut state, &key);
        }
        add(h, &to_words(state));
        add(h, m);
        key.zeroize();
        state.zeroize();
    }

    fn first(iv: InitialValue, m: &Words) -> Words {
        let [first, others @ ..] = match iv {
            InitialValue::Ones => &FIRST_256,
            InitialValue::Zeros => &FIRST_512,
        };
        let mut state = to_planes(*m);
        add(&mut state, first);
        for key in others {
            lps(&mut state);
            add(&mut state, key);
        }
        let mut h = iv.words();
        add(&mut h, &to_words(state));
        add(&mut h, m);
        state.zeroize();
        h
    }
}
