//! The recorded command once more, with the trace as the token; and the test that this makes.

use super::read;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable};
use crate::said::Said as _;
use crate::whole_file::put_new;
use kaztoken_trace::Trace;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};

/// Options that say where the token was, or where to write: the trace is the token now. Each takes a value.
const OF_THE_TOKEN: [&str; 5] = ["--via", "--virtual", "--trace", "--fault", "--rig-log"];
/// Where a PIN came from. In a replay any does, so it is taken from the environment, which is set for that.
const PINS: [&str; 3] = ["--pin-source", "--admin-pin-source", "--new-pin-source"];
/// A PIN that was never anybody's.
const STAND_IN: &str = "replay1234";

/// What a command prints.
struct Outcome {
    words: Vec<String>,
    code: i32,
    stdout: String,
}

/// The command line that was recorded, without where the token was.
fn words(trace: &Trace, file: &Path) -> Result<Vec<String>> {
    let recorded = trace.about.iter().find(|(name, _)| name == "command");
    let words: Option<Vec<String>> = recorded.and_then(|(_, value)| serde_json::from_str(value).ok());
    let path = || printable(&file.display().to_string());
    let words = words.ok_or_else(|| Problem::new(Code::Data, say!("trace-no-command", path = path())))?;
    let mut kept = Vec::new();
    let mut words =
        words.into_iter().skip_while(|word| matches!(word.as_str(), "trace" | "record")).peekable();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or_default();
        if OF_THE_TOKEN.contains(&name) || PINS.contains(&name) {
            if !word.contains('=') {
                words.next();
            }
            if PINS.contains(&name) {
                kept.extend([name.to_owned(), "env:KAZTOKEN_REPLAY_PIN".to_owned()]);
            }
        } else {
            kept.push(word);
        }
    }
    Ok(kept)
}

fn run(file: &Path) -> Result<Outcome> {
    let words = words(&read(file)?, file)?;
    let program = std::env::current_exe();
    let program = program.map_err(|error| Problem::new(Code::Failed, error.said()))?;
    let path = file.to_str().ok_or_else(|| Problem::file(file, &std::io::ErrorKind::InvalidInput.into()))?;
    let output = Command::new(program)
        .args(["--via", &format!("replay:{path}")])
        .args(&words)
        .env("KAZTOKEN_REPLAY_PIN", STAND_IN)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Problem::new(Code::Failed, error.said()))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(Outcome { words, code: output.status.code().unwrap_or(-1), stdout })
}

pub(super) fn replay(file: &Path) -> Result<Report> {
    let Outcome { words, code, stdout } = run(file)?;
    let json = json!({ "words": words, "exit_code": code, "stdout": stdout });
    let text =
        format!("{}\n{}", stdout.trim_end(), say!("trace-replayed", text = words.join(" "), count = code));
    let failed = (code != 0).then(|| Code::of(code));
    Ok(Report { code: failed, ..Report::new(text.trim_start(), json) })
}

pub(super) fn to_test(file: &Path, folder: &Path) -> Result<Report> {
    let trace = read(file)?;
    let Outcome { words, code, stdout } = run(file)?;
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, &error))?;
    let expected = json!({ "words": words, "exit_code": code });
    put_new(&folder.join("trace.ktrace"), trace.to_string().as_bytes())?;
    put_new(&folder.join("command.json"), format!("{expected:#}\n").as_bytes())?;
    put_new(&folder.join("stdout.txt"), stdout.as_bytes())?;
    let path = printable(&folder.display().to_string());
    let text = say!("trace-test-written", path = path.clone(), text = words.join(" "), count = code);
    Ok(Report::new(text, json!({ "folder": path, "words": words, "exit_code": code })))
}
