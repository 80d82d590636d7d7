//! Requests and the test authority: what is issued is judged by OpenSSL where it knows the algorithms, and by the rules read
//! from the national centre's own certificates.

#[path = "support/keys.rs"]
mod keys;
#[path = "support/openssl.rs"]
mod openssl;

use der::Encode as _;
use kaztoken_pki::authority::{Authority, AuthorityError, Revocations, serial_number};
use kaztoken_pki::chain::{Evidence, Material, Problem, Question, Revocation, Usage};
use kaztoken_pki::cms::{CmsError, Content, SignedMessage};
use kaztoken_pki::crl::{Crl, CrlReason, Revoked};
use kaztoken_pki::name::{Subject, of_authority};
use kaztoken_pki::ocsp::{self, OcspResponse, Status};
use kaztoken_pki::request::{Request, RequestError, Template, prepare, prepare_by_template, wrap};
use kaztoken_pki::{Certificate, DateTime, KeyError, PrivateKey, oid, text};
use keys::Kind;
use openssl::OpenSsl;

fn moment(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

fn dates() -> (DateTime, DateTime) {
    (moment(2025), moment(2035))
}

fn subject() -> kaztoken_pki::Name {
    let subject = Subject {
        surname: "ТЕСТОВ".into(),
        name: "ТЕСТ".into(),
        patronymic: Some("ТЕСТОВИЧ".into()),
        iin: "123456789011".parse().unwrap(),
        organisation: Some(("ТОО Пример".into(), "123456789021".parse().unwrap())),
    };
    subject.to_name().unwrap()
}

fn request(key: &PrivateKey) -> Vec<u8> {
    let template = Template::signing(oid::ROLE_HEAD, oid::STORE_KAZTOKEN);
    let prepared = prepare(&subject(), key.public_key(), &template.extensions().unwrap()).unwrap();
    // In two phases, as a token does it.
    let signature = key.sign_digest(prepared.algorithm(), prepared.digest()).unwrap();
    prepared.finish(&signature).unwrap()
}

struct Chain {
    root: Authority,
    centre: Authority,
    user: Certificate,
}

fn chain(kind: Kind) -> Chain {
    let name = |text: &str| of_authority(text).unwrap();
    let root = Authority::root(&name("НЕГІЗГІ КО TEST (own)"), kind.key(1), dates()).unwrap();
    let centre = root.subordinate(&name("ҰКО TEST (own)"), kind.key(2), dates()).unwrap();
    let request = Request::from_der(&request(&kind.key(3))).unwrap();
    let serial = serial_number(request.public_key());
    let user = centre.issue(&request, (moment(2026), moment(2028)), serial).unwrap();
    Chain { root, centre, user }
}

fn material(chain: &Chain) -> Material {
    Material {
        anchors: vec![chain.root.certificate().clone()],
        intermediates: vec![chain.centre.certificate().clone()],
        ..Material::default()
    }
}

const NOW: Question =
    Question { at: DateTime::INFINITY, usage: Usage::Signature, revocation: Revocation::IfKnown };

fn at(year: u16) -> Question {
    Question { at: moment(year), ..NOW }
}

#[test]
fn what_is_issued_holds() {
    for kind in Kind::ALL {
        let chain = chain(kind);
        let found = material(&chain).verify(&chain.user, &at(2027)).unwrap();
        assert_eq!(found.certificates.len(), 3, "{kind:?}");
        assert_eq!(chain.user.key_store_type().unwrap(), Some(oid::STORE_KAZTOKEN));
        assert_eq!(chain.user.extended_key_usage().unwrap(), [oid::EMAIL_PROTECTION, oid::ROLE_HEAD]);
        assert_eq!(chain.user.subject(), &subject());
        assert_eq!(
            chain.user.authority_key_id().unwrap(),
            chain.centre.certificate().subject_key_id().unwrap()
        );
        assert!(chain.user.serial_number()[0] & 0xF0 != 0, "the national centre's serial numbers begin so");
        let late = material(&chain).verify(&chain.user, &at(2029)).unwrap_err();
        assert_eq!(late.problem, Problem::Expired(moment(2028)));
    }
}

/// A second reader of Kazakh requests and certificates: the core's.
#[test]
fn the_core_reads_the_same() {
    use kaztoken_core::gost::encoding::{Certificate as Other, Signed};
    for kind in Kind::GOST {
        let der = request(&kind.key(3));
        let key = kind.key(3);
        let kaztoken_pki::PublicKey::Gost(public) = key.public_key() else { panic!() };
        Signed::from_der(&der).unwrap().verify(public).unwrap();
        let chain = chain(kind);
        let user = Other::from_der(chain.user.der()).unwrap();
        let centre = Other::from_der(chain.centre.certificate().der()).unwrap();
        user.signed().verify(&centre.public_key_info().unwrap()).unwrap();
        assert_eq!(user.issuer(), centre.subject());
    }
}

#[test]
fn openssl_takes_requests_certificates_and_lists() {
    let Some(openssl) = OpenSsl::find() else { return };
    let mut judged = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| openssl.knows(*kind)) {
        let chain = chain(kind);
        openssl.write("request.der", &request(&kind.key(3)));
        let said = openssl.run("req -inform DER -in request.der -noout -verify -text -nameopt utf8");
        assert!(
            said.contains("verify OK") && said.contains("CN=ТЕСТОВ ТЕСТ") && said.contains("1.2.398.3.3.5"),
            "{kind:?}: {said}"
        );
        for (file, certificate) in [
            ("root.pem", chain.root.certificate()),
            ("centre.pem", chain.centre.certificate()),
            ("user.pem", &chain.user),
        ] {
            openssl.write(file, text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes());
        }
        let crl = chain.centre.crl(&revocations(&[])).unwrap();
        openssl.write("crl.pem", text::pem(text::label::X509_CRL, &crl).as_bytes());
        let verify =
            "verify -CAfile root.pem -untrusted centre.pem -CRLfile crl.pem -crl_check -attime 1798761600";
        assert!(openssl.run(&format!("{verify} user.pem")).contains("user.pem: OK"), "{kind:?}");
        let crl = chain.centre.crl(&revocations(&[chain.user.serial_number()])).unwrap();
        openssl.write("crl.pem", text::pem(text::label::X509_CRL, &crl).as_bytes());
        let said = openssl.run(&format!("{verify} user.pem"));
        assert!(said.contains("certificate revoked"), "{kind:?}: {said}");
        judged += 1;
    }
    println!("OpenSSL took requests, chains and revocation lists of {judged} kinds of keys");
    assert!(judged >= 1);
}

