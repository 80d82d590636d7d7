//! SignerInfo (RFC 5652 section 5.3): who signed, how, and whether it is good.

use der::asn1::{Int, ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Decode, Encode, Sequence, Tag, Tagged as _};
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use super::draft::element;
use super::time_stamp::TimeStamp;
use super::{CmsError, elements, is_context, oid};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::{Certificate, DateTime};

pub(super) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
pub(super) const TIME_STAMP_TOKEN: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");

/// Who signed.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Id {
    /// Issuer's name and serial number, the latter as contents octets.
    IssuerAndSerial(Name, Vec<u8>),
    /// Subject key identifier.
    KeyId(Vec<u8>),
}

/// An attribute: its name and its values as DER.
type Attribute = (ObjectIdentifier, Vec<Vec<u8>>);

/// A signer of a message.
#[derive(Clone, Debug)]
pub struct Signer {
    id: Id,
    digest: ObjectIdentifier,
    /// As SET, as it was signed.
    signed: Option<Vec<u8>>,
    attributes: Vec<Attribute>,
    algorithm: ObjectIdentifier,
    signature: Vec<u8>,
    unsigned: Vec<Attribute>,
    /// As it stands in the message.
    der: Vec<u8>,
}

/// A signature that is good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The signer's certificate. Whether it is to be trusted was not judged.
    pub certificate: Certificate,
    /// How it was signed.
    pub algorithm: SignatureAlgorithm,
    /// When the signer says it was.
    pub signing_time: Option<DateTime>,
    /// When a time stamp authority says it was, its signature judged, its certificate not.
    pub time_stamp: Option<TimeStamp>,
    /// Whether the signature covers the certificate too (signingCertificate of CAdES).
    pub names_certificate: bool,
}

#[derive(Sequence)]
struct IssuerAndSerial {
    issuer: Name,
    serial: Int,
}

/// ESSCertIDv2 (RFC 5035 section 4); the first of the list is the signer's.
#[derive(Sequence)]
struct CertIdV2<'a> {
    #[asn1(optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    cert_hash: &'a OctetStringRef,
    #[asn1(optional = "true")]
    issuer_serial: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct CertId<'a> {
    cert_hash: &'a OctetStringRef,
    #[asn1(optional = "true")]
    issuer_serial: Option<AnyRef<'a>>,
}

const WHAT: &str = "a signer";

fn damaged(_: der::Error) -> CmsError {
    CmsError::Damaged(WHAT)
}

impl Signer {
    pub(super) fn read(info: AnyRef<'_>) -> Result<Self, CmsError> {
        let mut parts = elements(info, WHAT)?.into_iter().peekable();
        let missing = || CmsError::Damaged(WHAT);
        let _version = parts.next().ok_or_else(missing)?;
        let id = parts.next().ok_or_else(missing)?;
        let id = match is_context(id, 0) {
            true => Id::KeyId(id.value().to_vec()),
            false => {
                let id: IssuerAndSerial = id.decode_as().map_err(damaged)?;
                Id::IssuerAndSerial(id.issuer, id.serial.as_bytes().to_vec())
            }
        };
        let digest: AlgorithmIdentifierOwned =
            parts.next().ok_or_else(missing)?.decode_as().map_err(damaged)?;
        let signed = parts.next_if(|part| is_context(*part, 0));
        let attributes = signed.map(attributes).transpose()?.unwrap_or_default();
        let signed = signed.map(|attributes| {
            let mut der = attributes.to_der().map_err(damaged)?;
            // What was signed is the same with the tag of SET (RFC 5652 section 5.4).
            if let Some(tag) = der.first_mut() {
                *tag = 0x31;
            }
            Ok(der)
        });
        let algorithm: AlgorithmIdentifierOwned =
            parts.next().ok_or_else(missing)?.decode_as().map_err(damaged)?;
        let signature = parts.next().ok_or_else(missing)?;
        let signature = signature.decode_as::<&OctetStringRef>().map_err(damaged)?.as_bytes().to_vec();
        let unsigned = parts.next_if(|part| is_context(*part, 1)).map(self::attributes).transpose()?;
        if parts.next().is_some() {
            return Err(missing());
        }
        Ok(Self {
            id,
            digest: digest.oid,
            signed: signed.transpose()?,
            attributes,
            algorithm: algorithm.oid,
            signature,
            unsigned: unsigned.unwrap_or_default(),
            der: info.to_der().map_err(damaged)?,
        })
    }

