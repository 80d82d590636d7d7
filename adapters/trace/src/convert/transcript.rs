//! A transcript of APDUs: `>> 00A40400` and `<< 9000`, a line each. Also read: `=>` and `<=`, `>` and `<`, `Sending:`
//! and `Received:`, blanks and colons between the bytes, text behind the status word in brackets.

use super::ConvertError;
use crate::{Entry, Masker, Opened, Record, Trace};

/// Which way a line goes.
enum Way {
    ToCard,
    FromCard,
}

/// Reads a transcript.
///
/// # Errors
/// [`ConvertError`].
pub fn import_transcript(text: &str) -> Result<Trace, ConvertError> {
    let opened = Opened { way: "transcript".to_owned(), max_packet: 64, ..Opened::default() };
    let mut trace =
        Trace { about: vec![], entries: vec![Entry { at: 0, link: 1, record: Record::Open(opened) }] };
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((way, rest)) = direction(line) else {
            return Err(ConvertError::Place { number, wrong: "it begins neither with >> nor with <<" });
        };
        let bytes = hexadecimal(rest)
            .ok_or(ConvertError::Place { number, wrong: "its bytes are not hexadecimal" })?;
        let record = match way {
            // Masked at once: nothing else is ever kept of it.
            Way::ToCard => Record::Command(Masker::command(&bytes)),
            Way::FromCard => Record::Response(bytes),
        };
        trace.entries.push(Entry { at: 1000 * number as u64, link: 1, record });
    }
    if trace.entries.len() == 1 { Err(ConvertError::Nothing) } else { Ok(trace) }
}

fn direction(line: &str) -> Option<(Way, &str)> {
    for sign in [">>", "=>", "->", ">", "Sending:", "C:"] {
        if let Some(rest) = line.strip_prefix(sign) {
            return Some((Way::ToCard, rest));
        }
    }
    for sign in ["<<", "<=", "<-", "<", "Received:", "R:"] {
        if let Some(rest) = line.strip_prefix(sign) {
            return Some((Way::FromCard, rest));
        }
    }
    None
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let text = text.split(['(', '[', '#']).next().unwrap_or_default();
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    (!pairs.is_empty()).then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The APDUs of a trace, a line each. What is masked stays `**`; such a transcript cannot be read back.
#[must_use]
pub fn export_transcript(trace: &Trace) -> String {
    let lines = trace.entries.iter().filter_map(|entry| match &entry.record {
        Record::Command(command) => Some(format!(">> {command}\n")),
        Record::Response(response) => Some(format!("<< {}\n", crate::masked::bytes_text(response))),
        Record::Failed(failure) => Some(format!("# {}\n", failure.text)),
        _ => None,
    });
    lines.collect()
}
