//! Many cases in one test: a start of QEMU for each would take longer than the cases. One that fails is
//! named, and the others are run all the same.

use core::fmt;

use crate::console::line;

/// What is wrong, for reading; the end of a longer text is lost.
pub type Wrong = heapless::String<112>;

/// A text as [`Wrong`].
pub fn wrong(text: fmt::Arguments<'_>) -> Wrong {
    use fmt::Write;
    struct Cut(Wrong);
    impl Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                self.0.push(character).map_err(|_| fmt::Error)?;
            }
            Ok(())
        }
    }
    let mut cut = Cut(Wrong::new());
    _ = cut.write_fmt(text);
    cut.0
}

/// The end of a test of which a case failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// Runs cases and remembers whether one failed.
#[derive(Debug, Default)]
#[must_use]
pub struct Cases {
    run: usize,
    failed: usize,
}

impl Cases {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs one case. Its name is printed before, so that it is known when the case does not end.
    pub fn run(&mut self, name: impl fmt::Display, case: impl FnOnce() -> Result<(), Wrong>) {
        line(format_args!("case {name}"));
        self.run += 1;
        if let Err(wrong) = case() {
            line(format_args!("failed {name}: {wrong}"));
            self.failed += 1;
        }
    }

    /// The test's result. `at_least`: fewer cases than that are a failure, too.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn end(self, at_least: usize) -> Result<(), Failed> {
        if self.run < at_least {
            line(format_args!("{} cases only, {at_least} are known", self.run));
            return Err(Failed);
        }
        if self.failed == 0 { Ok(()) } else { Err(Failed) }
    }
}

/// Fails a case unless both are the same.
///
/// # Errors
/// [`Wrong`] with both, of which the beginning is shown.
pub fn same(what: &str, got: &[u8], expected: &[u8]) -> Result<(), Wrong> {
    if got == expected {
        return Ok(());
    }
    Err(wrong(format_args!("{what}: {} instead of {}", Octets(got), Octets(expected))))
}

/// Fails a case unless the condition holds.
///
/// # Errors
/// [`Wrong`] with the text.
pub fn check(condition: bool, what: &str) -> Result<(), Wrong> {
    if condition { Ok(()) } else { Err(wrong(format_args!("{what}"))) }
}

/// Octets for reading: some of the first, and how many there are.
struct Octets<'o>(&'o [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(24).try_for_each(|octet| write!(f, "{octet:02X}"))?;
        if self.0.len() > 24 { write!(f, "... ({})", self.0.len()) } else { Ok(()) }
    }
}
