//! Signatures in XML documents (XML Signature Syntax and Processing, W3C, second edition, 10 June 2008) in the national
//! centre's profile, and what they stand on: documents read strictly, and their canonical form.
//!
//! [`verify`] takes a document and tells of each signature in it whose it is, what it covers and whether it is good; [`sign`]
//! puts one into a document. Document types are refused, nothing outside the document is fetched, and no transform is known
//! that can make anything of a document.

pub mod algorithm;
mod canonical;
mod document;
mod parse;
pub mod sign;
mod signature;
mod syntax;
mod verify;

pub use canonical::{CanonicalError, Canonicalization, MAX_CANONICAL};
pub use document::{Document, Fault, MAX_DEPTH, MAX_OCTETS, MAX_PARTS, XmlError};
pub use signature::SignatureError;
pub use verify::{Covered, Signature, verify};
