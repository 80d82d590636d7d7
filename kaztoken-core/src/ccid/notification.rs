//! Messages on the interrupt pipe (CCID 1.1, 6.3). They have no header.

use super::code::MessageType;
use super::message::{MessageError, copy};

/// A message on the interrupt pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification<'a> {
    /// 50: the presence of cards.
    SlotChange {
        /// bmSlotICCState: two bits a slot, slot 0 in bits 0 and 1 of the first byte. See
        /// [`Notification::slot`].
        states: &'a [u8],
    },
    /// 51: a hardware error in a slot.
    HardwareError {
        /// bSlot.
        slot: u8,
        /// bSeq of the command that met it.
        sequence: u8,
        /// bHardwareErrorCode: bit 0 = overcurrent.
        code: u8,
    },
}

/// What a slot-change notification says of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// A card is present.
    pub present: bool,
    /// Its presence changed since the last notification.
    pub changed: bool,
}

impl<'a> Notification<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// [`MessageError`]: empty, of another type, or too short.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let (&first, rest) = bytes.split_first().ok_or(MessageError::ShortHeader { got: 0 })?;
        match (MessageType::from(first), rest) {
            (MessageType::NotifySlotChange, states @ [_, ..]) => Ok(Self::SlotChange { states }),
            (MessageType::HardwareError, &[slot, sequence, code]) => {
                Ok(Self::HardwareError { slot, sequence, code })
            }
            (message_type @ (MessageType::NotifySlotChange | MessageType::HardwareError), _) => {
                Err(MessageError::BodyLength { message_type, got: rest.len() })
            }
            (other, _) => Err(MessageError::UnexpectedType(other)),
        }
    }

    /// Writes the message; returns how many bytes of `buffer` it takes.
    ///
    /// # Errors
    /// [`MessageError::BufferTooSmall`].
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, MessageError> {
        let mut write = |kind: MessageType, body: &[u8]| {
            let needed = body.len().saturating_add(1);
            let too_small = MessageError::BufferTooSmall { needed, got: buffer.len() };
            let (first, rest) = buffer.split_first_mut().ok_or(too_small)?;
            copy(rest.get_mut(..body.len()).ok_or(too_small)?, body);
            *first = kind.into();
            Ok(needed)
        };
        match *self {
            Self::SlotChange { states } => write(MessageType::NotifySlotChange, states),
            Self::HardwareError { slot, sequence, code } => {
                write(MessageType::HardwareError, &[slot, sequence, code])
            }
        }
    }

    /// The state of slot `index` in a slot-change notification. `None` for a hardware error or a
    /// slot not reported.
    #[must_use]
    pub fn slot(&self, index: u8) -> Option<SlotChange> {
        let Self::SlotChange { states } = self else { return None };
        let bits = states.get(usize::from(index / 4))? >> (index % 4 * 2);
        Some(SlotChange { present: bits & 1 != 0, changed: bits & 2 != 0 })
    }
}
