//! One slot of a reader, as a machine without input and output.

mod activation;
mod apdu;
mod commands;
mod dialogue;
mod outcome;
mod reply;
mod tpdu;

pub use dialogue::ControlAnswer;
pub use outcome::{Counters, Outcome, Poll};

use self::apdu::Apdu;
use self::dialogue::{Dialogue, Ended};
use super::code::IccStatus;
use super::descriptor::{ClassDescriptor, ExchangeLevel};
use super::error::CcidError;
use super::message::HEADER_LEN;
use super::quirks::Quirks;
use super::recovery::{Recovery, Rung};
use super::request::ClassRequest;
use crate::Millis;
use crate::atr::{Atr, AtrError, MAX_ATR_LEN};
use crate::tpdu::pps::{DEFAULT_F_D, Selection};
use crate::tpdu::t0::T0;
use crate::tpdu::t1::T1;

/// The longest message of the short APDU level: header, command header, Lc, 255 bytes, Le. It also
/// holds the longest T=1 block and T=0 TPDU, and the answer to any short APDU at the extended level.
pub const SHORT_APDU_MESSAGE_LEN: usize = 271;

/// At the TPDU level: a message with a T=1 block of one byte, or the header of a T=0 command.
const SHORTEST_MESSAGE_LEN: usize = HEADER_LEN + 5;

/// How the card is spoken to.
#[derive(Clone, Debug)]
enum Transmission {
    /// Not before the card has power.
    Unset,
    /// The reader does the protocol.
    Apdu(Apdu),
    /// We do.
    T0(T0),
    T1(T1),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Idle,
    /// IccPowerOff, where the reader needs it first, ...
    Discharge,
    /// IccPowerOn with the voltage of [`Slot::attempt`], ...
    PowerOn,
    /// ... PPS, ...
    Pps,
    /// ... SetParameters, ...
    Parameters,
    /// ... S(IFS), each only where the reader leaves it to the host.
    Ifs,
    PowerOff,
    Status,
    Exchange,
    Command,
}

impl Activity {
    const fn is_activation(self) -> bool {
        matches!(self, Self::Discharge | Self::PowerOn | Self::Pps | Self::Parameters | Self::Ifs)
    }
}

