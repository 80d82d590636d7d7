//! The group law on its own terms: what holds for all points of every curve.

use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Point;
use crate::gost::arith::field::Field;
use crate::gost::curve::Curve;
use crate::gost::curve::edwards::{Edwards, Extended};
use crate::gost::curve::sets::*;
use crate::gost::curve::weierstrass::{Affine, Complete, Weierstrass};
use crate::gost::octets::Integer;

/// Points of a curve as the laws need them.
trait Group: Curve {
    type Sum: Point;
    fn from_coordinates(x: &<Self as Curve>::Field, y: &<Self as Curve>::Field) -> Self::Sum;
}

macro_rules! groups {
    ($shape:ident $($curve:ident)*) => { $(groups!(@ $shape $curve);)* };
    (@ weierstrass $curve:ident) => {
        impl Group for $curve {
            type Sum = Complete<Self>;
            fn from_coordinates(x: &<Self as Curve>::Field, y: &<Self as Curve>::Field) -> Complete<Self> {
                on_weierstrass(x, y)
            }
        }
    };
    (@ edwards $curve:ident) => {
        impl Group for $curve {
            type Sum = Extended<Self>;
            fn from_coordinates(x: &<Self as Curve>::Field, y: &<Self as Curve>::Field) -> Extended<Self> {
                on_edwards(x, y)
            }
        }
    };
}

groups! { weierstrass CryptoProA CryptoProB CryptoProC Tc26A512 Tc26B512 Test256 Test512 }
groups! { edwards Tc26A256 Tc26C512 }

fn on_weierstrass<W: Weierstrass>(x: &W::Field, y: &W::Field) -> Complete<W> {
    Complete::from_affine(&Affine::new::<W>(x, y).expect("a point"))
}

fn on_edwards<E: Edwards>(x: &E::Field, y: &E::Field) -> Extended<E> {
    Extended::from_weierstrass(x, y).expect("a point")
}

/// k P by the table.
fn base<C: Group>(k: &C::Scalar) -> C::Sum {
    let (x, y) = C::multiply_base(&k.to_integer());
    C::from_coordinates(&x, &y)
}

/// k (l P) by the windows.
fn twice<C: Group>(k: &C::Scalar, l: &C::Scalar) -> C::Sum {
    let (x, y) = C::multiply_base(&l.to_integer());
    let point = C::point(&x, &y).expect("a point");
    let (x, y) = C::multiply(&point, &k.to_integer());
    C::from_coordinates(&x, &y)
}

fn same(name: &str, a: &impl Point, b: &impl Point) {
    assert!(a.coordinates() == b.coordinates(), "{name}");
}

fn laws<C: Group>(a: &C::Scalar, b: &C::Scalar, c: &C::Scalar) {
    let all = [*a, *b, *c, a.add(b), a.mul(b), b.add(c), a.add(b).add(c), a.sub(b)];
    // The public multiplications take no 0.
    if all.iter().any(|scalar| scalar.is_zero().declassify()) {
        return;
    }
    let (pa, pb, pc) = (base::<C>(a), base::<C>(b), base::<C>(c));
    same("(a + b) P = a P + b P", &base::<C>(&a.add(b)), &pa.sum(&pb));
    same("(a - b) P = a P - b P", &base::<C>(&a.sub(b)), &pa.sum(&pb.negative()));
    same("a P + b P = b P + a P", &pa.sum(&pb), &pb.sum(&pa));
    same("(A + B) + C = A + (B + C)", &pa.sum(&pb).sum(&pc), &pa.sum(&pb.sum(&pc)));
    same("2 a P = a P + a P", &base::<C>(&a.double()), &pa.sum(&pa));
    same("(q - a) P = -a P", &base::<C>(&a.neg()), &pa.negative());
    // Through the neutral element, in both places.
    let neutral = pa.sum(&pa.negative());
    same("A + -A + B = B", &neutral.sum(&pb), &pb);
    same("B + (A + -A) = B", &pb.sum(&neutral), &pb);
    same("0 + 0 + B = B", &neutral.sum(&neutral).sum(&pb), &pb);
    same("a (b P) = (a b) P", &twice::<C>(a, b), &base::<C>(&a.mul(b)));
    same("b (a P) = (a b) P", &twice::<C>(b, a), &base::<C>(&a.mul(b)));
    let last = C::Scalar::ONE.neg();
    same("(q - 1) (a P) = -a P", &twice::<C>(&last, a), &pa.negative());
    same("1/a (a P) = P", &twice::<C>(&a.invert(), a), &base::<C>(&C::Scalar::ONE));
}

fn laws_at_random<C: Group>() {
    let cases = std::env::var("KAZTOKEN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(16);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let octet = prop_oneof![4 => any::<u8>(), 1 => Just(0), 1 => Just(0xff)];
    let number = prop_oneof![
        2 => vec(any::<u8>(), 64),
        2 => vec(octet, 64),
        1 => vec(any::<u8>(), 1),
    ];
    TestRunner::new(config)
        .run(&[number.clone(), number.clone(), number].map(|number| number.boxed()), |numbers| {
            let [a, b, c] = numbers.map(|octets: Vec<u8>| C::Scalar::reduce(&Integer::from_le(&octets)));
            laws::<C>(&a, &b, &c);
            laws::<C>(&a, &a.neg().add(&C::Scalar::ONE), &a.neg());
            Ok(())
        })
        .unwrap();
}

#[test]
fn curves_of_prime_order_obey_the_group_laws() {
    laws_at_random::<CryptoProA>();
    laws_at_random::<CryptoProB>();
    laws_at_random::<CryptoProC>();
    laws_at_random::<Tc26A512>();
    laws_at_random::<Tc26B512>();
    laws_at_random::<Test256>();
    laws_at_random::<Test512>();
}

#[test]
fn curves_of_cofactor_4_obey_the_group_laws() {
    laws_at_random::<Tc26A256>();
    laws_at_random::<Tc26C512>();
}
