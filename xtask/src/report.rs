//! Steps with a header, a time and a result; the table and the closing line at the end.

use core::time::Duration;
use std::process::ExitCode;
use std::time::Instant;

/// How many tests or checks of a step passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Count {
    /// A step that is itself one check.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    /// Both together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Why a step failed, with what it had counted up to there.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) count: Count,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, count: Count::default() }
    }
}

struct Row {
    name: &'static str,
    result: Result<(), String>,
    count: Count,
    time: Duration,
    /// Why it was not run.
    skipped: Option<String>,
}

/// The steps of one run.
pub(crate) struct Report {
    rows: Vec<Row>,
    start: Instant,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new(), start: Instant::now() }
    }

    /// Runs one step and keeps its result. Later steps run whatever came of it. True when it passed.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<Count, Failure>) -> bool {
        println!("\n=== {name} (at {:.0} s)", self.start.elapsed().as_secs_f32());
        let begin = Instant::now();
        let (result, count) = match work() {
            Ok(count) if count.failed == 0 => (Ok(()), count),
            Ok(count) => (Err(format!("{} failed", count.failed)), count),
            // A step that breaks off without a failed check of its own is itself the failure.
            Err(failure) => {
                let failed = failure.count.failed.max(1);
                (Err(failure.reason), Count { failed, ..failure.count })
            }
        };
        let time = begin.elapsed();
        match &result {
            Ok(()) => println!("--- {name}: ok, {:.1} s", time.as_secs_f32()),
            Err(reason) => println!("--- {name}: FAILED, {:.1} s: {reason}", time.as_secs_f32()),
        }
        let passed = result.is_ok();
        self.rows.push(Row { name, result, count, time, skipped: None });
        passed
    }

    /// A step that cannot be run here, and need not be.
    pub(crate) fn skip(&mut self, name: &'static str, reason: String) {
        println!("\n=== {name}\n--- {name}: SKIPPED: {reason}");
        let (result, count, time) = (Ok(()), Count::default(), Duration::ZERO);
        self.rows.push(Row { name, result, count, time, skipped: Some(reason) });
    }

    /// Prints the table and, as the last line, the counts of the whole run.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n{:<28} {:>8} {:>8} {:>9}", "step", "passed", "failed", "seconds");
        for row in &self.rows {
            let Count { passed, failed } = row.count;
            let seconds = row.time.as_secs_f32();
            let reason = match (&row.result, &row.skipped) {
                (Err(reason), _) => format!("  {reason}"),
                (Ok(()), Some(reason)) => format!("  SKIPPED: {reason}"),
                (Ok(()), None) => String::new(),
            };
            println!("{:<28} {passed:>8} {failed:>8} {seconds:>9.1}{reason}", row.name);
        }
        println!("total {:.0} s\n", self.start.elapsed().as_secs_f32());
        let (passed, failed) = self
            .rows
            .iter()
            .fold((0, 0), |(passed, failed), row| (passed + row.count.passed, failed + row.count.failed));
        match self.rows.iter().filter(|row| row.skipped.is_some()).count() {
            0 => println!("{passed} passed, {failed} failed"),
            skipped => println!("{passed} passed, {failed} failed, {skipped} steps skipped"),
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
