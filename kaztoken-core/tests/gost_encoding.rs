//! Encodings of keys: what is written is read back, and known octets come out as known.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use gost_rng::Repeatable;
use kaztoken_core::gost::encoding::algorithm::{KeyAlgorithm, KeyFamily, SignatureAlgorithm};
use kaztoken_core::gost::encoding::private_key::{self, Form};
use kaztoken_core::gost::encoding::public_key::{GammaBlob, OctetString, Raw, Uncompressed};
use kaztoken_core::gost::encoding::{
    EncodingError, Field, PrivateKeyInfo, Problem, SignedError, SubjectPublicKeyInfo,
};
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::gost::{
    DecodeError, HashAlgorithm, ParameterSet, PublicKey, Signature, SigningKey, VerifyError,
};

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn key(set: ParameterSet) -> SigningKey {
    SigningKey::generate(set, &mut Repeatable(set.scalar_len() as u64 + 11)).unwrap()
}

/// Every algorithm that a set can be written under.
fn algorithms(set: ParameterSet) -> Vec<KeyAlgorithm> {
    let mut all = vec![KeyAlgorithm::russian_2012(set)];
    let others = [KeyAlgorithm::kazakh(set), KeyAlgorithm::gamma(set), KeyAlgorithm::russian_2001(set)];
    all.extend(others.into_iter().flatten());
    for oid in set.oids() {
        all.extend(all.clone().iter().filter_map(|algorithm| algorithm.with_curve_name(oid).ok()));
    }
    all
}

fn forms(family: KeyFamily) -> &'static [Form] {
    match family {
        KeyFamily::Kazakh2004 => &[Form::Kazakh2004],
        KeyFamily::Kazakh2015 => &[Form::Kazakh2015],
        KeyFamily::Gamma => &[Form::Gamma],
        _ => &[Form::RussianOctetString, Form::RussianInteger, Form::LittleEndian],
    }
}

#[test]
fn every_algorithm_of_every_set_is_read_back() {
    let mut written = 0;
    for set in ParameterSet::ALL.iter().copied() {
        let secret = key(set).to_le_bytes();
        let public = key(set).public_key();
        for algorithm in algorithms(set) {
            assert_eq!(KeyAlgorithm::from_der(&algorithm.to_der()), Ok(algorithm));
            let info = SubjectPublicKeyInfo::new(algorithm, public).unwrap();
            assert_eq!(SubjectPublicKeyInfo::from_der(&info.to_der()), Ok(info));
            for form in forms(algorithm.family()).iter().copied() {
                let info = PrivateKeyInfo::new(algorithm, key(set), form).unwrap();
                for der in [info.to_der(), info.to_der_with_public_key()] {
                    let again = PrivateKeyInfo::from_der(&der).unwrap();
                    assert_eq!((again.algorithm(), again.form()), (algorithm, form));
                    assert_eq!(again.signing_key().to_le_bytes(), secret);
                    written += 1;
                }
            }
        }
    }
    assert!(written > 100, "{written}");
}

/// The AlgorithmIdentifiers as they stand in certificates: RFC 9215 appendices A.1 to A.3, RFC 4491 section
/// 4, and the two kinds of the national centre.
#[test]
fn algorithm_identifiers_of_certificates() {
    let russian = |set| KeyAlgorithm::russian_2012(set);
    let tc26_b = ParameterSet::CryptoProA.aliases()[1];
    for (algorithm, expected) in [
        // Appendix A.1: the test set has digestParamSet.
        (
            russian(ParameterSet::Test256),
            "301F 06082A85030701010101 3013 06072A850302022300 06082A85030701010202",
        ),
        (russian(ParameterSet::Test512), "3017 06082A85030701010102 300B 06092A850307010201 0200"),
        (
            russian(ParameterSet::CryptoProA).with_curve_name(tc26_b).unwrap(),
            "3017 06082A85030701010101 300B 06092A850307010201 0102",
        ),
        (
            KeyAlgorithm::russian_2001(ParameterSet::CryptoProA)
                .unwrap()
                .with_curve_name(ParameterSet::CryptoProA.aliases()[0])
                .unwrap(),
            "301C 06062A8503020213 3012 06072A850302022400 06072A850302021E01",
        ),
        (
            KeyAlgorithm::kazakh(ParameterSet::CryptoProA).unwrap(),
            "3025 06092A830E030A01010101 3018 060A2A830E030A0101010101 060A2A830E030A0103010100",
        ),
        (
            KeyAlgorithm::kazakh(ParameterSet::Tc26_512A).unwrap(),
            "3023 06092A830E030A01010202 3016 060A2A830E030A0101020201 06082A830E030A010303",
        ),
        (KeyAlgorithm::gamma(ParameterSet::CryptoProA).unwrap(), "300E 060A2B06010401B511010508 0500"),
    ] {
        let expected = hex(expected);
        assert_eq!(algorithm.to_der().as_slice(), expected, "{algorithm:?}");
        assert_eq!(KeyAlgorithm::from_der(&expected), Ok(algorithm));
    }
}

