//! PKCS#8, SubjectPublicKeyInfo and certificates with OpenSSL's GOST engine, both ways. Says `skipped:` where
//! it is not installed.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use gost_rng::Repeatable;
use kaztoken_core::gost::encoding::algorithm::{KeyAlgorithm, KeyFamily, SignatureAlgorithm};
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::encoding::{Certificate, PrivateKeyInfo, Signed, SubjectPublicKeyInfo};
use kaztoken_core::gost::recovery::{Diagnosis, Reading, diagnose};
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::gost::{HashAlgorithm, ParameterSet, SigningKey};
use rand_core::TryRng;

/// OpenSSL's names of algorithm and set. It has no tc26 test set.
const KEYS: &[(&str, &str, ParameterSet)] = {
    use ParameterSet as S;
    &[
        ("gost2001", "A", S::CryptoProA),
        ("gost2001", "B", S::CryptoProB),
        ("gost2001", "C", S::CryptoProC),
        ("gost2001", "XA", S::CryptoProA),
        ("gost2001", "XB", S::CryptoProC),
        ("gost2001", "0", S::Test256),
        ("gost2012_256", "A", S::CryptoProA),
        ("gost2012_256", "B", S::CryptoProB),
        ("gost2012_256", "C", S::CryptoProC),
        ("gost2012_256", "XA", S::CryptoProA),
        ("gost2012_256", "XB", S::CryptoProC),
        ("gost2012_256", "0", S::Test256),
        ("gost2012_256", "TCA", S::Tc26_256A),
        ("gost2012_256", "TCB", S::CryptoProA),
        ("gost2012_256", "TCC", S::CryptoProB),
        ("gost2012_256", "TCD", S::CryptoProC),
        ("gost2012_512", "A", S::Tc26_512A),
        ("gost2012_512", "B", S::Tc26_512B),
        ("gost2012_512", "C", S::Tc26_512C),
    ]
};

/// A directory, with `openssl` run in it.
struct OpenSsl(PathBuf);

impl OpenSsl {
    fn find(name: &str) -> Option<Self> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        let found = Command::new("openssl").args(["engine", "gost"]).output();
        if found.is_ok_and(|output| output.status.success()) {
            return Some(Self(directory));
        }
        println!("skipped: openssl with the GOST engine is not installed (Debian: libengine-gost-openssl)");
        None
    }

    /// What it writes; `None` when it fails.
    fn run(&self, arguments: &str) -> Option<Vec<u8>> {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(&self.0).output().unwrap();
        output.status.success().then_some(output.stdout)
    }

    fn must(&self, arguments: &str) -> Vec<u8> {
        self.run(arguments).unwrap_or_else(|| panic!("openssl {arguments}"))
    }

    /// SubjectPublicKeyInfo of a private key.
    fn public(&self, private: &[u8]) -> Option<Vec<u8>> {
        fs::write(self.0.join("ours.der"), private).unwrap();
        self.run("pkey -engine gost -inform DER -in ours.der -pubout -outform DER")
    }
}

#[test]
fn their_keys() {
    let Some(openssl) = OpenSsl::find("gost_their_keys") else { return };
    for (algorithm, name, set) in KEYS {
        let parameters = format!("-algorithm {algorithm} -pkeyopt paramset:{name}");
        openssl.must(&format!("genpkey -engine gost {parameters} -outform DER -out key.der"));
        let private = fs::read(openssl.0.join("key.der")).unwrap();
        let info = PrivateKeyInfo::from_der(&private).unwrap();
        assert_eq!(info.algorithm().parameter_set(), *set, "{algorithm} {name}");
        let expected = if *algorithm == "gost2001" { KeyFamily::Russian2001 } else { KeyFamily::Russian2012 };
        assert_eq!(info.algorithm().family(), expected);
        let public = SubjectPublicKeyInfo::from_der(&openssl.public(&private).unwrap()).unwrap();
        assert_eq!(&info.signing_key().public_key(), public.public_key(), "{algorithm} {name}");
        assert_eq!(info.algorithm(), public.algorithm(), "{algorithm} {name}");
        assert_eq!(info.to_der().as_slice(), private, "{algorithm} {name}: octet for octet");
    }
}

#[test]
fn our_keys_in_every_form() {
    let Some(openssl) = OpenSsl::find("gost_our_keys") else { return };
    let mut rng = Repeatable(23);
    for set in ParameterSet::ALL.iter().copied().filter(|set| *set != ParameterSet::Test512) {
        for oid in set.oids() {
            let russian = KeyAlgorithm::russian_2012(set);
            let Ok(algorithm) = russian.with_curve_name(oid) else { continue };
            let algorithm = algorithm.for_old_software();
            if oid.dotted().starts_with("1.2.398") {
                continue;
            }
            for form in [Form::RussianOctetString, Form::RussianInteger, Form::LittleEndian] {
                let key = SigningKey::generate(set, &mut rng).unwrap();
                let public = SubjectPublicKeyInfo::new(algorithm, key.public_key()).unwrap().to_der();
                let private = PrivateKeyInfo::new(algorithm, key, form).unwrap().to_der();
                assert_eq!(
                    openssl.public(&private).as_deref(),
                    Some(public.as_slice()),
                    "{set} {oid} {form:?}"
                );
            }
        }
    }
}

