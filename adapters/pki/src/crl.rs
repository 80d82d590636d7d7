//! Certificate revocation lists (RFC 5280 section 5), whole and delta.

use core::fmt;
use der::Decode;
use der::asn1::{ObjectIdentifier, Uint};
use kaztoken_core::gost::encoding::{EncodingError, Signed};
use x509_cert::certificate::Raw;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;
pub use x509_cert::ext::pkix::CrlReason;
use x509_cert::name::Name;

use crate::algorithm::SignatureAlgorithm;
use crate::{DateTime, KeyError, PublicKey, oid};

const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
const DELTA_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");

/// A revocation list.
#[derive(Clone, Debug)]
pub struct Crl {
    der: Vec<u8>,
    list: CertificateList<Raw>,
    number: Option<Uint>,
    base: Option<Uint>,
    authority_key_id: Option<Vec<u8>>,
}

/// Why octets are no revocation list that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CrlError {
    /// Its outer form is not that of signed objects.
    Form(EncodingError),
    /// Its contents are not those of a revocation list.
    Contents(der::Error),
    /// It names two algorithms for its signature (RFC 5280 section 5.1.1.2).
    Algorithms,
    /// An extension is not what its name says.
    Extension(ObjectIdentifier),
    /// A critical extension, of the list or of an entry, that is not understood here, such as one that speaks of other
    /// issuers' certificates (RFC 5280 section 5.2.5).
    Critical(ObjectIdentifier),
}

impl fmt::Display for CrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => write!(f, "no revocation list: {error}"),
            Self::Contents(error) => write!(f, "no revocation list: {error}"),
            Self::Algorithms => f.write_str("the revocation list names two algorithms for its signature"),
            Self::Extension(oid) => write!(f, "the revocation list's extension {oid} is damaged"),
            Self::Critical(oid) => {
                write!(f, "the revocation list has an extension {oid} that must be understood")
            }
        }
    }
}

impl core::error::Error for CrlError {}

/// That a certificate was revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revoked {
    /// When.
    pub at: DateTime,
    /// Why, if that is said.
    pub reason: Option<CrlReason>,
}

impl Crl {
    /// From DER.
    /// # Errors
    /// [`CrlError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        Signed::from_der(der).map_err(CrlError::Form)?;
        let list = CertificateList::<Raw>::from_der(der).map_err(CrlError::Contents)?;
        if list.tbs_cert_list.signature != list.signature_algorithm {
            return Err(CrlError::Algorithms);
        }
        let mut crl = Self { der: der.to_vec(), list, number: None, base: None, authority_key_id: None };
        let tbs = &crl.list.tbs_cert_list;
        for extension in tbs.crl_extensions.iter().flatten() {
            let contents = extension.extn_value.as_bytes();
            let damaged = |_| CrlError::Extension(extension.extn_id);
            match extension.extn_id {
                CRL_NUMBER => crl.number = Some(Uint::from_der(contents).map_err(damaged)?),
                DELTA_INDICATOR => crl.base = Some(Uint::from_der(contents).map_err(damaged)?),
                oid::AUTHORITY_KEY_ID => {
                    let id = AuthorityKeyIdentifier::from_der(contents).map_err(damaged)?;
                    crl.authority_key_id = id.key_identifier.map(|id| id.as_bytes().to_vec());
                }
                other if extension.critical => return Err(CrlError::Critical(other)),
                _ => {}
            }
        }
        for extensions in
            tbs.revoked_certificates.iter().flatten().filter_map(|entry| entry.crl_entry_extensions.as_ref())
        {
            let unknown = extensions.iter().find(|extension| {
                extension.critical && !matches!(extension.extn_id, REASON_CODE | INVALIDITY_DATE)
            });
            if let Some(extension) = unknown {
                return Err(CrlError::Critical(extension.extn_id));
            }
        }
        Ok(crl)
    }

    /// As it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whose list it is.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.list.tbs_cert_list.issuer
    }

    /// The issuer's key identifier, if it is there.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_deref()
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> DateTime {
        self.list.tbs_cert_list.this_update.to_date_time()
    }

    /// When the next one comes at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<DateTime> {
        self.list.tbs_cert_list.next_update.map(|time| time.to_date_time())
    }

    /// Its number, big-endian.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_ref().map(Uint::as_bytes)
    }

    /// Of a delta list: the number of the list that it adds to.
    #[must_use]
    pub fn base_number(&self) -> Option<&[u8]> {
        self.base.as_ref().map(Uint::as_bytes)
    }

    /// The algorithm of its signature by number.
    #[must_use]
    pub const fn signature_algorithm_oid(&self) -> ObjectIdentifier {
        self.list.signature_algorithm.oid
    }

    /// How many certificates it names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.tbs_cert_list.revoked_certificates.as_ref().map_or(0, Vec::len)
    }

    /// Whether it names none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Serial numbers, and when and why each was revoked.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], Revoked)> {
        let entries = self.list.tbs_cert_list.revoked_certificates.iter().flatten();
        entries.map(|entry| (entry.serial_number.as_bytes(), revoked(entry)))
    }

    /// What it says about this serial number. In a delta list the reason may be that a hold was lifted
    /// ([`CrlReason::RemoveFromCRL`]).
    #[must_use]
    pub fn find(&self, serial_number: &[u8]) -> Option<Revoked> {
        let mut entries = self.list.tbs_cert_list.revoked_certificates.iter().flatten();
        entries.find(|entry| entry.serial_number.as_bytes() == serial_number).map(revoked)
    }

    /// Checks its signature by this key.
    /// # Errors
    /// [`KeyError`]; every error means "do not trust".
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), KeyError> {
        let oid = self.signature_algorithm_oid();
        let algorithm = SignatureAlgorithm::from_oid(&oid, None).ok_or(KeyError::UnknownAlgorithm(oid))?;
        let signed = Signed::from_der(&self.der).map_err(|_| KeyError::Malformed)?;
        issuer.verify(algorithm, signed.signed(), signed.signature())
    }
}

fn revoked(entry: &RevokedCert<Raw>) -> Revoked {
    let reason = |extensions: &Extensions| {
        let found = extensions.iter().find(|extension| extension.extn_id == REASON_CODE)?;
        CrlReason::from_der(found.extn_value.as_bytes()).ok()
    };
    Revoked {
        at: entry.revocation_date.to_date_time(),
        reason: entry.crl_entry_extensions.as_ref().and_then(reason),
    }
}
