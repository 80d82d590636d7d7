//! Signatures in documents: the national centre's, ours, and ours judged by xmlsec1.

use crate::files::Files;
use crate::judges::Judge;
use crate::keys::Kind;
use kaztoken_pki::authority::Authority;
use kaztoken_pki::name::of_authority;
use kaztoken_pki::xml::sign::{LineBreaks, Place, Profile, prepare};
use kaztoken_pki::xml::{SignatureError, verify};
use kaztoken_pki::{Certificate, DateTime, PrivateKey, text};

fn year(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

fn person(kind: Kind) -> (Certificate, PrivateKey, Certificate) {
    let dates = (year(2020), year(2040));
    let root = Authority::root(&of_authority("CA TEST").unwrap(), kind.key(1), dates).unwrap();
    let key = kind.key(2);
    let name = of_authority("ТЕСТОВ ТЕСТ").unwrap();
    let certificate = root.issue_to(&name, key.public_key(), &Vec::new(), dates, vec![2]).unwrap();
    (certificate, key, root.certificate().clone())
}

#[test]
fn the_national_centres() {
    let Some(files) = Files::find() else { return };
    let mut count = 0;
    for (name, document) in files.of_kind("XML") {
        let signatures = verify(&document, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let [signature] = &signatures[..] else { panic!("{name}: {}", signatures.len()) };
        assert_eq!(signature.outcome, Ok(()), "{name}");
        assert!(signature.covers_document() && signature.certificate.is_some(), "{name}");
        // Another amount, another letter: noticed.
        let text = String::from_utf8(document).unwrap();
        let at = text.find("<ds:Signature").unwrap();
        // The declaration is no part of what is signed.
        let from = text.find("?>").map_or(0, |end| end + 2);
        let mut changed = 0;
        for (place, letter) in text
            .char_indices()
            .filter(|(place, letter)| (from..at).contains(place) && letter.is_alphanumeric())
        {
            let mut other = text.clone();
            other.replace_range(place..place + letter.len_utf8(), if letter == 'x' { "y" } else { "x" });
            let good =
                verify(other.as_bytes(), None).is_ok_and(|all| all.iter().all(|one| one.outcome.is_ok()));
            assert!(!good, "{name}: octet {place}");
            changed += 1;
        }
        println!("{name}: verified; {changed} letters changed");
        count += 1;
    }
    assert_eq!(count, 1);
}

#[test]
fn made_and_judged() {
    let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- платёж --><payment xmlns=\"urn:a\" b='2' a='1'>\
                    <sum currency=\"KZT\">125000.00</sum><to>ТОО &amp; Ко</to></payment>\n";
    let xmlsec = Judge::find("xmlsec1");
    let mut judged = 0;
    for kind in [Kind::Kazakh2004, Kind::Kazakh2015, Kind::Rsa] {
        let (certificate, key, root) = person(kind);
        for line_breaks in [LineBreaks::None, LineBreaks::Lf, LineBreaks::CrLf] {
            let profile = Profile { place: Place::Root, line_breaks };
            let draft = prepare(document.as_bytes(), &certificate, &profile).unwrap();
            let algorithm = kaztoken_pki::algorithm::SignatureAlgorithm::of_key(key.public_key()).unwrap();
            let value = key.sign_digest(algorithm, draft.digest()).unwrap();
            let signed = draft.finish(&value).unwrap();
            let all = verify(&signed, None).unwrap();
            assert_eq!((all.len(), &all[0].outcome), (1, &Ok(())), "{kind:?}");
            assert_eq!(all[0].certificate.as_ref(), Some(&certificate));
            let text = String::from_utf8(signed.clone()).unwrap();
            let forged = verify(text.replace("125000.00", "925000.00").as_bytes(), None).unwrap();
            assert!(
                matches!(forged[0].outcome, Err(SignatureError::Digest { .. })),
                "{:?}",
                forged[0].outcome
            );
            let Some(judge) = xmlsec.as_ref().filter(|_| kind == Kind::Rsa) else { continue };
            judge.write("root.pem", text::pem(text::label::CERTIFICATE, root.der()).as_bytes());
            judge.write("signed.xml", &signed);
            let said = judge.run(&["--verify", "--trusted-pem", "root.pem", "signed.xml"]);
            assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
            judged += 1;
        }
    }
    println!("xmlsec1 verified {judged} of our signatures");
}
