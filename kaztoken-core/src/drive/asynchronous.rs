//! Drivers for async links. No executor is assumed.

use super::{ClearOnDrop, Failure};
use crate::Millis;
use crate::ccid::ClassRequest;
use crate::token::{Card, Error};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// Moves raw short APDUs; waiting is the executor's affair.
#[allow(async_fn_in_trait)] // callers are generic over the link and ask for Send themselves
pub trait ApduLink {
    /// What can go wrong on the way.
    type Error;

    /// Sends `command` and waits at most `budget` for the response; returns its length.
    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error>;
}

/// Moves CCID messages; waiting is the executor's affair.
#[allow(async_fn_in_trait)] // as above
pub trait BulkPipe {
    /// What can go wrong on the way.
    type Error;

    /// Sends one message within `timeout`.
    async fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Self::Error>;

    /// Waits at most `timeout` for one transfer; `None` when nothing came.
    async fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Self::Error>;

    /// Is [`class_request`](Self::class_request) more than its default?
    fn has_control_pipe(&self) -> bool {
        false
    }

    /// As [`class_request`](super::BulkPipe::class_request) of the blocking pipe.
    async fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Self::Error> {
        let _ = (request, data, timeout);
        Ok(None)
    }

    /// As [`reset`](super::BulkPipe::reset) of the blocking pipe.
    async fn reset(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }
}

/// Runs a conversation to its end over an async link. Dropped in the middle, it wipes the card's
/// buffer; the link must then drop the answer that is still under way.
///
/// After [`Failure::Link`], and when this was dropped in the middle, the caller forgets what it
/// knows of the PINs ([`Access::forget`](crate::pin::Access::forget)).
pub async fn run<L: ApduLink, T>(
    link: &mut L,
    card: &Card<'_>,
    conversation: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure<L::Error>> {
    // Declared first, so dropped last: after a turn that is still under way.
    let _clear = ClearOnDrop(card);
    let mut conversation = pin!(conversation);
    loop {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = conversation.as_mut().poll(&mut context) {
            break result.map_err(Failure::Token);
        }
        let Some(mut turn) = card.take_turn() else {
            break Err(Failure::Token(Error::NotAConversation));
        };
        let (command, response, budget) = turn.parts();
        match link.transmit(command, response, budget).await {
            Ok(len) => turn.answered(len),
            Err(error) => {
                drop(turn);
                break Err(Failure::Link(error));
            }
        }
    }
}
