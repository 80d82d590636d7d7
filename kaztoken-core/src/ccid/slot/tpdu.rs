//! The TPDU level: the reader moves blocks and command headers, T=1 and T=0 are done here.

use super::dialogue::Ended;
use super::{Outcome, Slot, Transmission};
use crate::ccid::code::{ErrorCode, MessageType};
use crate::ccid::error::CcidError;
use crate::tpdu::t0::{self, T0Error};
use crate::tpdu::t1;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// Sends the block or TPDU that is due.
    pub(super) fn send_tpdu(&mut self, command: &[u8]) {
        let (len, bwi) = match &self.transmission {
            Transmission::T0(t0) => (t0.tpdu(command, self.dialogue.body()), 0),
            Transmission::T1(t1) => (t1.block(command, self.dialogue.body()), t1.waiting_multiplier()),
            Transmission::Apdu(_) | Transmission::Unset => return,
        };
        self.dialogue.send(MessageType::XfrBlock, [bwi, 0, 0], len, false);
        if bwi > 0 {
            self.dialogue.extend(bwi);
        }
    }

    /// What the end of one block or TPDU leads to. `Some` is a response.
    #[inline(never)]
    pub(super) fn tpdu(
        &mut self,
        ended: Ended,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Outcome>, CcidError> {
        let done = match &mut self.transmission {
            Transmission::T1(t1) => {
                let step = match ended {
                    Ended::Answered(_) => t1.handle_block(self.dialogue.answer(), response),
                    Ended::Refused(CcidError::CardMute) => t1.handle_silence(),
                    Ended::Refused(CcidError::Reader(
                        ErrorCode::TransferParityError | ErrorCode::TransferOverrun,
                    )) => t1.handle_corruption(),
                    Ended::Refused(error) | Ended::Lost { error, .. } => return Err(self.out_of_step(error)),
                };
                match step {
                    t1::Step::Send => None,
                    t1::Step::Done(len) => Some(len),
                    t1::Step::Failed(error) if t1.needs_reset() => {
                        return Err(self.out_of_step(CcidError::T1(error)));
                    }
                    t1::Step::Failed(error) => return Err(CcidError::T1(error)),
                }
            }
            Transmission::T0(t0) => {
                match ended {
                    Ended::Answered(_) => {}
                    // The card may be in the middle of the command.
                    Ended::Refused(error @ (CcidError::CardMute | CcidError::Reader(_))) => {
                        return Err(self.out_of_step(error));
                    }
                    Ended::Refused(error) | Ended::Lost { error, .. } => return Err(error),
                }
                match t0.handle_answer(self.dialogue.answer(), command, response) {
                    t0::Step::Send => None,
                    t0::Step::Done(len) => Some(len),
                    // The command was carried out; its answer does not fit.
                    t0::Step::Failed(error @ T0Error::BufferTooSmall { .. }) => return Err(error.into()),
                    t0::Step::Failed(error) => return Err(self.out_of_step(CcidError::T0(error))),
                }
            }
            Transmission::Apdu(_) | Transmission::Unset => return Err(CcidError::CardInactive),
        };
        if done.is_none() {
            self.send_tpdu(command);
        }
        Ok(done.map(|len| Outcome::Response { len }))
    }
}
