//! The curves through the traits of `elliptic-curve`: against `primeorder`, which has the same traits, and
//! against the keys of this crate.

#[path = "support/gost_rng.rs"]
mod gost_rng;
#[path = "oracle/primeorder.rs"]
mod oracle;

use elliptic_curve::bigint::ArrayEncoding;
use elliptic_curve::ff::{Field, PrimeField};
use elliptic_curve::group::{Curve as _, CurveAffine, Group, GroupEncoding};
use elliptic_curve::ops::{LinearCombination, MulByGeneratorVartime, Reduce};
use elliptic_curve::point::{AffineCoordinates, NonIdentity};
use elliptic_curve::scalar::IsHigh;
use elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, Generate, NonZeroScalar, ProjectivePoint, PublicKey, Scalar,
    SecretKey,
};
use gost_rng::Repeatable;
use kaztoken_core::gost::SigningKey;
use kaztoken_core::gost::single::{self, OneCurve};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

macro_rules! for_every_curve {
    ($check:ident($($argument:expr),*)) => {
        $check::<single::CryptoProA, oracle::CryptoProA>($($argument),*);
        $check::<single::CryptoProB, oracle::CryptoProB>($($argument),*);
        $check::<single::CryptoProC, oracle::CryptoProC>($($argument),*);
        $check::<single::Tc26A512, oracle::Tc26A512>($($argument),*);
        $check::<single::Tc26B512, oracle::Tc26B512>($($argument),*);
        $check::<single::Test256, oracle::Test256>($($argument),*);
        $check::<single::Test512, oracle::Test512>($($argument),*);
    };
}

/// From the first octets, modulo q.
fn scalar<C: CurveArithmetic>(octets: &[u8]) -> Scalar<C> {
    let size = FieldBytes::<C>::default().len();
    Scalar::<C>::reduce(&FieldBytes::<C>::try_from(&octets[..size]).unwrap())
}

/// What a curve answers to everything that is asked of a pair of scalars, in octets: two implementations
/// compare by it. Roots are squared again, as either sign is right.
fn answers<C: CurveArithmetic>(a: &[u8], b: &[u8]) -> Vec<Vec<u8>> {
    let (a, b) = (scalar::<C>(a), scalar::<C>(b));
    let mut out: Vec<Vec<u8>> = Vec::new();
    let inverse = |a: &Scalar<C>| Field::invert(a).unwrap_or(Scalar::<C>::ZERO);
    let numbers = [
        a + b,
        a - b,
        a * b,
        -a,
        a.square(),
        a.double(),
        a.cube(),
        inverse(&a),
        inverse(&(a - b)),
        a.sqrt().map(|root| root.square()).unwrap_or(Scalar::<C>::ZERO),
        Scalar::<C>::sqrt_ratio(&a, &b).1.square(),
        [a, b, a].iter().sum(),
        [a, b, a].iter().product(),
        Scalar::<C>::TWO_INV,
        Scalar::<C>::MULTIPLICATIVE_GENERATOR,
        Scalar::<C>::ROOT_OF_UNITY * Scalar::<C>::ROOT_OF_UNITY_INV,
        Scalar::<C>::DELTA,
    ];
    out.extend(numbers.map(|number| number.to_repr().to_vec()));
    let uint: C::Uint = a.into();
    out.push(uint.to_be_byte_array().to_vec());
    let bits = [a.is_odd(), a.is_high(), b.is_high(), a.is_zero(), a.sqrt().is_some(), (a < b).to_choice()];
    out.push(bits.iter().map(|bit| bit.unwrap_u8()).collect());
    out.push(Scalar::<C>::S.to_be_bytes().to_vec());
    out.push(Scalar::<C>::NUM_BITS.to_be_bytes().to_vec());

    let generator = ProjectivePoint::<C>::generator();
    let (p, q) = (generator * a, ProjectivePoint::<C>::mul_by_generator(&b));
    let identity = ProjectivePoint::<C>::identity();
    let negated = -p;
    let points = [
        p,
        q,
        p + q,
        p - q,
        p + negated,
        p + p,
        p.double(),
        -p,
        p + q.to_affine(),
        p + p.to_affine(),
        p - p.to_affine(),
        identity + q.to_affine(),
        p + AffinePoint::<C>::identity(),
        identity.double(),
        identity + identity,
        identity * b,
        q * a,
        q.to_affine() * a,
        a * q,
        p * (b + Scalar::<C>::ONE),
        generator * Scalar::<C>::ZERO,
        q * -Scalar::<C>::ONE,
        ProjectivePoint::<C>::lincomb(&[(p, b), (q, a)]),
        ProjectivePoint::<C>::mul_by_generator_and_mul_add_vartime(&a, &b, &q),
        [p, q, p].iter().sum(),
    ];
    for point in points {
        let affine = point.to_affine();
        assert_eq!(bool::from(point.is_identity()), bool::from(affine.is_identity()));
        assert_eq!(bool::from(point.is_identity()), point == identity);
        assert_eq!(affine.to_curve(), point);
        let octets = affine.to_bytes();
        assert_eq!(AffinePoint::<C>::from_bytes(&octets).unwrap(), affine);
        out.push(octets.as_ref().to_vec());
        if !bool::from(point.is_identity()) {
            out.push(affine.x().to_vec());
            out.push(affine.y().to_vec());
            out.push(vec![affine.x_is_odd().unwrap_u8(), affine.y_is_odd().unwrap_u8()]);
            assert_eq!(AffinePoint::<C>::from_coordinates(&affine.x(), &affine.y()).unwrap(), affine);
            assert!(bool::from(AffinePoint::<C>::from_coordinates(&affine.x(), &affine.x()).is_none()));
        }
    }
    // Not every x is that of a point.
    let mut octets = p.to_affine().to_bytes();
    for octet in 0..8 {
        octets.as_mut()[0] = 2 | octet & 1;
        octets.as_mut()[8] = octet;
        let found = AffinePoint::<C>::from_bytes(&octets);
        out.push(found.map(|point| point.y().to_vec()).into_option().unwrap_or_default());
    }
    octets.as_mut()[0] = 4;
    assert!(bool::from(AffinePoint::<C>::from_bytes(&octets).is_none()));
    out
}

