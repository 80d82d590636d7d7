//! Points as others see them.

use core::fmt;
use core::ops::Mul;

use elliptic_curve::group::{Curve as _, CurveAffine, GroupEncoding};
use elliptic_curve::ops::MulVartime;
use elliptic_curve::point::{AffineCoordinates, DecompressPoint, NonIdentity};
use elliptic_curve::subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use elliptic_curve::{Error, FieldBytes, PublicKey};
use rand_core::TryRng;

use super::{
    BaseField, CompressedBytes, PrimeOrder, ProjectivePoint, Scalar, choice, from_bytes, mask, selectable,
    to_bytes,
};
use crate::gost::arith::field::Field;
use crate::gost::curve::Curve;
use crate::gost::curve::weierstrass::{Affine, Weierstrass};

/// A point's x and y, or infinity.
///
/// Infinity is held as (0, 0): no point of a curve of odd order has y = 0.
pub struct AffinePoint<C: PrimeOrder>(pub(super) Affine<BaseField<C>>);

selectable!(AffinePoint);

impl<C: PrimeOrder> AffinePoint<C> {
    /// Infinity.
    pub const IDENTITY: Self = Self(Affine { x: BaseField::<C>::ZERO, y: BaseField::<C>::ZERO });
    /// The base point P of the parameter set.
    pub const GENERATOR: Self = Self(Affine { x: <C as Curve>::BASE.0, y: <C as Curve>::BASE.1 });

    pub(super) fn random<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        ProjectivePoint::random(rng).map(|point| point.to_affine())
    }
}

impl<C: PrimeOrder> fmt::Debug for AffinePoint<C> {
    /// Without coordinates: the point may be a shared secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AffinePoint").finish_non_exhaustive()
    }
}

impl<C: PrimeOrder> Default for AffinePoint<C> {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl<C: PrimeOrder> ConstantTimeEq for AffinePoint<C> {
    fn ct_eq(&self, other: &Self) -> Choice {
        choice(self.0.x.equals(&other.0.x).and(self.0.y.equals(&other.0.y)))
    }
}

impl<C: PrimeOrder> ConditionallySelectable for AffinePoint<C> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let (a, b, mask) = (&a.0, &b.0, mask(choice));
        Self(Affine { x: Field::select(mask, &b.x, &a.x), y: Field::select(mask, &b.y, &a.y) })
    }
}

impl<C: PrimeOrder> AffineCoordinates for AffinePoint<C> {
    type FieldRepr = FieldBytes<C>;

    /// `None` for what is not on the curve. The coordinates are public.
    fn from_coordinates(x: &FieldBytes<C>, y: &FieldBytes<C>) -> CtOption<Self> {
        let number = |octets| BaseField::<C>::from_integer(&from_bytes(octets));
        let point = match (number(x), number(y)) {
            (Some(x), Some(y)) => Affine::new::<C>(&x, &y).map(Self),
            _ => None,
        };
        CtOption::new(point.unwrap_or_default(), Choice::from(u8::from(point.is_some())))
    }

    fn x(&self) -> FieldBytes<C> {
        to_bytes::<C>(&self.0.x.to_integer())
    }

    fn y(&self) -> FieldBytes<C> {
        to_bytes::<C>(&self.0.y.to_integer())
    }

    fn x_is_odd(&self) -> Choice {
        Choice::from(self.0.x.to_integer().bit(0))
    }

    fn y_is_odd(&self) -> Choice {
        Choice::from(self.0.y.to_integer().bit(0))
    }
}

impl<C: PrimeOrder> DecompressPoint<C> for AffinePoint<C> {
    /// `None` where no point has this x. The coordinate is public.
    fn decompress(x: &FieldBytes<C>, y_is_odd: Choice) -> CtOption<Self> {
        let Some(x) = BaseField::<C>::from_integer(&from_bytes(x)) else {
            return CtOption::new(Self::IDENTITY, Choice::from(0));
        };
        let right = x.square().mul(&x).add(&<C as Weierstrass>::times_a(&x)).add(&<C as Weierstrass>::B);
        let (exists, y) = C::FIELD_ROOTS.sqrt(&right);
        let point = Self(Affine { x, y });
        let point = Self::conditional_select(&-point, &point, point.y_is_odd().ct_eq(&y_is_odd));
        CtOption::new(point, choice(exists))
    }
}

