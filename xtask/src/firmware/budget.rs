//! The file of limits and recorded figures, and what is held against it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::report::Count;

/// Per cent by which a figure may be above the recorded one, or below it without being told to record it.
const TOLERANCE: u64 = 5;

/// Figures by subject and quantity.
pub(crate) type Measured = BTreeMap<(String, &'static str), u64>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    subject: String,
    quantity: String,
    limit: Option<u64>,
    recorded: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// The comment at the file's beginning.
    header: String,
    rustc: String,
    enforced: bool,
    entries: Vec<Entry>,
}

impl Budget {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let header =
            text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let mut budget = Self { header, rustc: String::new(), enforced: true, entries: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let number = |word: &str| word.parse::<u64>().map_err(|_| format!("not a number: {line}"));
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["rustc", ..] => line.clone_into(&mut budget.rustc),
                ["limits", switch @ ("enforced" | "announced")] => budget.enforced = switch == "enforced",
                [subject, quantity, limit, recorded] => budget.entries.push(Entry {
                    subject: subject.to_owned(),
                    quantity: quantity.to_owned(),
                    limit: if limit == "-" { None } else { Some(number(limit)?) },
                    recorded: number(recorded)?,
                }),
                _ => return Err(format!("not a line of the budget: {line}")),
            }
        }
        Ok(budget)
    }

    pub(crate) fn print(&self) -> String {
        let switch = if self.enforced { "enforced" } else { "announced" };
        let mut text = format!("{}{}\nlimits {switch}\n", self.header, self.rustc);
        let mut subject = "";
        for entry in &self.entries {
            if entry.subject != subject {
                subject = &entry.subject;
                text.push('\n');
            }
            let limit = entry.limit.map_or("-".to_owned(), |limit| limit.to_string());
            let _ = writeln!(text, "{} {} {limit} {}", entry.subject, entry.quantity, entry.recorded);
        }
        text
    }

    /// Takes the figures of now for the recorded ones; new ones come without a limit.
    pub(crate) fn record(&mut self, rustc: &str, measured: &Measured) {
        rustc.clone_into(&mut self.rustc);
        // A limit is somebody's decision, and stays.
        self.entries.retain(|entry| entry.limit.is_some() || measured.contains_key(&entry.key()));
        for ((subject, quantity), figure) in measured {
            match self.entry(subject, quantity) {
                Some(at) => self.entries[at].recorded = *figure,
                None => self.entries.push(Entry {
                    subject: subject.clone(),
                    quantity: (*quantity).to_owned(),
                    limit: None,
                    recorded: *figure,
                }),
            }
        }
    }

    fn entry(&self, subject: &str, quantity: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.subject == subject && entry.quantity == quantity)
    }

    /// One row a subject, the columns with the limits beside the figures.
    pub(crate) fn table(&self, measured: &Measured) -> String {
        let mut text = format!("{:<18}", "on a Cortex-M4");
        for quantity in QUANTITIES {
            let _ = write!(text, " {quantity:>12} {:<12}", "(limit)");
        }
        let mut subjects: Vec<&str> = measured.keys().map(|(subject, _)| subject.as_str()).collect();
        subjects.dedup();
        for subject in subjects {
            let _ = write!(text, "\n{subject:<18}");
            for quantity in QUANTITIES {
                let figure =
                    measured.get(&(subject.to_owned(), quantity)).map_or(String::new(), u64::to_string);
                let limit = self.entry(subject, quantity).and_then(|at| self.entries[at].limit);
                let limit = limit.map_or(String::new(), |limit| format!("({limit})"));
                let _ = write!(text, " {figure:>12} {limit:<12}");
            }
            text.truncate(text.trim_end().len());
        }
        text
    }

    /// One check for each figure; prints each.
    pub(crate) fn judge(&self, rustc: &str, measured: &Measured) -> Count {
        let mut count = Count::default();
        let same_compiler = self.rustc == rustc;
        if !same_compiler {
            println!("the recorded figures are of {}, this is {rustc}: only the limits count", self.rustc);
        }
        for ((subject, quantity), figure) in measured {
            let Some(entry) = self.entry(subject, quantity).map(|at| &self.entries[at]) else {
                println!("FAILED {subject} {quantity}: {figure}, but it has no budget (--update)");
                count.failed += 1;
                continue;
            };
            let (said, passed) = self.verdict(entry, *figure, same_compiler);
            println!("{said}");
            if passed {
                count.passed += 1;
            } else {
                count.failed += 1;
            }
        }
        for entry in self.entries.iter().filter(|entry| !measured.contains_key(&entry.key())) {
            println!(
                "FAILED {} {}: has a budget, but was not measured (--update)",
                entry.subject, entry.quantity
            );
            count.failed += 1;
        }
        count
    }

    fn verdict(&self, entry: &Entry, figure: u64, same_compiler: bool) -> (String, bool) {
        let Entry { subject, quantity, limit, recorded } = entry;
        let compared = format!("{subject} {quantity}: {figure}, recorded {recorded}");
        if let Some(limit) = limit.filter(|limit| figure > *limit) {
            let word = if self.enforced { "FAILED" } else { "over budget:" };
            return (format!("{word} {compared}, limit {limit}"), !self.enforced);
        }
        if same_compiler && figure * 100 > recorded * (100 + TOLERANCE) {
            return (format!("FAILED {compared}: more than {TOLERANCE} % more"), false);
        }
        if same_compiler && figure * 100 < recorded * (100 - TOLERANCE) {
            return (format!("ok {compared}: record the lower figure (--update)"), true);
        }
        (format!("ok {compared}"), true)
    }
}

