//! An image that measures nothing: what the start-up code, the meter and the printing take.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_firmware_tests::meter::{Meter, print};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    let cost = Meter::start().cost(|| ());
    print(c"cost ", "nothing", [cost.instructions, cost.stack]);
    exit(0)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
