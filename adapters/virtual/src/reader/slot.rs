//! One slot: the commands that concern its card, and the parameters it works with.

use super::config::ReaderConfig;
use super::contacts::{Answer, CardTraits, Contacts, DEFAULT_RATE, Parameters};
use crate::card::Card;
use crate::ccid::{BAD_LENGTH, BAD_POWER_SELECT};
use crate::fault::{FaultPlan, LineFault};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::ccid::code::{ChainParameter, ClockCommand, ClockStatus, MechanicalFunction};
use kaztoken_core::ccid::{
    ErrorCode, ExchangeLevel, Features, IccStatus, MessageType, PcToRdrMessage, PowerSelect, ProtocolData,
    Rates,
};
use zeroize::Zeroizing;

/// A reader asks the host for time this often.
const EXTENSION_INTERVAL: Millis = Millis(1_000);
/// Offset of wLevelParameter, for bError.
const BAD_LEVEL_PARAMETER: ErrorCode = ErrorCode::Unknown(8);
/// Offset of the first of the message's own fields.
const BAD_FIRST_FIELD: ErrorCode = ErrorCode::Unknown(7);
/// Offset of the body.
const BODY: u8 = 10;

/// What a command is answered with when it succeeded.
pub(super) enum Body {
    Data(ChainParameter, Zeroizing<Vec<u8>>),
    Status,
    Parameters(ProtocolData<'static>),
    Escape(Vec<u8>),
    Rates(Rates),
}

/// What a command comes to.
pub(super) struct Outcome {
    /// Pauses before time extensions.
    pub(super) extensions: Vec<Millis>,
    /// The pause before the answer.
    pub(super) after: Millis,
    pub(super) result: Result<Body, ErrorCode>,
}

impl From<Result<Body, ErrorCode>> for Outcome {
    fn from(result: Result<Body, ErrorCode>) -> Self {
        Self { extensions: Vec::new(), after: Millis(0), result }
    }
}

impl Outcome {
    /// The reader asks for time each second of `time`, while the card works.
    pub(super) fn extended(time: Millis, result: Result<Body, ErrorCode>) -> Self {
        if result.is_err() {
            return Self { after: time, ..result.into() };
        }
        let times = (time.0 / EXTENSION_INTERVAL.0) as usize;
        let after = Millis(time.0 % EXTENSION_INTERVAL.0);
        Self { extensions: alloc::vec![EXTENSION_INTERVAL; times], after, result }
    }
}

/// The command under way.
#[derive(Copy, Clone, Debug)]
pub(super) struct Busy {
    pub(super) kind: MessageType,
    pub(super) sequence: u8,
    pub(super) until: Millis,
}

/// The halves of an abort that have come, with their bSeq.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Aborting {
    pub(super) control: Option<u8>,
    pub(super) bulk: Option<u8>,
}

#[derive(Debug)]
pub(super) struct Slot<C> {
    pub(super) contacts: Option<Contacts<C>>,
    /// The card that a planned fault pulled out.
    pub(super) removed: Option<Contacts<C>>,
    pub(super) changed: bool,
    pub(super) busy: Option<Busy>,
    pub(super) aborting: Aborting,
    /// When the next bit of an endless answer comes, and how many have come.
    pub(super) drip: Option<(Millis, u32)>,
    pub(super) parameters: Parameters,
    pub(super) class_get_response: u8,
    /// The parts of a command so far; `None` outside a chain.
    pub(super) command: Option<Zeroizing<Vec<u8>>>,
    /// What is left of an answer.
    pub(super) rest: VecDeque<u8>,
    clock_stopped: bool,
    /// An answer that comes a second time.
    stray: Option<Zeroizing<Vec<u8>>>,
}

impl<C: Card> Slot<C> {
    pub(super) const fn new() -> Self {
        Self {
            contacts: None,
            removed: None,
            changed: false,
            busy: None,
            aborting: Aborting { control: None, bulk: None },
            drip: None,
            parameters: Parameters::default_of(0),
            class_get_response: 0xFF,
            command: None,
            rest: VecDeque::new(),
            clock_stopped: false,
            stray: None,
        }
    }

    pub(super) fn insert(&mut self, card: C, traits: CardTraits) {
        self.contacts = Some(Contacts::new(card, traits));
    }

    pub(super) fn is_powered(&self) -> bool {
        self.contacts.as_ref().is_some_and(Contacts::is_powered)
    }

