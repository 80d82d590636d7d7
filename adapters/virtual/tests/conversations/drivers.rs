//! One conversation through the three drivers: the same commands, the same result.

use super::link::{CONSENT, formatted, pin};
use core::future::poll_fn;
use core::pin::pin as pinned;
use core::task::{Context, Poll, Waker};
use kaztoken_core::Millis;
use kaztoken_core::drive::{self, ApduLink, Failure, asynchronous, nonblocking};
use kaztoken_core::pin::Access;
use kaztoken_core::token::{BUFFER_LEN, Card, Error, Protocol, Session};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, Model, VirtualToken};

/// A token behind all three traits. The nb one is never ready at once, the async one waits a turn.
struct Link {
    token: VirtualToken<MemoryStore>,
    sent: Vec<(Vec<u8>, Millis)>,
    answer: Option<Vec<u8>>,
    ready: bool,
}

impl Link {
    fn new() -> Self {
        Self { token: formatted(Model::Kaztoken), sent: Vec::new(), answer: None, ready: false }
    }

    fn process(&mut self, command: &[u8], budget: Millis) -> Vec<u8> {
        self.sent.push((command.to_vec(), budget));
        let mut answer = Vec::new();
        self.token.process(command, &mut answer);
        answer
    }

    fn not_yet(&mut self) -> bool {
        self.ready = !self.ready;
        self.ready
    }
}

fn put(answer: &[u8], response: &mut [u8]) -> usize {
    response[..answer.len()].copy_from_slice(answer);
    answer.len()
}

impl ApduLink for Link {
    type Error = core::convert::Infallible;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        Ok(put(&self.process(command, budget), response))
    }
}

impl nonblocking::ApduLink for Link {
    type Error = core::convert::Infallible;

    fn send(&mut self, command: &[u8], budget: Millis) -> nb::Result<(), Self::Error> {
        if self.not_yet() {
            return Err(nb::Error::WouldBlock);
        }
        self.answer = Some(self.process(command, budget));
        Ok(())
    }

    fn receive(&mut self, _command: &[u8], response: &mut [u8]) -> nb::Result<usize, Self::Error> {
        if self.not_yet() {
            return Err(nb::Error::WouldBlock);
        }
        Ok(put(&self.answer.take().unwrap(), response))
    }
}

impl asynchronous::ApduLink for Link {
    type Error = core::convert::Infallible;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if self.not_yet() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        Ok(put(&self.process(command, budget), response))
    }
}

/// Logs in, makes a key, signs, and gives the public key and the signature.
async fn conversation(session: &mut Session<'_>) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
    let (key, public) = user.generate(kaztoken_core::token::Algorithm::Gost512).await?;
    let mut out = [0; 128];
    let signature = user.sign_gost(key, &[3; 64], &mut out).await?.to_vec();
    Ok((public.to_vec(), signature))
}

#[test]
fn blocking_nb_and_async_do_the_same() {
    let mut buffer = [0; BUFFER_LEN];
    let mut results = Vec::new();

    let mut link = Link::new();
    let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
    let mut session = Session::new(&card, &mut access);
    results.push((drive::run(&mut link, &card, conversation(&mut session)).unwrap(), link.sent));

    let mut link = Link::new();
    let mut blocked = 0;
    {
        let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
        let mut session = Session::new(&card, &mut access);
        let future = pinned!(conversation(&mut session));
        let mut running = nonblocking::Running::new(&card, future);
        let result = loop {
            match running.poll(&mut link) {
                Err(nb::Error::WouldBlock) => blocked += 1,
                other => break other.unwrap(),
            }
        };
        // Once over, it says so and does nothing.
        assert_eq!(
            running.poll(&mut link).map(|_| ()),
            Err(nb::Error::Other(Failure::Token(Error::NotAConversation)))
        );
        results.push((result, link.sent));
    }
    assert_eq!(blocked, 2 * results[1].1.len());

    let mut link = Link::new();
    let result = {
        let (card, mut access) = (Card::new(&mut buffer, Protocol::T1), Access::unknown());
        let mut session = Session::new(&card, &mut access);
        let mut future = pinned!(asynchronous::run(&mut link, &card, conversation(&mut session)));
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                break result.unwrap();
            }
        }
    };
    results.push((result, link.sent));

    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    // Generating has minutes, all else half a minute.
    assert!(results[0].1.iter().all(|(command, budget)| {
        *budget == if command[1] == 0x46 && command[2] == 0 { Millis(330_000) } else { Millis(30_000) }
    }));
    // No PIN is left in the caller's buffer.
    assert!(!buffer.windows(8).any(|w| w == b"12345678"));
}

#[test]
fn a_future_that_waits_for_something_else_ends_with_an_error() {
    let mut buffer = [0; BUFFER_LEN];
    let card = Card::new(&mut buffer, Protocol::T1);
    let stuck = core::future::pending::<Result<(), Error>>();
    assert_eq!(drive::run(&mut Link::new(), &card, stuck), Err(Failure::Token(Error::NotAConversation)));
}
