//! Both stacks side by side, and the comparison with what is known.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::{self, Case, Must, text};
use crate::expected::{Expected, Known};
use crate::outcome::{Next, Outcome, Run};
use crate::{libccid, ours};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

/// Where the cases are.
pub(crate) fn folder() -> PathBuf {
    Path::new(ROOT).join("kaztoken-core/vectors/ccid")
}

fn expectation() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("expected.txt")
}

struct Row {
    case: Case,
    ours: Run,
    libccid: Run,
}

impl Row {
    /// Is there something to explain?
    fn remarkable(&self) -> bool {
        fn kind(run: &Run) -> (Option<&[u8]>, bool, bool, bool) {
            let response = match &run.outcome {
                Outcome::Response(bytes) => Some(&bytes[..]),
                _ => None,
            };
            let foreign = matches!(run.next, Next::Foreign(_));
            (response, run.outcome == Outcome::Endless, run.sent.is_some(), foreign)
        }
        kind(&self.ours) != kind(&self.libccid) || !self.ours.right(&self.case)
    }

    fn verdict(&self) -> &'static str {
        match (self.ours.right(&self.case), self.libccid.right(&self.case)) {
            (true, true) => "both",
            (true, false) => "ours",
            (false, true) => "libccid",
            (false, false) => "neither",
        }
    }
}

fn rows() -> Result<Vec<Row>, String> {
    cases::read(&folder())?
        .into_iter()
        .map(|case| Ok(Row { ours: ours::run(&case)?, libccid: libccid::run(&case)?, case }))
        .collect()
}

/// `F5b` belongs to `F5`.
fn group(label: &str) -> &str {
    label.trim_end_matches(|c: char| c.is_ascii_lowercase())
}

/// How many groups, and how many of them are all right, for us and for libccid.
fn count(rows: &[Row], belongs: impl Fn(&str) -> bool) -> (usize, usize, usize) {
    let mut groups: Vec<&str> =
        rows.iter().map(|row| group(&row.case.label)).filter(|group| belongs(group)).collect();
    groups.dedup();
    let all = |right: fn(&Row) -> bool| {
        let whole = |name: &&&str| rows.iter().filter(|row| group(&row.case.label) == **name).all(right);
        groups.iter().filter(whole).count()
    };
    (groups.len(), all(|row| row.ours.right(&row.case)), all(|row| row.libccid.right(&row.case)))
}

fn figures(rows: &[Row]) -> Vec<String> {
    let framing = ["F2", "F3", "F4", "F5", "F6", "F7", "F8"];
    let (all, we, they) = count(rows, |group| framing.contains(&group));
    let mut lines = vec![format!("framing F2 to F8: {we} of {all} right, libccid {they}")];
    let t1 = |row: &&Row| row.case.label.starts_with("T1 ");
    let right = |ours: bool| {
        let right = |row: &&Row| if ours { row.ours.right(&row.case) } else { row.libccid.right(&row.case) };
        rows.iter().filter(t1).filter(right).count()
    };
    let scenarios = rows.iter().filter(t1).count();
    lines.push(format!("T=1 scenarios: {} of {scenarios} right, libccid {}", right(true), right(false)));
    let (we, they) = rows.iter().fold((0, 0), |(we, they), row| {
        (we + usize::from(row.ours.right(&row.case)), they + usize::from(row.libccid.right(&row.case)))
    });
    lines.push(format!("all cases: {we} of {} right, libccid {they}", rows.len()));
    let number = |of: fn(&Run) -> bool| {
        let ours = rows.iter().filter(|row| of(&row.ours)).count();
        (ours, rows.iter().filter(|row| of(&row.libccid)).count())
    };
    let (we, they) = number(|run| run.outcome == Outcome::Endless);
    lines.push(format!("endless loops: {we}, libccid {they}"));
    let (we, they) = number(|run| matches!(run.next, Next::Foreign(_)));
    lines.push(format!("another command's answer handed to the next: {we}, libccid {they}"));
    let worst = |of: fn(&Row) -> &Run| {
        let seconds = |run: &Run| (run.outcome != Outcome::Endless).then_some(run.wait.div_ceil(1_000));
        rows.iter().filter_map(|row| seconds(of(row))).max().unwrap_or(0)
    };
    for (label, what) in [("W1", "a silent token"), ("W2", "a silent KAZTOKEN SC")] {
        if let Some(row) = rows.iter().find(|row| row.case.label == label) {
            let (we, they) = (row.ours.wait, row.libccid.wait);
            lines.push(format!("{what} is given up after {we} ms, libccid {they} ms"));
        }
    }
    let (we, they) = (worst(|row| &row.ours), worst(|row| &row.libccid));
    lines.push(format!("longest wait that ended: {we} s, libccid {they} s"));
    lines
}

