//! A test authority: it issues certificates, revocation lists, OCSP responses and time stamps in the national centre's profile, for tests,
//! examples and tours. **Its names say TEST, and nobody should trust it.**
//!
//! Keys are software keys. Nothing is stored here: who was issued what is the caller's to keep.

mod profile;
mod stamp;
mod status;

use core::fmt;
use der::asn1::{GeneralizedTime, Uint, UtcTime};
use der::{Decode, Encode, Sequence};
use x509_cert::certificate::Raw;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use crate::algorithm::{SignatureAlgorithm, encoded};
use crate::request::{Request, extension};
use crate::signed::ToBeSigned;
use crate::{Certificate, CertificateError, DateTime, EncodingFault, KeyError, PrivateKey, PublicKey, oid};

pub use profile::{Profile, serial_number};
pub use status::Revocations;

/// Why nothing was issued.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A key cannot be used.
    Key(KeyError),
    /// The certificate and the key do not belong together.
    OtherKey,
    /// The key is too weak: RSA below 2048 bits.
    Weak,
    /// The request's key is of another kind than this authority certifies.
    Kind,
    /// The request asks for an extension that users do not get, such as to be an authority itself.
    Extension(crate::ObjectIdentifier),
    /// The dates cannot be encoded or are the wrong way round.
    Dates,
    /// The encoding failed.
    Encoding(EncodingFault),
    /// What was issued cannot be read.
    Issued(CertificateError),
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::OtherKey => f.write_str("the authority's certificate and key do not belong together"),
            Self::Weak => f.write_str("the key is too weak"),
            Self::Kind => f.write_str("the key is of another kind than this authority certifies"),
            Self::Extension(oid) => write!(f, "users do not get the extension {oid}"),
            Self::Dates => f.write_str("the dates are the wrong way round or cannot be encoded"),
            Self::Encoding(error) => error.fmt(f),
            Self::Issued(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for AuthorityError {}

impl From<EncodingFault> for AuthorityError {
    fn from(error: EncodingFault) -> Self {
        Self::Encoding(error)
    }
}

/// TBSCertificate (RFC 5280 section 4.1.2).
#[derive(Sequence)]
struct Tbs {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: SerialNumber<Raw>,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity<Raw>,
    subject: Name,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

/// A certificate's contents before it is signed.
struct Draft<'a> {
    serial_number: Vec<u8>,
    issuer: &'a Name,
    subject: &'a Name,
    dates: (DateTime, DateTime),
    key: &'a PublicKey,
    extensions: Extensions,
}

impl Draft<'_> {
    fn sign(self, by: &PrivateKey) -> Result<Certificate, AuthorityError> {
        let algorithm = SignatureAlgorithm::of_key(by.public_key()).ok_or(AuthorityError::Kind)?;
        let tbs = Tbs {
            version: 2,
            serial_number: SerialNumber::from_der(&encoded(&Uint::new(&self.serial_number)?))?,
            signature: algorithm.identifier(),
            issuer: self.issuer.clone(),
            validity: validity(self.dates)?,
            subject: self.subject.clone(),
            key: SubjectPublicKeyInfoOwned::from_der(&self.key.to_spki())?,
            extensions: self.extensions,
        };
        let der = ToBeSigned::new(tbs.to_der()?, by.public_key()).and_then(|tbs| tbs.sign(by));
        Certificate::from_der(&der.map_err(AuthorityError::Key)?).map_err(AuthorityError::Issued)
    }
}

/// UTCTime up to 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5).
fn validity((from, until): (DateTime, DateTime)) -> Result<Validity<Raw>, AuthorityError> {
    if from > until {
        return Err(AuthorityError::Dates);
    }
    Ok(Validity::new(time(from), time(until)))
}

pub(crate) fn time(at: DateTime) -> Time {
    match UtcTime::from_date_time(at) {
        Ok(time) => Time::UtcTime(time),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_date_time(at)),
    }
}

/// An authority, or a service that it named: a certificate with its key.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    key: PrivateKey,
}

impl Authority {
    /// One that exists.
    /// # Errors
    /// [`AuthorityError::OtherKey`], [`AuthorityError::Key`].
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, AuthorityError> {
        if certificate.public_key().map_err(AuthorityError::Key)? != key.public_key() {
            return Err(AuthorityError::OtherKey);
        }
        Ok(Self { certificate, key })
    }

    /// A root, which issues itself.
    /// # Errors
    /// [`AuthorityError`].
    pub fn root(name: &Name, key: PrivateKey, dates: (DateTime, DateTime)) -> Result<Self, AuthorityError> {
        let public = key.public_key();
        let profile = Profile::of(public);
        let mut extensions = authority_extensions(None)?;
        extensions.push(profile.subject_key_id(public, true)?);
        extensions.push(profile::policies(&[oid::POLICY_ROOT])?);
        let draft = Draft {
            serial_number: serial_number(public),
            issuer: name,
            subject: name,
            dates,
            key: public,
            extensions,
        };
        Ok(Self { certificate: draft.sign(&key)?, key })
    }

