//! Contacts of boards that QEMU emulates: levels as bytes on a port ([`kaztoken_lines`]).

use crate::ring::Ring;
use crate::serial::Port;
use core::cell::Cell;
use core::convert::Infallible;
use core::sync::atomic::{AtomicU8, Ordering};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use kaztoken_core::contact::LineError;
use kaztoken_lines::mux::{self, Joiner, Line};
use kaztoken_lines::{CardLevels, FromCard, ReaderLevels};

/// What was set last, for the end.
static LAST: AtomicU8 = AtomicU8::new(0);

/// What takes the card's power from wherever it stands: reset, then the clock, then power.
#[must_use]
pub fn power_down() -> [u8; 3] {
    let levels = ReaderLevels::from_byte(LAST.load(Ordering::Relaxed)).unwrap_or_default();
    let reset = ReaderLevels { rst: false, ..levels };
    let still = ReaderLevels { clk: false, ..reset };
    [reset, still, ReaderLevels::default()].map(ReaderLevels::to_byte)
}

/// The port with the levels.
#[derive(Debug)]
pub struct Levels<P> {
    port: P,
    reader: Cell<ReaderLevels>,
    card: Cell<CardLevels>,
    to_send: Ring<32>,
}

impl<P: Port> Levels<P> {
    /// Everything off, and no card as long as none was heard of.
    #[must_use]
    pub const fn new(port: P) -> Self {
        let reader = ReaderLevels { vcc: false, rst: false, clk: false };
        let card = CardLevels { present: false, over_current: false, wrong_parity: false };
        Self { port, reader: Cell::new(reader), card: Cell::new(card), to_send: Ring::new() }
    }

    /// Sends what waits and takes what has come.
    ///
    /// # Panics
    /// When the card's end asks for it: that is the one way to see the panic handler at work.
    pub fn pump(&self) {
        while let Some(byte) = self.port.get() {
            match byte.ok().and_then(FromCard::from_byte) {
                Some(FromCard::Levels(levels)) => {
                    self.card.set(levels);
                    self.say();
                }
                Some(FromCard::BreakDown) => break_down(),
                _ => {}
            }
        }
        while let Some(byte) = self.to_send.peek() {
            if !self.port.put(byte) {
                return;
            }
            let _ = self.to_send.pop();
        }
    }

    fn say(&self) {
        let _ = self.to_send.push(self.reader.get().to_byte());
    }

    fn set(&self, change: impl FnOnce(&mut ReaderLevels)) {
        let mut levels = self.reader.get();
        change(&mut levels);
        if levels != self.reader.get() {
            self.reader.set(levels);
            LAST.store(levels.to_byte(), Ordering::Relaxed);
            self.say();
        }
        self.pump();
    }
}

/// The deliberate panic.
#[expect(clippy::panic, reason = "asked for from outside, on emulated boards only")]
#[cold]
fn break_down() -> ! {
    panic!("asked to")
}

/// One contact.
#[derive(Debug)]
pub struct Contact<'l, P> {
    levels: &'l Levels<P>,
    which: Which,
}

#[derive(Copy, Clone, Debug)]
enum Which {
    Vcc,
    Rst,
    Clk,
    Detect,
    OverCurrent,
}

impl<P: Port> Levels<P> {
    /// C1.
    pub const fn vcc(&self) -> Contact<'_, P> {
        Contact { levels: self, which: Which::Vcc }
    }

    /// C2.
    pub const fn rst(&self) -> Contact<'_, P> {
        Contact { levels: self, which: Which::Rst }
    }

    /// C3, high while the clock runs.
    pub const fn clk(&self) -> Contact<'_, P> {
        Contact { levels: self, which: Which::Clk }
    }

    /// The switch in the socket.
    pub const fn detect(&self) -> Contact<'_, P> {
        Contact { levels: self, which: Which::Detect }
    }

    /// The current watch.
    pub const fn over_current(&self) -> Contact<'_, P> {
        Contact { levels: self, which: Which::OverCurrent }
    }
}

impl<P> ErrorType for Contact<'_, P> {
    type Error = Infallible;
}

