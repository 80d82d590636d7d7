//! Answer to reset (ISO/IEC 7816-3, clause 8).
//!
//! [`Atr::parse`] checks the structure once, over borrowed bytes; the accessors then cannot fail. A
//! wrong check byte ([`Tck`]) is a value and not an error: the card may still be usable, and the
//! caller decides.
//!
//! [`Model::from_atr`] names the token. The KAZTOKEN rows come from public lists of answers to
//! reset: this project has never run a KAZTOKEN on hardware.

mod models;
mod parameters;
mod timing;

pub use models::{CommandSet, Family, Model, Protocols};
pub use timing::{CardTiming, Edc};

use core::fmt;

/// The longest answer to reset: TS and 32 more bytes (ISO 7816-3, 8.2.1).
pub const MAX_ATR_LEN: usize = 33;
/// There is no room for more groups of interface bytes in an answer to reset.
const MAX_GROUPS: u8 = 31;
/// The bits that announce the interface bytes.
pub(crate) const TA: u8 = 1;
pub(crate) const TB: u8 = 2;
pub(crate) const TC: u8 = 4;
const TD: u8 = 8;
/// For [`Atr::interface_byte`]: the first group for T=1, whichever that is.
pub(crate) const OF_T1: u8 = 0;

/// How many of the four interface bytes are announced.
fn count(present: u8) -> usize {
    usize::from((present & 1) + (present >> 1 & 1) + (present >> 2 & 1) + (present >> 3 & 1))
}

/// Bytes that are not an answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AtrError {
    /// No byte at all.
    Empty,
    /// More than [`MAX_ATR_LEN`] bytes.
    TooLong {
        /// Bytes given.
        got: usize,
    },
    /// TS is neither `3B` nor `3F`.
    InitialCharacter(u8),
    /// The bytes announced by T0 and the TD chain run past the end.
    Truncated {
        /// Bytes announced so far, TCK not counted.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
}

impl fmt::Display for AtrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the answer to reset is empty"),
            Self::TooLong { got } => {
                write!(f, "the answer to reset has {got} bytes, at most {MAX_ATR_LEN} are allowed")
            }
            Self::InitialCharacter(ts) => {
                write!(f, "the answer to reset starts with {ts:02X}, expected 3B or 3F")
            }
            Self::Truncated { expected, got } => {
                write!(f, "the answer to reset announces {expected} bytes or more and has {got}")
            }
        }
    }
}

impl core::error::Error for AtrError {}

/// The convention that TS announces. A reader has undone it: the other bytes are always in plain form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// `3B`.
    Direct,
    /// `3F`.
    Inverse,
}

/// The check byte TCK: exclusive-or of everything from T0 to TCK is zero (ISO 7816-3, 8.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tck {
    /// Only T=0 is offered: there is no TCK.
    NotNeeded,
    /// Present and right.
    Correct,
    /// Present and wrong.
    Wrong {
        /// The byte that would be right.
        expected: u8,
        /// The byte received.
        got: u8,
    },
    /// A protocol other than T=0 is offered, so TCK is required, and it did not come.
    Missing,
}

/// One group of interface bytes: TA(i), TB(i), TC(i), TD(i).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceBytes {
    /// i, from 1.
    pub index: u8,
    /// T of the TD before this group. `None` for the first group, which is global.
    pub protocol: Option<u8>,
    /// TA(i).
    pub ta: Option<u8>,
    /// TB(i).
    pub tb: Option<u8>,
    /// TC(i).
    pub tc: Option<u8>,
    /// TD(i): low nibble T, high nibble the bytes of the next group.
    pub td: Option<u8>,
}

/// TA2: the card works in specific mode (ISO 7816-3, 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecificMode {
    /// The protocol to use.
    pub protocol: u8,
    /// The card can change between specific and negotiable mode (bit 8 clear).
    pub can_change: bool,
    /// F and D are defined by the card and not by TA1 (bit 5 set).
    pub implicit: bool,
}

/// A checked answer to reset over borrowed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atr<'a> {
    bytes: &'a [u8],
    historical: &'a [u8],
    rest: &'a [u8],
    tck: Tck,
}

impl<'a> Atr<'a> {
    /// Checks the structure of up to 33 bytes, TS first.
    ///
    /// # Errors
    /// [`AtrError`] when the bytes cannot be an answer to reset. A wrong or missing TCK is not an
    /// error, see [`Tck`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, AtrError> {
        let Some((&ts, _)) = bytes.split_first() else {
            return Err(AtrError::Empty);
        };
        if bytes.len() > MAX_ATR_LEN {
            return Err(AtrError::TooLong { got: bytes.len() });
        }
        if ts != 0x3B && ts != 0x3F {
            return Err(AtrError::InitialCharacter(ts));
        }
        let truncated = |expected| AtrError::Truncated { expected, got: bytes.len() };
        let &t0 = bytes.get(1).ok_or(truncated(2))?;

