//! `token backup` and `token restore-check`: what a token shows without a PIN, in a folder, and whether it is still so.

mod collect;
mod folder;

use super::token_json;
use crate::args::TokenCommand;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable, table};
use collect::{Kind, Left, Why, collect};
use folder::{Entry, Manifest};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn token(context: &Context, command: &TokenCommand) -> Result<Report> {
    match command {
        TokenCommand::Backup { folder } => backup(context, folder),
        TokenCommand::RestoreCheck { folder } => restore_check(context, folder),
    }
}

fn backup(context: &Context, into: &Path) -> Result<Report> {
    folder::refuse_used(into)?;
    let mut token = context.token()?;
    let (public, left) = token.connection.run(async |session| collect(session).await)?;
    let files: Vec<(Entry, Vec<u8>)> = public
        .into_iter()
        .zip(1..)
        .map(|(public, number)| (Entry::new(number, &public), public.content))
        .collect();
    let manifest = Manifest::new(&token.about, files.iter().map(|(entry, _)| entry.clone()).collect());
    folder::write(into, &manifest, &files)?;
    let path = printable(&into.display().to_string());
    let mut lines = vec![say!("backup-written", path = path.clone(), count = files.len())];
    lines.extend(files.iter().map(|(entry, _)| format!("  {}", entry.file)));
    lines.push(String::new());
    lines.push(say!("backup-left"));
    if left.is_empty() {
        lines.push(format!("  {}", say!("backup-left-nothing")));
    }
    lines.extend(left.iter().map(|left| format!("  {}", left_text(left))));
    lines.push(say!("backup-no-secrets"));
    let json = json!({
        "token": token_json(&token),
        "folder": path,
        "files": manifest.files.iter().map(entry_json).collect::<Vec<_>>(),
        "not_backed_up": left.iter().map(left_json).collect::<Vec<_>>(),
    });
    Ok(Report::new(lines.join("\n"), json))
}

fn restore_check(context: &Context, from: &Path) -> Result<Report> {
    let manifest = folder::read(from)?;
    let mut token = context.token()?;
    let (public, _) = token.connection.run(async |session| collect(session).await)?;
    let now: Vec<Entry> = public.iter().map(|public| Entry::new(0, public)).collect();
    let mut rows = vec![vec![say!("table-file"), say!("backup-table-folder"), say!("backup-table-token")]];
    let (mut checked, mut good) = (Vec::new(), true);
    for entry in &manifest.files {
        let whole = folder::is_whole(from, entry);
        let there = now.iter().any(|now| now.is(entry));
        good &= whole && there;
        let in_folder = if whole { say!("backup-whole") } else { say!("backup-damaged") };
        let on_token = if there { say!("backup-there") } else { say!("backup-gone") };
        rows.push(vec![entry.file.clone(), in_folder, on_token]);
        checked.push(json!({ "file": entry.file, "whole": whole, "on_token": there }));
    }
    let added: Vec<&Entry> =
        now.iter().filter(|now| !manifest.files.iter().any(|entry| now.is(entry))).collect();
    let serial = token.about.serial.to_string();
    let same_token = serial == manifest.serial;
    let mut parts = Vec::new();
    if !same_token {
        parts.push(say!("backup-other-token", text = printable(&manifest.serial), name = serial));
    }
    if rows.len() > 1 {
        parts.push(table(&rows));
    }
    let new = added.iter().map(|entry| format!("\n  {} {:?}", kind_text(entry.kind), entry.label));
    if !added.is_empty() {
        parts.push(say!("backup-added") + &new.collect::<String>());
    }
    parts.push(if good { say!("backup-good") } else { say!("backup-differs") });
    let json = json!({
        "token": token_json(&token),
        "folder": printable(&from.display().to_string()),
        "good": good,
        "same_token": same_token,
        "files": checked,
        "added": added.iter().map(|entry| json!({ "kind": entry.kind.name(), "label": entry.label, "id": entry.id })).collect::<Vec<_>>(),
    });
    let code = (!good).then_some(Code::Data);
    Ok(Report { code, ..Report::new(parts.join("\n\n"), json) })
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "file": entry.file,
        "kind": entry.kind.name(),
        "label": entry.label,
        "id": entry.id,
        "key": entry.key,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
    })
}

fn left_json(left: &Left) -> Value {
    json!({ "kind": left.kind.name(), "label": left.label, "id": left.id, "why": left.why.name() })
}

fn left_text(left: &Left) -> String {
    let why = match left.why {
        Why::NeverLeaves => say!("backup-never-leaves"),
        Why::NeedsPin => say!("backup-needs-pin"),
        Why::NotReadable => say!("backup-not-readable"),
    };
    format!("{} {:?}: {why}", kind_text(left.kind), left.label)
}

fn kind_text(kind: Kind) -> String {
    match kind {
        Kind::PrivateKey => say!("object-private-key"),
        Kind::PublicKey => say!("object-public-key"),
        Kind::Certificate => say!("object-certificate"),
        Kind::Data => say!("object-data"),
    }
}

/// A folder that is no backup, or not of this form.
fn no_backup(folder: &Path) -> Problem {
    Problem::new(Code::Data, say!("backup-none", path = printable(&folder.display().to_string())))
}
