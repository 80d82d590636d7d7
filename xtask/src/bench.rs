//! `cargo xtask bench gost`: our GOST primitives beside OpenSSL's engine, Nettle, libgcrypt and Botan.
//!
//! All work on the same inputs, in turns; the result is one table of times and instruction counts. Our own
//! counts are also held against a budget, as a test.

mod agreement;
mod budget;
mod callgrind;
mod certificates;
mod goals;
mod json;
mod machine;
mod measure;
mod operation;
mod peers;
mod program;
mod table;

use std::fs;
use std::process::ExitCode;

use crate::report::{Count, Failure, Report};
use measure::Results;
use program::Program;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench gost [OPTION]...
  --rounds N     samples of each operation and program (default 5); medians are printed
  --sample MS    processor time of one sample in milliseconds (default 60)
  --quick        one round of 5 ms, nothing counted: does it all run?
  --no-count     times only, without callgrind
  --only TEXT    only curves and hash functions with this text in their name
  --small        also ours without the feature `tables`
  --markdown     the table as Markdown
  --json FILE    everything measured, as JSON
  --gate         only our instruction counts against kaztoken-core/benches/instructions.txt
  --update       writes that file anew";

/// What is to be done.
#[derive(Debug, PartialEq)]
struct Options {
    rounds: usize,
    /// Milliseconds of processor time.
    sample: f64,
    count: bool,
    only: String,
    small: bool,
    markdown: bool,
    json: Option<String>,
}

impl Options {
    fn parse(words: &[&str]) -> Option<Self> {
        let mut options = Self {
            rounds: 5,
            sample: 60.0,
            count: true,
            only: String::new(),
            small: false,
            markdown: false,
            json: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--rounds" => options.rounds = words.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
                "--sample" => options.sample = words.next()?.parse().ok().filter(|sample| *sample > 0.0)?,
                "--quick" => (options.rounds, options.sample, options.count) = (1, 5.0, false),
                "--no-count" => options.count = false,
                "--only" => (*words.next()?).clone_into(&mut options.only),
                "--small" => options.small = true,
                "--markdown" => options.markdown = true,
                "--json" => options.json = Some((*words.next()?).to_owned()),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// The command line's words after `bench gost`.
pub(crate) fn gost(words: &[&str]) -> ExitCode {
    match words {
        ["--gate"] => {
            let mut report = Report::new();
            report.step("instruction budget", gate);
            return report.close();
        }
        ["--update"] => return exit(budget::update()),
        _ => {}
    }
    match Options::parse(words) {
        Some(options) => exit(compare(&options)),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The command line's words after `bench pki`.
pub(crate) fn pki(words: &[&str]) -> ExitCode {
    exit(certificates::compare(words))
}

/// The instruction budget as a test.
pub(crate) fn gate() -> Result<Count, Failure> {
    budget::check()
}

fn exit(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> Result<(), String> {
    let mut programs = vec![Program::ours()?];
    if options.small {
        programs.push(Program::ours_small()?);
    }
    let ours = programs.len();
    let mut absent = Vec::new();
    for peer in peers::ALL {
        match peers::build(peer) {
            Ok(program) => programs.push(program),
            Err(why) => absent.push(why),
        }
    }
    let mut sessions = programs.iter().map(Program::start).collect::<Result<Vec<_>, _>>()?;
    let agreement = agreement::check(&programs, &mut sessions, &options.only)?;
    drop(sessions);
    for line in &agreement.lines {
        println!("{line}");
    }
    for line in &absent {
        println!("{line}");
    }
    let mut results = Results::plan(&programs, ours, &options.only);
    results.time(&programs, &agreement.signatures, options.rounds, options.sample)?;
    if options.count {
        if callgrind::is_there() {
            results.count(&programs, &agreement.signatures)?;
        } else {
            println!("{}", callgrind::ABSENT);
        }
    }
    let machine = machine::describe(&programs);
    println!();
    if options.markdown {
        print!("{}", table::markdown(&programs, &results, &machine));
    } else {
        print!("{}", table::text(&programs, &results, &machine));
    }
    if let Some(file) = &options.json {
        fs::write(file, json::document(&programs, &results, &machine))
            .map_err(|error| format!("{file}: {error}"))?;
    }
    if agreement.failed > 0 {
        return Err(format!("{} results differ between the libraries, see above", agreement.failed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let options = Options::parse(&["--rounds", "3", "--only", "512", "--json", "x", "--no-count"]);
        let options = options.expect("all are known");
        assert_eq!((options.rounds, options.count, options.only.as_str()), (3, false, "512"));
        assert_eq!(options.json.as_deref(), Some("x"));
    }

    #[test]
    fn wrong_options_are_refused() {
        for words in [&["--rounds"][..], &["--rounds", "0"], &["--sample", "x"], &["--fast"]] {
            assert_eq!(Options::parse(words), None, "{words:?}");
        }
    }
}
