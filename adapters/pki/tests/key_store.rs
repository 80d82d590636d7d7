//! Key stores: the national centre's published ones, OpenSSL's of every kind, and what is wrong with them.

#[path = "support/files.rs"]
mod files;
#[path = "support/keys.rs"]
mod keys;
#[path = "support/openssl.rs"]
mod openssl;

use files::Files;
use kaztoken_pki::authority::Authority;
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::key_store::{Form, KeyStore, KeyStoreError, write};
use kaztoken_pki::{Certificate, DateTime, PrivateKey, text};
use keys::Kind;
use openssl::OpenSsl;
use std::collections::BTreeMap;

/// Published next to the files.
const PASSWORD: &str = "Qwerty12";

#[test]
fn the_national_centres() {
    let Some(files) = Files::find() else { return };
    let authorities: Vec<_> =
        files.of_kind("X.509").iter().filter_map(|(_, der)| Certificate::from_der(der).ok()).collect();
    let (anchors, intermediates) = authorities.into_iter().partition(Certificate::is_self_issued);
    let material = Material { anchors, intermediates, ..Material::default() };
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for (name, octets) in files.of_kind("PKCS#12") {
        let store = KeyStore::open(&octets, PASSWORD).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(store.authenticated, "{name}");
        let ([key], [stored]) = (&store.keys[..], &store.certificates[..]) else {
            panic!("{name}: {store:?}")
        };
        let certificate = &stored.certificate;
        assert_eq!(key.key.public_key(), certificate.public_key().unwrap(), "{name}");
        assert_eq!((&key.id, &key.name), (&stored.id, &stored.name), "{name}");
        assert_eq!(store.certificate_of(key).unwrap().certificate, *certificate);
        // What it signs, its certificate takes.
        let algorithm = kaztoken_pki::algorithm::SignatureAlgorithm::of_key(key.key.public_key()).unwrap();
        let digest = algorithm.digest_for(key.key.public_key()).digest(b"payment");
        let signature = key.key.sign_digest(algorithm, &digest).unwrap();
        certificate.public_key().unwrap().verify(algorithm, b"payment", &signature).unwrap();
        assert_eq!(PrivateKey::from_pkcs8(&key.key.to_pkcs8()).unwrap().public_key(), key.key.public_key());
        let question = Question {
            at: certificate.validity().0,
            usage: Usage::Signature,
            revocation: Revocation::Ignored,
        };
        material.verify(certificate, &question).unwrap_or_else(|error| panic!("{name}: {error}"));
        *kinds.entry(key.key.public_key().kind()).or_default() += 1;
        for wrong in ["", "qwerty12", "Qwerty12 ", "Qwerty1", "Ключ1234"] {
            assert_eq!(
                KeyStore::open(&octets, wrong).unwrap_err(),
                KeyStoreError::Password,
                "{name}: {wrong}"
            );
        }
    }
    println!("key stores of the national centre that open, with their chains: {kinds:?}");
    assert_eq!(kinds.values().sum::<u32>(), 8);
}

/// With any octet of a file changed (here every third): an error, or what was there before. Never another key.
#[test]
fn a_changed_octet_is_found() {
    let Some(files) = Files::find() else { return };
    let (name, octets) = files.of_kind("PKCS#12 key store gost2015").remove(0);
    let before = KeyStore::open(&octets, PASSWORD).unwrap();
    let mut said: BTreeMap<String, u32> = BTreeMap::new();
    for place in (0..octets.len()).step_by(3) {
        let mut changed = octets.clone();
        changed[place] ^= 0x04;
        let outcome = match KeyStore::open(&changed, PASSWORD) {
            Ok(store) => {
                assert_eq!(
                    store.keys[0].key.public_key(),
                    before.keys[0].key.public_key(),
                    "{name}: {place}"
                );
                assert_eq!(store.certificates[0].certificate, before.certificates[0].certificate);
                "opens as before".to_owned()
            }
            Err(KeyStoreError::Damaged(_) | KeyStoreError::Encoding(_)) => "damaged".to_owned(),
            Err(error) => {
                error.to_string().split(" 1.").next().unwrap().split(" for ").next().unwrap().to_owned()
            }
        };
        *said.entry(outcome).or_default() += 1;
    }
    println!("of {} changed octets: {said:?}", octets.len().div_ceil(3));
    assert!(said.get("opens as before").copied().unwrap_or_default() < 7, "{said:?}");
    assert!(said[&KeyStoreError::Changed.to_string()] > 170, "{said:?}");
    for end in 0..octets.len() {
        assert!(KeyStore::open(&octets[..end], PASSWORD).is_err());
    }
}

