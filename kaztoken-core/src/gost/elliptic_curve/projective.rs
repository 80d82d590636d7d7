//! Points as formulas take them.

use core::fmt;
use core::iter::Sum;

use elliptic_curve::group::prime::{PrimeCurve, PrimeGroup};
use elliptic_curve::group::{Curve as CurveGroup, Group, GroupEncoding};
use elliptic_curve::ops::{LinearCombination, MulByGeneratorVartime, MulVartime};
use elliptic_curve::point::NonIdentity;
use elliptic_curve::subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use elliptic_curve::{Error, PublicKey};
use rand_core::TryRng;
use zeroize::Zeroizing;

use super::{
    AffinePoint, BaseField, CompressedBytes, OrderField, PrimeOrder, Scalar, choice, mask, operators,
    selectable,
};
use crate::gost::arith::field::Field;
use crate::gost::arith::words::{Mask, Word};
use crate::gost::curve::Curve;
use crate::gost::curve::weierstrass::{self, Complete};

/// A point in homogeneous coordinates; all formulas are complete.
pub struct ProjectivePoint<C: PrimeOrder>(Complete<C>);

selectable!(ProjectivePoint);

operators! {
    ProjectivePoint,
    Add add, AddAssign add_assign, ProjectivePoint, plus;
    Sub sub, SubAssign sub_assign, ProjectivePoint, minus;
    Add add, AddAssign add_assign, AffinePoint, plus_affine;
    Sub sub, SubAssign sub_assign, AffinePoint, minus_affine;
    Mul mul, MulAssign mul_assign, Scalar, times;
}

impl<C: PrimeOrder> ProjectivePoint<C> {
    /// Infinity.
    pub const IDENTITY: Self =
        Self(Complete { x: BaseField::<C>::ZERO, y: BaseField::<C>::ONE, z: BaseField::<C>::ZERO });

    fn plus(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&-other)
    }

    fn plus_affine(&self, other: &AffinePoint<C>) -> Self {
        let sum = Self(self.0.add_affine(&other.0));
        Self::conditional_select(&sum, self, elliptic_curve::CurveAffine::is_identity(other))
    }

    fn minus_affine(&self, other: &AffinePoint<C>) -> Self {
        self.plus_affine(&-other)
    }

    /// An even k is replaced by q - k, 0 by q, and the result negated: right for every point and k.
    fn times(&self, k: &Scalar<C>) -> Self {
        let number = Zeroizing::new(k.number());
        let even = Mask::from_bit(Word::from(number.bit(0) ^ 1));
        let odd = Zeroizing::new(number.subtract_from_where(even, &OrderField::<C>::MODULUS));
        let bits = C::SET.scalar_len() * 8;
        Self(weierstrass::multiply_any(&self.0, &odd, bits).negate_where(even))
    }

    pub(super) fn random<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        Scalar::random(rng).map(|k| Self::mul_by_generator(&k))
    }
}

impl<C: PrimeOrder> fmt::Debug for ProjectivePoint<C> {
    /// Without coordinates: the point may be a shared secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectivePoint").finish_non_exhaustive()
    }
}

impl<C: PrimeOrder> Default for ProjectivePoint<C> {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl<C: PrimeOrder> ConstantTimeEq for ProjectivePoint<C> {
    fn ct_eq(&self, other: &Self) -> Choice {
        let (a, b) = (&self.0, &other.0);
        let x = a.x.mul(&b.z).equals(&b.x.mul(&a.z));
        // At infinity x is 0 and y is not, so that nothing else equals it.
        let y = a.y.mul(&b.z).equals(&b.y.mul(&a.z));
        let infinity = a.z.is_zero().and(b.z.is_zero());
        let neither = a.z.is_zero().or(b.z.is_zero()).not();
        choice(infinity.or(neither.and(x.and(y))))
    }
}

impl<C: PrimeOrder> ConditionallySelectable for ProjectivePoint<C> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let (a, b, mask) = (&a.0, &b.0, mask(choice));
        Self(Complete {
            x: Field::select(mask, &b.x, &a.x),
            y: Field::select(mask, &b.y, &a.y),
            z: Field::select(mask, &b.z, &a.z),
        })
    }
}

impl<C: PrimeOrder> core::ops::Neg for ProjectivePoint<C> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.negate_where(Mask::from_bit(1)))
    }
}

impl<C: PrimeOrder> core::ops::Neg for &ProjectivePoint<C> {
    type Output = ProjectivePoint<C>;

