//! The short and the extended APDU level: the reader does the card's protocol, long APDUs travel in
//! several messages (6.1.4, 6.2.1).

use super::dialogue::{Answer, Ended};
use super::{Outcome, Slot, Transmission};
use crate::ccid::code::{ChainParameter, MessageType};
use crate::ccid::descriptor::ExchangeLevel;
use crate::ccid::error::{CcidError, Violation};
use crate::ccid::message::copy;
use crate::ccid::quirks::Quirks;
use crate::tpdu::Repetition;

/// Header, Lc, 255 bytes, Le.
const SHORT: usize = 261;
/// Header, Lc, 65535 bytes, Le.
const EXTENDED: usize = 65_544;
/// wLevelParameter: the next part of the response is asked for.
const NEXT_RESPONSE_PART: u8 = 0x10;

/// How far an APDU came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Apdu {
    /// Bytes of the command sent.
    sent: usize,
    /// Bytes of the response received.
    got: usize,
    /// The reader has taken a part of the command and waits for the next one, or owes a part of the response.
    chaining: bool,
    /// The response has begun and goes on.
    answering: bool,
    /// A part without data came: there may be one.
    empty: bool,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// The longest command APDU that can be sent.
    pub(super) const fn max_command(&self) -> usize {
        let room = self.dialogue.max_body;
        match self.transmission {
            _ if self.takes_extended() => EXTENDED,
            // Blocks are cut to what fits.
            Transmission::T1(_) => SHORT,
            // P3 may be added.
            Transmission::T0(_) if room < SHORT => room.saturating_sub(1),
            _ if room < SHORT => room,
            _ => SHORT,
        }
    }

    const fn takes_extended(&self) -> bool {
        matches!(self.descriptor.exchange_level(), Some(ExchangeLevel::ExtendedApdu))
            && !self.quirks.contains(Quirks::SHORT_APDUS_ONLY)
    }

    /// Begins a command, whatever the level.
    pub(super) fn send_command(&mut self, command: &[u8]) -> Result<(), CcidError> {
        match &mut self.transmission {
            Transmission::Unset => return Err(CcidError::CardInactive),
            Transmission::Apdu(apdu) => {
                *apdu = Apdu::default();
                self.send_part(command);
            }
            Transmission::T0(t0) => {
                t0.exchange(command)?;
                self.send_tpdu(command);
            }
            Transmission::T1(t1) => {
                t1.exchange(command)?;
                self.send_tpdu(command);
            }
        }
        Ok(())
    }

    /// What the end of one message of an exchange leads to.
    #[inline(never)]
    pub(super) fn exchanged(
        &mut self,
        ended: Ended,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Outcome>, CcidError> {
        match (&self.transmission, ended) {
            (Transmission::Apdu(_), Ended::Answered(answer)) => self.part(answer, command, response),
            // In the middle of a chain the reader would wait for the next part.
            (Transmission::Apdu(Apdu { chaining: true, .. }), Ended::Refused(error))
                if !matches!(error, CcidError::CardAbsent | CcidError::CardInactive) =>
            {
                self.dialogue.abort(error);
                Ok(None)
            }
            (
                Transmission::Apdu(_) | Transmission::Unset,
                Ended::Refused(error) | Ended::Lost { error, .. },
            ) => Err(error),
            (Transmission::Unset, Ended::Answered(_)) => Err(CcidError::CardInactive),
            (Transmission::T0(_) | Transmission::T1(_), _) => self.tpdu(ended, command, response),
        }
    }

    /// Sends as much of the command as one message takes.
    fn send_part(&mut self, command: &[u8]) {
        let Transmission::Apdu(apdu) = &mut self.transmission else { return };
        let rest = command.get(apdu.sent..).unwrap_or(&[]);
        let body = self.dialogue.body();
        let len = rest.len().min(body.len());
        copy(body, rest.get(..len).unwrap_or(rest));
        let (first, last) = (apdu.sent == 0, len == rest.len());
        apdu.sent = apdu.sent.saturating_add(len);
        let level = match (first, last) {
            (true, true) => 0x00,
            (true, false) => 0x01,
            (false, true) => 0x02,
            (false, false) => 0x03,
        };
        // A reader that says "busy" and carries the command out all the same must not do it twice.
        let may_repeat = first && last && Repetition::of(command) == Repetition::Command;
        self.dialogue.send(MessageType::XfrBlock, [0, level, 0], len, may_repeat);
    }

    /// One message with response data, or the word to go on with the command.
    fn part(
        &mut self,
        answer: Answer,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Outcome>, CcidError> {
        let Transmission::Apdu(apdu) = &mut self.transmission else { return Err(CcidError::CardInactive) };
        let data = self.dialogue.answer();
        let chain = ChainParameter::from(answer.last);
        if chain == ChainParameter::NextCommandPart && apdu.sent < command.len() && data.is_empty() {
            apdu.chaining = true;
            self.send_part(command);
            return Ok(None);
        }
        let goes_on = matches!(chain, ChainParameter::First | ChainParameter::Middle);
        let second_empty = goes_on && data.is_empty() && apdu.empty;
        let in_order = match chain {
            ChainParameter::Whole | ChainParameter::First => !apdu.answering,
            ChainParameter::Middle | ChainParameter::Last => apdu.answering,
            _ => false,
        };
        let short = self.descriptor.exchange_level() == Some(ExchangeLevel::ShortApdu);
        let tolerated = !short || self.dialogue.tolerated.contains(Quirks::CHAINED_ANSWERS);
        if !in_order || second_empty || goes_on && !tolerated {
            return self.violated(Violation::Chained { parameter: answer.last });
        }
        let end = apdu.got.saturating_add(data.len());
        let Some(place) = response.get_mut(apdu.got..end) else {
            let too_long = CcidError::ResponseTooLong { needed: end, got: response.len() };
            if !goes_on {
                return Err(too_long);
            }
            self.dialogue.abort(too_long);
            return Ok(None);
        };
        copy(place, data);
        apdu.empty |= goes_on && data.is_empty();
        apdu.got = end;
        if goes_on {
            if short && !apdu.answering {
                self.dialogue.counters.chained = self.dialogue.counters.chained.wrapping_add(1);
            }
            apdu.answering = true;
            apdu.chaining = true;
            self.dialogue.send(MessageType::XfrBlock, [0, NEXT_RESPONSE_PART, 0], 0, false);
            return Ok(None);
        }
        if end < 2 {
            return self.violated(Violation::NoStatusWord { got: end });
        }
        Ok(Some(Outcome::Response { len: end }))
    }

    /// The device broke the protocol in a message that came whole: it is asked to abort.
    pub(super) fn violated(&mut self, violation: Violation) -> Result<Option<Outcome>, CcidError> {
        self.dialogue.abort(violation.into());
        Ok(None)
    }
}
