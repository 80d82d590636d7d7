//! One command to the reader and its answer: sequence numbers, framing, time, ABORT.

use zeroize::Zeroize;

use crate::Millis;
use crate::ccid::code::{IccStatus, MessageType};
use crate::ccid::command::PcToRdr;
use crate::ccid::error::{CcidError, Violation};
use crate::ccid::message::{HEADER_LEN, MessageError, emit_header};
use crate::ccid::quirks::Quirks;
use crate::ccid::request::ClassRequest;
use crate::ccid::slot::Counters;

/// A busy reader is asked again this often, this many milliseconds apart.
const BUSY_RETRIES: u8 = 10;
pub(super) const BUSY_DELAY: Millis = Millis(100);
/// Transfers that answer nothing (stale, empty) and that one command skips.
const MAX_SKIPPED: u16 = 64;
/// Both halves of the abort sequence and its answer: a cancelled command is over within a second.
const ABORT_BUDGET: Millis = Millis(800);

/// What came of the control half of the abort sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ControlAnswer {
    /// The device took the request.
    Accepted,
    /// The device stalled it. Some devices do and take the bulk half all the same.
    Stalled,
    /// There is no control pipe here: the sequence cannot be carried out.
    Impossible,
}

/// How a command ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// Processed. The body is [`Dialogue::answer`].
    Answered(Answer),
    /// Refused or given up with nothing left on the way: reader and host are in step.
    Refused(CcidError),
    /// Given up while an answer was, or may have been, on its way.
    Lost {
        error: CcidError,
        /// The reader confirmed the abort sequence: it is in step again.
        aborted: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) icc: IccStatus,
    /// The header's last byte: bChainParameter, bClockStatus or bProtocolNum.
    pub(super) last: u8,
}

/// Without fields, so that it is one byte to look at: most of the machine looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The message in the buffer is to be sent.
    Send,
    /// An answer is expected.
    Receive,
    /// The reader was busy: send again at [`Dialogue::again_at`].
    Backoff,
    /// ABORT: the control request is to be sent.
    AbortControl,
    /// ABORT: the message in the buffer is to be sent.
    AbortSend,
    /// ABORT: the answer is expected.
    AbortReceive,
    /// No command.
    Idle,
    /// Ended as [`Ended`] says, and the caller has not asked yet.
    Answered,
    Refused,
    Lost,
    Aborted,
}

impl State {
    const fn is_over(self) -> bool {
        matches!(self, Self::Idle | Self::Answered | Self::Refused | Self::Lost | Self::Aborted)
    }

    pub(super) const fn is_abort(self) -> bool {
        matches!(self, Self::AbortControl | Self::AbortSend | Self::AbortReceive)
    }
}

/// The part of a message that came in earlier transfers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    pub(super) header: [u8; HEADER_LEN],
    pub(super) received: usize,
    /// Of an answer to another command: its bytes are dropped.
    pub(super) stale: bool,
}

/// The buffer, wiped on drop and not printed.
pub(super) struct Wiped<B: AsMut<[u8]>>(pub(super) B);

impl<B: AsMut<[u8]>> Drop for Wiped<B> {
    fn drop(&mut self) {
        self.0.as_mut().zeroize();
    }
}

impl<B: AsMut<[u8]>> core::fmt::Debug for Wiped<B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("..")
    }
}

