//! What the reader's answers do to the slot.

use super::{BUSY_DELAY, MAX_TIME_EXTENSIONS, Operation, Outcome, Partial, Slot, State};
use crate::Millis;
use crate::atr::Atr;
use crate::ccid::code::{CommandStatus, ErrorCode, IccStatus, MessageType, Status};
use crate::ccid::error::{CcidError, Violation};
use crate::ccid::message::{HEADER_LEN, copy, length};

/// At least one firmware in the field puts this type into its error answers, instead of SlotStatus.
const STRAY_ERROR_TYPE: MessageType = MessageType::GetParameters;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// One bulk-IN transfer while a command is under way.
    pub(super) fn receive(&mut self, now: Millis, transfer: &[u8]) {
        if let Some(partial) = self.partial.take() {
            return self.body(now, partial, transfer, transfer.len());
        }
        if transfer.is_empty() {
            self.counters.empty = self.counters.empty.saturating_add(1);
            return self.skip();
        }
        let Some((header, rest)) = transfer.split_first_chunk::<HEADER_LEN>() else {
            return self.finish(Err(Violation::ShortHeader { got: transfer.len() }.into()));
        };
        // An answer cannot come before its command is sent.
        let stale = header[6] != self.sequence || matches!(self.state, State::Send);
        if !stale {
            if let Err(violation) = self.check_header(header) {
                return self.finish(Err(violation.into()));
            }
        }
        self.body(now, Partial { header: *header, received: 0, stale }, rest, transfer.len());
    }

    /// bSlot, bMessageType, dwLength and bStatus of an answer whose bSeq is right.
    fn check_header(&self, header: &[u8; HEADER_LEN]) -> Result<(), Violation> {
        if header[5] != 0 {
            return Err(Violation::Slot { expected: 0, got: header[5] });
        }
        let status = Status(header[7]);
        if matches!(status.command(), CommandStatus::Unknown(_))
            || matches!(status.icc(), IccStatus::Unknown(_))
        {
            return Err(Violation::Status(status.0));
        }
        let (expected, got) = (self.expected_type(), MessageType::from(header[0]));
        let fits = match status.command() {
            CommandStatus::Failed => {
                got == expected || got == MessageType::SlotStatus || got == STRAY_ERROR_TYPE
            }
            CommandStatus::TimeExtension => got == expected || got == MessageType::SlotStatus,
            _ => got == expected,
        };
        if !fits {
            return Err(Violation::Type { expected, got });
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
    fn body(&mut self, now: Millis, mut message: Partial, bytes: &[u8], transfer: usize) {
        let declared = length(&message.header);
        let total = usize::try_from(declared).unwrap_or(usize::MAX);
        let missing = total.saturating_sub(message.received);
        let (part, trailing) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        if !message.stale && self.carries_answer(&message.header) {
            let at = HEADER_LEN.saturating_add(message.received);
            let to = self.buffer.0.as_mut().get_mut(at..).and_then(|rest| rest.get_mut(..part.len()));
            // check_header compared dwLength with the buffer.
            if let Some(to) = to {
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
                    self.finish(Err(Violation::ShortBody { declared, got: message.received }.into()));
                }
            }
            return;
        }
        if message.stale {
            return self.drop_stale();
        }
        if !trailing.is_empty() {
            self.counters.padded = self.counters.padded.saturating_add(1);
            if self.strict {
                return self.finish(Err(Violation::TrailingBytes { got: trailing.len() }.into()));
            }
        }
        self.answered(now, &message.header, total);
    }

    fn carries_answer(&self, header: &[u8; HEADER_LEN]) -> bool {
        Status(header[7]).command() == CommandStatus::Processed
            && matches!(self.operation, Operation::PowerOn | Operation::Exchange)
    }

    fn drop_stale(&mut self) {
        self.counters.stale = self.counters.stale.saturating_add(1);
        self.skip();
    }

    /// A whole message that answers the command, with `len` bytes of body.
    fn answered(&mut self, now: Millis, header: &[u8; HEADER_LEN], len: usize) {
        let status = Status(header[7]);
        match status.command() {
            CommandStatus::Processed => {
                let result = self.succeeded(status.icc(), header[9], len);
                self.finish(result);
            }
            CommandStatus::Failed => self.failed(now, status.icc(), header[8].into()),
            CommandStatus::TimeExtension => self.extend(status.icc(), header[8]),
            CommandStatus::Unknown(_) => self.finish(Err(Violation::Status(status.0).into())),
        }
    }

    fn extend(&mut self, icc: IccStatus, multiplier: u8) {
        match (icc, self.operation) {
            (IccStatus::Absent, _) => return self.finish(Err(CcidError::CardAbsent)),
            (IccStatus::Inactive, Operation::Exchange) => return self.finish(Err(CcidError::CardInactive)),
            _ => {}
        }
        self.counters.time_extensions = self.counters.time_extensions.saturating_add(1);
        self.extensions = self.extensions.saturating_add(1);
        if self.extensions > MAX_TIME_EXTENSIONS {
            return self.finish(Err(Violation::TooManyTimeExtensions.into()));
        }
        // 0 is meant as "once more the same time".
        self.extension = Some(multiplier.max(1));
    }

    fn failed(&mut self, now: Millis, icc: IccStatus, code: ErrorCode) {
        let error = match (icc, code) {
            (IccStatus::Absent, _) => CcidError::CardAbsent,
            (_, code) if code.is_busy() => {
                if self.may_repeat && self.busy > 0 {
                    self.busy = self.busy.saturating_sub(1);
                    self.counters.busy = self.counters.busy.saturating_add(1);
                    self.state = State::Backoff(now.after(BUSY_DELAY));
                    return;
                }
                CcidError::Busy(code)
            }
            (IccStatus::Inactive, ErrorCode::IccMute) if self.operation != Operation::PowerOn => {
                CcidError::CardInactive
            }
            (_, ErrorCode::IccMute) => CcidError::CardMute,
            (_, code) => CcidError::Reader(code),
        };
        match (self.operation, error) {
            (Operation::Status, CcidError::CardAbsent | CcidError::CardInactive) => {
                self.finish(Ok(Outcome::Status(icc)));
            }
            (Operation::PowerOff, CcidError::CardInactive) => self.finish(Ok(Outcome::PoweredOff)),
            (Operation::PowerOn, CcidError::CardMute | CcidError::Reader(_))
                if self.voltages.get(self.attempt.saturating_add(1)).is_some() =>
            {
                self.attempt = self.attempt.saturating_add(1);
                self.send_power_on();
            }
            (_, error) => self.finish(Err(error)),
        }
    }

    fn succeeded(&mut self, icc: IccStatus, chain: u8, len: usize) -> Result<Outcome, CcidError> {
        match self.operation {
            Operation::PowerOff => return Ok(Outcome::PoweredOff),
            Operation::Status => return Ok(Outcome::Status(icc)),
            Operation::PowerOn | Operation::Exchange => {}
        }
        match icc {
            IccStatus::Active => {}
            IccStatus::Inactive => return Err(CcidError::CardInactive),
            _ => return Err(CcidError::CardAbsent),
        }
        self.answer_len = len;
        if self.operation == Operation::PowerOn {
            self.check_atr()?;
            return Ok(Outcome::PoweredOn);
        }
        if chain != 0 {
            return Err(Violation::Chained { parameter: chain }.into());
        }
        if len < 2 {
            return Err(Violation::NoStatusWord { got: len }.into());
        }
        Ok(Outcome::Response)
    }

    fn check_atr(&self) -> Result<(), CcidError> {
        let atr = Atr::parse(self.answer()).map_err(CcidError::BadAtr)?;
        let known = |protocol: u8| protocol < 32 && self.protocols >> protocol & 1 != 0;
        if atr.protocols().any(known) {
            return Ok(());
        }
        let card = atr.protocols().next().unwrap_or(0);
        Err(CcidError::ProtocolMismatch { reader: self.protocols, card })
    }
}
