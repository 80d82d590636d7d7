//! u^2 + v^2 = 1 + d u^2 v^2, the twisted Edwards form (RFC 7836 section 5.2) of the sets of cofactor 4.
//!
//! d is not a square, so the addition law is complete: it is right for every pair of points, those of
//! order 2 and 4 included (Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited", 2008).

use crate::gost::arith::field::{Field, batch_invert};
use crate::gost::arith::words::{Mask, Word};
use crate::gost::octets::Integer;

use super::comb::{self, Accumulator, Shape};
use super::window::{NonAdjacent, SignedBits};

/// The numbers of a curve of cofactor 4.
pub(crate) trait Edwards: Copy + 'static {
    type Field: Field;
    /// d of the Edwards form; e is 1.
    const D: Self::Field;
    /// s = (e - d) / 4 and t = (e + d) / 6: x = s (1 + v) / (1 - v) + t, y = s (1 + v) / ((1 - v) u).
    const S: Self::Field;
    const T: Self::Field;
    /// The order of the subgroup.
    const Q: Integer;
}

/// U/Z, V/Z, with T = U V / Z.
pub(crate) struct Extended<E: Edwards> {
    u: E::Field,
    v: E::Field,
    z: E::Field,
    t: E::Field,
}

impl<E: Edwards> Clone for Extended<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: Edwards> Copy for Extended<E> {}

impl<E: Edwards> Extended<E> {
    const NEUTRAL: Self = Self { u: E::Field::ZERO, v: E::Field::ONE, z: E::Field::ONE, t: E::Field::ZERO };

    /// From the Weierstrass coordinates of a point of the subgroup of order q, not infinity, with all
    /// checks; the subgroup is checked by q times the point.
    pub(crate) fn from_weierstrass(x: &E::Field, y: &E::Field) -> Option<Self> {
        let point = Self::map(x, y);
        let on_curve = point.is_on_curve().and(point.z.is_zero().not());
        (on_curve.is_set_vartime() && point.multiply_vartime(&E::Q).is_neutral()).then_some(point)
    }

    /// From the Weierstrass coordinates of a point.
    ///
    /// The map is u = (x - t) / y, v = (x - t - s) / (x - t + s); its fractions have a common denominator,
    /// which is 0 only for the point of order 2.
    pub(crate) fn map(x: &E::Field, y: &E::Field) -> Self {
        let w = x.sub(&E::T);
        let (below, above) = (w.sub(&E::S), w.add(&E::S));
        Self { u: w.mul(&above), v: below.mul(y), z: y.mul(&above), t: w.mul(&below) }
    }

    /// U^2 + V^2 = Z^2 + d T^2 and T Z = U V.
    fn is_on_curve(&self) -> Mask {
        let left = self.u.square().add(&self.v.square());
        let right = self.z.square().add(&self.t.square().mul(&E::D));
        left.equals(&right).and(self.t.mul(&self.z).equals(&self.u.mul(&self.v)))
    }

    fn is_neutral(&self) -> bool {
        self.u.is_zero().and(self.v.equals(&self.z)).is_set_vartime()
    }

    /// x and y of the Weierstrass form; the point is neither neutral nor of order 2.
    pub(crate) fn to_weierstrass(self) -> (E::Field, E::Field) {
        let (above, below) = (self.z.add(&self.v), self.z.sub(&self.v));
        let inverse = below.mul(&self.u).invert();
        let s = E::S.mul(&above).mul(&inverse);
        (s.mul(&self.u).add(&E::T), s.mul(&self.z))
    }

    /// True when x of the Weierstrass form is one of the candidates; false for the neutral point, where
    /// Z - V = 0 but Z + V is not.
    pub(crate) fn has_x(&self, candidates: &[E::Field]) -> bool {
        let above = E::S.mul(&self.z.add(&self.v));
        let below = self.z.sub(&self.v);
        candidates.iter().any(|x| x.sub(&E::T).mul(&below).equals(&above).is_set_vartime())
    }

