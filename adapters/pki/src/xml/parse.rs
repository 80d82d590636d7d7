//! From octets to [`Document`]. quick-xml finds where each piece of markup ends; that it is well-formed is checked here.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;
use std::borrow::Cow;
use std::collections::HashMap;

use super::document::{
    Attribute, Content, Document, Element, Fault, Index, MAX_DEPTH, MAX_OCTETS, MAX_PARTS, Namespace, Node,
    XML, XmlError, line,
};
use super::syntax::{
    Attributes, attribute_value, forbidden, is_name, is_space, line_ends, qualified, reference,
};

const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl<'a> Document<'a> {
    /// Reads a document in UTF-8, with or without byte order mark.
    /// # Errors
    /// [`XmlError`]: the octets are no well-formed document, or one that is refused.
    pub fn parse(octets: &'a [u8]) -> Result<Self, XmlError> {
        let (mark, text) = decode(octets).map_err(|fault| XmlError { fault, line: 1 })?;
        let error = |(fault, at)| XmlError { fault, line: line(text, at) };
        if let Some(at) = forbidden(text) {
            return Err(error((Fault::Character, at)));
        }
        let mut builder = Builder::new(mark, text);
        builder.run().map_err(error)?;
        Ok(builder.document)
    }
}

/// The length of the byte order mark, and the text behind it.
fn decode(octets: &[u8]) -> Result<(usize, &str), Fault> {
    if octets.len() > MAX_OCTETS {
        return Err(Fault::TooLarge);
    }
    if let [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] = octets {
        return Err(Fault::Encoding("UTF-16".to_owned()));
    }
    let (mark, rest) = match octets.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK.len(), rest),
        None => (0, octets),
    };
    if let Some(name) = declared_encoding(rest)
        && !["UTF-8", "UTF8", "US-ASCII", "ASCII"].iter().any(|known| known.eq_ignore_ascii_case(name))
    {
        return Err(Fault::Encoding(name.to_owned()));
    }
    core::str::from_utf8(rest).map(|text| (mark, text)).map_err(|_| Fault::NotUtf8)
}

/// The encoding named by the declaration, which is ASCII in all that are met.
fn declared_encoding(octets: &[u8]) -> Option<&str> {
    let inside = octets.strip_prefix(b"<?xml")?;
    let end = inside.windows(2).take(1024).position(|pair| pair == b"?>")?;
    let inside = core::str::from_utf8(inside.get(..end)?).ok()?;
    let found = Attributes(inside).map_while(Result::ok).find(|(name, _)| *name == "encoding");
    found.map(|(_, value)| value)
}

/// A fault and where it is in the text.
type At<T> = Result<T, (Fault, usize)>;

struct Builder<'a> {
    document: Document<'a>,
    /// The elements that are open.
    open: Vec<Index>,
    /// What each prefix stands for, the innermost declaration last.
    bindings: HashMap<&'a str, Vec<Index>>,
    root_seen: bool,
}

impl<'a> Builder<'a> {
    fn new(mark: usize, text: &'a str) -> Self {
        let xml = Namespace { prefix: "xml", uri: Cow::Borrowed(XML) };
        let document = Document {
            mark,
            text,
            nodes: Vec::new(),
            attributes: Vec::new(),
            namespaces: vec![xml],
            relative: None,
        };
        Self { document, open: Vec::new(), bindings: HashMap::from([("xml", vec![0])]), root_seen: false }
    }

    fn run(&mut self) -> At<()> {
        let text = self.document.text;
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        // Where the reader stands; it counts as the text does.
        let place = |position: u64| usize::try_from(position).unwrap_or(text.len()).min(text.len());
        let mut start = 0;
        loop {
            let event = reader.read_event();
            let end = place(reader.buffer_position());
            let event = event.map_err(|error| (fault_of(&error), place(reader.error_position())))?;
            let raw = text.get(start..end).unwrap_or_default();
            if matches!(event, Event::Eof) {
                let whole = self.root_seen && self.open.is_empty();
                return if whole { Ok(()) } else { Err((Fault::Incomplete, text.len())) };
            }
            self.take(&event, raw, start, end).map_err(|fault| (fault, start))?;
            start = end;
        }
    }

    fn take(&mut self, event: &Event<'_>, raw: &'a str, start: usize, end: usize) -> Result<(), Fault> {
        match event {
            Event::Start(_) => self.element(inside(raw, "<", ">")?, start, None),
            Event::Empty(_) => {
                self.element(inside(raw, "<", "/>")?, start, Some(end.saturating_sub(2)))?;
                self.close(None)
            }
            Event::End(_) => {
                let name = inside(raw, "</", ">")?.trim_end_matches(is_space);
                self.end_tag(name)?;
                self.close(Some(start))
            }
            Event::Text(_) if raw.contains("]]>") => Err(Fault::Markup),
            Event::Text(_) => self.text(line_ends(raw)),
            Event::CData(_) => {
                // Outside the root element not even an empty one is allowed.
                let text = inside(raw, "<![CDATA[", "]]>")?;
                if self.open.is_empty() { Err(Fault::Markup) } else { self.text(line_ends(text)) }
            }
            Event::GeneralRef(_) => {
                let letter = reference(inside(raw, "&", ";")?)?;
                if self.open.is_empty() {
                    return Err(Fault::Markup);
                }
                self.text(Cow::Owned(letter.to_string()))
            }
            Event::Comment(_) => {
                let text = inside(raw, "<!--", "-->")?;
                if text.contains("--") || text.ends_with('-') {
                    return Err(Fault::Markup);
                }
                self.leaf(Content::Comment(line_ends(text)))
            }
            Event::PI(_) => self.instruction(inside(raw, "<?", "?>")?),
            Event::Decl(_) if start == 0 => declaration(inside(raw, "<?xml", "?>")?),
            Event::Decl(_) => Err(Fault::Markup),
            Event::DocType(_) => Err(Fault::DocumentType),
            Event::Eof => Ok(()),
        }
    }

