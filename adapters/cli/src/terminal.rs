//! Asking at the terminal without showing what is typed.

use std::io;

/// Asks for one line that is not shown. Ctrl-C meanwhile ends the program with exit code 130 and the terminal as it
/// was: nothing has been sent when a PIN is asked for.
pub(crate) fn ask_hidden(prompt: &str) -> io::Result<String> {
    #[cfg(unix)]
    let _kept = unix::keep();
    rpassword::prompt_password(prompt)
}

/// Puts the terminal back when something is being asked. Whether it was.
pub(crate) fn restore() -> bool {
    #[cfg(unix)]
    return unix::restore();
    #[cfg(not(unix))]
    return false;
}

#[cfg(unix)]
mod unix {
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::fs::File;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// The terminal and its settings from before the question.
    static BEFORE: Mutex<Option<(File, Termios)>> = Mutex::new(None);

    /// Puts the settings back when the question is over, however it ended.
    pub(super) struct Kept;

    impl Drop for Kept {
        fn drop(&mut self) {
            restore();
        }
    }

    pub(super) fn keep() -> Kept {
        *lock() = File::options().read(true).write(true).open("/dev/tty").ok().and_then(|terminal| {
            let settings = tcgetattr(&terminal).ok()?;
            Some((terminal, settings))
        });
        Kept
    }

    pub(super) fn restore() -> bool {
        let before = lock().take();
        if let Some((terminal, settings)) = &before {
            let _ = tcsetattr(terminal, OptionalActions::Now, settings);
        }
        before.is_some()
    }

    fn lock() -> MutexGuard<'static, Option<(File, Termios)>> {
        BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
