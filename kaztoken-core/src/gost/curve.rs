//! Points: the group law in its two shapes, fixed-base tables, double multiplication for verification.
//!
//! * [`weierstrass`]: curves of prime order, Jacobian and complete homogeneous formulas;
//! * [`edwards`]: the two curves of cofactor 4, complete extended formulas;
//! * [`comb`]: multiples of the base point from a table, in constant time;
//! * [`window`]: recodings of scalars;
//! * [`primes`], [`sets`]: the curves of the standards.
#![allow(
    clippy::indexing_slicing,
    reason = "indices are digits and loop counters bounded by the array's length"
)]

pub(super) mod comb;
pub(super) mod edwards;
pub(super) mod primes;
pub(super) mod sets;
pub(super) mod weierstrass;
pub(super) mod window;

#[cfg(test)]
mod tests;

use super::arith::field::Field;
use super::octets::Integer;
use super::parameter_set::ParameterSet;
use zeroize::Zeroize;

/// A curve of the standards: its numbers, and the multiplications that the schemes need.
pub(crate) trait Curve: Copy + 'static {
    /// Numbers modulo p.
    type Field: Field;
    /// Numbers modulo q.
    type Scalar: Field + Zeroize;
    /// A point that was checked to lie on the curve, in the subgroup of order q, and not to be infinity.
    type Point: Copy;

    /// A table of multiples of a public point.
    type Table: Copy;

    /// Which parameter set this is.
    const SET: ParameterSet;

    /// The base point P: x and y.
    const BASE: (Self::Field, Self::Field);

    /// The point with these coordinates of the Weierstrass equation, with all checks of its type.
    fn point(x: &Self::Field, y: &Self::Field) -> Option<Self::Point>;

    /// As [`Curve::point`], for coordinates that passed it before.
    fn checked_point(x: &Self::Field, y: &Self::Field) -> Self::Point;

    /// k P for the base point P, 0 < k < q: x and y. In constant time.
    fn multiply_base(k: &Integer) -> (Self::Field, Self::Field);

    /// k point, 0 < k < q: x and y. In constant time.
    fn multiply(point: &Self::Point, k: &Integer) -> (Self::Field, Self::Field);

    /// The table of a point.
    fn table(point: &Self::Point) -> Self::Table;

    /// As [`Curve::combination_has_x`], with the point's table; z1 and z2 are not 0.
    fn table_combination_has_x(
        z1: &Integer,
        z2: &Integer,
        table: &Self::Table,
        candidates: &[Self::Field],
    ) -> bool;

    /// True when the x of C = z1 P + z2 point is one of `candidates`; false for C at infinity.
    /// Not in constant time.
    fn combination_has_x(z1: &Integer, z2: &Integer, point: &Self::Point, candidates: &[Self::Field])
    -> bool;
}

/// Evaluates an expression with `$curve` standing for the type of the curve of a set.
macro_rules! with_curve {
    ($set:expr, $curve:ident => $value:expr) => {
        $crate::gost::curve::with_curve!(@ $set, $curve => $value,
            CryptoProA CryptoProA, CryptoProB CryptoProB, CryptoProC CryptoProC, Tc26_256A Tc26A256,
            Tc26_512A Tc26A512, Tc26_512B Tc26B512, Tc26_512C Tc26C512, Test256 Test256, Test512 Test512)
    };
    (@ $set:expr, $curve:ident => $value:expr, $($variant:ident $type:ident),*) => {
        match $set {
            $(ParameterSet::$variant => {
                type $curve = $crate::gost::curve::sets::$type;
                $value
            })*
        }
    };
}
pub(crate) use with_curve;
