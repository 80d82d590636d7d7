//! `explain`: what a code means, what its cause mostly is, and what to do.

mod codes;

use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::{messages, say, text};
use crate::output::{Report, fields, printable};
use codes::{CCID, EXIT, LIBUSB, PCSC, PKCS11, STATUS};
use fluent_bundle::FluentValue;
use kaztoken_core::apdu::{Status, StatusWord};
use serde_json::{Value, json};

/// One reading of a code.
#[derive(Debug)]
struct Reading {
    family: &'static str,
    /// As the standard writes it.
    code: String,
    name: Option<&'static str>,
    /// The message.
    id: String,
    values: Vec<(&'static str, FluentValue<'static>)>,
}

pub(super) fn explain(_: &Context, asked: &[String]) -> Result<Report> {
    let mut texts = Vec::new();
    let mut explanations = Vec::new();
    for code in asked {
        let readings = readings(code);
        if readings.is_empty() {
            let shown = printable(code);
            return Err(Problem::new(Code::Usage, say!("explain-unknown", code = shown)));
        }
        for reading in readings {
            texts.push(reading.text());
            explanations.push(reading.json(code));
        }
    }
    Ok(Report::new(texts.join("\n\n"), json!({ "explanations": explanations })))
}

impl Reading {
    fn new(family: &'static str, code: String, name: Option<&'static str>, id: String) -> Self {
        Self { family, code, name, id, values: Vec::new() }
    }

    fn with(self, name: &'static str, value: impl Into<FluentValue<'static>>) -> Self {
        let mut values = self.values;
        values.push((name, value.into()));
        Self { values, ..self }
    }

    fn said(&self, attribute: Option<&str>) -> Option<String> {
        messages().get(&self.id, attribute, &self.values)
    }

    fn text(&self) -> String {
        let name = self.name.map(|name| format!(" {name}")).unwrap_or_default();
        let heading = format!("{}{name}: {}", self.code, text(&format!("family-{}", self.family)));
        let parts =
            [("explain-means", None), ("explain-cause", Some("cause")), ("explain-next", Some("next"))];
        let labels = parts.map(|(label, attribute)| (text(label), self.said(attribute)));
        let rows: Vec<_> =
            labels.iter().filter_map(|(label, said)| Some((&label[..], said.clone()?))).collect();
        format!("{heading}\n{}", fields(&rows))
    }

    fn json(&self, asked: &str) -> Value {
        json!({
            "asked": asked,
            "family": self.family,
            "code": self.code,
            "name": self.name,
            "meaning": self.said(None),
            "cause": self.said(Some("cause")),
            "next": self.said(Some("next")),
        })
    }
}

/// Everything that a code may be, the likeliest first.
fn readings(code: &str) -> Vec<Reading> {
    let code = code.trim();
    let (family, rest) = match code.split_once(':') {
        Some((family, rest)) => (Some(family.to_ascii_lowercase()), rest.trim()),
        None => (None, code),
    };
    let of = |names: &[&str]| family.as_deref().is_none_or(|family| names.contains(&family));
    let named = rest.to_ascii_uppercase();
    let mut readings = Vec::new();
    if of(&["sw", "status"]) {
        readings.extend(status(rest));
    }
    if of(&["pcsc", "scard"]) {
        readings.extend(pcsc(rest, &named, family.is_some()));
    }
    if of(&["ccid"]) {
        readings.extend(ccid(rest, &named));
    }
    if of(&["libusb", "usb"]) {
        readings.extend(libusb(rest, &named));
    }
    if of(&["ckr", "pkcs11"]) {
        readings.extend(pkcs11(rest, &named, family.is_some()));
    }
    if family.as_deref() == Some("exit") {
        readings.extend(exit(rest));
    }
    readings
}

/// Hexadecimal digits after 0x, or where no sign says otherwise.
fn hexadecimal(text: &str) -> Option<(u32, usize)> {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(&digits);
    let sound = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| sound)?;
    Some((value, digits.len()))
}

/// What a status word means, in a sentence.
pub(super) fn status_meaning(sw: u16) -> Option<String> {
    status(&format!("{sw:04X}"))?.said(None)
}

