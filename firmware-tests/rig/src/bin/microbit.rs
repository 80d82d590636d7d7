//! The BBC micro:bit (nRF51822, Cortex-M0, 16 KB of RAM), as QEMU has it.
//!
//! It has one UART, so the computer, C7 and the other contacts share it ([`kaztoken_lines::mux`]). Registers: nRF51
//! Series Reference Manual 3.0 (17: timers, 29: UART). Run in QEMU only.
#![no_std]
#![no_main]

#[path = "../boards/emulated_board.rs"]
mod emulated_board;
#[path = "../boards/registers.rs"]
mod registers;

use core::cell::Cell;
use emulated_board::{Emulated, Timer};
use kaztoken_core::contact::LineError;
use kaztoken_lines::mux::{Line, split};
use registers::Register;
use rig::emulated::{Levels, Mux, Muxed, power_down};
use rig::serial::Port;
use rig::{LastResort, Ticks};

const UART_STARTRX: Register = Register(0x4000_2000);
const UART_STARTTX: Register = Register(0x4000_2008);
const UART_RXDRDY: Register = Register(0x4000_2108);
const UART_TXDRDY: Register = Register(0x4000_211C);
const UART_ENABLE: Register = Register(0x4000_2500);
const UART_PSELTXD: Register = Register(0x4000_250C);
const UART_PSELRXD: Register = Register(0x4000_2514);
const UART_RXD: Register = Register(0x4000_2518);
const UART_TXD: Register = Register(0x4000_251C);
const UART_BAUDRATE: Register = Register(0x4000_2524);

const TIMER0_START: Register = Register(0x4000_8000);
const TIMER0_CAPTURE0: Register = Register(0x4000_8040);
const TIMER0_BITMODE: Register = Register(0x4000_8508);
const TIMER0_PRESCALER: Register = Register(0x4000_8510);
const TIMER0_CC0: Register = Register(0x4000_8540);

const PATIENCE: u32 = 100_000;

#[derive(Debug)]
struct Uart {
    sending: Cell<bool>,
}

impl Uart {
    fn start() -> Self {
        // The lines to the micro:bit's USB chip.
        UART_PSELTXD.write(24);
        UART_PSELRXD.write(25);
        // 115,200 baud.
        UART_BAUDRATE.write(0x01D7_E000);
        UART_ENABLE.write(4);
        UART_STARTTX.write(1);
        UART_STARTRX.write(1);
        Self { sending: Cell::new(false) }
    }
}

impl Port for Uart {
    fn get(&self) -> Option<Result<u8, LineError>> {
        if UART_RXDRDY.read() == 0 {
            return None;
        }
        UART_RXDRDY.write(0);
        Some(Ok(UART_RXD.read() as u8))
    }

    fn put(&self, byte: u8) -> bool {
        if self.sending.get() && UART_TXDRDY.read() == 0 {
            return false;
        }
        UART_TXDRDY.write(0);
        UART_TXD.write(byte.into());
        self.sending.set(true);
        true
    }
}

struct Clock(Ticks);

impl Clock {
    fn start() -> Self {
        // 32 bits, 16 MHz by 2 to the 4th.
        TIMER0_BITMODE.write(3);
        TIMER0_PRESCALER.write(4);
        TIMER0_START.write(1);
        Self(Ticks::new())
    }
}

impl Timer for Clock {
    const NAME: &'static str = "microbit";

    fn micros(&mut self) -> u64 {
        TIMER0_CAPTURE0.write(1);
        self.0.advance(TIMER0_CC0.read(), u32::MAX, 1)
    }
}

struct Microbit;

impl LastResort for Microbit {
    fn cut_power() {
        power_down().into_iter().for_each(|byte| try_hard(Line::Levels, byte));
    }

    fn say(byte: u8) {
        try_hard(Line::Host, byte);
    }
}

fn try_hard(line: Line, byte: u8) {
    for half in split(line, byte) {
        let _ = (0..PATIENCE).any(|_| UART_TXDRDY.read() != 0);
        UART_TXDRDY.write(0);
        UART_TXD.write(half.into());
    }
}

rig::handlers!(Microbit);

#[cortex_m_rt::entry]
fn main() -> ! {
    let mux = Mux::new(Uart::start());
    let levels: Levels<Muxed<'_, Uart>> = Levels::new(mux.line(Line::Levels));
    rig::run(Emulated::new(mux.line(Line::Host), mux.line(Line::Card), &levels, Clock::start()))
}
