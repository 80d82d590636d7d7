//! What can go wrong between the rig and the token: a typed error at the computer, a token without power, and after
//! it the next token works as if nothing had been.

use crate::report::{Outcome, Report, ensure, reason};
use crate::socket::Trouble;
use crate::token::{Bench, SELECT, Setup, select};
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::Fault;
use kaztoken_rig::host::{Error, RigLink};
use kaztoken_virtual::Model;
use std::thread;
use std::time::Duration;

/// How long until a board has taken what its card's end has sent.
const QUEUES: Duration = Duration::from_millis(100);

/// When the trouble shows.
#[derive(Copy, Clone, Debug)]
enum When {
    /// At power on.
    PowerOn,
    /// At a command after it.
    Command,
}

/// A trouble, when it shows, and what the computer is told.
type Case = (&'static str, Trouble, When, fn(Fault) -> bool);

/// The troubles; `atr` is how many characters come before the first command.
fn troubles(atr: usize, t1: bool) -> Vec<Case> {
    use Trouble as T;
    let mut cases: Vec<Case> = vec![
        ("no card", T::Absent, When::PowerOn, |fault| fault == Fault::NoCard),
        ("a mute card", T::Mute, When::PowerOn, |fault| fault == Fault::Mute),
        ("wrong TS", T::WrongTs, When::PowerOn, |fault| matches!(fault, Fault::WrongTs(_))),
        ("an answer to reset without end", T::EndlessAtr, When::PowerOn, |fault| fault == Fault::BadAtr),
        ("an answer to reset that breaks off", T::MuteFrom(5), When::PowerOn, |fault| {
            matches!(fault, Fault::BadAtr | Fault::Timeout | Fault::Mute)
        }),
        ("an answer to reset with wrong parity", T::ParityFrom(3), When::PowerOn, |fault| {
            fault == Fault::Parity
        }),
        ("too much current at reset", T::OverCurrentAt(2), When::PowerOn, |fault| {
            fault == Fault::OverCurrent
        }),
        ("pulled out at reset", T::PulledAt(2), When::PowerOn, |fault| fault == Fault::NoCard),
        ("too much current in a command", T::OverCurrentAt(atr + 1), When::Command, |fault| {
            fault == Fault::OverCurrent
        }),
        ("pulled out in a command", T::PulledAt(atr + 1), When::Command, |fault| fault == Fault::NoCard),
        ("silence in a command", T::MuteFrom(atr), When::Command, |fault| {
            matches!(fault, Fault::Timeout | Fault::T1 | Fault::T0)
        }),
        ("silence in mid-answer", T::MuteFrom(atr + 2), When::Command, |fault| {
            matches!(fault, Fault::Timeout | Fault::T1 | Fault::T0)
        }),
        ("wrong parity without end", T::ParityFrom(atr), When::Command, |fault| {
            matches!(fault, Fault::Parity | Fault::T1 | Fault::T0)
        }),
    ];
    if t1 {
        cases
            .push(("a damaged answer to reset", T::FlipAt(4), When::PowerOn, |fault| fault == Fault::BadAtr));
    }
    cases
}

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    let board = bench.board.name;
    for &model in bench.models() {
        let setup = match bench.start("card-line", model) {
            Ok(setup) => setup,
            Err(why) => return report.case(format_args!("{board}: starts"), || Err(why)),
        };
        let t1 = model == Model::Kaztoken;
        // After its answer to reset the KAZTOKEN SC is asked for the speed of its TA1, four characters.
        let atr = model.atr().len() + if t1 { 0 } else { 4 };
        for (name, trouble, when, told) in troubles(atr, t1) {
            report.case(format_args!("{board}, {model:?}: {name}"), || fails(&setup, trouble, when, told));
        }
        if t1 {
            // T=1 asks for a damaged block again.
            for (name, trouble) in
                [("parity", Trouble::ParityAt(atr + 4)), ("a bit", Trouble::FlipAt(atr + 4))]
            {
                report.case(format_args!("{board}, {model:?}: recovers from {name} in a block"), || {
                    recovers(&setup, trouble)
                });
            }
        }
    }
}

fn fails(setup: &Setup, trouble: Trouble, when: When, told: fn(Fault) -> bool) -> Outcome {
    setup.socket.trouble(trouble);
    let rig = setup.rig()?;
    let result = match (when, RigLink::open(rig)) {
        (When::PowerOn, Ok(_)) => return Err("the token was powered on".into()),
        (When::PowerOn, Err(error)) => Err(error),
        (When::Command, Err(error)) => return Err(format!("at power on: {error}")),
        (When::Command, Ok(mut link)) => {
            let result = link.transmit(SELECT, &mut [0; 258], Millis(3_000));
            // Without power although the computer is still there.
            if result.is_err() {
                setup.is_safe()?;
            }
            result
        }
    };
    let fault = match result {
        Err(Error::Fault(fault)) if told(fault) => fault,
        other => return Err(format!("the computer was told {other:?}")),
    };
    setup.is_safe()?;
    // A card without power is silent; what is still in the emulator's queues comes late.
    thread::sleep(QUEUES);
    setup.socket.trouble(Trouble::None);
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    select(&mut link).map_err(|why| format!("and then: {why}"))?;
    Ok(format!("{fault:?}"))
}

fn recovers(setup: &Setup, trouble: Trouble) -> Outcome {
    setup.socket.trouble(trouble);
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    let result = select(&mut link);
    setup.socket.trouble(Trouble::None);
    result?;
    let seen = setup.socket.seen();
    ensure(seen.power_ons > 0, String::new)?;
    Ok(String::new())
}
