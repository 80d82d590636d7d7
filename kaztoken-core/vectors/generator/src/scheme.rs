//! GOST R 34.10-2012, RFC 7091 section 6, and its two algorithms run backwards.

use num_bigint::BigUint;

use crate::curve::{Curve, Point};
use crate::number::{invert, is_zero, le, negate, small};

/// r and s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) r: BigUint,
    pub(crate) s: BigUint,
}

/// e of section 6.1 step 2: the digest as a little-endian number modulo q, 1 in place of 0.
pub(crate) fn e(curve: &Curve, digest: &[u8]) -> BigUint {
    let e = BigUint::from_bytes_le(digest) % &curve.q;
    if is_zero(&e) { small(1) } else { e }
}

/// Algorithm I with the nonce k. `None` where r or s comes out as 0.
pub(crate) fn sign(curve: &Curve, d: &BigUint, e: &BigUint, k: &BigUint) -> Option<Numbers> {
    let (x, _) = curve.multiply_base(k)?;
    let r = x % &curve.q;
    let s = (&r * d + k * e) % &curve.q;
    (!is_zero(&r) && !is_zero(&s)).then_some(Numbers { r, s })
}

/// Algorithm II, with a key that is known to be a point of the subgroup.
pub(crate) fn verify(curve: &Curve, key: &Point, digest: &[u8], Numbers { r, s }: &Numbers) -> bool {
    let q = &curve.q;
    if is_zero(r) || r >= q || is_zero(s) || s >= q {
        return false;
    }
    let v = invert(&e(curve, digest), q);
    let z1 = s * &v % q;
    let z2 = negate(&(r * v), q);
    curve.combine(&z1, &curve.base, &z2, key).is_some_and(|(x, _)| x % q == *r)
}

/// A digest and a signature that lead verification to z1 P + z2 Q, whatever Q is. `None` where that is
/// infinity or a number comes out as 0.
pub(crate) fn forge(curve: &Curve, key: &Point, z1: &BigUint, z2: &BigUint) -> Option<(Vec<u8>, Numbers)> {
    let q = &curve.q;
    let (x, _) = curve.combine(z1, &curve.base, z2, key)?;
    let r = x % q;
    let e = negate(&(&r * invert(&(z2 % q), q)), q);
    let s = z1 * &e % q;
    let possible = !is_zero(&r) && !is_zero(&e) && !is_zero(&s);
    possible.then(|| (le(&e, curve.len()), Numbers { r, s }))
}

/// The key for which verification of this digest and s ends in the point C: (C - z1 P) / z2 with
/// r = x of C mod q. Its private key is known to nobody.
pub(crate) fn key_for(curve: &Curve, c: &Point, digest: &[u8], s: &BigUint) -> Option<(Point, Numbers)> {
    let q = &curve.q;
    let r = &c.as_ref()?.0 % q;
    if is_zero(&r) {
        return None;
    }
    let v = invert(&e(curve, digest), q);
    let z1 = s * &v % q;
    let z2 = negate(&(&r * v), q);
    let rest = curve.add(c, &curve.negate(&curve.multiply_base(&z1)));
    let key = curve.multiply(&invert(&z2, q), &rest);
    key.is_some().then(|| (key, Numbers { r, s: s.clone() }))
}
