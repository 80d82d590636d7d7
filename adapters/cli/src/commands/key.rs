//! `key`: generate, list, export the public half, delete.

use super::token_json;
use crate::args::{Generate, Key};
use crate::context::Context;
use crate::der;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{Name, NamedKey, entries_without_key, find, id_text, named_keys, parse_id, public_key};
use crate::output::{Report, fields, note, table};
use crate::progress::Progress;
use crate::public_key::{PublicKey, Year};
use crate::said::Said as _;
use kaztoken_core::pin::Role;
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Algorithm, CryptoProSet, Error, KeyRef, User, Verified};
use serde_json::{Value, json};
use std::path::Path;

/// The longest label that surely fits into a directory entry.
const MAX_LABEL: usize = 64;

pub(super) fn key(context: &Context, command: &Key) -> Result<Report> {
    match command {
        Key::Generate(options) => generate(context, options),
        Key::List => list(context),
        Key::Public { key, out } => public(context, key, out.as_deref()),
        Key::Delete { key } => delete(context, key),
    }
}

/// Where a new key's name goes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Place {
    Entry,
    Alias,
    /// The token has no layout with a form for such a key.
    Nowhere,
}

fn generate(context: &Context, options: &Generate) -> Result<Report> {
    let (algorithm, year) = algorithm(&options.alg)?;
    let label = options.label.clone().unwrap_or_else(|| options.alg.to_lowercase());
    check_label(&label)?;
    let id = options.id.as_deref().map(parse_id).transpose()?;
    let mut token = context.token()?;
    let place = token.connection.run(async |session| {
        let layouts = session.layouts().await?;
        Ok(match algorithm {
            _ if !layouts.file_system || !layouts.key_folders => return Err(Error::NoLayout),
            Algorithm::Gost512 if layouts.middleware => Place::Alias,
            Algorithm::Gost512 => Place::Nowhere,
            _ if layouts.opensc => Place::Entry,
            _ if layouts.middleware => Place::Alias,
            _ => Place::Nowhere,
        })
    })?;
    if let (Some(problem), Algorithm::Gost512) = (unnamed(place, algorithm), algorithm) {
        note(&problem);
    }
    if let (Some(id), Place::Entry) = (&id, place) {
        let keys = token.connection.run(async |session| named_keys(session).await)?;
        refuse_taken(id, &keys)?;
    }
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("key-generating", name = algorithm.said()), context.global.progress);
    let made = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        let (key, bytes) = user.generate(algorithm).await?;
        let public = PublicKey::from_token(algorithm, &bytes);
        let named = match (&public, place) {
            (_, Place::Nowhere) => Ok(()),
            (Ok(public), _) => {
                let id = id.clone().unwrap_or_else(|| public.id().to_vec());
                name(&mut user, key, algorithm, &public.to_opensc(), &id, &label, place).await
            }
            // In a dry run there is no key; its file is as long.
            (Err(_), _) if context.dry_run() => {
                name(&mut user, key, algorithm, &bytes, &[0; 20], &label, place).await
            }
            (Err(_), _) => Ok(()),
        };
        user.logout().await?;
        Ok((key, public, named))
    });
    drop(progress);
    let (key, public, named) = made.map_err(|failure| half_made(failure.into()))?;
    if context.dry_run() {
        return Ok(Report::default());
    }
    let left = say!("key-made-unnamed", number = key.get());
    let public = public.map_err(|problem| problem.while_doing(&say!("key-public-unsound")).and(&left))?;
    named.map_err(|error| Problem::from(error).and(&left))?;
    if let Some(path) = &options.public_key {
        der::write(path, "PUBLIC KEY", &public.to_spki(year))
            .map_err(|problem| problem.and(&say!("key-write-again", number = key.get())))?;
    }
    let id = match place {
        Place::Entry => id.unwrap_or_else(|| public.id().to_vec()),
        Place::Alias | Place::Nowhere => Vec::new(),
    };
    let (shown_label, pem) = match place {
        Place::Nowhere => (None, der::pem("PUBLIC KEY", &public.to_spki(year))),
        Place::Entry | Place::Alias => (Some(&label), der::pem("PUBLIC KEY", &public.to_spki(year))),
    };
    let rows = [
        (say!("key-key"), key.to_string()),
        (say!("key-algorithm"), algorithm.said()),
        (say!("key-label"), shown_label.cloned().unwrap_or_else(|| say!("none"))),
        (say!("key-identifier"), if id.is_empty() { say!("none") } else { id_text(&id) }),
    ];
    let mut text = format!("{}\n{pem}", fields(&rows));
    if let Some(problem) = unnamed(place, algorithm) {
        text = format!("{text}\n{problem}");
    }
    let json = json!({
        "token": token_json(&token),
        "key": key.get(),
        "algorithm": algorithm.to_string(),
        "label": shown_label,
        "id": id_text(&id),
        "registered": place != Place::Nowhere,
        "public_key": pem,
    });
    Ok(Report::new(text, json))
}

