//! Key stores in files, opened with a password that a person types: a DSN code, or any other.

use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::note;
use crate::pin_source::PinSource;
use crate::said::Said as _;
use crate::trust::blocks;
use kaztoken_pki::dsn;
use kaztoken_pki::key_store::{KeyStore, KeyStoreError};
use std::path::Path;
use zeroize::Zeroizing;

/// How often a person at a terminal is asked. Nothing is locked: the file is here, and trying costs nothing.
const ATTEMPTS: usize = 10;

/// What opens a key store.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Secret {
    /// The code that a bank gives with its initial key.
    Dsn,
    /// Any, also a code.
    Password,
}

impl Secret {
    fn name(self) -> String {
        match self {
            Self::Dsn => say!("enroll-dsn"),
            Self::Password => say!("key-store-password"),
        }
    }

    /// What the manual says about codes that do not open: length, capitals, letters and digits that look alike.
    fn advice(self, typed: &str) -> String {
        match dsn::check(typed) {
            Err(error) if self == Self::Dsn => error.said(),
            Err(_) => say!("key-store-other"),
            Ok(()) => {
                if !dsn::corrections(typed).is_empty() {
                    note(&say!("enroll-dsn-alike"));
                }
                say!("enroll-dsn-other")
            }
        }
    }
}

/// Opens a key store. A wrong password and a damaged file are told apart; codes that look like the typed one are offered one
/// by one; at a terminal a wrong password may be typed again.
pub(crate) fn open(context: &Context, path: &Path, source: &PinSource, secret: Secret) -> Result<KeyStore> {
    let octets = Zeroizing::new(blocks(path)?.into_iter().next().unwrap_or_default());
    let attempts = if source.is_asked() { ATTEMPTS } else { 1 };
    let mut attempt = 1;
    loop {
        let code = source.text(&secret.name())?;
        let store = match KeyStore::open(&octets, &code) {
            Err(KeyStoreError::Password) => corrected(context, &octets, &code)?,
            opened => opened,
        };
        match store {
            Ok(store) => return Ok(store),
            Err(KeyStoreError::Password) if attempt < attempts => {
                note(&say!("key-store-again", number = attempt, count = attempts));
                note(&secret.advice(&code));
                attempt += 1;
            }
            Err(error) => return Err(not_opened(path, &error, &secret.advice(&code))),
        }
    }
}

fn not_opened(path: &Path, error: &KeyStoreError, advice: &str) -> Problem {
    let problem = Problem::new(Code::Data, error.said()).while_doing(&path.display().to_string());
    match error {
        KeyStoreError::Password => problem.and(advice),
        KeyStoreError::Changed | KeyStoreError::Damaged(_) | KeyStoreError::Encoding(_) => {
            problem.and(&say!("enroll-initial-damaged"))
        }
        _ => problem,
    }
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
