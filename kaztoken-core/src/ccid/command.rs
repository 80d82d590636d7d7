//! Messages to the reader, bulk-OUT (CCID 1.1, 6.1).

use core::fmt;

use super::code::{ClockCommand, MechanicalFunction, MessageType, PowerSelect};
use super::message::{MessageError, MessageView, ProtocolData, Rates, emit};

/// A message to the reader. Reserved bytes are ignored when parsing and zero when emitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcToRdr<'a> {
    /// bSlot.
    pub slot: u8,
    /// bSeq.
    pub sequence: u8,
    /// What is asked.
    pub message: PcToRdrMessage<'a>,
}

/// What a message to the reader asks.
///
/// `Debug` prints the length of card data and not the data, which may hold a PIN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PcToRdrMessage<'a> {
    /// 62: power the card on.
    IccPowerOn {
        /// bPowerSelect.
        power_select: PowerSelect,
    },
    /// 63: power the card off.
    IccPowerOff,
    /// 65: report presence and power.
    GetSlotStatus,
    /// 6F: data for the card.
    XfrBlock {
        /// bBWI: multiplier of the block waiting time; 0 at the APDU levels.
        bwi: u8,
        /// wLevelParameter: 0 at the short APDU level.
        level_parameter: u16,
        /// abData: at the short APDU level a command APDU.
        data: &'a [u8],
    },
    /// 6C: report the protocol parameters.
    GetParameters,
    /// 6D: set the protocol parameters to their defaults.
    ResetParameters,
    /// 61: set the protocol parameters.
    SetParameters(ProtocolData<'a>),
    /// 6B: vendor command.
    Escape {
        /// abData.
        data: &'a [u8],
    },
    /// 6E: stop or restart the card's clock.
    IccClock {
        /// bClockCommand.
        command: ClockCommand,
    },
    /// 6A: how APDUs travel over T=0.
    T0Apdu {
        /// bmChanges: bit 0 GET RESPONSE's class is valid, bit 1 ENVELOPE's is.
        changes: u8,
        /// bClassGetResponse.
        class_get_response: u8,
        /// bClassEnvelope.
        class_envelope: u8,
    },
    /// 69: PIN entry on the reader.
    Secure {
        /// bBWI.
        bwi: u8,
        /// wLevelParameter.
        level_parameter: u16,
        /// bPINOperation and the structure that belongs to it.
        data: &'a [u8],
    },
    /// 71: move or lock the card.
    Mechanical {
        /// bFunction.
        function: MechanicalFunction,
    },
    /// 72: the bulk half of the abort sequence.
    Abort,
    /// 73: fix data rate and clock.
    SetDataRateAndClockFrequency(Rates),
}

impl fmt::Debug for PcToRdrMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.message_type())?;
        match self {
            Self::IccPowerOff
            | Self::GetSlotStatus
            | Self::GetParameters
            | Self::ResetParameters
            | Self::Abort => Ok(()),
            Self::IccPowerOn { power_select } => write!(f, "({power_select:?})"),
            Self::XfrBlock { bwi, level_parameter, data } | Self::Secure { bwi, level_parameter, data } => {
                write!(f, "(bwi {bwi}, level parameter {level_parameter:04X}, {} bytes)", data.len())
            }
            Self::SetParameters(parameters) => write!(f, "({parameters:?})"),
            Self::Escape { data } => write!(f, "({} bytes)", data.len()),
            Self::IccClock { command } => write!(f, "({command:?})"),
            Self::T0Apdu { changes, class_get_response, class_envelope } => {
                write!(f, "({changes:02X} {class_get_response:02X} {class_envelope:02X})")
            }
            Self::Mechanical { function } => write!(f, "({function:?})"),
            Self::SetDataRateAndClockFrequency(rates) => write!(f, "({rates:?})"),
        }
    }
}

impl PcToRdrMessage<'_> {
    /// bMessageType.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::IccPowerOn { .. } => MessageType::IccPowerOn,
            Self::IccPowerOff => MessageType::IccPowerOff,
            Self::GetSlotStatus => MessageType::GetSlotStatus,
            Self::XfrBlock { .. } => MessageType::XfrBlock,
            Self::GetParameters => MessageType::GetParameters,
            Self::ResetParameters => MessageType::ResetParameters,
            Self::SetParameters(_) => MessageType::SetParameters,
            Self::Escape { .. } => MessageType::Escape,
            Self::IccClock { .. } => MessageType::IccClock,
            Self::T0Apdu { .. } => MessageType::T0Apdu,
            Self::Secure { .. } => MessageType::Secure,
            Self::Mechanical { .. } => MessageType::Mechanical,
            Self::Abort => MessageType::Abort,
            Self::SetDataRateAndClockFrequency(_) => MessageType::SetDataRateAndClockFrequency,
        }
    }
}

