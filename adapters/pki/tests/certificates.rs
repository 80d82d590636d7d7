//! Certificates, revocation lists and OCSP responses of the national centre's test authorities.

#[path = "support/files.rs"]
mod files;

use files::Files;
use kaztoken_pki::chain::{Evidence, Material, Problem, Question, Revocation, Usage};
use kaztoken_pki::crl::Crl;
use kaztoken_pki::ocsp::{OcspError, OcspResponse, Status};
use kaztoken_pki::{Certificate, DateTime, KeyError, PublicKey, oid};

fn moment(year: u16, month: u8, day: u8) -> DateTime {
    DateTime::new(year, month, day, 12, 0, 0).unwrap()
}

fn certificates(files: &Files) -> Vec<(String, Certificate)> {
    let all = files.of_kind("X.509").into_iter();
    all.map(|(name, der)| {
        let certificate = Certificate::from_der(&der).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(certificate.der(), der, "{name}");
        (name, certificate)
    })
    .collect()
}

fn find(all: &[(String, Certificate)], name: &str) -> Certificate {
    all.iter().find(|(known, _)| known.contains(name)).unwrap().1.clone()
}

/// Roots trusted, the authorities below them at hand.
fn material(all: &[(String, Certificate)]) -> Material {
    let of = |folder: &str, own: bool| {
        let found = all.iter().filter(|(name, c)| name.contains(folder) && c.is_self_issued() == own);
        found.map(|(_, certificate)| certificate.clone()).collect()
    };
    Material { anchors: of("/ca/", true), intermediates: of("/ca/", false), ..Material::default() }
}

fn at(moment: DateTime) -> Question {
    Question { at: moment, usage: Usage::Signature, revocation: Revocation::IfKnown }
}

#[test]
fn every_certificate_chains_to_its_root() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let material = material(&all);
    let mut kinds = std::collections::BTreeMap::new();
    for (name, certificate) in &all {
        let question = Question { usage: Usage::Any, ..at(middle(certificate)) };
        let chain = material.verify(certificate, &question).unwrap_or_else(|error| panic!("{name}: {error}"));
        let algorithm = certificate.signature_algorithm().unwrap().to_string();
        *kinds.entry((algorithm, chain.certificates.len())).or_insert(0) += 1;
        // The key in it comes out as it stands there.
        let key = certificate.public_key().unwrap();
        assert_eq!(key.to_spki(), certificate.public_key_info(), "{name}");
        assert_eq!(&PublicKey::from_spki(&key.to_spki()).unwrap(), key, "{name}");
    }
    for ((algorithm, length), count) in &kinds {
        println!("{count} certificates signed by {algorithm}, in chains of {length}");
    }
    assert_eq!(kinds.values().sum::<i32>(), 10);
}

/// A moment at which it and its issuers hold.
fn middle(certificate: &Certificate) -> DateTime {
    certificate.validity().0
}

#[test]
fn what_the_national_centre_writes_into_certificates() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let person = find(&all, "gost1.cer");
    assert_eq!(person.key_store_type().unwrap(), Some(oid::STORE_PKCS12));
    assert_eq!(person.extended_key_usage().unwrap(), [oid::EMAIL_PROTECTION, oid::ROLE_INDIVIDUAL]);
    assert_eq!(person.policies().unwrap(), ["1.2.398.3.3.2".parse().unwrap()]);
    assert!(person.basic_constraints().unwrap().is_none_or(|constraints| !constraints.ca));
    let name = person.subject().to_string();
    assert!(name.contains("CN=ТЕСТОВ ТЕСТ") && name.contains("IIN123456789011"), "{name}");
    for (name, certificate) in all.iter().filter(|(name, _)| name.contains("/ca/")) {
        assert!(certificate.basic_constraints().unwrap().unwrap().ca, "{name}");
    }
}

#[test]
fn each_thing_that_is_wrong_with_a_chain_has_its_name() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let person = find(&all, "gost1.cer");
    let good = material(&all);
    let problem = |material: &Material, question: &Question| {
        material.verify(&person, question).map(|_| ()).unwrap_err().problem
    };
    let now = at(middle(&person));
    let (from, until) = person.validity();
    assert_eq!(problem(&good, &at(moment(2016, 1, 1))), Problem::NotYetValid(from));
    assert_eq!(problem(&good, &at(moment(2036, 1, 1))), Problem::Expired(until));
    assert_eq!(problem(&Material::default(), &now), Problem::NoIssuer);
    let no_roots = Material {
        anchors: Vec::new(),
        intermediates: [good.anchors.clone(), good.intermediates.clone()].concat(),
        ..Material::default()
    };
    assert_eq!(problem(&no_roots, &now), Problem::NotTrusted);
    let role = Question { usage: Usage::Purpose(oid::ROLE_HEAD), ..now };
    assert_eq!(problem(&good, &role), Problem::NotFor(oid::ROLE_HEAD));
    assert_eq!(
        problem(&good, &Question { usage: Usage::TimeStamping, ..now }),
        Problem::NotFor(oid::TIME_STAMPING)
    );
    let known = Question { revocation: Revocation::Required, ..now };
    assert_eq!(problem(&good, &known), Problem::RevocationUnknown);
    // One end-entity certificate as the other's issuer: of another name.
    let other = find(&all, "individual_signer.cer");
    let wrong = Material { anchors: vec![other.clone()], ..Material::default() };
    assert_eq!(problem(&wrong, &now), Problem::NoIssuer);
    // A certificate that is trusted itself needs no issuer.
    let own = Material { anchors: vec![person.clone()], ..Material::default() };
    assert_eq!(own.verify(&person, &now).unwrap().certificates, std::slice::from_ref(&person));
}