/// One command at a time, whatever it is.
#[derive(Debug)]
pub(super) struct Dialogue<B: AsRef<[u8]> + AsMut<[u8]>> {
    pub(super) buffer: Wiped<B>,
    pub(super) max_body: usize,
    pub(super) max_packet: usize,
    pub(super) slot: u8,
    /// Departures from the class that are tolerated.
    pub(super) tolerated: Quirks,
    pub(super) state: State,
    /// Of the command that is sent or was sent last.
    pub(super) kind: MessageType,
    pub(super) sequence: u8,
    message_len: usize,
    answer_len: usize,
    icc: IccStatus,
    /// The last byte of the last answer's header.
    pub(super) last: u8,
    now: Millis,
    pub(super) deadline: Millis,
    again_at: Millis,
    pub(super) budget: Millis,
    pub(super) may_repeat: bool,
    pub(super) busy: u8,
    skipped: u16,
    pub(super) extensions: u16,
    extension: Option<u8>,
    pub(super) partial: Option<Partial>,
    /// Why the command was given up, from the first step of ABORT on.
    cause: CcidError,
    pub(super) counters: Counters,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Dialogue<B> {
    pub(super) const fn new(buffer: B, max_body: usize, max_packet: usize) -> Self {
        Self {
            buffer: Wiped(buffer),
            max_body,
            max_packet,
            slot: 0,
            tolerated: Quirks::ALL,
            state: State::Idle,
            kind: MessageType::GetSlotStatus,
            sequence: 0xFF,
            message_len: 0,
            answer_len: 0,
            icc: IccStatus::Absent,
            last: 0,
            now: Millis(0),
            deadline: Millis(0),
            again_at: Millis(0),
            budget: Millis(0),
            may_repeat: true,
            busy: 0,
            skipped: 0,
            extensions: 0,
            extension: None,
            partial: None,
            cause: CcidError::NoCommand,
            counters: Counters::NONE,
        }
    }

    /// The time that the following messages have together.
    pub(super) const fn begin(&mut self, now: Millis, budget: Millis) {
        self.now = now;
        self.budget = budget;
        self.deadline = now.after(budget);
        self.extensions = 0;
    }

    /// Where the body of the next message is written.
    #[inline(never)]
    pub(super) fn body(&mut self) -> &mut [u8] {
        self.buffer
            .0
            .as_mut()
            .get_mut(HEADER_LEN..)
            .and_then(|all| all.get_mut(..self.max_body))
            .unwrap_or_default()
    }

    /// Sends the `len` bytes of [`Dialogue::body`]. `may_repeat`: a busy reader is asked again.
    pub(super) fn send(&mut self, kind: MessageType, specific: [u8; 3], len: usize, may_repeat: bool) {
        self.kind = kind;
        self.may_repeat = may_repeat;
        self.busy = BUSY_RETRIES;
        self.skipped = 0;
        self.extension = None;
        self.answer_len = 0;
        self.message_len = HEADER_LEN.saturating_add(len);
        self.header(kind, specific, len);
        self.repeat();
    }

    /// Writes a message; returns the bytes of its header that are its own and the length of its body.
    pub(super) fn emit(&mut self, message: &PcToRdr<'_>) -> Result<([u8; 3], usize), MessageError> {
        let end = HEADER_LEN.saturating_add(self.max_body);
        let buffer = self.buffer.0.as_mut();
        let buffer = buffer.get_mut(..end).unwrap_or_default();
        let len = message.emit(buffer)?;
        let specific = buffer.get(7..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        Ok((specific, len.saturating_sub(HEADER_LEN)))
    }

    /// Sends the message in the buffer with the next sequence number.
    fn repeat(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
        if let Some(sequence) = self.buffer.0.as_mut().get_mut(6) {
            *sequence = self.sequence;
        }
        self.state = State::Send;
    }

    fn header(&mut self, kind: MessageType, specific: [u8; 3], len: usize) {
        let (slot, sequence) = (self.slot, self.sequence);
        if let Some(header) = self.buffer.0.as_mut().first_chunk_mut() {
            // The body is part of the buffer, whose length a dwLength holds: Slot::open saw to it.
            *header = emit_header(kind, slot, sequence, specific, u32::try_from(len).unwrap_or(0));
        }
    }

    pub(super) fn poll_transmit(&self) -> Option<&[u8]> {
        match self.state {
            State::Send | State::AbortSend => self.buffer.0.as_ref().get(..self.message_len),
            _ => None,
        }
    }

    pub(super) const fn poll_control(&self) -> Option<ClassRequest> {
        match self.state {
            State::AbortControl => Some(ClassRequest::Abort { slot: self.slot, sequence: self.sequence }),
            _ => None,
        }
    }

    pub(super) fn transmitted(&mut self, now: Millis) {
        match self.state {
            State::Send => self.state = State::Receive,
            State::AbortSend => self.state = State::AbortReceive,
            _ => {}
        }
        self.handle_timeout(now);
    }

    pub(super) fn control_done(&mut self, now: Millis, answer: ControlAnswer) {
        if matches!(self.state, State::AbortControl) {
            if answer == ControlAnswer::Impossible {
                self.finish(State::Lost);
            } else {
                self.header(MessageType::Abort, [0; 3], 0);
                self.message_len = HEADER_LEN;
                self.state = State::AbortSend;
            }
        }
        self.handle_timeout(now);
    }

    pub(super) fn handle_input(&mut self, now: Millis, transfer: &[u8]) {
        self.now = now;
        if self.state.is_over() {
            let counter =
                if transfer.is_empty() { &mut self.counters.empty } else { &mut self.counters.stale };
            *counter = counter.wrapping_add(1);
            return;
        }
        // The answer counts even when it comes with the deadline.
        self.receive(transfer);
        self.handle_timeout(now);
    }

    pub(super) fn handle_timeout(&mut self, now: Millis) {
        self.now = now;
        if self.state.is_over() {
        } else if now >= self.deadline {
            self.give_up(CcidError::Timeout { budget: self.budget });
        } else if self.state == State::Backoff && now >= self.again_at {
            self.repeat();
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Millis> {
        match self.state {
            state if state.is_over() => None,
            State::Backoff => Some(self.again_at.min(self.deadline)),
            _ => Some(self.deadline),
        }
    }

    /// A request for time since the last call: its multiplier.
    pub(super) const fn take_extension(&mut self) -> Option<u8> {
        self.extension.take()
    }

    pub(super) const fn take_end(&mut self) -> Option<Ended> {
        let error = self.cause;
        let ended = match self.state {
            State::Answered => Ended::Answered(Answer { icc: self.icc, last: self.last }),
            State::Refused => Ended::Refused(error),
            State::Lost => Ended::Lost { error, aborted: false },
            State::Aborted => Ended::Lost { error, aborted: true },
            _ => return None,
        };
        self.state = State::Idle;
        Some(ended)
    }

    /// The body of the last answer.
    #[inline(never)]
    pub(super) fn answer(&self) -> &[u8] {
        let body = self.buffer.0.as_ref().get(HEADER_LEN..);
        body.and_then(|body| body.get(..self.answer_len)).unwrap_or(&[])
    }

    /// The command cannot go on: what that means depends on how far it came.
    pub(super) fn give_up(&mut self, error: CcidError) {
        match self.state {
            // Nothing was sent, or the reader refused what was.
            State::Send | State::Backoff => self.refused(error),
            // The reader is not asked to abort what it has to answer at once.
            State::Receive if self.expected() != MessageType::SlotStatus => self.abort(error),
            _ => self.lose(error),
        }
    }

    pub(super) fn cancel(&mut self, now: Millis) {
        self.now = now;
        // An abort sequence under way is that of the command: it goes on.
        if matches!(self.state, State::Send | State::Receive | State::Backoff) {
            self.give_up(CcidError::Cancelled);
        }
    }

    /// Nothing more can be sent, and what was sent may be carried out.
    pub(super) fn lose(&mut self, error: CcidError) {
        if self.state.is_over() {
            return;
        }
        if !self.state.is_abort() {
            self.cause = error;
        }
        self.finish(State::Lost);
    }

    /// Begins the abort sequence for the last command (5.3.1, 6.1.13), because of `cause`.
    pub(super) fn abort(&mut self, cause: CcidError) {
        self.cause = cause;
        self.skipped = 0;
        // What is still to come of a half-read message is no message of its own.
        if let Some(partial) = &mut self.partial {
            partial.stale = true;
        }
        self.wipe(0);
        self.deadline = self.now.after(ABORT_BUDGET);
        self.state = State::AbortControl;
    }

    /// The reader has answered the abort sequence.
    pub(super) fn aborted(&mut self) {
        self.counters.aborts = self.counters.aborts.wrapping_add(1);
        self.finish(State::Aborted);
    }

    pub(super) fn refused(&mut self, error: CcidError) {
        self.cause = error;
        self.finish(State::Refused);
    }

    pub(super) fn succeeded(&mut self, answer: Answer, len: usize) {
        self.answer_len = len;
        (self.icc, self.last) = (answer.icc, answer.last);
        self.finish(State::Answered);
    }

    fn finish(&mut self, ended: State) {
        if ended != State::Answered {
            self.answer_len = 0;
        }
        self.partial = None;
        // Nobody may take the wait for more important than the end.
        self.extension = None;
        self.state = ended;
        // The command may have held a PIN.
        self.wipe(HEADER_LEN.saturating_add(self.answer_len));
    }

    /// Wipes the buffer from `from` on.
    #[inline(never)]
    fn wipe(&mut self, from: usize) {
        if let Some(rest) = self.buffer.0.as_mut().get_mut(from..) {
            rest.zeroize();
        }
    }

    /// Forgets the last answer.
    pub(super) fn clear(&mut self) {
        self.answer_len = 0;
        self.wipe(0);
    }

    /// Counts a transfer that answers nothing.
    pub(super) fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > MAX_SKIPPED {
            self.give_up(Violation::TooManyStale { dropped: self.skipped }.into());
        }
    }

    /// The reader asks for more time.
    pub(super) const fn extend(&mut self, multiplier: u8) {
        self.counters.time_extensions = self.counters.time_extensions.wrapping_add(1);
        self.extension = Some(multiplier);
    }

    /// Waits and sends the command again, when that is allowed.
    pub(super) fn back_off(&mut self) -> bool {
        let again = self.may_repeat && self.busy > 0;
        if again {
            self.busy = self.busy.saturating_sub(1);
            self.counters.busy = self.counters.busy.wrapping_add(1);
            self.again_at = self.now.after(BUSY_DELAY);
            self.state = State::Backoff;
        }
        again
    }

    /// The type of message that answers the command.
    pub(super) const fn expected(&self) -> MessageType {
        match self.kind {
            MessageType::IccPowerOn | MessageType::XfrBlock | MessageType::Secure => MessageType::DataBlock,
            MessageType::GetParameters | MessageType::ResetParameters | MessageType::SetParameters => {
                MessageType::Parameters
            }
            MessageType::Escape => MessageType::EscapeAnswer,
            MessageType::SetDataRateAndClockFrequency => MessageType::DataRateAndClockFrequency,
            _ => MessageType::SlotStatus,
        }
    }
}
