//! A bench that has the token's contacts: APDUs go straight to the card.

use crate::bench::{Bench, Identity};
use crate::hello::Features;
use crate::message::{CardState, LogLevel, Pins, SelfTest};
use crate::{Fault, Micros};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_virtual::Card;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Instant;
use zeroize::Zeroizing;

/// How long a call waits for the card itself: most commands need less.
const AT_ONCE: Duration = Duration::from_millis(2);
/// How long a reset is waited for.
const RESET_LIMIT: Duration = Duration::from_secs(1);

enum Job {
    Reset(u64),
    Process(u64, Zeroizing<Vec<u8>>),
}

struct Done {
    number: u64,
    response: Zeroizing<Vec<u8>>,
}

/// A virtual token on contacts. The card works in a thread of its own, so the rig hears its host meanwhile.
#[derive(Debug)]
pub struct ContactBench {
    atr: &'static [u8],
    jobs: Option<Sender<Job>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
    powered: bool,
    /// The number of the command under way, and when it began.
    under_way: Option<(u64, Micros)>,
    jobs_given: u64,
    commands: u64,
    level: LogLevel,
    generation_time: Millis,
    /// An answer that comes later than it could.
    held: Option<Zeroizing<Vec<u8>>>,
    clock: Instant,
    elapsed: Option<u64>,
    simulated: bool,
}

impl ContactBench {
    /// The card has no power yet.
    pub fn new(mut card: impl Card + Send + 'static) -> Self {
        let atr = card.model().atr();
        let (jobs, received) = channel();
        let (finished, done) = channel();
        let thread = std::thread::spawn(move || {
            for job in received {
                match job {
                    Job::Reset(number) => {
                        card.reset();
                        if finished.send(Done { number, response: Zeroizing::default() }).is_err() {
                            break;
                        }
                    }
                    Job::Process(number, command) => {
                        let mut response = Zeroizing::new(Vec::new());
                        card.process(&command, &mut response);
                        if finished.send(Done { number, response }).is_err() {
                            break;
                        }
                    }
                }
            }
        });
        Self {
            atr,
            jobs: Some(jobs),
            done,
            thread: Some(thread),
            powered: false,
            under_way: None,
            jobs_given: 0,
            commands: 0,
            level: LogLevel::default(),
            generation_time: Millis(0),
            held: None,
            clock: Instant::now(),
            elapsed: None,
            simulated: true,
        }
    }

    /// Whether it keeps to itself that it is simulated, so that the host's rules hold for it: to try them out.
    #[must_use]
    pub const fn as_hardware(mut self, as_hardware: bool) -> Self {
        self.simulated = !as_hardware;
        self
    }

    /// Generating a key takes this long at least.
    #[must_use]
    pub const fn generation_time(mut self, generation_time: Millis) -> Self {
        self.generation_time = generation_time;
        self
    }

    /// How many commands the card was given.
    #[must_use]
    pub const fn commands(&self) -> u64 {
        self.commands
    }

    /// The log level that the host asked for.
    #[must_use]
    pub const fn level(&self) -> LogLevel {
        self.level
    }

    fn tell(&self, job: Job) -> Result<(), Fault> {
        let jobs = self.jobs.as_ref().ok_or(Fault::Hardware(0))?;
        jobs.send(job).map_err(|_| Fault::Hardware(0))
    }

    /// The card ends what it has begun and forgets then who was logged in. An idle card has done so when this
    /// returns.
    fn reset_card(&mut self) -> Result<(), Fault> {
        let idle = self.under_way.take().is_none();
        self.held = None;
        self.jobs_given += 1;
        let number = self.jobs_given;
        self.tell(Job::Reset(number))?;
        if !idle {
            return Ok(());
        }
        let until = Instant::now() + RESET_LIMIT;
        loop {
            match self.done.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(done) if done.number == number => return Ok(()),
                Ok(_) => {}
                // Busy with a command that was given up before.
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Fault::Hardware(0)),
            }
        }
    }

    fn answer_to_reset(&mut self, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.reset_card()?;
        self.powered = true;
        self.elapsed = None;
        put(self.atr, out).map_err(Into::into)
    }
}

