//! Every field against `crypto-bigint`, on numbers chosen to be near every edge and on random ones.
//!
//! `KAZTOKEN_FUZZ_CASES=100000 cargo test --release -p kaztoken-core --lib arith` runs as many cases as
//! it is told; `RUSTFLAGS='--cfg kaztoken_limbs="32"'` with a target directory of its own tests the other
//! word size.

use std::vec::Vec;

use crypto_bigint::{NonZero, Odd, U512};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::field::{Field, batch_invert};
use super::montgomery::{Modulus, Montgomery};
use super::special::{Special, SpecialPrime};
use super::words::{self, BITS, Mask, N256, N512};
use crate::gost::curve::primes::{P255, P255T, P256, P256C, P511, P511T, P512};
use crate::gost::curve::{Curve, sets};
use crate::gost::octets::Integer;

/// A field element whose inner words can be set at will, and what they stand for.
trait Inner: Field {
    /// Bits of the words.
    const SIZE: u32;
    /// The element with these words, as far as its type allows them, and the oracle's number for it.
    fn inner(bits: &U512) -> (Self, U512);
}

impl<P: SpecialPrime<N>, const N: usize> Inner for Special<P, N> {
    const SIZE: u32 = (N * BITS) as u32;

    fn inner(bits: &U512) -> (Self, U512) {
        // Any words are allowed, those of p and above too.
        let kept = low(bits, Self::SIZE);
        (Self::load(&words::from_le(&octets(&kept))), kept.rem_vartime(&modulus::<Self>()))
    }
}

impl<M: Modulus<N>, const N: usize> Inner for Montgomery<M, N> {
    const SIZE: u32 = (N * BITS) as u32;

    fn inner(bits: &U512) -> (Self, U512) {
        // Words stand for themselves divided by 2^n, and are below the prime.
        let m = modulus::<Self>();
        let kept = low(bits, Self::SIZE).rem_vartime(&m);
        let power = U512::MAX.shr_vartime(512 - Self::SIZE).rem_vartime(&m).add_mod(&U512::ONE, &m);
        let number = kept.mul_mod_vartime(&invert(&power, &m), &m);
        (Self::load(&words::from_le(&octets(&kept))), number)
    }
}

fn modulus<F: Field>() -> NonZero<U512> {
    NonZero::new(number(&F::MODULUS)).unwrap()
}

fn number(integer: &Integer) -> U512 {
    U512::from_le_slice(integer.octets())
}

fn octets(number: &U512) -> [u8; 64] {
    number.to_le_bytes().as_ref().try_into().unwrap()
}

fn integer(number: &U512) -> Integer {
    Integer::from_le(&octets(number))
}

/// The number modulo 2^size.
fn low(number: &U512, size: u32) -> U512 {
    number.shl_vartime(512 - size).shr_vartime(512 - size)
}

/// 0 for 0.
fn invert(number: &U512, m: &NonZero<U512>) -> U512 {
    let odd = Odd::new(*m.as_ref()).unwrap();
    Option::from(number.invert_odd_mod_vartime(&odd)).unwrap_or(U512::ZERO)
}

/// The operations on one pair of elements, each with the oracle's answer.
fn check_pair<F: Inner>(a: &U512, b: &U512) {
    let m = modulus::<F>();
    let ((a, x), (b, y)) = (F::inner(a), F::inner(b));
    let same = |name: &str, ours: F, theirs: U512| {
        assert_eq!(number(&ours.to_integer()), theirs, "{name} of {x} and {y} modulo {}", m.as_ref());
        let zero = theirs == U512::ZERO;
        assert_eq!(ours.is_zero().declassify(), zero, "{name} of {x} and {y} modulo {}: is zero", m.as_ref());
        // What is written is the canonical form: it depends on the number only.
        let fresh = F::from_integer(&integer(&theirs)).expect("below the prime");
        assert_eq!(ours.store().as_ref(), fresh.store().as_ref(), "{name}: stored words");
        assert!(F::load(&ours.store()).equals(&fresh).declassify(), "{name}: loaded again");
        assert!(ours.equals(&fresh).declassify(), "{name}: equal");
    };
    same("the first", a, x);
    same("add", a.add(&b), x.add_mod(&y, &m));
    same("sub", a.sub(&b), x.sub_mod(&y, &m));
    same("sub, turned round", b.sub(&a), y.sub_mod(&x, &m));
    same("neg", a.neg(), x.neg_mod(&m));
    same("double", a.double(), x.add_mod(&x, &m));
    same("triple", a.triple(), x.add_mod(&x, &m).add_mod(&x, &m));
    same("mul", a.mul(&b), x.mul_mod_vartime(&y, &m));
    same("mul, turned round", b.mul(&a), x.mul_mod_vartime(&y, &m));
    same("square", a.square(), x.mul_mod_vartime(&x, &m));
    // Without a canonical form in between.
    let mixed = a.mul(&b).sub(&a).add(&b.square()).neg().mul(&a.add(&b));
    let expected = x.mul_mod_vartime(&y, &m).sub_mod(&x, &m).add_mod(&y.mul_mod_vartime(&y, &m), &m);
    same("a chain", mixed, expected.neg_mod(&m).mul_mod_vartime(&x.add_mod(&y, &m), &m));
    assert_eq!(a.equals(&b).declassify(), x == y, "{x} equals {y} modulo {}", m.as_ref());
    same("select, first", F::select(Mask::from_bit(1), &a, &b), x);
    same("select, second", F::select(Mask::from_bit(0), &a, &b), y);
}

