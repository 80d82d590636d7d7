//! The token as a CCID device (CCID 1.1): bulk-OUT messages in, bulk-IN messages out.

use crate::card::{Card, is_key_generation};
use crate::fault::FaultPlan;
use crate::model::{Model, Protocol};
use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::ccid::code::{ChainParameter, ClockStatus};
use kaztoken_core::ccid::{
    ClassDescriptor, CommandStatus, ErrorCode, Features, HEADER_LEN, IccStatus, MessageError, MessageType,
    PcToRdr, PcToRdrMessage, PowerSelect, ProtocolData, RdrToPc, RdrToPcMessage, Status, T0Parameters,
    T1Parameters, VoltageSupport,
};
use zeroize::Zeroizing;

/// Longest message: the header, a short APDU with 255 data bytes.
pub(crate) const MAX_MESSAGE: usize = HEADER_LEN + 261;
/// While a key is generated, the token asks for time this often.
const EXTENSION_INTERVAL: Millis = Millis(1_000);
/// Offsets of fields for bError: dwLength, bSlot, bPowerSelect.
pub(crate) const BAD_LENGTH: ErrorCode = ErrorCode::Unknown(1);
pub(crate) const BAD_SLOT: ErrorCode = ErrorCode::Unknown(5);
pub(crate) const BAD_POWER_SELECT: ErrorCode = ErrorCode::Unknown(7);

/// The class descriptor: that of the Rutoken ECP (0A89:0030); the KAZTOKEN's own is not public. The SC card,
/// which lives in a reader, gets the same one with T=0.
#[must_use]
pub fn class_descriptor(model: Model) -> ClassDescriptor {
    ClassDescriptor {
        version: 0x0100,
        max_slot_index: 0,
        voltage_support: VoltageSupport(1),
        protocols: match model.protocol() {
            Protocol::T0 => 1,
            Protocol::T1 => 2,
        },
        default_clock_khz: 3580,
        maximum_clock_khz: 3580,
        clocks_supported: 0,
        data_rate: 9600,
        max_data_rate: 9600,
        data_rates_supported: 0,
        max_ifsd: 254,
        synch_protocols: 0,
        mechanical: 0,
        features: Features(0x0002_0840),
        max_message_length: MAX_MESSAGE as u32,
        class_get_response: 0xFF,
        class_envelope: 0xFF,
        lcd_layout: 0,
        pin_support: 0,
        max_busy_slots: 1,
    }
}

/// What the token does next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// It sends a message, this long after the event before.
    Message {
        /// The pause.
        after: Millis,
        /// The bulk-IN message.
        bytes: Vec<u8>,
    },
    /// It is pulled out.
    Unplug,
}

/// A command APDU that the card has to answer before the device can.
#[derive(Debug)]
pub struct Exchange {
    /// The command APDU, wiped when dropped.
    pub command: Zeroizing<Vec<u8>>,
    /// The least time the command takes, beside what the card needs.
    pub duration: Millis,
    sequence: u8,
    number: u64,
}

impl Exchange {
    /// The message that asks the host for more time.
    #[must_use]
    pub fn time_extension(&self) -> Vec<u8> {
        let status = Status::new(IccStatus::Active, CommandStatus::TimeExtension);
        let message = RdrToPcMessage::DataBlock { chain: ChainParameter::Whole, data: &[] };
        emit(&RdrToPc { slot: 0, sequence: self.sequence, status, error: 1, message })
    }
}

/// What a bulk-OUT message leads to.
#[derive(Debug)]
pub enum Work {
    /// These events.
    Done {
        /// The card is to be reset: its power goes on or off.
        reset: bool,
        /// What the device does.
        events: Vec<Event>,
    },
    /// The card answers this command; then [`CcidDevice::finish`].
    Exchange(Exchange),
}

/// The device side of CCID in front of a card, with a plan of faults.
#[derive(Debug, Default)]
pub struct CcidDevice {
    plan: FaultPlan,
    generation_time: Millis,
    messages: u64,
    powered: bool,
    /// bSeq of the control half of an abort whose bulk half has not come yet.
    aborting: Option<u8>,
}

impl CcidDevice {
    /// A device that will have these faults.
    #[must_use]
    pub const fn new(plan: FaultPlan) -> Self {
        Self { plan, generation_time: Millis(0), messages: 0, powered: false, aborting: None }
    }

    /// Generating a key takes this long at least; the token asks for time every second meanwhile.
    #[must_use]
    pub fn generation_time(self, generation_time: Millis) -> Self {
        Self { generation_time, ..self }
    }

    /// Bulk-OUT messages so far.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// USB reset, or plugged in anew: the card is without power. Messages are counted on.
    pub const fn reset(&mut self) {
        self.powered = false;
        self.aborting = None;
    }

