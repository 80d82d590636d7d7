//! How the contacts of a card travel between emulated boards.
//!
//! An emulated UART moves bytes and nothing else: no parity, and none of the other contacts. So the byte line C7
//! is one serial port, and everything else about the contacts is bytes on a second one, in both directions.
//! Each byte stands for itself and says everything, so nothing is lost when one end starts later than the other.
//!
//! ```text
//! reader to card   0100 0crv    v VCC (C1)   r RST (C2)   c the clock runs (C3)
//! card to reader   1000 0pod    d a card is there   o it draws too much current
//!                               p the next character on C7 has wrong parity
//! card to reader   1111 1111    break down: the reader's firmware shall panic, so that a test sees how it does
//! ```
//!
//! The reader answers every byte of the card's with its own levels. The card waits for that before it sends the
//! character with wrong parity: the two ports have no order between them otherwise.
//!
//! [`mux`] is for boards with a single serial port.
#![no_std]
#![forbid(unsafe_code)]

pub mod mux;

/// What the reader does with the contacts.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct ReaderLevels {
    /// C1: the card has power.
    pub vcc: bool,
    /// C2: reset is high, the card runs.
    pub rst: bool,
    /// C3: the clock runs.
    pub clk: bool,
}

impl ReaderLevels {
    const MARK: u8 = 0x40;

    /// As it is sent.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        Self::MARK | self.vcc as u8 | (self.rst as u8) << 1 | (self.clk as u8) << 2
    }

    /// Reads it. `None`: another byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        if byte & !7 != Self::MARK {
            return None;
        }
        Some(Self { vcc: byte & 1 != 0, rst: byte & 2 != 0, clk: byte & 4 != 0 })
    }
}

/// What the card, or the socket that it sits in, does.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CardLevels {
    /// A card is there.
    pub present: bool,
    /// It draws more current than it may.
    pub over_current: bool,
    /// The next character on C7 has wrong parity. Only that one.
    pub wrong_parity: bool,
}

/// What a byte from the card's end says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FromCard {
    /// The levels.
    Levels(CardLevels),
    /// The firmware shall panic.
    BreakDown,
}

impl CardLevels {
    const MARK: u8 = 0x80;

    /// As it is sent.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        Self::MARK | self.present as u8 | (self.over_current as u8) << 1 | (self.wrong_parity as u8) << 2
    }
}

impl FromCard {
    /// The byte of [`BreakDown`](Self::BreakDown).
    pub const BREAK_DOWN: u8 = 0xFF;

    /// Reads it. `None`: another byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            Self::BREAK_DOWN => Some(Self::BreakDown),
            _ if byte & !7 == CardLevels::MARK => Some(Self::Levels(CardLevels {
                present: byte & 1 != 0,
                over_current: byte & 2 != 0,
                wrong_parity: byte & 4 != 0,
            })),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_means_one_thing_or_nothing() {
        let mut meant = 0;
        for byte in 0..=u8::MAX {
            let reader = ReaderLevels::from_byte(byte);
            let card = FromCard::from_byte(byte);
            assert!(reader.is_none() || card.is_none(), "{byte:02X}");
            if let Some(levels) = reader {
                assert_eq!(levels.to_byte(), byte);
            }
            if let Some(FromCard::Levels(levels)) = card {
                assert_eq!(levels.to_byte(), byte);
            }
            meant += usize::from(reader.is_some()) + usize::from(card.is_some());
        }
        assert_eq!(meant, 8 + 8 + 1);
    }
}
