//! Numbers modulo q.

use core::cmp::Ordering;
use core::fmt;
use core::iter::{Product, Sum};

use elliptic_curve::FieldBytes;
use elliptic_curve::bigint::ArrayEncoding;
use elliptic_curve::ff::{self, PrimeField};
use elliptic_curve::ops::{Invert, Reduce, Retrieve};
use elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
use elliptic_curve::subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use rand_core::TryRng;

use super::{OrderField, PrimeOrder, choice, from_bytes, mask, operators, selectable, to_bytes};
use crate::gost::arith::field::Field;
use crate::gost::octets::Integer;

/// A number modulo the order q of a curve.
pub struct Scalar<C: PrimeOrder>(pub(super) OrderField<C>);

selectable!(Scalar);

operators! {
    Scalar,
    Add add, AddAssign add_assign, Scalar, sum_with;
    Sub sub, SubAssign sub_assign, Scalar, less;
    Mul mul, MulAssign mul_assign, Scalar, times;
}

impl<C: PrimeOrder> Scalar<C> {
    fn sum_with(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    fn less(&self, other: &Self) -> Self {
        Self(self.0.sub(&other.0))
    }

    fn times(&self, other: &Self) -> Self {
        Self(self.0.mul(&other.0))
    }

    /// Below q and not 0, or 0.
    pub(super) fn number(&self) -> Integer {
        self.0.to_integer()
    }

    /// Modulo q.
    pub(super) fn from_number(number: &Integer) -> Self {
        Self(Field::reduce(number))
    }

    /// 1024 random bits modulo q, evenly distributed but for 2^-512.
    pub(super) fn random<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut octets = zeroize::Zeroizing::new([0; 64]);
        rng.try_fill_bytes(octets.as_mut())?;
        let high = Self::from_number(&Integer::from_le(octets.as_ref()));
        rng.try_fill_bytes(octets.as_mut())?;
        let low = Self::from_number(&Integer::from_le(octets.as_ref()));
        // 2^512
        let shift = Self::from_number(&Integer::from_le(&[0xff; 64])) + <Self as ff::Field>::ONE;
        Ok(high * shift + low)
    }
}

impl<C: PrimeOrder> fmt::Debug for Scalar<C> {
    /// Without the number: it may be a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").finish_non_exhaustive()
    }
}

impl<C: PrimeOrder> Default for Scalar<C> {
    fn default() -> Self {
        Self(OrderField::<C>::ZERO)
    }
}

impl<C: PrimeOrder> ConstantTimeEq for Scalar<C> {
    fn ct_eq(&self, other: &Self) -> Choice {
        choice(self.0.equals(&other.0))
    }
}

impl<C: PrimeOrder> ConditionallySelectable for Scalar<C> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(Field::select(mask(choice), &b.0, &a.0))
    }
}

impl<C: PrimeOrder> PartialOrd for Scalar<C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (a, b) = (self.number(), other.number());
        Some(u8::from(b.is_below(&a)).cmp(&u8::from(a.is_below(&b))))
    }
}

impl<C: PrimeOrder> core::ops::Neg for Scalar<C> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.neg())
    }
}

impl<C: PrimeOrder> core::ops::Neg for &Scalar<C> {
    type Output = Scalar<C>;

    fn neg(self) -> Scalar<C> {
        -*self
    }
}

impl<C: PrimeOrder> Sum for Scalar<C> {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(ff::Field::ZERO, |sum, number| sum + number)
    }
}

impl<'a, C: PrimeOrder> Sum<&'a Self> for Scalar<C> {
    fn sum<I: Iterator<Item = &'a Self>>(numbers: I) -> Self {
        numbers.copied().sum()
    }
}

impl<C: PrimeOrder> Product for Scalar<C> {
    fn product<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(ff::Field::ONE, |product, number| product * number)
    }
}

