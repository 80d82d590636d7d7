//! What the reader's transfers do to a command under way.

use super::dialogue::{Answer, Dialogue, Partial, State};
use crate::ccid::code::{CommandStatus, ErrorCode, IccStatus, MessageType, Status};
use crate::ccid::error::{CcidError, Violation};
use crate::ccid::message::{HEADER_LEN, copy, length};
use crate::ccid::quirks::Quirks;

/// At least one firmware in the field puts this type into its error answers, instead of SlotStatus.
const STRAY_ERROR_TYPE: MessageType = MessageType::GetParameters;
/// Requests for time that one operation grants; its budget ends most of them long before.
const MAX_TIME_EXTENSIONS: u16 = 4096;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Dialogue<B> {
    /// One bulk-IN transfer while a command is under way.
    pub(super) fn receive(&mut self, transfer: &[u8]) {
        if let Some(partial) = self.partial.take() {
            return self.part(partial, transfer, transfer.len());
        }
        if transfer.is_empty() {
            self.counters.empty = self.counters.empty.wrapping_add(1);
            return self.skip();
        }
        let aborting = self.state.is_abort();
        let Some((header, rest)) = transfer.split_first_chunk::<HEADER_LEN>() else {
            return match aborting {
                true => self.drop_stale(),
                false => self.give_up(Violation::ShortHeader { got: transfer.len() }.into()),
            };
        };
        let stale = match self.state {
            // The answer that the reader was too busy for, after all.
            State::Backoff if header[6] == self.sequence => {
                self.state = State::Receive;
                false
            }
            State::Receive => header[6] != self.sequence,
            State::AbortReceive => !self.ends_abort(header),
            // An answer cannot come before its command is sent.
            _ => true,
        };
        if !stale && !aborting {
            if let Err(violation) = self.check_header(header) {
                return self.give_up(violation.into());
            }
        }
        self.part(Partial { header: *header, received: 0, stale }, rest, transfer.len());
    }

    /// Is this the answer to the abort sequence, and not a late one to the command that it ends?
    fn ends_abort(&self, header: &[u8; HEADER_LEN]) -> bool {
        MessageType::from(header[0]) == MessageType::SlotStatus
            && header[5] == self.slot
            && header[6] == self.sequence
            && length(header) == 0
            && Status(header[7]).command() == CommandStatus::Processed
    }

    /// bSlot, bMessageType, dwLength and bStatus of an answer whose bSeq is right.
    fn check_header(&mut self, header: &[u8; HEADER_LEN]) -> Result<(), Violation> {
        if header[5] != self.slot {
            return Err(Violation::Slot { expected: self.slot, got: header[5] });
        }
        let status = Status(header[7]);
        if matches!(status.command(), CommandStatus::Unknown(_))
            || matches!(status.icc(), IccStatus::Unknown(_))
        {
            return Err(Violation::Status(status.0));
        }
        let (expected, got) = (self.expected(), MessageType::from(header[0]));
        let fits = got == expected
            || match status.command() {
                CommandStatus::Failed => got == MessageType::SlotStatus || got == STRAY_ERROR_TYPE,
                CommandStatus::TimeExtension => got == MessageType::SlotStatus,
                _ => false,
            };
        if !fits {
            return Err(Violation::Type { expected, got });
        }
        if got == STRAY_ERROR_TYPE {
            self.counters.mistyped = self.counters.mistyped.wrapping_add(1);
            if !self.tolerated.contains(Quirks::MISTYPED_ERRORS) {
                return Err(Violation::MistypedError(got));
            }
        }
        let declared = length(header);
        match usize::try_from(declared) {
            Ok(declared) if declared <= self.max_body => Ok(()),
            _ => Err(Violation::TooLong { declared, max: self.max_body }),
        }
    }

    /// The next bytes of a body. `transfer` is the length of the whole transfer that they are the
    /// end of: a message goes on in the next transfer only when this one ended on a packet
    /// boundary.
    fn part(&mut self, mut message: Partial, bytes: &[u8], transfer: usize) {
        let declared = length(&message.header);
        let total = usize::try_from(declared).unwrap_or(usize::MAX);
        let missing = total.saturating_sub(message.received);
        let (part, trailing) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        if !message.stale && Status(message.header[7]).command() == CommandStatus::Processed {
            let at = HEADER_LEN.saturating_add(message.received);
            // check_header compared dwLength with the buffer.
            if let Some(to) = self.buffer.0.as_mut().get_mut(at..) {
                copy(to, part);
            }
        }
        message.received = message.received.saturating_add(part.len());
        if part.len() < missing {
            let goes_on = transfer != 0 && transfer.is_multiple_of(self.max_packet) && total <= self.max_body;
            match (goes_on, message.stale) {
                (true, _) => self.partial = Some(message),
                (false, true) => self.drop_stale(),
                (false, false) => {
                    self.give_up(Violation::ShortBody { declared, got: message.received }.into());
                }
            }
            return;
        }
        if message.stale {
            return self.drop_stale();
        }
        if !trailing.is_empty() {
            self.counters.padded = self.counters.padded.wrapping_add(1);
            if !self.tolerated.contains(Quirks::TRAILING_BYTES) {
                return self.give_up(Violation::TrailingBytes { got: trailing.len() }.into());
            }
        }
        match self.state {
            State::AbortReceive => self.aborted(),
            _ => self.answered(&message.header, total),
        }
    }

    fn drop_stale(&mut self) {
        self.counters.stale = self.counters.stale.wrapping_add(1);
        self.skip();
    }

    /// A whole message that answers the command, with `len` bytes of body.
    fn answered(&mut self, header: &[u8; HEADER_LEN], len: usize) {
        let icc = Status(header[7]).icc();
        match Status(header[7]).command() {
            CommandStatus::Processed => match (self.expected(), icc) {
                (MessageType::DataBlock, IccStatus::Inactive) => self.refused(CcidError::CardInactive),
                (MessageType::DataBlock, IccStatus::Absent) => self.refused(CcidError::CardAbsent),
                _ => self.succeeded(Answer { icc, last: header[9] }, len),
            },
            CommandStatus::TimeExtension => self.granted(icc, header[8]),
            _ => self.failed(icc, header[8].into()),
        }
    }

    fn granted(&mut self, icc: IccStatus, multiplier: u8) {
        match (icc, self.kind) {
            (IccStatus::Absent, _) => return self.refused(CcidError::CardAbsent),
            (IccStatus::Inactive, MessageType::XfrBlock | MessageType::Secure) => {
                return self.refused(CcidError::CardInactive);
            }
            _ => {}
        }
        self.extensions = self.extensions.saturating_add(1);
        if self.extensions > MAX_TIME_EXTENSIONS {
            return self.give_up(Violation::TooManyTimeExtensions.into());
        }
        // 0 is meant as "once more the same time".
        self.extend(multiplier.max(1));
    }

    fn failed(&mut self, icc: IccStatus, code: ErrorCode) {
        let error = match (icc, code) {
            (IccStatus::Absent, _) => CcidError::CardAbsent,
            (_, code) if code.is_busy() => {
                if self.back_off() {
                    return;
                }
                CcidError::Busy(code)
            }
            (IccStatus::Inactive, ErrorCode::IccMute) if self.kind != MessageType::IccPowerOn => {
                CcidError::CardInactive
            }
            (_, ErrorCode::IccMute) => CcidError::CardMute,
            (_, code) => CcidError::Reader(code),
        };
        self.refused(error);
    }
}
