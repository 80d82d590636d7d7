//! The recovery ladder: what has to be done after a fault before the next command may be sent.
//!
//! A fault is met at the lowest rung that can deal with it, and each rung that fails leads to the next:
//!
//! | rung | who climbs | when it succeeds |
//! |---|---|---|
//! | retry | the protocol itself: a busy reader is asked again, T=1 asks for a block again and resynchronises | no answer was lost, nothing is to be done |
//! | [`Rung::Abort`] | [`Slot`](super::Slot), within 800 ms | reader and host are in step; the command's outcome is unknown |
//! | [`Rung::PowerCycle`] | the caller: [`CcidLink::recover`](super::CcidLink::recover) | the card starts anew and nobody is logged in |
//! | [`Rung::BusReset`] | the same, when the pipe can reset the device | the reader starts anew; the card is powered again |
//! | [`Rung::Unplug`] | the person | a new connection |
//!
//! From the first rung above retry on an answer may have been lost, so what is known of the PINs is
//! void ([`Recovery::answers_lost`] counts). A connection above [`Rung::Abort`] repeats its error
//! until it is recovered, and a card that lost its power, or could not be powered on, is not spoken to:
//! neither is ever used again silently.

/// A step of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rung {
    /// The abort sequence of CCID.
    Abort,
    /// Power off and on.
    PowerCycle,
    /// A reset of the device on the bus, then power on.
    BusReset,
    /// Nothing that a program can do: unplug the device and plug it in again.
    Unplug,
}

/// Where a connection stands on the ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Recovery {
    next: Option<Rung>,
    reset_used: bool,
    answers_lost: u32,
}

impl Recovery {
    pub(super) const SOUND: Self = Self { next: None, reset_used: false, answers_lost: 0 };

    /// The rung to climb next. `None`: the connection is sound.
    #[must_use]
    pub const fn next(&self) -> Option<Rung> {
        self.next
    }

    /// How many command APDUs, and messages of [`Slot::command`](super::Slot::command), ended without a
    /// response, be it only because they were cancelled before they were sent. When it changes, forget what was known of the PINs and read the counters anew.
    #[must_use]
    pub const fn answers_lost(&self) -> u32 {
        self.answers_lost
    }

    /// An answer may still be on its way.
    pub(super) const fn lost(&mut self) {
        if self.next.is_none() {
            self.next = Some(Rung::Abort);
        }
    }

    /// A command ended without a response.
    pub(super) const fn missed(&mut self) {
        self.answers_lost = self.answers_lost.saturating_add(1);
    }

    /// Card and host are out of step in a way that ABORT does not heal (T=1 after a lost block).
    pub(super) const fn out_of_step(&mut self) {
        self.lost();
        if let Some(Rung::Abort) = self.next {
            self.next = Some(Rung::PowerCycle);
        }
    }

    /// A rung was climbed, whether it was the next one or not.
    #[inline(never)]
    pub(super) fn climbed(&mut self, rung: Rung, succeeded: bool) {
        // A card that answers to power on is sound, whatever was before.
        if rung == Rung::PowerCycle && succeeded {
            self.reset_used = false;
            self.next = None;
        } else if rung == Rung::PowerCycle && self.next.is_none() {
            // A card without power is not sound, though no answer was lost.
            self.next = Some(Rung::PowerCycle);
        } else if self.next == Some(rung) {
            self.next = match (rung, succeeded) {
                (Rung::Abort, true) => None,
                (Rung::Abort, false) => Some(Rung::PowerCycle),
                (Rung::BusReset, true) => {
                    self.reset_used = true;
                    Some(Rung::PowerCycle)
                }
                (Rung::PowerCycle, _) if !self.reset_used => Some(Rung::BusReset),
                (Rung::PowerCycle | Rung::BusReset | Rung::Unplug, _) => Some(Rung::Unplug),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Recovery, Rung};

    fn lost() -> Recovery {
        let mut recovery = Recovery::SOUND;
        recovery.lost();
        recovery
    }

    #[test]
    fn a_confirmed_abort_is_enough() {
        let mut recovery = lost();
        recovery.climbed(Rung::Abort, true);
        assert_eq!(recovery.next(), None);
    }

    #[test]
    fn every_rung_that_fails_leads_to_the_next() {
        let mut recovery = lost();
        for (rung, next) in [
            (Rung::Abort, Rung::PowerCycle),
            (Rung::PowerCycle, Rung::BusReset),
            (Rung::BusReset, Rung::Unplug),
        ] {
            assert_eq!(recovery.next(), Some(rung));
            recovery.climbed(rung, false);
            assert_eq!(recovery.next(), Some(next));
        }
        for rung in [Rung::Abort, Rung::BusReset, Rung::Unplug] {
            recovery.climbed(rung, true);
            assert_eq!(recovery.next(), Some(Rung::Unplug), "there is none above it");
        }
    }

    #[test]
    fn the_bus_is_reset_once() {
        let mut recovery = lost();
        recovery.climbed(Rung::Abort, false);
        recovery.climbed(Rung::PowerCycle, false);
        recovery.climbed(Rung::BusReset, true);
        assert_eq!(recovery.next(), Some(Rung::PowerCycle));
        recovery.climbed(Rung::PowerCycle, false);
        assert_eq!(recovery.next(), Some(Rung::Unplug));
    }

    #[test]
    fn a_rung_that_is_not_the_next_one_changes_nothing() {
        let mut recovery = lost();
        recovery.climbed(Rung::BusReset, true);
        recovery.climbed(Rung::PowerCycle, false);
        assert_eq!(recovery.next(), Some(Rung::Abort));
        recovery.climbed(Rung::PowerCycle, true);
        assert_eq!(recovery.next(), None, "a card that was powered on anew is sound");
    }

    #[test]
    fn abort_does_not_bring_blocks_in_step() {
        let mut recovery = Recovery::SOUND;
        recovery.out_of_step();
        recovery.climbed(Rung::Abort, true);
        assert_eq!(recovery.next(), Some(Rung::PowerCycle));
    }
}