/// One slot of a reader, at the short APDU, extended APDU or TPDU level.
///
/// The machine takes one command at a time ([`Slot::power_on`], [`Slot::exchange`], ...). The
/// driver then repeats: carry out [`poll_control`](Slot::poll_control) and say
/// [`control_done`](Slot::control_done); send what [`poll_transmit`](Slot::poll_transmit) gives and
/// say [`transmitted`](Slot::transmitted); hand every bulk-IN transfer to
/// [`handle_input`](Slot::handle_input); at [`poll_timeout`](Slot::poll_timeout) say
/// [`handle_timeout`](Slot::handle_timeout); until [`poll`](Slot::poll) says [`Poll::Done`].
/// [`super::drivers`] has the loop for blocking, `nb` and async pipes.
///
/// `B` is the caller's memory for one message, [`SHORT_APDU_MESSAGE_LEN`] bytes or more: `&mut [u8]`
/// or an array. With more, up to dwMaxCCIDMessageLength, longer messages are sent and taken at the
/// extended level. It is wiped of the command when the command ends and of everything on drop.
///
/// # What the reader cannot do
/// - be believed without the right bSeq, bSlot and bMessageType: answers to other commands are
///   dropped and counted;
/// - keep the machine busy: each command has a time budget that nothing prolongs, and bounds on the
///   transfers it skips, the time extensions it grants, the repetitions while busy and the blocks
///   that are asked for again;
/// - hand over more, or other, bytes than it sent.
///
/// # After a timeout, a cancellation or a violation
/// The answer may still be on its way and bSeq has only 256 values, so the reader is asked to abort
/// what was sent (5.3.1, 6.1.13), for at most 800 ms; not what it has to answer at once with
/// SlotStatus. When it confirms, the next command may be sent at the APDU levels. Otherwise the slot
/// is closed: it repeats its error to every command until
/// [`Slot::power_on`] succeeds. Nothing is sent again by itself; what the card did is unknown, and
/// the caller reads its state (PIN counters) anew. [`Slot::recovery`] tells what is to be done next.
#[derive(Debug)]
pub struct Slot<B: AsRef<[u8]> + AsMut<[u8]>> {
    dialogue: Dialogue<B>,
    descriptor: ClassDescriptor,
    escape: bool,
    quirks: Quirks,
    /// SetParameters was refused, and the reader is known to do without.
    no_parameters: bool,
    activity: Activity,
    /// Which voltage IccPowerOn was sent with.
    attempt: u8,
    transmission: Transmission,
    recovery: Recovery,
    /// The error that is repeated until the slot is recovered.
    closed: Option<CcidError>,
    selection: Selection,
    atr: [u8; MAX_ATR_LEN],
    atr_len: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// Slot 0 of the reader that `descriptor` describes, not powered. `max_packet` is
    /// wMaxPacketSize of the bulk-IN endpoint. Sends nothing.
    ///
    /// # Errors
    /// [`CcidError::UnsupportedLevel`] for the character level,
    /// [`CcidError::UnsupportedPacketSize`], [`CcidError::BufferTooSmall`].
    pub fn open(buffer: B, descriptor: &ClassDescriptor, max_packet: u16) -> Result<Self, CcidError> {
        let level = descriptor.exchange_level();
        let transmission = match level {
            // Who knows whether the card has power; the reader does.
            Some(ExchangeLevel::ShortApdu | ExchangeLevel::ExtendedApdu) => {
                Transmission::Apdu(Apdu::default())
            }
            Some(ExchangeLevel::Tpdu) => Transmission::Unset,
            Some(ExchangeLevel::Character) | None => return Err(CcidError::UnsupportedLevel(level)),
        };
        if max_packet == 0 {
            return Err(CcidError::UnsupportedPacketSize(max_packet));
        }
        let got = buffer.as_ref().len();
        if got < SHORT_APDU_MESSAGE_LEN {
            return Err(CcidError::BufferTooSmall { needed: SHORT_APDU_MESSAGE_LEN, got });
        }
        let longest = usize::try_from(descriptor.max_message_length).map_or(got, |reader| reader.min(got));
        if level == Some(ExchangeLevel::Tpdu) && longest < SHORTEST_MESSAGE_LEN {
            return Err(CcidError::BufferTooSmall { needed: SHORTEST_MESSAGE_LEN, got: longest });
        }
        Ok(Self {
            dialogue: Dialogue::new(buffer, longest.saturating_sub(HEADER_LEN), max_packet.into()),
            descriptor: *descriptor,
            escape: false,
            quirks: Quirks::NONE,
            no_parameters: false,
            activity: Activity::Idle,
            attempt: 0,
            transmission,
            recovery: Recovery::SOUND,
            closed: None,
            selection: Selection { protocol: 0, pps: None, f_d_index: DEFAULT_F_D, set_parameters: false },
            atr: [0; MAX_ATR_LEN],
            atr_len: 0,
        })
    }

    /// Another slot of the reader than 0.
    #[must_use]
    pub fn slot(mut self, index: u8) -> Self {
        self.dialogue.slot = index;
        self
    }

    /// The bSeq of the first command; 0 if this is not called.
    #[must_use]
    pub fn sequence(mut self, first: u8) -> Self {
        self.dialogue.sequence = first.wrapping_sub(1);
        self
    }

