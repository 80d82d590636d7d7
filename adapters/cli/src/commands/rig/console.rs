//! `rig console`: a rig told what to do, line by line.
//!
//! A line is a word or a command APDU in hexadecimal. On a terminal a line that fails is told and the next one is
//! asked for; in a script it ends the console with its exit code.

use super::super::apdu::refuse_effect;
use super::{about_json, card_json, card_text, pins_json, pins_text};
use crate::context::Context;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::output::{Report, hex, note, parse_hex};
use crate::pin_source::stdin_line;
use crate::progress;
use crate::said::Said as _;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{CommandView, Masked, StatusWord};
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::host::safety::Guard;
use kaztoken_rig::host::{Address, Error, RigLink};
use kaztoken_rig::message::{LogLevel, Octets, Outcome, Task};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use zeroize::Zeroizing;

/// As long as the longest command of the token may take.
const APDU: Millis = Millis(330_000);

pub(super) fn console(
    context: &Context,
    address: &Address,
    mut guard: Guard<RigLink>,
    allow_destructive: bool,
) -> Result<Report> {
    progress::watch_for_interrupt();
    let interactive = std::io::stdin().is_terminal();
    let as_json = context.global.json;
    let mut steps = Vec::new();
    let mut ended = Ok(());
    if interactive {
        note(&say!("console-begins"));
    }
    while !progress::interrupted() {
        if interactive {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "rig> ").and_then(|()| stderr.flush());
        }
        let line = stdin_line();
        let line =
            line.map_err(|error| Problem::new(Code::Failed, say!("problem-stdin", text = error.said())))?;
        let Some(line) = line.map(Zeroizing::new) else { break };
        let text = core::str::from_utf8(&line).unwrap_or("?").trim();
        if matches!(text, "quit" | "exit") {
            break;
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match step(&mut guard, text, allow_destructive) {
            Ok((_, json)) if as_json => steps.push(json),
            Ok((said, _)) => tell(&said)?,
            Err(problem) if interactive => {
                note(&format!("kaztoken: {}", problem.message));
                if guard.is_broken() {
                    match guard.reconnect() {
                        Ok(()) => note(&say!("console-back")),
                        Err(error) => {
                            ended = Err(error.into());
                            break;
                        }
                    }
                }
            }
            Err(problem) => {
                ended = Err(problem);
                break;
            }
        }
    }
    // Nobody stays logged in.
    if !guard.is_broken() {
        let off = guard.ask(&Task::PowerOff).map(|_| ());
        ended = ended.and(off.map_err(Problem::from));
    }
    if progress::interrupted() {
        return Err(interrupted());
    }
    ended?;
    let json = json!({ "rig": about_json(address, guard.about()), "steps": steps });
    Ok(Report::new("", json))
}

fn tell(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|error| Problem::new(Code::Failed, say!("problem-stdout-only", text = error.said())))
}

/// One line: what is said, and the same for programs.
fn step(guard: &mut Guard<RigLink>, text: &str, allow_destructive: bool) -> Result<(String, Value)> {
    let mut words = text.split_whitespace();
    let (word, argument) = (words.next().unwrap_or_default(), words.next());
    let task = match (word, argument) {
        ("help", None) => return Ok((say!("console-help"), json!({ "task": "help" }))),
        ("on", None) => return Ok(answer_to_reset(word, guard.power_on()?)),
        ("off", None) => Task::PowerOff,
        ("reset", None) => return Ok(answer_to_reset(word, guard.reset()?)),
        ("atr", None) => Task::Atr,
        ("card", None) => Task::Card,
        ("pins", None) => Task::Pins,
        ("timing", None) => Task::Timing,
        ("line", None) => Task::Line,
        ("log", Some(level)) => Task::Log { level: log_level(level)? },
        _ => return apdu(guard, text, allow_destructive),
    };
    let (said, json) = match guard.ask(&task)? {
        Outcome::Done => (say!("console-done"), json!("done")),
        Outcome::Atr(Octets(atr)) => return Ok(answer_to_reset(word, atr)),
        Outcome::Card(card) => (card_text(card), card_json(card)),
        Outcome::Pins(pins) => (pins_text(pins), pins_json(pins)),
        Outcome::Timing(timing) => (
            say!("console-timing", micros = timing.micros, sent = timing.sent, received = timing.received),
            json!({ "micros": timing.micros, "sent": timing.sent, "received": timing.received }),
        ),
        Outcome::Line(line) => (
            say!("rig-line-short", frames = line.frames, damaged = line.damaged, long = line.too_long),
            json!({ "frames": line.frames, "damaged": line.damaged, "too_long": line.too_long }),
        ),
        _ => return Err(Error::WrongAnswer.into()),
    };
    Ok((said, json!({ "task": word, "result": json })))
}

fn answer_to_reset(task: &str, atr: &[u8]) -> (String, Value) {
    (hex(atr), json!({ "task": task, "result": hex(atr) }))
}

fn log_level(text: &str) -> Result<LogLevel> {
    Ok(match text {
        "off" => LogLevel::Off,
        "error" => LogLevel::Error,
        "warn" => LogLevel::Warn,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        "trace" => LogLevel::Trace,
        _ => return Err(Problem::new(Code::Usage, say!("console-levels"))),
    })
}

fn apdu(guard: &mut Guard<RigLink>, text: &str, allow_destructive: bool) -> Result<(String, Value)> {
    // What was typed is not repeated: there may be a PIN in it.
    let unknown = || Problem::new(Code::Usage, say!("console-unknown"));
    let raw = Zeroizing::new(parse_hex(text).ok_or_else(unknown)?);
    let view = CommandView::parse(&raw).ok().filter(|view| !view.is_extended()).ok_or_else(unknown)?;
    let command = view.command();
    refuse_effect(&command, allow_destructive)?;
    let mut buffer = [0; 258];
    let len = guard.transmit(&raw, &mut buffer, APDU)?;
    let response = buffer.get(..len).unwrap_or_default();
    let Some((data, sw)) = StatusWord::split(response) else {
        let message = say!("rig-no-status-word", count = response.len());
        return Err(Problem::new(Code::Protocol, message));
    };
    let said = if data.is_empty() { sw.said() } else { format!("{}  {}", hex(data), sw.said()) };
    let json = json!({
        "task": "apdu",
        "command": Masked(&raw).to_string(),
        "data": hex(data),
        "sw": format!("{:04X}", sw.0),
    });
    Ok((said, json))
}
