//! DER (X.690 section 10), as far as keys and signatures need it: one-octet tags, definite lengths.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::error::{EncodingError, Field, Problem};
use crate::gost::octets::Octets;
use crate::gost::oid::Oid;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[n]`, constructed.
pub(super) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// Octets not read yet, and where in the whole they start.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// With tag and length.
    pub(super) whole: &'a [u8],
    /// Where it starts.
    pub(super) at: usize,
    pub(super) contents: Reader<'a>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self::starting_at(octets, 0)
    }

    pub(super) const fn starting_at(octets: &'a [u8], at: usize) -> Self {
        Self { rest: octets, at }
    }

    pub(super) const fn octets(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) const fn error(&self, field: Field, problem: Problem) -> EncodingError {
        EncodingError::new(field, self.at, problem)
    }

    /// The tag of the next element; `None` at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self, field: Field) -> Result<Element<'a>, EncodingError> {
        let start = *self;
        let truncated = start.error(field, Problem::Truncated);
        let not_der = start.error(field, Problem::NotDer);
        let (tag, rest) = self.rest.split_first().ok_or(truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(start.error(field, Problem::Tag { expected: SEQUENCE, found: *tag }));
        }
        let (first, rest) = rest.split_first().ok_or(truncated)?;
        let (len, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(truncated)?;
                let len = len.iter().fold(0_u32, |len, octet| len << 8 | u32::from(*octet));
                // Shortest form: no length below 128 in the long one, no leading zero octet.
                let shortest = match first {
                    0x81 => 0x80,
                    0x82 => 0x100,
                    0x83 => 0x1_0000,
                    _ => 0x100_0000,
                };
                if len < shortest {
                    return Err(not_der);
                }
                (usize::try_from(len).map_err(|_| not_der)?, rest)
            }
            _ => return Err(not_der),
        };
        let (contents, after) = rest.split_at_checked(len).ok_or(truncated)?;
        let whole_len = start.rest.len().saturating_sub(after.len());
        let contents_at = self.at.saturating_add(whole_len).saturating_sub(len);
        *self = Self { rest: after, at: self.at.saturating_add(whole_len) };
        Ok(Element {
            whole: start.rest.get(..whole_len).unwrap_or_default(),
            at: start.at,
            contents: Self { rest: contents, at: contents_at },
        })
    }

    /// The next element, which must have this tag.
    pub(super) fn element(&mut self, tag: u8, field: Field) -> Result<Element<'a>, EncodingError> {
        match self.peek() {
            None => Err(self.error(field, Problem::Truncated)),
            Some(found) if found != tag => Err(self.error(field, Problem::Tag { expected: tag, found })),
            Some(_) => self.any(field),
        }
    }

    /// The contents of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8, field: Field) -> Result<Self, EncodingError> {
        self.element(tag, field).map(|element| element.contents)
    }

    /// The contents of the next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8, field: Field) -> Result<Option<Self>, EncodingError> {
        if self.peek() == Some(tag) { self.expect(tag, field).map(Some) } else { Ok(None) }
    }

    /// The contents of a BIT STRING of whole octets.
    pub(super) fn bit_string(&mut self, field: Field) -> Result<Self, EncodingError> {
        self.expect(BIT_STRING, field)?.whole_octets(field)
    }

    /// What follows the count of unused bits in a BIT STRING's contents, which must be 0.
    pub(super) fn whole_octets(self, field: Field) -> Result<Self, EncodingError> {
        match self.rest.split_first() {
            Some((0, octets)) => Ok(Self { rest: octets, at: self.at.saturating_add(1) }),
            Some(_) => Err(self.error(field, Problem::Value)),
            None => Err(self.error(field, Problem::Truncated)),
        }
    }

    /// The one element of this tag that these octets are.
    pub(super) fn only(octets: &'a [u8], tag: u8, field: Field) -> Result<Self, EncodingError> {
        let mut reader = Self::new(octets);
        let contents = reader.expect(tag, field)?;
        reader.end(field)?;
        Ok(contents)
    }

    /// Nothing may be left.
    pub(super) fn end(&self, field: Field) -> Result<(), EncodingError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(field, Problem::Trailing)) }
    }
}

/// Octets that a [`Writer`] takes: more than the longest PrivateKeyInfo.
const SIZE: usize = 288;

/// Writes DER from its end to its start, so that every length is known when it is written. Wiped when
/// dropped.
///
/// The callers' sizes are constants below [`SIZE`]. What did not fit all the same would leave nothing at all.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Writer {
    octets: [u8; SIZE],
    start: usize,
    full: bool,
}

impl Writer {
    pub(super) const fn new() -> Self {
        Self { octets: [0; SIZE], start: SIZE, full: false }
    }

    /// Puts octets before everything that is there.
    pub(super) fn octets(&mut self, octets: &[u8]) {
        let place = self.start.checked_sub(octets.len()).and_then(|start| {
            let place = self.octets.get_mut(start..self.start)?;
            Some((start, place))
        });
        match place {
            Some((start, place)) => {
                place.copy_from_slice(octets);
                self.start = start;
            }
            None => self.full = true,
        }
    }

    /// Makes one element of this tag of what is written from here on inside of `contents`.
    pub(super) fn wrap(&mut self, tag: u8, contents: impl FnOnce(&mut Self)) {
        let end = self.start;
        contents(self);
        let len = end.saturating_sub(self.start);
        let [.., hi, lo] = len.to_be_bytes();
        match len {
            0..=0x7f => self.octets(&[tag, lo]),
            0x80..=0xff => self.octets(&[tag, 0x81, lo]),
            0x100..=0xffff => self.octets(&[tag, 0x82, hi, lo]),
            _ => self.full = true,
        }
    }

    pub(super) fn element(&mut self, tag: u8, contents: &[u8]) {
        self.wrap(tag, |writer| writer.octets(contents));
    }

    pub(super) fn oid(&mut self, oid: Oid) {
        self.element(OID, oid.der_body());
    }

    /// A positive INTEGER from big-endian octets with or without leading zeros.
    pub(super) fn integer(&mut self, octets: &[u8]) {
        let leading = octets.iter().take_while(|octet| **octet == 0).count();
        self.wrap(INTEGER, |writer| {
            let number = octets.get(leading..).unwrap_or_default();
            writer.octets(number);
            if number.first().is_none_or(|first| *first >= 0x80) {
                writer.octets(&[0]);
            }
        });
    }

    /// What was written.
    pub(super) fn written(&self) -> &[u8] {
        if self.full { &[] } else { self.octets.get(self.start..).unwrap_or_default() }
    }

    /// What was written, as a value. Not for secrets: it may leave copies.
    pub(super) fn finish<const N: usize>(&self) -> Octets<N> {
        Octets::new().append(self.written().iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const FIELD: Field = Field::PrivateKey;

    fn read(octets: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut reader = Reader::new(octets);
        reader.any(FIELD).map(|element| element.contents.octets().to_vec()).map_err(|error| error.problem)
    }

    #[test]
    fn only_the_shortest_lengths() {
        assert_eq!(read(&[4, 1, 7]), Ok([7].to_vec()));
        assert_eq!(read(&[4, 0x81, 1, 7]), Err(Problem::NotDer));
        assert_eq!(read(&[4, 0x82, 0, 0x80]), Err(Problem::NotDer));
        assert_eq!(read(&[4, 0x80, 0, 0]), Err(Problem::NotDer));
        assert_eq!(read(&[4, 0x85, 1, 0, 0, 0, 0]), Err(Problem::NotDer));
        assert_eq!(read(&[4, 0x84, 0xff, 0xff, 0xff, 0xff]), Err(Problem::Truncated));
        assert_eq!(read(&[4, 0x82, 1]), Err(Problem::Truncated));
        assert_eq!(read(&[0x1f, 0x81, 0]), Err(Problem::Tag { expected: SEQUENCE, found: 0x1f }));
        for len in [0x7f, 0x80, 0xff, 0x100, 0x11c] {
            let mut writer = Writer::new();
            writer.element(OCTET_STRING, &std::vec![7; len]);
            assert_eq!(read(writer.written()), Ok(std::vec![7; len]));
        }
    }

    #[test]
    fn offsets_are_those_of_the_whole() {
        let mut outer = Reader::new(&[0x30, 5, 2, 1, 0, 4, 0]);
        let mut inner = outer.expect(SEQUENCE, FIELD).unwrap();
        assert_eq!(inner.at(), 2);
        inner.expect(INTEGER, FIELD).unwrap();
        let error = inner.expect(INTEGER, FIELD).map(|_| ()).unwrap_err();
        assert_eq!(
            error,
            EncodingError::new(FIELD, 5, Problem::Tag { expected: INTEGER, found: OCTET_STRING })
        );
        inner.expect(OCTET_STRING, FIELD).unwrap();
        assert_eq!(inner.at(), 7);
        assert!(outer.end(FIELD).is_ok());
    }

    #[test]
    fn integers_are_positive_and_short() {
        for (number, expected) in [
            (&[0, 0, 1][..], &[2, 1, 1][..]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[], &[2, 1, 0]),
            (&[0x7f, 0], &[2, 2, 0x7f, 0]),
        ] {
            let mut writer = Writer::new();
            writer.integer(number);
            assert_eq!(writer.written(), expected);
        }
    }

    #[test]
    fn what_does_not_fit_leaves_nothing() {
        let mut writer = Writer::new();
        writer.element(OCTET_STRING, &[7; SIZE - 3]);
        assert_eq!(writer.written(), &[] as &[u8]);
    }
}
