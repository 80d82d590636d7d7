//! What is asked for, and what came of it.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Instant;

/// What the program is told.
#[derive(Debug)]
pub(crate) struct Options {
    /// The firmware's images.
    pub(crate) images: PathBuf,
    /// For sockets and files.
    pub(crate) folder: PathBuf,
    /// The command line, for the journey.
    pub(crate) kaztoken: Option<PathBuf>,
    /// The virtual token as firmware, for two boards that talk to each other.
    pub(crate) card: Option<PathBuf>,
    /// This board only.
    pub(crate) board: Option<String>,
}

impl Options {
    /// Reads the arguments. `None`: they are wrong.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let (mut images, mut folder, mut kaztoken, mut card, mut board) = (None, None, None, None, None);
        while let Some(name) = arguments.next() {
            let value = arguments.next()?;
            match name.as_str() {
                "--images" => images = Some(value.into()),
                "--folder" => folder = Some(value.into()),
                "--kaztoken" => kaztoken = Some(value.into()),
                "--card" => card = Some(value.into()),
                "--board" => board = Some(value),
                _ => return None,
            }
        }
        Some(Self { images: images?, folder: folder?, kaztoken, card, board })
    }
}

/// Why a case failed.
pub(crate) type Outcome = Result<String, String>;

/// The cases so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Report {
    /// Takes what another one counted.
    pub(crate) const fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }

    /// Runs one case and prints what came of it.
    pub(crate) fn case(&mut self, name: impl Display, case: impl FnOnce() -> Outcome) {
        let begun = Instant::now();
        let outcome = case();
        let seconds = begun.elapsed().as_secs_f32();
        match outcome {
            Ok(note) if note.is_empty() => println!("ok {name} ({seconds:.2} s)"),
            Ok(note) => println!("ok {name}: {note} ({seconds:.2} s)"),
            Err(reason) => {
                println!("FAILED {name}: {reason} ({seconds:.2} s)");
                self.failed += 1;
                return;
            }
        }
        self.passed += 1;
    }
}

/// A case's check: `ensure(what.is_right(), || "it is wrong".into())?`.
pub(crate) fn ensure(right: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(otherwise()) }
}

/// An error of anything as a case's reason.
pub(crate) fn reason(error: impl Display) -> String {
    error.to_string()
}
