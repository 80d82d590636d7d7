//! Command lines that make no sense, in the language that was chosen.

use crate::help::usage_text;
use crate::language::{is_english, say};
use crate::said::Said as _;
use clap::error::{ContextKind as Kind, ContextValue as Value, ErrorKind};
use core::error::Error as _;
use core::num::ParseIntError;
use kaztoken_rig::host::AddressError;

/// All of it, as it goes to the terminal.
pub(crate) fn text(error: &clap::Error) -> String {
    let Some(message) = message(error) else { return error.to_string() };
    let mut text = say!("usage-error", text = message);
    for tip in tips(error) {
        text.push_str(&format!("\n\n  {}", say!("usage-tip", text = tip)));
    }
    if let Some(Value::StyledStr(usage)) = error.get(Kind::Usage) {
        let usage = usage_text(&usage.to_string());
        text.push_str(&format!("\n\n{}: {}", say!("help-usage"), usage.trim_end()));
    }
    format!("{text}\n\n{}\n", say!("usage-more"))
}

/// The first line of it.
pub(crate) fn first_line(error: &clap::Error) -> String {
    let own = if is_english() { None } else { message(error) };
    let text = own.unwrap_or_else(|| error.to_string());
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn one(error: &clap::Error, kind: Kind) -> Option<String> {
    match error.get(kind)? {
        Value::String(text) => Some(text.clone()),
        Value::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn several(error: &clap::Error, kind: Kind) -> Vec<String> {
    match error.get(kind) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// `None`: of a kind that is not known here.
pub(crate) fn message(error: &clap::Error) -> Option<String> {
    let name = || one(error, Kind::InvalidArg).unwrap_or_default();
    let value = || one(error, Kind::InvalidValue).unwrap_or_default();
    Some(match error.kind() {
        ErrorKind::UnknownArgument => say!("usage-unknown-argument", name = name()),
        ErrorKind::InvalidSubcommand => {
            say!("usage-unknown-command", name = one(error, Kind::InvalidSubcommand)?)
        }
        ErrorKind::InvalidValue => {
            let possible = several(error, Kind::ValidValue);
            let mut text = match &value()[..] {
                "" => say!("usage-value-missing", name = name()),
                value => say!("usage-invalid-value", value = value, name = name()),
            };
            if !possible.is_empty() {
                text.push_str(&format!("\n  {}", say!("usage-possible-values", text = possible.join(", "))));
            }
            text
        }
        ErrorKind::ValueValidation => match why(error) {
            Some(why) => say!("usage-invalid-value-why", value = value(), name = name(), text = why),
            None => say!("usage-invalid-value", value = value(), name = name()),
        },
        ErrorKind::MissingRequiredArgument => {
            let missing: String =
                several(error, Kind::InvalidArg).iter().map(|name| format!("\n  {name}")).collect();
            say!("usage-missing") + &missing
        }
        ErrorKind::MissingSubcommand => {
            say!("usage-missing-command", name = one(error, Kind::InvalidSubcommand)?)
        }
        ErrorKind::ArgumentConflict => match &several(error, Kind::PriorArg)[..] {
            [] => return None,
            [other] if *other == name() => say!("usage-repeated", name = name()),
            [other] => say!("usage-conflict", name = name(), other = other.as_str()),
            others => {
                let others: String = others.iter().map(|other| format!("\n  {other}")).collect();
                say!("usage-conflict-several", name = name()) + &others
            }
        },
        ErrorKind::TooManyValues => say!("usage-too-many", value = value(), name = name()),
        ErrorKind::InvalidUtf8 => say!("usage-not-utf8"),
        _ => return None,
    })
}

/// What a value's own parser says. Those of `args` say it in the language that was chosen.
fn why(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    if source.is::<ParseIntError>() {
        return Some(say!("usage-not-a-number"));
    }
    if let Some(error) = source.downcast_ref::<AddressError>() {
        return Some(error.said());
    }
    let text = source.to_string();
    if let Some((value, range)) = text.split_once(" is not in ") {
        return Some(say!("usage-not-in-range", value = value, range = range));
    }
    if let Some((name, _)) = text.split_once(" is no fault; write ") {
        return Some(say!("usage-no-fault", name = name));
    }
    if let Some((name, _)) = text.split_once(" is no USB identity; ") {
        return Some(say!("usage-no-usb-id", name = name));
    }
    Some(text)
}

fn tips(error: &clap::Error) -> Vec<String> {
    let names = |kind| several(error, kind).into_iter();
    let arguments = names(Kind::SuggestedArg).map(|name| say!("usage-similar-argument", name = name));
    let commands = names(Kind::SuggestedSubcommand).map(|name| say!("usage-similar-command", name = name));
    let values = names(Kind::SuggestedValue).map(|name| say!("usage-similar-value", name = name));
    arguments.chain(commands).chain(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser;

    /// The parser's own first lines, so that the messages are true when it changes its mind.
    #[test]
    fn in_english_it_is_what_the_parser_says() {
        for line in [
            "statsu",
            "--frobnicate",
            "status --jsn",
            "pin",
            "sign",
            "trace diff a",
            "random x",
            "random 0",
            "--lang",
            "--lang de status",
            "--device x status",
            "--via nowhere list",
            "--fault x status",
            "format --user-tries 11",
            "sign f --hash md5",
            "completions tcsh",
            "verify a b --key 1 --public-key c",
            "status --lang ru --lang kk",
            "status more",
            "virtual serve --usb-id x",
            "virtual serve --rig tcp:",
            "virtual serve --reader x",
            "virtual new x --model y",
        ] {
            let error = Cli::try_parse_from(["kaztoken"].into_iter().chain(line.split(' '))).unwrap_err();
            if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                continue;
            }
            let message = message(&error).unwrap_or_else(|| panic!("{line}: {:?}", error.kind()));
            let own = error.to_string();
            let until = own.find("\n\n").unwrap_or(own.len());
            assert_eq!(format!("error: {message}"), own[..until], "{line}");
        }
    }
}
