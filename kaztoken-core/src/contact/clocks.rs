//! Clocks and etu of the standard in microseconds.

use super::{Contact, Protocol};
use crate::atr::{Atr, CardTiming};

/// No power between deactivation and the next activation, at least (6.2.4).
pub(super) const POWER_OFF: u64 = 10_000;
/// VCC until the clock runs: the standard has no number, it says that VCC is stable first (6.2.1).
pub(super) const POWER_UP: u64 = 5_000;
/// RST stays low for at least 400 clocks (6.2.2, 6.2.3).
pub(super) const RESET_LOW: u64 = 400;
/// An answer to reset begins between these clocks after RST goes high (6.2.2).
pub(super) const ATR_FROM: u64 = 400;
pub(super) const ATR_BEGINS: u64 = 40_000;
/// A character, until it can be delivered: start, eight bits, parity, at the initial etu.
pub(super) const CHARACTER: u64 = 10 * 372;
/// Between the characters of the answer to reset (8.1), and before and in a PPS response: 9,600 initial etu.
pub(super) const INITIAL_WAIT: u64 = 9_600 * 372;
/// What a port may need for sending beyond its etu, microseconds.
const PORT: u64 = 1_000_000;
/// A character at its longest: 12 etu and the extra guard time of 254.
const LONGEST_CHARACTER: u32 = 266;

impl Contact<'_> {
    /// So many clocks later, rounded up.
    pub(super) fn after_exactly(&self, now: u64, clocks: u64) -> u64 {
        now.saturating_add(clocks.saturating_mul(1_000_000).div_ceil(u64::from(self.clock.hertz).max(1)))
    }

    /// The latest time at which something may come that has so many clocks.
    pub(super) fn after_clocks(&self, now: u64, clocks: u64) -> u64 {
        self.after_exactly(now, clocks).saturating_add(self.clock.slack)
    }

    fn etus(&self, etu: u32) -> u64 {
        CardTiming::from_index(self.f_d)
            .map_or(u64::from(etu).saturating_mul(372), |timing| timing.clocks(etu))
    }

    /// From the card's last character to the first to it: 22 etu in T=1 (11.2), 16 in T=0 (10.2).
    pub(super) fn turn_round_time(&self) -> u64 {
        self.etus(if matches!(self.protocol, Protocol::T1(_)) { 22 } else { 16 })
    }

    pub(super) fn send_deadline(&self, now: u64) -> u64 {
        let characters = self.out.1.saturating_sub(self.out.0) as u64;
        let clocks = self.etus(LONGEST_CHARACTER).saturating_mul(characters);
        self.after_clocks(now, clocks).saturating_add(PORT)
    }

    /// CWT (11.4.3), clocks.
    pub(super) fn character_wait(&self) -> u64 {
        let cwi = Atr::parse(self.atr()).map_or(13, |atr| atr.cwi() & 0x0F);
        self.etus(11_u32.saturating_add(1 << cwi))
    }

    /// WT of T=0 (10.2), clocks.
    pub(super) fn work_wait(&self) -> u64 {
        let wi = Atr::parse(self.atr()).map_or(10, |atr| atr.usable_waiting_integer());
        let f = CardTiming::from_index(self.f_d).map_or(372, |timing| timing.f);
        u64::from(wi).saturating_mul(960).saturating_mul(f.into())
    }

    /// BWT (11.4.3), times what the card asked for.
    pub(super) fn block_deadline(&self, now: u64) -> u64 {
        let times = match &self.protocol {
            Protocol::T1(machine) => machine.waiting_multiplier().max(1),
            Protocol::T0(_) => 1,
        };
        let kilohertz = self.clock.hertz / 1_000;
        let bwt = Atr::parse(self.atr()).ok().and_then(|atr| atr.block_waiting_time(kilohertz));
        let micros = bwt.map_or(1_000, |bwt| bwt.0).saturating_mul(1_000).saturating_mul(times.into());
        now.saturating_add(micros).saturating_add(self.clock.slack)
    }
}
