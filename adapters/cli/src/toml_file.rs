//! TOML files that people write.

use crate::exit::{Code, Problem, Result};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads a file. What is wrong with it is told with its line, which is not repeated: a PIN may stand there.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, &error))?;
    parse(&text).map_err(|error| Problem::new(Code::Data, format!("{}, {error}", path.display())))
}

pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: {}", error.message())
    })
}