fn markdown(rows: &[Row], figures: &[String], expected: &Expected) -> String {
    let version = libccid::version().unwrap_or_default();
    let mut text = format!("# Our CCID engine beside libccid {version}\n\n");
    for line in figures {
        let _ = writeln!(text, "- {line}");
    }
    text.push_str("\n| case | | must | ours | libccid | right | why |\n|---|---|---|---|---|---|---|\n");
    for row in rows {
        let why = expected.cases.get(&row.case.label).and_then(|known| known.why.as_deref()).unwrap_or("");
        let Row { case, ours, libccid } = row;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ours} | {libccid} | {} | {why} |",
            case.label,
            case.title,
            must(case),
            row.verdict()
        );
    }
    text
}

fn must(case: &Case) -> String {
    match &case.must {
        Must::Error => "error".to_owned(),
        Must::End => "an end".to_owned(),
        Must::Response(bytes) => text(bytes),
    }
}

/// Runs all; true when everything is as expected.
pub(crate) fn check(file: Option<&Path>) -> Result<bool, String> {
    let rows = rows()?;
    let expected = Expected::read(&expectation());
    let figures = figures(&rows);
    if let Some(file) = file {
        fs::write(file, markdown(&rows, &figures, &expected)).map_err(|error| error.to_string())?;
    }
    let mut fine = true;
    let mut say = |label: &str, problem: Option<String>| match problem {
        None => println!("ok {label}"),
        Some(problem) => {
            fine = false;
            println!("FAILED {label}: {problem}");
        }
    };
    for row in &rows {
        say(&row.case.label, problem(row, expected.cases.get(&row.case.label)));
    }
    for label in expected.cases.keys().filter(|label| !rows.iter().any(|row| row.case.label == **label)) {
        say(label, Some("expected.txt has it, and there is no such case".to_owned()));
    }
    let changed =
        (figures != expected.figures).then(|| format!("they were:\n  {}", expected.figures.join("\n  ")));
    for line in &figures {
        println!("{line}");
    }
    say("figures", changed);
    Ok(fine)
}

fn problem(row: &Row, known: Option<&Known>) -> Option<String> {
    let Some(known) = known else { return Some("not in expected.txt".to_owned()) };
    let (ours, libccid) = (row.ours.to_string(), row.libccid.to_string());
    if known.ours != ours {
        return Some(format!("ours {ours}, expected {}", known.ours));
    }
    if known.libccid != libccid {
        let version = libccid::version().unwrap_or_default();
        return Some(format!("libccid {version}: {libccid}, expected {}", known.libccid));
    }
    match (row.remarkable(), &known.why) {
        (true, None) => {
            Some(format!("must {}, ours {ours}, libccid {libccid}, and no line says why", must(&row.case)))
        }
        (false, Some(_)) => Some("explained, and there is nothing to explain".to_owned()),
        _ => None,
    }
}

/// Writes the expectation anew.
pub(crate) fn update() -> Result<bool, String> {
    let rows = rows()?;
    let before = Expected::read(&expectation());
    let mut text = String::from(
        "# What comes of the cases in kaztoken-core/vectors/ccid, ours and libccid's.\n\
         # `why` explains a difference. The rest is written by `kaztoken-libccid-oracle --update`.\n\n",
    );
    text.push_str("figures\n");
    for line in figures(&rows) {
        println!("{line}");
        let _ = writeln!(text, "{line}");
    }
    for row in &rows {
        let Row { case, ours, libccid } = row;
        let _ = write!(text, "\n{}\nours {ours}\nlibccid {libccid}\n", case.label);
        let known = before.cases.get(&case.label).and_then(|known| known.why.as_ref());
        match (row.remarkable(), known) {
            (true, Some(why)) => {
                let _ = writeln!(text, "why {why}");
            }
            (true, None) => {
                println!("{}: must {}, ours {ours}, libccid {libccid}", case.label, must(case));
            }
            _ => {}
        }
    }
    fs::write(expectation(), text).map_err(|error| error.to_string())?;
    Ok(true)
}
