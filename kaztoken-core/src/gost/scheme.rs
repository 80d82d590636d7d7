//! GOST R 34.10-2012 itself (RFC 7091 section 6), over numbers of any parameter set.
//!
//! What touches a private key or a nonce runs in constant time; verification, whose inputs are public,
//! does not try to. What a secret decides in the open is named where it happens: that a number is in the
//! range 1..q, and that r or s is 0.

use zeroize::Zeroizing;

use super::arith::field::{Field, batch_invert};
use super::arith::words::Mask;
use super::curve::{Curve, with_curve};
use super::error::{DecodeError, VerifyError};
use super::octets::Integer;
use super::parameter_set::ParameterSet;

/// The product of two numbers modulo q, each reduced first.
pub(super) fn multiply(set: ParameterSet, a: &Integer, b: &Integer) -> Zeroizing<Integer> {
    with_curve!(set, C => {
        let factor = |value| Zeroizing::new(<C as Curve>::Scalar::reduce(value));
        Zeroizing::new(Zeroizing::new(factor(a).mul(&factor(b))).to_integer())
    })
}

/// Checks that (x, y) is a point of the curve and of the subgroup of order q, in canonical form.
pub(super) fn check_point(set: ParameterSet, x: &Integer, y: &Integer) -> Result<(), DecodeError> {
    with_curve!(set, C => point::<C>(x, y).map(|_| ()))
}

/// d P: the public key of a private one. `None` unless 0 < d < q.
pub(super) fn public_point(set: ParameterSet, d: &Integer) -> Option<(Integer, Integer)> {
    with_curve!(set, C => {
        scalar::<C>(d)?;
        let (x, y) = C::multiply_base(d);
        Some((x.to_integer(), y.to_integer()))
    })
}

/// True when 0 < value < q. Tells no more of a secret value than that.
pub(super) fn is_scalar(set: ParameterSet, value: &Integer) -> bool {
    let zero = Mask::from_bit(value.is_zero().into());
    let below = Mask::from_bit(value.is_below(&order(set)).into());
    zero.not().and(below).declassify()
}

/// The order q.
pub(super) fn order(set: ParameterSet) -> Integer {
    with_curve!(set, C => <C as Curve>::Scalar::MODULUS)
}

/// The bits of the highest octet that a number below q can have set.
pub(super) fn top_octet_mask(set: ParameterSet) -> u8 {
    let highest = order(set).be(set.scalar_len()).next().unwrap_or(u8::MAX);
    u8::MAX.checked_shr(highest.leading_zeros()).unwrap_or(u8::MAX)
}

/// Signing on one curve.
pub(super) struct Signer {
    /// A number modulo q.
    pub(super) reduce: fn(&Integer) -> Integer,
    /// Algorithm I: r and s from d, e and a given nonce k. `None` when d or k is not in range, or r or s
    /// comes out as 0.
    pub(super) sign: fn(&Integer, &Integer, &Integer) -> Option<(Integer, Integer)>,
}

impl Signer {
    pub(super) const fn on<C: Curve>() -> Self {
        Self { reduce: |value| C::Scalar::reduce(value).to_integer(), sign: sign_on::<C> }
    }

    pub(super) const fn of(set: ParameterSet) -> Self {
        with_curve!(set, C => Self::on::<C>())
    }
}

/// Algorithm II. The key was checked by [`check_point`] before.
pub(super) fn verify(
    set: ParameterSet,
    key: (&Integer, &Integer),
    e: &Integer,
    signature: (&Integer, &Integer),
) -> Result<(), VerifyError> {
    with_curve!(set, C => verify_on::<C>(key, e, signature))
}

fn sign_on<C: Curve>(d: &Integer, e: &Integer, k: &Integer) -> Option<(Integer, Integer)> {
    let d = scalar::<C>(d)?;
    let nonce = scalar::<C>(k)?;
    let e = digest_scalar::<C>(e);
    let (x, _) = C::multiply_base(k);
    let r = C::Scalar::reduce(&x.to_integer());
    let s = r.mul(&d).add(&e.mul(&nonce));
    if r.is_zero().or(s.is_zero()).declassify() {
        return None;
    }
    Some((r.to_integer(), s.to_integer()))
}

pub(super) fn verify_on<C: Curve>(
    (x, y): (&Integer, &Integer),
    e: &Integer,
    (r, s): (&Integer, &Integer),
) -> Result<(), VerifyError> {
    let key = checked_point::<C>(x, y).ok_or(VerifyError::Mismatch)?;
    let v = digest_scalar::<C>(e).invert();
    check_by::<C>(&v, (r, s), |z1, z2, candidates| C::combination_has_x(z1, z2, &key, candidates))
}

