//! Residues modulo 2^n - c and 2^(n-1) + c, n = 256 or 512, c below 2^12.
//!
//! The words hold any number below 2^n; only comparisons and output make it canonical. A product of 2n
//! bits is folded once by 2^n = c or 2^n = -2c, which costs N word products instead of the N^2 of
//! Montgomery's reduction.

use core::marker::PhantomData;

use super::field::Field;
use super::words::{self, BITS, Mask, N512, Word, mac};
use crate::gost::octets::Integer;

/// A prime of special form in N words of n bits together.
pub(crate) trait SpecialPrime<const N: usize>: Copy + 'static {
    /// The prime.
    const P: [Word; N];
    /// c.
    const C: Word;
    /// False for 2^n - c, true for 2^(n-1) + c.
    const ABOVE: bool;

    /// 1/a modulo the prime, 0 for 0; a is below the prime.
    fn invert(a: &[Word; N]) -> [Word; N];
}

/// A residue modulo a [`SpecialPrime`].
pub(crate) struct Special<P, const N: usize>([Word; N], PhantomData<P>);

impl<P, const N: usize> Clone for Special<P, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, const N: usize> Copy for Special<P, N> {}

impl<P: SpecialPrime<N>, const N: usize> Special<P, N> {
    const TOP: Word = 1 << (BITS - 1);

    /// From hexadecimal digits; for constants.
    pub(crate) const fn from_hex(hex: &str) -> Self {
        Self(words::from_hex(hex), PhantomData)
    }

    /// The representative below the prime: one subtraction does, as 2^n < 2p.
    fn canonical(&self) -> [Word; N] {
        words::subtract_once(&self.0, &P::P)
    }

    /// low + 2^n high.
    #[inline(always)]
    fn fold(low: &[Word; N], high: &[Word; N]) -> Self {
        let mut out = *low;
        if P::ABOVE {
            let c = 2 * P::C;
            let mut borrow: Word = 0;
            let mut i = 0;
            while i < N {
                // out - c high: the product's carry and the subtraction's borrow travel together.
                let (product, carry) = mac(0, c, high[i], borrow);
                let (word, under) = out[i].overflowing_sub(product);
                out[i] = word;
                borrow = carry + under as Word;
                i += 1;
            }
            let (mut out, carry) = words::add_word(&out, borrow * c);
            // Past 2^n the number is tiny: 2^n - p = 2^(n-1) - c is added, which cannot overflow.
            let carry = Mask::from_bit(carry as Word);
            out[N - 1] |= carry.keep(1 << (BITS - 1));
            let (out, _) = words::sub_word(&out, carry.keep(P::C));
            Self(out, PhantomData)
        } else {
            let mut carry: Word = 0;
            let mut i = 0;
            while i < N {
                (out[i], carry) = mac(out[i], high[i], P::C, carry);
                i += 1;
            }
            let (mut out, again) = words::add_word(&out, carry * P::C);
            // Past 2^n the number is tiny, so this cannot carry.
            out[0] = out[0].wrapping_add(Mask::from_bit(again as Word).keep(P::C));
            Self(out, PhantomData)
        }
    }
}

impl<P: SpecialPrime<N>, const N: usize> Field for Special<P, N> {
    type Words = [Word; N];

    const MODULUS: Integer = Integer::from_words(&P::P);
    const ZERO: Self = Self([0; N], PhantomData);
    const ONE: Self = Self(words::from_hex("1"), PhantomData);

    fn from_integer(value: &Integer) -> Option<Self> {
        if value.exceeds(N * BITS / 8) {
            return None;
        }
        let number = words::from_le(value.octets());
        let (_, below) = words::sub(&number, &P::P);
        below.then_some(Self(number, PhantomData))
    }

    fn reduce(value: &Integer) -> Self {
        let (low, high) = value.octets().split_at(N * BITS / 8);
        Self::fold(&words::from_le(low), &words::from_le(high))
    }

    fn to_integer(&self) -> Integer {
        Integer::from_words(&self.canonical())
    }

