//! What came of a case, and whether that is right.

use std::fmt;

use crate::cases::{Case, Must, text};
use crate::device::NEXT;

/// What the judged command or power on ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Response(Vec<u8>),
    Error(String),
    /// So many bytes, other ones in every run.
    Unstable(usize),
    Endless,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(bytes) if bytes.is_empty() => f.write_str("empty"),
            Self::Response(bytes) => f.write_str(&text(bytes)),
            Self::Error(error) => write!(f, "error {error}"),
            Self::Unstable(len) => write!(f, "{len} bytes, other ones in every run"),
            Self::Endless => f.write_str("endless"),
        }
    }
}

/// What the command after it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There was none.
    None,
    /// Its own response.
    Right,
    /// An error.
    Refused,
    /// A response that is another command's.
    Foreign(String),
}

impl Next {
    pub(crate) fn of(response: &[u8]) -> Self {
        if response == NEXT { Self::Right } else { Self::Foreign(text(response)) }
    }
}

/// A case on one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    /// The first message that went out other than the case says.
    pub(crate) sent: Option<String>,
    pub(crate) next: Next,
    /// Virtual milliseconds until the outcome.
    pub(crate) wait: u64,
    /// Bulk transfers until the outcome.
    pub(crate) steps: usize,
}

impl Run {
    /// Is it what the case demands?
    pub(crate) fn right(&self, case: &Case) -> bool {
        let outcome = match (&self.outcome, &case.must) {
            (Outcome::Response(got), Must::Response(must)) => got == must,
            (Outcome::Error(_), Must::Error) | (Outcome::Response(_) | Outcome::Error(_), Must::End) => true,
            _ => false,
        };
        outcome && self.sent.is_none() && !matches!(self.next, Next::Foreign(_))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcome.fmt(f)?;
        if let Some(sent) = &self.sent {
            write!(f, ", sent {sent}")?;
        }
        match &self.next {
            Next::None | Next::Right => Ok(()),
            Next::Refused => f.write_str("; the next command is refused"),
            Next::Foreign(response) => write!(f, "; the next command gets {response}"),
        }
    }
}
