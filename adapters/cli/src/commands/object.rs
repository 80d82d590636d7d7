//! `object`: the entries of OpenSC's directories, with their files.

use super::token_json;
use crate::args::Object;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{id_text, named_keys};
use crate::output::{Report, parse_hex, printable, table};
use crate::progress::Progress;
use kaztoken_core::pin::Role;
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Error, KeyRef, Path, Session};
use serde_json::{Value, json};

pub(super) fn object(context: &Context, command: &Object) -> Result<Report> {
    match command {
        Object::List => list(context),
        Object::Delete { object } => delete(context, object),
    }
}

/// An entry, apart from the directory it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) kind: DirectoryKind,
    pub(super) label: String,
    id: Vec<u8>,
    path: Option<Path>,
    pub(super) private: bool,
    key: Option<KeyRef>,
}

impl Entry {
    /// The name in JSON.
    const fn kind_name(&self) -> &'static str {
        match self.kind {
            DirectoryKind::PrivateKeys => "private key",
            DirectoryKind::PublicKeys => "public key",
            DirectoryKind::Certificates => "certificate",
            DirectoryKind::Data => "data",
        }
    }

    /// The same for people.
    fn kind_text(&self) -> String {
        match self.kind {
            DirectoryKind::PrivateKeys => say!("object-private-key"),
            DirectoryKind::PublicKeys => say!("object-public-key"),
            DirectoryKind::Certificates => say!("object-certificate"),
            DirectoryKind::Data => say!("object-data"),
        }
    }

    pub(super) fn file(&self) -> String {
        self.path.map(|path| path.to_string().trim_start_matches("3F00/").to_owned()).unwrap_or_default()
    }

    fn describe(&self) -> String {
        format!("{} {:?} ({})", self.kind_text(), self.label, self.file())
    }
}

pub(super) async fn entries(session: &mut Session<'_>) -> Result<Vec<Entry>, Error> {
    let mut all = Vec::new();
    if !session.layouts().await?.file_system {
        return Ok(all);
    }
    for kind in DirectoryKind::ALL {
        let objects = session.objects(kind).await?;
        all.extend(objects.iter().map(|object| Entry {
            kind,
            label: printable(object.label),
            id: object.id.to_vec(),
            path: object.path,
            private: object.flags.private,
            key: object.key(),
        }));
    }
    Ok(all)
}

fn list(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let entries = token.connection.run(async |session| entries(session).await)?;
    let mut rows = vec![vec![
        say!("table-kind"),
        say!("table-label"),
        say!("table-identifier"),
        say!("table-file"),
        say!("table-needs-pin"),
    ]];
    rows.extend(entries.iter().map(|entry| {
        let pin = if entry.private { say!("yes") } else { say!("no") };
        vec![entry.kind_text(), entry.label.clone(), id_text(&entry.id), entry.file(), pin]
    }));
    let text = match entries.is_empty() {
        true => say!("object-none"),
        false => table(&rows),
    };
    let objects: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "kind": entry.kind_name(),
                "label": entry.label,
                "id": id_text(&entry.id),
                "file": entry.file(),
                "private": entry.private,
            })
        })
        .collect();
    Ok(Report::new(text, json!({ "token": token_json(&token), "objects": objects })))
}

fn delete(context: &Context, wanted: &str) -> Result<Report> {
    let mut token = context.token()?;
    let (entries, keys) = token.connection.run(async |session| {
        let entries = entries(session).await?;
        let keys = if entries.is_empty() { Vec::new() } else { named_keys(session).await? };
        Ok((entries, keys))
    })?;
    let entry = find(&entries, wanted)?;
    let has_key = match entry.kind {
        DirectoryKind::PrivateKeys => keys.iter().any(|key| Some(key.key.key) == entry.key),
        DirectoryKind::PublicKeys => keys.iter().any(|key| key.id() == entry.id),
        _ => false,
    };
    if has_key {
        let message = say!("object-of-key", name = entry.describe());
        return Err(Problem::new(Code::Refused, message));
    }
    context.confirm(&say!("object-delete-question", name = entry.describe()))?;
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("deleting"), context.global.progress);
    let result = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        let objects = user.objects(entry.kind).await?;
        let same = |object: &kaztoken_core::token::opensc::Object<'_>| {
            object.path == entry.path && object.id == entry.id && printable(object.label) == entry.label
        };
        let object = objects.iter().find(same).ok_or(Error::NotFound { what: "object" })?;
        user.delete_object(&object).await?;
        user.logout().await
    });
    drop(progress);
    result?;
    let json = json!({ "token": token_json(&token), "kind": entry.kind_name(), "label": entry.label });
    Ok(Report::new(say!("deleted", name = entry.describe()), json))
}

/// The entry that a person means: by file, by label, by identifier.
fn find<'e>(entries: &'e [Entry], wanted: &str) -> Result<&'e Entry> {
    let file = wanted.trim_start_matches("3F00/").to_uppercase();
    let id = parse_hex(wanted).filter(|id| !id.is_empty());
    let ways: [&dyn Fn(&Entry) -> bool; 3] = [
        &|entry| entry.path.is_some() && entry.file() == file,
        &|entry| !entry.label.is_empty() && entry.label == wanted,
        &|entry| id.as_ref() == Some(&entry.id),
    ];
    for way in ways {
        match entries.iter().filter(|entry| way(entry)).collect::<Vec<_>>()[..] {
            [] => {}
            [only] => return Ok(only),
            ref several => {
                let lines = several.iter().map(|entry| format!("\n  {}", entry.describe()));
                let message = say!("object-ambiguous", name = format!("{wanted:?}"));
                return Err(Problem::new(Code::Usage, message + &lines.collect::<String>()));
            }
        }
    }
    let message = say!("object-not-there", name = format!("{wanted:?}"));
    Err(Problem::new(Code::Failed, message))
}
