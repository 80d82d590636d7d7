//! The files are complete and sound, what is said is there, and nothing is said past them.

use super::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

thread_local! {
    static OF_THIS_THREAD: Cell<Option<Language>> = const { Cell::new(None) };
}

/// From here on this thread speaks that language.
pub(crate) fn speak(language: Language) {
    OF_THIS_THREAD.set(Some(language));
}

pub(super) fn chosen_for_this_thread() -> Option<&'static Messages> {
    static ALL: OnceLock<[Messages; 3]> = OnceLock::new();
    let language = OF_THIS_THREAD.get()?;
    let all = ALL.get_or_init(|| Language::ALL.map(Messages::new));
    Language::ALL.iter().position(|one| *one == language).map(|at| &all[at])
}

/// What a file has: messages and attributes, and the variables of each.
fn entries(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut entries = BTreeMap::<String, BTreeSet<String>>::new();
    let (mut message, mut current) = (String::new(), String::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split_once(" =").map(|(name, _)| name.trim());
        if let Some(attribute) = name.and_then(|name| name.strip_prefix('.')) {
            current = format!("{message}.{attribute}");
            entries.entry(current.clone()).or_default();
        } else if let Some(name) = name.filter(|_| !line.starts_with(' ')) {
            name.clone_into(&mut message);
            current.clone_from(&message);
            assert!(!entries.contains_key(&current), "{current} is there twice");
            entries.entry(current.clone()).or_default();
        }
        for variable in line.split('$').skip(1) {
            let end =
                variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(variable.len());
            entries.get_mut(&current).unwrap().insert(variable[..end].to_owned());
        }
    }
    entries
}

#[test]
fn every_message_is_there_in_every_language() {
    for (file, number) in FILES.iter().zip(0..) {
        let english = entries(Language::English.texts()[number]);
        assert!(!english.is_empty());
        for language in [Language::Russian, Language::Kazakh] {
            assert_eq!(entries(language.texts()[number]), english, "{file} in {}", language.code());
        }
    }
}

#[test]
fn every_file_is_sound_and_nothing_is_missing_in_a_message() {
    for language in Language::ALL {
        let messages = Messages::new(language);
        for text in language.texts() {
            assert!(FluentResource::try_new((*text).to_owned()).is_ok());
            for (name, variables) in entries(text) {
                let (id, attribute) = match name.split_once('.') {
                    Some((id, attribute)) => (id, Some(attribute)),
                    None => (&name[..], None),
                };
                let values: Vec<_> =
                    variables.iter().map(|name| (name.as_str(), FluentValue::from(3))).collect();
                // A message may have attributes only.
                let Some(said) = messages.get(id, attribute, &values) else {
                    assert!(attribute.is_none() && messages.bundle.has_message(id), "{name}");
                    continue;
                };
                assert!(!said.is_empty() && !said.contains(['{', '}']), "{name}: {said}");
            }
        }
    }
}

/// Source files of this program.
fn sources(folder: &std::path::Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            // What tests hold up as an example is not said.
            path if path.ends_with("tests.rs") || path.ends_with("tests") => {}
            path if path.is_dir() => sources(&path, into),
            path => into.push(std::fs::read_to_string(path).unwrap()),
        }
    }
}

#[test]
fn every_message_that_is_said_is_there_with_its_values() {
    let mut texts = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let known: BTreeMap<String, BTreeSet<String>> =
        Language::English.texts().iter().flat_map(|text| entries(text)).collect();
    let (mut seen, calls) = (0, [["say", "!("].concat(), [" text", "("].concat()]);
    let all = calls.iter().flat_map(|call| texts.iter().map(move |text| (call, text)));
    for (call, said) in all.flat_map(|(call, text)| text.split(call).skip(1).map(move |said| (call, said))) {
        let Some(id) = said.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
            continue;
        };
        // Others have functions of that name for their fields.
        if call.starts_with(' ') && !id.contains('-') {
            continue;
        }
        assert!(known.contains_key(id), "{id} is said and is in no file of locales");
        for variable in &known[id] {
            assert!(said.contains(&format!("{variable} = ")), "{id} is said without {variable}");
        }
        seen += 1;
    }
    println!("{seen} messages are said by name");
}

#[test]
fn the_environment_says_which() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs: BTreeMap<_, _> = pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Language::of_environment(|name| pairs.get(name).cloned())
    };
    assert_eq!(of(&[("LANG", "ru_KZ.UTF-8")]), Language::Russian);
    assert_eq!(of(&[("LANG", "ru_RU"), ("LC_ALL", "kk_KZ.utf8")]), Language::Kazakh);
    assert_eq!(of(&[("LANG", "kk"), ("LC_MESSAGES", "en_US")]), Language::English);
    assert_eq!(of(&[("LANG", "kk@cyrillic"), ("LC_ALL", "")]), Language::Kazakh);
    for other in ["C", "POSIX", "de_DE", "", "r", "русский"] {
        assert_eq!(of(&[("LANG", other)]), Language::English, "{other}");
    }
    assert_eq!(of(&[]), Language::English);
}

