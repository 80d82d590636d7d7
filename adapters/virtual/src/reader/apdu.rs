//! XfrBlock at the APDU levels: chains of messages, and T=0 behind the reader.

use super::config::{Endless, ReaderConfig};
use super::contacts::{Answer, Contacts};
use super::slot::{Body, Outcome, Slot};
use crate::card::Card;
use crate::ccid::BAD_LENGTH;
use crate::fault::FaultPlan;
use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{CommandView, ins};
use kaztoken_core::ccid::code::ChainParameter;
use kaztoken_core::ccid::{ErrorCode, ExchangeLevel, HEADER_LEN};
use zeroize::Zeroizing;

/// The longest short APDU, the longest extended one.
const SHORT_APDU: usize = 4 + 1 + 255 + 1;
const EXTENDED_APDU: usize = 4 + 3 + 65_535 + 2;
/// Offset of wLevelParameter, for bError.
const BAD_LEVEL_PARAMETER: ErrorCode = ErrorCode::Unknown(8);

/// wLevelParameter.
const WHOLE: u16 = 0x00;
const FIRST: u16 = 0x01;
const LAST: u16 = 0x02;
const MIDDLE: u16 = 0x03;
const NEXT_ANSWER_PART: u16 = 0x10;

impl<C: Card> Slot<C> {
    /// XfrBlock at the short and the extended APDU level.
    pub(super) fn apdu(
        &mut self,
        reader: &ReaderConfig,
        plan: &FaultPlan,
        level_parameter: u16,
        data: &[u8],
    ) -> Outcome {
        let chains = reader.level == ExchangeLevel::ExtendedApdu;
        let chain = core::mem::take(&mut self.command);
        if level_parameter == NEXT_ANSWER_PART {
            return self.next_part(reader, data).into();
        }
        self.rest.clear();
        let command = match (level_parameter, chain) {
            (WHOLE, None) => Zeroizing::new(data.to_vec()),
            (FIRST, None) if chains => {
                // Reserved at once: growing would leave copies of a PIN behind.
                let mut command = Zeroizing::new(Vec::with_capacity(EXTENDED_APDU));
                command.extend_from_slice(data);
                return self.more(command);
            }
            (MIDDLE | LAST, Some(mut command)) => {
                command.extend_from_slice(data);
                if command.len() > EXTENDED_APDU {
                    return Err(BAD_LENGTH).into();
                }
                if level_parameter == MIDDLE {
                    return self.more(command);
                }
                command
            }
            _ => return Err(BAD_LEVEL_PARAMETER).into(),
        };
        if command.len() < 4 || !chains && command.len() > SHORT_APDU {
            return Err(BAD_LENGTH).into();
        }
        let Some(contacts) = &mut self.contacts else { return Err(ErrorCode::IccMute).into() };
        let answer = match contacts.mishears(self.parameters) {
            Some(answer) => answer,
            None if contacts.protocol() == 0 => over_t0(contacts, self.class_get_response, &command),
            None => contacts.apdu(&command),
        };
        let result = answer.bytes.map(|response| match reader.quirks.endless {
            None => self.first_part(reader, &response),
            Some(Endless::NextCommandPart) => {
                Body::Data(ChainParameter::NextCommandPart, Zeroizing::default())
            }
            Some(Endless::Pieces(len)) => {
                self.rest.push_back(0);
                Body::Data(ChainParameter::First, Zeroizing::new(alloc::vec![0x55; len]))
            }
        });
        let mut outcome = Outcome::extended(answer.after.after(reader.exchange_time), result);
        outcome.extensions.splice(0..0, plan.extensions(&command));
        outcome
    }

    fn more(&mut self, command: Zeroizing<Vec<u8>>) -> Outcome {
        self.command = Some(command);
        Ok(Body::Data(ChainParameter::NextCommandPart, Zeroizing::default())).into()
    }

