//! What the engine's image does: sessions with scripted readers, each step measured.
//!
//! It is generic over who speaks to the reader, so that an image without the engine holds the same code of it.

use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::{Rung, SHORT_APDU_MESSAGE_LEN};

use crate::meter::{Cost, Meter, print};
use crate::reader::Step;
use crate::scripts;

/// The caller's buffer for messages.
pub type Message = [u8; SHORT_APDU_MESSAGE_LEN];

/// The caller's memory for APDUs.
#[derive(Debug)]
pub struct Apdus {
    /// A command APDU.
    pub command: [u8; 261],
    /// A response APDU.
    pub response: [u8; 300],
    /// The data that was answered to a logical command.
    pub data: [u8; 300],
}

/// Who speaks to one reader with its card. Errors are numbers of steps.
pub trait Host<'m>: Sized {
    /// Bytes that live as long as the connection, beside the buffer for messages.
    const RESIDENT: usize;

    /// Opens the slot.
    fn open(message: &'m mut Message, descriptor: &[u8], script: &'static [Step]) -> Result<Self, i32>;

    /// Power, protocol, speed, block size.
    fn power_on(&mut self) -> Result<(), i32>;

    /// Takes the power.
    fn power_off(&mut self) -> Result<(), i32>;

    /// One command APDU as it is.
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, i32>;

    /// One logical command: bytes of the answer's data, and the status word.
    fn exchange(&mut self, command: &Command<'_>, apdus: &mut Apdus) -> Result<(usize, u16), i32>;

    /// What remains to be done after an error.
    fn rung(&self) -> Option<Rung>;

    /// Has the script been followed to its end?
    fn finished(&self) -> bool;
}

/// What the work is done with.
struct Bench {
    meter: Meter,
    apdus: Apdus,
}

type Work<H> = fn(&mut H, &mut Apdus) -> Result<(), i32>;

/// Does the work once and prints what it took. What is resident is taken for stack, too.
fn measure<'m, H: Host<'m>>(bench: &mut Bench, host: &mut H, work: &[(&str, Work<H>)]) -> Result<(), i32> {
    for (name, work) in work {
        let mut result = Ok(());
        let Cost { instructions, stack } = bench.meter.cost(|| result = work(host, &mut bench.apdus));
        print(c"cost ", name, [instructions, stack.wrapping_add(H::RESIDENT as u32)]);
        result?;
    }
    Ok(())
}

const GET_DATA: Command<'static> = Command::new(0x00, 0xCA, 0x01, 0x81).ne(256);
const SELECT: Command<'static> = Command::new(0x00, 0xA4, 0x00, 0x00).data(b"\x3F\x00").ne(256);
const READ: Command<'static> = Command::new(0x00, 0xB0, 0x00, 0x00).ne(256);
const UPDATE: Command<'static> = Command::new(0x00, 0xD6, 0x00, 0x00).data(&scripts::DATA);
const CHAINED: Command<'static> = UPDATE.data(scripts::CHAINED).ne(256);

/// A logical command, the data that it answers, and 9000.
#[inline(never)]
fn ask<'m, H: Host<'m>>(
    host: &mut H,
    apdus: &mut Apdus,
    command: &Command<'_>,
    expected: &[u8],
) -> Result<(), i32> {
    match host.exchange(command, apdus)? {
        (len, 0x9000) if apdus.data.get(..len) == Some(expected) => Ok(()),
        _ => Err(1),
    }
}

fn serial<'m, H: Host<'m>>(host: &mut H, apdus: &mut Apdus) -> Result<(), i32> {
    ask(host, apdus, &GET_DATA, scripts::SERIAL_NUMBER)
}

/// A command that is not answered; the rung is what remains to be climbed.
fn silence<'m, H: Host<'m>>(host: &mut H, apdus: &mut Apdus, rung: Option<Rung>) -> Result<(), i32> {
    let answered = host.transmit(scripts::GET_DATA, &mut apdus.response).is_ok();
    if answered || host.rung() != rung { Err(2) } else { Ok(()) }
}

