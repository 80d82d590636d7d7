//! Every signature of a document, verified.

use std::collections::HashMap;

use super::algorithm::for_key;
use super::canonical::{CanonicalError, Canonicalization, Selection};
use super::document::{Document, Index, XmlError};
use super::signature::{DSIG, Parts, Reference, SignatureError, Transform, certificates};
use crate::algorithm::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use crate::{Certificate, KeyError};

/// Signatures in one document.
const MAX_SIGNATURES: usize = 64;
/// Octets that all signatures of a document may have digested together.
const MAX_WORK: u64 = 1 << 30;

/// A signature in a document, verified. Nothing is said about the certificate's dates, purposes and trust.
#[derive(Clone, Debug)]
pub struct Signature {
    /// In which line it begins, from 1.
    pub line: usize,
    /// How it is made; `None` where that could not be read.
    pub algorithm: Option<SignatureAlgorithm>,
    /// The hash functions of its references.
    pub digests: Vec<DigestAlgorithm>,
    /// Whose it is: the certificate whose key made it; where none did, the first one.
    pub certificate: Option<Certificate>,
    /// The others that came with it.
    pub others: Vec<Certificate>,
    /// What it covers, by reference. Nothing else in the document is signed by it.
    pub covered: Vec<Covered>,
    /// It holds for the document as it was before this many signatures were added. What stands in those is not covered.
    pub later_signatures: usize,
    /// Whether it is good.
    pub outcome: Result<(), SignatureError>,
}

/// What a reference covers. Comments are never covered: references by identifier and to the whole document leave them out,
/// whatever the transforms say (XML Signature section 4.4.3.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Covered {
    /// The whole document; without the signature itself, if it is enveloped.
    Document,
    /// An element with all in it.
    Element {
        /// Its name as it stands there.
        name: String,
        /// Its identifier.
        id: String,
        /// In which line it begins.
        line: usize,
        /// Whether it is the root element.
        root: bool,
    },
}

impl Signature {
    /// Whether SHA-1 is in it, which is good for old files only.
    #[must_use]
    pub fn uses_sha1(&self) -> bool {
        self.algorithm == Some(SignatureAlgorithm::Rsa(DigestAlgorithm::Sha1))
            || self.digests.contains(&DigestAlgorithm::Sha1)
    }

    /// Whether it covers the whole document.
    #[must_use]
    pub fn covers_document(&self) -> bool {
        let whole =
            |covered: &Covered| matches!(covered, Covered::Document | Covered::Element { root: true, .. });
        self.covered.iter().any(whole)
    }
}

/// Verifies every signature of a document, in the order in which they stand there; none where it has none.
///
/// A certificate is taken from the signature; `certificate` is for signatures that hold none.
/// # Errors
/// [`XmlError`]: it is no document, or one that is refused.
pub fn verify(document: &[u8], certificate: Option<&Certificate>) -> Result<Vec<Signature>, XmlError> {
    let document = Document::parse(document)?;
    let all: Vec<Index> = document
        .elements()
        .map(|(index, _)| index)
        .filter(|index| document.is(*index, DSIG, "Signature"))
        .collect();
    let mut verifier =
        Verifier { document: &document, ids: document.identifiers(), all: &all, work: MAX_WORK };
    Ok(all
        .iter()
        .enumerate()
        .map(|(number, index)| verifier.signature(number, *index, certificate))
        .collect())
}

struct Verifier<'d> {
    document: &'d Document<'d>,
    ids: HashMap<&'d str, (Index, usize)>,
    all: &'d [Index],
    /// Octets that may still be digested.
    work: u64,
}

