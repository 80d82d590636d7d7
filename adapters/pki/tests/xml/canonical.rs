//! Canonical forms, judged by libxml2.

use crate::files::Files;
use crate::generate::document;
use crate::judges::Judge;
use kaztoken_pki::xml::{CanonicalError, Canonicalization, Document};
use proptest::prelude::*;

/// Each is hard for one reason.
const TRICKY: &[&str] = &[
    // Canonical XML section 3.1 and 3.2, without their document types.
    "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->",
    "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n      <dirty>   A   B   </dirty>\n      C\n   </mixed>\n</doc>",
    // Section 3.3: start and end tags.
    "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>",
    // Section 3.4: characters and references.
    "<doc>\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>",
    // Line ends: in text, before references, in CDATA, in comments, in instructions, in attributes.
    "<a b=\"\r\n\r\t\n\">\r\n\r&#13;\r&lt;\r&#10;\r<![CDATA[\r\n\r]]>\r<!--\r\n\r--><?p \r\nq\r?>\r</a>\r\n<!--\r-->\r",
    "<a>x\r</a>",
    "<a>\r<b/>\r</a>",
    "<a>\r&amp;</a>",
    "<a>&#13;\n</a>",
    "<a b='&#13;\n&#10;\r'/>",
    // Namespaces: redundant, changed, taken back, of the same name under two prefixes, not used.
    "<a xmlns='urn:1'><b xmlns='urn:1'><c xmlns=''><d xmlns=''/></c></b></a>",
    "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1'/></p:b><p:d xmlns:p='urn:1'/></p:a>",
    "<a xmlns:x='urn:1' xmlns:y='urn:1' x:b='1' y:c='2' b='3'><x:d/><y:d/></a>",
    "<a xmlns:z='urn:a' xmlns:y='urn:b' xmlns:x='urn:c' z:a='1' y:a='2' x:a='3' a='4' Z='5' z='6'/>",
    "<a xmlns:unused='urn:1'><b xmlns:unused='urn:2' xmlns:other='urn:3'/></a>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='kk'><b xml:lang='ru' xml:space='preserve'/></a>",
    "<a xmlns='urn:1'><b xmlns='' c='d'><e xmlns='urn:1'/></b></a>",
    "<p:a xmlns:p='urn:1' xmlns='urn:2'><b/><p:c xmlns=''><d/></p:c></p:a>",
    // Order by code point, not by UTF-16: U+FB00 is before U+10000.
    "<a \u{fb00}='1' \u{10000}='2' \u{e9}='3' z='4' _='5'/>",
    // Characters beyond ASCII as such and as numbers; what is no XML 1.0 line end stays.
    "<a b='&#x451;\u{451}&#x1F600;'>&#x85;\u{85}\u{2028}&#xFFFD;\u{1F600}</a>",
    "<a>]]&gt;]] ><![CDATA[]]]]><![CDATA[>]]></a>",
    "<a><![CDATA[]]></a>",
    "<a ></a >",
    "<a\n/>",
    "<a>\u{a0}</a>",
    "<!-- 1 --><!-- 2 --><?p 3?><a/><?p 4?><!-- 5 -->",
    "<?p?><a/>",
    "<a><?p  x ?><?p\ty?><?q?></a>",
    "\u{feff}<a/>",
    "\u{feff}<?xml version='1.0' encoding='utf-8' standalone='yes' ?><a/>",
    "<\u{4d9} \u{4b1}='\u{456}'>\u{4d9}\u{456}\u{4a3}\u{493}\u{4af}\u{4b1}\u{49b}\u{4e9}\u{4bb}</\u{4d9}>",
    "<a b=\"'\" c='\"' d='&quot;&apos;>' e=''/>",
];

fn method(exclusive: bool) -> Canonicalization {
    Canonicalization { exclusive, comments: true, ..Canonicalization::default() }
}

fn ours(document: &[u8], method: &Canonicalization) -> Option<Vec<u8>> {
    Document::parse(document).ok()?.canonical(method).ok()
}

#[test]
fn tricky_documents_have_the_canonical_form_of_libxml2() {
    let Some(judge) = Judge::find("xmllint") else { return };
    let mut count = 0;
    for document in TRICKY {
        for exclusive in [false, true] {
            let expected = judge.canonical(document.as_bytes(), exclusive);
            assert!(expected.is_some(), "{document}");
            let text = |octets: Option<Vec<u8>>| octets.map(|octets| String::from_utf8(octets).unwrap());
            assert_eq!(text(ours(document.as_bytes(), &method(exclusive))), text(expected), "{document:?}");
            count += 1;
        }
    }
    println!("{count} canonical forms equal to those of xmllint");
}

#[test]
fn the_standards_own_example_of_tags() {
    // Canonical XML section 3.3, without the elements whose default attributes a document type gives.
    let document = TRICKY[2];
    let expected = "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\">\n            <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n         </e8>\n      </e7>\n   </e6>\n</doc>";
    assert_eq!(ours(document.as_bytes(), &method(false)).unwrap(), expected.as_bytes());
}

#[test]
fn without_comments_is_with_comments_of_a_document_that_has_none() {
    let plain = Canonicalization::default();
    let document = "<!--1--><a>x<!--2-->y<b/><!--3--></a><!--4-->";
    assert_eq!(ours(document.as_bytes(), &plain).unwrap(), b"<a>xy<b></b></a>");
    assert_eq!(
        ours(document.as_bytes(), &method(false)).unwrap(),
        b"<!--1-->\n<a>x<!--2-->y<b></b><!--3--></a>\n<!--4-->"
    );
}

