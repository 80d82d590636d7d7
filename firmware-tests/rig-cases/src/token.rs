//! A token on every board: who the rig is, power, APDUs, times, the self-test, the log.

use crate::card;
use crate::machine::{BoardKind, Machine};
use crate::report::{Options, Outcome, Report, ensure, reason};
use crate::socket::Socket;
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::hello::Features;
use kaztoken_rig::host::{self, Line, Rig, RigLink};
use kaztoken_rig::message::{LogLevel, Outcome as Answer, Task};
use kaztoken_virtual::Model;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many APDUs there and back may take so long: the best of three, because other programs run, too.
pub(crate) const MANY: u32 = 200;
pub(crate) const MANY_LIMIT: Duration = Duration::from_secs(2);
/// The same for boards that run beside each other.
const MANY_BESIDE: Duration = Duration::from_secs(10);
/// SELECT of the master file, with its answer.
pub(crate) const SELECT: &[u8] = &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00];
/// Long enough for anything that a case waits for.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// How long an emulated port may take for a hello that waits behind other bytes.
const DELIVERY: Duration = Duration::from_secs(20);

/// What a case runs on.
pub(crate) struct Bench<'o> {
    pub(crate) board: BoardKind,
    /// It has the machine to itself, and every case.
    pub(crate) is_first: bool,
    pub(crate) options: &'o Options,
}

/// A running rig with a token on it.
pub(crate) struct Setup {
    pub(crate) machine: Machine,
    pub(crate) socket: Socket,
    pub(crate) model: Model,
}

impl Bench<'_> {
    /// The tokens that are tried: T=1 on every board, T=0 on the first.
    pub(crate) fn models(&self) -> &'static [Model] {
        if self.is_first { &[Model::Kaztoken, Model::KaztokenSc] } else { &[Model::Kaztoken] }
    }

    /// The image of a board.
    pub(crate) fn image(&self) -> PathBuf {
        self.options.images.join(self.board.target).join("release").join(self.board.name)
    }

    /// An empty folder for one machine.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.options.folder.join(self.board.name).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(reason)?;
        }
        fs::create_dir_all(&folder).map_err(reason)?;
        Ok(folder)
    }

    /// Starts the board with a factory-fresh token of this model.
    pub(crate) fn start(&self, name: &str, model: Model) -> Result<Setup, String> {
        let (machine, ports) =
            Machine::start(self.board, &self.image(), &self.folder(name)?).map_err(reason)?;
        let socket = Socket::start(ports, card::card(model)).map_err(reason)?;
        Ok(Setup { machine, socket, model })
    }
}

impl Setup {
    /// The rig as the computer sees it. An emulated port may still have to deliver what was sent before.
    pub(crate) fn rig(&self) -> Result<Rig, String> {
        let begun = Instant::now();
        loop {
            match self.rig_with(host::Options::default()) {
                Err(_) if begun.elapsed() < DELIVERY => {}
                result => return result,
            }
        }
    }

    /// The same, once, otherwise.
    pub(crate) fn rig_with(&self, options: host::Options) -> Result<Rig, String> {
        let stream = crate::machine::connect(&self.machine.host()).map_err(reason)?;
        Rig::over(Line::from_unix(stream).map_err(reason)?, options).map_err(reason)
    }

    /// The token has no power, and lost it in the order that it needs.
    pub(crate) fn is_safe(&self) -> Result<(), String> {
        ensure(self.socket.wait(SOON, |seen| seen.is_off()), || "the token still has power".into())?;
        let seen = self.socket.seen();
        ensure(seen.is_in_order(), || {
            let last = seen.levels.len().saturating_sub(6);
            format!("contacts out of order: {:?}", &seen.levels[last..])
        })
    }
}

/// One command, which must succeed.
pub(crate) fn select(link: &mut RigLink) -> Result<(), String> {
    let mut response = [0; 258];
    let len = link.transmit(SELECT, &mut response, Millis(3_000)).map_err(reason)?;
    let response = &response[..len];
    // A T=0 token says that there is more to fetch.
    let right = response.ends_with(&[0x90, 0x00]) || matches!(response, [.., 0x61, _]);
    ensure(right, || format!("SELECT answered {response:02X?}"))
}

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    let board = bench.board.name;
    for &model in bench.models() {
        let setup = match bench.start("token", model) {
            Ok(setup) => setup,
            Err(why) => {
                report.case(format_args!("{board}, {model:?}: starts"), || Err(why));
                continue;
            }
        };
        report.case(format_args!("{board}, {model:?}: says who it is"), || about(&setup, board));
        report.case(format_args!("{board}, {model:?}: answer to reset, cold and warm"), || resets(&setup));
        report.case(format_args!("{board}, {model:?}: {MANY} APDUs"), || many(&setup, bench.is_first));
        report.case(format_args!("{board}, {model:?}: contacts, time of an exchange"), || contacts(&setup));
        report.case(format_args!("{board}, {model:?}: tests itself"), || self_test(&setup));
        report.case(format_args!("{board}, {model:?}: log as wanted"), || log(&setup));
        report.case(format_args!("{board}, {model:?}: the computer goes"), || {
            // Every line above is closed by now.
            setup.is_safe().map(|()| String::new())
        });
    }
}

