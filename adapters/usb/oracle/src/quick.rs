//! A reader without delay, for measuring what a stack itself costs: every command gets the same response.

use crate::device::Read;

const ATR: [u8; 12] = [0x3B, 0x88, 0x01, 0x4B, 0x41, 0x5A, 0x54, 0x4F, 0x4B, 0x45, 0x4E, 0x82];

/// The response, as the card sends it.
pub(crate) const RESPONSE: [u8; 6] = [0x01, 0x02, 0x03, 0x04, 0x90, 0x00];

/// Answers at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick {
    class: [u8; 54],
    reply: [u8; 32],
    len: usize,
}

impl Quick {
    pub(crate) const fn new(class: [u8; 54]) -> Self {
        Self { class, reply: [0; 32], len: 0 }
    }

    pub(crate) const fn class(&self) -> [u8; 54] {
        self.class
    }

    /// A bulk-OUT transfer.
    pub(crate) fn write(&mut self, message: &[u8]) -> bool {
        let Some((&[kind, _, _, _, _, _, sequence, ..], body)) = message.split_first_chunk::<10>() else {
            return false;
        };
        match (kind, body) {
            (0x62, _) => self.answer(0x80, sequence, &ATR),
            (0x61, _) => self.answer(0x82, sequence, body),
            // S(IFS request), then I-blocks.
            (0x6F, &[0, 0xC1, 1, ifsd, _]) => self.answer(0x80, sequence, &[0, 0xE1, 1, ifsd, 0xE0 ^ ifsd]),
            (0x6F, &[0, pcb @ (0 | 0x40), ..]) if self.class[42] == 1 => {
                let [a, b, c, d, sw1, sw2] = RESPONSE;
                let lrc = RESPONSE.iter().fold(pcb ^ 6, |lrc, byte| lrc ^ byte);
                self.answer(0x80, sequence, &[0, pcb, 6, a, b, c, d, sw1, sw2, lrc]);
            }
            (0x6F, _) => self.answer(0x80, sequence, &RESPONSE),
            _ => self.answer(0x81, sequence, &[]),
        }
        true
    }

    fn answer(&mut self, kind: u8, sequence: u8, body: &[u8]) {
        self.reply[..10].copy_from_slice(&[kind, body.len() as u8, 0, 0, 0, 0, sequence, 0, 0, 0]);
        self.reply[10..10 + body.len()].copy_from_slice(body);
        self.len = 10 + body.len();
    }

    /// A bulk-IN transfer.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Read {
        let len = std::mem::take(&mut self.len).min(buffer.len());
        buffer[..len].copy_from_slice(&self.reply[..len]);
        Read::Done(len)
    }
}