impl Verifier<'_> {
    fn signature(&mut self, number: usize, index: Index, given: Option<&Certificate>) -> Signature {
        let start = self.document.element(index).map_or(0, |element| element.start);
        let mut signature = Signature {
            line: self.document.line(start),
            algorithm: None,
            digests: Vec::new(),
            certificate: None,
            others: Vec::new(),
            covered: Vec::new(),
            later_signatures: 0,
            outcome: Ok(()),
        };
        signature.outcome = if number < MAX_SIGNATURES {
            self.check(index, given, &mut signature)
        } else {
            Err(SignatureError::TooMany("Signature"))
        };
        signature
    }

    fn check(
        &mut self,
        index: Index,
        given: Option<&Certificate>,
        signature: &mut Signature,
    ) -> Result<(), SignatureError> {
        // Whose it says it is, is known even where it is not good.
        let certificates = self.certificates(index, given);
        if let Ok(all) = &certificates {
            signature.certificate = all.first().cloned();
        }
        let parts = Parts::read(self.document, index)?;
        signature.algorithm = Some(parts.algorithm);
        signature.digests = parts.references.iter().map(|reference| reference.digest).collect();
        for reference in &parts.references {
            signature.covered.push(self.covered(reference)?);
        }
        for (number, reference) in (1..).zip(&parts.references) {
            if !self.digest_is_right(index, reference, signature)? {
                return Err(SignatureError::Digest(number));
            }
        }
        let signed = parts.signed(self.document)?;
        let mut certificates = certificates?;
        let mut outcome = Err(SignatureError::NoCertificate);
        for candidate in 0..certificates.len() {
            let key = certificates.get(candidate).map(Certificate::public_key);
            let made = match key {
                Some(Ok(key)) => key.verify(for_key(parts.algorithm, key), &signed, &parts.value),
                Some(Err(error)) => Err(error),
                None => Err(KeyError::OtherKey),
            };
            match made {
                Ok(()) => {
                    signature.certificate = Some(certificates.swap_remove(candidate));
                    signature.others = certificates;
                    if let Some(Ok(key)) = signature.certificate.as_ref().map(Certificate::public_key) {
                        signature.algorithm = Some(for_key(parts.algorithm, key));
                    }
                    return Ok(());
                }
                // The first one is the signer's, if any is.
                Err(error) if candidate == 0 => outcome = Err(SignatureError::Key(error)),
                Err(_) => {}
            }
        }
        signature.others = certificates.into_iter().skip(1).collect();
        outcome
    }

    fn certificates(
        &self,
        index: Index,
        given: Option<&Certificate>,
    ) -> Result<Vec<Certificate>, SignatureError> {
        let inside = certificates(self.document, index)?;
        if inside.is_empty() {
            return Ok(given.into_iter().cloned().collect());
        }
        let read = inside.iter().map(|der| Certificate::from_der(der).map_err(SignatureError::Certificate));
        read.collect()
    }

    /// The identifier in a reference to an element; `None` for the whole document.
    fn target<'r>(&self, reference: &'r Reference) -> Result<Option<(&'r str, Index)>, SignatureError> {
        // Without URI it would be for the application to know what is meant.
        let uri = reference.uri.as_deref().ok_or(SignatureError::Structure("URI"))?;
        if uri.is_empty() {
            return Ok(None);
        }
        let id = uri.strip_prefix('#').filter(|id| !id.is_empty() && !id.starts_with("xpointer("));
        let id = id.ok_or_else(|| SignatureError::ExternalReference(uri.to_owned()))?;
        match self.ids.get(id) {
            Some((index, 1)) => Ok(Some((id, *index))),
            Some(_) => Err(SignatureError::Ambiguous(id.to_owned())),
            None => Err(SignatureError::NotFound(id.to_owned())),
        }
    }

    fn covered(&self, reference: &Reference) -> Result<Covered, SignatureError> {
        let Some((id, index)) = self.target(reference)? else { return Ok(Covered::Document) };
        let element = self.document.element(index);
        Ok(Covered::Element {
            name: element.map_or("", |element| element.name).to_owned(),
            id: id.to_owned(),
            line: self.document.line(element.map_or(0, |element| element.start)),
            root: index == self.document.root(),
        })
    }

    /// Whether what a reference covers has the digest that stands there, as the document is or as it was before signatures
    /// were added to this one: behind it, or anywhere.
    fn digest_is_right(
        &mut self,
        index: Index,
        reference: &Reference,
        signature: &mut Signature,
    ) -> Result<bool, SignatureError> {
        let end = self.document.node(index).map_or(index, |node| node.end);
        let inside = |other: Index| self.document.node(other).is_some_and(|node| index < node.end);
        let behind: Vec<Index> = self.all.iter().copied().filter(|other| *other >= end).collect();
        let before = self.all.iter().copied().filter(|other| *other < index && !inside(*other));
        let others: Vec<Index> = before.chain(behind.iter().copied()).collect();
        // What one reference showed holds for the others of this signature.
        let sets: Vec<&[Index]> = match signature.later_signatures {
            0 => vec![&[], &behind, &others],
            count if count == behind.len() => vec![&behind],
            _ => vec![&others],
        };
        // Whoever signs after another signs the other's signature too, and breaks it: the first was over a document that
        // had no second. So they are checked as they were made.
        let enveloped = reference.transforms.contains(&Transform::Enveloped);
        let mut tried = None;
        for set in sets {
            if tried == Some(set.len()) || (!set.is_empty() && !enveloped) {
                continue;
            }
            tried = Some(set.len());
            if self.digest(index, reference, set)? == reference.value {
                signature.later_signatures = set.len();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn digest(
        &mut self,
        signature: Index,
        reference: &Reference,
        without: &[Index],
    ) -> Result<Vec<u8>, SignatureError> {
        let apex = self.target(reference)?.map(|(_, index)| index);
        let mut selection = Selection { apex, without: without.to_vec(), no_comments: true };
        let mut transforms = reference.transforms.iter();
        let mut method = Canonicalization::default();
        for transform in transforms.by_ref() {
            match transform {
                Transform::Enveloped => selection.without.push(signature),
                Transform::Canonical(named) => {
                    method = named.clone();
                    break;
                }
            }
        }
        // After the first canonicalisation there are octets, which another one reads as a document of its own.
        let mut hasher = Hasher::new(reference.digest);
        let mut again = transforms.peekable();
        if again.peek().is_none() {
            self.spend(
                self.document.write_canonical(&selection, &method, &mut |piece| hasher.update(piece))?,
            )?;
            return Ok(hasher.finish());
        }
        let mut octets = Vec::new();
        let mut spent = self.document.write_canonical(&selection, &method, &mut |piece| {
            octets.extend_from_slice(piece);
        })?;
        for transform in again {
            self.spend(spent)?;
            let Transform::Canonical(method) = transform else { return Err(SignatureError::TransformOrder) };
            let next = Document::parse(&octets).map_err(SignatureError::Transformed)?;
            let next = next.canonical(method)?;
            spent = next.len() as u64;
            octets = next;
        }
        self.spend(spent)?;
        hasher.update(&octets);
        Ok(hasher.finish())
    }

    fn spend(&mut self, octets: u64) -> Result<(), SignatureError> {
        self.work = self.work.checked_sub(octets).ok_or(SignatureError::TooMuchWork)?;
        Ok(())
    }
}

/// The canonical form of an element that is not referred to but meant, as SignedInfo is.
pub(super) fn element(
    document: &Document<'_>,
    apex: Index,
    method: &Canonicalization,
) -> Result<Vec<u8>, SignatureError> {
    let mut out = Vec::new();
    let selection = Selection { apex: Some(apex), ..Selection::default() };
    let written: Result<u64, CanonicalError> =
        document.write_canonical(&selection, method, &mut |piece| out.extend_from_slice(piece));
    written?;
    Ok(out)
}
