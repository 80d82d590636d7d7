//! The compression function by tables that hold S, P and L at once.
//!
//! How large they are is decided here: 16 KB, or 2.3 KB with the feature `small-tables`.

use super::schedule::{KEYS_256, KEYS_512, RoundKeys};
use super::{Compression, InitialValue, Words};

#[cfg(all(not(feature = "small-tables"), not(target_pointer_width = "64")))]
mod by_octet;
#[cfg(all(not(feature = "small-tables"), target_pointer_width = "64"))]
mod by_row;
#[cfg(any(feature = "small-tables", not(target_pointer_width = "64")))]
mod plain;
#[cfg(feature = "small-tables")]
mod small;

#[cfg(all(not(feature = "small-tables"), target_pointer_width = "64"))]
use self::by_row::{encrypt, lps};
#[cfg(all(not(feature = "small-tables"), not(target_pointer_width = "64")))]
use self::{by_octet::lps, plain::encrypt};
#[cfg(feature = "small-tables")]
use self::{plain::encrypt, small::lps};

/// Compression by table look-ups: quick, for public messages only.
#[derive(Clone, Copy, Debug)]
pub enum Tables {}

#[inline(always)]
fn xor(a: &Words, b: &Words) -> Words {
    let mut out = *a;
    for (word, other) in out.iter_mut().zip(b) {
        *word ^= other;
    }
    out
}

impl Compression for Tables {
    fn compress(h: &mut Words, n: u128, m: &Words) {
        let mut key = *h;
        let [low, high, ..] = &mut key;
        *low ^= n as u64;
        *high ^= (n >> 64) as u64;
        let state = encrypt(&lps(&key), m);
        *h = xor(&xor(h, &state), m);
    }

    fn first(iv: InitialValue, m: &Words) -> Words {
        static ONES: RoundKeys = KEYS_256;
        static ZEROS: RoundKeys = KEYS_512;
        let [first, others @ ..] = match iv {
            InitialValue::Ones => &ONES,
            InitialValue::Zeros => &ZEROS,
        };
        let mut state = xor(m, first);
        for key in others {
            state = xor(&lps(&state), key);
        }
        xor(&xor(&iv.words(), &state), m)
    }
}
