//! The parameters that SetParameters names, from the interface bytes (CCID 1.1, 6.1.7).
//!
//! Reserved values are not passed on, a reader may refuse them: WI 0 becomes 10, BWI above 9 becomes 9, IFSC
//! 0 and 255 become 32. The guard time is TC1 as it is: FF has its meaning per protocol in SetParameters,
//! too.

use super::{Atr, Convention, Edc};
use crate::ccid::{T0Parameters, T1Parameters};

/// In bmTCCKST: the inverse convention.
const INVERSE: u8 = 0x02;

impl T0Parameters {
    /// The parameters of T=0 at the speed `f_d_index`, which is TA1's only where card and reader agreed on
    /// it.
    #[must_use]
    pub fn from_atr(atr: &Atr<'_>, f_d_index: u8) -> Self {
        Self {
            f_d_index,
            tcckst: convention(atr),
            guard_time: atr.extra_guard_time(),
            waiting_integer: atr.usable_waiting_integer(),
            clock_stop: 0,
        }
    }
}

impl T1Parameters {
    /// The parameters of T=1 at the speed `f_d_index`, which is TA1's only where card and reader agreed on
    /// it.
    #[must_use]
    pub fn from_atr(atr: &Atr<'_>, f_d_index: u8) -> Self {
        let crc = u8::from(atr.edc() == Edc::Crc);
        Self {
            f_d_index,
            tcckst: 0x10 | convention(atr) | crc,
            guard_time: atr.extra_guard_time(),
            waiting_integers: atr.usable_bwi() << 4 | atr.cwi(),
            clock_stop: 0,
            ifsc: atr.usable_ifsc(),
            nad: 0,
        }
    }
}

fn convention(atr: &Atr<'_>) -> u8 {
    match atr.convention() {
        Convention::Direct => 0,
        Convention::Inverse => INVERSE,
    }
}
