//! Known answers: the standards, real Kazakh signatures, and what a token's wire carries.

#![cfg(feature = "gost")]

#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use gost_vectors::{Record, hex, records};
use kaztoken_core::gost::signature::{Kazakh, Russian, Standard, TokenWire};
use kaztoken_core::gost::{Digest, Hasher, ParameterSet, PublicKey, Signature, SigningKey, hazmat, verify};

const STANDARDS: &str = include_str!("vectors/gost_standards.txt");
const KAZAKHSTAN: &str = include_str!("vectors/gost_kazakhstan.txt");

fn of_kind<'a>(kind: &'a str, at_least: usize) -> Vec<Record<'a>> {
    let found: Vec<_> = records(STANDARDS).into_iter().filter(|record| record.text("kind") == kind).collect();
    assert!(found.len() >= at_least, "{} records of kind {kind}", found.len());
    found
}

fn key_pair(record: &Record<'_>) -> (SigningKey, PublicKey) {
    let private = SigningKey::from_le_bytes(record.set(), &record.little_endian("d")).unwrap();
    let public = PublicKey::from_coordinates(record.set(), &record.octets("x"), &record.octets("y")).unwrap();
    assert_eq!(private.public_key(), public);
    (private, public)
}

#[test]
fn rfc_7091_example() {
    for record in of_kind("sign", 1) {
        let (private, public) = key_pair(&record);
        let digest = Digest::from_slice(&record.little_endian("e")).unwrap();
        let signature = hazmat::sign_with_nonce(&private, &digest, &record.little_endian("k")).unwrap();
        let expected = [record.octets("r"), record.octets("s")].concat();
        assert_eq!(Standard::from(signature).as_slice(), expected);
        verify(&public, &digest, &signature).unwrap();
    }
}

#[test]
fn rfc_9215_certificate_requests() {
    for record in of_kind("certificate request", 2) {
        let (private, public) = key_pair(&record);
        // The request carries the public key the way certificates do.
        let message = record.octets("message");
        let encoded = public.to_octet_string();
        assert!(message.windows(encoded.len()).any(|window| window == encoded.as_slice()));
        assert_eq!(PublicKey::from_octet_string(record.set(), &encoded), Ok(public));

        let digest = Digest::from_slice(&record.octets("digest")).unwrap();
        let signature = hazmat::sign_with_nonce(&private, &digest, &record.little_endian("k")).unwrap();
        assert_eq!(Russian::from(signature).as_slice(), record.octets("signature"));
        verify(&public, &digest, &signature).unwrap();
    }
}

#[test]
fn rfc_8133_multiples_of_the_base_point() {
    of_kind("multiple", 10).iter().for_each(|record| {
        key_pair(record);
    });
}

#[test]
fn hash_functions() {
    for record in of_kind("hash", 9) {
        let message = record.octets("message");
        assert_eq!(record.hash().digest(&message).as_slice(), record.octets("digest"));
        for size in [1, 7, 64] {
            let mut hasher = Hasher::new(record.hash());
            message.chunks(size).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish().as_slice(), record.octets("digest"), "in pieces of {size}");
        }
    }
}

#[test]
fn kazakh_signatures() {
    let records = records(KAZAKHSTAN);
    assert_eq!(records.len(), 9);
    for record in records {
        let key = PublicKey::from_raw(record.set(), &record.octets("key")).unwrap();
        let digest = Digest::from_slice(&record.octets("digest")).unwrap();
        let octets = record.octets("signature");
        let kazakh: Signature = Kazakh::from_slice(&octets).unwrap().into();
        let russian: Signature = Russian::from_slice(&octets).unwrap().into();
        let (right, wrong) = match record.text("layout") {
            "Kazakh" => (kazakh, russian),
            _ => (russian, kazakh),
        };
        verify(&key, &digest, &right).unwrap();
        assert!(verify(&key, &digest, &wrong).is_err(), "the layout must be told, not guessed");
        let reversed: Vec<u8> = octets.iter().rev().copied().collect();
        assert_eq!(Russian::from(right).as_slice(), if right == kazakh { &reversed } else { &octets });
    }
}

/// A public key and a signature as a token's wire carries them; the same through OpenSC in PKCS#11's order.
#[test]
fn token_wire_through_opensc() {
    let key = hex("21c3a98146faeb2d3d44a0f079936708adf31a42b8ceced127fbc00773bae068\
                   43964e0d9f025f404634e4241451af93a4c4c8f24c8091542cf754c5ac7d35d6");
    let hash = hex("0aad0f2a47faed6d487443f8870bef3581ad550433c288c8e2faba77726c3dc5");
    let wire = hex("dfd79d9b431819bdb5bad0d8bb95a1e89bc8e56c2fdbfa22562d67c9484393d9\
                    1fc2404ff6da0c84afeb0053408a3e732ed9570cb1a011884cd3793de4fea435");
    let file = hex("35a4fee43d79d34c8811a0b10c57d92e733e8a405300ebaf840cdaf64f40c21f\
                    d9934348c9672d5622fadb2f6ce5c89be8a195bbd8d0bab5bd1918439b9dd7df");
    let key = PublicKey::from_raw(ParameterSet::CryptoProA, &key).unwrap();
    let signature: Signature = TokenWire::from_slice(&wire).unwrap().into();
    assert_eq!(Russian::from(signature).as_slice(), file);
    verify(&key, &Digest::from_slice(&hash).unwrap(), &signature).unwrap();
}

#[test]
fn token_wire_with_fixed_nonce() {
    let d: [u8; 32] = core::array::from_fn(|i| 1 + i as u8);
    let k: [u8; 32] = core::array::from_fn(|i| 0x21 + i as u8);
    let digest = Digest::from(core::array::from_fn::<u8, 32, _>(|i| i as u8));
    let key = SigningKey::from_le_bytes(ParameterSet::CryptoProA, &d).unwrap();
    let public = hex("d4572c4a208ac360480314e38f9e087904be0aa145c2e4f70f9fb47de60cecd3\
                      42052b8dac9a81dd2fdfbf7cefebd0596f694e87e71861ff9560cf1709312bc6");
    assert_eq!(key.public_key().to_raw().as_slice(), public);
    let signature = hazmat::sign_with_nonce(&key, &digest, &k).unwrap();
    let wire = hex("547497dd584b4f568bdafa680ef24b45f2b870b07594ef1a3667ee5ce0706010\
                    c471b1c44410887f9310c6de454db75ed720e9883204a7d7760531f0ce67804f");
    assert_eq!(TokenWire::from(signature).as_slice(), wire);
    verify(&key.public_key(), &digest, &signature).unwrap();
}