    fn push(&mut self, content: Content<'a>) -> Result<Index, Fault> {
        let document = &self.document;
        let parts = document.nodes.len() + document.attributes.len() + document.namespaces.len();
        if parts >= MAX_PARTS {
            return Err(Fault::TooMany);
        }
        let index = Index::try_from(document.nodes.len()).map_err(|_| Fault::TooMany)?;
        let parent = self.open.last().copied();
        self.document.nodes.push(Node { parent, end: index + 1, content });
        Ok(index)
    }

    fn leaf(&mut self, content: Content<'a>) -> Result<(), Fault> {
        self.push(content).map(|_| ())
    }

    /// Text, which becomes one node with the text before it.
    fn text(&mut self, piece: Cow<'a, str>) -> Result<(), Fault> {
        let Some(parent) = self.open.last().copied() else {
            return if piece.chars().all(is_space) { Ok(()) } else { Err(Fault::Markup) };
        };
        if piece.is_empty() {
            return Ok(());
        }
        if let Some(Node { parent: before, content: Content::Text(text), .. }) =
            self.document.nodes.last_mut()
            && *before == Some(parent)
        {
            text.to_mut().push_str(&piece);
            return Ok(());
        }
        self.leaf(Content::Text(piece))
    }

    fn instruction(&mut self, inside: &'a str) -> Result<(), Fault> {
        let (target, data) = match inside.find(is_space) {
            Some(at) => inside.split_at(at),
            None => (inside, ""),
        };
        if !is_name(target) || target.eq_ignore_ascii_case("xml") {
            return Err(Fault::Markup);
        }
        let data = line_ends(data.trim_start_matches(is_space));
        self.leaf(Content::Instruction { target, data })
    }

    fn end_tag(&self, name: &str) -> Result<(), Fault> {
        let open = self.open.last().and_then(|index| self.document.element(*index));
        if open.is_some_and(|element| element.name == name) { Ok(()) } else { Err(Fault::EndTag) }
    }

    /// The innermost element ends; its end tag stands there.
    fn close(&mut self, end_tag: Option<usize>) -> Result<(), Fault> {
        let index = self.open.pop().ok_or(Fault::EndTag)?;
        let end = Index::try_from(self.document.nodes.len()).map_err(|_| Fault::TooMany)?;
        let mut declared = 0..0;
        if let Some(node) = self.document.nodes.get_mut(index as usize) {
            node.end = end;
            if let Content::Element(element) = &mut node.content {
                declared = element.declared.clone();
                element.inner_end = end_tag.unwrap_or(element.inner_end);
            }
        }
        let declared = declared.start as usize..declared.end as usize;
        for namespace in self.document.namespaces.get(declared).unwrap_or_default() {
            self.bindings.get_mut(namespace.prefix).and_then(Vec::pop);
        }
        Ok(())
    }

