//! ARM's MPS2+ board with the Cortex-M33 of application note 505, as QEMU has it; everything is secure.
//!
//! UART0 is the computer, UART1 the card's C7, UART2 its other contacts. Registers: ARM DAI 0505 (the secure
//! addresses, the 20 MHz clock), ARM DDI 0479 (the UART of the Cortex-M System Design Kit). Run in QEMU only.
#![no_std]
#![no_main]

#[path = "../boards/cmsdk.rs"]
mod cmsdk;

use cmsdk::{Mps2, Uart, Wiring};

struct An505;

impl Wiring for An505 {
    const NAME: &'static str = "mps2-an505";
    const HOST: Uart = Uart::at(0x5020_0000);
    const CARD: Uart = Uart::at(0x5020_1000);
    const LEVELS: Uart = Uart::at(0x5020_2000);
    const CLOCK: u32 = 20_000_000;
}

rig::handlers!(Mps2<An505>);

#[cortex_m_rt::entry]
fn main() -> ! {
    cmsdk::start::<An505>()
}
