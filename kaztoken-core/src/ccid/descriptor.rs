//! The class descriptor (CCID 1.1, 5.1).

mod values;

pub use values::SupportedValues;

use core::fmt;

use super::code::PowerSelect;

/// bDescriptorType of the class descriptor.
const DESCRIPTOR_TYPE: u8 = 0x21;
const DESCRIPTOR_LEN: usize = 54;
/// dwMaxCCIDMessageLength below this cannot carry a byte of data.
const MIN_MESSAGE_LEN: u32 = 11;

/// Bytes that hold no usable class descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DescriptorError {
    /// There is no class descriptor of 54 bytes in the bytes given.
    NotFound {
        /// Bytes given.
        got: usize,
    },
    /// A descriptor's length byte is less than 2 or points past the end.
    BadLength {
        /// Where it stands.
        at: usize,
        /// The length byte.
        length: u8,
    },
    /// dwMaxCCIDMessageLength cannot carry a byte of data.
    MessageLength(u32),
    /// dwFeatures names two exchange levels.
    ConflictingLevels(Features),
}

impl fmt::Display for DescriptorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotFound { got } => {
                write!(f, "no CCID class descriptor of 54 bytes in the {got} extra bytes of the interface")
            }
            Self::BadLength { at, length } => {
                write!(f, "the descriptor at offset {at} has the impossible length {length}")
            }
            Self::MessageLength(got) => {
                write!(f, "the reader's longest message is {got} bytes, expected {MIN_MESSAGE_LEN} or more")
            }
            Self::ConflictingLevels(features) => {
                write!(f, "dwFeatures {:08X} names more than one exchange level", features.0)
            }
        }
    }
}

impl core::error::Error for DescriptorError {}

/// bVoltageSupport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct VoltageSupport(pub u8);

/// The bits of bVoltageSupport and what they offer.
pub(super) const LOWEST_FIRST: [(u8, PowerSelect); 3] =
    [(4, PowerSelect::Volts1_8), (2, PowerSelect::Volts3), (1, PowerSelect::Volts5)];

impl VoltageSupport {
    /// The supported voltages, lowest first, so that a card is never given more than it bears.
    pub fn lowest_first(self) -> impl Iterator<Item = PowerSelect> {
        LOWEST_FIRST.into_iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, select)| select)
    }
}

/// At which level the host exchanges data with the card (dwFeatures, bits 16 to 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ExchangeLevel {
    /// Characters: the host does everything.
    Character,
    /// TPDU: the host does T=0 or T=1.
    Tpdu,
    /// Short APDUs: the reader does the protocol. The level of the token.
    ShortApdu,
    /// Short and extended APDUs.
    ExtendedApdu,
}

impl fmt::Display for ExchangeLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Character => "character",
            Self::Tpdu => "TPDU",
            Self::ShortApdu => "short APDU",
            Self::ExtendedApdu => "short and extended APDU",
        })
    }
}

/// dwFeatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Features(pub u32);

impl Features {
    /// Automatic parameter configuration from the answer to reset.
    pub const AUTO_CONFIGURATION: u32 = 0x02;
    /// Automatic activation of the card on insertion.
    pub const AUTO_ACTIVATION: u32 = 0x04;
    /// Automatic voltage selection.
    pub const AUTO_VOLTAGE: u32 = 0x08;
    /// Automatic clock change.
    pub const AUTO_CLOCK: u32 = 0x10;
    /// Automatic baud rate change.
    pub const AUTO_BAUD_RATE: u32 = 0x20;
    /// Automatic parameter negotiation by the reader.
    pub const AUTO_NEGOTIATION: u32 = 0x40;
    /// Automatic PPS.
    pub const AUTO_PPS: u32 = 0x80;
    /// The card's clock can be stopped.
    pub const CLOCK_STOP: u32 = 0x100;
    /// NAD values other than 00 are accepted.
    pub const NAD: u32 = 0x200;
    /// Automatic IFSD exchange as the first exchange.
    pub const AUTO_IFSD: u32 = 0x400;
    /// The host sends only requests valid for a USB-ICC (ISO 7816-12).
    pub const USB_ICC: u32 = 0x800;
    /// The device wakes the host when a card is inserted or removed.
    pub const WAKE_UP: u32 = 0x10_0000;

