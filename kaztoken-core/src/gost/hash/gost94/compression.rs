//! The step-by-step hash function chi of RFC 5831 section 5.
#![expect(clippy::indexing_slicing, reason = "octets index 256 entries, the rest is counted by constants")]

use super::substitution::{C3, Tables};

/// A word of V256, its lowest 64 bits first.
pub(super) type Words = [u64; 4];

/// A key of GOST 28147-89: eight words of 32 bits in their order of use.
type Key = [u32; 8];

/// `h := chi(m, h)`.
#[inline]
pub(super) fn chi(tables: &Tables, h: &mut Words, m: &Words) {
    let s = encrypt(tables, &keys(h, m), h);
    mix(h, m, &s);
}

/// Section 5.1. P's octet transposition is in [`key`].
#[inline(always)]
fn keys(h: &Words, m: &Words) -> [Key; 4] {
    let mut keys = [[0; 8]; 4];
    let (mut u, mut v) = (*h, *m);
    for (i, out) in keys.iter_mut().enumerate() {
        if i != 0 {
            u = shift(u);
            v = shift(shift(v));
        }
        if i == 2 {
            u = xor(u, C3);
        }
        *out = key(xor(u, v));
    }
    keys
}

/// A(X): down by one word, the first two summed on top.
#[inline(always)]
const fn shift([a, b, c, d]: Words) -> Words {
    [b, c, d, a ^ b]
}

#[inline(always)]
const fn xor(a: Words, b: Words) -> Words {
    [a[0] ^ b[0], a[1] ^ b[1], a[2] ^ b[2], a[3] ^ b[3]]
}

/// P(W) as key words: word `k` takes octet `k` of each of the four words of W.
#[inline(always)]
const fn key([a, b, c, d]: Words) -> Key {
    // Pairs of octets first, then pairs of pairs.
    const OCTETS: u64 = 0x00ff_00ff_00ff_00ff;
    const PAIRS: u64 = 0x0000_ffff_0000_ffff;
    let even_ab = a & OCTETS | (b & OCTETS) << 8;
    let odd_ab = a >> 8 & OCTETS | b & !OCTETS;
    let even_cd = c & OCTETS | (d & OCTETS) << 8;
    let odd_cd = c >> 8 & OCTETS | d & !OCTETS;
    let k04 = even_ab & PAIRS | (even_cd & PAIRS) << 16;
    let k26 = even_ab >> 16 & PAIRS | even_cd & !PAIRS;
    let k15 = odd_ab & PAIRS | (odd_cd & PAIRS) << 16;
    let k37 = odd_ab >> 16 & PAIRS | odd_cd & !PAIRS;
    [
        k04 as u32,
        k15 as u32,
        k26 as u32,
        k37 as u32,
        (k04 >> 32) as u32,
        (k15 >> 32) as u32,
        (k26 >> 32) as u32,
        (k37 >> 32) as u32,
    ]
}

/// Section 5.2: the four words of H under the four keys by GOST 28147-89 (RFC 5830). The rounds of the
/// four go side by side: one alone would wait for its table look-ups.
#[inline(always)]
fn encrypt(tables: &Tables, keys: &[Key; 4], h: &Words) -> Words {
    let mut low = h.map(|word| word as u32);
    let mut high = h.map(|word| (word >> 32) as u32);
    for _ in 0..3 {
        for pair in 0..4 {
            round(tables, keys, 2 * pair, &low, &mut high);
            round(tables, keys, 2 * pair + 1, &high, &mut low);
        }
    }
    for pair in (0..4).rev() {
        round(tables, keys, 2 * pair + 1, &low, &mut high);
        round(tables, keys, 2 * pair, &high, &mut low);
    }
    let mut out = [0; 4];
    for (word, (low, high)) in out.iter_mut().zip(low.into_iter().zip(high)) {
        *word = u64::from(low) << 32 | u64::from(high);
    }
    out
}

#[inline(always)]
fn round(tables: &Tables, keys: &[Key; 4], number: usize, from: &[u32; 4], to: &mut [u32; 4]) {
    for ((to, from), key) in to.iter_mut().zip(from).zip(keys) {
        let [a, b, c, d] = from.wrapping_add(key[number]).to_le_bytes().map(usize::from);
        *to ^= tables[0][a] ^ tables[1][b] ^ tables[2][c] ^ tables[3][d];
    }
}

/// Section 5.3: `h := PSI^61(h + PSI(m + PSI^12(s)))`.
#[inline(always)]
fn mix(h: &mut Words, m: &Words, s: &Words) {
    let mut ring = xor_ring(&[0; 16], s);
    psi::<12>(&mut ring);
    ring.rotate_left(12);
    ring = xor_ring(&ring, m);
    psi::<1>(&mut ring);
    ring.rotate_left(1);
    ring = xor_ring(&ring, h);
    psi::<61>(&mut ring);
    ring.rotate_left(13);
    for (word, quarter) in h.iter_mut().zip(ring.chunks_exact(4)) {
        *word = quarter.iter().rev().fold(0, |word, part| word << 16 | u64::from(*part));
    }
}

/// The sixteen parts of 16 bits of `words`, the lowest first, added to `ring`.
#[inline(always)]
fn xor_ring(ring: &[u16; 16], words: &Words) -> [u16; 16] {
    let mut out = *ring;
    for (i, part) in out.iter_mut().enumerate() {
        *part ^= (words[i / 4] >> (16 * (i % 4))) as u16;
    }
    out
}

/// PSI `N` times, without the shift: step `i` replaces part `i` modulo 16, which would fall out.
#[inline(always)]
fn psi<const N: usize>(ring: &mut [u16; 16]) {
    for i in 0..N {
        ring[i % 16] ^= ring[(i + 1) % 16]
            ^ ring[(i + 2) % 16]
            ^ ring[(i + 3) % 16]
            ^ ring[(i + 12) % 16]
            ^ ring[(i + 15) % 16];
    }
}
