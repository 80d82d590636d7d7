//! A card at a reader's contacts (ISO/IEC 7816-3): voltage, answer to reset, PPS, TPDUs.

use super::t1_card::{Request, Step, T1Card};
use crate::card::{Card, is_key_generation};
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::atr::{Atr, Convention, Edc};
use kaztoken_core::ccid::{ErrorCode, ProtocolData, T0Parameters, T1Parameters, VoltageSupport};
use zeroize::Zeroizing;

/// F and D before anything was chosen: 372 and 1.
pub(super) const DEFAULT_RATE: u8 = 0x11;
/// A card that works longer than this asks for time.
const WORK_SLICE: Millis = Millis(1_000);

/// What a card answers to a PPS request.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum PpsAnswer {
    /// The same bytes: agreed.
    #[default]
    Echo,
    /// Without PPS1: the protocol is agreed, the speed stays.
    WithoutRate,
    /// With a wrong check byte.
    WrongCheck,
    /// Two bytes.
    Short,
    /// Nothing.
    Mute,
}

/// What comes of it when the reader works with other parameters than the card.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Mismatch {
    /// The reader hears nothing: ICC_MUTE.
    #[default]
    Mute,
    /// The reader hears wrong bits: XFR_PARITY_ERROR.
    ParityError,
    /// The reader takes what it hears for an answer.
    Garbage,
}

/// What is particular to a card beside its commands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardTraits {
    /// The voltages it works at, as bVoltageSupport: 1 = 5 V, 2 = 3 V, 4 = 1.8 V.
    pub voltages: VoltageSupport,
    /// Another answer to reset than the card's own.
    pub atr: Option<Vec<u8>>,
    /// What it answers to PPS.
    pub pps: PpsAnswer,
    /// What comes of wrong parameters.
    pub mismatch: Mismatch,
    /// Every command takes this long.
    pub processing: Millis,
    /// Generating a key takes this long.
    pub generation_time: Millis,
    /// T=1: the multiplier that it asks for when a command takes a second or more: it then works for as many
    /// seconds. 1 stays within any block waiting time; more needs the reader's bBWI.
    pub wtx_multiplier: u8,
    /// T=1: before its first answer after a reset it asks for blocks of this size.
    pub ifs_request: Option<u8>,
    /// T=1: it gives up the first chain after a reset with S(ABORT).
    pub aborts_first_chain: bool,
}

impl Default for CardTraits {
    /// A card that works at any voltage, at once, and agrees to everything.
    fn default() -> Self {
        Self {
            voltages: VoltageSupport(7),
            atr: None,
            pps: PpsAnswer::Echo,
            mismatch: Mismatch::Mute,
            processing: Millis(0),
            generation_time: Millis(0),
            wtx_multiplier: 1,
            ifs_request: None,
            aborts_first_chain: false,
        }
    }
}

/// What came over the contacts, and how long it took.
pub(super) struct Answer {
    pub(super) after: Millis,
    pub(super) bytes: Result<Zeroizing<Vec<u8>>, ErrorCode>,
}

impl Answer {
    pub(super) fn now(bytes: Vec<u8>) -> Self {
        Self { after: Millis(0), bytes: Ok(Zeroizing::new(bytes)) }
    }

    pub(super) const fn error(after: Millis, error: ErrorCode) -> Self {
        Self { after, bytes: Err(error) }
    }
}

/// The card under power.
struct Powered {
    atr: Vec<u8>,
    protocol: u8,
    /// F and D in force on the card's side.
    rate: u8,
    /// Nothing was sent to it yet, so FF begins a PPS request.
    fresh: bool,
    asks_size: Option<u8>,
    t1: T1Card,
}

pub(super) struct Contacts<C> {
    pub(super) card: C,
    pub(super) traits: CardTraits,
    powered: Option<Powered>,
}

impl<C> fmt::Debug for Contacts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts").field("traits", &self.traits).finish_non_exhaustive()
    }
}

