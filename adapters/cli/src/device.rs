//! Finding tokens and choosing the one to work with.

pub(crate) mod presence;

use crate::args::{Global, Via};
use crate::dry_run::Plan;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::link::{AnyLink, Link, recorded};
use crate::output::{hex, printable};
use crate::said::Said as _;
use core::cell::RefCell;
use kaztoken_core::Millis;
use kaztoken_core::atr::{Atr, CommandSet, Model};
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkError, LinkOptions, Quirks};
use kaztoken_core::drive::{ApduLink, BulkPipe, Connection};
use kaztoken_core::token::{Protocol, Serial};
use kaztoken_rig::hello::Features;
use kaztoken_rig::host::safety::{Guard, Rules};
use kaztoken_rig::host::{Address, LogSink, Options, Rig, RigLink, RigPipe};
use kaztoken_trace::{RecordedPipe, Replay, Track};
use kaztoken_usb::{Candidate, Usb};
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::link::VirtualPipe;
use kaztoken_virtual::store::{FileStore, Store};
use kaztoken_virtual::{Card as _, VirtualToken, system_rng};
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

/// A token that is connected.
pub(crate) struct Token {
    pub(crate) connection: Connection<Link>,
    pub(crate) about: About,
}

/// What is known of a token from connecting to it.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) via: Via,
    /// Where it is: bus and port, reader name, file.
    pub(crate) place: String,
    pub(crate) atr: Vec<u8>,
    pub(crate) model: &'static str,
    pub(crate) serial: Serial,
    /// How many tokens are attached, this one included.
    pub(crate) attached: usize,
}

/// A device that may be a token.
pub(crate) struct Attached {
    pub(crate) via: Via,
    pub(crate) place: String,
    /// What it calls itself, as far as that shows without opening it.
    pub(crate) name: String,
    /// It is a token by its identity, whether it can be opened or not.
    pub(crate) is_token: bool,
    pub(crate) token: Result<Token>,
}

/// Everything that is attached by the way asked for, each opened or with the reason why not.
pub(crate) fn attached(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    let mut all = match global.via()? {
        Via::Virtual => global.virtual_files.iter().map(|file| virtual_file(file, global, plan)).collect(),
        Via::Usb => usb_or_pcsc(global, plan)?,
        Via::Pcsc => pcsc(global, plan)?,
        Via::Rig => global.rig().map(|address| on_rig(address, global, plan)).into_iter().collect(),
        Via::Replay => replayed(global, plan)?,
    };
    let tokens = all.iter().filter(|a: &&Attached| a.is_token || a.token.is_ok()).count();
    for attached in &mut all {
        if let Ok(token) = &mut attached.token {
            token.about.attached = tokens;
        }
    }
    Ok(all)
}

