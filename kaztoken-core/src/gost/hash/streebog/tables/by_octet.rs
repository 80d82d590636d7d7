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

/// Word `column` of LPS (RFC 6986 section 7): it comes from the octets of that column of all eight rows.
/// Not inlined, or the compiler loads all 64 octets first and has no registers for them.
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "an octet indexes 256 entries, rows and columns are eight")]
fn word(rows: &[[u8; 8]; 8], column: usize) -> u64 {
    let entry = |row: usize| TABLE[usize::from(rows[row][column & 7])][row];
    // Written out: where size counts, a loop would be kept and double the instructions.
    entry(0) ^ entry(1) ^ entry(2) ^ entry(3) ^ entry(4) ^ entry(5) ^ entry(6) ^ entry(7)
}

/// LPS.
#[inline(never)]
pub(super) fn lps(a: &Words) -> Words {
    let rows = a.map(u64::to_le_bytes);
    let mut out = [0; 8];
    for (column, to) in out.iter_mut().enumerate() {
        *to = word(&rows, column);
    }
    out
}
