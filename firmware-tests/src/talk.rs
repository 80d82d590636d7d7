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

/// What is done in one step, and what must come of it.
#[derive(Clone, Copy)]
enum Work {
    /// Power, protocol, speed, block size.
    PowerOn,
    /// A logical command, the data that it answers, and 9000.
    Ask(Command<'static>, &'static [u8]),
    /// A command APDU as it is, and the length of its answer.
    Transmit(&'static [u8], usize),
    /// A command that is not answered; the rung is what remains to be climbed.
    Silence(&'static [u8], Option<Rung>),
}

/// Does the work once and prints what it took.
fn measure<'m, H: Host<'m>>(bench: &mut Bench, host: &mut H, steps: &[(&str, Work)]) -> Result<(), i32> {
    let Bench { meter, apdus } = bench;
    for (name, work) in steps {
        let mut got = Ok((0, 0x9000));
        let Cost { instructions, stack } = match work {
            Work::PowerOn => meter.cost(|| got = host.power_on().map(|()| (0, 0x9000))),
            Work::Ask(command, _) => meter.cost(|| got = host.exchange(command, apdus)),
            Work::Transmit(command, _) | Work::Silence(command, _) => {
                meter.cost(|| got = host.transmit(command, &mut apdus.response).map(|len| (len, 0x9000)))
            }
        };
        print(c"cost ", name, [instructions, stack]);
        let right = match (work, got) {
            (Work::PowerOn, Ok(_)) => true,
            (Work::Ask(_, expected), Ok((len, 0x9000))) => apdus.data.get(..len) == Some(*expected),
            (Work::Transmit(_, expected), Ok((len, _))) => len == *expected,
            (Work::Silence(_, rung), Err(_)) => host.rung() == *rung,
            (Work::Silence(..), Ok(_)) => false,
            (_, Err(step)) => return Err(step),
            (_, Ok(_)) => false,
        };
        if !right {
            return Err(1);
        }
    }
    Ok(())
}

const GET_DATA: Command<'static> = Command::new(0x00, 0xCA, 0x01, 0x81).ne(256);
const SELECT: Command<'static> = Command::new(0x00, 0xA4, 0x00, 0x00).data(b"\x3F\x00").ne(256);
const READ: Command<'static> = Command::new(0x00, 0xB0, 0x00, 0x00).ne(256);
const UPDATE: Command<'static> = Command::new(0x00, 0xD6, 0x00, 0x00).data(&scripts::DATA);
const CHAINED: Command<'static> = UPDATE.data(scripts::CHAINED).ne(256);

const SERIAL: Work = Work::Ask(GET_DATA, scripts::SERIAL_NUMBER);

/// One session: descriptor, script, and what is done.
type Session = (&'static [u8], &'static [Step], &'static [(&'static str, Work)]);

static SHORT: Session = (
    &scripts::SHORT,
    scripts::SHORT_SCRIPT,
    &[
        ("short-power-on", Work::PowerOn),
        ("short-apdu", SERIAL),
        ("short-long", Work::Ask(READ, scripts::LONG)),
        ("short-chain", Work::Ask(UPDATE, &[])),
        ("short-fetch", Work::Ask(SELECT, scripts::SERIAL_NUMBER)),
        ("short-busy", SERIAL),
        ("short-abort", Work::Silence(scripts::GET_DATA, None)),
        ("short-after", SERIAL),
    ],
);

static EXTENDED: Session = (
    &scripts::EXTENDED,
    scripts::EXTENDED_SCRIPT,
    &[
        ("extended-power-on", Work::PowerOn),
        ("extended-apdu", SERIAL),
        (
            "extended-chain",
            Work::Transmit(&scripts::EXTENDED_COMMAND, scripts::READ_ANSWER.len() + scripts::SERIAL.len()),
        ),
    ],
);

static T1: Session = (
    &scripts::TPDU,
    scripts::T1_SCRIPT,
    &[
        ("t1-power-on", Work::PowerOn),
        ("t1-apdu", SERIAL),
        ("t1-chain", Work::Ask(CHAINED, scripts::CHAINED_ANSWER)),
        ("t1-abort", Work::Silence(scripts::GET_DATA, Some(Rung::PowerCycle))),
        ("t1-recovery", Work::PowerOn),
        ("t1-damaged", SERIAL),
    ],
);

static T0: Session = (
    &scripts::TPDU,
    scripts::T0_SCRIPT,
    &[
        ("t0-power-on", Work::PowerOn),
        ("t0-apdu", SERIAL),
        ("t0-right-le", Work::Ask(GET_DATA.ne(20), scripts::SERIAL_NUMBER)),
        ("t0-fetch", Work::Ask(SELECT, scripts::SERIAL_NUMBER)),
        ("t0-chain", Work::Ask(UPDATE, &[])),
    ],
);

/// Opens a slot, talks, takes the power, and looks whether the script was followed to its end.
fn session<'m, H: Host<'m>>(
    message: &'m mut Message,
    bench: &mut Bench,
    (descriptor, script, steps): &Session,
) -> Result<(), i32> {
    let mut host = H::open(message, descriptor, script)?;
    measure(bench, &mut host, steps)?;
    host.power_off()?;
    if host.finished() { Ok(()) } else { Err(4) }
}

/// All sessions, each with a buffer of its own. The error is 100 times the session and the step's.
pub fn run<'m, H: Host<'m>>(messages: &'m mut [Message; 4]) -> Result<(), i32> {
    let apdus = Apdus { command: [0; 261], response: [0; 300], data: [0; 300] };
    let mut bench = Bench { meter: Meter::start(), apdus };
    print(c"resident ", "slot", [H::RESIDENT as u32, 0]);
    let sessions = [&SHORT, &EXTENDED, &T1, &T0];
    for ((message, talk), number) in messages.iter_mut().zip(sessions).zip([100, 200, 300, 400]) {
        session::<H>(message, &mut bench, talk).map_err(|step| number + step)?;
    }
    Ok(())
}
