//! Everything measured, for other programs.

use super::goals::{GOAL, floor};
use super::machine::Machine;
use super::measure::{Cell, Results, Row};
use super::program::Program;

/// `{"schema": 1, "processor", "rustc", "goal", "programs": [...], "rows": [...]}`; times in nanoseconds.
pub(crate) fn document(programs: &[Program], results: &Results, machine: &Machine) -> String {
    let names = list(programs.iter().map(|program| {
        format!("{{\"name\": {}, \"version\": {}}}", string(program.name), string(&program.version))
    }));
    let rows = list(results.rows.iter().map(|row| object(programs, results, row)));
    format!(
        "{{\"schema\": 1, \"processor\": {}, \"rustc\": {}, \"goal\": {GOAL}, \"programs\": {names}, \
         \"rows\": {rows}}}\n",
        string(&machine.processor),
        string(&machine.rustc),
    )
}

fn object(programs: &[Program], results: &Results, row: &Row) -> String {
    let measured = list(programs.iter().zip(&row.cells).filter_map(|(program, cell)| {
        let cell = cell.as_ref()?;
        Some(format!(
            "{{\"program\": {}, \"median_ns\": {}, \"samples_ns\": {}, \"instructions\": {}}}",
            string(program.name),
            or_null(Cell::median(cell)),
            list(cell.samples.iter().map(|sample| format!("{sample}"))),
            or_null(cell.instructions),
        ))
    }));
    let standing = results.standing(row);
    format!(
        "\n{{\"subject\": {}, \"operation\": {}, \"ratio\": {}, \"instruction_ratio\": {}, \"floor\": {}, \
         \"mark\": {}, \"measured\": {measured}}}",
        string(&row.subject),
        string(&row.operation),
        or_null(standing.map(|standing| standing.time)),
        or_null(standing.and_then(|standing| standing.instructions)),
        floor(&row.subject, &row.operation),
        standing.map_or_else(|| "null".to_owned(), |standing| string(&standing.mark.to_string())),
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn or_null(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted += &format!("\\u{:04x}", u32::from(control)),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted() {
        assert_eq!(string("a \"b\" \\ \n"), r#""a \"b\" \\ \u000a""#);
    }
}
