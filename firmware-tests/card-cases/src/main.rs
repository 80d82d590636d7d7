//! The virtual token as a smart card in QEMU, and a reader for it.
//!
//! ```text
//! kaztoken-card-cases --images FOLDER --folder SCRATCH
//! ```
//!
//! `FOLDER/TARGET/release/card-BOARD` are the images. Prints `ok NAME` or `FAILED NAME` for each case.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod board;
#[cfg(unix)]
mod cases;
#[cfg(unix)]
mod reader;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (images, folder) = match arguments.as_slice() {
        [first, images, second, folder] if first == "--images" && second == "--folder" => (images, folder),
        _ => {
            eprintln!("usage: kaztoken-card-cases --images FOLDER --folder SCRATCH");
            return ExitCode::from(2);
        }
    };
    // A board's cases one after another, the boards side by side.
    let counts = std::thread::scope(|scope| {
        let boards =
            board::BOARDS.map(|kind| scope.spawn(move || run(kind, images.as_ref(), folder.as_ref())));
        boards.map(|board| board.join().unwrap_or((0, 1)))
    });
    let (passed, failed) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("rig card: {passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

/// Every case on one board: how many passed, how many failed.
#[cfg(unix)]
fn run(kind: board::BoardKind, images: &std::path::Path, folder: &std::path::Path) -> (usize, usize) {
    let mut count = (0, 0);
    for (name, case) in cases::ALL {
        let begun = std::time::Instant::now();
        let outcome = board::Bench::new(kind, images, folder).and_then(|bench| case(&bench));
        let seconds = begun.elapsed().as_secs_f32();
        match outcome {
            Ok(note) => {
                println!("ok card on {}, {name}: {note} ({seconds:.2} s)", kind.name);
                count.0 += 1;
            }
            Err(reason) => {
                println!("FAILED card on {}, {name}: {reason} ({seconds:.2} s)", kind.name);
                count.1 += 1;
            }
        }
    }
    count
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("not run: the boards' serial ports are Unix sockets");
    ExitCode::SUCCESS
}