fn about(setup: &Setup, board: &str) -> Outcome {
    let rig = setup.rig()?;
    let about = rig.about();
    let wanted = Features::APDU
        | Features::BLOCKS
        | Features::CARD_DETECT
        | Features::PINS
        | Features::SELF_TEST
        | Features::DEFMT;
    ensure(about.board.contains(board) && about.features.has(wanted), || format!("{about:?}"))?;
    Ok(about.firmware.clone())
}

fn resets(setup: &Setup) -> Outcome {
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    for _ in 0..2 {
        ensure(link.atr() == setup.model.atr(), || format!("{:02X?}", link.atr()))?;
        link.reset().map_err(reason)?;
    }
    link.power_cycle().map_err(reason)?;
    ensure(link.atr() == setup.model.atr(), || format!("{:02X?}", link.atr()))?;
    let seen = setup.socket.seen();
    ensure(seen.power_ons >= 2 && seen.is_in_order(), || {
        format!("contacts out of order: {:?}", seen.levels)
    })?;
    link.power_off();
    setup.is_safe()?;
    Ok(String::new())
}

fn many(setup: &Setup, alone: bool) -> Outcome {
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    let (turns, limit) = if alone { (3, MANY_LIMIT) } else { (1, MANY_BESIDE) };
    let mut took = Duration::MAX;
    for _ in 0..turns {
        let begun = Instant::now();
        for _ in 0..MANY {
            select(&mut link)?;
        }
        took = took.min(begun.elapsed());
    }
    ensure(took < limit, || format!("took {took:?}"))?;
    Ok(format!("{} ms", took.as_millis()))
}

fn contacts(setup: &Setup) -> Outcome {
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    select(&mut link)?;
    let rig = link.rig();
    let Answer::Timing(timing) = rig.ask(&Task::Timing).map_err(reason)? else {
        return Err("no time".into());
    };
    ensure(timing.micros > 0 && usize::from(timing.sent) == SELECT.len() && timing.received >= 2, || {
        format!("{timing:?}")
    })?;
    let Answer::Pins(pins) = rig.ask(&Task::Pins).map_err(reason)? else { return Err("no levels".into()) };
    let on = [pins.vcc, pins.rst, pins.clk, pins.detect].iter().all(|level| *level == Some(true));
    ensure(on && pins.over_current == Some(false), || format!("{pins:?}"))?;
    let Answer::Card(card) = rig.ask(&Task::Card).map_err(reason)? else { return Err("no card".into()) };
    ensure(card.present == Some(true) && card.powered, || format!("{card:?}"))?;
    Ok(format!("an exchange takes {} us", timing.micros))
}

fn self_test(setup: &Setup) -> Outcome {
    let mut rig = setup.rig()?;
    let task = Task::SelfTest { budget: 10_000 };
    let Answer::SelfTest(result) = rig.ask(&task).map_err(reason)? else { return Err("no result".into()) };
    ensure(result.ran != 0 && result.failed == 0, || format!("{result:?}"))?;
    drop(rig);
    setup.is_safe()?;
    Ok(format!("tests {:b}", result.ran))
}

fn log(setup: &Setup) -> Outcome {
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let sink = Arc::clone(&heard);
    let options = host::Options {
        log: Some(Box::new(move |bytes| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        })),
        ..host::Options::default()
    };
    let mut rig = setup.rig_with(options)?;
    let len = |heard: &Mutex<Vec<u8>>| heard.lock().unwrap_or_else(PoisonError::into_inner).len();
    rig.ask(&Task::Log { level: LogLevel::Debug }).map_err(reason)?;
    let mut link = RigLink::open(rig).map_err(reason)?;
    select(&mut link)?;
    link.rig().ask(&Task::Pins).map_err(reason)?;
    let wanted = len(&heard);
    ensure(wanted > 0, || "nothing was logged".into())?;
    link.rig().ask(&Task::Log { level: LogLevel::Off }).map_err(reason)?;
    // What was logged before is still on its way.
    for _ in 0..20 {
        link.rig().ask(&Task::Pins).map_err(reason)?;
    }
    let before = len(&heard);
    for _ in 0..20 {
        select(&mut link)?;
    }
    ensure(len(&heard) == before, || "the log goes on after it was switched off".into())?;
    // rzCOBS ends each message with a zero.
    let messages =
        heard.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|byte| **byte == 0).count();
    ensure(messages > 0, || "no message is whole".into())?;
    Ok(format!("{messages} messages in {before} bytes"))
}
