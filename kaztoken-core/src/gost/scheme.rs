//! GOST R 34.10-2012 itself (RFC 7091 section 6), over numbers of any parameter set.
//!
//! What touches a private key or a nonce runs in constant time as far as `primeorder` gives that;
//! verification, whose inputs are public, does not try to.

use elliptic_curve::ff::{Field, PrimeField};
use elliptic_curve::group::Group;
use elliptic_curve::ops::{MulByGeneratorVartime, Reduce};
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::subtle::ConditionallySelectable;
use elliptic_curve::{Curve, FieldBytes, Scalar};
use primeorder::{AffinePoint, PrimeCurveParams, ProjectivePoint};
use zeroize::{Zeroize, Zeroizing};

use super::curve::{self, with_curve};
use super::error::{DecodeError, VerifyError};
use super::octets::Integer;
use super::parameter_set::ParameterSet;

/// The product of two numbers modulo q, each reduced first.
pub(super) fn multiply(set: ParameterSet, a: &Integer, b: &Integer) -> Zeroizing<Integer> {
    with_curve!(set, C => {
        let scalar = |value: &Integer| {
            let mut repr = repr::<C>(value).unwrap_or_default();
            let scalar = Zeroizing::new(Scalar::<C>::reduce(&repr));
            repr.as_mut_slice().zeroize();
            scalar
        };
        let mut product = (*scalar(a) * *scalar(b)).to_repr();
        let value = Zeroizing::new(Integer::from_be(&product));
        product.as_mut_slice().zeroize();
        value
    })
}

/// Checks that (x, y) is a point of the curve, in canonical form.
pub(super) fn check_point(set: ParameterSet, x: &Integer, y: &Integer) -> Result<(), DecodeError> {
    if set.cofactor() != 1 {
        return Err(DecodeError::Unsupported);
    }
    with_curve!(set, C => point::<C>(x, y).map(|_| ()))
}

/// d P: the public key of a private one. `None` unless 0 < d < q.
pub(super) fn public_point(set: ParameterSet, d: &Integer) -> Option<(Integer, Integer)> {
    if set.cofactor() != 1 {
        return None;
    }
    with_curve!(set, C => {
        let d = secret_scalar::<C>(d)?;
        Some(coordinates(&ProjectivePoint::<C>::mul_by_generator(&d).to_affine()))
    })
}

/// True when 0 < value < q. Tells no more of a secret value than that.
pub(super) fn is_scalar(set: ParameterSet, value: &Integer) -> bool {
    set.cofactor() == 1 && with_curve!(set, C => secret_scalar::<C>(value).is_some())
}

/// The bits of the highest octet that a number below q can have set.
pub(super) fn top_octet_mask(set: ParameterSet) -> u8 {
    with_curve!(set, C => {
        let highest = (-Scalar::<C>::ONE).to_repr().first().copied().unwrap_or(u8::MAX);
        u8::MAX.checked_shr(highest.leading_zeros()).unwrap_or(u8::MAX)
    })
}

/// Algorithm I with a given nonce k. `None` when d or k is not in range, or r or s comes out as 0.
pub(super) fn sign(set: ParameterSet, d: &Integer, e: &Integer, k: &Integer) -> Option<(Integer, Integer)> {
    with_curve!(set, C => sign_on::<C>(d, e, k))
}

/// Algorithm II.
pub(super) fn verify(
    set: ParameterSet,
    (x, y): (&Integer, &Integer),
    e: &Integer,
    (r, s): (&Integer, &Integer),
) -> Result<(), VerifyError> {
    with_curve!(set, C => verify_on::<C>((x, y), e, (r, s)))
}

fn sign_on<C: PrimeCurveParams>(d: &Integer, e: &Integer, k: &Integer) -> Option<(Integer, Integer)> {
    let d = secret_scalar::<C>(d)?;
    let k = secret_scalar::<C>(k)?;
    let e = digest_scalar::<C>(e);
    let c = ProjectivePoint::<C>::mul_by_generator(&k).to_affine();
    let r = Scalar::<C>::reduce(&c.x());
    let s = r * *d + e * *k;
    if bool::from(r.is_zero() | s.is_zero()) {
        return None;
    }
    Some((Integer::from_be(&r.to_repr()), Integer::from_be(&s.to_repr())))
}

fn verify_on<C: PrimeCurveParams>(
    (x, y): (&Integer, &Integer),
    e: &Integer,
    (r, s): (&Integer, &Integer),
) -> Result<(), VerifyError> {
    let q = point::<C>(x, y).map_err(|_| VerifyError::Mismatch)?;
    let r = scalar::<C>(r).ok_or(VerifyError::OutOfRange)?;
    let s = scalar::<C>(s).ok_or(VerifyError::OutOfRange)?;
    let v = Option::<Scalar<C>>::from(Field::invert(&digest_scalar::<C>(e))).ok_or(VerifyError::Mismatch)?;
    let c = ProjectivePoint::<C>::mul_by_generator_and_mul_add_vartime(&(s * v), &-(r * v), &q.into());
    if bool::from(c.is_identity()) || Scalar::<C>::reduce(&c.to_affine().x()) != r {
        return Err(VerifyError::Mismatch);
    }
    Ok(())
}

fn point<C: PrimeCurveParams>(x: &Integer, y: &Integer) -> Result<AffinePoint<C>, DecodeError> {
    let x = repr::<C>(x).ok_or(DecodeError::Coordinate)?;
    let y = repr::<C>(y).ok_or(DecodeError::Coordinate)?;
    for coordinate in [x, y] {
        Option::<C::FieldElement>::from(C::FieldElement::from_repr(coordinate))
            .ok_or(DecodeError::Coordinate)?;
    }
    Option::from(AffinePoint::<C>::from_coordinates(&x, &y)).ok_or(DecodeError::NotOnCurve)
}

fn coordinates<C: PrimeCurveParams>(point: &AffinePoint<C>) -> (Integer, Integer) {
    (Integer::from_be(&point.x()), Integer::from_be(&point.y()))
}

/// e = digest mod q, and 1 in place of 0.
fn digest_scalar<C: PrimeCurveParams>(digest: &Integer) -> Scalar<C> {
    let e = Scalar::<C>::reduce(&repr::<C>(digest).unwrap_or_default());
    Scalar::<C>::conditional_select(&e, &Scalar::<C>::ONE, e.is_zero())
}

/// A number in 1..q.
fn scalar<C: PrimeCurveParams>(value: &Integer) -> Option<Scalar<C>> {
    scalar_from_repr::<C>(repr::<C>(value)?)
}

/// As [`scalar`], leaving no copy of the octets behind.
fn secret_scalar<C: PrimeCurveParams>(value: &Integer) -> Option<Zeroizing<Scalar<C>>> {
    let mut repr = repr::<C>(value)?;
    let scalar = scalar_from_repr::<C>(repr).map(Zeroizing::new);
    repr.as_mut_slice().zeroize();
    scalar
}

fn scalar_from_repr<C: PrimeCurveParams>(repr: FieldBytes<C>) -> Option<Scalar<C>> {
    let scalar = Option::<Scalar<C>>::from(Scalar::<C>::from_repr(repr))?;
    (!bool::from(scalar.is_zero())).then_some(scalar)
}

/// Octets as the curve wants them. `None` when the number has too many for it.
fn repr<C: Curve>(value: &Integer) -> Option<FieldBytes<C>> {
    let mut repr = FieldBytes::<C>::default();
    if value.exceeds(repr.len()) {
        return None;
    }
    let octets = value.be(repr.len());
    repr.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
    Some(repr)
}
