//! One slot of a reader, as a machine without input and output.

mod reply;

use zeroize::Zeroize;

use super::code::{IccStatus, MessageType, PowerSelect};
use super::command::{PcToRdr, PcToRdrMessage};
use super::descriptor::{ClassDescriptor, ExchangeLevel, VoltageSupport};
use super::error::{CcidError, Violation};
use super::message::HEADER_LEN;
use crate::Millis;

/// The longest message of the short APDU level: header, command header, Lc, 255 bytes, Le.
pub const SHORT_APDU_MESSAGE_LEN: usize = 271;

/// A busy reader is asked again this often, this many milliseconds apart.
const BUSY_RETRIES: u8 = 10;
const BUSY_DELAY: Millis = Millis(100);
/// Transfers that answer nothing (stale, empty) and that one command skips.
const MAX_SKIPPED: u16 = 64;
/// Requests for time that one command grants; the budget ends most commands long before.
const MAX_TIME_EXTENSIONS: u16 = 4096;

/// What a command ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The card has power; [`Slot::answer`] is its answer to reset.
    PoweredOn,
    /// The card has no power.
    PoweredOff,
    /// The state of the card.
    Status(IccStatus),
    /// The card answered; [`Slot::answer`] is the response APDU, SW1 SW2 included.
    Response,
}

/// What the machine has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Poll {
    /// Nothing: move bytes and time on.
    Wait,
    /// The reader asked for more time. It is granted within the operation's budget.
    TimeExtension {
        /// bError, at least 1: by how much the reader multiplies its waiting time.
        multiplier: u8,
    },
    /// The command has ended. Said once.
    Done(Result<Outcome, CcidError>),
}

/// What was tolerated since the slot was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Answers to earlier commands, dropped.
    pub stale: u32,
    /// Empty transfers, skipped.
    pub empty: u32,
    /// Messages with bytes after their end, which were dropped.
    pub padded: u32,
    /// Requests for more time.
    pub time_extensions: u32,
    /// Commands sent again because the reader was busy.
    pub busy: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    PowerOn,
    PowerOff,
    Status,
    Exchange,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No command.
    Idle,
    /// The message in the buffer is to be sent.
    Send,
    /// An answer is expected.
    Receive,
    /// The reader was busy: send again at this time.
    Backoff(Millis),
    /// Ended, the caller has not asked yet.
    Done(Result<Outcome, CcidError>),
}

/// The part of a message that came in earlier transfers.
#[derive(Clone, Copy, Debug)]
struct Partial {
    header: [u8; HEADER_LEN],
    received: usize,
    /// Of an answer to another command: its bytes are dropped.
    stale: bool,
}

/// One slot of a reader at the short APDU exchange level.
///
/// The machine takes one command at a time ([`Slot::power_on`], [`Slot::exchange`], ...). The
/// driver then repeats: send what [`poll_transmit`](Slot::poll_transmit) gives and say
/// [`transmitted`](Slot::transmitted); hand every bulk-IN transfer to
/// [`handle_input`](Slot::handle_input); at [`poll_timeout`](Slot::poll_timeout) say
/// [`handle_timeout`](Slot::handle_timeout); until [`poll`](Slot::poll) says [`Poll::Done`].
/// [`super::drivers`] has the loop for blocking, `nb` and async pipes.
///
/// `B` is the caller's memory for command and answer, [`SHORT_APDU_MESSAGE_LEN`] bytes: `&mut [u8]`
/// or an array. It is wiped of the command when the command ends and of everything on drop.
///
/// # What the reader cannot do
/// - be believed without the right bSeq, bSlot and bMessageType: answers to other commands are
///   dropped and counted;
/// - keep the machine busy: each command has a time budget that nothing prolongs, and bounds on the
///   transfers it skips, the time extensions it grants and the repetitions while busy;
/// - hand over more, or other, bytes than it sent.
///
/// # After a timeout, a cancellation or a violation
/// The answer may still be on its way and bSeq has only 256 values, so the slot is closed: it
/// repeats its error to every command until [`Slot::power_on`] succeeds. Nothing is sent again by
/// itself, and the caller reads the card's state (PIN counters) anew.
///
/// # Not yet here
/// - The ABORT sequence (5.3.1, 6.1.13): it would go between the timeout and the closed state.
/// - The TPDU, extended APDU and character levels: they are further ways to fill
///   [`Slot::exchange`]'s messages, and [`Slot::open`] refuses them.
/// - More than slot 0.
#[derive(Debug)]
pub struct Slot<B: AsRef<[u8]> + AsMut<[u8]>> {
    buffer: Wiped<B>,
    max_body: usize,
    max_packet: usize,
    protocols: u32,
    strict: bool,
    voltages: Voltages,
    state: State,
    /// An answer may still be on its way: nothing but power on and off is accepted.
    closed: Option<CcidError>,
    operation: Operation,
    /// Of the command that is sent or was sent last.
    sequence: u8,
    message_len: usize,
    answer_len: usize,
    deadline: Millis,
    budget: Millis,
    attempt: u8,
    may_repeat: bool,
    busy: u8,
    skipped: u16,
    extensions: u16,
    extension: Option<u8>,
    partial: Option<Partial>,
    counters: Counters,
}