    /// An authority below this one.
    /// # Errors
    /// [`AuthorityError`].
    pub fn subordinate(
        &self,
        name: &Name,
        key: PrivateKey,
        dates: (DateTime, DateTime),
    ) -> Result<Self, AuthorityError> {
        let mut extensions = authority_extensions(Some(0))?;
        extensions.push(Profile::of(key.public_key()).subject_key_id(key.public_key(), true)?);
        extensions.push(profile::policies(&[oid::POLICY_CENTRE_2022])?);
        let certificate =
            self.draft(name, key.public_key(), dates, extensions, serial_number(key.public_key()))?;
        Ok(Self { certificate: certificate.sign(&self.key)?, key })
    }

    /// A service of this authority: an OCSP responder or a time stamp authority.
    /// # Errors
    /// [`AuthorityError`].
    pub fn service(
        &self,
        name: &Name,
        key: PrivateKey,
        purpose: crate::ObjectIdentifier,
        dates: (DateTime, DateTime),
    ) -> Result<Self, AuthorityError> {
        let usage = KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation);
        let mut extensions = vec![
            extension(oid::KEY_USAGE, true, &usage)?,
            // RFC 3161 section 2.3 wants it critical and alone.
            extension(
                oid::EXT_KEY_USAGE,
                purpose == oid::TIME_STAMPING,
                &x509_cert::ext::pkix::ExtendedKeyUsage(vec![purpose]),
            )?,
        ];
        extensions.push(Profile::of(key.public_key()).subject_key_id(key.public_key(), false)?);
        if purpose == oid::OCSP_SIGNING {
            extensions.push(extension(crate::ocsp::message::NO_CHECK, false, &der::asn1::Null)?);
        } else {
            extensions.push(profile::policies(&[oid::POLICY_TIME_STAMPS])?);
        }
        let draft = self.draft(name, key.public_key(), dates, extensions, serial_number(key.public_key()))?;
        Ok(Self { certificate: draft.sign(&self.key)?, key })
    }

    /// A certificate for what a request asks. The extensions that users may ask for are taken over: usage, purposes and
    /// roles, kind of key store.
    /// # Errors
    /// [`AuthorityError::Kind`], [`AuthorityError::Weak`], [`AuthorityError::Extension`].
    pub fn issue(
        &self,
        request: &Request,
        dates: (DateTime, DateTime),
        serial: Vec<u8>,
    ) -> Result<Certificate, AuthorityError> {
        self.issue_to(request.subject(), request.public_key(), request.extensions(), dates, serial)
    }

    /// The same for parts that came in another form than a request, and whose sender proved that the key is his.
    /// # Errors
    /// As [`issue`](Self::issue).
    pub fn issue_to(
        &self,
        subject: &Name,
        key: &PublicKey,
        wanted: &Extensions,
        dates: (DateTime, DateTime),
        serial: Vec<u8>,
    ) -> Result<Certificate, AuthorityError> {
        if let PublicKey::Rsa(key) = key
            && key.bits() < 2048
        {
            return Err(AuthorityError::Weak);
        }
        if Profile::of(key) != Profile::of(self.key.public_key()) {
            return Err(AuthorityError::Kind);
        }
        const FOR_USERS: &[crate::ObjectIdentifier] =
            &[oid::KEY_USAGE, oid::EXT_KEY_USAGE, oid::KEY_STORE_TYPE];
        if let Some(other) = wanted.iter().find(|wanted| !FOR_USERS.contains(&wanted.extn_id)) {
            return Err(AuthorityError::Extension(other.extn_id));
        }
        let usage = wanted.iter().find(|wanted| wanted.extn_id == oid::KEY_USAGE);
        if let Some(usage) = usage {
            let bits = KeyUsage::from_der(usage.extn_value.as_bytes())?.0;
            if bits.contains(KeyUsages::KeyCertSign) || bits.contains(KeyUsages::CRLSign) {
                return Err(AuthorityError::Extension(oid::KEY_USAGE));
            }
        }
        let mut extensions = wanted.clone();
        extensions.push(Profile::of(key).subject_key_id(key, false)?);
        extensions.push(profile::policies(&[oid::POLICY_CENTRE_2022])?);
        extensions.extend(profile::addresses()?);
        self.draft(subject, key, dates, extensions, serial)?.sign(&self.key)
    }

    fn draft<'a>(
        &'a self,
        subject: &'a Name,
        key: &'a PublicKey,
        dates: (DateTime, DateTime),
        mut extensions: Extensions,
        serial_number: Vec<u8>,
    ) -> Result<Draft<'a>, AuthorityError> {
        let id = self.certificate.subject_key_id().map_err(AuthorityError::Issued)?.unwrap_or_default();
        extensions.push(profile::authority_key_id(&id)?);
        Ok(Draft { serial_number, issuer: self.certificate.subject(), subject, dates, key, extensions })
    }

    /// Its certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }
}

fn authority_extensions(path_len_constraint: Option<u8>) -> Result<Extensions, EncodingFault> {
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    Ok(vec![
        extension(oid::BASIC_CONSTRAINTS, true, &BasicConstraints { ca: true, path_len_constraint })?,
        extension(oid::KEY_USAGE, true, &usage)?,
    ])
}
