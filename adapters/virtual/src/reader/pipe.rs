//! A bulk pipe to a reader in the same process.

use super::Reader;
use crate::card::Card;
use crate::link::{LinkError, Transfers};
use alloc::vec::Vec;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;

/// A reader on a bus of its own, with a clock that only waiting moves.
///
/// `wait` is called with what a receive waits: it moves the caller's clock forward, or sleeps.
#[derive(Debug)]
pub struct ReaderPipe<C, W> {
    reader: Reader<C>,
    now: Millis,
    wait: W,
    transfers: Transfers,
}

impl<C: Card, W: FnMut(Millis)> ReaderPipe<C, W> {
    /// A pipe to this reader.
    pub const fn new(reader: Reader<C>, wait: W) -> Self {
        let transfers = Transfers { sent: 0, received: 0 };
        Self { reader, now: Millis(0), wait, transfers }
    }

    /// The reader.
    pub const fn reader(&mut self) -> &mut Reader<C> {
        &mut self.reader
    }

    /// The reader's time.
    pub const fn now(&self) -> Millis {
        self.now
    }

    /// How many bulk transfers there were, zero-length packets not counted.
    pub const fn transfers(&self) -> Transfers {
        self.transfers
    }

    /// What the interrupt endpoint has to say next.
    pub fn interrupt(&mut self) -> Option<Vec<u8>> {
        self.reader.notification()
    }

    /// Pulls a card out, now.
    pub fn remove(&mut self, slot: u8) -> Option<C> {
        self.reader.remove(self.now, slot)
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Millis) {
        self.now = self.now.after(time);
        (self.wait)(time);
    }

    fn plugged(&self) -> Result<(), LinkError> {
        if self.reader.is_unplugged() { Err(LinkError::Unplugged) } else { Ok(()) }
    }
}

impl<C: Card, W: FnMut(Millis)> BulkPipe for ReaderPipe<C, W> {
    type Error = LinkError;

    fn send(&mut self, message: &[u8], _timeout: Millis) -> Result<(), LinkError> {
        self.plugged()?;
        self.transfers.sent += 1;
        self.reader.handle(self.now, message);
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, LinkError> {
        self.plugged()?;
        let until = self.now.after(timeout);
        let due = self.reader.next_due().filter(|due| *due <= until);
        let wait = due.map_or(timeout, |due| due.since(self.now));
        if wait.0 > 0 {
            self.pass(wait);
        }
        let Some(mut bytes) = due.and_then(|_| self.reader.take(self.now)) else { return Ok(None) };
        let len = bytes.len().min(buffer.len());
        let rest = bytes.split_off(len);
        if !rest.is_empty() {
            self.reader.put_rest(self.now, rest);
        }
        for (to, from) in buffer.iter_mut().zip(&bytes) {
            *to = *from;
        }
        self.transfers.received += u64::from(len > 0);
        Ok(Some(len))
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        _timeout: Millis,
    ) -> Result<Option<usize>, LinkError> {
        self.plugged()?;
        let Some(answer) = self.reader.class_request(self.now, request) else { return Ok(None) };
        for (to, from) in data.iter_mut().zip(&answer) {
            *to = *from;
        }
        Ok(Some(answer.len().min(data.len())))
    }

    fn reset(&mut self) -> Result<bool, LinkError> {
        self.plugged()?;
        let works = self.reader.config().bus_reset;
        if works {
            self.reader.reset();
        }
        Ok(works)
    }
}