/// The identifier ties the two halves together: with two keys of one identifier a deletion could take the
/// public half of the other.
fn refuse_taken(id: &[u8], keys: &[NamedKey]) -> Result<()> {
    let taken = |key: &&NamedKey| key.id() == id;
    keys.iter().find(taken).map_or(Ok(()), |key| {
        let message = say!("key-id-taken", id = id_text(id), name = key.describe());
        Err(Problem::new(Code::Usage, message))
    })
}

async fn name(
    user: &mut Verified<'_, '_, User>,
    key: KeyRef,
    algorithm: Algorithm,
    public_key: &[u8],
    id: &[u8],
    label: &str,
    place: Place,
) -> Result<(), Error> {
    match place {
        Place::Entry => user.register_key(key, algorithm, public_key, id, label).await,
        Place::Alias => user.add_alias(key, label).await,
        Place::Nowhere => Ok(()),
    }
}

fn unnamed(place: Place, algorithm: Algorithm) -> Option<String> {
    match (place, algorithm) {
        (Place::Nowhere, Algorithm::Gost512) => Some(say!("key-512-unnamed")),
        (Place::Nowhere, _) => Some(say!("key-unnamed")),
        _ => None,
    }
}

/// A generation that ended in the middle may have left files.
fn half_made(problem: Problem) -> Problem {
    match problem.code {
        Code::Interrupted => problem.and(&say!("key-half-removed")),
        Code::Removed | Code::Timeout | Code::Protocol => problem.and(&say!("key-half-shown")),
        _ => problem,
    }
}

fn check_label(label: &str) -> Result<()> {
    let sound = (1..=MAX_LABEL).contains(&label.len()) && !label.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(Problem::new(Code::Usage, say!("key-label-wrong"))) }
}

/// What `--alg` means.
fn algorithm(text: &str) -> Result<(Algorithm, Year)> {
    use CryptoProSet::{A, B, C};
    Ok(match text.to_ascii_lowercase().as_str() {
        "gost2001-a" => (Algorithm::Gost256(A), Year::Y2001),
        "gost2001-b" => (Algorithm::Gost256(B), Year::Y2001),
        "gost2001-c" => (Algorithm::Gost256(C), Year::Y2001),
        "gost2012-256" | "gost2012-256:a" => (Algorithm::Gost256(A), Year::Y2012),
        "gost2012-256:b" => (Algorithm::Gost256(B), Year::Y2012),
        "gost2012-256:c" => (Algorithm::Gost256(C), Year::Y2012),
        "gost2012-512" | "gost2012-512:a" => (Algorithm::Gost512, Year::Y2012),
        "rsa2048" => (Algorithm::Rsa { bits: 2048 }, Year::Y2012),
        "rsa4096" => (Algorithm::Rsa { bits: 4096 }, Year::Y2012),
        _ => {
            let known =
                "gost2001-a, -b, -c, gost2012-256, gost2012-256:A, :B, :C, gost2012-512, rsa2048, rsa4096";
            return Err(Problem::new(Code::Usage, say!("key-algorithm-wrong", name = text, text = known)));
        }
    })
}

