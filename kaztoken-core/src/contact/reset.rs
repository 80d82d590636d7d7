//! Activation, reset, the answer to it, protocol and speed.

use super::clocks::{ATR_BEGINS, ATR_FROM, CHARACTER, INITIAL_WAIT, POWER_OFF, POWER_UP, RESET_LOW};
use super::line::{Levels, LineError, inverse};
use super::{Action, Contact, ContactError, DEFAULT_ETU, Phase, Protocol};
use crate::atr::{Atr, AtrError, CardTiming, Edc, TA, Tck};
use crate::ccid::message::copy;
use crate::tpdu::pps::{DEFAULT_F_D, Pps, PpsError};
use crate::tpdu::t0::T0;
use crate::tpdu::t1::T1;

/// TS of the inverse convention, as a port of the direct one sees it.
const TS_INVERSE: u8 = inverse(0x3F);

impl Contact<'_> {
    /// Begins activation and a cold reset (6.2.1, 6.2.2), or with power a warm one (6.2.3). A cold reset of a
    /// card with power takes the power first.
    ///
    /// # Errors
    /// [`ContactError::NoCard`], [`ContactError::OverCurrent`], [`ContactError::NotPowered`]: nothing has
    /// begun. [`ContactError::Busy`]: a cold reset before [`poll`](Self::poll) has taken the power, a warm one
    /// before it has made an earlier reset; poll first.
    pub fn begin_reset(&mut self, now: u64, cold: bool) -> Result<(), ContactError> {
        if cold {
            self.deactivate();
            if self.levels != Levels::OFF {
                return Err(ContactError::Busy);
            }
            if self.overloaded || !self.present {
                return Err(if self.overloaded { ContactError::OverCurrent } else { ContactError::NoCard });
            }
            self.phase = Phase::Powered;
        } else {
            if self.levels == Levels::OFF || !self.is_powered() {
                return Err(self.failed.unwrap_or(ContactError::NotPowered));
            }
            if !self.levels.rst {
                return Err(ContactError::Busy);
            }
            self.phase = Phase::Held;
        }
        self.wipe();
        (self.failed, self.atr_len, self.inverse, self.sized) = (None, 0, false, false);
        self.had_damage = false;
        self.protocol = Protocol::T0(T0::new(0xFF));
        self.f_d = DEFAULT_F_D;
        self.set_etu = Some(DEFAULT_ETU);
        self.until = if cold { now.saturating_add(POWER_OFF) } else { now };
        Ok(())
    }

    pub(super) fn poll_reset(&mut self, now: u64) -> Result<Option<Action>, ContactError> {
        let Levels { vcc, rst, clk } = self.levels;
        match self.phase {
            Phase::Powered if !vcc && now < self.until => Ok(None),
            Phase::Powered if !vcc => {
                self.until = now.saturating_add(POWER_UP);
                Ok(Some(self.set(Levels { vcc: true, ..Levels::OFF })))
            }
            Phase::Powered if now >= self.until => {
                self.phase = Phase::Held;
                self.until = self.after_exactly(now, RESET_LOW);
                Ok(Some(self.set(Levels { vcc, rst: false, clk: true })))
            }
            Phase::Held if rst => {
                self.until = self.after_exactly(now, RESET_LOW);
                Ok(Some(self.set(Levels { vcc, rst: false, clk })))
            }
            Phase::Held if now >= self.until => {
                self.phase = Phase::Answering;
                self.reset_at = now;
                self.until = self.after_clocks(now, ATR_BEGINS.saturating_add(CHARACTER));
                Ok(Some(self.set(Levels { vcc, rst: true, clk })))
            }
            Phase::Answered => Ok(Some(Action::Done(self.atr_len))),
            Phase::Answering if now > self.until => Err(match self.atr_len {
                0 => ContactError::Mute,
                got => ContactError::AtrCut { got },
            }),
            Phase::Negotiating if now > self.until => Err(ContactError::PpsSilent),
            _ => Ok(None),
        }
    }

    fn set(&mut self, levels: Levels) -> Action {
        self.levels = levels;
        Action::SetContacts(levels)
    }

    /// A character of the answer to reset.
    pub(super) fn take_answer(
        &mut self,
        now: u64,
        character: Result<u8, LineError>,
    ) -> Result<(), ContactError> {
        if now < self.after_exactly(self.reset_at, ATR_FROM) && self.clock.slack == 0 {
            // No card answers so early: the contacts have bounced.
            return Ok(());
        }
        if now > self.until {
            return Ok(()); // poll() names it.
        }
        if self.atr_len == 0 {
            self.inverse = matches!(character, Ok(TS_INVERSE) | Err(LineError::Parity(Some(TS_INVERSE))));
        }
        let byte = self.plain(character)?;
        *self.atr.get_mut(self.atr_len).ok_or(ContactError::AtrTooLong)? = byte;
        self.atr_len = self.atr_len.saturating_add(1);
        self.until = self.after_clocks(now, INITIAL_WAIT);
        match Atr::parse(self.atr()) {
            Ok(atr) => match atr.tck() {
                Tck::Missing => Ok(()),
                Tck::Wrong { .. } => Err(ContactError::AtrCheckByte),
                _ => self.negotiate(),
            },
            Err(AtrError::Truncated { .. }) if self.atr_len < self.atr.len() => Ok(()),
            Err(AtrError::Truncated { .. } | AtrError::TooLong { .. }) => Err(ContactError::AtrTooLong),
            Err(AtrError::InitialCharacter(ts)) => Err(ContactError::InitialCharacter(ts)),
            Err(error) => Err(ContactError::Atr(error)),
        }
    }

    /// Chooses the protocol, and the speed of TA1 if the card may be asked for it.
    fn negotiate(&mut self) -> Result<(), ContactError> {
        let atr = Atr::parse(self.atr.get(..self.atr_len).unwrap_or_default()).map_err(ContactError::Atr)?;
        let ta1 = atr.interface_byte(1, TA).unwrap_or(DEFAULT_F_D);
        let mode = atr.specific_mode();
        let first = atr.protocols().next();
        let crc = atr.edc() == Edc::Crc;
        let usable = |protocol: &u8| *protocol == 0 || *protocol == 1 && !crc;
        let chosen =
            mode.map_or_else(|| atr.protocols().find(usable), |mode| Some(mode.protocol).filter(usable));
        let protocol = chosen.ok_or(ContactError::Pps(match crc && atr.offers(1) {
            true => PpsError::CrcNotSupported,
            false => PpsError::NoCommonProtocol,
        }))?;
        if mode.is_some_and(|mode| mode.implicit) {
            return Err(ContactError::Pps(PpsError::ImplicitParameters));
        }
        let timing = CardTiming::from_index(ta1);
        self.protocol = match protocol {
            0 => Protocol::T0(T0::new(0xFF)),
            _ => Protocol::T1(T1::new(atr.ifsc())),
        };
        self.phase = Phase::Answered;
        if mode.is_some() {
            timing.ok_or(ContactError::Pps(PpsError::SpeedNotSupported { f_d_index: ta1 }))?;
            self.set_speed(ta1);
            return Ok(());
        }
        // A reserved TA1 is no speed to ask for; the default holds.
        let pps1 = (ta1 != DEFAULT_F_D && timing.is_some()).then_some(ta1);
        if pps1.is_some() || first != Some(protocol) {
            self.pps = Pps { protocol, pps1 };
            let (request, len) = self.pps.request();
            copy(&mut self.memory.send, request.get(..len).unwrap_or_default());
            self.phase = Phase::Negotiating;
            self.queue(0, len);
        }
        Ok(())
    }

    fn set_speed(&mut self, f_d: u8) {
        let Some(timing) = CardTiming::from_index(f_d) else { return };
        self.f_d = f_d;
        self.set_etu = timing.f.checked_div(timing.d.into());
    }

    /// A character of the PPS response.
    pub(super) fn take_pps(
        &mut self,
        now: u64,
        character: Result<u8, LineError>,
    ) -> Result<(), ContactError> {
        let byte = self.plain(character)?;
        self.keep(byte)?;
        self.until = self.after_clocks(now, INITIAL_WAIT);
        let answer = self.memory.received.get(..self.received).unwrap_or_default();
        let named = answer.get(1).map_or(0, |pps0| (pps0 & 0x70).count_ones() as usize);
        if byte != 0xFF && answer.len() == 1 || answer.len() >= 2 && answer.len() >= named.saturating_add(3) {
            let f_d = self.pps.check(answer);
            // A wrong first character needs no more of them.
            let f_d = if answer.len() == 1 { Err(PpsError::InitialCharacter(byte)) } else { f_d };
            self.set_speed(f_d.map_err(ContactError::Pps)?);
            self.wipe();
            self.phase = Phase::Answered;
        }
        Ok(())
    }
}
