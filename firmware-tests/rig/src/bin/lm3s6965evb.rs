//! The LM3S6965 evaluation board (Cortex-M3), as QEMU has it.
//!
//! UART0 is the computer, UART1 the card's C7, UART2 its other contacts. Registers: the data sheet of the LM3S6965
//! (5: system control, 12: UART). Run in QEMU only: the pins' functions are not switched over to the UARTs.
#![no_std]
#![no_main]

#[path = "../boards/emulated_board.rs"]
mod emulated_board;
#[path = "../boards/registers.rs"]
mod registers;
#[path = "../boards/systick.rs"]
mod systick;

use emulated_board::{Emulated, Timer};
use kaztoken_core::contact::LineError;
use registers::Register;
use rig::LastResort;
use rig::emulated::{Levels, power_down};
use rig::serial::Port;
use systick::SysTick;

const RCC: Register = Register(0x400F_E060);
const RCGC1: Register = Register(0x400F_E104);

const UARTDR: u32 = 0x000;
const UARTFR: u32 = 0x018;
const UARTIBRD: u32 = 0x024;
const UARTFBRD: u32 = 0x028;
const UARTLCRH: u32 = 0x02C;
const UARTCTL: u32 = 0x030;

const FR_RX_EMPTY: u32 = 1 << 4;
const FR_TX_FULL: u32 = 1 << 5;
const DR_FRAMING: u32 = 1 << 8;
const DR_PARITY: u32 = 1 << 9;
const DR_OVERRUN: u32 = 1 << 11;

const CLOCK: u32 = 50_000_000;
const PATIENCE: u32 = 100_000;

#[derive(Copy, Clone, Debug)]
struct Uart(u32);

const HOST: Uart = Uart(0x4000_C000);
const CARD: Uart = Uart(0x4000_D000);
const LEVELS: Uart = Uart(0x4000_E000);

impl Uart {
    const fn register(self, offset: u32) -> Register {
        Register(self.0 + offset)
    }

    fn start(self) {
        self.register(UARTCTL).write(0);
        // 115,200 baud of 50 MHz: 27 + 8/64.
        self.register(UARTIBRD).write(27);
        self.register(UARTFBRD).write(8);
        // Eight bits, FIFOs.
        self.register(UARTLCRH).write(0b11 << 5 | 1 << 4);
        // RX, TX, the UART.
        self.register(UARTCTL).write(1 << 9 | 1 << 8 | 1);
    }
}

impl Port for Uart {
    fn get(&self) -> Option<Result<u8, LineError>> {
        if self.register(UARTFR).read() & FR_RX_EMPTY != 0 {
            return None;
        }
        let data = self.register(UARTDR).read();
        Some(match data {
            _ if data & DR_PARITY != 0 => Err(LineError::Parity(Some(data as u8))),
            _ if data & DR_FRAMING != 0 => Err(LineError::Framing),
            _ if data & DR_OVERRUN != 0 => Err(LineError::Overrun),
            _ => Ok(data as u8),
        })
    }

    fn put(&self, byte: u8) -> bool {
        let free = self.register(UARTFR).read() & FR_TX_FULL == 0;
        if free {
            self.register(UARTDR).write(byte.into());
        }
        free
    }
}

struct Clock(SysTick);

impl Timer for Clock {
    const NAME: &'static str = "lm3s6965evb";

    fn micros(&mut self) -> u64 {
        self.0.micros()
    }
}

struct Lm3s6965;

impl LastResort for Lm3s6965 {
    fn cut_power() {
        power_down().into_iter().for_each(|byte| try_hard(LEVELS, byte));
    }

    fn say(byte: u8) {
        try_hard(HOST, byte);
    }
}

fn try_hard(uart: Uart, byte: u8) {
    let _ = (0..PATIENCE).any(|_| uart.put(byte));
}

rig::handlers!(Lm3s6965);

#[cortex_m_rt::entry]
fn main() -> ! {
    // The divider in use, the 200 MHz of the PLL by 4: what QEMU makes the processor's clock from.
    RCC.change(0xF << 23, 3 << 23 | 1 << 22);
    RCGC1.change(0, 0b111);
    [HOST, CARD, LEVELS].iter().for_each(|uart| uart.start());
    // SAFETY: the one use of the processor's peripherals, at the very start.
    let processor = unsafe { cortex_m::Peripherals::steal() };
    let levels = Levels::new(LEVELS);
    rig::run(Emulated::new(HOST, CARD, &levels, Clock(SysTick::start(processor.SYST, CLOCK))))
}
