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
    let (mut passed, mut failed) = (0, 0);
    for kind in board::BOARDS {
        for (name, case) in cases::ALL {
            let begun = std::time::Instant::now();
            let outcome =
                board::Bench::new(kind, images.as_ref(), folder.as_ref()).and_then(|bench| case(&bench));
            let seconds = begun.elapsed().as_secs_f32();
            match &outcome {
                Ok(note) => println!("ok card on {}, {name}: {note} ({seconds:.2} s)", kind.name),
                Err(reason) => println!("FAILED card on {}, {name}: {reason} ({seconds:.2} s)", kind.name),
            }
            *(if outcome.is_ok() { &mut passed } else { &mut failed }) += 1;
        }
    }
    println!("rig card: {passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("not run: the boards' serial ports are Unix sockets");
    ExitCode::SUCCESS
}