fn status(text: &str) -> Option<Reading> {
    let text = text.strip_prefix("SW").or_else(|| text.strip_prefix("sw")).unwrap_or(text);
    let sw =
        hexadecimal(text).filter(|(_, digits)| *digits == 4).and_then(|(sw, _)| u16::try_from(sw).ok())?;
    if !matches!(sw >> 12, 6 | 9) {
        return None;
    }
    let reading = |id: String| Reading::new("status", format!("{sw:04X}"), None, id);
    Some(match StatusWord(sw).status() {
        Status::MoreData(count) => reading("sw-61xx".into()).with("count", count),
        Status::WrongLe(count) => reading("sw-6cxx".into()).with("count", count),
        Status::TriesLeft(count) => reading("sw-63cx".into()).with("count", count),
        _ if STATUS.contains(&sw) => reading(format!("sw-{sw:04x}")),
        _ => {
            let class = format!("{:02X}", sw >> 8);
            let known = messages().get(&format!("sw-class-{:02x}", sw >> 8), None, &[]);
            let said = known.unwrap_or_else(|| crate::language::text("sw-class-other"));
            reading("sw-unknown".into()).with("class", class).with("text", said)
        }
    })
}

/// The name after its prefix, as messages have it: `PIN_LOCKED` is `pin-locked`.
fn id(prefix: &str, name: &str, prefixes: &[&str]) -> String {
    let short = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    format!("{prefix}-{}", short.to_ascii_lowercase().replace('_', "-"))
}

/// Is it this name, with or without its prefix?
fn is_named(asked: &str, name: &str, prefixes: &[&str]) -> bool {
    asked == name || prefixes.iter().any(|prefix| name.strip_prefix(prefix) == Some(asked))
}

const SCARD: [&str; 3] = ["SCARD_E_", "SCARD_W_", "SCARD_F_"];

fn pcsc(text: &str, named: &str, family: bool) -> Option<Reading> {
    let number = hexadecimal(text).and_then(|(value, digits)| match (value >> 16, digits) {
        (0x8010, 8) => u16::try_from(value & 0xFFFF).ok(),
        (0, _) if family => u16::try_from(value).ok(),
        _ => None,
    });
    let (code, name) =
        PCSC.into_iter().find(|(code, name)| Some(*code) == number || is_named(named, name, &SCARD))?;
    Some(Reading::new("pcsc", format!("0x8010{code:04X}"), Some(name), id("pcsc", name, &SCARD)))
}

fn ccid(text: &str, named: &str) -> Option<Reading> {
    let number =
        hexadecimal(text).filter(|(_, digits)| *digits == 2).and_then(|(value, _)| u8::try_from(value).ok());
    let known = CCID.into_iter().find(|(code, name)| Some(*code) == number || *name == named);
    match (known, number) {
        (Some((code, name)), _) => {
            Some(Reading::new("ccid", format!("{code:02X}"), Some(name), format!("ccid-{code:02x}")))
        }
        (None, Some(offset @ 1..=0x7F)) => {
            let reading = Reading::new("ccid", format!("{offset:02X}"), None, "ccid-offset".into());
            Some(reading.with("count", offset))
        }
        _ => None,
    }
}

fn libusb(text: &str, named: &str) -> Option<Reading> {
    let number = text.strip_prefix('-').and_then(|digits| digits.parse::<i32>().ok()).map(|number| -number);
    let (code, name) = LIBUSB
        .into_iter()
        .find(|(code, name)| Some(*code) == number || is_named(named, name, &["LIBUSB_ERROR_"]))?;
    Some(Reading::new("libusb", code.to_string(), Some(name), id("usb", name, &["LIBUSB_ERROR_"])))
}

fn pkcs11(text: &str, named: &str, family: bool) -> Option<Reading> {
    // Without the family a number of PKCS#11 looks like many another.
    let number = hexadecimal(text).filter(|(_, digits)| family || *digits == 8).map(|(value, _)| value);
    let (code, name) =
        PKCS11.into_iter().find(|(code, name)| Some(*code) == number || is_named(named, name, &["CKR_"]))?;
    Some(Reading::new("pkcs11", format!("0x{code:08X}"), Some(name), id("ckr", name, &["CKR_"])))
}

