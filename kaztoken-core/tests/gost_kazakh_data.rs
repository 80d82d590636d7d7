//! What Kazakhstan's authorities really signed, from the octets of the files up: certificates, revocation
//! lists, OCSP responses, time stamps, CMS, XML, key stores. Each test says `skipped:` where the files are
//! not at hand.
//!
//! DER is taken apart here by a reader of the tests' own, so that the library's is not its own judge.

#![cfg(feature = "gost")]

#[path = "gost_kazakh_data/cms.rs"]
mod cms;
#[path = "gost_kazakh_data/der.rs"]
mod der;
#[path = "gost_kazakh_data/files.rs"]
mod files;
#[path = "gost_kazakh_data/key_store.rs"]
mod key_store;
#[path = "gost_kazakh_data/vectors.rs"]
mod vectors;
#[path = "gost_kazakh_data/xml.rs"]
mod xml;

use std::collections::BTreeSet;

use cms::{Cms, Outcome};
use files::Files;
use kaztoken_core::gost::encoding::algorithm::KeyFamily;
use kaztoken_core::gost::encoding::{Certificate, Signed};
use kaztoken_core::gost::recovery::{Diagnosis, Reading, diagnose};
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::gost::{HashAlgorithm, ParameterSet};
use sha1::{Digest as _, Sha1};

/// The reading that the national centre's signatures have.
fn reading(family: KeyFamily) -> Reading {
    match family {
        KeyFamily::Kazakh2004 => {
            Reading { set: ParameterSet::CryptoProA, hash: HashAlgorithm::Gost94Test, layout: Layout::Kazakh }
        }
        _ => {
            Reading { set: ParameterSet::Tc26_512A, hash: HashAlgorithm::Streebog512, layout: Layout::Kazakh }
        }
    }
}

#[test]
fn certificates() {
    let Some(files) = Files::find() else { return };
    let (mut verified, mut rsa) = (0, 0);
    for (name, octets) in files.of_kind("X.509") {
        let certificate = Certificate::from_der(&octets).unwrap();
        if certificate.signed().algorithm().is_err() {
            rsa += 1;
            continue;
        }
        let issuer = files.issuer(&certificate).unwrap_or_else(|| panic!("{name}: no issuer"));
        let issuer_key = Certificate::from_der(&issuer).unwrap().public_key_info().unwrap();
        let layout = certificate.signed().verify(&issuer_key);
        assert_eq!(layout, Ok(Layout::Kazakh), "{name}");
        // The same key comes out of the signature alone.
        let signed = certificate.signed();
        let expected = reading(issuer_key.algorithm().family());
        let is_issuer = |key: &_| key == issuer_key.public_key();
        let by_name = diagnose(expected, None, signed.signed(), signed.signature(), is_issuer);
        assert_eq!(by_name, Diagnosis::Good, "{name}");
        verified += 1;
    }
    println!("{verified} certificates verified; skipped: {rsa} that RSA signed");
    assert_eq!((verified, rsa), (7, 3));
    assert_eq!(verified + rsa, files.count("X.509"));
}

/// The issuer's key by its identifier alone, as SHA-1 of the key's octets.
#[test]
fn issuers_by_key_identifier() {
    let Some(files) = Files::find() else { return };
    let mut found = 0;
    for (name, octets) in files.of_kind("X.509 gost2015") {
        let certificate = Certificate::from_der(&octets).unwrap();
        let aki = certificate.authority_key_id().or(certificate.subject_key_id()).unwrap();
        let signed = certificate.signed();
        let wrong = Reading { layout: Layout::Standard, ..reading(KeyFamily::Kazakh2015) };
        let told = diagnose(wrong, None, signed.signed(), signed.signature(), |key| {
            Sha1::digest(key.to_octet_string().as_slice()).as_slice() == aki
        });
        assert_eq!(told, Diagnosis::OtherReading(reading(KeyFamily::Kazakh2015)), "{name}");
        found += 1;
    }
    assert_eq!(found, 4);
}