    pub(super) fn icc(&self) -> IccStatus {
        match &self.contacts {
            Some(contacts) if contacts.is_powered() => IccStatus::Active,
            Some(_) => IccStatus::Inactive,
            None => IccStatus::Absent,
        }
    }

    pub(super) fn clock(&self) -> ClockStatus {
        if self.is_powered() && !self.clock_stopped { ClockStatus::Running } else { ClockStatus::StoppedLow }
    }

    /// Takes the card's power and forgets what was begun.
    pub(super) fn power_off(&mut self) {
        if let Some(contacts) = &mut self.contacts {
            contacts.power_off();
        }
        self.forget();
    }

    /// Forgets the command under way and chains.
    pub(super) fn forget(&mut self) {
        self.command = None;
        self.rest.clear();
        self.stray = None;
        self.drip = None;
    }

    /// Carries out a command to a slot that is free. `blocks` counts TPDUs.
    pub(super) fn carry_out(
        &mut self,
        reader: &ReaderConfig,
        plan: &FaultPlan,
        blocks: &mut u64,
        message: PcToRdrMessage<'_>,
    ) -> Outcome {
        let needs_card = !matches!(
            message,
            PcToRdrMessage::GetSlotStatus
                | PcToRdrMessage::IccPowerOff
                | PcToRdrMessage::Escape { .. }
                | PcToRdrMessage::Mechanical { .. }
        );
        let powers_on = matches!(message, PcToRdrMessage::IccPowerOn { .. });
        if needs_card && (self.contacts.is_none() || !powers_on && !self.is_powered()) {
            return Err(ErrorCode::IccMute).into();
        }
        match message {
            PcToRdrMessage::IccPowerOn { power_select } => self.power_on(reader, power_select).into(),
            PcToRdrMessage::IccPowerOff => {
                self.power_off();
                Ok(Body::Status).into()
            }
            PcToRdrMessage::GetSlotStatus => Ok(Body::Status).into(),
            PcToRdrMessage::XfrBlock { .. } if self.clock_stopped => Err(ErrorCode::IccMute).into(),
            PcToRdrMessage::XfrBlock { bwi, level_parameter, data } => match reader.level {
                ExchangeLevel::Tpdu if level_parameter != 0 => Err(BAD_LEVEL_PARAMETER).into(),
                ExchangeLevel::Tpdu => self.tpdu(reader, plan, blocks, bwi, data),
                _ => self.apdu(reader, plan, level_parameter, data),
            },
            PcToRdrMessage::GetParameters => Ok(Body::Parameters(self.parameters.data())).into(),
            PcToRdrMessage::ResetParameters => {
                self.parameters = Parameters::default_of(self.parameters.protocol());
                Ok(Body::Parameters(self.parameters.data())).into()
            }
            PcToRdrMessage::SetParameters(parameters) => self.set_parameters(reader, parameters).into(),
            PcToRdrMessage::Escape { data } if reader.escape => Ok(Body::Escape(data.to_vec())).into(),
            PcToRdrMessage::IccClock { command } if reader.features().has(Features::CLOCK_STOP) => {
                match command {
                    ClockCommand::Restart => self.clock_stopped = false,
                    ClockCommand::Stop => self.clock_stopped = true,
                    ClockCommand::Unknown(_) => return Err(BAD_FIRST_FIELD).into(),
                }
                Ok(Body::Status).into()
            }
            PcToRdrMessage::T0Apdu { changes, class_get_response, .. }
                if reader.level != ExchangeLevel::Tpdu =>
            {
                if changes & 1 != 0 {
                    self.class_get_response = class_get_response;
                }
                Ok(Body::Status).into()
            }
            PcToRdrMessage::Mechanical { function } if reader.mechanical != 0 => {
                let needs = match function {
                    MechanicalFunction::Accept => 1,
                    MechanicalFunction::Eject => 2,
                    MechanicalFunction::Capture => 4,
                    MechanicalFunction::Lock | MechanicalFunction::Unlock => 8,
                    MechanicalFunction::Unknown(_) => return Err(BAD_FIRST_FIELD).into(),
                };
                if reader.mechanical & needs == 0 { Err(BAD_FIRST_FIELD) } else { Ok(Body::Status) }.into()
            }
            PcToRdrMessage::SetDataRateAndClockFrequency(wanted) if reader.sets_rates => {
                let descriptor = reader.descriptor();
                let nearest = |all: &[u32], wanted: u32, least: u32, most: u32| match all {
                    [] => wanted.clamp(least, most.max(least)),
                    all => all.iter().copied().filter(|&rate| rate <= wanted).max().unwrap_or(least),
                };
                let (clock, fastest) = (descriptor.default_clock_khz, descriptor.maximum_clock_khz);
                let (rate, highest) = (descriptor.data_rate, descriptor.max_data_rate);
                Ok(Body::Rates(Rates {
                    clock_khz: nearest(&reader.clocks, wanted.clock_khz, clock, fastest),
                    data_rate: nearest(&reader.data_rates, wanted.data_rate, rate, highest),
                }))
                .into()
            }
            _ => Err(ErrorCode::CommandNotSupported).into(),
        }
    }

