//! The languages that people read: Fluent files in `locales`, a folder each.

use core::str::FromStr;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::OnceLock;

/// A language.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Language {
    #[default]
    English,
    Russian,
    Kazakh,
}

/// The files of `locales`, the same in every language's folder. One line adds a file.
macro_rules! files {
    ($($file:literal,)*) => {
        /// The names of the files.
        #[cfg(test)]
        const FILES: &[&str] = &[$($file),*];

        impl Language {
            const fn texts(self) -> &'static [&'static str] {
                match self {
                    Self::English => &[$(include_str!(concat!("../locales/en/", $file, ".ftl"))),*],
                    Self::Russian => &[$(include_str!(concat!("../locales/ru/", $file, ".ftl"))),*],
                    Self::Kazakh => &[$(include_str!(concat!("../locales/kk/", $file, ".ftl"))),*],
                }
            }
        }
    };
}

files! {
    "explain",
    "next",
    "status",
    "transport",
    "programs",
    "doctor",
    "trace",
    "schema",
    "backup",
    "problem",
    "token",
    "pin",
    "format",
    "key",
    "object",
    "cert",
    "sign",
    "dry-run",
    "tour",
    "virtual",
    "usb",
    "rig",
    "rig-plan",
    "words",
    "help",
    "usage",
    "said-token",
    "said-ccid",
    "said-usb",
    "said-rig",
    "said-virtual",
    "watch",
}

/// A message in the language that was chosen, with its values: `say!("doctor-seen", name = name, place = place)`.
/// A test holds that every message that is said so is there.
macro_rules! say {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::language::said($id, &[$((stringify!($name), ::fluent_bundle::FluentValue::from($value))),*])
    };
}
pub(crate) use say;

impl Language {
    pub(crate) const ALL: [Self; 3] = [Self::English, Self::Russian, Self::Kazakh];

    /// ISO 639-1.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Kazakh => "kk",
        }
    }

    /// The first of POSIX's variables that is set says it, as `ru_KZ.UTF-8`. Another language reads English.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        let first = said.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        let code = first.split(['_', '.', '@', '-']).next().unwrap_or_default();
        code.to_ascii_lowercase().parse().unwrap_or_default()
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|language| language.code() == text);
        found.ok_or_else(|| say!("usage-language-expected"))
    }
}

/// Messages in one language.
pub(crate) struct Messages {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    pub(crate) fn new(language: Language) -> Self {
        let locale = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Marks around inserted text are for pages, not for terminals.
        bundle.set_use_isolating(false);
        for text in language.texts() {
            // A test holds that every file is sound; what is not would be left out, and shown by its name.
            let resource =
                FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
            let _ = bundle.add_resource(resource);
        }
        Self { language, bundle }
    }

    /// A message, or one of its attributes; `None` when there is none.
    pub(crate) fn get(
        &self,
        id: &str,
        attribute: Option<&str>,
        values: &[(&str, FluentValue<'_>)],
    ) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        Some(self.bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned())
    }
}

static MESSAGES: OnceLock<Messages> = OnceLock::new();

/// Chooses the language for good: the first choice counts.
pub(crate) fn choose(asked: Option<Language>) {
    let language = asked.unwrap_or_else(|| Language::of_environment(|name| std::env::var(name).ok()));
    let _ = MESSAGES.set(Messages::new(language));
}

/// The messages in the language that was chosen.
pub(crate) fn messages() -> &'static Messages {
    #[cfg(test)]
    if let Some(messages) = tests::chosen_for_this_thread() {
        return messages;
    }
    MESSAGES.get_or_init(|| Messages::new(Language::English))
}

/// English was chosen, or nothing.
pub(crate) fn is_english() -> bool {
    messages().language == Language::English
}

/// A message without values.
pub(crate) fn text(id: &str) -> String {
    said(id, &[])
}

/// A message with its values. Its name stands for a message that is missing.
pub(crate) fn said(id: &str, values: &[(&str, FluentValue<'_>)]) -> String {
    messages().get(id, None, values).unwrap_or_else(|| id.to_owned())
}

/// The names of all messages.
#[cfg(test)]
pub(crate) fn ids() -> Vec<String> {
    let lines = Language::English.texts().iter().flat_map(|text| text.lines());
    let names = lines.filter(|line| !line.starts_with([' ', '#'])).filter_map(|line| line.split_once(" ="));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
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
        let (mut seen, call) = (0, ["say", "!("].concat());
        for said in texts.iter().flat_map(|text| text.split(&call).skip(1)) {
            let Some(id) = said.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
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
            let pairs: BTreeMap<_, _> =
                pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
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
            tries(1).contains("1 попытка")
                && tries(3).contains("3 попытки")
                && tries(5).contains("5 попыток")
        );
        assert!(tries(0).contains("не осталось"));
    }
}
