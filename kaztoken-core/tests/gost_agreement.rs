//! VKO key agreement: RFC 7836 and OpenSSL's GOST engine, and what is refused.

#![cfg(feature = "gost")]

#[allow(dead_code)] // part of it serves other tests
#[path = "support/gost_rng.rs"]
mod gost_rng;
#[allow(dead_code)] // part of it serves other tests
#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use gost_rng::Repeatable;
use gost_vectors::{Record, records};
use kaztoken_core::gost::key_agreement::{AgreementError, vko_256, vko_512, vko_2001};
use kaztoken_core::gost::{HashAlgorithm, ParameterSet, PublicKey, SigningKey};

const VECTORS: &str = include_str!("vectors/gost_derivation.txt");
const UKM: [u8; 8] = [0x1d, 0x80, 0x60, 0x3c, 0x85, 0x44, 0xc7, 0x27];

fn agree(
    hash: HashAlgorithm,
    own: &SigningKey,
    peer: &PublicKey,
    ukm: &[u8],
) -> Result<Vec<u8>, AgreementError> {
    match hash {
        HashAlgorithm::Streebog256 => vko_256(own, peer, ukm).map(|secret| secret.to_vec()),
        HashAlgorithm::Streebog512 => vko_512(own, peer, ukm).map(|secret| secret.to_vec()),
        HashAlgorithm::Gost94CryptoPro => {
            vko_2001(own, peer, ukm.try_into().unwrap()).map(|secret| secret.to_vec())
        }
        other => panic!("{other}"),
    }
}

fn pair(record: &Record<'_>, side: &str) -> (SigningKey, PublicKey) {
    let private = SigningKey::from_le_bytes(record.set(), &record.octets(&format!("d {side}"))).unwrap();
    let public = PublicKey::from_raw(record.set(), &record.octets(&format!("raw {side}"))).unwrap();
    assert_eq!(private.public_key(), public);
    (private, public)
}

#[test]
fn known_answers() {
    let known = |record: &Record<'_>| ParameterSet::ALL.iter().any(|set| set.name() == record.text("set"));
    let all = records(VECTORS);
    let found: Vec<_> = all.into_iter().filter(|record| record.text("kind") == "vko").filter(known).collect();
    assert_eq!(found.len(), 13, "{} records", found.len());
    for record in found {
        let ((a, a_public), (b, b_public)) = (pair(&record, "a"), pair(&record, "b"));
        let (hash, ukm, expected) = (record.hash(), record.octets("ukm"), record.octets("secret"));
        assert_eq!(agree(hash, &a, &b_public, &ukm), Ok(expected.clone()), "{}", record.text("set"));
        assert_eq!(agree(hash, &b, &a_public, &ukm), Ok(expected), "{}", record.text("set"));
    }
}

fn key(set: ParameterSet, seed: u64) -> SigningKey {
    SigningKey::generate(set, &mut Repeatable(seed)).unwrap()
}

#[test]
fn both_sides_agree_on_every_set() {
    for &set in ParameterSet::ALL {
        let (a, b) = (key(set, 1), key(set, 2));
        let long = vec![0xff; set.scalar_len()];
        for ukm in [&[1][..], &UKM, &long] {
            let secret = vko_256(&a, &b.public_key(), ukm).unwrap();
            assert_eq!(vko_256(&b, &a.public_key(), ukm).unwrap(), secret, "{set}");
            assert_eq!(vko_512(&a, &b.public_key(), ukm), vko_512(&b, &a.public_key(), ukm), "{set}");
            assert_eq!(vko_512(&a, &b.public_key(), ukm).is_ok(), set.scalar_len() == 64, "{set}");
        }
        assert_eq!(vko_2001(&a, &b.public_key(), &UKM), vko_2001(&b, &a.public_key(), &UKM), "{set}");
        assert_eq!(vko_2001(&a, &b.public_key(), &UKM).is_ok(), set.scalar_len() == 32, "{set}");
    }
}