    /// Doubles; T is left out (0) when only doublings follow. 3M + 4S, 4M + 4S with T.
    #[inline(always)]
    fn double(&self, with_t: bool) -> Self {
        let a = self.u.square();
        let b = self.v.square();
        let c = self.z.square().double();
        let g = a.add(&b);
        let e = self.u.add(&self.v).square().sub(&g);
        let f = g.sub(&c);
        let h = a.sub(&b);
        let t = if with_t { e.mul(&h) } else { E::Field::ZERO };
        Self { u: e.mul(&f), v: g.mul(&h), z: f.mul(&g), t }
    }

    /// Adds a point given with d times its T.
    #[inline(always)]
    fn add_cached(&self, other: &Cached<E>) -> Self {
        let d = self.z.mul(&other.z);
        self.add_products(&other.u, &other.v, &other.dt, &d)
    }

    /// Adds (u, v), whose Z is 1, given with d u v.
    #[inline(always)]
    fn add_affine(&self, u: &E::Field, v: &E::Field, dt: &E::Field) -> Self {
        self.add_products(u, v, dt, &self.z)
    }

    #[inline(always)]
    fn add_products(&self, u: &E::Field, v: &E::Field, dt: &E::Field, d: &E::Field) -> Self {
        let a = self.u.mul(u);
        let b = self.v.mul(v);
        let c = self.t.mul(dt);
        let e = self.u.add(&self.v).mul(&u.add(v)).sub(&a).sub(&b);
        let (f, g, h) = (d.sub(&c), d.add(&c), b.sub(&a));
        Self { u: e.mul(&f), v: g.mul(&h), z: f.mul(&g), t: e.mul(&h) }
    }

    fn cache(&self) -> Cached<E> {
        Cached { u: self.u, v: self.v, z: self.z, dt: self.t.mul(&E::D) }
    }

    /// The coordinates of a table entry: u, v and d u v.
    #[cfg(test)]
    pub(crate) fn to_entry(self) -> [E::Field; 3] {
        self.scaled(&self.z.invert())
    }

    /// u, v and d u v, given 1/Z.
    fn scaled(&self, inverse: &E::Field) -> [E::Field; 3] {
        let (u, v) = (self.u.mul(inverse), self.v.mul(inverse));
        [u, v, u.mul(&v).mul(&E::D)]
    }

    /// The sum of any two points.
    #[cfg(test)]
    pub(crate) fn add(&self, other: &Self) -> Self {
        self.add_cached(&other.cache())
    }

    /// The opposite point.
    pub(crate) fn negate(&self) -> Self {
        Self { u: self.u.neg(), v: self.v, z: self.z, t: self.t.neg() }
    }

    fn odd_multiples<const M: usize>(&self) -> [Cached<E>; M] {
        let twice = self.double(true).cache();
        let mut sum = *self;
        let mut out = [self.cache(); M];
        for place in out.iter_mut().skip(1) {
            sum = sum.add_cached(&twice);
            *place = sum.cache();
        }
        out
    }

    /// k times the point. Not in constant time.
    fn multiply_vartime(&self, k: &Integer) -> Self {
        let odd: [Cached<E>; POINT_TABLE] = self.odd_multiples();
        let digits = NonAdjacent::<513>::new(k, POINT_WIDTH);
        let mut sum = Self::NEUTRAL;
        for i in (0..digits.len()).rev() {
            let digit = digits.digit(i);
            sum = sum.double(digit.is_some());
            if let Some((index, negative)) = digit {
                sum = sum.add_cached(&odd[index].negate_where(Mask::from_bit(negative.into())));
            }
        }
        sum
    }
}

/// A point ready to be added.
struct Cached<E: Edwards> {
    u: E::Field,
    v: E::Field,
    z: E::Field,
    dt: E::Field,
}

impl<E: Edwards> Clone for Cached<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: Edwards> Copy for Cached<E> {}

impl<E: Edwards> Cached<E> {
    #[inline(always)]
    fn negate_where(&self, mask: Mask) -> Self {
        let u = E::Field::select(mask, &self.u.neg(), &self.u);
        let dt = E::Field::select(mask, &self.dt.neg(), &self.dt);
        Self { u, v: self.v, z: self.z, dt }
    }
}

impl<E: Edwards> Accumulator<E::Field, 3> for Extended<E> {
    fn start(entry: &[E::Field; 3], negative: Mask) -> Self {
        let mut sum = Self::NEUTRAL;
        sum.add_entry(entry, negative);
        sum
    }

