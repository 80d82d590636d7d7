//! Protocol and parameters selection (ISO/IEC 7816-3, clause 9): which protocol and speed to use after the
//! reset, and the exchange that tells the card.
//!
//! [`choose`] decides from the answer to reset and the reader's descriptor; [`Pps`] is the exchange that it
//! may ask for. A PPS goes out at F = 372, D = 1, as the first thing after the reset; a card that stays mute
//! then has to be reset, which is the caller's part.

use core::fmt;

use crate::atr::{Atr, CardTiming, Edc, TA};
use crate::ccid::{ClassDescriptor, ExchangeLevel, Features};

/// TA1 and PPS1 of the default speed, F = 372 and D = 1.
pub const DEFAULT_F_D: u8 = 0x11;
/// The longest request.
pub const MAX_REQUEST_LEN: usize = 4;

/// PPSS.
const PPSS: u8 = 0xFF;
/// In PPS0: PPS1 follows.
const HAS_PPS1: u8 = 0x10;
/// Data rates are whole numbers that readers and this file round in different ways.
const RATE_TOLERANCE: u32 = 2;

/// Why card and reader do not agree on protocol and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PpsError {
    /// None of the card's protocols is one of the reader's, T=0 or T=1.
    NoCommonProtocol,
    /// The card wants T=1 with a CRC, which this library does not speak.
    CrcNotSupported,
    /// The card is in specific mode with F and D that only it knows (TA2, bit 5).
    ImplicitParameters,
    /// The card is in specific mode at a speed that the reader does not have, or that is reserved.
    SpeedNotSupported {
        /// TA1.
        f_d_index: u8,
    },
    /// The answer to the PPS has not the length that its PPS0 announces.
    Length {
        /// Bytes there.
        got: usize,
    },
    /// The answer to the PPS does not start with FF.
    InitialCharacter(u8),
    /// PCK of the answer is wrong.
    CheckByte {
        /// The byte that would be right.
        expected: u8,
        /// The byte received.
        got: u8,
    },
    /// The card names another protocol.
    Protocol {
        /// The protocol asked for.
        expected: u8,
        /// The protocol named.
        got: u8,
    },
    /// PPS0 of the answer announces what was not asked for.
    Unexpected(u8),
    /// The card names another PPS1.
    Speed {
        /// PPS1 asked for.
        expected: u8,
        /// PPS1 named.
        got: u8,
    },
}

impl fmt::Display for PpsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoCommonProtocol => {
                f.write_str("the card and the reader have no protocol in common; try another reader")
            }
            Self::CrcNotSupported => {
                f.write_str("the card speaks T=1 with a CRC; use a reader that exchanges APDUs")
            }
            Self::ImplicitParameters => {
                f.write_str("the card works at a speed that only it knows; use its own reader")
            }
            Self::SpeedNotSupported { f_d_index } => {
                write!(
                    f,
                    "the reader has not the only speed of the card, TA1 {f_d_index:02X}; try another one"
                )
            }
            Self::Length { got } => write!(f, "the card's PPS answer of {got} bytes is cut; reset the card"),
            Self::InitialCharacter(got) => {
                write!(f, "the card's PPS answer starts with {got:02X}, expected FF; reset the card")
            }
            Self::CheckByte { expected, got } => {
                write!(
                    f,
                    "PCK of the card's PPS answer is {got:02X}, expected {expected:02X}; reset the card"
                )
            }
            Self::Protocol { expected, got } => {
                write!(f, "the card answers with T={got} to a PPS for T={expected}; reset the card")
            }
            Self::Unexpected(pps0) => {
                write!(f, "PPS0 {pps0:02X} of the card's answer says more than was asked for; reset the card")
            }
            Self::Speed { expected, got } => {
                write!(
                    f,
                    "the card answers with PPS1 {got:02X}, asked for was {expected:02X}; reset the card"
                )
            }
        }
    }
}

impl core::error::Error for PpsError {}

/// One PPS exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pps {
    /// T, 0 to 14.
    pub protocol: u8,
    /// F and D as in TA1; `None` = the default speed.
    pub pps1: Option<u8>,
}