#[test]
fn numbers_agree_in_russian() {
    let messages = Messages::new(Language::Russian);
    let tries = |count: i32| messages.get("sw-63cx", None, &[("count", count.into())]).unwrap();
    assert!(
        tries(1).contains("1 попытка") && tries(3).contains("3 попытки") && tries(5).contains("5 попыток")
    );
    assert!(tries(0).contains("не осталось"));
}

#[test]
fn a_name_stands_in_one_file_only() {
    let mut seen = BTreeSet::new();
    for id in ids() {
        assert!(seen.insert(id.clone()), "{id} is there twice");
    }
}

/// The string literals of a source file, without comments and tests, each with what stands before it.
fn literals(source: &str) -> Vec<(String, String)> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap();
    let (mut found, mut code, mut chars) = (Vec::new(), String::new(), source.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            '\'' if chars.peek() == Some(&'"') => {
                chars.next();
            }
            '"' => {
                let mut literal = String::new();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    literal.push(c);
                    if c == '\\' {
                        literal.extend(chars.next());
                    }
                }
                found.push((code.clone(), literal));
                code.push('"');
            }
            c => code.push(c),
        }
    }
    found
}

/// Words in a row, without what is put in by `format!`.
fn words(literal: &str) -> usize {
    let plain: String =
        literal.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c == '\'');
    let rows = plain.split(' ').map(|word| word.trim_matches([',', ';', ':', '.', '('])).collect::<Vec<_>>();
    rows.split(|word| !is_word(word)).map(<[_]>::len).max().unwrap_or(0)
}

/// Everything that a person reads is in the files.
#[test]
fn no_english_is_said_past_the_files() {
    let mut texts = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    // The document that the tour signs, a heading that is replaced by `help`, and words of others that are looked for.
    let known = ["Payment order 17", "Options of every command", " is not in ", " is no "];
    let says =
        ["Problem::new(", ".and(", "note(", "Report::new(", ".while_doing(", "Progress::start(", "ask("];
    let mut seen = 0;
    for (before, literal) in texts.iter().flat_map(|text| literals(text)) {
        seen += 1;
        if known.iter().any(|known| literal.starts_with(known)) {
            continue;
        }
        assert!(words(&literal) < 3, "{literal:?} is no message of locales");
        let call = before.trim_end_matches("format!(").trim_end_matches('&').trim_end();
        let is_said = says.iter().any(|says| match call.rfind(says) {
            Some(at) => call[at + says.len()..].chars().all(|c| c.is_alphanumeric() || " \n:,".contains(c)),
            None => false,
        });
        let is_text = words(&literal) > 1 || (words(&literal) == 1 && literal.contains(' '));
        let own_name = literal.starts_with("kaztoken: {");
        assert!(!is_said || !is_text || own_name, "{literal:?} is said and is no message of locales");
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn english_past_the_files_is_found() {
    let found = literals("note(\"the token is gone\"); // \"not this\"\nf('\"', \"b\\\"c\")");
    let found: Vec<_> = found.into_iter().map(|(_, literal)| literal).collect();
    assert_eq!(found, ["the token is gone", "b\\\"c"]);
    assert_eq!([words("the {name} token is gone"), words("00A4"), words("{a}: {b}")], [3, 0, 0]);
}

/// Every message in every language, as it is with sample values: a change shows in review.
/// `UPDATE_SNAPSHOTS=1` writes the files anew.
#[test]
fn every_message_as_it_was_reviewed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for language in Language::ALL {
        let messages = Messages::new(language);
        let mut lines = Vec::new();
        let all: BTreeMap<_, _> = language.texts().iter().flat_map(|text| entries(text)).collect();
        for (name, variables) in all {
            let (id, attribute) = match name.split_once('.') {
                Some((id, attribute)) => (id, Some(attribute)),
                None => (&name[..], None),
            };
            // Plural forms follow numbers; words stand for themselves.
            let is_number = |name: &str| NUMBERS.contains(&name);
            let counts: &[i32] =
                if variables.iter().any(|name| is_number(name)) { &[0, 1, 2, 5] } else { &[1] };
            let roles: &[&str] = if variables.contains("role") { &["user", "administrator"] } else { &[""] };
            let mut last = String::new();
            for (count, role) in counts.iter().flat_map(|count| roles.iter().map(move |role| (count, role))) {
                let values: Vec<_> = variables
                    .iter()
                    .map(|name| match &name[..] {
                        "role" => ("role", FluentValue::from(*role)),
                        name if is_number(name) => (name, FluentValue::from(*count)),
                        name => (name, FluentValue::from(format!("<{name}>"))),
                    })
                    .collect();
                let Some(said) = messages.get(id, attribute, &values) else { continue };
                // A number that changes nothing but itself is shown once.
                let form = said.replace(&count.to_string(), "#");
                if form != last {
                    lines.push(format!("{name}: {}", said.replace('\n', "\n    ")));
                    last = form;
                }
            }
        }
        let text = lines.join("\n") + "\n";
        let path = folder.join(format!("messages-{}.txt", language.code()));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        let differs = there.lines().zip(text.lines()).find(|(there, now)| there != now);
        assert!(there == text, "{}: {differs:?}; UPDATE_SNAPSHOTS=1 writes it anew", path.display());
    }
}

/// Values that are numbers in messages with plural forms.
const NUMBERS: [&str; 7] = ["count", "keys", "certificates", "files", "user", "admin", "number"];
