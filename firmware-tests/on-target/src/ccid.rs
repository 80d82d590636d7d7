//! CCID dialogues: every case of `kaztoken-core/vectors/ccid` through a link, as `adapters/usb/oracle` runs
//! them.

use core::cell::RefCell;
use core::ops::ControlFlow;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkError, LinkOptions};
use kaztoken_core::drive::ApduLink;

use crate::cases::{Cases, Failed, Wrong, same, wrong};
use crate::reader::{Fault, NEXT, Pipe, Reader};
use crate::scripts::{self, Case, Must};

/// The time that a command is given.
const BUDGET: Millis = Millis(30_000);
/// The longest message, command and response of the cases.
const MESSAGE: usize = 600;
const COMMAND: usize = 620;
const RESPONSE: usize = 1024;

/// Runs the cases of one file.
///
/// # Errors
/// [`Failed`].
pub fn dialogues(file: &'static [Case], at_least: usize) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for case in file {
        cases.run(case.label, || play(case));
    }
    cases.end(at_least)
}

#[inline(never)]
fn play(case: &'static Case) -> Result<(), Wrong> {
    let descriptor =
        ClassDescriptor::parse(case.descriptor).map_err(|error| wrong(format_args!("{error:?}")))?;
    let reader = RefCell::new(Reader::new(case));
    let clock = || Millis(reader.borrow().now());
    let go_on = |_| ControlFlow::Continue(());
    let pipe = (Pipe(&reader), clock);
    let mut response = [0; RESPONSE];
    let mut link = match CcidLink::open_in([0; MESSAGE], pipe, &descriptor, LinkOptions::default(), go_on) {
        Ok(link) => link,
        Err(error) => return judge(case, Err(error), &reader),
    };
    let got = if case.power_on {
        Ok(link.atr_bytes())
    } else {
        let mut buffer = [0; COMMAND];
        let command = scripts::write(case.command, &mut buffer);
        let mut got = Err(LinkError::Ccid(kaztoken_core::ccid::CcidError::NoCommand));
        for _ in 0..case.times {
            got = link.transmit(command, &mut response, BUDGET);
        }
        got.map(|len| &response[..len])
    };
    judge(case, got, &reader)?;
    if case.tpdu() {
        return Ok(());
    }
    // Nobody gets the answer to another command.
    reader.borrow_mut().judged();
    match link.recover().and_then(|()| link.transmit(&[0, 0xA4, 4, 0], &mut response, BUDGET)) {
        Ok(len) => same("the next command's answer", &response[..len], &NEXT),
        Err(_) => Ok(()),
    }
}

fn judge(case: &Case, got: Result<&[u8], LinkError<Fault>>, reader: &RefCell<Reader>) -> Result<(), Wrong> {
    if let Some(mismatch) = reader.borrow_mut().mismatch() {
        return Err(mismatch);
    }
    match (case.must, got) {
        (_, Err(LinkError::Pipe(Fault::Endless))) => Err(wrong(format_args!("endless"))),
        (Must::End, _) | (Must::Error, Err(_)) => Ok(()),
        (Must::Response(pieces), Ok(got)) if scripts::bytes(pieces, 0).eq(got.iter().copied()) => Ok(()),
        (Must::Response(_) | Must::Error, Ok(got)) => Err(wrong(format_args!("response {got:02X?}"))),
        (Must::Response(_), Err(error)) => Err(wrong(format_args!("{error:?}"))),
    }
}