impl<'a> PcToRdr<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// [`MessageError`]: too short, or not a message to the reader.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageError> {
        Self::from_view(&MessageView::parse(bytes)?)
    }

    /// Reads a message whose length is checked.
    ///
    /// # Errors
    /// [`MessageError`]: not a message to the reader, or a body of the wrong length.
    pub fn from_view(view: &MessageView<'a>) -> Result<Self, MessageError> {
        let [s0, s1, s2] = view.specific();
        let (bwi, level_parameter, data) = (s0, u16::from_le_bytes([s1, s2]), view.body());
        let message = match view.message_type() {
            MessageType::IccPowerOn => PcToRdrMessage::IccPowerOn { power_select: s0.into() },
            MessageType::IccPowerOff => PcToRdrMessage::IccPowerOff,
            MessageType::GetSlotStatus => PcToRdrMessage::GetSlotStatus,
            MessageType::XfrBlock => PcToRdrMessage::XfrBlock { bwi, level_parameter, data },
            MessageType::GetParameters => PcToRdrMessage::GetParameters,
            MessageType::ResetParameters => PcToRdrMessage::ResetParameters,
            MessageType::SetParameters => PcToRdrMessage::SetParameters(ProtocolData::parse(s0, data)),
            MessageType::Escape => PcToRdrMessage::Escape { data },
            MessageType::IccClock => PcToRdrMessage::IccClock { command: s0.into() },
            MessageType::T0Apdu => {
                PcToRdrMessage::T0Apdu { changes: s0, class_get_response: s1, class_envelope: s2 }
            }
            MessageType::Secure => PcToRdrMessage::Secure { bwi, level_parameter, data },
            MessageType::Mechanical => PcToRdrMessage::Mechanical { function: s0.into() },
            MessageType::Abort => PcToRdrMessage::Abort,
            MessageType::SetDataRateAndClockFrequency => {
                let wrong = MessageError::BodyLength { message_type: view.message_type(), got: data.len() };
                PcToRdrMessage::SetDataRateAndClockFrequency(Rates::parse(data).ok_or(wrong)?)
            }
            other => return Err(MessageError::UnexpectedType(other)),
        };
        Ok(Self { slot: view.slot(), sequence: view.sequence(), message })
    }

    /// Writes the message; returns how many bytes of `buffer` it takes.
    ///
    /// # Errors
    /// [`MessageError::BufferTooSmall`].
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, MessageError> {
        let kind = self.message.message_type();
        let mut write = |specific, body: &[u8]| emit(buffer, kind, self.slot, self.sequence, specific, body);
        match self.message {
            PcToRdrMessage::IccPowerOff
            | PcToRdrMessage::GetSlotStatus
            | PcToRdrMessage::GetParameters
            | PcToRdrMessage::ResetParameters
            | PcToRdrMessage::Abort => write([0; 3], &[]),
            PcToRdrMessage::IccPowerOn { power_select } => write([power_select.into(), 0, 0], &[]),
            PcToRdrMessage::XfrBlock { bwi, level_parameter, data }
            | PcToRdrMessage::Secure { bwi, level_parameter, data } => {
                let [low, high] = level_parameter.to_le_bytes();
                write([bwi, low, high], data)
            }
            PcToRdrMessage::SetParameters(parameters) => {
                parameters.with_bytes(|body| write([parameters.protocol(), 0, 0], body))
            }
            PcToRdrMessage::Escape { data } => write([0; 3], data),
            PcToRdrMessage::IccClock { command } => write([command.into(), 0, 0], &[]),
            PcToRdrMessage::T0Apdu { changes, class_get_response, class_envelope } => {
                write([changes, class_get_response, class_envelope], &[])
            }
            PcToRdrMessage::Mechanical { function } => write([function.into(), 0, 0], &[]),
            PcToRdrMessage::SetDataRateAndClockFrequency(rates) => write([0; 3], &rates.to_bytes()),
        }
    }
}