/// Masked keys of random numbers: OpenSSL computes the same public key of them.
#[test]
fn masked_keys() {
    let Some(openssl) = OpenSsl::find("gost_masked_keys") else { return };
    let mut rng = Repeatable(29);
    let mut read = 0;
    for set in [ParameterSet::CryptoProA, ParameterSet::Tc26_256A, ParameterSet::Tc26_512A] {
        let algorithm = KeyAlgorithm::russian_2012(set).for_old_software();
        for masks in 1..=3 {
            let mut parts = vec![0; set.scalar_len() * (masks + 1)];
            rng.try_fill_bytes(&mut parts).unwrap();
            // SEQUENCE { 0, AlgorithmIdentifier, OCTET STRING of the bare parts }
            let contents = element(0x04, &parts);
            let private = element(0x30, &[&[2, 1, 0], algorithm.to_der().as_slice(), &contents].concat());
            let info = PrivateKeyInfo::from_der(&private).unwrap();
            assert_eq!(info.form(), Form::RussianMasked);
            let key = info.signing_key().public_key();
            let ours = SubjectPublicKeyInfo::new(algorithm, key).unwrap().to_der();
            let theirs = openssl.public(&private);
            assert_eq!(theirs.as_deref(), Some(ours.as_slice()), "{set}, {masks} masks");
            read += 1;
        }
    }
    assert_eq!(read, 9);
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len();
    let header = match len {
        0..=0x7f => vec![tag, len as u8],
        0x80..=0xff => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [header, contents.to_vec()].concat()
}

/// Self-signed certificates and requests, from the octets up.
#[test]
fn their_certificates() {
    let Some(openssl) = OpenSsl::find("gost_their_certificates") else { return };
    for (algorithm, name, set) in KEYS {
        let parameters = format!("-algorithm {algorithm} -pkeyopt paramset:{name}");
        openssl.must(&format!("genpkey -engine gost {parameters} -out key.pem"));
        let request = "req -engine gost -new -key key.pem -subj /CN=kaztoken -outform DER";
        let der = openssl.must(&format!("{request} -x509"));
        let certificate = Certificate::from_der(&der).unwrap();
        let key = certificate.public_key_info().unwrap();
        assert_eq!(key.algorithm().parameter_set(), *set);
        assert_eq!(key.to_der().as_slice(), certificate.public_key_info_der(), "{algorithm} {name}");
        let signed = certificate.signed();
        assert_eq!(signed.verify(&key), Ok(Layout::Russian), "{algorithm} {name}");
        // The engine has NULL after the identifier, against RFC 4491 section 2.2.2 and RFC 9215 section 2.
        let ours = signed.algorithm().unwrap().to_der();
        let with_null = element(0x30, &[&ours[2..], &[5, 0]].concat());
        assert_eq!(signed.algorithm_identifier(), with_null, "{algorithm} {name}");
        // And what would have been wrong with the Kazakh reading of it.
        let (hash, right) = match (*algorithm, set.scalar_len()) {
            ("gost2001", _) => (HashAlgorithm::Gost94Test, HashAlgorithm::Gost94CryptoPro),
            (_, 32) => (HashAlgorithm::Gost94Test, HashAlgorithm::Streebog256),
            _ => (HashAlgorithm::Streebog512, HashAlgorithm::Streebog512),
        };
        let wrong = Reading { set: *set, hash, layout: Layout::Kazakh };
        let right = Reading { set: *set, hash: right, layout: Layout::Russian };
        let told = diagnose(wrong, Some(key.public_key()), signed.signed(), signed.signature(), |_| false);
        assert_eq!(told, Diagnosis::OtherReading(right), "{algorithm} {name}");

        let der = openssl.must(request);
        assert_eq!(Signed::from_der(&der).unwrap().verify(&key), Ok(Layout::Russian), "{algorithm} {name}");
    }
}

/// A request put together here, with the Russian identifiers, is accepted there.
#[test]
fn our_request() {
    let Some(openssl) = OpenSsl::find("gost_our_request") else { return };
    let mut rng = Repeatable(31);
    for (algorithm, set) in [
        (SignatureAlgorithm::Russian2001, ParameterSet::CryptoProA),
        (SignatureAlgorithm::Russian2012_256, ParameterSet::Tc26_256A),
        (SignatureAlgorithm::Russian2012_512, ParameterSet::Tc26_512A),
    ] {
        let key = SigningKey::generate(set, &mut rng).unwrap();
        let key_algorithm = match algorithm {
            SignatureAlgorithm::Russian2001 => KeyAlgorithm::russian_2001(set).unwrap(),
            _ => KeyAlgorithm::russian_2012(set),
        };
        let info = SubjectPublicKeyInfo::new(key_algorithm, key.public_key()).unwrap();
        // CertificationRequestInfo { 0, empty name, key, [0] no attributes }: RFC 2986 section 4.1.
        let parts = [&[2, 1, 0], &element(0x30, &[])[..], &info.to_der(), &element(0xa0, &[])].concat();
        let body = element(0x30, &parts);
        let digest = algorithm.hash_for(&key_algorithm).digest(&body);
        let signature = Layout::Russian.encode(key.sign(&digest, &mut rng).unwrap());
        let bits = element(0x03, &[&[0], signature.as_slice()].concat());
        let request = element(0x30, &[&body[..], &algorithm.to_der(), &bits].concat());
        assert_eq!(Signed::from_der(&request).unwrap().verify(&info), Ok(Layout::Russian));
        fs::write(openssl.0.join("request.der"), &request).unwrap();
        openssl.must("req -engine gost -inform DER -in request.der -verify -noout");
    }
}
