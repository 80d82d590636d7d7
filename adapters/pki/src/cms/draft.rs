//! Signatures made in two phases, and messages put together around documents of any size.

use der::asn1::{ObjectIdentifier, OctetString, OctetStringRef};
use der::{AnyRef, Decode, Encode, Sequence};
use x509_cert::certificate::Raw;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::signer::{CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SIGNING_TIME};
use super::{CmsError, DATA, SIGNED_DATA};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::authority::time;
use crate::{Certificate, DateTime, EncodingFault, PublicKey};

/// A signature of which the token's part is still missing.
#[derive(Clone, Debug)]
pub struct Draft {
    certificate: Certificate,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    /// DER of the SET of signed attributes.
    attributes: Vec<u8>,
    digest: Vec<u8>,
}

#[derive(Sequence)]
struct IssuerAndSerial {
    issuer: Name,
    serial: SerialNumber<Raw>,
}

#[derive(Sequence)]
struct CertIdV2 {
    #[asn1(optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
}

fn damaged(_: EncodingFault) -> CmsError {
    CmsError::Damaged("it cannot be encoded")
}

impl Draft {
    /// A signature by the key of this certificate over a content of which this is the digest, by
    /// [`hash`](Self::hash): contentType, signingTime, messageDigest, signingCertificateV2.
    /// # Errors
    /// [`CmsError::Signature`]: the certificate's key cannot sign. [`CmsError::Content`]: the digest is of another length.
    pub fn new(
        certificate: &Certificate,
        content_digest: &[u8],
        signing_time: Option<DateTime>,
    ) -> Result<Self, CmsError> {
        Self::of_type(DATA, certificate, content_digest, signing_time)
    }

    /// The same for a content of another type, such as a time stamp.
    pub(crate) fn of_type(
        content_type: ObjectIdentifier,
        certificate: &Certificate,
        content_digest: &[u8],
        signing_time: Option<DateTime>,
    ) -> Result<Self, CmsError> {
        let key = certificate.public_key().map_err(CmsError::Signature)?.clone();
        let (algorithm, hash) = algorithm_of(&key)?;
        if content_digest.len() != hash.output_len() {
            return Err(CmsError::Content);
        }
        // The hash function of the family, as the national centre's library has it; SHA-256 is the default and left out.
        let name = (hash != DigestAlgorithm::Sha256).then(|| algorithm.digest_identifier());
        let cert_hash = OctetString::new(hash.digest(certificate.der())).map_err(damaged)?;
        let signing_certificate = vec![vec![CertIdV2 { hash: name, cert_hash }]];
        let mut all = vec![
            attribute(CONTENT_TYPE, &content_type)?,
            attribute(MESSAGE_DIGEST, &OctetStringRef::new(content_digest).map_err(damaged)?)?,
            attribute(SIGNING_CERTIFICATE_V2, &signing_certificate)?,
        ];
        if let Some(at) = signing_time {
            all.push(attribute(SIGNING_TIME, &time(at))?);
        }
        // DER: in the order of their octets.
        all.sort();
        let attributes = element(0x31, &all.concat());
        let digest = hash.digest(&attributes);
        Ok(Self { certificate: certificate.clone(), key, algorithm, attributes, digest })
    }

    /// By which function the content of a message by this certificate's key is hashed.
    /// # Errors
    /// [`CmsError::Signature`]: the key cannot sign.
    pub fn hash(certificate: &Certificate) -> Result<DigestAlgorithm, CmsError> {
        algorithm_of(certificate.public_key().map_err(CmsError::Signature)?).map(|(_, hash)| hash)
    }

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

    /// With the signature: DER of SignerInfo, to be put into a [`message`].
    /// # Errors
    /// [`CmsError::Signature`]: it is not that of this certificate's key.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, CmsError> {
        self.key.verify_digest(self.algorithm, &self.digest, signature).map_err(CmsError::Signature)?;
        let id = IssuerAndSerial {
            issuer: self.certificate.issuer().clone(),
            serial: self.certificate.serial().clone(),
        };
        let mut attributes = self.attributes;
        // [0] IMPLICIT in the message.
        if let Some(tag) = attributes.first_mut() {
            *tag = 0xA0;
        }
        let parts = [
            encoded(&1_u8),
            encoded(&id),
            encoded(&self.algorithm.digest_identifier()),
            attributes,
            encoded(&self.algorithm.identifier()),
            element(0x04, signature),
        ];
        Ok(element(0x30, &parts.concat()))
    }
}

fn algorithm_of(key: &PublicKey) -> Result<(SignatureAlgorithm, DigestAlgorithm), CmsError> {
    let algorithm = SignatureAlgorithm::of_key(key).ok_or(CmsError::Signature(crate::KeyError::OtherKey))?;
    Ok((algorithm, algorithm.digest_for(key)))
}

