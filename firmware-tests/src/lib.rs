//! A token at the far end of a bulk pipe, as bytes in a table: enough for a host's first questions.
#![no_std]
#![forbid(unsafe_code)]

use core::convert::Infallible;

use kaztoken_core::Millis;
use kaztoken_core::drive::BulkPipe;

/// The KAZTOKEN's answer to reset.
pub const ATR: [u8; 12] = *b"\x3B\x88\x01KAZTOKEN\x82";

/// The class descriptor of the family's USB token: short APDUs, T=1, 271 bytes a message.
pub const CLASS_DESCRIPTOR: [u8; 54] = [
    54, 0x21, 0x00, 0x01, 0, 1, 2, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0, 0x80, 0x25, 0, 0, 0x80,
    0x25, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x08, 0x02, 0, 0x0F, 0x01, 0, 0, 0xFF, 0xFF,
    0, 0, 0, 1,
];

/// What the token knows: a command and its answer. It answers 6D00 to anything else.
const ANSWERS: &[(&[u8], &[u8])] = &[
    (b"\x00\xCA\x01\x81\x00", b"\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00"), // serial number
    (b"\x00\x20\x00\x01", b"\x63\xCA"),                                     // administrator's tries
    (b"\x00\x20\x00\x02", b"\x63\xC5"),                                     // user's tries
    (b"\x80\x40\x00\x00", b"\x90\x00"),                                     // logout
    (b"\x00\x20\x00\x02\x0812345678", b"\x90\x00"),                         // login
];

/// The device's end of the pipe. It asks for time once before each answer to an APDU.
#[derive(Debug, Default)]
pub struct Device {
    message: [u8; 32],
    length: usize,
    delayed: bool,
}

impl Device {
    fn answer(&mut self, kind: u8, command: &[u8], data: &[u8]) {
        let sequence = command.get(6).copied().unwrap_or(0);
        self.message = [0; 32];
        for (to, from) in self.message.iter_mut().zip([kind, data.len() as u8, 0, 0, 0, 0, sequence]) {
            *to = from;
        }
        for (to, from) in self.message.iter_mut().skip(10).zip(data) {
            *to = *from;
        }
        self.length = 10 + data.len();
    }
}

impl BulkPipe for Device {
    type Error = Infallible;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Infallible> {
        let data = message.get(10..).unwrap_or_default();
        match message.first() {
            Some(0x62) => self.answer(0x80, message, &ATR),
            Some(0x6F) => {
                let known = ANSWERS.iter().find(|(command, _)| *command == data);
                self.answer(0x80, message, known.map_or(b"\x6D\x00", |(_, answer)| answer));
                self.delayed = true;
            }
            _ => self.answer(0x81, message, &[]),
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Millis) -> Result<Option<usize>, Infallible> {
        let sequence = self.message[6];
        let wait = [0x80, 0, 0, 0, 0, 0, sequence, 0x80, 1, 0];
        let transfer = match (core::mem::take(&mut self.delayed), self.message.get(..self.length)) {
            (true, _) => &wait[..],
            (false, Some([])) | (false, None) => return Ok(None),
            (false, Some(message)) => message,
        };
        for (to, from) in buffer.iter_mut().zip(transfer) {
            *to = *from;
        }
        Ok(Some(transfer.len()))
    }
}