/// encryptionParamSet is read over.
#[test]
fn rfc_4491_with_a_cipher() {
    let der = hex("3025 06062A8503020213 301B 06072A850302022400 06072A850302021E01 06072A850302021F01");
    let algorithm = KeyAlgorithm::from_der(&der).unwrap();
    assert_eq!(algorithm.family(), KeyFamily::Russian2001);
    assert_eq!(algorithm.parameter_set(), ParameterSet::CryptoProA);
    assert_eq!(algorithm.hash(), Some(HashAlgorithm::Gost94CryptoPro));
    assert_eq!(algorithm.curve_oid().unwrap().dotted(), "1.2.643.2.2.36.0");
}

/// Octets of each form, by the tables of the module's documentation.
#[test]
fn private_keys_by_hand() {
    let set = ParameterSet::CryptoProA;
    let mut le = [0; 32];
    le[0] = 0x01;
    le[29] = 0x80;
    let key = SigningKey::from_le_bytes(set, &le).unwrap();
    let le_hex = format!("01{}800000", "00".repeat(28));
    let be_hex = format!("000080{}01", "00".repeat(28));
    let integer = format!("021F 0080{}01", "00".repeat(28));
    let octets = format!("0420{le_hex}");
    let gamma = format!("3025 020101 0420{be_hex}");
    assert_eq!(private_key::LittleEndian::from(&key).as_slice(), hex(&le_hex));
    assert_eq!(private_key::BigEndian::from(&key).as_slice(), hex(&be_hex));
    assert_eq!(private_key::Kazakh2004::from(&key).as_slice(), hex(&integer));
    assert_eq!(private_key::RussianInteger::from(&key).as_slice(), hex(&integer));
    assert_eq!(private_key::Kazakh2015::from(&key).as_slice(), hex(&octets));
    assert_eq!(private_key::RussianOctetString::from(&key).as_slice(), hex(&octets));
    assert_eq!(private_key::Gamma::from(&key).as_slice(), hex(&gamma));

    macro_rules! back {
        ($($form:ident: $octets:expr),*) => {$(
            let again = private_key::$form::from_slice(&hex(&$octets)).unwrap().signing_key(set).unwrap();
            assert_eq!(again.to_le_bytes().as_slice(), le, stringify!($form));
            assert_eq!(
                format!("{:?}", private_key::$form::from(&key)),
                concat!(stringify!($form), " { .. }")
            );
        )*};
    }
    back!(
        LittleEndian: le_hex, BigEndian: be_hex, Kazakh2004: integer, RussianInteger: integer,
        Kazakh2015: octets, RussianOctetString: octets, Gamma: gamma
    );
}

