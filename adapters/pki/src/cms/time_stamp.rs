//! Time stamps (RFC 3161): a message of a time stamp authority that says when a digest was there; how it is asked for, and
//! how a signature carries it.

use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString, Uint};
use der::{Any, AnyRef, Decode, Encode, Sequence};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{CmsError, Content, SignedMessage, oid};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::cmp::message::{PkiStatusInfo, texts};
use crate::{Certificate, DateTime};

pub(crate) const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");

#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub(crate) struct MessageImprint {
    pub(crate) hash: AlgorithmIdentifierOwned,
    pub(crate) hashed: OctetString,
}

/// TSTInfo (RFC 3161 section 2.4.2).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub(crate) struct TstInfo {
    pub(crate) version: u8,
    pub(crate) policy: ObjectIdentifier,
    pub(crate) message_imprint: MessageImprint,
    pub(crate) serial_number: Int,
    pub(crate) gen_time: GeneralizedTime,
    #[asn1(optional = "true")]
    pub(crate) accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub(crate) ordering: bool,
    #[asn1(optional = "true")]
    pub(crate) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) tsa: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) extensions: Option<x509_cert::ext::Extensions>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Sequence)]
pub(crate) struct Accuracy {
    #[asn1(optional = "true")]
    pub(crate) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) micros: Option<u16>,
}

/// A question to a time stamp authority (RFC 3161 section 2.4.1).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct TimeStampRequest {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    cert_req: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<x509_cert::ext::Extensions>,
}

impl TimeStampRequest {
    /// A question for a stamp over these octets, of a signature its value, hashed by the function that goes with this
    /// signature algorithm. The national centre chooses its key by the policy (`1.2.398.3.3.2.6.1` to `.4`); the nonce is 8
    /// octets of randomness.
    /// # Errors
    /// [`CmsError::Damaged`]: it cannot be encoded.
    pub fn new(
        octets: &[u8],
        algorithm: SignatureAlgorithm,
        policy: Option<ObjectIdentifier>,
        nonce: [u8; 8],
    ) -> Result<Self, CmsError> {
        let name = algorithm.digest_identifier();
        let hash = DigestAlgorithm::from_oid(&name.oid).ok_or(CmsError::UnknownDigest(name.oid))?;
        let hashed = OctetString::new(hash.digest(octets)).map_err(|_| WHAT_ASKED)?;
        let nonce = Uint::new(&nonce).and_then(|nonce| Int::from_der(&nonce.to_der()?));
        Ok(Self {
            version: 1,
            message_imprint: MessageImprint { hash: name, hashed },
            policy,
            nonce: Some(nonce.map_err(|_| WHAT_ASKED)?),
            cert_req: true,
            extensions: None,
        })
    }

    /// From DER, as an authority gets it.
    /// # Errors
    /// [`CmsError::Damaged`].
    pub fn from_der(der: &[u8]) -> Result<Self, CmsError> {
        <Self as Decode>::from_der(der).map_err(|_| WHAT_ASKED)
    }

    /// As it is sent.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        encoded(self)
    }

    pub(crate) const fn imprint(&self) -> &MessageImprint {
        &self.message_imprint
    }

    pub(crate) const fn policy(&self) -> Option<ObjectIdentifier> {
        self.policy
    }

    pub(crate) const fn nonce(&self) -> Option<&Int> {
        self.nonce.as_ref()
    }

    pub(crate) const fn wants_certificate(&self) -> bool {
        self.cert_req
    }

    pub(crate) const fn has_extensions(&self) -> bool {
        self.extensions.is_some()
    }

    /// The stamp in an authority's answer to this question, its signature judged, its certificate not; and the token, which
    /// the signature shall carry.
    /// # Errors
    /// [`CmsError::Refused`], [`CmsError::OtherRequest`], or what is wrong with the stamp.
    pub fn answered(&self, answer: &[u8], others: &[Certificate]) -> Result<(TimeStamp, Vec<u8>), CmsError> {
        let token = TimeStampResponse::from_der(answer)?.token;
        let stamp = TimeStamp::from_token(&token, others)?;
        let info = &stamp.info;
        let asked = self.policy.is_none_or(|policy| policy == info.policy)
            && self.nonce == info.nonce
            && info.message_imprint.hash.oid == self.message_imprint.hash.oid
            && info.message_imprint.hashed == self.message_imprint.hashed;
        if asked { Ok((stamp, token)) } else { Err(CmsError::OtherRequest) }
    }
}

const WHAT_ASKED: CmsError = CmsError::Damaged("the question to the time stamp authority");

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
    info: TstInfo,
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
            info,
        })
    }

    /// By which function what it is of was hashed.
    #[must_use]
    pub const fn hash(&self) -> DigestAlgorithm {
        self.hash
    }

    /// What was stamped: a digest by [`hash`](Self::hash).
    #[must_use]
    pub fn hashed(&self) -> &[u8] {
        self.info.message_imprint.hashed.as_bytes()
    }

    /// Its number, as contents octets of INTEGER.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        self.info.serial_number.as_bytes()
    }

    /// Whether it is of these octets.
    #[must_use]
    pub fn is_of(&self, octets: &[u8]) -> bool {
        self.hash.digest(octets) == self.info.message_imprint.hashed.as_bytes()
    }
}

#[derive(Sequence)]
pub(crate) struct Response {
    pub(crate) status: PkiStatusInfo,
    #[asn1(optional = "true")]
    pub(crate) token: Option<Any>,
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
