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
fn main() -> ExitCode {
    let Some(options) = report::Options::parse(std::env::args().skip(1)) else {
        eprintln!(
            "usage: kaztoken-rig-cases --images FOLDER --folder SCRATCH [--kaztoken PROGRAM] [--card IMAGE] \
             [--board NAME]"
        );
        return ExitCode::from(2);
    };
    let mut report = report::Report::default();
    for (index, board) in machine::BOARDS.into_iter().enumerate() {
        if options.board.as_ref().is_some_and(|wanted| wanted != board.name) {
            continue;
        }
        let bench = token::Bench { board, options: &options };
        token::cases(&bench, &mut report);
        card_line::cases(&bench, &mut report);
        serial_line::cases(&bench, &mut report);
        if index == 0 {
            journey::cases(&bench, &mut report);
            two_boards::cases(&bench, &mut report);
        }
    }
    println!("rig mcu: {} passed, {} failed", report.passed, report.failed);
    ExitCode::from(u8::from(report.failed > 0 || report.passed == 0))
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("not run: the boards' serial ports are Unix sockets");
    ExitCode::SUCCESS
}