/// d = K M mod q: with M = 1 and with M = 2, K = d / 2.
#[test]
fn masked_private_keys() {
    let set = ParameterSet::CryptoProA;
    let number = |value: u8| {
        let mut le = vec![0; 32];
        le[0] = value;
        le
    };
    let masked = |parts: &[u8]| -> Vec<u8> { parts.iter().flat_map(|part| number(*part)).collect() };
    for (parts, d) in [(&[7, 1][..], 7), (&[3, 2], 6), (&[3, 5, 7, 2], 210)] {
        let bare = masked(parts);
        let header = [0x04, 0x81, bare.len() as u8];
        let header = if bare.len() < 0x80 { &[0x04, bare.len() as u8][..] } else { &header };
        for octets in [bare.clone(), [header, &bare].concat()] {
            let key = private_key::RussianMasked::from_slice(&octets).unwrap().signing_key(set).unwrap();
            assert_eq!(key.to_le_bytes().as_slice(), number(d));
        }
    }
    // (q - 1)^2 = 1: the product is reduced.
    let q_minus_1 = hex("92B861B7091B8445 00D15A997010616C");
    let minus_1 = [q_minus_1, vec![0xff; 16]].concat();
    let octets = [minus_1.clone(), minus_1].concat();
    let key = private_key::RussianMasked::from_slice(&octets).unwrap().signing_key(set).unwrap();
    assert_eq!(key.to_le_bytes().as_slice(), number(1));
    // A mask of 0 leaves no key.
    let error =
        private_key::RussianMasked::from_slice(&masked(&[3, 0])).unwrap().signing_key(set).unwrap_err();
    assert_eq!(error.problem, Problem::Key(DecodeError::PrivateKey));
}

#[test]
fn public_keys_in_every_form() {
    for set in ParameterSet::ALL.iter().copied() {
        let key = key(set).public_key();
        assert_eq!(Raw::from(&key).as_slice(), key.to_raw().as_slice());
        assert_eq!(OctetString::from(&key).as_slice(), key.to_octet_string().as_slice());
        let (x, y) = key.to_coordinates();
        let uncompressed = [&[0x04], x.as_slice(), y.as_slice()].concat();
        assert_eq!(Uncompressed::from(&key).as_slice(), uncompressed);

        assert_eq!(Raw::from_slice(&key.to_raw()).unwrap().public_key(set), Ok(key));
        assert_eq!(OctetString::from_slice(&key.to_octet_string()).unwrap().public_key(set), Ok(key));
        assert_eq!(Uncompressed::from_slice(&uncompressed).unwrap().public_key(set), Ok(key));
    }
}

#[test]
fn gamma_blob() {
    let set = ParameterSet::CryptoProA;
    let key = key(set).public_key();
    let blob = GammaBlob::new(&KeyAlgorithm::gamma(set).unwrap(), &key).unwrap();
    let header = hex("06020000 3AAA0000 00454331 00020000");
    assert_eq!(blob.as_slice(), [&header, key.to_raw().as_slice()].concat());
    assert_eq!((blob.algorithm_id(), blob.parameter_set()), (0xaa3a, Some(set)));
    assert_eq!(blob.public_key(set), Ok(key));

    // What is not known is kept and said to be so.
    let mut unknown = blob.as_slice().to_vec();
    unknown[2] = 0x77;
    unknown[4] = 0x99;
    let unknown_blob = GammaBlob::from_slice(&unknown).unwrap();
    assert_eq!(unknown_blob.as_slice(), unknown);
    assert_eq!((unknown_blob.algorithm_id(), unknown_blob.parameter_set()), (0xaa99, None));
    assert_eq!(unknown_blob.public_key(set), Ok(key));

    // What is known to be otherwise is refused, at its octet.
    for (at, found_at) in [(0, 0), (1, 1), (8, 8), (11, 8), (12, 12), (15, 12)] {
        let mut wrong = blob.as_slice().to_vec();
        wrong[at] ^= 1;
        let expected = EncodingError { field: Field::BlobHeader, at: found_at, problem: Problem::Value };
        assert_eq!(GammaBlob::from_slice(&wrong), Err(expected));
    }
    let russian = KeyAlgorithm::russian_2012(set);
    assert!(GammaBlob::new(&russian, &key).is_err());
}

#[test]
fn layouts_and_their_values() {
    let octets: Vec<u8> = (0..64).collect();
    let signature = Layout::Standard.decode(&octets).unwrap();
    let r = &octets[..32];
    let s = &octets[32..];
    let reversed = |number: &[u8]| number.iter().rev().copied().collect::<Vec<u8>>();
    for layout in Layout::ALL.iter().copied() {
        let expected = match layout {
            Layout::Standard => [r, s].concat(),
            Layout::Russian | Layout::GammaJava => [s, r].concat(),
            _ => [reversed(r), reversed(s)].concat(),
        };
        assert_eq!(layout.encode(signature).as_slice(), expected, "{layout}");
        assert_eq!(layout.decode(&expected), Ok(signature));
        assert_eq!(layout.decode(&expected[1..]), Err(DecodeError::Length { found: 63 }));
    }
    let _: Signature = signature;
}

