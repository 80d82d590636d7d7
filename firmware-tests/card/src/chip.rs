//! The card on its ports: what the interrupts do, and what the main loop does.

use crate::contacts::Contacts;
use crate::job::Job;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_lines::{CardLevels, ReaderLevels};

/// A serial port, seen from an interrupt: neither side waits.
pub trait Port {
    /// The next byte that came.
    fn get(&self) -> Option<u8>;

    /// Sends a byte. `false`: it has no room now.
    fn put(&self, byte: u8) -> bool;
}

/// The card on two ports: C7, and the other contacts ([`kaztoken_lines`]).
pub struct Chip<P> {
    contacts: Contacts,
    line: P,
    levels: P,
    /// What waits for its port.
    character: Option<u8>,
    announcement: Option<u8>,
}

impl<P: Port> Chip<P> {
    /// A card that says that it is there.
    pub const fn new(contacts: Contacts, line: P, levels: P) -> Self {
        let present = CardLevels { present: true, over_current: false, wrong_parity: false };
        Self { contacts, line, levels, character: None, announcement: Some(present.to_byte()) }
    }

    /// What an interrupt does: takes what came, sends what it can. The contacts first: a character that comes with
    /// their change belongs to what was before.
    pub fn serve(&mut self, now: Millis) {
        while let Some(byte) = self.levels.get() {
            if ReaderLevels::from_byte(byte).is_some_and(|levels| self.contacts.levels(levels)) {
                self.character = None;
            }
        }
        while let Some(byte) = self.line.get() {
            self.contacts.receive(now, byte);
        }
        self.contacts.tick(now);
        if self.announcement.is_some_and(|byte| self.levels.put(byte)) {
            self.announcement = None;
        }
        loop {
            self.character = self.character.take().or_else(|| self.contacts.transmit());
            let Some(byte) = self.character else { return };
            if !self.line.put(byte) {
                return;
            }
            self.character = None;
        }
    }

    /// What the main loop does next.
    pub fn job(&mut self) -> Option<Job> {
        self.contacts.job()
    }

    /// The contacts.
    pub const fn contacts(&mut self) -> &mut Contacts {
        &mut self.contacts
    }
}

impl<P> fmt::Debug for Chip<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chip").field("contacts", &self.contacts).finish_non_exhaustive()
    }
}
