//! Points from their x, and the keys that go with them. Nothing here is secret, nothing in constant time.

use crate::gost::arith::field::Field;
use crate::gost::curve::{Curve, with_curve};
use crate::gost::octets::Integer;
use crate::gost::parameter_set::ParameterSet;
use crate::gost::scheme::{ABSCISSAS, abscissas, digest_scalar, scalar};

use super::MAX_RECOVERED;

type Keys = heapless::Vec<(Integer, Integer), MAX_RECOVERED>;

/// x and y of every Q with C = (s/e) P - (r/e) Q for a C of x = r mod q: Q = (s/r) P - (e/r) C.
pub(super) fn recover(set: ParameterSet, e: &Integer, r: &Integer, s: &Integer) -> Keys {
    with_curve!(set, C => recover_on::<C>(e, r, s).unwrap_or_default())
}

fn recover_on<C: Curve>(e: &Integer, r: &Integer, s: &Integer) -> Option<Keys> {
    let (xs, count): ([C::Field; ABSCISSAS], usize) = abscissas::<C>(r);
    let inverse = scalar::<C>(r)?.invert();
    let of_p = scalar::<C>(s)?.mul(&inverse).to_integer();
    let of_c = digest_scalar::<C>(e).mul(&inverse).neg().to_integer();
    let equation = Equation::of::<C>();
    let base = C::multiply_base(&of_p);
    let mut keys = Keys::new();
    for x in xs.get(..count).unwrap_or_default() {
        let Some(y) = sqrt(&equation.right_side(x)) else { continue };
        for y in [y, y.neg()] {
            // Refuses points outside the subgroup, on the curves that have them.
            let Some(c) = C::point(x, &y) else { continue };
            let Some((x, y)) = equation.add(&base, &C::multiply(&c, &of_c)) else { continue };
            keys.push((x.to_integer(), y.to_integer())).ok();
        }
    }
    Some(keys)
}

/// y^2 = x^3 + a x + b.
struct Equation<F> {
    a: F,
    b: F,
}

impl<F: Field> Equation<F> {
    /// Found from two of its points, P and 2 P: the curves hold their numbers in the form that suits their
    /// formulas, which for two of them is not this one.
    fn of<C: Curve<Field = F>>() -> Self {
        let (x1, y1) = C::BASE;
        let (x2, y2) = C::multiply_base(&Integer::from_le(&[2]));
        let rest = |x: &F, y: &F| y.square().sub(&x.square().mul(x));
        let a = rest(&x1, &y1).sub(&rest(&x2, &y2)).mul(&x1.sub(&x2).invert());
        Self { a, b: rest(&x1, &y1).sub(&a.mul(&x1)) }
    }

    fn right_side(&self, x: &F) -> F {
        x.square().add(&self.a).mul(x).add(&self.b)
    }

    /// The sum of two points; `None` for infinity.
    fn add(&self, (x1, y1): &(F, F), (x2, y2): &(F, F)) -> Option<(F, F)> {
        let slope = if !x1.equals(x2).declassify() {
            y2.sub(y1).mul(&x2.sub(x1).invert())
        } else if y1.equals(y2).declassify() && !y1.is_zero().declassify() {
            x1.square().triple().add(&self.a).mul(&y1.double().invert())
        } else {
            return None;
        };
        let x = slope.square().sub(x1).sub(x2);
        let y = x1.sub(&x).mul(&slope).sub(y1);
        Some((x, y))
    }
}

/// More than there is in p - 1 of any set; the largest power of two is 2^3.
const MAX_TWOS: u32 = 8;

/// A square root; `None` when there is none. Tonelli and Shanks (H. Cohen, A Course in Computational
/// Algebraic Number Theory, algorithm 1.5.1); for p = 3 mod 4 that is one power.
fn sqrt<F: Field>(square: &F) -> Option<F> {
    if square.is_zero().declassify() {
        return Some(F::ZERO);
    }
    // p - 1 = odd 2^twos.
    let twos = (1..MAX_TWOS).take_while(|i| F::MODULUS.bit(*i as usize) == 0).count() + 1;
    // square^((odd - 1) / 2): the bits of p above the lowest `twos`, and one less.
    let half = power(square, twos + 1);
    let mut root = half.mul(square);
    let mut rest = root.mul(&half);
    let mut generator = power(&non_residue::<F>()?, twos);
    let mut order = twos;
    while !rest.equals(&F::ONE).declassify() && order > 1 {
        // The least i with rest^(2^i) = 1. At `order` there is no root.
        let mut i = 0;
        let mut raised = rest;
        while i < order && !raised.equals(&F::ONE).declassify() {
            raised = raised.square();
            i += 1;
        }
        if i >= order {
            return None;
        }
        let step = (i + 1..order).fold(generator, |step, _| step.square());
        generator = step.square();
        root = root.mul(&step);
        rest = rest.mul(&generator);
        order = i;
    }
    root.square().equals(square).declassify().then_some(root)
}

/// base^(p >> shift).
fn power<F: Field>(base: &F, shift: usize) -> F {
    (shift..512).rev().fold(F::ONE, |result, i| {
        let squared = result.square();
        if F::MODULUS.bit(i) == 1 { squared.mul(base) } else { squared }
    })
}

/// The least number that is no square. It is below 8 for all sets.
fn non_residue<F: Field>() -> Option<F> {
    let mut candidate = F::ONE;
    for _ in 0..64 {
        candidate = candidate.add(&F::ONE);
        // candidate^((p - 1) / 2) = -1.
        if power(&candidate, 1).add(&F::ONE).is_zero().declassify() {
            return Some(candidate);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares have roots, products with a non-residue have none.
    fn roots<C: Curve>() {
        let no_square = non_residue::<C::Field>().unwrap();
        let mut number = C::BASE.1;
        for _ in 0..20 {
            number = number.square().add(&C::Field::ONE);
            let root = sqrt(&number.square()).unwrap();
            assert!(root.equals(&number).or(root.equals(&number.neg())).declassify());
            assert!(sqrt(&number.square().mul(&no_square)).is_none(), "{}", C::SET);
        }
        assert!(sqrt(&C::Field::ZERO).unwrap().is_zero().declassify());
    }

    #[test]
    fn roots_on_every_curve() {
        for set in ParameterSet::ALL.iter().copied() {
            with_curve!(set, C => roots::<C>());
        }
    }

    /// a and b as RFC 4357 section 11.4 and RFC 7836 appendix A print them.
    #[test]
    fn equations() {
        use crate::gost::curve::sets::{CryptoProA, Tc26A256};
        let a = Equation::of::<CryptoProA>();
        assert!(a.a.add(&<CryptoProA as Curve>::Field::ONE.triple()).is_zero().declassify());
        assert_eq!(a.b.to_integer(), Integer::from_le(&[166]));
        let twisted = Equation::of::<Tc26A256>();
        let (x, y) = Tc26A256::BASE;
        assert!(twisted.right_side(&x).equals(&y.square()).declassify());
        assert_eq!(twisted.a.to_integer().octets().first(), Some(&0x35));
        assert_eq!(twisted.b.to_integer().octets().first(), Some(&0x13));
    }
}
