//! Signatures in the national centre's profile, in two phases: enveloped, over the whole document, with the certificate.

use core::fmt;

use super::algorithm::{digest_uri, for_key, signature_uri};
use super::canonical::{CanonicalError, Canonicalization, Selection};
use super::document::{Document, Index, XmlError};
use super::signature::{DSIG, ENVELOPED, Parts, SignatureError};
use crate::algorithm::{Hasher, SignatureAlgorithm};
use crate::{Certificate, KeyError, PublicKey, text};

/// How long base64 is broken into lines, where it is.
const LINE: usize = 76;

/// Where the signature is put.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// Last in the root element, as the national centre's software does it.
    #[default]
    Root,
    /// Last in the only element of this name, with or without its prefix.
    Element(String),
}

/// How the base64 of signature and certificate is broken into lines. In SignedInfo there is never white space: egov.kz drops
/// it and then finds another digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineBreaks {
    /// Not at all.
    #[default]
    None,
    /// With line feeds, as NCALayer's module `basics` does it.
    Lf,
    /// With carriage return and line feed, as NCALayer's module `commonUtils` does it.
    CrLf,
}

/// What is to be chosen for a signature.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// Where it is put.
    pub place: Place,
    /// How its base64 is broken into lines.
    pub line_breaks: LineBreaks,
}

/// Why a document cannot be signed so.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SignError {
    /// It is no document, or one that is refused.
    Document(XmlError),
    /// It has no canonical form.
    Canonical(CanonicalError),
    /// It has no element of this name.
    NoPlace(String),
    /// It has several elements of this name.
    SeveralPlaces(String),
    /// The certificate's key cannot be used, or has no name in XML signatures.
    Key(KeyError),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(error) => error.fmt(f),
            Self::Canonical(error) => error.fmt(f),
            Self::NoPlace(name) => write!(f, "the document has no element {name}"),
            Self::SeveralPlaces(name) => write!(f, "the document has several elements {name}"),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SignError {}

/// A document whose signature is still missing. The token may take its time.
#[derive(Clone, Debug)]
pub struct ToBeSigned {
    /// Up to where the signature's base64 stands, and from there.
    head: Vec<u8>,
    tail: Vec<u8>,
    line_breaks: LineBreaks,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    digest: Vec<u8>,
}

/// Puts a signature into a document: everything but its value. The rest of the document stays octet for octet as it is,
/// except that a root element `<a/>` becomes `<a></a>`, which is the same.
/// # Errors
/// [`SignError`].
pub fn prepare(
    document: &[u8],
    certificate: &Certificate,
    profile: &Profile,
) -> Result<ToBeSigned, SignError> {
    let key = certificate.public_key().map_err(SignError::Key)?.clone();
    let algorithm = SignatureAlgorithm::of_key(&key).ok_or(SignError::Key(KeyError::OtherKey))?;
    let digest_algorithm = algorithm.digest_for(&key);
    let names = signature_uri(algorithm).zip(digest_uri(digest_algorithm));
    let names = names.ok_or(SignError::Key(KeyError::OtherKey))?;

    let read = Document::parse(document).map_err(SignError::Document)?;
    let with_comments = Canonicalization { comments: true, ..Canonicalization::default() };
    let selection = Selection { no_comments: true, ..Selection::default() };
    let mut hasher = Hasher::new(digest_algorithm);
    let written = read.write_canonical(&selection, &with_comments, &mut |piece| hasher.update(piece));
    written.map_err(SignError::Canonical)?;

    let (opening, closing) = element(names, &hasher.finish(), &with_comments, certificate, profile);
    let parent = place(&read, &profile.place)?;
    let (mut head, rest) = open(&read, document, parent);
    head.extend_from_slice(opening.as_bytes());
    let mut tail = closing.into_bytes();
    tail.extend_from_slice(&rest);

    // What is signed is read from what leaves, not from what was meant.
    let whole = [head.as_slice(), b"AA==", tail.as_slice()].concat();
    let whole = Document::parse(&whole).map_err(SignError::Document)?;
    let signed = signed_info(&whole, head.len()).map_err(|error| match error {
        SignatureError::Canonical(error) => SignError::Canonical(error),
        _ => SignError::Key(KeyError::OtherKey),
    })?;
    let digest = digest_algorithm.digest(&signed);
    Ok(ToBeSigned { head, tail, line_breaks: profile.line_breaks, key, algorithm, digest })
}

