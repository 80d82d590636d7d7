//! The messages of CMP (RFC 4210 section 5, RFC 9480) and of its certificate requests (RFC 4211), as they are encoded.
//!
//! What nobody here sends is kept as it is: [`Any`].

use der::asn1::{BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString};
use der::{Any, Choice, Sequence};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Validity;

/// id-PasswordBasedMac.
pub const PASSWORD_BASED_MAC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113533.7.66.13");
/// id-it-implicitConfirm.
pub const IMPLICIT_CONFIRM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.4.13");

/// A name that a general name is made of, or a value of an information type.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct InfoTypeAndValue {
    /// Which.
    pub info_type: ObjectIdentifier,
    /// Its value.
    #[asn1(optional = "true")]
    pub info_value: Option<Any>,
}

/// PKIHeader.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct Header {
    /// 2: of the year 2000.
    pub pvno: u8,
    /// Who sends; an empty name when only the key identifier says it.
    pub sender: GeneralName,
    /// To whom.
    pub recipient: GeneralName,
    /// When.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub message_time: Option<GeneralizedTime>,
    /// How the message is protected.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub protection_alg: Option<AlgorithmIdentifierOwned>,
    /// Which of the sender's keys, or the reference of a shared secret.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub sender_kid: Option<OctetString>,
    /// Which of the recipient's keys.
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub recip_kid: Option<OctetString>,
    /// Which transaction.
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", optional = "true")]
    pub transaction_id: Option<OctetString>,
    /// Random octets that the answer repeats.
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", optional = "true")]
    pub sender_nonce: Option<OctetString>,
    /// Those of the message that this one answers.
    #[asn1(context_specific = "6", tag_mode = "EXPLICIT", optional = "true")]
    pub recip_nonce: Option<OctetString>,
    /// For people.
    #[asn1(context_specific = "7", tag_mode = "EXPLICIT", optional = "true")]
    pub free_text: Option<Vec<String>>,
    /// More.
    #[asn1(context_specific = "8", tag_mode = "EXPLICIT", optional = "true")]
    pub general_info: Option<Vec<InfoTypeAndValue>>,
}

/// PKIMessage. Header and body stay as they came, because the protection is over their octets.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct Message {
    /// DER of [`Header`].
    pub header: Any,
    /// DER of [`Body`].
    pub body: Any,
    /// Signature or code over [`ProtectedPart`].
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub protection: Option<BitString>,
    /// Certificates that help to check it.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub extra_certs: Option<Vec<Any>>,
}

/// What is protected.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct ProtectedPart {
    /// PKIHeader.
    pub header: Any,
    /// PKIBody.
    pub body: Any,
}

/// PKIBody, as far as an enrolment goes.
#[derive(Clone, PartialEq, Eq, Debug, Choice)]
#[non_exhaustive]
pub enum Body {
    /// Initialisation request.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Ir(Vec<CertReqMsg>),
    /// Its response.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Ip(CertRepMessage),
    /// Certification request.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Cr(Vec<CertReqMsg>),
    /// Its response.
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", constructed = "true")]
    Cp(CertRepMessage),
    /// Request as PKCS#10.
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", constructed = "true")]
    P10cr(Any),
    /// That nothing more is to be said.
    #[asn1(context_specific = "19", tag_mode = "EXPLICIT", constructed = "true")]
    PkiConf(Null),
    /// That something went wrong.
    #[asn1(context_specific = "23", tag_mode = "EXPLICIT", constructed = "true")]
    Error(ErrorMsgContent),
    /// That the certificate came and is taken, or not.
    #[asn1(context_specific = "24", tag_mode = "EXPLICIT", constructed = "true")]
    CertConf(Vec<CertStatus>),
    /// Whether there is something by now.
    #[asn1(context_specific = "25", tag_mode = "EXPLICIT", constructed = "true")]
    PollReq(Vec<PollRequest>),
    /// That there is nothing yet.
    #[asn1(context_specific = "26", tag_mode = "EXPLICIT", constructed = "true")]
    PollRep(Vec<PollAnswer>),
}

/// CertReqMsg (RFC 4211 section 3).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertReqMsg {
    /// What is asked for. DER of [`CertRequest`], whose octets the proof is over.
    pub cert_req: Any,
    /// That the sender has the private key.
    #[asn1(optional = "true")]
    pub popo: Option<ProofOfPossession>,
    /// More.
    #[asn1(optional = "true")]
    pub reg_info: Option<Any>,
}

/// CertRequest (RFC 4211 section 5).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertRequest {
    /// Which of several.
    pub cert_req_id: i8,
    /// What.
    pub cert_template: CertTemplate,
    /// More.
    #[asn1(optional = "true")]
    pub controls: Option<Any>,
}