impl<P: Port> Contact<'_, P> {
    fn drive(&self, high: bool) {
        self.levels.set(|levels| match self.which {
            Which::Vcc => levels.vcc = high,
            Which::Rst => levels.rst = high,
            Which::Clk => levels.clk = high,
            Which::Detect | Which::OverCurrent => {}
        });
    }
}

impl<P: Port> OutputPin for Contact<'_, P> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.drive(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.drive(true);
        Ok(())
    }
}

impl<P: Port> InputPin for Contact<'_, P> {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        // Once in a round of the main loop is enough: every look costs the emulator a lock.
        if matches!(self.which, Which::Detect) {
            self.levels.pump();
        }
        let card = self.levels.card.get();
        let reader = self.levels.reader.get();
        Ok(match self.which {
            Which::Vcc => reader.vcc,
            Which::Rst => reader.rst,
            Which::Clk => reader.clk,
            Which::Detect => card.present,
            Which::OverCurrent => card.over_current,
        })
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// C7: a port whose characters have wrong parity when the levels' port says so.
#[derive(Debug)]
pub struct CardLine<'l, P, L> {
    /// The bytes.
    pub port: P,
    /// What is said of them.
    pub levels: &'l Levels<L>,
}

impl<P: Port, L: Port> Port for CardLine<'_, P, L> {
    fn get(&self) -> Option<Result<u8, LineError>> {
        let byte = self.port.get()?;
        // The card's end has waited until the levels were heard before it sent such a character.
        let levels = self.levels.card.get();
        if levels.wrong_parity {
            self.levels.card.set(CardLevels { wrong_parity: false, ..levels });
            let byte = byte.unwrap_or_default();
            return Some(Err(LineError::Parity(Some(byte))));
        }
        Some(byte)
    }

    fn put(&self, byte: u8) -> bool {
        self.port.put(byte)
    }
}

/// Three lines on a board with one port ([`kaztoken_lines::mux`]).
#[derive(Debug)]
pub struct Mux<P> {
    port: P,
    joiner: Cell<Joiner>,
    received: [Ring<64>; 3],
    to_send: Ring<64>,
}

/// One of them.
#[derive(Debug)]
pub struct Muxed<'m, P> {
    mux: &'m Mux<P>,
    line: Line,
}

impl<P: Port> Mux<P> {
    /// Nothing came yet.
    #[must_use]
    pub const fn new(port: P) -> Self {
        Self {
            port,
            joiner: Cell::new(Joiner::new()),
            received: [const { Ring::new() }; 3],
            to_send: Ring::new(),
        }
    }

    /// One line.
    pub const fn line(&self, line: Line) -> Muxed<'_, P> {
        Muxed { mux: self, line }
    }

    const fn queue(&self, line: Line) -> &Ring<64> {
        let [host, card, levels] = &self.received;
        match line {
            Line::Host => host,
            Line::Card => card,
            Line::Levels => levels,
        }
    }

    fn pump(&self) {
        while let Some(byte) = self.to_send.peek() {
            if !self.port.put(byte) {
                break;
            }
            let _ = self.to_send.pop();
        }
        // What nobody has room for stays in the port; a line that is not read holds up the others.
        while self.received.iter().all(|queue| queue.room() > 0) {
            let Some(half) = self.port.get() else { return };
            let mut joiner = self.joiner.get();
            let whole = half.ok().and_then(|half| joiner.push(half));
            self.joiner.set(joiner);
            if let Some((line, byte)) = whole {
                let _ = self.queue(line).push(byte);
            }
        }
    }
}

impl<P: Port> Port for Muxed<'_, P> {
    fn get(&self) -> Option<Result<u8, LineError>> {
        self.mux.pump();
        self.mux.queue(self.line).pop().map(Ok)
    }

    fn put(&self, byte: u8) -> bool {
        self.mux.pump();
        if self.mux.to_send.room() < 2 {
            return false;
        }
        let done = mux::split(self.line, byte).into_iter().all(|half| self.mux.to_send.push(half));
        self.mux.pump();
        done
    }
}