impl<C: PrimeOrder> GroupEncoding for AffinePoint<C> {
    type Repr = CompressedBytes<C>;

    fn from_bytes(octets: &Self::Repr) -> CtOption<Self> {
        let none = CtOption::new(Self::IDENTITY, Choice::from(0));
        let Some((tag, rest)) = octets.split_first() else {
            return none;
        };
        let Ok(x) = FieldBytes::<C>::try_from(rest) else {
            return none;
        };
        match tag {
            2 | 3 => Self::decompress(&x, Choice::from(tag & 1)),
            0 if x.iter().all(|octet| *octet == 0) => CtOption::new(Self::IDENTITY, Choice::from(1)),
            _ => none,
        }
    }

    fn from_bytes_unchecked(octets: &Self::Repr) -> CtOption<Self> {
        Self::from_bytes(octets)
    }

    fn to_bytes(&self) -> Self::Repr {
        let tag = u8::conditional_select(&(2 | self.y_is_odd().unwrap_u8()), &0, self.is_identity());
        let mut out = Self::Repr::default();
        let octets = core::iter::once(tag).chain(self.x());
        out.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
        out
    }
}

impl<C: PrimeOrder> CurveAffine for AffinePoint<C> {
    type Curve = ProjectivePoint<C>;
    type Scalar = Scalar<C>;

    fn identity() -> Self {
        Self::IDENTITY
    }

    fn generator() -> Self {
        Self::GENERATOR
    }

    fn is_identity(&self) -> Choice {
        choice(self.0.y.is_zero())
    }

    fn to_curve(&self) -> ProjectivePoint<C> {
        (*self).into()
    }
}

impl<C: PrimeOrder> core::ops::Neg for AffinePoint<C> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(Affine { x: self.0.x, y: self.0.y.neg() })
    }
}

impl<C: PrimeOrder> core::ops::Neg for &AffinePoint<C> {
    type Output = AffinePoint<C>;

    fn neg(self) -> AffinePoint<C> {
        -*self
    }
}

impl<C: PrimeOrder> Mul<Scalar<C>> for AffinePoint<C> {
    type Output = ProjectivePoint<C>;

    fn mul(self, k: Scalar<C>) -> ProjectivePoint<C> {
        self.to_curve() * k
    }
}

impl<C: PrimeOrder> Mul<&Scalar<C>> for AffinePoint<C> {
    type Output = ProjectivePoint<C>;

    fn mul(self, k: &Scalar<C>) -> ProjectivePoint<C> {
        self.to_curve() * k
    }
}

impl<C: PrimeOrder> MulVartime<Scalar<C>> for AffinePoint<C> {
    fn mul_vartime(self, k: Scalar<C>) -> ProjectivePoint<C> {
        self * k
    }
}

impl<C: PrimeOrder> MulVartime<&Scalar<C>> for AffinePoint<C> {
    fn mul_vartime(self, k: &Scalar<C>) -> ProjectivePoint<C> {
        self * k
    }
}

impl<C: PrimeOrder> From<ProjectivePoint<C>> for AffinePoint<C> {
    fn from(point: ProjectivePoint<C>) -> Self {
        point.to_affine()
    }
}

impl<C: PrimeOrder> From<PublicKey<C>> for AffinePoint<C> {
    fn from(key: PublicKey<C>) -> Self {
        *key.as_affine()
    }
}

impl<C: PrimeOrder> From<NonIdentity<Self>> for AffinePoint<C> {
    fn from(point: NonIdentity<Self>) -> Self {
        point.to_point()
    }
}

impl<C: PrimeOrder> TryFrom<AffinePoint<C>> for NonIdentity<AffinePoint<C>> {
    type Error = Error;

    fn try_from(point: AffinePoint<C>) -> Result<Self, Error> {
        Option::from(Self::new(point)).ok_or(Error)
    }
}
