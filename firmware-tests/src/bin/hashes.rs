//! What the hashes cost an octet: the difference of two lengths, so that the last block does not count.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::gost::HashAlgorithm;
use kaztoken_firmware_tests::meter::{Meter, print};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    let meter = Meter::start();
    let message = black_box([0x5a; 2048]);
    for (name, algorithm) in
        [("streebog-octet", HashAlgorithm::Streebog256), ("gost-94-octet", HashAlgorithm::Gost94Test)]
    {
        let cost = |length: usize| {
            meter.cost(|| black_box(algorithm).digest(message.get(..length).unwrap_or_default()))
        };
        let (one, two) = (cost(1024), cost(2048));
        print(c"cost ", name, [(two.instructions - one.instructions) / 1024, two.stack]);
    }
    exit(0)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
