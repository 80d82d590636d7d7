//! A CCID reader with up to four slots (CCID 1.1), at the short APDU, the extended APDU or the TPDU level,
//! with quirks and planned faults.
//!
//! [`Reader`] owns no clock and does no input or output: bulk-OUT messages go into [`Reader::handle`],
//! bulk-IN transfers come out of [`Reader::take`] when they are due. [`ReaderPipe`] is a pipe to it with a
//! clock of its own.
//!
//! # What is assumed
//! Where the standard leaves a choice, or its text was not at hand, the reader does this:
//!
//! * With "automatic parameter configuration" but without automatic PPS or negotiation the slot's parameters
//!   follow the answer to reset and a PPS that the host sends. Without both bits the slot works with the
//!   default parameters until SetParameters, whatever the card offers.
//! * With automatic PPS, SetParameters makes the reader send one that agrees on those parameters. With
//!   automatic negotiation the speed cannot be set.
//! * A slot is busy until its answer is due, not until the host has read it.
//! * A power off does not interrupt a command; ABORT does.
//! * A T=0 TPDU is a header, alone or with exactly the data that P3 announces. Four bytes alone are refused.
//! * The PPS and everything before it travels at the default speed.

mod apdu;
mod config;
mod contacts;
mod pipe;
mod slot;
mod t1_card;

pub use config::{AbortSupport, Drip, Endless, MAX_SLOTS, Quirks, ReaderConfig};
pub use contacts::{CardTraits, Mismatch, PpsAnswer};
pub use pipe::ReaderPipe;
pub use t1_card::{Request as T1Request, Step as T1Step, T1Card};

use crate::card::Card;
use crate::ccid::{BAD_LENGTH, BAD_SLOT, failed_message};
use crate::fault::{FaultPlan, stale_answer};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::ccid::code::ClockStatus;
use kaztoken_core::ccid::{
    ClassRequest, CommandStatus, ErrorCode, HEADER_LEN, IccStatus, MessageError, MessageType, Notification,
    PcToRdr, PcToRdrMessage, RdrToPc, RdrToPcMessage, Status,
};
use slot::{Aborting, Body, Busy, Outcome, Slot};

/// wMaxPacketSize of the bulk endpoints.
const MAX_PACKET: usize = 64;
/// Time before each time extension that a quirk adds.
const QUIRK_EXTENSION: Millis = Millis(1_000);

/// A transfer to the host.
#[derive(Debug)]
struct Transfer {
    due: Millis,
    slot: u8,
    bytes: Vec<u8>,
}

/// The device side of CCID in front of cards that come and go.
#[derive(Debug)]
pub struct Reader<C> {
    config: ReaderConfig,
    plan: FaultPlan,
    slots: Vec<Slot<C>>,
    /// In the order in which they are due.
    queue: VecDeque<Transfer>,
    notifications: VecDeque<Vec<u8>>,
    messages: u64,
    blocks: u64,
    unplugged: bool,
}

