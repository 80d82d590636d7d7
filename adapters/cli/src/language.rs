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
    "pki",
    "enroll",
    "cms",
    "xml",
    "keystore",
    "watch",
    "panel",
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
pub(crate) mod tests;