#[test]
fn revocation_lists() {
    let Some(files) = Files::find() else { return };
    let mut verified = 0;
    for (name, octets) in files.of_kind("CRL") {
        let signed = Signed::from_der(&octets).unwrap();
        // tbsCertList: version, signature, issuer.
        let issuer = der::children(&octets)[0].child(2).whole;
        let issuer = files.by_subject(issuer).unwrap_or_else(|| panic!("{name}: no issuer"));
        let key = Certificate::from_der(&issuer).unwrap().public_key_info().unwrap();
        assert_eq!(signed.verify(&key), Ok(Layout::Kazakh), "{name}");
        verified += 1;
    }
    println!("{verified} revocation lists verified");
    assert_eq!(verified, 2);
    assert_eq!(verified, files.count("CRL"));
}

#[test]
fn ocsp_responses() {
    let Some(files) = Files::find() else { return };
    let (mut verified, mut rsa) = (0, 0);
    for (name, octets) in files.of_kind("OCSP response") {
        // OCSPResponse { status, [0] { SEQUENCE { type, OCTET STRING of BasicOCSPResponse } } }
        let bytes = der::children(&octets)[1].child(0).child(1).contents;
        let signed = Signed::from_der(bytes).unwrap();
        let responder = der::children(bytes)[3].child(0).child(0).whole;
        if signed.algorithm().is_err() {
            rsa += 1;
            continue;
        }
        let responder = Certificate::from_der(responder).unwrap();
        assert_eq!(signed.verify(&responder.public_key_info().unwrap()), Ok(Layout::Kazakh), "{name}");
        verified += 1;
    }
    println!("{verified} OCSP responses verified; skipped: {rsa} that RSA signed");
    assert_eq!((verified, rsa), (1, 1));
    assert_eq!(verified + rsa, files.count("OCSP response"));
}

/// Every signer of every CMS, and of the time stamps inside.
#[test]
fn cms_and_time_stamps() {
    let Some(files) = Files::find() else { return };
    let mut all = Outcome::default();
    for (name, octets) in files.of_kind("CMS SignedData") {
        all.add(&Cms::parse(&octets).verify(&name));
    }
    for (name, octets) in files.of_kind("RFC 3161") {
        let token = der::children(&octets)[1].whole;
        all.add(&Cms::parse(token).verify(&name));
    }
    println!(
        "{} signers and {} time stamps verified, {} message digests equal; skipped: {} RSA signers",
        all.signers, all.stamps, all.digests, all.rsa
    );
    assert_eq!(all, Outcome { signers: 3, stamps: 3, digests: 5, rsa: 1 });
}

#[test]
fn xml_signature() {
    let Some(files) = Files::find() else { return };
    let mut verified = 0;
    for (name, octets) in files.of_kind("XML-DSig") {
        xml::verify(&name, &String::from_utf8(octets).unwrap());
        verified += 1;
    }
    assert_eq!(verified, 1);
}

/// d P = Q: the private keys of the centre's published test key stores belong to their certificates.
#[test]
fn key_stores() {
    let Some(files) = Files::find() else { return };
    if !key_store::openssl_can() {
        println!("skipped: this openssl has no PKCS12KDF, or none is installed");
        return;
    }
    let (mut opened, mut rsa) = (0, 0);
    for (name, octets) in files.of_kind("PKCS#12") {
        if key_store::check(&name, &octets, &files) { opened += 1 } else { rsa += 1 }
    }
    println!("{opened} private keys belong to their certificates; skipped: {rsa} RSA key store");
    assert_eq!((opened, rsa), (7, 1));
    assert_eq!(opened + rsa, files.count("PKCS#12"));
}

#[test]
fn signatures_taken_apart() {
    let Some(files) = Files::find() else { return };
    assert_eq!(vectors::verify(&files.read("vectors/kz-signatures.json")), 9);
}

/// Every kind of file that the list has is looked at by one of the tests above.
#[test]
fn nothing_is_left_out() {
    let Some(files) = Files::find() else { return };
    let kinds: BTreeSet<_> = files.kinds().collect();
    for kind in &kinds {
        let looked_at =
            ["X.509", "CRL", "OCSP response", "CMS SignedData", "RFC 3161", "XML-DSig", "PKCS#12"];
        // Transcripts have no signatures.
        let known = looked_at.iter().chain(&["JSON transcript"]).any(|known| kind.starts_with(known));
        assert!(known, "{kind}");
    }
    assert!(kinds.len() >= 8, "{kinds:?}");
}
