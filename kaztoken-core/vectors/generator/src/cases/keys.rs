//! Public keys: special ones, which are valid, and those that no signature makes right.

use num_bigint::BigUint;

use super::wrapped::{downward, upward};
use super::{Maker, PublicKey};
use crate::cubic::at_y;
use crate::curve::{Curve, Point};
use crate::number::{be, fits, le, negate, small};
use crate::scheme::Numbers;

pub(super) fn add(maker: &mut Maker<'_>) {
    special(maker);
    other_octets(maker);
    not_below_p(maker);
    invalid_curves(maker);
    small_subgroups(maker);
}

/// One group of one test with an invalid key.
fn reject(
    maker: &mut Maker<'_>,
    comment: &str,
    flags: &[&'static str],
    raw: Vec<u8>,
    made: &(Vec<u8>, Numbers),
) {
    let key = PublicKey::from_raw(maker.curve, raw);
    assert!(key.valid.is_none(), "{}: {comment}: the key is valid", maker.curve.set.name);
    let mut open = maker.open(&key);
    open.invalid(comment, flags, &made.0, &made.1);
    maker.close(open);
}

fn raw(curve: &Curve, x: &BigUint, y: &BigUint) -> Vec<u8> {
    [le(x, curve.len()), le(y, curve.len())].concat()
}

/// Keys whose private half nobody knows, with signatures all the same.
fn special(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let p = &curve.p;
    let bits = 8 * curve.len() - 8;
    let mut keys: Vec<(&str, Point)> = vec![
        ("smallest x", upward(curve, small(0), p)),
        ("largest x", downward(curve, p - 1_u32)),
        ("x with a leading octet 0", upward(curve, small(1) << (bits - 1), p)),
        ("x with a trailing octet 0", upward(curve, small(1) << (bits + 6), p)),
        ("smallest y", small_y(curve, 2000)),
    ];
    if let Some((_, y)) = small_y(curve, 2000) {
        keys.push(("largest y", at_y(curve, &(p - y))));
    }
    for (name, point) in keys.into_iter().filter(|(_, point)| point.is_some()) {
        for (sign, point) in [("", point.clone()), (", negated", curve.negate(&point))] {
            let mut open = maker.open(&PublicKey::from_point(curve, &point));
            let (digest, sig) = maker.forge(&point);
            open.valid(&format!("{name}{sign}"), &["SpecialPublicKey"], &digest, &sig);
            let other = maker.digest();
            let flags = ["SpecialPublicKey", "WrongDigest"];
            open.invalid(&format!("{name}{sign}, another digest"), &flags, &other, &sig);
            maker.close(open);
        }
    }
    let point = curve.negate(&maker.key.valid);
    let digest = maker.digest();
    let sig = maker.sign(&digest);
    let mut open = maker.open(&PublicKey::from_point(curve, &point));
    open.invalid("signature of Q under -Q", &["OtherKey"], &digest, &sig);
    maker.close(open);
    let mut open = maker.open(&PublicKey::from_point(curve, &curve.base));
    open.invalid("signature of Q under P", &["OtherKey"], &digest, &sig);
    maker.close(open);
}

/// The point of the subgroup with the smallest y up to a bound.
fn small_y(curve: &Curve, bound: u32) -> Point {
    let mut points = (1..bound).filter_map(|y| at_y(curve, &small(y)));
    points.find_map(|point| Some(Some(point)).filter(|point| curve.in_subgroup(point))).flatten()
}

/// A valid key in other forms.
fn other_octets(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let len = curve.len();
    let octets = maker.key.raw.clone();
    let (x, y) = octets.split_at(len);
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<u8>>();
    let digest = maker.digest();
    let made = (digest.clone(), maker.sign(&digest));

    let order = ["PublicKeyByteOrder"];
    reject(maker, "x and y big-endian", &order, [reversed(x), reversed(y)].concat(), &made);
    reject(maker, "all octets reversed", &order, reversed(&octets), &made);
    reject(maker, "y||x", &order, [y, x].concat(), &made);
    let length = ["PublicKeyLength"];
    reject(maker, "no octets", &length, Vec::new(), &made);
    reject(maker, "x alone", &length, x.to_vec(), &made);
    reject(maker, "the last octet is missing", &length, octets[..2 * len - 1].to_vec(), &made);
    reject(maker, "the first octet is missing", &length, octets[1..].to_vec(), &made);
    reject(maker, "00 at the end", &length, [&octets[..], &[0]].concat(), &made);
    reject(maker, "00 at the beginning", &length, [&[0], &octets[..]].concat(), &made);
    reject(maker, "04 before the coordinates, as in SEC 1", &length, [&[4], &octets[..]].concat(), &made);
    let sec1 = [vec![4], reversed(x), reversed(y)].concat();
    reject(maker, "a point of SEC 1", &length, sec1, &made);
    let sec1 = [vec![2 | (y[0] & 1)], reversed(x)].concat();
    reject(maker, "a compressed point of SEC 1", &length, sec1, &made);
    let tagged = [&[4, octets.len() as u8][..], &octets[..]].concat();
    reject(maker, "with a tag and a length", &length, tagged, &made);
    reject(maker, "twice", &length, [&octets[..], &octets[..]].concat(), &made);
    let other = if len == 32 { 128 } else { 64 };
    let mut resized = octets.clone();
    resized.resize(other, 0);
    reject(maker, "of the other key length", &length, resized, &made);

    for bit in [0, 8 * len - 1, 8 * len, 16 * len - 1] {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        reject(maker, &format!("bit {bit} of the key changed"), &["ModifiedPublicKey"], changed, &made);
    }

    // What a verifier takes who reads (0, 0) as infinity: C = z1 P.
    let made = maker.forge(&None);
    reject(maker, "zeros, C = z1 P", &["ZeroPublicKey"], vec![0; 2 * len], &made);
    reject(maker, "ones", &["CoordinateRange"], vec![0xff; 2 * len], &made);
}

/// The same point with p added to a coordinate, where that fits.
fn not_below_p(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let p = &curve.p;
    let len = curve.len();
    for point in [upward(curve, small(0), p), small_y(curve, 600)] {
        let Some((x, y)) = &point else { continue };
        let made = maker.forge(&point);
        if fits(&(x + p), len) {
            reject(maker, "x + p in place of x", &["CoordinateRange"], raw(curve, &(x + p), y), &made);
        }
        if fits(&(y + p), len) {
            reject(maker, "y + p in place of y", &["CoordinateRange"], raw(curve, x, &(y + p)), &made);
        }
        if fits(&(x + p), len) && fits(&(y + p), len) {
            let both = raw(curve, &(x + p), &(y + p));
            reject(maker, "p added to x and y", &["CoordinateRange"], both, &made);
        }
    }
    let made = maker.forge(&None);
    reject(maker, "x = p, y = 0", &["CoordinateRange"], raw(curve, p, &small(0)), &made);
    reject(maker, "x = 0, y = p", &["CoordinateRange"], raw(curve, &small(0), p), &made);
    let numbers = [be(p, len), be(p, len)].concat();
    reject(maker, "x = y = p, big-endian", &["CoordinateRange"], numbers, &made);
}

/// Points of other curves with the same a, for which the equation of verification holds.
fn invalid_curves(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let p = &curve.p;
    for i in 0..3 {
        let point = Some((maker.seed.nonzero(p), maker.seed.nonzero(p)));
        let made = maker.forge(&point);
        let key = PublicKey::from_point(curve, &point);
        reject(maker, &format!("point of another curve {i}"), &["InvalidCurve"], key.raw, &made);
    }
    // y = 0: of order 2 wherever it is not on the curve itself.
    let point = (1..).map(small).find(|x| curve.right_side(x).bits() > 0).map(|x| (x, small(0)));
    let made = maker.forge(&point);
    let key = PublicKey::from_point(curve, &point);
    reject(maker, "point of order 2 of another curve", &["InvalidCurve"], key.raw, &made);
    // Where -1 is no square, y^2 = x^3 + a x - b is the twist: (x, y) is on it when (-x, iy) would be on ours.
    if p.bit(1) {
        let twist = (1..).map(small).filter(|x| curve.at(&negate(x, p)).is_none());
        for x in twist.take(2) {
            let right = (x.pow(3) + &curve.a * &x + negate(&curve.b, p)) % p;
            let y = crate::number::square_root(&right, p).expect("one of right and -right is a square");
            let point = Some((x, y));
            let made = maker.forge(&point);
            let key = PublicKey::from_point(curve, &point);
            reject(maker, "point of the twist", &["Twist", "InvalidCurve"], key.raw, &made);
        }
    }
}

/// On the curves of cofactor 4: points of order 2 and 4, and sums of them with points of the subgroup.
fn small_subgroups(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let Some((four, two)) = curve.torsion() else {
        return;
    };
    let three = curve.negate(&four);
    let flags = ["SmallSubgroup"];
    let torsion = [("of order 2", &two), ("of order 4", &four), ("of order 4, negated", &three)];
    let subgroup = [("Q", maker.key.valid.clone()), ("P", curve.base.clone())];
    for (name, small_point) in torsion {
        for i in 0..2 {
            let made = maker.forge(small_point);
            let key = PublicKey::from_point(curve, small_point);
            reject(maker, &format!("a point {name}, signature {i}"), &flags, key.raw, &made);
        }
        for (prime, point) in &subgroup {
            let mixed = curve.add(point, small_point);
            let key = PublicKey::from_point(curve, &mixed);
            let made = maker.forge(&mixed);
            reject(maker, &format!("{prime} and a point {name}"), &flags, key.raw.clone(), &made);
            if *prime == "Q" {
                let digest = maker.digest();
                let made = (digest.clone(), maker.sign(&digest));
                reject(
                    maker,
                    &format!("Q and a point {name}, ordinary signature of Q"),
                    &flags,
                    key.raw,
                    &made,
                );
            }
        }
    }
}