#[test]
fn openssls() {
    let Some(openssl) = OpenSsl::find() else { return };
    let password = "Ключ к Kassa 7";
    openssl.write("password", password.as_bytes());
    let mut opened: BTreeMap<&str, u32> = BTreeMap::new();
    for kind in [Kind::Rsa, Kind::Russian2012_256, Kind::Russian2012_512] {
        if !openssl.knows(kind) {
            continue;
        }
        let key = kind.key(1);
        openssl.write("key.pem", text::pem(text::label::PRIVATE_KEY, &key.to_pkcs8()).as_bytes());
        let said = openssl.run("req -x509 -key key.pem -subj /CN=own -out cert.pem -days 30");
        assert!(openssl.path().join("cert.pem").exists(), "{kind:?}: {said}");
        let certificate = Certificate::from_der(&text::octets(&openssl.read("cert.pem")).unwrap()).unwrap();
        let ways: &[(&str, &str)] = &[
            ("as OpenSSL 3 does", ""),
            ("3DES and RC2, SHA-1", "-legacy"),
            ("3DES, SHA-256 code", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha256"),
            ("AES-128, one round", "-keypbe AES-128-CBC -certpbe AES-192-CBC -iter 1"),
            ("bags in the open", "-keypbe NONE -certpbe NONE"),
            ("without code", "-nomac"),
            ("GOST 28147-89, Streebog", "-keypbe gost89 -certpbe gost89 -macalg md_gost12_512"),
            ("Magma CTR-ACPKM", "-keypbe magma-ctr-acpkm -certpbe magma-ctr-acpkm -macalg md_gost12_512"),
            (
                "Magma CTR-ACPKM-OMAC",
                "-keypbe magma-ctr-acpkm-omac -certpbe magma-ctr-acpkm-omac -macalg md_gost12_256",
            ),
            (
                "Kuznyechik CTR-ACPKM",
                "-keypbe kuznyechik-ctr-acpkm -certpbe kuznyechik-ctr-acpkm -macalg md_gost12_512",
            ),
            (
                "Kuznyechik CTR-ACPKM-OMAC",
                "-keypbe kuznyechik-ctr-acpkm-omac -certpbe gost89 -macalg md_gost12_512",
            ),
        ];
        for (way, options) in ways {
            let _ = std::fs::remove_file(openssl.path().join("store.p12"));
            let said = openssl.run(&format!("pkcs12 -export -inkey key.pem -in cert.pem -name pay -out store.p12 -passout file:password {options}"));
            let made = openssl.path().join("store.p12");
            if !made.exists() || std::fs::metadata(&made).unwrap().len() == 0 {
                println!(
                    "skipped: this OpenSSL makes no store {way} for {kind:?}: {}",
                    said.lines().last().unwrap_or("")
                );
                continue;
            }
            let octets = openssl.read("store.p12");
            let store = match KeyStore::open(&octets, password) {
                Ok(store) => store,
                Err(error) => {
                    // Some releases write stores that nobody can read, they least of all.
                    let said = openssl.run("pkcs12 -in store.p12 -passin file:password -nodes");
                    assert!(!said.contains("PRIVATE KEY"), "{kind:?}, {way}: {error}");
                    println!("skipped: this OpenSSL cannot read its own store {way} for {kind:?}");
                    continue;
                }
            };
            assert_eq!(
                store.keys[0].key.public_key().key_bits(),
                key.public_key().key_bits(),
                "{kind:?}, {way}"
            );
            assert_eq!(store.certificates[0].certificate, certificate, "{kind:?}, {way}");
            assert_eq!(store.keys[0].name.as_deref(), Some("pay"));
            assert_eq!(store.authenticated, *way != "without code", "{kind:?}, {way}");
            let open = *way == "bags in the open";
            let wrong = KeyStore::open(&octets, "Kassa 7").unwrap_err();
            let expected = if open { KeyStoreError::Changed } else { KeyStoreError::Password };
            assert_eq!(wrong, expected, "{kind:?}, {way}");
            *opened.entry(way).or_default() += 1;
        }
    }
    println!("stores of OpenSSL that open: {opened:?}");
    assert!(opened["as OpenSSL 3 does"] >= 1 && opened["3DES and RC2, SHA-1"] >= 1);
}

/// What we write, we and OpenSSL read.
#[test]
fn written() {
    let openssl = OpenSsl::find();
    let (password, mut read) = ("Ключ к Kassa 7", 0);
    let dates = (DateTime::new(2025, 1, 1, 0, 0, 0).unwrap(), DateTime::new(2030, 1, 1, 0, 0, 0).unwrap());
    for kind in Kind::ALL {
        let name = kaztoken_pki::name::of_authority("ТЕСТ").unwrap();
        let authority = Authority::root(&name, kind.key(1), dates).unwrap();
        let key = kind.key(2);
        let certificate = authority.issue_to(&name, key.public_key(), &Vec::new(), dates, vec![1]).unwrap();
        let chain = [certificate.clone(), authority.certificate().clone()];
        let random = core::array::from_fn(|at| at as u8);
        for form in [Form::NationalCentre, Form::Aes, Form::Gost] {
            // Their key derivation is slow in a test build.
            if form != Form::NationalCentre && !matches!(kind, Kind::Kazakh2015 | Kind::Russian2012_256) {
                continue;
            }
            let octets = write(&key, &chain, "счёт", password, form, &random).unwrap();
            let store = KeyStore::open(&octets, password)
                .unwrap_or_else(|error| panic!("{kind:?} {form:?}: {error}"));
            assert!(store.authenticated);
            let [stored] = &store.keys[..] else { panic!() };
            assert_eq!((stored.key.public_key(), stored.name.as_deref()), (key.public_key(), Some("счёт")));
            assert_eq!(store.certificate_of(stored).unwrap().certificate, certificate);
            assert_eq!(store.certificates.len(), 2);
            assert_eq!(
                KeyStore::open(&octets, "").unwrap_err(),
                KeyStoreError::Password,
                "{kind:?} {form:?}"
            );
            assert_eq!(
                write(&key, &chain[1..], "", password, form, &random),
                Err(KeyStoreError::OtherCertificate)
            );
            let Some(openssl) = openssl.as_ref().filter(|openssl| openssl.knows(kind)) else { continue };
            if form == Form::Gost && !openssl.knows(Kind::Russian2012_256) {
                continue;
            }
            openssl.write("password", password.as_bytes());
            openssl.write("store.p12", &octets);
            let legacy = if form == Form::NationalCentre { "-legacy" } else { "" };
            let said = openssl
                .run(&format!("pkcs12 -in store.p12 -passin file:password -nodes -out out.pem {legacy}"));
            let pem = String::from_utf8(openssl.read("out.pem")).unwrap();
            assert!(
                pem.contains("PRIVATE KEY") && pem.matches("BEGIN CERTIFICATE").count() == 2,
                "{kind:?} {form:?}: {said}"
            );
            read += 1;
        }
    }
    println!("OpenSSL opened {read} of our key stores");
}

#[test]
fn keys_alone() {
    let Some(openssl) = OpenSsl::find() else { return };
    openssl.write("password", b"secret word");
    for kind in Kind::ALL {
        let der = kind.key(1).to_pkcs8();
        let store = KeyStore::open(&der, "").unwrap();
        assert_eq!(store.keys[0].key.public_key(), kind.key(1).public_key(), "{kind:?}");
        if !openssl.knows(kind) {
            continue;
        }
        openssl.write("key.pem", text::pem(text::label::PRIVATE_KEY, &der).as_bytes());
        for options in ["-v2 aes-256-cbc", "-v2 aes-256-cbc -v2prf hmacWithSHA512", "-v1 PBE-SHA1-3DES"] {
            let said = openssl
                .run(&format!("pkcs8 -topk8 -in key.pem -out enc.pem -passout file:password {options}"));
            let pem = openssl.read("enc.pem");
            let encrypted = text::octets(&pem).unwrap_or_else(|| panic!("{said}"));
            let store = KeyStore::open(&encrypted, "secret word")
                .unwrap_or_else(|error| panic!("{kind:?} {options}: {error}"));
            // OpenSSL writes the same key with a parameter more.
            assert_eq!(store.keys[0].key.public_key().key_bits(), kind.key(1).public_key().key_bits());
            assert_eq!(KeyStore::open(&encrypted, "another").unwrap_err(), KeyStoreError::Password);
        }
    }
}

#[test]
fn what_is_none() {
    for none in [&b""[..], b"text", b"-----BEGIN"] {
        assert_eq!(KeyStore::open(none, "").unwrap_err(), KeyStoreError::NotOne);
    }
    assert!(matches!(KeyStore::open(&[0x30, 0x80], ""), Err(KeyStoreError::Encoding(_))));
    assert_eq!(KeyStore::open(&[0x30, 0], "").unwrap_err(), KeyStoreError::NotOne);
}
