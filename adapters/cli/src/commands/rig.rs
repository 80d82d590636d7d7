//! `rig`: what test rigs are there, what one is, and a console to one.

mod console;
mod ledger;
mod pattern;
mod plan;
mod results;
mod run;
mod station;

use crate::args::RigCommand;
use crate::context::Context;
use crate::device::{guard_rules, open_rig};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, fields, printable, table};
use crate::said::Said as _;
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_rig::hello::{Dialect, Features};
use kaztoken_rig::host::{About, Address, Options, Rig, RigLink, ports};
use kaztoken_rig::message::{CardState, Outcome, Pins, Task};
use serde_json::{Map, Value, json};

/// How long each port is asked. A board that starts anew when its port is opened needs a while.
const PATIENCE: Duration = Duration::from_millis(2_000);
/// How long a rig may test itself.
const SELF_TEST: Millis = Millis(10_000);

pub(super) fn rig(context: &Context, command: &RigCommand) -> Result<Report> {
    context.refuse_dry_run(&say!("dry-run-rig"))?;
    match command {
        RigCommand::List { ports } => list(context, ports),
        RigCommand::Info { port, self_test } => {
            let (address, rig) = open(context, port.as_ref())?;
            info(&address, rig, *self_test)
        }
        RigCommand::Console { port, allow_destructive } => {
            let (address, rig) = open(context, port.as_ref())?;
            let guard = guard_rules(&rig, &context.global)?.around(RigLink::without_power(rig));
            console::console(context, &address, guard, *allow_destructive)
        }
        RigCommand::Run { plan, port, only, junit } => {
            let plan = plan::Plan::read(plan)?;
            let (address, rig) = open(context, port.as_ref())?;
            run::run(context, &plan, &address, rig, only.as_deref(), junit.as_deref())
        }
        RigCommand::Ledger { serial, forgive } => ledger::ledger(context, *serial, *forgive),
    }
}

/// The rig that is named here or by `--via`.
fn open(context: &Context, port: Option<&Address>) -> Result<(Address, Rig)> {
    let address =
        port.or(context.global.rig()).ok_or_else(|| Problem::new(Code::Usage, say!("rig-name-port")))?;
    Ok((address.clone(), open_rig(address, &context.global)?))
}

fn list(context: &Context, named: &[Address]) -> Result<Report> {
    let mut all = match named {
        [] => ports()
            .map_err(|error| Problem::new(Code::Failed, say!("rig-no-ports-told", text = error.said())))?,
        named => named.to_vec(),
    };
    all.extend(context.global.rig().filter(|address| !all.contains(address)).cloned());
    let mut rows =
        vec![vec![say!("table-port"), say!("table-firmware"), say!("table-board"), say!("table-features")]];
    let mut rigs = Vec::new();
    let mut others = Vec::new();
    for address in all {
        let options = Options { patience: Some(PATIENCE), quiet: true, ..Options::default() };
        match Rig::open(&address, options) {
            Ok(rig) => {
                let about = rig.about();
                rows.push(vec![
                    address.to_string(),
                    printable(&about.firmware),
                    printable(&about.board),
                    names(about.features).join(" "),
                ]);
                rigs.push(about_json(&address, about));
            }
            Err(error) => {
                let problem = Problem::from(error);
                others.push(format!("{address}: {}", problem.message));
                rigs.push(json!({
                    "port": address.to_string(),
                    "usable": false,
                    "reason": {
                        "code": problem.code as u8,
                        "name": problem.code.name(),
                        "message": problem.message,
                    },
                }));
            }
        }
    }
    if rigs.is_empty() {
        return Err(Problem::new(Code::NoToken, say!("rig-no-port")));
    }
    let mut parts = Vec::new();
    if rows.len() > 1 {
        parts.push(table(&rows));
    }
    if !others.is_empty() {
        parts.push(format!("{}\n  {}", say!("rig-others"), others.join("\n  ")));
    }
    Ok(Report::new(parts.join("\n\n"), json!({ "rigs": rigs })))
}

fn names(features: Features) -> Vec<&'static str> {
    features.names().collect()
}

