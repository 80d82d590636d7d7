//! What a board gives.

use core::convert::Infallible;
use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal_nb::serial::{Read, Write};
use kaztoken_core::Millis;

use crate::serial::Damaged;

/// A board with a socket for a token. The files in `src/bin` implement it, one each; only they touch registers.
pub trait Board {
    /// Its name.
    const NAME: &'static str;
    /// It is emulated.
    const EMULATED: bool;

    /// The serial port to the computer.
    type Host: Read<u8> + Write<u8>;
    /// C7, the byte line. Characters with wrong parity are told where the hardware sees them, with their byte: a card
    /// of the inverse convention is known by it. Sends and receives one byte at a time, as in 8.3 of ISO 7816-3 with
    /// the direct convention's levels; it never hears itself. `flush`: the last stop bit is out.
    type Card: Read<u8, Error = Damaged> + Write<u8>;
    /// C1: high gives the card its power.
    type Vcc: OutputPin<Error = Infallible>;
    /// C2.
    type Rst: OutputPin<Error = Infallible>;
    /// C3: high lets the clock run, low holds it low.
    type Clk: OutputPin<Error = Infallible>;
    /// High: there is a card.
    type Detect: InputPin<Error = Infallible>;
    /// High: the card draws too much current.
    type OverCurrent: InputPin<Error = Infallible>;

    /// Everything at once: the borrows do not meet.
    fn parts(&mut self) -> Parts<'_, Self>;

    /// Microseconds since some moment before. Called at least every quarter of a second.
    fn micros(&mut self) -> u64;

    /// Called when there was nothing to do. An emulator's other half needs the processor, too.
    fn rest(&mut self) {}

    /// The card's clock in hertz while it runs.
    fn card_clock(&self) -> u32;

    /// One elementary time unit takes this many clock cycles of the card from now on.
    fn set_etu(&mut self, cycles: u32);

    /// C7 has odd parity from now on as the port counts it, or even parity as at the beginning. Where bytes have no
    /// parity there is nothing to do.
    fn set_parity(&mut self, odd: bool);
}

/// A board's parts.
#[derive(Debug)]
pub struct Parts<'b, B: Board + ?Sized> {
    /// The serial port to the computer.
    pub host: &'b mut B::Host,
    /// C7.
    pub card: &'b mut B::Card,
    /// C1.
    pub vcc: &'b mut B::Vcc,
    /// C2.
    pub rst: &'b mut B::Rst,
    /// C3.
    pub clk: &'b mut B::Clk,
    /// The switch in the socket.
    pub detect: &'b mut B::Detect,
    /// The current watch.
    pub over_current: &'b mut B::OverCurrent,
}

/// What a board can do when nothing else can be relied on any more: no state, only registers.
pub trait LastResort {
    /// Takes the token's power: RST low, the clock still, C7 low, VCC off (ISO 7816-3, 6.4).
    fn cut_power();

    /// Sends one byte to the computer; gives up when the port does not take it within a moment.
    fn say(byte: u8);
}

/// A counter that wraps, made into microseconds that do not.
#[derive(Copy, Clone, Debug, Default)]
pub struct Ticks {
    last: u32,
    /// Ticks that are no whole microsecond yet.
    rest: u32,
    micros: u64,
}

impl Ticks {
    /// Nothing counted.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: 0, rest: 0, micros: 0 }
    }

    /// The counter, which counts up and wraps after `mask`, stands at `now`; `per_micro` ticks are a microsecond.
    pub const fn advance(&mut self, now: u32, mask: u32, per_micro: u32) -> u64 {
        let passed = now.wrapping_sub(self.last) & mask;
        self.last = now;
        self.rest = self.rest.saturating_add(passed);
        if let (Some(whole), Some(rest)) =
            (self.rest.checked_div(per_micro), self.rest.checked_rem(per_micro))
        {
            self.micros = self.micros.saturating_add(whole as u64);
            self.rest = rest;
        }
        self.micros
    }
}

/// How long the computer may be silent until the token loses its power.
pub const SILENCE: Millis = Millis(2_000);
