//! Waiting for the token: elapsed time on the terminal, and Ctrl-C.

use crate::language::say;
use crate::output::note;
use crate::terminal;
use core::ops::ControlFlow;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use kaztoken_core::Millis;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// How often the line is looked at: what is over sooner shows nothing.
const EVERY: Duration = Duration::from_millis(250);

static STOP: AtomicBool = AtomicBool::new(false);
static SHOWN: Mutex<Option<Shown>> = Mutex::new(None);

/// What is being waited for, on the screen.
struct Shown {
    what: String,
    since: Instant,
    seconds: Option<u64>,
    in_place: bool,
}

/// From here on Ctrl-C lets the command under way end cleanly; the second one ends the program at once.
pub(crate) fn watch_for_interrupt() {
    static WATCHING: OnceLock<()> = OnceLock::new();
    WATCHING.get_or_init(|| {
        // Without a handler Ctrl-C ends the program as it always did.
        let _ = ctrlc::set_handler(|| {
            if terminal::restore() {
                eprintln!();
                std::process::exit(130);
            }
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            note(&say!("progress-stopping"));
        });
    });
}

/// As Ctrl-C does: what is under way ends cleanly.
pub(crate) fn stop() {
    STOP.store(true, Ordering::Relaxed);
}

/// Whether the person pressed Ctrl-C.
pub(crate) fn interrupted() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Shows elapsed time as long as it lives.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Dropped, it ends the thread.
    _stop: Option<Sender<()>>,
}

impl Progress {
    /// Begins to show, on a terminal or when `always`.
    pub(crate) fn start(what: &str, always: bool) -> Self {
        watch_for_interrupt();
        let in_place = std::io::stderr().is_terminal();
        if !in_place && !always {
            return Self { _stop: None };
        }
        *lock() = Some(Shown { what: what.to_owned(), since: Instant::now(), seconds: None, in_place });
        let (stop, stopped) = channel();
        // A thread, because not every link says that the token asked for more time.
        std::thread::spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                show();
            }
        });
        Self { _stop: Some(stop) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Shown { in_place: true, seconds: Some(_), .. }) = lock().take() {
            let _ = write!(std::io::stderr().lock(), "\r\x1B[K");
        }
    }
}

/// The wait hook of every link: called several times a second while the token works.
pub(crate) fn on_wait(_: Millis) -> ControlFlow<()> {
    if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Writes the line anew once a second.
fn show() {
    let mut shown = lock();
    let Some(Shown { what, since, seconds, in_place }) = &mut *shown else { return };
    let now = since.elapsed().as_secs();
    if seconds.replace(now) == Some(now) {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    let time = format!("{what} {}:{:02}", now / 60, now % 60);
    let _ = if *in_place { write!(stderr, "\r\x1B[K{time}") } else { writeln!(stderr, "{time}") };
    let _ = stderr.flush();
}

fn lock() -> MutexGuard<'static, Option<Shown>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}
