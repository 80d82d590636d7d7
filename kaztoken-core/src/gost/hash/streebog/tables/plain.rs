//! The rounds one after the other, for the tables that give LPS of a whole state.

use super::super::Words;
use super::super::constants::ITERATION;
use super::{lps, xor};

/// E(K, m) of RFC 6986 section 8, from K[1] on.
pub(super) fn encrypt(key: &Words, m: &Words) -> Words {
    let mut key = *key;
    let mut state = xor(m, &key);
    for constant in &ITERATION {
        key = lps(&xor(&key, constant));
        state = xor(&lps(&state), &key);
    }
    state
}