    fn first_part(&mut self, reader: &ReaderConfig, response: &[u8]) -> Body {
        let len = piece_len(reader);
        match response.split_at_checked(len) {
            Some((first, rest)) if !rest.is_empty() => {
                self.rest = rest.iter().copied().collect();
                Body::Data(ChainParameter::First, Zeroizing::new(first.to_vec()))
            }
            _ => Body::Data(ChainParameter::Whole, Zeroizing::new(response.to_vec())),
        }
    }

    fn next_part(&mut self, reader: &ReaderConfig, data: &[u8]) -> Result<Body, ErrorCode> {
        if self.rest.is_empty() {
            return Err(BAD_LEVEL_PARAMETER);
        }
        if !data.is_empty() {
            return Err(BAD_LENGTH);
        }
        match reader.quirks.endless {
            Some(Endless::Pieces(len)) => {
                return Ok(Body::Data(ChainParameter::Middle, Zeroizing::new(alloc::vec![0x55; len])));
            }
            Some(Endless::NextCommandPart) => {
                return Ok(Body::Data(ChainParameter::NextCommandPart, Zeroizing::default()));
            }
            None => {}
        }
        let len = piece_len(reader).min(self.rest.len());
        let part = Zeroizing::new(self.rest.drain(..len).collect());
        let chain = if self.rest.is_empty() { ChainParameter::Last } else { ChainParameter::Middle };
        Ok(Body::Data(chain, part))
    }
}

/// The most data of one message to the host.
fn piece_len(reader: &ReaderConfig) -> usize {
    let longest = (reader.max_message_length as usize).saturating_sub(HEADER_LEN);
    reader.quirks.piece.unwrap_or(longest).min(longest).max(1)
}

/// An APDU over T=0 (clause 12.2): case 4 as case 3, GET RESPONSE, the repetition with the right length.
fn over_t0<C: Card>(contacts: &mut Contacts<C>, class_get_response: u8, command: &[u8]) -> Answer {
    let (Ok(view), &[cla, ins, p1, p2, ref body @ ..]) = (CommandView::parse(command), command) else {
        return Answer::now(Vec::from([0x67, 0x00]));
    };
    if view.is_extended() {
        return Answer::now(Vec::from([0x67, 0x00]));
    }
    let (data, ne) = (view.command().data, view.command().ne as usize);
    let mut tpdu = Zeroizing::new(Vec::from([cla, ins, p1, p2]));
    match (data, ne, body) {
        ([], 0, _) => tpdu.push(0),
        ([], _, body) => tpdu.extend_from_slice(body),
        (data, ..) => {
            tpdu.push(data.len() as u8);
            tpdu.extend_from_slice(data);
        }
    }
    let class = if class_get_response == 0xFF { cla } else { class_get_response };
    let (mut after, mut gathered) = (Millis(0), Zeroizing::new(Vec::new()));
    // Every byte that is wanted may cost a GET RESPONSE and its repetition.
    for _ in 0..=2 * ne {
        let answer = contacts.apdu(&tpdu);
        after = after.after(answer.after);
        let Ok(bytes) = answer.bytes else { return Answer { after, bytes: answer.bytes } };
        let Some((part, &[sw1, sw2])) = bytes.split_last_chunk::<2>() else {
            return Answer::error(after, ErrorCode::ProcedureByteConflict);
        };
        gathered.extend_from_slice(part);
        let left = ne.saturating_sub(gathered.len());
        let given = if sw2 == 0 { 256 } else { usize::from(sw2) };
        match sw1 {
            // Case 2 and GET RESPONSE only: there is no data that would be sent again.
            0x6C if tpdu.len() == 5 && given <= left => {
                tpdu.truncate(4);
                tpdu.push(given as u8);
            }
            0x61 if left != 0 => {
                *tpdu = Vec::from([class, ins::GET_RESPONSE, 0, 0, given.min(left) as u8]);
            }
            _ => {
                gathered.extend([sw1, sw2]);
                return Answer { after, bytes: Ok(gathered) };
            }
        }
    }
    Answer::error(after, ErrorCode::ProcedureByteConflict)
}
