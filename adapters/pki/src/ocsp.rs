//! OCSP (RFC 6960): asking whether a certificate is revoked, and judging the answer.

pub mod message;

use core::fmt;
use der::asn1::OctetString;
use der::{Decode, Encode};
use kaztoken_core::gost::encoding::Signed;
use message::{
    BASIC, BasicOcspResponse, CertId, CertStatus, NONCE, OcspRequest, OcspResponseMessage, Request,
    ResponderId, ResponseStatus, TbsRequest,
};
use x509_cert::ext::Extension;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::crl::Revoked;
use crate::{Certificate, CertificateError, DateTime, KeyError, ObjectIdentifier, oid};

/// What a responder said of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is. A serial number that was never given out is answered as revoked in 1970 with the reason "hold".
    Revoked(Revoked),
    /// The responder does not know it.
    Unknown,
}

/// Why an OCSP response is of no use.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum OcspError {
    /// It is no response.
    Contents(der::Error),
    /// There is no answer in it, for this reason.
    Refused(ResponseStatus),
    /// The answer is of a kind that is not known.
    Kind(ObjectIdentifier),
    /// The responder's certificate is not in it and is not the issuer's.
    NoResponder,
    /// The responder's certificate is damaged.
    Responder(CertificateError),
    /// The responder's certificate is not from the issuer of the certificate in question.
    ResponderIssuer,
    /// The responder's certificate is not for OCSP.
    ResponderUsage,
    /// The responder's certificate did not hold at the moment of the answer.
    ResponderTime,
    /// The signature is not good.
    Signature(KeyError),
    /// The certificate in question is not among the answers.
    NotAnswered,
    /// The answer repeats another nonce than was asked with, or none.
    Nonce,
    /// The answer is out of date since this moment.
    OutOfDate(DateTime),
}

impl fmt::Display for OcspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contents(error) => write!(f, "no OCSP response: {error}"),
            Self::Refused(status) => write!(f, "the OCSP responder gave no answer: {status:?}"),
            Self::Kind(oid) => write!(f, "the OCSP answer is of the unknown kind {oid}"),
            Self::NoResponder => f.write_str("the OCSP responder's certificate is missing"),
            Self::Responder(error) => write!(f, "the OCSP responder's certificate: {error}"),
            Self::ResponderIssuer => f.write_str("the OCSP responder's certificate is of another authority"),
            Self::ResponderUsage => f.write_str("the OCSP responder's certificate is not for OCSP"),
            Self::ResponderTime => f.write_str("the OCSP responder's certificate did not hold then"),
            Self::Signature(error) => write!(f, "the OCSP response's signature: {error}"),
            Self::NotAnswered => f.write_str("the OCSP response says nothing about this certificate"),
            Self::Nonce => f.write_str("the OCSP response answers another request"),
            Self::OutOfDate(at) => write!(f, "the OCSP response is out of date since {at}"),
        }
    }
}

impl core::error::Error for OcspError {}

/// A request about one certificate, with a nonce of 1 to 32 octets (RFC 9654) or none. The hashes are SHA-256, which the
/// national centre's responders take.
#[must_use]
pub fn request(certificate: &Certificate, issuer: &Certificate, nonce: Option<&[u8]>) -> Vec<u8> {
    let hash = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        parameters: Some(der::asn1::Null.into()),
    };
    let Some(req_cert) = cert_id(hash, DigestAlgorithm::Sha256, certificate, issuer) else {
        return Vec::new();
    };
    let nonce = nonce.and_then(|nonce| OctetString::new(nonce).and_then(|nonce| nonce.to_der()).ok());
    let extension = nonce.and_then(|nonce| {
        Some(Extension { extn_id: NONCE, critical: false, extn_value: OctetString::new(nonce).ok()? })
    });
    encoded(&OcspRequest {
        tbs_request: TbsRequest {
            version: None,
            requestor_name: None,
            request_list: vec![Request { req_cert, single_request_extensions: None }],
            request_extensions: extension.map(|extension| vec![extension]),
        },
        optional_signature: None,
    })
}

fn cert_id(
    hash_algorithm: AlgorithmIdentifierOwned,
    digest: DigestAlgorithm,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Option<CertId> {
    let (name, key) = (certificate.issuer().to_der().ok()?, issuer.public_key().ok()?.key_bits());
    Some(CertId {
        hash_algorithm,
        issuer_name_hash: OctetString::new(digest.digest(&name)).ok()?,
        issuer_key_hash: OctetString::new(digest.digest(&key)).ok()?,
        serial_number: certificate.serial().clone(),
    })
}

/// A response, read but not yet judged.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    /// BasicOCSPResponse.
    basic_der: Vec<u8>,
    basic: BasicOcspResponse,
    certificates: Vec<Certificate>,
}

