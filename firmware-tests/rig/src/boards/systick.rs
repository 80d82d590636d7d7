//! The processor's own timer (ARMv7-M and ARMv8-M reference manuals, B3.3 and B11): it counts down and wraps.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use rig::Ticks;

const MASK: u32 = 0x00FF_FFFF;

/// Microseconds by the processor's clock.
pub struct SysTick {
    ticks: Ticks,
    per_micro: u32,
}

impl SysTick {
    /// Starts it. `clock` is the processor's, in hertz.
    pub fn start(mut timer: SYST, clock: u32) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(MASK);
        timer.clear_current();
        timer.enable_counter();
        Self { ticks: Ticks::new(), per_micro: clock / 1_000_000 }
    }

    /// Microseconds since some moment before.
    pub fn micros(&mut self) -> u64 {
        let up = (MASK - SYST::get_current()) & MASK;
        self.ticks.advance(up, MASK, self.per_micro)
    }
}
