//! The core as a microcontroller links it: no allocator, no operating system, no Rust standard library.
//!
//! A host at the end of a USB pipe talks to a token that answers from a table: the answer to reset is parsed, the
//! CCID slot machine powers the card and exchanges APDUs. That it links at all proves that nothing in the core
//! allocates; that it ends with status 0 proves that it does what it does on a desktop.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::atr::Atr;
use semihosting::process::exit;

const ATR: [u8; 12] = *b"\x3B\x88\x01KAZTOKEN\x82";

#[cortex_m_rt::entry]
fn main() -> ! {
    exit(match talk() {
        Some(()) => 0,
        None => 1,
    })
}

fn talk() -> Option<()> {
    let atr = Atr::parse(core::hint::black_box(&ATR)).ok()?;
    atr.offers(1).then_some(())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
