//! An element `Signature` taken apart (XML Signature section 4).

use core::fmt;

use super::algorithm::{digest_from_uri, signature_from_uri};
use super::canonical::{CanonicalError, Canonicalization, EXCLUSIVE};
use super::document::{Document, Index, XmlError};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};
use crate::{CertificateError, KeyError, text};

/// The namespace of signatures.
pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// References of one signature, transforms of one reference, certificates of one signature.
const MAX_LIST: usize = 32;

/// Why a signature is not good.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SignatureError {
    /// This element or attribute is missing, empty, or not where it belongs.
    Structure(&'static str),
    /// More than 32 of these elements.
    TooMany(&'static str),
    /// This element does not hold base64.
    Base64(&'static str),
    /// A method of canonicalisation that is not known.
    UnknownCanonicalization(String),
    /// A signature algorithm that is not known.
    UnknownSignature(String),
    /// A digest that is not known.
    UnknownDigest(String),
    /// A transform that is not known: XSLT, XPath and the like can make anything of a document, and are refused.
    UnknownTransform(String),
    /// Transforms in an order that makes no sense.
    TransformOrder,
    /// It signs nothing.
    NoReference,
    /// A reference to something outside the document, which is never fetched.
    ExternalReference(String),
    /// A reference to an identifier that no element has.
    NotFound(String),
    /// A reference to an identifier that several elements have: nobody can say which one is signed.
    Ambiguous(String),
    /// There is no canonical form.
    Canonical(CanonicalError),
    /// What a transform made is no document.
    Transformed(XmlError),
    /// All signatures together would take too long to check.
    TooMuchWork,
    /// What the reference of this number, from 1, covers was changed.
    Digest(usize),
    /// There is no certificate in the signature, and none was given.
    NoCertificate,
    /// The certificate in the signature is none.
    Certificate(CertificateError),
    /// The signature is not that of the certificate's key over what is signed, or the key cannot be used.
    Key(KeyError),
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure(name) => write!(f, "{name} is missing or not where it belongs"),
            Self::TooMany(name) => write!(f, "too many of {name}"),
            Self::Base64(name) => write!(f, "{name} is not base64"),
            Self::UnknownCanonicalization(uri) => write!(f, "the canonicalisation {uri} is not known"),
            Self::UnknownSignature(uri) => write!(f, "the signature algorithm {uri} is not known"),
            Self::UnknownDigest(uri) => write!(f, "the digest {uri} is not known"),
            Self::UnknownTransform(uri) => write!(f, "the transform {uri} is refused"),
            Self::TransformOrder => f.write_str("the transforms are in an order that makes no sense"),
            Self::NoReference => f.write_str("the signature signs nothing"),
            Self::ExternalReference(uri) => write!(f, "{uri} is outside the document"),
            Self::NotFound(id) => write!(f, "no element has the identifier {id}"),
            Self::Ambiguous(id) => write!(f, "several elements have the identifier {id}"),
            Self::Canonical(error) => error.fmt(f),
            Self::Transformed(error) => write!(f, "what a transform made: {error}"),
            Self::TooMuchWork => f.write_str("the signatures would take too long to check"),
            Self::Digest(number) => write!(f, "what reference {number} covers was changed"),
            Self::NoCertificate => f.write_str("there is no certificate"),
            Self::Certificate(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SignatureError {}

impl From<CanonicalError> for SignatureError {
    fn from(error: CanonicalError) -> Self {
        Self::Canonical(error)
    }
}

/// What is done to that which a reference names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Transform {
    /// The signature itself is left out.
    Enveloped,
    Canonical(Canonicalization),
}

#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// `None`: the attribute is not there.
    pub(super) uri: Option<String>,
    pub(super) transforms: Vec<Transform>,
    pub(super) digest: DigestAlgorithm,
    pub(super) value: Vec<u8>,
}

/// What is in SignedInfo and SignatureValue.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) signed_info: Index,
    pub(super) method: Canonicalization,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) references: Vec<Reference>,
    pub(super) value: Vec<u8>,
}

/// Children one after another, in the order that the schema has.
struct Sequence<'d> {
    document: &'d Document<'d>,
    rest: Vec<Index>,
}

impl<'d> Sequence<'d> {
    fn new(document: &'d Document<'d>, parent: Index) -> Self {
        let mut rest: Vec<_> = document.child_elements(parent).collect();
        rest.reverse();
        Self { document, rest }
    }

    fn optional(&mut self, name: &'static str) -> Option<Index> {
        self.rest.pop_if(|index| self.document.is(*index, DSIG, name))
    }

    fn next(&mut self, name: &'static str) -> Result<Index, SignatureError> {
        self.optional(name).ok_or(SignatureError::Structure(name))
    }

    fn end(&self, around: &'static str) -> Result<(), SignatureError> {
        if self.rest.is_empty() { Ok(()) } else { Err(SignatureError::Structure(around)) }
    }
}

/// The attribute Algorithm.
fn named<'d>(document: &'d Document<'_>, index: Index) -> Result<&'d str, SignatureError> {
    let found = document.element(index).and_then(|element| document.attribute(element, "Algorithm"));
    found.ok_or(SignatureError::Structure("Algorithm"))
}