fn revocations(serials: &[&[u8]]) -> Revocations {
    let revoked = Revoked { at: moment(2026), reason: Some(CrlReason::KeyCompromise) };
    Revocations {
        entries: serials.iter().map(|serial| (serial.to_vec(), revoked)).collect(),
        dates: (moment(2026), moment(2030)),
        number: 300,
        base: None,
    }
}

#[test]
fn revocation() {
    for kind in [Kind::Kazakh2004, Kind::Kazakh2015] {
        let chain = chain(kind);
        let list =
            |revocations: &Revocations| Crl::from_der(&chain.centre.crl(revocations).unwrap()).unwrap();
        let with = |crls: Vec<Crl>| Material { crls, ..material(&chain) };
        let serial = chain.user.serial_number();
        let clean = with(vec![list(&revocations(&[]))]);
        let found = clean.verify(&chain.user, &at(2027)).unwrap();
        assert_eq!(found.evidence, [Evidence::Crl(moment(2026)), Evidence::None]);
        let named = list(&revocations(&[&[0x15, 1], serial]));
        assert_eq!((named.len(), named.number()), (2, Some(&[1, 44][..])));
        let error = with(vec![named.clone()]).verify(&chain.user, &at(2027)).unwrap_err();
        let Problem::Revoked(Revoked { reason, .. }) = error.problem else { panic!("{error}") };
        assert_eq!(reason, Some(CrlReason::KeyCompromise));
        // A delta list lifts a hold, and one that is alone says nothing.
        let mut lifted = revocations(&[serial]);
        lifted.base = Some(300);
        lifted.number = 301;
        lifted.entries[0].1.reason = Some(CrlReason::RemoveFromCRL);
        let delta = list(&lifted);
        assert_eq!(delta.base_number(), Some(&[1, 44][..]));
        assert!(with(vec![delta.clone(), named.clone()]).verify(&chain.user, &at(2027)).is_ok());
        let alone = with(vec![delta]).verify(&chain.user, &at(2027)).unwrap_err();
        assert_eq!(alone.problem, Problem::CrlDeltaAlone);
        let late = Material {
            crls: vec![list(&Revocations { dates: (moment(2026), moment(2026)), ..revocations(&[]) })],
            ..material(&chain)
        };
        assert_eq!(
            late.verify(&chain.user, &at(2027)).unwrap_err().problem,
            Problem::CrlOutOfDate(moment(2026))
        );
        // The right name, another key.
        let other = Authority::root(chain.centre.certificate().subject(), kind.key(9), dates()).unwrap();
        let mut forged = revocations(&[]);
        forged.number = 999;
        let forged = Crl::from_der(&other.crl(&forged).unwrap()).unwrap();
        assert_eq!(
            with(vec![forged])
                .verify(&chain.user, &Question { revocation: Revocation::Required, ..at(2027) })
                .unwrap_err()
                .problem,
            Problem::RevocationUnknown
        );
    }
}

