//! No PIN stays in a buffer: not after the command that carried it, not when a conversation is
//! given up in the middle, not in what Debug shows.

use super::link::{CONSENT, SERIAL, formatted, pin};
use core::future::Future;
use core::pin::pin as pinned;
use core::task::{Context, Poll, Waker};
use kaztoken_core::Millis;
use kaztoken_core::drive::{self, ApduLink, Connection, asynchronous, nonblocking};
use kaztoken_core::pin::{Access, Limits};
use kaztoken_core::token::{BUFFER_LEN, Card, EraseEverything, Error, FormatParameters, Protocol, Session};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, Model, VirtualToken};

/// All PINs of these tests, right, wrong and new, have this in them.
const CANARY: &[u8] = b"Canary";
const OLD: &str = "12345678";

fn has_pin(bytes: &[u8]) -> bool {
    [CANARY, OLD.as_bytes(), b"87654321"].iter().any(|pin| bytes.windows(pin.len()).any(|w| w == *pin))
}

/// At which command with a PIN the link goes wrong, from 1.
#[derive(Copy, Clone, PartialEq)]
enum Trouble {
    Never,
    Fails(usize),
    Panics(usize),
    Hangs(usize),
}

struct Link {
    token: VirtualToken<MemoryStore>,
    trouble: Trouble,
    secrets: usize,
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Link")
    }
}

impl Link {
    fn new(trouble: Trouble) -> Self {
        Self { token: formatted(Model::Kaztoken), trouble, secrets: 0 }
    }

    /// Whether this command carries a PIN and is the one where the link goes wrong.
    fn counts(&mut self, command: &[u8]) -> usize {
        self.secrets += usize::from(has_pin(command));
        if has_pin(command) { self.secrets } else { 0 }
    }
}

impl ApduLink for Link {
    type Error = core::fmt::Error;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        _: Millis,
    ) -> Result<usize, core::fmt::Error> {
        assert!(!has_pin(response), "the place for the answer holds a PIN");
        let number = self.counts(command);
        assert!(number == 0 || matches!(command[1], 0x20 | 0x24), "{:02X}", command[1]);
        match self.trouble {
            Trouble::Fails(n) if n == number => return Err(core::fmt::Error),
            Trouble::Panics(n) if n == number => panic!("as planned"),
            _ => {}
        }
        let mut answer = Vec::new();
        self.token.process(command, &mut answer);
        response[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

impl asynchronous::ApduLink for Link {
    type Error = core::fmt::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, core::fmt::Error> {
        if let Trouble::Hangs(n) = self.trouble
            && has_pin(command)
            && n == self.secrets + 1
        {
            core::future::pending::<()>().await;
        }
        ApduLink::transmit(self, command, response, budget)
    }
}

/// Every command that carries a PIN: VERIFY right and wrong, both kinds of change, format.
async fn everything(session: &mut Session<'_>) -> Result<(), Error> {
    let (old, new, admin) = (pin(OLD), pin("CanaryUser"), pin("87654321"));
    let wrong = session.login_user(&pin("CanaryWrong"), CONSENT).await.map(|_| ());
    assert!(matches!(wrong, Err(Error::WrongPin { tries_left: Some(4), .. })));
    session.login_user(&old, CONSENT).await?.change_pin(&new, Limits::ANY).await?;
    session.login_admin(&admin, CONSENT).await?.set_user_pin(&new, Limits::ANY).await?;
    let consent = EraseEverything::confirm(SERIAL, SERIAL).unwrap();
    let canary_admin = pin("CanaryAdmin");
    let parameters = FormatParameters::new(&canary_admin, &new);
    session.login_admin(&admin, CONSENT).await?.format(consent, &parameters).await?;
    session.login_user(&new, CONSENT).await.map(|_| ())
}

/// How many commands of `everything` carry a PIN.
const SECRETS: usize = 10;

#[test]
fn blocking() {
    for trouble in [Trouble::Never].into_iter().chain((1..=SECRETS).map(Trouble::Fails)) {
        let mut buffer = [0xFF; BUFFER_LEN];
        let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
        let mut session = Session::new(&card, &mut access);
        let mut link = Link::new(trouble);
        let result = drive::run(&mut link, &card, everything(&mut session));
        assert_eq!(result.is_ok(), trouble == Trouble::Never);
        if trouble == Trouble::Never {
            assert_eq!(link.secrets, SECRETS);
        }
        assert!(!has_pin(&buffer));
    }
}

#[test]
fn a_panic_in_the_link_wipes_the_buffer_and_debug_shows_nothing() {
    for n in 1..=SECRETS {
        let mut connection = Connection::new(Link::new(Trouble::Panics(n)), Protocol::T1);
        let run = core::panic::AssertUnwindSafe(|| connection.run(everything).is_ok());
        assert!(std::panic::catch_unwind(run).is_err());
        // The next use finds a clean place for the answer: the link looks.
        connection.link().trouble = Trouble::Never;
        connection.run(async |session| session.logout().await).unwrap();
        let shown = format!("{connection:?}");
        assert!(shown.contains("Link") && !shown.contains("buffer"), "{shown}");
    }
}

#[test]
fn an_async_conversation_dropped_while_a_pin_is_on_its_way() {
    for n in 1..=SECRETS {
        let mut buffer = [0xFF; BUFFER_LEN];
        {
            let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
            let mut session = Session::new(&card, &mut access);
            let mut link = Link::new(Trouble::Hangs(n));
            let mut running = pinned!(asynchronous::run(&mut link, &card, everything(&mut session)));
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(running.as_mut().poll(&mut context), Poll::Pending), "{n}");
        }
        assert!(!has_pin(&buffer), "{n}");
    }
}

#[test]
fn an_nb_conversation_dropped_while_a_pin_is_on_its_way() {
    let mut buffer = [0xFF; BUFFER_LEN];
    {
        let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
        let mut session = Session::new(&card, &mut access);
        let mut link = CountedLink(0);
        let conversation = pinned!(everything(&mut session));
        let mut running = nonblocking::Running::new(&card, conversation);
        assert!(matches!(running.poll(&mut link), Err(nb::Error::WouldBlock)));
        assert_eq!(link.0, 3, "logout, tries, VERIFY");
    }
    assert!(!has_pin(&buffer));
}

/// Answers logout and the tries, and is never ready for a PIN.
struct CountedLink(usize);

impl nonblocking::ApduLink for CountedLink {
    type Error = core::fmt::Error;

    fn send(&mut self, command: &[u8], _: Millis) -> nb::Result<(), core::fmt::Error> {
        self.0 += 1;
        if has_pin(command) { Err(nb::Error::WouldBlock) } else { Ok(()) }
    }

    fn receive(&mut self, _command: &[u8], response: &mut [u8]) -> nb::Result<usize, core::fmt::Error> {
        response[..2].copy_from_slice(if self.0 == 1 { &[0x90, 0] } else { &[0x63, 0xC5] });
        Ok(2)
    }
}