fn check_invert<F: Inner>(a: &U512, b: &U512) {
    let m = modulus::<F>();
    let ((a, x), (b, y)) = (F::inner(a), F::inner(b));
    let (inverse_x, inverse_y) = (invert(&x, &m), invert(&y, &m));
    assert_eq!(number(&a.invert().to_integer()), inverse_x, "1/{x} modulo {}", m.as_ref());
    let mut batch = [a, F::ZERO, b, a.mul(&b)];
    batch_invert(&mut batch, &mut [F::ONE; 4]);
    let expected = [inverse_x, U512::ZERO, inverse_y, inverse_x.mul_mod_vartime(&inverse_y, &m)];
    for (ours, theirs) in batch.iter().zip(expected) {
        assert_eq!(number(&ours.to_integer()), theirs, "1/{x}, 1/{y} in a batch modulo {}", m.as_ref());
    }
}

/// Numbers in and out; `value` has up to 512 bits for every field.
fn check_conversions<F: Inner>(value: &U512) {
    let m = modulus::<F>();
    let reduced = F::reduce(&integer(value));
    assert_eq!(number(&reduced.to_integer()), value.rem_vartime(&m), "{value} modulo {}", m.as_ref());
    match F::from_integer(&integer(value)) {
        None => assert!(value >= m.as_ref(), "{value} was refused modulo {}", m.as_ref()),
        Some(taken) => {
            assert!(value < m.as_ref(), "{value} was taken modulo {}", m.as_ref());
            assert_eq!(&number(&taken.to_integer()), value);
        }
    }
}

/// Pairs whose product is a small number, positive or negative: its fold carries a second time, or nearly.
fn check_small_product<F: Inner>(a: &U512, small: u32) {
    let m = modulus::<F>();
    let (_, x) = F::inner(a);
    // Small inner words mean small numbers for one kind of field, and multiples of 2^-n for the other.
    let small = U512::from(small);
    for v in [small, small.neg_mod(&m)] {
        let b = v.mul_mod_vartime(&invert(&x, &m), &m);
        for factor in [b, b.wrapping_add(m.as_ref())] {
            check_pair::<F>(a, &factor);
        }
    }
}

/// The numbers around which something changes.
fn edges<F: Inner>() -> Vec<U512> {
    let p = *modulus::<F>().as_ref();
    let size = F::SIZE;
    let half = U512::ONE.shl_vartime(size - 1);
    let all = U512::MAX.shr_vartime(512 - size);
    let distance = if p > half { p.wrapping_sub(&half) } else { half.wrapping_sub(&p) };
    let c = all.wrapping_sub(&p).wrapping_add(&U512::ONE);
    let mut out = Vec::new();
    for center in [U512::ZERO, p, half, all, p.shr_vartime(1), distance, c, distance.shl_vartime(1)] {
        for step in 0..3_u8 {
            out.push(low(&center.wrapping_add(&U512::from(step)), size));
            out.push(low(&center.wrapping_sub(&U512::from(step)), size));
        }
    }
    // The words' borders, of both sizes.
    for shift in (32..size).step_by(32) {
        let power = U512::ONE.shl_vartime(shift);
        out.extend([power, power.wrapping_sub(&U512::ONE), all.wrapping_sub(&power), p.wrapping_sub(&power)]);
    }
    out
}

