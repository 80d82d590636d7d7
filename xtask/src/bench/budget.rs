//! The instruction budget: a change that makes an operation take more instructions than it may fails.
//!
//! Time on a shared machine swings by half; the instructions of these operations do not swing at all. They do
//! depend on the compiler, so the file names the one it holds for, and any other skips the check.

use core::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::program::Program;
use super::{callgrind, machine, operation};
use crate::commands::root;
use crate::packages;
use crate::report::{Count, Failure};

/// Per cent by which a count may be above its budget, or below it without being told to lower it.
const TOLERANCE: u64 = 5;

const HEADER: &str = "\
# x86-64 instructions of one operation of kaztoken-core in the release profile, counted by callgrind.
#
# `cargo xtask test` fails when one takes over 5 % more, and when the list is not the list of operations; it
# says so when one takes over 5 % less. `cargo xtask bench gost --update` writes this file anew.
#
# The counts hold for the compiler named here. With another one the check is skipped, visibly.
";

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    subject: String,
    operation: String,
    instructions: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Budget {
    rustc: String,
    entries: Vec<Entry>,
}

impl Budget {
    fn parse(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["rustc", ..] => line.clone_into(&mut budget.rustc),
                [subject, operation, count] => budget.entries.push(Entry {
                    subject: subject.to_owned(),
                    operation: operation.to_owned(),
                    instructions: count.parse().map_err(|_| format!("not a count: {line}"))?,
                }),
                _ => return Err(format!("not a budget: {line}")),
            }
        }
        Ok(budget)
    }

    fn print(&self) -> String {
        let mut text = format!("{HEADER}{}\n", self.rustc);
        let mut subject = "";
        for entry in &self.entries {
            if entry.subject != subject {
                subject = &entry.subject;
                text.push('\n');
            }
            let _ = writeln!(text, "{} {} {}", entry.subject, entry.operation, entry.instructions);
        }
        text
    }
}

fn file() -> PathBuf {
    root().join("kaztoken-core/benches/instructions.txt")
}

/// The gate.
pub(crate) fn check() -> Result<Count, Failure> {
    if !cfg!(target_arch = "x86_64") {
        println!("skipped: the instruction budget is for x86-64");
        return Ok(Count::default());
    }
    let text = fs::read_to_string(file()).map_err(|error| format!("{}: {error}", file().display()))?;
    let budget = Budget::parse(&text)?;
    let rustc = machine::rustc();
    if budget.rustc != rustc {
        println!("skipped: the instruction budget is for {}, this is {rustc}", budget.rustc);
        return Ok(Count::default());
    }
    packages::debian(&[packages::VALGRIND])?;
    if !callgrind::is_there() {
        println!("{}", callgrind::ABSENT);
        return Ok(Count::default());
    }
    let (lines, count) = judge(&budget.entries, &measured()?);
    for line in lines {
        println!("{line}");
    }
    Ok(count)
}

/// Writes the file anew.
pub(crate) fn update() -> Result<(), String> {
    if !callgrind::is_there() {
        return Err(callgrind::ABSENT.to_owned());
    }
    let budget = Budget { rustc: machine::rustc(), entries: measured()? };
    fs::write(file(), budget.print()).map_err(|error| format!("{}: {error}", file().display()))?;
    println!("{}: {} operations", file().display(), budget.entries.len());
    Ok(())
}

fn measured() -> Result<Vec<Entry>, String> {
    let ours = Program::ours()?;
    let operations: Vec<(&str, &str)> = ours
        .can
        .iter()
        .map(|(subject, operation)| (subject.as_str(), operation.as_str()))
        .filter(|(_, operation)| operation::is_worth_counting(operation))
        .collect();
    let counts = callgrind::count(&ours, &operations, &[])?;
    let entry = |((subject, operation), instructions): (&(&str, &str), u64)| Entry {
        subject: (*subject).to_owned(),
        operation: (*operation).to_owned(),
        instructions,
    };
    Ok(operations.iter().zip(counts).map(entry).collect())
}

/// Every operation is held against its budget.
fn judge(budget: &[Entry], measured: &[Entry]) -> (Vec<String>, Count) {
    let mut lines = Vec::new();
    let mut count = Count::default();
    let same = |a: &Entry, b: &Entry| a.subject == b.subject && a.operation == b.operation;
    for entry in measured {
        let Entry { subject, operation, instructions } = entry;
        let Some(allowed) = budget.iter().find(|other| same(other, entry)) else {
            count.failed += 1;
            lines.push(format!(
                "FAILED {subject} {operation}: {instructions}, but it has no budget (--update)"
            ));
            continue;
        };
        let allowed = allowed.instructions;
        let more = (*instructions as f64 / allowed as f64 - 1.0) * 100.0;
        let compared = format!("{subject} {operation}: {instructions}, budget {allowed} ({more:+.1} %)");
        if *instructions * 100 > allowed * (100 + TOLERANCE) {
            count.failed += 1;
            lines.push(format!("FAILED {compared}"));
            continue;
        }
        count.passed += 1;
        lines.push(if *instructions * 100 < allowed * (100 - TOLERANCE) {
            format!("lower the budget: {compared}")
        } else {
            format!("ok {compared}")
        });
    }
    for entry in budget.iter().filter(|entry| !measured.iter().any(|other| same(other, entry))) {
        count.failed += 1;
        lines.push(format!(
            "FAILED {} {}: has a budget, but is no operation (--update)",
            entry.subject, entry.operation
        ));
    }
    (lines, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: &str, instructions: u64) -> Entry {
        Entry { subject: "tc26-512-A".to_owned(), operation: operation.to_owned(), instructions }
    }

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let budget = Budget {
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
            entries: vec![entry("sign", 5), entry("verify", 7)],
        };
        assert_eq!(Budget::parse(&budget.print()), Ok(budget));
        assert!(Budget::parse("tc26-512-A sign").is_err());
        assert!(Budget::parse("tc26-512-A sign many").is_err());
    }

    #[test]
    fn five_per_cent_either_way() {
        let judged = |instructions| judge(&[entry("sign", 1000)], &[entry("sign", instructions)]);
        assert_eq!(judged(1050).1, Count { passed: 1, failed: 0 });
        assert_eq!(judged(1051).1, Count { passed: 0, failed: 1 });
        let (lines, count) = judged(949);
        assert_eq!(count, Count { passed: 1, failed: 0 });
        assert!(lines[0].starts_with("lower the budget"), "{lines:?}");
    }

    #[test]
    fn the_lists_must_be_equal() {
        assert_eq!(judge(&[], &[entry("sign", 1)]).1, Count { passed: 0, failed: 1 });
        assert_eq!(judge(&[entry("sign", 1)], &[]).1, Count { passed: 0, failed: 1 });
    }
}
