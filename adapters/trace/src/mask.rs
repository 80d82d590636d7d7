//! What may be a PIN is not kept.

use crate::MaskedBytes;
use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::{ExchangeLevel, HEADER_LEN, MessageType};
use std::collections::BTreeMap;

/// Masks what goes to a card: commands, and the CCID messages that carry them. In doubt it masks.
///
/// Of a command with a secret ([`Command::is_secret`]) the first four bytes are kept: class, instruction, P1, P2. Not
/// kept are Lc and dwLength, from which the PIN's length follows, and the check bytes of a T=1 block, which is the sum
/// of what it checks. Bodies of Secure and Escape, and messages without a name, are not kept at all.
#[derive(Clone, Debug, Default)]
pub struct Masker {
    level: Option<ExchangeLevel>,
    /// What is known of each slot: a reader's slots may talk at the same time.
    slots: BTreeMap<u8, Slot>,
}

/// Where a slot's dialogue is.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// A command's beginning was seen, or the card's power on. A capture may begin in the middle of a PIN.
    begun: bool,
    /// A part of a secret command went out, and the rest follows.
    continues: bool,
    /// A part of another command went out, and the rest follows.
    harmless: bool,
    /// Of the last T=1 I-block: N(S), when it was a secret one. The card may want it again.
    block: Option<bool>,
    /// A T=0 header went out alone: so many bytes follow.
    awaited: Option<usize>,
}

/// Bytes that are looked at; what is masked already counts as zero.
struct Seen<'b> {
    masked: &'b MaskedBytes,
    bytes: Vec<u8>,
}

impl Masker {
    /// For a reader that exchanges at this level; `None` when it is not known, which masks more.
    #[must_use]
    pub const fn new(level: Option<ExchangeLevel>) -> Self {
        Self { level, slots: BTreeMap::new() }
    }

    /// A command APDU.
    #[must_use]
    pub fn command(apdu: &[u8]) -> MaskedBytes {
        Self::again(&whole(apdu))
    }

    /// A command APDU, of which some may be masked already.
    pub(crate) fn again(apdu: &MaskedBytes) -> MaskedBytes {
        let seen = Seen::new(apdu);
        if seen.is_secret_at(0) { apdu.clone().without(4) } else { apdu.clone() }
    }

    /// A bulk-OUT message.
    #[must_use]
    pub fn message(&mut self, message: &[u8]) -> MaskedBytes {
        self.message_again(&whole(message))
    }

    /// A bulk-OUT message, of which some may be masked already.
    pub(crate) fn message_again(&mut self, message: &MaskedBytes) -> MaskedBytes {
        let seen = Seen::new(message);
        let kind = seen.bytes.first().map(|&kind| MessageType::from(kind));
        let visible = match kind {
            Some(MessageType::XfrBlock) if seen.bytes.len() >= HEADER_LEN => {
                let chain = u16::from_le_bytes([seen.at(8), seen.at(9)]);
                let slot = self.slots.entry(seen.at(5)).or_default();
                slot.block(self.level, &Seen::part(message, HEADER_LEN), chain)
            }
            // The card forgets what it had of a command.
            Some(MessageType::IccPowerOn) if seen.bytes.len() >= HEADER_LEN => {
                self.slots.insert(seen.at(5), Slot { begun: true, ..Slot::default() });
                return message.clone().without(HEADER_LEN);
            }
            // Their bodies are the reader's parameters, 7 bytes at most.
            Some(
                MessageType::SetParameters
                | MessageType::IccPowerOn
                | MessageType::IccPowerOff
                | MessageType::GetSlotStatus
                | MessageType::T0Apdu
                | MessageType::GetParameters
                | MessageType::ResetParameters
                | MessageType::IccClock
                | MessageType::Mechanical
                | MessageType::Abort
                | MessageType::SetDataRateAndClockFrequency,
            ) => return message.clone().without(HEADER_LEN + 8),
            None => return message.clone(),
            Some(_) => Some(0),
        };
        match visible {
            None => message.clone(),
            Some(visible) => hide_length(&message.clone().without(HEADER_LEN + visible)),
        }
    }
}