/// One session: descriptor, script, and what is done.
type Session<H, const N: usize> = (&'static [u8], &'static [Step], [(&'static str, Work<H>); N]);

fn short<'m, H: Host<'m>>() -> Session<H, 8> {
    (
        &scripts::SHORT,
        scripts::SHORT_SCRIPT,
        [
            ("short-power-on", |host, _| host.power_on()),
            ("short-apdu", serial),
            ("short-long", |host, apdus| ask(host, apdus, &READ, scripts::LONG)),
            ("short-chain", |host, apdus| ask(host, apdus, &UPDATE, &[])),
            ("short-fetch", |host, apdus| ask(host, apdus, &SELECT, scripts::SERIAL_NUMBER)),
            ("short-busy", serial),
            ("short-abort", |host, apdus| silence(host, apdus, None)),
            ("short-after", serial),
        ],
    )
}

fn extended<'m, H: Host<'m>>() -> Session<H, 3> {
    (
        &scripts::EXTENDED,
        scripts::EXTENDED_SCRIPT,
        [
            ("extended-power-on", |host, _| host.power_on()),
            ("extended-apdu", serial),
            ("extended-chain", |host, apdus| {
                let len = host.transmit(&scripts::EXTENDED_COMMAND, &mut apdus.response)?;
                if len == scripts::READ_ANSWER.len() + scripts::SERIAL.len() { Ok(()) } else { Err(3) }
            }),
        ],
    )
}

fn t1<'m, H: Host<'m>>() -> Session<H, 6> {
    (
        &scripts::TPDU,
        scripts::T1_SCRIPT,
        [
            ("t1-power-on", |host, _| host.power_on()),
            ("t1-apdu", serial),
            ("t1-chain", |host, apdus| ask(host, apdus, &CHAINED, scripts::CHAINED_ANSWER)),
            ("t1-abort", |host, apdus| silence(host, apdus, Some(Rung::PowerCycle))),
            ("t1-recovery", |host, _| host.power_on()),
            ("t1-damaged", serial),
        ],
    )
}

fn t0<'m, H: Host<'m>>() -> Session<H, 5> {
    (
        &scripts::TPDU,
        scripts::T0_SCRIPT,
        [
            ("t0-power-on", |host, _| host.power_on()),
            ("t0-apdu", serial),
            ("t0-right-le", |host, apdus| ask(host, apdus, &GET_DATA.ne(20), scripts::SERIAL_NUMBER)),
            ("t0-fetch", |host, apdus| ask(host, apdus, &SELECT, scripts::SERIAL_NUMBER)),
            ("t0-chain", |host, apdus| ask(host, apdus, &UPDATE, &[])),
        ],
    )
}

/// Opens a slot, talks, takes the power, and looks whether the script was followed to its end.
fn session<'m, H: Host<'m>>(
    message: &'m mut Message,
    bench: &mut Bench,
    (descriptor, script): (&[u8], &'static [Step]),
    work: &[(&str, Work<H>)],
) -> Result<(), i32> {
    let mut host = H::open(message, descriptor, script)?;
    measure(bench, &mut host, work)?;
    host.power_off()?;
    if host.finished() { Ok(()) } else { Err(4) }
}

/// All sessions, each with a buffer of its own. The error is 100 times the session and the step's.
pub fn run<'m, H: Host<'m>>(messages: &'m mut [Message; 4]) -> Result<(), i32> {
    let apdus = Apdus { command: [0; 261], response: [0; 300], data: [0; 300] };
    let mut bench = Bench { meter: Meter::start(), apdus };
    let [first, second, third, fourth] = messages;
    let bench = &mut bench;
    let (descriptor, script, work) = short::<H>();
    session(first, bench, (descriptor, script), &work).map_err(|step| 100 + step)?;
    let (descriptor, script, work) = extended::<H>();
    session(second, bench, (descriptor, script), &work).map_err(|step| 200 + step)?;
    let (descriptor, script, work) = t1::<H>();
    session(third, bench, (descriptor, script), &work).map_err(|step| 300 + step)?;
    let (descriptor, script, work) = t0::<H>();
    session(fourth, bench, (descriptor, script), &work).map_err(|step| 400 + step)
}
