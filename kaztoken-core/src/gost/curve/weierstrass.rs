//! y^2 = x^3 + a x + b over curves of prime order.

use crate::gost::arith::field::{Field, batch_invert};
use crate::gost::arith::words::{Mask, Word};
use crate::gost::octets::Integer;

use super::comb::{self, Accumulator, Shape};
use super::window::{NonAdjacent, SignedBits};

/// The numbers of a curve of prime order.
pub(crate) trait Weierstrass: Copy + 'static {
    type Field: Field;
    /// `None` for a = -3, which all sets but the two of the examples have.
    const A: Option<Self::Field>;
    const B: Self::Field;
    /// True when q has as many bits as the comb's scalars.
    const ALL_BITS: bool;
    /// The ones that the comb's form of q begins with.
    const TOP_ONES: usize;

    /// a times a number.
    #[inline(always)]
    fn times_a(value: &Self::Field) -> Self::Field {
        match Self::A {
            None => value.triple().neg(),
            Some(a) => value.mul(&a),
        }
    }
}

/// A point other than infinity.
#[derive(Clone, Copy)]
pub(crate) struct Affine<F> {
    pub(crate) x: F,
    pub(crate) y: F,
}

impl<F: Field> Affine<F> {
    /// The point, when it is on the curve.
    pub(crate) fn new<W: Weierstrass<Field = F>>(x: &F, y: &F) -> Option<Self> {
        let right = x.square().mul(x).add(&W::times_a(x)).add(&W::B);
        y.square().equals(&right).is_set_vartime().then_some(Self { x: *x, y: *y })
    }

    #[inline(always)]
    fn negate_where(&self, mask: Mask) -> Self {
        Self { x: self.x, y: F::select(mask, &self.y.neg(), &self.y) }
    }
}

/// X/Z^2, Y/Z^3; Z = 0 is infinity. Fast, with exceptional cases.
pub(crate) struct Jacobian<W: Weierstrass> {
    x: W::Field,
    y: W::Field,
    z: W::Field,
}

impl<W: Weierstrass> Clone for Jacobian<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Weierstrass> Copy for Jacobian<W> {}

impl<W: Weierstrass> Jacobian<W> {
    pub(crate) const INFINITY: Self = Self { x: W::Field::ONE, y: W::Field::ONE, z: W::Field::ZERO };

    #[inline(always)]
    pub(crate) fn from_affine(point: &Affine<W::Field>) -> Self {
        Self { x: point.x, y: point.y, z: W::Field::ONE }
    }

    /// Right for every point: there is none of order 2. 3M + 5S for a = -3 ("dbl-2001-b").
    #[inline]
    pub(crate) fn double(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x.mul(&gamma);
        let alpha = match W::A {
            None => self.x.sub(&delta).mul(&self.x.add(&delta)).triple(),
            Some(a) => self.x.square().triple().add(&delta.square().mul(&a)),
        };
        let beta4 = beta.double().double();
        let x = alpha.square().sub(&beta4.double());
        let z = self.y.add(&self.z).square().sub(&gamma).sub(&delta);
        let gamma2 = gamma.double().square();
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma2.double());
        Self { x, y, z }
    }

    /// Adds a point that is neither infinity nor this one nor its negative; this one is not infinity.
    /// In other cases the result is wrong, except that infinity or the negative give Z = 0. 8M + 3S.
    #[inline]
    fn add_distinct(&self, other: &Affine<W::Field>) -> Self {
        let zz = self.z.square();
        let h = other.x.mul(&zz).sub(&self.x);
        let r = other.y.mul(&zz.mul(&self.z)).sub(&self.y);
        let hh = h.square();
        let hhh = hh.mul(&h);
        let v = self.x.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&hhh));
        Self { x, y, z: self.z.mul(&h) }
    }

    /// Adds any point. Not in constant time.
    #[inline]
    fn add_vartime(&self, other: &Affine<W::Field>) -> Self {
        if self.is_infinity() {
            return Self::from_affine(other);
        }
        let sum = self.add_distinct(other);
        if !sum.is_infinity() {
            return sum;
        }
        // The same x: the same point, or its negative.
        let same = other.y.mul(&self.z.square().mul(&self.z)).equals(&self.y).is_set_vartime();
        if same { self.double() } else { Self::INFINITY }
    }

    /// Adds any point that is not infinity to one that is not, given in the same form. Not in constant time.
    fn add_jacobian_vartime(&self, other: &Self) -> Self {
        let (zz1, zz2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x.mul(&zz2), other.x.mul(&zz1));
        let (s1, s2) = (self.y.mul(&other.z.mul(&zz2)), other.y.mul(&self.z.mul(&zz1)));
        let (h, r) = (u2.sub(&u1), s2.sub(&s1));
        if h.is_zero().is_set_vartime() {
            return if r.is_zero().is_set_vartime() { self.double() } else { Self::INFINITY };
        }
        let hh = h.square();
        let hhh = hh.mul(&h);
        let v = u1.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&hhh));
        Self { x, y, z: self.z.mul(&other.z).mul(&h) }
    }

    fn is_infinity(&self) -> bool {
        self.z.is_zero().is_set_vartime()
    }

    /// True when x is one of the candidates; false at infinity.
    pub(crate) fn has_x(&self, candidates: &[W::Field]) -> bool {
        let zz = self.z.square();
        !self.is_infinity() && candidates.iter().any(|x| x.mul(&zz).equals(&self.x).is_set_vartime())
    }
}

