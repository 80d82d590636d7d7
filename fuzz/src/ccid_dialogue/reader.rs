//! The reader: what it says of itself, and what it sends.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassDescriptor, Features, Quirks, VoltageSupport};

use super::{Activity, Rig};
use crate::card::{self, Card};
use crate::source::Source;

/// Answers to reset: T=1, T=0, and both with a PPS to be sent.
const ATRS: [&[u8]; 3] =
    [b"\x3B\x88\x01KAZTOKEN\x82", b"\x3B\x98\x96\x00KAZTOKEN", b"\x3B\x9C\x94\x80\x11\x40RutokenECPsc\xC3"];
const QUIRKS: [Quirks; 10] = [
    Quirks::TRAILING_BYTES,
    Quirks::EMPTY_TRANSFERS,
    Quirks::CHAINED_ANSWERS,
    Quirks::MISTYPED_ERRORS,
    Quirks::SHORT_APDUS_ONLY,
    Quirks::NO_IFSD_EXCHANGE,
    Quirks::IFSD_254,
    Quirks::PARAMETERS_REFUSED,
    Quirks::DEFAULT_RATE_ONLY,
    Quirks::POWER_OFF_FIRST,
];

/// Its descriptor, and the answer to reset of the card in it.
pub(super) fn described(source: &mut Source<'_>) -> (ClassDescriptor, &'static [u8]) {
    let (flags, features) = (source.byte(), source.byte());
    let atr = ATRS[usize::from(flags & 3) % 3];
    let descriptor = ClassDescriptor {
        version: 0x0110,
        max_slot_index: 1,
        voltage_support: VoltageSupport(features >> 5),
        protocols: if flags & 4 != 0 {
            3
        } else if atr == ATRS[1] {
            1
        } else {
            2
        },
        default_clock_khz: 3580,
        maximum_clock_khz: 3580,
        clocks_supported: 0,
        data_rate: 9600,
        max_data_rate: if flags & 8 != 0 { 9600 } else { 500_000 },
        data_rates_supported: 0,
        max_ifsd: 254,
        synch_protocols: 0,
        mechanical: 1,
        // Voltage, negotiation, PPS, IFSD.
        features: Features(
            [0x0001_0000, 0x0002_0000, 0x0004_0000, 0x0002_0800][usize::from(flags >> 4 & 3)]
                | u32::from(features & 8)
                | u32::from(features & 3) << 6
                | u32::from(features & 4) << 8,
        ),
        max_message_length: [271, 64, 600, u32::MAX, 48, 271, 271, 11 + u32::from(source.byte())]
            [usize::from(flags >> 6) | usize::from(features & 0x10) >> 2],
        class_get_response: 0xFF,
        class_envelope: 0xFF,
        lcd_layout: 0,
        pin_support: flags & 1,
        max_busy_slots: 1,
    };
    (descriptor, atr)
}

/// The quirks with these numbers.
pub(super) fn quirks(bits: u16) -> Quirks {
    let chosen = QUIRKS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
    chosen.fold(Quirks::NONE, |all, (_, quirk)| all.and(*quirk))
}

/// The type of message that answers a type.
pub(super) const fn answering(kind: u8) -> u8 {
    match kind {
        0x62 | 0x69 | 0x6F => 0x80,
        0x61 | 0x6C | 0x6D => 0x82,
        0x6B => 0x83,
        0x73 => 0x84,
        _ => 0x81,
    }
}

impl Rig {
    pub(super) fn is_tpdu(&self) -> bool {
        self.descriptor.features.0 & 0x7_0000 == 0x1_0000
    }

    /// A message that answers the last one, as a reader and a card that behave would, but for what `change`
    /// does to its header, and for the body when there is one.
    pub(super) fn reply(&mut self, change: impl FnOnce(&mut [u8; 10]), body: Option<&[u8]>) {
        let kind = self.message.first().copied().unwrap_or(0x65);
        let sent = self.message.get(10..).unwrap_or(&[]);
        let own = match kind {
            0x62 => {
                self.card = Card::default();
                self.atr.to_vec()
            }
            0x61 | 0x6C | 0x6D => vec![0; 7],
            // PPS is taken as it is.
            0x6F if self.pending.as_ref().is_some_and(|pending| pending.activity == Activity::PowerOn)
                && sent.first() == Some(&0xFF) =>
            {
                sent.to_vec()
            }
            0x6F if self.is_tpdu() && self.speaks_t1() => {
                let answer = self.card.answer(sent);
                if answer[1] & 0x80 == 0 && body.is_some() {
                    self.card.sequence ^= 1;
                }
                answer
            }
            0x6F if self.is_tpdu() => vec![0x90, 0],
            // At the extended level: the next part of the command, please.
            0x6F if self.message[8] & 1 != 0 => vec![],
            0x6F => card::ANSWER.to_vec(),
            _ => vec![],
        };
        let body = body.unwrap_or(&own);
        let wants_more = kind == 0x6F && !self.is_tpdu() && matches!(self.message[8], 1 | 3);
        let last = match kind {
            0x61 | 0x6C | 0x6D => u8::from(self.speaks_t1()),
            _ if wants_more => 0x10,
            _ => 0,
        };
        let [l0, l1, l2, l3] = (body.len() as u32).to_le_bytes();
        let sequence = self.message.get(6).copied().unwrap_or(0);
        let mut header = [answering(kind), l0, l1, l2, l3, self.index, sequence, 0, 0, last];
        change(&mut header);
        // As a device sends it: in one transfer.
        self.receive(&[&header[..], body].concat());
    }

    /// Whether blocks are T=1 when the reader behaves.
    fn speaks_t1(&self) -> bool {
        match self.slot.atr() {
            // The first protocol that both have.
            Ok(atr) => atr.protocols().find(|protocol| self.descriptor.supports(*protocol)) == Some(1),
            Err(_) => true,
        }
    }

    pub(super) fn receive(&mut self, transfer: &[u8]) {
        self.now = self.now.after(Millis(1));
        let is_heard = self.slot.poll_transmit().is_none() && self.slot.poll_control().is_none();
        if let (Some(pending), true) = (&mut self.pending, is_heard) {
            pending.transfers.push(transfer.to_vec());
        }
        self.slot.handle_input(self.now, transfer);
        self.in_time();
    }
}