impl Pps {
    /// The request: PPSS, PPS0, PPS1 if there is one, PCK.
    ///
    /// Returns the bytes and how many of them count.
    #[must_use]
    pub const fn request(&self) -> ([u8; MAX_REQUEST_LEN], usize) {
        let protocol = self.protocol & 0x0F;
        match self.pps1 {
            Some(pps1) => {
                let pps0 = HAS_PPS1 | protocol;
                ([PPSS, pps0, pps1, PPSS ^ pps0 ^ pps1], 4)
            }
            None => ([PPSS, protocol, PPSS ^ protocol, 0], 3),
        }
    }

    /// Checks the card's answer and returns the F and D that hold from here on, as in TA1.
    ///
    /// An answer without PPS1 is the card's right: protocol accepted, default speed.
    ///
    /// # Errors
    /// [`PpsError`]: card and reader may disagree on the speed now, so the card must be reset.
    pub fn check(&self, answer: &[u8]) -> Result<u8, PpsError> {
        let (&[ppss, pps0], rest) =
            answer.split_first_chunk().ok_or(PpsError::Length { got: answer.len() })?;
        if ppss != PPSS {
            return Err(PpsError::InitialCharacter(ppss));
        }
        let named = (pps0 & 0x70).count_ones() as usize;
        let (&got, rest) = match rest.split_last() {
            Some((pck, rest)) if rest.len() == named => (pck, rest),
            _ => return Err(PpsError::Length { got: answer.len() }),
        };
        let expected = rest.iter().fold(ppss ^ pps0, |sum, byte| sum ^ byte);
        if got != expected {
            return Err(PpsError::CheckByte { expected, got });
        }
        let protocol = self.protocol & 0x0F;
        if pps0 & 0x0F != protocol {
            return Err(PpsError::Protocol { expected: protocol, got: pps0 & 0x0F });
        }
        match (pps0 & 0xF0, rest, self.pps1) {
            (0, [], _) => Ok(DEFAULT_F_D),
            (HAS_PPS1, &[got], Some(expected)) if got == expected => Ok(got),
            (HAS_PPS1, &[got], Some(expected)) => Err(PpsError::Speed { expected, got }),
            _ => Err(PpsError::Unexpected(pps0)),
        }
    }
}

/// What to do after the reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Selection {
    /// T: 0 or 1.
    pub protocol: u8,
    /// The PPS that the host has to send. `None`: none is needed, or the reader sends it.
    pub pps: Option<Pps>,
    /// F and D, as in TA1, that SetParameters is to name if there is no PPS; after a PPS,
    /// [`Pps::check`] says which hold.
    pub f_d_index: u8,
    /// The host has to send SetParameters. If not, the reader has chosen everything itself, and GetParameters
    /// tells what.
    pub set_parameters: bool,
}