/// X/Z, Y/Z; Z = 0 is infinity. Right for all points (Renes, Costello and Batina, "Complete addition
/// formulas for prime order elliptic curves", 2016, algorithms 1 to 6).
pub(crate) struct Complete<W: Weierstrass> {
    pub(crate) x: W::Field,
    pub(crate) y: W::Field,
    pub(crate) z: W::Field,
}

impl<W: Weierstrass> Clone for Complete<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Weierstrass> Copy for Complete<W> {}

/// The six products of two points' coordinates; the mixed ones are sums, as xy = x1 y2 + x2 y1.
struct Products<F> {
    xx: F,
    yy: F,
    zz: F,
    xy: F,
    xz: F,
    yz: F,
}

impl<W: Weierstrass> Complete<W> {
    pub(crate) fn from_affine(point: &Affine<W::Field>) -> Self {
        Self { x: point.x, y: point.y, z: W::Field::ONE }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let xx = self.x.mul(&other.x);
        let yy = self.y.mul(&other.y);
        let zz = self.z.mul(&other.z);
        let xy = self.x.add(&self.y).mul(&other.x.add(&other.y)).sub(&xx).sub(&yy);
        let xz = self.x.add(&self.z).mul(&other.x.add(&other.z)).sub(&xx).sub(&zz);
        let yz = self.y.add(&self.z).mul(&other.y.add(&other.z)).sub(&yy).sub(&zz);
        Self::from_products(&Products { xx, yy, zz, xy, xz, yz })
    }

    pub(crate) fn add_affine(&self, other: &Affine<W::Field>) -> Self {
        let xx = self.x.mul(&other.x);
        let yy = self.y.mul(&other.y);
        let xy = self.x.add(&self.y).mul(&other.x.add(&other.y)).sub(&xx).sub(&yy);
        let xz = self.z.mul(&other.x).add(&self.x);
        let yz = self.z.mul(&other.y).add(&self.y);
        Self::from_products(&Products { xx, yy, zz: self.z, xy, xz, yz })
    }

    pub(crate) fn double(&self) -> Self {
        Self::from_products(&Products {
            xx: self.x.square(),
            yy: self.y.square(),
            zz: self.z.square(),
            xy: self.x.mul(&self.y).double(),
            xz: self.x.mul(&self.z).double(),
            yz: self.y.mul(&self.z).double(),
        })
    }

    fn from_products(of: &Products<W::Field>) -> Self {
        let b3 = W::B.triple();
        // a xz + 3b zz, 3 xx + a zz, a xx + 3b xz - a^2 zz
        let l = W::times_a(&of.xz).add(&of.zz.mul(&b3));
        let azz = W::times_a(&of.zz);
        let m = of.xx.triple().add(&azz);
        let n = W::times_a(&of.xx.sub(&azz)).add(&of.xz.mul(&b3));
        let (plus, minus) = (of.yy.add(&l), of.yy.sub(&l));
        Self {
            x: of.xy.mul(&minus).sub(&of.yz.mul(&n)),
            y: plus.mul(&minus).add(&m.mul(&n)),
            z: of.yz.mul(&plus).add(&of.xy.mul(&m)),
        }
    }

    pub(crate) fn negate_where(&self, mask: Mask) -> Self {
        Self { x: self.x, y: W::Field::select(mask, &self.y.neg(), &self.y), z: self.z }
    }

    /// x and y of a point that is not infinity.
    pub(crate) fn to_affine(self) -> Affine<W::Field> {
        let inverse = self.z.invert();
        Affine { x: self.x.mul(&inverse), y: self.y.mul(&inverse) }
    }
}

