//! What a reader can do, how it misbehaves, and the class descriptor that says the former.

use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel, Features, VoltageSupport};

/// The most slots of a reader.
pub const MAX_SLOTS: u8 = 4;

/// What a reader does with the two halves of ABORT.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum AbortSupport {
    /// It answers the bulk half when both halves have come, in either order. Between them it answers every
    /// other command to the slot with CMD_ABORTED.
    #[default]
    BothHalves,
    /// The control request stalls, the bulk half is answered at once.
    BulkOnly,
    /// The control request stalls, the bulk half is answered with "command not supported".
    Unsupported,
    /// Neither half is answered.
    Silent,
}

/// What a device without an end sends instead of an answer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Drip {
    /// Requests for more time.
    TimeExtensions,
    /// Zero-length packets.
    Empty,
    /// Answers to the message before.
    Stale,
    /// The header of an answer of the longest size, then its bytes: each a transfer.
    Bytes,
}

/// A chain that does not end, instead of the answer to XfrBlock.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Endless {
    /// Pieces of an answer, with this many bytes each; the host asks for every one.
    Pieces(usize),
    /// The request for the next part of the command.
    NextCommandPart,
}

/// Habits of real and of bad readers, for answers to XfrBlock if nothing else is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quirks {
    /// Zero bytes after the message, in the same transfer. For every answer.
    pub padding: usize,
    /// A zero-length packet before every answer.
    pub empty_before: bool,
    /// A zero-length packet after every answer that fills its last packet.
    pub empty_after_full: bool,
    /// Answers longer than this are chained, at every level: the host asks for the rest with wLevelParameter
    /// 0010. 54 is what one packet holds.
    pub piece: Option<usize>,
    /// Failed commands are answered with message type 6C, as one device library does.
    pub type_6c: bool,
    /// Every byte of every answer is a transfer of its own.
    pub single_bytes: bool,
    /// Instead of the answer to XfrBlock this comes, again and again after this time, until ABORT or a reset.
    pub drip: Option<(Drip, Millis)>,
    /// This chain comes instead of the answer to XfrBlock.
    pub endless: Option<Endless>,
    /// Time extensions before every answer but that to ABORT, a second apart.
    pub extensions: u32,
    /// Answers to the message before, before every answer.
    pub stale: u32,
    /// The answer carries the bSeq of the next command.
    pub wrong_sequence: bool,
    /// The answer carries the number of the next slot.
    pub wrong_slot: bool,
    /// What ABORT interrupts is answered with CMD_ABORTED; otherwise it is not answered any more.
    pub answers_aborted: bool,
}

/// A reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReaderConfig {
    /// 1 to [`MAX_SLOTS`].
    pub slots: u8,
    /// What XfrBlock carries. The character level is not imitated.
    pub level: ExchangeLevel,
    /// dwProtocols.
    pub protocols: u32,
    /// dwFeatures without the level: bits of [`Features`].
    pub features: u32,
    /// bVoltageSupport.
    pub voltages: VoltageSupport,
    /// dwMaxCCIDMessageLength.
    pub max_message_length: u32,
    /// dwMaxIFSD.
    pub max_ifsd: u32,
    /// dwDefaultClock, kHz.
    pub clock_khz: u32,
    /// What GET_CLOCK_FREQUENCIES answers, kHz. Empty: it stalls.
    pub clocks: Vec<u32>,
    /// What GET_DATA_RATES answers, bits per second. Empty: it stalls.
    pub data_rates: Vec<u32>,
    /// SetDataRateAndClockFrequency is carried out.
    pub sets_rates: bool,
    /// SetParameters is carried out.
    pub sets_parameters: bool,
    /// Escape is answered with the bytes it brought.
    pub escape: bool,
    /// dwMechanical: 1 accept, 2 eject, 4 capture, 8 lock and unlock.
    pub mechanical: u32,
    /// bClassGetResponse.
    pub class_get_response: u8,
    /// bMaxCCIDBusySlots.
    pub max_busy_slots: u8,
    /// There is an interrupt endpoint.
    pub interrupt: bool,
    /// What ABORT does.
    pub abort: AbortSupport,
    /// A reset of the bus gets the reader back.
    pub bus_reset: bool,
    /// Every XfrBlock takes this long, beside what the card needs.
    pub exchange_time: Millis,
    /// What it does beside the standard.
    pub quirks: Quirks,
}

