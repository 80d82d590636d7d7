//! XML-DSig, as far as this one form of it goes: enveloped, inclusive C14N, one reference.

use kaztoken_core::gost::HashAlgorithm;
use kaztoken_core::gost::encoding::Certificate;
use kaztoken_core::gost::encoding::algorithm::SignatureAlgorithm;
use kaztoken_core::gost::signature::Layout;

use crate::files::base64;

pub(crate) fn verify(name: &str, text: &str) {
    assert!(text.contains("xmldsig-more#gost34310-gost34311"), "{name}");
    // What is signed: the document without its signature and without the declaration.
    let signature = text.find("<ds:Signature ").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let start = text.find("?>").unwrap() + 2;
    let document = format!("{}{}", &text[start..signature], text[end..].trim_end());
    let digest = HashAlgorithm::Gost94Test.digest(document.as_bytes());
    assert_eq!(base64(between(text, "<ds:DigestValue>", "</").as_bytes()), digest.as_slice(), "{name}");

    let info = between(text, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let canonical = format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{}</ds:SignedInfo>",
        expand_empty(info)
    );
    let certificate = base64(between(text, "<ds:X509Certificate>", "</").as_bytes());
    let key = Certificate::from_der(&certificate).unwrap().public_key_info().unwrap();
    let octets = base64(between(text, "<ds:SignatureValue>", "</").as_bytes());
    let layout = key.verify(SignatureAlgorithm::Kazakh2004, canonical.as_bytes(), &octets);
    assert_eq!(layout, Ok(Layout::Kazakh), "{name}");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap() + start.len();
    &text[from..from + text[from..].find(end).unwrap()]
}

/// `<a b="c"/>` becomes `<a b="c"></a>`.
fn expand_empty(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/>") {
        let (before, after) = rest.split_at(at);
        let tag = &before[before.rfind('<').unwrap() + 1..];
        let name = tag.split(' ').next().unwrap();
        out += &format!("{before}></{name}>");
        rest = &after[2..];
    }
    out + rest
}
