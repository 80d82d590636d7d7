//! OpenSSL with the GOST engine: signatures both ways. Says `skipped:` where it is not installed.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use gost_rng::Repeatable;
use kaztoken_core::gost::signature::Russian;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, SigningKey, verify};

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
