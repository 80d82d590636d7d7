//! The test rig's firmware in QEMU, with a virtual token on its contacts.
//!
//! ```text
//! kaztoken-rig-cases --images FOLDER --folder SCRATCH [--kaztoken PROGRAM] [--card IMAGE] [--board NAME]
//! ```
//!
//! `FOLDER/TARGET/release/BOARD` are the images. Prints `ok NAME` or `FAILED NAME` for each case.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod card;
#[cfg(unix)]
mod card_line;
#[cfg(unix)]
mod journey;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod serial_line;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod token;
#[cfg(unix)]
mod two_boards;

use std::process::ExitCode;
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};
#[cfg(unix)]
use std::thread;

/// Groups of cases that run beside each other.
#[cfg(unix)]
const AT_ONCE: usize = 3;

#[cfg(unix)]
fn main() -> ExitCode {
    let Some(options) = report::Options::parse(std::env::args().skip(1)) else {
        eprintln!(
            "usage: kaztoken-rig-cases --images FOLDER --folder SCRATCH [--kaztoken PROGRAM] [--card IMAGE] \
             [--board NAME]"
        );
        return ExitCode::from(2);
    };
    let mut report = report::Report::default();
    let benches: Vec<_> = machine::BOARDS
        .into_iter()
        .enumerate()
        .filter(|(_, board)| options.board.as_ref().is_none_or(|name| *name == board.name))
        .map(|(index, board)| token::Bench { board, is_first: index == 0, options: &options })
        .collect();
    // What is measured has the computer to itself.
    if let Some(first) = benches.first().filter(|bench| bench.is_first) {
        token::cases(first, &mut report);
    }
    // These wait most of their time. More of them at once, and the boards starve: they never sleep.
    let groups = benches.iter().flat_map(|bench| groups(bench).iter().map(move |group| (bench, group)));
    let queue = Mutex::new(groups.collect::<Vec<_>>());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    thread::scope(|scope| {
        let work = || {
            let mut report = report::Report::default();
            while let Some((bench, group)) = next() {
                group(bench, &mut report);
            }
            report
        };
        for thread in [(); AT_ONCE].map(|()| scope.spawn(work)) {
            match thread.join() {
                Ok(more) => report.add(more),
                Err(_) => report.failed += 1,
            }
        }
    });
    println!("rig mcu: {} passed, {} failed", report.passed, report.failed);
    ExitCode::from(u8::from(report.failed > 0 || report.passed == 0))
}

#[cfg(unix)]
type Group = fn(&token::Bench<'_>, &mut report::Report);

/// What is tried on a board.
#[cfg(unix)]
fn groups(bench: &token::Bench<'_>) -> &'static [Group] {
    if bench.is_first {
        &[card_line::cases, serial_line::cases, journey::cases, two_boards::cases]
    } else {
        &[token::cases, card_line::cases, serial_line::cases]
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("not run: the boards' serial ports are Unix sockets");
    ExitCode::SUCCESS
}
