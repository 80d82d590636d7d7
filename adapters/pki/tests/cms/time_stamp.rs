//! Time stamps: ours judged by OpenSSL, OpenSSL's by us, and what is refused.

use crate::keys::Kind;
use crate::openssl::OpenSsl;
use crate::{person, sign, year};
use kaztoken_pki::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use kaztoken_pki::authority::Authority;
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cms::{CmsError, Content, SignedMessage, TimeStampRequest, message};
use kaztoken_pki::name::of_authority;
use kaztoken_pki::{DateTime, ObjectIdentifier, oid, text};

const POLICY: ObjectIdentifier = oid::POLICY_STAMP_GOST_2015;

struct Desk {
    root: Authority,
    stamps: Authority,
}

fn desk(kind: Kind) -> Desk {
    let dates = (year(2020), year(2040));
    let root = Authority::root(&of_authority("CA TEST").unwrap(), kind.key(1), dates).unwrap();
    let stamps =
        root.service(&of_authority("TSA TEST").unwrap(), kind.key(2), oid::TIME_STAMPING, dates).unwrap();
    Desk { root, stamps }
}

fn at() -> DateTime {
    DateTime::new(2027, 3, 4, 5, 6, 7).unwrap()
}

#[test]
fn asked_given_and_carried() {
    for kind in Kind::ALL {
        let desk = desk(kind);
        let (certificate, key, _) = person(kind, 5);
        let signer = sign(&certificate, &key, b"document");
        let own = message(None, &[signer], std::slice::from_ref(&certificate)).unwrap();
        let own = SignedMessage::from_der(&own).unwrap();
        let signer = &own.signers()[0];
        let algorithm = SignatureAlgorithm::of_key(key.public_key()).unwrap();
        let request = TimeStampRequest::new(signer.signature(), algorithm, Some(POLICY), [0xFF; 8]).unwrap();
        let octets = request.to_octets();
        assert_eq!(TimeStampRequest::from_der(&octets).as_ref(), Ok(&request));
        let answer = desk.stamps.time_stamp(&octets, &[POLICY], at(), &[0x80, 1]).unwrap();
        let (stamp, token) = request.answered(&answer, &[]).unwrap();
        assert_eq!((stamp.time, stamp.policy), (at(), POLICY));
        assert!(stamp.is_of(signer.signature()) && !stamp.is_of(b"other"));
        // Carried with the signature, and a second one in place of the first.
        for token in [&token, &token] {
            let with = signer.stamped(token).unwrap();
            let carried = message(None, &[with], std::slice::from_ref(&certificate)).unwrap();
            let carried = SignedMessage::from_der(&carried).unwrap();
            let digest = |hash: DigestAlgorithm| hash.digest(b"document");
            let verdict = carried.verify(Content::Detached(&digest), &[]).unwrap().remove(0).unwrap();
            assert_eq!(verdict.time_stamp.unwrap().time, at());
        }
        // Its certificate is good for time stamps and for nothing else.
        let material = Material { anchors: vec![desk.root.certificate().clone()], ..Material::default() };
        let asked = |usage| Question { at: at(), usage, revocation: Revocation::IfKnown };
        material.verify(&stamp.certificate, &asked(Usage::TimeStamping)).unwrap();
        assert!(material.verify(&certificate, &asked(Usage::TimeStamping)).is_err());
        // A stamp of another signature is found.
        let other = sign(&certificate, &key, b"another document");
        let other = message(None, &[other], std::slice::from_ref(&certificate)).unwrap();
        let other = SignedMessage::from_der(&other).unwrap();
        let wrong = other.signers()[0].stamped(&token).unwrap();
        let wrong = message(None, &[wrong], std::slice::from_ref(&certificate)).unwrap();
        let wrong = SignedMessage::from_der(&wrong).unwrap();
        let digest = |hash: DigestAlgorithm| hash.digest(b"another document");
        assert_eq!(wrong.verify(Content::Detached(&digest), &[]).unwrap()[0], Err(CmsError::OtherStamp));
    }
}

