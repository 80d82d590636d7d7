//! What is no document, and why.

use kaztoken_pki::xml::{Document, Fault, MAX_DEPTH};
use proptest::prelude::*;

fn fault(text: &[u8]) -> Fault {
    Document::parse(text).map(|_| ()).expect_err(&String::from_utf8_lossy(text)).fault
}

#[test]
fn each_fault_has_its_name() {
    let named = |name: &str| name.to_owned();
    let cases: &[(&[u8], Fault)] = &[
        (b"", Fault::Incomplete),
        (b" ", Fault::Incomplete),
        (b"<a>", Fault::Incomplete),
        (b"<a", Fault::Incomplete),
        (b"<a><!-- ", Fault::Incomplete),
        (b"<!-- only -->", Fault::Incomplete),
        (b"<a></b>", Fault::EndTag),
        (b"</a>", Fault::EndTag),
        (b"<a/></a>", Fault::EndTag),
        (b"<a/><b/>", Fault::Markup),
        (b"<a/>text", Fault::Markup),
        (b"text<a/>", Fault::Markup),
        (b"&#32;<a/>", Fault::Markup),
        (b"<a/><![CDATA[]]>", Fault::Markup),
        (b"<a b='1'c='2'/>", Fault::Markup),
        (b"<a b=1/>", Fault::Markup),
        (b"<a b/>", Fault::Markup),
        (b"<a b='<'/>", Fault::Markup),
        (b"<a b='&'/>", Fault::Markup),
        (b"<a b='&x y;'/>", Fault::Markup),
        (b"<a>&</a>", Fault::Markup),
        (b"<a>]]></a>", Fault::Markup),
        (b"<a><!-- -- --></a>", Fault::Markup),
        (b"<a><!-- ---></a>", Fault::Markup),
        (b"<1/>", Fault::Markup),
        (b"<a:b:c xmlns:a='urn:a'/>", Fault::Markup),
        (b"<:a/>", Fault::Markup),
        (b"< a/>", Fault::Markup),
        (b"<a><!X></a>", Fault::Markup),
        (b" <?xml version='1.0'?><a/>", Fault::Markup),
        (b"<a><?xml version='1.0'?></a>", Fault::Markup),
        (b"<a><?XML x?></a>", Fault::Markup),
        (b"<?xml encoding='UTF-8'?><a/>", Fault::Markup),
        (b"<?xml version='1.0' standalone='maybe'?><a/>", Fault::Markup),
        (b"<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>", Fault::Markup),
        (b"<a>&#xD800;</a>", Fault::Character),
        (b"<a>&#0;</a>", Fault::Character),
        (b"<a>&#x110000;</a>", Fault::Character),
        (b"<a>&#99999999999;</a>", Fault::Character),
        (b"<a>\x01</a>", Fault::Character),
        ("<a>\u{FFFE}</a>".as_bytes(), Fault::Character),
        (b"<a>&#+65;</a>", Fault::Markup),
        (b"<a>&nbsp;</a>", Fault::UnknownEntity(named("nbsp"))),
        (b"<!DOCTYPE a><a/>", Fault::DocumentType),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Fault::DocumentType),
        (b"<!DOCTYPE a [", Fault::DocumentType),
        (b"<p:a/>", Fault::UnboundPrefix(named("p"))),
        (b"<a p:b=''/>", Fault::UnboundPrefix(named("p"))),
        (b"<a><b xmlns:p='urn:p'/><p:c/></a>", Fault::UnboundPrefix(named("p"))),
        (b"<a xmlns:p=''/>", Fault::Namespace(named(""))),
        (b"<a xmlns:xml='urn:x'/>", Fault::Namespace(named("urn:x"))),
        (b"<a xmlns:xmlns='urn:x'/>", Fault::Namespace(named("urn:x"))),
        (
            b"<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            Fault::Namespace(named("http://www.w3.org/2000/xmlns/")),
        ),
        (b"<a b='1' b='2'/>", Fault::DuplicateAttribute(named("b"))),
        (b"<a xmlns:p='urn:1' xmlns:p='urn:2'/>", Fault::DuplicateAttribute(named("xmlns:p"))),
        (b"<a xmlns:p='urn:1' xmlns:q='urn:1' p:b='1' q:b='2'/>", Fault::DuplicateAttribute(named("p:b"))),
        (b"<a>\xFF</a>", Fault::NotUtf8),
        (b"\xFF\xFE<\0a\0/\0>\0", Fault::Encoding(named("UTF-16"))),
        (b"\xFE\xFF\0<\0a\0/\0>", Fault::Encoding(named("UTF-16"))),
        (
            b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>\xE0</a>",
            Fault::Encoding(named("windows-1251")),
        ),
        (b"<?xml version='1.1'?><a/>", Fault::Version(named("1.1"))),
    ];
    for (text, expected) in cases {
        assert_eq!(&fault(text), expected, "{}", String::from_utf8_lossy(text));
    }
    println!("{} faulty documents", cases.len());
}

#[test]
fn the_line_of_a_fault_is_named() {
    let error = Document::parse(b"<a>\n\n<b>&x;</b></a>").map(|_| ()).unwrap_err();
    assert_eq!(error.line, 3);
    assert_eq!(error.to_string(), "the entity x is not known (line 3)");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(Document::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(fault(nested(MAX_DEPTH + 1).as_bytes()), Fault::TooDeep);
}

#[test]
fn what_is_many_takes_no_more_than_its_time() {
    let many = |piece: &dyn Fn(usize) -> String| (0..60_000).map(piece).collect::<String>();
    let attributes = format!("<a {}/>", many(&|number| format!(" a{number}=''")));
    let declarations = format!("<a {}/>", many(&|number| format!(" xmlns:a{number}='urn:{number}'")));
    let references = format!("<a>{}</a>", "&amp;".repeat(60_000));
    for document in [attributes, declarations, references] {
        let document = Document::parse(document.as_bytes()).unwrap();
        assert!(document.canonical(&kaztoken_pki::xml::Canonicalization::default()).is_ok());
    }
    assert_eq!(fault("<a/>".repeat(1 << 21).replacen("<a/>", "<a>", 1).as_bytes()), Fault::TooMany);
}

proptest! {
    #[test]
    fn octets_by_chance_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&octets);
    }

    #[test]
    fn markup_by_chance_is_read_without_panic(text in "[<>/?!&;#x\\[\\]CDATA'\"= :a\n\r-]{0,60}") {
        let _ = Document::parse(text.as_bytes());
    }
}
