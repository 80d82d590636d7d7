//! What the interface bytes say about speed and waiting times (ISO 7816-3, clauses 8.3, 10.2 and 11.4).

use super::Atr;
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
}

impl Atr<'_> {
    /// F and D from TA1: 372 and 1 when TA1 is absent, `None` when it holds a reserved value.
    #[must_use]
    pub fn card_timing(&self) -> Option<CardTiming> {
        CardTiming::from_index(self.group(1).and_then(|group| group.ta).unwrap_or(0x11))
    }

    /// N from TC1, the extra guard time integer: 0 when absent; 255 has a meaning of its own per protocol.
    #[must_use]
    pub fn extra_guard_time(&self) -> u8 {
        self.group(1).and_then(|group| group.tc).unwrap_or(0)
    }

    /// T=0: WI from TC2, 10 when absent. 0 is reserved.
    #[must_use]
    pub fn waiting_integer(&self) -> u8 {
        self.group(2).and_then(|group| group.tc).unwrap_or(10)
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
        self.t1_group().find_map(|group| group.ta).unwrap_or(32)
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
        self.t1_group().find_map(|group| group.tb).unwrap_or(0x4D) >> 4
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
        self.t1_group().find_map(|group| group.tb).unwrap_or(0x4D) & 0x0F
    }

    /// T=1: error detection code, from the first TC for T=1; LRC when absent.
    #[must_use]
    pub fn edc(&self) -> Edc {
        match self.t1_group().find_map(|group| group.tc) {
            Some(tc) if tc & 1 != 0 => Edc::Crc,
            _ => Edc::Lrc,
        }
    }

    /// T=0 waiting time WT = WI * 960 * Fi / f at a clock of `clock_khz`, rounded up.
    /// `None` for a clock of 0 or a reserved TA1.
    #[must_use]
    pub fn waiting_time(&self, clock_khz: u32) -> Option<Millis> {
        let clocks = u64::from(self.waiting_integer()) * 960 * u64::from(self.card_timing()?.f);
        milliseconds(clocks, clock_khz)
    }

    /// T=1 block waiting time BWT = 11 etu + 2^BWI * 960 * 372 / f at a clock of `clock_khz`, rounded up.
    /// `None` for a clock of 0 or a reserved TA1. The etu is that of TA1.
    #[must_use]
    pub fn block_waiting_time(&self, clock_khz: u32) -> Option<Millis> {
        let CardTiming { f, d, .. } = self.card_timing()?;
        let etu = u64::from(f).div_ceil(u64::from(d));
        // BWI is a nibble, so the shift is at most 15.
        milliseconds(11 * etu + ((960 * 372) << self.bwi()), clock_khz)
    }
}

fn milliseconds(clocks: u64, clock_khz: u32) -> Option<Millis> {
    (clock_khz != 0).then(|| Millis(clocks.div_ceil(u64::from(clock_khz))))
}
