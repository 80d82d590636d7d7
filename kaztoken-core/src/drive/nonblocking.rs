//! Drivers for `nb`: nothing waits, the caller polls.

use super::Failure;
use crate::Millis;
use crate::ccid::ClassRequest;
use crate::token::{Card, Error};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Moves raw short APDUs without waiting.
pub trait ApduLink {
    /// What can go wrong on the way.
    type Error;

    /// Starts to send a command whose answer may take `budget`.
    fn send(&mut self, command: &[u8], budget: Millis) -> nb::Result<(), Self::Error>;

    /// Takes the response when it is there; returns its length, status word included. `command` and
    /// `response` are the same from call to call.
    fn receive(&mut self, command: &[u8], response: &mut [u8]) -> nb::Result<usize, Self::Error>;
}

/// Moves CCID messages without waiting.
pub trait BulkPipe {
    /// What can go wrong on the way.
    type Error;

    /// Sends one message.
    fn send(&mut self, message: &[u8]) -> nb::Result<(), Self::Error>;

    /// Takes one transfer when it is there; returns its length.
    fn receive(&mut self, buffer: &mut [u8]) -> nb::Result<usize, Self::Error>;

    /// Is [`class_request`](Self::class_request) more than its default?
    fn has_control_pipe(&self) -> bool {
        false
    }

    /// As [`class_request`](super::BulkPipe::class_request) of the blocking pipe; called again with the
    /// same request until it does not block.
    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
    ) -> nb::Result<Option<usize>, Self::Error> {
        let _ = (request, data);
        Ok(None)
    }
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Turn {
    Conversation,
    Send,
    Receive,
    Over,
}

/// A conversation under way: call [`poll`](Self::poll) until it is not `WouldBlock`. Dropped in the
/// middle, it wipes the card's buffer.
///
/// After [`Failure::Link`], and when it was dropped in the middle, the caller forgets what it knows
/// of the PINs ([`Access::forget`](crate::pin::Access::forget)).
#[derive(Debug)]
pub struct Running<'c, 'b, F> {
    card: &'c Card<'b>,
    conversation: Pin<&'c mut F>,
    turn: Turn,
}

impl<'c, 'b, F, T> Running<'c, 'b, F>
where
    F: Future<Output = Result<T, Error>>,
{
    /// Takes a conversation that speaks to `card`.
    #[must_use]
    pub fn new(card: &'c Card<'b>, conversation: Pin<&'c mut F>) -> Self {
        Self { card, conversation, turn: Turn::Conversation }
    }

    /// Goes on as far as the link allows. After the result it only says
    /// [`Error::NotAConversation`].
    pub fn poll<L: ApduLink>(&mut self, link: &mut L) -> nb::Result<T, Failure<L::Error>> {
        loop {
            match self.turn {
                Turn::Over => return Err(nb::Error::Other(Failure::Token(Error::NotAConversation))),
                Turn::Conversation => {
                    let mut context = Context::from_waker(Waker::noop());
                    if let Poll::Ready(result) = self.conversation.as_mut().poll(&mut context) {
                        self.finish();
                        return result.map_err(|error| nb::Error::Other(Failure::Token(error)));
                    }
                    self.turn = Turn::Send;
                }
                Turn::Send => {
                    let sent = self.card.sending(|command, budget| link.send(command, budget));
                    self.check(sent)?;
                    self.turn = Turn::Receive;
                }
                Turn::Receive => {
                    let received = self.card.receiving(|command, response| link.receive(command, response));
                    self.check(received)?;
                    self.turn = Turn::Conversation;
                }
            }
        }
    }

    fn check<E>(&mut self, result: Option<nb::Result<(), E>>) -> nb::Result<(), Failure<E>> {
        match result {
            Some(Ok(())) => Ok(()),
            Some(Err(nb::Error::WouldBlock)) => Err(nb::Error::WouldBlock),
            Some(Err(nb::Error::Other(error))) => {
                self.finish();
                Err(nb::Error::Other(Failure::Link(error)))
            }
            None => {
                self.finish();
                Err(nb::Error::Other(Failure::Token(Error::NotAConversation)))
            }
        }
    }

    fn finish(&mut self) {
        self.turn = Turn::Over;
        self.card.clear();
    }
}

impl<F> Drop for Running<'_, '_, F> {
    fn drop(&mut self) {
        if self.turn != Turn::Over {
            self.card.clear();
        }
    }
}
