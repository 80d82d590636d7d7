use super::*;
use crate::output::parse_hex;

/// A key and a signature that OpenSC passed through and two other implementations accept.
const KEY: &str = "21c3a98146faeb2d3d44a0f079936708adf31a42b8ceced127fbc00773bae068\
                   43964e0d9f025f404634e4241451af93a4c4c8f24c8091542cf754c5ac7d35d6";
const DIGEST: &str = "0aad0f2a47faed6d487443f8870bef3581ad550433c288c8e2faba77726c3dc5";
const SIGNATURE: &str = "dfd79d9b431819bdb5bad0d8bb95a1e89bc8e56c2fdbfa22562d67c9484393d9\
                         1fc2404ff6da0c84afeb0053408a3e732ed9570cb1a011884cd3793de4fea435";

fn key() -> PublicKey {
    PublicKey::from_token(Algorithm::Gost256(CryptoProSet::A), &parse_hex(KEY).unwrap()).unwrap()
}

#[test]
fn a_signature_in_every_form() {
    let (digest, wire) = (parse_hex(DIGEST).unwrap(), parse_hex(SIGNATURE).unwrap());
    for form in [Form::Kazakh, Form::Russian, Form::Standard, Form::Token] {
        let signature = to_form(&wire, form).unwrap();
        key().check(&digest, &signature, form).unwrap();
    }
    let russian = to_form(&wire, Form::Russian).unwrap();
    assert!(russian.iter().rev().eq(&wire), "the Russian form is the token's reversed");
    assert_eq!(key().check(&digest, &russian, Form::Kazakh).unwrap_err().code, Code::Data);
    assert_eq!(key().check(&digest, &wire[1..], Form::Kazakh).unwrap_err().code, Code::Data);
}

#[test]
fn spki_as_openssl_knows_it() {
    let prefix = "3063301c06062a8503020213301206072a85030202230106072a850302021e010343000440";
    let expected = parse_hex(&format!("{prefix}{KEY}")).unwrap();
    assert_eq!(key().to_spki(Year::Y2001), expected);
    for year in [Year::Y2001, Year::Y2012] {
        assert_eq!(PublicKey::from_spki(&key().to_spki(year)), Some(key()));
    }
}

#[test]
fn rsa_both_ways() {
    let rsa = PublicKey::from_token(Algorithm::Rsa { bits: 512 }, &[0x81; 64]).unwrap();
    assert_eq!(PublicKey::from_spki(&rsa.to_spki(Year::Y2012)), Some(rsa.clone()));
    assert_eq!(PublicKey::from_opensc(Algorithm::Rsa { bits: 512 }, &rsa.to_opensc()), Some(rsa));
}

#[test]
fn garbage_is_no_key() {
    let mut spki = key().to_spki(Year::Y2012);
    assert_eq!(PublicKey::from_spki(&spki[1..]), None);
    spki.push(0);
    assert_eq!(PublicKey::from_spki(&spki), None, "something behind it");
    assert_eq!(PublicKey::from_spki(&[]), None);
}

/// Keys of Kazakhstan's centres are read under their own names.
#[test]
fn kazakh_and_gamma_keys() {
    let PublicKey::Gost(gost) = key() else {
        panic!("a GOST key");
    };
    for algorithm in
        [KeyAlgorithm::kazakh(ParameterSet::CryptoProA), KeyAlgorithm::gamma(ParameterSet::CryptoProA)]
    {
        let spki = SubjectPublicKeyInfo::new(algorithm.unwrap(), gost).unwrap().to_der();
        assert_eq!(PublicKey::from_spki(&spki), Some(key()));
    }
}