/// SignedInfo of the signature whose value stands at this place.
fn signed_info(document: &Document<'_>, at: usize) -> Result<Vec<u8>, SignatureError> {
    let at = at.saturating_sub(document.mark);
    let signatures = document.elements().filter(|(index, _)| document.is(*index, DSIG, "Signature"));
    let around = signatures.filter(|(_, element)| element.start < at && at < element.inner_end);
    let (index, _) = around.last().ok_or(SignatureError::Structure("Signature"))?;
    Parts::read(document, index)?.signed(document)
}

/// The signature's element up to its value, and from there.
fn element(
    (signature_method, digest_method): (&str, &str),
    digest: &[u8],
    transform: &Canonicalization,
    certificate: &Certificate,
    profile: &Profile,
) -> (String, String) {
    let opening = format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{}\"/>\
         <ds:SignatureMethod Algorithm=\"{signature_method}\"/><ds:Reference URI=\"\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_method}\"/><ds:DigestValue>{}</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue>",
        Canonicalization::default().uri(),
        transform.uri(),
        text::to_base64(digest),
    );
    let closing = format!(
        "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></ds:Signature>",
        broken(certificate.der(), profile.line_breaks),
    );
    (opening, closing)
}

fn broken(octets: &[u8], line_breaks: LineBreaks) -> String {
    let line_break = match line_breaks {
        LineBreaks::None => return text::to_base64(octets),
        LineBreaks::Lf => "\n",
        LineBreaks::CrLf => "\r\n",
    };
    let mut out = String::from(line_break);
    // 57 octets are 76 letters.
    for line in octets.chunks(LINE / 4 * 3) {
        out.push_str(&text::to_base64(line));
        out.push_str(line_break);
    }
    out
}

/// The element that the signature goes into.
fn place(document: &Document<'_>, place: &Place) -> Result<Index, SignError> {
    let Place::Element(name) = place else { return Ok(document.root()) };
    let mut found = document
        .elements()
        .filter(|(_, element)| element.name == name || element.local() == name)
        .map(|(index, _)| index);
    match (found.next(), found.next()) {
        (Some(index), None) => Ok(index),
        (None, _) => Err(SignError::NoPlace(name.clone())),
        (Some(_), Some(_)) => Err(SignError::SeveralPlaces(name.clone())),
    }
}

/// The document up to the end of an element's contents, and from there.
fn open(read: &Document<'_>, document: &[u8], parent: Index) -> (Vec<u8>, Vec<u8>) {
    let Some(element) = read.element(parent) else { return Default::default() };
    let (before, after) = document.split_at_checked(element.inner_end + read.mark).unwrap_or_default();
    if !element.empty_tag {
        return (before.to_vec(), after.to_vec());
    }
    let mut rest = format!("</{}>", element.name).into_bytes();
    rest.extend_from_slice(after.strip_prefix(b"/>").unwrap_or(after));
    ([before, b">"].concat(), rest)
}

impl ToBeSigned {
    /// What the key signs.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// How.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whose signature it is.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The signed document.
    /// # Errors
    /// [`KeyError::Signature`]: it is not that of this key over this digest. Nothing that does not verify leaves.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.verify_digest(for_key(self.algorithm, &self.key), &self.digest, signature)?;
        let mut out = self.head;
        out.extend_from_slice(broken(signature, self.line_breaks).as_bytes());
        out.extend_from_slice(&self.tail);
        Ok(out)
    }
}