/// The sum of a comb.
///
/// While column c > 0 is under way, the sum and the next entry are signed sums of distinct powers of two
/// from the columns c and above, divided by 2^c. Of disjoint sets of powers such sums are never equal
/// nor opposite; and together they stay below 2^(n-c) <= 2^(n-1) < q, so neither are they modulo q. Thus
/// the fast formula has no exceptional case there. In the last column the bound is 2^n, and the complete
/// formula takes over; but where q begins with as many ones as there are columns, the sum of all terms
/// but those of the last entry still is below 2^n - 2^(n-columns) <= q, and only that entry needs it. Where
/// q has fewer than n bits, the complete formula serves all columns.
pub(crate) enum CombSum<W: Weierstrass> {
    /// Columns above 0.
    Distinct(Jacobian<W>),
    /// Column 0.
    Any(Complete<W>),
}

impl<W: Weierstrass> CombSum<W> {
    /// The sum in complete coordinates.
    pub(crate) fn finish(&self) -> Complete<W> {
        match self {
            Self::Distinct(sum) => complete(sum),
            Self::Any(sum) => *sum,
        }
    }
}

fn complete<W: Weierstrass>(point: &Jacobian<W>) -> Complete<W> {
    Complete { x: point.x.mul(&point.z), y: point.y, z: point.z.square().mul(&point.z) }
}

impl<W: Weierstrass> Accumulator<W::Field, 2> for CombSum<W> {
    fn start(entry: &[W::Field; 2], negative: Mask) -> Self {
        let [x, y] = *entry;
        let sum = Self::Distinct(Jacobian::from_affine(&Affine { x, y }.negate_where(negative)));
        if W::ALL_BITS { sum } else { Self::Any(sum.finish()) }
    }

    #[inline]
    fn add_entry(&mut self, entry: &[W::Field; 2], negative: Mask) {
        let [x, y] = *entry;
        let entry = Affine { x, y }.negate_where(negative);
        match self {
            Self::Distinct(sum) => *sum = sum.add_distinct(&entry),
            Self::Any(sum) => *sum = sum.add_affine(&entry),
        }
    }

    fn double_sum(&mut self) {
        match self {
            Self::Distinct(sum) => *sum = sum.double(),
            Self::Any(sum) => *sum = sum.double(),
        }
    }

    fn guard(&mut self) {
        *self = Self::Any(self.finish());
    }

    fn guarded(blocks: usize, columns: usize) -> usize {
        if W::TOP_ONES >= columns { blocks - 1 } else { 0 }
    }
}

/// The sum of a comb for public scalars and any points.
pub(crate) struct PublicSum<W: Weierstrass>(pub(crate) Jacobian<W>);

impl<W: Weierstrass> Accumulator<W::Field, 2> for PublicSum<W> {
    fn start(entry: &[W::Field; 2], negative: Mask) -> Self {
        let [x, y] = *entry;
        Self(Jacobian::from_affine(&Affine { x, y }.negate_where(negative)))
    }

    fn add_entry(&mut self, entry: &[W::Field; 2], negative: Mask) {
        let [x, y] = *entry;
        self.0 = self.0.add_vartime(&Affine { x, y }.negate_where(negative));
    }

    fn double_sum(&mut self) {
        self.0 = self.0.double();
    }

    fn guard(&mut self) {}

    fn guarded(blocks: usize, _columns: usize) -> usize {
        blocks
    }
}

/// The comb table of a public point. Not in constant time.
pub(crate) fn table_vartime<W: Weierstrass, const M: usize>(
    point: &Affine<W::Field>,
    shape: Shape,
) -> [[<W::Field as Field>::Words; 2]; M] {
    let points: [Jacobian<W>; M] = comb::entries(
        Jacobian::from_affine(point),
        shape,
        Jacobian::double,
        Jacobian::add_jacobian_vartime,
        |point| Jacobian { y: point.y.neg(), ..*point },
    );
    // No entry is infinity: its scalar is a sum of at most six signed powers of two, below 2 q in amount
    // and not 0, and no q is such a sum.
    let mut inverses = points.map(|point| point.z);
    batch_invert(&mut inverses, &mut [W::Field::ZERO; M]);
    let mut out = [[W::Field::ZERO.store(); 2]; M];
    for (place, (point, inverse)) in out.iter_mut().zip(points.iter().zip(&inverses)) {
        let squared = inverse.square();
        *place = [point.x.mul(&squared).store(), point.y.mul(&squared.mul(inverse)).store()];
    }
    out
}

/// Width of the windows of [`multiply`].
const WINDOW: usize = 4;

