//! Our side: a link over the scripted device.

use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;
use std::rc::Rc;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, ClassRequest, LinkError, LinkOptions};
use kaztoken_core::drive::{ApduLink, BulkPipe};

use crate::cases::{Case, Judged};
use crate::device::{Device, Read};
use crate::outcome::{Next, Outcome, Run};

/// The time that a command is given.
const BUDGET: Millis = Millis(30_000);

/// Holds what the longest case brings.
const MESSAGE: usize = 600;

#[derive(Clone)]
struct Pipe(Rc<RefCell<Device>>);

/// The pipe's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Overflow,
    Endless,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Fault {}

impl BulkPipe for Pipe {
    type Error = Fault;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Fault> {
        if self.0.borrow_mut().write(message) { Ok(()) } else { Err(Fault::Endless) }
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Fault> {
        match self.0.borrow_mut().read(buffer, timeout.0) {
            Read::Done(len) => Ok(Some(len)),
            Read::TimedOut(0) => Ok(None),
            // As rusb has it.
            Read::TimedOut(len) => Ok(Some(len)),
            Read::Overflow => Err(Fault::Overflow),
            Read::Endless => Err(Fault::Endless),
        }
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(&mut self, _: ClassRequest, _: &mut [u8], _: Millis) -> Result<Option<usize>, Fault> {
        Ok(Some(0))
    }

    fn reset(&mut self) -> Result<bool, Fault> {
        Ok(true)
    }
}

fn outcome(error: LinkError<Fault>) -> Outcome {
    match error {
        LinkError::Pipe(Fault::Endless) => Outcome::Endless,
        LinkError::Ccid(error) => Outcome::Error(format!("{error:?}")),
        error => Outcome::Error(format!("{error:?}")),
    }
}

/// Runs one case.
pub(crate) fn run(case: &Case) -> Result<Run, String> {
    let class = ClassDescriptor::parse(&case.descriptor).map_err(|error| error.to_string())?;
    let device = Rc::new(RefCell::new(Device::new(case)));
    let clock = {
        let device = Rc::clone(&device);
        move || Millis(device.borrow().now)
    };
    let go_on = |_| ControlFlow::Continue(());
    let pipe = (Pipe(Rc::clone(&device)), clock);
    let link = CcidLink::open_in([0; MESSAGE], pipe, &class, LinkOptions::default(), go_on);
    let finish = |outcome, next| {
        let device = device.borrow();
        Run { outcome, sent: device.mismatch.clone(), next, wait: device.now, steps: device.steps }
    };
    let mut link = match link {
        Ok(link) => link,
        Err(error) => return Ok(finish(outcome(error), Next::None)),
    };
    let mut response = [0; 1_024];
    let result = match case.judged {
        Judged::PowerOn => Outcome::Response(link.atr_bytes().to_vec()),
        Judged::Command => (0..case.times).fold(Outcome::Error("no command".to_owned()), |_, _| {
            match link.transmit(&case.command, &mut response, BUDGET) {
                Ok(len) => Outcome::Response(response[..len].to_vec()),
                Err(error) => outcome(error),
            }
        }),
    };
    if case.tpdu() || result == Outcome::Endless {
        return Ok(finish(result, Next::None));
    }
    let judged = finish(result, Next::None);
    device.borrow_mut().judged();
    let next = match link.recover().and_then(|()| link.transmit(&[0, 0xA4, 4, 0], &mut response, BUDGET)) {
        Ok(len) => Next::of(&response[..len]),
        Err(_) => Next::Refused,
    };
    Ok(Run { next, ..judged })
}