/// SEQUENCE { name, SET { value } }
fn attribute(name: ObjectIdentifier, value: &impl Encode) -> Result<Vec<u8>, CmsError> {
    let value = value.to_der().map_err(damaged)?;
    Ok(element(0x30, &[encoded(&name), element(0x31, &value)].concat()))
}

/// An element with a definite length.
pub(super) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    [head(tag, contents.len() as u64), contents.to_vec()].concat()
}

/// Tag and length; the contents may be longer than memory.
fn head(tag: u8, len: u64) -> Vec<u8> {
    let mut out = vec![tag];
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let octets = len.to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let octets = octets.get(zeros..).unwrap_or_default();
        out.push(0x80 | octets.len() as u8);
        out.extend_from_slice(octets);
    }
    out
}

/// What stands before and behind the content of an attached message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Around {
    /// Before.
    pub before: Vec<u8>,
    /// Behind.
    pub behind: Vec<u8>,
}

/// A message in DER around a content of this length, which may be longer than memory: write `before`, the content, `behind`.
/// `None`: detached.
/// # Errors
/// [`CmsError::Damaged`]: a signer is no SignerInfo.
pub fn around(
    len: Option<u64>,
    signers: &[Vec<u8>],
    certificates: &[Certificate],
) -> Result<Around, CmsError> {
    around_type(DATA, len, signers, certificates)
}

fn around_type(
    content_type: ObjectIdentifier,
    len: Option<u64>,
    signers: &[Vec<u8>],
    certificates: &[Certificate],
) -> Result<Around, CmsError> {
    let mut digests = Vec::new();
    for signer in signers {
        let info = AnyRef::from_der(signer).map_err(damaged)?;
        let digest = super::elements(info, "a signer")?.into_iter().nth(2);
        digests.push(digest.ok_or(CmsError::Damaged("a signer"))?.to_der().map_err(damaged)?);
    }
    let set = |tag: u8, mut all: Vec<Vec<u8>>| {
        all.sort();
        all.dedup();
        element(tag, &all.concat())
    };
    let own = certificates.iter().map(|certificate| certificate.der().to_vec()).collect::<Vec<_>>();
    let own = if own.is_empty() { Vec::new() } else { set(0xA0, own) };
    let behind = [own, set(0x31, signers.to_vec())].concat();
    // Other types than data need version 3 (RFC 5652 section 5.1).
    let version = if content_type == DATA { 1_u8 } else { 3 };
    let front = [encoded(&version), set(0x31, digests)].concat();
    let kind = encoded(&content_type);
    // The lengths from the inside out.
    let total = |parts: &[u64]| parts.iter().sum::<u64>();
    let content_heads = match len {
        None => head(0x30, kind.len() as u64),
        Some(len) => {
            let string = head(0x04, len);
            let explicit = head(0xA0, total(&[string.len() as u64, len]));
            let inside = total(&[kind.len() as u64, explicit.len() as u64, string.len() as u64, len]);
            return Ok(wrap(front, head(0x30, inside), [kind, explicit, string].concat(), len, behind));
        }
    };
    Ok(wrap(front, content_heads, kind, 0, behind))
}

fn wrap(front: Vec<u8>, info: Vec<u8>, inside: Vec<u8>, len: u64, behind: Vec<u8>) -> Around {
    let data = [front, info, inside].concat();
    let data_len = data.len() as u64 + len + behind.len() as u64;
    let sequence = head(0x30, data_len);
    let explicit = head(0xA0, sequence.len() as u64 + data_len);
    let kind = encoded(&SIGNED_DATA);
    let whole = head(0x30, kind.len() as u64 + explicit.len() as u64 + sequence.len() as u64 + data_len);
    Around { before: [whole, kind, explicit, sequence, data].concat(), behind }
}

/// A message held in memory.
/// # Errors
/// As [`around`].
pub fn message(
    content: Option<&[u8]>,
    signers: &[Vec<u8>],
    certificates: &[Certificate],
) -> Result<Vec<u8>, CmsError> {
    let around = around(content.map(|content| content.len() as u64), signers, certificates)?;
    Ok([around.before.as_slice(), content.unwrap_or_default(), &around.behind].concat())
}

/// The same for a content of another type.
pub(crate) fn message_of_type(
    content_type: ObjectIdentifier,
    content: &[u8],
    signers: &[Vec<u8>],
    certificates: &[Certificate],
) -> Result<Vec<u8>, CmsError> {
    let around = around_type(content_type, Some(content.len() as u64), signers, certificates)?;
    Ok([around.before.as_slice(), content, &around.behind].concat())
}
