//! Time stamps (RFC 3161): a message of a time stamp authority that says when a digest was there.

use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString};
use der::{Any, AnyRef, Decode, Encode, Sequence};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{CmsError, Content, SignedMessage, oid};
use crate::algorithm::DigestAlgorithm;
use crate::cmp::message::{PkiStatusInfo, texts};
use crate::{Certificate, DateTime};

const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");

#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
struct MessageImprint {
    hash: AlgorithmIdentifierOwned,
    hashed: OctetString,
}

/// TSTInfo (RFC 3161 section 2.4.2).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: GeneralizedTime,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<x509_cert::ext::Extensions>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

/// A time stamp whose signature is good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStamp {
    /// When.
    pub time: DateTime,
    /// By which policy: the national centre's chooses the key by it.
    pub policy: ObjectIdentifier,
    /// The authority's certificate; whether it is to be trusted was not judged.
    pub certificate: Certificate,
    hash: DigestAlgorithm,
    hashed: Vec<u8>,
}

impl TimeStamp {
    /// From a token, a signed message of one signer. Its certificate is in it or among `others`.
    /// # Errors
    /// [`CmsError`].
    pub fn from_token(token: &[u8], others: &[Certificate]) -> Result<Self, CmsError> {
        let message = SignedMessage::from_der(token)?;
        if message.content_type() != TST_INFO {
            return Err(CmsError::OtherContentType);
        }
        let info = TstInfo::from_der(message.content().ok_or(CmsError::NoContent)?);
        let info = info.map_err(|_| CmsError::Damaged("the time stamp"))?;
        let mut verdicts = message.verify(Content::Attached, others)?;
        let (Some(verdict), true) = (verdicts.pop(), verdicts.is_empty()) else {
            return Err(CmsError::Damaged("a time stamp has one signer"));
        };
        let name = info.message_imprint.hash.oid;
        Ok(Self {
            time: info.gen_time.to_date_time(),
            policy: info.policy,
            certificate: verdict?.certificate,
            hash: DigestAlgorithm::from_oid(&name).ok_or(CmsError::UnknownDigest(name))?,
            hashed: info.message_imprint.hashed.as_bytes().to_vec(),
        })
    }

    /// Whether it is of these octets.
    #[must_use]
    pub fn is_of(&self, octets: &[u8]) -> bool {
        self.hash.digest(octets) == self.hashed
    }
}

#[derive(Sequence)]
struct Response {
    status: PkiStatusInfo,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

/// The answer of a time stamp authority (RFC 3161 section 2.4.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStampResponse {
    /// The token, a signed message.
    pub token: Vec<u8>,
}

impl TimeStampResponse {
    /// From DER.
    /// # Errors
    /// [`CmsError::Refused`], [`CmsError::Damaged`].
    pub fn from_der(der: &[u8]) -> Result<Self, CmsError> {
        let damaged = |_| CmsError::Damaged("the time stamp authority's answer");
        // Some end with what does not belong there.
        let whole = AnyRef::from_der(der).map_err(damaged)?;
        let response: Response = whole.decode_as().map_err(damaged)?;
        match response.token {
            Some(token) if response.status.status <= 1 => {
                Ok(Self { token: token.to_der().map_err(damaged)? })
            }
            _ => Err(CmsError::Refused(texts(response.status.status_string.as_ref()))),
        }
    }
}
