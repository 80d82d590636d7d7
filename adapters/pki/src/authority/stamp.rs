//! Time stamps (RFC 3161).

use der::asn1::{BitString, GeneralizedTime, Int, ObjectIdentifier, Uint};
use der::{Any, Decode, Encode};

use super::{Authority, AuthorityError};
use crate::DateTime;
use crate::algorithm::{DigestAlgorithm, encoded};
use crate::cmp::message::PkiStatusInfo;
use crate::cms::draft::message_of_type;
use crate::cms::time_stamp::{Accuracy, Response, TST_INFO, TstInfo};
use crate::cms::{CmsError, Draft, TimeStampRequest};

/// Whether the request is good, and if not, which bit of PKIFailureInfo says so (RFC 3161 section 2.4.2).
enum Refused {
    BadAlgorithm = 0,
    BadRequest = 2,
    BadDataFormat = 5,
    UnacceptedPolicy = 15,
    UnacceptedExtension = 16,
}

impl Refused {
    const fn text(&self) -> &'static str {
        match self {
            Self::BadAlgorithm => "the hash function is not known",
            Self::BadRequest => "the digest is of another length than its hash function gives",
            Self::BadDataFormat => "this is no request for a time stamp",
            Self::UnacceptedPolicy => "there are no stamps by this policy",
            Self::UnacceptedExtension => "extensions are not known",
        }
    }
}

impl Authority {
    /// Answers a request for a time stamp, signed by this service. `policies` are those that it knows, its usual one first;
    /// the serial number is contents octets of INTEGER, never given twice. A request that is not good is refused in the
    /// answer.
    /// # Errors
    /// [`AuthorityError`].
    pub fn time_stamp(
        &self,
        request: &[u8],
        policies: &[ObjectIdentifier],
        at: DateTime,
        serial: &[u8],
    ) -> Result<Vec<u8>, AuthorityError> {
        match Self::stamp_asked(request, policies) {
            Ok((request, policy)) => {
                let token = self.token(&request, policy, at, serial)?;
                let status = PkiStatusInfo { status: 0, status_string: None, fail_info: None };
                Ok(encoded(&Response { status, token: Some(Any::from_der(&token)?) }))
            }
            Err(refused) => {
                let text = vec![refused.text().to_owned()];
                let bit = refused as usize;
                let mut bits = vec![0; bit / 8 + 1];
                if let Some(octet) = bits.get_mut(bit / 8) {
                    *octet = 0x80 >> (bit % 8);
                }
                let fail_info = BitString::new((7 - bit % 8) as u8, bits)?;
                let status =
                    PkiStatusInfo { status: 2, status_string: Some(text), fail_info: Some(fail_info) };
                Ok(encoded(&Response { status, token: None }))
            }
        }
    }

    fn stamp_asked(
        request: &[u8],
        policies: &[ObjectIdentifier],
    ) -> Result<(TimeStampRequest, ObjectIdentifier), Refused> {
        let request = TimeStampRequest::from_der(request).map_err(|_| Refused::BadDataFormat)?;
        let imprint = request.imprint();
        let hash = DigestAlgorithm::from_oid(&imprint.hash.oid).ok_or(Refused::BadAlgorithm)?;
        if imprint.hashed.as_bytes().len() != hash.output_len() {
            return Err(Refused::BadRequest);
        }
        if request.has_extensions() {
            return Err(Refused::UnacceptedExtension);
        }
        let usual = policies.first().copied();
        let policy = request.policy().or(usual).filter(|policy| policies.contains(policy));
        policy.map(|policy| (request, policy)).ok_or(Refused::UnacceptedPolicy)
    }

    fn token(
        &self,
        request: &TimeStampRequest,
        policy: ObjectIdentifier,
        at: DateTime,
        serial: &[u8],
    ) -> Result<Vec<u8>, AuthorityError> {
        let info = TstInfo {
            version: 1,
            policy,
            message_imprint: request.imprint().clone(),
            serial_number: Int::from_der(&encoded(&Uint::new(serial)?))?,
            gen_time: GeneralizedTime::from_date_time(at),
            accuracy: Some(Accuracy { seconds: Some(1), millis: None, micros: None }),
            ordering: false,
            nonce: request.nonce().cloned(),
            tsa: None,
            extensions: None,
        };
        let info = info.to_der()?;
        let failed = |error: CmsError| match error {
            CmsError::Signature(error) => AuthorityError::Key(error),
            _ => AuthorityError::Kind,
        };
        let hash = Draft::hash(&self.certificate).map_err(failed)?;
        let draft = Draft::of_type(TST_INFO, &self.certificate, &hash.digest(&info), None).map_err(failed)?;
        let signature = self.key.sign_digest(draft.algorithm(), draft.digest());
        let signature = signature.map_err(|_| AuthorityError::OtherKey)?;
        let signer = draft.finish(&signature).map_err(failed)?;
        let own = std::slice::from_ref(&self.certificate);
        let certificates = if request.wants_certificate() { own } else { &[] };
        message_of_type(TST_INFO, &info, &[signer], certificates).map_err(failed)
    }
}
