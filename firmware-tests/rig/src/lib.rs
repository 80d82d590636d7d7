//! The test rig: a token on the contacts of a microcontroller, a computer on its serial port.
//!
//! A board is one file in `src/bin`: it implements [`Board`] and hands it to [`run`]. Everything else is the same
//! everywhere: the computer's requests ([`kaztoken_rig`]), the contacts' machine of the core, the log.
//!
//! When anything goes wrong the token loses its power: the computer falls silent, the token breaks the rules, it
//! draws too much current, the firmware panics.
//!
//! No real token and no real board has run it yet; QEMU has.
#![no_std]

pub mod bench;
pub mod board;
pub mod contacts;
pub mod emulated;
pub mod last_words;
pub mod log;
pub mod ring;
mod self_test;
pub mod serial;

pub use board::{Board, LastResort, Parts, Ticks};

use bench::ContactBench;
use embedded_hal_nb::serial::{Read, Write};
use kaztoken_core::contact::Memory;
use kaztoken_rig::server::{Buffers, Server};
use zeroize::Zeroize;

/// Bytes taken from the computer at a time.
const CHUNK: usize = 64;

/// Serves the computer for ever.
pub fn run<B: Board>(board: B) -> ! {
    let mut buffers = Buffers::new();
    let mut server = Server::new(&mut buffers, board::SILENCE);
    let mut memory = Memory::new();
    let mut bench = ContactBench::new(board, &mut memory);
    let mut log = Pending::new();
    log!(Info, info, "{=str} on {=str}", bench::FIRMWARE, B::NAME);
    loop {
        let now = bench.contacts.now();
        let mut input = [0; CHUNK];
        let mut len = 0;
        // A damaged byte is left out: the frame's checksum tells.
        for place in &mut input {
            match bench.contacts.board.parts().host.read() {
                Ok(byte) => *place = byte,
                Err(nb::Error::WouldBlock) => break,
                Err(nb::Error::Other(_)) => continue,
            }
            len += 1;
        }
        server.handle_input(now, input.get(..len).unwrap_or_default());
        input.zeroize();
        bench.contacts.watch();
        server.poll(now, &mut bench);
        let mut sent = 0;
        for &byte in server.poll_transmit() {
            if bench.contacts.board.parts().host.write(byte).is_err() {
                break;
            }
            sent += 1;
        }
        if sent > 0 {
            server.transmitted(sent);
        } else {
            log.offer(&mut server);
            if len == 0 {
                bench.contacts.board.rest();
            }
        }
    }
}

/// Log bytes that the server has not taken yet.
struct Pending {
    bytes: [u8; CHUNK],
    from: usize,
    to: usize,
}

impl Pending {
    const fn new() -> Self {
        Self { bytes: [0; CHUNK], from: 0, to: 0 }
    }

    fn offer(&mut self, server: &mut Server<'_>) {
        // Nobody to read it: the queue fills and drops, which costs the token nothing.
        if !server.has_session() {
            return;
        }
        if self.from >= self.to {
            self.from = 0;
            self.to = log::take(&mut self.bytes);
        }
        self.from += server.log(self.bytes.get(self.from..self.to).unwrap_or_default());
    }
}