    #[inline]
    fn add_entry(&mut self, entry: &[E::Field; 3], negative: Mask) {
        let [u, v, dt] = entry;
        let u = E::Field::select(negative, &u.neg(), u);
        let dt = E::Field::select(negative, &dt.neg(), dt);
        *self = self.add_affine(&u, v, &dt);
    }

    fn double_sum(&mut self) {
        *self = self.double(true);
    }

    fn guard(&mut self) {}

    fn guarded(blocks: usize, _columns: usize) -> usize {
        blocks
    }
}

/// The comb table of a public point.
pub(crate) fn table_vartime<E: Edwards, const M: usize>(
    point: &Extended<E>,
    shape: Shape,
) -> [[<E::Field as Field>::Words; 3]; M] {
    let points: [Extended<E>; M] = comb::entries(
        *point,
        shape,
        |point| point.double(true),
        |point, other| point.add_cached(&other.cache()),
        Extended::negate,
    );
    let mut inverses = points.map(|point| point.z);
    batch_invert(&mut inverses, &mut [E::Field::ZERO; M]);
    let mut out = [[E::Field::ZERO.store(); 3]; M];
    for (place, (point, inverse)) in out.iter_mut().zip(points.iter().zip(&inverses)) {
        *place = point.scaled(inverse).map(|coordinate| coordinate.store());
    }
    out
}

/// Width of the windows of [`multiply`].
const WINDOW: usize = 4;

/// k point for an odd k of at most `bits` bits (a multiple of 8). In constant time.
pub(crate) fn multiply<E: Edwards>(point: &Extended<E>, k: &Integer, bits: usize) -> Extended<E> {
    let odd: [Cached<E>; 1 << (WINDOW - 1)] = point.odd_multiples();
    let signs = zeroize::Zeroizing::new(SignedBits::new(k, bits));
    let mut sum = Extended::NEUTRAL;
    for first in (0..bits).step_by(WINDOW).rev() {
        let (index, negative) = signs.digit(first, 1, WINDOW);
        let mut found = odd[0];
        for (i, entry) in odd.iter().enumerate() {
            let here = Mask::eq(i as _, index);
            found.u = E::Field::select(here, &entry.u, &found.u);
            found.v = E::Field::select(here, &entry.v, &found.v);
            found.z = E::Field::select(here, &entry.z, &found.z);
            found.dt = E::Field::select(here, &entry.dt, &found.dt);
        }
        for left in (0..WINDOW).rev() {
            sum = sum.double(left == 0);
        }
        sum = sum.add_cached(&found.negate_where(negative));
    }
    sum
}

/// Width of the point's non-adjacent form in [`combine_vartime`]; on small machines the stack counts.
const POINT_WIDTH: usize = if Word::BITS == 32 { 4 } else { 5 };
/// Odd multiples that it needs.
const POINT_TABLE: usize = 1 << (POINT_WIDTH - 2);

/// z1 P + z2 point, with `base` the odd multiples 1 P, 3 P, ... for a form of width `base_width`.
/// Not in constant time.
pub(crate) fn combine_vartime<E: Edwards, const LEN: usize>(
    z1: &Integer,
    (base, base_width): (&[[<E::Field as Field>::Words; 3]], usize),
    z2: &Integer,
    point: &Extended<E>,
) -> Extended<E> {
    let odd: [Cached<E>; POINT_TABLE] = point.odd_multiples();
    let z1 = NonAdjacent::<LEN>::new(z1, base_width);
    let z2 = NonAdjacent::<LEN>::new(z2, POINT_WIDTH);
    let mut sum = Extended::NEUTRAL;
    for i in (0..z1.len().max(z2.len())).rev() {
        let (first, second) = (z1.digit(i), z2.digit(i));
        sum = sum.double(first.is_some() || second.is_some());
        if let Some((index, negative)) = second {
            sum = sum.add_cached(&odd[index].negate_where(Mask::from_bit(negative.into())));
        }
        if let Some((index, negative)) = first {
            let entry = base[index].map(|words| E::Field::load(&words));
            sum.add_entry(&entry, Mask::from_bit(negative.into()));
        }
    }
    sum
}
