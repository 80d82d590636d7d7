//! Signed messages: the national centre's, OpenSSL's, and ours judged by OpenSSL and by a second reader.

#[path = "support/files.rs"]
mod files;
#[path = "support/keys.rs"]
mod keys;
#[path = "support/openssl.rs"]
mod openssl;
#[path = "cms/stream.rs"]
mod stream;
#[path = "cms/time_stamp.rs"]
mod time_stamp;

use files::Files;
use kaztoken_pki::algorithm::DigestAlgorithm;
use kaztoken_pki::authority::Authority;
use kaztoken_pki::cms::{
    CmsError, Content, Draft, SignedMessage, TimeStamp, TimeStampResponse, around, message,
};
use kaztoken_pki::name::of_authority;
use kaztoken_pki::{Certificate, DateTime, KeyError, PrivateKey, text};
use keys::Kind;
use openssl::OpenSsl;
use proptest::prelude::*;

fn year(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

#[test]
fn the_national_centres() {
    let Some(files) = Files::find() else { return };
    let mut count = 0;
    for (name, octets) in files.of_kind("CMS") {
        let message = SignedMessage::from_der(&octets).unwrap_or_else(|error| panic!("{name}: {error}"));
        let content = b"";
        let digest = |hash: DigestAlgorithm| hash.digest(content);
        let attached = message.content().is_some();
        let verdicts = match attached {
            true => message.verify(Content::Attached, &[]),
            false => message.verify(Content::Detached(&digest), &[]),
        };
        for verdict in verdicts.unwrap() {
            match verdict {
                Ok(good) => println!(
                    "{name}: {} at {:?}, stamp {:?}, names its certificate: {}",
                    good.algorithm,
                    good.signing_time.map(|at| at.to_string()),
                    good.time_stamp.as_ref().map(|stamp| (stamp.time.to_string(), stamp.policy.to_string())),
                    good.names_certificate
                ),
                // The document of the detached one is that of the attached one.
                Err(CmsError::Content) if !attached => {
                    let other = files.read("cms/individual_attached.der");
                    let document = SignedMessage::from_der(&other).unwrap().content().unwrap().to_vec();
                    let digest = |hash: DigestAlgorithm| hash.digest(&document);
                    let again = message.verify(Content::Detached(&digest), &[]).unwrap();
                    assert!(again.iter().all(Result::is_ok), "{name}: {again:?}");
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        count += 1;
    }
    let stamp = TimeStampResponse::from_der(&files.read("tsp/tsp_response.bin")).unwrap();
    let stamp = TimeStamp::from_token(&stamp.token, &[]).unwrap();
    println!("{count} messages verified, and a time stamp of {} by policy {}", stamp.time, stamp.policy);
    assert_eq!(count, 4);
}

/// Every octet of a message changed: what is signed is noticed.
#[test]
fn a_changed_octet_is_found() {
    let Some(files) = Files::find() else { return };
    for name in ["cms/individual_attached.der", "cms/GOSTKNCA_13a3741b52d7bf860aab199b56fad1f4652e357b.cms"] {
        let octets = files.read(name);
        let before = SignedMessage::from_der(&octets).unwrap();
        let judge = |octets: &[u8]| -> Result<(), CmsError> {
            let message = SignedMessage::from_der(octets)?;
            for verdict in message.verify(Content::Attached, &[])? {
                let good = verdict?;
                let same = before.certificates().contains(&good.certificate);
                // Another certificate with the same key is the chain's business.
                assert!(same || good.certificate.public_key() == before.certificates()[0].public_key());
            }
            assert_eq!(message.content(), before.content());
            Ok(())
        };
        judge(&octets).unwrap();
        let mut unnoticed = 0;
        for place in 0..octets.len() {
            let mut changed = octets.clone();
            changed[place] ^= 1;
            unnoticed += usize::from(judge(&changed).is_ok());
        }
        println!("{name}: of {} changed octets {unnoticed} are of what nobody signs", octets.len());
        for end in 0..octets.len() {
            assert!(SignedMessage::from_der(&octets[..end]).is_err());
        }
    }
}

fn person(kind: Kind, number: u64) -> (Certificate, PrivateKey, Certificate) {
    let dates = (year(2020), year(2040));
    let root = Authority::root(&of_authority("CA TEST").unwrap(), kind.key(1), dates).unwrap();
    let key = kind.key(number);
    let name = of_authority("ТЕСТОВ ТЕСТ").unwrap();
    let certificate = root.issue_to(&name, key.public_key(), &Vec::new(), dates, vec![number as u8]).unwrap();
    (certificate, key, root.certificate().clone())
}

fn sign(certificate: &Certificate, key: &PrivateKey, content: &[u8]) -> Vec<u8> {
    let digest = Draft::hash(certificate).unwrap().digest(content);
    let draft = Draft::new(certificate, &digest, Some(year(2027))).unwrap();
    // In two phases, as a token does it.
    let signature = key.sign_digest(draft.algorithm(), draft.digest()).unwrap();
    draft.finish(&signature).unwrap()
}

#[test]
fn made_and_judged() {
    let openssl = OpenSsl::find();
    let content = "Платёжное поручение 17".as_bytes();
    let mut judged = 0;
    for kind in Kind::ALL {
        let (certificate, key, root) = person(kind, 2);
        let (second, second_key, _) = person(kind, 3);
        let one = sign(&certificate, &key, content);
        let two = sign(&second, &second_key, content);
        for (content_in, signers) in
            [(Some(content), vec![one.clone()]), (None, vec![one.clone()]), (Some(content), vec![one, two])]
        {
            let octets = message(content_in, &signers, &[certificate.clone(), second.clone()]).unwrap();
            let read = SignedMessage::from_der(&octets).unwrap();
            assert_eq!(read.content(), content_in, "{kind:?}");
            let digest = |hash: DigestAlgorithm| hash.digest(content);
            let how = if content_in.is_some() { Content::Attached } else { Content::Detached(&digest) };
            let verdicts = read.verify(how, &[]).unwrap();
            assert_eq!(verdicts.len(), signers.len());
            for verdict in verdicts {
                let good = verdict.unwrap();
                assert!(good.names_certificate && good.signing_time == Some(year(2027)), "{kind:?}");
            }
            let other = |hash: DigestAlgorithm| hash.digest(b"another");
            let wrong = read.verify(Content::Detached(&other), &[]).unwrap();
            assert!(wrong.iter().all(|verdict| *verdict == Err(CmsError::Content)));
            let Some(openssl) = openssl.as_ref().filter(|openssl| openssl.knows(kind)) else { continue };
            openssl.write("m.p7s", &octets);
            openssl.write("content", content);
            openssl.write("root.pem", text::pem(text::label::CERTIFICATE, root.der()).as_bytes());
            let detached = if content_in.is_none() { "-content content" } else { "" };
            let said = openssl.run(&format!(
                "cms -verify -binary -inform DER -in m.p7s {detached} -CAfile root.pem -out out -cades -attime 1798761600 \
                 -purpose any"
            ));
            assert!(said.contains("erification successful"), "{kind:?}: {said}");
            assert_eq!(openssl.read("out"), content);
            judged += 1;
        }
    }
    println!("OpenSSL verified {judged} of our messages");
}

#[test]
fn openssls() {
    let Some(openssl) = OpenSsl::find() else { return };
    let content = b"a document\nof two lines\n";
    openssl.write("content", content);
    let mut read = 0;
    for kind in [Kind::Rsa, Kind::Russian2012_256, Kind::Russian2012_512] {
        if !openssl.knows(kind) {
            continue;
        }
        let (certificate, key, _) = person(kind, 2);
        openssl.write("own.pem", text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes());
        openssl.write("own.key", text::pem(text::label::PRIVATE_KEY, &key.to_pkcs8()).as_bytes());
        for options in [
            "-nodetach",
            "",
            "-nodetach -stream",
            "-nodetach -cades",
            "-nodetach -noattr",
            "-nodetach -keyid",
        ] {
            let _ = std::fs::remove_file(openssl.path().join("m.der"));
            let said = openssl.run(&format!(
                "cms -sign -binary -outform DER -in content -signer own.pem -inkey own.key -out m.der {options}"
            ));
            let octets = std::fs::read(openssl.path().join("m.der")).unwrap_or_default();
            assert!(!octets.is_empty(), "{kind:?} {options}: {said}");
            let message = SignedMessage::from_der(&octets).unwrap();
            let digest = |hash: DigestAlgorithm| hash.digest(content);
            let how = if options.is_empty() { Content::Detached(&digest) } else { Content::Attached };
            for verdict in message.verify(how, &[]).unwrap() {
                verdict.unwrap_or_else(|error| panic!("{kind:?} {options}: {error}"));
            }
            read += 1;
        }
    }
    println!("{read} messages of OpenSSL verified");
    assert!(read >= 6);
}

#[test]
fn what_is_wrong_has_its_name() {
    let (certificate, key, _) = person(Kind::Kazakh2015, 2);
    let (_, other_key, _) = person(Kind::Kazakh2015, 3);
    let content = b"payment";
    let digest = DigestAlgorithm::from_oid(&"1.2.398.3.10.1.3.3".parse().unwrap()).unwrap().digest(content);
    let draft = Draft::new(&certificate, &digest, None).unwrap();
    let wrong = other_key.sign_digest(draft.algorithm(), draft.digest()).unwrap();
    assert_eq!(draft.clone().finish(&wrong), Err(CmsError::Signature(KeyError::Signature)));
    let mut swapped = key.sign_digest(draft.algorithm(), draft.digest()).unwrap();
    swapped.rotate_left(64);
    assert_eq!(draft.finish(&swapped), Err(CmsError::Signature(KeyError::Signature)));
    assert!(matches!(Draft::new(&certificate, b"short", None), Err(CmsError::Content)));
    let signer = sign(&certificate, &key, content);
    let without = message(Some(content), std::slice::from_ref(&signer), &[]).unwrap();
    let read = SignedMessage::from_der(&without).unwrap();
    assert_eq!(read.verify(Content::Attached, &[]).unwrap(), [Err(CmsError::NoCertificate)]);
    assert!(read.verify(Content::Attached, std::slice::from_ref(&certificate)).unwrap()[0].is_ok());
    let detached = message(None, &[signer], &[]).unwrap();
    let read = SignedMessage::from_der(&detached).unwrap();
    assert!(matches!(read.verify(Content::Attached, &[]), Err(CmsError::NoContent)));
    let nobody = SignedMessage::from_der(&message(Some(content), &[], &[]).unwrap()).unwrap();
    assert!(matches!(nobody.verify(Content::Attached, &[]), Err(CmsError::NoSigner)));
    for bad in [&b""[..], b"text", &[0x30, 0], certificate.der()] {
        assert!(matches!(SignedMessage::from_der(bad), Err(CmsError::NotOne)), "{bad:?}");
    }
}

proptest! {
    /// Around a content of any length stands DER: also where lengths take five octets.
    #[test]
    fn around_any_length(len in prop_oneof![0_u64..70_000, 0xFFFF_FF00_u64..0x1_0000_0200]) {
        let around = around(Some(len), &[], &[]).unwrap();
        // Each length found in front is what is left to the end.
        let total = around.before.len() as u64 + len + around.behind.len() as u64;
        let mut at = 0_usize;
        for tag in [0x30_u8, 0x06, 0xA0, 0x30] {
            prop_assert_eq!(around.before[at], tag);
            let first = around.before[at + 1];
            let (size, found) = match first {
                short @ 0..0x80 => (1, u64::from(short)),
                long => {
                    let count = usize::from(long & 0x7F);
                    let octets = &around.before[at + 2..at + 2 + count];
                    prop_assert!(octets[0] != 0);
                    (1 + count, octets.iter().fold(0, |all, octet| all << 8 | u64::from(*octet)))
                }
            };
            at += 1 + size;
            match tag {
                0x06 => at += found as usize,
                _ => prop_assert_eq!(at as u64 + found, total),
            }
        }
    }

    #[test]
    fn any_octets(octets: Vec<u8>) {
        let _ = SignedMessage::from_der(&octets);
        let _ = TimeStampResponse::from_der(&octets);
    }
}
