//! Canonical XML 1.0 (W3C, 15 March 2001) and Exclusive XML Canonicalization 1.0 (W3C, 18 July 2002), of documents and of
//! elements in them, each with or without comments, parts left out.

use core::fmt;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::document::{Attribute, Content, Document, Element, Index, Namespace, XML};

/// Octets of one canonical form. A document that repeats a long namespace name in each element is much longer in exclusive
/// form than it was.
pub const MAX_CANONICAL: u64 = 256 << 20;

/// A method of canonicalisation.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Canonicalization {
    /// Exclusive: only namespaces that are visibly used.
    pub exclusive: bool,
    /// With comments.
    pub comments: bool,
    /// Exclusive only: prefixes that are treated as inclusive canonicalisation treats all (PrefixList of
    /// InclusiveNamespaces); empty for the default namespace.
    pub inclusive_prefixes: BTreeSet<String>,
}

/// Why there is no canonical form.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CanonicalError {
    /// The document declares a relative namespace name, of which canonical XML forbids to make anything (section 1.3).
    RelativeNamespace(String),
    /// It would be longer than [`MAX_CANONICAL`].
    TooLarge,
}

impl fmt::Display for CanonicalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RelativeNamespace(uri) => {
                write!(f, "the namespace {uri} is relative; such documents have no canonical form")
            }
            Self::TooLarge => f.write_str("the canonical form is too large"),
        }
    }
}

impl core::error::Error for CanonicalError {}

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
/// The namespace of InclusiveNamespaces, and with a `#` more than the method's name.
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

impl Canonicalization {
    /// The method of this name; `None` for any other than the four.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (exclusive, comments) = match uri {
            INCLUSIVE => (false, false),
            INCLUSIVE_WITH_COMMENTS => (false, true),
            EXCLUSIVE => (true, false),
            EXCLUSIVE_WITH_COMMENTS => (true, true),
            _ => return None,
        };
        Some(Self { exclusive, comments, inclusive_prefixes: BTreeSet::new() })
    }

    /// Its name.
    #[must_use]
    pub const fn uri(&self) -> &'static str {
        match (self.exclusive, self.comments) {
            (false, false) => INCLUSIVE,
            (false, true) => INCLUSIVE_WITH_COMMENTS,
            (true, false) => EXCLUSIVE,
            (true, true) => EXCLUSIVE_WITH_COMMENTS,
        }
    }
}

/// Which nodes: all of a document or an element with all in it, without some subtrees.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// The element; `None` for the document.
    pub(super) apex: Option<Index>,
    /// Subtrees left out.
    pub(super) without: Vec<Index>,
    /// Comments left out, whatever the method says (XML Signature section 4.4.3.3).
    pub(super) no_comments: bool,
}

impl Document<'_> {
    /// The canonical form of the whole document.
    /// # Errors
    /// [`CanonicalError`].
    pub fn canonical(&self, method: &Canonicalization) -> Result<Vec<u8>, CanonicalError> {
        let mut out = Vec::new();
        self.write_canonical(&Selection::default(), method, &mut |piece| out.extend_from_slice(piece))?;
        Ok(out)
    }

    /// The canonical form of the element with this identifier, as a reference `#id` means it: without comments. `None` when
    /// there is none of it, or more than one.
    /// # Errors
    /// [`CanonicalError`].
    pub fn canonical_element(
        &self,
        id: &str,
        method: &Canonicalization,
    ) -> Result<Option<Vec<u8>>, CanonicalError> {
        let Some((apex, 1)) = self.identifiers().get(id).copied() else { return Ok(None) };
        let selection = Selection { apex: Some(apex), no_comments: true, ..Selection::default() };
        let mut out = Vec::new();
        self.write_canonical(&selection, method, &mut |piece| out.extend_from_slice(piece))?;
        Ok(Some(out))
    }

    /// Hands the canonical form over in pieces; returns how many octets they were.
    pub(super) fn write_canonical(
        &self,
        selection: &Selection,
        method: &Canonicalization,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<u64, CanonicalError> {
        if let Some(uri) = &self.relative {
            return Err(CanonicalError::RelativeNamespace(uri.clone()));
        }
        let mut writer = Writer {
            document: self,
            method,
            apex: selection.apex.unwrap_or_else(|| self.root()),
            whole: selection.apex.is_none(),
            rendered: HashMap::new(),
            open: Vec::new(),
            out: Output { buffer: Vec::with_capacity(Output::FULL * 2), sink, written: 0 },
        };
        writer.run(selection)?;
        writer.out.flush()?;
        Ok(writer.out.written)
    }
}

