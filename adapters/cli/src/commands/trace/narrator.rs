//! Telling a trace: what each line means, with what was known before it.

use crate::commands::explain::status_meaning;
use crate::output::printable;
use kaztoken_core::ccid::ClassDescriptor;
use kaztoken_trace::{Entry, Layer, Meaning, Record, describe};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is known of each connection.
#[derive(Debug, Default)]
pub(super) struct Narrator {
    links: BTreeMap<u16, (Option<ClassDescriptor>, Option<Entry>)>,
}

impl Narrator {
    /// What an entry means.
    pub(super) fn tell(&mut self, entry: &Entry) -> Meaning {
        let (class, before) = self.links.entry(entry.link).or_default();
        if let Record::Open(opened) = &entry.record {
            *class = opened.class;
        }
        let meaning = describe(entry, class.as_ref(), before.as_ref());
        if let Record::Command(_) = &entry.record {
            *before = Some(entry.clone());
        }
        meaning
    }
}

fn time(entry: &Entry) -> String {
    format!("{:>4}.{:06}", entry.at / 1_000_000, entry.at % 1_000_000)
}

/// Which way it went.
const fn arrow(entry: &Entry) -> &'static str {
    match entry.record {
        Record::Send(_) => "->",
        Record::Receive(_) | Record::Interrupt(_) => "<-",
        Record::Command(_) => ">>",
        Record::Response(_) => "<<",
        _ => "--",
    }
}

fn meaning_of_status(meaning: &Meaning) -> Option<String> {
    meaning.status_word.filter(|sw| *sw != 0x9000).and_then(status_meaning)
}

/// One line.
pub(super) fn brief(entry: &Entry, meaning: &Meaning) -> String {
    let said = meaning_of_status(meaning).map(|said| format!(": {said}")).unwrap_or_default();
    format!("{} {} {} {}{said}", time(entry), entry.link, arrow(entry), printable(&meaning.title))
}

/// With all fields.
pub(super) fn full(entry: &Entry, meaning: &Meaning) -> String {
    let mut lines = vec![brief(entry, meaning)];
    lines.extend(
        meaning.fields.iter().map(|(name, value)| format!("        {name:<22} {}", printable(value))),
    );
    lines.join("\n")
}

/// For programs.
pub(super) fn json(entry: &Entry, meaning: &Meaning) -> Value {
    let fields: serde_json::Map<String, Value> =
        meaning.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "at_us": entry.at,
        "link": entry.link,
        "layer": match meaning.layer {
            Layer::Usb => "usb",
            Layer::Ccid => "ccid",
            Layer::Apdu => "apdu",
        },
        "title": meaning.title,
        "fields": fields,
        "status_word": meaning.status_word.map(|sw| format!("{sw:04X}")),
        "says": meaning_of_status(meaning),
    })
}
