//! The time while the card works on a command: when to ask the host for more, when the answer may leave.

use crate::ccid::{CcidDevice, Exchange};
use core::time::Duration;
use kaztoken_core::Millis;
use std::collections::VecDeque;
use std::time::Instant;

/// After the planned time extensions, the token asks again this often until the card is done.
const INTERVAL: Duration = Duration::from_secs(1);

/// A command under way.
#[derive(Debug)]
pub(super) struct Busy {
    pub(super) exchange: Exchange,
    /// Pauses before the time extensions that must still be sent.
    planned: VecDeque<Duration>,
    rest: Duration,
    next_extension: Instant,
    /// Not before this may the answer leave, once nothing is planned any more.
    earliest: Instant,
}

/// What is to be done now.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    SendExtension,
    SendAnswer,
    WaitUntil(Instant),
}

const fn duration(millis: Millis) -> Duration {
    Duration::from_millis(millis.0)
}

impl Busy {
    pub(super) fn new(device: &CcidDevice, exchange: Exchange, now: Instant) -> Self {
        let planned: VecDeque<_> = device.extensions(&exchange).map(duration).collect();
        let rest = duration(exchange.duration).saturating_sub(INTERVAL * (exchange.duration.0 / 1000) as u32);
        let first = planned.front().copied().unwrap_or(INTERVAL);
        Self { exchange, planned, rest, next_extension: now + first, earliest: now + rest }
    }

    /// What to do at `now`; call again after each step.
    pub(super) fn step(&mut self, now: Instant, answered: bool) -> Step {
        let wait = if !self.planned.is_empty() || !answered { self.next_extension } else { self.earliest };
        if now < wait {
            return Step::WaitUntil(wait);
        }
        if answered && self.planned.is_empty() {
            return Step::SendAnswer;
        }
        if self.planned.pop_front().is_some() && self.planned.is_empty() {
            self.earliest = now + self.rest;
        }
        self.next_extension = now + self.planned.front().copied().unwrap_or(INTERVAL);
        Step::SendExtension
    }
}