#[test]
fn signature_algorithms() {
    for algorithm in SignatureAlgorithm::ALL.iter().copied() {
        let der = algorithm.to_der();
        assert_eq!(SignatureAlgorithm::from_der(&der), Ok(algorithm));
        assert_eq!(SignatureAlgorithm::from_oid(algorithm.oid().der_body()), Some(algorithm));
        assert!(!algorithm.layouts().is_empty());
    }
    let der = |algorithm: SignatureAlgorithm| algorithm.to_der().as_slice().to_vec();
    assert_eq!(der(SignatureAlgorithm::Kazakh2015_512), hex("300E 060A2A830E030A0101020302 0500"));
    assert_eq!(der(SignatureAlgorithm::Russian2012_256), hex("300A 06082A85030701010302"));
    assert_eq!(SignatureAlgorithm::Russian2012_512.hash(), HashAlgorithm::Streebog512);
    // sha256WithRSAEncryption.
    let error = SignatureAlgorithm::from_der(&hex("300D 06092A864886F70D01010B 0500")).unwrap_err();
    assert_eq!(error, EncodingError { field: Field::Algorithm, at: 4, problem: Problem::UnknownOid });
    // The key says which S-box.
    let test = hex("301C 06062A8503020213 3012 06072A850302022301 06072A850302021E00");
    let test = KeyAlgorithm::from_der(&test).unwrap();
    assert_eq!(SignatureAlgorithm::Russian2001.hash_for(&test), HashAlgorithm::Gost94Test);
    assert!(SignatureAlgorithm::Russian2001.fits(&test));
    assert!(!SignatureAlgorithm::Kazakh2004.fits(&test));
}

/// By identifier, message and octets alone; Gamma's two orders are told apart.
#[test]
fn messages_are_verified_by_their_identifiers() {
    let message = b"message";
    let mut tried = 0;
    for set in ParameterSet::ALL.iter().copied() {
        let key = key(set);
        for key_algorithm in algorithms(set) {
            let info = SubjectPublicKeyInfo::new(key_algorithm, key.public_key()).unwrap();
            for algorithm in SignatureAlgorithm::ALL.iter().copied() {
                let fits = algorithm.fits(&key_algorithm);
                let hash = algorithm.hash_for(&key_algorithm);
                for layout in algorithm.layouts() {
                    let digest = hash.digest(message);
                    let Ok(signature) = key.sign_deterministic(&digest) else {
                        assert!(!fits);
                        continue;
                    };
                    let octets = layout.encode(signature);
                    let result = info.verify(algorithm, message, &octets);
                    if !fits {
                        assert_eq!(result, Err(SignedError::OtherKey));
                        continue;
                    }
                    assert_eq!(result, Ok(*layout));
                    let altered = info.verify(algorithm, b"another", &octets);
                    assert_eq!(altered, Err(SignedError::Signature(VerifyError::Mismatch)));
                    let shorter = info.verify(algorithm, message, &octets[1..]);
                    assert_eq!(shorter, Err(SignedError::Signature(VerifyError::SignatureLength)));
                    tried += 1;
                }
            }
        }
    }
    // GammaNative and GammaJava under both names, for three curves, are twelve of them.
    assert!(tried >= 30, "{tried}");
}

#[test]
fn hash_identifiers() {
    for hash in [
        HashAlgorithm::Streebog256,
        HashAlgorithm::Streebog512,
        HashAlgorithm::Gost94Test,
        HashAlgorithm::Gost94CryptoPro,
    ] {
        assert_eq!(HashAlgorithm::from_oid(hash.oid().der_body()), Some(hash));
    }
    assert_eq!(HashAlgorithm::from_oid(&[]), None);
}

