//! What a stack itself costs: a reader without delay, ours and libccid in turns in one process.

use std::convert::Infallible;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Instant;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkOptions};
use kaztoken_core::drive::{ApduLink, BulkPipe};

use crate::cases::level;
use crate::device::Read;
use crate::libccid::Driver;
use crate::quick::{Quick, RESPONSE};
use crate::shim::{Reader, reader};

const ROUNDS: usize = 5;
const COMMANDS: u32 = 200_000;
const COMMAND: [u8; 5] = [0x00, 0x84, 0x00, 0x00, 0x04];

/// libccid's level of logging; read when it is loaded.
const LOG: &str = "LIBCCID_ifdLogLevel";

struct Pipe(Quick);

impl BulkPipe for Pipe {
    type Error = Infallible;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Infallible> {
        self.0.write(message);
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Millis) -> Result<Option<usize>, Infallible> {
        match self.0.read(buffer) {
            Read::Done(len) => Ok(Some(len)),
            _ => Ok(None),
        }
    }
}

fn nanoseconds(mut transmit: impl FnMut(&mut [u8]) -> usize) -> f64 {
    let mut response = [0; 258];
    let start = Instant::now();
    for _ in 0..COMMANDS {
        let len = transmit(&mut response);
        assert_eq!(black_box(&response[..len]), RESPONSE);
    }
    start.elapsed().as_nanos() as f64 / f64::from(COMMANDS)
}

fn median(mut times: [f64; ROUNDS]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn measure(class: [u8; 54]) -> Result<(f64, f64), String> {
    let parsed = ClassDescriptor::parse(&class).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let clock = move || Millis(start.elapsed().as_millis() as u64);
    let go_on = |_| ControlFlow::Continue(());
    let mut link =
        CcidLink::open_with(Pipe(Quick::new(class)), clock, &parsed, LinkOptions::default(), go_on)
            .map_err(|error| error.to_string())?;
    *reader() = Reader::Quick(Quick::new(class));
    let driver = Driver::load()?;
    let opened = driver.create().and_then(|()| driver.power_up()).and_then(|_| driver.set_protocol(1));
    opened.map_err(|code| format!("libccid: {code}"))?;
    let (mut ours, mut libccid) = ([0.0; ROUNDS], [0.0; ROUNDS]);
    for (ours, libccid) in ours.iter_mut().zip(&mut libccid) {
        *ours = nanoseconds(|response| link.transmit(&COMMAND, response, Millis(30_000)).unwrap_or(0));
        *libccid = nanoseconds(|response| driver.transmit(1, &COMMAND, response).unwrap_or(0));
    }
    driver.close();
    Ok((median(ours), median(libccid)))
}

/// Prints the table.
pub(crate) fn run() -> Result<bool, String> {
    if std::env::var_os(LOG).is_none() {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        return Err(Command::new(program).arg("--bench").env(LOG, "0").exec().to_string());
    }
    let version = crate::libccid::version().unwrap_or_default();
    println!("one command with a response of 6 bytes, reader without delay, median of {ROUNDS}\n");
    println!("| level | ours, ns | libccid {version}, ns | libccid : ours |\n|---|---|---|---|");
    for (name, words) in [("short APDU", "short"), ("TPDU, T=1", "tpdu")] {
        let (ours, libccid) = measure(level(words)?)?;
        println!("| {name} | {ours:.0} | {libccid:.0} | {:.2} |", libccid / ours);
    }
    Ok(true)
}