/// All fields and all group orders.
macro_rules! for_every_field {
    ($check:ident($($argument:expr),*)) => {
        $check::<Special<P256, N256>>($($argument),*);
        $check::<Special<P255, N256>>($($argument),*);
        $check::<Special<P255T, N256>>($($argument),*);
        $check::<Special<P512, N512>>($($argument),*);
        $check::<Special<P511, N512>>($($argument),*);
        $check::<Montgomery<P256C, N256>>($($argument),*);
        $check::<Montgomery<P511T, N512>>($($argument),*);
        $check::<<sets::CryptoProA as Curve>::Scalar>($($argument),*);
        $check::<<sets::CryptoProB as Curve>::Scalar>($($argument),*);
        $check::<<sets::CryptoProC as Curve>::Scalar>($($argument),*);
        $check::<<sets::Tc26A256 as Curve>::Scalar>($($argument),*);
        $check::<<sets::Tc26A512 as Curve>::Scalar>($($argument),*);
        $check::<<sets::Tc26B512 as Curve>::Scalar>($($argument),*);
        $check::<<sets::Tc26C512 as Curve>::Scalar>($($argument),*);
        $check::<<sets::Test256 as Curve>::Scalar>($($argument),*);
        $check::<<sets::Test512 as Curve>::Scalar>($($argument),*);
    };
}

fn check_edges<F: Inner>() {
    let edges = edges::<F>();
    for (i, a) in edges.iter().enumerate() {
        check_conversions::<F>(a);
        check_conversions::<F>(&a.shl_vartime(512 - F::SIZE));
        check_invert::<F>(a, &edges[edges.len() - 1 - i]);
        for b in &edges {
            check_pair::<F>(a, b);
        }
    }
    // Both halves near their ends: the fold's carries.
    for low in &edges {
        for high in edges.iter().take(48) {
            check_conversions::<F>(&low.wrapping_add(&high.shl_vartime(F::SIZE % 512)));
        }
    }
}

#[test]
fn edges_agree_with_the_oracle() {
    for_every_field!(check_edges());
}

fn check_moduli<F: Inner>() {
    assert_eq!(number(&F::ZERO.to_integer()), U512::ZERO);
    assert_eq!(number(&F::ONE.to_integer()), U512::ONE);
    // Fermat: what is not 0 has order dividing p - 1. A prime mistyped by a digit fails here.
    let p = modulus::<F>();
    let exponent = p.as_ref().wrapping_sub(&U512::ONE);
    for base in [2_u8, 3, 5] {
        let base = F::reduce(&integer(&U512::from(base)));
        let mut power = F::ONE;
        for i in (0..512).rev() {
            power = power.square();
            if exponent.bit_vartime(i) {
                power = power.mul(&base);
            }
        }
        assert!(power.equals(&F::ONE).declassify(), "{} is no prime", p.as_ref());
    }
}

#[test]
fn moduli_pass_fermats_test() {
    for_every_field!(check_moduli());
}

/// Sixteen words of 32 bits, each likely to be one of the extremes.
fn any_number() -> impl Strategy<Value = U512> {
    let word = prop_oneof![
        4 => any::<u32>(),
        2 => Just(0),
        3 => Just(u32::MAX),
        1 => Just(1),
        1 => Just(1 << 31),
        1 => Just(u32::MAX - 1),
    ];
    let octets = |words: Vec<u32>| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    prop_oneof![vec(any::<u32>(), 16), vec(word, 16)]
        .prop_map(move |words| U512::from_le_slice(&octets(words)))
}

fn check_all<F: Inner>(a: &U512, b: &U512, small: u32, edge: usize) {
    let edges = edges::<F>();
    let edge = &edges[edge % edges.len()];
    check_pair::<F>(a, b);
    check_pair::<F>(a, edge);
    check_invert::<F>(a, b);
    check_conversions::<F>(a);
    check_conversions::<F>(&low(a, F::SIZE));
    check_small_product::<F>(a, small);
}

#[test]
fn numbers_agree_with_the_oracle() {
    let cases = std::env::var("KAZTOKEN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let input = (any_number(), any_number(), any::<u32>(), any::<u8>(), any::<usize>());
    TestRunner::new(config)
        .run(&input, |(a, b, small, shift, edge)| {
            for_every_field!(check_all(&a, &b, small >> (shift % 32), edge));
            Ok(())
        })
        .unwrap();
}