    /// Are all bits of `mask` set?
    #[must_use]
    pub const fn has(self, mask: u32) -> bool {
        self.0 & mask == mask
    }

    /// The exchange level; `None` when two are named.
    #[must_use]
    pub const fn exchange_level(self) -> Option<ExchangeLevel> {
        match self.0 >> 16 & 7 {
            0 => Some(ExchangeLevel::Character),
            1 => Some(ExchangeLevel::Tpdu),
            2 => Some(ExchangeLevel::ShortApdu),
            4 => Some(ExchangeLevel::ExtendedApdu),
            _ => None,
        }
    }
}

/// The class descriptor of a CCID interface. Names and order follow CCID 1.1, table 5.1-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassDescriptor {
    /// bcdCCID: 0110 for 1.1. Real readers carry odd values, so it decides nothing.
    pub version: u16,
    /// bMaxSlotIndex.
    pub max_slot_index: u8,
    /// bVoltageSupport.
    pub voltage_support: VoltageSupport,
    /// dwProtocols: bit n = T=n. Bits above 1 are reserved.
    pub protocols: u32,
    /// dwDefaultClock, kHz. May be 0.
    pub default_clock_khz: u32,
    /// dwMaximumClock, kHz.
    pub maximum_clock_khz: u32,
    /// bNumClockSupported: 0 = all between default and maximum.
    pub clocks_supported: u8,
    /// dwDataRate, bits per second.
    pub data_rate: u32,
    /// dwMaxDataRate, bits per second.
    pub max_data_rate: u32,
    /// bNumDataRatesSupported: 0 = all between the two.
    pub data_rates_supported: u8,
    /// dwMaxIFSD as sent; see [`ClassDescriptor::ifsd`].
    pub max_ifsd: u32,
    /// dwSynchProtocols.
    pub synch_protocols: u32,
    /// dwMechanical.
    pub mechanical: u32,
    /// dwFeatures.
    pub features: Features,
    /// dwMaxCCIDMessageLength: header and body, 11 or more.
    pub max_message_length: u32,
    /// bClassGetResponse: FF = echo the command's class.
    pub class_get_response: u8,
    /// bClassEnvelope: FF = echo the command's class.
    pub class_envelope: u8,
    /// wLcdLayout: rows high, columns low; 0 = no display.
    pub lcd_layout: u16,
    /// bPINSupport: bit 0 verify, bit 1 modify.
    pub pin_support: u8,
    /// bMaxCCIDBusySlots.
    pub max_busy_slots: u8,
}

impl ClassDescriptor {
    /// Finds and reads the class descriptor in the extra bytes of an interface or an endpoint,
    /// other descriptors before and after it included.
    ///
    /// A class descriptor whose length byte says 53 or 55 while 54 bytes are there is taken.
    ///
    /// # Errors
    /// [`DescriptorError`].
    pub fn parse(extra: &[u8]) -> Result<Self, DescriptorError> {
        let descriptor = Self::read(extra)?;
        if descriptor.features.exchange_level().is_none() {
            return Err(DescriptorError::ConflictingLevels(descriptor.features));
        }
        if descriptor.max_message_length < MIN_MESSAGE_LEN {
            return Err(DescriptorError::MessageLength(descriptor.max_message_length));
        }
        Ok(descriptor)
    }

