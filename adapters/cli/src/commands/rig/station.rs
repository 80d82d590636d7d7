//! The token on a rig as a plan uses it: on contacts or on USB, behind the guard.

use crate::args::Global;
use crate::device::{guard_rules, is_on_usb, open_rig, over_rig_usb};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::link::{AnyLink, boxed};
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_core::token::Serial;
use kaztoken_rig::Fault;
use kaztoken_rig::host::safety::Guard;
use kaztoken_rig::host::{About, Address, Error, Rig, RigLink};
use kaztoken_rig::message::{CardState, Outcome, Pins, Task};
use std::time::Instant;

/// As long as the longest command of the token may take.
const BUDGET: Millis = Millis(330_000);

/// A rig at work.
pub(super) struct Station<'g> {
    pub(super) about: About,
    pub(super) simulated: bool,
    token: Token<'g>,
}

enum Token<'g> {
    Contacts(Box<Guard<RigLink>>),
    Usb(Box<OnUsb<'g>>),
}

struct OnUsb<'g> {
    global: &'g Global,
    address: &'g Address,
    guard: Guard<WhilePowered>,
    micros: u64,
}

/// The link to a token on USB, which is there while it has power: a rig talks to one program at a time.
struct WhilePowered(Option<AnyLink>);

impl ApduLink for WhilePowered {
    type Error = Problem;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize> {
        match &mut self.0 {
            Some(link) => link.transmit(command, response, budget),
            None => Err(Error::Fault(Fault::NotPowered).into()),
        }
    }

    fn power_off(&mut self) {
        if let Some(link) = &mut self.0 {
            link.power_off();
        }
        self.0 = None;
    }
}

impl<'g> Station<'g> {
    pub(super) fn new(global: &'g Global, address: &'g Address, rig: Rig) -> Result<Self> {
        let about = rig.about().clone();
        let rules = guard_rules(&rig, global)?;
        let simulated = rules.simulated();
        let token = if is_on_usb(&rig) {
            let guard = rules.around(WhilePowered(None));
            Token::Usb(Box::new(OnUsb { global, address, guard, micros: 0 }))
        } else {
            Token::Contacts(Box::new(rules.around(RigLink::without_power(rig))))
        };
        Ok(Self { about, simulated, token })
    }

    /// What the ledger says of the commands from here on.
    pub(super) fn set_purpose(&mut self, purpose: String) {
        match &mut self.token {
            Token::Contacts(guard) => guard.set_purpose(purpose),
            Token::Usb(usb) => usb.guard.set_purpose(purpose),
        }
    }

    /// Power, also once more. The answer to reset.
    pub(super) fn power_on(&mut self) -> Result<Vec<u8>> {
        match &mut self.token {
            Token::Contacts(guard) => Ok(guard.power_on()?.to_vec()),
            Token::Usb(usb) => {
                usb.guard.power_off();
                let begun = Instant::now();
                let rig = open_rig(usb.address, usb.global)?;
                if *rig.about() != self.about {
                    return Err(Error::AnotherRig { board: rig.about().board.clone() }.into());
                }
                let (link, atr) = over_rig_usb(rig)?;
                usb.guard.replace(WhilePowered(Some(boxed(link))));
                usb.took(begun);
                Ok(atr)
            }
        }
    }

    /// Warm reset. The answer to reset.
    pub(super) fn reset(&mut self) -> Result<Vec<u8>> {
        match &mut self.token {
            Token::Contacts(guard) => Ok(guard.reset()?.to_vec()),
            Token::Usb(_) => Err(Problem::new(Code::Unsupported, say!("station-no-warm-reset"))),
        }
    }

    pub(super) fn power_off(&mut self) {
        match &mut self.token {
            Token::Contacts(guard) => guard.power_off(),
            Token::Usb(usb) => usb.guard.power_off(),
        }
    }

    /// The line as good as new, the token without power.
    pub(super) fn bring_back(&mut self) -> Result<()> {
        if let Token::Contacts(guard) = &mut self.token
            && guard.is_broken()
        {
            guard.reconnect()?;
        }
        self.power_off();
        Ok(())
    }

    pub(super) fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        let mut response = [0; 258];
        let len = match &mut self.token {
            Token::Contacts(guard) => guard.transmit(command, &mut response, BUDGET)?,
            Token::Usb(usb) => {
                let begun = Instant::now();
                let len = usb.guard.transmit(command, &mut response, BUDGET)?;
                usb.took(begun);
                len
            }
        };
        Ok(response.get(..len).unwrap_or_default().to_vec())
    }

    /// How long the last exchange took.
    pub(super) fn micros(&mut self) -> Result<u64> {
        match &mut self.token {
            Token::Contacts(guard) => match guard.ask(&Task::Timing)? {
                Outcome::Timing(timing) => Ok(timing.micros),
                _ => Err(Error::WrongAnswer.into()),
            },
            Token::Usb(usb) => Ok(usb.micros),
        }
    }

    pub(super) fn card(&mut self) -> Result<CardState> {
        match self.ask(&Task::Card)? {
            Outcome::Card(card) => Ok(card),
            _ => Err(Error::WrongAnswer.into()),
        }
    }

    pub(super) fn contacts(&mut self) -> Result<Pins> {
        match self.ask(&Task::Pins)? {
            Outcome::Pins(pins) => Ok(pins),
            _ => Err(Error::WrongAnswer.into()),
        }
    }

    fn ask(&mut self, task: &Task<'_>) -> Result<Outcome<'_>> {
        match &mut self.token {
            Token::Contacts(guard) => Ok(guard.ask(task)?),
            Token::Usb(_) => Err(Problem::new(Code::Unsupported, say!("station-no-contacts"))),
        }
    }

    /// Which token it is, if it has power and says so.
    pub(super) fn serial(&mut self) -> Option<Serial> {
        match &mut self.token {
            Token::Contacts(guard) => guard.serial().ok().flatten(),
            Token::Usb(usb) => usb.guard.serial().ok().flatten(),
        }
    }
}

impl OnUsb<'_> {
    fn took(&mut self, begun: Instant) {
        self.micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    }
}
