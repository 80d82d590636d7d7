//! The core as a microcontroller links it: no allocator, no operating system, no Rust standard library.
//!
//! A host at the end of a USB pipe talks to a token that answers from a table: the answer to reset is parsed, the
//! CCID slot machine powers the card and exchanges APDUs. That it links at all proves that nothing in the core
//! allocates; that it ends with status 0 proves that it does what it does on a desktop.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor};
use kaztoken_core::drive::ApduLink;
use kaztoken_firmware_tests::{CLASS_DESCRIPTOR, Device};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    exit(talk().map_or_else(|step| step, |()| 0))
}

/// The number of the step that went wrong.
fn talk() -> Result<(), i32> {
    let mut now = 0;
    let clock = || {
        now += 1;
        Millis(now)
    };
    let descriptor = ClassDescriptor::parse(black_box(&CLASS_DESCRIPTOR)).map_err(|_| 1)?;
    let mut link = CcidLink::open(Device::default(), clock, &descriptor).map_err(|_| 2)?;
    if !link.atr().map_err(|_| 3)?.offers(1) {
        return Err(4);
    }
    let mut answer = [0; 258];
    let length = link.transmit(b"\x00\xCA\x01\x81\x00", &mut answer, Millis(1000)).map_err(|_| 5)?;
    if answer.get(..length) != Some(b"\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00".as_slice()) {
        return Err(6);
    }
    Ok(())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
