//! Boards with the UART of ARM's Cortex-M System Design Kit (ARM DDI 0479, 4.3).

#[path = "emulated_board.rs"]
mod emulated_board;
#[path = "registers.rs"]
mod registers;
#[path = "systick.rs"]
mod systick;

use core::marker::PhantomData;
use emulated_board::{Emulated, Timer};
use kaztoken_core::contact::LineError;
use registers::Register;
use rig::LastResort;
use rig::emulated::{Levels, power_down};
use rig::serial::Port;
use systick::SysTick;

const DATA: u32 = 0x000;
const STATE: u32 = 0x004;
const CTRL: u32 = 0x008;
const BAUDDIV: u32 = 0x010;

const STATE_TX_FULL: u32 = 1 << 0;
const STATE_RX_FULL: u32 = 1 << 1;
/// RX and TX.
const CTRL_ENABLE: u32 = 0b11;

/// How often a last word is tried.
const PATIENCE: u32 = 100_000;

/// One UART.
#[derive(Copy, Clone, Debug)]
pub struct Uart(u32);

impl Uart {
    /// The one at this address.
    pub const fn at(base: u32) -> Self {
        Self(base)
    }

    const fn register(self, offset: u32) -> Register {
        Register(self.0 + offset)
    }

    fn start(self, divider: u32) {
        self.register(BAUDDIV).write(divider);
        self.register(CTRL).write(CTRL_ENABLE);
    }
}

impl Port for Uart {
    fn get(&self) -> Option<Result<u8, LineError>> {
        if self.register(STATE).read() & STATE_RX_FULL == 0 {
            return None;
        }
        Some(Ok(self.register(DATA).read() as u8))
    }

    fn put(&self, byte: u8) -> bool {
        let free = self.register(STATE).read() & STATE_TX_FULL == 0;
        if free {
            self.register(DATA).write(byte.into());
        }
        free
    }
}

/// What differs between the boards.
pub trait Wiring {
    /// The board's name.
    const NAME: &'static str;
    /// To the computer.
    const HOST: Uart;
    /// C7.
    const CARD: Uart;
    /// The other contacts.
    const LEVELS: Uart;
    /// The processor's clock in hertz.
    const CLOCK: u32;
}

/// A board, for what needs no state.
pub struct Mps2<W>(PhantomData<W>);

impl<W: Wiring> LastResort for Mps2<W> {
    fn cut_power() {
        power_down().into_iter().for_each(|byte| try_hard(W::LEVELS, byte));
    }

    fn say(byte: u8) {
        try_hard(W::HOST, byte);
    }
}

fn try_hard(uart: Uart, byte: u8) {
    let _ = (0..PATIENCE).any(|_| uart.put(byte));
}

struct Clock<W>(SysTick, PhantomData<W>);

impl<W: Wiring> Timer for Clock<W> {
    const NAME: &'static str = W::NAME;

    fn micros(&mut self) -> u64 {
        self.0.micros()
    }
}

/// Starts the board and serves.
pub fn start<W: Wiring>() -> ! {
    // The divider of 115,200 baud.
    let divider = W::CLOCK / 115_200;
    [W::HOST, W::CARD, W::LEVELS].iter().for_each(|uart| uart.start(divider));
    // SAFETY: the one use of the processor's peripherals, at the very start.
    let processor = unsafe { cortex_m::Peripherals::steal() };
    let clock = Clock::<W>(SysTick::start(processor.SYST, W::CLOCK), PhantomData);
    let levels = Levels::new(W::LEVELS);
    rig::run(Emulated::new(W::HOST, W::CARD, &levels, clock))
}
