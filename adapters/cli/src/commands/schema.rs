//! `schema`: the JSON Schemas of what every command prints with `--json`, from the folder `schema`.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::Report;
use serde_json::{Value, json};

/// What several commands print.
const COMMON: &str = include_str!("../../schema/common.json");

macro_rules! schemas {
    ($($file:literal,)*) => {
        /// Each command's file, by the command's name with `-` for the blank.
        const SCHEMAS: &[(&str, &str)] = &[$(($file, include_str!(concat!("../../schema/", $file, ".json")))),*];
    };
}

// One line adds a command; a test holds that none of the grammar is missing.
schemas! {
    "admin-pin-change",
    "apdu",
    "ca-crl",
    "ca-initial",
    "ca-issue",
    "ca-list",
    "ca-new",
    "ca-revoke",
    "ca-serve",
    "cert-export",
    "cert-import",
    "cert-list",
    "cert-show",
    "cert-verify",
    "completions",
    "doctor",
    "enroll",
    "explain",
    "format",
    "info",
    "key-delete",
    "key-generate",
    "key-list",
    "key-public",
    "keystore-export",
    "keystore-show",
    "keystore-verify",
    "list",
    "manual",
    "object-delete",
    "object-list",
    "panel",
    "pin-change",
    "pin-set",
    "pin-unblock",
    "pin-verify",
    "random",
    "rig-console",
    "rig-info",
    "rig-ledger",
    "rig-list",
    "rig-run",
    "schema",
    "sign",
    "status",
    "token-backup",
    "token-restore-check",
    "tour",
    "trace-diff",
    "trace-export",
    "trace-import",
    "trace-record",
    "trace-redact",
    "trace-replay",
    "trace-show",
    "trace-to-test",
    "usb-describe",
    "verify",
    "virtual-new",
    "virtual-serve",
    "watch",
}

/// The schema of one command, or the names of all that have one.
pub(super) fn schema(words: &[String]) -> Result<Report> {
    if words.is_empty() {
        let titles = SCHEMAS.iter().map(|(_, text)| title(text)).collect::<Result<Vec<_>>>()?;
        return Ok(Report::new(titles.join("\n"), json!({ "commands": titles })));
    }
    let name = words.join("-");
    let Some((_, text)) = SCHEMAS.iter().find(|(file, _)| *file == name) else {
        return Err(Problem::new(Code::Usage, say!("schema-unknown", text = words.join(" "))));
    };
    let document = whole(text)?;
    let text = format!("{document:#}");
    Ok(Report::new(text, json!({ "about": words.join(" "), "document": document })))
}

/// The command's name, with a blank between its words.
fn title(text: &str) -> Result<String> {
    let title = parse(text)?["title"].as_str().map(str::to_owned);
    Ok(title.unwrap_or_default())
}

/// With what it shares inside, so that the document stands for itself (JSON Schema 2020-12, 9.3: bundling).
fn whole(text: &str) -> Result<Value> {
    let mut document = parse(text)?;
    document["$defs"]["common"] = parse(COMMON)?;
    Ok(document)
}

fn parse(text: &str) -> Result<Value> {
    // A test reads every file.
    serde_json::from_str(text).map_err(|error| Problem::new(Code::Failed, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// The commands of the grammar that do something: `pin change`, not `pin`.
    fn commands(of: &clap::Command, before: &str, into: &mut BTreeSet<String>) {
        for command in of.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = format!("{before}{}", command.get_name());
            match command.has_subcommands() {
                true => commands(command, &format!("{name} "), into),
                false => _ = into.insert(name),
            }
        }
    }

    #[test]
    fn every_command_has_a_schema_and_every_schema_a_command() {
        let mut grammar = BTreeSet::new();
        commands(&Cli::command(), "", &mut grammar);
        let described: BTreeSet<_> = SCHEMAS.iter().map(|(_, text)| title(text).unwrap()).collect();
        assert_eq!(described, grammar, "see adapters/cli/schema/README.md");
        for (file, text) in SCHEMAS {
            let document = whole(text).unwrap();
            assert_eq!(document["title"].as_str().unwrap().replace(' ', "-"), *file);
            assert_eq!(document["$id"], format!("urn:kaztoken:schema:1:{file}"));
        }
    }

    #[test]
    fn every_object_says_what_it_may_hold() {
        for (file, text) in SCHEMAS.iter().copied().chain([("common", COMMON)]) {
            closed(file, &parse(text).unwrap());
        }
    }

    fn closed(file: &str, value: &Value) {
        match value {
            Value::Object(map) => {
                let is_open =
                    map.get("type") == Some(&json!("object")) && !map.contains_key("additionalProperties");
                assert!(!is_open, "{file}: additionalProperties is missing in {value}");
                map.values().for_each(|value| closed(file, value));
            }
            Value::Array(all) => all.iter().for_each(|value| closed(file, value)),
            _ => {}
        }
    }
}