#[test]
fn ocsp_answers() {
    for kind in [Kind::Kazakh2015, Kind::Rsa] {
        let chain = chain(kind);
        let name = of_authority("OCSP TEST").unwrap();
        let responder = chain.centre.service(&name, kind.key(4), oid::OCSP_SIGNING, dates()).unwrap();
        let asked = ocsp::request(&chain.user, chain.centre.certificate(), Some(b"nonce of this test"));
        let revoked = Revoked { at: moment(2026), reason: None };
        let answer = |what: Option<Option<Revoked>>, by: &Authority| {
            let der = by.ocsp(&chain.centre, &asked, (moment(2027), moment(2028)), |_| what).unwrap();
            OcspResponse::from_der(&der).unwrap()
        };
        let status =
            |response: &OcspResponse| response.status(&chain.user, chain.centre.certificate(), moment(2027));
        let good = answer(Some(None), &responder);
        good.check_nonce(b"nonce of this test").unwrap();
        assert_eq!(good.check_nonce(b"another"), Err(ocsp::OcspError::Nonce));
        assert_eq!(status(&good), Ok(Status::Good));
        assert_eq!(status(&answer(Some(Some(revoked)), &responder)), Ok(Status::Revoked(revoked)));
        assert_eq!(status(&answer(None, &responder)), Ok(Status::Unknown));
        // The authority itself may answer; one that it did not name may not, nor one named for something else.
        assert_eq!(status(&answer(Some(None), &chain.centre)), Ok(Status::Good));
        let stamps = chain.centre.service(&name, kind.key(5), oid::TIME_STAMPING, dates()).unwrap();
        assert_eq!(status(&answer(Some(None), &stamps)), Err(ocsp::OcspError::ResponderUsage));
        let stranger = Authority::root(&name, kind.key(6), dates()).unwrap();
        assert_eq!(status(&answer(Some(None), &stranger)), Err(ocsp::OcspError::ResponderIssuer));
        let late = good.status(&chain.user, chain.centre.certificate(), moment(2030));
        assert_eq!(late, Err(ocsp::OcspError::OutOfDate(moment(2028))));
        let other = good.status(chain.centre.certificate(), chain.root.certificate(), moment(2027));
        assert_eq!(other, Err(ocsp::OcspError::ResponderIssuer));
        let with = Material { ocsp: vec![good], ..material(&chain) };
        let found =
            with.verify(&chain.user, &Question { revocation: Revocation::IfKnown, ..at(2027) }).unwrap();
        assert_eq!(found.evidence[0], Evidence::Ocsp(moment(2027)));
        let malformed = responder.ocsp(&chain.centre, b"?", (moment(2027), moment(2028)), |_| None).unwrap();
        assert!(matches!(OcspResponse::from_der(&malformed), Err(ocsp::OcspError::Refused(_))));
    }
}

#[test]
fn openssl_takes_ocsp_answers() {
    let Some(openssl) = OpenSsl::find() else { return };
    let mut judged = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| openssl.knows(*kind)) {
        let chain = chain(kind);
        let responder = chain
            .centre
            .service(&of_authority("OCSP TEST").unwrap(), kind.key(4), oid::OCSP_SIGNING, dates())
            .unwrap();
        for (file, certificate) in [
            ("root.pem", chain.root.certificate()),
            ("centre.pem", chain.centre.certificate()),
            ("user.pem", &chain.user),
        ] {
            openssl.write(file, text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes());
        }
        // Their request, our answer.
        let said =
            openssl.run("ocsp -no_nonce -sha256 -issuer centre.pem -cert user.pem -reqout request.ocsp");
        assert!(openssl.path().join("request.ocsp").exists(), "{kind:?}: {said}");
        let answer = responder.ocsp(
            &chain.centre,
            &openssl.read("request.ocsp"),
            (moment(2026), moment(2035)),
            |_| Some(None),
        );
        openssl.write("answer.ocsp", &answer.unwrap());
        let said = openssl.run("ocsp -no_nonce -sha256 -issuer centre.pem -cert user.pem -respin answer.ocsp -CAfile root.pem -verify_other centre.pem -attime 1798761600");
        assert!(said.contains("user.pem: good") && said.contains("Response verify OK"), "{kind:?}: {said}");
        // Our request, read by them.
        openssl.write("ours.ocsp", &ocsp::request(&chain.user, chain.centre.certificate(), Some(&[7; 16])));
        let said = openssl.run("ocsp -reqin ours.ocsp -req_text");
        assert!(said.contains("OCSP Nonce"), "{said}");
        judged += 1;
    }
    println!("OpenSSL took OCSP answers of {judged} kinds of keys");
    assert!(judged >= 1);
}

