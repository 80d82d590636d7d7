//! L on planes, without tables of values.
//!
//! l multiplies the eight octets of a word, as elements of GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1), by a
//! matrix (Kazymyrov, Kazymyrova: "Algebraic aspects of the Russian hash standard GOST R 34.11-2012",
//! 2013, give one for another polynomial and order of bits). Row `k` of the result is the sum over `d`
//! of row `k + d`, which is the state rotated by `d` rows, times the element of row `k + d` and column
//! `k`. So the 64 octets are multiplied at once by 64 constants, eight times.
//!
//! The products are polynomials of degree 14 by Karatsuba's method in three levels: 27 planes made of
//! the state's 8, an AND with constant masks, and one combination after all eight were summed.
#![expect(clippy::indexing_slicing, reason = "counted by constants")]

use super::Words;
use super::bitslice::Planes;
use super::constants::MATRIX;

/// For each of the 27 products and each rotation: the rows where the constant has that bit.
static MASKS: [Words; 27] = masks();

/// Bits of a constant that Karatsuba's method sums for product `number`: its ternary digits, from the
/// highest, say lower half, upper half or both.
const fn operand_bits(number: usize) -> u8 {
    let mut bits = 1;
    let (mut divisor, mut width) = (1, 1);
    while width < 8 {
        bits = match number / divisor % 3 {
            0 => bits,
            1 => bits << width,
            _ => bits | bits << width,
        };
        divisor *= 3;
        width *= 2;
    }
    bits
}

const fn masks() -> [Words; 27] {
    let mut masks = [[0; 8]; 27];
    let mut number = 0;
    while number < 27 {
        let bits = operand_bits(number);
        let mut d = 0;
        while d < 8 {
            let mut k = 0;
            while k < 8 {
                let row = (k + d) % 8;
                // l of the octet 1 in this row: its octets are the row's elements.
                let element = (MATRIX[63 - 8 * row] >> (8 * k)) as u8;
                if (element & bits).count_ones() % 2 == 1 {
                    // Turned back by the rotations that follow on an even number of rows.
                    let turned = (k + d / 2 * 2) % 8;
                    masks[number][d] |= 0xff << (8 * turned);
                }
                k += 1;
            }
            d += 1;
        }
        number += 1;
    }
    masks
}

/// Sum of the eight rotations of `plane`, each under its mask. The sum is rotated instead of the plane,
/// which takes fewer copies.
#[inline(always)]
fn product(plane: u64, masks: &Words) -> u64 {
    let turned = plane.rotate_right(8);
    let pair = |d: usize| plane & masks[d] ^ turned & masks[d + 1];
    let sum = pair(6).rotate_right(16) ^ pair(4);
    let sum = sum.rotate_right(16) ^ pair(2);
    sum.rotate_right(16) ^ pair(0)
}

/// Two planes and their sum, times the constants' bits: three coefficients.
#[inline(always)]
fn times2(a: [u64; 2], number: usize) -> [u64; 3] {
    let low = product(a[0], &MASKS[number]);
    let high = product(a[1], &MASKS[number + 1]);
    let both = product(a[0] ^ a[1], &MASKS[number + 2]);
    [low, both ^ low ^ high, high]
}

/// Four planes: seven coefficients.
#[inline(always)]
fn times4(a: [u64; 4], number: usize) -> [u64; 7] {
    let low = times2([a[0], a[1]], number);
    let high = times2([a[2], a[3]], number + 3);
    let both = times2([a[0] ^ a[2], a[1] ^ a[3]], number + 6);
    let mut out = [low[0], low[1], low[2], 0, high[0], high[1], high[2]];
    for i in 0..3 {
        out[i + 2] ^= both[i] ^ low[i] ^ high[i];
    }
    out
}

/// L of a state whose P is already done in the sense that octet `r` of the word to be made stands in
/// row `r`. The result has octet `k` of word `c` in row `k`, column `c`.
#[inline(always)]
pub(super) fn linear(a: &Planes) -> Planes {
    let low = times4([a[0], a[1], a[2], a[3]], 0);
    let high = times4([a[4], a[5], a[6], a[7]], 9);
    let both = times4([a[0] ^ a[4], a[1] ^ a[5], a[2] ^ a[6], a[3] ^ a[7]], 18);
    let mut sum = [0; 15];
    for i in 0..7 {
        sum[i] ^= low[i];
        sum[i + 4] ^= both[i] ^ low[i] ^ high[i];
        sum[i + 8] ^= high[i];
    }
    // x^8 = x^4 + x^3 + x^2 + 1
    for i in (0..7).rev() {
        let top = sum[i + 8];
        for power in [0, 2, 3, 4] {
            sum[i + power] ^= top;
        }
    }
    [sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]]
}
