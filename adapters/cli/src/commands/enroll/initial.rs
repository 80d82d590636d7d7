//! The bank's initial key: a key store whose password is the DSN code.

use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::note;
use crate::pin_source::PinSource;
use crate::said::Said as _;
use crate::trust::blocks;
use kaztoken_pki::cmp::Credentials;
use kaztoken_pki::dsn;
use kaztoken_pki::key_store::{KeyStore, KeyStoreError};
use kaztoken_pki::{Certificate, Name, PrivateKey};
use sha2::Digest as _;
use std::path::Path;

/// The initial key with its certificates, its own first.
pub(super) struct Initial {
    key: PrivateKey,
    certificates: Vec<Certificate>,
}

impl Initial {
    /// Opens the file. The DSN code is read as it was typed; what does not open is told apart: a wrong code from a damaged
    /// file.
    pub(super) fn open(context: &Context, path: &Path, source: &PinSource) -> Result<Self> {
        let shown = || path.display().to_string();
        let octets = blocks(path)?.into_iter().next().unwrap_or_default();
        let code = source.text(&say!("enroll-dsn"))?;
        let store = match KeyStore::open(&octets, &code) {
            Err(KeyStoreError::Password) => Self::corrected(context, &octets, &code)?,
            opened => opened,
        };
        let store = store.map_err(|error| {
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

    /// Codes that look like the typed one, offered one by one; what opens is told.
    fn corrected(context: &Context, octets: &[u8], code: &str) -> Result<Result<KeyStore, KeyStoreError>> {
        if dsn::check(code).is_err() {
            return Ok(Err(KeyStoreError::Password));
        }
        let all = dsn::corrections(code);
        for (number, correction) in all.iter().enumerate() {
            let change = |change: &dsn::Change| {
                let (typed, meant) = (change.typed.to_string(), change.meant.to_string());
                say!("enroll-dsn-change", number = change.place, typed = typed, meant = meant)
            };
            let changes: Vec<_> = correction.changes.iter().map(change).collect();
            let changes = changes.join(", ");
            let question =
                say!("enroll-dsn-offer", text = changes.as_str(), number = number + 1, count = all.len());
            // Offline and without a counter: a person who asked for no questions gets all tried.
            if !context.confirmed(&question)? {
                break;
            }
            match KeyStore::open(octets, &correction.code) {
                Err(KeyStoreError::Password) => {}
                opened => {
                    note(&say!("enroll-dsn-corrected", text = changes.as_str()));
                    return Ok(opened);
                }
            }
        }
        Ok(Err(KeyStoreError::Password))
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
fn advice(code: &str) -> String {
    match dsn::check(code) {
        Err(error) => error.said(),
        Ok(()) => {
            if !dsn::corrections(code).is_empty() {
                note(&say!("enroll-dsn-alike"));
            }
            say!("enroll-dsn-other")
        }
    }
}
