//! Every command, argument and explained value has its English message, which is its doc comment.

use super::*;
use std::fmt::Write as _;

/// Indented as Fluent wants it.
fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    let lines = text.lines().enumerate().map(|(number, line)| match (number, line) {
        (0, line) => line.to_owned(),
        (_, "") => String::new(),
        (_, line) => format!("{indent}{line}"),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert!(!text.contains(['{', '}']), "{text}");
    text
}

fn write(command: &Command, id: &str, into: &mut String) {
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_else(|| panic!("{id} has no doc comment"));
    writeln!(into, "{id} = {}", indented(&about, 4)).unwrap();
    if let Some(long) = command.get_long_about().map(ToString::to_string) {
        let long = long.strip_prefix(&format!("{about}.")).or(long.strip_prefix(&about)).unwrap_or(&long);
        writeln!(into, "    .long = {}", indented(long.trim(), 8)).unwrap();
    }
    for arg in command.get_arguments() {
        let name = arg.get_id();
        let help = arg.get_help().unwrap_or_else(|| panic!("{id}: {name} has no doc comment"));
        writeln!(into, "    .arg-{name} = {}", indented(&help.to_string(), 8)).unwrap();
        for value in arg.get_possible_values() {
            if let Some(help) = value.get_help() {
                writeln!(into, "    .value-{name}-{} = {help}", value.get_name()).unwrap();
            }
        }
    }
    for inner in command.get_subcommands() {
        write(inner, &below(id, inner), into);
    }
}

/// The names of all values, once.
fn value_names(command: &Command, into: &mut std::collections::BTreeSet<String>) {
    for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
        into.extend(arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string));
    }
    command.get_subcommands().for_each(|inner| value_names(inner, into));
}

/// `UPDATE_SNAPSHOTS=1` writes the file anew; then `every_message_is_there_in_every_language` names what is left to be
/// translated.
#[test]
fn the_english_file_has_the_doc_comments() {
    let command = Cli::command();
    let mut text = "# The help texts, made of the doc comments of src/args: UPDATE_SNAPSHOTS=1 cargo test -p kaztoken help\n\n".to_owned();
    write(&command, "help", &mut text);
    text.push_str("help-names = Names of values\n");
    let mut names = std::collections::BTreeSet::new();
    value_names(&command, &mut names);
    for name in names {
        let attribute: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        writeln!(text, "    .{attribute} = {name}").unwrap();
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en/help.ftl");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(
        there == text,
        "locales/en/help.ftl is not what src/args says: UPDATE_SNAPSHOTS=1 writes it anew"
    );
}

#[test]
fn the_language_is_known_before_the_command_line_is_read() {
    let of = |line: &str| language(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
    assert_eq!(of("kaztoken --lang kk status --help"), Some(Language::Kazakh));
    assert_eq!(of("kaztoken status --lang=ru"), Some(Language::Russian));
    for none in ["kaztoken status", "kaztoken --lang", "kaztoken --lang de", "kaztoken -- --lang kk"] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn the_grammar_is_sound_in_every_language() {
    translated(Cli::command(), "help").debug_assert();
}
