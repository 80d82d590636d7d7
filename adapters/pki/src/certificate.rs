//! X.509 certificates (RFC 5280) as Kazakhstan's authorities issue them.

use core::fmt;
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use kaztoken_core::gost::encoding::{EncodingError, Signed};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use crate::algorithm::SignatureAlgorithm;
use crate::{DateTime, KeyError, PublicKey, oid};

/// A certificate, read whole. Nothing is said about validity, purpose or trust.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    inner: CertificateInner<Raw>,
    key: Result<PublicKey, KeyError>,
}

/// Why octets are no certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CertificateError {
    /// Its outer form is not that of signed objects.
    Form(EncodingError),
    /// Its contents are not those of a certificate.
    Contents(der::Error),
    /// It names two algorithms for its signature (RFC 5280 section 4.1.1.2).
    Algorithms,
    /// An extension is not what its name says.
    Extension(ObjectIdentifier),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => write!(f, "no certificate: {error}"),
            Self::Contents(error) => write!(f, "no certificate: {error}"),
            Self::Algorithms => f.write_str("the certificate names two algorithms for its signature"),
            Self::Extension(oid) => write!(f, "the certificate's extension {oid} is damaged"),
        }
    }
}

impl core::error::Error for CertificateError {}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// From DER. A key of an algorithm that is not known is no error yet.
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Signed::from_der(der).map_err(CertificateError::Form)?;
        let inner = CertificateInner::<Raw>::from_der(der).map_err(CertificateError::Contents)?;
        if inner.tbs_certificate().signature() != inner.signature_algorithm() {
            return Err(CertificateError::Algorithms);
        }
        let info = inner.tbs_certificate().subject_public_key_info().to_der();
        let key = PublicKey::from_spki(&info.map_err(CertificateError::Contents)?);
        Ok(Self { der: der.to_vec(), inner, key })
    }

    /// As it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What is signed, with tag and length, and the signature's octets.
    fn signed(&self) -> (&[u8], &[u8]) {
        // It was taken apart once already.
        Signed::from_der(&self.der).map(|signed| (signed.signed(), signed.signature())).unwrap_or_default()
    }

    /// Its public key.
    /// # Errors
    /// [`KeyError`]: one of an unknown algorithm, or damaged.
    pub fn public_key(&self) -> Result<&PublicKey, KeyError> {
        self.key.as_ref().map_err(Clone::clone)
    }

    /// Its SubjectPublicKeyInfo as it stands there.
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        self.inner.tbs_certificate().subject_public_key_info().to_der().unwrap_or_default()
    }

    /// Contents octets of the serial number: a signed number, the most significant octet first. KISC has 32 of them, and
    /// some are negative.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        self.serial().as_bytes()
    }

    pub(crate) fn serial(&self) -> &SerialNumber<Raw> {
        self.inner.tbs_certificate().serial_number()
    }

    /// The issuer's name. Compare names as encoded: the national centre keeps no one order of their parts.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.inner.tbs_certificate().issuer()
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.inner.tbs_certificate().subject()
    }

    /// The first and the last moment at which it holds.
    #[must_use]
    pub fn validity(&self) -> (DateTime, DateTime) {
        let validity = self.inner.tbs_certificate().validity();
        (validity.not_before.to_date_time(), validity.not_after.to_date_time())
    }

    /// The algorithm of its signature; `None` when it is not known.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_oid(&self.signature_algorithm_oid(), None)
    }

    /// The algorithm of its signature by number.
    #[must_use]
    pub fn signature_algorithm_oid(&self) -> ObjectIdentifier {
        self.inner.signature_algorithm().oid
    }

    /// Checks its signature by this key. Says nothing about dates and purposes.
    /// # Errors
    /// [`KeyError`]; every error means "do not trust".
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), KeyError> {
        let oid = self.signature_algorithm_oid();
        let algorithm = self.signature_algorithm().ok_or(KeyError::UnknownAlgorithm(oid))?;
        let (signed, signature) = self.signed();
        issuer.verify(algorithm, signed, signature)
    }

    /// The contents of an extension, and whether it is critical.
    #[must_use]
    pub fn extension(&self, name: &ObjectIdentifier) -> Option<(&[u8], bool)> {
        let mut all = self.inner.tbs_certificate().extensions()?.iter();
        let found = all.find(|extension| extension.extn_id == *name)?;
        Some((found.extn_value.as_bytes(), found.critical))
    }

    /// The names of its extensions, and whether each is critical.
    pub fn extensions(&self) -> impl Iterator<Item = (ObjectIdentifier, bool)> + '_ {
        let all = self.inner.tbs_certificate().extensions().map_or(&[][..], Vec::as_slice);
        all.iter().map(|extension| (extension.extn_id, extension.critical))
    }

    fn read<'a, T: Decode<'a>>(&'a self, name: &ObjectIdentifier) -> Result<Option<T>, CertificateError> {
        match self.extension(name) {
            None => Ok(None),
            Some((contents, _)) => {
                T::from_der(contents).map(Some).map_err(|_| CertificateError::Extension(*name))
            }
        }
    }

    /// subjectKeyIdentifier.
    /// # Errors
    /// [`CertificateError::Extension`], here and below.
    pub fn subject_key_id(&self) -> Result<Option<Vec<u8>>, CertificateError> {
        let id: Option<SubjectKeyIdentifier> = self.read(&oid::SUBJECT_KEY_ID)?;
        Ok(id.map(|id| OctetString::into_bytes(id.0).into()))
    }

    /// authorityKeyIdentifier's keyIdentifier.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn authority_key_id(&self) -> Result<Option<Vec<u8>>, CertificateError> {
        let id: Option<AuthorityKeyIdentifier> = self.read(&oid::AUTHORITY_KEY_ID)?;
        Ok(id.and_then(|id| id.key_identifier).map(|id| OctetString::into_bytes(id).into()))
    }

    /// basicConstraints.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, CertificateError> {
        self.read(&oid::BASIC_CONSTRAINTS)
    }

    /// keyUsage.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, CertificateError> {
        self.read(&oid::KEY_USAGE)
    }

    /// extKeyUsage: purposes, and Kazakhstan's roles.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn extended_key_usage(&self) -> Result<Vec<ObjectIdentifier>, CertificateError> {
        let usage: Option<ExtendedKeyUsage> = self.read(&oid::EXT_KEY_USAGE)?;
        Ok(usage.map(|usage| usage.0).unwrap_or_default())
    }

    /// The identifiers of certificatePolicies.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn policies(&self) -> Result<Vec<ObjectIdentifier>, CertificateError> {
        let policies: Option<CertificatePolicies> = self.read(&oid::CERTIFICATE_POLICIES)?;
        Ok(policies.into_iter().flat_map(|all| all.0).map(|policy| policy.policy_identifier).collect())
    }

    /// In which kind of store its key was made: the national centre's extension 1.2.398.3.3.5, a SEQUENCE that begins with
    /// an identifier.
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn key_store_type(&self) -> Result<Option<ObjectIdentifier>, CertificateError> {
        let parts: Option<Vec<der::AnyRef<'_>>> = self.read(&oid::KEY_STORE_TYPE)?;
        let Some(parts) = parts else { return Ok(None) };
        let first = parts.first().and_then(|part| part.decode_as().ok());
        first.map(Some).ok_or(CertificateError::Extension(oid::KEY_STORE_TYPE))
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }
}
