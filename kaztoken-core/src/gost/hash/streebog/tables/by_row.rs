//! 16 KB of tables, one of 256 words for each row of the state: for processors with 64-bit registers,
//! whose addressing takes the row's offset and eight times the octet in one instruction.

use super::super::Words;
use super::super::constants::PI;
use super::super::schedule::linear;

static TABLES: [[u64; 256]; 8] = build();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
const fn build() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut row = 0;
    while row < 8 {
        let mut octet = 0;
        while octet < 256 {
            tables[row][octet] = linear(row, PI[octet]);
            octet += 1;
        }
        row += 1;
    }
    tables
}

/// LPS (RFC 6986 section 7): octet `c` of row `r` goes through table `r` into word `c`.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "an octet indexes 256 entries")]
pub(super) fn lps(a: &Words) -> Words {
    let mut out = [0; 8];
    for (table, row) in TABLES.iter().zip(a) {
        for (word, octet) in out.iter_mut().zip(row.to_le_bytes()) {
            *word ^= table[usize::from(octet)];
        }
    }
    out
}
