//! Documents and signatures in XML.

use super::Said;
use crate::language::say;
use kaztoken_pki::xml::sign::SignError;
use kaztoken_pki::xml::{CanonicalError, Fault, SignatureError, XmlError};

impl Said for XmlError {
    fn said(&self) -> String {
        let text = match &self.fault {
            Fault::Encoding(name) => say!("xml-encoding", name = name.as_str()),
            Fault::NotUtf8 => say!("xml-not-utf8"),
            Fault::Version(version) => say!("xml-version", name = version.as_str()),
            Fault::DocumentType => say!("xml-document-type"),
            Fault::UnknownEntity(name) => say!("xml-unknown-entity", name = name.as_str()),
            Fault::Character => say!("xml-character"),
            Fault::UnboundPrefix(prefix) => say!("xml-unbound-prefix", name = prefix.as_str()),
            Fault::Namespace(name) => say!("xml-namespace", name = name.as_str()),
            Fault::DuplicateAttribute(name) => say!("xml-duplicate-attribute", name = name.as_str()),
            Fault::EndTag => say!("xml-end-tag"),
            Fault::Incomplete => say!("xml-incomplete"),
            Fault::Markup => say!("xml-markup"),
            Fault::TooLarge => say!("xml-too-large"),
            Fault::TooDeep => say!("xml-too-deep"),
            Fault::TooMany => say!("xml-too-many"),
            _ => return self.to_string(),
        };
        say!("xml-in-line", text = text, line = self.line)
    }
}

impl Said for CanonicalError {
    fn said(&self) -> String {
        match self {
            Self::RelativeNamespace(uri) => say!("xml-relative", name = uri.as_str()),
            Self::TooLarge => say!("xml-canonical-large"),
            _ => self.to_string(),
        }
    }
}

impl Said for SignError {
    fn said(&self) -> String {
        match self {
            Self::Document(error) => error.said(),
            Self::Canonical(error) => error.said(),
            Self::NoPlace(name) => say!("xml-no-place", name = name.as_str()),
            Self::SeveralPlaces(name) => say!("xml-several-places", name = name.as_str()),
            Self::Key(error) => error.said(),
            _ => self.to_string(),
        }
    }
}

impl Said for SignatureError {
    fn said(&self) -> String {
        match self {
            Self::Structure(name) => say!("xml-structure", name = *name),
            Self::TooMany(name) => say!("xml-too-many-of", name = *name),
            Self::Base64(name) => say!("xml-base64", name = *name),
            Self::UnknownCanonicalization(uri) => say!("xml-unknown-canonical", name = uri.as_str()),
            Self::UnknownSignature(uri) => say!("xml-unknown-signature", name = uri.as_str()),
            Self::UnknownDigest(uri) => say!("xml-unknown-digest", name = uri.as_str()),
            Self::UnknownTransform(uri) => say!("xml-unknown-transform", name = uri.as_str()),
            Self::TransformOrder => say!("xml-transform-order"),
            Self::NoReference => say!("xml-no-reference"),
            Self::ExternalReference(uri) => say!("xml-external", name = uri.as_str()),
            Self::NotFound(id) => say!("xml-not-found", name = id.as_str()),
            Self::Ambiguous(id) => say!("xml-ambiguous", name = id.as_str()),
            Self::Canonical(error) => error.said(),
            Self::Transformed(error) => say!("xml-transformed", text = error.said()),
            Self::TooMuchWork => say!("xml-too-much-work"),
            Self::Digest(number) => say!("xml-changed", number = *number),
            Self::NoCertificate => say!("xml-no-certificate"),
            Self::Certificate(error) => error.said(),
            Self::Key(error) => error.said(),
            _ => self.to_string(),
        }
    }
}
