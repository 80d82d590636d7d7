//! Traces and other programs' records.

use super::{Said, word};
use crate::language::say;
use kaztoken_trace::convert::ConvertError;
use kaztoken_trace::{MAX_FILE, ReplayError, TraceError};

impl Said for TraceError {
    fn said(&self) -> String {
        match self {
            Self::TooLong => say!("trace-too-long", count = MAX_FILE),
            Self::NotATrace => say!("trace-not-one"),
            Self::Line { number, wrong } => say!("trace-line", count = *number, text = word(wrong)),
            _ => self.to_string(),
        }
    }
}

impl Said for ConvertError {
    fn said(&self) -> String {
        match self {
            Self::Kind(wrong) => say!("trace-other-kind", text = word(wrong)),
            Self::Place { number, wrong } => say!("trace-place", count = *number, text = word(wrong)),
            Self::Nothing => say!("trace-no-dialogue"),
            _ => self.to_string(),
        }
    }
}

impl Said for ReplayError {
    fn said(&self) -> String {
        match self {
            Self::Ended { got } => say!("trace-over", text = got.clone()),
            Self::Differs { expected, got } => {
                say!("trace-differs", text = got.clone(), expected = expected.clone())
            }
            Self::Recorded(failure) => failure.text.clone(),
            _ => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::language::tests::speak;
    use kaztoken_trace::{Failure, Trace};

    /// In English it is what the crate says.
    #[test]
    fn the_crates_own_words() {
        let line = |line: &str| Trace::parse(format!("kaztoken-trace 1\n{line}\n").as_bytes()).unwrap_err();
        let errors = [TraceError::TooLong, TraceError::NotATrace, line("x"), line("0.000001 1 off x\n0.1")];
        let records = [
            ConvertError::Nothing,
            ConvertError::Kind("its header is cut"),
            kaztoken_trace::convert::import_pcap(b"x").unwrap_err(),
        ];
        let (got, expected) = ("ccid> 6F".to_owned(), "silence".to_owned());
        let replays = [
            ReplayError::Ended { got: got.clone() },
            ReplayError::Differs { expected, got },
            ReplayError::Recorded(Failure { code: "timeout".into(), text: "too late".into() }),
        ];
        for language in [Language::English, Language::Kazakh] {
            speak(language);
            let same = language == Language::English;
            for error in &errors {
                assert_eq!(error.said() == error.to_string(), same, "{error}");
            }
            for error in &records {
                assert_eq!(error.said() == error.to_string(), same, "{error}");
            }
            for error in &replays[..2] {
                assert_eq!(error.said() == error.to_string(), same, "{error}");
            }
            assert_eq!(replays[2].said(), replays[2].to_string());
        }
    }

    /// What the crate finds wrong has a message of its own.
    #[test]
    fn every_word_is_known() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../trace/src");
        let mut seen = 0;
        for name in ["file.rs", "convert/usbmon.rs", "convert/transcript.rs", "convert/log.rs"] {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for start in ["wrong(\"", "wrong: \"", "ok_or(\"", "Err(\"", "Kind(\"", "wrong = \""] {
                for rest in text.split(start).skip(1) {
                    let wrong = rest.split('"').next().unwrap();
                    let id = super::super::word_id(wrong);
                    assert!(crate::language::messages().get(&id, None, &[]).is_some(), "{id} of {wrong:?}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 25, "{seen}");
    }
}