#[test]
fn what_is_not_issued() {
    let chain = chain(Kind::Kazakh2015);
    let key = Kind::Kazakh2015.key(3);
    let ask = |key: &PrivateKey, extensions| {
        let prepared = prepare(&subject(), key.public_key(), &extensions).unwrap();
        Request::from_der(&prepared.sign(key).unwrap()).unwrap()
    };
    let issue = |request: &Request| chain.centre.issue(request, dates(), vec![1]).map(|_| ());
    assert_eq!(issue(&ask(&Kind::Kazakh2004.key(3), Vec::new())), Err(AuthorityError::Kind));
    assert_eq!(issue(&ask(&key, Vec::new())), Ok(()));
    let root = chain.root.certificate();
    for wanted in [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE] {
        let (contents, critical) = root.extension(&wanted).unwrap();
        let extension = x509_cert::ext::Extension {
            extn_id: wanted,
            critical,
            extn_value: der::asn1::OctetString::new(contents).unwrap(),
        };
        assert_eq!(issue(&ask(&key, vec![extension])), Err(AuthorityError::Extension(wanted)));
    }
    let dates = (moment(2030), moment(2029));
    assert_eq!(
        chain.centre.issue(&ask(&key, Vec::new()), dates, vec![1]).map(|_| ()),
        Err(AuthorityError::Dates)
    );
    // A request of another's key: the signature does not fit.
    let der = request(&key);
    let mut forged = der.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(Request::from_der(&forged).map(|_| ()), Err(RequestError::Signature(KeyError::Signature)));
    for end in 0..der.len() {
        assert!(Request::from_der(&der[..end]).is_err());
    }
    // What is finished with a signature that is not the key's does not leave.
    let prepared = prepare(&subject(), key.public_key(), &Vec::new()).unwrap();
    let other = Kind::Kazakh2015.key(8).sign_digest(prepared.algorithm(), prepared.digest()).unwrap();
    assert_eq!(prepared.finish(&other), Err(KeyError::Signature));
    assert!(!subject().to_der().unwrap().is_empty());
}

/// The settlement centre's form: a template's name in the request, the request in a message of the person's initial key.
#[test]
fn a_request_by_template() {
    let openssl = OpenSsl::find();
    for kind in Kind::ALL {
        let (initial, key) = (chain(kind), kind.key(9));
        let template = "C=KZ, O=Template, CN=GOST_USER_SIGN_14D";
        let prepared = prepare_by_template(&subject(), key.public_key(), template).unwrap();
        let inner = prepared.sign(&key).unwrap();
        let request = Request::from_der(&inner).unwrap();
        assert_eq!(request.template(), Some(template));
        assert!(request.extensions().is_empty());
        let certificates = [initial.user.clone(), initial.centre.certificate().clone()];
        let wrapped = wrap(&inner, &kind.key(3), &certificates, moment(2027)).unwrap();
        let message = SignedMessage::from_der(&wrapped).unwrap();
        assert_eq!(message.content(), Some(inner.as_slice()));
        assert!(message.verify(Content::Attached, &[]).unwrap().iter().all(Result::is_ok));
        // Another key than that of the certificate signs nothing.
        assert!(matches!(wrap(&inner, &key, &certificates, moment(2027)), Err(CmsError::Signature(_))));
        let Some(openssl) = openssl.as_ref().filter(|openssl| openssl.knows(kind)) else { continue };
        openssl.write("request.p7", &wrapped);
        openssl.run("cms -verify -noverify -binary -inform DER -in request.p7 -out inner.der");
        assert_eq!(openssl.read("inner.der"), inner, "{kind:?}");
        let said = openssl.run("req -inform DER -in inner.der -noout -verify -text");
        assert!(said.contains("verify OK") && said.contains("1.3.6.1.4.1.311.20.2"), "{kind:?}: {said}");
    }
}