    /// The same without a judgement on the values, for those who show them.
    ///
    /// # Errors
    /// [`DescriptorError::NotFound`], [`DescriptorError::BadLength`].
    pub fn read(extra: &[u8]) -> Result<Self, DescriptorError> {
        let mut at = 0;
        while let Some((&length, rest)) = extra.get(at..).and_then(<[u8]>::split_first) {
            let found = rest.first() == Some(&DESCRIPTOR_TYPE) && (53..=55).contains(&length);
            if let Some(bytes) = extra.get(at..).and_then(<[u8]>::first_chunk).filter(|_| found) {
                return Ok(Self::from_bytes(bytes));
            }
            let left = rest.len() + 1;
            if length < 2 || usize::from(length) > left && !found {
                return Err(DescriptorError::BadLength { at, length });
            }
            // length is 2 or more, so the loop ends.
            at += usize::from(length);
        }
        Err(DescriptorError::NotFound { got: extra.len() })
    }

    fn from_bytes(bytes: &[u8; DESCRIPTOR_LEN]) -> Self {
        let b = bytes;
        let word = |at: usize| -> u32 {
            let field = b.get(at..).and_then(<[u8]>::first_chunk).copied();
            u32::from_le_bytes(field.unwrap_or_default())
        };
        Self {
            version: u16::from_le_bytes([b[2], b[3]]),
            max_slot_index: b[4],
            voltage_support: VoltageSupport(b[5]),
            protocols: word(6),
            default_clock_khz: word(10),
            maximum_clock_khz: word(14),
            clocks_supported: b[18],
            data_rate: word(19),
            max_data_rate: word(23),
            data_rates_supported: b[27],
            max_ifsd: word(28),
            synch_protocols: word(32),
            mechanical: word(36),
            features: Features(word(40)),
            max_message_length: word(44),
            class_get_response: b[48],
            class_envelope: b[49],
            lcd_layout: u16::from_le_bytes([b[50], b[51]]),
            pin_support: b[52],
            max_busy_slots: b[53],
        }
    }

    /// The 54 bytes, for a device that describes itself.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; DESCRIPTOR_LEN] {
        let mut bytes = [0; DESCRIPTOR_LEN];
        let mut at = 0;
        let mut put = |field: &[u8]| {
            for (to, from) in bytes.iter_mut().skip(at).zip(field) {
                *to = *from;
            }
            at += field.len();
        };
        put(&[DESCRIPTOR_LEN as u8, DESCRIPTOR_TYPE]);
        put(&self.version.to_le_bytes());
        put(&[self.max_slot_index, self.voltage_support.0]);
        put(&self.protocols.to_le_bytes());
        put(&self.default_clock_khz.to_le_bytes());
        put(&self.maximum_clock_khz.to_le_bytes());
        put(&[self.clocks_supported]);
        put(&self.data_rate.to_le_bytes());
        put(&self.max_data_rate.to_le_bytes());
        put(&[self.data_rates_supported]);
        put(&self.max_ifsd.to_le_bytes());
        put(&self.synch_protocols.to_le_bytes());
        put(&self.mechanical.to_le_bytes());
        put(&self.features.0.to_le_bytes());
        put(&self.max_message_length.to_le_bytes());
        put(&[self.class_get_response, self.class_envelope]);
        put(&self.lcd_layout.to_le_bytes());
        put(&[self.pin_support, self.max_busy_slots]);
        bytes
    }

    /// The exchange level that dwFeatures names. Never `None` for a parsed descriptor.
    #[must_use]
    pub const fn exchange_level(&self) -> Option<ExchangeLevel> {
        self.features.exchange_level()
    }

    /// dwMaxIFSD as a value that may be sent in an S(IFS) block: 1 to 254; 32, the default, when
    /// the field is 0.
    #[must_use]
    pub const fn ifsd(&self) -> u8 {
        match self.max_ifsd {
            0 => 32,
            value if value > 254 => 254,
            value => value as u8,
        }
    }

    /// Does the reader speak protocol T?
    #[must_use]
    pub const fn supports(&self, protocol: u8) -> bool {
        protocol < 32 && self.protocols >> protocol & 1 != 0
    }
}
