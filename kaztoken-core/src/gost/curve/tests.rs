//! The tables are recomputed by the complete formulas; the group law is checked on its own terms.
//!
//! `KAZTOKEN_WRITE_TABLES=1 cargo test -p kaztoken-core --lib tables` writes the tables anew.

mod laws;

use std::path::Path;
use std::vec::Vec;
use std::{fs, println};

use super::comb::Shape;
use super::edwards::{Edwards, Extended};
use super::sets::*;
use super::weierstrass::{Affine, Complete, Weierstrass};
use super::{Curve, with_curve};
use crate::gost::arith::field::Field;
use crate::gost::arith::words::{Mask, Word};
use crate::gost::octets::Integer;
use crate::gost::parameter_set::ParameterSet;

const LARGE: &[usize] = &[6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 4];

/// For 256 and for 512 bits.
const SHAPES: [(&str, [Shape; 2]); 2] = [
    ("small", [Shape { columns: 16, widths: &[4, 4, 4, 4] }, Shape { columns: 32, widths: &[6, 5, 5] }]),
    ("large", [Shape { columns: 4, widths: LARGE }, Shape { columns: 8, widths: LARGE }]),
];

/// What a table is made of: points that can be added and written down.
trait Point: Copy {
    fn sum(&self, other: &Self) -> Self;
    fn negative(&self) -> Self;
    fn coordinates(&self) -> Vec<Vec<Word>>;
}

impl<W: Weierstrass> Point for Complete<W> {
    fn sum(&self, other: &Self) -> Self {
        self.add(other)
    }

    fn negative(&self) -> Self {
        self.negate_where(Mask::from_bit(1))
    }

    fn coordinates(&self) -> Vec<Vec<Word>> {
        let Affine { x, y } = self.to_affine();
        [x, y].iter().map(|c| c.store().as_ref().to_vec()).collect()
    }
}

impl<E: Edwards> Point for Extended<E> {
    fn sum(&self, other: &Self) -> Self {
        self.add(other)
    }

    fn negative(&self) -> Self {
        self.negate()
    }

    fn coordinates(&self) -> Vec<Vec<Word>> {
        self.to_entry().iter().map(|c| c.store().as_ref().to_vec()).collect()
    }
}

fn comb<P: Point>(base: P, shape: Shape) -> Vec<P> {
    let mut powers = [base].to_vec();
    for i in 1..shape.bits() {
        powers.push(powers[i - 1].sum(&powers[i - 1]));
    }
    let (mut out, mut first) = (Vec::new(), 0);
    for width in shape.widths {
        for index in 0..1 << (width - 1) {
            let mut sum = powers[first + shape.columns * (width - 1)];
            for t in 0..width - 1 {
                let power = powers[first + shape.columns * t];
                sum = sum.sum(&if index >> t & 1 == 1 { power } else { power.negative() });
            }
            out.push(sum);
        }
        first += shape.columns * width;
    }
    out
}

fn odd_multiples<P: Point>(base: P, count: usize) -> Vec<P> {
    let twice = base.sum(&base);
    let mut out = [base].to_vec();
    while out.len() < count {
        out.push(out[out.len() - 1].sum(&twice));
    }
    out
}

fn octets<P: Point>(points: &[P]) -> Vec<u8> {
    let words = points.iter().flat_map(|point| point.coordinates()).flatten();
    words.flat_map(|word| word.to_le_bytes()).collect()
}

fn check<P: Point>(name: &str, base: P, size: usize, only_small: bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gost/tables");
    let mut files = Vec::new();
    for (suffix, shapes) in SHAPES {
        if suffix == "small" || !only_small {
            let shape = shapes[size / 512];
            assert_eq!(shape.bits(), size);
            files.push((suffix, octets(&comb(base, shape))));
        }
    }
    files.push(("odd", octets(&odd_multiples(base, if only_small { 8 } else { 64 }))));
    for (suffix, octets) in files {
        let path = folder.join(name).with_extension(suffix);
        if std::env::var_os("KAZTOKEN_WRITE_TABLES").is_some() {
            println!("written: {}", path.display());
            fs::write(&path, &octets).unwrap();
        }
        assert!(fs::read(&path).unwrap() == octets, "{} is not what the formulas give", path.display());
    }
}

