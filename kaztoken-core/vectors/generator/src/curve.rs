//! Short Weierstrass curves over big numbers: slow, plain, and the same code for every curve and point.

use num_bigint::BigUint;

use crate::number::{invert, is_prime, is_zero, negate, small, square_root};
use crate::sets::Constants;

/// x and y, or infinity. Need not be on the curve: the formulas never read b.
pub(crate) type Point = Option<(BigUint, BigUint)>;

pub(crate) struct Curve {
    pub(crate) set: &'static Constants,
    pub(crate) p: BigUint,
    pub(crate) a: BigUint,
    pub(crate) b: BigUint,
    pub(crate) q: BigUint,
    pub(crate) base: Point,
}

/// (X : Y : Z) with x = X / Z^2 and y = Y / Z^3; Z = 0 is infinity.
#[derive(Clone)]
struct Jacobian {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Curve {
    /// Reads the set and proves its numbers: p and q are prime, the discriminant is not 0, P lies on the
    /// curve and has order q, and q times the cofactor is the one multiple of q within Hasse's bounds.
    pub(crate) fn new(set: &'static Constants) -> Self {
        let number = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).expect("hexadecimal");
        let base = Some((number(set.x), number(set.y)));
        let (p, a, b, q) = (number(set.p), number(set.a), number(set.b), number(set.q));
        let curve = Self { set, p, a, b, q, base };
        let Self { p, a, b, q, .. } = &curve;
        assert!(is_prime(p), "{}: p is not prime", set.name);
        assert!(is_prime(q), "{}: q is not prime", set.name);
        assert_ne!(p, q, "{}: p = q", set.name);
        let discriminant = (a.pow(3) * 4_u32 + b.pow(2) * 27_u32) % p;
        assert!(!is_zero(&discriminant), "{}: the curve is singular", set.name);
        assert!(curve.contains(&curve.base), "{}: P is not on the curve", set.name);
        assert!(curve.multiply(q, &curve.base).is_none(), "{}: q P is not infinity", set.name);
        let order = q * set.cofactor;
        let middle = p + 1_u32;
        let distance = if order > middle { &order - &middle } else { &middle - &order };
        assert!(distance.pow(2) <= p * 4_u32, "{}: the order breaks Hasse's bound", set.name);
        assert!(q.pow(2) > p * 16_u32, "{}: another multiple of q would fit", set.name);
        curve
    }

    /// Octets of a coordinate.
    pub(crate) fn len(&self) -> usize {
        self.set.len
    }

    /// x^3 + a x + b.
    pub(crate) fn right_side(&self, x: &BigUint) -> BigUint {
        (x.pow(3) + &self.a * x + &self.b) % &self.p
    }

    /// Whether the coordinates are below p and satisfy the equation; infinity counts as on the curve.
    pub(crate) fn contains(&self, point: &Point) -> bool {
        point
            .as_ref()
            .is_none_or(|(x, y)| x < &self.p && y < &self.p && y.pow(2) % &self.p == self.right_side(x))
    }

    /// Whether q times the point is infinity.
    pub(crate) fn in_subgroup(&self, point: &Point) -> bool {
        self.multiply(&self.q, point).is_none()
    }

    /// The point with this x and even y, if there is one.
    pub(crate) fn at(&self, x: &BigUint) -> Point {
        let y = square_root(&self.right_side(x), &self.p)?;
        let y = if y.bit(0) { &self.p - &y } else { y };
        Some((x.clone(), y))
    }

    pub(crate) fn negate(&self, point: &Point) -> Point {
        point.as_ref().map(|(x, y)| (x.clone(), negate(y, &self.p)))
    }

    pub(crate) fn add(&self, left: &Point, right: &Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (left, right) else {
            return left.clone().or_else(|| right.clone());
        };
        let p = &self.p;
        let (over, under) = if x1 != x2 {
            (y2 + p - y1, x2 + p - x1)
        } else if y1 == y2 && !is_zero(y1) {
            (x1.pow(2) * 3_u32 + &self.a, y1 * 2_u32)
        } else {
            return None;
        };
        let slope = over % p * invert(&(under % p), p) % p;
        let x3 = (slope.pow(2) + p * 2_u32 - x1 - x2) % p;
        let y3 = (slope * (x1 + p - &x3) + p - y1) % p;
        Some((x3, y3))
    }

    /// k times a point, k of any size.
    pub(crate) fn multiply(&self, k: &BigUint, point: &Point) -> Point {
        self.combine(k, point, &small(0), &None)
    }

    pub(crate) fn multiply_base(&self, k: &BigUint) -> Point {
        self.multiply(k, &self.base)
    }

    /// k P + l Q for any points, bit by bit; whether P + Q is infinity makes no difference.
    pub(crate) fn combine(&self, k: &BigUint, p: &Point, l: &BigUint, q: &Point) -> Point {
        let both = self.add(p, q);
        let mut sum = Jacobian { x: small(1), y: small(1), z: small(0) };
        for i in (0..k.bits().max(l.bits())).rev() {
            sum = self.double(&sum);
            let term = match (k.bit(i), l.bit(i)) {
                (true, true) => &both,
                (true, false) => p,
                (false, true) => q,
                (false, false) => continue,
            };
            if let Some(term) = term {
                sum = self.add_affine(&sum, term);
            }
        }
        if is_zero(&sum.z) {
            return None;
        }
        let inverse = invert(&sum.z, &self.p);
        let square = inverse.pow(2) % &self.p;
        Some((sum.x * &square % &self.p, sum.y * (square * inverse % &self.p) % &self.p))
    }

    fn double(&self, point: &Jacobian) -> Jacobian {
        let p = &self.p;
        let Jacobian { x, y, z } = point;
        let y2 = y.pow(2) % p;
        let s = x * &y2 * 4_u32 % p;
        let m = (x.pow(2) * 3_u32 + &self.a * (z.pow(2) % p).pow(2)) % p;
        let x3 = (m.pow(2) + p * 2_u32 - &s * 2_u32) % p;
        let y3 = (m * (s + p - &x3) + (p - y2.pow(2) * 8_u32 % p)) % p;
        Jacobian { x: x3, y: y3, z: y * z * 2_u32 % p }
    }

    fn add_affine(&self, left: &Jacobian, (x2, y2): &(BigUint, BigUint)) -> Jacobian {
        let p = &self.p;
        if is_zero(&left.z) {
            return Jacobian { x: x2.clone(), y: y2.clone(), z: small(1) };
        }
        let Jacobian { x, y, z } = left;
        let z2 = z.pow(2) % p;
        let h = (x2 * &z2 + p - x) % p;
        let r = (y2 * (z2 * z % p) + p - y) % p;
        if is_zero(&h) {
            if is_zero(&r) {
                return self.double(left);
            }
            return Jacobian { x: small(1), y: small(1), z: small(0) };
        }
        let h2 = h.pow(2) % p;
        let h3 = &h2 * &h % p;
        let v = x * h2 % p;
        let x3 = (r.pow(2) + p * 3_u32 - &h3 - &v * 2_u32) % p;
        let y3 = (r * (v + p - &x3) + (p - y * h3 % p)) % p;
        Jacobian { x: x3, y: y3, z: z * h % p }
    }

    /// A point of order 4, and twice it, of order 2; only where the cofactor is 4.
    pub(crate) fn torsion(&self) -> Option<(Point, Point)> {
        if self.set.cofactor != 4 {
            return None;
        }
        (0_u32..).find_map(|x| {
            let point = self.at(&small(x));
            let four = self.multiply(&self.q, &point);
            let two = self.add(&four, &four);
            two.is_some().then_some((four, two))
        })
    }
}