fn exit(text: &str) -> Option<Reading> {
    let code = text.parse::<u8>().ok().filter(|code| EXIT.contains(code))?;
    Some(Reading::new("exit", code.to_string(), None, format!("exit-{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &str) -> Vec<(&'static str, String)> {
        readings(code).into_iter().map(|reading| (reading.family, reading.id)).collect()
    }

    #[test]
    fn codes_as_people_write_them() {
        for code in ["6983", "0x6983", "69 83", "SW6983", "sw:6983", " 6983 "] {
            assert_eq!(read(code), [("status", "sw-6983".to_owned())], "{code}");
        }
        assert_eq!(read("63c2"), [("status", "sw-63cx".to_owned())]);
        assert_eq!(read("6F00"), [("status", "sw-unknown".to_owned())]);
        for code in ["FE", "ccid:fe", "ICC_MUTE", "0xfe"] {
            assert_eq!(read(code), [("ccid", "ccid-fe".to_owned())], "{code}");
        }
        assert_eq!(read("ccid:05"), [("ccid", "ccid-offset".to_owned())]);
        for code in ["-6", "LIBUSB_ERROR_BUSY", "libusb_error_busy", "usb:BUSY", "libusb:-6"] {
            assert_eq!(read(code), [("libusb", "usb-busy".to_owned())], "{code}");
        }
        for code in ["0x8010001D", "8010001d", "SCARD_E_NO_SERVICE", "NO_SERVICE", "pcsc:1d"] {
            assert_eq!(read(code), [("pcsc", "pcsc-no-service".to_owned())], "{code}");
        }
        for code in ["CKR_PIN_LOCKED", "pin_locked", "ckr:A4", "0x000000A4", "pkcs11:0xa4"] {
            assert_eq!(read(code), [("pkcs11", "ckr-pin-locked".to_owned())], "{code}");
        }
        assert_eq!(read("exit:7"), [("exit", "exit-7".to_owned())]);
        // Two stacks have this name.
        assert_eq!(read("TIMEOUT").len(), 2);
        for unknown in
            ["", "7", "exit:15", "5000", "ccid:80", "-50", "CKR_", "SCARD_E_", "пин", "0x", "sw:", ":"]
        {
            assert!(read(unknown).is_empty(), "{unknown}: {:?}", read(unknown));
        }
    }

    #[test]
    fn every_code_has_its_texts() {
        let status = STATUS.iter().map(|sw| format!("{sw:04X}"));
        let ccid = CCID.iter().map(|(code, _)| format!("ccid:{code:02X}"));
        let names = LIBUSB.iter().map(|(_, name)| *name).chain(PCSC.iter().map(|(_, name)| *name));
        let names = names.chain(PKCS11.iter().map(|(_, name)| *name)).map(str::to_owned);
        let exit = EXIT.iter().map(|code| format!("exit:{code}"));
        for code in status.chain(ccid).chain(names).chain(exit) {
            let [reading] = &readings(&code)[..] else { panic!("{code}") };
            assert!(reading.said(None).is_some() && reading.said(Some("next")).is_some(), "{code}");
        }
    }

    #[test]
    fn no_text_is_left_over() {
        let known: std::collections::BTreeSet<String> = crate::language::ids()
            .into_iter()
            .filter(|id| {
                ["ccid-", "usb-", "pcsc-", "ckr-", "exit-"].iter().any(|prefix| id.starts_with(prefix))
            })
            .collect();
        let names = |table: &[&'static str]| {
            table.iter().flat_map(|name| readings(name)).map(|r| r.id).collect::<Vec<_>>()
        };
        let mut used = names(&LIBUSB.map(|(_, name)| name));
        used.extend(names(&PCSC.map(|(_, name)| name)));
        used.extend(names(&PKCS11.map(|(_, name)| name)));
        used.extend(CCID.iter().map(|(code, _)| format!("ccid-{code:02x}")));
        used.extend(EXIT.iter().map(|code| format!("exit-{code}")));
        used.push("ccid-offset".to_owned());
        assert_eq!(used.into_iter().collect::<std::collections::BTreeSet<_>>(), known);
    }
}
