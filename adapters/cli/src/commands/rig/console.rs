//! `rig console`: a rig told what to do, line by line.
//!
//! A line is a word or a command APDU in hexadecimal. On a terminal a line that fails is told and the next one is
//! asked for; in a script it ends the console with its exit code.

use super::{about_json, card_json, card_text, pins_json, pins_text};
use crate::context::Context;
use crate::dry_run::{is_harmless, masked};
use crate::exit::{Code, Problem, Result, interrupted};
use crate::output::{Report, hex, note, parse_hex};
use crate::pin_source::stdin_line;
use crate::progress;
use kaztoken_core::apdu::{CommandView, StatusWord, ins};
use kaztoken_rig::host::{Address, Error, Rig};
use kaztoken_rig::message::{LogLevel, Octets, Outcome, Task};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use zeroize::Zeroizing;

/// How long the rig may take for power and reset, and for an APDU.
const POWER: u32 = 5_000;
const APDU: u32 = 330_000;

const HELP: &str = "\
on          power on; prints the answer to reset
off         power off
reset       warm reset
atr         the answer to the last reset
card        is there a token, has it power
pins        the levels of the contacts
timing      how long the last exchange took
line        what came over the line
log LEVEL   off, error, warn, info, debug or trace
quit        the end
HEX         a short command APDU, such as 00CA018108";

pub(super) fn console(
    context: &Context,
    address: &Address,
    mut rig: Rig,
    allow_destructive: bool,
) -> Result<Report> {
    progress::watch_for_interrupt();
    let interactive = std::io::stdin().is_terminal();
    let as_json = context.global.json;
    let mut steps = Vec::new();
    let mut ended = Ok(());
    if interactive {
        note("`help` lists the words; `quit` ends");
    }
    while !progress::interrupted() {
        if interactive {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "rig> ").and_then(|()| stderr.flush());
        }
        let line = stdin_line();
        let line =
            line.map_err(|error| Problem::new(Code::Failed, format!("the standard input: {error}")))?;
        let Some(line) = line.map(Zeroizing::new) else { break };
        let text = core::str::from_utf8(&line).unwrap_or("?").trim();
        if matches!(text, "quit" | "exit") {
            break;
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match step(&mut rig, text, allow_destructive) {
            Ok((_, json)) if as_json => steps.push(json),
            Ok((said, _)) => say(&said)?,
            Err(problem) if interactive => {
                note(&format!("kaztoken: {}", problem.message));
                if rig.is_broken() {
                    match rig.reconnect() {
                        Ok(()) => note("the rig is there again; the token has no power"),
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
    if !rig.is_broken() {
        let off = rig.ask(&Task::PowerOff).map(|_| ());
        ended = ended.and(off.map_err(Problem::from));
    }
    if progress::interrupted() {
        return Err(interrupted());
    }
    ended?;
    let json = json!({ "rig": about_json(address, rig.about()), "steps": steps });
    Ok(Report::new("", json))
}

fn say(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|error| {
        Problem::new(Code::Failed, format!("the result cannot be written to stdout: {error}"))
    })
}

/// One line: what is said, and the same for programs.
fn step(rig: &mut Rig, text: &str, allow_destructive: bool) -> Result<(String, Value)> {
    let mut words = text.split_whitespace();
    let (word, argument) = (words.next().unwrap_or_default(), words.next());
    let task = match (word, argument) {
        ("help", None) => return Ok((HELP.to_owned(), json!({ "task": "help" }))),
        ("on", None) => Task::PowerOn { budget: POWER },
        ("off", None) => Task::PowerOff,
        ("reset", None) => Task::Reset { budget: POWER },
        ("atr", None) => Task::Atr,
        ("card", None) => Task::Card,
        ("pins", None) => Task::Pins,
        ("timing", None) => Task::Timing,
        ("line", None) => Task::Line,
        ("log", Some(level)) => Task::Log { level: log_level(level)? },
        _ => return apdu(rig, text, allow_destructive),
    };
    let (said, json) = match rig.ask(&task)? {
        Outcome::Done => ("done".to_owned(), json!("done")),
        Outcome::Atr(Octets(atr)) => (hex(atr), json!(hex(atr))),
        Outcome::Card(card) => (card_text(card), card_json(card)),
        Outcome::Pins(pins) => (pins_text(pins), pins_json(pins)),
        Outcome::Timing(timing) => (
            format!("{} us, {} bytes there, {} back", timing.micros, timing.sent, timing.received),
            json!({ "micros": timing.micros, "sent": timing.sent, "received": timing.received }),
        ),
        Outcome::Line(line) => (
            format!("{} frames, {} damaged, {} too long", line.frames, line.damaged, line.too_long),
            json!({ "frames": line.frames, "damaged": line.damaged, "too_long": line.too_long }),
        ),
        _ => return Err(Error::WrongAnswer.into()),
    };
    Ok((said, json!({ "task": word, "result": json })))
}

fn log_level(text: &str) -> Result<LogLevel> {
    Ok(match text {
        "off" => LogLevel::Off,
        "error" => LogLevel::Error,
        "warn" => LogLevel::Warn,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        "trace" => LogLevel::Trace,
        _ => return Err(Problem::new(Code::Usage, "expected off, error, warn, info, debug or trace")),
    })
}

fn apdu(rig: &mut Rig, text: &str, allow_destructive: bool) -> Result<(String, Value)> {
    // What was typed is not repeated: there may be a PIN in it.
    let unknown = || Problem::new(Code::Usage, "expected a word (`help` lists them) or a short command APDU");
    let raw = Zeroizing::new(parse_hex(text).ok_or_else(unknown)?);
    let view = CommandView::parse(&raw).ok().filter(|view| !view.is_extended()).ok_or_else(unknown)?;
    let command = view.command();
    let logout = (command.cla, command.ins) == (0x80, ins::RESET_ACCESS_RIGHTS);
    if !allow_destructive && !is_harmless(&command) && !logout {
        let message = format!(
            "{:02X} {:02X} may change the token or spend a PIN try; nothing was sent (--allow-destructive sends it)",
            command.cla, command.ins
        );
        return Err(Problem::new(Code::Refused, message));
    }
    let shown = masked(&raw, &command);
    let answer = rig.ask(&Task::Apdu { budget: APDU, command: Octets(&raw) })?;
    let Outcome::Response(Octets(response)) = answer else { return Err(Error::WrongAnswer.into()) };
    let Some((data, sw)) = StatusWord::split(response) else {
        let message = format!("the answer has {} bytes and no status word", response.len());
        return Err(Problem::new(Code::Protocol, message));
    };
    let said = if data.is_empty() { sw.to_string() } else { format!("{}  {sw}", hex(data)) };
    let json = json!({
        "task": "apdu",
        "command": shown,
        "data": hex(data),
        "sw": format!("{:04X}", sw.0),
    });
    rig.wipe();
    Ok((said, json))
}
