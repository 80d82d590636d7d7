//! What a command prints: one result on stdout, as text or as one JSON document; everything else on stderr.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::said::Said as _;
pub(crate) use kaztoken_trace::printable;
use serde_json::{Map, Value, json};
use std::io::{ErrorKind, Write};

/// The version of the JSON documents. It grows when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

/// The result of a command.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// For people; ends without a line feed.
    pub(crate) text: String,
    /// For programs: the fields beside `schema` and `command`.
    pub(crate) json: Map<String, Value>,
    /// The result is there and it is not a good one.
    pub(crate) code: Option<Code>,
}

impl Report {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        let json = match json {
            Value::Object(map) => map,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        Self { text: text.into(), json, code: None }
    }
}

/// Prints a result. A reader that has gone away wants no more of it; what cannot be written otherwise is lost,
/// and a script must know.
pub(crate) fn print(as_json: bool, command: &str, report: Report) -> Result<()> {
    print_while_read(as_json, command, report).map(|_| ())
}

/// The same; `false` when the reader has gone away.
pub(crate) fn print_while_read(as_json: bool, command: &str, report: Report) -> Result<bool> {
    let text = if as_json { document(command, report.json).to_string() } else { report.text };
    if text.is_empty() {
        return Ok(true);
    }
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Problem::new(Code::Failed, say!("problem-stdout", text = error.said()))),
        Ok(()) => Ok(true),
    }
}

/// Prints why there is no result: to stderr, and as JSON to stdout too.
pub(crate) fn print_problem(as_json: bool, command: &str, problem: &Problem) {
    note(&format!("kaztoken: {}", problem.message));
    if as_json {
        let mut error = json!({
            "code": problem.code as u8,
            "name": problem.code.name(),
            "message": problem.message,
        });
        if let Some((role, tries)) = problem.pin {
            error["pin"] = json!(role.to_string());
            error["tries_left"] = json!(tries);
        }
        let fields = Map::from_iter([("error".to_owned(), error)]);
        let _ = writeln!(std::io::stdout().lock(), "{}", document(command, fields));
    }
}

fn document(command: &str, fields: Map<String, Value>) -> Value {
    let mut document =
        Map::from_iter([("schema".to_owned(), json!(SCHEMA)), ("command".to_owned(), json!(command))]);
    document.extend(fields);
    Value::Object(document)
}

/// One line on stderr.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// `name  value` lines with the values under each other.
pub(crate) fn fields<N: AsRef<str>>(rows: &[(N, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.as_ref().chars().count()).max().unwrap_or(0);
    let lines: Vec<_> =
        rows.iter().map(|(name, value)| format!("{:<width$}  {value}", name.as_ref())).collect();
    lines.join("\n")
}

/// A table: the first row is the heading.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Upper-case hexadecimal without blanks.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Reads hexadecimal; blanks and colons are ignored. `None`: an odd count or another character.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != ':')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(parse_hex("00 a4:04\t00"), Some(vec![0, 0xA4, 4, 0]));
        assert_eq!(parse_hex(""), Some(vec![]));
        for bad in ["0", "00a", "0g", "0x00", "+1"] {
            assert_eq!(parse_hex(bad), None, "{bad}");
        }
        assert_eq!(hex(&[0xA4, 0]), "A400");
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        for text in ["a\u{1b}[31mb", "a\u{202e}b", "a\nb", "a\u{9b}b", "a\u{2066}b", "a\u{200f}b", "a\u{7f}b"]
        {
            let shown = printable(text);
            assert!(
                shown.starts_with('a')
                    && shown.contains('\u{FFFD}')
                    && !shown.contains(['\u{1b}', '\u{202e}', '\n'])
            );
        }
        assert_eq!(printable("ТОО «Қазақстан» – 1"), "ТОО «Қазақстан» – 1");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [vec!["no".into(), "label".into()], vec!["12".into(), "к".into()], vec!["1".into()]];
        assert_eq!(table(&rows), "no  label\n12  к\n1");
        assert_eq!(fields(&[("a", "1".into()), ("long", "2".into())]), "a     1\nlong  2");
    }
}
