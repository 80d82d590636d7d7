//! The bank's initial key: a key store whose password is the DSN code.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::note;
use crate::pin_source::PinSource;
use crate::said::Said as _;
use crate::trust::blocks;
use kaztoken_pki::cmp::Credentials;
use kaztoken_pki::key_store::{KeyStore, KeyStoreError};
use kaztoken_pki::{Certificate, Name, PrivateKey};
use sha2::Digest as _;
use std::path::Path;
use zeroize::Zeroizing;

/// The initial key with its certificates, its own first.
pub(super) struct Initial {
    key: PrivateKey,
    certificates: Vec<Certificate>,
}

impl Initial {
    /// Opens the file. The DSN code is read as it was typed; what does not open is told apart: a wrong code from a damaged
    /// file.
    pub(super) fn open(path: &Path, source: &PinSource) -> Result<Self> {
        let shown = || path.display().to_string();
        let octets = blocks(path)?.into_iter().next().unwrap_or_default();
        let code = source.text(&say!("enroll-dsn"))?;
        let store = KeyStore::open(&octets, &code).map_err(|error| {
            let problem = Problem::new(Code::Data, error.said()).while_doing(&shown());
            match error {
                KeyStoreError::Password => problem.and(&advice(&code)),
                KeyStoreError::Changed | KeyStoreError::Damaged(_) | KeyStoreError::Encoding(_) => {
                    problem.and(&say!("enroll-initial-damaged"))
                }
                _ => problem,
            }
        })?;
        drop(code);
        let mut keys = store.keys;
        let (Some(stored), true) = (keys.pop(), keys.is_empty()) else {
            return Err(Problem::new(Code::Data, say!("enroll-initial-keys", path = shown())));
        };
        let public = stored.key.public_key().clone();
        let is_own = |certificate: &Certificate| certificate.public_key().is_ok_and(|key| *key == public);
        let all = store.certificates.into_iter().map(|stored| stored.certificate);
        let (own, others): (Vec<_>, Vec<_>) = all.partition(is_own);
        if own.is_empty() {
            return Err(Problem::new(Code::Data, say!("enroll-initial-no-certificate", path = shown())));
        }
        Ok(Self { key: stored.key, certificates: own.into_iter().chain(others).collect() })
    }

    pub(super) const fn credentials(&self) -> Credentials<'_> {
        Credentials::Signature(&self.key, self.certificates.as_slice())
    }

    /// Whose it is.
    pub(super) fn subject(&self) -> Option<&Name> {
        self.certificates.first().map(Certificate::subject)
    }

    pub(super) fn certificate(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// By which the same key is known again.
    pub(super) fn fingerprint(&self) -> Vec<u8> {
        sha2::Sha256::digest(self.key.public_key().to_spki()).to_vec()
    }
}

/// What the manual says about codes that do not open: length, capitals, letters and digits that look alike.
fn advice(code: &Zeroizing<String>) -> String {
    let letters = code.chars().count();
    if letters != 11 {
        return say!("enroll-dsn-length", count = letters);
    }
    if code.chars().any(char::is_lowercase) {
        return say!("enroll-dsn-capitals");
    }
    if !code.is_ascii() {
        return say!("enroll-dsn-alphabet");
    }
    if code.contains(['I', '1', 'O', '0']) {
        note(&say!("enroll-dsn-alike"));
    }
    say!("enroll-dsn-other")
}
