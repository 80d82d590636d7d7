//! ARM's MPS2 board with the Cortex-M4 of application note 386, as QEMU has it.
//!
//! UART0 is the computer, UART1 the card's C7, UART2 its other contacts. Registers: ARM DAI 0386 (addresses, the
//! 25 MHz clock), ARM DDI 0479 (the UART of the Cortex-M System Design Kit). Run in QEMU only.
#![no_std]
#![no_main]

#[path = "../boards/cmsdk.rs"]
mod cmsdk;

use cmsdk::{Mps2, Uart, Wiring};

struct An386;

impl Wiring for An386 {
    const NAME: &'static str = "mps2-an386";
    const HOST: Uart = Uart::at(0x4000_4000);
    const CARD: Uart = Uart::at(0x4000_5000);
    const LEVELS: Uart = Uart::at(0x4000_6000);
    const CLOCK: u32 = 25_000_000;
}

rig::handlers!(Mps2<An386>);

#[cortex_m_rt::entry]
fn main() -> ! {
    cmsdk::start::<An386>()
}
