//! The core's host side at the other end of the bus, and a story that it tells with the token.

use crate::bench::AnyCard;
use crate::common::{SERIAL, hex_of};
use core::ops::ControlFlow;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, LinkError, LinkOptions, SHORT_APDU_MESSAGE_LEN};
use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{
    Algorithm, CryptoProSet, EraseEverything, Error, FormatParameters, Protocol, Serial, Session,
};
use kaztoken_virtual::Card;
use kaztoken_virtual::link;
use kaztoken_virtual::reader::{Reader, ReaderPipe};
use std::cell::Cell;
use std::rc::Rc;

/// A reader and the clock that its pipe moves.
pub(crate) struct Desk {
    pub(crate) pipe: ReaderPipe<AnyCard, Box<dyn FnMut(Millis)>>,
    clock: Rc<Cell<u64>>,
}

type Pipe<'d> = &'d mut ReaderPipe<AnyCard, Box<dyn FnMut(Millis)>>;
type Hook = fn(Millis) -> ControlFlow<()>;
pub(crate) type Link<'d, B = [u8; SHORT_APDU_MESSAGE_LEN]> =
    CcidLink<Pipe<'d>, Box<dyn FnMut() -> Millis>, Hook, B>;
pub(crate) type Lost = LinkError<link::LinkError>;

impl Desk {
    pub(crate) fn new(reader: Reader<AnyCard>) -> Self {
        let clock = Rc::new(Cell::new(0));
        let moved = Rc::clone(&clock);
        let wait: Box<dyn FnMut(Millis)> = Box::new(move |by| moved.set(moved.get() + by.0));
        Self { pipe: ReaderPipe::new(reader, wait), clock }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.get()
    }

    pub(crate) fn open(&mut self) -> Result<Link<'_>, Lost> {
        self.open_slot(0)
    }

    pub(crate) fn open_slot(&mut self, slot: u8) -> Result<Link<'_>, Lost> {
        self.open_in([0; SHORT_APDU_MESSAGE_LEN], slot)
    }

    /// With memory for messages of this many bytes.
    pub(crate) fn open_large(&mut self, len: usize) -> Result<Link<'_, Vec<u8>>, Lost> {
        self.open_in(vec![0; len], 0)
    }

    fn open_in<B: AsRef<[u8]> + AsMut<[u8]>>(&mut self, buffer: B, slot: u8) -> Result<Link<'_, B>, Lost> {
        let descriptor = self.pipe.reader().config().descriptor();
        let clock = Rc::clone(&self.clock);
        let clock: Box<dyn FnMut() -> Millis> = Box::new(move || Millis(clock.get()));
        let options = LinkOptions { slot, ..LinkOptions::default() };
        let go_on: Hook = |_| ControlFlow::Continue(());
        CcidLink::open_in(buffer, (&mut self.pipe, clock), &descriptor, options, go_on)
    }
}

/// The protocol that the card's answer to reset offers first.
pub(crate) fn protocol(link: &Link<'_>) -> Protocol {
    match link.atr().ok().and_then(|atr| atr.protocols().next()) {
        Some(0) => Protocol::T0,
        _ => Protocol::T1,
    }
}

pub(crate) fn connect(link: Link<'_>) -> Connection<Link<'_>> {
    let protocol = protocol(&link);
    Connection::new(link, protocol)
}

/// What an operation may take beside its budget: the abort sequence, and the wait that was under way.
pub(crate) const ABORT_TIME: u64 = 800 + 250;

/// A link whose every APDU is held to its budget.
pub(crate) struct Punctual<'d> {
    link: Link<'d>,
    clock: Rc<Cell<u64>>,
}

impl Punctual<'_> {
    fn check(&self, begun: u64, budget: u64, what: &str) {
        let took = self.clock.get() - begun;
        assert!(took <= budget + ABORT_TIME, "{what} with {budget} ms took {took} ms");
    }
}

impl ApduLink for Punctual<'_> {
    type Error = Lost;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Lost> {
        let begun = self.clock.get();
        let result = self.link.transmit(command, response, budget);
        self.check(begun, budget.0, "an APDU");
        result
    }

    fn recover(&mut self) -> Result<bool, Lost> {
        let begun = self.clock.get();
        let result = ApduLink::recover(&mut self.link);
        // Power off and on at most four times.
        self.check(begun, 4 * (2 * 5_000 + ABORT_TIME), "recovering");
        result
    }

    fn power_off(&mut self) {
        let begun = self.clock.get();
        self.link.power_off();
        self.check(begun, 250, "the last power off");
    }
}

impl Desk {
    /// Opens slot 0 and holds it, and what follows, to their budgets.
    pub(crate) fn punctual(&mut self) -> Result<Connection<Punctual<'_>>, Lost> {
        let (begun, clock) = (self.now(), Rc::clone(&self.clock));
        let link = self.open();
        assert!(clock.get() - begun <= 5_000 + ABORT_TIME, "opening took {} ms", clock.get() - begun);
        let link = link?;
        let protocol = protocol(&link);
        Ok(Connection::new(Punctual { link, clock }, protocol))
    }
}

/// APDUs straight to a card.
pub(crate) struct Direct(pub(crate) AnyCard);

impl ApduLink for Direct {
    type Error = core::convert::Infallible;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, Self::Error> {
        let mut answer = Vec::new();
        self.0.process(command, &mut answer);
        response[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.as_bytes()).unwrap()
}

pub(crate) async fn identity(session: &mut Session<'_>) -> Result<String, Error> {
    Ok(format!("{:?}", session.identify().await?))
}

/// Identify, a wrong login, format, keys, signatures, random numbers: what came of each.
pub(crate) async fn story(session: &mut Session<'_>) -> Result<Vec<String>, Error> {
    let mut told = vec![identity(session).await?];
    let (admin, user) = (pin("87654321"), pin("12345678"));
    let wrong = session.login_user(&pin("wrong-one"), LastTry::Refuse).await.map(|_| ());
    told.push(format!("{wrong:?}"));
    let consent = EraseEverything::confirm(session.serial().await?, Serial(SERIAL)).unwrap();
    let parameters = FormatParameters::new(&admin, &user);
    session.login_admin(&admin, LastTry::Refuse).await?.format(consent, &parameters).await?;
    told.push(identity(session).await?);
    let mut as_user = session.login_user(&user, LastTry::Refuse).await?;
    for (algorithm, len) in [(Algorithm::Gost256(CryptoProSet::A), 32), (Algorithm::Gost512, 64)] {
        let (key, public) = as_user.generate(algorithm).await?;
        let mut out = [0; 128];
        told.push(hex_of(&public));
        told.push(hex_of(as_user.sign_gost(key, &vec![0x5A; len], &mut out).await?));
    }
    as_user.logout().await?;
    told.push(format!("{:?}", session.keys().await?));
    let mut random = [0; 300];
    session.random(&mut random).await?;
    told.push(hex_of(&random));
    Ok(told)
}

/// The story as it goes without any reader.
pub(crate) fn truth(mut card: AnyCard) -> Vec<String> {
    let protocol = match card.model().protocol() {
        kaztoken_virtual::Protocol::T0 => Protocol::T0,
        kaztoken_virtual::Protocol::T1 => Protocol::T1,
    };
    card.reset();
    Connection::new(Direct(card), protocol).run(story).unwrap()
}

pub(crate) fn tell(desk: &mut Desk) -> Result<Vec<String>, Failure<Lost>> {
    connect(desk.open().map_err(Failure::Link)?).run(story)
}
