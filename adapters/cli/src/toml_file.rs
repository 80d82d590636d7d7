//! TOML files that people write.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads a file. What is wrong with it is told with its line, which is not repeated: a PIN may stand there.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, &error))?;
    parse(&text).map_err(|error| Problem::new(Code::Data, format!("{}, {error}", path.display())))
}

/// Reading a value of the wrong kind is told with the value, which may be a PIN that somebody wrote into the file.
fn without_values(message: &str) -> String {
    let is_told = ["unknown variant ", "invalid type: ", "invalid value: ", "unknown field "];
    let Some(place) = is_told.iter().find_map(|words| Some(message.find(words)? + words.len())) else {
        return message.to_owned();
    };
    let (before, rest) = message.split_at(place);
    // Up to what was expected; the name of a field is no secret while it looks like one.
    let end = rest.find(", expected").unwrap_or(rest.len());
    let (value, after) = rest.split_at(end);
    let is_name = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '`');
    if before.ends_with("field ") && value.chars().all(is_name) {
        return message.to_owned();
    }
    let kind = value.split(['`', '"']).next().unwrap_or_default().trim();
    format!("{before}{kind}{}{after}", if kind.is_empty() { "(not shown)" } else { "" })
}

pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        say!("toml-line", line = line, text = without_values(error.message()))
    })
}
