//! Bytes of which some are not known, because they may be a PIN.

use core::fmt;

/// Bytes that went to a card, without what may be a PIN: each is known or masked, and an unknown number may follow.
/// Only the [`Masker`](crate::Masker) makes them.
///
/// As text: two hexadecimal digits or `**` for each byte, `*` for those that follow, blanks between.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct MaskedBytes {
    bytes: Vec<Option<u8>>,
    open: bool,
}

impl MaskedBytes {
    pub(crate) fn new(bytes: Vec<Option<u8>>, open: bool) -> Self {
        Self { bytes, open }
    }

    /// The bytes; `None` is masked.
    #[must_use]
    pub fn bytes(&self) -> &[Option<u8>] {
        &self.bytes
    }

    /// Masked bytes follow, it is not said how many.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Is nothing masked?
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.open && self.bytes.iter().all(Option::is_some)
    }

    /// All bytes, when none is masked.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<u8>> {
        if self.open { None } else { self.bytes.iter().copied().collect() }
    }

    /// The known bytes in front of the first masked one.
    #[must_use]
    pub fn known(&self) -> Vec<u8> {
        self.bytes.iter().map_while(|byte| *byte).collect()
    }

    /// The same with this many bytes masked in front, or fewer when it has fewer.
    pub(crate) fn without(mut self, from: usize) -> Self {
        self.open |= self.bytes.len() > from;
        self.bytes.truncate(from);
        self
    }

    /// Could these bytes have been recorded so? Masked ones fit any.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        let long_enough =
            if self.open { bytes.len() >= self.bytes.len() } else { bytes.len() == self.bytes.len() };
        long_enough
            && self.bytes.iter().zip(bytes).all(|(known, byte)| known.is_none_or(|known| known == *byte))
    }

    /// Reads the text. `None`: it is no such text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len() / 3 + 1);
        let mut open = false;
        for word in text.split_ascii_whitespace() {
            match word {
                _ if open => return None,
                "*" => open = true,
                "**" => bytes.push(None),
                _ => bytes.push(Some(byte(word)?)),
            }
        }
        Some(Self { bytes, open })
    }
}

fn byte(word: &str) -> Option<u8> {
    let digits = word.len() == 2 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then(|| u8::from_str_radix(word, 16).ok())?
}

/// Bytes that hold no secret, as hexadecimal with blanks.
pub(crate) fn bytes_text(bytes: &[u8]) -> String {
    let words: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    words.join(" ")
}

/// The same backwards.
pub(crate) fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    text.split_ascii_whitespace().map(byte).collect()
}

impl fmt::Display for MaskedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.bytes.iter().map(|byte| match byte {
            Some(byte) => format!("{byte:02X}"),
            None => "**".to_owned(),
        });
        let words: Vec<_> = words.chain(self.open.then(|| "*".to_owned())).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["", "00 A4", "00 20 00 02 *", "6F ** ** 05 *", "*"] {
            assert_eq!(MaskedBytes::parse(text).unwrap().to_string(), text);
        }
        for bad in ["0", "000", "0g", "* 00", "***", "+1", "00A4"] {
            assert_eq!(MaskedBytes::parse(bad), None, "{bad}");
        }
        assert_eq!(parse_bytes("3b 00"), Some(vec![0x3B, 0]));
    }

    #[test]
    fn masked_bytes_fit_anything() {
        let masked = MaskedBytes::parse("00 20 ** 02 *").unwrap();
        assert!(masked.fits(&[0, 0x20, 0, 2]) && masked.fits(&[0, 0x20, 9, 2, 1, 0x31]));
        assert!(!masked.fits(&[0, 0x20, 0, 1]) && !masked.fits(&[0, 0x20, 0]));
        let whole = MaskedBytes::parse("00 A4").unwrap();
        assert!(whole.fits(&[0, 0xA4]) && !whole.fits(&[0, 0xA4, 0]));
        assert_eq!(
            (whole.whole(), masked.whole(), masked.known()),
            (Some(vec![0, 0xA4]), None, vec![0, 0x20])
        );
    }
}
