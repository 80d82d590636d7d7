//! HMAC, KDF, KDF_TREE and PBKDF2 against RFC 7836, RFC 9337 and OpenSSL's GOST engine.

#![cfg(feature = "gost")]

#[allow(dead_code)] // part of it serves other tests
#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use std::num::NonZeroU32;

use gost_vectors::{Record, records};
use kaztoken_core::gost::kdf::{
    Hmac, HmacGost94CryptoPro, HmacGost94Test, HmacStreebog256, HmacStreebog512, KdfError, KeyedHash, kdf,
    kdf_tree,
};
use kaztoken_core::gost::{HashAlgorithm, Hasher};

const VECTORS: &str = include_str!("vectors/gost_derivation.txt");

fn of_kind<'a>(kind: &'a str, count: usize) -> Vec<Record<'a>> {
    let found: Vec<_> = records(VECTORS).into_iter().filter(|record| record.text("kind") == kind).collect();
    assert_eq!(found.len(), count, "records of kind {kind}");
    found
}

/// The code over pieces, in one call for each hash.
fn hmac(hash: HashAlgorithm, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    fn of<H: KeyedHash>(key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<H>::new(key);
        pieces.iter().for_each(|piece| mac.update(piece));
        let code = mac.clone().finish().to_vec();
        assert!(mac.verify(&code));
        code
    }
    fn alias<H: KeyedHash>(_: fn(&[u8]) -> Hmac<H>, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        of::<H>(key, pieces)
    }
    match hash {
        HashAlgorithm::Streebog256 => alias(HmacStreebog256::new, key, pieces),
        HashAlgorithm::Streebog512 => alias(HmacStreebog512::new, key, pieces),
        HashAlgorithm::Gost94Test => alias(HmacGost94Test::new, key, pieces),
        HashAlgorithm::Gost94CryptoPro => alias(HmacGost94CryptoPro::new, key, pieces),
        other => panic!("{other}"),
    }
}

#[test]
fn hmac_known_answers() {
    for record in of_kind("hmac", 26) {
        let (key, message) = (record.octets("key"), record.octets("message"));
        let expected = record.octets("code");
        assert_eq!(hmac(record.hash(), &key, &[&message]), expected);
        let (head, tail) = message.split_at(message.len() / 3);
        assert_eq!(hmac(record.hash(), &key, &[head, &[], tail]), expected);
    }
}

#[test]
fn prf_tls_known_answers() {
    // P_hash of RFC 5246 section 5: A(i) = HMAC(A(i - 1)), output HMAC(A(i) | label | seed).
    for record in of_kind("prf tls", 2) {
        let (hash, key) = (record.hash(), record.octets("key"));
        let seed = [record.octets("label"), record.octets("seed")].concat();
        let a1 = hmac(hash, &key, &[&seed]);
        let a2 = hmac(hash, &key, &[&a1]);
        assert_eq!(hmac(hash, &key, &[&a1, &seed]), record.octets("t1"));
        assert_eq!(hmac(hash, &key, &[&a2, &seed]), record.octets("t2"));
    }
}

#[test]
fn prf_plus_known_answers() {
    // prf+ of RFC 7296 section 2.13.
    for record in of_kind("prf+", 2) {
        let (hash, key, data) = (record.hash(), record.octets("key"), record.octets("data"));
        let t1 = hmac(hash, &key, &[&data, &[1]]);
        assert_eq!(t1, record.octets("t1"));
        assert_eq!(hmac(hash, &key, &[&t1, &data, &[2]]), record.octets("t2"));
    }
}

/// The test S-box has no published code: from the definition, RFC 2104 section 2 with B = 32.
#[test]
fn hmac_with_the_test_s_box() {
    let definition = |key: &[u8], message: &[u8]| {
        let hash = |pieces: [&[u8]; 2]| {
            let mut hasher = Hasher::new(HashAlgorithm::Gost94Test);
            pieces.iter().for_each(|piece| hasher.update(piece));
            hasher.finish().as_slice().to_vec()
        };
        let mut block = if key.len() > 32 { hash([key, &[]]) } else { key.to_vec() };
        block.resize(32, 0);
        let padded = |pad: u8| block.iter().map(|octet| octet ^ pad).collect::<Vec<_>>();
        hash([&padded(0x5c), &hash([&padded(0x36), message])])
    };
    for key_len in [0, 1, 31, 32, 33, 64, 100] {
        let key = vec![0xa5; key_len];
        let code = hmac(HashAlgorithm::Gost94Test, &key, &[b"message"]);
        assert_eq!(code, definition(&key, b"message"));
        assert_ne!(code, hmac(HashAlgorithm::Gost94CryptoPro, &key, &[b"message"]));
    }
}