/// Each error names the field and the octet.
#[test]
fn errors_say_where() {
    let set = ParameterSet::Tc26_512A;
    let public = key(set).public_key();
    let info = SubjectPublicKeyInfo::new(KeyAlgorithm::kazakh(set).unwrap(), public).unwrap().to_der();
    let with = |at: usize, octet: u8| {
        let mut der = info.to_vec();
        der[at] = octet;
        SubjectPublicKeyInfo::from_der(&der).unwrap_err()
    };
    let error = |field, at, problem| EncodingError { field, at, problem };
    // 30 81 AC | 30 23 06 09 .. | 30 16 06 0A .. 06 08 .. | 03 81 84 00 04 81 80 ..
    assert_eq!(info.len(), 175);
    let tag = |expected, found| Problem::Tag { expected, found };
    assert_eq!(with(0, 0x31), error(Field::SubjectPublicKeyInfo, 0, tag(0x30, 0x31)));
    assert_eq!(with(2, 0xad), error(Field::SubjectPublicKeyInfo, 0, Problem::Truncated));
    assert_eq!(with(2, 0xab), error(Field::SubjectPublicKeyInfo, 174, Problem::Trailing));
    assert_eq!(with(15, 0x03), error(Field::Algorithm, 7, Problem::UnknownOid));
    assert_eq!(with(16, 0x31), error(Field::Parameters, 16, tag(0x30, 0x31)));
    assert_eq!(with(29, 0x02), error(Field::PublicKeyParamSet, 20, Problem::UnknownOid));
    assert_eq!(with(39, 0x02), error(Field::DigestParamSet, 32, Problem::Mismatch));
    assert_eq!(with(43, 0x01), error(Field::SubjectPublicKey, 43, Problem::Value));
    assert_eq!(with(44, 0x05), error(Field::SubjectPublicKey, 44, tag(0x04, 0x05)));
    let off_curve = Problem::Key(DecodeError::NotOnCurve);
    assert_eq!(with(47, info[47] ^ 1), error(Field::SubjectPublicKey, 47, off_curve));
    assert_eq!(
        with(47, info[47] ^ 1).to_string(),
        "subjectPublicKey at octet 47: the public key is not on the curve; check parameter set and byte order"
    );

    let private =
        PrivateKeyInfo::new(KeyAlgorithm::kazakh(set).unwrap(), key(set), Form::Kazakh2015).unwrap();
    let mut der = private.to_der_with_public_key().to_vec();
    // 30 81 .. | 02 01 01 | 30 23 .. | 04 42 04 40 .. | 81 81 84 00 04 81 80 ..
    let point = der.len() - 128;
    der[5] = 2;
    assert_eq!(PrivateKeyInfo::from_der(&der).unwrap_err(), error(Field::Version, 5, Problem::Value));
    der[5] = 1;
    let other = SigningKey::from_le_bytes(set, &[1; 64]).unwrap().public_key();
    der[point..].copy_from_slice(&other.to_raw());
    let error_of_other = PrivateKeyInfo::from_der(&der).unwrap_err();
    assert_eq!(error_of_other, error(Field::PublicKeyOfPrivateKey, point - 3, Problem::Mismatch));
    assert_eq!(format!("{:?}", private.to_der()), "PrivateKeyDer { .. }");
    assert!(format!("{private:?}").ends_with("form: Kazakh2015, .. }"), "{private:?}");
}

#[test]
fn parts_that_do_not_belong_together() {
    let set = ParameterSet::Tc26_512A;
    let public = key(set).public_key();
    let of_256 = KeyAlgorithm::kazakh(ParameterSet::CryptoProA).unwrap();
    assert!(SubjectPublicKeyInfo::new(of_256, public).is_err());
    assert!(PrivateKeyInfo::new(of_256, key(set), Form::Kazakh2004).is_err());
    let of_512 = KeyAlgorithm::kazakh(set).unwrap();
    assert!(PrivateKeyInfo::new(of_512, key(set), Form::Kazakh2004).is_err());
    let russian = KeyAlgorithm::russian_2012(set);
    assert!(PrivateKeyInfo::new(russian, key(set), Form::RussianMasked).is_err());
    assert!(KeyAlgorithm::kazakh(ParameterSet::CryptoProB).is_err());
    assert!(KeyAlgorithm::gamma(ParameterSet::Test256).is_err());
    assert!(KeyAlgorithm::russian_2001(set).is_err());
    assert!(russian.with_curve_name(ParameterSet::CryptoProA.oid()).is_err());
    assert!(of_512.with_curve_name(set.oid()).is_err());
    let _: &PublicKey = &public;
}
