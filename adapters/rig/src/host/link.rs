//! APDUs through a rig.

use super::error::Error;
use super::rig::Rig;
use crate::message::{Octets, Outcome, Task};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;

/// How long an answer to reset may take.
const POWER_BUDGET: Millis = Millis(5_000);
/// The longest answer to reset (ISO 7816-3, 8.2.1) has 33 bytes.
const ATR_LEN: usize = 33;

/// A powered token on a rig.
///
/// After an error of [`transmit`](ApduLink::transmit), of whatever kind, every command is
/// [`Error::Broken`] until [`recover`](ApduLink::recover), which takes the token's power: whoever was logged in
/// is not any more. No command is sent twice.
#[derive(Debug)]
pub struct RigLink {
    rig: Rig,
    atr: [u8; ATR_LEN],
    atr_len: usize,
    state: State,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum State {
    Powered,
    /// The token has no power, or got none from here.
    Off,
    /// A request failed.
    Failed,
}

impl RigLink {
    /// Powers the token on.
    ///
    /// # Errors
    /// [`Error`]; the line may be sound after it.
    pub fn open(rig: Rig) -> Result<Self, Error> {
        let mut link = Self::without_power(rig);
        link.power_on()?;
        Ok(link)
    }

    /// Leaves the token as it is: no command is sent until it is powered on.
    #[must_use]
    pub const fn without_power(rig: Rig) -> Self {
        Self { rig, atr: [0; ATR_LEN], atr_len: 0, state: State::Off }
    }

    /// Powers the token on, or resets one that has power.
    ///
    /// # Errors
    /// [`Error`].
    pub fn power_on(&mut self) -> Result<(), Error> {
        self.power(Task::PowerOn { budget: millis(POWER_BUDGET) })
    }

    /// The answer to the last reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        self.atr.get(..self.atr_len).unwrap_or_default()
    }

    /// The rig, for what is no APDU.
    pub const fn rig(&mut self) -> &mut Rig {
        &mut self.rig
    }

    /// Gives the rig back. The token keeps its power.
    #[must_use]
    pub fn into_rig(self) -> Rig {
        self.rig
    }

    /// Resets the token without taking its power. It forgets logins.
    ///
    /// # Errors
    /// [`Error`].
    pub fn reset(&mut self) -> Result<(), Error> {
        self.power(Task::Reset { budget: millis(POWER_BUDGET) })
    }

    /// Powers the token off and on. It forgets logins.
    ///
    /// # Errors
    /// [`Error`].
    pub fn power_cycle(&mut self) -> Result<(), Error> {
        self.rig.ask(&Task::PowerOff)?;
        self.power_on()
    }

    fn power(&mut self, task: Task<'_>) -> Result<(), Error> {
        self.state = State::Failed;
        let Outcome::Atr(Octets(atr)) = self.rig.ask(&task)? else { return Err(Error::WrongAnswer) };
        let place = self.atr.get_mut(..atr.len()).ok_or(Error::Fault(crate::Fault::BadAtr))?;
        place.copy_from_slice(atr);
        self.atr_len = atr.len();
        self.state = State::Powered;
        Ok(())
    }
}

impl ApduLink for RigLink {
    type Error = Error;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Error> {
        match core::mem::replace(&mut self.state, State::Failed) {
            State::Powered => {}
            State::Failed => return Err(Error::Broken),
            State::Off => {
                self.state = State::Off;
                return Err(Error::Fault(crate::Fault::NotPowered));
            }
        }
        let task = Task::Apdu { budget: millis(budget), command: Octets(command) };
        let len = match self.rig.ask(&task)? {
            Outcome::Response(Octets(answer)) => {
                let (needed, got) = (answer.len(), response.len());
                let Some(place) = response.get_mut(..needed) else {
                    self.rig.wipe();
                    return Err(Error::BufferTooSmall { needed, got });
                };
                place.copy_from_slice(answer);
                needed
            }
            _ => return Err(Error::WrongAnswer),
        };
        self.rig.wipe();
        self.state = State::Powered;
        Ok(len)
    }

    fn recover(&mut self) -> Result<bool, Error> {
        if self.rig.is_broken() {
            self.rig.reconnect()?;
        }
        if self.state != State::Powered {
            self.power_cycle()?;
        }
        Ok(true)
    }

    fn power_off(&mut self) {
        self.state = State::Off;
        if self.rig.is_broken() {
            // A hello from somebody new takes the power, too. If nobody hears it, the rig's own time-out does.
            let _ = self.rig.reconnect_within(Duration::from_millis(500));
        } else {
            let _ = self.rig.ask(&Task::PowerOff);
        }
    }
}

/// A budget as it lies on the wire.
pub(super) fn millis(budget: Millis) -> u32 {
    u32::try_from(budget.0).unwrap_or(u32::MAX)
}