/// Chooses protocol and speed.
///
/// - TA2 names the protocol (specific mode, no PPS); otherwise it is the first that the card offers and the
///   reader has. T=1 with a CRC is passed over where the host would do the blocks.
/// - The speed is that of TA1 or, if the reader has not got it, the next lower D with the same F that it has;
///   PPS1 may name any D up to the card's (libccid tries some of them, too:
///   `LudovicRousseau/CCID:src/ifdhandler.c`, only from TA1 97, 96 and 95 down to 94). It is never below the
///   default speed, and the clock stays dwDefaultClock: dwMaximumClock is what a reader can do, not what it
///   does. `data_rates` is the answer to GET_DATA_RATES, empty = all rates up to dwMaxDataRate.
/// - A PPS is for the host at the TPDU level where dwFeatures has neither automatic negotiation (40h: the reader does
///   everything, SetParameters included) nor automatic PPS (80h: the reader sends it when SetParameters
///   changes the speed). 02h, 10h and 20h do not change that: they speak of what the reader does with the
///   parameters on its side.
///
/// # Errors
/// [`PpsError`]: the card cannot be used in this reader.
pub fn choose(atr: &Atr<'_>, reader: &ClassDescriptor, data_rates: &[u32]) -> Result<Selection, PpsError> {
    let features = reader.features;
    let set_parameters = !features.has(Features::AUTO_NEGOTIATION);
    let host_does_blocks =
        matches!(reader.exchange_level(), Some(ExchangeLevel::Tpdu | ExchangeLevel::Character));
    let crc = host_does_blocks && atr.edc() == Edc::Crc;
    let usable = |protocol: u8| protocol <= 1 && reader.supports(protocol);
    let supported = |protocol: &u8| usable(*protocol) && !(crc && *protocol == 1);
    let none = if crc && atr.offers(1) { PpsError::CrcNotSupported } else { PpsError::NoCommonProtocol };
    let ta1 = atr.interface_byte(1, TA).unwrap_or(DEFAULT_F_D);

    if let Some(mode) = atr.specific_mode() {
        if !supported(&mode.protocol) {
            return Err(if usable(mode.protocol) { PpsError::CrcNotSupported } else { none });
        }
        if set_parameters && mode.implicit {
            return Err(PpsError::ImplicitParameters);
        }
        if set_parameters && !rate(reader, ta1).is_some_and(|rate| has_rate(reader, data_rates, rate)) {
            return Err(PpsError::SpeedNotSupported { f_d_index: ta1 });
        }
        return Ok(Selection { protocol: mode.protocol, pps: None, f_d_index: ta1, set_parameters });
    }

    let protocol = atr.protocols().find(supported).ok_or(none)?;
    let host_sends = set_parameters && !features.has(Features::AUTO_PPS);
    if host_sends && !host_does_blocks {
        // An XfrBlock would carry a PPS as a command: the speed stays the default.
        return Ok(Selection { protocol, pps: None, f_d_index: DEFAULT_F_D, set_parameters });
    }
    let f_d_index = negotiable_speed(ta1, reader, data_rates);
    let pps1 = (f_d_index != DEFAULT_F_D).then_some(f_d_index);
    let needed = pps1.is_some() || atr.protocols().next() != Some(protocol);
    let pps = (needed && host_sends).then_some(Pps { protocol, pps1 });
    Ok(Selection { protocol, pps, f_d_index, set_parameters })
}

/// Indices of D, fastest first: 64, 32, 20, 16, 12, 8, 4, 2, 1.
const FASTEST_FIRST: [u8; 9] = [7, 6, 9, 5, 8, 4, 3, 2, 1];

/// The fastest speed of card and reader above the default, or the default.
fn negotiable_speed(ta1: u8, reader: &ClassDescriptor, data_rates: &[u32]) -> u8 {
    let default = rate(reader, DEFAULT_F_D).unwrap_or(0);
    FASTEST_FIRST
        .iter()
        .skip_while(|&&d| d != ta1 & 0x0F)
        .map(|d| ta1 & 0xF0 | d)
        .find(|&index| {
            rate(reader, index).is_some_and(|rate| rate > default && has_rate(reader, data_rates, rate))
        })
        .unwrap_or(DEFAULT_F_D)
}

/// Bits per second at the reader's default clock, rounded down. `None` for reserved values and for clocks that
/// no card has. In 32 bits: a division of 64 bits is half a kilobyte of code on a microcontroller.
fn rate(reader: &ClassDescriptor, f_d_index: u8) -> Option<u32> {
    let CardTiming { f, d, .. } = CardTiming::from_index(f_d_index)?;
    let (f, d) = (u32::from(f), u32::from(d));
    let clock = reader.default_clock_khz.checked_mul(1000)?;
    let (whole, rest) = (clock.checked_div(f)?, clock.checked_rem(f)?);
    whole.checked_mul(d)?.checked_add(rest.checked_mul(d)?.checked_div(f)?)
}

fn has_rate(reader: &ClassDescriptor, data_rates: &[u32], rate: u32) -> bool {
    rate <= reader.max_data_rate.saturating_add(RATE_TOLERANCE)
        && (data_rates.is_empty() || data_rates.iter().any(|&has| has.abs_diff(rate) <= RATE_TOLERANCE))
}