/// The buffer, wiped on drop and not printed.
struct Wiped<B: AsMut<[u8]>>(B);

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

/// The order in which voltages are tried: lowest first; a single one twice, because cards miss a
/// first activation.
#[derive(Clone, Copy, Debug)]
struct Voltages {
    support: VoltageSupport,
    automatic: bool,
}

impl Voltages {
    fn get(self, attempt: u8) -> Option<PowerSelect> {
        let mut all = self.support.lowest_first();
        let single = self.automatic || self.support.0.count_ones() < 2;
        match (single, attempt) {
            (false, attempt) => all.nth(attempt.into()),
            (true, 0 | 1) if self.automatic => Some(PowerSelect::Automatic),
            (true, 0 | 1) => Some(all.next().unwrap_or(PowerSelect::Automatic)),
            (true, _) => None,
        }
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// Slot 0 of the reader that `descriptor` describes, not powered. `max_packet` is
    /// wMaxPacketSize of the bulk-IN endpoint. Sends nothing.
    ///
    /// # Errors
    /// [`CcidError::UnsupportedLevel`] for any level but the short APDU level,
    /// [`CcidError::UnsupportedPacketSize`], [`CcidError::BufferTooSmall`].
    pub fn open(buffer: B, descriptor: &ClassDescriptor, max_packet: u16) -> Result<Self, CcidError> {
        let level = descriptor.exchange_level();
        if level != Some(ExchangeLevel::ShortApdu) {
            return Err(CcidError::UnsupportedLevel(level));
        }
        if max_packet == 0 {
            return Err(CcidError::UnsupportedPacketSize(max_packet));
        }
        let got = buffer.as_ref().len();
        if got < SHORT_APDU_MESSAGE_LEN {
            return Err(CcidError::BufferTooSmall { needed: SHORT_APDU_MESSAGE_LEN, got });
        }
        let reader = usize::try_from(descriptor.max_message_length).unwrap_or(usize::MAX);
        let longest = reader.clamp(HEADER_LEN, SHORT_APDU_MESSAGE_LEN);
        Ok(Self {
            buffer: Wiped(buffer),
            max_body: longest.saturating_sub(HEADER_LEN),
            max_packet: max_packet.into(),
            protocols: descriptor.protocols,
            strict: false,
            voltages: Voltages {
                support: VoltageSupport(descriptor.voltage_support.0 & 7),
                automatic: descriptor.features.has(super::Features::AUTO_VOLTAGE),
            },
            state: State::Idle,
            closed: None,
            operation: Operation::Status,
            sequence: 0xFF,
            message_len: 0,
            answer_len: 0,
            deadline: Millis(0),
            budget: Millis(0),
            attempt: 0,
            may_repeat: true,
            busy: 0,
            skipped: 0,
            extensions: 0,
            extension: None,
            partial: None,
            counters: Counters::default(),
        })
    }

    /// Treats bytes after the end of a message as a violation instead of dropping and counting them.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Starts to power the card on. The voltage comes from the descriptor; when a voltage fails the
    /// next one is tried, a single one once more. Opens a closed slot.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`].
    pub fn power_on(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Operation::PowerOn, now, budget)?;
        self.send_power_on();
        Ok(())
    }