impl Entry {
    fn key(&self) -> (String, &'static str) {
        let known = QUANTITIES.into_iter().find(|quantity| *quantity == self.quantity);
        (self.subject.clone(), known.unwrap_or_default())
    }
}

/// What is measured: counts, and bytes.
const QUANTITIES: [&str; 4] = ["instructions", "stack", "flash", "ram"];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# A comment.\n# Another.\nrustc 1.95.0\nlimits enforced\n\nsign stack 3072 2000\nsign flash - 100\n";

    fn judged(text: &str, stack: u64, rustc: &str) -> Count {
        let measured = Measured::from([(("sign".into(), "stack"), stack), (("sign".into(), "flash"), 100)]);
        Budget::parse(text).expect("a sound file").judge(rustc, &measured)
    }

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let budget = Budget::parse(TEXT).expect("a sound file");
        assert_eq!(Budget::parse(&budget.print()), Ok(budget));
        assert!(Budget::parse("sign stack many 1").is_err());
        assert!(Budget::parse("limits ignored").is_err());
    }

    #[test]
    fn above_the_limit_fails_where_limits_are_enforced() {
        assert_eq!(judged(TEXT, 3073, "another"), Count { passed: 1, failed: 1 });
        assert_eq!(
            judged(&TEXT.replace("enforced", "announced"), 3073, "another"),
            Count { passed: 2, failed: 0 }
        );
        assert_eq!(judged(TEXT, 3072, "another"), Count { passed: 2, failed: 0 });
    }

    #[test]
    fn five_per_cent_above_the_record_fails_with_the_same_compiler() {
        assert_eq!(judged(TEXT, 2100, "rustc 1.95.0"), Count { passed: 2, failed: 0 });
        assert_eq!(judged(TEXT, 2101, "rustc 1.95.0"), Count { passed: 1, failed: 1 });
        assert_eq!(judged(TEXT, 1, "rustc 1.95.0"), Count { passed: 2, failed: 0 });
    }

    #[test]
    fn the_lists_must_be_equal() {
        assert_eq!(judged("rustc 1\nsign stack - 2000\n", 2000, "rustc 1").failed, 1);
        assert_eq!(judged(&format!("{TEXT}verify ram 0 0\n"), 2000, "rustc 1.95.0").failed, 1);
    }

    #[test]
    fn what_is_recorded_keeps_its_limit() {
        let mut budget = Budget::parse(TEXT).expect("a sound file");
        budget
            .record("rustc 2", &Measured::from([(("sign".into(), "stack"), 7), (("new".into(), "ram"), 0)]));
        assert_eq!(
            budget.print().lines().skip_while(|line| !line.starts_with("rustc")).collect::<Vec<_>>(),
            ["rustc 2", "limits enforced", "", "sign stack 3072 7", "", "new ram - 0",]
        );
    }
}
