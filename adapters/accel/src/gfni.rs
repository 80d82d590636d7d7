//! The compression function on 64-octet registers.
//!
//! A state is kept transposed: octet `8 k + j` of the register is octet `k` of word `j`. That is how L
//! gives it out, and S does not care; P and the distribution of a row over the register are then one
//! permutation.

use core::arch::x86_64::{
    __m512i, _mm512_gf2p8affine_epi64_epi8, _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_movepi8_mask,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_storeu_si512, _mm512_ternarylogic_epi64,
    _mm512_xor_si512,
};

use kaztoken_core::gost::hash::streebog::Words;
use kaztoken_core::gost::hash::streebog::constants::{ITERATION, MATRIX, PI};

/// Truth table of a + b + c.
const SUM: i32 = 0x96;

/// A register's octets in memory.
#[repr(align(64))]
struct Octets([u8; 64]);

/// A register's words in memory.
#[repr(align(64))]
struct Line(Words);

static SUBSTITUTION: [Octets; 4] = substitution();
static ROWS: [Octets; 8] = rows();
static MATRICES: [Line; 8] = matrices();
static CONSTANTS: [Line; 12] = constants();
static TRANSPOSITION: Octets = transposition();

const fn substitution() -> [Octets; 4] {
    let mut out = [const { Octets([0; 64]) }; 4];
    let mut i = 0;
    while i < 256 {
        out[i / 64].0[i % 64] = PI[i];
        i += 1;
    }
    out
}

/// Where octet `8 k + j` of a register comes from that is to hold row `i` eight times over: octet `j` of
/// word `i`, which a transposed state has at `8 j + i`.
const fn rows() -> [Octets; 8] {
    let mut out = [const { Octets([0; 64]) }; 8];
    let mut i = 0;
    while i < 64 * 8 {
        out[i / 64].0[i % 64] = (8 * (i % 8) + i / 64) as u8;
        i += 1;
    }
    out
}

/// For row `i` the eight matrices that take its octets to octet `k` of the result, `k` counting the words.
const fn matrices() -> [Line; 8] {
    let mut out = [const { Line([0; 8]) }; 8];
    let mut i = 0;
    while i < 8 {
        let mut k = 0;
        while k < 8 {
            let mut rows = [0; 8];
            let mut bit = 0;
            while bit < 8 {
                // What this bit of the octet adds to octet k, a bit of it to each row of the matrix;
                // the instruction takes the row of the highest bit first.
                let image = (MATRIX[63 - 8 * i - bit] >> (8 * k)) as u8;
                let mut to = 0;
                while to < 8 {
                    rows[7 - to] |= (image >> to & 1) << bit;
                    to += 1;
                }
                bit += 1;
            }
            out[i].0[k] = u64::from_le_bytes(rows);
            k += 1;
        }
        i += 1;
    }
    out
}

const fn constants() -> [Line; 12] {
    let mut out = [const { Line([0; 8]) }; 12];
    let mut i = 0;
    while i < 12 * 64 {
        let (number, j, k) = (i / 64, i / 8 % 8, i % 8);
        out[number].0[k] |= (ITERATION[number][j] >> (8 * k) & 255) << (8 * j);
        i += 1;
    }
    out
}

const fn transposition() -> Octets {
    let mut out = Octets([0; 64]);
    let mut i = 0;
    while i < 64 {
        out.0[i] = (8 * (i % 8) + i / 8) as u8;
        i += 1;
    }
    out
}

/// Whether [`compress`] may be called.
#[inline]
pub(crate) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("gfni")
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_octets(from: &Octets) -> __m512i {
    // SAFETY: the reference is to 64 octets.
    unsafe { _mm512_loadu_si512(from.0.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(from: &Words) -> __m512i {
    // SAFETY: the reference is to 64 octets.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

/// What every LPS needs, in registers.
#[derive(Clone, Copy)]
struct Tables {
    substitution: [__m512i; 4],
    rows: [__m512i; 8],
    matrices: [__m512i; 8],
}

/// LPS (RFC 6986 section 7) of a transposed state.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn lps(tables: &Tables, a: __m512i) -> __m512i {
    let [t0, t1, t2, t3] = tables.substitution;
    let low = _mm512_permutex2var_epi8(t0, a, t1);
    let high = _mm512_permutex2var_epi8(t2, a, t3);
    let a = _mm512_mask_blend_epi8(_mm512_movepi8_mask(a), low, high);

    let term = |i: usize| {
        let row = _mm512_permutexvar_epi8(tables.rows[i], a);
        _mm512_gf2p8affine_epi64_epi8::<0>(row, tables.matrices[i])
    };
    let first = _mm512_ternarylogic_epi64::<SUM>(term(0), term(1), term(2));
    let second = _mm512_ternarylogic_epi64::<SUM>(term(3), term(4), term(5));
    let third = _mm512_xor_si512(term(6), term(7));
    _mm512_ternarylogic_epi64::<SUM>(first, second, third)
}

/// `h := g_N(h, m)` (section 8).
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(crate) fn compress(h: &mut Words, n: u128, m: &Words) {
    let tables = Tables {
        substitution: core::array::from_fn(|i| load_octets(&SUBSTITUTION[i])),
        rows: core::array::from_fn(|i| load_octets(&ROWS[i])),
        matrices: core::array::from_fn(|i| load(&MATRICES[i].0)),
    };
    let transposition = load_octets(&TRANSPOSITION);
    let transpose = |a| _mm512_permutexvar_epi8(transposition, a);

    let before = load(h);
    let block = load(m);
    let count = load(&[n as u64, (n >> 64) as u64, 0, 0, 0, 0, 0, 0]);
    let mut key = lps(&tables, transpose(_mm512_xor_si512(before, count)));
    let mut state = _mm512_xor_si512(transpose(block), key);
    for constant in &CONSTANTS {
        key = lps(&tables, _mm512_xor_si512(key, load(&constant.0)));
        state = _mm512_xor_si512(lps(&tables, state), key);
    }
    let after = _mm512_ternarylogic_epi64::<SUM>(before, block, transpose(state));
    // SAFETY: the reference is to 64 octets.
    unsafe { _mm512_storeu_si512(h.as_mut_ptr().cast(), after) };
}
