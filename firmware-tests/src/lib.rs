//! What the images share: a token for them to talk to, and the meters of instructions and stack.
//!
//! The token is at the far end of a bulk pipe, as bytes in a table: enough for a host's first questions.
#![no_std]
#![deny(unsafe_code)]

pub mod answers;
pub mod dialogue;
#[allow(unsafe_code, reason = "a timer's registers and the unused part of the stack are raw memory")]
pub mod meter;
pub mod reader;
#[cfg(feature = "gost")]
pub mod scheme;
pub mod scripts;
pub mod talk;

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

/// The digest that is signed.
pub const DIGEST: [u8; 32] = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\
\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F";

/// Its signature (r, then s, least significant byte first), and 9000.
pub const SIGNATURE: [u8; 66] = *b"\x54\x74\x97\xDD\x58\x4B\x4F\x56\x8B\xDA\xFA\x68\x0E\xF2\x4B\x45\
\xF2\xB8\x70\xB0\x75\x94\xEF\x1A\x36\x67\xEE\x5C\xE0\x70\x60\x10\xC4\x71\xB1\xC4\x44\x10\x88\x7F\
\x93\x10\xC6\xDE\x45\x4D\xB7\x5E\xD7\x20\xE9\x88\x32\x04\xA7\xD7\x76\x05\x31\xF0\xCE\x67\x80\x4F\
\x90\x00";

/// What the token knows: the beginning of a command and the answer. It answers 6D00 to anything else.
const ANSWERS: &[(&[u8], &[u8])] = &[
    // Serial number.
    (b"\x00\xCA\x01\x81", b"\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00"),
    // Logout.
    (b"\x80\x40", b"\x90\x00"),
    // The user's login, and the tries left.
    (b"\x00\x20\x00\x02\x0812345678", b"\x90\x00"),
    (b"\x00\x20\x00\x02", b"\x63\xC5"),
    // Private key 1 selected: 32 bytes, GOST R 34.10 with parameter set A.
    (
        b"\x00\xA4\x08\x00\x08\x10\x00\x10\x00\x60\x02\x00\x01",
        b"\x6F\x25\x80\x02\x00\x20\x82\x02\x10\x00\x83\x02\x00\x01\x85\x06\x03\x20\x00\xAA\x00\x00\
        \x86\x0F\x46\x00\x02\x02\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x90\x00",
    ),
    // Security environment for signing with it, and the signature.
    (b"\x00\x22\x41\xB6\x03\x84\x01\x01", b"\x90\x00"),
    (b"\x00\x2A\x9E\x9A\x20\x00\x01\x02\x03", &SIGNATURE),
];

/// The device's end of the pipe. It asks for time once before each answer to an APDU.
#[derive(Debug)]
pub struct Device {
    message: [u8; LONGEST],
    length: usize,
    delayed: bool,
}

/// Bytes of the longest message that the device sends.
const LONGEST: usize = 96;

impl Default for Device {
    fn default() -> Self {
        Self { message: [0; LONGEST], length: 0, delayed: false }
    }
}

impl Device {
    fn answer(&mut self, kind: u8, command: &[u8], data: &[u8]) {
        let sequence = command.get(6).copied().unwrap_or(0);
        self.message = [0; LONGEST];
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
                let known = ANSWERS.iter().find(|(command, _)| data.starts_with(command));
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
