//! `trace`: the dialogue with a token as a file; and `--trace`, `-v` and `--via replay:` of the other commands.

mod convert;
mod narrator;
mod regression;

use crate::args::{Global, TraceCommand, TraceLayer};
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable};
use crate::said::Said as _;
use crate::whole_file::put_new;
use kaztoken_trace::{Difference, Entry, Layer, MAX_FILE, Recorder, Trace, differences, redact};
use narrator::Narrator;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn trace(context: &Context, command: TraceCommand) -> Result<Report> {
    context.refuse_dry_run(&say!("dry-run-trace"))?;
    match command {
        TraceCommand::Record { .. } => Ok(Report::default()),
        TraceCommand::Show { file, level, brief } => show(&read(&file)?, level, brief),
        TraceCommand::Replay { file } => regression::replay(&file),
        TraceCommand::Redact { file, out, keep_serial } => {
            let clean = redact(&read(&file)?, keep_serial);
            put_new(&out, clean.to_string().as_bytes())?;
            Ok(written(&out, &clean))
        }
        TraceCommand::Diff { first, second } => diff(&read(&first)?, &read(&second)?),
        TraceCommand::ToTest { file, out } => regression::to_test(&file, &out),
        TraceCommand::Import { kind, file, out } => {
            let trace = convert::import(kind, &file)?;
            put_new(&out, trace.to_string().as_bytes())?;
            Ok(written(&out, &trace))
        }
        TraceCommand::Export { kind, file, out } => {
            let trace = read(&file)?;
            put_new(&out, &convert::export(kind, &trace))?;
            Ok(written(&out, &trace))
        }
    }
}

/// The command line inside `trace record`, with `--trace`.
pub(crate) fn with_trace(file: &Path, command: &[OsString]) -> Vec<OsString> {
    let mut words = vec![OsString::from("kaztoken"), OsString::from("--trace"), file.into()];
    // The program's own name may stand in front.
    let rest = if command.first().is_some_and(|first| first == "kaztoken") {
        command.get(1..)
    } else {
        Some(command)
    };
    words.extend(rest.unwrap_or_default().iter().cloned());
    words
}

/// Begins to record and to show, when that was asked for. The file is there before anything is sent.
pub(crate) fn begin(global: &mut Global) -> Result<()> {
    if global.trace.is_none() && global.verbose == 0 && global.kept.is_none() {
        return Ok(());
    }
    let recorder = Recorder::new();
    if let Some(kept) = &global.kept {
        // Memory takes everything.
        let _ = recorder.write_to(Box::new(kept.clone()), &[]);
    }
    if let Some(path) = &global.trace {
        let file = File::options().write(true).create_new(true).open(path);
        let file = file.map_err(|error| Problem::file(path, &error))?;
        let words: Vec<_> = global.words.iter().skip(1).map(|word| word.to_string_lossy()).collect();
        let about = [
            ("program", format!("kaztoken {}", env!("CARGO_PKG_VERSION"))),
            ("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
            ("command", json!(words).to_string()),
        ];
        let about: Vec<_> = about.map(|(name, value)| (name.to_owned(), value)).into();
        recorder.write_to(Box::new(file), &about).map_err(|error| Problem::file(path, &error))?;
    }
    if global.verbose > 0 {
        let layer = if global.verbose == 1 { Layer::Apdu } else { Layer::Usb };
        let mut narrator = Narrator::default();
        recorder.show(move |entry| {
            let meaning = narrator.tell(entry);
            if meaning.layer >= layer {
                let line = narrator::brief(entry, &meaning);
                // Nobody may be listening any more.
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            }
        });
    }
    global.recorder = Some(recorder);
    Ok(())
}

/// A trace in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was recorded so far, for others to read.
    pub(super) fn redacted(&self, keep_serial: bool) -> Option<Trace> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Trace::parse(&bytes).ok().map(|trace| redact(&trace, keep_serial))
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A trace in words, all of it.
pub(super) fn told(trace: &Trace) -> Result<String> {
    Ok(show(trace, TraceLayer::Usb, false)?.text)
}

/// A file, as far as a trace or another program's record can be long.
fn contents(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Problem::file(file, &error))?;
    Ok(bytes)
}

/// A trace's file.
pub(crate) fn read(file: &Path) -> Result<Trace> {
    let trace = Trace::parse(&contents(file)?);
    trace.map_err(|error| Problem::new(Code::Data, format!("{}: {}", file.display(), error.said())))
}

fn written(file: &Path, trace: &Trace) -> Report {
    let path = printable(&file.display().to_string());
    let entries = trace.entries.len();
    let text = say!("trace-written", path = path.clone(), count = entries);
    Report::new(text, json!({ "file": path, "entries": entries }))
}

fn show(trace: &Trace, level: TraceLayer, brief: bool) -> Result<Report> {
    let least = match level {
        TraceLayer::Usb => Layer::Usb,
        TraceLayer::Ccid => Layer::Ccid,
        TraceLayer::Apdu => Layer::Apdu,
    };
    let mut narrator = Narrator::default();
    let mut lines: Vec<String> =
        trace.about.iter().map(|(name, value)| format!("# {name}: {value}")).collect();
    let mut entries = Vec::new();
    for entry in &trace.entries {
        let meaning = narrator.tell(entry);
        if meaning.layer < least {
            continue;
        }
        lines.push(if brief { narrator::brief(entry, &meaning) } else { narrator::full(entry, &meaning) });
        entries.push(narrator::json(entry, &meaning));
    }
    let about: serde_json::Map<String, Value> =
        trace.about.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    Ok(Report::new(lines.join("\n"), json!({ "about": about, "entries": entries })))
}

fn diff(first: &Trace, second: &Trace) -> Result<Report> {
    let found = differences(first, second);
    let side = |sign: char, entry: Option<&(usize, Entry)>| {
        entry.map(|(number, entry)| format!("{sign} {}: {entry}", number + 1))
    };
    let lines = found
        .iter()
        .flat_map(|difference| [side('-', difference.first.as_ref()), side('+', difference.second.as_ref())]);
    let mut lines: Vec<String> = lines.flatten().collect();
    lines.push(match found.len() {
        0 => say!("trace-equal", count = first.entries.len()),
        number => say!("trace-different", count = number),
    });
    let json = |difference: &Difference| {
        let side = |entry: Option<&(usize, Entry)>| {
            entry.map(|(number, entry)| json!({ "entry": number + 1, "line": entry.to_string() }))
        };
        json!({ "first": side(difference.first.as_ref()), "second": side(difference.second.as_ref()) })
    };
    let json =
        json!({ "equal": found.is_empty(), "differences": found.iter().map(json).collect::<Vec<_>>() });
    let code = (!found.is_empty()).then_some(Code::Failed);
    Ok(Report { code, ..Report::new(lines.join("\n"), json) })
}
