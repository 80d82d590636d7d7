//! The curves of prime order as curves of the crate `elliptic-curve`, for code that is generic over curves.
//!
//! The types [`CryptoProA`](super::single::CryptoProA), `CryptoProB`, `CryptoProC`, `Tc26A512`, `Tc26B512`,
//! `Test256` and `Test512` of [`single`](super::single) implement `elliptic_curve::CurveArithmetic` and its
//! relatives, with the scalars and points of this module. Everything runs in constant time, multiplication
//! by the generator by the same tables as signing, except what decodes a point and `*_vartime`.
//!
//! ```
//! use elliptic_curve::group::Group;
//! use elliptic_curve::point::AffineCoordinates;
//! use elliptic_curve::{CurveArithmetic, CurveGroup, ProjectivePoint, Scalar};
//! use kaztoken_core::gost::single::CryptoProA;
//!
//! /// x of k times the base point of any curve.
//! fn multiple<C: CurveArithmetic>(k: u64) -> Vec<u8> {
//!     let point = ProjectivePoint::<C>::generator() * Scalar::<C>::from(k);
//!     point.to_affine().x().to_vec()
//! }
//!
//! // The base point of CryptoPro-A has x = 1 (RFC 4357 section 11.4).
//! assert_eq!(multiple::<CryptoProA>(1), [&[0; 31][..], &[1]].concat());
//! ```
//!
//! Octets are big-endian here, as `elliptic-curve` expects, not little-endian as in the encodings of GOST.
//! The encoding of a point is that of SEC 1 section 2.3.3, compressed; infinity is all zeros. No GOST
//! standard knows it: keys and signatures that go anywhere have the encodings of [`gost`](super).
//!
//! # Not here
//! The sets of cofactor 4, tc26-256-A and tc26-512-C. `elliptic_curve::PrimeCurve` promises that the order
//! is prime, and generic code relies on it: that every point but infinity generates the group, and that a
//! point on the curve needs no further check. On these two curves a point may lie outside the subgroup
//! of order q, so code that omits the check or the cofactor leaks bits of the private key, or fails
//! on infinity. [`SigningKey`](super::SigningKey) and [`verify`](super::verify()) do check.

mod affine;
mod curves;
mod projective;
mod roots;
mod scalar;

pub use self::affine::AffinePoint;
pub use self::projective::ProjectivePoint;
pub use self::scalar::Scalar;

use core::ops::Add;

use elliptic_curve::consts::U1;
use elliptic_curve::subtle::Choice;
use elliptic_curve::{CurveArithmetic, FieldBytes, FieldBytesSize, array::Array};

use super::arith::words::{Mask, Word};
use super::curve::Curve;
use super::curve::weierstrass::Weierstrass;
use super::octets::Integer;

/// A curve of GOST R 34.10 whose order is prime. Implemented by curve types of
/// [`single`](super::single) only.
#[allow(private_bounds, reason = "nobody else is to implement it")]
pub trait PrimeOrder:
    elliptic_curve::PrimeCurve
    + CurveArithmetic<
        Scalar = Scalar<Self>,
        AffinePoint = AffinePoint<Self>,
        ProjectivePoint = ProjectivePoint<Self>,
    > + Internal
{
}

/// What the points and scalars take from our own curves.
trait Internal: Curve + Weierstrass<Field = <Self as Curve>::Field> {
    /// A quadratic non-residue modulo p, and how often 2 divides p - 1.
    const FIELD_ROOTS: roots::Roots;
    /// The same modulo q.
    const SCALAR_ROOTS: roots::Roots;
    /// q in hexadecimal digits.
    const ORDER_HEX: &'static str;
    /// Bits of q.
    const ORDER_BITS: u32;
    /// 1/2, the 2^s-th root of unity, its inverse, and the non-residue to the power of 2^s.
    const HALF: <Self as Curve>::Scalar;
    const ROOT: <Self as Curve>::Scalar;
    const INVERSE_ROOT: <Self as Curve>::Scalar;
    const DELTA: <Self as Curve>::Scalar;
    /// The non-residue.
    const NON_RESIDUE: <Self as Curve>::Scalar;
}

