//! Key stores in files: shown, judged, written in other forms.

use crate::messages::{TRUST, persons};
use crate::support::Folder;
use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form as KeyForm;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::authority::Authority;
use kaztoken_pki::key_store::{Form, write};
use kaztoken_pki::name::of_authority;
use kaztoken_pki::{DateTime, PrivateKey};
use std::path::Path;

/// A key store with a key and its certificate.
pub(crate) fn store(password: &str) -> Vec<u8> {
    let set = ParameterSet::CryptoProA;
    let key = SigningKey::from_le_bytes(set, &[5; 32]).unwrap();
    let info = PrivateKeyInfo::new(KeyAlgorithm::kazakh(set).unwrap(), key, KeyForm::Kazakh2004).unwrap();
    let key = PrivateKey::from_gost(info).unwrap();
    let year = |year| DateTime::new(year, 1, 1, 0, 0, 0).unwrap();
    let own = Authority::root(&of_authority("TEST").unwrap(), key, (year(2020), year(2040))).unwrap();
    write(own.key(), &[own.certificate().clone()], "test", password, Form::Aes, &[7; 96]).unwrap()
}

#[test]
fn shown_judged_and_exported() {
    let folder = persons("gost2015");
    let with = "--password-source file:dsn";
    let shown = folder.run(&format!("--json keystore show Key.pfx {with}"));
    let document = shown.json();
    crate::schema::fits("keystore show", &document);
    assert_eq!(document["authenticated"], true);
    assert_eq!(document["keys"].as_array().unwrap().len(), 1);
    assert_eq!(document["keys"][0]["certificate"], document["certificates"][0]["serial"]);
    let dsn = String::from_utf8(folder.read("dsn")).unwrap();
    for language in ["en", "ru", "kk"] {
        let run = folder.run(&format!("--lang {language} keystore show Key.pfx {with}"));
        assert!(run.stdout.contains("ТЕСТОВ") && !run.stdout.contains(&dsn), "{run:?}");
    }
    let judged = folder.run(&format!("--json keystore verify Key.pfx {with} {TRUST}")).json();
    crate::schema::fits("keystore verify", &judged);
    assert_eq!(judged["trusted"], true);
    assert!(folder.run(&format!("keystore verify Key.pfx {with}")).ok().contains("was not judged"));
    folder.run(&format!("keystore verify Key.pfx {with} --trust desk/root.pem")).fails(13, "--chain FILE");
    folder.run(&format!("keystore verify Key.pfx {with} --at 2020-01-01")).fails(13, "holds only from");
    // Every form opens again, with the new password, and signs.
    folder.write("new", "Жаңа-сөз 9!");
    folder.write("order.txt", "17: 125000.00 KZT");
    for form in ["national-centre", "aes", "gost"] {
        let export = format!("keystore export Key.pfx {with} --form {form} --new-password-source file:new");
        let made = folder.run(&format!("--json {export} --out {form}.p12"));
        crate::schema::fits("keystore export", &made.json());
        let opens = format!("keystore verify {form}.p12 --password-source file:new {TRUST}");
        folder.run(&opens).ok();
        folder.run(&format!("keystore show {form}.p12 {with}")).fails(13, "the password is wrong");
        let signs = format!("sign order.txt --format cms --key-store {form}.p12 --password-source file:new");
        folder.run(&signs).ok();
        folder.run(&format!("verify order.txt.p7s {TRUST}")).ok();
        // Nothing is written over.
        folder.run(&format!("{export} --out {form}.p12")).fails(9, &format!("{form}.p12"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path(&format!("{form}.p12"))).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let export = |form: &str, out: &str| {
        folder.run(&format!("keystore export Key.pfx {with} --form {form} --out {out}"))
    };
    export("certificates", "chain.pem").ok();
    folder.run(&format!("cert verify chain.pem {TRUST}")).ok();
    // A key without a password is written only when the person says so.
    assert_ne!(export("bare-key", "bare.pem").code, 0);
    assert!(!folder.path("bare.pem").exists());
    export("bare-key", "bare.pem --yes").ok();
    folder.write("empty", "\n");
    let bare = folder.run("keystore show bare.pem --password-source file:empty").ok();
    assert!(bare.contains("nothing proves"), "{bare}");
    folder.run("keystore verify bare.pem --password-source file:empty").fails(13, "has no certificate");
    folder
        .run(&format!("keystore export Key.pfx {with} --out e.p12 --new-password-source file:empty"))
        .fails(2, "may not be empty");
}

#[test]
fn wrong_damaged_and_alike() {
    let folder = persons("gost2004");
    let with = "--password-source file:dsn";
    let octets = folder.read("Key.pfx");
    folder.write("wrong", "AAAAAAAAAAA");
    folder.run("keystore show Key.pfx --password-source file:wrong").fails(13, "the password is wrong");
    folder.write("other", "not a code");
    folder.run("keystore show Key.pfx --password-source file:other").fails(13, "check the password");
    folder.write("cut", &octets[..octets.len() - 9]);
    folder.run(&format!("keystore show cut {with}")).fails(13, "is damaged");
    let mut changed = octets.clone();
    let last = changed.len() - 40;
    changed[last] ^= 1;
    folder.write("changed", &changed);
    let run = folder.run(&format!("keystore verify changed {with}"));
    assert!(run.code == 13 && !run.stderr.contains("the password is wrong"), "{run:?}");
    folder.write("text", "what is this");
    folder.run(&format!("keystore show text {with}")).fails(13, "text");
    folder.run(&format!("keystore show none {with}")).fails(1, "none");
    folder.run("keystore show Key.pfx --password-source ABC").fails(2, "env:");
    // A code with a look-alike is offered corrected, and tried when the person says so.
    let dsn = String::from_utf8(folder.read("dsn")).unwrap();
    let alike: String = dsn
        .chars()
        .map(|letter| match letter {
            '1' => 'I',
            'I' => '1',
            '0' => 'O',
            'O' => '0',
            other => other,
        })
        .collect();
    folder.write("alike", &alike);
    let run = folder.run("--yes keystore show Key.pfx --password-source file:alike");
    assert_eq!(run.code, 0, "{run:?}");
    if alike != dsn {
        assert!(run.stderr.contains("write it down so"), "{run:?}");
    }
}

#[test]
fn the_national_centres_key_stores() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kz/p12");
    if !real.exists() {
        println!("skipped: no key stores at {}", real.display());
        return;
    }
    let folder = Folder::empty();
    folder.write("password", "Qwerty12");
    let mut count = 0;
    for inside in std::fs::read_dir(&real).unwrap() {
        for file in std::fs::read_dir(inside.unwrap().path()).unwrap() {
            let path = file.unwrap().path().display().to_string();
            let (code, document) =
                folder.json(&format!("keystore show {path} --password-source file:password"));
            assert_eq!(code, 0, "{path}: {document}");
            crate::schema::fits("keystore show", &document);
            folder.run(&format!("keystore show {path} --password-source file:none")).fails(1, "none");
            count += 1;
        }
    }
    println!("{count} key stores shown");
    assert_eq!(count, 8);
}
