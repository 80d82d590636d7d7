//! `apdu`: commands of the person's own, exactly as they are.

use super::token_json;
use crate::args::Apdu;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::output::{Report, hex, parse_hex};
use crate::progress::Progress;
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
    let progress = Progress::start("waiting for the token", context.global.progress);
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
            let message =
                format!("the answer to {shown} has {len} bytes and no status word; replug the token");
            return Err(Problem::new(Code::Protocol, message));
        };
        lines.push(format!("> {shown}"));
        lines.push(if data.is_empty() { format!("< {sw}") } else { format!("< {}  {sw}", hex(data)) });
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
    view.ok_or_else(|| {
        let message =
            "this is no short command APDU: CLA INS P1 P2, then Lc and data, then Le; nothing was sent";
        Problem::new(Code::Usage, message)
    })
}

fn parse(text: &str, allow_destructive: bool) -> Result<Vec<u8>> {
    // The text is not repeated: there may be a PIN in it.
    let raw = parse_hex(text).ok_or_else(|| {
        let message = "expected pairs of hexadecimal digits, such as 00CA018100; nothing was sent";
        Problem::new(Code::Usage, message)
    })?;
    refuse_effect(&view(&raw)?.command(), allow_destructive)?;
    Ok(raw)
}

/// Lets through what changes nothing; the rest only when it was asked for.
pub(super) fn refuse_effect(command: &Command<'_>, allow_destructive: bool) -> Result<()> {
    if allow_destructive || matches!(Effect::of(command), Effect::Nothing | Effect::Logout) {
        return Ok(());
    }
    let message = format!(
        "{:02X} {:02X} may change the token or spend a PIN try; nothing was sent (--allow-destructive sends it)",
        command.cla, command.ins
    );
    Err(Problem::new(Code::Refused, message))
}