/// CertTemplate (RFC 4211 section 5).
#[derive(Clone, PartialEq, Eq, Debug, Default, Sequence)]
pub struct CertTemplate {
    /// Not used.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub version: Option<u8>,
    /// Not used.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub serial_number: Option<u64>,
    /// Not used.
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub signing_alg: Option<AlgorithmIdentifierOwned>,
    /// By whom.
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub issuer: Option<Name>,
    /// From when to when.
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", optional = "true")]
    pub validity: Option<OptionalValidity>,
    /// For whom.
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", optional = "true")]
    pub subject: Option<Name>,
    /// For which key.
    #[asn1(context_specific = "6", tag_mode = "IMPLICIT", optional = "true")]
    pub public_key: Option<SubjectPublicKeyInfoOwned>,
    /// Usage, roles and the like.
    #[asn1(context_specific = "9", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

/// From when to when, either of which may be left to the authority.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct OptionalValidity {
    /// From when.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub not_before: Option<x509_cert::time::Time>,
    /// Until when.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub not_after: Option<x509_cert::time::Time>,
}

impl From<Validity> for OptionalValidity {
    fn from(validity: Validity) -> Self {
        Self { not_before: Some(validity.not_before), not_after: Some(validity.not_after) }
    }
}

/// ProofOfPossession (RFC 4211 section 4).
#[derive(Clone, PartialEq, Eq, Debug, Choice)]
#[non_exhaustive]
pub enum ProofOfPossession {
    /// A registration authority vouches.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    RaVerified(Null),
    /// The key signed the request.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Signature(PopoSigningKey),
}

/// POPOSigningKey (RFC 4211 section 4.1) over the request itself: poposkInput is for requests without subject or key.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct PopoSigningKey {
    /// How.
    pub algorithm_identifier: AlgorithmIdentifierOwned,
    /// The signature.
    pub signature: BitString,
}

/// CertRepMessage.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertRepMessage {
    /// The authority's certificates.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub ca_pubs: Option<Vec<Any>>,
    /// The answers.
    pub response: Vec<CertResponse>,
}

/// CertResponse.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertResponse {
    /// Which request.
    pub cert_req_id: i8,
    /// What became of it.
    pub status: PkiStatusInfo,
    /// The certificate.
    #[asn1(optional = "true")]
    pub certified_key_pair: Option<CertifiedKeyPair>,
    /// More.
    #[asn1(optional = "true")]
    pub rsp_info: Option<OctetString>,
}

/// CertifiedKeyPair.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertifiedKeyPair {
    /// The certificate.
    pub cert_or_enc_cert: CertOrEncCert,
    /// Private keys that the authority made, and where it publishes: not used.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub private_key: Option<Any>,
    /// Where the authority publishes it.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub publication_info: Option<Any>,
}

/// CertOrEncCert.
#[derive(Clone, PartialEq, Eq, Debug, Choice)]
#[non_exhaustive]
pub enum CertOrEncCert {
    /// In the open.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Certificate(Any),
}

/// PKIStatus: what became of a request.
pub mod status {
    /// As asked.
    pub const ACCEPTED: u8 = 0;
    /// With changes.
    pub const GRANTED_WITH_MODS: u8 = 1;
    /// No.
    pub const REJECTION: u8 = 2;
    /// Not yet.
    pub const WAITING: u8 = 3;
}

/// PKIStatusInfo.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct PkiStatusInfo {
    /// One of [`status`].
    pub status: u8,
    /// For people.
    #[asn1(optional = "true")]
    pub status_string: Option<Vec<String>>,
    /// PKIFailureInfo, bit by bit.
    #[asn1(optional = "true")]
    pub fail_info: Option<BitString>,
}

/// ErrorMsgContent.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct ErrorMsgContent {
    /// What went wrong.
    pub pki_status_info: PkiStatusInfo,
    /// A number of the sender's own.
    #[asn1(optional = "true")]
    pub error_code: Option<i64>,
    /// For people.
    #[asn1(optional = "true")]
    pub error_details: Option<Vec<String>>,
}

/// CertStatus of certConf.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertStatus {
    /// Hash of the certificate, by the function of its signature.
    pub cert_hash: OctetString,
    /// Which request.
    pub cert_req_id: i8,
    /// Whether it is taken; absent: it is.
    #[asn1(optional = "true")]
    pub status_info: Option<PkiStatusInfo>,
    /// Another hash function (RFC 9480 section 2.10).
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub hash_alg: Option<AlgorithmIdentifierOwned>,
}

/// A line of pollReq.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Sequence)]
pub struct PollRequest {
    /// Which request.
    pub cert_req_id: i8,
}

/// A line of pollRep.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct PollAnswer {
    /// Which request.
    pub cert_req_id: i8,
    /// In so many seconds.
    pub check_after: u32,
    /// For people.
    #[asn1(optional = "true")]
    pub reason: Option<Vec<String>>,
}

/// PBMParameter (RFC 4211 section 4.4).
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct PbmParameter {
    /// Random.
    pub salt: OctetString,
    /// The hash function that makes the key.
    pub owf: AlgorithmIdentifierOwned,
    /// How often.
    pub iteration_count: u32,
    /// The code.
    pub mac: AlgorithmIdentifierOwned,
}

/// A text for people, whatever was sent.
#[must_use]
pub fn texts(strings: Option<&Vec<String>>) -> String {
    strings.map(|all| all.join("; ")).unwrap_or_default()
}