fn base64(document: &Document<'_>, index: Index, name: &'static str) -> Result<Vec<u8>, SignatureError> {
    // A letter in an element inside would be no text of this one.
    if document.child_elements(index).next().is_some() {
        return Err(SignatureError::Base64(name));
    }
    let compact: String =
        document.text_of(index).chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    text::base64(&compact).ok_or(SignatureError::Base64(name))
}

/// A method of canonicalisation with its PrefixList; `None` for an unknown name.
fn canonicalization(document: &Document<'_>, index: Index, uri: &str) -> Option<Canonicalization> {
    let mut method = Canonicalization::from_uri(uri)?;
    let mut inside = document.child_elements(index);
    let list = inside.next();
    // Nothing else belongs there, and nothing is passed over that could change the result.
    if inside.next().is_some() {
        return None;
    }
    if let Some(list) = list {
        if !method.exclusive || !document.is(list, EXCLUSIVE, "InclusiveNamespaces") {
            return None;
        }
        let prefixes = document.element(list).and_then(|list| document.attribute(list, "PrefixList"));
        let prefixes = prefixes.unwrap_or_default().split_ascii_whitespace();
        let plain = |prefix: &str| if prefix == "#default" { String::new() } else { prefix.to_owned() };
        method.inclusive_prefixes = prefixes.map(plain).collect();
    }
    Some(method)
}

impl Parts {
    pub(super) fn read(document: &Document<'_>, signature: Index) -> Result<Self, SignatureError> {
        let mut inside = Sequence::new(document, signature);
        let signed_info = inside.next("SignedInfo")?;
        let value = inside.next("SignatureValue")?;

        let mut signed = Sequence::new(document, signed_info);
        let method = signed.next("CanonicalizationMethod")?;
        let uri = named(document, method)?;
        let method = canonicalization(document, method, uri)
            .ok_or_else(|| SignatureError::UnknownCanonicalization(uri.to_owned()))?;
        let uri = named(document, signed.next("SignatureMethod")?)?;
        let algorithm =
            signature_from_uri(uri).ok_or_else(|| SignatureError::UnknownSignature(uri.to_owned()))?;
        let mut references = Vec::new();
        while let Some(reference) = signed.optional("Reference") {
            if references.len() == MAX_LIST {
                return Err(SignatureError::TooMany("Reference"));
            }
            references.push(Reference::read(document, reference)?);
        }
        signed.end("SignedInfo")?;
        if references.is_empty() {
            return Err(SignatureError::NoReference);
        }
        let value = base64(document, value, "SignatureValue")?;
        Ok(Self { signed_info, method, algorithm, references, value })
    }

    /// What SignedInfo becomes before it is signed.
    pub(super) fn signed(&self, document: &Document<'_>) -> Result<Vec<u8>, SignatureError> {
        super::verify::element(document, self.signed_info, &self.method)
    }
}

impl Reference {
    fn read(document: &Document<'_>, index: Index) -> Result<Self, SignatureError> {
        let uri = document.element(index).and_then(|element| document.attribute(element, "URI"));
        let mut inside = Sequence::new(document, index);
        let mut transforms = Vec::new();
        if let Some(list) = inside.optional("Transforms") {
            let mut list = Sequence::new(document, list);
            while let Some(transform) = list.optional("Transform") {
                if transforms.len() == MAX_LIST {
                    return Err(SignatureError::TooMany("Transform"));
                }
                let uri = named(document, transform)?;
                let known = match uri {
                    ENVELOPED if document.child_elements(transform).next().is_none() => {
                        Some(Transform::Enveloped)
                    }
                    _ => canonicalization(document, transform, uri).map(Transform::Canonical),
                };
                transforms.push(known.ok_or_else(|| SignatureError::UnknownTransform(uri.to_owned()))?);
            }
            list.end("Transforms")?;
        }
        let name = named(document, inside.next("DigestMethod")?)?;
        let digest = digest_from_uri(name).ok_or_else(|| SignatureError::UnknownDigest(name.to_owned()))?;
        let value = base64(document, inside.next("DigestValue")?, "DigestValue")?;
        inside.end("Reference")?;
        Ok(Self { uri: uri.map(str::to_owned), transforms, digest, value })
    }
}

/// The DER of the certificates in KeyInfo, in their order; empty where there are none.
pub(super) fn certificates(
    document: &Document<'_>,
    signature: Index,
) -> Result<Vec<Vec<u8>>, SignatureError> {
    let mut found = Vec::new();
    let inside = |parent: Index, name: &'static str| {
        document.child_elements(parent).filter(move |index| document.is(*index, DSIG, name))
    };
    for info in inside(signature, "KeyInfo") {
        for data in inside(info, "X509Data") {
            for certificate in inside(data, "X509Certificate") {
                if found.len() == MAX_LIST {
                    return Err(SignatureError::TooMany("X509Certificate"));
                }
                found.push(base64(document, certificate, "X509Certificate")?);
            }
        }
    }
    Ok(found)
}
