//! HMAC (RFC 2104) and VKO (RFC 7836 section 4.3) over the hashes.

use num_bigint::BigUint;

use crate::curve::{Curve, Point};
use crate::document::{Document, Group, Test};
use crate::hashes::Hash;
use crate::key::{PublicKey, curve_name};
use crate::number::{Seed, be, from_hex, hex, is_zero, le, small};

fn hmac_of(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > hash.block() { hash.digest(key) } else { key.to_vec() };
    block.resize(hash.block(), 0);
    let keyed = |mask: u8| block.iter().map(|octet| octet ^ mask).collect::<Vec<u8>>();
    let inner = hash.digest(&[keyed(0x36), message.to_vec()].concat());
    hash.digest(&[keyed(0x5c), inner].concat())
}

/// HMAC of one of the Streebog functions.
pub(crate) fn hmac(hash: Hash) -> Document {
    let mut tests = Vec::new();
    let mut add =
        |comment: &str, flags: &[&'static str], key: &[u8], message: &[u8], tag: Option<Vec<u8>>| {
            tests.push(Test {
                comment: comment.to_owned(),
                flags: flags.to_vec(),
                key: Some(hex(key)),
                msg: Some(hex(message)),
                result: if tag.is_none() { "valid" } else { "invalid" },
                tag: Some(hex(&tag.unwrap_or_else(|| hmac_of(hash, key, message)))),
                ..Test::default()
            });
        };
    // RFC 7836 appendix B, examples 1 and 2.
    let key: Vec<u8> = (0..32).collect();
    let message = from_hex("0126bdb87800af214341456563780100");
    let tag = match hash {
        Hash::Streebog512 => {
            "a59bab22ecae19c65fbde6e5f4e9f5d8549d31f037f9df9b905500e171923a77\
             3d5f1530f2ed7e964cb2eedc29e9ad2f3afe93b2814f79f5000ffc0366c251e6"
        }
        _ => "a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9",
    };
    assert_eq!(hex(&hmac_of(hash, &key, &message)), tag, "{}: the standard's example", hash.name());
    add("the standard's example", &["Standard"], &key, &message, None);
    let mut seed = Seed::new(&format!("HMAC {}", hash.name()));
    for key_len in [0, 1, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200] {
        for len in [0, 1, 63, 64, 65, 100] {
            let (key, message) = (seed.octets(key_len), seed.octets(len));
            let flag = if key_len > hash.block() { "LongKey" } else { "Normal" };
            add(&format!("key of {key_len} octets, message of {len}"), &[flag], &key, &message, None);
        }
    }
    let (key, message) = (seed.octets(32), seed.octets(50));
    let tag = hmac_of(hash, &key, &message);
    for bit in [0, 7, 8, 4 * tag.len(), 8 * tag.len() - 1] {
        let mut changed = tag.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        add(&format!("bit {bit} of the code changed"), &["ModifiedTag"], &key, &message, Some(changed));
    }
    for len in [0, 1, tag.len() - 1] {
        let comment = format!("the first {len} octets of the code");
        add(&comment, &["TruncatedTag"], &key, &message, Some(tag[..len].to_vec()));
    }
    let mut reversed = tag.clone();
    reversed.reverse();
    add("the code reversed", &["ModifiedTag"], &key, &message, Some(reversed));
    add("a code of zeros", &["ModifiedTag"], &key, &message, Some(vec![0; tag.len()]));
    let header = ["HMAC with GOST R 34.11-2012. Every hexadecimal string is octets in their order."];
    let group = Group { kind: "GostHmac", hash: Some(hash.name()), tests, ..Group::default() };
    Document::new("HMAC-GOSTR3411-2012", "kaztoken_gost_mac_schema_v1", &header, vec![group])
}

/// H((m / q UKM d mod q) Q), x and y little-endian. `None` for infinity.
fn agree(curve: &Curve, hash: Hash, d: &BigUint, key: &Point, ukm: &BigUint) -> Option<Vec<u8>> {
    let k = d * ukm * curve.set.cofactor % &curve.q;
    let (x, y) = curve.multiply(&k, key)?;
    Some(hash.digest(&[le(&x, curve.len()), le(&y, curve.len())].concat()))
}

/// VKO with one of the Streebog functions on every curve it is for.
pub(crate) fn vko(curves: &[Curve], hash: Hash) -> Document {
    let groups = curves.iter().filter(|curve| curve.len() >= hash.len()).map(|curve| vko_group(curve, hash));
    let header =
        ["Key agreement VKO of RFC 7836 section 4.3. Every hexadecimal string is octets in their order."];
    Document::new("VKO-GOSTR3410-2012", "kaztoken_gost_vko_schema_v1", &header, groups.collect())
}