    // Straight into the formulas on a desktop; a call each where flash is dear.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn add(&self, other: &Self) -> Self {
        let (mut sum, carry) = words::add(&self.0, &other.0);
        if P::ABOVE {
            // 2^n = 2p - 2c. With the top bit set as well, p is taken off twice, else once.
            let carry = Mask::from_bit(carry as Word);
            let top = sum[N - 1] >> (BITS - 1);
            sum[N - 1] |= carry.keep(1 << (BITS - 1));
            let (out, _) = words::sub_word(&sum, carry.keep(P::C + Mask::from_bit(top).keep(P::C)));
            Self(out, PhantomData)
        } else {
            // A product with the carry would do, and is compiled to a branch here and there.
            let (mut out, again) = words::add_word(&sum, Mask::from_bit(carry as Word).keep(P::C));
            out[0] = out[0].wrapping_add(Mask::from_bit(again as Word).keep(P::C));
            Self(out, PhantomData)
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn sub(&self, other: &Self) -> Self {
        let (mut difference, borrow) = words::sub(&self.0, &other.0);
        if P::ABOVE {
            let borrow = Mask::from_bit(borrow as Word);
            let top = difference[N - 1] >> (BITS - 1);
            difference[N - 1] &= !borrow.keep(1 << (BITS - 1));
            let (out, _) =
                words::add_word(&difference, borrow.keep(P::C + Mask::from_bit(top ^ 1).keep(P::C)));
            Self(out, PhantomData)
        } else {
            let (mut out, again) = words::sub_word(&difference, Mask::from_bit(borrow as Word).keep(P::C));
            out[0] = out[0].wrapping_sub(Mask::from_bit(again as Word).keep(P::C));
            Self(out, PhantomData)
        }
    }

    #[inline(always)]
    fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    #[inline]
    fn mul(&self, other: &Self) -> Self {
        let (low, high) = multiply(&self.0, &other.0);
        Self::fold(&low, &high)
    }

    #[inline]
    fn square(&self) -> Self {
        let (low, high) = square(&self.0);
        Self::fold(&low, &high)
    }

    fn invert(&self) -> Self {
        Self(P::invert(&self.canonical()), PhantomData)
    }

    #[inline(always)]
    fn load(words: &[Word; N]) -> Self {
        Self(*words, PhantomData)
    }

    fn store(&self) -> [Word; N] {
        self.canonical()
    }

    #[inline(always)]
    fn is_zero(&self) -> Mask {
        let mut difference = 0;
        let mut i = 0;
        while i < N {
            difference |= self.0[i] ^ P::P[i];
            i += 1;
        }
        words::is_zero(&self.0).or(Mask::is_zero(difference))
    }

    #[inline(always)]
    fn select(mask: Mask, a: &Self, b: &Self) -> Self {
        Self(mask.select_words(&a.0, &b.0), PhantomData)
    }
}

/// Runs a row for every index of the factor: straight-line code up to 8 words, where a loop costs a
/// fifth more; a loop for 16, where straight-line code spills every register of a Cortex-M.
macro_rules! rows {
    ($n:expr, $i:ident => $row:expr) => {
        if $n <= 8 {
            rows!(@straight $n, $i => $row, 0 1 2 3 4 5 6 7)
        } else {
            let mut $i = 0;
            while $i < $n {
                $row
                $i += 1;
            }
        }
    };
    (@straight $n:expr, $i:ident => $row:expr, $($index:literal)*) => {{
        $(if $index < $n {
            #[allow(unused_variables)]
            let $i: usize = $index;
            $row
        })*
    }};
}

/// a b: the low and the high half.
#[inline(always)]
pub(crate) const fn multiply<const N: usize>(a: &[Word; N], b: &[Word; N]) -> ([Word; N], [Word; N]) {
    let mut out = [0; 2 * N512];
    rows!(N, i => {
        let mut carry = 0;
        let mut j = 0;
        while j < N {
            (out[i + j], carry) = mac(out[i + j], a[i], b[j], carry);
            j += 1;
        }
        out[i + N] = carry;
    });
    halves(&out)
}

/// a^2: the low and the high half. Each mixed product is computed once and doubled.
#[inline(always)]
pub(crate) const fn square<const N: usize>(a: &[Word; N]) -> ([Word; N], [Word; N]) {
    let mut out = [0; 2 * N512];
    rows!(N, i => {
        let mut carry = 0;
        let mut j = i + 1;
        while j < N {
            (out[i + j], carry) = mac(out[i + j], a[i], a[j], carry);
            j += 1;
        }
        out[i + N] = carry;
    });
    let mut shifted = 0;
    let mut i = 0;
    while i < 2 * N {
        let next = out[i] >> (BITS - 1);
        out[i] = (out[i] << 1) | shifted;
        shifted = next;
        i += 1;
    }
    let mut carry = false;
    let mut i = 0;
    while i < N {
        let (low, high) = mac(out[2 * i], a[i], a[i], carry as Word);
        out[2 * i] = low;
        (out[2 * i + 1], carry) = out[2 * i + 1].overflowing_add(high);
        i += 1;
    }
    halves(&out)
}

#[inline(always)]
const fn halves<const N: usize>(wide: &[Word; 2 * N512]) -> ([Word; N], [Word; N]) {
    let mut low = [0; N];
    let mut high = [0; N];
    let mut i = 0;
    while i < N {
        low[i] = wide[i];
        high[i] = wide[N + i];
        i += 1;
    }
    (low, high)
}
