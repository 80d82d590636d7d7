//! The table, for a terminal and for the README.

use super::goals::{GOAL, floor};
use super::machine::Machine;
use super::measure::{Cell, Results, Row};
use super::operation;
use super::program::Program;

const NOTES: &str = "\
The ratio is the fastest peer's time divided by ours; in brackets the same by instructions.\n\
keygen is d G: gost-engine also draws d, botan also blinds. sign: we and nettle take a nonce that costs\n\
nothing, the others draw theirs from their own generator. sign-... are our ways to find a nonce, each held\n\
against the peers' sign; sign-hedged is `SigningKey::sign`. verify-batch-32 is one of 32 signatures by one\n\
key, held against the peers' verify. agree is VKO with Streebog-256 (RFC 7836 section 4.3.1).";

/// Columns that say how we stand to our own goals.
const JUDGED: [&str; 3] = ["floor", "goal 2.0", "spread"];

/// For people at a terminal.
pub(crate) fn text(programs: &[Program], results: &Results, machine: &Machine) -> String {
    let lines: Vec<_> = sections(programs, results).concat();
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(String::len).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let part = if column < 2 { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
            text += &part;
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text += &format!("\n{}\n", footer(results));
    text + &format!("{NOTES}\n{}; {}\n{}\n", machine.processor, machine.rustc, machine.programs.join(", "))
}

/// For the README: without what only we want to know.
pub(crate) fn markdown(programs: &[Program], results: &Results, machine: &Machine) -> String {
    let mut text = String::new();
    for section in sections(programs, results) {
        for (index, line) in section.iter().enumerate() {
            let shown = line.len().saturating_sub(JUDGED.len());
            text += &format!("| {} |\n", line.get(..shown).unwrap_or_default().join(" | "));
            if index == 0 {
                let rule = |column| if column < 2 { "---|" } else { "--:|" };
                text += &format!("|{}\n", (0..shown).map(rule).collect::<String>());
            }
        }
        text.push('\n');
    }
    let programs = machine.programs.join(", ");
    text + &format!("{}; {}; {programs}.\n{NOTES}\n", machine.processor, machine.rustc)
}

/// Curves, then hash functions: each a heading and one line for each row.
fn sections(programs: &[Program], results: &Results) -> Vec<Vec<Vec<String>>> {
    let mut sections = Vec::new();
    for (units, hashes) in [("us [instructions]", false), ("octets: MB/s [instr/octet]", true)] {
        let rows = results.rows.iter().filter(|row| operation::octets(&row.operation).is_some() == hashes);
        let mut lines = Vec::new();
        let mut subject = "";
        for row in rows {
            let name = if row.subject == subject { "" } else { &row.subject };
            subject = &row.subject;
            lines.push(line(name, row, results));
        }
        if !lines.is_empty() {
            let mut heading = vec![String::new(), units.to_owned()];
            heading.extend(programs.iter().map(|program| program.name.to_owned()));
            heading.push("ratio".to_owned());
            heading.extend(JUDGED.map(str::to_owned));
            lines.insert(0, heading);
            sections.push(lines);
        }
    }
    sections
}

fn line(name: &str, row: &Row, results: &Results) -> Vec<String> {
    let mut line = vec![name.to_owned(), row.operation.clone()];
    line.extend(row.cells.iter().map(|cell| cell.as_ref().map_or("-".to_owned(), |cell| number(row, cell))));
    match results.standing(row) {
        Some(standing) => {
            let counts = standing.instructions.map_or(String::new(), |ratio| format!(" [{ratio:.2}]"));
            line.push(format!("{:.2}{counts}", standing.time));
            line.push(format!("{:.2}", floor(&row.subject, &row.operation)));
            line.push(standing.mark.to_string());
        }
        None => line.extend(["-", "-", "no peer"].map(str::to_owned)),
    }
    line.push(row.spread().map_or("-".to_owned(), |spread| format!("{spread:.2}")));
    line
}

/// `23.5 [250k]` for an operation, `122 [137.5]` for a hash function.
fn number(row: &Row, cell: &Cell) -> String {
    let Some(median) = cell.median() else {
        return "-".to_owned();
    };
    let (time, count) = match operation::octets(&row.operation) {
        // 10^6 octets a second is one octet a microsecond.
        Some(octets) => (
            format!("{:.1}", octets / median * 1e3),
            cell.instructions.map(|count| format!("{:.1}", count as f64 / octets)),
        ),
        None => (
            format!("{:.1}", median / 1e3),
            cell.instructions.map(|count| format!("{}k", (count + 500) / 1000)),
        ),
    };
    count.map_or_else(|| time.clone(), |count| format!("{time} [{count}]"))
}

fn footer(results: &Results) -> String {
    let marks: Vec<_> =
        results.rows.iter().filter_map(|row| results.standing(row)).map(|at| at.mark).collect();
    let count = |mark| marks.iter().filter(|other| **other == mark).count();
    use super::goals::Mark;
    let rounds =
        results.rows.iter().flat_map(|row| row.cells.iter().flatten()).map(|cell| cell.samples.len()).max();
    let spread = results.rows.iter().filter_map(Row::spread).reduce(f64::max).unwrap_or(1.0);
    format!(
        "goal {GOAL:.1}x the fastest peer reached: {}, floor reached: {}, below: {}; medians of {}, \
         widest max/min {spread:.2}",
        count(Mark::Goal),
        count(Mark::Floor),
        count(Mark::Below),
        rounds.unwrap_or(0),
    )
}