impl<C: Card> Contacts<C> {
    pub(super) const fn new(card: C, traits: CardTraits) -> Self {
        Self { card, traits, powered: None }
    }

    /// Resets the card at a voltage (a bit of bVoltageSupport). `None`: it does not answer.
    pub(super) fn power_on(&mut self, voltage: u8) -> Option<Vec<u8>> {
        self.power_off();
        if self.traits.voltages.0 & voltage == 0 {
            return None;
        }
        let own = self.card.reset();
        let bytes = self.traits.atr.clone().unwrap_or_else(|| own.to_vec());
        let (protocol, rate, ifsc) = match Atr::parse(&bytes) {
            Ok(atr) => match atr.specific_mode() {
                Some(mode) if !mode.implicit => (mode.protocol, rate(&atr), atr.ifsc()),
                Some(mode) => (mode.protocol, DEFAULT_RATE, atr.ifsc()),
                None => (atr.protocols().next().unwrap_or(0), DEFAULT_RATE, atr.ifsc()),
            },
            Err(_) => (0, DEFAULT_RATE, 32),
        };
        let mut t1 = T1Card::new(ifsc);
        if self.traits.aborts_first_chain {
            t1.abort_next_chain();
        }
        let asks_size = self.traits.ifs_request;
        self.powered = Some(Powered { atr: bytes.clone(), protocol, rate, fresh: true, asks_size, t1 });
        Some(bytes)
    }

    pub(super) fn power_off(&mut self) {
        if self.powered.take().is_some() {
            self.card.reset();
        }
    }

    pub(super) const fn is_powered(&self) -> bool {
        self.powered.is_some()
    }

    pub(super) fn protocol(&self) -> u8 {
        self.powered.as_ref().map_or(0, |powered| powered.protocol)
    }

    /// The parameters that the answer to reset asks for, for the card's present protocol and speed.
    pub(super) fn parameters(&self) -> Option<Parameters> {
        let powered = self.powered.as_ref()?;
        let atr = Atr::parse(&powered.atr).ok()?;
        let mut parameters = Parameters::from_atr(&atr, powered.protocol);
        parameters.set_rate(powered.rate);
        Some(parameters)
    }

    /// The rate that TA1 allows.
    pub(super) fn best_rate(&self) -> u8 {
        let atr = self.powered.as_ref().and_then(|powered| Atr::parse(&powered.atr).ok());
        atr.map_or(DEFAULT_RATE, |atr| rate(&atr))
    }

    /// Tells a T=1 card the reader's IFSD.
    pub(super) fn set_ifsd(&mut self, ifsd: u8) {
        if let Some(powered) = self.powered.as_mut().filter(|powered| powered.protocol == 1) {
            powered.t1.set_ifsd(ifsd);
        }
    }

    /// What the reader hears when its parameters are not the card's. `None`: they fit.
    pub(super) fn mishears(&self, reader: Parameters) -> Option<Answer> {
        let wanted = self.parameters()?;
        if reader.fits(wanted) {
            return None;
        }
        Some(match self.traits.mismatch {
            Mismatch::Mute => Answer::error(Millis(1_000), ErrorCode::IccMute),
            Mismatch::ParityError => Answer::error(Millis(0), ErrorCode::TransferParityError),
            Mismatch::Garbage => Answer::now(Vec::from([0xF8, 0x7F, 0xFF])),
        })
    }

