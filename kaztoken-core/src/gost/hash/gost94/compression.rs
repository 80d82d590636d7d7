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

#[cfg(test)]
mod tests {
    use super::super::super::buffer::words_le;
    use super::super::substitution::{TEST, tables};
    use super::{chi, encrypt, keys};

    /// RFC 5831 section 7.3.1 up to the first value of chi. The fourth and the seventh word of K[1] are
    /// exchanged there: P puts octets 5, 13, 21, 29 of "This is message, length=32 bytes" into the fourth.
    #[test]
    fn first_step_of_the_example() {
        let m = words_le(b"This is message, length=32 bytes");
        let mut h = [0; 4];
        let expected = [
            "733D2C20656865737474676979676120 626E737320657369326C656833206D54",
            "110C733D0D166568130E747406417967 1D00626E161A2065090D326C4D393320",
            "80B111F3730DF216850013F1C7E1F941 620C1DFF3ABAE91A3FA109F2F513B239",
            "A0E2804EFF1B73F2ECE27A00E7B8C7E1 EE1D620CAC0CC5BAA804C05EA18B0AEC",
        ];
        let keys = keys(&h, &m);
        for (key, digits) in keys.iter().zip(expected) {
            let digits: std::string::String = digits.split(' ').collect();
            let words: std::vec::Vec<u32> =
                (0..8).rev().map(|i| u32::from_str_radix(&digits[8 * i..8 * i + 8], 16).unwrap()).collect();
            assert_eq!(key[..], words[..]);
        }
        let tables = tables(&TEST);
        let s = [0x42AB_BCCE_32BC_0B1B, 0x5203_EBC8_5D9B_CFFD, 0x8D34_5899_00FF_0E28, 0xE786_0419_0D2A_562D];
        assert_eq!(encrypt(&tables, &keys, &h), s);
        chi(&tables, &mut h, &m);
        let ksi =
            [0x561C_7DE3_3315_C034, 0xD99C_4124_883D_A687, 0x68A0_3B8C_42DE_7624, 0xCF9A_8C65_5059_67A4];
        assert_eq!(h, ksi);
    }
}
