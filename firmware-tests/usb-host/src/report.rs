//! What was checked, line by line: `ok NAME` and `FAILED NAME: reason`.

use core::fmt;

use embassy_time::Instant;
use kaztoken_core::ccid::LinkError;
use kaztoken_core::drive::Failure;
use semihosting::println;

use crate::controller::StartError;
use crate::token::UsbError;

/// What ended a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// The controller does not start.
    Start(StartError),
    /// The bus, before there was a link.
    Usb(UsbError),
    /// The link to the card.
    Link(LinkError<UsbError>),
    /// A conversation.
    Conversation(Failure<LinkError<UsbError>>),
    /// Something is not as it should be.
    Not(&'static str),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => error.fmt(f),
            Self::Usb(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
            Self::Conversation(error) => error.fmt(f),
            Self::Not(what) => write!(f, "expected: {what}"),
        }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<UsbError> for Trouble {
    fn from(error: UsbError) -> Self {
        Self::Usb(error)
    }
}

impl From<LinkError<UsbError>> for Trouble {
    fn from(error: LinkError<UsbError>) -> Self {
        Self::Link(error)
    }
}

impl From<Failure<LinkError<UsbError>>> for Trouble {
    fn from(error: Failure<LinkError<UsbError>>) -> Self {
        Self::Conversation(error)
    }
}

/// `Ok` when it is so.
pub(crate) fn expect(so: bool, what: &'static str) -> Result<(), Trouble> {
    if so { Ok(()) } else { Err(Trouble::Not(what)) }
}

/// The checks of one run, one after another.
#[derive(Debug)]
pub(crate) struct Report {
    step: Option<(&'static str, Instant)>,
}

impl Report {
    pub(crate) const fn new() -> Self {
        Self { step: None }
    }

    /// The check before this one passed, and this one begins.
    pub(crate) fn step(&mut self, name: &'static str) {
        self.passed();
        self.step = Some((name, Instant::now()));
    }

    fn passed(&mut self) {
        if let Some((name, begin)) = self.step.take() {
            println!("ok {name} ({} ms)", begin.elapsed().as_millis());
        }
    }

    /// The end of all checks. The exit status.
    pub(crate) fn finish(mut self, result: Result<(), Trouble>) -> i32 {
        match result {
            Ok(()) => {
                self.passed();
                0
            }
            Err(trouble) => {
                let name = self.step.map_or("start", |(name, _)| name);
                println!("FAILED {name}: {trouble}");
                1
            }
        }
    }
}
