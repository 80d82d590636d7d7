//! BER made DER (X.690), as far as files of this infrastructure need it: indefinite lengths, strings in pieces, lengths in
//! more octets than needed.
//!
//! The national centre's key stores and streamed CMS are BER, and the readers above take DER only. The library `der` has a
//! mode for BER, but a value read so keeps its indefinite length inside, and what is signed or authenticated must be had
//! octet for octet; so everything is rewritten once, before anything is read.

use core::fmt;

/// How deep elements may be nested.
const MAX_DEPTH: usize = 64;
/// OCTET STRING in pieces.
const PIECES: u8 = 0x24;
const OCTET_STRING: u8 = 0x04;

/// Why octets are no BER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BerError {
    /// They end in the middle of an element.
    Truncated {
        /// Where the element begins.
        at: usize,
    },
    /// A length is longer than any file, or indefinite where it must not be.
    Length {
        /// Where.
        at: usize,
    },
    /// Something other than a piece stands in a string in pieces.
    Piece {
        /// Where.
        at: usize,
    },
    /// Elements are nested too deeply.
    Depth {
        /// Where.
        at: usize,
    },
    /// Something follows.
    Trailing {
        /// Where.
        at: usize,
    },
}

impl fmt::Display for BerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at } => write!(f, "the element at octet {at} is cut off"),
            Self::Length { at } => write!(f, "the length at octet {at} cannot be"),
            Self::Piece { at } => write!(f, "at octet {at} there is no piece of a string"),
            Self::Depth { at } => write!(f, "at octet {at} elements are nested too deeply"),
            Self::Trailing { at } => {
                write!(f, "from octet {at} on something follows that does not belong here")
            }
        }
    }
}

impl core::error::Error for BerError {}