fn vko_group(curve: &Curve, hash: Hash) -> Group {
    let len = curve.len();
    let q = &curve.q;
    let mut seed = Seed::new(&format!("VKO {} {}", curve.set.name, hash.name()));
    let mut tests = Vec::new();
    let mut add = |comment: &str, flags: &[&'static str], d: &BigUint, key: &PublicKey, ukm: &[u8]| {
        let number = BigUint::from_bytes_le(ukm);
        let shared = (!is_zero(&number) && key.valid.is_some())
            .then(|| agree(curve, hash, d, &key.valid, &number))
            .flatten();
        tests.push(Test {
            comment: comment.to_owned(),
            flags: flags.to_vec(),
            private: Some(hex(&le(d, len))),
            public: Some(hex(&key.raw)),
            ukm: Some(hex(ukm)),
            result: if shared.is_some() { "valid" } else { "invalid" },
            shared: shared.map(|octets| hex(&octets)),
            ..Test::default()
        });
    };
    if curve.set.name == "tc26-512-A" {
        // RFC 7836 appendix B, examples 7 and 8; the private keys are printed the lowest octet first.
        let [x, y] = [
            "c990ecd972fce84ec4db022778f50fcac726f46708384b8d458304962d7147f8\
             c2db41cef22c90b102f2968404f9b9be6d47c79692d81826b32b8daca43cb667",
            "48c859f7b6f11585887cc05ec6ef1390cfea739b1a18c0d4662293ef63b79e3b\
             8014070b44918590b4b996acfea4edfbbbcccc8c06edd8bf5bda92a51392d0db",
        ]
        .map(|digits| BigUint::from_bytes_le(&from_hex(digits)));
        let ukm = from_hex("1d80603c8544c727");
        let expected = match hash {
            Hash::Streebog512 => {
                "79f002a96940ce7bde3259a52e015297adaad84597a0d205b50e3e1719f97bfa\
                 7ee1d2661fa9979a5aa235b558a7e6d9f88f982dd63fc35a8ec0dd5e242d3bdf"
            }
            _ => "c9a9a77320e2cc559ed72dce6f47e2192ccea95fa648670582c054c0ef36c221",
        };
        for (mine, theirs) in [(&x, &y), (&y, &x)] {
            let key = PublicKey::from_point(curve, &curve.multiply_base(theirs));
            let shared = agree(curve, hash, mine, &key.valid, &BigUint::from_bytes_le(&ukm));
            assert_eq!(shared.map(|octets| hex(&octets)).as_deref(), Some(expected), "RFC 7836 appendix B");
            add("the standard's example", &["Standard"], mine, &key, &ukm);
        }
    }
    let flag = if curve.set.cofactor == 4 { "Cofactor" } else { "Normal" };
    let (d, other) = (seed.nonzero(q), seed.nonzero(q));
    let key = PublicKey::from_point(curve, &curve.multiply_base(&other));
    let back = PublicKey::from_point(curve, &curve.multiply_base(&d));
    let ukm = seed.octets(8);
    add("one side", &[flag], &d, &key, &ukm);
    add("the other side", &[flag], &other, &back, &ukm);
    for (name, ukm) in [
        ("1", vec![1]),
        ("1 in eight octets", vec![1, 0, 0, 0, 0, 0, 0, 0]),
        ("with a zero in front", vec![0, 1, 2, 3]),
        ("with zeros at the end", vec![3, 2, 1, 0]),
        ("of half the key", vec![0xff; len / 2]),
    ] {
        add(&format!("UKM {name}"), &["SpecialUkm", flag], &d, &key, &ukm);
    }
    add("UKM 0", &["ZeroUkm"], &d, &key, &[0; 8]);
    for (name, special) in [("1", small(1)), ("q - 1", q - 1_u32)] {
        add(&format!("private key {name}"), &["SpecialPrivateKey", flag], &special, &key, &ukm);
    }
    add(
        "all zeros as the public key",
        &["ZeroPublicKey"],
        &d,
        &PublicKey::from_raw(curve, vec![0; 2 * len]),
        &ukm,
    );
    let elsewhere = Some((seed.nonzero(&curve.p), seed.nonzero(&curve.p)));
    add("point of another curve", &["InvalidCurve"], &d, &PublicKey::from_point(curve, &elsewhere), &ukm);
    if let Some((x, y)) = &key.valid {
        let swapped = [be(x, len), be(y, len)].concat();
        let swapped = PublicKey::from_raw(curve, swapped);
        add("public key big-endian", &["PublicKeyByteOrder"], &d, &swapped, &ukm);
    }
    if let Some((four, two)) = curve.torsion() {
        for (name, point) in [("2", &two), ("4", &four)] {
            let small_point = PublicKey::from_point(curve, point);
            add(&format!("point of order {name}"), &["SmallSubgroup"], &d, &small_point, &ukm);
            let mixed = PublicKey::from_point(curve, &curve.add(&key.valid, point));
            add(&format!("sum with a point of order {name}"), &["SmallSubgroup"], &d, &mixed, &ukm);
        }
    }
    let name = curve_name(curve, None);
    Group { kind: "GostVko", hash: Some(hash.name()), curve: Some(name), tests, ..Group::default() }
}
