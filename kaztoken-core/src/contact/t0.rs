//! T=0 with its procedure bytes (10.3).

use super::{Action, Contact, ContactError, LineError, Phase, Protocol, t1};
use crate::tpdu::t0::Step;

/// NULL bytes in a row; each one is another waiting time. Its owner's time limit comes first as a rule.
const MAX_NULLS: u16 = u16::MAX;
const HEADER: usize = 5;

/// The TPDU under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    /// Data bytes go out up to here.
    end: usize,
    /// The first one that has not gone out.
    next: usize,
    /// Data bytes that may come.
    may_come: u16,
    nulls: u16,
}

impl Transfer {
    pub(super) const NONE: Self = Self { end: 0, next: 0, may_come: 0, nulls: 0 };
}

impl Contact<'_> {
    /// Begins a command APDU; with T=0 a short one. It is carried out once.
    ///
    /// # Errors
    /// [`ContactError::NotPowered`] or what took the power; [`ContactError::Busy`]; what T=0 or T=1 cannot
    /// carry. Nothing has been sent, and the card keeps its power.
    pub fn begin_apdu(&mut self, command: &[u8]) -> Result<(), ContactError> {
        self.ready()?;
        self.wipe();
        self.had_damage = false;
        match &mut self.protocol {
            Protocol::T0(machine) => {
                machine.exchange(command).map_err(ContactError::T0)?;
                self.send_tpdu(command);
            }
            Protocol::T1(machine) if self.sized => {
                machine.exchange(command).map_err(ContactError::T1)?;
                self.send_block(command, Phase::Block);
            }
            Protocol::T1(machine) => {
                machine.negotiate_ifsd(t1::IFSD).map_err(ContactError::T1)?;
                self.send_block(&[], Phase::Sizing);
            }
        }
        Ok(())
    }

    fn send_tpdu(&mut self, command: &[u8]) {
        self.wipe();
        let Protocol::T0(machine) = &self.protocol else { return };
        let end = machine.tpdu(command, &mut self.memory.send);
        let p3 = self.memory.send.get(4).copied().unwrap_or(0);
        let may_come = match (end, command.len(), p3) {
            (HEADER, 4, _) => 0,
            (HEADER, _, 0) => 256,
            (HEADER, ..) => p3.into(),
            _ => 0,
        };
        self.t0 = Transfer { end, next: HEADER, may_come, nulls: 0 };
        self.phase = Phase::Procedure;
        // The header goes out; the data waits for a procedure byte.
        self.queue(0, end.min(HEADER));
    }

    /// A character of the card's.
    pub(super) fn take_t0(&mut self, now: u64, character: Result<u8, LineError>) -> Result<(), ContactError> {
        let byte = self.plain(character).inspect_err(|_| self.had_damage = true)?;
        self.until = self.after_clocks(now, self.work_wait());
        match self.phase {
            Phase::Data(left) => {
                self.keep(byte)?;
                self.t0.may_come = self.t0.may_come.saturating_sub(1);
                self.phase = if left > 1 { Phase::Data(left.saturating_sub(1)) } else { Phase::Procedure };
                Ok(())
            }
            Phase::Status => {
                self.keep(byte)?;
                self.phase = Phase::Complete;
                Ok(())
            }
            _ => self.procedure(byte),
        }
    }

    /// A procedure byte (10.3.3).
    fn procedure(&mut self, byte: u8) -> Result<(), ContactError> {
        let ins = self.memory.send.get(1).copied().unwrap_or(0);
        let one = byte == ins ^ 0xFF;
        match byte {
            0x60 if self.t0.nulls == MAX_NULLS => Err(ContactError::TooManyNulls),
            0x60 => {
                self.t0.nulls = self.t0.nulls.saturating_add(1);
                Ok(())
            }
            _ if (byte == ins || one) && self.t0.may_come > 0 => {
                self.t0.nulls = 0;
                self.phase = Phase::Data(if one { 1 } else { self.t0.may_come });
                Ok(())
            }
            _ if (byte == ins || one) && self.t0.next < self.t0.end => {
                let from = self.t0.next;
                self.t0.nulls = 0;
                self.t0.next = if one { from.saturating_add(1) } else { self.t0.end };
                self.queue(from, self.t0.next);
                Ok(())
            }
            0x61..=0x6F | 0x90..=0x9F => {
                self.phase = Phase::Status;
                self.keep(byte)
            }
            _ => Err(ContactError::ProcedureByte(byte)),
        }
    }

    pub(super) fn poll_t0(
        &mut self,
        now: u64,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<Option<Action>, ContactError> {
        if self.phase != Phase::Complete {
            return if now > self.until { Err(ContactError::Timeout) } else { Ok(None) };
        }
        let Protocol::T0(machine) = &mut self.protocol else { return Err(ContactError::Busy) };
        let answer = self.memory.received.get(..self.received).unwrap_or_default();
        match machine.handle_answer(answer, command, response) {
            Step::Send => {
                self.send_tpdu(command);
                Ok(None)
            }
            Step::Done(len) => Ok(Some(Action::Done(len))),
            Step::Failed(error) => Err(ContactError::T0(error)),
        }
    }
}
