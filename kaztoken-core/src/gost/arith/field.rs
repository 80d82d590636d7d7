//! What the curve formulas ask of a field.

use super::words::{Mask, Word};
use crate::gost::octets::Integer;

/// A number modulo a prime, in whatever form is fast. All in constant time.
pub(crate) trait Field: Copy + Send + Sync + 'static {
    /// How tables hold a number: the words of its inner form.
    type Words: AsRef<[Word]> + AsMut<[Word]> + Copy + 'static;

    /// The prime.
    const MODULUS: Integer;
    /// The field's 0.
    const ZERO: Self;
    /// The field's 1.
    const ONE: Self;

    /// `None` when the number is not below the prime. That it is, is public.
    fn from_integer(value: &Integer) -> Option<Self>;
    /// Any number of up to 512 bits, modulo the prime.
    fn reduce(value: &Integer) -> Self;
    /// The one representative below the prime.
    fn to_integer(&self) -> Integer;

    fn add(&self, other: &Self) -> Self;
    fn sub(&self, other: &Self) -> Self;
    fn neg(&self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    fn square(&self) -> Self;
    /// 1/a, and 0 for 0.
    fn invert(&self) -> Self;
    /// From a table.
    fn load(words: &Self::Words) -> Self;
    /// For tables; the canonical form.
    fn store(&self) -> Self::Words;

    fn is_zero(&self) -> Mask;
    /// `a` where the mask is set, else `b`.
    fn select(mask: Mask, a: &Self, b: &Self) -> Self;

    /// True when both are the same number.
    fn equals(&self, other: &Self) -> Mask {
        self.sub(other).is_zero()
    }

    fn double(&self) -> Self {
        self.add(self)
    }

    fn triple(&self) -> Self {
        self.double().add(self)
    }
}

/// Inverts all numbers with one inversion; 0 stays 0. `scratch` is as long as `values`.
pub(crate) fn batch_invert<F: Field>(values: &mut [F], scratch: &mut [F]) {
    let mut product = F::ONE;
    for (value, before) in values.iter_mut().zip(scratch.iter_mut()) {
        *before = product;
        let factor = F::select(value.is_zero(), &F::ONE, value);
        product = product.mul(&factor);
    }
    let mut inverse = product.invert();
    for (value, before) in values.iter_mut().zip(scratch.iter()).rev() {
        let zero = value.is_zero();
        let factor = F::select(zero, &F::ONE, value);
        *value = F::select(zero, &F::ZERO, &inverse.mul(before));
        inverse = inverse.mul(&factor);
    }
}
