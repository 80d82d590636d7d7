//! Traces: files that cannot be read, and replays that cannot go on.

use super::{Said, word};
use crate::language::say;
use kaztoken_trace::convert::ConvertError;
use kaztoken_trace::{MAX_FILE, ReplayError, TraceError};

/// The first line of every trace.
const FIRST_LINE: &str = "\"kaztoken-trace 1\"";

impl Said for ReplayError {
    fn said(&self) -> String {
        match self {
            Self::Ended { got } => say!("trace-ended", got = got.as_str()),
            Self::Differs { expected, got } => {
                say!("trace-not-as-recorded", expected = expected.as_str(), got = got.as_str())
            }
            _ => self.to_string(),
        }
    }
}

impl Said for TraceError {
    fn said(&self) -> String {
        match *self {
            Self::TooLong => say!("trace-file-too-long", count = MAX_FILE),
            Self::NotATrace => say!("trace-file-none", name = FIRST_LINE),
            Self::Line { number, wrong } => say!("trace-file-line", number = number, text = word(wrong)),
            _ => self.to_string(),
        }
    }
}

impl Said for ConvertError {
    fn said(&self) -> String {
        match *self {
            Self::Kind(wrong) => say!("trace-record-kind", text = word(wrong)),
            Self::Place { number, wrong } => say!("trace-record-place", number = number, text = word(wrong)),
            Self::Nothing => say!("trace-record-empty"),
            _ => self.to_string(),
        }
    }
}
