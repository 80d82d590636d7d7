//! Whether what a secret is used for costs the same for every secret, on every curve.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::gost::ParameterSet;
use kaztoken_firmware_tests::scheme::equality;
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = ParameterSet::ALL.iter().try_for_each(|set| equality(*set));
    exit(if done.is_some() { 0 } else { 1 })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
