//! Does what the core does with a secret depend on the secret? Two judges; `cargo xtask constant-time` asks both.
//!
//! ```text
//! kaztoken-constant-time list             the cases, one a line: operation and parameter set
//! kaztoken-constant-time controls         the leaks on purpose, which the first judge must report
//! valgrind ... kaztoken-constant-time run OPERATION [SET]
//! kaztoken-constant-time clock            the second judge: the clock
//! ```
//!
//! **Under valgrind** the secrets are marked as undefined memory before the call. Memcheck then follows every bit
//! that is computed from them, and reports each conditional jump and each memory address that depends on one: the
//! two ways in which software leaks secrets through time (A. Langley's ctgrind, 2010). It checks the machine code
//! that ships, with all inputs that take the same path at once. It cannot see instructions whose own time
//! depends on the operands, such as divisions on some machines.
//!
//! **By the clock**, a fixed and a random secret are compared by a t-test (Reparaz, Balasch, Verbauwhede, "Dude, is
//! my code constant time?", 2017). That sees whatever takes time, if it takes enough of it.

mod cases;
mod clock;
mod controls;
mod memcheck;
mod random;

use std::process::ExitCode;

const USAGE: &str = "usage: kaztoken-constant-time list | controls | run OPERATION [SET] | clock";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["list"] => {
            cases::all().for_each(|(operation, set)| println!("{operation} {set}"));
            ExitCode::SUCCESS
        }
        ["controls"] => {
            controls::ALL.iter().for_each(|(name, _)| println!("{name}"));
            ExitCode::SUCCESS
        }
        ["run", ref case @ ..] if !memcheck::running() => {
            eprintln!("{}: only valgrind on x86-64 can judge this; not started under it", case.join(" "));
            ExitCode::from(2)
        }
        ["run", control] => verdict(controls::run(control)),
        ["run", operation, set] => verdict(cases::run(operation, set)),
        ["clock"] => verdict(clock::run()),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn verdict(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