/// The UKM is a little-endian number: zero octets at its end change nothing, at its head they do.
#[test]
fn the_ukm_is_a_little_endian_number() {
    let (a, b) = (key(ParameterSet::CryptoProA, 3), key(ParameterSet::CryptoProA, 4).public_key());
    let secret = vko_256(&a, &b, &UKM).unwrap();
    assert_eq!(vko_256(&a, &b, &[&UKM[..], &[0; 5]].concat()).unwrap(), secret);
    assert_ne!(vko_256(&a, &b, &[&[0; 5], &UKM[..]].concat()).unwrap(), secret);
    assert_ne!(vko_256(&a, &b, &[1]).unwrap(), secret);
}

/// A key times the UKM is another key: what UKM = n gives for d is what UKM = 1 gives for n d.
#[test]
fn the_ukm_multiplies_the_key() {
    for &set in ParameterSet::ALL {
        let mut octets = vec![0; set.scalar_len()];
        let mut of = |d: u8| {
            octets[0] = d;
            SigningKey::from_le_bytes(set, &octets).unwrap()
        };
        let (five, fifteen) = (of(5), of(15));
        let peer = key(set, 5).public_key();
        assert_eq!(vko_256(&five, &peer, &[3]), vko_256(&fifteen, &peer, &[1]), "{set}");
    }
}

#[test]
fn a_zero_ukm_counts_as_one_in_2001_and_is_refused_in_2012() {
    let (a, b) = (key(ParameterSet::CryptoProA, 6), key(ParameterSet::CryptoProA, 7).public_key());
    assert_eq!(vko_2001(&a, &b, &[0; 8]), vko_2001(&a, &b, &1_u64.to_le_bytes()));
    assert_eq!(vko_256(&a, &b, &[0; 8]), Err(AgreementError::UkmZero));
    let (a, b) = (key(ParameterSet::Tc26_512A, 6), key(ParameterSet::Tc26_512A, 7).public_key());
    assert_eq!(vko_512(&a, &b, &[0; 64]), Err(AgreementError::UkmZero));
}

#[test]
fn a_ukm_that_is_empty_or_too_long_is_refused() {
    for &set in ParameterSet::ALL {
        let (a, b) = (key(set, 8), key(set, 9).public_key());
        let limit = set.scalar_len();
        for found in [0, limit + 1, 200] {
            let error = AgreementError::UkmLength { found, limit };
            assert_eq!(vko_256(&a, &b, &vec![1; found]), Err(error));
        }
    }
}

/// A UKM that is the order q leads to the point at infinity.
#[test]
fn the_order_as_ukm_gives_no_secret() {
    let order: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x6c,
        0x61, 0x10, 0x70, 0x99, 0x5a, 0xd1, 0x00, 0x45, 0x84, 0x1b, 0x09, 0xb7, 0x61, 0xb8, 0x93,
    ];
    let mut order = order;
    order.reverse();
    let (a, b) = (key(ParameterSet::CryptoProA, 10), key(ParameterSet::CryptoProA, 11).public_key());
    assert_eq!(vko_256(&a, &b, &order), Err(AgreementError::NoSecret));
    order[0] ^= 1;
    assert!(vko_256(&a, &b, &order).is_ok());
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let a = key(ParameterSet::CryptoProA, 12);
    let other = key(ParameterSet::CryptoProC, 13).public_key();
    assert_eq!(vko_256(&a, &other, &UKM), Err(AgreementError::ParameterSets));
    assert_eq!(vko_2001(&a, &other, &UKM), Err(AgreementError::ParameterSets));
    assert_eq!(vko_512(&a, &a.public_key(), &UKM), Err(AgreementError::KeySize));
    let long = key(ParameterSet::Tc26_512A, 14);
    assert_eq!(vko_2001(&long, &long.public_key(), &UKM), Err(AgreementError::KeySize));
    assert_eq!(vko_512(&long, &a.public_key(), &UKM), Err(AgreementError::ParameterSets));
}

/// RFC 4357 section 5.2: not with x P = P or y P = P.
#[test]
fn the_base_point_is_no_key_in_2001() {
    let set = ParameterSet::CryptoProA;
    let mut one = [0; 32];
    one[0] = 1;
    let one = SigningKey::from_le_bytes(set, &one).unwrap();
    let a = key(set, 15);
    assert_eq!(vko_2001(&one, &a.public_key(), &UKM), Err(AgreementError::WeakKey));
    assert_eq!(vko_2001(&a, &one.public_key(), &UKM), Err(AgreementError::WeakKey));
    assert!(vko_256(&a, &one.public_key(), &UKM).is_ok());
}