    /// What is known of the reader beside its descriptor ([`Quirks::of`]).
    #[must_use]
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        if quirks.contains(Quirks::DEFAULT_RATE_ONLY) {
            self.descriptor.max_data_rate = 0;
        }
        self
    }

    /// Tolerates of the departures from the class only those of [`Slot::quirks`], which come first.
    /// Bytes after the end of a message, answers in several messages at the short APDU level and
    /// error answers with the type of a command are violations then, instead of being counted.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.dialogue.tolerated = self.quirks;
        self
    }

    /// Allows [`Slot::command`] to send Escape messages: what they do is the vendor's, and some
    /// change the reader for good.
    #[must_use]
    pub fn allow_escape(mut self) -> Self {
        self.escape = true;
        self
    }

    /// Starts to power the card on and to make it ready for APDUs. The voltage comes from the
    /// descriptor; when a voltage fails the next one is tried, a single one once more. What the
    /// reader does not do by itself follows: PPS, SetParameters, IFSD. Opens a closed slot.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`].
    pub fn power_on(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Activity::PowerOn, now, budget)?;
        self.forget_card();
        self.no_parameters = false;
        if self.quirks.contains(Quirks::POWER_OFF_FIRST) {
            self.activity = Activity::Discharge;
            self.dialogue.send(super::MessageType::IccPowerOff, [0; 3], 0, true);
        } else {
            self.send_power_on(0);
        }
        Ok(())
    }

    /// Starts to power the card off. A closed slot stays closed.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`].
    pub fn power_off(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Activity::PowerOff, now, budget)?;
        self.forget_card();
        self.dialogue.send(super::MessageType::IccPowerOff, [0; 3], 0, true);
        Ok(())
    }

    /// Starts to ask for the state of the card.
    ///
    /// # Errors
    /// [`CcidError::CommandPending`], or the error that closed the slot.
    pub fn status(&mut self, now: Millis, budget: Millis) -> Result<(), CcidError> {
        self.start(Activity::Status, now, budget)?;
        self.dialogue.send(super::MessageType::GetSlotStatus, [0; 3], 0, true);
        Ok(())
    }

    /// Starts to send a command APDU to the card. The same `command` is handed to every
    /// [`Slot::poll`] until the end.
    ///
    /// # Errors
    /// [`CcidError::CommandLength`] for less than 4 bytes or more than the level takes,
    /// [`CcidError::CommandPending`], [`CcidError::CardInactive`], or the error that closed the
    /// slot. Nothing is sent then.
    pub fn exchange(&mut self, now: Millis, command: &[u8], budget: Millis) -> Result<(), CcidError> {
        let max = self.max_command();
        if command.len() < 4 || command.len() > max {
            return Err(CcidError::CommandLength { got: command.len(), max });
        }
        self.start(Activity::Exchange, now, budget)?;
        let started = self.send_command(command);
        if started.is_err() {
            self.activity = Activity::Idle;
        }
        started
    }

    /// Gives the command up: the reader is asked to abort it, when it was sent.
    pub fn cancel(&mut self, now: Millis) {
        self.dialogue.cancel(now);
    }

    /// The pipe failed: the command is given up.
    pub fn pipe_failed(&mut self) {
        self.dialogue.lose(CcidError::PipeFailed);
    }

    /// Gives the command up without a word to the reader, because nobody drives the slot any more.
    pub(super) fn abandon(&mut self) {
        self.dialogue.lose(CcidError::Cancelled);
        // An outcome that nobody asked for belongs to that command too.
        while self.poll(&[], &mut []) != Poll::Wait {}
    }

    /// The class request to carry out on the control pipe, if there is one. No data goes with it.
    #[must_use]
    pub const fn poll_control(&self) -> Option<ClassRequest> {
        self.dialogue.poll_control()
    }

    /// What came of [`Slot::poll_control`].
    pub fn control_done(&mut self, now: Millis, answer: ControlAnswer) {
        self.dialogue.control_done(now, answer);
    }

    /// The bytes to send on the bulk-OUT pipe in one transfer, if there are any.
    #[must_use]
    pub fn poll_transmit(&self) -> Option<&[u8]> {
        self.dialogue.poll_transmit()
    }

    /// The bytes of [`Slot::poll_transmit`] were sent.
    pub fn transmitted(&mut self, now: Millis) {
        self.dialogue.transmitted(now);
    }

    /// The bytes of one bulk-IN transfer; empty for a zero-length packet.
    pub fn handle_input(&mut self, now: Millis, transfer: &[u8]) {
        self.dialogue.handle_input(now, transfer);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Millis) {
        self.dialogue.handle_timeout(now);
    }

    /// When to say [`Slot::handle_timeout`] at the latest. `None` when no command is under way.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Millis> {
        self.dialogue.poll_timeout()
    }

    /// What happened since the last call. `command` is what [`Slot::exchange`] was given and
    /// `response` takes the response APDU; both are the same from call to call, and empty for other
    /// commands.
    pub fn poll(&mut self, command: &[u8], response: &mut [u8]) -> Poll {
        if let Some(multiplier) = self.dialogue.take_extension() {
            return Poll::TimeExtension { multiplier };
        }
        let Some(ended) = self.dialogue.take_end() else { return Poll::Wait };
        let result = match self.advance(ended, command, response) {
            Ok(None) => return Poll::Wait,
            Ok(Some(outcome)) => Ok(outcome),
            Err(error) => Err(error),
        };
        match self.activity {
            Activity::Discharge
            | Activity::PowerOn
            | Activity::Pps
            | Activity::Parameters
            | Activity::Ifs => self.activated(result.err()),
            Activity::Exchange | Activity::Command => {
                if let Err(error) = result {
                    self.recovery.missed();
                    if error == CcidError::CardInactive {
                        self.lost_power();
                    }
                }
            }
            _ => {}
        }
        self.activity = Activity::Idle;
        if result != Ok(Outcome::Replied) {
            self.dialogue.clear();
        }
        Poll::Done(result)
    }

    /// The answer to reset of the last power on.
    ///
    /// # Errors
    /// [`AtrError::Empty`] when the card has no power.
    pub fn atr(&self) -> Result<Atr<'_>, AtrError> {
        Atr::parse(self.atr_bytes())
    }

    /// The answer to reset of the last power on, as bytes.
    #[must_use]
    pub fn atr_bytes(&self) -> &[u8] {
        self.atr.get(..self.atr_len).unwrap_or(&[])
    }

    /// The error that closed the slot, if it is closed.
    #[must_use]
    pub const fn closed(&self) -> Option<CcidError> {
        self.closed
    }

    /// Where the slot stands on the recovery ladder.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The caller climbed a rung that is not the slot's: [`Rung::BusReset`].
    pub fn climbed(&mut self, rung: Rung, succeeded: bool) {
        self.recovery.climbed(rung, succeeded);
    }

    /// What was tolerated since the slot was opened.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.dialogue.counters
    }

    fn start(&mut self, activity: Activity, now: Millis, budget: Millis) -> Result<(), CcidError> {
        if self.activity != Activity::Idle {
            return Err(CcidError::CommandPending);
        }
        match (self.closed, activity) {
            (None, _) | (_, Activity::PowerOn | Activity::PowerOff) => {}
            (Some(error), _) => return Err(error),
        }
        self.activity = activity;
        self.dialogue.begin(now, budget);
        Ok(())
    }

    /// The card has no power, and nobody took it.
    pub(super) fn lost_power(&mut self) {
        self.forget_card();
        self.recovery.climbed(Rung::PowerCycle, false);
    }

    /// The card is to lose its power: what was agreed upon with it is void.
    pub(super) fn forget_card(&mut self) {
        self.atr_len = 0;
        self.transmission = Transmission::Unset;
    }

    /// What the end of one message leads to: the next message (`None`) or the end of the command.
    fn advance(
        &mut self,
        ended: Ended,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Outcome>, CcidError> {
        if let Ended::Lost { error, aborted } = ended {
            return Err(self.lost(error, aborted));
        }
        match (self.activity, ended) {
            (Activity::Exchange, _) => self.exchanged(ended, command, response),
            (Activity::Status, Ended::Answered(answer)) => Ok(Some(Outcome::Status(answer.icc))),
            (Activity::Status, Ended::Refused(CcidError::CardAbsent)) => {
                Ok(Some(Outcome::Status(IccStatus::Absent)))
            }
            (Activity::Status, Ended::Refused(CcidError::CardInactive)) => {
                Ok(Some(Outcome::Status(IccStatus::Inactive)))
            }
            (Activity::PowerOff, Ended::Answered(_) | Ended::Refused(CcidError::CardInactive)) => {
                Ok(Some(Outcome::PoweredOff))
            }
            (Activity::Command, Ended::Answered(_)) => Ok(Some(Outcome::Replied)),
            (activity, Ended::Answered(_) | Ended::Refused(_)) if activity.is_activation() => {
                self.activate(ended)
            }
            (_, Ended::Refused(error) | Ended::Lost { error, .. }) => Err(error),
            (_, Ended::Answered(_)) => Err(CcidError::NoCommand),
        }
    }

    /// An answer was lost.
    fn lost(&mut self, error: CcidError, aborted: bool) -> CcidError {
        if let Transmission::T1(_) = self.transmission {
            self.recovery.out_of_step();
        } else {
            self.recovery.lost();
        }
        self.recovery.climbed(Rung::Abort, aborted);
        if self.recovery.next().is_some() {
            self.closed = Some(error);
        }
        error
    }

    /// The card's protocol ended with an error after which it is not to be spoken to any more.
    #[inline(never)]
    fn out_of_step(&mut self, error: CcidError) -> CcidError {
        self.recovery.out_of_step();
        self.closed = Some(error);
        error
    }
}
