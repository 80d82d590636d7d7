//! `rig ledger`: what was done to which token.

use crate::calendar::Moment;
use crate::context::Context;
use crate::exit::Result;
use crate::language::say;
use crate::output::{Report, note, printable, table};
use crate::rig_rules;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::safety::{Account, Entry, Event, Kind, Ledger, accounts};
use serde_json::{Value, json};

pub(super) fn ledger(context: &Context, serial: Option<Serial>, forgive: bool) -> Result<Report> {
    let path = rig_rules::ledger(&context.global)?;
    if let Some(serial) = serial.filter(|_| forgive) {
        Ledger::open(&path)?.note(serial, context.global.purpose, Event::Forgiven)?;
    }
    // To look makes no file.
    let (entries, unreadable) = if path.exists() { Ledger::open(&path)?.entries()? } else { (Vec::new(), 0) };
    if unreadable > 0 {
        note(&say!("ledger-unreadable", count = unreadable, path = path.display().to_string()));
    }
    let mut json = json!({ "ledger": path.display().to_string(), "unreadable": unreadable });
    let text = match serial {
        Some(serial) => {
            let serial = serial.to_string();
            let of_it: Vec<_> = entries.into_iter().filter(|entry| entry.serial == serial).collect();
            json["serial"] = json!(serial);
            json["entries"] = of_it.iter().map(entry_json).collect();
            lines(&of_it)
        }
        None => {
            let accounts = accounts(&entries);
            json["tokens"] = accounts.iter().map(|(serial, account)| account_json(serial, account)).collect();
            let mut rows = vec![heading()];
            rows.extend(accounts.iter().map(|(serial, account)| row(serial, account)));
            if rows.len() > 1 { table(&rows) } else { String::new() }
        }
    };
    let text = if text.is_empty() { say!("ledger-empty", path = path.display().to_string()) } else { text };
    Ok(Report::new(text, json))
}

fn heading() -> Vec<String> {
    vec![
        say!("table-serial"),
        say!("table-pins-sent"),
        say!("table-not-accepted"),
        say!("table-generated"),
        say!("table-destructive"),
        say!("table-refused"),
        say!("table-last"),
    ]
}

fn row(serial: &str, account: &Account) -> Vec<String> {
    let numbers =
        [account.pins, account.not_accepted, account.generations, account.destructive, account.refused];
    let numbers = numbers.into_iter().map(|number| number.to_string());
    [printable(serial)]
        .into_iter()
        .chain(numbers)
        .chain([Moment::from_unix(account.last).to_string()])
        .collect()
}

fn account_json(serial: &str, account: &Account) -> Value {
    json!({
        "serial": serial,
        "pins": account.pins,
        "not_accepted": account.not_accepted,
        "generations": account.generations,
        "destructive": account.destructive,
        "refused": account.refused,
        "last": account.last,
    })
}

fn entry_json(entry: &Entry) -> Value {
    let (event, command) = match &entry.event {
        Event::Begun { command, .. } => ("begun", Some(*command)),
        Event::Ended { command, .. } => ("ended", Some(*command)),
        Event::Refused { command, .. } => ("refused", Some(*command)),
        Event::Forgiven => ("forgiven", None),
    };
    let mut json = json!({
        "time": entry.time,
        "purpose": entry.purpose,
        "event": event,
        "command": command.map(name),
    });
    match &entry.event {
        Event::Begun { tries, .. } => json["tries"] = json!(tries),
        Event::Ended { status, .. } => json["sw"] = json!(status),
        Event::Refused { reason, .. } => json["reason"] = json!(reason),
        Event::Forgiven => {}
    }
    json
}

fn lines(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let what = match &entry.event {
            Event::Begun { command, tries: Some(tries) } => {
                say!("ledger-goes-out-tries", name = shown(*command), count = *tries)
            }
            Event::Begun { command, tries: None } => say!("ledger-goes-out", name = shown(*command)),
            Event::Ended { command, status } => {
                say!("ledger-answered", name = shown(*command), text = status.to_string())
            }
            Event::Refused { command, reason } => {
                say!("ledger-refused", name = shown(*command), text = reason.as_str())
            }
            Event::Forgiven => say!("ledger-forgiven"),
        };
        format!("{}  {}: {}", Moment::from_unix(entry.time), printable(&entry.purpose), printable(&what))
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn shown(kind: Kind) -> String {
    match kind {
        Kind::UserPin => say!("ledger-user-pin"),
        Kind::AdminPin => say!("ledger-admin-pin"),
        Kind::Generate => say!("ledger-generation"),
        Kind::Destroy => say!("ledger-destructive"),
        Kind::Change => say!("ledger-change"),
        Kind::Unknown => say!("ledger-unknown"),
    }
}

/// The name in JSON.
const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::UserPin => "user PIN",
        Kind::AdminPin => "administrator PIN",
        Kind::Generate => "key generation",
        Kind::Destroy => "destructive command",
        Kind::Change => "change",
        Kind::Unknown => "unknown command",
    }
}
