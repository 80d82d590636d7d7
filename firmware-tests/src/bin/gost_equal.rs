//! Whether what a secret is used for costs the same for every secret, on every curve.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::gost::single::{
    CryptoProA, CryptoProB, CryptoProC, Tc26A256, Tc26A512, Tc26B512, Tc26C512, Test256, Test512,
};
use kaztoken_firmware_tests::scheme::{equality, leak};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    leak();
    let all = [
        equality::<CryptoProA>,
        equality::<CryptoProB>,
        equality::<CryptoProC>,
        equality::<Tc26A256>,
        equality::<Tc26A512>,
        equality::<Tc26B512>,
        equality::<Tc26C512>,
        equality::<Test256>,
        equality::<Test512>,
    ];
    exit(if all.iter().all(|measure| measure().is_some()) { 0 } else { 1 })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
