//! The command line's grammar with its help texts in the language that was chosen.
//!
//! The English texts are the doc comments of `args`. `locales/*/help.ftl` has a message for each command, named by the
//! words that lead to it (`help-pin-change`), with an attribute for each of its arguments (`.arg-policy`) and for each
//! value that is explained (`.value-policy-bank`).

use crate::args::Cli;
use crate::language::{Language, is_english, messages, say};
use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ColorChoice, Command, CommandFactory};
use std::ffi::OsString;

/// The grammar, its texts in the language that was chosen.
pub(crate) fn command() -> Command {
    let command = Cli::command().color(colour());
    if is_english() {
        return command;
    }
    let mut command = translated(command, "help");
    command.build();
    with_usage(command)
}

/// A dumb terminal has no colours, not even where `CI` or `CLICOLOR` lets the grammar's library think so.
fn colour() -> ColorChoice {
    if is_dumb() { ColorChoice::Never } else { ColorChoice::Auto }
}

/// Whether the terminal can do nothing but write one line below the other.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// The language that a command line asks for, which must be known before it is read: help and mistakes are told in it.
pub(crate) fn language(words: &[OsString]) -> Option<Language> {
    let mut words = words.iter().map_while(|word| word.to_str().filter(|word| *word != "--"));
    words.find(|word| word.starts_with("--lang")).and_then(|word| match word.strip_prefix("--lang=") {
        Some(code) => code.parse().ok(),
        None => words.next().filter(|_| word == "--lang")?.parse().ok(),
    })
}

/// The name of the message of a command below the one with this message.
fn below(id: &str, command: &Command) -> String {
    format!("{id}-{}", command.get_name())
}

/// A message, or one of its attributes.
fn message(id: &str, attribute: Option<&str>) -> Option<String> {
    messages().get(id, attribute, &[])
}

fn translated(command: Command, id: &str) -> Command {
    let style = *command.get_styles().get_usage();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{style}{}:{style:#} {{usage}}\n\n{{all-args}}{{after-help}}",
        say!("help-usage")
    );
    let own = |name: &'static str, action: ArgAction, text: String| {
        let short = name.chars().next().unwrap_or_default();
        let short = if name == "version" { 'V' } else { short };
        Arg::new(name).short(short).long(name).action(action).help(text).help_heading(say!("help-options"))
    };
    let command = match (message(id, None), message(id, Some("long"))) {
        (Some(about), Some(long)) => command.long_about(format!("{about}\n\n{long}")).about(about),
        (Some(about), None) => command.about(about),
        (None, _) => command,
    };
    command
        .help_template(template)
        .subcommand_help_heading(say!("help-commands"))
        .subcommand_value_name(say!("help-command-name"))
        .mut_args(|arg| translated_argument(arg, id))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(own("help", ArgAction::Help, say!("help-print-help")))
        .arg(own("version", ArgAction::Version, say!("help-print-version")))
        .mut_subcommands(|inner| {
            let id = below(id, &inner);
            translated(inner, &id)
        })
}

fn translated_argument(arg: Arg, id: &str) -> Arg {
    let name = arg.get_id().to_string();
    let heading = match (arg.get_help_heading().is_some(), arg.is_positional()) {
        (true, _) => say!("help-options-every"),
        (false, true) => say!("help-arguments"),
        (false, false) => say!("help-options"),
    };
    let Some(help) = message(id, Some(&format!("arg-{name}"))) else { return arg };
    let mut notes = Vec::new();
    let defaults = arg.get_default_values();
    if !defaults.is_empty() && arg.get_action().takes_values() && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        notes.push(say!("help-default", text = defaults.join(" ")));
    }
    if let Some(variable) = arg.get_env() {
        notes.push(say!("help-env", name = variable.to_string_lossy().into_owned()));
    }
    let takes_values = arg.get_action().takes_values();
    let values: Vec<PossibleValue> = if takes_values { arg.get_possible_values() } else { Vec::new() };
    let values: Vec<_> = values.into_iter().filter(|value| !value.is_hide_set()).collect();
    let mut long = None;
    if !values.is_empty() {
        let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        let explained = values.iter().map(|value| {
            let value = value.get_name();
            match message(id, Some(&format!("value-{name}-{value}"))) {
                Some(text) => format!("- {value}: {text}"),
                None => format!("- {value}"),
            }
        });
        if values.iter().any(|value| value.get_help().is_some()) {
            let explained: Vec<_> = explained.collect();
            let mut text = format!("{help}\n\n{}\n{}", say!("help-values-heading"), explained.join("\n"));
            notes.iter().for_each(|note| text.push_str(&format!("\n\n{note}")));
            long = Some(text);
        }
        notes.push(say!("help-values", text = names.join(", ")));
    }
    notes.insert(0, help);
    let shown =
        arg.get_value_names().map(|names| names.iter().map(|name| value_name(name)).collect::<Vec<_>>());
    let arg = match shown {
        Some(names) if takes_values => arg.value_names(names),
        _ => arg,
    };
    let arg = arg.help(notes.join(" ")).help_heading(heading);
    if !takes_values {
        return arg;
    }
    let arg = arg.hide_default_value(true).hide_possible_values(true).hide_env(true);
    match long {
        Some(long) => arg.long_help(long),
        None => arg,
    }
}

/// What a value is called.
fn value_name(english: &str) -> String {
    let attribute: String =
        english.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    message("help-names", Some(&attribute)).unwrap_or_else(|| english.to_owned())
}

/// The lines of use, which the parser makes of the whole grammar.
fn with_usage(mut command: Command) -> Command {
    let usage = usage_text(&command.render_usage().to_string());
    command.override_usage(usage).mut_subcommands(with_usage)
}

/// A line of use as the parser makes it, without the word in front.
pub(crate) fn usage_text(usage: &str) -> String {
    let usage = usage.trim_start();
    let usage = usage.strip_prefix("Usage:").unwrap_or(usage).trim_start();
    usage.replace("[OPTIONS]", &format!("[{}]", say!("help-options-usage")))
}

#[cfg(test)]
mod tests;