    /// A start tag or an empty-element tag, whose contents then end there.
    fn element(&mut self, inside: &'a str, start: usize, empty: Option<usize>) -> Result<(), Fault> {
        if self.open.is_empty() && core::mem::replace(&mut self.root_seen, true) {
            return Err(Fault::Markup);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let (name, rest) = inside.split_at(inside.find(is_space).unwrap_or(inside.len()));
        let (prefix, _) = qualified(name).ok_or(Fault::Markup)?;
        let first_namespace = self.document.namespaces.len();
        let mut plain = Vec::new();
        for attribute in Attributes(rest) {
            let (name, raw) = attribute?;
            if plain.len() >= MAX_PARTS {
                return Err(Fault::TooMany);
            }
            let (prefix, local) = qualified(name).ok_or(Fault::Markup)?;
            let value = attribute_value(raw)?;
            match (prefix, local) {
                ("", "xmlns") => self.declare("", value)?,
                ("xmlns", prefix) => self.declare(prefix, value)?,
                _ => plain.push((name, prefix, value)),
            }
        }
        let declared = self.bind(first_namespace)?;
        let namespace = self.resolve(prefix)?;
        let attributes = self.attributes(plain)?;
        let element = Element {
            name,
            namespace,
            attributes,
            declared,
            start,
            inner_end: empty.unwrap_or_default(),
            empty_tag: empty.is_some(),
        };
        let index = self.push(Content::Element(element))?;
        self.open.push(index);
        Ok(())
    }

    /// Namespaces in XML 1.0, sections 2.2 and 3.
    fn declare(&mut self, prefix: &'a str, uri: Cow<'a, str>) -> Result<(), Fault> {
        let allowed = match (prefix, &*uri) {
            ("xml", XML) | ("", "") => true,
            (_, "" | XML | XMLNS) | ("xml" | "xmlns", _) => false,
            _ => true,
        };
        if !allowed {
            return Err(Fault::Namespace(uri.into_owned()));
        }
        if self.document.relative.is_none() && !uri.is_empty() && !is_absolute(&uri) {
            self.document.relative = Some(uri.to_string());
        }
        self.document.namespaces.push(Namespace { prefix, uri });
        Ok(())
    }

    /// Puts the namespaces that were declared since into force.
    fn bind(&mut self, first: usize) -> Result<core::ops::Range<Index>, Fault> {
        let new = self.document.namespaces.get_mut(first..).unwrap_or_default();
        new.sort_unstable_by_key(|namespace| namespace.prefix);
        if let Some([twice, _]) = new.windows(2).find(|pair| matches!(pair, [a, b] if a.prefix == b.prefix)) {
            return Err(Fault::DuplicateAttribute(format!("xmlns:{}", twice.prefix)));
        }
        let number = |position: usize| Index::try_from(position).map_err(|_| Fault::TooMany);
        let range = number(first)?..number(self.document.namespaces.len())?;
        for (index, namespace) in range.clone().zip(self.document.namespaces.get(first..).unwrap_or_default())
        {
            self.bindings.entry(namespace.prefix).or_default().push(index);
        }
        Ok(range)
    }

    /// What a prefix stands for here.
    fn resolve(&self, prefix: &str) -> Result<Option<Index>, Fault> {
        let found = self.bindings.get(prefix).and_then(|all| all.last()).copied();
        if found.is_none() && !prefix.is_empty() {
            return Err(Fault::UnboundPrefix(prefix.to_owned()));
        }
        Ok(found)
    }

    fn attributes(
        &mut self,
        plain: Vec<(&'a str, &'a str, Cow<'a, str>)>,
    ) -> Result<core::ops::Range<Index>, Fault> {
        let number = |position: usize| Index::try_from(position).map_err(|_| Fault::TooMany);
        let first = number(self.document.attributes.len())?;
        let mut all = Vec::with_capacity(plain.len());
        for (name, prefix, value) in plain {
            let namespace = if prefix.is_empty() { None } else { self.resolve(prefix)? };
            all.push(Attribute { name, namespace, value });
        }
        all.sort_by(|a, b| self.document.order(a, b));
        let twice = all.windows(2).find(|pair| matches!(pair, [a, b] if self.document.order(a, b).is_eq()));
        if let Some([first, _]) = twice {
            return Err(Fault::DuplicateAttribute(first.name.to_owned()));
        }
        self.document.attributes.extend(all);
        Ok(first..number(self.document.attributes.len())?)
    }
}

impl<'a> Document<'a> {
    /// The order of attributes in canonical XML: by namespace name, then by local part.
    pub(super) fn order(&self, a: &Attribute<'a>, b: &Attribute<'a>) -> core::cmp::Ordering {
        let by_uri = self.uri(a.namespace).cmp(self.uri(b.namespace));
        by_uri.then_with(|| a.local().cmp(b.local()))
    }
}

/// The octets of markup between its delimiters.
fn inside<'a>(raw: &'a str, before: &str, after: &str) -> Result<&'a str, Fault> {
    raw.strip_prefix(before).and_then(|raw| raw.strip_suffix(after)).ok_or(Fault::Markup)
}

/// The XML declaration (XML 1.0 section 2.8) without its delimiters.
fn declaration(inside: &str) -> Result<(), Fault> {
    let mut expected = ["version", "encoding", "standalone"].iter();
    let mut version = None;
    for part in Attributes(inside) {
        let (name, value) = part?;
        // In this order; the first is not optional.
        expected.find(|known| **known == name).ok_or(Fault::Markup)?;
        match name {
            "version" => version = Some(value),
            "standalone" if !matches!(value, "yes" | "no") => return Err(Fault::Markup),
            _ => {}
        }
    }
    match version {
        Some("1.0") => Ok(()),
        Some(other) => Err(Fault::Version(other.to_owned())),
        None => Err(Fault::Markup),
    }
}

/// Whether a namespace name begins with a scheme (RFC 3986 section 3.1).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
    })
}

fn fault_of(error: &Error) -> Fault {
    match error {
        Error::Syntax(SyntaxError::InvalidBangMarkup) => Fault::Markup,
        Error::Syntax(SyntaxError::UnclosedDoctype) => Fault::DocumentType,
        Error::IllFormed(IllFormedError::MissingDoctypeName) => Fault::DocumentType,
        Error::Syntax(_) => Fault::Incomplete,
        Error::IllFormed(IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_)) => {
            Fault::EndTag
        }
        _ => Fault::Markup,
    }
}
