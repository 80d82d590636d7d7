//! A real certificate, and what becomes of it when octets change.

#![cfg(feature = "gost")]

use kaztoken_core::gost::encoding::algorithm::{KeyFamily, SignatureAlgorithm};
use kaztoken_core::gost::encoding::{
    Certificate, EncodingError, Field, Problem, Signed, SignedError, SubjectPublicKeyInfo,
};
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::gost::{ParameterSet, VerifyError};

fn root() -> Vec<u8> {
    let text = include_str!("vectors/gost_kazakh_test_root.hex");
    let digits: Vec<u8> = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::bytes).collect();
    let digit = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn position(octets: &[u8], what: &[u8]) -> usize {
    octets.windows(what.len()).position(|window| window == what).unwrap()
}

/// Parsing and checking with its own key, as one.
fn check(octets: &[u8]) -> Result<Layout, SignedError> {
    let certificate = Certificate::from_der(octets)?;
    certificate.signed().verify(&certificate.public_key_info()?)
}

#[test]
fn fields() {
    let der = root();
    let certificate = Certificate::from_der(&der).unwrap();
    let signed = certificate.signed();
    assert_eq!(signed.algorithm(), Ok(SignatureAlgorithm::Kazakh2015_512));
    assert_eq!(signed.signature().len(), 128);
    assert_eq!(signed.signed(), &der[4..4 + signed.signed().len()]);
    assert_eq!(certificate.issuer(), certificate.subject());
    assert_eq!(certificate.serial().len(), 20);
    // The centre's serial number is the key identifier, the highest bit cleared.
    let id = certificate.subject_key_id().unwrap();
    assert_eq!(certificate.serial()[1..], id[1..]);
    assert!(certificate.authority_key_id().is_none_or(|aki| aki == id));
    let key = certificate.public_key_info().unwrap();
    assert_eq!(key.algorithm().family(), KeyFamily::Kazakh2015);
    assert_eq!(key.algorithm().parameter_set(), ParameterSet::Tc26_512A);
    assert_eq!(key.to_der().as_slice(), certificate.public_key_info_der());
    assert_eq!(key.key_bits().as_slice(), key.public_key().to_octet_string().as_slice());
    assert_eq!(check(&der), Ok(Layout::Kazakh));
}

/// No octet of it can be changed.
#[test]
fn every_octet_counts() {
    let der = root();
    for at in 0..der.len() {
        for bit in [0, 3, 7] {
            let mut other = der.clone();
            other[at] ^= 1 << bit;
            assert!(check(&other).is_err(), "bit {bit} of octet {at}");
        }
    }
}

#[test]
fn errors_name_the_field() {
    let der = root();
    let algorithm = SignatureAlgorithm::Kazakh2015_512.to_der();
    let first = position(&der, &algorithm);
    let second = first + 1 + position(&der[first + 1..], &algorithm);
    assert!(second > first + 100);
    // The algorithm inside of the signed part is not the one outside.
    let mut other = der.clone();
    other[first + 13] = 0x01;
    let error = Certificate::from_der(&other).unwrap_err();
    assert_eq!(
        error,
        EncodingError { field: Field::SignatureAlgorithm, at: first, problem: Problem::Mismatch }
    );
    // Both are another.
    other[second + 13] = 0x01;
    assert_eq!(check(&other), Err(SignedError::OtherKey));
    other[first + 13] = 0x7f;
    other[second + 13] = 0x7f;
    let unknown = EncodingError { field: Field::Algorithm, at: second + 4, problem: Problem::UnknownOid };
    assert_eq!(check(&other), Err(SignedError::Encoding(unknown)));
    // s is q or more.
    let mut other = der.clone();
    let len = der.len();
    other[len - 64..].fill(0xff);
    assert_eq!(check(&other), Err(SignedError::Signature(VerifyError::OutOfRange)));
    // Something behind it; another kind of object.
    assert_eq!(Signed::from_der(&[der.as_slice(), &[0]].concat()).unwrap_err().problem, Problem::Trailing);
    assert!(SubjectPublicKeyInfo::from_der(&der).is_err());
}
