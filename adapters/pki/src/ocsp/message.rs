//! The messages of OCSP (RFC 6960 section 4) as they are encoded.

use der::asn1::{BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString};
use der::{Any, Choice, Enumerated, Sequence};
use x509_cert::certificate::Raw;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// id-pkix-ocsp-basic.
pub const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce.
pub const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-nocheck: the responder's certificate itself is not asked about.
pub const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
/// id-pkix-ocsp-extended-revoke: serial numbers that were never given out are answered as revoked.
pub const EXTENDED_REVOKE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.9");

/// Which certificate is meant.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct CertId {
    /// Of the two hashes.
    pub hash_algorithm: AlgorithmIdentifierOwned,
    /// Of the issuer's name, with tag and length.
    pub issuer_name_hash: OctetString,
    /// Of the contents of the issuer's key BIT STRING.
    pub issuer_key_hash: OctetString,
    /// The certificate's.
    pub serial_number: SerialNumber<Raw>,
}

/// A question about one certificate.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct Request {
    /// Which.
    pub req_cert: CertId,
    /// Not used by anybody known.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub single_request_extensions: Option<Extensions>,
}

/// What of a request may be signed.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct TbsRequest {
    /// Absent: 1.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub version: Option<u8>,
    /// Who asks, a GeneralName.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub requestor_name: Option<Any>,
    /// The questions.
    pub request_list: Vec<Request>,
    /// The nonce among them.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub request_extensions: Option<Extensions>,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct OcspRequest {
    /// The questions.
    pub tbs_request: TbsRequest,
    /// A signature, which nobody asks for.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub optional_signature: Option<Any>,
}

/// Whether there is an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Enumerated)]
#[repr(u32)]
pub enum ResponseStatus {
    /// There is.
    Successful = 0,
    /// The request was not understood.
    MalformedRequest = 1,
    /// The responder has a fault.
    InternalError = 2,
    /// Later.
    TryLater = 3,
    /// The request must be signed.
    SigRequired = 5,
    /// Not for this one who asks.
    Unauthorized = 6,
}

/// The answer in its wrapping.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct ResponseBytes {
    /// [`BASIC`].
    pub response_type: ObjectIdentifier,
    /// DER of [`BasicOcspResponse`].
    pub response: OctetString,
}

/// A response.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct OcspResponseMessage {
    /// Whether there is an answer.
    pub response_status: ResponseStatus,
    /// The answer.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub response_bytes: Option<ResponseBytes>,
}

/// Who answers.
#[derive(Clone, PartialEq, Eq, Debug, Choice)]
pub enum ResponderId {
    /// By name.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    ByName(Name),
    /// By SHA-1 of the key.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

/// When and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Sequence)]
pub struct RevokedInfo {
    /// When.
    pub revocation_time: GeneralizedTime,
    /// Why.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub revocation_reason: Option<CrlReason>,
}

/// What is known of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Choice)]
pub enum CertStatus {
    /// It is not revoked.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    /// It is.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    /// The responder does not know it.
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

/// The answer about one certificate.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct SingleResponse {
    /// Which.
    pub cert_id: CertId,
    /// What is known.
    pub cert_status: CertStatus,
    /// Since when.
    pub this_update: GeneralizedTime,
    /// Until when at least.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub next_update: Option<GeneralizedTime>,
    /// More.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub single_extensions: Option<Extensions>,
}

/// What is signed.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct ResponseData {
    /// Absent: 1.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub version: Option<u8>,
    /// Who answers.
    pub responder_id: ResponderId,
    /// When.
    pub produced_at: GeneralizedTime,
    /// The answers.
    pub responses: Vec<SingleResponse>,
    /// The nonce of the request among them.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub response_extensions: Option<Extensions>,
}

/// A signed answer. What is signed is read from the original octets, never from this.
#[derive(Clone, PartialEq, Eq, Debug, Sequence)]
pub struct BasicOcspResponse {
    /// What is signed.
    pub tbs_response_data: ResponseData,
    /// How.
    pub signature_algorithm: AlgorithmIdentifierOwned,
    /// The signature.
    pub signature: BitString,
    /// The responder's certificate and those above it.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub certs: Option<Vec<Any>>,
}