/// One octet, 2 or 3 for an even or odd y, and x. All zeros for infinity.
pub type CompressedBytes<C> = Array<u8, <FieldBytesSize<C> as Add<U1>>::Output>;

type BaseField<C> = <C as Curve>::Field;
type OrderField<C> = <C as Curve>::Scalar;

fn choice(mask: Mask) -> Choice {
    Choice::from(mask.keep(1) as u8)
}

fn mask(choice: Choice) -> Mask {
    Mask::from_bit(Word::from(choice.unwrap_u8()))
}

fn to_bytes<C: PrimeOrder>(number: &Integer) -> FieldBytes<C> {
    let mut out = FieldBytes::<C>::default();
    let len = out.len();
    out.iter_mut().zip(number.be(len)).for_each(|(place, octet)| *place = octet);
    out
}

/// Big-endian octets.
fn from_bytes(octets: &[u8]) -> Integer {
    Integer::from_be(octets)
}

/// All binary operators of a type, from the one function that computes them on references.
macro_rules! operators {
    (
        $type:ident,
        $($trait:ident $method:ident, $assign:ident $assign_method:ident, $other:ident, $function:ident;)*
    ) => {
        $(
            impl<C: PrimeOrder> core::ops::$trait<$other<C>> for $type<C> {
                type Output = Self;
                fn $method(self, other: $other<C>) -> Self {
                    self.$function(&other)
                }
            }
            impl<C: PrimeOrder> core::ops::$trait<&$other<C>> for $type<C> {
                type Output = Self;
                fn $method(self, other: &$other<C>) -> Self {
                    self.$function(other)
                }
            }
            impl<C: PrimeOrder> core::ops::$trait<&$other<C>> for &$type<C> {
                type Output = $type<C>;
                fn $method(self, other: &$other<C>) -> $type<C> {
                    self.$function(other)
                }
            }
            impl<C: PrimeOrder> core::ops::$trait<$other<C>> for &$type<C> {
                type Output = $type<C>;
                fn $method(self, other: $other<C>) -> $type<C> {
                    self.$function(&other)
                }
            }
            impl<C: PrimeOrder> core::ops::$assign<$other<C>> for $type<C> {
                fn $assign_method(&mut self, other: $other<C>) {
                    *self = self.$function(&other);
                }
            }
            impl<C: PrimeOrder> core::ops::$assign<&$other<C>> for $type<C> {
                fn $assign_method(&mut self, other: &$other<C>) {
                    *self = self.$function(other);
                }
            }
        )*
    };
}
use operators;

/// Equality, selection and wiping as `elliptic-curve` asks for them, twice over from `subtle`'s traits.
macro_rules! selectable {
    ($type:ident) => {
        impl<C: PrimeOrder> Clone for $type<C> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<C: PrimeOrder> Copy for $type<C> {}
        impl<C: PrimeOrder> PartialEq for $type<C> {
            fn eq(&self, other: &Self) -> bool {
                elliptic_curve::subtle::ConstantTimeEq::ct_eq(self, other).into()
            }
        }
        impl<C: PrimeOrder> Eq for $type<C> {}
        impl<C: PrimeOrder> elliptic_curve::ctutils::CtEq for $type<C> {
            fn ct_eq(&self, other: &Self) -> elliptic_curve::ctutils::Choice {
                elliptic_curve::subtle::ConstantTimeEq::ct_eq(self, other).into()
            }
        }
        impl<C: PrimeOrder> elliptic_curve::ctutils::CtSelect for $type<C> {
            fn ct_select(&self, other: &Self, choice: elliptic_curve::ctutils::Choice) -> Self {
                elliptic_curve::subtle::ConditionallySelectable::conditional_select(
                    self,
                    other,
                    choice.into(),
                )
            }
        }
        impl<C: PrimeOrder> zeroize::DefaultIsZeroes for $type<C> {}
        impl<C: PrimeOrder> elliptic_curve::Generate for $type<C> {
            fn try_generate_from_rng<R: rand_core::TryCryptoRng + ?Sized>(
                rng: &mut R,
            ) -> Result<Self, R::Error> {
                Self::random(rng)
            }
        }
    };
}
use selectable;