        let (mut start, mut present, mut needs_tck) = (2, t0 >> 4, false);
        while present != 0 {
            start += count(present);
            let &last = bytes.get(start - 1).ok_or(truncated(start))?;
            let td = if present & TD != 0 { last } else { 0 };
            needs_tck |= td & 0x0F != 0;
            present = td >> 4;
        }
        let end = start + usize::from(t0 & 0x0F);
        let (head, rest) = bytes.split_at_checked(end).ok_or(truncated(end))?;
        let historical = head.get(start..).ok_or(truncated(end))?;
        let sum = head.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
        let tck = match (needs_tck, rest.first()) {
            (false, _) => Tck::NotNeeded,
            (true, None) => Tck::Missing,
            (true, Some(&got)) if got == sum => Tck::Correct,
            (true, Some(&got)) => Tck::Wrong { expected: sum, got },
        };
        let rest = if needs_tck { rest.get(1..).unwrap_or(&[]) } else { rest };
        Ok(Self { bytes, historical, rest, tck })
    }

    /// Bytes that [`Atr::parse`] took before, for those who only ask for interface bytes.
    pub(crate) const fn of_checked(bytes: &'a [u8]) -> Self {
        Self { bytes, historical: &[], rest: &[], tck: Tck::NotNeeded }
    }

    /// All bytes as given.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// TS.
    #[must_use]
    pub fn convention(&self) -> Convention {
        if self.bytes.first() == Some(&0x3F) { Convention::Inverse } else { Convention::Direct }
    }

    /// The historical bytes, at most 15.
    #[must_use]
    pub const fn historical(&self) -> &'a [u8] {
        self.historical
    }

    /// The check byte.
    #[must_use]
    pub const fn tck(&self) -> Tck {
        self.tck
    }

    /// Bytes after the end that the answer itself announces. Empty for a well-formed answer.
    #[must_use]
    pub const fn trailing(&self) -> &'a [u8] {
        self.rest
    }

    /// The groups of interface bytes in order: index 1, 2, ...
    #[must_use]
    pub fn interface_bytes(&self) -> Groups<'a> {
        let present = self.bytes.get(1).map(|t0| t0 >> 4);
        Groups { bytes: self.bytes, next: 2, present, protocol: None, index: 1 }
    }

    /// Group `index`, from 1.
    #[must_use]
    pub fn group(&self, index: u8) -> Option<InterfaceBytes> {
        self.interface_bytes().find(|group| group.index == index)
    }

    /// The offered protocols in the card's order: the T of TD1, TD2, ... without T=15, which is no
    /// protocol. T=0 when there is no TD1.
    pub fn protocols(&self) -> impl Iterator<Item = u8> + 'a {
        let atr = *self;
        let named = move |index| match (atr.interface_byte(index, TD), index) {
            (Some(td), _) => Some(td & 0x0F),
            (None, 1) => Some(0),
            (None, _) => None,
        };
        (1..MAX_GROUPS + 1).map_while(named).filter(|&protocol| protocol != 15)
    }

    /// Is protocol T offered?
    #[must_use]
    pub fn offers(&self, protocol: u8) -> bool {
        self.protocols().any(|offered| offered == protocol)
    }

    /// TA2, when the card is in specific mode.
    #[must_use]
    pub fn specific_mode(&self) -> Option<SpecificMode> {
        let ta2 = self.interface_byte(2, TA)?;
        Some(SpecificMode { protocol: ta2 & 0x0F, can_change: ta2 & 0x80 == 0, implicit: ta2 & 0x10 != 0 })
    }

    /// One of TA, TB, TC and TD in the group with this index, from 1; with [`OF_T1`] in the first group for
    /// T=1 that has it. The same as [`Atr::group`] in less code.
    pub(crate) fn interface_byte(&self, wanted: u8, bit: u8) -> Option<u8> {
        let (mut at, mut protocol) = (2, 0);
        let mut present = self.bytes.get(1)? >> 4;
        for index in 1..MAX_GROUPS + 1 {
            let belongs = if wanted == OF_T1 { index >= 3 && protocol == 1 } else { index == wanted };
            if belongs && present & bit != 0 {
                return self.bytes.get(at + count(present & (bit - 1))).copied();
            }
            if present & TD == 0 {
                return None;
            }
            at += count(present);
            let td = self.bytes.get(at - 1)?;
            (protocol, present) = (td & 0x0F, td >> 4);
        }
        None
    }
}

/// Iterator over the groups of interface bytes of an [`Atr`].
#[derive(Clone, Debug)]
pub struct Groups<'a> {
    bytes: &'a [u8],
    next: usize,
    present: Option<u8>,
    protocol: Option<u8>,
    index: u8,
}

impl Iterator for Groups<'_> {
    type Item = InterfaceBytes;

    /// `None` at the end, and also when a byte that is announced is not there: [`Atr::parse`] tells
    /// the two apart.
    fn next(&mut self) -> Option<InterfaceBytes> {
        let present = self.present?;
        let mut at = self.next;
        let mut take = |bit: u8| -> Option<Option<u8>> {
            if present & bit == 0 {
                return Some(None);
            }
            let byte = *self.bytes.get(at)?;
            at += 1;
            Some(Some(byte))
        };
        let (ta, tb, tc, td) = (take(1)?, take(2)?, take(4)?, take(8)?);
        let group = InterfaceBytes { index: self.index, protocol: self.protocol, ta, tb, tc, td };
        self.next = at;
        // At most 31 groups fit into 33 bytes, so the index cannot wrap.
        self.index = self.index.saturating_add(1);
        self.present = td.map(|td| td >> 4);
        self.protocol = td.map(|td| td & 0x0F);
        Some(group)
    }
}