#[test]
fn verify_takes_the_whole_code_only() {
    let mut mac = HmacStreebog256::new(b"key");
    mac.update(b"message");
    let code = mac.clone().finish().to_vec();
    assert!(mac.clone().verify(&code));
    for len in [0, 1, 16, 31] {
        assert!(!mac.clone().verify(&code[..len]));
    }
    assert!(!mac.clone().verify(&[code.as_slice(), &[0]].concat()));
    for octet in 0..32 {
        let mut wrong = code.clone();
        wrong[octet] ^= 0x80;
        assert!(!mac.clone().verify(&wrong));
    }
}

#[test]
fn kdf_known_answer() {
    for record in of_kind("kdf", 1) {
        let derived = kdf(&record.octets("key"), &record.octets("label"), &record.octets("seed"));
        assert_eq!(derived.as_slice(), record.octets("out"));
    }
}

#[test]
fn kdf_tree_known_answer() {
    for record in of_kind("kdf tree", 1) {
        let mut out = [0; 64];
        let (key, label, seed) = (record.octets("key"), record.octets("label"), record.octets("seed"));
        kdf_tree(&key, &label, &seed, 1, &mut out).unwrap();
        assert_eq!(out.as_slice(), record.octets("out"));
        // KDF is the tree with L = 256 and R = 1 (RFC 7836 section 4.5).
        kdf_tree(&key, &label, &seed, 1, &mut out[..32]).unwrap();
        assert_eq!(out[..32], *kdf(&key, &label, &seed).as_slice());
    }
}

/// From the definition: the counter in R octets, L without leading zeros.
#[test]
fn kdf_tree_counts_in_r_octets() {
    let definition = |r: usize, len: usize| {
        let bits = (len as u64 * 8).to_be_bytes();
        let l = &bits[bits.iter().position(|octet| *octet != 0).unwrap_or(8)..];
        let rounds = (1..=len.div_ceil(32) as u32).flat_map(|i| {
            let counter = &i.to_be_bytes()[4 - r..];
            hmac(HashAlgorithm::Streebog256, b"key", &[counter, b"label", &[0], b"seed", l])
        });
        rounds.take(len).collect::<Vec<_>>()
    };
    for r in 1..=4_u8 {
        for len in [0, 1, 31, 33, 100, 32 * 255] {
            let mut out = vec![0; len];
            kdf_tree(b"key", b"label", b"seed", r, &mut out).unwrap();
            assert_eq!(out, definition(r.into(), len), "R = {r}, {len} octets");
        }
    }
}

#[test]
fn kdf_tree_refuses_what_its_counter_cannot_count() {
    let mut out = vec![0xaa; 32 * 255 + 1];
    let found = out.len();
    assert_eq!(kdf_tree(b"k", b"l", b"s", 1, &mut out), Err(KdfError::OutputLength { found }));
    assert!(out.iter().all(|octet| *octet == 0xaa));
    assert_eq!(kdf_tree(b"k", b"l", b"s", 2, &mut out), Ok(()));
    for counter_len in [0, 5, 255] {
        let result = kdf_tree(b"k", b"l", b"s", counter_len, &mut out[..32]);
        assert_eq!(result, Err(KdfError::CounterLength { found: counter_len }));
    }
}

#[test]
fn pbkdf2_known_answers() {
    for record in of_kind("pbkdf2", 7) {
        let expected = record.octets("out");
        let mut out = vec![0; expected.len()];
        let iterations: NonZeroU32 = record.text("iterations").parse().unwrap();
        let derive = match record.hash() {
            HashAlgorithm::Streebog256 => HmacStreebog256::pbkdf2,
            HashAlgorithm::Streebog512 => HmacStreebog512::pbkdf2,
            HashAlgorithm::Gost94CryptoPro => HmacGost94CryptoPro::pbkdf2,
            other => panic!("{other}"),
        };
        derive(&record.octets("password"), &record.octets("salt"), iterations, &mut out).unwrap();
        assert_eq!(out, expected);
    }
}

#[test]
fn a_shorter_password_key_is_the_head_of_a_longer_one() {
    let derive = |len: usize| {
        let mut out = vec![0; len];
        HmacGost94Test::pbkdf2(b"password", b"salt", NonZeroU32::new(3).unwrap(), &mut out).unwrap();
        out
    };
    let long = derive(100);
    for len in [0, 1, 31, 32, 33, 64, 99] {
        assert_eq!(derive(len), long[..len]);
    }
}
