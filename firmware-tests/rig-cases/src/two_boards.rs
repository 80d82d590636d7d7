//! Two microcontrollers that talk to each other: the rig on one, the virtual token on the other, no PC between.
//!
//! The card's board has C7 on its first serial port and the other contacts on its second ([`kaztoken_lines`]).

use crate::machine::{Machine, connect};
use crate::report::{Outcome, Report, ensure, reason};
use crate::token::{Bench, MANY, SOON, select};
use kaztoken_rig::host::{Line, Options, RigLink};
use kaztoken_rig::message::{Outcome as Answer, Task};
use std::path::Path;
use std::time::{Duration, Instant};

/// Two machines share the computer, and one of them is a whole token.
const LIMIT: Duration = Duration::from_secs(20);

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    match &bench.options.card {
        Some(card) => report.case("two boards: T=1 between them", || talk(bench, card)),
        None => println!("not run: two boards (no --card)"),
    }
}

fn talk(bench: &Bench<'_>, card: &Path) -> Outcome {
    let folder = bench.folder("two-boards")?;
    let rig = Machine::alone(bench.board, &bench.image(), &folder).map_err(reason)?;
    let port = |name: &str| format!("unix:{}", folder.join(name).display());
    // QEMU's own client does not wait for a socket that is not there yet.
    let host = connect(&rig.host()).map_err(reason)?;
    let card_folder = folder.join("card");
    let _card =
        Machine::boot("mps2-an386", card, &card_folder, &[port("line"), port("levels")]).map_err(reason)?;
    let line = Line::from_unix(host).map_err(reason)?;
    let mut rig = kaztoken_rig::host::Rig::over(line, Options::default()).map_err(reason)?;
    // The card's board says that there is a card as soon as it runs.
    let begun = Instant::now();
    while !matches!(rig.ask(&Task::Card), Ok(Answer::Card(card)) if card.present == Some(true)) {
        ensure(begun.elapsed() < SOON, || "the card's board did not start".into())?;
    }
    let mut link = RigLink::open(rig).map_err(reason)?;
    let begun = Instant::now();
    for _ in 0..MANY {
        select(&mut link)?;
    }
    let took = begun.elapsed();
    ensure(took < LIMIT, || format!("took {took:?}"))?;
    Ok(format!("{MANY} APDUs in {} ms", took.as_millis()))
}