impl ReaderConfig {
    /// A reader that does everything by itself, at the short APDU level.
    #[must_use]
    pub fn short_apdu() -> Self {
        Self {
            slots: 1,
            level: ExchangeLevel::ShortApdu,
            protocols: 3,
            features: Features::AUTO_CONFIGURATION
                | Features::AUTO_ACTIVATION
                | Features::AUTO_VOLTAGE
                | Features::AUTO_CLOCK
                | Features::AUTO_BAUD_RATE
                | Features::AUTO_PPS
                | Features::AUTO_IFSD,
            voltages: VoltageSupport(7),
            max_message_length: 271,
            max_ifsd: 254,
            clock_khz: 4_000,
            clocks: Vec::new(),
            data_rates: Vec::new(),
            sets_rates: false,
            sets_parameters: true,
            escape: false,
            mechanical: 0,
            class_get_response: 0xFF,
            max_busy_slots: 1,
            interrupt: true,
            abort: AbortSupport::BothHalves,
            bus_reset: true,
            exchange_time: Millis(0),
            quirks: Quirks::default(),
        }
    }

    /// The same at the extended APDU level.
    #[must_use]
    pub fn extended_apdu() -> Self {
        Self { level: ExchangeLevel::ExtendedApdu, ..Self::short_apdu() }
    }

    /// A reader that leaves PPS, parameters, IFSD and voltage to the host, at the TPDU level.
    #[must_use]
    pub fn tpdu() -> Self {
        Self {
            level: ExchangeLevel::Tpdu,
            features: Features::AUTO_CLOCK | Features::AUTO_BAUD_RATE,
            ..Self::short_apdu()
        }
    }

    /// The same reader with these quirks.
    #[must_use]
    pub fn with_quirks(self, quirks: Quirks) -> Self {
        Self { quirks, ..self }
    }

    /// dwFeatures. At the APDU levels a reader has to configure the card by itself: when
    /// [`features`](Self#structfield.features) names neither way, it is automatic PPS.
    #[must_use]
    pub const fn features(&self) -> Features {
        let either = Features::AUTO_NEGOTIATION | Features::AUTO_PPS;
        let level = match self.level {
            ExchangeLevel::Character => 0,
            ExchangeLevel::Tpdu => 0x1_0000,
            ExchangeLevel::ShortApdu => 0x2_0000,
            ExchangeLevel::ExtendedApdu => 0x4_0000,
        };
        let implied = match self.level {
            ExchangeLevel::ShortApdu | ExchangeLevel::ExtendedApdu if self.features & either == 0 => {
                Features::AUTO_PPS | Features::AUTO_CONFIGURATION
            }
            _ => 0,
        };
        Features(self.features & !0x7_0000 | level | implied)
    }

    /// The class descriptor that says all this.
    #[must_use]
    pub fn descriptor(&self) -> ClassDescriptor {
        let (first, last) = (self.clocks.first(), self.clocks.last());
        let (slowest, fastest) = (self.data_rates.first(), self.data_rates.last());
        ClassDescriptor {
            version: 0x0110,
            max_slot_index: self.slots.clamp(1, MAX_SLOTS) - 1,
            voltage_support: self.voltages,
            protocols: self.protocols,
            default_clock_khz: first.copied().unwrap_or(self.clock_khz),
            maximum_clock_khz: last.copied().unwrap_or(self.clock_khz),
            clocks_supported: self.clocks.len() as u8,
            data_rate: slowest.copied().unwrap_or(10_753),
            max_data_rate: fastest.copied().unwrap_or(344_086),
            data_rates_supported: self.data_rates.len() as u8,
            max_ifsd: self.max_ifsd,
            synch_protocols: 0,
            mechanical: self.mechanical,
            features: self.features(),
            max_message_length: self.max_message_length,
            class_get_response: self.class_get_response,
            class_envelope: 0xFF,
            lcd_layout: 0,
            pin_support: 0,
            max_busy_slots: self.max_busy_slots,
        }
    }
}
