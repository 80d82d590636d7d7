//! PINs: the value, what a new one must look like, and what may be sent to the token when.

mod access;
mod policy;

pub use access::{Access, LastTry, Refusal, Role, State};
pub use policy::{BankRule, Limits, Weakness, check_bank_rule};

use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

/// A PIN, as it is sent: no padding, no terminator. It is wiped when dropped, and it cannot be
/// shown, copied or compared except in constant time.
///
/// The longest is 249 bytes: what one short CHANGE REFERENCE DATA carries.
#[derive(ZeroizeOnDrop)]
#[expect(missing_debug_implementations, reason = "a PIN is never shown")]
pub struct Pin {
    bytes: heapless::Vec<u8, { Self::MAX_LEN }>,
}

/// Why something cannot be a PIN at all.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PinError {
    /// Nothing was given.
    Empty,
    /// More than [`Pin::MAX_LEN`] bytes.
    TooLong {
        /// How many bytes there are.
        got: usize,
    },
    /// A character outside printable ASCII. How a token expects such a PIN to be encoded is not
    /// known, and finding out would cost a try.
    NotAscii,
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the PIN is empty"),
            Self::TooLong { got } => {
                write!(f, "the PIN has {got} bytes, at most {} fit in one command", Pin::MAX_LEN)
            }
            Self::NotAscii => f.write_str(
                "the PIN has characters other than Latin letters, digits and ASCII signs; \
                 check the keyboard layout",
            ),
        }
    }
}

impl core::error::Error for PinError {}

impl Pin {
    /// The longest PIN in bytes.
    pub const MAX_LEN: usize = 249;

    /// Takes a PIN of printable ASCII characters.
    ///
    /// What is returned by value is moved, and a move leaves its bytes behind on the stack, where nothing wipes
    /// them. [`with`](Self::with) is the way without that.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn new(bytes: &[u8]) -> Result<Self, PinError> {
        let mut pin = Self { bytes: heapless::Vec::new() };
        pin.fill(bytes)?;
        Ok(pin)
    }

    /// Lends a PIN of printable ASCII characters to `work`. It stays in one place until it is wiped.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn with<T>(bytes: &[u8], work: impl FnOnce(&Self) -> T) -> Result<T, PinError> {
        // Moved at most while it is empty.
        let mut pin = Self { bytes: heapless::Vec::new() };
        pin.fill(bytes)?;
        Ok(work(&pin))
    }

    fn fill(&mut self, bytes: &[u8]) -> Result<(), PinError> {
        if bytes.is_empty() {
            return Err(PinError::Empty);
        }
        self.bytes.extend_from_slice(bytes).map_err(|_| PinError::TooLong { got: bytes.len() })?;
        if bytes.iter().all(|b| (0x20..0x7F).contains(b)) { Ok(()) } else { Err(PinError::NotAscii) }
    }

    /// The bytes for the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether both are the same, in a time that depends on the lengths only.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.bytes.as_slice().ct_eq(other.bytes.as_slice()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        assert_eq!(Pin::new(b"").err(), Some(PinError::Empty));
        assert!(Pin::new(&[b'1'; 249]).is_ok());
        assert_eq!(Pin::new(&[b'1'; 250]).err(), Some(PinError::TooLong { got: 250 }));
        for bad in ["пароль12", "abc\n", "a\u{7f}"] {
            assert_eq!(Pin::new(bad.as_bytes()).err(), Some(PinError::NotAscii), "{bad:?}");
            assert_eq!(Pin::with(bad.as_bytes(), |_| ()).err(), Some(PinError::NotAscii), "{bad:?}");
        }
        assert_eq!(Pin::with(b"1234", |pin| pin.as_bytes().len()), Ok(4));
    }

    #[test]
    fn comparison() {
        let pin = |text: &str| Pin::new(text.as_bytes()).unwrap();
        assert!(pin("12345678").is_same(&pin("12345678")));
        assert!(!pin("12345678").is_same(&pin("12345679")));
        assert!(!pin("12345678").is_same(&pin("1234567")));
    }
}