    /// As it stands in the message.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The signature's value, which time stamps are made of.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Its SignerInfo with a time stamp over its signature among the unsigned attributes, to be put into a
    /// [`message`](super::message). An older stamp goes.
    /// # Errors
    /// [`CmsError::Damaged`]: it is too long.
    pub fn stamped(&self, token: &[u8]) -> Result<Vec<u8>, CmsError> {
        let info = AnyRef::from_der(&self.der).map_err(damaged)?;
        let mut parts = Vec::new();
        for part in elements(info, WHAT)? {
            if !is_context(part, 1) {
                parts.extend(part.to_der().map_err(damaged)?);
            }
        }
        let mut all = vec![element(0x30, &[encoded(&TIME_STAMP_TOKEN), element(0x31, token)].concat())];
        for (name, values) in self.unsigned.iter().filter(|(name, _)| *name != TIME_STAMP_TOKEN) {
            all.push(element(0x30, &[encoded(name), element(0x31, &values.concat())].concat()));
        }
        // DER: in the order of their octets.
        all.sort();
        parts.extend(element(0xA1, &all.concat()));
        Ok(element(0x30, &parts))
    }

    /// The hash function of the content; `None` when it is not known.
    #[must_use]
    pub fn hash(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::from_oid(&self.digest)
    }

