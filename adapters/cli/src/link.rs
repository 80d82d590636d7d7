//! The link of every command: any transport, stopped by Ctrl-C, and only pretended to in a dry run.

use crate::dry_run::Plan;
use crate::exit::{Problem, interrupted};
use crate::progress;
use core::cell::RefCell;
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_trace::{Record, Track};
use std::rc::Rc;

/// A link of any transport, whose errors are messages for people.
pub(crate) struct AnyLink(Box<dyn ApduLink<Error = Problem>>);

/// The link to the token in use.
pub(crate) struct Link {
    transport: AnyLink,
    /// In a dry run, where commands go that would change the token.
    plan: Option<Rc<RefCell<Plan>>>,
}

/// A transport whose commands and responses are recorded.
struct Recorded {
    transport: AnyLink,
    track: Track,
}

impl ApduLink for Recorded {
    type Error = Problem;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Problem> {
        self.track.command(command);
        let result = self.transport.transmit(command, response, budget);
        match &result {
            Ok(len) => self.track.put(Record::Response(response.get(..*len).unwrap_or_default().to_vec())),
            Err(problem) => self.track.failed(problem),
        }
        result
    }

    fn begin(&mut self) -> Result<(), Problem> {
        self.transport.begin()
    }

    fn end(&mut self) {
        self.transport.end();
    }

    fn recover(&mut self) -> Result<bool, Problem> {
        let result = self.transport.recover();
        match &result {
            Ok(done) => self.track.put(Record::Recover(*done)),
            Err(problem) => self.track.failed(problem),
        }
        result
    }

    fn power_off(&mut self) {
        self.track.put(Record::PowerOff);
        self.transport.power_off();
    }
}

/// The same transport, recorded if there is a track.
pub(crate) fn recorded(transport: AnyLink, track: Option<Track>) -> AnyLink {
    match track {
        Some(track) => AnyLink(Box::new(Recorded { transport, track })),
        None => transport,
    }
}

impl Link {
    pub(crate) fn new(transport: AnyLink, plan: Option<&Rc<RefCell<Plan>>>) -> Self {
        Self { transport, plan: plan.cloned() }
    }
}

impl ApduLink for Link {
    type Error = Problem;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Problem> {
        if progress::interrupted() {
            return Err(interrupted());
        }
        match &self.plan {
            Some(plan) => plan.borrow_mut().transmit(&mut self.transport, command, response, budget),
            None => self.transport.transmit(command, response, budget),
        }
    }

    fn begin(&mut self) -> Result<(), Problem> {
        self.transport.begin()
    }

    fn end(&mut self) {
        self.transport.end();
    }

    fn recover(&mut self) -> Result<bool, Problem> {
        self.transport.recover()
    }

    fn power_off(&mut self) {
        self.transport.power_off();
    }
}

/// Forgets which transport it is.
pub(crate) fn boxed<L>(link: L) -> AnyLink
where
    L: ApduLink + 'static,
    L::Error: Into<Problem>,
{
    AnyLink(Box::new(Told(link)))
}

impl ApduLink for AnyLink {
    type Error = Problem;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Problem> {
        self.0.transmit(command, response, budget)
    }

    fn begin(&mut self) -> Result<(), Problem> {
        self.0.begin()
    }

    fn end(&mut self) {
        self.0.end();
    }

    fn recover(&mut self) -> Result<bool, Problem> {
        self.0.recover()
    }

    fn power_off(&mut self) {
        self.0.power_off();
    }
}

/// A link whose errors are messages for people.
struct Told<L>(L);

impl<L> ApduLink for Told<L>
where
    L: ApduLink,
    L::Error: Into<Problem>,
{
    type Error = Problem;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Problem> {
        self.0.transmit(command, response, budget).map_err(Into::into)
    }

    fn begin(&mut self) -> Result<(), Problem> {
        self.0.begin().map_err(Into::into)
    }

    fn end(&mut self) {
        self.0.end();
    }

    fn recover(&mut self) -> Result<bool, Problem> {
        self.0.recover().map_err(Into::into)
    }

    fn power_off(&mut self) {
        self.0.power_off();
    }
}
