//! The compression function by tables that hold S, P and L at once.
//!
//! How large they are is decided here: 16 KB, or 2.3 KB with the feature `small-tables`.

use super::schedule::{KEYS_256, KEYS_512, RoundKeys};
use super::{Compression, InitialValue, Words};

#[cfg(any(test, all(not(feature = "small-tables"), not(target_pointer_width = "64"))))]
mod by_octet;
#[cfg(any(test, all(not(feature = "small-tables"), target_pointer_width = "64")))]
mod by_row;
#[cfg(any(test, feature = "small-tables", not(target_pointer_width = "64")))]
mod plain;
#[cfg(any(test, feature = "small-tables"))]
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

#[cfg(test)]
mod tests {
    use super::super::Words;
    use super::super::schedule;
    use super::{by_octet, by_row, plain, small};

    /// 256 states of irregular octets.
    fn states() -> impl Iterator<Item = Words> {
        (0..=255_u8).map(|first| {
            let mut octet = first.wrapping_mul(167);
            core::array::from_fn(|_| {
                u64::from_le_bytes(core::array::from_fn(|_| {
                    octet = octet.wrapping_add(91).rotate_left(1) ^ first;
                    octet
                }))
            })
        })
    }

    #[test]
    fn all_tables_agree_with_the_standards_matrix() {
        for state in states() {
            let expected = schedule::lps(state);
            assert_eq!(by_octet::lps(&state), expected);
            assert_eq!(by_row::lps(&state), expected);
            assert_eq!(small::lps(&state), expected);
        }
    }

    #[test]
    fn rounds_side_by_side_are_the_rounds() {
        for (key, m) in states().zip(states().skip(1)) {
            assert_eq!(by_row::encrypt(&key, &m), plain::encrypt(&key, &m));
        }
    }
}
