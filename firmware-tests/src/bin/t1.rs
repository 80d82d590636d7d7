//! T=1 alone: blocks for a line of one's own, as a rig with the card's contacts uses them.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::tpdu::t1::{MAX_BLOCK_LEN, Step, T1};
use kaztoken_firmware_tests::meter::{Meter, print};
use semihosting::process::exit;

/// GET DATA for the serial number, and what the card answers to it: I(0,0) with the number and 9000.
const COMMAND: &[u8] = b"\x00\xCA\x01\x81\x00";
const ANSWER: &[u8] = b"\x00\x00\x0A\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00\x4B";

#[cortex_m_rt::entry]
fn main() -> ! {
    let meter = Meter::start();
    let mut machine = T1::new(black_box(254));
    let (mut block, mut response) = ([0; MAX_BLOCK_LEN], [0; 258]);
    let mut step = None;
    let cost = meter.cost(|| step = exchange(&mut machine, &mut block, &mut response));
    print(c"cost ", "t1-alone", [cost.instructions, cost.stack]);
    // Silence and noise are answered, too.
    black_box((machine.handle_silence(), machine.handle_corruption()));
    exit(if matches!(step, Some(Step::Done(10))) { 0 } else { 1 })
}

/// One command and its answer.
#[inline(never)]
fn exchange(machine: &mut T1, block: &mut [u8], response: &mut [u8]) -> Option<Step> {
    machine.exchange(black_box(COMMAND)).ok()?;
    black_box(machine.block(COMMAND, block));
    Some(machine.handle_block(black_box(ANSWER), response))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
