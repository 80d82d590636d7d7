//! A document as a tree, read strictly: what canonicalisation and signatures are made of.

use core::fmt;
use core::ops::Range;
use std::borrow::Cow;
use std::collections::HashMap;

use super::syntax::qualified;

/// More octets than this are no document that is signed by a person.
pub const MAX_OCTETS: usize = 64 << 20;
/// Elements in one another; libxml2 has the same bound.
pub const MAX_DEPTH: usize = 256;
/// Nodes, attributes and declarations of namespaces together.
pub const MAX_PARTS: usize = 1 << 20;

/// The namespace of `xml:lang` and the like.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Why octets are no document that can be signed or verified, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlError {
    /// What is wrong.
    pub fault: Fault,
    /// In which line, from 1.
    pub line: usize,
}

/// What is wrong with a document.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It is in this encoding; only UTF-8 is read.
    Encoding(String),
    /// It is to be UTF-8 and is not.
    NotUtf8,
    /// It is of another version of XML than 1.0.
    Version(String),
    /// It has a document type declaration. Those are refused: entities can blow a document up, and default attributes
    /// change what is signed.
    DocumentType,
    /// A reference to an entity that only a document type could declare.
    UnknownEntity(String),
    /// A character that XML does not allow.
    Character,
    /// A prefix that stands for no namespace.
    UnboundPrefix(String),
    /// A declaration of a namespace that is not allowed.
    Namespace(String),
    /// Two attributes of one name.
    DuplicateAttribute(String),
    /// An end tag without its start tag.
    EndTag,
    /// It ends too early, or has no element.
    Incomplete,
    /// Anything else that is not well-formed.
    Markup,
    /// More than [`MAX_OCTETS`].
    TooLarge,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More parts than [`MAX_PARTS`].
    TooMany,
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Encoding(name) => write!(f, "the document's encoding is {name}, only UTF-8 is read"),
            Fault::NotUtf8 => f.write_str("the document is not UTF-8"),
            Fault::Version(version) => write!(f, "the document is XML {version}, only 1.0 is read"),
            Fault::DocumentType => f.write_str("the document has a document type, which is refused"),
            Fault::UnknownEntity(name) => write!(f, "the entity {name} is not known"),
            Fault::Character => f.write_str("a character that XML does not allow"),
            Fault::UnboundPrefix(prefix) => write!(f, "the prefix {prefix} stands for no namespace"),
            Fault::Namespace(name) => write!(f, "the namespace {name} may not be declared so"),
            Fault::DuplicateAttribute(name) => write!(f, "the attribute {name} is there twice"),
            Fault::EndTag => f.write_str("an end tag without its start tag"),
            Fault::Incomplete => f.write_str("the document is not complete"),
            Fault::Markup => f.write_str("the document is not well-formed"),
            Fault::TooLarge => f.write_str("the document is too large"),
            Fault::TooDeep => f.write_str("the document's elements are too deep in one another"),
            Fault::TooMany => f.write_str("the document has too many parts"),
        }?;
        write!(f, " (line {})", self.line)
    }
}

impl core::error::Error for XmlError {}

/// The number of a node, in document order.
pub(super) type Index = u32;

/// A document without its declaration: elements, text, comments, processing instructions.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Octets of the byte order mark before the text.
    pub(super) mark: usize,
    pub(super) text: &'a str,
    /// In document order: a subtree is a range.
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) namespaces: Vec<Namespace<'a>>,
    /// The first relative namespace name.
    pub(super) relative: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) parent: Option<Index>,
    /// One past the last node inside it.
    pub(super) end: Index,
    pub(super) content: Content<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    Element(Element<'a>),
    Text(Cow<'a, str>),
    Comment(Cow<'a, str>),
    Instruction { target: &'a str, data: Cow<'a, str> },
}

#[derive(Clone, Debug)]
pub(super) struct Element<'a> {
    /// As it stands there, with its prefix.
    pub(super) name: &'a str,
    /// The declaration that its name is under.
    pub(super) namespace: Option<Index>,
    /// By namespace name and local part, as canonical XML orders them.
    pub(super) attributes: Range<Index>,
    /// Namespaces declared here.
    pub(super) declared: Range<Index>,
    /// Where it begins in the text.
    pub(super) start: usize,
    /// Where its contents end in the text: before the end tag, or before the `/>` of an empty element.
    pub(super) inner_end: usize,
    /// Whether it is one empty-element tag.
    pub(super) empty_tag: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: Option<Index>,
    pub(super) value: Cow<'a, str>,
}

#[derive(Clone, Debug)]
pub(super) struct Namespace<'a> {
    /// Empty: the default one.
    pub(super) prefix: &'a str,
    /// Empty: none.
    pub(super) uri: Cow<'a, str>,
}

