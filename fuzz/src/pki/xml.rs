//! Documents in XML, their canonical forms, and the signatures in them.

use super::fixture::Fixture;
use kaztoken_pki::xml::sign::{Profile, prepare};
use kaztoken_pki::xml::{self, Canonicalization, Document};

/// What is signed in the seeds.
const SUM: &[u8] = b"<sum>125000.00</sum>";

/// Any octets as a document. The canonical form is its own canonical form; a signature by our key that covers the document is
/// over what our key signed; what we sign is good.
pub fn xml(data: &[u8]) {
    let Ok(document) = Document::parse(data) else {
        assert!(xml::verify(data, None).is_err());
        return;
    };
    for exclusive in [false, true] {
        let method = Canonicalization { exclusive, comments: true, ..Canonicalization::default() };
        let Ok(canonical) = document.canonical(&method) else { continue };
        let again = Document::parse(&canonical).expect("a canonical form is a document");
        assert_eq!(
            again.canonical(&method).as_deref(),
            Ok(canonical.as_slice()),
            "a canonical form is its own"
        );
    }
    let all = Fixture::get();
    let signatures = xml::verify(data, Some(&all.user)).expect("a document");
    let mut signed = false;
    for signature in &signatures {
        if signature.outcome.is_ok()
            && signature.certificate.as_ref() == Some(&all.user)
            && signature.covers_document()
        {
            signed = true;
        }
    }
    if signed {
        assert!(data.windows(SUM.len()).any(|part| part == SUM), "a sum that nobody signed");
        return;
    }
    // Signing takes as long as all the rest.
    if data.len() > 256 {
        return;
    }
    let Ok(draft) = prepare(data, &all.user, &Profile::default()) else { return };
    let signature = all.user_key.sign_digest(draft.algorithm(), draft.digest()).expect("a signature");
    let document = draft.finish(&signature).expect("a good signature");
    let judged = xml::verify(&document, None).expect("a document");
    assert!(judged.iter().any(|signature| signature.outcome.is_ok() && signature.covers_document()));
}

#[cfg(test)]
pub(super) fn seeds(all: &Fixture) -> Vec<(&'static str, Vec<u8>)> {
    let plain = b"<?xml version=\"1.0\"?>\n<a:b xmlns:a=\"u:1\" xmlns=\"u:2\" z=\"1\" a:y=\"&lt;&#9;\"><!-- c --><d/>\
                  <![CDATA[x]]>&amp;<?p i?></a:b>"
        .to_vec();
    let order = [b"<order Id=\"o\">", SUM, b"<approved/></order>"].concat();
    let sign = |document: &[u8]| {
        let draft = prepare(document, &all.user, &Profile::default()).expect("a draft");
        let signature = all.user_key.sign_digest(draft.algorithm(), draft.digest()).expect("a signature");
        draft.finish(&signature).expect("a signed document")
    };
    let once = sign(&order);
    let twice = sign(&once);
    vec![("plain", plain), ("order", order), ("signed", once), ("signed-twice", twice)]
}
