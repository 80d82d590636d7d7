//! What a run says of a test.

use std::fmt;
use std::time::Duration;

use crate::qemu::Ended;

/// What the panic handlers of our images exit with.
const PANIC: i32 = 101;
/// What their handler of faults exits with.
const FAULT: i32 = 102;
/// How embedded-test ends a test that returns an error: abort.
const ABORT: i32 = 134;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// It returned an error, or said of one of its cases that it failed.
    Failed,
    /// It ended with a status that has no meaning here.
    Status(i32),
    Panicked,
    /// It was to panic.
    DidNotPanic,
    /// The processor took an exception that nothing handles.
    Fault,
    LockedUp,
    TimedOut(Duration),
    /// It could not be run.
    Broken(String),
}

impl Verdict {
    /// Judges a run. `failed_cases`: how many the test has named.
    pub(crate) fn of(ended: Ended, should_panic: bool, failed_cases: usize, limit: Duration) -> Self {
        match ended {
            Ended::Exit(PANIC) if should_panic => Self::Passed,
            Ended::Exit(PANIC) => Self::Panicked,
            Ended::Exit(0) if should_panic => Self::DidNotPanic,
            // A test that forgets its own failures.
            Ended::Exit(0) if failed_cases > 0 => Self::Failed,
            Ended::Exit(0) => Self::Passed,
            Ended::Exit(ABORT) => Self::Failed,
            Ended::Exit(FAULT) => Self::Fault,
            Ended::Exit(status) => Self::Status(status),
            Ended::LockedUp => Self::LockedUp,
            Ended::TimedOut => Self::TimedOut(limit),
            Ended::Broken(reason) => Self::Broken(reason),
        }
    }

    /// Did the test come to its end by itself?
    pub(crate) const fn is_complete(&self) -> bool {
        matches!(self, Self::Passed | Self::Failed | Self::DidNotPanic)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::Failed => f.write_str("failed"),
            Self::Status(status) => write!(f, "ended with status {status}"),
            Self::Panicked => f.write_str("panicked"),
            Self::DidNotPanic => f.write_str("did not panic as it should"),
            Self::Fault => f.write_str("fault of the processor"),
            Self::LockedUp => f.write_str("the processor locked up"),
            Self::TimedOut(limit) => write!(f, "timed out after {} s", limit.as_secs_f32()),
            Self::Broken(reason) => write!(f, "could not be run: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[test]
    fn every_end_has_its_verdict() {
        for (ended, verdict) in [
            (Ended::Exit(0), Verdict::Passed),
            (Ended::Exit(134), Verdict::Failed),
            (Ended::Exit(101), Verdict::Panicked),
            (Ended::Exit(102), Verdict::Fault),
            (Ended::Exit(7), Verdict::Status(7)),
            (Ended::LockedUp, Verdict::LockedUp),
            (Ended::TimedOut, Verdict::TimedOut(LIMIT)),
            (Ended::Broken("x".to_owned()), Verdict::Broken("x".to_owned())),
        ] {
            assert_eq!(Verdict::of(ended, false, 0, LIMIT), verdict);
        }
    }

    #[test]
    fn nothing_but_a_panic_is_a_panic() {
        assert_eq!(Verdict::of(Ended::Exit(101), true, 0, LIMIT), Verdict::Passed);
        assert_eq!(Verdict::of(Ended::Exit(0), true, 0, LIMIT), Verdict::DidNotPanic);
        for other in [Ended::Exit(134), Ended::Exit(102), Ended::LockedUp, Ended::TimedOut] {
            assert_ne!(Verdict::of(other, true, 0, LIMIT), Verdict::Passed);
        }
    }

    #[test]
    fn a_case_that_failed_is_not_forgotten() {
        assert_eq!(Verdict::of(Ended::Exit(0), false, 1, LIMIT), Verdict::Failed);
    }
}
