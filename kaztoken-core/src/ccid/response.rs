//! Messages from the reader, bulk-IN (CCID 1.1, 6.2).

use super::code::{ChainParameter, ClockStatus, MessageType, Status};
use super::message::{MessageError, MessageView, ProtocolData, Rates, emit};

/// A message from the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RdrToPc<'a> {
    /// bSlot.
    pub slot: u8,
    /// bSeq of the command that is answered.
    pub sequence: u8,
    /// bStatus.
    pub status: Status,
    /// bError: an [`ErrorCode`](super::ErrorCode) when the command failed, a multiplier of the
    /// waiting time when the reader asks for time, otherwise without meaning.
    pub error: u8,
    /// What is answered.
    pub message: RdrToPcMessage<'a>,
}

/// What a message from the reader carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RdrToPcMessage<'a> {
    /// 80: answers IccPowerOn, XfrBlock and Secure.
    DataBlock {
        /// bChainParameter.
        chain: ChainParameter,
        /// abData.
        data: &'a [u8],
    },
    /// 81: answers IccPowerOff, GetSlotStatus, IccClock, T0APDU, Mechanical and Abort.
    SlotStatus {
        /// bClockStatus.
        clock: ClockStatus,
    },
    /// 82: answers GetParameters, ResetParameters and SetParameters.
    Parameters(ProtocolData<'a>),
    /// 83: answers Escape.
    Escape {
        /// abData.
        data: &'a [u8],
    },
    /// 84: answers SetDataRateAndClockFrequency. `None` when the command failed and nothing was set.
    DataRateAndClockFrequency(Option<Rates>),
}

impl<'a> RdrToPc<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// [`MessageError`]: too short, or not a message from the reader.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageError> {
        Self::from_view(&MessageView::parse(bytes)?)
    }

    /// Reads a message whose length is checked.
    ///
    /// # Errors
    /// [`MessageError`]: not a message from the reader, or a body of the wrong length.
    pub fn from_view(view: &MessageView<'a>) -> Result<Self, MessageError> {
        let [_, _, s2] = view.specific();
        let data = view.body();
        let message = match view.message_type() {
            MessageType::DataBlock => RdrToPcMessage::DataBlock { chain: s2.into(), data },
            MessageType::SlotStatus => RdrToPcMessage::SlotStatus { clock: s2.into() },
            MessageType::Parameters => RdrToPcMessage::Parameters(ProtocolData::parse(s2, data)),
            MessageType::EscapeAnswer => RdrToPcMessage::Escape { data },
            MessageType::DataRateAndClockFrequency => {
                let wrong = MessageError::BodyLength { message_type: view.message_type(), got: data.len() };
                let rates = if data.is_empty() { None } else { Some(Rates::parse(data).ok_or(wrong)?) };
                RdrToPcMessage::DataRateAndClockFrequency(rates)
            }
            other => return Err(MessageError::UnexpectedType(other)),
        };
        let (status, error) = (view.status(), view.error());
        Ok(Self { slot: view.slot(), sequence: view.sequence(), status, error, message })
    }

    /// Writes the message; returns how many bytes of `buffer` it takes.
    ///
    /// # Errors
    /// [`MessageError::BufferTooSmall`].
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, MessageError> {
        let mut write = |kind, last, body: &[u8]| {
            emit(buffer, kind, self.slot, self.sequence, [self.status.0, self.error, last], body)
        };
        match self.message {
            RdrToPcMessage::DataBlock { chain, data } => write(MessageType::DataBlock, chain.into(), data),
            RdrToPcMessage::SlotStatus { clock } => write(MessageType::SlotStatus, clock.into(), &[]),
            RdrToPcMessage::Parameters(parameters) => {
                parameters.with_bytes(|body| write(MessageType::Parameters, parameters.protocol(), body))
            }
            RdrToPcMessage::Escape { data } => write(MessageType::EscapeAnswer, 0, data),
            RdrToPcMessage::DataRateAndClockFrequency(None) => {
                write(MessageType::DataRateAndClockFrequency, 0, &[])
            }
            RdrToPcMessage::DataRateAndClockFrequency(Some(rates)) => {
                write(MessageType::DataRateAndClockFrequency, 0, &rates.to_bytes())
            }
        }
    }
}
