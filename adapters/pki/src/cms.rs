//! Signed messages: CMS (RFC 5652) and CAdES-BES (RFC 5126) as Kazakhstan's software makes them.
//!
//! [`SignedMessage`] reads and judges, [`Draft`] makes signatures in two phases. Whose certificate is to be trusted is
//! another question: [`crate::chain`].

pub(crate) mod draft;
mod error;
mod signer;
mod stream;
pub(crate) mod time_stamp;

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Decode, Encode, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

use crate::algorithm::DigestAlgorithm;
use crate::{Certificate, ber};

pub use draft::{Around, Draft, around, message};
pub use error::CmsError;
pub use signer::{Signer, Verified};
pub use stream::{StreamError, Streamed, stream};
pub use time_stamp::{TimeStamp, TimeStampRequest, TimeStampResponse};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");

/// Most signers of a message.
const MAX_SIGNERS: usize = 64;
/// Most certificates in a message.
const MAX_CERTIFICATES: usize = 64;

/// A message with signatures, read but not judged.
#[derive(Clone, Debug)]
pub struct SignedMessage {
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    signers: Vec<Signer>,
}

/// The content that a message is judged by.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// What is in the message.
    Attached,
    /// A document of one's own, by its digests: asked for each function that a signer used.
    Detached(&'a dyn Fn(DigestAlgorithm) -> Vec<u8>),
}

impl core::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Attached => "Attached",
            Self::Detached(_) => "Detached",
        })
    }
}

/// The elements of a SEQUENCE, SET or the like.
fn elements<'a>(any: AnyRef<'a>, what: &'static str) -> Result<Vec<AnyRef<'a>>, CmsError> {
    let mut reader = SliceReader::new(any.value()).map_err(|_| CmsError::Damaged(what))?;
    let mut all = Vec::new();
    while !reader.is_finished() {
        all.push(AnyRef::decode(&mut reader).map_err(|_| CmsError::Damaged(what))?);
    }
    Ok(all)
}

/// Whether it has this context tag.
fn is_context(any: AnyRef<'_>, wanted: u32) -> bool {
    matches!(any.tag(), Tag::ContextSpecific { number, .. } if number == TagNumber(wanted))
}

impl SignedMessage {
    /// From DER or BER.
    /// # Errors
    /// [`CmsError::NotOne`], [`CmsError::Encoding`], [`CmsError::Damaged`], [`CmsError::Certificate`].
    pub fn from_der(octets: &[u8]) -> Result<Self, CmsError> {
        let der = match ber::to_der(octets) {
            Ok(der) => der,
            Err(_) if octets.first() != Some(&0x30) => return Err(CmsError::NotOne),
            Err(error) => return Err(CmsError::Encoding(error)),
        };
        Self::from_definite(&der)
    }

    fn from_definite(der: &[u8]) -> Result<Self, CmsError> {
        let outer = AnyRef::from_der(der).map_err(|_| CmsError::NotOne)?;
        let [kind, content] = elements(outer, "the message")?[..] else { return Err(CmsError::NotOne) };
        if kind.decode_as::<ObjectIdentifier>().ok() != Some(SIGNED_DATA) || !is_context(content, 0) {
            return Err(CmsError::NotOne);
        }
        let data = AnyRef::from_der(content.value()).map_err(|_| CmsError::Damaged("the signed data"))?;
        Self::from_signed_data(data)
    }

    fn from_signed_data(data: AnyRef<'_>) -> Result<Self, CmsError> {
        const WHAT: &str = "the signed data";
        let parts = elements(data, WHAT)?;
        let mut parts = parts.into_iter();
        let mut next = || parts.next().ok_or(CmsError::Damaged(WHAT));
        let _version = next()?;
        // Which functions the signers used is said with each of them again.
        elements(next()?, "the digest algorithms")?;
        let info = elements(next()?, "the content")?;
        let content_type = info.first().and_then(|kind| kind.decode_as::<ObjectIdentifier>().ok());
        let content_type = content_type.ok_or(CmsError::Damaged("the content"))?;
        let content = info.get(1).map(|content| content_of(*content)).transpose()?;
        let mut message = Self { content_type, content, certificates: Vec::new(), signers: Vec::new() };
        let mut rest: Vec<_> = parts.collect();
        let signers = rest.pop().ok_or(CmsError::Damaged("the signers"))?;
        for part in rest {
            // [1] holds revocation lists: those of the caller are used.
            if is_context(part, 0) {
                message.read_certificates(part)?;
            } else if !is_context(part, 1) {
                return Err(CmsError::Damaged(WHAT));
            }
        }
        if signers.tag() != Tag::Set {
            return Err(CmsError::Damaged("the signers"));
        }
        for signer in elements(signers, "the signers")? {
            if message.signers.len() >= MAX_SIGNERS {
                return Err(CmsError::Damaged("there are too many signers"));
            }
            message.signers.push(Signer::read(signer)?);
        }
        Ok(message)
    }

    fn read_certificates(&mut self, set: AnyRef<'_>) -> Result<(), CmsError> {
        for certificate in elements(set, "the certificates")? {
            // Attribute certificates and other formats are nobody's here.
            if certificate.tag() != Tag::Sequence {
                continue;
            }
            if self.certificates.len() >= MAX_CERTIFICATES {
                return Err(CmsError::Damaged("there are too many certificates"));
            }
            let der = certificate.to_der().map_err(|_| CmsError::Damaged("the certificates"))?;
            self.certificates.push(Certificate::from_der(&der).map_err(CmsError::Certificate)?);
        }
        Ok(())
    }

    /// What kind of content it is: id-data of documents.
    #[must_use]
    pub const fn content_type(&self) -> ObjectIdentifier {
        self.content_type
    }

    /// The content, unless it is detached.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates in it.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Its signers.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Judges each signer in turn: the certificate is in the message or among `others`.
    /// # Errors
    /// [`CmsError::NoContent`], [`CmsError::NoSigner`]; each signer has a verdict of its own.
    pub fn verify(
        &self,
        content: Content<'_>,
        others: &[Certificate],
    ) -> Result<Vec<Result<Verified, CmsError>>, CmsError> {
        let own = |hash: DigestAlgorithm| self.content.as_deref().map(|content| hash.digest(content));
        if matches!(content, Content::Attached) && self.content.is_none() {
            return Err(CmsError::NoContent);
        }
        if self.signers.is_empty() {
            return Err(CmsError::NoSigner);
        }
        let digest = |hash: DigestAlgorithm| match content {
            Content::Attached => own(hash).unwrap_or_default(),
            Content::Detached(digest) => digest(hash),
        };
        let known: Vec<&Certificate> = self.certificates.iter().chain(others).collect();
        Ok(self.signers.iter().map(|signer| signer.verify(self.content_type, &digest, &known)).collect())
    }
}

/// `[0]` EXPLICIT OCTET STRING.
fn content_of(explicit: AnyRef<'_>) -> Result<Vec<u8>, CmsError> {
    const WHAT: &str = "the content";
    if !is_context(explicit, 0) {
        return Err(CmsError::Damaged(WHAT));
    }
    let inner = AnyRef::from_der(explicit.value()).map_err(|_| CmsError::Damaged(WHAT))?;
    match inner.decode_as::<&OctetStringRef>() {
        Ok(octets) => Ok(octets.as_bytes().to_vec()),
        // PKCS#7 of old has any type here, and the digest is over its contents.
        Err(_) => Ok(inner.value().to_vec()),
    }
}
