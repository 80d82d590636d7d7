//! Points by their y: a root of x^3 + a x + (b - y^2).

use num_bigint::BigUint;

use crate::curve::{Curve, Point};
use crate::number::{invert, is_zero, negate, small};

/// c0 + c1 x + c2 x^2.
type Quadratic = [BigUint; 3];

/// The point with this y where exactly one x belongs to it; about every second y below p has one.
pub(crate) fn at_y(curve: &Curve, y: &BigUint) -> Point {
    let p = &curve.p;
    let constant = (&curve.b + negate(&y.pow(2), p)) % p;
    let variable: Quadratic = [small(0), small(1), small(0)];
    // gcd(x^p - x, cubic) is the product of x - root over the roots modulo p.
    let mut power: Quadratic = [small(1), small(0), small(0)];
    for i in (0..p.bits()).rev() {
        power = multiply(curve, &constant, &power, &power);
        if p.bit(i) {
            power = multiply(curve, &constant, &power, &variable);
        }
    }
    let [g0, g1, g2] = power;
    let g1 = (g1 + p - 1_u32) % p;
    let (low, high) = if is_zero(&g2) {
        (g0, g1)
    } else {
        // The cubic modulo x^2 + u x + v is (a - v + u^2) x + (c + u v).
        let inverse = invert(&g2, p);
        let (u, v) = (g1 * &inverse % p, g0 * inverse % p);
        let high = (&curve.a + p - &v + u.pow(2)) % p;
        ((&constant + u * v) % p, high)
    };
    if is_zero(&high) {
        return None;
    }
    let point = Some((negate(&low, p) * invert(&high, p) % p, y % p));
    curve.contains(&point).then_some(point).flatten()
}

/// The product modulo the cubic.
fn multiply(curve: &Curve, constant: &BigUint, left: &Quadratic, right: &Quadratic) -> Quadratic {
    let p = &curve.p;
    let mut product: [BigUint; 5] = Default::default();
    for (i, l) in left.iter().enumerate() {
        for (j, r) in right.iter().enumerate() {
            product[i + j] += l * r;
        }
    }
    // x^3 = -a x - c, from the top.
    for i in [4, 3] {
        let minus = negate(&product[i], p);
        product[i - 2] += &minus * &curve.a;
        product[i - 3] += minus * constant;
    }
    let [c0, c1, c2, ..] = product;
    [c0 % p, c1 % p, c2 % p]
}
