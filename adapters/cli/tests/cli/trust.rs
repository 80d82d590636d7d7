//! Certificates, revocation lists and OCSP responses in files, the national centre's own ones above all.

use crate::support::Folder;
use kaztoken_pki::text;
use std::path::{Path, PathBuf};

/// A root of the national centre's test authorities, as PEM.
pub(crate) fn root() -> String {
    let vector = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vector = vector.join("../../kaztoken-core/tests/vectors/gost_kazakh_test_root.hex");
    let text = std::fs::read_to_string(vector).unwrap();
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    let octet = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    let der: Vec<u8> = (0..digits.len()).step_by(2).map(octet).collect();
    text::pem(text::label::CERTIFICATE, &der)
}

/// The folder of real files, which is not part of the project.
fn real() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kz");
    if folder.join("MANIFEST.tsv").exists() {
        return Some(folder);
    }
    println!("skipped: no files of Kazakhstan's authorities at {}", folder.display());
    None
}

#[test]
fn what_the_national_centre_issues_is_shown() {
    let Some(real) = real() else { return };
    let folder = Folder::empty();
    let mut count = 0;
    for inside in ["certs/ca", "certs/ee", "crl", "ocsp", "tsp", "cms"] {
        for file in std::fs::read_dir(real.join(inside)).unwrap() {
            let path = file.unwrap().path().display().to_string();
            for language in ["en", "ru", "kk"] {
                folder.run(&format!("--lang {language} cert show {path}")).ok();
            }
            let (code, document) = folder.json(&format!("cert show {path}"));
            assert_eq!(code, 0);
            crate::schema::fits("cert show", &document);
            count += 1;
        }
    }
    println!("{count} files shown in three languages");
    assert_eq!(count, 19);
    let person = real.join("certs/ee/gost1.cer").display().to_string();
    let text = folder.run(&format!("--lang ru cert show {person}")).ok();
    for part in ["физическое лицо (1.2.398.3.3.4.1.1)", "файл PKCS#12", "ИИН", "123456789011", "tc26-512-A"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn chains_are_judged() {
    let Some(real) = real() else { return };
    let folder = Folder::empty();
    let path = |name: &str| real.join(name).display().to_string();
    let person = path("certs/ee/gost1.cer");
    let (root, centre) = (path("certs/ca/root_test_gost_2022.cer"), path("certs/ca/nca_gost2022_test.cer"));
    let verify = |more: &str| folder.run(&format!("cert verify {person} {more}"));
    let said = |more: &str, code: i32, text: &str| {
        let run = verify(more);
        assert!(run.code == code && run.stderr.contains(text), "{more}: {run:?}");
    };
    let at = "--at 2024-06-01";
    let trust = format!("--trust {root} --chain {centre} {at}");
    assert!(verify(&trust).ok().contains("the certificate is good at"));
    said("", 2, "no certificate is trusted");
    said(&format!("--trust {root} {at}"), 13, "its issuer's certificate is not at hand");
    said(&format!("--trust {person}x"), 1, "gost1.cerx");
    said(&format!("--trust {root} --chain {centre} --at 2019-01-01"), 13, "it holds only from");
    said(&format!("--trust {root} --chain {centre} --at 2039-01-01"), 13, "it held until");
    said(&format!("{trust} --purpose time-stamps"), 13, "it is not for time stamps");
    said(&format!("{trust} --purpose 1.2.398.3.3.4.1.2.1"), 13, "head of the organisation");
    said(&format!("{trust} --purpose other"), 2, "expected any, signature");
    said(&format!("{trust} --require-revocation"), 13, "nothing at hand says whether it was revoked");
    let crl = path("crl/nca_gost2022_test.crl");
    let known = verify(&format!("{trust} --crl {crl}")).ok();
    assert!(known.contains("not revoked, by the revocation list of 2025-04-29"), "{known}");
    said(&format!("{trust} --crl {crl} --require-revocation"), 13, "nothing at hand says");
    let late = format!("cert verify {centre} --trust {root} --crl {crl} --at 2026-11-01");
    assert_eq!(folder.run(&late).code, 0, "the list is not the root's");
    said(&format!("{trust} --ocsp {person}"), 13, "no OCSP response");
    said(&format!("{trust} --crl {person}"), 13, "no revocation list");
    // Several in one PEM file.
    let both = ["certs/ca/root_test_gost_2022.cer", "certs/ca/nca_gost2022_test.cer"].map(|name| {
        let octets = std::fs::read(real.join(name)).unwrap();
        let der = text::octets(&octets).unwrap();
        text::pem(text::label::CERTIFICATE, &der)
    });
    folder.write("both.pem", both.concat());
    let shown = folder.run("cert show both.pem").ok();
    assert_eq!(shown.matches("certificate").count(), 2, "{shown}");
    assert!(verify(&format!("--trust both.pem {at}")).ok().contains("trusted"));
}

#[test]
fn a_certificate_that_is_trusted_itself() {
    let folder = Folder::empty();
    folder.write("root.pem", root());
    let at = |at: &str| folder.run(&format!("cert verify root.pem --trust root.pem --at {at}"));
    assert!(at("2026-01-01").ok().contains("trusted"));
    assert!(at("2033-01-01").stderr.contains("it held until 2032-07-07"));
    for (file, content) in [("empty", &b""[..]), ("text", b"hello!"), ("der", &[0x30, 3, 2, 1, 0xFF])] {
        folder.write(file, content);
        assert_eq!(folder.run(&format!("cert show {file}")).code, 13, "{file}");
    }
}