    /// PPS (clause 9), when `request` is one: FF as the first byte after the reset of a card in negotiable
    /// mode.
    pub(super) fn pps(&mut self, request: &[u8]) -> Option<Answer> {
        let powered = self.powered.as_mut()?;
        let fresh = core::mem::replace(&mut powered.fresh, false);
        let [0xFF, pps0, rest @ .., _] = request else { return None };
        if !fresh {
            return None;
        }
        let mute = || Some(Answer::error(Millis(1_000), ErrorCode::IccMute));
        let atr = Atr::parse(&powered.atr).ok()?;
        let protocol = pps0 & 0x0F;
        let sound = request.iter().fold(0, |sum, byte| sum ^ byte) == 0
            && rest.len() == (pps0 >> 4 & 7).count_ones() as usize
            && atr.specific_mode().is_none()
            && atr.offers(protocol);
        if !sound {
            return mute();
        }
        // PPS1 is the first of the optional bytes.
        let pps1 = rest.first().copied().filter(|_| pps0 & 0x10 != 0);
        if pps1.is_some_and(|pps1| pps1 != DEFAULT_RATE && !bears(rate(&atr), pps1)) {
            return mute();
        }
        let without = || Vec::from([0xFF, protocol, 0xFF ^ protocol]);
        let answer = match self.traits.pps {
            PpsAnswer::Echo => request.to_vec(),
            PpsAnswer::WithoutRate => without(),
            PpsAnswer::WrongCheck => {
                let mut wrong = request.to_vec();
                wrong.iter_mut().last().into_iter().for_each(|check| *check ^= 0x01);
                return Some(Answer::now(wrong));
            }
            PpsAnswer::Short => return Some(Answer::now(Vec::from([0xFF, *pps0]))),
            PpsAnswer::Mute => return mute(),
        };
        powered.protocol = protocol;
        if self.traits.pps == PpsAnswer::Echo {
            powered.rate = pps1.unwrap_or(powered.rate);
        }
        Some(Answer::now(answer))
    }

    /// One TPDU at the card's present protocol; `waiting` is how long the reader waits for its first byte.
    pub(super) fn tpdu(&mut self, data: &[u8], waiting: Millis) -> Answer {
        match self.protocol() {
            1 => self.block(data, waiting),
            _ => self.apdu(data),
        }
    }

    /// A command of T=0 with its data, or an APDU when the reader does the protocol: the card does it at
    /// once.
    pub(super) fn apdu(&mut self, command: &[u8]) -> Answer {
        if let Some(powered) = &mut self.powered {
            powered.fresh = false;
        }
        let after = self.time(command);
        let mut response = Zeroizing::new(Vec::new());
        self.card.process(command, &mut response);
        Answer { after, bytes: Ok(response) }
    }

    fn time(&self, command: &[u8]) -> Millis {
        let generation = if is_key_generation(command) { self.traits.generation_time } else { Millis(0) };
        self.traits.processing.after(generation)
    }

    fn block(&mut self, block: &[u8], waiting: Millis) -> Answer {
        let Some(powered) = &mut self.powered else { return Answer::error(waiting, ErrorCode::IccMute) };
        let mut after = Millis(0);
        match powered.t1.handle(block) {
            Step::Send => {}
            Step::Work(multiplier) => after = Millis(WORK_SLICE.0 * u64::from(multiplier)),
            Step::Command => {
                let command = Zeroizing::new(powered.t1.command().to_vec());
                let size = powered.asks_size.take().map(Request::Size);
                let time = self.time(&command);
                let mut response = Zeroizing::new(Vec::new());
                self.card.process(&command, &mut response);
                let multiplier = self.traits.wtx_multiplier.max(1);
                let requests = (time.0 / WORK_SLICE.0).div_ceil(multiplier.into()) as usize;
                after = Millis(time.0 % WORK_SLICE.0);
                let waits = core::iter::repeat_n(Request::Time(multiplier), requests);
                if let Some(powered) = &mut self.powered {
                    powered.t1.respond(&response, size.into_iter().chain(waits));
                }
            }
        }
        match &self.powered {
            // The block went by unheard.
            _ if after > waiting => Answer::error(waiting, ErrorCode::IccMute),
            Some(powered) => Answer { after, bytes: Ok(Zeroizing::new(powered.t1.block().to_vec())) },
            None => Answer::error(waiting, ErrorCode::IccMute),
        }
    }
}

/// TA1, or the default.
fn rate(atr: &Atr<'_>) -> u8 {
    atr.group(1).and_then(|group| group.ta).unwrap_or(DEFAULT_RATE)
}

