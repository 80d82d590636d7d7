//! Keys together with their names: what lies in the key folders, and what the layouts say about it.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{hex, parse_hex, printable};
use crate::public_key::PublicKey;
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Error, Key, KeyState, Session};

/// A key pair and its name.
#[derive(Clone, Debug)]
pub(crate) struct NamedKey {
    pub(crate) key: Key,
    pub(crate) name: Name,
}

/// Where a key's name stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Name {
    /// In OpenSC's directory.
    Entry { label: String, id: Vec<u8> },
    /// In the name map of the vendor's middleware.
    Alias(String),
    /// Nowhere: no other program will find this key.
    None,
}

impl NamedKey {
    pub(crate) fn label(&self) -> &str {
        match &self.name {
            Name::Entry { label, .. } | Name::Alias(label) => label,
            Name::None => "",
        }
    }

    pub(crate) fn id(&self) -> &[u8] {
        match &self.name {
            Name::Entry { id, .. } => id,
            Name::Alias(_) | Name::None => &[],
        }
    }

    /// Something is wrong with it.
    pub(crate) const fn is_faulty(&self) -> bool {
        self.is_half() || matches!(self.name, Name::None)
    }

    /// One of its halves is missing.
    pub(crate) const fn is_half(&self) -> bool {
        !matches!(self.key.state, KeyState::Pair)
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn fault(&self) -> Option<String> {
        match (self.key.state, &self.name) {
            (KeyState::PrivateOnly, _) => Some(say!("key-private-only")),
            (KeyState::PublicOnly, _) => Some(say!("key-public-only")),
            (KeyState::Pair, Name::None) => Some(say!("key-orphan")),
            (KeyState::Pair, _) => None,
        }
    }

    /// For people: `key 1 (payments)`.
    pub(crate) fn describe(&self) -> String {
        match self.label() {
            "" => say!("key-numbered", number = self.key.key.get()),
            label => say!("key-named", number = self.key.key.get(), label = label),
        }
    }
}

/// All key pairs with their names.
pub(crate) async fn named_keys(session: &mut Session<'_>) -> Result<Vec<NamedKey>, Error> {
    let keys = session.keys().await?;
    let entries = session.objects(DirectoryKind::PrivateKeys).await?;
    let map = match session.name_map().await {
        Ok(map) => Some(map),
        Err(Error::NoLayout) => None,
        Err(error) => return Err(error),
    };
    let named = keys.iter().map(|key| {
        let entry = entries.iter().find(|entry| entry.key() == Some(key.key));
        let alias = map.as_ref().and_then(|map| map.alias(key.key));
        let name = match (entry, alias) {
            (Some(entry), _) => Name::Entry { label: printable(entry.label), id: entry.id.to_vec() },
            (None, Some(alias)) => Name::Alias(printable(alias)),
            (None, None) => Name::None,
        };
        NamedKey { key: *key, name }
    });
    Ok(named.collect())
}

/// Entries of OpenSC's directory whose key is gone: label and identifier.
pub(crate) async fn entries_without_key(
    session: &mut Session<'_>,
    keys: &[NamedKey],
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let entries = session.objects(DirectoryKind::PrivateKeys).await?;
    let lost = entries.iter().filter(|entry| keys.iter().all(|key| Some(key.key.key) != entry.key()));
    Ok(lost.map(|entry| (printable(entry.label), entry.id.to_vec())).collect())
}

/// The key that a person means: by number, identifier or label; without a word the only one.
pub(crate) fn find<'k>(keys: &'k [NamedKey], wanted: Option<&str>) -> Result<&'k NamedKey> {
    let list = || {
        let lines = keys.iter().map(|key| match key.label() {
            "" => format!("\n  {}  {}", key.key.key, say!("no-label")),
            label => format!("\n  {}  {label}", key.key.key),
        });
        lines.collect::<String>()
    };
    let Some(wanted) = wanted else {
        return match keys {
            [only] => Ok(only),
            [] => Err(Problem::new(Code::Failed, say!("key-none"))),
            several => Err(Problem::new(Code::Usage, say!("key-name-one", count = several.len()) + &list())),
        };
    };
    let number = wanted.parse::<u8>().ok();
    let id = parse_hex(wanted).filter(|id| !id.is_empty());
    let ways: [&dyn Fn(&NamedKey) -> bool; 3] =
        [&|key| number == Some(key.key.key.get()), &|key| id.as_deref() == Some(key.id()), &|key| {
            !key.label().is_empty() && key.label() == wanted
        }];
    for way in ways {
        match keys.iter().filter(|key| way(key)).collect::<Vec<_>>()[..] {
            [] => {}
            [only] => return Ok(only),
            _ => {
                let message = say!("key-ambiguous", name = format!("{wanted:?}"));
                return Err(Problem::new(Code::Usage, message + &list()));
            }
        }
    }
    let message = match keys {
        [] => say!("key-none"),
        _ => say!("key-not-there", name = format!("{wanted:?}")) + &list(),
    };
    Err(Problem::new(Code::Failed, message))
}

/// A key's public half: from OpenSC's file, else as the token answers it. `None` when neither gives it.
pub(crate) async fn public_key(
    session: &mut Session<'_>,
    key: &NamedKey,
) -> Result<Option<PublicKey>, Error> {
    let Some(algorithm) = key.key.algorithm else { return Ok(None) };
    if let Name::Entry { id, .. } = &key.name {
        let entries = session.objects(DirectoryKind::PublicKeys).await?;
        if let Some(entry) = entries.iter().find(|entry| entry.id == id) {
            let mut file = [0; 2048];
            match session.read_object(&entry, &mut file).await {
                Ok(len) => {
                    let bytes = file.get(..len).unwrap_or_default();
                    if let Some(key) = PublicKey::from_opensc(algorithm, bytes) {
                        return Ok(Some(key));
                    }
                }
                Err(Error::NotFound { .. } | Error::BufferTooSmall { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    match session.read_public_key(key.key.key).await {
        Ok(bytes) => Ok(PublicKey::from_token(algorithm, &bytes).ok()),
        // Not every token of the family knows the command.
        Err(Error::Card { .. } | Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An identifier for people and for `--key`.
pub(crate) fn id_text(id: &[u8]) -> String {
    hex(id).to_lowercase()
}

/// An identifier that a person gave.
pub(crate) fn parse_id(text: &str) -> Result<Vec<u8>> {
    let id = parse_hex(text).filter(|id| (1..=32).contains(&id.len()));
    id.ok_or_else(|| Problem::new(Code::Usage, say!("key-id-expected")))
}
