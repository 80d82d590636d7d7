//! A runner for cargo: runs images for Cortex-M microcontrollers in QEMU.
//!
//! ```text
//! kaztoken-runner ELF [FILTER..] [--list] [--exact] [--skip TEXT] [--ignored | --include-ignored]
//!                     [--nocapture] [--test-threads N] [--time-limit SECONDS] [--machine NAME]
//! ```
//!
//! An image with tests (crate embedded-test) is started once for each test, and the output is that of `cargo
//! test`. Any other image is started once; its exit status is the runner's, and all arguments are its own.
//!
//! | environment | |
//! |---|---|
//! | `KAZTOKEN_QEMU` | the program, otherwise `qemu-system-arm` |
//! | `KAZTOKEN_QEMU_ARGS` | more arguments for it, separated by blanks |
//! | `KAZTOKEN_MACHINE` | QEMU's machine, where the image does not name it; otherwise `mps2-an386` |
//! | `KAZTOKEN_TIME_LIMIT` | seconds for one run, otherwise 60, or what the test says; without tests 600 |
//!
//! # What an image tells
//! Its section `.kaztoken.machine` has the name of QEMU's machine that it is linked for. An empty one is for
//! a real board, which QEMU does not have. Lines that a test prints:
//!
//! ```text
//! case NAME            a case of the test begins
//! failed NAME: WHY     it was not right; the test goes on
//! left out NAME: WHY   is not tested on this board
//! ```
//!
//! What is said of a test that does not come to its end names the case that was under way.

#![forbid(unsafe_code)]

mod image;
mod options;
mod qemu;
mod suite;
mod transcript;
mod verdict;

use std::process::ExitCode;
use std::time::Duration;

use image::{Contents, Image};
use options::Options;
use qemu::{Ended, Qemu};

/// The exit status when the runner cannot do what it is asked.
const USAGE: u8 = 2;
/// The exit statuses of an image without tests that did not come to its end; the first is that of timeout(1).
const TIMED_OUT: u8 = 124;
const BROKEN: u8 = 125;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: kaztoken-runner ELF [FILTER..] [OPTION..]");
        return ExitCode::from(USAGE);
    };
    match run(&file, &arguments.collect::<Vec<_>>()) {
        Ok(status) => ExitCode::from(status),
        Err(reason) => {
            eprintln!("kaztoken-runner: {reason}");
            ExitCode::from(USAGE)
        }
    }
}

fn run(file: &str, arguments: &[String]) -> Result<u8, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let image = Image::read(&bytes).map_err(|reason| format!("{file}: {reason}"))?;
    let limit = match std::env::var("KAZTOKEN_TIME_LIMIT") {
        Ok(text) => Some(options::seconds(&text)?),
        Err(_) => None,
    };
    match image.contents {
        Contents::Program => {
            let qemu = Qemu::new(file, image.machine.as_deref())?;
            Ok(program(&qemu, arguments, limit.unwrap_or(Duration::from_secs(600))))
        }
        Contents::Tests(tests) => {
            let mut options = Options::parse(arguments)?;
            options.time_limit = options.time_limit.or(limit);
            let machine = options.machine.clone().or(image.machine);
            suite::run(&tests, &options, file, machine.as_deref())
        }
    }
}

/// Runs an image without tests; what it prints is passed on as it comes.
fn program(qemu: &Qemu, arguments: &[String], limit: Duration) -> u8 {
    match qemu.run_through(arguments, limit) {
        Ended::Exit(status) => u8::try_from(status).unwrap_or(BROKEN),
        Ended::TimedOut => {
            eprintln!("kaztoken-runner: not at its end after {} s", limit.as_secs_f32());
            TIMED_OUT
        }
        Ended::LockedUp => {
            eprintln!("kaztoken-runner: the processor locked up (a fault inside the handler of a fault)");
            BROKEN
        }
        Ended::Broken(reason) => {
            eprintln!("kaztoken-runner: {reason}");
            BROKEN
        }
    }
}
