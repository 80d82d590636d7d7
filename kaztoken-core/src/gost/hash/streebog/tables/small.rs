//! 2.3 KB of tables: the substitution, and l of every half of an octet. For little flash.

use super::super::Words;
use super::super::constants::PI;
use super::super::schedule::linear;

static SUBSTITUTION: [u8; 256] = PI;

/// For each row: l of its octets below 16, and of those whose lower half is zero.
static HALVES: [[[u64; 16]; 2]; 8] = build();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn build() -> [[[u64; 16]; 2]; 8] {
    let mut tables = [[[0; 16]; 2]; 8];
    let mut row = 0;
    while row < 8 {
        let mut half: u8 = 0;
        while half < 16 {
            tables[row][0][half as usize] = linear(row, half);
            tables[row][1][half as usize] = linear(row, half << 4);
            half += 1;
        }
        row += 1;
    }
    tables
}

/// LPS (RFC 6986 section 7).
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "an octet indexes 256 entries, half an octet 16")]
pub(super) fn lps(a: &Words) -> Words {
    let mut out = [0; 8];
    for ([low, high], row) in HALVES.iter().zip(a) {
        for (word, octet) in out.iter_mut().zip(row.to_le_bytes()) {
            let octet = SUBSTITUTION[usize::from(octet)];
            *word ^= low[usize::from(octet & 15)] ^ high[usize::from(octet >> 4)];
        }
    }
    out
}
