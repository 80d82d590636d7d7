//! `status`: in what state the token is.

use super::info::{layout_names, layouts_json};
use super::token_json;
use crate::context::Context;
use crate::exit::Result;
use crate::names::named_keys;
use crate::output::{Report, fields, printable, tries};
use kaztoken_core::pin::{Role, State};
use kaztoken_core::token::{Contents, Error, Layouts, Session};
use serde_json::{Value, json};

/// What the bank's manual wants to know of a token before a registration.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Readiness {
    /// Erased and not formatted, or a format was cut off.
    Unformatted,
    Empty,
    /// There are keys, certificates or files of other software on it.
    InUse,
}

impl Readiness {
    const fn name(self) -> &'static str {
        match self {
            Self::Unformatted => "unformatted",
            Self::Empty => "empty",
            Self::InUse => "in-use",
        }
    }

    const fn explain(self) -> &'static str {
        match self {
            Self::Unformatted => "not formatted to the end: `kaztoken format` sets it up",
            Self::Empty => "empty: ready for a new registration",
            Self::InUse => "in use: see below what is on it",
        }
    }
}

pub(super) fn status(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let seen = token.connection.run(async |session| look(session).await)?;
    let orphans = seen.key_faults;
    let label = seen.label.as_deref().unwrap_or("<no label>");
    let readiness = match (&seen.layouts, seen.contents.is_empty()) {
        (Layouts { file_system: false, .. } | Layouts { opensc_unfinished: true, .. }, _) => {
            Readiness::Unformatted
        }
        _ if seen.admin == State::Absent => Readiness::Unformatted,
        (_, true) => Readiness::Empty,
        _ => Readiness::InUse,
    };
    let mut keys = seen.contents.keys.to_string();
    if orphans > 0 {
        keys.push_str(&format!(", {orphans} of them half or without entry (see `kaztoken key list`)"));
    }
    let memory = seen.free_memory.map(|bytes| format!("{bytes} bytes"));
    let rows = [
        ("Token", format!("{} {}", token.about.model, token.about.serial)),
        ("Label", label.to_owned()),
        ("State", readiness.explain().to_owned()),
        ("User PIN", pin_text(seen.user)),
        ("Administrator PIN", pin_text(seen.admin)),
        ("Keys", keys),
        ("Certificates", seen.contents.certificates.to_string()),
        ("Files of other software", seen.contents.foreign.to_string()),
        ("Free memory", memory.unwrap_or_else(|| "the token does not say".to_owned())),
        ("Layouts", layout_names(&seen.layouts).join(", ")),
    ];
    let json = json!({
        "token": token_json(&token),
        "label": seen.label,
        "state": readiness.name(),
        "user_pin": pin_json(seen.user),
        "admin_pin": pin_json(seen.admin),
        "keys": seen.contents.keys,
        "faulty_keys": orphans,
        "certificates": seen.contents.certificates,
        "foreign_files": seen.contents.foreign,
        "free_memory": seen.free_memory,
        "layouts": layouts_json(&seen.layouts),
    });
    Ok(Report::new(fields(&rows), json))
}

/// A token's state, read without a PIN.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The label, safe for a terminal.
    pub(super) label: Option<String>,
    pub(super) layouts: Layouts,
    pub(super) free_memory: Option<u32>,
    pub(super) admin: State,
    pub(super) user: State,
    pub(super) contents: Contents,
    pub(super) key_faults: usize,
}

/// Reads the state of a token; no PIN is sent.
pub(super) async fn look(session: &mut Session<'_>) -> Result<Seen, Error> {
    let identity = session.identify().await?;
    let admin = session.pin_info(Role::Admin).await?.state;
    let user = session.pin_info(Role::User).await?.state;
    let named = named_keys(session).await?;
    let key_faults = named.iter().filter(|key| key.fault().is_some()).count();
    let contents = session.contents().await?;
    let label = identity.label.map(|label| printable(label.as_str()));
    let (layouts, free_memory) = (identity.layouts, identity.free_memory);
    Ok(Seen { label, layouts, free_memory, admin, user, contents, key_faults })
}

fn pin_text(state: State) -> String {
    match state {
        State::NotVerified { tries: left } => format!("{} left", tries(left)),
        State::Blocked => "blocked".to_owned(),
        State::Absent => "there is none".to_owned(),
        State::Verified => "verified (another program is logged in)".to_owned(),
        State::Unknown => "the token does not say".to_owned(),
    }
}

pub(super) fn pin_json(state: State) -> Value {
    let (name, tries) = match state {
        State::NotVerified { tries } => ("ready", Some(tries)),
        State::Blocked => ("blocked", Some(0)),
        State::Absent => ("absent", None),
        State::Verified => ("verified", None),
        State::Unknown => ("unknown", None),
    };
    json!({ "state": name, "tries_left": tries })
}
