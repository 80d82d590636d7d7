//! Small pieces of XML 1.0: names, characters, references, line ends, attributes in a tag.

use std::borrow::Cow;

use super::document::Fault;

/// White space (XML 1.0 section 2.3).
pub(super) const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// Char (section 2.2).
const fn is_char(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Where the first letter stands that no XML document may hold.
pub(super) fn forbidden(text: &str) -> Option<usize> {
    let control = |octet: &u8| *octet < b' ' && !matches!(octet, b'\t' | b'\n' | b'\r');
    let control = text.as_bytes().iter().position(control);
    let other = text.find(['\u{FFFE}', '\u{FFFF}']);
    control.into_iter().chain(other).min()
}

/// NameStartChar (section 2.3) without the colon.
const fn is_name_start(letter: char) -> bool {
    matches!(letter, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// NameChar (section 2.3) without the colon.
const fn is_name_char(letter: char) -> bool {
    is_name_start(letter)
        || matches!(letter, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether it is a name without colon (Namespaces in XML 1.0, NCName).
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(is_name_start) && letters.all(is_name_char)
}

/// Prefix, empty where there is none, and local part of a qualified name.
pub(super) fn qualified(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let sound = is_name(local) && (is_name(prefix) || !name.contains(':'));
    sound.then_some((prefix, local))
}

/// What stands between `&` and `;`.
pub(super) fn reference(name: &str) -> Result<char, Fault> {
    let number = match name.strip_prefix('#') {
        None => {
            return match name {
                "lt" => Ok('<'),
                "gt" => Ok('>'),
                "amp" => Ok('&'),
                "quot" => Ok('"'),
                "apos" => Ok('\''),
                _ if is_name(name) => Err(Fault::UnknownEntity(name.to_owned())),
                _ => Err(Fault::Markup),
            };
        }
        Some(digits) => match digits.strip_prefix('x') {
            Some(hex) if hex.bytes().all(|octet| octet.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
            None if digits.bytes().all(|octet| octet.is_ascii_digit()) => digits.parse(),
            _ => return Err(Fault::Markup),
        },
    };
    let letter = number.ok().and_then(char::from_u32).filter(|letter| is_char(*letter));
    letter.ok_or(Fault::Character)
}

/// Line ends as one line feed (section 2.11).
pub(super) fn line_ends(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// An attribute's value without its quotes, normalised as CDATA (section 3.3.3): no attribute here has another type, for
/// there are no DTDs.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Fault> {
    if raw.contains('<') {
        return Err(Fault::Markup);
    }
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        let (before, special) = rest.split_at(at);
        value.push_str(before);
        if let Some(inside) = special.strip_prefix('&') {
            let (name, after) = inside.split_once(';').ok_or(Fault::Markup)?;
            value.push(reference(name)?);
            rest = after;
        } else {
            value.push(' ');
            rest = special.strip_prefix("\r\n").or_else(|| special.get(1..)).unwrap_or_default();
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

/// Names and raw values of the attributes in a tag, or of what looks like them in an XML declaration.
pub(super) struct Attributes<'a>(pub(super) &'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<(&'a str, &'a str), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches(is_space);
        if rest.is_empty() {
            return None;
        }
        let spaced = rest.len() < self.0.len();
        Some(self.one(rest).filter(|_| spaced).ok_or(Fault::Markup))
    }
}

impl<'a> Attributes<'a> {
    fn one(&mut self, rest: &'a str) -> Option<(&'a str, &'a str)> {
        let (name, rest) = rest.split_once('=')?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, rest) = rest.get(1..)?.split_once(quote)?;
        self.0 = rest;
        Some((name.trim_end_matches(is_space), value))
    }
}
