//! What a new PIN must look like: the token's own limits, and the bank's rule.

use super::Pin;
use core::fmt;

/// The token's own limits on the length of a PIN.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// The fewest bytes.
    pub min: u8,
    /// The most bytes: 249 go into one command; beyond 32 other software may not follow.
    pub max: u8,
}

/// Why a new PIN is not accepted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Weakness {
    /// Fewer characters than needed.
    TooShort {
        /// How many there are.
        got: usize,
        /// How many there must be.
        min: usize,
    },
    /// More characters than allowed.
    TooLong {
        /// How many there are.
        got: usize,
        /// How many there may be.
        max: usize,
    },
    /// A character that is no Latin letter and no digit, at this place (from 1).
    ForbiddenCharacter {
        /// Its place.
        at: usize,
    },
    /// No letter in it.
    NoLetter,
    /// No digit in it.
    NoDigit,
    /// Three letters or digits in a row, upwards or downwards, from this place on (from 1).
    Run {
        /// Where it starts.
        at: usize,
    },
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { got, min } => write!(f, "it has {got} characters, at least {min} are needed"),
            Self::TooLong { got, max } => write!(f, "it has {got} characters, at most {max} are allowed"),
            Self::ForbiddenCharacter { at } => {
                write!(f, "character {at} is neither a Latin letter nor a digit")
            }
            Self::NoLetter => f.write_str("it has no letter; letters and digits are both needed"),
            Self::NoDigit => f.write_str("it has no digit; letters and digits are both needed"),
            Self::Run { at } => {
                write!(f, "characters {at} to {} are a run such as 123, 678, abc or cba", at + 2)
            }
        }
    }
}

impl core::error::Error for Weakness {}

impl Limits {
    /// What a token allows whose limits are not known: 1 to 249 bytes.
    pub const ANY: Self = Self { min: 1, max: Pin::MAX_LEN as u8 };

    /// Checks the length of a PIN.
    pub fn check(&self, pin: &Pin) -> Result<(), Weakness> {
        let got = pin.as_bytes().len();
        if got < self.min.into() {
            return Err(Weakness::TooShort { got, min: self.min.into() });
        }
        if got > self.max.into() {
            return Err(Weakness::TooLong { got, max: self.max.into() });
        }
        Ok(())
    }
}

/// The rule of the bank's manual for the password of a signing profile.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct BankRule;

impl BankRule {
    /// The fewest characters.
    pub const MIN_LEN: usize = 8;
}

/// Checks the bank's rule: at least 8 characters, Latin letters and digits only, both present, no
/// three in a row such as 123, 678, abc, upwards or downwards. Capital and small letters count as
/// the same in a run.
pub fn check_bank_rule(pin: &Pin) -> Result<(), Weakness> {
    let bytes = pin.as_bytes();
    if let Some(at) = bytes.iter().position(|b| !b.is_ascii_alphanumeric()) {
        return Err(Weakness::ForbiddenCharacter { at: at.saturating_add(1) });
    }
    if bytes.len() < BankRule::MIN_LEN {
        return Err(Weakness::TooShort { got: bytes.len(), min: BankRule::MIN_LEN });
    }
    if !bytes.iter().any(u8::is_ascii_alphabetic) {
        return Err(Weakness::NoLetter);
    }
    if !bytes.iter().any(u8::is_ascii_digit) {
        return Err(Weakness::NoDigit);
    }
    let is_run = |w: &[u8]| match *w {
        [a, b, c] => {
            let [a, b, c] = [a, b, c].map(|x| i16::from(x.to_ascii_lowercase()));
            (b - a == 1 && c - b == 1) || (a - b == 1 && b - c == 1)
        }
        _ => false,
    };
    match bytes.windows(3).position(is_run) {
        Some(at) => Err(Weakness::Run { at: at.saturating_add(1) }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(text: &str) -> Result<(), Weakness> {
        check_bank_rule(&Pin::new(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_banks_rule() {
        assert_eq!(bank("Kz47token9"), Ok(()));
        assert_eq!(bank("aabbccd1"), Ok(()), "the same letter twice is no run");
        assert_eq!(bank("ace13579"), Ok(()), "steps of two are no run");
        assert_eq!(bank("a1b2c3"), Err(Weakness::TooShort { got: 6, min: 8 }));
        assert_eq!(bank("qwertyuiop"), Err(Weakness::NoDigit));
        assert_eq!(bank("13579135"), Err(Weakness::NoLetter));
        assert_eq!(bank("qwr 1357"), Err(Weakness::ForbiddenCharacter { at: 4 }));
        assert_eq!(bank("qwry1235"), Err(Weakness::Run { at: 5 }));
        assert_eq!(bank("678qwryt"), Err(Weakness::Run { at: 1 }));
        assert_eq!(bank("13aBc579"), Err(Weakness::Run { at: 3 }));
        assert_eq!(bank("13579cba"), Err(Weakness::Run { at: 6 }));
        assert_eq!(bank("qwrty987"), Err(Weakness::Run { at: 6 }));
    }

    #[test]
    fn the_tokens_limits() {
        let pin = Pin::new(b"12345").unwrap();
        assert_eq!(Limits { min: 6, max: 32 }.check(&pin), Err(Weakness::TooShort { got: 5, min: 6 }));
        assert_eq!(Limits { min: 1, max: 4 }.check(&pin), Err(Weakness::TooLong { got: 5, max: 4 }));
        assert_eq!(Limits::ANY.check(&pin), Ok(()));
    }
}
