//! A board of three ports in QEMU: computer, C7, the other contacts.

use rig::emulated::{CardLine, Contact, Levels};
use rig::serial::{Port, Serial};
use rig::{Board, Parts};

/// Cycles of a rest.
const REST: u32 = 1_000;

/// What differs from board to board.
pub trait Timer {
    /// The board's name.
    const NAME: &'static str;

    /// Microseconds since some moment before.
    fn micros(&mut self) -> u64;
}

/// The board.
pub struct Emulated<'l, P, T> {
    host: Serial<P>,
    card: Serial<CardLine<'l, P, P>>,
    vcc: Contact<'l, P>,
    rst: Contact<'l, P>,
    clk: Contact<'l, P>,
    detect: Contact<'l, P>,
    over_current: Contact<'l, P>,
    timer: T,
}

impl<'l, P: Port, T: Timer> Emulated<'l, P, T> {
    /// Takes the ports and the clock.
    pub fn new(host: P, card: P, levels: &'l Levels<P>, timer: T) -> Self {
        Self {
            host: Serial(host),
            card: Serial(CardLine { port: card, levels }),
            vcc: levels.vcc(),
            rst: levels.rst(),
            clk: levels.clk(),
            detect: levels.detect(),
            over_current: levels.over_current(),
            timer,
        }
    }
}

impl<'l, P: Port, T: Timer> Board for Emulated<'l, P, T> {
    const NAME: &'static str = T::NAME;
    const EMULATED: bool = true;

    type Host = Serial<P>;
    type Card = Serial<CardLine<'l, P, P>>;
    type Vcc = Contact<'l, P>;
    type Rst = Contact<'l, P>;
    type Clk = Contact<'l, P>;
    type Detect = Contact<'l, P>;
    type OverCurrent = Contact<'l, P>;

    fn parts(&mut self) -> Parts<'_, Self> {
        Parts {
            host: &mut self.host,
            card: &mut self.card,
            vcc: &mut self.vcc,
            rst: &mut self.rst,
            clk: &mut self.clk,
            detect: &mut self.detect,
            over_current: &mut self.over_current,
        }
    }

    fn micros(&mut self) -> u64 {
        self.timer.micros()
    }

    /// The ports are served by a thread of QEMU's that has to wait as long as this processor asks for registers.
    fn rest(&mut self) {
        cortex_m::asm::delay(REST);
    }

    /// What the clock would be: bytes have no duration on an emulated line.
    fn card_clock(&self) -> u32 {
        4_000_000
    }

    fn set_etu(&mut self, _cycles: u32) {}

    fn set_parity(&mut self, _odd: bool) {}
}
