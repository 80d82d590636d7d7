//! Residues modulo any odd prime in Montgomery's form: group orders, and the two fields of no special shape.

use core::marker::PhantomData;

use zeroize::Zeroize;

use super::field::Field;
use super::words::{self, BITS, Mask, N512, Wide, Word, mac};
use crate::gost::octets::Integer;

/// An odd prime of N words; it need not fill them.
pub(crate) trait Modulus<const N: usize>: Copy + Send + Sync + 'static {
    /// The prime.
    const M: [Word; N];

    /// 1/a modulo the prime, 0 for 0; a is below the prime.
    fn invert(a: &[Word; N]) -> [Word; N];
}

/// a 2^n modulo the prime, n the bits of N words, always below the prime.
pub(crate) struct Montgomery<M, const N: usize>([Word; N], PhantomData<M>);

impl<M, const N: usize> Clone for Montgomery<M, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, const N: usize> Copy for Montgomery<M, N> {}

impl<M, const N: usize> Zeroize for Montgomery<M, N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<M: Modulus<N>, const N: usize> Montgomery<M, N> {
    /// -1/m modulo 2^BITS, by Newton's iteration.
    const NEGATIVE_INVERSE: Word = {
        let mut inverse: Word = 1;
        let mut i = 0;
        while i < 6 {
            inverse = inverse.wrapping_mul((2 as Word).wrapping_sub(M::M[0].wrapping_mul(inverse)));
            i += 1;
        }
        inverse.wrapping_neg()
    };
    /// 2^n, 2^2n and 2^3n modulo the prime.
    const R: [Word; N] = power_of_two(&M::M, N * BITS);
    const R2: [Word; N] = power_of_two(&M::M, 2 * N * BITS);
    const R3: [Word; N] = power_of_two(&M::M, 3 * N * BITS);

    /// Bits of the prime.
    pub(crate) const BITS: usize = words::bit_len(&M::M);

    /// The ones that the prime's words begin with, in the highest word.
    pub(crate) const TOP_ONES: usize = M::M[N - 1].leading_ones() as usize;

    /// From hexadecimal digits of a number below the prime; for constants.
    pub(crate) const fn from_hex(hex: &str) -> Self {
        Self(multiply::<M, N>(&words::from_hex(hex), &Self::R2), PhantomData)
    }

    /// The number itself, in words.
    pub(crate) fn canonical(&self) -> [Word; N] {
        multiply::<M, N>(&self.0, &words::from_hex("1"))
    }
}

impl<M: Modulus<N>, const N: usize> Field for Montgomery<M, N> {
    type Words = [Word; N];

    const MODULUS: Integer = Integer::from_words(&M::M);
    const ZERO: Self = Self([0; N], PhantomData);
    const ONE: Self = Self(Self::R, PhantomData);

    fn from_integer(value: &Integer) -> Option<Self> {
        if value.exceeds(N * BITS / 8) {
            return None;
        }
        let number = words::from_le(value.octets());
        let (_, below) = words::sub(&number, &M::M);
        Mask::from_bit(below as Word)
            .declassify()
            .then(|| Self(multiply::<M, N>(&number, &Self::R2), PhantomData))
    }

    fn reduce(value: &Integer) -> Self {
        let (low, high) = value.octets().split_at(N * BITS / 8);
        let low = multiply::<M, N>(&words::from_le(low), &Self::R2);
        let high = multiply::<M, N>(&words::from_le(high), &Self::R3);
        Self(low, PhantomData).add(&Self(high, PhantomData))
    }

    fn to_integer(&self) -> Integer {
        Integer::from_words(&self.canonical())
    }

    #[inline]
    fn add(&self, other: &Self) -> Self {
        let (sum, carry) = words::add(&self.0, &other.0);
        let (less, borrow) = words::sub(&sum, &M::M);
        let keep = Mask::from_bit((borrow & !carry) as Word);
        Self(keep.select_words(&sum, &less), PhantomData)
    }

    #[inline]
    fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = words::sub(&self.0, &other.0);
        let (more, _) = words::add(&difference, &M::M);
        Self(Mask::from_bit(borrow as Word).select_words(&more, &difference), PhantomData)
    }

    fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    fn mul(&self, other: &Self) -> Self {
        Self(multiply::<M, N>(&self.0, &other.0), PhantomData)
    }

    fn square(&self) -> Self {
        self.mul(self)
    }

    fn invert(&self) -> Self {
        // The inverse of a R is a^-1 R^-1; two factors of R are missing, and one is lost on the way.
        Self(multiply::<M, N>(&M::invert(&self.0), &Self::R3), PhantomData)
    }

    #[inline(always)]
    fn load(words: &[Word; N]) -> Self {
        Self(*words, PhantomData)
    }

    fn store(&self) -> [Word; N] {
        self.0
    }

    fn is_zero(&self) -> Mask {
        words::is_zero(&self.0)
    }

    #[inline(always)]
    fn select(mask: Mask, a: &Self, b: &Self) -> Self {
        Self(mask.select_words(&a.0, &b.0), PhantomData)
    }
}

/// a b / 2^n modulo the prime; b is below the prime, a below 2^n.
const fn multiply<M: Modulus<N>, const N: usize>(a: &[Word; N], b: &[Word; N]) -> [Word; N] {
    let mut t = [0; N512];
    let mut top = 0; // one bit above the N words; as a `bool` it would be compiled to a branch
    let mut i = 0;
    while i < N {
        let mut carry = 0;
        let mut j = 0;
        while j < N {
            (t[j], carry) = mac(t[j], a[i], b[j], carry);
            j += 1;
        }
        let sum = carry as Wide + top as Wide;
        let factor = t[0].wrapping_mul(Montgomery::<M, N>::NEGATIVE_INVERSE);
        let (_, mut carry) = mac(t[0], factor, M::M[0], 0);
        let mut j = 1;
        while j < N {
            (t[j - 1], carry) = mac(t[j], factor, M::M[j], carry);
            j += 1;
        }
        let sum = sum + carry as Wide;
        t[N - 1] = sum as Word;
        top = (sum >> BITS) as Word;
        i += 1;
    }
    let mut out = [0; N];
    let mut i = 0;
    while i < N {
        out[i] = t[i];
        i += 1;
    }
    let (less, borrow) = words::sub(&out, &M::M);
    let keep = Mask::from_bit(borrow as Word & !top);
    let mut i = 0;
    while i < N {
        out[i] = keep.select(out[i], less[i]);
        i += 1;
    }
    out
}

/// 2^exponent modulo m; for constants.
const fn power_of_two<const N: usize>(m: &[Word; N], exponent: usize) -> [Word; N] {
    let mut out: [Word; N] = words::from_hex("1");
    let mut i = 0;
    while i < exponent {
        let (twice, carry) = words::add(&out, &out);
        let (less, borrow) = words::sub(&twice, m);
        out = if carry || !borrow { less } else { twice };
        i += 1;
    }
    out
}