/// k point for an odd k of at most `bits` bits (a multiple of 8). In constant time, for every point.
pub(crate) fn multiply<W: Weierstrass>(point: &Affine<W::Field>, k: &Integer, bits: usize) -> Complete<W> {
    multiply_any(&Complete::from_affine(point), k, bits)
}

/// As [`multiply`], for infinity too.
pub(crate) fn multiply_any<W: Weierstrass>(point: &Complete<W>, k: &Integer, bits: usize) -> Complete<W> {
    let mut odd = [*point; 1 << (WINDOW - 1)];
    let twice = odd[0].double();
    for i in 1..odd.len() {
        odd[i] = odd[i - 1].add(&twice);
    }
    let signs = zeroize::Zeroizing::new(SignedBits::new(k, bits));
    let mut sum: Option<Complete<W>> = None;
    for first in (0..bits).step_by(WINDOW).rev() {
        let (index, negative) = signs.digit(first, 1, WINDOW);
        let mut found = odd[0];
        for (i, entry) in odd.iter().enumerate() {
            let here = Mask::eq(i as _, index);
            found.x = W::Field::select(here, &entry.x, &found.x);
            found.y = W::Field::select(here, &entry.y, &found.y);
            found.z = W::Field::select(here, &entry.z, &found.z);
        }
        let found = found.negate_where(negative);
        sum = Some(match sum {
            None => found,
            Some(mut sum) => {
                for _ in 0..WINDOW {
                    sum = sum.double();
                }
                sum.add(&found)
            }
        });
    }
    sum.unwrap_or(odd[0])
}

/// Width of the point's non-adjacent form in [`combine_vartime`]; on small machines the stack counts.
const POINT_WIDTH: usize = if Word::BITS == 32 { 4 } else { 5 };
/// Odd multiples that it needs.
const POINT_TABLE: usize = 1 << (POINT_WIDTH - 2);

/// z1 P + z2 point, with `base` the odd multiples 1 P, 3 P, ... for a form of width `base_width`.
/// Not in constant time.
pub(crate) fn combine_vartime<W: Weierstrass, const LEN: usize>(
    z1: &Integer,
    (base, base_width): (&[[<W::Field as Field>::Words; 2]], usize),
    z2: &Integer,
    point: &Affine<W::Field>,
) -> Jacobian<W> {
    // Two steps, so that what one needs of the stack is free for the other.
    let odd = odd_multiples_vartime::<W>(point);
    combine_odd_vartime::<W, LEN>(z1, (base, base_width), z2, &odd)
}

#[inline(never)]
fn combine_odd_vartime<W: Weierstrass, const LEN: usize>(
    z1: &Integer,
    (base, base_width): (&[[<W::Field as Field>::Words; 2]], usize),
    z2: &Integer,
    odd: &[Affine<W::Field>; POINT_TABLE],
) -> Jacobian<W> {
    let z1 = NonAdjacent::<LEN>::new(z1, base_width);
    let z2 = NonAdjacent::<LEN>::new(z2, POINT_WIDTH);
    let mut sum = Jacobian::INFINITY;
    for i in (0..z1.len().max(z2.len())).rev() {
        sum = sum.double();
        if let Some((index, negative)) = z2.digit(i) {
            sum = sum.add_vartime(&odd[index].negate_where(Mask::from_bit(negative.into())));
        }
        if let Some((index, negative)) = z1.digit(i) {
            let [x, y] = &base[index];
            let entry = Affine { x: W::Field::load(x), y: W::Field::load(y) };
            sum = sum.add_vartime(&entry.negate_where(Mask::from_bit(negative.into())));
        }
    }
    sum
}

/// point, 3 point, 5 point, ... in affine form.
#[inline(never)]
fn odd_multiples_vartime<W: Weierstrass>(point: &Affine<W::Field>) -> [Affine<W::Field>; POINT_TABLE] {
    let first = Jacobian::<W>::from_affine(point);
    let twice = first.double();
    let mut multiples = [first; POINT_TABLE];
    for i in 1..POINT_TABLE {
        multiples[i] = multiples[i - 1].add_jacobian_vartime(&twice);
    }
    // No multiple below the order is infinity, so no Z is 0.
    let mut inverses = multiples.map(|point| point.z);
    batch_invert(&mut inverses, &mut [W::Field::ZERO; POINT_TABLE]);
    let mut out = [*point; POINT_TABLE];
    for (place, (point, inverse)) in out.iter_mut().zip(multiples.iter().zip(&inverses)) {
        let squared = inverse.square();
        *place = Affine { x: point.x.mul(&squared), y: point.y.mul(&squared.mul(inverse)) };
    }
    out
}