/// Whether a card with this TA1 agrees to a speed: the same F, no larger D (clause 9.2).
fn bears(ta1: u8, pps1: u8) -> bool {
    const D: [u8; 16] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];
    let d = |index: u8| D[usize::from(index & 15)];
    ta1 >> 4 == pps1 >> 4 && (1..=d(ta1)).contains(&d(pps1))
}

/// The protocol parameters that a slot works with.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Parameters {
    T0(T0Parameters),
    T1(T1Parameters),
}

impl Parameters {
    /// What ResetParameters sets.
    pub(super) const fn default_of(protocol: u8) -> Self {
        match protocol {
            1 => Self::T1(T1Parameters {
                f_d_index: DEFAULT_RATE,
                tcckst: 0x10,
                guard_time: 0,
                waiting_integers: 0x4D,
                clock_stop: 0,
                ifsc: 0x20,
                nad: 0,
            }),
            _ => Self::T0(T0Parameters {
                f_d_index: DEFAULT_RATE,
                tcckst: 0,
                guard_time: 0,
                waiting_integer: 10,
                clock_stop: 0,
            }),
        }
    }

    fn from_atr(atr: &Atr<'_>, protocol: u8) -> Self {
        let inverse = u8::from(atr.convention() == Convention::Inverse) << 1;
        match Self::default_of(protocol) {
            Self::T1(parameters) => Self::T1(T1Parameters {
                f_d_index: rate(atr),
                tcckst: 0x10 | inverse | u8::from(atr.edc() == Edc::Crc),
                guard_time: atr.extra_guard_time(),
                waiting_integers: atr.bwi() << 4 | atr.cwi(),
                ifsc: atr.ifsc(),
                ..parameters
            }),
            Self::T0(parameters) => Self::T0(T0Parameters {
                f_d_index: rate(atr),
                tcckst: inverse,
                guard_time: atr.extra_guard_time(),
                waiting_integer: atr.waiting_integer(),
                ..parameters
            }),
        }
    }

    pub(super) const fn protocol(self) -> u8 {
        match self {
            Self::T0(_) => 0,
            Self::T1(_) => 1,
        }
    }

    pub(super) const fn set_rate(&mut self, rate: u8) {
        match self {
            Self::T0(parameters) => parameters.f_d_index = rate,
            Self::T1(parameters) => parameters.f_d_index = rate,
        }
    }

    pub(super) const fn rate(self) -> u8 {
        match self {
            Self::T0(parameters) => parameters.f_d_index,
            Self::T1(parameters) => parameters.f_d_index,
        }
    }

    pub(super) const fn data(self) -> ProtocolData<'static> {
        match self {
            Self::T0(parameters) => ProtocolData::T0(parameters),
            Self::T1(parameters) => ProtocolData::T1(parameters),
        }
    }

    /// BWI, 4 at T=0.
    pub(super) const fn bwi(self) -> u8 {
        match self {
            Self::T0(_) => 4,
            Self::T1(parameters) => parameters.waiting_integers >> 4,
        }
    }

    /// Whether a reader with these understands a card that wants `card`: same protocol, speed, convention and
    /// check; guard time and waiting times not shorter. The bit 10h of bmTCCKST and the IFSC decide nothing
    /// here. TC1 = FF means the shortest guard time.
    fn fits(self, card: Self) -> bool {
        let guard = |reader: u8, card: u8| card == 0xFF || reader >= card;
        match (self, card) {
            (Self::T0(reader), Self::T0(card)) => {
                reader.f_d_index == card.f_d_index
                    && reader.tcckst & 2 == card.tcckst & 2
                    && guard(reader.guard_time, card.guard_time)
                    && reader.waiting_integer >= card.waiting_integer
            }
            (Self::T1(reader), Self::T1(card)) => {
                reader.f_d_index == card.f_d_index
                    && reader.tcckst & 3 == card.tcckst & 3
                    && guard(reader.guard_time, card.guard_time)
                    && reader.waiting_integers >> 4 >= card.waiting_integers >> 4
                    && reader.waiting_integers & 15 >= card.waiting_integers & 15
            }
            _ => false,
        }
    }
}
