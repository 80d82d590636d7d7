//! T=0 alone: TPDUs for a line of one's own, as a rig with the card's contacts uses them.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::tpdu::t0::{Step, T0};
use kaztoken_firmware_tests::meter::{Meter, print};
use semihosting::process::exit;

/// GET DATA for the serial number with a wrong length: the card names the right one, then answers.
const COMMAND: &[u8] = b"\x00\xCA\x01\x81\x14";
const RIGHT_LENGTH: &[u8] = b"\x6C\x08";
const ANSWER: &[u8] = b"\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00";

#[cortex_m_rt::entry]
fn main() -> ! {
    let meter = Meter::start();
    let mut machine = T0::new(black_box(0x00));
    let (mut tpdu, mut response) = ([0; 260], [0; 258]);
    let mut steps = None;
    let cost = meter.cost(|| steps = exchange(&mut machine, &mut tpdu, &mut response));
    print(c"cost ", "t0-alone", [cost.instructions, cost.stack]);
    exit(if matches!(steps, Some([Step::Send, Step::Done(10)])) { 0 } else { 1 })
}

/// One command, with its length put right in between.
#[inline(never)]
fn exchange(machine: &mut T0, tpdu: &mut [u8], response: &mut [u8]) -> Option<[Step; 2]> {
    machine.exchange(black_box(COMMAND)).ok()?;
    black_box(machine.tpdu(COMMAND, tpdu));
    let first = machine.handle_answer(black_box(RIGHT_LENGTH), COMMAND, response);
    black_box(machine.tpdu(COMMAND, tpdu));
    Some([first, machine.handle_answer(black_box(ANSWER), COMMAND, response)])
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
