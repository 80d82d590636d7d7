//! Frames of CCID in the log of libccid (`LIBCCID_ifdLogLevel=0x000F`, `pcscd --foreground --debug`):
//! `00000012 -> 000000 6F 05 ...` and `<- 000000 80 ...`, with whatever pcscd writes in front.

use super::ConvertError;
use crate::{Entry, Masker, Opened, Record, Trace};

/// Reads a log. Lines without a frame are skipped.
///
/// # Errors
/// [`ConvertError`].
pub fn import_log(text: &str) -> Result<Trace, ConvertError> {
    let opened = Opened { way: "libccid".to_owned(), max_packet: 64, ..Opened::default() };
    let mut trace =
        Trace { about: vec![], entries: vec![Entry { at: 0, link: 1, record: Record::Open(opened) }] };
    let mut masker = Masker::default();
    for (line, number) in text.lines().zip(1..) {
        let Some((to_reader, bytes)) = frame(line) else { continue };
        let record = if to_reader { Record::Send(masker.message(&bytes)) } else { Record::Receive(bytes) };
        trace.entries.push(Entry { at: 1000 * number, link: 1, record });
    }
    if trace.entries.len() == 1 { Err(ConvertError::Nothing) } else { Ok(trace) }
}

/// The bytes after an arrow and the reader's number.
fn frame(line: &str) -> Option<(bool, Vec<u8>)> {
    let to = line.find("-> ").map(|at| (at, true));
    let from = line.find("<- ").map(|at| (at, false));
    let (at, to_reader) = to.into_iter().chain(from).min()?;
    let mut words = line.get(at + 3..)?.split_ascii_whitespace();
    let reader = words.next()?;
    if reader.len() != 6 || !reader.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        words.map(|word| (word.len() == 2).then(|| u8::from_str_radix(word, 16).ok()).flatten()).collect();
    bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| (to_reader, bytes))
}

/// The frames of a trace as libccid would log them; what is masked stays `**`.
#[must_use]
pub fn export_log(trace: &Trace) -> String {
    let lines = trace.entries.iter().filter_map(|entry| match &entry.record {
        Record::Send(message) => Some(format!("-> 000000 {message} \n")),
        Record::Receive(message) => Some(format!("<- 000000 {} \n", crate::masked::bytes_text(message))),
        _ => None,
    });
    lines.collect()
}