impl Slot {
    /// What of an XfrBlock's body may be kept, when not the whole of it.
    fn block(&mut self, level: Option<ExchangeLevel>, body: &Seen<'_>, chain: u16) -> Option<usize> {
        let more = matches!(chain, 1 | 3);
        self.harmless &= matches!(chain, 2 | 3);
        let may_be_block = level.is_none_or(|level| level == ExchangeLevel::Tpdu);
        if may_be_block && body.is_supervisory() {
            return None;
        }
        if level != Some(ExchangeLevel::Tpdu) && (self.continues || more || chain == 2) {
            // An extended APDU in parts: it is a secret one when its beginning is, or was not seen.
            let begins = !self.continues && !matches!(chain, 2 | 3);
            if begins && !(body.is_secret_at(0) || body.is_secret_at(3)) {
                self.harmless = more;
                return None;
            }
            if self.harmless && !self.continues {
                self.harmless = more;
                return None;
            }
            self.continues = more || (level.is_none() && body.has_more());
            return Some(if begins { 4 } else { 0 });
        }
        if let Some(awaited) = self.awaited.take()
            && (body.masked.is_open() || body.bytes.len() == awaited)
        {
            return Some(0);
        }
        if may_be_block && !self.begun && body.is_information() && (level.is_some() || body.is_sound_block())
        {
            // It may be the end of a command whose beginning was not seen.
            self.begun = !body.has_more();
            self.block = body.number();
            return Some(2);
        }
        if self.continues || (may_be_block && self.block.is_some() && self.block == body.number()) {
            // A further part, or one that the card wants again.
            self.continues = body.has_more();
            self.block = body.number();
            return Some(2.min(body.bytes.len()));
        }
        if may_be_block && body.is_information() && body.is_secret_at(3) {
            self.continues = body.has_more();
            self.block = body.number();
            // LEN stands between; hide_length takes it out.
            return Some(7);
        }
        if may_be_block && body.is_sound_block() {
            self.block = None;
            if level.is_some() {
                return None;
            }
        }
        if body.is_secret_at(0) {
            // The header of T=0 alone: its data are the next message.
            self.awaited = (may_be_block && body.bytes.len() == 5).then(|| body.at(4).into());
            return Some(4);
        }
        None
    }
}

fn whole(bytes: &[u8]) -> MaskedBytes {
    MaskedBytes::new(bytes.iter().copied().map(Some).collect(), false)
}

/// dwLength, and LEN of a T=1 block with a command in it.
fn hide_length(message: &MaskedBytes) -> MaskedBytes {
    let is_block = message.bytes().len() > HEADER_LEN + 4;
    let hide = |(at, byte): (usize, &Option<u8>)| match at {
        1..=4 => None,
        12 if is_block => None,
        _ => *byte,
    };
    MaskedBytes::new(message.bytes().iter().enumerate().map(hide).collect(), message.is_open())
}

impl<'b> Seen<'b> {
    fn new(masked: &'b MaskedBytes) -> Self {
        Self::part(masked, 0)
    }

    fn part(masked: &'b MaskedBytes, from: usize) -> Self {
        let bytes = masked.bytes().iter().skip(from).map(|byte| byte.unwrap_or(0)).collect();
        Self { masked, bytes }
    }

    fn at(&self, index: usize) -> u8 {
        self.bytes.get(index).copied().unwrap_or(0)
    }

    /// A command that begins here has more than a header, and may hold a PIN.
    fn is_secret_at(&self, start: usize) -> bool {
        let len = self.bytes.len().saturating_sub(start);
        let (cla, ins) = (self.at(start), self.at(start + 1));
        len >= 2 && (len > 4 || self.masked.is_open()) && Command::new(cla, ins, 0, 0).is_secret()
    }

    /// PCB of an I-block (ISO 7816-3, 11.3.2.2).
    fn is_information(&self) -> bool {
        let long_enough = self.bytes.len() > 3 || (self.masked.is_open() && self.bytes.len() > 1);
        long_enough && self.at(1) & 0x80 == 0
    }

    /// Prologue, information and LRC that fit.
    fn is_sound_block(&self) -> bool {
        let len = usize::from(self.at(2));
        self.bytes.len() == len + 4 && self.bytes.iter().fold(0, |sum, byte| sum ^ byte) == 0
    }

    /// An R-block, or an S-block with at most one byte: they hold no command.
    fn is_supervisory(&self) -> bool {
        self.at(0) == 0 && self.at(1) & 0x80 != 0 && self.at(2) <= 1 && self.is_sound_block()
    }

    /// N(S) of an I-block.
    fn number(&self) -> Option<bool> {
        self.is_information().then(|| self.at(1) & 0x40 != 0)
    }

    /// M of an I-block.
    fn has_more(&self) -> bool {
        self.is_information() && self.at(1) & 0x20 != 0
    }
}
