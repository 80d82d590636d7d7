//! `complete`: what a shell offers for a serial number or a key. It is quick and silent, whatever is wrong.

use crate::args::{Global, What};
use crate::context::Context;
use crate::device;
use crate::exit::Result;
use crate::names::named_keys;
use crate::output::Report;
use core::time::Duration;
use kaztoken_core::token::Serial;
use serde_json::json;
use std::sync::mpsc::channel;

/// A person waits after the key was pressed.
const PATIENCE: Duration = Duration::from_millis(250);

pub(super) fn complete(context: &Context, what: What, words: &[String]) -> Result<Report> {
    let (tell, told) = channel();
    let (files, given) = (files(words), context.global.device);
    let device = after(words, "--device").last().and_then(Serial::parse).or(given);
    // Nothing on a rig or behind the system's service is woken for this.
    if after(words, "--via").any(|via| via != "usb" && via != "virtual") {
        return Ok(Report::default());
    }
    std::thread::spawn(move || {
        let _ = tell.send(offers(&Global::of(files, device), what).unwrap_or_default());
    });
    let offers = told.recv_timeout(PATIENCE).unwrap_or_default();
    Ok(Report::new(offers.join("\n"), json!({ "offers": offers })))
}

fn offers(global: &Global, what: What) -> Result<Vec<String>> {
    match what {
        What::Serials => {
            let tokens =
                device::attached(global, None)?.into_iter().filter_map(|attached| attached.token.ok());
            Ok(tokens.map(|token| token.about.serial.to_string()).collect())
        }
        What::Keys => {
            let mut token = device::choose(global, None)?;
            let keys = token.connection.run(async |session| named_keys(session).await)?;
            // A word with a blank in it is two to some shells; the number stands for it.
            let one_word = |label: &&str| {
                !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
            };
            Ok(keys
                .iter()
                .map(|key| {
                    Some(key.label()).filter(one_word).map_or_else(|| key.key.key.to_string(), str::to_owned)
                })
                .collect())
        }
    }
}

/// The values of an option in a command line that is being typed, in either form.
fn after<'w>(words: &'w [String], option: &'w str) -> impl Iterator<Item = &'w str> {
    words.iter().enumerate().filter_map(move |(at, word)| {
        if word == option {
            // bash takes `--virtual=FILE` apart.
            let next = words.get(at + 1).map(String::as_str);
            return if next == Some("=") { words.get(at + 2).map(String::as_str) } else { next };
        }
        word.strip_prefix(option)?.strip_prefix('=')
    })
}

fn files(words: &[String]) -> Vec<std::path::PathBuf> {
    after(words, "--virtual").map(Into::into).collect()
}
