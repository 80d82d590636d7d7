//! From no power to ready for APDUs: voltage, answer to reset, protocol, speed, block size.

use super::apdu::Apdu;
use super::dialogue::Ended;
use super::{Activity, Outcome, Slot, Transmission};
use crate::atr::Atr;
use crate::ccid::code::{ErrorCode, MessageType, PowerSelect};
use crate::ccid::descriptor::{ExchangeLevel, Features, LOWEST_FIRST};
use crate::ccid::error::CcidError;
use crate::ccid::message::{ProtocolData, T0Parameters, T1Parameters, copy};
use crate::ccid::quirks::Quirks;
use crate::ccid::recovery::Rung;
use crate::tpdu::pps::{self, PpsError, Selection};
use crate::tpdu::t0::T0;
use crate::tpdu::t1::T1;

/// What T=1 adds to the information field: NAD, PCB, LEN and LRC.
const T1_OVERHEAD: usize = 4;

/// What the sequence goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A message was sent, or is to be: its answer.
    Answer,
    Parameters,
    Ifs,
    /// The card is ready.
    Nothing,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// Lowest voltage first; a single one twice, because cards miss a first activation.
    fn voltage(&self, attempt: u8) -> Option<PowerSelect> {
        let support = self.descriptor.voltage_support.0 & 7;
        let single = support & support.wrapping_sub(1) == 0;
        if support == 0 || self.descriptor.features.has(Features::AUTO_VOLTAGE) {
            return (attempt < 2).then_some(PowerSelect::Automatic);
        }
        let mut before = if single && attempt == 1 { 0 } else { attempt };
        for (bit, select) in LOWEST_FIRST {
            if support & bit != 0 {
                if before == 0 {
                    return Some(select);
                }
                before = before.saturating_sub(1);
            }
        }
        None
    }

    pub(super) fn send_power_on(&mut self, attempt: u8) -> Due {
        let power_select = self.voltage(attempt).unwrap_or(PowerSelect::Automatic);
        self.activity = Activity::PowerOn;
        self.attempt = attempt;
        self.dialogue.send(MessageType::IccPowerOn, [power_select.into(), 0, 0], 0, true);
        Due::Answer
    }

    /// The end of the whole sequence.
    pub(super) fn activated(&mut self, error: Option<CcidError>) {
        match error {
            None => {
                self.recovery.climbed(Rung::PowerCycle, true);
                self.closed = None;
            }
            // No rung of the ladder brings a card that is not there.
            Some(CcidError::CardAbsent) => self.forget_card(),
            Some(_) => self.lost_power(),
        }
    }

    /// What the end of one message of the sequence leads to. One step after another, none from within
    /// another: each needs its stack.
    #[inline(never)]
    pub(super) fn activate(&mut self, ended: Ended) -> Result<Option<Outcome>, CcidError> {
        let mut due = match (self.activity, ended) {
            (
                Activity::Discharge,
                Ended::Refused(error @ (CcidError::Cancelled | CcidError::Timeout { .. })),
            ) => return Err(error),
            (Activity::Discharge, _) => self.send_power_on(0),
            (Activity::PowerOn, Ended::Answered(_)) => self.reset_answered()?,
            (Activity::PowerOn, Ended::Refused(CcidError::CardMute | CcidError::Reader(_)))
                if self.voltage(self.attempt.saturating_add(1)).is_some() =>
            {
                self.send_power_on(self.attempt.saturating_add(1))
            }
            (Activity::Pps, Ended::Answered(_)) => self.pps_answered()?,
            (Activity::Parameters, Ended::Answered(answer)) => {
                if !self.selection.set_parameters {
                    self.selection.protocol = answer.last;
                }
                Due::Ifs
            }
            // Some readers that set the parameters by themselves say that they do not know the message.
            (Activity::Parameters, Ended::Refused(CcidError::Reader(ErrorCode::CommandNotSupported))) => {
                Due::Ifs
            }
            (Activity::Parameters, Ended::Refused(CcidError::Reader(_)))
                if self.quirks.contains(Quirks::PARAMETERS_REFUSED) && !self.no_parameters =>
            {
                self.no_parameters = true;
                self.send_power_on(0)
            }
            (Activity::Ifs, _) => match self.tpdu(ended, &[], &mut [])? {
                Some(_) => Due::Nothing,
                None => Due::Answer,
            },
            (_, Ended::Refused(error) | Ended::Lost { error, .. }) => return Err(error),
            (_, Ended::Answered(_)) => return Err(CcidError::NoCommand),
        };
        if due == Due::Parameters {
            due = self.send_parameters();
        }
        if due == Due::Ifs {
            due = self.negotiate_ifsd()?;
        }
        Ok(if due == Due::Nothing { Some(Outcome::PoweredOn) } else { None })
    }

    /// The answer to reset that [`Slot::reset_answered`] took.
    fn checked_atr(&self) -> Atr<'_> {
        Atr::of_checked(self.atr_bytes())
    }

    /// The answer to reset is there: what remains to be done?
    #[inline(never)]
    fn reset_answered(&mut self) -> Result<Due, CcidError> {
        let answer = self.dialogue.answer();
        Atr::parse(answer).map_err(CcidError::BadAtr)?;
        // Atr::parse takes no more than MAX_ATR_LEN bytes.
        self.atr_len = answer.len();
        copy(&mut self.atr, answer);
        let atr = self.checked_atr();
        let card = atr.protocols().next().unwrap_or(0);
        let selection = pps::choose(&atr, &self.descriptor, &[]).map_err(|error| match error {
            PpsError::NoCommonProtocol => {
                CcidError::ProtocolMismatch { reader: self.descriptor.protocols, card }
            }
            error => CcidError::Pps(error),
        })?;
        self.selection = selection;
        let Some(pps) = selection.pps else { return Ok(Due::Parameters) };
        let (request, len) = pps.request();
        copy(self.dialogue.body(), &request);
        self.activity = Activity::Pps;
        self.dialogue.send(MessageType::XfrBlock, [0; 3], len, false);
        Ok(Due::Answer)
    }

    fn pps_answered(&mut self) -> Result<Due, CcidError> {
        if let Some(pps) = self.selection.pps {
            self.selection.f_d_index = pps.check(self.dialogue.answer())?;
        }
        Ok(Due::Parameters)
    }

    /// The parameters that follow from the answer to reset, for a reader that does not set them itself.
    fn send_parameters(&mut self) -> Due {
        if self.no_parameters {
            return Due::Ifs;
        }
        let atr = self.checked_atr();
        if !self.selection.set_parameters {
            let tpdu = self.descriptor.exchange_level() == Some(ExchangeLevel::Tpdu);
            if !tpdu || atr.offers(0) != atr.offers(1) {
                return Due::Ifs;
            }
            // The reader has chosen one of two protocols, and the host has to speak it.
            self.activity = Activity::Parameters;
            self.dialogue.send(MessageType::GetParameters, [0; 3], 0, true);
            return Due::Answer;
        }
        let Selection { protocol, f_d_index, .. } = self.selection;
        let parameters = match protocol {
            0 => ProtocolData::T0(T0Parameters::from_atr(&atr, f_d_index)),
            _ => ProtocolData::T1(T1Parameters::from_atr(&atr, f_d_index)),
        };
        let body = self.dialogue.body();
        let len = parameters.with_bytes(|bytes| {
            copy(body, bytes);
            bytes.len()
        });
        self.activity = Activity::Parameters;
        self.dialogue.send(MessageType::SetParameters, [protocol, 0, 0], len, true);
        Due::Answer
    }

    /// At the TPDU level the protocol is ours from here on.
    fn negotiate_ifsd(&mut self) -> Result<Due, CcidError> {
        if self.descriptor.exchange_level() != Some(ExchangeLevel::Tpdu) {
            self.transmission = Transmission::Apdu(Apdu::default());
            return Ok(Due::Nothing);
        }
        if self.selection.protocol == 0 {
            self.transmission = Transmission::T0(T0::new(self.descriptor.class_get_response));
            return Ok(Due::Nothing);
        }
        let atr = self.checked_atr();
        let longest = u8::try_from(self.dialogue.max_body.saturating_sub(T1_OVERHEAD)).unwrap_or(u8::MAX);
        let mut t1 = T1::new(atr.ifsc()).longest(longest);
        let ifsd = if self.quirks.contains(Quirks::IFSD_254) { 254 } else { self.descriptor.ifsd() };
        let negotiate = !self.descriptor.features.has(Features::AUTO_IFSD)
            && !self.quirks.contains(Quirks::NO_IFSD_EXCHANGE);
        if negotiate {
            t1.negotiate_ifsd(ifsd.min(longest))?;
        }
        self.transmission = Transmission::T1(t1);
        if !negotiate {
            return Ok(Due::Nothing);
        }
        self.activity = Activity::Ifs;
        self.send_tpdu(&[]);
        Ok(Due::Answer)
    }
}
