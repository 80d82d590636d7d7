//! No decoder panics or hangs on any octets, and what is decoded is written as it was.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use gost_rng::Repeatable;
use kaztoken_core::gost::encoding::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use kaztoken_core::gost::encoding::private_key::{self, Form};
use kaztoken_core::gost::encoding::public_key::{GammaBlob, OctetString, Raw, Uncompressed};
use kaztoken_core::gost::encoding::{Certificate, PrivateKeyInfo, Signed, SubjectPublicKeyInfo};
use kaztoken_core::gost::{HashAlgorithm, ParameterSet, SigningKey};
use proptest::collection::vec;
use proptest::prelude::*;

/// Failing cases are printed, not stored.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Every decoder of the module. Errors point into the octets or just behind them.
fn decode_all(octets: &[u8]) -> Result<(), TestCaseError> {
    macro_rules! offsets {
        ($($result:expr),* $(,)?) => {$(
            if let Err(error) = $result {
                prop_assert!(error.at <= octets.len(), "{}", error);
            }
        )*};
    }
    if let Ok(key) = SubjectPublicKeyInfo::from_der(octets) {
        // The cipher's parameters are the only thing that is not kept.
        let written = key.to_der();
        prop_assert_eq!(SubjectPublicKeyInfo::from_der(&written), Ok(key));
        prop_assert!(written.len() <= octets.len());
    }
    if let Ok(key) = PrivateKeyInfo::from_der(octets) {
        let again = PrivateKeyInfo::from_der(&key.to_der()).unwrap();
        prop_assert_eq!(again.algorithm(), key.algorithm());
        prop_assert_eq!(again.signing_key().to_le_bytes(), key.signing_key().to_le_bytes());
    }
    offsets!(
        SubjectPublicKeyInfo::from_der(octets),
        PrivateKeyInfo::from_der(octets),
        KeyAlgorithm::from_der(octets),
        SignatureAlgorithm::from_der(octets),
        Signed::from_der(octets),
        Certificate::from_der(octets),
        private_key::LittleEndian::from_slice(octets),
        private_key::BigEndian::from_slice(octets),
        private_key::Kazakh2004::from_slice(octets),
        private_key::Kazakh2015::from_slice(octets),
        private_key::Gamma::from_slice(octets),
        private_key::RussianOctetString::from_slice(octets),
        private_key::RussianInteger::from_slice(octets),
        private_key::RussianMasked::from_slice(octets),
        Raw::from_slice(octets),
        OctetString::from_slice(octets),
        Uncompressed::from_slice(octets),
        GammaBlob::from_slice(octets),
    );
    for set in ParameterSet::ALL.iter().copied() {
        offsets!(
            Raw::from_slice(octets).and_then(|key| key.public_key(set)),
            OctetString::from_slice(octets).and_then(|key| key.public_key(set)),
            Uncompressed::from_slice(octets).and_then(|key| key.public_key(set)),
            GammaBlob::from_slice(octets).and_then(|key| key.public_key(set)),
            private_key::Kazakh2004::from_slice(octets).and_then(|key| key.signing_key(set)),
            private_key::Kazakh2015::from_slice(octets).and_then(|key| key.signing_key(set)),
            private_key::Gamma::from_slice(octets).and_then(|key| key.signing_key(set)),
            private_key::RussianMasked::from_slice(octets).and_then(|key| key.signing_key(set)),
        );
    }
    if let Ok(certificate) = Certificate::from_der(octets) {
        if let Ok(key) = certificate.public_key_info() {
            let _ = certificate.signed().verify(&key);
        }
    }
    let _ = ParameterSet::from_oid(octets);
    let _ = HashAlgorithm::from_oid(octets);
    let _ = SignatureAlgorithm::from_oid(octets);
    Ok(())
}

/// Sound objects of every kind, to be broken.
fn sound() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for set in ParameterSet::ALL.iter().copied() {
        let key = || SigningKey::generate(set, &mut Repeatable(3)).unwrap();
        let public = key().public_key();
        let algorithms = [
            (KeyAlgorithm::kazakh(set), Form::Kazakh2015),
            (KeyAlgorithm::kazakh(set), Form::Kazakh2004),
            (KeyAlgorithm::gamma(set), Form::Gamma),
            (Ok(KeyAlgorithm::russian_2012(set)), Form::RussianOctetString),
            (KeyAlgorithm::russian_2001(set), Form::RussianInteger),
        ];
        for (algorithm, form) in algorithms {
            let Ok(algorithm) = algorithm else {
                continue;
            };
            all.push(SubjectPublicKeyInfo::new(algorithm, public).unwrap().to_der().to_vec());
            if let Ok(info) = PrivateKeyInfo::new(algorithm, key(), form) {
                all.push(info.to_der_with_public_key().to_vec());
            }
        }
    }
    let digits = include_str!("vectors/gost_kazakh_test_root.hex");
    let digits: Vec<u8> = digits.lines().filter(|line| !line.starts_with('#')).flat_map(str::bytes).collect();
    let digit = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    all.push(digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect());
    all
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_octets(octets in vec(any::<u8>(), 0..300)) {
        decode_all(&octets)?;
    }

    /// Octets that look like DER more often: few values, all of them tags and small lengths.
    #[test]
    fn octets_of_der(octets in vec(prop::sample::select(&[
        0x30_u8, 0x02, 0x03, 0x04, 0x05, 0x06, 0x00, 0x01, 0x20, 0x40, 0x80, 0x81, 0x82, 0xa0, 0xa3, 0xff,
    ][..]), 0..200)) {
        decode_all(&octets)?;
    }
}

proptest! {
    #![proptest_config(config(600))]

    /// A sound object with some octets changed, cut or doubled.
    #[test]
    fn broken_objects(
        object in prop::sample::select(sound()),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        how in 0..4_u8,
    ) {
        let mut octets = object.clone();
        for (at, octet) in &changes {
            octets[at.index(object.len())] = *octet;
        }
        match how {
            0 => octets.truncate(cut.index(object.len())),
            1 => { octets.remove(cut.index(object.len())); }
            2 => octets.insert(cut.index(object.len()), octets[cut.index(object.len())]),
            _ => {}
        }
        decode_all(&octets)?;
    }
}

/// Every length cut, every octet changed once in the head of each object.
#[test]
fn each_cut_and_each_bit_of_the_heads() {
    for object in sound() {
        for len in 0..object.len() {
            assert!(SubjectPublicKeyInfo::from_der(&object[..len]).is_err());
            assert!(PrivateKeyInfo::from_der(&object[..len]).is_err());
            assert!(Certificate::from_der(&object[..len]).is_err());
        }
        for at in 0..object.len().min(60) {
            for bit in 0..8 {
                let mut octets = object.clone();
                octets[at] ^= 1 << bit;
                decode_all(&octets).unwrap();
            }
        }
    }
}
