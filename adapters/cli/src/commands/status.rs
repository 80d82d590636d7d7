//! `status`: in what state the token is.

use super::info::{layout_names, layouts_json};
use super::token_json;
use crate::context::Context;
use crate::exit::Result;
use crate::language::say;
use crate::names::named_keys;
use crate::output::{Report, fields, printable};
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

    fn explain(self) -> String {
        match self {
            Self::Unformatted => say!("status-unformatted"),
            Self::Empty => say!("status-empty"),
            Self::InUse => say!("status-in-use"),
        }
    }
}

pub(super) fn status(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let seen = token.connection.run(async |session| look(session).await)?;
    let orphans = seen.key_faults;
    let label = seen.label.clone().unwrap_or_else(|| say!("no-label"));
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
        keys = say!("status-faulty-keys", keys = keys, count = orphans);
    }
    let memory = seen.free_memory.map(|bytes| say!("bytes", count = bytes));
    let rows = [
        (say!("status-token"), format!("{} {}", token.about.model, token.about.serial)),
        (say!("status-label"), label),
        (say!("status-state"), readiness.explain()),
        (say!("status-user-pin"), pin_text(seen.user)),
        (say!("status-admin-pin"), pin_text(seen.admin)),
        (say!("status-keys"), keys),
        (say!("status-certificates"), seen.contents.certificates.to_string()),
        (say!("status-foreign"), seen.contents.foreign.to_string()),
        (say!("info-memory"), memory.unwrap_or_else(|| say!("not-said"))),
        (say!("info-layouts"), layout_names(&seen.layouts).join(", ")),
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
    let key_faults = named.iter().filter(|key| key.is_faulty()).count();
    let contents = session.contents().await?;
    let label = identity.label.map(|label| printable(label.as_str()));
    let (layouts, free_memory) = (identity.layouts, identity.free_memory);
    Ok(Seen { label, layouts, free_memory, admin, user, contents, key_faults })
}

fn pin_text(state: State) -> String {
    match state {
        State::NotVerified { tries: left } => say!("status-tries", count = left),
        State::Blocked => say!("status-blocked"),
        State::Absent => say!("status-absent"),
        State::Verified => say!("status-verified"),
        State::Unknown => say!("not-said"),
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
