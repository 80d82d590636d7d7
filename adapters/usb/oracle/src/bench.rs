//! What a stack itself costs: a reader without delay, ours and libccid in turns in one process.

use std::cell::Cell;
use std::convert::Infallible;
use std::ffi::{c_int, c_long};
use std::hint::black_box;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor};
use kaztoken_core::drive::{ApduLink, BulkPipe};

use crate::cases::level;
use crate::device::Read;
use crate::libccid::Driver;
use crate::quick::{Quick, RESPONSE};
use crate::shim::{Reader, reader};

const ROUNDS: usize = 5;
const COMMANDS: u32 = 200_000;
const BUDGET: Millis = Millis(30_000);
const COMMAND: [u8; 5] = [0x00, 0x84, 0x00, 0x00, 0x04];

/// libccid's level of logging; read when it is loaded.
const LOG: &str = "LIBCCID_ifdLogLevel";

/// Behind a lock, as libccid's is.
struct Pipe(Mutex<Quick>);

impl BulkPipe for Pipe {
    type Error = Infallible;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Infallible> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(message);
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Millis) -> Result<Option<usize>, Infallible> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer) {
            Read::Done(len) => Ok(Some(len)),
            _ => Ok(None),
        }
    }
}

#[repr(C)]
#[derive(Default)]
struct Time {
    seconds: c_long,
    nanoseconds: c_long,
}

unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
}

/// Nanoseconds that this thread has run, whatever else the machine does.
fn processor_time() -> u64 {
    const CLOCK_THREAD_CPUTIME_ID: c_int = 3;
    let mut time = Time::default();
    // SAFETY: the time is written to, and has the layout of `struct timespec` of 64-bit Linux.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanoseconds as u64
}

fn nanoseconds(mut transmit: impl FnMut(&mut [u8]) -> usize) -> f64 {
    let mut response = [0; 258];
    let start = processor_time();
    for _ in 0..COMMANDS {
        let len = transmit(&mut response);
        assert_eq!(black_box(&response[..len]), RESPONSE);
    }
    (processor_time() - start) as f64 / f64::from(COMMANDS)
}

fn median(mut times: [f64; ROUNDS]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn open<C: FnMut() -> Millis>(class: [u8; 54], clock: C) -> Result<CcidLink<Pipe, C>, String> {
    let parsed = ClassDescriptor::parse(&class).map_err(|error| error.to_string())?;
    CcidLink::open(Pipe(Mutex::new(Quick::new(class))), clock, &parsed).map_err(|error| error.to_string())
}

/// Nanoseconds of ours, of ours with the system's clock, of libccid; and how often ours reads the clock.
fn measure(class: [u8; 54]) -> Result<([f64; 3], u64), String> {
    let reads = Cell::new(0);
    let mut alone = open(class, || {
        reads.set(reads.get() + 1);
        Millis(0)
    })?;
    let start = Instant::now();
    let mut timed = open(class, || Millis(start.elapsed().as_millis() as u64))?;
    *reader() = Reader::Quick(Quick::new(class));
    let driver = Driver::load()?;
    let opened = driver.create().and_then(|()| driver.power_up()).and_then(|_| driver.set_protocol(1));
    opened.map_err(|code| format!("libccid: {code}"))?;
    let mut rounds = [[0.0; 3]; ROUNDS];
    reads.set(0);
    for times in &mut rounds {
        *times = [
            nanoseconds(|response| alone.transmit(&COMMAND, response, BUDGET).unwrap_or(0)),
            nanoseconds(|response| timed.transmit(&COMMAND, response, BUDGET).unwrap_or(0)),
            nanoseconds(|response| driver.transmit(1, &COMMAND, response).unwrap_or(0)),
        ];
    }
    driver.close();
    let medians = [0, 1, 2].map(|stack| median(rounds.map(|times| times[stack])));
    Ok((medians, reads.get() / (u64::from(COMMANDS) * ROUNDS as u64)))
}

/// Prints the table.
pub(crate) fn run() -> Result<bool, String> {
    if std::env::var_os(LOG).is_none() {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        return Err(Command::new(program).arg("--bench").env(LOG, "0").exec().to_string());
    }
    let version = crate::libccid::version().unwrap_or_default();
    println!(
        "nanoseconds of the processor for one command and its response of 6 bytes; reader without delay; medians of {ROUNDS};"
    );
    println!("libccid without logging\n");
    println!("| level | ours | ours, system clock | libccid {version} | libccid : ours | with clock |");
    println!("|---|---|---|---|---|---|");
    let mut reads = 0;
    for (name, words) in [("short APDU", "short"), ("TPDU, T=1", "tpdu")] {
        let ([alone, timed, libccid], count) = measure(level(words)?)?;
        let (ratio, with_clock) = (libccid / alone, libccid / timed);
        println!("| {name} | {alone:.0} | {timed:.0} | {libccid:.0} | {ratio:.2} | {with_clock:.2} |");
        reads = count;
    }
    println!("\nOurs reads the clock {reads} times for each command.");
    Ok(true)
}