impl<C: Card> Reader<C> {
    /// A reader with empty slots.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        let slots = (0..config.slots.clamp(1, MAX_SLOTS)).map(|_| Slot::new()).collect();
        Self {
            config,
            plan: FaultPlan::default(),
            slots,
            queue: VecDeque::new(),
            notifications: VecDeque::new(),
            messages: 0,
            blocks: 0,
            unplugged: false,
        }
    }

    /// A reader with one card that has nothing particular, in slot 0.
    #[must_use]
    pub fn with_card(config: ReaderConfig, card: C) -> Self {
        let mut reader = Self::new(config);
        reader.insert(0, card);
        reader
    }

    /// These faults will happen.
    #[must_use]
    pub fn faults(self, plan: FaultPlan) -> Self {
        Self { plan, ..self }
    }

    /// From now on these faults will happen, and no others.
    pub fn set_faults(&mut self, plan: FaultPlan) {
        self.plan = plan;
    }

    /// What it can do.
    pub const fn config(&self) -> &ReaderConfig {
        &self.config
    }

    /// Bulk-OUT messages so far, lost ones included.
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// TPDUs between reader and cards so far.
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// A planned fault has pulled the reader out.
    pub const fn is_unplugged(&self) -> bool {
        self.unplugged
    }

    /// Puts a card with nothing particular into a slot; see [`insert_with`](Self::insert_with).
    pub fn insert(&mut self, slot: u8, card: C) {
        self.insert_with(slot, card, CardTraits::default());
    }

    /// Puts a card into a slot, in place of the one that is there. A slot that the reader has not: nothing
    /// happens.
    pub fn insert_with(&mut self, slot: u8, card: C, traits: CardTraits) {
        if let Some(place) = self.slots.get_mut(usize::from(slot)) {
            place.insert(card, traits);
            self.presence_changed(slot);
        }
    }

    /// Pulls the card out of a slot. A command under way ends without a card.
    pub fn remove(&mut self, now: Millis, slot: u8) -> Option<C> {
        let contacts = self.pull(slot)?;
        self.fail_busy(now, slot, ErrorCode::IccMute);
        Some(contacts.card)
    }

    /// Puts back the card that a planned fault pulled out.
    pub fn put_back(&mut self, slot: u8) {
        let place = self.slots.get_mut(usize::from(slot));
        if let Some((place, contacts)) =
            place.and_then(|place| place.removed.take().map(|card| (place, card)))
        {
            place.contacts = Some(contacts);
            self.presence_changed(slot);
        }
    }

    /// The card in a slot.
    pub fn card(&self, slot: u8) -> Option<&C> {
        Some(&self.slots.get(usize::from(slot))?.contacts.as_ref()?.card)
    }

    /// Too high a current in a slot: the card loses its power, the command under way fails, and the interrupt
    /// endpoint says HardwareError.
    pub fn overcurrent(&mut self, now: Millis, slot: u8) {
        let Some(place) = self.slots.get_mut(usize::from(slot)) else { return };
        let sequence = place.busy.filter(|busy| now < busy.until).map_or(0, |busy| busy.sequence);
        place.power_off();
        self.notify(&Notification::HardwareError { slot, sequence, code: 1 });
        self.fail_busy(now, slot, ErrorCode::HardwareError);
    }

    /// What the interrupt endpoint has to say next.
    pub fn notification(&mut self) -> Option<Vec<u8>> {
        self.notifications.pop_front()
    }

    /// USB reset: all cards lose their power, all answers are gone.
    pub fn reset(&mut self) {
        self.queue.clear();
        self.notifications.clear();
        for slot in &mut self.slots {
            slot.power_off();
            slot.busy = None;
            slot.aborting = Aborting::default();
        }
    }

    /// Plugs the reader in again after a planned unplugging.
    pub fn plug_in(&mut self) {
        self.reset();
        self.unplugged = false;
    }

    /// A class request on the control pipe. `None`: it stalls.
    pub fn class_request(&mut self, now: Millis, request: ClassRequest) -> Option<Vec<u8>> {
        let words = |all: &[u32]| all.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        match request {
            ClassRequest::Abort { slot, sequence } => {
                let place = self.slots.get_mut(usize::from(slot))?;
                if self.config.abort != AbortSupport::BothHalves {
                    return None;
                }
                place.aborting.control = Some(sequence);
                self.interrupt_command(now, slot);
                self.finish_abort(now, slot);
                Some(Vec::new())
            }
            ClassRequest::GetClockFrequencies => {
                Some(words(&self.config.clocks)).filter(|all| !all.is_empty())
            }
            ClassRequest::GetDataRates => Some(words(&self.config.data_rates)).filter(|all| !all.is_empty()),
        }
    }

    /// Takes one bulk-OUT message.
    pub fn handle(&mut self, now: Millis, message: &[u8]) {
        self.messages += 1;
        if self.plan.unplugs(self.messages) {
            self.reset();
            self.unplugged = true;
        }
        if self.unplugged || self.plan.loses(self.messages) {
            return;
        }
        // Too short for a bSeq to answer to: nothing.
        let Some(&[kind, _, _, _, _, slot, sequence, ..]) = message.first_chunk::<HEADER_LEN>() else {
            return;
        };
        let command = Busy { kind: kind.into(), sequence, until: now };
        match self.carry_out(now, message, command, slot) {
            Some(outcome) => self.answer(now, slot, command, outcome),
            None => self.finish_abort(now, slot),
        }
    }

    /// `None`: the bulk half of an abort, which has an answer of its own.
    fn carry_out(&mut self, now: Millis, message: &[u8], command: Busy, slot: u8) -> Option<Outcome> {
        let refused = |error| Some(Outcome::from(Err(error)));
        let request = match PcToRdr::parse(message) {
            Ok(request) => request.message,
            Err(MessageError::UnexpectedType(_)) => return refused(ErrorCode::CommandNotSupported),
            Err(_) => return refused(BAD_LENGTH),
        };
        let declared = message.get(1..5).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes);
        let too_long = message.len() > self.config.max_message_length as usize;
        let busy_slots =
            self.slots.iter().filter(|slot| slot.busy.is_some_and(|busy| now < busy.until)).count();
        let Some(place) = self.slots.get_mut(usize::from(slot)) else { return refused(BAD_SLOT) };
        if too_long || message.len() != HEADER_LEN.saturating_add(declared as usize) {
            return refused(BAD_LENGTH);
        }
        if request == PcToRdrMessage::Abort {
            match self.config.abort {
                AbortSupport::BothHalves
                    if place.aborting.control.is_some_and(|seq| seq != command.sequence) =>
                {
                    return refused(ErrorCode::CommandAborted);
                }
                AbortSupport::BothHalves | AbortSupport::Silent => {
                    place.aborting.bulk = Some(command.sequence);
                    return None;
                }
                AbortSupport::BulkOnly => {
                    self.interrupt_command(now, slot);
                    return Some(Ok(Body::Status).into());
                }
                AbortSupport::Unsupported => return refused(ErrorCode::CommandNotSupported),
            }
        }
        if self.config.abort == AbortSupport::BothHalves
            && (place.aborting.control.is_some() || place.aborting.bulk.is_some())
        {
            return refused(ErrorCode::CommandAborted);
        }
        let busy = place.busy.is_some_and(|busy| now < busy.until);
        if busy || busy_slots >= usize::from(self.config.max_busy_slots.max(1)) {
            return refused(ErrorCode::SlotBusy);
        }
        let mut outcome = place.carry_out(&self.config, &self.plan, &mut self.blocks, request);
        if matches!(request, PcToRdrMessage::XfrBlock { .. }) && self.config.quirks.drip.is_some() {
            // The first bit of what never ends takes the answer's place.
            place.drip = self.config.quirks.drip.map(|(_, pause)| (now.after(pause), 0));
            place.busy = Some(Busy { until: Millis(u64::MAX), ..command });
        }
        if self.plan.removes(self.messages) {
            if let Some(contacts) = self.pull(slot) {
                self.slots[usize::from(slot)].removed = Some(contacts);
            }
            outcome.result = Err(ErrorCode::IccMute);
        }
        Some(outcome)
    }

    /// When the next transfer to the host is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Millis> {
        let drips = self.slots.iter().filter_map(|slot| slot.drip.map(|(due, _)| due));
        self.queue.front().map(|transfer| transfer.due).into_iter().chain(drips).min()
    }

    /// The next transfer to the host that is due; an empty one is a zero-length packet.
    pub fn take(&mut self, now: Millis) -> Option<Vec<u8>> {
        if self.queue.front().is_some_and(|transfer| transfer.due <= now) {
            return self.queue.pop_front().map(|transfer| transfer.bytes);
        }
        let (index, place) = self
            .slots
            .iter_mut()
            .enumerate()
            .find(|(_, slot)| slot.drip.is_some_and(|(due, _)| due <= now))?;
        let (kind, pause) = self.config.quirks.drip?;
        let sequence = place.busy?.sequence;
        let (due, count) = place.drip.as_mut()?;
        *due = now.after(Millis(pause.0.max(1)));
        *count = count.saturating_add(1);
        let (slot, longest) = (index as u8, self.config.max_message_length - HEADER_LEN as u32);
        let [l0, l1, l2, l3] = longest.to_le_bytes();
        Some(match kind {
            Drip::TimeExtensions => Vec::from([0x80, 0, 0, 0, 0, slot, sequence, 0x80, 1, 0]),
            Drip::Empty => Vec::new(),
            Drip::Stale => stale_answer(&[0x80, 0, 0, 0, 0, slot, sequence, 0, 0, 0]),
            Drip::Bytes if *count == 1 => Vec::from([0x80, l0, l1, l2, l3, slot, sequence, 0, 0, 0]),
            Drip::Bytes => Vec::from([0x55]),
        })
    }

    /// Sends back what a host could not take in one go: it is the next transfer again.
    pub(crate) fn put_rest(&mut self, now: Millis, bytes: Vec<u8>) {
        self.queue.push_front(Transfer { due: now, slot: u8::MAX, bytes });
    }

    /// Answers a command: time extensions, then the answer with the quirks and the faults.
    fn answer(&mut self, now: Millis, slot: u8, command: Busy, outcome: Outcome) {
        let quirks = &self.config.quirks;
        let carried_out = !matches!(outcome.result, Err(ErrorCode::SlotBusy | ErrorCode::CommandAborted));
        if carried_out && self.slots.get(usize::from(slot)).is_some_and(|slot| slot.drip.is_some()) {
            return;
        }
        let works = carried_out && command.kind != MessageType::Abort;
        let repeated = if works { quirks.extensions as usize } else { 0 };
        let pauses = core::iter::repeat_n(QUIRK_EXTENSION, repeated).chain(outcome.extensions);
        let (mut due, mut transfers) = (now, Vec::new());
        for pause in pauses {
            due = due.after(pause);
            let body = failed_message(command.kind);
            let status = Status::new(self.icc(slot), CommandStatus::TimeExtension);
            let answer = RdrToPc { slot, sequence: command.sequence, status, error: 1, message: body };
            transfers.push((due, emit(&answer, 0)));
        }
        due = due.after(outcome.after);
        let bytes = self.message(slot, command, &outcome.result);
        for (late, bytes) in self.plan.disturb(self.messages, bytes) {
            due = due.after(late);
            transfers.push((due, bytes));
        }
        if let Some(place) = self.slots.get_mut(usize::from(slot)).filter(|_| carried_out && due > now) {
            place.busy = Some(Busy { until: due, ..command });
        }
        for (due, bytes) in transfers {
            self.send(due, slot, bytes);
        }
    }

    fn icc(&self, slot: u8) -> IccStatus {
        self.slots.get(usize::from(slot)).map_or(IccStatus::Absent, Slot::icc)
    }

    /// The bytes of an answer, with the quirks that change them.
    fn message(&self, slot: u8, command: Busy, result: &Result<Body, ErrorCode>) -> Vec<u8> {
        let quirks = &self.config.quirks;
        let (message, error, len) = match result {
            Err(error) => (failed_message(command.kind), u8::from(*error), 0),
            Ok(Body::Data(chain, data)) => (RdrToPcMessage::DataBlock { chain: *chain, data }, 0, data.len()),
            Ok(Body::Status) => {
                let clock = self.slots.get(usize::from(slot)).map_or(ClockStatus::StoppedLow, Slot::clock);
                (RdrToPcMessage::SlotStatus { clock }, 0, 0)
            }
            Ok(Body::Parameters(data)) => (RdrToPcMessage::Parameters(*data), 0, 7),
            Ok(Body::Escape(data)) => (RdrToPcMessage::Escape { data }, 0, data.len()),
            Ok(Body::Rates(rates)) => (RdrToPcMessage::DataRateAndClockFrequency(Some(*rates)), 0, 8),
        };
        let exchange = command.kind == MessageType::XfrBlock;
        let state = if result.is_ok() { CommandStatus::Processed } else { CommandStatus::Failed };
        let status = Status::new(self.icc(slot), state);
        let answer = RdrToPc {
            slot: if exchange && quirks.wrong_slot { slot.wrapping_add(1) } else { slot },
            sequence: command.sequence.wrapping_add(u8::from(exchange && quirks.wrong_sequence)),
            status,
            error,
            message,
        };
        let mut bytes = emit(&answer, len);
        if let (Err(_), true, Some(kind)) = (result, quirks.type_6c, bytes.first_mut()) {
            *kind = 0x6C;
        }
        bytes.resize(bytes.len() + quirks.padding, 0);
        bytes
    }

    /// Queues an answer as one transfer or as many, with what the quirks put around it.
    fn send(&mut self, due: Millis, slot: u8, bytes: Vec<u8>) {
        let quirks = self.config.quirks.clone();
        for _ in 0..quirks.stale {
            self.queue_transfer(due, slot, stale_answer(&bytes));
        }
        if quirks.empty_before {
            self.queue_transfer(due, slot, Vec::new());
        }
        let full = bytes.len().is_multiple_of(MAX_PACKET) && !bytes.is_empty();
        if quirks.single_bytes {
            for byte in bytes {
                self.queue_transfer(due, slot, Vec::from([byte]));
            }
        } else {
            self.queue_transfer(due, slot, bytes);
        }
        if quirks.empty_after_full && full {
            self.queue_transfer(due, slot, Vec::new());
        }
    }

    fn queue_transfer(&mut self, due: Millis, slot: u8, bytes: Vec<u8>) {
        let at = self.queue.iter().rposition(|other| other.due <= due).map_or(0, |at| at + 1);
        self.queue.insert(at, Transfer { due, slot, bytes });
    }

    /// Stops the command under way in a slot: what was not sent yet is not sent.
    fn interrupt_command(&mut self, now: Millis, slot: u8) {
        let Some(place) = self.slots.get_mut(usize::from(slot)) else { return };
        place.forget();
        let busy = place.busy.take().filter(|busy| now < busy.until);
        self.queue.retain(|transfer| transfer.slot != slot || transfer.due <= now);
        if let Some(busy) = busy.filter(|_| self.config.quirks.answers_aborted) {
            let bytes = self.message(slot, busy, &Err(ErrorCode::CommandAborted));
            self.send(now, slot, bytes);
        }
    }

    /// Answers the bulk half of an abort once the other half is there too.
    fn finish_abort(&mut self, now: Millis, slot: u8) {
        let Some(place) = self.slots.get_mut(usize::from(slot)) else { return };
        if let (Some(sequence), true) = (place.aborting.bulk, place.aborting.bulk == place.aborting.control) {
            place.aborting = Aborting::default();
            let command = Busy { kind: MessageType::Abort, sequence, until: now };
            self.answer(now, slot, command, Ok(Body::Status).into());
        }
    }

    /// Ends the command under way in a slot with an error.
    fn fail_busy(&mut self, now: Millis, slot: u8, error: ErrorCode) {
        let busy = self.slots.get_mut(usize::from(slot)).and_then(|place| {
            place.forget();
            place.busy.take().filter(|busy| now < busy.until)
        });
        if let Some(busy) = busy {
            self.queue.retain(|transfer| transfer.slot != slot || transfer.due <= now);
            let bytes = self.message(slot, busy, &Err(error));
            self.send(now, slot, bytes);
        }
    }

    fn pull(&mut self, slot: u8) -> Option<contacts::Contacts<C>> {
        let place = self.slots.get_mut(usize::from(slot))?;
        place.power_off();
        let contacts = place.contacts.take()?;
        self.presence_changed(slot);
        Some(contacts)
    }

    fn presence_changed(&mut self, slot: u8) {
        if let Some(place) = self.slots.get_mut(usize::from(slot)) {
            place.changed = true;
        }
        let mut states = alloc::vec![0; self.slots.len().div_ceil(4)];
        for (index, place) in self.slots.iter_mut().enumerate() {
            let bits = u8::from(place.contacts.is_some()) | u8::from(place.changed) << 1;
            place.changed = false;
            states[index / 4] |= bits << (index % 4 * 2);
        }
        self.notify(&Notification::SlotChange { states: &states });
    }

    fn notify(&mut self, notification: &Notification<'_>) {
        if self.config.interrupt && !self.unplugged {
            let mut bytes = alloc::vec![0; 8];
            let len = notification.emit(&mut bytes).unwrap_or(0);
            bytes.truncate(len);
            self.notifications.push_back(bytes);
        }
    }
}

fn emit(answer: &RdrToPc<'_>, body: usize) -> Vec<u8> {
    let mut bytes = alloc::vec![0; HEADER_LEN + body];
    let len = answer.emit(&mut bytes).unwrap_or(0);
    bytes.truncate(len);
    bytes
}
