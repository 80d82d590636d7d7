//! Octet strings and integers of the two sizes GOST R 34.10 knows, without a heap.

use core::fmt;

use zeroize::Zeroize;

use super::arith::words::{BITS, Mask, Word};

/// Largest integer in octets: the 512-bit sets.
pub(super) const MAX: usize = 64;

/// Up to `N` octets in place: what the encoders of this module return.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Octets<const N: usize> {
    // Zero beyond `len`, so that the derived comparison is right.
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Octets<N> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Appends what fits; the callers' sizes are constants below `N`.
    pub(super) fn append(mut self, octets: impl IntoIterator<Item = u8>) -> Self {
        self.extend(octets);
        self
    }

    /// As [`append`](Self::append), in place: secrets are not moved about.
    pub(super) fn extend(&mut self, octets: impl IntoIterator<Item = u8>) {
        for octet in octets {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = octet;
                self.len = self.len.saturating_add(1);
            }
        }
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }
}

impl<const N: usize> Zeroize for Octets<N> {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
        self.len = 0;
    }
}

impl<const N: usize> AsRef<[u8]> for Octets<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<const N: usize> core::ops::Deref for Octets<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<const N: usize> fmt::Debug for Octets<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.as_slice().iter())
    }
}

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for Octets<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[u8]:02x}", self.as_slice());
    }
}

/// A number of up to 512 bits: little-endian octets, zero padded, whatever the parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Integer([u8; MAX]);

impl Integer {
    pub(super) const ZERO: Self = Self([0; MAX]);

    /// From words, the lowest first; anything beyond 512 bits is left out.
    #[allow(clippy::indexing_slicing, reason = "the bounds of the loop are those of the arrays")]
    pub(super) const fn from_words<const N: usize>(words: &[Word; N]) -> Self {
        let mut octets = [0; MAX];
        let mut i = 0;
        while i < MAX && i * 8 / BITS < N {
            octets[i] = (words[i * 8 / BITS] >> (i * 8 % BITS)) as u8;
            i += 1;
        }
        Self(octets)
    }

    /// All octets, the lowest first.
    pub(super) const fn octets(&self) -> &[u8; MAX] {
        &self.0
    }

    /// Bit `i`; 0 beyond the end. The index is public.
    pub(super) fn bit(&self, i: usize) -> u8 {
        self.0.get(i / 8).map_or(0, |octet| (octet >> (i % 8)) & 1)
    }

    /// modulus - self where the mask is set, else self. In constant time.
    pub(super) fn subtract_from_where(&self, mask: Mask, modulus: &Self) -> Self {
        let mask = mask.keep(0xff) as u8;
        let mut out = *self;
        let mut borrow = 0;
        for (place, from) in out.0.iter_mut().zip(&modulus.0) {
            let difference = u16::from(*from).wrapping_sub(u16::from(*place)).wrapping_sub(borrow);
            borrow = (difference >> 8) & 1;
            *place ^= mask & (*place ^ difference as u8);
        }
        out
    }

    /// True for 0. In constant time.
    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().fold(0, |all, octet| all | octet) == 0
    }

    /// True when self < other. In constant time.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        let borrow = self.0.iter().zip(&other.0).fold(0_u16, |borrow, (a, b)| {
            (u16::from(*a).wrapping_sub(u16::from(*b)).wrapping_sub(borrow) >> 8) & 1
        });
        borrow != 0
    }

    /// self + other; `None` past 512 bits. Not in constant time.
    pub(super) fn checked_add(&self, other: &Self) -> Option<Self> {
        let mut sum = Self::ZERO;
        let mut carry = 0;
        for (place, (a, b)) in sum.0.iter_mut().zip(self.0.iter().zip(&other.0)) {
            let wide = u16::from(*a) + u16::from(*b) + carry;
            *place = wide as u8;
            carry = wide >> 8;
        }
        (carry == 0).then_some(sum)
    }

    /// From little-endian octets; anything beyond 64 of them is left out, so callers check lengths first.
    pub(super) fn from_le(octets: &[u8]) -> Self {
        let mut value = Self::ZERO;
        value.0.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
        value
    }

    /// From big-endian octets, as [`Integer::from_le`].
    pub(super) fn from_be(octets: &[u8]) -> Self {
        let mut value = Self::ZERO;
        value.0.iter_mut().zip(octets.iter().rev()).for_each(|(place, octet)| *place = *octet);
        value
    }

    /// The `len` low octets, the lowest first.
    pub(super) fn le(&self, len: usize) -> impl DoubleEndedIterator<Item = u8> + '_ {
        self.le_slice(len).iter().copied()
    }

    /// The `len` low octets, the highest first.
    pub(super) fn be(&self, len: usize) -> impl Iterator<Item = u8> + '_ {
        self.le_slice(len).iter().rev().copied()
    }

    /// True when the value takes more than `len` octets.
    pub(super) fn exceeds(&self, len: usize) -> bool {
        self.0.get(len..).is_some_and(|high| high.iter().any(|octet| *octet != 0))
    }

    /// The `len` low octets in one piece, the lowest first.
    pub(super) fn le_slice(&self, len: usize) -> &[u8] {
        self.0.get(..len).unwrap_or(&self.0)
    }
}

impl Zeroize for Integer {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0.iter().rev().skip_while(|octet| **octet == 0))
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Integer {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "le:{=[u8]:02x}", self.0.as_slice());
    }
}

fn write_hex<'a>(f: &mut fmt::Formatter<'_>, octets: impl Iterator<Item = &'a u8>) -> fmt::Result {
    for octet in octets {
        write!(f, "{octet:02x}")?;
    }
    Ok(())
}