    /// The control half of an abort (5.3.1). Until the bulk half comes every command is answered with
    /// CMD_ABORTED. `false`: there is no such slot, the request stalls. The caller drops what is under way.
    ///
    /// A bulk half that comes alone, from a host that cannot send control requests, is answered too.
    pub const fn abort(&mut self, slot: u8, sequence: u8) -> bool {
        if slot == 0 {
            self.aborting = Some(sequence);
        }
        slot == 0
    }

    /// The configuration descriptor as the plan's faults make it.
    pub fn damage_descriptor(&self, descriptor: &mut [u8]) {
        self.plan.damage(descriptor);
    }

    /// Takes one bulk-OUT message and carries it out at once: time extensions of the plan and of the
    /// generation time come first.
    pub fn handle(&mut self, card: &mut impl Card, message: &[u8]) -> Vec<Event> {
        let exchange = match self.receive(card.model(), message) {
            Work::Done { reset, events } => {
                if reset {
                    card.reset();
                }
                return events;
            }
            Work::Exchange(exchange) => exchange,
        };
        let mut events: Vec<Event> = self
            .extensions(&exchange)
            .map(|after| Event::Message { after, bytes: exchange.time_extension() })
            .collect();
        let rest = Millis(exchange.duration.0 % EXTENSION_INTERVAL.0);
        let mut response = Zeroizing::new(Vec::new());
        card.process(&exchange.command, &mut response);
        let mut answers = self.finish(&exchange, &response);
        if let Some(Event::Message { after, .. }) = answers.first_mut() {
            *after = after.after(rest);
        }
        events.append(&mut answers);
        events
    }

    /// The pauses before each time extension that is to be sent before the answer.
    pub fn extensions(&self, exchange: &Exchange) -> impl Iterator<Item = Millis> {
        let generation = exchange.duration.0 / EXTENSION_INTERVAL.0;
        let generation =
            core::iter::repeat_n(EXTENSION_INTERVAL, usize::try_from(generation).unwrap_or(usize::MAX));
        self.plan.extensions(&exchange.command).chain(generation)
    }

    /// Takes one bulk-OUT message. What concerns the card is handed out, all else is done.
    pub fn receive(&mut self, model: Model, message: &[u8]) -> Work {
        self.messages += 1;
        if self.plan.unplugs(self.messages) {
            self.reset();
            return Work::Done { reset: true, events: Vec::from([Event::Unplug]) };
        }
        if self.plan.loses(self.messages) {
            return Work::Done { reset: false, events: Vec::new() };
        }
        let answer = |events| Work::Done { reset: false, events };
        let number = self.messages;
        let header = message.first_chunk::<HEADER_LEN>();
        // Too short for a bSeq to answer to: nothing.
        let Some(&[kind, _, _, _, _, slot, sequence, ..]) = header else { return answer(Vec::new()) };
        let kind = MessageType::from(kind);
        let request = match PcToRdr::parse(message) {
            Ok(request) => request.message,
            Err(error) => {
                let code = match error {
                    MessageError::UnexpectedType(_) => ErrorCode::CommandNotSupported,
                    _ => BAD_LENGTH,
                };
                return answer(self.refuse(number, kind, slot, sequence, code));
            }
        };
        if slot != 0 {
            return answer(self.refuse(number, kind, slot, sequence, BAD_SLOT));
        }
        if let Some(aborting) = self.aborting {
            if request != PcToRdrMessage::Abort || sequence != aborting {
                return answer(self.refuse(number, kind, slot, sequence, ErrorCode::CommandAborted));
            }
            self.aborting = None;
        }
        match request {
            PcToRdrMessage::IccPowerOn { power_select: PowerSelect::Automatic | PowerSelect::Volts5 } => {
                self.powered = true;
                let atr = RdrToPcMessage::DataBlock { chain: ChainParameter::Whole, data: model.atr() };
                Work::Done { reset: true, events: self.done(number, sequence, atr) }
            }
            PcToRdrMessage::IccPowerOn { .. } => {
                answer(self.refuse(number, kind, slot, sequence, BAD_POWER_SELECT))
            }
            PcToRdrMessage::IccPowerOff => {
                self.powered = false;
                Work::Done { reset: true, events: self.status(number, sequence) }
            }
            PcToRdrMessage::GetSlotStatus | PcToRdrMessage::Abort => answer(self.status(number, sequence)),
            PcToRdrMessage::XfrBlock { .. } if !self.powered => {
                answer(self.refuse(number, kind, slot, sequence, ErrorCode::IccMute))
            }
            PcToRdrMessage::XfrBlock { data, .. } if message.len() > MAX_MESSAGE || data.is_empty() => {
                answer(self.refuse(number, kind, slot, sequence, BAD_LENGTH))
            }
            PcToRdrMessage::XfrBlock { data, .. } => {
                let duration = if is_key_generation(data) { self.generation_time } else { Millis(0) };
                Work::Exchange(Exchange {
                    command: Zeroizing::new(data.to_vec()),
                    duration,
                    sequence,
                    number,
                })
            }
            PcToRdrMessage::GetParameters
            | PcToRdrMessage::ResetParameters
            | PcToRdrMessage::SetParameters(_) => {
                answer(self.done(number, sequence, RdrToPcMessage::Parameters(parameters(model))))
            }
            _ => answer(self.refuse(number, kind, slot, sequence, ErrorCode::CommandNotSupported)),
        }
    }

