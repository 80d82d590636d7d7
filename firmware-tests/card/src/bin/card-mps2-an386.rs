//! ARM's MPS2 board with the Cortex-M4 of application note 386, as QEMU has it.
//!
//! UART0 is C7, UART1 the other contacts. Registers and interrupts: ARM DAI 0386 (addresses, the 25 MHz clock, the
//! interrupts 0 to 3), ARM DDI 0479 (the UART of the Cortex-M System Design Kit). Run in QEMU only.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../../rig/src/boards/registers.rs"]
mod registers;
#[path = "../boards/running.rs"]
mod running;

use card::chip::Port;
use kaztoken_virtual::Model;
use registers::Register;

const CLOCK: u32 = 25_000_000;
/// UART0 and UART1, receive.
const INTERRUPTS: [u16; 2] = [0, 2];
const LINE: Uart = Uart(0x4000_4000);
const LEVELS: Uart = Uart(0x4000_5000);
/// For the allocator, and for the token's files. A file takes 32 bytes of the latter at least, and up to 140 of the
/// former; while one is changed, all are there twice.
const HEAP: usize = 160 * 1024;
const MEMORY: u32 = 16 * 1024;

const DATA: u32 = 0x000;
const STATE: u32 = 0x004;
const CTRL: u32 = 0x008;
const INTCLEAR: u32 = 0x00C;
const BAUDDIV: u32 = 0x010;

const STATE_TX_FULL: u32 = 1 << 0;
const STATE_RX_FULL: u32 = 1 << 1;
/// TX, RX, the interrupt of RX.
const CTRL_ENABLE: u32 = 1 << 0 | 1 << 1 | 1 << 3;

/// One UART.
#[derive(Copy, Clone, Debug)]
struct Uart(u32);

impl Uart {
    const fn register(self, offset: u32) -> Register {
        Register(self.0 + offset)
    }

    fn start(self) {
        self.register(BAUDDIV).write(CLOCK / 115_200);
        self.register(CTRL).write(CTRL_ENABLE);
    }

    fn acknowledge(self) {
        self.register(INTCLEAR).write(0b11);
    }
}

impl Port for Uart {
    fn get(&self) -> Option<u8> {
        let full = self.register(STATE).read() & STATE_RX_FULL != 0;
        full.then(|| self.register(DATA).read() as u8)
    }

    fn put(&self, byte: u8) -> bool {
        let free = self.register(STATE).read() & STATE_TX_FULL == 0;
        if free {
            self.register(DATA).write(byte.into());
        }
        free
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    running::run(Model::Kaztoken)
}
