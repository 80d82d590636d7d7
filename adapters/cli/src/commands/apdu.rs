//! `apdu`: commands of the person's own, exactly as they are.

use super::token_json;
use crate::args::Apdu;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, hex, parse_hex};
use crate::progress::Progress;
use crate::said::Said as _;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{Command, CommandView, Effect, Masked, StatusWord};
use kaztoken_core::drive::ApduLink;
use serde_json::json;

/// As long as the longest command of the token may take.
const BUDGET: Millis = Millis(330_000);

pub(super) fn apdu(context: &Context, options: &Apdu) -> Result<Report> {
    let commands: Vec<Vec<u8>> =
        options.commands.iter().map(|text| parse(text, options.allow_destructive)).collect::<Result<_>>()?;
    let mut token = context.token()?;
    let progress = Progress::start(&say!("apdu-waiting"), context.global.progress);
    let mut lines = Vec::new();
    let mut exchanges = Vec::new();
    let mut logged_in = false;
    for raw in &commands {
        let shown = Masked(raw).to_string();
        logged_in |= matches!(Effect::of(&view(raw)?.command()), Effect::Pin(_));
        let mut response = [0; 258];
        let len = token.connection.link().transmit(raw, &mut response, BUDGET)?;
        let response = response.get(..len).unwrap_or_default();
        let Some((data, sw)) = StatusWord::split(response) else {
            let message = say!("apdu-no-status-word", name = shown, count = len);
            return Err(Problem::new(Code::Protocol, message));
        };
        lines.push(format!("> {shown}"));
        lines.push(if data.is_empty() {
            format!("< {}", sw.said())
        } else {
            format!("< {}  {}", hex(data), sw.said())
        });
        exchanges.push(json!({ "command": shown, "data": hex(data), "sw": format!("{:04X}", sw.0) }));
    }
    drop(progress);
    if logged_in {
        token.connection.run(async |session| session.logout().await)?;
    }
    let json = json!({ "token": token_json(&token), "exchanges": exchanges });
    Ok(Report::new(lines.join("\n"), json))
}

fn view(raw: &[u8]) -> Result<CommandView<'_>> {
    let view = CommandView::parse(raw).ok().filter(|view| !view.is_extended());
    view.ok_or_else(|| Problem::new(Code::Usage, say!("apdu-not-short")))
}

fn parse(text: &str, allow_destructive: bool) -> Result<Vec<u8>> {
    // The text is not repeated: there may be a PIN in it.
    let raw = parse_hex(text).ok_or_else(|| Problem::new(Code::Usage, say!("apdu-not-hex")))?;
    refuse_effect(&view(&raw)?.command(), allow_destructive)?;
    Ok(raw)
}

/// Lets through what changes nothing; the rest only when it was asked for.
pub(super) fn refuse_effect(command: &Command<'_>, allow_destructive: bool) -> Result<()> {
    if allow_destructive || matches!(Effect::of(command), Effect::Nothing | Effect::Logout) {
        return Ok(());
    }
    let name = format!("{:02X} {:02X}", command.cla, command.ins);
    Err(Problem::new(Code::Refused, say!("apdu-destructive", name = name)))
}