fn about_json(address: &Address, about: &About) -> Value {
    json!({
        "port": address.to_string(),
        "usable": true,
        "firmware": printable(&about.firmware),
        "board": printable(&about.board),
        "features": names(about.features),
        "silence_ms": about.silence.0,
    })
}

fn info(address: &Address, mut rig: Rig, self_test: bool) -> Result<Report> {
    let about = rig.about().clone();
    let mut json = about_json(address, &about);
    let mut rows = vec![
        (say!("rig-port"), address.to_string()),
        (say!("rig-firmware"), printable(&about.firmware)),
        (say!("rig-board"), printable(&about.board)),
        (say!("rig-features"), names(about.features).join(" ")),
        (say!("rig-protocol"), Dialect::OURS.said()),
        (say!("rig-silence"), say!("rig-silence-text", ms = about.silence.0)),
    ];
    json["protocol"] = json!({
        "version": Dialect::OURS.version,
        "schema": format!("{:016x}", Dialect::OURS.schema),
    });
    if about.features.has(Features::CARD_DETECT)
        && let Outcome::Card(card) = rig.ask(&Task::Card)?
    {
        rows.push((say!("rig-token"), card_text(card)));
        json["token"] = card_json(card);
    }
    if about.features.has(Features::PINS)
        && let Outcome::Pins(pins) = rig.ask(&Task::Pins)?
    {
        rows.push((say!("rig-pins"), pins_text(pins)));
        json["pins"] = pins_json(pins);
    }
    if let Outcome::Line(line) = rig.ask(&Task::Line)? {
        rows.push((
            say!("rig-line"),
            say!(
                "rig-line-long",
                frames = line.frames,
                damaged = line.damaged,
                long = line.too_long,
                foreign = line.foreign,
                silences = line.silences,
            ),
        ));
        json["line"] = json!({
            "frames": line.frames,
            "damaged": line.damaged,
            "too_long": line.too_long,
            "foreign": line.foreign,
            "silences": line.silences,
        });
    }
    if self_test {
        let budget = u32::try_from(SELF_TEST.0).unwrap_or(u32::MAX);
        let Outcome::SelfTest(test) = rig.ask(&Task::SelfTest { budget })? else {
            return Err(kaztoken_rig::host::Error::WrongAnswer.into());
        };
        if test.failed != 0 {
            let (failed, ran) = (format!("{:#x}", test.failed), format!("{:#x}", test.ran));
            let message = say!("rig-tests-failed", failed = failed, ran = ran);
            return Err(Problem::new(Code::Failed, message));
        }
        rows.push((say!("rig-self-test"), say!("rig-tests-passed", count = test.ran.count_ones())));
        json["self_test"] = json!({ "ran": test.ran, "failed": test.failed });
    }
    Ok(Report::new(fields(&rows), json!({ "rig": json })))
}

fn card_text(card: CardState) -> String {
    let present = match card.present {
        Some(true) => say!("rig-card-there"),
        Some(false) => say!("rig-card-not-there"),
        None => say!("rig-card-unknown"),
    };
    match card.powered {
        true => say!("rig-card-powered", text = present),
        false => say!("rig-card-no-power", text = present),
    }
}

/// What is known of the card, by name.
const fn card_flags(card: CardState) -> [(&'static str, Option<bool>); 2] {
    [("present", card.present), ("powered", Some(card.powered))]
}

fn card_json(card: CardState) -> Value {
    json!({ "present": card.present, "powered": card.powered })
}

/// The contacts by their names.
fn contacts(pins: Pins) -> [(&'static str, Option<bool>); 6] {
    [
        ("vcc", pins.vcc),
        ("rst", pins.rst),
        ("clk", pins.clk),
        ("io", pins.io),
        ("detect", pins.detect),
        ("over_current", pins.over_current),
    ]
}

fn pins_text(pins: Pins) -> String {
    let known = contacts(pins).into_iter().filter_map(|(name, level)| Some((name, level?)));
    known.map(|(name, level)| format!("{name}={}", u8::from(level))).collect::<Vec<_>>().join(" ")
}

fn pins_json(pins: Pins) -> Value {
    let levels = contacts(pins).into_iter().map(|(name, level)| (name.to_owned(), json!(level)));
    Value::Object(Map::from_iter(levels))
}
