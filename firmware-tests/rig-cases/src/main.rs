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
use std::thread;

#[cfg(unix)]
fn main() -> ExitCode {
    let Some(options) = report::Options::parse(std::env::args().skip(1)) else {
        eprintln!(
            "usage: kaztoken-rig-cases --images FOLDER --folder SCRATCH [--kaztoken PROGRAM] [--card IMAGE] \
             [--board NAME]"
        );
        return ExitCode::from(2);
    };
    let wanted = |board: &machine::BoardKind| options.board.as_ref().is_none_or(|name| *name == board.name);
    let mut report = report::Report::default();
    let [first, others @ ..] = machine::BOARDS;
    if wanted(&first) {
        cases(&token::Bench { board: first, is_first: true, options: &options }, &mut report);
    }
    // These wait most of their time: they run beside each other.
    thread::scope(|scope| {
        let others = others.into_iter().filter(wanted).map(|board| {
            let bench = token::Bench { board, is_first: false, options: &options };
            scope.spawn(move || {
                let mut report = report::Report::default();
                cases(&bench, &mut report);
                report
            })
        });
        for thread in others.collect::<Vec<_>>() {
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
fn cases(bench: &token::Bench<'_>, report: &mut report::Report) {
    token::cases(bench, report);
    card_line::cases(bench, report);
    serial_line::cases(bench, report);
    if bench.is_first {
        journey::cases(bench, report);
        two_boards::cases(bench, report);
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("not run: the boards' serial ports are Unix sockets");
    ExitCode::SUCCESS
}
