//! What the interface bytes say about speed and waiting times (ISO 7816-3, clauses 8.3, 10.2 and 11.4).
//!
//! All of these are limits between two characters. A reader keeps them by itself, once SetParameters has
//! named the integers; a host that is the reader keeps them with [`Atr::guard_time`], [`Atr::waiting_time`],
//! [`Atr::character_waiting_time`] and [`Atr::block_waiting_time`].
//!
//! They are no budget for a command. libccid makes one of them by giving each character of the longest answer
//! its whole waiting time (`LudovicRousseau/CCID:src/ifdhandler.c`): 260 guard times + BWT + 260 CWT + 1 s
//! for T=1, 5 guard times + 260 WT for T=0. At 3580 kHz that is 224,539 ms for KAZTOKEN's answer to reset and
//! 356,970 ms for the SC card's, although the reader gives up after the first character that is late. So the
//! budget of a command is the caller's here and does not come from the answer to reset.

use super::{Atr, OF_T1, TA, TB, TC};
use crate::Millis;

/// Clock rate conversion integer Fi and highest clock in kHz by index (ISO 7816-3, table 7). 0 = reserved.
const F: [(u16, u16); 16] = [
    (372, 4000),
    (372, 5000),
    (558, 6000),
    (744, 8000),
    (1116, 12000),
    (1488, 16000),
    (1860, 20000),
    (0, 0),
    (0, 0),
    (512, 5000),
    (768, 7500),
    (1024, 10000),
    (1536, 15000),
    (2048, 20000),
    (0, 0),
    (0, 0),
];

/// Baud rate adjustment integer Di by index (ISO 7816-3, table 8). 0 = reserved.
const D: [u8; 16] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];

/// TA1 decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardTiming {
    /// Fi: clocks per bit at D = 1.
    pub f: u16,
    /// Di: how many times faster.
    pub d: u8,
    /// The card's highest clock, kHz.
    pub max_clock_khz: u16,
}

/// Error detection code of T=1 blocks (ISO 7816-3, 11.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edc {
    /// One byte, exclusive-or.
    Lrc,
    /// Two bytes.
    Crc,
}

impl CardTiming {
    /// A byte in the form of TA1, PPS1 or bmFindexDindex decoded; `None` when it holds a reserved value.
    #[must_use]
    pub fn from_index(f_d_index: u8) -> Option<Self> {
        let &(f, max_clock_khz) = F.get(usize::from(f_d_index >> 4))?;
        let &d = D.get(usize::from(f_d_index & 0x0F))?;
        (f != 0 && d != 0).then_some(Self { f, d, max_clock_khz })
    }

    /// Clocks of so many elementary time units (etu), rounded up.
    #[must_use]
    pub fn clocks(&self, etu: u32) -> u64 {
        (u64::from(etu) * u64::from(self.f)).div_ceil(u64::from(self.d).max(1))
    }
}