#[test]
fn a_changed_octet_is_found_wherever_it_is() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let person = find(&all, "gost1.cer");
    let material = material(&all);
    let question = Question { usage: Usage::Any, ..at(middle(&person)) };
    let mut read = 0;
    for place in 0..person.der().len() {
        let mut der = person.der().to_vec();
        der[place] ^= 0x01;
        let Ok(changed) = Certificate::from_der(&der) else { continue };
        read += 1;
        assert!(material.verify(&changed, &question).is_err(), "octet {place}");
    }
    println!("{read} of {} changed certificates could be read, none was accepted", person.der().len());
    assert!(read > 500);
    // The halves of the signature exchanged.
    let mut der = person.der().to_vec();
    let half = der.len() - 64;
    let (front, back) = der.split_at_mut(half);
    front[half - 64..].swap_with_slice(back);
    let swapped = Certificate::from_der(&der).unwrap();
    let error = material.verify(&swapped, &question).unwrap_err();
    assert_eq!(error.problem, Problem::Signature(KeyError::Signature));
}

#[test]
fn revocation_lists() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let mut count = 0;
    for (name, der) in files.of_kind("CRL") {
        let crl = Crl::from_der(&der).unwrap_or_else(|error| panic!("{name}: {error}"));
        let issuer = all.iter().find(|(_, certificate)| certificate.subject() == crl.issuer()).unwrap();
        crl.verify_signature(issuer.1.public_key().unwrap()).unwrap();
        let (serial, revoked) = crl.entries().next().unwrap();
        assert_eq!(crl.find(serial), Some(revoked), "{name}");
        println!("{name}: {} revoked, number {:?}, from {}", crl.len(), crl.number(), crl.this_update());
        assert!(crl.next_update().unwrap() > crl.this_update());
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn a_revocation_list_is_heeded() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let crl = Crl::from_der(&files.read("crl/nca_gost2022_test.crl")).unwrap();
    let person = find(&all, "gost1.cer");
    let mut material = material(&all);
    material.crls = vec![crl.clone()];
    let until = crl.next_update().unwrap();
    let now = Question { usage: Usage::Any, at: crl.this_update(), revocation: Revocation::IfKnown };
    let listed = crl.find(person.serial_number());
    let holds = person.validity().1 > now.at;
    match material.verify(&person, &now) {
        Ok(chain) => {
            assert!(listed.is_none());
            assert_eq!(chain.evidence, [Evidence::Crl(crl.this_update()), Evidence::None]);
        }
        Err(error) => assert_eq!(
            error.problem,
            match listed {
                Some(revoked) if holds => Problem::Revoked(revoked),
                _ => Problem::Expired(person.validity().1),
            }
        ),
    }
    let late = Question { at: moment(2026, 12, 1), ..now };
    if person.validity().1 > late.at && until < late.at {
        assert_eq!(material.verify(&person, &late).unwrap_err().problem, Problem::CrlOutOfDate(until));
    }
}

#[test]
fn ocsp_responses() {
    let Some(files) = Files::find() else { return };
    let all = certificates(&files);
    let mut count = 0;
    for (name, der) in files.of_kind("OCSP") {
        let response = OcspResponse::from_der(&der).unwrap_or_else(|error| panic!("{name}: {error}"));
        let responder = response.certificates().first().unwrap().clone();
        let issuer = all.iter().find(|(_, certificate)| certificate.subject() == responder.issuer()).unwrap();
        let answers: Vec<_> = response.answers().collect();
        println!("{name}: {answers:?}, of {}", response.produced_at());
        assert_eq!(answers.len(), 1);
        // The certificates asked about are not at hand; another is not spoken of, which is seen only after the signature,
        // the responder and its purpose were found good.
        let other = &all.iter().find(|(_, c)| c.issuer() == issuer.1.subject()).unwrap().1;
        if other.serial_number() == answers[0].0 {
            assert!(matches!(response.status(other, &issuer.1, response.produced_at()), Ok(Status::Good)));
        } else {
            assert_eq!(
                response.status(other, &issuer.1, response.produced_at()),
                Err(OcspError::NotAnswered)
            );
        }
        let wrong =
            all.iter().find(|(_, c)| c.is_self_issued() && c.subject() != issuer.1.subject()).unwrap();
        assert_eq!(response.status(other, &wrong.1, response.produced_at()), Err(OcspError::ResponderIssuer));
        count += 1;
    }
    assert_eq!(count, 2);
}
