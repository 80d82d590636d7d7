//! A state as eight planes of 64 bits: plane `b` holds bit `b` of all 64 octets.
//!
//! Bit `8 r + c` of a plane belongs to octet `c` of word (row) `r`. Every operation on planes works on
//! all octets at once and knows no octet from another.

use super::Words;

/// Eight planes.
pub(super) type Planes = [u64; 8];

/// Swaps the bits under `mask` with those `shift` places above them.
#[inline(always)]
const fn swap_within(word: u64, shift: u32, mask: u64) -> u64 {
    let difference = (word ^ word >> shift) & mask;
    word ^ difference ^ difference << shift
}

/// Transposes a word seen as eight rows of eight bits: bit `8 r + c` goes to bit `8 c + r`.
#[inline(always)]
pub(super) const fn transpose(word: u64) -> u64 {
    let word = swap_within(word, 7, 0x00aa_00aa_00aa_00aa);
    let word = swap_within(word, 14, 0x0000_cccc_0000_cccc);
    swap_within(word, 28, 0x0000_0000_f0f0_f0f0)
}

/// Swaps the bits of `a` under `mask << shift` with those of `b` under `mask`.
#[inline(always)]
const fn swap_between(a: u64, b: u64, shift: u32, mask: u64) -> (u64, u64) {
    let difference = (a >> shift ^ b) & mask;
    (a ^ difference << shift, b ^ difference)
}

/// Transposes eight words seen as rows of eight octets: octet `c` of word `r` goes to octet `r` of
/// word `c`.
#[inline(always)]
const fn transpose_octets(words: Words) -> Words {
    const FOUR: u64 = 0x0000_0000_ffff_ffff;
    const TWO: u64 = 0x0000_ffff_0000_ffff;
    const ONE: u64 = 0x00ff_00ff_00ff_00ff;
    let [a, b, c, d, e, f, g, h] = words;
    let (a, e) = swap_between(a, e, 32, FOUR);
    let (b, f) = swap_between(b, f, 32, FOUR);
    let (c, g) = swap_between(c, g, 32, FOUR);
    let (d, h) = swap_between(d, h, 32, FOUR);
    let (a, c) = swap_between(a, c, 16, TWO);
    let (b, d) = swap_between(b, d, 16, TWO);
    let (e, g) = swap_between(e, g, 16, TWO);
    let (f, h) = swap_between(f, h, 16, TWO);
    let (a, b) = swap_between(a, b, 8, ONE);
    let (c, d) = swap_between(c, d, 8, ONE);
    let (e, f) = swap_between(e, f, 8, ONE);
    let (g, h) = swap_between(g, h, 8, ONE);
    [a, b, c, d, e, f, g, h]
}

/// [`transpose`] of all eight words.
#[inline(always)]
pub(super) const fn transpose_each([a, b, c, d, e, f, g, h]: Words) -> Words {
    [
        transpose(a),
        transpose(b),
        transpose(c),
        transpose(d),
        transpose(e),
        transpose(f),
        transpose(g),
        transpose(h),
    ]
}

/// Words to planes.
pub(super) const fn to_planes(words: Words) -> Planes {
    transpose_octets(transpose_each(words))
}

/// Planes to words.
pub(super) const fn to_words(planes: Planes) -> Words {
    transpose_each(transpose_octets(planes))
}