/// `subtle`'s type for a condition of ours.
trait ToChoice {
    fn to_choice(self) -> elliptic_curve::subtle::Choice;
}

impl ToChoice for bool {
    fn to_choice(self) -> elliptic_curve::subtle::Choice {
        u8::from(self).into()
    }
}

fn same<A: CurveArithmetic, B: CurveArithmetic>(a: &[u8], b: &[u8]) {
    let (ours, theirs) = (answers::<A>(a, b), answers::<B>(a, b));
    for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(ours, theirs, "{:?}: answer {i} for {a:02x?} and {b:02x?}", A::default());
    }
}

#[test]
fn edges_agree_with_primeorder() {
    let mut small = [[0; 64]; 3];
    // One, for both sizes.
    small[1][31] = 1;
    small[2][63] = 1;
    for a in [&small[0], &small[1], &small[2], &[0xff; 64], &[0x55; 64]] {
        for b in [&small[0], &small[1], &[0xaa; 64]] {
            for_every_curve!(same(a, b));
        }
    }
}

#[test]
fn random_scalars_agree_with_primeorder() {
    let cases = std::env::var("KAZTOKEN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(vec(any::<u8>(), 64), vec(any::<u8>(), 64)), |(a, b)| {
            for_every_curve!(same(&a, &b));
            Ok(())
        })
        .unwrap();
}

/// Two parties agree; their public keys are those of this crate; the order is refused as a scalar.
fn keys<C: CurveArithmetic + OneCurve, O: CurveArithmetic>() {
    let mut rng = Repeatable(7);
    let [a, b] = [0; 2].map(|_| SecretKey::<C>::generate_from_rng(&mut rng));
    let shared = |own: &SecretKey<C>, other: &PublicKey<C>| {
        (other.to_projective() * *own.to_nonzero_scalar()).to_affine().x()
    };
    assert_eq!(shared(&a, &b.public_key()), shared(&b, &a.public_key()));

    let le: Vec<u8> = a.to_bytes().iter().rev().copied().collect();
    let key = SigningKey::from_le_bytes(<C as OneCurve>::SET, &le).unwrap();
    let (x, y) = C::public_key_of(&key).unwrap().to_coordinates();
    let point = *a.public_key().as_affine();
    assert_eq!((x.as_slice(), y.as_slice()), (&point.x()[..], &point.y()[..]));

    let order: FieldBytes<C> = elliptic_curve::field::uint_to_bytes::<C>(C::ORDER.as_ref());
    assert!(bool::from(Scalar::<C>::from_repr(order).is_none()));
    assert!(SecretKey::<C>::from_bytes(&order).is_err());
    assert_eq!(Scalar::<C>::reduce(&order), Scalar::<C>::ZERO);
    let hex: String = order.iter().map(|octet| format!("{octet:02X}")).collect();
    assert_eq!(Scalar::<C>::MODULUS, format!("0x{hex}"));

    let scalar: Result<NonZeroScalar<C>, _> = Scalar::<C>::ZERO.try_into();
    assert!(scalar.is_err());
    let point: Result<NonIdentity<ProjectivePoint<C>>, _> = ProjectivePoint::<C>::identity().try_into();
    assert!(point.is_err());
    let point: Result<NonIdentity<AffinePoint<C>>, _> = AffinePoint::<C>::identity().try_into();
    assert!(point.is_err());
    assert!(PublicKey::<C>::from_affine(AffinePoint::<C>::identity()).is_err());

    // Random ones are on the curve, and not always the same.
    let points = [0; 2].map(|_| ProjectivePoint::<C>::generate_from_rng(&mut rng));
    assert!(points[0] != points[1]);
    let theirs = O::default();
    let affine = points[0].to_affine();
    let coordinates = |octets: FieldBytes<C>| FieldBytes::<O>::try_from(&octets[..]).unwrap();
    let found = AffinePoint::<O>::from_coordinates(&coordinates(affine.x()), &coordinates(affine.y()));
    assert!(bool::from(found.is_some()), "{theirs:?}: not on the curve");

    // Neither scalars nor points show what they hold.
    assert_eq!(format!("{:?}", Scalar::<C>::from(0x1234_5678)), "Scalar { .. }");
    assert_eq!(format!("{:?}", points[0]), "ProjectivePoint { .. }");
}

#[test]
fn keys_are_those_of_this_crate() {
    for_every_curve!(keys());
}