struct Output<'s> {
    buffer: Vec<u8>,
    sink: &'s mut dyn FnMut(&[u8]),
    written: u64,
}

impl Output<'_> {
    const FULL: usize = 16 << 10;

    fn put(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn flush(&mut self) -> Result<(), CanonicalError> {
        self.written = self.written.saturating_add(self.buffer.len() as u64);
        if self.written > MAX_CANONICAL {
            return Err(CanonicalError::TooLarge);
        }
        (self.sink)(&self.buffer);
        self.buffer.clear();
        Ok(())
    }

    /// Replaces each letter of the list, which are ASCII.
    fn escape(&mut self, text: &str, list: &[(u8, &str)]) {
        let mut written = 0;
        for (at, octet) in text.bytes().enumerate() {
            // All of them are below this.
            if octet > b'>' {
                continue;
            }
            if let Some((_, replacement)) = list.iter().find(|(special, _)| *special == octet) {
                self.put(text.get(written..at).unwrap_or_default());
                self.put(replacement);
                written = at + 1;
            }
        }
        self.put(text.get(written..).unwrap_or_default());
    }
}

const IN_TEXT: &[(u8, &str)] = &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'\r', "&#xD;")];
const IN_ATTRIBUTES: &[(u8, &str)] = &[
    (b'&', "&amp;"),
    (b'<', "&lt;"),
    (b'"', "&quot;"),
    (b'\t', "&#x9;"),
    (b'\n', "&#xA;"),
    (b'\r', "&#xD;"),
];

/// An element whose end tag is still to be written.
struct Open<'d> {
    end: Index,
    name: &'d str,
    /// Prefixes that were rendered with it.
    rendered: Vec<&'d str>,
}

struct Writer<'d, 's> {
    document: &'d Document<'d>,
    method: &'d Canonicalization,
    apex: Index,
    whole: bool,
    /// The namespace names that each prefix was rendered with, the innermost last.
    rendered: HashMap<&'d str, Vec<&'d str>>,
    open: Vec<Open<'d>>,
    out: Output<'s>,
}

