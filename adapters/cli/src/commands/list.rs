//! `list`: what is attached.

use super::token_json;
use crate::context::Context;
use crate::device::{Attached, no_token};
use crate::exit::Result;
use crate::language::say;
use crate::output::{Report, printable, table};
use serde_json::json;

pub(super) fn list(context: &Context) -> Result<Report> {
    let all = context.attached()?;
    if all.is_empty() {
        return Err(no_token());
    }
    let mut rows = vec![vec![
        say!("table-serial"),
        say!("table-model"),
        say!("table-label"),
        say!("table-via"),
        say!("table-place"),
    ]];
    let mut unusable = Vec::new();
    let mut tokens = Vec::new();
    for Attached { via, place, name, token, .. } in all {
        let looked = token.and_then(|mut token| {
            let label = token.connection.run(async |session| Ok(session.identify().await?.label))?;
            Ok((token, label))
        });
        match looked {
            Ok((token, label)) => {
                let label = label.map(|label| printable(label.as_str()));
                let shown = label.clone().unwrap_or_else(|| say!("no-label"));
                let about = &token.about;
                rows.push(vec![
                    about.serial.to_string(),
                    about.model.into(),
                    shown,
                    via.name().into(),
                    place,
                ]);
                let mut entry = token_json(&token);
                entry["label"] = json!(label);
                entry["usable"] = json!(true);
                tokens.push(entry);
            }
            Err(problem) => {
                unusable.push(format!("{}, {place}: {}", printable(&name), problem.message));
                tokens.push(json!({
                    "name": printable(&name),
                    "via": via.name(),
                    "place": place,
                    "usable": false,
                    "reason": { "code": problem.code as u8, "name": problem.code.name(), "message": problem.message },
                }));
            }
        }
    }
    let mut parts = Vec::new();
    if rows.len() > 1 {
        parts.push(table(&rows));
    }
    if !unusable.is_empty() {
        parts.push(format!("{}\n  {}", say!("list-not-usable"), unusable.join("\n  ")));
    }
    Ok(Report::new(parts.join("\n\n"), json!({ "tokens": tokens })))
}
