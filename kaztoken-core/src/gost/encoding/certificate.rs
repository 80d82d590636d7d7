//! As much of an X.509 certificate as it takes to find its issuer's key and to check with its own.

use super::der::{INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, context};
use super::error::{EncodingError, Field, Problem};
use super::signed::Signed;
use super::spki::SubjectPublicKeyInfo;
use crate::gost::oid::oid;

const FIELD: Field = Field::Certificate;

/// A certificate (RFC 5280 section 4.1) taken apart. Nothing is said about validity, purpose or trust.
///
/// A root of the national centre's test authorities, checked from its octets:
///
/// ```
/// use kaztoken_core::gost::encoding::Certificate;
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let hex = include_str!("../../../tests/vectors/gost_kazakh_test_root.hex");
/// # let digits: Vec<u8> = hex.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.bytes()).collect();
/// # let digit = |d: u8| (d as char).to_digit(16).unwrap() as u8;
/// # let der: Vec<u8> = digits.chunks(2).map(|d| digit(d[0]) << 4 | digit(d[1])).collect();
/// let root = Certificate::from_der(&der)?;
/// assert_eq!(root.issuer(), root.subject());
/// root.signed().verify(&root.public_key_info()?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    signed: Signed<'a>,
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    public_key_info: &'a [u8],
    subject_key_id: Option<&'a [u8]>,
    authority_key_id: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Takes DER apart. The algorithm is in it twice, and both must agree (RFC 5280 section 4.1.1.2).
    ///
    /// # Errors
    /// [`EncodingError`] says which field is wrong, where and why.
    pub fn from_der(octets: &'a [u8]) -> Result<Self, EncodingError> {
        let signed = Signed::from_der(octets)?;
        let mut inside = Reader::only(octets, SEQUENCE, Field::Signed)?;
        let mut inside = inside.expect(SEQUENCE, Field::ToBeSigned)?;
        inside.optional(context(0), Field::Version)?;
        let serial = inside.expect(INTEGER, FIELD)?.octets();
        let algorithm = inside.element(SEQUENCE, Field::SignatureAlgorithm)?;
        if algorithm.whole != signed.algorithm_identifier() {
            return Err(EncodingError::new(Field::SignatureAlgorithm, algorithm.at, Problem::Mismatch));
        }
        let issuer = inside.element(SEQUENCE, FIELD)?.whole;
        inside.expect(SEQUENCE, FIELD)?;
        let subject = inside.element(SEQUENCE, FIELD)?.whole;
        let public_key_info = inside.element(SEQUENCE, Field::SubjectPublicKeyInfo)?.whole;
        // issuerUniqueID and subjectUniqueID, which nobody uses.
        inside.optional(0x81, FIELD)?;
        inside.optional(0x82, FIELD)?;
        let extensions = inside.optional(context(3), Field::Extensions)?;
        inside.end(FIELD)?;
        let mut certificate = Self {
            signed,
            serial,
            issuer,
            subject,
            public_key_info,
            subject_key_id: None,
            authority_key_id: None,
        };
        if let Some(mut extensions) = extensions {
            let list = extensions.expect(SEQUENCE, Field::Extensions)?;
            extensions.end(Field::Extensions)?;
            certificate.read_extensions(list)?;
        }
        Ok(certificate)
    }

    fn read_extensions(&mut self, mut list: Reader<'a>) -> Result<(), EncodingError> {
        const FIELD: Field = Field::Extensions;
        // Each turn takes at least two octets off the list.
        while list.peek().is_some() {
            let mut extension = list.expect(SEQUENCE, FIELD)?;
            let name = extension.expect(OID, FIELD)?.octets();
            extension.optional(0x01, FIELD)?;
            let mut value = extension.expect(OCTET_STRING, FIELD)?;
            if name == oid!("2.5.29.14").der_body() {
                self.subject_key_id = Some(value.expect(OCTET_STRING, FIELD)?.octets());
            } else if name == oid!("2.5.29.35").der_body() {
                let mut key_id = value.expect(SEQUENCE, FIELD)?;
                self.authority_key_id = key_id.optional(0x80, FIELD)?.map(|id| id.octets());
            }
        }
        Ok(())
    }

    /// What is signed, by which algorithm, and the signature.
    #[must_use]
    pub const fn signed(&self) -> &Signed<'a> {
        &self.signed
    }

    /// The contents octets of the serial number: a signed number, the most significant octet first.
    #[must_use]
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The issuer's name as encoded, with its tag and length. Compare names as octets: the national centre
    /// does not keep one order of their parts.
    #[must_use]
    pub const fn issuer(&self) -> &'a [u8] {
        self.issuer
    }

    /// The subject's name as encoded.
    #[must_use]
    pub const fn subject(&self) -> &'a [u8] {
        self.subject
    }

    /// SubjectPublicKeyInfo as encoded, of whatever algorithm.
    #[must_use]
    pub const fn public_key_info_der(&self) -> &'a [u8] {
        self.public_key_info
    }

    /// The subject's public key.
    ///
    /// # Errors
    /// [`EncodingError`], with offsets into [the encoded info](Self::public_key_info_der);
    /// [`Problem::UnknownOid`] for keys that are not GOST.
    pub fn public_key_info(&self) -> Result<SubjectPublicKeyInfo, EncodingError> {
        SubjectPublicKeyInfo::from_der(self.public_key_info)
    }

    /// The subject key identifier, if there is one.
    #[must_use]
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.subject_key_id
    }

    /// The authority key identifier, if there is one: the subject key identifier of the issuer.
    #[must_use]
    pub const fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.authority_key_id
    }
}