    /// Starts to power the card off. A closed slot stays closed.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`].
    pub fn power_off(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Operation::PowerOff, now, budget)?;
        self.send(&PcToRdrMessage::IccPowerOff);
        Ok(())
    }

    /// Starts to ask for the state of the card.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`], or the error that closed the slot.
    pub fn status(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Operation::Status, now, budget)?;
        self.send(&PcToRdrMessage::GetSlotStatus);
        Ok(())
    }

    /// Starts to send a short command APDU to the card.
    ///
    /// # Errors
    /// [`CcidError::CommandLength`] for less than 4 bytes or more than fit,
    /// [`CcidError::CommandPending`], or the error that closed the slot. Nothing is sent then.
    pub fn exchange(&mut self, now: Millis, command: &[u8], budget: Millis) -> Result<(), CcidError> {
        if command.len() < 4 || command.len() > self.max_body {
            return Err(CcidError::CommandLength { got: command.len(), max: self.max_body });
        }
        self.start(Operation::Exchange, now, budget)?;
        // VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER cost a try. A reader that says
        // "busy" and carries the command out all the same must not make it two.
        self.may_repeat = !matches!(command.get(1), Some(0x20 | 0x21 | 0x24 | 0x25 | 0x2C | 0x2D));
        self.send(&PcToRdrMessage::XfrBlock { bwi: 0, level_parameter: 0, data: command });
        Ok(())
    }

    /// Gives the command up. The slot is closed when a command was under way.
    pub fn cancel(&mut self) {
        self.abandon(CcidError::Cancelled);
    }

    /// The pipe failed: the command is given up as by [`Slot::cancel`].
    pub fn pipe_failed(&mut self) {
        self.abandon(CcidError::PipeFailed);
    }

    /// The bytes to send on the bulk-OUT pipe in one transfer, if there are any.
    #[must_use]
    pub fn poll_transmit(&self) -> Option<&[u8]> {
        match self.state {
            State::Send => self.buffer.0.as_ref().get(..self.message_len),
            _ => None,
        }
    }

    /// The bytes of [`Slot::poll_transmit`] were sent.
    pub fn transmitted(&mut self, now: Millis) {
        if matches!(self.state, State::Send) {
            self.state = State::Receive;
        }
        self.handle_timeout(now);
    }

    /// The bytes of one bulk-IN transfer; empty for a zero-length packet.
    pub fn handle_input(&mut self, now: Millis, transfer: &[u8]) {
        if self.is_pending() {
            // The answer counts even when it comes with the deadline.
            self.receive(now, transfer);
            self.handle_timeout(now);
        } else if transfer.is_empty() {
            self.counters.empty = self.counters.empty.saturating_add(1);
        } else {
            self.counters.stale = self.counters.stale.saturating_add(1);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Millis) {
        if !self.is_pending() {
            return;
        }
        if now >= self.deadline {
            self.finish(Err(CcidError::Timeout { budget: self.budget }));
        } else if matches!(self.state, State::Backoff(until) if now >= until) {
            self.repeat();
        }
    }

    /// When to say [`Slot::handle_timeout`] at the latest. `None` when no command is under way.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Millis> {
        match self.state {
            State::Send | State::Receive => Some(self.deadline),
            State::Backoff(until) => Some(until.min(self.deadline)),
            State::Idle | State::Done(_) => None,
        }
    }

    /// What happened since the last call.
    pub fn poll(&mut self) -> Poll {
        if let Some(multiplier) = self.extension.take() {
            return Poll::TimeExtension { multiplier };
        }
        let State::Done(result) = self.state else {
            return Poll::Wait;
        };
        self.state = State::Idle;
        Poll::Done(result)
    }

    /// What the card answered to the last command: the answer to reset after
    /// [`Outcome::PoweredOn`], the response APDU after [`Outcome::Response`], otherwise nothing.
    #[must_use]
    pub fn answer(&self) -> &[u8] {
        let body = self.buffer.0.as_ref().get(HEADER_LEN..);
        body.and_then(|body| body.get(..self.answer_len)).unwrap_or(&[])
    }

    /// The error that closed the slot, if it is closed.
    #[must_use]
    pub const fn closed(&self) -> Option<CcidError> {
        self.closed
    }

    /// What was tolerated since the slot was opened.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    const fn is_pending(&self) -> bool {
        matches!(self.state, State::Send | State::Receive | State::Backoff(_))
    }

    fn start(&mut self, operation: Operation, now: Millis, budget: Millis) -> Result<(), CcidError> {
        if !matches!(self.state, State::Idle) {
            return Err(CcidError::CommandPending);
        }
        match (self.closed, operation) {
            (None, _) | (_, Operation::PowerOn | Operation::PowerOff) => {}
            (Some(error), _) => return Err(error),
        }
        self.operation = operation;
        self.budget = budget;
        self.deadline = now.after(budget);
        self.answer_len = 0;
        self.attempt = 0;
        self.may_repeat = true;
        self.busy = BUSY_RETRIES;
        self.skipped = 0;
        self.extensions = 0;
        self.extension = None;
        self.partial = None;
        Ok(())
    }

    fn send_power_on(&mut self) {
        let power_select = self.voltages.get(self.attempt).unwrap_or(PowerSelect::Automatic);
        self.send(&PcToRdrMessage::IccPowerOn { power_select });
    }

    /// Puts the message into the buffer with the next sequence number.
    fn send(&mut self, message: &PcToRdrMessage<'_>) {
        self.sequence = self.sequence.wrapping_add(1);
        let message = PcToRdr { slot: 0, sequence: self.sequence, message: *message };
        match message.emit(self.buffer.0.as_mut()) {
            Ok(len) => {
                self.message_len = len;
                self.state = State::Send;
            }
            // The lengths were checked, so this is not reached; it must not look like a sent command.
            Err(_) => self.finish(Err(CcidError::BufferTooSmall { needed: self.message_len, got: 0 })),
        }
    }

    /// Sends the message in the buffer once more, with the next sequence number.
    fn repeat(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
        if let Some(sequence) = self.buffer.0.as_mut().get_mut(6) {
            *sequence = self.sequence;
        }
        self.partial = None;
        self.state = State::Send;
    }

    fn abandon(&mut self, error: CcidError) {
        if self.is_pending() {
            self.finish(Err(error));
        }
    }

    fn finish(&mut self, result: Result<Outcome, CcidError>) {
        match result {
            Ok(Outcome::PoweredOn) => self.closed = None,
            Ok(_) => {}
            Err(error) => {
                self.answer_len = 0;
                if error.closes_slot() {
                    self.closed = Some(error);
                }
            }
        }
        self.partial = None;
        self.state = State::Done(result);
        // The command may have held a PIN.
        let used = HEADER_LEN.saturating_add(self.answer_len);
        if let Some(rest) = self.buffer.0.as_mut().get_mut(used..) {
            rest.zeroize();
        }
    }

    const fn expected_type(&self) -> MessageType {
        match self.operation {
            Operation::PowerOn | Operation::Exchange => MessageType::DataBlock,
            Operation::PowerOff | Operation::Status => MessageType::SlotStatus,
        }
    }

    /// Counts a transfer that answers nothing.
    fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > MAX_SKIPPED {
            self.finish(Err(Violation::TooManyStale { dropped: self.skipped }.into()));
        }
    }
}
