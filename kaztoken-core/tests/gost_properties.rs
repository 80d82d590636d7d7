//! What holds for every key, digest and string of octets.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use gost_rng::Repeatable;
use kaztoken_core::gost::signature::{Kazakh, Russian, Standard, TokenWire};
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, Signature, SigningKey, verify};
use proptest::collection::vec;
use proptest::prelude::*;

fn any_set() -> impl Strategy<Value = ParameterSet> {
    prop::sample::select(ParameterSet::ALL)
}

/// A key pair's set, a generator for it, and a digest of its size.
fn any_case() -> impl Strategy<Value = (ParameterSet, Repeatable, Vec<u8>)> {
    any_set().prop_flat_map(|set| {
        let digest = vec(any::<u8>(), set.scalar_len());
        (Just(set), any::<u64>().prop_map(Repeatable), digest)
    })
}

impl core::fmt::Debug for Repeatable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Repeatable({})", self.0)
    }
}

/// Failing cases are printed, not stored.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn flip(octets: &[u8], bit: usize) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let bit = bit % (octets.len() * 8);
    octets[bit / 8] ^= 1 << (bit % 8);
    octets
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn one_flipped_bit_does_not_verify(
        (set, mut rng, digest) in any_case(),
        bit in any::<usize>(),
    ) {
        let key = SigningKey::generate(set, &mut rng).unwrap();
        let public = key.public_key();
        let digest = Digest::from_slice(&digest).unwrap();
        let signature = key.sign(&digest, &mut rng).unwrap();
        prop_assert_eq!(verify(&public, &digest, &signature), Ok(()));

        let other = TokenWire::from_slice(&flip(TokenWire::from(signature).as_slice(), bit)).unwrap();
        prop_assert!(verify(&public, &digest, &other.into()).is_err());
        let other = Digest::from_slice(&flip(digest.as_slice(), bit)).unwrap();
        prop_assert!(verify(&public, &other, &signature).is_err());
        // Nearly always no point of the curve at all.
        if let Ok(other) = PublicKey::from_raw(set, &flip(&public.to_raw(), bit)) {
            prop_assert!(verify(&other, &digest, &signature).is_err());
        }
    }

    #[test]
    fn keys_survive_their_encodings((set, mut rng, _) in any_case()) {
        let key = SigningKey::generate(set, &mut rng).unwrap();
        let again = SigningKey::from_le_bytes(set, &key.to_le_bytes()).unwrap();
        prop_assert_eq!(again.to_le_bytes(), key.to_le_bytes());
        let public = key.public_key();
        prop_assert_eq!(again.public_key(), public);
        prop_assert_eq!(PublicKey::from_raw(set, &public.to_raw()), Ok(public));
        prop_assert_eq!(PublicKey::from_octet_string(set, &public.to_octet_string()), Ok(public));
        let (x, y) = public.to_coordinates();
        prop_assert_eq!(PublicKey::from_coordinates(set, &x, &y), Ok(public));
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn layouts_are_rearrangements(octets in prop_oneof![vec(any::<u8>(), 64), vec(any::<u8>(), 128)]) {
        let (r, s) = octets.split_at(octets.len() / 2);
        let reversed = |number: &[u8]| number.iter().rev().copied().collect::<Vec<_>>();
        let signature = Signature::from(Standard::from_slice(&octets).unwrap());
        let russian = Russian::from(signature);
        let kazakh = Kazakh::from(signature);
        let wire = TokenWire::from(signature);
        prop_assert_eq!(signature.encoded_len(), octets.len());
        prop_assert_eq!(russian.as_slice(), [s, r].concat());
        prop_assert_eq!(kazakh.as_slice(), [reversed(r), reversed(s)].concat());
        prop_assert_eq!(wire.as_slice(), kazakh.as_slice());
        // And back.
        prop_assert_eq!(Signature::from(russian), signature);
        prop_assert_eq!(Signature::from(kazakh), signature);
        prop_assert_eq!(Signature::from(wire), signature);
        let standard = Standard::from(signature);
        prop_assert_eq!(standard.as_slice(), octets);
    }

    /// Nothing panics, and what is no signature is no signature.
    #[test]
    fn arbitrary_octets(
        set in any_set(),
        octets in vec(any::<u8>(), 0..140),
        header in any::<bool>(),
    ) {
        let prefix: &[u8] = if header { &[0x04, 0x81, 0x80] } else { &[] };
        let key = PublicKey::from_octet_string(set, &[prefix, &octets].concat());
        prop_assert!(key.is_err(), "no random string is a point");
        prop_assert!(PublicKey::from_raw(set, &octets).is_err());
        let _ = SigningKey::from_le_bytes(set, &octets);
        let _ = ParameterSet::from_oid(&octets);
        prop_assert_eq!(Digest::from_slice(&octets).is_ok(), matches!(octets.len(), 32 | 64));
        prop_assert_eq!(Kazakh::from_slice(&octets).is_ok(), matches!(octets.len(), 64 | 128));
    }
}
