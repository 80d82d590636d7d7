//! Documents by chance, with all that makes canonicalisation hard.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Text as it may stand in content or in an attribute's value.
const PIECES: &[&str] = &[
    "text",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "&amp;",
    "&lt;",
    "&gt;",
    ">",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#xD;",
    "&#10;",
    "&#9;",
    "&#x20;",
    "\u{451}",
    "\u{4d9}",
    "&#x1F600;",
    "\u{1F600}",
    "]]x",
    "&#x85;",
    "\u{2028}",
    "'",
];
const CONTENT_ONLY: &[&str] = &[
    "\"",
    "<![CDATA[<&>\r\n]]>",
    "<![CDATA[]]>",
    "<![CDATA[]]]]><![CDATA[>]]>",
    "<!-- a\r\nb -->",
    "<!---->",
    "<?do?>",
    "<?do  it\r\nnow ?>",
    "<?xml-thing a=\"b\"?>",
];
const NAMES: &[&str] = &["e", "f", "a:e", "b:e", "c:f", "\u{436}"];
/// No two are the same in any namespace.
const ATTRIBUTES: &[&str] =
    &["x", "y", "Z", "a:p", "b:q", "c:r", "xml:lang", "xml:base", "xml:space", "xml:id", "\u{451}1", "_u"];
const DECLARATIONS: &[&str] = &["xmlns", "xmlns:a", "xmlns:b", "xmlns:c", "xmlns:unused", "xmlns:A"];
/// libxml2 refuses names that are no URI by RFC 3986, and writes an ampersand in them as it is.
const URIS: &[&str] = &["urn:1", "urn:2", "http://example.kz/a?b;c", "http://example.kz/%D1%91", "URN:1"];

fn value() -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES), 0..4).prop_map(|pieces| pieces.concat())
}

fn quoted((value, double): (String, bool)) -> String {
    if double { format!("\"{value}\"") } else { format!("'{}'", value.replace('\'', "\"")) }
}

fn tag() -> impl Strategy<Value = (String, String)> {
    let attributes = subsequence(ATTRIBUTES, 0..4).prop_shuffle().prop_flat_map(|names| {
        let values = prop::collection::vec((value(), any::<bool>()), names.len());
        values.prop_map(move |values| {
            let of = |(name, value): (&&str, _)| match *name {
                // The identifier and the meaning of blanks have values of their own.
                "xml:id" => " xml:id='i'".to_owned(),
                "xml:space" => " xml:space = 'preserve'".to_owned(),
                name => format!("\n {name} = {}", quoted(value)),
            };
            names.iter().zip(values).map(of).collect::<String>()
        })
    });
    let declarations = subsequence(DECLARATIONS, 0..3).prop_shuffle().prop_flat_map(|names| {
        let uris = prop::collection::vec(select(URIS), names.len());
        (uris, any::<bool>()).prop_map(move |(uris, none)| {
            let of = |(name, uri): (&&str, &str)| match *name {
                "xmlns" if none => " xmlns=''".to_owned(),
                name => format!(" {name}='{uri}'"),
            };
            names.iter().zip(uris).map(of).collect::<String>()
        })
    });
    (select(NAMES), attributes, declarations, any::<bool>()).prop_map(
        |(name, attributes, declared, first)| {
            let both = if first { declared + &attributes } else { attributes + &declared };
            (name.to_owned(), both)
        },
    )
}

/// An element with its contents.
fn element() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => select(PIECES), 1 => select(CONTENT_ONLY)];
    let leaf = prop_oneof![
        2 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        1 => tag().prop_map(|(name, rest)| format!("<{name}{rest}/>")),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        (tag(), prop::collection::vec(inner, 0..5))
            .prop_map(|((name, rest), inside)| format!("<{name}{rest} >{}</{name}\n>", inside.concat()))
    })
}

/// A whole document in which all prefixes stand for something.
pub(crate) fn document() -> impl Strategy<Value = String> {
    const BEFORE: &[&str] =
        &["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n", "\u{feff}", "<!--before-->\n<?p q?>"];
    const AFTER: &[&str] = &["", "\n", "<!--after--><?p?>\n<!--end-->"];
    (select(BEFORE), tag(), prop::collection::vec(element(), 0..4), select(AFTER)).prop_map(
        |(before, (_, rest), inside, after)| {
            // What the root declares already is left out.
            let known = |name: &str| rest.contains(&format!(" {name}="));
            let more: String = ["xmlns:a", "xmlns:b", "xmlns:c"]
                .iter()
                .filter(|name| !known(name))
                .map(|name| format!(" {name}='urn:{name}'"))
                .collect();
            format!("{before}<root{rest}{more}>{}</root>{after}", inside.concat())
        },
    )
}