/// The one element in these octets as DER. The order of a SET stays as it is.
/// # Errors
/// [`BerError`].
pub fn to_der(octets: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut reader = Reader { octets, at: 0 };
    let mut out = Vec::with_capacity(octets.len());
    reader.element(&mut out, 0)?;
    match reader.octets.len() {
        end if end == reader.at => Ok(out),
        _ => Err(BerError::Trailing { at: reader.at }),
    }
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

/// Identifier octets and length.
struct Header {
    begin: usize,
    identifier: core::ops::Range<usize>,
    /// `None`: indefinite.
    len: Option<usize>,
}

impl<'a> Reader<'a> {
    fn next(&mut self, begin: usize) -> Result<u8, BerError> {
        let octet = self.octets.get(self.at).copied().ok_or(BerError::Truncated { at: begin })?;
        self.at += 1;
        Ok(octet)
    }

    fn header(&mut self) -> Result<Header, BerError> {
        let begin = self.at;
        let first = self.next(begin)?;
        if first & 0x1F == 0x1F {
            while self.next(begin)? & 0x80 != 0 {}
        }
        let identifier = begin..self.at;
        let at = self.at;
        let len = match self.next(begin)? {
            0x80 if first & 0x20 != 0 => None,
            short @ 0..=0x7F => Some(usize::from(short)),
            long => {
                let mut len: usize = 0;
                // 0x80 of a primitive has no octets behind, and 0xFF is reserved.
                if matches!(long, 0x80 | 0xFF) {
                    return Err(BerError::Length { at });
                }
                for _ in 0..long & 0x7F {
                    let octet = self.next(begin)?;
                    len = len.checked_mul(256).ok_or(BerError::Length { at })? | usize::from(octet);
                }
                Some(len)
            }
        };
        if let Some(len) = len
            && self.octets.len() - self.at < len
        {
            return Err(BerError::Truncated { at: begin });
        }
        Ok(Header { begin, identifier, len })
    }

    /// Whether an indefinite element ends here; its end is taken.
    fn ends(&mut self) -> bool {
        let ends = self.octets.get(self.at..self.at + 2) == Some(&[0, 0]);
        if ends {
            self.at += 2;
        }
        ends
    }

    fn element(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), BerError> {
        let header = self.header()?;
        if depth >= MAX_DEPTH {
            return Err(BerError::Depth { at: header.begin });
        }
        let identifier = self.octets.get(header.identifier.clone()).unwrap_or_default();
        let first = identifier.first().copied().unwrap_or_default();
        if first & 0x20 == 0 {
            let end = self.at + header.len.unwrap_or_default();
            let contents = self.octets.get(self.at..end).unwrap_or_default();
            self.at = end;
            put(out, identifier, contents);
            return Ok(());
        }
        let mut contents = Vec::new();
        self.inside(&header, |reader| match first {
            PIECES => reader.piece(&mut contents, depth + 1),
            _ => reader.element(&mut contents, depth + 1),
        })?;
        put(out, if first == PIECES { &[OCTET_STRING] } else { identifier }, &contents);
        Ok(())
    }

    /// Does something for each element inside of this one.
    fn inside(
        &mut self,
        header: &Header,
        mut each: impl FnMut(&mut Self) -> Result<(), BerError>,
    ) -> Result<(), BerError> {
        match header.len {
            Some(len) => {
                let end = self.at + len;
                let whole = self.octets;
                // Nothing inside may reach beyond its end.
                self.octets = whole.get(..end).unwrap_or(whole);
                while self.at < end {
                    each(self)?;
                }
                self.octets = whole;
            }
            None => {
                while !self.ends() {
                    if self.at >= self.octets.len() {
                        return Err(BerError::Truncated { at: header.begin });
                    }
                    each(self)?;
                }
            }
        }
        Ok(())
    }

    /// A piece of an OCTET STRING, which may be in pieces again.
    fn piece(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), BerError> {
        let header = self.header()?;
        if depth >= MAX_DEPTH {
            return Err(BerError::Depth { at: header.begin });
        }
        match (self.octets.get(header.identifier.clone()), header.len) {
            (Some([OCTET_STRING]), Some(len)) => {
                let end = self.at + len;
                out.extend_from_slice(self.octets.get(self.at..end).unwrap_or_default());
                self.at = end;
                Ok(())
            }
            (Some([PIECES]), _) => self.inside(&header, |reader| reader.piece(out, depth + 1)),
            _ => Err(BerError::Piece { at: header.begin }),
        }
    }
}

/// Writes an element with a definite length in the fewest octets.
fn put(out: &mut Vec<u8>, identifier: &[u8], contents: &[u8]) {
    out.extend_from_slice(identifier);
    match u8::try_from(contents.len()) {
        Ok(len) if len < 0x80 => out.push(len),
        _ => {
            let len = contents.len().to_be_bytes();
            let zeros = len.iter().take_while(|octet| **octet == 0).count();
            let len = len.get(zeros..).unwrap_or_default();
            out.push(0x80 | len.len() as u8);
            out.extend_from_slice(len);
        }
    }
    out.extend_from_slice(contents);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewritten() {
        let same: &[&[u8]] =
            &[&[0x30, 0], &[5, 0], &[0x30, 3, 2, 1, 7], &[0x04, 2, 1, 2], &[0xA0, 2, 0x80, 0]];
        for der in same {
            assert_eq!(to_der(der).as_deref(), Ok(*der));
        }
        let changed: &[(&[u8], &[u8])] = &[
            (&[0x30, 0x80, 2, 1, 7, 0, 0], &[0x30, 3, 2, 1, 7]),
            (&[0x30, 0x81, 3, 2, 1, 7], &[0x30, 3, 2, 1, 7]),
            (&[0x24, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0], &[4, 3, 1, 2, 3]),
            (&[0x24, 7, 0x24, 5, 4, 0, 4, 1, 9], &[4, 1, 9]),
            (&[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0], &[0x30, 2, 0x30, 0]),
        ];
        for (ber, der) in changed {
            assert_eq!(to_der(ber).as_deref(), Ok(*der), "{ber:?}");
        }
    }

    #[test]
    fn refused() {
        let bad: &[(&[u8], BerError)] = &[
            (&[], BerError::Truncated { at: 0 }),
            (&[0x30], BerError::Truncated { at: 0 }),
            (&[0x30, 0x80, 2, 1, 7], BerError::Truncated { at: 0 }),
            (&[0x30, 1], BerError::Truncated { at: 0 }),
            (&[0x04, 0x80, 0, 0], BerError::Length { at: 1 }),
            (&[0x04, 0xFF], BerError::Length { at: 1 }),
            (&[0x24, 3, 2, 1, 7], BerError::Piece { at: 2 }),
            (&[0x30, 0, 0], BerError::Trailing { at: 2 }),
            (&[0x30, 2, 0x04, 9], BerError::Truncated { at: 2 }),
        ];
        for (ber, error) in bad {
            assert_eq!(to_der(ber), Err(*error), "{ber:?}");
        }
        assert!(matches!(to_der(&[0x30, 0x80].repeat(100_000)), Err(BerError::Depth { .. })));
        assert!(matches!(to_der(&[0x24, 0x80].repeat(100_000)), Err(BerError::Depth { .. })));
    }
}