#[test]
fn an_element_takes_with_it_what_its_method_says() {
    let text = "<a xmlns='urn:0' xmlns:p='urn:1' xmlns:q='urn:2' xml:lang='kk' xml:space='default'>\
        <p:b xml:lang='ru' xmlns:q='urn:3'><c Id='i' p:x='1' xml:base='urn:b'><!--n--><q:d/></c></p:b></a>";
    let document = Document::parse(text.as_bytes()).unwrap();
    let form = |method: &Canonicalization| {
        String::from_utf8(document.canonical_element("i", method).unwrap().unwrap()).unwrap()
    };
    // Attributes xml:* come along in the inclusive form only, the nearest value of each.
    assert_eq!(
        form(&method(false)),
        "<c xmlns=\"urn:0\" xmlns:p=\"urn:1\" xmlns:q=\"urn:3\" Id=\"i\" xml:base=\"urn:b\" xml:lang=\"ru\" \
         xml:space=\"default\" p:x=\"1\"><q:d></q:d></c>"
    );
    assert_eq!(
        form(&method(true)),
        "<c xmlns=\"urn:0\" xmlns:p=\"urn:1\" Id=\"i\" xml:base=\"urn:b\" p:x=\"1\"><q:d xmlns:q=\"urn:3\"></q:d></c>"
    );
    let with_list =
        Canonicalization { inclusive_prefixes: ["q".to_owned()].into_iter().collect(), ..method(true) };
    assert_eq!(
        form(&with_list),
        "<c xmlns=\"urn:0\" xmlns:p=\"urn:1\" xmlns:q=\"urn:3\" Id=\"i\" xml:base=\"urn:b\" p:x=\"1\"><q:d></q:d></c>"
    );
    assert_eq!(document.canonical_element("j", &method(true)), Ok(None));
}

#[test]
fn a_namespace_name_is_written_as_an_attribute_value() {
    // Canonical XML section 2.3: namespace nodes are written as attributes are. libxml2 forgets it.
    let document = "<a xmlns='http://example.kz/?a=1&amp;b=&quot;'/>";
    let expected = "<a xmlns=\"http://example.kz/?a=1&amp;b=&quot;\"></a>";
    assert_eq!(ours(document.as_bytes(), &method(false)).unwrap(), expected.as_bytes());
    assert_eq!(ours(document.as_bytes(), &method(true)).unwrap(), expected.as_bytes());
}

#[test]
fn methods_have_names_and_back() {
    for exclusive in [false, true] {
        for comments in [false, true] {
            let method = Canonicalization { exclusive, comments, ..Canonicalization::default() };
            assert_eq!(Canonicalization::from_uri(method.uri()), Some(method));
        }
    }
    assert_eq!(Canonicalization::from_uri("http://www.w3.org/2006/12/xml-c14n11"), None);
}

#[test]
fn relative_namespaces_have_no_canonical_form() {
    for uri in ["a", "../a", "a/b:c", "//host/a"] {
        let text = format!("<x><y xmlns:p='{uri}'/></x>");
        let document = Document::parse(text.as_bytes()).unwrap();
        let refused = Err(CanonicalError::RelativeNamespace(uri.to_owned()));
        assert_eq!(document.canonical(&method(false)), refused);
    }
}

#[test]
fn a_form_much_longer_than_the_document_is_refused() {
    // Each element is outside the one that has rendered the namespace before.
    let uri = "u".repeat(1 << 20);
    let text = format!("<a xmlns:p='urn:{uri}'>{}</a>", "<p:b/>".repeat(1000));
    let document = Document::parse(text.as_bytes()).unwrap();
    assert_eq!(document.canonical(&method(true)), Err(CanonicalError::TooLarge));
    assert!(document.canonical(&method(false)).is_ok());
}

#[test]
fn real_documents_have_the_canonical_form_of_libxml2() {
    let (Some(judge), Some(files)) = (Judge::find("xmllint"), Files::find()) else { return };
    let all = files.of_kind("XML-DSig");
    for (name, document) in &all {
        for exclusive in [false, true] {
            assert_eq!(ours(document, &method(exclusive)), judge.canonical(document, exclusive), "{name}");
        }
    }
    println!("{} real documents", all.len());
    assert!(!all.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn documents_by_chance_have_the_canonical_form_of_libxml2(document in document()) {
        let Some(judge) = Judge::find("xmllint") else { return Ok(()) };
        for exclusive in [false, true] {
            let expected = judge.canonical(document.as_bytes(), exclusive);
            prop_assert!(expected.is_some(), "{:?}", document);
            let text = |octets: Option<Vec<u8>>| octets.map(|octets| String::from_utf8(octets).unwrap());
            prop_assert_eq!(text(ours(document.as_bytes(), &method(exclusive))), text(expected), "{:?}", document);
        }
    }

    #[test]
    fn the_canonical_form_is_its_own(document in document(), exclusive: bool, comments: bool) {
        let method = Canonicalization { exclusive, comments, ..Canonicalization::default() };
        let once = ours(document.as_bytes(), &method).unwrap();
        prop_assert_eq!(ours(&once, &method).unwrap(), once);
    }
}
