//! Integers of a fixed number of machine words, and masks that the optimiser cannot see through.

use core::hint::black_box;

#[cfg(any(kaztoken_limbs = "64", all(not(kaztoken_limbs = "32"), target_pointer_width = "64")))]
mod size {
    pub(crate) type Word = u64;
    pub(crate) type Wide = u128;
}

#[cfg(not(any(kaztoken_limbs = "64", all(not(kaztoken_limbs = "32"), target_pointer_width = "64"))))]
mod size {
    pub(crate) type Word = u32;
    pub(crate) type Wide = u64;
}

pub(crate) use size::{Wide, Word};

/// Bits of a word.
pub(crate) const BITS: usize = Word::BITS as usize;
/// Words of a 256-bit number.
pub(crate) const N256: usize = 256 / BITS;
/// Words of a 512-bit number.
pub(crate) const N512: usize = 512 / BITS;

/// All ones or all zeros: a condition that selects without a branch.
///
/// LLVM recognises masks made by arithmetic and turns them back into branches; `black_box` hides where
/// the mask comes from.
#[derive(Clone, Copy)]
pub(crate) struct Mask(Word);

impl Mask {
    /// From a bit, 0 or 1.
    #[inline(always)]
    pub(crate) const fn from_bit(bit: Word) -> Self {
        Self(black_box((0 as Word).wrapping_sub(bit)))
    }

    /// True when `a` is 0.
    #[inline(always)]
    pub(crate) fn is_zero(a: Word) -> Self {
        Self::from_bit(((a | a.wrapping_neg()) >> (BITS - 1)) ^ 1)
    }

    /// True when `a` equals `b`.
    #[inline(always)]
    pub(crate) fn eq(a: Word, b: Word) -> Self {
        Self::is_zero(a ^ b)
    }

    #[inline(always)]
    pub(crate) fn not(self) -> Self {
        Self(!self.0)
    }

    #[inline(always)]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `a` where the mask is set, else `b`.
    #[inline(always)]
    pub(crate) const fn select(self, a: Word, b: Word) -> Word {
        b ^ (self.0 & (a ^ b))
    }

    /// `a` where the mask is set, else 0.
    #[inline(always)]
    pub(crate) fn keep(self, a: Word) -> Word {
        self.0 & a
    }

    /// As [`Mask::select`], word by word.
    #[inline(always)]
    pub(crate) fn select_words<const N: usize>(self, a: &[Word; N], b: &[Word; N]) -> [Word; N] {
        let mut out = *b;
        let mut i = 0;
        while i < N {
            out[i] = self.select(a[i], b[i]);
            i += 1;
        }
        out
    }

    /// The condition as a `bool`. What it depends on must be public.
    #[inline(always)]
    pub(crate) fn is_set_vartime(self) -> bool {
        self.0 != 0
    }

    /// The condition as a `bool`, which is public from here on although it comes from a secret.
    ///
    /// Looked up in memory, in a function of its own: what checks that time and addresses do not depend on
    /// secrets knows this one place, and takes what is read for public.
    #[inline(never)]
    pub(crate) fn declassify(self) -> bool {
        black_box(&[false, true])[(self.0 & 1) as usize]
    }
}

/// Makes masks in a loop without a trip through memory for each: the 1 that it holds is hidden instead.
pub(crate) struct MaskMaker(Word);

impl MaskMaker {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self(black_box(1))
    }

    /// True when a = b; both are small, below 2^(BITS - 1).
    #[inline(always)]
    pub(crate) fn equal(&self, a: Word, b: Word) -> Mask {
        let bit = ((a ^ b).wrapping_sub(1) >> (BITS - 1)) & self.0;
        Mask((0 as Word).wrapping_sub(bit))
    }
}

/// a + b + carry: the sum and the new carry (0 or 1).
#[inline(always)]
pub(crate) const fn adc(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as Word);
    (sum, first | second)
}

/// a - b - borrow: the difference and the new borrow (0 or 1).
#[inline(always)]
pub(crate) const fn sbb(a: Word, b: Word, borrow: bool) -> (Word, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow as Word);
    (difference, first | second)
}

