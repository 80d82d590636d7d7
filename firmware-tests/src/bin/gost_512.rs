//! What signing and verification with 512 bits cost.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::gost::single::Tc26A512;
use kaztoken_firmware_tests::scheme::sign_and_verify;
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = sign_and_verify::<Tc26A512>(["sign-512", "verify-512"]);
    exit(if done.is_some() { 0 } else { 1 })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