impl Bench for ContactBench {
    fn identity(&self) -> Identity {
        let bits = Features::APDU
            | Features::CARD_DETECT
            | Features::PINS
            | Features::SELF_TEST
            | if self.simulated { Features::SIMULATED } else { 0 };
        Identity {
            firmware: concat!("kaztoken-rig simulated ", env!("CARGO_PKG_VERSION")),
            board: "virtual token on contacts",
            features: Features(bits),
        }
    }

    fn is_powered(&self) -> bool {
        self.powered
    }

    fn elapsed(&self) -> Option<u64> {
        self.elapsed
    }

    fn stop(&mut self, _: Micros) {
        self.powered = false;
        let _ = self.reset_card();
    }

    fn power_on(&mut self, _: Micros, _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.answer_to_reset(out)
    }

    fn reset(&mut self, _: Micros, _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        if !self.powered {
            return Err(Fault::NotPowered.into());
        }
        self.answer_to_reset(out)
    }

    fn atr(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if !self.powered {
            return Err(Fault::NotPowered);
        }
        put(self.atr, out)
    }

    fn apdu(
        &mut self,
        now: Micros,
        command: &[u8],
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        if !self.powered {
            return Err(Fault::NotPowered.into());
        }
        let (number, begun) = match self.under_way {
            Some(under_way) => under_way,
            None => {
                self.commands += 1;
                self.jobs_given += 1;
                self.clock = Instant::now();
                self.tell(Job::Process(self.jobs_given, Zeroizing::new(command.to_vec())))?;
                (self.jobs_given, now)
            }
        };
        self.under_way = Some((number, begun));
        // GENERATE ASYMMETRIC KEY PAIR, the slow one.
        let slow = matches!(command, [0x00, 0x46, 0x00 | 0x80, ..]);
        let ready = if slow { begun.after(self.generation_time) } else { begun };
        loop {
            if let Some(response) = self.held.take_if(|_| now >= ready) {
                self.under_way = None;
                self.elapsed = u64::try_from(self.clock.elapsed().as_micros()).ok();
                return put(&response, out).map_err(Into::into);
            }
            match self.done.recv_timeout(AT_ONCE) {
                // The answer to a command that was given up.
                Ok(done) if done.number != number => {}
                Ok(done) => self.held = Some(done.response),
                Err(RecvTimeoutError::Timeout) if now > begun.after(budget) => {
                    self.stop(now);
                    return Err(Fault::Timeout.into());
                }
                Err(RecvTimeoutError::Timeout) => return Err(nb::Error::WouldBlock),
                Err(RecvTimeoutError::Disconnected) => return Err(Fault::Hardware(0).into()),
            }
        }
    }

    fn card(&mut self) -> Result<CardState, Fault> {
        Ok(CardState { present: Some(true), powered: self.powered })
    }

    fn pins(&mut self) -> Result<Pins, Fault> {
        let powered = Some(self.powered);
        Ok(Pins {
            vcc: powered,
            rst: powered,
            clk: powered,
            io: powered,
            detect: Some(true),
            over_current: Some(false),
        })
    }

    fn self_test(&mut self, _: Micros, _: Millis) -> nb::Result<SelfTest, Fault> {
        // One test: the card's thread is there.
        let gone =
            self.under_way.is_none() && matches!(self.done.try_recv(), Err(TryRecvError::Disconnected));
        Ok(SelfTest { ran: 1, failed: gone.into() })
    }

    fn log_level(&mut self, level: LogLevel) -> Result<(), Fault> {
        self.level = level;
        Ok(())
    }
}

/// Waits until the card has done what it was told.
impl Drop for ContactBench {
    fn drop(&mut self) {
        self.stop(Micros(0));
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(super) fn put(bytes: &[u8], out: &mut [u8]) -> Result<usize, Fault> {
    out.get_mut(..bytes.len()).ok_or(Fault::ResponseTooLong)?.copy_from_slice(bytes);
    Ok(bytes.len())
}