#[test]
fn other_answers_and_refusals() {
    let desk = desk(Kind::Kazakh2015);
    let algorithm = SignatureAlgorithm::of_key(desk.stamps.key().public_key()).unwrap();
    let ask = |octets: &[u8], policy, nonce| TimeStampRequest::new(octets, algorithm, policy, nonce).unwrap();
    let give = |request: &[u8]| desk.stamps.time_stamp(request, &[POLICY], at(), &[1]).unwrap();
    let asked = ask(b"a", None, [1; 8]);
    asked.answered(&give(&asked.to_octets()), &[]).unwrap();
    for other in [ask(b"b", None, [1; 8]), ask(b"a", None, [2; 8])] {
        assert_eq!(asked.answered(&give(&other.to_octets()), &[]), Err(CmsError::OtherRequest));
    }
    let refused = |request: &[u8], says: &str| match asked.answered(&give(request), &[]) {
        Err(CmsError::Refused(text)) => assert!(text.contains(says), "{text}"),
        other => panic!("{says}: {other:?}"),
    };
    refused(b"", "this is no request");
    refused(&ask(b"a", Some(oid::POLICY_ROOT), [1; 8]).to_octets(), "by this policy");
    let octets = asked.to_octets();
    let digest = octets.windows(2).position(|pair| pair == [0x04, 64]).unwrap();
    let mut unknown = octets.clone();
    unknown[digest - 4] ^= 0x40;
    refused(&unknown, "not known");
    // Every octet of an answer changed: never taken for an answer to something else.
    let answer = give(&octets);
    let good = asked.answered(&answer, &[]).unwrap().0;
    for place in 0..answer.len() {
        let mut changed = answer.clone();
        changed[place] ^= 1;
        if let Ok((stamp, _)) = asked.answered(&changed, &[]) {
            assert_eq!((stamp.time, stamp.hashed()), (good.time, good.hashed()), "{place}");
        }
    }
}

#[test]
fn openssl_judges_and_is_judged() {
    let Some(openssl) = OpenSsl::find() else { return };
    let (mut ours, mut theirs) = (0, 0);
    for kind in Kind::ALL.into_iter().filter(|kind| openssl.knows(*kind)) {
        let desk = desk(kind);
        openssl.write("root.pem", text::pem("CERTIFICATE", desk.root.certificate().der()).as_bytes());
        openssl.write("tsa.pem", text::pem("CERTIFICATE", desk.stamps.certificate().der()).as_bytes());
        openssl.write("tsa.key", text::pem("PRIVATE KEY", &desk.stamps.key().to_pkcs8()).as_bytes());
        openssl.write("document", b"17: 125000.00 KZT");
        openssl.run("ts -query -data document -sha256 -cert -out q.der");
        let answer = desk.stamps.time_stamp(&openssl.read("q.der"), &[POLICY], at(), &[1, 2]).unwrap();
        openssl.write("r.der", &answer);
        let seconds = at().unix_duration().as_secs();
        let verify = format!("ts -verify -queryfile q.der -in r.der -CAfile root.pem -attime {seconds}");
        let said = openssl.run(&verify);
        assert!(said.contains("Verification: OK"), "{kind:?}: {said}");
        openssl.write("r.der", &{
            let mut changed = answer;
            let last = changed.len() - 1;
            changed[last] ^= 1;
            changed
        });
        assert!(!openssl.run(&verify).contains("Verification: OK"));
        ours += 1;
        let configuration = "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\nsigner_digest = sha256\n\
                             default_policy = 1.2.3\ndigests = sha256\n";
        openssl.write("ts.cnf", configuration.as_bytes());
        openssl.write("serial", b"01\n");
        let request = TimeStampRequest::new(
            b"17: 125000.00 KZT",
            SignatureAlgorithm::Rsa(DigestAlgorithm::Sha256),
            None,
            [3; 8],
        );
        let request = request.unwrap();
        openssl.write("q.der", &request.to_octets());
        std::fs::remove_file(openssl.path().join("r.der")).unwrap();
        let said = openssl
            .run("ts -reply -config ts.cnf -queryfile q.der -signer tsa.pem -inkey tsa.key -out r.der");
        if !openssl.path().join("r.der").exists() {
            println!(
                "skipped: this OpenSSL gives no time stamp by {kind:?}: {}",
                said.lines().last().unwrap_or("")
            );
            continue;
        }
        match request.answered(&openssl.read("r.der"), &[]) {
            Ok((stamp, _)) => assert!(stamp.is_of(b"17: 125000.00 KZT")),
            // Its time stamps are signed with SHA-256 only, whatever the key.
            Err(error) => assert!(kind != Kind::Rsa, "{kind:?}: {error}"),
        }
        theirs += 1;
    }
    println!("{ours} time stamps judged by OpenSSL, {theirs} of its own read");
    assert!(ours > 0 && theirs > 0);
}