/// Steps 1 and 4 to 7 of algorithm II, given v = 1/e: `has_x` computes C = z1 P + z2 Q and compares its x.
fn check_by<C: Curve>(
    v: &C::Scalar,
    (r, s): (&Integer, &Integer),
    has_x: impl FnOnce(&Integer, &Integer, &[C::Field]) -> bool,
) -> Result<(), VerifyError> {
    let (candidates, count) = abscissas::<C>(r);
    let candidates = candidates.get(..count).unwrap_or_default();
    let r = scalar::<C>(r).ok_or(VerifyError::OutOfRange)?;
    let s = scalar::<C>(s).ok_or(VerifyError::OutOfRange)?;
    let z1 = s.mul(v).to_integer();
    let z2 = r.mul(v).neg().to_integer();
    if has_x(&z1, &z2, candidates) { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// Digests and signatures of one key, checked with one table and one inversion; `results` gets what each
/// came to. All slices are equally long, at most [`RUN`].
pub(super) fn verify_run(
    set: ParameterSet,
    key: (&Integer, &Integer),
    items: &[(Integer, Integer, Integer)],
    results: &mut [Result<(), VerifyError>],
) {
    with_curve!(set, C => verify_run_on::<C>(key, items, results));
}

/// Most signatures that share an inversion.
pub(super) const RUN: usize = 32;
/// From so many signatures on, the table of a key costs less than it saves.
const WORTH_A_TABLE: usize = 3;

fn verify_run_on<C: Curve>(
    (x, y): (&Integer, &Integer),
    items: &[(Integer, Integer, Integer)],
    results: &mut [Result<(), VerifyError>],
) {
    let Some(key) = checked_point::<C>(x, y) else { return };
    let mut inverses = [C::Scalar::ONE; RUN];
    for (inverse, (e, _, _)) in inverses.iter_mut().zip(items) {
        *inverse = digest_scalar::<C>(e);
    }
    batch_invert(&mut inverses, &mut [C::Scalar::ZERO; RUN]);
    let table = (items.len() >= WORTH_A_TABLE).then(|| C::table(&key));
    for ((result, v), (_, r, s)) in results.iter_mut().zip(&inverses).zip(items) {
        *result = check_by::<C>(v, (r, s), |z1, z2, candidates| match &table {
            Some(table) => C::table_combination_has_x(z1, z2, table, candidates),
            None => C::combination_has_x(z1, z2, &key, candidates),
        });
    }
}

/// Most numbers below p that are the same modulo q: the cofactor, and one more as p may exceed 4 q.
pub(super) const ABSCISSAS: usize = 5;

/// The numbers x below p with x = r modulo q, so that x of C need not be divided by Z. Returns how many.
pub(super) fn abscissas<C: Curve>(r: &Integer) -> ([C::Field; ABSCISSAS], usize) {
    let mut found = [C::Field::ZERO; ABSCISSAS];
    let mut next = Some(*r);
    let mut count = 0;
    for place in &mut found {
        let Some(x) = next.and_then(|x| C::Field::from_integer(&x)) else { break };
        *place = x;
        count += 1;
        next = next.and_then(|x| x.checked_add(&C::Scalar::MODULUS));
    }
    (found, count)
}

pub(super) fn point<C: Curve>(x: &Integer, y: &Integer) -> Result<C::Point, DecodeError> {
    let x = C::Field::from_integer(x).ok_or(DecodeError::Coordinate)?;
    let y = C::Field::from_integer(y).ok_or(DecodeError::Coordinate)?;
    C::point(&x, &y).ok_or(DecodeError::NotOnCurve)
}

/// A point that passed [`check_point`] before.
fn checked_point<C: Curve>(x: &Integer, y: &Integer) -> Option<C::Point> {
    Some(C::checked_point(&C::Field::from_integer(x)?, &C::Field::from_integer(y)?))
}

/// e = digest mod q, and 1 in place of 0.
pub(super) fn digest_scalar<C: Curve>(digest: &Integer) -> C::Scalar {
    let e = C::Scalar::reduce(digest);
    C::Scalar::select(e.is_zero(), &C::Scalar::ONE, &e)
}

/// A number in 1..q.
pub(super) fn scalar<C: Curve>(value: &Integer) -> Option<Zeroizing<C::Scalar>> {
    let scalar = Zeroizing::new(C::Scalar::from_integer(value)?);
    (!scalar.is_zero().declassify()).then_some(scalar)
}

/// (cofactor ukm d mod q) point, in constant time as far as d goes. `None` when an input is invalid or
/// the result is infinity, which for a valid point takes ukm = 0 mod q.
pub(super) fn multiply_point(
    set: ParameterSet,
    key: (&Integer, &Integer),
    d: &Integer,
    ukm: &Integer,
) -> Option<(Integer, Integer)> {
    with_curve!(set, C => multiply_on::<C>(key, d, ukm))
}

fn multiply_on<C: Curve>(
    (x, y): (&Integer, &Integer),
    d: &Integer,
    ukm: &Integer,
) -> Option<(Integer, Integer)> {
    let point = checked_point::<C>(x, y)?;
    let mut scalar = Zeroizing::new(scalar::<C>(d)?.mul(&C::Scalar::reduce(ukm)));
    for _ in 0..C::SET.cofactor().trailing_zeros() {
        *scalar = scalar.double();
    }
    if scalar.is_zero().declassify() {
        return None;
    }
    let (x, y) = C::multiply(&point, &Zeroizing::new(scalar.to_integer()));
    Some((x.to_integer(), y.to_integer()))
}