impl<'a, C: PrimeOrder> Product<&'a Self> for Scalar<C> {
    fn product<I: Iterator<Item = &'a Self>>(numbers: I) -> Self {
        numbers.copied().product()
    }
}

impl<C: PrimeOrder> ff::Field for Scalar<C> {
    const ZERO: Self = Self(OrderField::<C>::ZERO);
    const ONE: Self = Self(OrderField::<C>::ONE);

    fn try_random<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        Self::random(rng)
    }

    fn square(&self) -> Self {
        Self(self.0.square())
    }

    fn double(&self) -> Self {
        Self(self.0.double())
    }

    fn invert(&self) -> CtOption<Self> {
        CtOption::new(Self(self.0.invert()), !ff::Field::is_zero(self))
    }

    fn sqrt_ratio(num: &Self, div: &Self) -> (Choice, Self) {
        ff::helpers::sqrt_ratio_generic(num, div)
    }

    fn sqrt(&self) -> CtOption<Self> {
        let (exists, root) = C::SCALAR_ROOTS.sqrt(&self.0);
        CtOption::new(Self(root), choice(exists))
    }
}

impl<C: PrimeOrder> PrimeField for Scalar<C> {
    type Repr = FieldBytes<C>;

    const MODULUS: &'static str = C::ORDER_HEX;
    const NUM_BITS: u32 = C::ORDER_BITS;
    const CAPACITY: u32 = C::ORDER_BITS - 1;
    const TWO_INV: Self = Self(C::HALF);
    /// A quadratic non-residue; whether it generates the whole group is not known, as q - 1 is not factored.
    const MULTIPLICATIVE_GENERATOR: Self = Self(C::NON_RESIDUE);
    const S: u32 = C::SCALAR_ROOTS.two_adicity;
    const ROOT_OF_UNITY: Self = Self(C::ROOT);
    const ROOT_OF_UNITY_INV: Self = Self(C::INVERSE_ROOT);
    const DELTA: Self = Self(C::DELTA);

    fn from_repr(repr: FieldBytes<C>) -> CtOption<Self> {
        let number = from_bytes(&repr);
        let below = Choice::from(u8::from(number.is_below(&OrderField::<C>::MODULUS)));
        CtOption::new(Self::from_number(&number), below)
    }

    fn to_repr(&self) -> FieldBytes<C> {
        to_bytes::<C>(&self.number())
    }

    fn is_odd(&self) -> Choice {
        Choice::from(self.number().bit(0))
    }
}

impl<C: PrimeOrder> From<u64> for Scalar<C> {
    fn from(number: u64) -> Self {
        Self::from_number(&Integer::from_le(&number.to_le_bytes()))
    }
}

impl<C: PrimeOrder> AsRef<Self> for Scalar<C> {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<C: PrimeOrder> FromUintUnchecked for Scalar<C> {
    type Uint = C::Uint;

    /// A number of q and above is reduced.
    fn from_uint_unchecked(number: C::Uint) -> Self {
        Self::from_number(&from_bytes(&number.to_be_byte_array()))
    }
}

impl<C: PrimeOrder> Reduce<FieldBytes<C>> for Scalar<C> {
    fn reduce(octets: &FieldBytes<C>) -> Self {
        Self::from_number(&from_bytes(octets))
    }
}

impl<C: PrimeOrder> Retrieve for Scalar<C> {
    type Output = C::Uint;

    fn retrieve(&self) -> C::Uint {
        elliptic_curve::field::bytes_to_uint::<C>(&self.to_repr())
    }
}

impl<C: PrimeOrder> Invert for Scalar<C> {
    type Output = CtOption<Self>;

    fn invert(&self) -> CtOption<Self> {
        ff::Field::invert(self)
    }
}

impl<C: PrimeOrder> IsHigh for Scalar<C> {
    /// q is odd: twice the number passes q, and so is odd modulo q, exactly when it is above q / 2.
    fn is_high(&self) -> Choice {
        ff::Field::double(self).is_odd()
    }
}