    fn power_on(&mut self, reader: &ReaderConfig, select: PowerSelect) -> Result<Body, ErrorCode> {
        self.power_off();
        self.clock_stopped = false;
        let supported = match reader.voltages.0 {
            0 => 7,
            voltages => voltages,
        };
        let automatic = reader.voltages.0 == 0 || reader.features & Features::AUTO_VOLTAGE != 0;
        let voltages: &[u8] = match select {
            PowerSelect::Automatic if automatic => &[4, 2, 1],
            PowerSelect::Volts5 => &[1],
            PowerSelect::Volts3 => &[2],
            PowerSelect::Volts1_8 => &[4],
            _ => return Err(BAD_POWER_SELECT),
        };
        if !voltages.iter().any(|voltage| supported & voltage != 0) {
            return Err(BAD_POWER_SELECT);
        }
        let Some(contacts) = &mut self.contacts else { return Err(ErrorCode::IccMute) };
        let mut usable = voltages.iter().filter(|&voltage| supported & voltage != 0);
        let atr = usable.find_map(|&voltage| contacts.power_on(voltage)).ok_or(ErrorCode::IccMute)?;
        self.class_get_response = reader.class_get_response;
        self.parameters = Parameters::default_of(u8::from(reader.protocols & 1 == 0));
        let features = reader.features();
        let negotiates = features.has(Features::AUTO_NEGOTIATION);
        if negotiates || features.has(Features::AUTO_CONFIGURATION) {
            if reader.protocols >> contacts.protocol() & 1 == 0 {
                contacts.power_off();
                return Err(ErrorCode::IccProtocolNotSupported);
            }
            if negotiates || features.has(Features::AUTO_PPS) {
                choose(contacts, contacts.protocol(), contacts.best_rate())?;
            }
            self.parameters = contacts.parameters().unwrap_or(self.parameters);
        }
        if reader.features & Features::AUTO_IFSD != 0 {
            contacts.set_ifsd(reader.descriptor().ifsd());
        }
        Ok(Body::Data(ChainParameter::Whole, Zeroizing::new(atr)))
    }

    fn set_parameters(
        &mut self,
        reader: &ReaderConfig,
        parameters: ProtocolData<'_>,
    ) -> Result<Body, ErrorCode> {
        if !reader.sets_parameters {
            return Err(ErrorCode::CommandNotSupported);
        }
        let protocol = parameters.protocol();
        if protocol > 1 || reader.protocols >> protocol & 1 == 0 {
            return Err(BAD_FIRST_FIELD);
        }
        let wanted = match parameters {
            ProtocolData::T0(parameters) => Parameters::T0(parameters),
            ProtocolData::T1(parameters) => {
                let bad = |at: u8| Err(ErrorCode::Unknown(BODY + at));
                match parameters {
                    _ if parameters.waiting_integers >> 4 > 9 => return bad(3),
                    _ if matches!(parameters.ifsc, 0 | 0xFF) => return bad(5),
                    _ if parameters.nad != 0 => return bad(6),
                    _ => Parameters::T1(parameters),
                }
            }
            ProtocolData::Other { .. } => return Err(BAD_LENGTH),
        };
        let rate = wanted.rate();
        // Reserved indices of F and D (ISO 7816-3, tables 7 and 8).
        if matches!(rate >> 4, 7 | 8 | 14 | 15) || matches!(rate & 15, 0 | 10..=15) {
            return Err(ErrorCode::Unknown(BODY));
        }
        let features = reader.features();
        if features.has(Features::AUTO_NEGOTIATION) && rate != self.parameters.rate() {
            return Err(ErrorCode::Unknown(BODY));
        }
        self.parameters = wanted;
        if let Some(contacts) = self.contacts.as_mut().filter(|_| features.has(Features::AUTO_PPS)) {
            choose(contacts, protocol, rate)?;
            // What the card did not agree to is not in force.
            self.parameters.set_rate(contacts.parameters().map_or(rate, Parameters::rate));
        }
        Ok(Body::Parameters(self.parameters.data()))
    }

