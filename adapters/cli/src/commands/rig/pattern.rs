//! Patterns of bytes in plans: hexadecimal digits, `?` for any digit, `..` at the end for anything that follows.

use crate::language::say;
use crate::output::hex;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer};

/// What bytes shall look like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    text: String,
    /// A byte's bits that count, and what they shall be.
    bytes: Vec<(u8, u8)>,
    open: bool,
}

impl Pattern {
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        let fits = if self.open { bytes.len() >= self.bytes.len() } else { bytes.len() == self.bytes.len() };
        fits && self.bytes.iter().zip(bytes).all(|(&(mask, value), byte)| byte & mask == value)
    }

    /// How many bytes it has at least.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// `Err` says what is there instead.
    pub(super) fn check(&self, what: &str, bytes: &[u8]) -> Result<(), String> {
        if self.matches(bytes) {
            Ok(())
        } else {
            Err(say!("plan-bytes-differ", name = what, got = hex(bytes), expected = self.to_string()))
        }
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || say!("plan-no-pattern", name = format!("{text:?}"));
        let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let (closed, open) = match digits.strip_suffix("..") {
            Some(start) => (start, true),
            None => (&digits[..], false),
        };
        let digit = |c: char| match c {
            '?' => Some((0, 0)),
            c => c.to_digit(16).and_then(|value| u8::try_from(value).ok()).map(|value| (0xF, value)),
        };
        let digits: Vec<(u8, u8)> = closed.chars().map(digit).collect::<Option<_>>().ok_or_else(wrong)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(wrong()) };
        let bytes = pairs.iter().map(|[high, low]| (high.0 << 4 | low.0, high.1 << 4 | low.1)).collect();
        Ok(Self { text: text.to_owned(), bytes, open })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_what_is_any() {
        let matches = |pattern: &str, bytes: &[u8]| pattern.parse::<Pattern>().unwrap().matches(bytes);
        assert!(matches("90 00", &[0x90, 0x00]) && matches("63c?", &[0x63, 0xCA]) && matches("", &[]));
        assert!(matches("3B..", &[0x3B]) && matches("3B ..", &[0x3B, 1, 2]) && matches("..", &[]));
        assert!(matches("?1", &[0xF1]) && matches("??", &[7]));
        for (pattern, bytes) in
            [("9000", &[0x90][..]), ("90", &[0x90, 0x00]), ("3B..", &[]), ("63C?", &[0x63, 0xD0]), ("", &[0])]
        {
            assert!(!matches(pattern, bytes), "{pattern}");
        }
        for bad in ["9", "9x", "..90", "0x90", "90...", "?"] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }
}
