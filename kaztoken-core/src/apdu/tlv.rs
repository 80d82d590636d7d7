//! BER-TLV (ISO 7816-4 section 5.2.2, X.690): reading with every length checked, and writing DER.
//!
//! Tags of one or two bytes, definite lengths up to 65535: all that the token and PKCS#15 use.

use core::fmt;

/// One data object.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Tlv<'a> {
    /// The tag; a two-byte tag has its first byte in the high half.
    pub tag: u16,
    /// The value field.
    pub value: &'a [u8],
}

/// Why bytes are no data objects.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TlvError {
    /// The bytes end inside a data object that starts at this offset.
    Truncated {
        /// Where the object starts.
        at: usize,
    },
    /// A tag of three bytes or more.
    LongTag {
        /// Where the object starts.
        at: usize,
    },
    /// An indefinite length or one of more than two bytes.
    LongLength {
        /// Where the object starts.
        at: usize,
    },
}

impl fmt::Display for TlvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at } => write!(f, "the data object at byte {at} ends too early"),
            Self::LongTag { at } => {
                write!(f, "the data object at byte {at} has a tag of more than two bytes")
            }
            Self::LongLength { at } => {
                write!(f, "the data object at byte {at} has no length of at most 65535")
            }
        }
    }
}

impl core::error::Error for TlvError {}

/// The data objects that stand one after another in some bytes. After an error it ends.
#[derive(Clone, Debug)]
pub struct Tlvs<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Tlvs<'a> {
    /// Reads data objects from the first byte on.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// The bytes not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn read(&mut self) -> Result<Tlv<'a>, TlvError> {
        let at = self.at;
        let truncated = TlvError::Truncated { at };
        let (&first, mut rest) = self.rest.split_first().ok_or(truncated)?;
        let mut tag = u16::from(first);
        if first & 0x1F == 0x1F {
            let (&second, after) = rest.split_first().ok_or(truncated)?;
            if second & 0x80 != 0 {
                return Err(TlvError::LongTag { at });
            }
            tag = u16::from_be_bytes([first, second]);
            rest = after;
        }
        let (&len, mut rest) = rest.split_first().ok_or(truncated)?;
        let len = match len {
            0..=0x7F => usize::from(len),
            0x81 => {
                let (&n, after) = rest.split_first().ok_or(truncated)?;
                rest = after;
                usize::from(n)
            }
            0x82 => {
                let (n, after) = rest.split_first_chunk::<2>().ok_or(truncated)?;
                rest = after;
                usize::from(u16::from_be_bytes(*n))
            }
            _ => return Err(TlvError::LongLength { at }),
        };
        let (value, after) = rest.split_at_checked(len).ok_or(truncated)?;
        self.at = self.at.saturating_add(self.rest.len().saturating_sub(after.len()));
        self.rest = after;
        Ok(Tlv { tag, value })
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Result<Tlv<'a>, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let result = self.read();
        if result.is_err() {
            self.rest = &[];
        }
        Some(result)
    }
}

/// The value of the first object with this tag, if the bytes up to there are sound.
#[must_use]
pub fn find(bytes: &[u8], tag: u16) -> Option<&[u8]> {
    Tlvs::new(bytes).map_while(Result::ok).find(|t| t.tag == tag).map(|t| t.value)
}

/// Follows a path of tags, each inside the one before.
#[must_use]
pub fn find_path<'a>(bytes: &'a [u8], path: &[u16]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |inside, tag| find(inside, *tag))
}

/// Appends a data object with a one-byte tag and a shortest-form length; its value is the parts
/// joined. Returns `None`, with `out` unchanged, when it does not fit.
pub fn push<const N: usize>(out: &mut heapless::Vec<u8, N>, tag: u8, parts: &[&[u8]]) -> Option<()> {
    let len = parts.iter().fold(0usize, |n, p| n.saturating_add(p.len()));
    let [hi, lo] = u16::try_from(len).ok()?.to_be_bytes();
    let head: &[u8] = match len {
        0..=0x7F => &[tag, lo],
        0x80..=0xFF => &[tag, 0x81, lo],
        _ => &[tag, 0x82, hi, lo],
    };
    if out.capacity().saturating_sub(out.len()) < head.len().saturating_add(len) {
        return None;
    }
    out.extend_from_slice(head).ok()?;
    for part in parts {
        out.extend_from_slice(part).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn reads_one_and_two_byte_tags_and_three_lengths() {
        let mut bytes = Vec::from([0x80, 1, 7, 0x7F, 0x49, 0x81, 1, 9, 0x53, 0x82, 0, 2, 1, 2]);
        let all: Vec<_> = Tlvs::new(&bytes).map(Result::unwrap).collect();
        assert_eq!(all[0], Tlv { tag: 0x80, value: &[7] });
        assert_eq!(all[1], Tlv { tag: 0x7F49, value: &[9] });
        assert_eq!(all[2], Tlv { tag: 0x53, value: &[1, 2] });
        bytes.pop();
        assert_eq!(Tlvs::new(&bytes).last(), Some(Err(TlvError::Truncated { at: 8 })));
    }

    #[test]
    fn refuses_what_it_does_not_read() {
        assert_eq!(Tlvs::new(&[0x30, 0x80, 0, 0]).next(), Some(Err(TlvError::LongLength { at: 0 })));
        assert_eq!(Tlvs::new(&[0x1F, 0x81, 1, 0]).next(), Some(Err(TlvError::LongTag { at: 0 })));
        assert_eq!(Tlvs::new(&[0x04]).next(), Some(Err(TlvError::Truncated { at: 0 })));
    }

    #[test]
    fn push_leaves_a_full_buffer_as_it_was() {
        let mut out: heapless::Vec<u8, 4> = heapless::Vec::new();
        assert_eq!(push(&mut out, 4, &[&[1], &[2]]), Some(()));
        assert_eq!(push(&mut out, 4, &[&[]]), None);
        assert_eq!(out, [4, 2, 1, 2]);
    }

    proptest! {
        #[test]
        fn what_is_pushed_is_found(value in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut out: heapless::Vec<u8, 410> = heapless::Vec::new();
            push(&mut out, 0x30, &[&value]).unwrap();
            prop_assert_eq!(find(&out, 0x30), Some(&value[..]));
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Tlvs::new(&bytes).count() <= bytes.len());
        }
    }
}