impl<'d> Writer<'d, '_> {
    fn run(&mut self, selection: &Selection) -> Result<(), CanonicalError> {
        let document = self.document;
        let comments = self.method.comments && !selection.no_comments;
        let end_of_apex = document.node(self.apex).map_or(0, |node| node.end);
        let all = Index::try_from(document.nodes.len()).unwrap_or(Index::MAX);
        let (mut index, end) = if self.whole { (0, all) } else { (self.apex, end_of_apex) };
        while index < end {
            self.close_before(index)?;
            let Some(node) = document.node(index) else { break };
            if selection.without.contains(&index) {
                index = node.end;
                continue;
            }
            let outside = node.parent.is_none();
            match &node.content {
                Content::Element(element) => self.start_tag(index, element, node.end)?,
                Content::Text(text) => self.out.escape(text, IN_TEXT),
                Content::Comment(_) if !comments => {}
                Content::Comment(text) => {
                    self.outside(outside, index >= end_of_apex, &["<!--", text, "-->"]);
                }
                Content::Instruction { target, data } => {
                    let space = if data.is_empty() { "" } else { " " };
                    self.outside(outside, index >= end_of_apex, &["<?", target, space, data, "?>"]);
                }
            }
            if self.out.buffer.len() >= Output::FULL {
                self.out.flush()?;
            }
            index += 1;
        }
        self.close_before(Index::MAX)
    }

    /// A comment or instruction; outside the root element a line feed stands between it and the root.
    fn outside(&mut self, outside: bool, after: bool, pieces: &[&str]) {
        if outside && after {
            self.out.put("\n");
        }
        pieces.iter().for_each(|piece| self.out.put(piece));
        if outside && !after {
            self.out.put("\n");
        }
    }

    /// End tags of the elements that this node is not in.
    fn close_before(&mut self, index: Index) -> Result<(), CanonicalError> {
        while let Some(open) = self.open.pop_if(|open| open.end <= index) {
            self.out.put("</");
            self.out.put(open.name);
            self.out.put(">");
            for prefix in open.rendered {
                self.rendered.get_mut(prefix).and_then(Vec::pop);
            }
            if self.out.buffer.len() >= Output::FULL {
                self.out.flush()?;
            }
        }
        Ok(())
    }

    fn start_tag(
        &mut self,
        index: Index,
        element: &'d Element<'d>,
        end: Index,
    ) -> Result<(), CanonicalError> {
        self.out.put("<");
        self.out.put(element.name);
        let mut namespaces = if self.method.exclusive {
            self.used_namespaces(index, element)
        } else {
            self.namespaces_in_force(index, element)
        };
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut rendered = Vec::new();
        for (prefix, uri) in namespaces {
            let before = self.rendered.get(prefix).and_then(|all| all.last()).copied();
            // What stands for no default namespace is rendered only inside one.
            if prefix == "xml" || before.unwrap_or_default() == uri {
                continue;
            }
            self.out.put(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.attribute(prefix, uri)?;
            self.rendered.entry(prefix).or_default().push(uri);
            rendered.push(prefix);
        }
        let own = self.document.attributes_of(element);
        let inherits = !self.whole && index == self.apex && !self.method.exclusive;
        if inherits {
            let mut all: Vec<&Attribute<'_>> = own.iter().chain(self.inherited(index, own)).collect();
            all.sort_by(|a, b| self.document.order(a, b));
            for attribute in all {
                self.out.put(" ");
                self.attribute(attribute.name, &attribute.value)?;
            }
        } else {
            for attribute in own {
                self.out.put(" ");
                self.attribute(attribute.name, &attribute.value)?;
            }
        }
        self.out.put(">");
        self.open.push(Open { end, name: element.name, rendered });
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), CanonicalError> {
        self.out.put(name);
        self.out.put("=\"");
        self.out.escape(value, IN_ATTRIBUTES);
        self.out.put("\"");
        if self.out.buffer.len() >= Output::FULL { self.out.flush() } else { Ok(()) }
    }

    /// Attributes `xml:*` of the elements around the apex, the nearest first, that it has not itself (Canonical XML
    /// section 2.4).
    fn inherited(&self, apex: Index, own: &'d [Attribute<'d>]) -> Vec<&'d Attribute<'d>> {
        let document = self.document;
        let mut known: HashSet<&str> = own.iter().map(|attribute| attribute.name).collect();
        let mut found: Vec<&'d Attribute<'d>> = Vec::new();
        for around in document.self_and_ancestors(apex).skip(1) {
            let Some(element) = document.element(around) else { continue };
            for attribute in document.attributes_of(element) {
                if document.uri(attribute.namespace) == XML && known.insert(attribute.name) {
                    found.push(attribute);
                }
            }
        }
        found
    }

    /// Inclusive: at the apex all namespaces in force, below it those declared. All others are rendered already.
    fn namespaces_in_force(&self, index: Index, element: &'d Element<'d>) -> Vec<(&'d str, &'d str)> {
        let document = self.document;
        let pair = |namespace: &'d Namespace<'d>| (namespace.prefix, &*namespace.uri);
        let mut found: Vec<_> = document.declared_by(element).iter().map(pair).collect();
        if index == self.apex {
            let mut known: HashSet<&str> = found.iter().map(|(prefix, _)| *prefix).collect();
            for around in document.self_and_ancestors(index).skip(1) {
                let Some(element) = document.element(around) else { continue };
                let farther = document.declared_by(element).iter().map(pair);
                found.extend(farther.filter(|(prefix, _)| known.insert(prefix)));
            }
        }
        found
    }

    /// Exclusive: those that the element's name and its attributes' names are in, and those of the PrefixList.
    fn used_namespaces(&self, index: Index, element: &'d Element<'d>) -> Vec<(&'d str, &'d str)> {
        let document = self.document;
        let mut found = vec![(element.prefix(), document.uri(element.namespace))];
        for attribute in document.attributes_of(element) {
            if attribute.namespace.is_some() {
                found.push((attribute.prefix(), document.uri(attribute.namespace)));
            }
        }
        if !self.method.inclusive_prefixes.is_empty() {
            let listed = &self.method.inclusive_prefixes;
            let in_force = self.namespaces_in_force(index, element).into_iter();
            found.extend(in_force.filter(|(prefix, _)| listed.contains(*prefix)));
        }
        found
    }
}