impl Atr<'_> {
    /// F and D from TA1: 372 and 1 when TA1 is absent, `None` when it holds a reserved value.
    #[must_use]
    pub fn card_timing(&self) -> Option<CardTiming> {
        CardTiming::from_index(self.interface_byte(1, TA).unwrap_or(0x11))
    }

    /// N from TC1, the extra guard time integer: 0 when absent; 255 has a meaning of its own per protocol.
    #[must_use]
    pub fn extra_guard_time(&self) -> u8 {
        self.interface_byte(1, TC).unwrap_or(0)
    }

    /// T=0: WI from TC2, 10 when absent. 0 is reserved.
    #[must_use]
    pub fn waiting_integer(&self) -> u8 {
        self.interface_byte(2, TC).unwrap_or(10)
    }

    /// T=0: WI as it may be used: the default of 10 where it is reserved.
    #[must_use]
    pub fn usable_waiting_integer(&self) -> u8 {
        match self.waiting_integer() {
            0 => 10,
            wi => wi,
        }
    }

    /// T=1: IFSC, the largest information field the card takes, from the first TA for T=1; 32 when absent.
    /// 0 and 255 are reserved.
    #[must_use]
    pub fn ifsc(&self) -> u8 {
        self.interface_byte(OF_T1, TA).unwrap_or(32)
    }

    /// T=1: IFSC as it may be used: the default of 32, which every card takes, where it is reserved.
    #[must_use]
    pub fn usable_ifsc(&self) -> u8 {
        match self.ifsc() {
            0 | 255 => 32,
            ifsc => ifsc,
        }
    }

    /// T=1: BWI, from the first TB for T=1; 4 when absent. 10 to 15 are reserved.
    #[must_use]
    pub fn bwi(&self) -> u8 {
        self.interface_byte(OF_T1, TB).unwrap_or(0x4D) >> 4
    }

    /// T=1: BWI as it may be used: the largest, 9, where it is reserved, because the card asks for more than
    /// the default.
    #[must_use]
    pub fn usable_bwi(&self) -> u8 {
        self.bwi().min(9)
    }

    /// T=1: CWI, from the first TB for T=1; 13 when absent.
    #[must_use]
    pub fn cwi(&self) -> u8 {
        self.interface_byte(OF_T1, TB).unwrap_or(0x4D) & 0x0F
    }

    /// T=1: error detection code, from the first TC for T=1; LRC when absent.
    #[must_use]
    pub fn edc(&self) -> Edc {
        match self.interface_byte(OF_T1, TC) {
            Some(tc) if tc & 1 != 0 => Edc::Crc,
            _ => Edc::Lrc,
        }
    }

    /// The least clocks between the leading edges of two characters sent to the card at `speed`: 12 etu + N,
    /// where N counts etu of `speed`, or those of TA1 if T=15 is named. N = 255: 12 etu, under T=1 11 etu.
    /// `None` for a reserved TA1 that would be needed.
    ///
    /// After a character from the card more is due: 16 etu under T=0, 22 etu under T=1.
    #[must_use]
    pub fn guard_time(&self, protocol: u8, speed: CardTiming) -> Option<u64> {
        let extra = match self.extra_guard_time() {
            255 if protocol == 1 => return Some(speed.clocks(11)),
            255 => 0,
            n => u32::from(n),
        };
        let global = self.interface_bytes().any(|group| group.td.is_some_and(|td| td & 0x0F == 15));
        let unit = if global { self.card_timing()? } else { speed };
        Some(speed.clocks(12) + unit.clocks(extra))
    }

    /// T=1 character waiting time CWT = (11 + 2^CWI) etu at `speed` and a clock of `clock_khz`, rounded up.
    /// `None` for a clock of 0.
    #[must_use]
    pub fn character_waiting_time(&self, speed: CardTiming, clock_khz: u32) -> Option<Millis> {
        // CWI is a nibble, so the shift is at most 15.
        milliseconds(speed.clocks(11 + (1 << self.cwi())), clock_khz)
    }

    /// T=0 waiting time WT = WI * 960 * Fi / f at a clock of `clock_khz`, rounded up; a reserved WI counts as
    /// 10. `None` for a clock of 0 or a reserved TA1.
    #[must_use]
    pub fn waiting_time(&self, clock_khz: u32) -> Option<Millis> {
        let clocks = u64::from(self.usable_waiting_integer()) * 960 * u64::from(self.card_timing()?.f);
        milliseconds(clocks, clock_khz)
    }

    /// T=1 block waiting time BWT = 11 etu + 2^BWI * 960 * 372 / f at a clock of `clock_khz`, rounded up;
    /// a reserved BWI counts as 9. `None` for a clock of 0 or a reserved TA1. The etu is that of TA1.
    #[must_use]
    pub fn block_waiting_time(&self, clock_khz: u32) -> Option<Millis> {
        let clocks = self.card_timing()?.clocks(11);
        // At most 9, so the shift is small.
        milliseconds(clocks + ((960 * 372) << self.usable_bwi()), clock_khz)
    }
}

fn milliseconds(clocks: u64, clock_khz: u32) -> Option<Millis> {
    (clock_khz != 0).then(|| Millis(clocks.div_ceil(u64::from(clock_khz))))
}
