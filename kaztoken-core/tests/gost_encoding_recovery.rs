//! Keys from signatures, and what is wrong with a reading.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;
#[allow(dead_code)] // What other tests read.
#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use gost_rng::Repeatable;
use gost_vectors::records;
use kaztoken_core::gost::recovery::{Diagnosis, Reading, diagnose, recover_public_keys};
use kaztoken_core::gost::signature::{Kazakh, Layout, Standard};
use kaztoken_core::gost::{Digest, HashAlgorithm, ParameterSet, PublicKey, Signature, SigningKey, verify};
use proptest::prelude::*;

/// The hash function of the size that every set can be tried with.
fn hash(set: ParameterSet) -> HashAlgorithm {
    if set.scalar_len() == 32 { HashAlgorithm::Gost94Test } else { HashAlgorithm::Streebog512 }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(60))]

    /// The signer's key is among the candidates, and every candidate verifies.
    #[test]
    fn the_key_is_found(
        set in prop::sample::select(ParameterSet::ALL),
        seed in any::<u64>(),
        message in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut rng = Repeatable(seed);
        let key = SigningKey::generate(set, &mut rng).unwrap();
        let digest = hash(set).digest(&message);
        let signature = key.sign(&digest, &mut rng).unwrap();
        let keys = recover_public_keys(set, &digest, &signature);
        prop_assert!(keys.contains(&key.public_key()), "{}", set);
        prop_assert!(keys.len().is_multiple_of(2), "{:?}", keys);
        for key in &keys {
            prop_assert_eq!(verify(key, &digest, &signature), Ok(()));
        }
    }

    /// Nothing panics on numbers of any value.
    #[test]
    fn any_signature(
        set in prop::sample::select(ParameterSet::ALL),
        octets in proptest::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 256),
    ) {
        let len = set.scalar_len();
        let digest = Digest::from_slice(&octets[..len]).unwrap();
        let signature = Signature::from(Kazakh::from_slice(&octets[len..3 * len]).unwrap());
        for key in &recover_public_keys(set, &digest, &signature) {
            prop_assert_eq!(verify(key, &digest, &signature), Ok(()));
        }
    }
}

#[test]
fn sizes_must_agree() {
    let digest = Digest::from([1; 64]);
    let signature = Signature::from(Kazakh::from_slice(&[1; 64]).unwrap());
    assert!(recover_public_keys(ParameterSet::CryptoProA, &digest, &signature).is_empty());
    assert!(recover_public_keys(ParameterSet::Tc26_512A, &digest, &signature).is_empty());
    let zero = Signature::from(Kazakh::from_slice(&[0; 64]).unwrap());
    assert!(recover_public_keys(ParameterSet::CryptoProA, &Digest::from([1; 32]), &zero).is_empty());
}

/// Real signatures: the issuer's key comes out of them.
#[test]
fn kazakh_vectors() {
    let mut found = 0;
    for record in records(include_str!("vectors/gost_kazakhstan.txt")) {
        let set = record.set();
        let digest = Digest::from_slice(&record.octets("digest")).unwrap();
        let key = PublicKey::from_raw(set, &record.octets("key")).unwrap();
        let layout = Layout::ALL.iter().find(|layout| layout.name() == record.text("layout")).unwrap();
        let signature = layout.decode(&record.octets("signature")).unwrap();
        assert!(recover_public_keys(set, &digest, &signature).contains(&key));
        found += 1;
    }
    assert!(found >= 9, "{found}");
}

#[test]
fn each_kind_of_mistake_is_told() {
    let message = b"tbsCertificate";
    for set in [ParameterSet::CryptoProA, ParameterSet::Tc26_256A, ParameterSet::Tc26_512A] {
        let mut rng = Repeatable(17);
        let mut signer = || SigningKey::generate(set, &mut rng).unwrap();
        let (key, other) = (signer(), signer());
        let (public, other_public) = (key.public_key(), other.public_key());
        let named = |key: &PublicKey| *key == public;
        let nobody = |_: &PublicKey| false;
        for right in Reading::all(set) {
            let signature = key.sign(&right.hash.digest(message), &mut rng).unwrap();
            let signature = right.layout.encode(signature);
            for expected in Reading::all(set) {
                let told = if expected == right { Diagnosis::Good } else { Diagnosis::OtherReading(right) };
                let with = |key, is_named: &dyn Fn(&PublicKey) -> bool| {
                    diagnose(expected, key, message, &signature, is_named)
                };
                // By the key, by its identifier, by both.
                assert_eq!(with(Some(&public), &nobody), told);
                assert_eq!(with(None, &named), told);
                assert_eq!(with(Some(&public), &named), told);
                let other_key = Diagnosis::OtherKey { key: public, reading: right };
                assert_eq!(with(Some(&other_public), &named), other_key);
                assert_eq!(with(Some(&other_public), &nobody), Diagnosis::Unknown);
                assert_eq!(
                    diagnose(expected, Some(&public), b"altered", &signature, named),
                    Diagnosis::Unknown
                );
            }
        }
    }
}

/// An order that goes by two names is one reading; a length that is none fits nothing.
#[test]
fn names_of_one_order() {
    let set = ParameterSet::CryptoProA;
    let key = SigningKey::generate(set, &mut Repeatable(2)).unwrap();
    let hash = HashAlgorithm::Gost94Test;
    let signature = key.sign(&hash.digest(b""), &mut Repeatable(3)).unwrap();
    let expected = Reading { set, hash, layout: Layout::GammaNative };
    let public = key.public_key();
    let octets = Layout::Kazakh.encode(signature);
    assert_eq!(diagnose(expected, Some(&public), b"", &octets, |_| false), Diagnosis::Good);
    assert_eq!(diagnose(expected, Some(&public), b"", &octets[1..], |_| true), Diagnosis::Unknown);
    assert_eq!(Standard::from(signature).as_slice(), Layout::Standard.encode(signature).as_slice());
}
