//! The computer's requests, carried out on a card's contacts.

use crate::board::Board;
use crate::contacts::{Contacts, Turn};
use crate::log;
use crate::self_test;
use kaztoken_core::Millis;
use kaztoken_core::contact::{Levels, Memory};
use kaztoken_rig::bench::{Bench, Identity};
use kaztoken_rig::hello::Features;
use kaztoken_rig::message::{CardState, LogLevel, Pins, SelfTest};
use kaztoken_rig::{Fault, Micros};

/// Name and version.
pub const FIRMWARE: &str = concat!("kaztoken-rig-firmware ", env!("CARGO_PKG_VERSION"));

/// What the computer waits for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Job {
    Nothing,
    /// Until this moment.
    Reset(Micros),
    Apdu(Micros),
    Block(Micros),
}

/// The contacts, and what is under way on them.
#[derive(Debug)]
pub struct ContactBench<'m, B> {
    /// The contacts.
    pub contacts: Contacts<'m, B>,
    job: Job,
}

impl<'m, B: Board> ContactBench<'m, B> {
    /// Nothing is under way.
    pub fn new(board: B, memory: &'m mut Memory) -> Self {
        Self { contacts: Contacts::new(board, memory), job: Job::Nothing }
    }

    /// What became of a job; one that takes longer than its budget costs the card its power.
    fn turn(&mut self, now: Micros, until: Micros, turn: Result<Turn, Fault>) -> nb::Result<usize, Fault> {
        match turn {
            Ok(Turn::Done(len)) => {
                self.job = Job::Nothing;
                Ok(len)
            }
            Ok(Turn::Wait) if now > until => {
                self.job = Job::Nothing;
                let fault = if self.contacts.had_parity() { Fault::Parity } else { Fault::Timeout };
                Err(self.contacts.fail(fault).into())
            }
            Ok(Turn::Wait) => Err(nb::Error::WouldBlock),
            Err(fault) => {
                self.job = Job::Nothing;
                Err(fault.into())
            }
        }
    }

    fn answer(
        &mut self,
        now: Micros,
        budget: Millis,
        cold: bool,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        let until = match self.job {
            Job::Reset(until) => until,
            _ => {
                self.contacts.begin_reset(now, cold)?;
                let until = now.after(budget);
                self.job = Job::Reset(until);
                until
            }
        };
        let turn = self.contacts.poll(now, &[], &mut []);
        self.turn(now, until, turn)?;
        Ok(copy(out, self.contacts.atr()).ok_or(Fault::TooLong)?)
    }
}

impl<B: Board> Bench for ContactBench<'_, B> {
    fn identity(&self) -> Identity {
        let bits = Features::APDU
            | Features::BLOCKS
            | Features::CARD_DETECT
            | Features::PINS
            | Features::SELF_TEST
            | Features::DEFMT;
        let emulated = if B::EMULATED { Features::SIMULATED } else { 0 };
        Identity { firmware: FIRMWARE, board: B::NAME, features: Features(bits | emulated) }
    }

    fn is_powered(&self) -> bool {
        self.contacts.is_powered()
    }

    fn stop(&mut self, _: Micros) {
        if self.contacts.is_powered() {
            log!(Info, info, "power off");
        }
        self.job = Job::Nothing;
        self.contacts.off();
    }

    fn power_on(&mut self, now: Micros, budget: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.answer(now, budget, true, out)
    }

    fn reset(&mut self, now: Micros, budget: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.answer(now, budget, false, out)
    }

    fn atr(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        match self.contacts.atr() {
            [] => Err(Fault::NotPowered),
            atr => copy(out, atr).ok_or(Fault::TooLong),
        }
    }

    fn apdu(
        &mut self,
        now: Micros,
        command: &[u8],
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        let until = match self.job {
            Job::Apdu(until) => until,
            _ => {
                self.contacts.begin_apdu(command)?;
                let until = now.after(budget);
                self.job = Job::Apdu(until);
                log!(Debug, debug, "{=usize} bytes to the token", command.len());
                until
            }
        };
        let turn = self.contacts.poll(now, command, out);
        self.turn(now, until, turn)
    }

    fn block(
        &mut self,
        now: Micros,
        block: &[u8],
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        let until = match self.job {
            Job::Block(until) => until,
            _ => {
                self.contacts.begin_block(block)?;
                let until = now.after(budget);
                self.job = Job::Block(until);
                until
            }
        };
        let turn = self.contacts.poll(now, &[], out);
        self.turn(now, until, turn)
    }

    fn card(&mut self) -> Result<CardState, Fault> {
        Ok(CardState { present: Some(self.contacts.is_present()), powered: self.contacts.is_powered() })
    }

    fn pins(&mut self) -> Result<Pins, Fault> {
        let Levels { vcc, rst, clk } = self.contacts.levels();
        Ok(Pins {
            vcc: Some(vcc),
            rst: Some(rst),
            clk: Some(clk),
            io: None,
            detect: Some(self.contacts.is_present()),
            over_current: Some(self.contacts.is_overloaded()),
        })
    }

    fn self_test(&mut self, _: Micros, budget: Millis) -> nb::Result<SelfTest, Fault> {
        Ok(self_test::run(self, budget))
    }

    fn log_level(&mut self, level: LogLevel) -> Result<(), Fault> {
        log::set_level(level);
        Ok(())
    }
}

/// `None`: it does not fit.
fn copy(to: &mut [u8], from: &[u8]) -> Option<usize> {
    let place = to.get_mut(..from.len())?;
    place.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    Some(from.len())
}