impl OcspResponse {
    /// From DER.
    /// # Errors
    /// [`OcspError::Contents`], [`OcspError::Refused`], [`OcspError::Kind`], [`OcspError::Responder`].
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        let message = OcspResponseMessage::from_der(der).map_err(OcspError::Contents)?;
        let Some(bytes) = message.response_bytes else {
            return Err(OcspError::Refused(message.response_status));
        };
        if message.response_status != ResponseStatus::Successful {
            return Err(OcspError::Refused(message.response_status));
        }
        if bytes.response_type != BASIC {
            return Err(OcspError::Kind(bytes.response_type));
        }
        let basic_der = bytes.response.as_bytes().to_vec();
        let basic = BasicOcspResponse::from_der(&basic_der).map_err(OcspError::Contents)?;
        let certificates = basic.certs.iter().flatten().map(|certificate| {
            let der = certificate.to_der().map_err(OcspError::Contents)?;
            Certificate::from_der(&der).map_err(OcspError::Responder)
        });
        let certificates = certificates.collect::<Result<_, _>>()?;
        Ok(Self { basic_der, basic, certificates })
    }

    /// The certificates in it: the responder's first, as a rule.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// When it was made.
    #[must_use]
    pub fn produced_at(&self) -> DateTime {
        self.basic.tbs_response_data.produced_at.to_date_time()
    }

    /// The serial numbers that it speaks of, and what it says, unjudged.
    pub fn answers(&self) -> impl Iterator<Item = (&[u8], Status)> {
        self.basic
            .tbs_response_data
            .responses
            .iter()
            .map(|single| (single.cert_id.serial_number.as_bytes(), status(&single.cert_status)))
    }

    /// The nonce that it repeats.
    #[must_use]
    pub fn nonce(&self) -> Option<Vec<u8>> {
        let extensions = self.basic.tbs_response_data.response_extensions.as_ref()?;
        let extension = extensions.iter().find(|extension| extension.extn_id == NONCE)?;
        let contents = extension.extn_value.as_bytes();
        // Old responders put the bare octets there.
        Some(
            OctetString::from_der(contents)
                .map_or_else(|_| contents.to_vec(), |nonce| nonce.as_bytes().to_vec()),
        )
    }

    /// Whether it repeats this nonce.
    /// # Errors
    /// [`OcspError::Nonce`].
    pub fn check_nonce(&self, nonce: &[u8]) -> Result<(), OcspError> {
        if self.nonce().as_deref() == Some(nonce) { Ok(()) } else { Err(OcspError::Nonce) }
    }

    /// What it says of a certificate, after signature, responder (the issuer, or one that the issuer named for OCSP, RFC 6960
    /// section 4.2.2.2) and dates were judged. An answer of later than the moment in question says more, not less: look at
    /// the date of a revocation.
    /// # Errors
    /// [`OcspError`]; every error means that nothing is known.
    pub fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: DateTime,
    ) -> Result<Status, OcspError> {
        self.check_signature(issuer)?;
        let data = &self.basic.tbs_response_data;
        let single = data.responses.iter().find(|single| {
            let digest = DigestAlgorithm::from_oid(&single.cert_id.hash_algorithm.oid);
            let expected = digest.and_then(|digest| {
                cert_id(single.cert_id.hash_algorithm.clone(), digest, certificate, issuer)
            });
            expected.as_ref() == Some(&single.cert_id)
        });
        let single = single.ok_or(OcspError::NotAnswered)?;
        if let Some(until) = single.next_update.map(|time| time.to_date_time()).filter(|until| *until < at) {
            return Err(OcspError::OutOfDate(until));
        }
        Ok(status(&single.cert_status))
    }

    fn check_signature(&self, issuer: &Certificate) -> Result<(), OcspError> {
        let responder = self.responder(issuer)?;
        if responder != issuer {
            let key = issuer.public_key().map_err(OcspError::Signature)?;
            if responder.issuer() != issuer.subject() || responder.verify_signature(key).is_err() {
                return Err(OcspError::ResponderIssuer);
            }
            let usage = responder.extended_key_usage().map_err(OcspError::Responder)?;
            if !usage.contains(&oid::OCSP_SIGNING) {
                return Err(OcspError::ResponderUsage);
            }
            let (from, until) = responder.validity();
            if !(from..=until).contains(&self.produced_at()) {
                return Err(OcspError::ResponderTime);
            }
        }
        let oid = self.basic.signature_algorithm.oid;
        let algorithm = SignatureAlgorithm::from_oid(&oid, None)
            .ok_or(OcspError::Signature(KeyError::UnknownAlgorithm(oid)))?;
        let signed =
            Signed::from_der(&self.basic_der).map_err(|_| OcspError::Signature(KeyError::Malformed))?;
        let key = responder.public_key().map_err(OcspError::Signature)?;
        key.verify(algorithm, signed.signed(), signed.signature()).map_err(OcspError::Signature)
    }

    /// The certificate of the one who signed: among those in the response, or the issuer itself.
    fn responder<'a>(&'a self, issuer: &'a Certificate) -> Result<&'a Certificate, OcspError> {
        let id = &self.basic.tbs_response_data.responder_id;
        let is_meant = |certificate: &&Certificate| match id {
            ResponderId::ByName(name) => certificate.subject() == name,
            ResponderId::ByKey(hash) => {
                let key = certificate.public_key();
                let sha1 = |octets: &[u8]| DigestAlgorithm::Sha1.digest(octets) == hash.as_bytes();
                key.is_ok_and(|key| sha1(&key.key_bits()))
            }
        };
        self.certificates.iter().chain([issuer]).find(is_meant).ok_or(OcspError::NoResponder)
    }
}

fn status(status: &CertStatus) -> Status {
    match status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Revoked(info) => Status::Revoked(Revoked {
            at: info.revocation_time.to_date_time(),
            reason: info.revocation_reason,
        }),
        CertStatus::Unknown(_) => Status::Unknown,
    }
}
