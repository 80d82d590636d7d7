//! Three byte lines on one serial port.
//!
//! A byte becomes two, each of which tells its line and its half, so that an end which starts in the middle is in
//! step again at the next byte:
//!
//! ```text
//! 1 ll 0 hhhh    line l, bits 7 to 4
//! 1 ll 1 llll    line l, bits 3 to 0
//! ```

/// Which line.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// To the computer.
    Host,
    /// C7 of the card.
    Card,
    /// The card's other contacts.
    Levels,
}

impl Line {
    /// Every line.
    pub const ALL: [Self; 3] = [Self::Host, Self::Card, Self::Levels];

    const fn bits(self) -> u8 {
        (match self {
            Self::Host => 0,
            Self::Card => 1,
            Self::Levels => 2,
        }) << 5
    }
}

const MARK: u8 = 0x80;
const LOW_HALF: u8 = 0x10;

/// What is sent for a byte of a line.
#[must_use]
pub const fn split(line: Line, byte: u8) -> [u8; 2] {
    let mark = MARK | line.bits();
    [mark | byte >> 4, mark | LOW_HALF | byte & 0x0F]
}

/// Puts the halves together again.
#[derive(Copy, Clone, Debug, Default)]
pub struct Joiner {
    high: Option<(Line, u8)>,
}

impl Joiner {
    /// Nothing received yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { high: None }
    }

    /// Takes what came over the port. `Some`: a byte of a line is whole. A half without its other half is dropped.
    pub fn push(&mut self, half: u8) -> Option<(Line, u8)> {
        let line = match half & 0xE0 {
            0x80 => Line::Host,
            0xA0 => Line::Card,
            0xC0 => Line::Levels,
            _ => {
                self.high = None;
                return None;
            }
        };
        let bits = half & 0x0F;
        if half & LOW_HALF == 0 {
            self.high = Some((line, bits << 4));
            return None;
        }
        match self.high.take() {
            Some((same, high)) if same == line => Some((line, high | bits)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_on_its_line() {
        let mut joiner = Joiner::new();
        for line in Line::ALL {
            for byte in 0..=u8::MAX {
                let [first, second] = split(line, byte);
                assert_eq!(joiner.push(first), None);
                assert_eq!(joiner.push(second), Some((line, byte)));
            }
        }
    }

    #[test]
    fn the_next_byte_is_right_after_a_lost_half_or_noise() {
        let [first, second] = split(Line::Card, 0xA5);
        for noise in 0..=u8::MAX {
            for before in [[noise, first], [first, noise]] {
                let mut joiner = Joiner::new();
                before.iter().for_each(|&half| drop(joiner.push(half)));
                let [again, and_again] = split(Line::Host, 0x3C);
                assert_eq!(joiner.push(again), None);
                assert_eq!(joiner.push(and_again), Some((Line::Host, 0x3C)));
            }
        }
        assert_eq!(Joiner::new().push(second), None);
    }
}
