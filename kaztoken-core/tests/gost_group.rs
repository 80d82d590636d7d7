//! Multiples of the base point, signatures and verification against `primeorder`, on edges and at random.
//!
//! `KAZTOKEN_FUZZ_CASES` sets how many random cases are tried.

#![cfg(feature = "gost")]

#[path = "oracle/primeorder.rs"]
mod oracle;

use elliptic_curve::bigint::ArrayEncoding;
use elliptic_curve::ff::{Field, PrimeField};
use elliptic_curve::group::{Curve as _, Group};
use elliptic_curve::ops::Reduce;
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::{CurveArithmetic, FieldBytes, ProjectivePoint, Scalar};
use kaztoken_core::gost::hazmat::sign_with_nonce;
use kaztoken_core::gost::signature::Standard;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, Signature, SigningKey, verify};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Evaluates an expression with `$curve` standing for the oracle's type of a set.
macro_rules! with_oracle {
    ($set:expr, $curve:ident => $value:expr) => {
        with_oracle!(@ $set, $curve => $value,
            CryptoProA CryptoProA, CryptoProB CryptoProB, CryptoProC CryptoProC, Tc26_256A Tc26A256,
            Tc26_512A Tc26A512, Tc26_512B Tc26B512, Tc26_512C Tc26C512, Test256 Test256, Test512 Test512)
    };
    (@ $set:expr, $curve:ident => $value:expr, $($variant:ident $type:ident),*) => {
        match $set {
            $(ParameterSet::$variant => {
                type $curve = oracle::$type;
                $value
            })*
            other => panic!("no oracle for {other}"),
        }
    };
}

/// q as a number of the oracle's, moved by a small step.
fn order_plus<C: CurveArithmetic>(step: i64) -> Scalar<C> {
    let size = Scalar::<C>::from(step.unsigned_abs());
    if step < 0 { -size } else { size }
}

/// Little-endian octets of a scalar.
fn le<C: CurveArithmetic>(scalar: &Scalar<C>) -> Vec<u8> {
    scalar.to_repr().iter().rev().copied().collect()
}

/// From big-endian octets, modulo q.
fn scalar<C: CurveArithmetic>(octets: &[u8]) -> Scalar<C> {
    Scalar::<C>::reduce(&FieldBytes::<C>::try_from(octets).unwrap())
}

/// Scalars at which a comb or a window might go wrong.
fn edges<C: CurveArithmetic>() -> Vec<Scalar<C>> {
    let one = Scalar::<C>::from(1);
    let half = Scalar::<C>::TWO_INV;
    let mut out: Vec<_> = [1, 2, 3, 4, 5, -1, -2, -3, -4, -5].map(order_plus::<C>).to_vec();
    out.extend([half, -half, half + one, half - one, -half - one, half * half, -(half * half)]);
    let size = FieldBytes::<C>::default().len();
    for octet in [0xff, 0x55, 0xaa, 0x33, 0xcc, 0x0f, 0xf0, 0x01, 0x80] {
        out.push(scalar::<C>(&vec![octet; size]));
        // Half of the bits, the upper or the lower.
        for keep in [0..size / 2, size / 2..size, 1..size, 0..size - 1] {
            let octets: Vec<u8> = (0..size).map(|i| if keep.contains(&i) { octet } else { 0 }).collect();
            out.push(scalar::<C>(&octets));
        }
    }
    // Powers of two around the combs' columns and their neighbours.
    let mut power = one;
    for i in 0..Scalar::<C>::NUM_BITS {
        if i % 16 < 2 || i % 16 > 14 || i < 12 {
            out.extend([power, power + one, power - one, -power]);
        }
        power = power.double();
    }
    out.retain(|scalar| !bool::from(scalar.is_zero()));
    out
}

/// Our k P is the oracle's.
fn same_multiple<C: CurveArithmetic>(set: ParameterSet, k: &Scalar<C>) {
    let ours = SigningKey::from_le_bytes(set, &le::<C>(k)).unwrap().public_key();
    let theirs = ProjectivePoint::<C>::mul_by_generator(k).to_affine();
    let (x, y) = ours.to_coordinates();
    assert_eq!(x.as_slice(), &theirs.x()[..], "{set}: x of {k:?} P");
    assert_eq!(y.as_slice(), &theirs.y()[..], "{set}: y of {k:?} P");
}

