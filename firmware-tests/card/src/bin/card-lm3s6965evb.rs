//! The LM3S6965 evaluation board (Cortex-M3), as QEMU has it: the smallest that the token fits into.
//!
//! UART0 is C7, UART1 the other contacts. Registers and interrupts: the data sheet of the LM3S6965 (2: interrupts, 5:
//! system control, 12: UART). Run in QEMU only: the pins' functions are not switched over to the UARTs.
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

/// After a reset: the internal oscillator.
const CLOCK: u32 = 12_000_000;
/// UART0 and UART1.
const INTERRUPTS: [u16; 2] = [5, 6];
const LINE: Uart = Uart(0x4000_C000);
const LEVELS: Uart = Uart(0x4000_D000);
/// For the allocator, and for the token's files: see the other board.
const HEAP: usize = 40 * 1024;
const MEMORY: u32 = 4 * 1024;

const RCGC1: Register = Register(0x400F_E104);

const UARTDR: u32 = 0x000;
const UARTFR: u32 = 0x018;
const UARTIBRD: u32 = 0x024;
const UARTFBRD: u32 = 0x028;
const UARTLCRH: u32 = 0x02C;
const UARTCTL: u32 = 0x030;
const UARTIM: u32 = 0x038;
const UARTICR: u32 = 0x044;

const FR_RX_EMPTY: u32 = 1 << 4;
const FR_TX_FULL: u32 = 1 << 5;
/// Something was received, or waits for more.
const RECEIVED: u32 = 1 << 4 | 1 << 6;

/// One UART.
#[derive(Copy, Clone, Debug)]
struct Uart(u32);

impl Uart {
    const fn register(self, offset: u32) -> Register {
        Register(self.0 + offset)
    }

    fn start(self) {
        // Clocks for UART0 and UART1.
        RCGC1.change(0, 0b11);
        self.register(UARTCTL).write(0);
        // 115,200 baud of 12 MHz: 6 + 33/64.
        self.register(UARTIBRD).write(6);
        self.register(UARTFBRD).write(33);
        // Eight bits, FIFOs.
        self.register(UARTLCRH).write(0b11 << 5 | 1 << 4);
        self.register(UARTIM).write(RECEIVED);
        // RX, TX, the UART.
        self.register(UARTCTL).write(1 << 9 | 1 << 8 | 1);
    }

    fn acknowledge(self) {
        self.register(UARTICR).write(RECEIVED);
    }
}

impl Port for Uart {
    fn get(&self) -> Option<u8> {
        let there = self.register(UARTFR).read() & FR_RX_EMPTY == 0;
        there.then(|| self.register(UARTDR).read() as u8)
    }

    fn put(&self, byte: u8) -> bool {
        let free = self.register(UARTFR).read() & FR_TX_FULL == 0;
        if free {
            self.register(UARTDR).write(byte.into());
        }
        free
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    running::run(Model::Kaztoken)
}