/// The one token to work with: the only one, or the one that `--device` names.
pub(crate) fn choose(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Token> {
    let all = attached(global, plan)?;
    if let Some(serial) = global.device {
        return named(all, serial);
    }
    let (mut tokens, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|attached| attached.is_token || attached.token.is_ok());
    match tokens.len() {
        0 => Err(match others.into_iter().find_map(|other| other.token.err()) {
            Some(problem) => problem,
            None => no_token(),
        }),
        1 => tokens.remove(0).token,
        number => {
            let lines: Vec<_> = tokens.iter().map(|attached| format!("  {}", one_line(attached))).collect();
            let message = say!("token-several", count = number);
            Err(Problem::new(Code::SeveralTokens, format!("{message}\n{}", lines.join("\n"))))
        }
    }
}

fn named(all: Vec<Attached>, serial: Serial) -> Result<Token> {
    let is_it = |attached: &Attached| matches!(&attached.token, Ok(token) if token.about.serial == serial);
    let (mut found, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_it);
    if let [_, _, ..] = found[..] {
        let lines: Vec<_> = found.iter().map(|attached| format!("\n  {}", one_line(attached))).collect();
        let number = found.len();
        let hex = format!("{serial:#}");
        let message = say!("token-twins", count = number, serial = serial.to_string(), hex = hex);
        return Err(Problem::new(Code::SeveralTokens, message + &lines.concat()));
    }
    if let Some(attached) = found.pop() {
        return attached.token;
    }
    let message = say!("token-no-such-serial", serial = serial.to_string(), hex = format!("{serial:#}"));
    let problem = Problem::new(Code::NoToken, message);
    if rest.is_empty() {
        return Err(problem.and(&say!("token-plug-it-in")));
    }
    let lines: String = rest.iter().map(|attached| format!("\n  {}", one_line(attached))).collect();
    Err(problem.and(&(say!("token-attached-are") + &lines)))
}

pub(crate) fn no_token() -> Problem {
    Problem::new(Code::NoToken, say!("token-none"))
}

fn one_line(attached: &Attached) -> String {
    match &attached.token {
        Ok(Token { about, .. }) => format!("{}  {}  {}", about.serial, about.model, attached.place),
        Err(problem) => format!("{}  {}  ({})", attached.name, attached.place, problem.message),
    }
}

/// Raw USB; where a PC/SC service holds a reader and the way was not asked for, through that service.
#[cfg(feature = "pcsc")]
fn usb_or_pcsc(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    let held = |attached: &Attached| attached.token.as_ref().is_err_and(|problem| problem.code == Code::Busy);
    let mut all = usb(global, plan)?;
    if !global.via_is_given() && all.iter().any(held) {
        let through_service = pcsc(global, plan).unwrap_or_default();
        if through_service.iter().any(|attached| attached.token.is_ok()) {
            all.retain(|attached| !held(attached));
            all.extend(through_service);
        }
    }
    Ok(all)
}

#[cfg(not(feature = "pcsc"))]
fn usb_or_pcsc(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    usb(global, plan)
}

#[cfg(feature = "pcsc")]
fn pcsc(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    let readers = kaztoken_pcsc::readers()?;
    Ok(readers.iter().map(|reader| pcsc_reader(reader, global, plan)).collect())
}

#[cfg(not(feature = "pcsc"))]
fn pcsc(_: &Global, _: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    Err(without_pcsc())
}

#[cfg(not(feature = "pcsc"))]
fn without_pcsc() -> Problem {
    Problem::new(Code::Unsupported, say!("token-no-pcsc"))
}

#[cfg(feature = "pcsc")]
fn pcsc_reader(
    reader: &kaztoken_pcsc::Reader,
    global: &Global,
    plan: Option<&Rc<RefCell<Plan>>>,
) -> Attached {
    let place = reader.name();
    // Other people's cards are not touched.
    let token = if reader.state.has_card() { known_model(&reader.atr).map(|_| ()) } else { Err(no_card()) };
    let is_token = token.is_ok();
    let token =
        token.and_then(|()| Ok(reader.connect(kaztoken_pcsc::Sharing::Exclusive)?)).and_then(|link| {
            let (atr, protocol) = (link.atr().to_vec(), link.protocol());
            let track = global.track(|| way(Via::Pcsc, &place).with_atr(&atr));
            let opened = Opened { link: recorded(crate::link::boxed(link), track), atr, protocol };
            connect(opened, plan, Via::Pcsc, place.clone())
        });
    Attached { via: Via::Pcsc, place, name: say!("token-is-card"), is_token, token }
}

#[cfg(feature = "pcsc")]
fn no_card() -> Problem {
    Problem::new(Code::NoToken, say!("token-reader-empty"))
}

fn usb(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    let candidates = Usb::new()?.discover()?;
    Ok(candidates.into_iter().map(|candidate| usb_candidate(&candidate, global, plan)).collect())
}

fn usb_candidate(candidate: &Candidate, global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Attached {
    let place = candidate.location.said();
    let name = candidate.product.clone().or_else(|| candidate.known.map(|known| known.name.to_owned()));
    let token = open_usb(candidate, global).and_then(|opened| connect(opened, plan, Via::Usb, place.clone()));
    Attached {
        via: Via::Usb,
        place,
        name: name.unwrap_or_else(|| format!("{:04X}:{:04X}", candidate.vendor_id, candidate.product_id)),
        is_token: candidate.known.is_some(),
        token,
    }
}

/// A card with power, behind any transport.
pub(crate) struct Opened {
    link: AnyLink,
    atr: Vec<u8>,
    protocol: Protocol,
}

impl Opened {
    fn new<L>(link: L, atr: Vec<u8>, track: Option<Track>) -> Self
    where
        L: ApduLink<Error: Into<Problem>> + 'static,
    {
        let protocol = protocol(&atr);
        Self { link: recorded(crate::link::boxed(link), track), atr, protocol }
    }
}

fn open_usb(candidate: &Candidate, global: &Global) -> Result<Opened> {
    let about = |opened: kaztoken_trace::Opened| kaztoken_trace::Opened {
        name: candidate.product.clone().unwrap_or_default(),
        ids: Some((candidate.vendor_id, candidate.product_id)),
        ..opened
    };
    let place = candidate.location.to_string();
    let pipe = match candidate.open() {
        Ok(pipe) => pipe,
        Err(error) => {
            let problem = Problem::from(error);
            if let Some(mut track) = global.track(|| about(way(Via::Usb, &place))) {
                track.failed(&problem);
            }
            return Err(problem);
        }
    };
    let options = pipe.options();
    let class = pipe.interface().class;
    let track = global.track(|| about(way(Via::Usb, &place)).with_class(&class, options));
    over_ccid(pipe, &class, options, track)
}

fn virtual_file(file: &Path, global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Attached {
    let place = file.display().to_string();
    let token = FileStore::open(file)
        .and_then(|store| VirtualToken::open(store, system_rng()))
        .map_err(Problem::from)
        .and_then(|token| {
            let device = CcidDevice::new(global.fault.clone().unwrap_or_default());
            open_virtual(token, device.generation_time(global.keygen_time()), global, &place)
        })
        .and_then(|opened| connect(opened, plan, Via::Virtual, place.clone()));
    Attached { via: Via::Virtual, place, name: say!("token-is-virtual"), is_token: true, token }
}

/// The token on a rig, which is there or the reason why not.
fn on_rig(address: &Address, global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Attached {
    let place = address.to_string();
    let token = open_rig(address, global)
        .and_then(|rig| over_rig(rig, global))
        .and_then(|opened| connect(opened, plan, Via::Rig, place.clone()));
    Attached { via: Via::Rig, place, name: say!("token-is-rig"), is_token: true, token }
}

/// Says hello to a rig.
pub(crate) fn open_rig(address: &Address, global: &Global) -> Result<Rig> {
    let log = match &global.rig_log {
        Some(path) => {
            let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
            Some(log_to(opened.map_err(|error| Problem::file(path, &error))?))
        }
        None => None,
    };
    let options = Options { log, on_wait: Some(Box::new(crate::progress::on_wait)), ..Options::default() };
    Ok(Rig::open(address, options)?)
}

fn log_to(mut file: std::fs::File) -> LogSink {
    // A full disk does not end what is done with the token.
    Box::new(move |bytes| drop(file.write_all(bytes)))
}

/// Powers on the token that is on a rig.
fn over_rig(rig: Rig, global: &Global) -> Result<Opened> {
    let rules = guard_rules(&rig, global)?;
    let place = global.rig().map(ToString::to_string).unwrap_or_default();
    if is_on_usb(&rig) {
        let (link, atr) = over_rig_usb(rig)?;
        let track = global.track(|| way(Via::Rig, &place).with_atr(&atr));
        return Ok(Opened::new(rules.around(link), atr, track));
    }
    let link = RigLink::open(rig)?;
    let atr = link.atr().to_vec();
    let track = global.track(|| way(Via::Rig, &place).with_atr(&atr));
    Ok(Opened::new(rules.around(link), atr, track))
}

/// Does the rig have the token on USB, and not on contacts?
pub(crate) const fn is_on_usb(rig: &Rig) -> bool {
    !rig.about().features.has(Features::APDU) && rig.about().features.has(Features::USB)
}

/// What goes around every link over this rig.
pub(crate) struct GuardRules {
    rules: Rules,
    simulated: bool,
    purpose: &'static str,
}

impl GuardRules {
    /// The rig says that its token is a virtual one.
    pub(crate) const fn simulated(&self) -> bool {
        self.simulated
    }

    pub(crate) fn around<L: ApduLink>(self, link: L) -> Guard<L> {
        let mut guard = Guard::new(link, self.rules, self.simulated);
        guard.set_purpose(self.purpose);
        guard
    }
}

pub(crate) fn guard_rules(rig: &Rig, global: &Global) -> Result<GuardRules> {
    let simulated = rig.about().features.has(Features::SIMULATED);
    let rules = crate::rig_rules::rules(global, simulated)?;
    Ok(GuardRules { rules, simulated, purpose: global.purpose })
}

/// The token that a rig has on USB, powered, and its answer to reset.
pub(crate) fn over_rig_usb(rig: Rig) -> Result<(impl ApduLink<Error: Into<Problem>> + use<>, Vec<u8>)> {
    let pipe = RigPipe::open(rig)?;
    let (class, options) = (*pipe.class(), pipe.options());
    powered(pipe, &class, options, system_clock())
}

/// The protocol that an answer to reset offers first.
fn protocol(atr: &[u8]) -> Protocol {
    match Atr::parse(atr).ok().and_then(|atr| atr.protocols().next()) {
        Some(1) => Protocol::T1,
        _ => Protocol::T0,
    }
}

/// A virtual token behind CCID messages, all in this process.
pub(crate) fn open_virtual<S: Store + 'static>(
    token: VirtualToken<S>,
    device: CcidDevice,
    global: &Global,
    place: &str,
) -> Result<Opened> {
    let class = class_descriptor(token.model());
    let wait = |time: Millis| std::thread::sleep(core::time::Duration::from_millis(time.0));
    let pipe = VirtualPipe::new(token, device, wait);
    let options = LinkOptions::default();
    let track = global.track(|| way(Via::Virtual, place).with_class(&class, options));
    over_ccid(pipe, &class, options, track)
}

/// Powers the card on behind a bulk pipe, whose messages are recorded if there is a track.
fn over_ccid<P>(
    pipe: P,
    class: &ClassDescriptor,
    options: LinkOptions,
    track: Option<Track>,
) -> Result<Opened>
where
    P: BulkPipe + 'static,
    P::Error: Into<Problem>,
{
    match track {
        Some(track) => {
            let pipe = RecordedPipe::<P, Problem>::new(pipe, track.clone());
            let (link, atr) = powered(pipe, class, options, system_clock())?;
            Ok(Opened::new(link, atr, Some(track)))
        }
        None => {
            let (link, atr) = powered(pipe, class, options, system_clock())?;
            Ok(Opened::new(link, atr, None))
        }
    }
}

fn system_clock() -> impl FnMut() -> Millis + 'static {
    let start = Instant::now();
    move || Millis(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
}

/// Powers the card on.
fn powered<P, C>(
    pipe: P,
    class: &ClassDescriptor,
    options: LinkOptions,
    clock: C,
) -> Result<(impl ApduLink<Error = LinkError<P::Error>> + use<P, C>, Vec<u8>)>
where
    P: BulkPipe + 'static,
    C: FnMut() -> Millis + 'static,
    P::Error: Into<Problem>,
{
    let link = CcidLink::open_with(pipe, clock, class, options, crate::progress::on_wait)?;
    let atr = link.atr_bytes().to_vec();
    Ok((link, atr))
}

/// How a connection was made, for a trace.
fn way(via: Via, place: &str) -> kaztoken_trace::Opened {
    kaztoken_trace::Opened { way: via.name().to_owned(), place: place.to_owned(), ..Default::default() }
}

impl Global {
    /// Begins to record a connection, when connections are recorded.
    fn track(&self, opened: impl FnOnce() -> kaztoken_trace::Opened) -> Option<Track> {
        self.recorder.as_ref().map(|recorder| recorder.open(opened()))
    }
}

/// The connections of a trace, which answer as they did.
fn replayed(global: &Global, plan: Option<&Rc<RefCell<Plan>>>) -> Result<Vec<Attached>> {
    let Some(file) = global.replay() else { return Ok(Vec::new()) };
    let trace = crate::commands::trace::read(file)?;
    let replays = Replay::all(&trace);
    if replays.is_empty() {
        return Err(Problem::new(
            Code::Data,
            say!("trace-nothing-to-replay", path = file.display().to_string()),
        ));
    }
    let attach = |replay: Replay| {
        let place = printable(&replay.opened.place);
        let name = printable(&replay.opened.name);
        let token = play(replay, global).and_then(|opened| connect(opened, plan, Via::Replay, place.clone()));
        Attached { via: Via::Replay, place, name, is_token: true, token }
    };
    Ok(replays.into_iter().map(attach).collect())
}

fn play(replay: Replay, global: &Global) -> Result<Opened> {
    if let Some(failure) = replay.refusal() {
        return Err(Problem::recorded(failure.clone()));
    }
    let track = global.track(|| replay.opened.clone());
    match (replay.opened.class, replay.has_messages()) {
        (Some(class), true) => {
            let (vendor, product) = replay.opened.ids.unwrap_or_default();
            let options = LinkOptions {
                max_packet: replay.opened.max_packet,
                quirks: Quirks::of(vendor, product),
                ..LinkOptions::default()
            };
            let clock = replay.clock();
            let (link, atr) = match &track {
                Some(track) => {
                    let pipe = RecordedPipe::<_, Problem>::new(replay.pipe(), track.clone());
                    let (link, atr) = powered(pipe, &class, options, clock)?;
                    (crate::link::boxed(link), atr)
                }
                None => {
                    let (link, atr) = powered(replay.pipe(), &class, options, clock)?;
                    (crate::link::boxed(link), atr)
                }
            };
            let protocol = protocol(&atr);
            Ok(Opened { link: recorded(link, track), atr, protocol })
        }
        _ => {
            let atr = replay.opened.atr.clone();
            Ok(Opened::new(replay.link(), atr, track))
        }
    }
}

/// Makes sure that it is a token of the family, and asks for its serial number.
pub(crate) fn connect(
    opened: Opened,
    plan: Option<&Rc<RefCell<Plan>>>,
    via: Via,
    place: String,
) -> Result<Token> {
    let Opened { link, atr, protocol } = opened;
    let model = known_model(&atr)?;
    let mut connection = Connection::new(Link::new(link, plan), protocol);
    let serial = connection.run(async |session| session.serial().await)?;
    let about = About { via, place: printable(&place), atr, model: model.name, serial, attached: 1 };
    Ok(Token { connection, about })
}

fn known_model(atr: &[u8]) -> Result<&'static Model> {
    let model = Model::from_atr(atr).filter(|model| model.command_set == CommandSet::RutokenEcp);
    model.ok_or_else(|| Problem::new(Code::Unsupported, say!("token-not-kaztoken", atr = hex(atr))))
}
