//! Drivers: they carry a conversation over a link, each for one way of waiting.
//!
//! A conversation ([`crate::token`]) knows no transport. It yields a command APDU and waits for the
//! response; who moves the bytes in between is one of these:
//!
//! * blocking: [`run`] over [`ApduLink`]; [`Connection`] keeps the link and what is known of the PINs;
//! * [`nonblocking`]: the same over `nb`;
//! * [`asynchronous`]: the same over async functions, with any executor or none.
//!
//! [`BulkPipe`] is the link one level down: CCID messages over USB. [`crate::ccid::CcidLink`] turns
//! it into an [`ApduLink`].

pub mod asynchronous;
mod connection;
pub mod nonblocking;

pub use connection::Connection;

use crate::Millis;
use crate::ccid::ClassRequest;
use crate::token::{Card, Error};
use core::fmt;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// Moves raw short APDUs and waits for the answer.
pub trait ApduLink {
    /// What can go wrong on the way.
    type Error: core::error::Error;

    /// Sends `command` and waits at most `budget` for the response, which is written to `response`
    /// (258 bytes hold any). Returns its length, status word included. After an error nothing may
    /// be assumed of the token; the command is not repeated.
    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis)
    -> Result<usize, Self::Error>;

    /// Several APDUs that belong together follow: keep others out (a PC/SC transaction).
    fn begin(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The APDUs that belong together are over.
    fn end(&mut self) {}

    /// Brings a link that failed back to work, by whatever means it has, and says whether it could. The card
    /// starts anew then: nobody is logged in. Nothing that failed is sent again.
    fn recover(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// Takes the card's power, so that it forgets every login: the way out when a logout cannot be
    /// sent any more. A link that cannot do it does nothing. It waits half a second at most.
    fn power_off(&mut self) {}
}

impl<L: ApduLink + ?Sized> ApduLink for &mut L {
    type Error = L::Error;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        (**self).transmit(command, response, budget)
    }

    fn begin(&mut self) -> Result<(), Self::Error> {
        (**self).begin()
    }

    fn end(&mut self) {
        (**self).end();
    }

    fn recover(&mut self) -> Result<bool, Self::Error> {
        (**self).recover()
    }

    fn power_off(&mut self) {
        (**self).power_off();
    }
}

/// Moves CCID messages over the bulk endpoints of one interface.
pub trait BulkPipe {
    /// What can go wrong on the way.
    type Error: core::error::Error;

    /// Sends one message within `timeout`, which is never zero.
    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Self::Error>;

    /// Waits at most `timeout` (never zero) for one transfer. `None`: nothing came. `Some(0)`: a
    /// zero-length packet. The buffer's length is a multiple of the endpoint's packet size.
    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Self::Error>;

    /// Is [`class_request`](Self::class_request) more than its default?
    fn has_control_pipe(&self) -> bool {
        false
    }

    /// Carries out a class request on the control pipe within `timeout`; `data` takes what comes back and
    /// may be empty. Returns the bytes that came. `None`: the device stalled the request or did not answer
    /// it, or there is no control pipe.
    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Self::Error> {
        let _ = (request, data, timeout);
        Ok(None)
    }

    /// Resets the device on the bus and gets hold of it again: the card is without power then. `false`:
    /// not possible here.
    fn reset(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }
}

impl<P: BulkPipe + ?Sized> BulkPipe for &mut P {
    type Error = P::Error;

    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Self::Error> {
        (**self).send(message, timeout)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Self::Error> {
        (**self).receive(buffer, timeout)
    }

    fn has_control_pipe(&self) -> bool {
        (**self).has_control_pipe()
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Self::Error> {
        (**self).class_request(request, data, timeout)
    }

    fn reset(&mut self) -> Result<bool, Self::Error> {
        (**self).reset()
    }
}

/// Why a conversation did not come to its result.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Failure<E> {
    /// The link failed; what the last command did is unknown.
    Link(E),
    /// The token refused, or we refused for the user's sake, or the token answered nonsense.
    Token(Error),
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for Failure<E> {}

/// Wipes a card's buffer when a conversation is over, and when its driver is dropped in the middle.
#[derive(Debug)]
struct ClearOnDrop<'c, 'b>(&'c Card<'b>);

impl Drop for ClearOnDrop<'_, '_> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// Runs a conversation to its end over a blocking link, as one transaction.
///
/// After [`Failure::Link`] the caller forgets what it knows of the PINs
/// ([`Access::forget`](crate::pin::Access::forget)); [`Connection`] does that by itself.
pub fn run<L: ApduLink, T>(
    link: &mut L,
    card: &Card<'_>,
    conversation: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure<L::Error>> {
    link.begin().map_err(Failure::Link)?;
    let _clear = ClearOnDrop(card);
    let mut conversation = pin!(conversation);
    let mut context = Context::from_waker(Waker::noop());
    let result = loop {
        if let Poll::Ready(result) = conversation.as_mut().poll(&mut context) {
            break result.map_err(Failure::Token);
        }
        match card.turn(|command, response, budget| link.transmit(command, response, budget)) {
            Some(Ok(())) => {}
            Some(Err(error)) => break Err(Failure::Link(error)),
            None => break Err(Failure::Token(Error::NotAConversation)),
        }
    };
    link.end();
    result
}
