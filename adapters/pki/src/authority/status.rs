//! What an authority tells of revocation: lists and OCSP responses.

use der::asn1::{GeneralizedTime, Null, OctetString, Uint};
use der::{Any, Decode, Encode, Sequence};
use x509_cert::certificate::Raw;
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extensions;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use super::{Authority, AuthorityError, profile, time};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::crl::Revoked;
use crate::ocsp::message::{
    BASIC, CertId, CertStatus, NONCE, OcspRequest, OcspResponseMessage, ResponderId, ResponseBytes,
    ResponseData, ResponseStatus, RevokedInfo, SingleResponse,
};
use crate::request::extension;
use crate::signed::ToBeSigned;
use crate::{DateTime, ObjectIdentifier};

const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const DELTA_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");

/// TBSCertList (RFC 5280 section 5.1.2).
#[derive(Sequence)]
struct Tbs {
    version: u8,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    #[asn1(optional = "true")]
    revoked: Option<Vec<RevokedCert<Raw>>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

/// What a revocation list says.
#[derive(Clone, Debug)]
pub struct Revocations {
    /// Serial numbers as contents octets of INTEGER, and when and why.
    pub entries: Vec<(Vec<u8>, Revoked)>,
    /// When the list is made, and when the next one comes.
    pub dates: (DateTime, DateTime),
    /// Its number.
    pub number: u64,
    /// Of a delta list: the number of the whole one.
    pub base: Option<u64>,
}

impl Authority {
    /// A revocation list.
    /// # Errors
    /// [`AuthorityError`].
    pub fn crl(&self, revocations: &Revocations) -> Result<Vec<u8>, AuthorityError> {
        let key = self.key.public_key();
        let algorithm = SignatureAlgorithm::of_key(key).ok_or(AuthorityError::Kind)?;
        let id = self.certificate.subject_key_id().map_err(AuthorityError::Issued)?.unwrap_or_default();
        let number = |number: u64| Uint::new(&number.to_be_bytes());
        let mut extensions = vec![
            profile::authority_key_id(&id)?,
            extension(CRL_NUMBER, false, &number(revocations.number)?)?,
        ];
        if let Some(base) = revocations.base {
            extensions.push(extension(DELTA_INDICATOR, true, &number(base)?)?);
        }
        let entries = revocations.entries.iter().map(|(serial, revoked)| {
            let reason = revoked.reason.map(|reason| extension(REASON_CODE, false, &reason)).transpose()?;
            Ok(RevokedCert {
                serial_number: serial_from(serial)?,
                revocation_date: time(revoked.at),
                crl_entry_extensions: reason.map(|reason| vec![reason]),
            })
        });
        let entries = entries.collect::<Result<Vec<_>, AuthorityError>>()?;
        let tbs = Tbs {
            version: 1,
            signature: algorithm.identifier(),
            issuer: self.certificate.subject().clone(),
            this_update: time(revocations.dates.0),
            next_update: time(revocations.dates.1),
            revoked: (!entries.is_empty()).then_some(entries),
            extensions,
        };
        let tbs = ToBeSigned::new(tbs.to_der()?, key).map_err(AuthorityError::Key)?;
        tbs.sign(&self.key).map_err(AuthorityError::Key)
    }

    /// Answers an OCSP request about certificates of `issuer`, signed by this responder. `revoked` says for each serial
    /// number whether it was issued at all (`None`: it was not) and whether it was revoked. A request that cannot be read is
    /// answered so.
    /// # Errors
    /// [`AuthorityError`].
    pub fn ocsp(
        &self,
        issuer: &Self,
        request: &[u8],
        dates: (DateTime, DateTime),
        revoked: impl Fn(&[u8]) -> Option<Option<Revoked>>,
    ) -> Result<Vec<u8>, AuthorityError> {
        let Ok(request) = OcspRequest::from_der(request) else {
            return Ok(encoded(&OcspResponseMessage {
                response_status: ResponseStatus::MalformedRequest,
                response_bytes: None,
            }));
        };
        let at = |time: DateTime| GeneralizedTime::from_date_time(time);
        let answer = |id: &CertId| SingleResponse {
            cert_id: id.clone(),
            cert_status: match (names_issuer(id, issuer), revoked(id.serial_number.as_bytes())) {
                (true, Some(None)) => CertStatus::Good(Null),
                (true, Some(Some(revoked))) => CertStatus::Revoked(RevokedInfo {
                    revocation_time: at(revoked.at),
                    revocation_reason: revoked.reason,
                }),
                _ => CertStatus::Unknown(Null),
            },
            this_update: at(dates.0),
            next_update: Some(at(dates.1)),
            single_extensions: None,
        };
        let asked = &request.tbs_request;
        let nonce = asked.request_extensions.iter().flatten().find(|extension| extension.extn_id == NONCE);
        let data = ResponseData {
            version: None,
            responder_id: ResponderId::ByName(self.certificate.subject().clone()),
            produced_at: at(dates.0),
            responses: asked.request_list.iter().map(|request| answer(&request.req_cert)).collect(),
            response_extensions: nonce.map(|nonce| vec![nonce.clone()]),
        };
        let tbs = ToBeSigned::new(data.to_der()?, self.key.public_key()).map_err(AuthorityError::Key)?;
        let signature = tbs.signature(&self.key).map_err(AuthorityError::Key)?;
        let own = Any::from_der(self.certificate.der())?;
        let basic = tbs.finish_with(&signature, Some(vec![own])).map_err(AuthorityError::Key)?;
        let response_bytes = Some(ResponseBytes { response_type: BASIC, response: OctetString::new(basic)? });
        Ok(encoded(&OcspResponseMessage { response_status: ResponseStatus::Successful, response_bytes }))
    }
}

/// Whether the hashes are those of this issuer.
fn names_issuer(id: &CertId, issuer: &Authority) -> bool {
    let Some(digest) = DigestAlgorithm::from_oid(&id.hash_algorithm.oid) else { return false };
    let name = issuer.certificate.subject().to_der().unwrap_or_default();
    id.issuer_name_hash.as_bytes() == digest.digest(&name)
        && id.issuer_key_hash.as_bytes() == digest.digest(&issuer.key.public_key().key_bits())
}

fn serial_from(contents: &[u8]) -> Result<SerialNumber<Raw>, AuthorityError> {
    Ok(SerialNumber::from_der(&encoded(&der::asn1::Int::new(contents)?))?)
}
