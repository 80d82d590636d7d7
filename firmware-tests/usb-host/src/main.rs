//! The token on a USB host without an operating system: QEMU's raspi2b.
//!
//! From below: our driver of the DWC2 controller (`registers`, `channel`, `controller`, `pipe`), embassy's
//! host stack, which enumerates, an adapter of its pipes (`token`), the core's CCID engine, the core's
//! conversations. Started by `cargo xtask rig usb-host`; the first argument names what is to be checked
//! (`checks`). What it prints goes through semihosting, as does its exit status: 0, or 1 when a check failed.
//!
//! Never run on hardware: on a real board the caches, which are off here, and the port's power switch would
//! want care.
#![no_std]
#![no_main]

mod board;
mod channel;
mod checks;
mod controller;
mod pipe;
mod registers;
mod report;
mod token;

use core::panic::PanicInfo;

use semihosting::println;
use semihosting::process::exit;

/// Called by the start code with stack and cleared memory.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    let arguments = semihosting::experimental::env::args::<256>();
    let scenario = match &arguments {
        Ok(arguments) => arguments.into_iter().nth(1).and_then(Result::ok).unwrap_or("token"),
        Err(_) => "token",
    };
    exit(embassy_futures::block_on(checks::run(scenario)));
}

/// Nothing of ours panics; embassy's stack has checks of its own.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("FAILED {info}");
    exit(101)
}
