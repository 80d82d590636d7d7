//! What is on the contacts: levels, characters, conventions.
//!
//! A serial port counts state Z (high) as 1 and takes the first bit as the lowest. So does the direct
//! convention. In the inverse one state A (low) is 1, and the first bit is the highest (ISO/IEC 7816-3, 7.3
//! and 8.1): the port delivers each byte with its bits turned round and inverted. TS is then 3F, and the port
//! sees 03.
//!
//! The parity bit makes the number of logical ones even, in nine bits. In the inverse convention these are
//! the low ones; an even number of nine low leaves an odd number high, so that a port set to even parity
//! takes every good character for a wrong one. The machine asks for odd parity as soon as it knows
//! ([`Parity`]).

/// VCC, RST and CLK. All off is a card without power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Levels {
    /// C1 has voltage.
    pub vcc: bool,
    /// C2 is high.
    pub rst: bool,
    /// C3 has the clock. Off = low.
    pub clk: bool,
}

impl Levels {
    /// No power.
    pub const OFF: Self = Self { vcc: false, rst: false, clk: false };

    /// One contact nearer to no power, in the order of 6.4: RST, CLK, VCC.
    #[must_use]
    pub(super) const fn towards_off(self) -> Self {
        match self {
            Self { rst: true, .. } => Self { rst: false, ..self },
            Self { clk: true, .. } => Self { clk: false, ..self },
            _ => Self::OFF,
        }
    }
}

/// Which parity the serial port is to check and send, as the port counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Parity {
    /// The direct convention.
    #[default]
    Even,
    /// The inverse convention.
    Odd,
}

/// What was wrong with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LineError {
    /// Wrong parity; with the byte, where the port tells it. Without it no card of the inverse convention can
    /// be recognized.
    Parity(Option<u8>),
    /// No stop bit.
    Framing,
    /// Characters were lost.
    Overrun,
}

/// From the inverse convention to what a port sees, or back.
#[must_use]
pub const fn inverse(byte: u8) -> u8 {
    !byte.reverse_bits()
}