    /// Answers a command with the card's response APDU.
    #[must_use]
    pub fn finish(&self, exchange: &Exchange, response: &[u8]) -> Vec<Event> {
        let message = RdrToPcMessage::DataBlock { chain: ChainParameter::Whole, data: response };
        self.done(exchange.number, exchange.sequence, message)
    }

    /// Answers a command that came while the card was busy with another one.
    #[must_use]
    pub fn busy(&self, message: &[u8]) -> Vec<Event> {
        match message.first_chunk::<HEADER_LEN>() {
            Some(&[kind, _, _, _, _, slot, sequence, ..]) => {
                self.refuse(self.messages, kind.into(), slot, sequence, ErrorCode::SlotBusy)
            }
            None => Vec::new(),
        }
    }

    fn icc(&self) -> IccStatus {
        if self.powered { IccStatus::Active } else { IccStatus::Inactive }
    }

    fn done(&self, number: u64, sequence: u8, message: RdrToPcMessage<'_>) -> Vec<Event> {
        let status = Status::new(self.icc(), CommandStatus::Processed);
        self.with_faults(number, emit(&RdrToPc { slot: 0, sequence, status, error: 0, message }))
    }

    fn status(&self, number: u64, sequence: u8) -> Vec<Event> {
        let clock = if self.powered { ClockStatus::Running } else { ClockStatus::StoppedLow };
        self.done(number, sequence, RdrToPcMessage::SlotStatus { clock })
    }

    fn refuse(&self, number: u64, kind: MessageType, slot: u8, sequence: u8, error: ErrorCode) -> Vec<Event> {
        let message = failed_message(kind);
        let icc = if slot == 0 { self.icc() } else { IccStatus::Absent };
        let status = Status::new(icc, CommandStatus::Failed);
        self.with_faults(number, emit(&RdrToPc { slot, sequence, status, error: error.into(), message }))
    }

    fn with_faults(&self, number: u64, bytes: Vec<u8>) -> Vec<Event> {
        let answers = self.plan.disturb(number, bytes).into_iter();
        answers.map(|(after, bytes)| Event::Message { after, bytes }).collect()
    }
}

/// What a failed command of this type is answered with, without data.
pub(crate) fn failed_message(kind: MessageType) -> RdrToPcMessage<'static> {
    match kind {
        MessageType::IccPowerOn | MessageType::XfrBlock | MessageType::Secure => {
            RdrToPcMessage::DataBlock { chain: ChainParameter::Whole, data: &[] }
        }
        MessageType::GetParameters | MessageType::ResetParameters | MessageType::SetParameters => {
            RdrToPcMessage::Parameters(ProtocolData::Other { protocol: 0, data: &[] })
        }
        MessageType::Escape => RdrToPcMessage::Escape { data: &[] },
        MessageType::SetDataRateAndClockFrequency => RdrToPcMessage::DataRateAndClockFrequency(None),
        _ => RdrToPcMessage::SlotStatus { clock: ClockStatus::Running },
    }
}

fn parameters(model: Model) -> ProtocolData<'static> {
    match model.protocol() {
        Protocol::T0 => ProtocolData::T0(T0Parameters {
            f_d_index: 0x96,
            tcckst: 0,
            guard_time: 0,
            waiting_integer: 10,
            clock_stop: 0,
        }),
        Protocol::T1 => ProtocolData::T1(T1Parameters {
            f_d_index: 0x11,
            tcckst: 0x10,
            guard_time: 0,
            waiting_integers: 0x4D,
            clock_stop: 0,
            ifsc: 0xFE,
            nad: 0,
        }),
    }
}

fn emit(message: &RdrToPc<'_>) -> Vec<u8> {
    // A response APDU of the card has at most 258 bytes.
    let mut buffer = [0; 300];
    let len = message.emit(&mut buffer).unwrap_or(0);
    buffer.iter().copied().take(len).collect()
}
