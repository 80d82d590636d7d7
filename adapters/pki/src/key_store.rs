//! Key stores: PKCS#12 (RFC 7292) as the national centre writes it, as OpenSSL does, and with GOST (RFC 9337, RFC 9548);
//! encrypted and bare PKCS#8.
//!
//! A wrong password and a damaged file are two things: the code over the contents is wrong in both cases, but with the right
//! password a private key comes out of the decryption all the same.

mod password;
mod pfx;
mod write;

use core::fmt;
use der::asn1::OctetStringRef;
use der::{Decode, Sequence};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::ber::{self, BerError};
use crate::{Certificate, CertificateError, ObjectIdentifier, PrivateKey, PrivateKeyError};
use password::Password;
pub use write::{Form, write};

/// What was in a key store.
#[derive(Debug, Default)]
pub struct KeyStore {
    /// Private keys.
    pub keys: Vec<StoredKey>,
    /// Certificates.
    pub certificates: Vec<StoredCertificate>,
    /// Whether a code over the contents was there, and good.
    pub authenticated: bool,
}

/// A private key with its names.
#[derive(Debug)]
pub struct StoredKey {
    /// The key.
    pub key: PrivateKey,
    /// friendlyName.
    pub name: Option<String>,
    /// localKeyID, which ties it to its certificate.
    pub id: Option<Vec<u8>>,
}

/// A certificate with its names.
#[derive(Clone, Debug)]
pub struct StoredCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// friendlyName.
    pub name: Option<String>,
    /// localKeyID.
    pub id: Option<Vec<u8>>,
}

/// Why a key store does not open.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// The file is no key store and no private key.
    NotOne,
    /// Its outer encoding is damaged.
    Encoding(BerError),
    /// A part of it is damaged.
    Damaged(&'static str),
    /// The password is wrong.
    Password,
    /// The password is right, but the code over the contents is not: they were changed, by damage or by somebody.
    Changed,
    /// An encryption or code of this identifier is not known.
    UnknownCipher(ObjectIdentifier),
    /// It asks for this many rounds: none, or more than would ever end.
    Iterations(u32),
    /// A private key in it cannot be used.
    Key(PrivateKeyError),
    /// A certificate in it is damaged.
    Certificate(CertificateError),
    /// A private key and the certificate that it is tied to do not belong together.
    OtherCertificate,
}

impl fmt::Display for KeyStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOne => f.write_str("this is no key store and no private key"),
            Self::Encoding(error) => write!(f, "the key store is damaged: {error}"),
            Self::Damaged(what) => write!(f, "the key store is damaged: {what}"),
            Self::Password => f.write_str("the password is wrong"),
            Self::Changed => {
                f.write_str("the password is right, but the key store was changed after it was made")
            }
            Self::UnknownCipher(oid) => write!(f, "the key store's encryption {oid} is not known"),
            Self::Iterations(count) => {
                write!(f, "the key store asks for {count} rounds of its key derivation")
            }
            Self::Key(error) => error.fmt(f),
            Self::Certificate(error) => error.fmt(f),
            Self::OtherCertificate => {
                f.write_str("a private key and the certificate beside it do not belong together")
            }
        }
    }
}

impl core::error::Error for KeyStoreError {}

/// EncryptedPrivateKeyInfo (RFC 5958 section 3).
#[derive(Sequence)]
struct Encrypted<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    text: &'a OctetStringRef,
}

impl KeyStore {
    /// Opens a file: PKCS#12, EncryptedPrivateKeyInfo or PrivateKeyInfo, as DER or BER. See [`crate::text`] for PEM.
    /// # Errors
    /// [`KeyStoreError`].
    pub fn open(file: &[u8], password: &str) -> Result<Self, KeyStoreError> {
        let der = match ber::to_der(file) {
            Ok(der) => Zeroizing::new(der),
            Err(_) if file.first() != Some(&0x30) => return Err(KeyStoreError::NotOne),
            Err(error) => return Err(KeyStoreError::Encoding(error)),
        };
        let password = Password::new(password);
        let store = match pfx::Pfx::from_der(&der) {
            Ok(pfx) => pfx.open(&password)?,
            Err(_) => Self::open_key(&der, &password)?,
        };
        store.check_pairs()?;
        Ok(store)
    }

    fn open_key(der: &[u8], password: &Password) -> Result<Self, KeyStoreError> {
        let key = match Encrypted::from_der(der) {
            Ok(encrypted) => decrypt_key(&encrypted, password)?,
            Err(_) => PrivateKey::from_pkcs8(der).map_err(|error| match error {
                PrivateKeyError::Malformed => KeyStoreError::NotOne,
                error => KeyStoreError::Key(error),
            })?,
        };
        let key = StoredKey { key, name: None, id: None };
        Ok(Self { keys: vec![key], certificates: Vec::new(), authenticated: false })
    }

    /// The certificate that belongs to a key: by the key itself.
    #[must_use]
    pub fn certificate_of(&self, key: &StoredKey) -> Option<&StoredCertificate> {
        let fits = |stored: &&StoredCertificate| {
            stored.certificate.public_key().is_ok_and(|public| public == key.key.public_key())
        };
        self.certificates.iter().find(fits)
    }

    /// What is tied together must belong together.
    fn check_pairs(&self) -> Result<(), KeyStoreError> {
        for key in self.keys.iter().filter(|key| key.id.is_some()) {
            let mut tied = self.certificates.iter().filter(|stored| stored.id == key.id).peekable();
            let any = tied.peek().is_some();
            let fits = |stored: &StoredCertificate| {
                // A certificate of an unknown algorithm cannot be compared, and does not fit.
                stored.certificate.public_key().is_ok_and(|public| public == key.key.public_key())
            };
            if any && !tied.any(fits) {
                return Err(KeyStoreError::OtherCertificate);
            }
        }
        Ok(())
    }
}

/// The first of the texts that is a private key; the password is wrong when none is.
fn decrypt_key(encrypted: &Encrypted<'_>, password: &Password) -> Result<PrivateKey, KeyStoreError> {
    let texts = password::decrypt(&encrypted.algorithm, encrypted.text.as_bytes(), password)?;
    let mut error = KeyStoreError::Password;
    for text in texts {
        match PrivateKey::from_pkcs8(&text) {
            Ok(key) => return Ok(key),
            // What begins as a private key does was decrypted by the right password.
            Err(why) if begins_as_key(&text) => error = KeyStoreError::Key(why),
            Err(_) => {}
        }
    }
    Err(error)
}

/// SEQUENCE of the right length with a version inside.
fn begins_as_key(text: &[u8]) -> bool {
    der::AnyRef::from_der(text)
        .is_ok_and(|any| any.value().starts_with(&[2, 1, 0]) || any.value().starts_with(&[2, 1, 1]))
}
