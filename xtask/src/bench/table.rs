//! The table, for a terminal and for the README.

use super::goals::{GOAL, floor};
use super::machine::Machine;
use super::measure::{Cell, Results, Row};
use super::operation;
use super::program::Program;

const NOTES: &str = "\
The ratio is the fastest peer's time divided by ours; in brackets the same by instructions.\n\
keygen is d G: gost-engine also draws d, botan also blinds. sign: we and nettle take a nonce that costs\n\
nothing, the others draw theirs from their own generator. sign-... are our other ways to sign, held against\n\
the peers' sign; verify-batch-32 is one of 32 signatures by one key, held against their verify.";

/// For people at a terminal.
pub(crate) fn text(programs: &[Program], results: &Results, machine: &Machine) -> String {
    let lines = lines(programs, results);
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

/// For the README.
pub(crate) fn markdown(programs: &[Program], results: &Results, machine: &Machine) -> String {
    let mut text = String::new();
    for (index, line) in lines(programs, results).iter().enumerate() {
        text += &format!("| {} |\n", line.join(" | "));
        if index == 0 {
            let rules: Vec<&str> =
                (0..line.len()).map(|column| if column < 2 { "---" } else { "--:" }).collect();
            text += &format!("|{}|\n", rules.join("|"));
        }
    }
    let programs = machine.programs.join(", ");
    text + &format!("\n{}; {}; {programs}.\n{NOTES}\n{}\n", machine.processor, machine.rustc, footer(results))
}

/// The heading and one line for each row.
fn lines(programs: &[Program], results: &Results) -> Vec<Vec<String>> {
    let mut heading = vec!["".to_owned(), "us [instructions]".to_owned()];
    heading.extend(programs.iter().map(|program| program.name.to_owned()));
    heading.extend(["ratio", "floor", "goal 2.0", "spread"].map(str::to_owned));
    let mut lines = vec![heading];
    let mut hashes = false;
    let mut subject = "";
    for row in &results.rows {
        if operation::octets(&row.operation).is_some() && !hashes {
            hashes = true;
            let mut heading = vec![String::new(); lines.first().map_or(0, Vec::len)];
            if let Some(unit) = heading.get_mut(1) {
                "octets: MB/s [instr/octet]".clone_into(unit);
            }
            lines.push(heading);
        }
        let name = if row.subject == subject { "" } else { &row.subject };
        subject = &row.subject;
        lines.push(line(name, row, results));
    }
    lines
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
