//! The image `token` without the operations: the recorded token, meter and printing.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_firmware_tests::answers::Recorded;
use kaztoken_firmware_tests::meter::{Meter, print};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    let meter = Meter::start();
    let mut link = Recorded::default();
    let mut response = [0; 258];
    let cost =
        meter.cost(|| link.transmit(black_box(b"\x00\xCA\x01\x81\x00"), &mut response, Millis(1)).is_ok());
    print(c"cost ", "nothing", [cost.instructions, cost.stack]);
    print(c"resident ", "nothing", [u32::from(link.finished()), 0]);
    exit(0)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