fn list(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let (keys, unused, lost) = token.connection.run(async |session| {
        let keys = match session.layouts().await?.file_system {
            true => named_keys(session).await?,
            false => Vec::new(),
        };
        // A generation that was cut off leaves both files and nothing in them.
        let mut unused = Vec::new();
        for key in keys.iter().filter(|key| key.name == Name::None) {
            if public_key(session, key).await?.is_none() {
                unused.push(key.key.key);
            }
        }
        let lost = if keys.is_empty() { Vec::new() } else { entries_without_key(session, &keys).await? };
        Ok((keys, unused, lost))
    })?;
    let remark = |key: &NamedKey| match key.fault() {
        Some(fault) if unused.contains(&key.key.key) => Some(say!("key-unreadable", text = fault)),
        fault => fault,
    };
    let algorithm =
        |key: &NamedKey| key.key.algorithm.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
    let shown =
        |key: &NamedKey| key.key.algorithm.map_or_else(|| say!("key-unknown-algorithm"), |a| a.said());
    let mut rows = vec![vec![
        say!("table-key"),
        say!("table-algorithm"),
        say!("table-label"),
        say!("table-identifier"),
        say!("table-remark"),
    ]];
    rows.extend(keys.iter().map(|key| {
        let remark = remark(key).unwrap_or_default();
        vec![key.key.key.to_string(), shown(key), key.label().to_owned(), id_text(key.id()), remark]
    }));
    let mut text = if keys.is_empty() { say!("key-no-keys") } else { table(&rows) };
    for (label, id) in &lost {
        text.push('\n');
        text.push_str(&say!("key-entry-without-key", label = label.as_str(), id = id_text(id)));
    }
    let json_keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "key": key.key.key.get(),
                "algorithm": algorithm(key),
                "label": (!key.label().is_empty()).then(|| key.label()),
                "id": id_text(key.id()),
                "state": format!("{:?}", key.key.state).to_lowercase(),
                "registered": key.name != Name::None,
                "remark": remark(key),
            })
        })
        .collect();
    let lost: Vec<Value> =
        lost.iter().map(|(label, id)| json!({ "label": label, "id": id_text(id) })).collect();
    let json = json!({ "token": token_json(&token), "keys": json_keys, "entries_without_key": lost });
    Ok(Report::new(text, json))
}

fn public(context: &Context, wanted: &str, out: Option<&Path>) -> Result<Report> {
    let mut token = context.token()?;
    let keys = token.connection.run(async |session| named_keys(session).await)?;
    let key = find(&keys, Some(wanted))?;
    let public = token.connection.run(async |session| public_key(session, key).await)?;
    let public = public.ok_or_else(|| {
        Problem::new(Code::Unsupported, say!("key-public-not-given", name = key.describe()))
    })?;
    let spki = public.to_spki(Year::Y2012);
    let pem = der::pem("PUBLIC KEY", &spki);
    let json = json!({ "token": token_json(&token), "key": key.key.key.get(), "public_key": pem });
    let text = match out {
        Some(path) => {
            der::write(path, "PUBLIC KEY", &spki)?;
            say!("key-public-written", path = path.display().to_string(), name = key.describe())
        }
        None => pem,
    };
    Ok(Report::new(text, json))
}

fn delete(context: &Context, wanted: &str) -> Result<Report> {
    let mut token = context.token()?;
    let keys = token.connection.run(async |session| named_keys(session).await)?;
    let key = find(&keys, Some(wanted))?;
    let kind = key.key.algorithm.map_or_else(|| say!("key-unknown-kind"), |algorithm| algorithm.said());
    context.confirm(&say!("key-delete-question", name = key.describe(), kind = kind))?;
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("deleting"), context.global.progress);
    let result = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        // Entries first: cut off here, the key still shows in the list and can be deleted by its number.
        if matches!(key.name, Name::Entry { .. }) {
            for kind in [DirectoryKind::PublicKeys, DirectoryKind::PrivateKeys] {
                let objects = user.objects(kind).await?;
                let entry = objects.iter().find(|entry| match kind {
                    DirectoryKind::PrivateKeys => entry.key() == Some(key.key.key),
                    _ => !entry.id.is_empty() && entry.id == key.id(),
                });
                if let Some(entry) = entry {
                    user.delete_object(&entry).await?;
                }
            }
        }
        user.delete_key(key.key.key).await?;
        user.logout().await
    });
    drop(progress);
    result.map_err(|failure| half_made(failure.into()))?;
    let mut text = say!("deleted", name = key.describe());
    if let Name::Alias(_) = key.name {
        text = format!("{text} {}", say!("key-alias-stays"));
    }
    Ok(Report::new(text, json!({ "token": token_json(&token), "key": key.key.key.get() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms() {
        assert_eq!(algorithm("GOST2012-256:B").unwrap().0, Algorithm::Gost256(CryptoProSet::B));
        assert_eq!(algorithm("gost2001-a").unwrap(), (Algorithm::Gost256(CryptoProSet::A), Year::Y2001));
        for bad in ["", "rsa", "rsa1000", "gost2012-256:D", "gost2012"] {
            assert_eq!(algorithm(bad).unwrap_err().code, Code::Usage, "{bad}");
        }
    }
}
