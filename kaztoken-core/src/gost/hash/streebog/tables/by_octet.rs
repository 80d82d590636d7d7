//! 16 KB of tables, the eight rows' words for one octet side by side: for processors with 32-bit
//! registers, which reach all eight from one address.

use super::super::Words;
use super::super::constants::PI;
use super::super::schedule::linear;

static TABLE: [[u64; 8]; 256] = build();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn build() -> [[u64; 8]; 256] {
    let mut table = [[0; 8]; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut row = 0;
        while row < 8 {
            table[octet][row] = linear(row, PI[octet]);
            row += 1;
        }
        octet += 1;
    }
    table
}

/// LPS (RFC 6986 section 7): word `c` of the result comes from the octets `c` of all eight rows.
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "an octet indexes 256 entries, the rows are counted to 8")]
pub(super) fn lps(a: &Words) -> Words {
    let rows = a.map(u64::to_le_bytes);
    let mut out = [0; 8];
    for (column, word) in out.iter_mut().enumerate() {
        let mut sum = 0;
        for row in 0..8 {
            sum ^= TABLE[usize::from(rows[row][column])][row];
        }
        *word = sum;
    }
    out
}