fn weierstrass_base<W: Weierstrass<Field = <W as Curve>::Field> + Curve>() -> Complete<W> {
    let (x, y) = W::BASE;
    Complete::from_affine(&Affine::new::<W>(&x, &y).unwrap())
}

fn edwards_base<E: Edwards<Field = <E as Curve>::Field> + Curve>() -> Extended<E> {
    let (x, y) = E::BASE;
    Extended::from_weierstrass(&x, &y).unwrap()
}

#[test]
fn tables_are_what_the_formulas_give() {
    check("cryptopro_a", weierstrass_base::<CryptoProA>(), 256, false);
    check("cryptopro_b", weierstrass_base::<CryptoProB>(), 256, false);
    check("cryptopro_c", weierstrass_base::<CryptoProC>(), 256, false);
    check("tc26_256_a", edwards_base::<Tc26A256>(), 256, false);
    check("tc26_512_a", weierstrass_base::<Tc26A512>(), 512, false);
    check("tc26_512_b", weierstrass_base::<Tc26B512>(), 512, false);
    check("tc26_512_c", edwards_base::<Tc26C512>(), 512, false);
    check("test_256", weierstrass_base::<Test256>(), 256, true);
    check("test_512", weierstrass_base::<Test512>(), 512, true);
}

fn scalars<C: Curve>() -> Vec<Integer> {
    let one = C::Scalar::ONE;
    let mut out: Vec<C::Scalar> = Vec::new();
    let mut small = one;
    for _ in 0..40 {
        out.push(small);
        out.push(small.neg());
        small = small.add(&one);
    }
    let half = one.double().invert();
    out.extend([half, half.neg(), half.square(), half.square().neg()]);
    let mut value = C::Scalar::reduce(&Integer::from_le(&[0x5a; 64]));
    for _ in 0..40 {
        value = value.square().add(&one);
        out.push(value);
    }
    out.iter().map(Field::to_integer).collect()
}

/// Every way of multiplying gives the same point.
fn multiplications_agree<C: Curve>() {
    let (x, y) = C::BASE;
    let base = C::point(&x, &y).unwrap();
    for k in scalars::<C>() {
        let (x, y) = C::multiply_base(&k);
        assert!(C::point(&x, &y).is_some(), "{} {k:?}: not a point", C::SET);
        let (other_x, other_y) = C::multiply(&base, &k);
        assert!(
            x.equals(&other_x).and(y.equals(&other_y)).is_set_vartime(),
            "{} {k:?}: variable base",
            C::SET
        );
        // k P = (k - 1) P + 1 P = 0 P + k P
        let less = C::Scalar::from_integer(&k).unwrap().sub(&C::Scalar::ONE).to_integer();
        let one = C::Scalar::ONE.to_integer();
        for (z1, z2) in [(less, one), (one, less), (k, Integer::ZERO), (Integer::ZERO, k)] {
            assert!(C::combination_has_x(&z1, &z2, &base, &[x]), "{} {k:?}: {z1:?} {z2:?}", C::SET);
            assert!(!C::combination_has_x(&z1, &z2, &base, &[x.add(&C::Field::ONE)]));
        }
        let opposite = C::Scalar::from_integer(&k).unwrap().neg().to_integer();
        assert!(!C::combination_has_x(&k, &opposite, &base, &[C::Field::ZERO, C::Field::ONE, x]));
    }
}

#[test]
fn multiplications_agree_on_every_curve() {
    for set in ParameterSet::ALL {
        with_curve!(*set, C => multiplications_agree::<C>());
    }
}
