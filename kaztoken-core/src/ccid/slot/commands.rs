//! The messages beside power and data: parameters, clock, rates, vendor commands.

use super::{Activity, Slot};
use crate::Millis;
use crate::ccid::code::{ChainParameter, MechanicalFunction, MessageType};
use crate::ccid::command::{PcToRdr, PcToRdrMessage};
use crate::ccid::descriptor::{ExchangeLevel, Features};
use crate::ccid::error::CcidError;
use crate::ccid::message::{MessageError, ProtocolData, Rates};
use crate::ccid::response::RdrToPcMessage;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Slot<B> {
    /// Starts any message that has no method of its own, when the descriptor offers it:
    ///
    /// | message | offered when |
    /// |---|---|
    /// | GetParameters, ResetParameters, SetParameters | the device is no USB-ICC (dwFeatures 800h), whose parameters are fixed |
    /// | IccClock | the clock can be stopped (100h) |
    /// | T0APDU | the level is short or extended APDU and T=0 is among dwProtocols |
    /// | Mechanical | dwMechanical has the function |
    /// | SetDataRateAndClockFrequency | neither clock (10h) nor data rate (20h) is set by the reader itself |
    /// | Secure | bPINSupport is not 0 |
    /// | Escape | [`Slot::allow_escape`] was called |
    ///
    /// SetParameters changes what [`Slot::power_on`] agreed upon with the card; so do the next two.
    ///
    /// # Errors
    /// [`CcidError::NotOffered`], [`CcidError::CommandLength`] for a body that does not fit,
    /// [`CcidError::CommandPending`], or the error that closed the slot.
    pub fn command(
        &mut self,
        now: Millis,
        message: &PcToRdrMessage<'_>,
        budget: Millis,
    ) -> Result<(), CcidError> {
        let kind = message.message_type();
        if !self.offers(message) {
            return Err(CcidError::NotOffered(kind));
        }
        self.start(Activity::Command, now, budget)?;
        let request = PcToRdr { slot: self.dialogue.slot, sequence: 0, message: *message };
        match self.dialogue.emit(&request) {
            // PIN entry on the reader costs a try like any VERIFY; what Escape does is the vendor's.
            Ok((specific, len)) => {
                let may_repeat = !matches!(kind, MessageType::Secure | MessageType::Escape);
                self.dialogue.send(kind, specific, len, may_repeat);
                Ok(())
            }
            Err(MessageError::BufferTooSmall { needed, got }) => {
                self.activity = Activity::Idle;
                Err(CcidError::CommandLength { got: needed, max: got })
            }
            Err(_) => {
                self.activity = Activity::Idle;
                Err(CcidError::NotOffered(kind))
            }
        }
    }

    /// What the reader answered to [`Slot::command`], once [`Outcome::Replied`](super::Outcome::Replied)
    /// was said and until the next command.
    #[must_use]
    pub fn reply(&self) -> RdrToPcMessage<'_> {
        let (data, last) = (self.dialogue.answer(), self.dialogue.last);
        match self.dialogue.expected() {
            MessageType::Parameters => RdrToPcMessage::Parameters(ProtocolData::parse(last, data)),
            MessageType::EscapeAnswer => RdrToPcMessage::Escape { data },
            MessageType::DataBlock => RdrToPcMessage::DataBlock { chain: ChainParameter::from(last), data },
            MessageType::DataRateAndClockFrequency => {
                RdrToPcMessage::DataRateAndClockFrequency(Rates::parse(data))
            }
            _ => RdrToPcMessage::SlotStatus { clock: last.into() },
        }
    }

    fn offers(&self, message: &PcToRdrMessage<'_>) -> bool {
        let features = self.descriptor.features;
        match message {
            PcToRdrMessage::GetParameters
            | PcToRdrMessage::ResetParameters
            | PcToRdrMessage::SetParameters(_) => !features.has(Features::USB_ICC),
            PcToRdrMessage::IccClock { .. } => features.has(Features::CLOCK_STOP),
            PcToRdrMessage::T0Apdu { .. } => {
                self.descriptor.exchange_level() != Some(ExchangeLevel::Tpdu) && self.descriptor.supports(0)
            }
            PcToRdrMessage::Mechanical { function } => {
                let bit = match function {
                    MechanicalFunction::Accept => 1,
                    MechanicalFunction::Eject => 2,
                    MechanicalFunction::Capture => 4,
                    MechanicalFunction::Lock | MechanicalFunction::Unlock => 8,
                    MechanicalFunction::Unknown(_) => 0,
                };
                self.descriptor.mechanical & bit != 0
            }
            PcToRdrMessage::SetDataRateAndClockFrequency(_) => {
                !features.has(Features::AUTO_CLOCK) && !features.has(Features::AUTO_BAUD_RATE)
            }
            PcToRdrMessage::Secure { .. } => self.descriptor.pin_support != 0,
            PcToRdrMessage::Escape { .. } => self.escape,
            PcToRdrMessage::IccPowerOn { .. }
            | PcToRdrMessage::IccPowerOff
            | PcToRdrMessage::GetSlotStatus
            | PcToRdrMessage::XfrBlock { .. }
            | PcToRdrMessage::Abort => false,
        }
    }
}
