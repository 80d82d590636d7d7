//! The rig's hardware behind the protocol's server: the contacts of a card, carried out on a board.

use crate::board::Board;
use crate::log;
use kaztoken_rig::bench::{Bench, Identity};
use kaztoken_rig::hello::Features;
use kaztoken_rig::message::LogLevel;
use kaztoken_rig::{Fault, Micros};

/// Name and version.
pub const FIRMWARE: &str = concat!("kaztoken-rig-firmware ", env!("CARGO_PKG_VERSION"));

/// Memory
pub struct Memory;
impl Memory { pub const fn new() -> Self { Self } }

/// The contacts.
pub struct Contacts<'m, B> {
    pub board: B,
    memory: &'m mut Memory,
}

impl<'m, B: Board> Contacts<'m, B> {
    pub fn new(board: B, memory: &'m mut Memory) -> Self { Self { board, memory } }
    pub fn now(&mut self) -> Micros { Micros(self.board.micros()) }
    pub fn watch(&mut self, _now: Micros) { let _ = &self.memory; use embedded_hal::digital::InputPin; let _ = self.board.parts().detect.is_high(); }
}

impl<B: Board> Bench for Contacts<'_, B> {
    fn identity(&self) -> Identity {
        Identity { firmware: FIRMWARE, board: B::NAME, features: Features(Features::DEFMT) }
    }
    fn is_powered(&self) -> bool { false }
    fn stop(&mut self, _now: Micros) {}
    fn log_level(&mut self, level: LogLevel) -> Result<(), Fault> { log::set_level(level); Ok(()) }
}
