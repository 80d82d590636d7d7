//! The bank's initial key: a key store whose password is the DSN code.

use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::key_store::Secret;
use crate::language::say;
use crate::pin_source::PinSource;
use crate::said::Said as _;
use crate::trust::now;
use kaztoken_pki::cmp::Credentials;
use kaztoken_pki::{Certificate, Name, PrivateKey};
use sha2::Digest as _;
use std::path::Path;

/// The initial key with its certificates, its own first.
pub(super) struct Initial {
    key: PrivateKey,
    certificates: Vec<Certificate>,
}

impl Initial {
    /// Opens the file.
    pub(super) fn open(context: &Context, path: &Path, source: &PinSource) -> Result<Self> {
        let shown = || path.display().to_string();
        let store = crate::key_store::open(context, path, source, Secret::Dsn)?;
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

    /// A request in the settlement centre's form: in a message that the initial key signs.
    pub(super) fn wrap(&self, request: &[u8]) -> Result<Vec<u8>> {
        let wrapped = kaztoken_pki::request::wrap(request, &self.key, &self.certificates, now());
        wrapped.map_err(|error| Problem::new(Code::Data, error.said()))
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
