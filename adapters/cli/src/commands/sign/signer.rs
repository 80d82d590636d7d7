//! Who signs messages and documents: a key on the token, or one in a key store.

use super::{algorithm_of, sign_digest};
use crate::args::Sign;
use crate::commands::cert::stored;
use crate::commands::token_json;
use crate::context::{Context, source};
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::key_store::{self, Secret};
use crate::language::say;
use crate::names::{NamedKey, find, named_keys, public_key};
use crate::output::printable;
use crate::pin_source::PinSource;
use crate::progress::Progress;
use crate::said::Said as _;
use crate::trust::certificate;
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Algorithm;
use kaztoken_pki::algorithm::SignatureAlgorithm;
use kaztoken_pki::{Certificate, PrivateKey, PublicKey};
use serde_json::{Value, json};
use std::path::Path;

/// A key with its certificate.
pub(super) struct Signer {
    pub(super) certificate: Certificate,
    key: Key,
}

enum Key {
    Token(Box<Token>, NamedKey, Algorithm),
    Store(Box<PrivateKey>, String),
}

impl Signer {
    /// The one that the options name. No PIN is asked for yet.
    pub(super) fn choose(context: &Context, options: &Sign) -> Result<Self> {
        let given = options.cert.as_deref().map(certificate).transpose()?;
        match &options.key_store {
            Some(path) => Self::in_store(context, options, path, given),
            None => Self::on_token(context, options, given),
        }
    }

    fn on_token(context: &Context, options: &Sign, given: Option<Certificate>) -> Result<Self> {
        let mut token = context.token()?;
        let (keys, on_token) = token.connection.run(async |session| {
            let keys = named_keys(session).await?;
            Ok((keys, stored(session).await?))
        })?;
        let key = find(&keys, options.key.as_deref())?.clone();
        let kind = algorithm_of(&key)?;
        let public = token.connection.run(async |session| public_key(session, &key).await)?;
        let public = public.as_ref().and_then(crate::commands::enroll::kazakh);
        let fits = |certificate: &Certificate| {
            public.as_ref().is_none_or(|public| certificate.public_key_info() == public.to_spki())
        };
        let on_token =
            on_token.iter().filter_map(|stored| Certificate::from_der(stored.der.as_deref()?).ok());
        let certificate = chosen(given, on_token, fits)?.ok_or_else(|| {
            Problem::new(Code::Failed, say!("cms-no-certificate")).and(&say!("cms-give-certificate"))
        })?;
        Ok(Self { certificate, key: Key::Token(Box::new(token), key, kind) })
    }

    fn in_store(context: &Context, options: &Sign, path: &Path, given: Option<Certificate>) -> Result<Self> {
        let password = source("--password-source", options.password_source.as_ref())?;
        let store = key_store::open(context, path, &password.unwrap_or(PinSource::Prompt), Secret::Password)?;
        let shown = path.display().to_string();
        let mut keys = store.keys;
        let (Some(stored), true) = (keys.pop(), keys.is_empty()) else {
            return Err(Problem::new(Code::Data, say!("key-store-one-key", path = shown)));
        };
        let fits = |certificate: &Certificate| {
            certificate.public_key().is_ok_and(|public: &PublicKey| public == stored.key.public_key())
        };
        let inside = store.certificates.into_iter().map(|stored| stored.certificate);
        let certificate = chosen(given, inside, fits)?.ok_or_else(|| {
            Problem::new(Code::Data, say!("key-store-no-certificate", path = shown.as_str()))
                .and(&say!("cms-give-certificate"))
        })?;
        Ok(Self { certificate, key: Key::Store(Box::new(stored.key), shown) })
    }

    /// Signs a digest, in the form that certificates and messages have. The PIN is asked for here. `None`: a dry run.
    pub(super) fn sign(
        &mut self,
        context: &Context,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let (token, key, kind) = match &mut self.key {
            Key::Token(token, key, kind) => (token, key, *kind),
            Key::Store(key, _) => {
                let signature = key.sign_digest(algorithm, digest);
                return signature.map(Some).map_err(|error| Problem::new(Code::Data, error.said()));
            }
        };
        let (pin, last_try) = (context.pin(token, Role::User)?, context.last_try());
        let progress = Progress::start(&say!("signing"), context.global.progress);
        let wire = token.connection.run(async |session| {
            let mut user = session.login_user(&pin, last_try).await?;
            let wire = sign_digest(&mut user, key, kind, digest).await?;
            user.logout().await?;
            Ok(wire)
        });
        drop(progress);
        if context.dry_run() {
            return Ok(None);
        }
        Ok(Some(match algorithm {
            SignatureAlgorithm::Gost(algorithm) => {
                let layout = algorithm.layouts().first().copied().unwrap_or(Layout::Kazakh);
                layout.encode(Layout::TokenWire.decode(&wire?)?).to_vec()
            }
            _ => wire?,
        }))
    }

    /// Whose certificate it is, for people.
    pub(super) fn name(&self) -> String {
        printable(&self.certificate.subject().to_string())
    }

    /// Where the key is: `token` and `key`, or `key_store`.
    pub(super) fn json(&self) -> Value {
        match &self.key {
            Key::Token(token, key, _) => json!({ "token": token_json(token), "key": key.key.key.get() }),
            Key::Store(_, path) => json!({ "key_store": path }),
        }
    }
}

/// The certificate that was given, if it is for the key; otherwise of those at hand the one that holds longest.
fn chosen(
    given: Option<Certificate>,
    at_hand: impl Iterator<Item = Certificate>,
    fits: impl Fn(&Certificate) -> bool,
) -> Result<Option<Certificate>> {
    match given {
        Some(given) if fits(&given) => Ok(Some(given)),
        Some(_) => Err(Problem::new(Code::Data, say!("cms-other-certificate"))),
        None => Ok(at_hand.filter(fits).max_by_key(|certificate| certificate.validity().1)),
    }
}