/// Our signature is what the standard's formulas give with the oracle's numbers, and only it verifies.
fn same_signature<C: CurveArithmetic>(set: ParameterSet, d: &Scalar<C>, k: &Scalar<C>, digest: &[u8]) {
    let key = SigningKey::from_le_bytes(set, &le::<C>(d)).unwrap();
    let digest = Digest::from_slice(digest).unwrap();
    let point = ProjectivePoint::<C>::mul_by_generator(k).to_affine();
    let r = scalar::<C>(&point.x());
    // The number of a hash has its first octet lowest.
    let mut e = scalar::<C>(&digest.as_slice().iter().rev().copied().collect::<Vec<_>>());
    if bool::from(e.is_zero()) {
        e = Scalar::<C>::from(1);
    }
    let s = r * d + e * k;
    let ours = sign_with_nonce(&key, &digest, &le::<C>(k));
    if bool::from(r.is_zero() | s.is_zero()) {
        assert!(ours.is_err(), "{set}: r or s is 0");
        return;
    }
    let ours = ours.unwrap();
    let theirs = [r.to_repr(), s.to_repr()].concat();
    assert_eq!(Standard::from(ours).as_slice(), theirs, "{set}: {d:?}, nonce {k:?}");
    let public = key.public_key();
    assert_eq!(verify(&public, &digest, &ours), Ok(()), "{set}: {d:?}, nonce {k:?}");
    // The neighbours of s do not verify, nor does -s; each is judged by the oracle first.
    for wrong in [s + Scalar::<C>::from(1), s - Scalar::<C>::from(1), -s] {
        if bool::from(wrong.is_zero()) {
            continue;
        }
        let v = Field::invert(&e).unwrap();
        let c = ProjectivePoint::<C>::mul_by_generator(&(wrong * v))
            - ProjectivePoint::<C>::mul_by_generator(d) * (r * v);
        let accepted = !bool::from(c.is_identity()) && scalar::<C>(&c.to_affine().x()) == r;
        let signature: Signature =
            Standard::from_slice(&[r.to_repr(), wrong.to_repr()].concat()).unwrap().into();
        assert_eq!(verify(&public, &digest, &signature).is_ok(), accepted, "{set}: {d:?}, nonce {k:?}");
    }
}

fn check_edges<C: CurveArithmetic>(set: ParameterSet) {
    let order = C::ORDER.as_ref().to_be_byte_array();
    assert!(SigningKey::from_le_bytes(set, &order.iter().rev().copied().collect::<Vec<_>>()).is_err());
    let edges = edges::<C>();
    for k in &edges {
        same_multiple::<C>(set, k);
    }
    let size = set.scalar_len();
    for (i, k) in edges.iter().enumerate().step_by(7) {
        // Nonce and key alike make z1 P and z2 Q meet in verification.
        same_signature::<C>(set, k, k, &vec![0xff; size]);
        same_signature::<C>(set, &edges[edges.len() - 1 - i], k, &vec![0; size]);
        same_signature::<C>(set, &edges[i / 2], &-*k, &[vec![0; size - 1], vec![1]].concat());
    }
}

macro_rules! edge_tests {
    ($($name:ident $set:ident,)*) => {
        $(#[test]
        fn $name() {
            with_oracle!(ParameterSet::$set, C => check_edges::<C>(ParameterSet::$set));
        })*
    };
}

edge_tests! {
    cryptopro_a_edges CryptoProA,
    cryptopro_b_edges CryptoProB,
    cryptopro_c_edges CryptoProC,
    tc26_256_a_edges Tc26_256A,
    tc26_512_a_edges Tc26_512A,
    tc26_512_b_edges Tc26_512B,
    tc26_512_c_edges Tc26_512C,
    test_256_edges Test256,
    test_512_edges Test512,
}

fn check_random<C: CurveArithmetic>(set: ParameterSet, octets: &[u8]) {
    let size = set.scalar_len();
    let mut numbers = octets.chunks(size);
    let mut next = || scalar::<C>(numbers.next().unwrap());
    let (d, k) = (next(), next());
    if bool::from(d.is_zero() | k.is_zero()) {
        return;
    }
    same_multiple::<C>(set, &d);
    same_signature::<C>(set, &d, &k, &octets[2 * size..3 * size]);
    // A point moved off the curve by one is refused.
    let (x, y) = SigningKey::from_le_bytes(set, &le::<C>(&d)).unwrap().public_key().to_coordinates();
    let mut y = y.as_slice().to_vec();
    y[size - 1] ^= 1;
    assert!(PublicKey::from_coordinates(set, &x, &y).is_err(), "{set}: off the curve");
}

#[test]
fn random_scalars_agree_with_the_oracle() {
    let cases = std::env::var("KAZTOKEN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let octet = prop_oneof![4 => any::<u8>(), 1 => Just(0), 1 => Just(0xff), 1 => Just(0x55)];
    let octets = prop_oneof![vec(any::<u8>(), 192), vec(octet, 192)];
    TestRunner::new(config)
        .run(&octets, |octets| {
            for set in ParameterSet::ALL {
                with_oracle!(*set, C => check_random::<C>(*set, &octets));
            }
            Ok(())
        })
        .unwrap();
}