    fn neg(self) -> ProjectivePoint<C> {
        -*self
    }
}

impl<C: PrimeOrder> Sum for ProjectivePoint<C> {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::IDENTITY, |sum, point| sum + point)
    }
}

impl<'a, C: PrimeOrder> Sum<&'a Self> for ProjectivePoint<C> {
    fn sum<I: Iterator<Item = &'a Self>>(points: I) -> Self {
        points.copied().sum()
    }
}

impl<C: PrimeOrder> Group for ProjectivePoint<C> {
    type Scalar = Scalar<C>;

    fn try_random<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        Self::random(rng)
    }

    fn identity() -> Self {
        Self::IDENTITY
    }

    fn generator() -> Self {
        elliptic_curve::CurveAffine::to_curve(&AffinePoint::<C>::GENERATOR)
    }

    fn is_identity(&self) -> Choice {
        choice(self.0.z.is_zero())
    }

    fn double(&self) -> Self {
        Self(self.0.double())
    }

    fn mul_by_generator(k: &Scalar<C>) -> Self {
        let number = Zeroizing::new(k.number());
        let (x, y) = <C as Curve>::multiply_base(&number);
        let point = Self(Complete { x, y, z: BaseField::<C>::ONE });
        // The table's formulas end at infinity for 0, which has no coordinates.
        Self::conditional_select(&point, &Self::IDENTITY, elliptic_curve::Field::is_zero(k))
    }
}

impl<C: PrimeOrder> CurveGroup for ProjectivePoint<C> {
    type Affine = AffinePoint<C>;

    fn to_affine(&self) -> AffinePoint<C> {
        // 1/0 comes out as 0, and (0, 0) stands for infinity.
        AffinePoint(self.0.to_affine())
    }
}

impl<C: PrimeOrder> PrimeGroup for ProjectivePoint<C> {}
impl<C: PrimeOrder> PrimeCurve for ProjectivePoint<C> {}

impl<C: PrimeOrder> GroupEncoding for ProjectivePoint<C> {
    type Repr = CompressedBytes<C>;

    fn from_bytes(octets: &Self::Repr) -> CtOption<Self> {
        AffinePoint::from_bytes(octets).map(Self::from)
    }

    fn from_bytes_unchecked(octets: &Self::Repr) -> CtOption<Self> {
        Self::from_bytes(octets)
    }

    fn to_bytes(&self) -> Self::Repr {
        self.to_affine().to_bytes()
    }
}

impl<C: PrimeOrder> LinearCombination<[(Self, Scalar<C>)]> for ProjectivePoint<C> {}
impl<C: PrimeOrder, const N: usize> LinearCombination<[(Self, Scalar<C>); N]> for ProjectivePoint<C> {}

impl<C: PrimeOrder> MulVartime<Scalar<C>> for ProjectivePoint<C> {
    fn mul_vartime(self, k: Scalar<C>) -> Self {
        self * k
    }
}

impl<C: PrimeOrder> MulVartime<&Scalar<C>> for ProjectivePoint<C> {
    fn mul_vartime(self, k: &Scalar<C>) -> Self {
        self * k
    }
}

impl<C: PrimeOrder> MulByGeneratorVartime for ProjectivePoint<C> {
    fn mul_by_generator_vartime(k: &Scalar<C>) -> Self {
        Self::mul_by_generator(k)
    }
}

impl<C: PrimeOrder> From<AffinePoint<C>> for ProjectivePoint<C> {
    fn from(point: AffinePoint<C>) -> Self {
        let finite = Self(Complete::from_affine(&point.0));
        let infinity = elliptic_curve::CurveAffine::is_identity(&point);
        Self::conditional_select(&finite, &Self::IDENTITY, infinity)
    }
}

impl<C: PrimeOrder> From<PublicKey<C>> for ProjectivePoint<C> {
    fn from(key: PublicKey<C>) -> Self {
        key.to_projective()
    }
}

impl<C: PrimeOrder> From<NonIdentity<Self>> for ProjectivePoint<C> {
    fn from(point: NonIdentity<Self>) -> Self {
        point.to_point()
    }
}

impl<C: PrimeOrder> TryFrom<ProjectivePoint<C>> for NonIdentity<ProjectivePoint<C>> {
    type Error = Error;

    fn try_from(point: ProjectivePoint<C>) -> Result<Self, Error> {
        Option::from(Self::new(point)).ok_or(Error)
    }
}