/// t + a b + carry: low word and high word. Never overflows; UMAAL on a Cortex-M4.
#[inline(always)]
pub(crate) const fn mac(t: Word, a: Word, b: Word, carry: Word) -> (Word, Word) {
    let wide = a as Wide * b as Wide + t as Wide + carry as Wide;
    (wide as Word, (wide >> BITS) as Word)
}

/// a + b and the carry.
#[inline(always)]
pub(crate) const fn add<const N: usize>(a: &[Word; N], b: &[Word; N]) -> ([Word; N], bool) {
    let mut out = [0; N];
    let mut carry = false;
    let mut i = 0;
    while i < N {
        (out[i], carry) = adc(a[i], b[i], carry);
        i += 1;
    }
    (out, carry)
}

/// a - b and the borrow.
#[inline(always)]
pub(crate) const fn sub<const N: usize>(a: &[Word; N], b: &[Word; N]) -> ([Word; N], bool) {
    let mut out = [0; N];
    let mut borrow = false;
    let mut i = 0;
    while i < N {
        (out[i], borrow) = sbb(a[i], b[i], borrow);
        i += 1;
    }
    (out, borrow)
}

/// a + small and the carry.
#[inline(always)]
pub(crate) const fn add_word<const N: usize>(a: &[Word; N], small: Word) -> ([Word; N], bool) {
    let mut out = *a;
    let (first, mut carry) = a[0].overflowing_add(small);
    out[0] = first;
    let mut i = 1;
    while i < N {
        (out[i], carry) = a[i].overflowing_add(carry as Word);
        i += 1;
    }
    (out, carry)
}

/// a - small and the borrow.
#[inline(always)]
pub(crate) const fn sub_word<const N: usize>(a: &[Word; N], small: Word) -> ([Word; N], bool) {
    let mut out = *a;
    let (first, mut borrow) = a[0].overflowing_sub(small);
    out[0] = first;
    let mut i = 1;
    while i < N {
        (out[i], borrow) = a[i].overflowing_sub(borrow as Word);
        i += 1;
    }
    (out, borrow)
}

/// True when a is 0.
#[inline(always)]
pub(crate) fn is_zero<const N: usize>(a: &[Word; N]) -> Mask {
    Mask::is_zero(a.iter().fold(0, |all, word| all | word))
}

/// a - m where that is not negative, else a.
#[inline(always)]
pub(crate) fn subtract_once<const N: usize>(a: &[Word; N], m: &[Word; N]) -> [Word; N] {
    let (less, borrow) = sub(a, m);
    Mask::from_bit(borrow as Word).select_words(a, &less)
}

/// From hexadecimal digits, the highest first, as the RFCs print them; for constants.
pub(crate) const fn from_hex<const N: usize>(hex: &str) -> [Word; N] {
    let digits = hex.as_bytes();
    assert!(digits.len() * 4 <= N * BITS, "too many digits");
    let mut out = [0; N];
    let mut i = 0;
    while i < digits.len() {
        let digit = digits[digits.len() - 1 - i];
        assert!(digit.is_ascii_digit() || (digit >= b'A' && digit <= b'F'), "not a hexadecimal digit");
        let digit = if digit.is_ascii_digit() { digit - b'0' } else { digit - b'A' + 10 };
        out[i * 4 / BITS] |= (digit as Word) << (i * 4 % BITS);
        i += 1;
    }
    out
}

/// From little-endian octets: as many as the words hold are read, missing ones are 0.
#[inline]
pub(crate) const fn from_le<const N: usize>(octets: &[u8]) -> [Word; N] {
    let mut out = [0; N];
    let mut i = 0;
    while i < octets.len() && i < N * BITS / 8 {
        out[i * 8 / BITS] |= (octets[i] as Word) << (i * 8 % BITS);
        i += 1;
    }
    out
}

/// The number of bits of a number. Not in constant time: for constants.
pub(crate) const fn bit_len<const N: usize>(a: &[Word; N]) -> usize {
    let mut i = N;
    while i > 0 {
        i -= 1;
        if a[i] != 0 {
            return (i + 1) * BITS - a[i].leading_zeros() as usize;
        }
    }
    0
}