impl<'a> Element<'a> {
    pub(super) fn prefix(&self) -> &'a str {
        qualified(self.name).map_or("", |(prefix, _)| prefix)
    }

    pub(super) fn local(&self) -> &'a str {
        qualified(self.name).map_or(self.name, |(_, local)| local)
    }
}

impl<'a> Attribute<'a> {
    pub(super) fn prefix(&self) -> &'a str {
        qualified(self.name).map_or("", |(prefix, _)| prefix)
    }

    pub(super) fn local(&self) -> &'a str {
        qualified(self.name).map_or(self.name, |(_, local)| local)
    }
}

/// A slice of a table, empty where the range is not in it.
fn part<'t, T>(table: &'t [T], range: &Range<Index>) -> &'t [T] {
    table.get(range.start as usize..range.end as usize).unwrap_or_default()
}

impl<'a> Document<'a> {
    pub(super) fn node(&self, index: Index) -> Option<&Node<'a>> {
        self.nodes.get(index as usize)
    }

    pub(super) fn element(&self, index: Index) -> Option<&Element<'a>> {
        match &self.node(index)?.content {
            Content::Element(element) => Some(element),
            _ => None,
        }
    }

    /// All elements, in document order.
    pub(super) fn elements(&self) -> impl Iterator<Item = (Index, &Element<'a>)> {
        (0..).zip(&self.nodes).filter_map(|(index, node)| match &node.content {
            Content::Element(element) => Some((index, element)),
            _ => None,
        })
    }

    /// The root element.
    pub(super) fn root(&self) -> Index {
        self.elements().next().map_or(0, |(index, _)| index)
    }

    /// The namespace name under this declaration; empty for none.
    pub(super) fn uri(&self, namespace: Option<Index>) -> &str {
        let found = namespace.and_then(|index| self.namespaces.get(index as usize));
        found.map_or("", |namespace| &namespace.uri)
    }

    pub(super) fn attributes_of(&self, element: &Element<'a>) -> &[Attribute<'a>] {
        part(&self.attributes, &element.attributes)
    }

    pub(super) fn declared_by(&self, element: &Element<'a>) -> &[Namespace<'a>] {
        part(&self.namespaces, &element.declared)
    }

    /// The value of an attribute without namespace.
    pub(super) fn attribute(&self, element: &Element<'a>, name: &str) -> Option<&str> {
        let found = self.attributes_of(element).iter().find(|attribute| attribute.name == name);
        found.map(|attribute| &*attribute.value)
    }

    /// Whether an element has this namespace and local name.
    pub(super) fn is(&self, index: Index, uri: &str, local: &str) -> bool {
        let element = self.element(index);
        element.is_some_and(|element| element.local() == local && self.uri(element.namespace) == uri)
    }

    /// The nodes directly inside.
    pub(super) fn children(&self, parent: Index) -> impl Iterator<Item = Index> + '_ {
        let end = self.node(parent).map_or(0, |node| node.end);
        let mut next = parent + 1;
        core::iter::from_fn(move || {
            let here = (next < end).then_some(next)?;
            next = self.node(here)?.end;
            Some(here)
        })
    }

    /// The elements directly inside.
    pub(super) fn child_elements(&self, parent: Index) -> impl Iterator<Item = Index> + '_ {
        self.children(parent).filter(|index| self.element(*index).is_some())
    }

    /// The text directly inside, comments left out.
    pub(super) fn text_of(&self, parent: Index) -> String {
        let inside = self.children(parent).filter_map(|index| match &self.node(index)?.content {
            Content::Text(text) => Some(&**text),
            _ => None,
        });
        inside.collect()
    }

    /// The element and those around it, the nearest first.
    pub(super) fn self_and_ancestors(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        core::iter::successors(Some(index), |index| self.node(*index)?.parent)
    }

    /// The line of this place in the text, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        line(self.text, at)
    }

    /// Elements that carry these identifiers, and how many do: attributes `Id`, `ID`, `id`, `xml:id` and `wsu:Id`, for
    /// without a schema no other is known to be one.
    pub(super) fn identifiers(&self) -> HashMap<&str, (Index, usize)> {
        const UTILITY: &str =
            "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
        let mut found = HashMap::new();
        for (index, element) in self.elements() {
            let mut own: Vec<&str> = Vec::new();
            for attribute in self.attributes_of(element) {
                let is = matches!(
                    (self.uri(attribute.namespace), attribute.local()),
                    ("", "Id" | "ID" | "id") | (XML, "id") | (UTILITY, "Id")
                );
                if is && !own.contains(&&*attribute.value) {
                    own.push(&attribute.value);
                    found.entry(&*attribute.value).or_insert((index, 0)).1 += 1;
                }
            }
        }
        found
    }
}

/// The line of this place, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|octet| **octet == b'\n').count() + 1
}
