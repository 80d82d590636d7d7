//! Where the arithmetic of a verifier meets special numbers and points.

use num_bigint::BigUint;

use super::{Maker, Open, PublicKey};
use crate::number::{is_zero, negate, small};
use crate::scheme::{self, Numbers};

pub(super) fn add(maker: &mut Maker<'_>) {
    let mut open = maker.open(&maker.key);
    nonces(maker, &mut open);
    multipliers(maker, &mut open);
    maker.close(open);
    private_keys(maker);
}

/// C = k P for special k, C = Q and C = -Q among them.
fn nonces(maker: &mut Maker<'_>, open: &mut Open<'_>) {
    let curve = maker.curve;
    let q = &curve.q;
    let d = maker.d.clone();
    let nonces = [
        ("1", small(1)),
        ("2", small(2)),
        ("3", small(3)),
        ("q - 1", q - 1_u32),
        ("q - 2", q - 2_u32),
        ("(q - 1) / 2", (q - 1_u32) >> 1),
        ("(q + 1) / 2", (q + 1_u32) >> 1),
        ("d", d.clone()),
        ("q - d", q - &d),
        ("2 d", &d * 2_u32 % q),
    ];
    for (name, k) in nonces {
        let digest = maker.digest();
        let e = scheme::e(curve, &digest);
        if let Some(sig) = scheme::sign(curve, &d, &e, &k) {
            open.valid(&format!("k = {name}"), &["SpecialNonce"], &digest, &sig);
        }
    }
}

/// z1 and z2 chosen, the digest made to fit.
fn multipliers(maker: &mut Maker<'_>, open: &mut Open<'_>) {
    let curve = maker.curve;
    let q = &curve.q;
    let bits = q.bits();
    let repeated =
        |octet: u8| BigUint::from_bytes_le(&vec![octet; curve.len()]) >> (8 * curve.len() as u64 + 1 - bits);
    let special = [
        ("1", small(1)),
        ("2", small(2)),
        ("3", small(3)),
        ("15", small(15)),
        ("16", small(16)),
        ("q - 1", q - 1_u32),
        ("q - 2", q - 2_u32),
        ("q - 16", q - 16_u32),
        ("(q + 1) / 2", (q + 1_u32) >> 1),
        ("a power of two", small(1) << (bits / 2)),
        ("the highest power of two", small(1) << (bits - 2)),
        ("long ones", (small(1) << (bits - 2)) - 1_u32),
        ("aa aa ...", repeated(0xaa)),
        ("88 88 ...", repeated(0x88)),
        ("0f 0f ...", repeated(0x0f)),
        ("f0 f0 ...", repeated(0xf0)),
    ];
    let key = maker.key.valid.clone();
    let mut make = |comment: String, flag: &'static str, z1: &BigUint, z2: &BigUint| {
        if let Some((digest, sig)) = scheme::forge(curve, &key, z1, z2) {
            open.valid(&comment, &[flag], &digest, &sig);
        }
    };
    let flag = "SpecialMultipliers";
    for (i, (name, z)) in special.iter().enumerate() {
        let random = maker.seed.nonzero(q);
        make(format!("z1 = {name}"), flag, z, &random);
        let random = maker.seed.nonzero(q);
        make(format!("z2 = {name}"), flag, &random, z);
        let (other, second) = &special[(i + 5) % special.len()];
        make(format!("z1 = {name}, z2 = {other}"), flag, z, second);
    }
    // z1 P = j z2 Q: the two halves of the sum are equal, or meet on the way.
    for j in [1_u32, 2, 3, 4, 8, 16, 32] {
        let z2 = maker.seed.nonzero(q);
        let z1 = &z2 * &maker.d * j % q;
        make(format!("z1 P = {j} z2 Q"), "Doubling", &z1, &z2);
        let z1 = negate(&(&z2 * &maker.d * (j + 1)), q);
        make(format!("z1 P = -{} z2 Q", j + 1), "Doubling", &z1, &z2);
    }
}

/// Q = d P for special d; the tables of multiples of P and Q overlap.
fn private_keys(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let q = &curve.q;
    let keys = [
        ("1", small(1)),
        ("2", small(2)),
        ("3", small(3)),
        ("16", small(16)),
        ("q - 1", q - 1_u32),
        ("q - 2", q - 2_u32),
        ("(q - 1) / 2", (q - 1_u32) >> 1),
        ("(q + 1) / 2", (q + 1_u32) >> 1),
    ];
    for (name, d) in keys {
        let key = PublicKey::from_point(curve, &curve.multiply_base(&d));
        let mut open = maker.open(&key);
        let digest = maker.digest();
        let sig = maker.sign_with(&d, &digest);
        open.valid(&format!("private key {name}"), &["SpecialPrivateKey"], &digest, &sig);
        let other = maker.digest();
        open.invalid(
            &format!("private key {name}, another digest"),
            &["SpecialPrivateKey", "WrongDigest"],
            &other,
            &sig,
        );
        for (z1, z2) in [(1_u32, 1_u32), (1, 2), (2, 1), (3, 5), (7, 7)] {
            if let Some((digest, sig)) = scheme::forge(curve, &key.valid, &small(z1), &small(z2)) {
                let comment = format!("private key {name}, z1 = {z1}, z2 = {z2}");
                open.valid(&comment, &["SpecialPrivateKey", "Doubling"], &digest, &sig);
            }
        }
        let r = maker.seed.nonzero(q);
        let s = &r * &d % q;
        assert!(!is_zero(&s));
        open.invalid(
            &format!("private key {name}, infinity"),
            &["SpecialPrivateKey", "PointAtInfinity"],
            &digest,
            &Numbers { r, s },
        );
        maker.close(open);
    }
}
