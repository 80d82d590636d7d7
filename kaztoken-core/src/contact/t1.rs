//! T=1: where a block ends, and when (11.4).

use super::{Action, Contact, ContactError, LINE_LEN, LineError, MAX_EXCESS, Phase, Protocol};
use crate::ccid::message::copy;
use crate::tpdu::t1::{MAX_BLOCK_LEN, Step};

/// The longest blocks that the machine takes.
pub(super) const IFSD: u8 = 254;

impl Contact<'_> {
    /// Begins a T=1 block of the owner's own; the answer is one block, whatever is in it.
    ///
    /// # Errors
    /// As [`begin_apdu`](Self::begin_apdu); [`ContactError::NotT1`], [`ContactError::CommandTooLong`].
    pub fn begin_block(&mut self, block: &[u8]) -> Result<(), ContactError> {
        self.ready()?;
        if !matches!(self.protocol, Protocol::T1(_)) {
            return Err(ContactError::NotT1);
        }
        if block.len() > MAX_BLOCK_LEN {
            return Err(ContactError::CommandTooLong { got: block.len() });
        }
        self.wipe();
        self.had_damage = false;
        copy(&mut self.memory.send, block);
        self.phase = Phase::RawBlock;
        self.queue(0, block.len());
        Ok(())
    }

    pub(super) fn send_block(&mut self, command: &[u8], phase: Phase) {
        self.wipe();
        let Protocol::T1(machine) = &self.protocol else { return };
        let len = machine.block(command, &mut self.memory.send);
        self.phase = phase;
        self.queue(0, len);
    }

    /// A character of a block. One that is wrong does not end it: silence does, and then the block is
    /// damaged.
    pub(super) fn take_block(
        &mut self,
        now: u64,
        character: Result<u8, LineError>,
    ) -> Result<(), ContactError> {
        if now > self.until || self.is_whole() {
            return Ok(()); // poll() is next.
        }
        self.until = self.after_clocks(now, self.character_wait());
        let byte = self.plain(character).unwrap_or_else(|_| {
            self.damaged = true;
            0
        });
        if self.received < LINE_LEN {
            return self.keep(byte);
        }
        self.damaged = true;
        self.excess = self.excess.saturating_add(1);
        if self.excess > MAX_EXCESS { Err(ContactError::Endless) } else { Ok(()) }
    }

    fn is_whole(&self) -> bool {
        match self.memory.received.get(..self.received) {
            Some([_, _, len, ..]) => !self.damaged && self.received >= usize::from(*len).saturating_add(4),
            _ => false,
        }
    }

    pub(super) fn poll_t1(
        &mut self,
        now: u64,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Action>, ContactError> {
        if now <= self.until && !self.is_whole() {
            return Ok(None);
        }
        let block = self.memory.received.get(..self.received).unwrap_or_default();
        if self.phase == Phase::RawBlock {
            return match block {
                _ if self.damaged => Err(ContactError::Parity),
                [] => Err(ContactError::Timeout),
                _ => match response.get_mut(..block.len()) {
                    Some(place) => {
                        copy(place, block);
                        Ok(Some(Action::Done(block.len())))
                    }
                    None => Err(ContactError::ResponseTooLong),
                },
            };
        }
        let Protocol::T1(machine) = &mut self.protocol else { return Err(ContactError::Busy) };
        self.had_damage |= self.damaged;
        let step = match block {
            _ if self.damaged => machine.handle_corruption(),
            [] => machine.handle_silence(),
            _ => machine.handle_block(block, response),
        };
        match (step, self.phase) {
            (Step::Send, phase) => self.send_block(command, phase),
            (Step::Done(_), Phase::Sizing) => {
                self.sized = true;
                machine.exchange(command).map_err(ContactError::T1)?;
                self.send_block(command, Phase::Block);
            }
            (Step::Done(len), _) => return Ok(Some(Action::Done(len))),
            (Step::Failed(_), _) if self.had_damage => return Err(ContactError::Parity),
            (Step::Failed(error), _) => return Err(ContactError::T1(error)),
        }
        Ok(None)
    }
}