    /// The one value of a signed attribute; `None`: it is not there.
    fn attribute(&self, name: ObjectIdentifier) -> Result<Option<&[u8]>, CmsError> {
        let mut found = self.attributes.iter().filter(|(known, _)| *known == name);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some((_, values)), None) => match &values[..] {
                [one] => Ok(Some(one)),
                _ => Err(CmsError::Attribute(name)),
            },
            _ => Err(CmsError::Attribute(name)),
        }
    }

    /// Whether it is this certificate's signer.
    fn is(&self, certificate: &Certificate) -> bool {
        match &self.id {
            Id::IssuerAndSerial(issuer, serial) => {
                certificate.issuer() == issuer && certificate.serial_number() == serial
            }
            Id::KeyId(id) => certificate.subject_key_id().ok().flatten().as_ref() == Some(id),
        }
    }

    /// Judges it; `digest` gives the content's.
    pub(super) fn verify(
        &self,
        content_type: ObjectIdentifier,
        digest: &dyn Fn(DigestAlgorithm) -> Vec<u8>,
        known: &[&Certificate],
    ) -> Result<Verified, CmsError> {
        let hash = DigestAlgorithm::from_oid(&self.digest).ok_or(CmsError::UnknownDigest(self.digest))?;
        let algorithm = SignatureAlgorithm::from_oid(&self.algorithm, Some(hash))
            .ok_or(CmsError::UnknownAlgorithm(self.algorithm))?;
        let certificate =
            known.iter().find(|certificate| self.is(certificate)).ok_or(CmsError::NoCertificate)?;
        let key = certificate.public_key().map_err(CmsError::Signature)?;
        if algorithm.digest_for(key) != hash {
            return Err(CmsError::OtherDigest);
        }
        let content = digest(hash);
        let mut verified = Verified {
            certificate: (*certificate).clone(),
            algorithm,
            signing_time: None,
            time_stamp: None,
            names_certificate: false,
        };
        match &self.signed {
            None => key.verify_digest(algorithm, &content, &self.signature).map_err(CmsError::Signature)?,
            Some(signed) => {
                let kind = self.attribute(CONTENT_TYPE)?.ok_or(CmsError::Attribute(CONTENT_TYPE))?;
                if ObjectIdentifier::from_der(kind).ok() != Some(content_type) {
                    return Err(CmsError::OtherContentType);
                }
                let found = self.attribute(MESSAGE_DIGEST)?.ok_or(CmsError::Attribute(MESSAGE_DIGEST))?;
                if <&OctetStringRef>::from_der(found).map_err(damaged)?.as_bytes() != content {
                    return Err(CmsError::Content);
                }
                key.verify(algorithm, signed, &self.signature).map_err(CmsError::Signature)?;
                let time = self.attribute(SIGNING_TIME)?.map(|time| Time::from_der(time).map_err(damaged));
                verified.signing_time = time.transpose()?.map(|time| time.to_date_time());
                verified.names_certificate = self.names(certificate)?;
            }
        }
        verified.time_stamp = self.time_stamp(known)?;
        Ok(verified)
    }

    /// Whether a signed attribute names the certificate; another one than this is an error.
    fn names(&self, certificate: &Certificate) -> Result<bool, CmsError> {
        let first = |contents: &[u8]| -> Result<Vec<u8>, CmsError> {
            // SigningCertificate ::= SEQUENCE { certs SEQUENCE OF .., policies .. }
            let whole = AnyRef::from_der(contents).map_err(damaged)?;
            let list = elements(whole, WHAT)?.into_iter().next().ok_or(CmsError::Damaged(WHAT))?;
            let id = elements(list, WHAT)?.into_iter().next().ok_or(CmsError::Damaged(WHAT))?;
            id.to_der().map_err(damaged)
        };
        let same = |hash: DigestAlgorithm, found: &[u8]| {
            if hash.digest(certificate.der()) == found { Ok(true) } else { Err(CmsError::OtherCertificate) }
        };
        if let Some(value) = self.attribute(SIGNING_CERTIFICATE_V2)? {
            let id = first(value)?;
            let id = CertIdV2::from_der(&id).map_err(damaged)?;
            let hash = match &id.hash {
                None => DigestAlgorithm::Sha256,
                Some(hash) => {
                    DigestAlgorithm::from_oid(&hash.oid).ok_or(CmsError::UnknownDigest(hash.oid))?
                }
            };
            return same(hash, id.cert_hash.as_bytes());
        }
        if let Some(value) = self.attribute(SIGNING_CERTIFICATE)? {
            let id = first(value)?;
            return same(DigestAlgorithm::Sha1, CertId::from_der(&id).map_err(damaged)?.cert_hash.as_bytes());
        }
        Ok(false)
    }

    /// The time stamp over the signature, judged.
    fn time_stamp(&self, known: &[&Certificate]) -> Result<Option<TimeStamp>, CmsError> {
        let Some((_, values)) = self.unsigned.iter().find(|(name, _)| *name == TIME_STAMP_TOKEN) else {
            return Ok(None);
        };
        let token = values.first().ok_or(CmsError::Attribute(TIME_STAMP_TOKEN))?;
        let others: Vec<Certificate> = known.iter().map(|certificate| (*certificate).clone()).collect();
        let stamp =
            TimeStamp::from_token(token, &others).map_err(|error| CmsError::Stamp(Box::new(error)))?;
        if !stamp.is_of(&self.signature) {
            return Err(CmsError::OtherStamp);
        }
        Ok(Some(stamp))
    }
}

/// SET OF Attribute under an implicit tag.
fn attributes(set: AnyRef<'_>) -> Result<Vec<Attribute>, CmsError> {
    let mut all = Vec::new();
    for attribute in elements(set, WHAT)? {
        let [name, values] = elements(attribute, WHAT)?[..] else { return Err(CmsError::Damaged(WHAT)) };
        let name = name.decode_as().map_err(damaged)?;
        if values.tag() != Tag::Set {
            return Err(CmsError::Damaged(WHAT));
        }
        let values = elements(values, WHAT)?.into_iter().map(|value| value.to_der().map_err(damaged));
        all.push((name, values.collect::<Result<_, _>>()?));
    }
    Ok(all)
}
