//! Other implementations: OpenSSL with the GOST engine, and what Kazakhstan's test authorities signed.
//! Each test says `skipped:` where the other side is not at hand.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use gost_rng::Repeatable;
use kaztoken_core::gost::signature::{Kazakh, Russian};
use kaztoken_core::gost::{Digest, HashAlgorithm, ParameterSet, PublicKey, SigningKey, verify};

/// One run of `openssl` with the GOST engine, in a directory of its own; its output when it succeeds.
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

    fn run(&self, arguments: &str) -> bool {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(&self.0);
        let output = command.output().unwrap();
        output.status.success()
    }

    fn must(&self, arguments: &str) {
        assert!(self.run(arguments), "openssl {arguments}");
    }

    fn write(&self, file: &str, octets: &[u8]) {
        fs::write(self.0.join(file), octets).unwrap();
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.0.join(file)).unwrap()
    }
}

/// OpenSSL's names of an algorithm and its set. It has no tc26 test set.
fn openssl_name(set: ParameterSet) -> Option<&'static str> {
    match set {
        ParameterSet::CryptoProA => Some("gost2012_256 -pkeyopt paramset:A"),
        ParameterSet::CryptoProB => Some("gost2012_256 -pkeyopt paramset:B"),
        ParameterSet::CryptoProC => Some("gost2012_256 -pkeyopt paramset:C"),
        ParameterSet::Test256 => Some("gost2012_256 -pkeyopt paramset:0"),
        ParameterSet::Tc26_512A => Some("gost2012_512 -pkeyopt paramset:A"),
        ParameterSet::Tc26_512B => Some("gost2012_512 -pkeyopt paramset:B"),
        _ => None,
    }
}

#[test]
fn openssl_both_ways() {
    let Some(openssl) = OpenSsl::find("gost_openssl") else {
        return;
    };
    let mut rng = Repeatable(5);
    for set in ParameterSet::ALL.iter().copied() {
        let Some(name) = openssl_name(set) else {
            continue;
        };
        let octets: Vec<u8> = (0..set.scalar_len()).map(|i| 0xa0 ^ i as u8).collect();
        let digest = Digest::from_slice(&octets).unwrap();
        openssl.write("digest", &octets);

        // Theirs, checked here.
        openssl.must(&format!("genpkey -engine gost -algorithm {name} -out key.pem"));
        openssl.must("pkey -engine gost -in key.pem -pubout -outform DER -out public.der");
        openssl.must("pkeyutl -engine gost -sign -inkey key.pem -in digest -out signature");
        let mut information = openssl.read("public.der");
        let raw = information.split_off(information.len() - 2 * set.scalar_len());
        let key = PublicKey::from_raw(set, &raw).unwrap();
        let signature = Russian::from_slice(&openssl.read("signature")).unwrap();
        verify(&key, &digest, &signature.into()).unwrap();

        // Ours, checked there: our point in their SubjectPublicKeyInfo.
        let key = SigningKey::generate(set, &mut rng).unwrap();
        information.extend_from_slice(&key.public_key().to_raw());
        openssl.write("public.der", &information);
        let signature = key.sign(&digest, &mut rng).unwrap();
        openssl.write("signature", Russian::from(signature).as_slice());
        let check = "pkeyutl -engine gost -verify -pubin -keyform DER -inkey public.der -in digest \
                     -sigfile signature";
        openssl.must(check);
        openssl.write("digest", &octets.iter().map(|octet| octet ^ 1).collect::<Vec<_>>());
        assert!(!openssl.run(check), "{set}: another digest must not verify");
    }
}

/// Real certificates from the octets up: hash of the signed part, key of the issuer, signature.
#[test]
fn kazakh_certificates() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/kz/certs");
    if !data.is_dir() {
        println!("skipped: no Kazakh test certificates at {}", data.display());
        return;
    }
    let legacy = (ParameterSet::CryptoProA, HashAlgorithm::Gost94Test);
    let current = (ParameterSet::Tc26_512A, HashAlgorithm::Streebog512);
    let user_2004 = "ee/GOSTKNCA_13a3741b52d7bf860aab199b56fad1f4652e357b.cer";
    for (subject, issuer, (set, hash)) in [
        ("ca/root_gost_test.cer", "ca/root_gost_test.cer", legacy),
        ("ca/nca_gost_test.cer", "ca/root_gost_test.cer", legacy),
        (user_2004, "ca/nca_gost_test.cer", legacy),
        ("ca/root_test_gost_2022.cer", "ca/root_test_gost_2022.cer", current),
        ("ca/nca_gost2022_test.cer", "ca/root_test_gost_2022.cer", current),
        ("ee/gost1.cer", "ca/nca_gost2022_test.cer", current),
        ("ee/individual_signer.cer", "ca/nca_gost2022_test.cer", current),
    ] {
        let certificate = read_certificate(&data.join(subject));
        let (signed, signature) = certificate_parts(&certificate);
        let key = public_key(set, &read_certificate(&data.join(issuer)));
        let signature = Kazakh::from_slice(signature).unwrap();
        verify(&key, &hash.digest(signed), &signature.into()).unwrap_or_else(|e| panic!("{subject}: {e}"));
    }
}

/// DER, whether the file holds that, PEM, or bare base64.
fn read_certificate(path: &Path) -> Vec<u8> {
    let file = fs::read(path).unwrap();
    if file.first() == Some(&0x30) {
        return file;
    }
    let text = file.strip_prefix(b"-----BEGIN CERTIFICATE-----").unwrap_or(&file);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut der) = (0_u32, 0, Vec::new());
    for letter in text.iter().take_while(|letter| **letter != b'-') {
        let Some(value) = alphabet.iter().position(|l| l == letter) else {
            continue;
        };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            der.push((bits >> count) as u8);
        }
    }
    der
}

/// The whole signed element of a certificate, and the signature at its end.
fn certificate_parts(certificate: &[u8]) -> (&[u8], &[u8]) {
    let (header, _) = der_header(certificate);
    let signed = &certificate[header..];
    let (header, length) = der_header(signed);
    let (signed, rest) = signed.split_at(header + length);
    let (header, length) = der_header(rest);
    let rest = &rest[header + length..];
    let (header, length) = der_header(rest);
    // The first octet of a BIT STRING counts unused bits.
    (signed, &rest[header + 1..header + length])
}

fn der_header(octets: &[u8]) -> (usize, usize) {
    match octets[1] {
        0x81 => (3, usize::from(octets[2])),
        0x82 => (4, usize::from(octets[2]) << 8 | usize::from(octets[3])),
        short => (2, usize::from(short)),
    }
}

fn public_key(set: ParameterSet, certificate: &[u8]) -> PublicKey {
    let oid = set.kazakh_oid().unwrap();
    let at = |what: &[u8]| certificate.windows(what.len()).position(|window| window == what);
    let parameters = at(oid.der_body()).expect("a key of this set");
    let (start, length): (&[u8], usize) = match set.scalar_len() {
        32 => (&[0x03, 0x43, 0x00, 0x04, 0x40], 66),
        _ => (&[0x03, 0x81, 0x84, 0x00, 0x04, 0x81, 0x80], 131),
    };
    let bit_string = at(start).unwrap();
    assert!(bit_string > parameters);
    let header = start.len() - (length - 2 * set.scalar_len());
    PublicKey::from_octet_string(set, &certificate[bit_string + header..][..length]).unwrap()
}