    /// How long the reader waits for the card's first byte.
    fn waiting_time(&self, reader: &ReaderConfig, bwi: u8) -> Millis {
        let clocks = (960u64 * 372) << self.parameters.bwi();
        Millis(clocks.div_ceil(reader.clock_khz.max(1).into()) * u64::from(bwi.max(1)))
    }

    /// XfrBlock at the TPDU level.
    fn tpdu(
        &mut self,
        reader: &ReaderConfig,
        plan: &FaultPlan,
        blocks: &mut u64,
        bwi: u8,
        data: &[u8],
    ) -> Outcome {
        *blocks += 1;
        let waiting = self.waiting_time(reader, bwi);
        let Some(contacts) = &mut self.contacts else { return Err(ErrorCode::IccMute).into() };
        if data.is_empty() {
            return Err(BAD_LENGTH).into();
        }
        let block = contacts.protocol() == 1;
        let fault = plan.line(*blocks);
        let mut sent = Zeroizing::new(data.to_vec());
        match fault {
            Some(LineFault::CommandLost) => {
                return Outcome { after: waiting, ..Err(ErrorCode::IccMute).into() };
            }
            Some(LineFault::CommandCorrupt | LineFault::CommandTwice) if !block => {
                return Err(ErrorCode::TransferParityError).into();
            }
            Some(LineFault::CommandCorrupt) => invert_last(&mut sent),
            _ => {}
        }
        let mut answer = self.through(reader, &sent, waiting);
        match fault {
            Some(LineFault::CommandTwice) => answer = self.through(reader, &sent, waiting),
            Some(LineFault::AnswerLost) => answer = Answer::error(waiting, ErrorCode::IccMute),
            Some(LineFault::AnswerCorrupt) if block => {
                if let Ok(bytes) = &mut answer.bytes {
                    invert_last(bytes);
                }
            }
            Some(LineFault::AnswerCorrupt | LineFault::Parity) => {
                answer.bytes = Err(ErrorCode::TransferParityError);
            }
            Some(LineFault::Overrun) => answer.bytes = Err(ErrorCode::TransferOverrun),
            _ => {}
        }
        if let Some(stray) = self.stray.take() {
            answer.bytes = Ok(stray);
        }
        if fault == Some(LineFault::AnswerTwice) && block {
            self.stray = answer.bytes.as_ref().ok().cloned();
        }
        let time = answer.after.after(reader.exchange_time);
        let result = answer.bytes.map(|bytes| Body::Data(ChainParameter::Whole, bytes));
        // At T=1 the card asks the host itself.
        if block { Outcome { after: time, ..result.into() } } else { Outcome::extended(time, result) }
    }

    /// PPS, otherwise a TPDU, over the contacts.
    fn through(&mut self, reader: &ReaderConfig, data: &[u8], waiting: Millis) -> Answer {
        let Some(contacts) = &mut self.contacts else { return Answer::error(waiting, ErrorCode::IccMute) };
        let pps = if self.parameters.rate() == DEFAULT_RATE { contacts.pps(data) } else { None };
        if let Some(answer) = pps {
            if reader.features & Features::AUTO_CONFIGURATION != 0 {
                self.parameters = contacts.parameters().unwrap_or(self.parameters);
            }
            return answer;
        }
        if let Some(answer) = contacts.mishears(self.parameters) {
            return answer;
        }
        if contacts.protocol() != 1 {
            let announced = data.get(4).copied().map_or(0, usize::from);
            if data.len() != 5 && (announced == 0 || data.len() != 5 + announced) {
                return Answer::error(Millis(0), BAD_LENGTH);
            }
        }
        contacts.tpdu(data, waiting)
    }
}

/// PPS by the reader itself, when anything differs from what is in force. After the first message to the card
/// its speed stays as it is.
fn choose<C: Card>(contacts: &mut Contacts<C>, protocol: u8, rate: u8) -> Result<(), ErrorCode> {
    let Some(now) = contacts.parameters() else { return Ok(()) };
    if (now.protocol(), now.rate()) == (protocol, rate) {
        return Ok(());
    }
    let request = [0xFF, 0x10 | protocol, rate, 0xFF ^ (0x10 | protocol) ^ rate];
    match contacts.pps(&request) {
        Some(Answer { bytes: Ok(answer), .. }) if **answer == request || answer.len() == 3 => Ok(()),
        None if now.protocol() == protocol => Ok(()),
        _ => Err(ErrorCode::IccMute),
    }
}

fn invert_last(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last = !*last;
    }
}
