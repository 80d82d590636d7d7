//! `doctor --bundle`: one zip file for a bug report. It holds nothing secret: no PIN was asked for, names are left
//! out, serial numbers too unless they are asked for.

use super::{Finding, HIDDEN, Personal, System, report};
use crate::args::Via;
use crate::commands::trace::told;
use crate::commands::usb::attached_descriptions;
use crate::context::Context;
use crate::exit::{Problem, Result};
use crate::language::say;
use crate::output::printable;
use crate::whole_file::put_new;
use fluent_bundle::FluentValue;
use kaztoken_core::token::Serial;
use kaztoken_usb::KNOWN_DEVICES;
use serde_json::Value;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes the bundle into a new file; the whole of it, or none.
pub(super) fn write(context: &Context, findings: &[Finding], file: &Path, serials: bool) -> Result<()> {
    let hide = Hide::new(findings, serials);
    let bytes = zip(&parts(context, findings, serials), &hide)
        .map_err(|error| Problem::file(file, &std::io::Error::other(error)))?;
    put_new(file, &bytes)
}

/// The files of the bundle.
fn parts(context: &Context, findings: &[Finding], serials: bool) -> Vec<(&'static str, String)> {
    let system = System::here();
    let for_others: Vec<_> = findings.iter().map(|finding| finding.for_others(serials)).collect();
    let report = report(&for_others);
    let pretty = |json: &Value| serde_json::to_string_pretty(json).unwrap_or_default();
    let mut parts = vec![
        ("README.txt", say!("doctor-bundle-readme", text = HIDDEN)),
        ("report.txt", report.text),
        ("report.json", pretty(&Value::Object(report.json))),
        ("versions.txt", versions(&system)),
    ];
    if context.global.via().is_ok_and(|via| via == Via::Usb) {
        match attached_descriptions(context) {
            Ok((text, json)) => {
                parts.push(("descriptors.txt", text));
                parts.push(("descriptors.json", pretty(&json)));
            }
            Err(problem) => parts.push(("descriptors.txt", printable(&problem.message))),
        }
    }
    if let Some(trace) = context.global.kept.as_ref().and_then(|kept| kept.redacted(serials)) {
        parts.push(("trace.txt", told(&trace).unwrap_or_default()));
        parts.push(("trace.ktrace", trace.to_string()));
    }
    let vendor = KNOWN_DEVICES.first().map_or(0, |known| known.vendor_id);
    parts.push(("udev.txt", system.rules_of(vendor).join("\n")));
    parts
}

/// What runs here, one line each.
fn versions(system: &System) -> String {
    let of_os = system.read("/etc/os-release").unwrap_or_default();
    let name = of_os.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let list = system.read("/etc/libccid_Info.plist").unwrap_or_default();
    let driver = list.split_once("<key>CFBundleShortVersionString</key>");
    let driver = driver.and_then(|(_, rest)| rest.split_once("<string>")?.1.split_once("</string>"));
    let rows = [
        ("kaztoken", env!("CARGO_PKG_VERSION").to_owned()),
        ("built with PC/SC", if cfg!(feature = "pcsc") { "yes" } else { "no" }.to_owned()),
        ("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("distribution", name.unwrap_or_default().trim_matches('"').to_owned()),
        ("kernel", system.read("/proc/sys/kernel/osrelease").unwrap_or_default()),
        ("container", system.container().unwrap_or_default()),
        ("virtual machine", system.machine().unwrap_or_default()),
        ("pcscd", first_line("pcscd", &["--version"])),
        ("libccid", driver.map(|(version, _)| version.to_owned()).unwrap_or_default()),
        (
            "locale",
            ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).unwrap_or_default()).join(" "),
        ),
    ];
    let lines = rows.iter().filter(|(_, value)| !value.trim().is_empty());
    lines.map(|(name, value)| format!("{name}: {}\n", printable(value.trim()))).collect()
}

/// What a program says of itself; it does nothing else with this argument.
fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

fn zip(parts: &[(&str, String)], hide: &Hide) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(hide.from(text).as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What must not stand in any file, wherever it came from, such as a path or an error's text.
struct Hide(Vec<String>);

impl Hide {
    fn new(findings: &[Finding], serials: bool) -> Self {
        let mut words = Vec::new();
        for finding in findings {
            let Some((name, kind)) = finding.personal else { continue };
            let value = finding.values.iter().find(|(value, _)| *value == name);
            let Some((_, FluentValue::String(text))) = value else { continue };
            match (kind, Serial::parse(text)) {
                (Personal::Serial, _) if serials => {}
                (Personal::Serial, Some(serial)) => {
                    let hexadecimal = format!("{serial:#}");
                    words.extend([serial.to_string(), hexadecimal.to_uppercase(), hexadecimal]);
                }
                _ => words.push(text.to_string()),
            }
        }
        if let Some(home) = std::env::home_dir().and_then(|home| home.to_str().map(str::to_owned)) {
            words.push(home);
        }
        // A word of one or two letters stands everywhere; the longest first, so that no rest stays.
        words.retain(|word| word.chars().count() > 2);
        words.sort_by_key(|word| core::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }

    fn from(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, word| text.replace(word, HIDDEN))
    }
}
