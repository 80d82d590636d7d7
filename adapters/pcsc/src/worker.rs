//! The thread that talks to the service.
//!
//! Two things need it. `SCardTransmit` takes no timeout, and with a thread of its own the caller stops
//! waiting when the budget is over. And the `pcsc` crate's transaction borrows the card, so that begin and
//! end must happen in one scope.

use crate::Error;
use core::time::Duration;
use pcsc::Disposition;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use zeroize::Zeroizing;

/// A card to send commands to.
pub(crate) trait Transmit {
    /// Sends `command` and writes the answer to `response`; how many bytes it has.
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error>;
    /// Accepts that the card was reset.
    fn reconnect(&mut self) -> Result<(), pcsc::Error>;
}

/// A card that can be kept for a while, and let go.
pub(crate) trait Handle: Transmit {
    /// Calls `inside` while no other program can send to the card.
    fn transaction(&mut self, inside: &mut dyn FnMut(&mut dyn Transmit)) -> Result<(), pcsc::Error>;
    fn disconnect(self, disposition: Disposition);
}

/// Commands and answers carry PINs and plaintexts.
type Bytes = Zeroizing<Vec<u8>>;
type Answer = Result<Bytes, pcsc::Error>;

enum Request {
    Transmit(Bytes),
    Begin,
    End,
    Finish(Disposition),
}

/// A card on a thread of its own.
#[derive(Debug)]
pub(crate) struct Worker {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    thread: JoinHandle<()>,
}

/// Why the worker gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// In time. It may still be at work and must be dropped.
    InTime,
    /// Ever.
    Gone,
    /// But an error.
    Failed(pcsc::Error),
}

impl Worker {
    /// Starts the thread; `connect` runs on it and has `patience` to return.
    pub(crate) fn start<H: Handle, F: Send + 'static>(
        patience: Duration,
        connect: impl FnOnce() -> Result<(H, F), pcsc::Error> + Send + 'static,
    ) -> Result<(Self, F), NoAnswer> {
        let (requests, request) = channel();
        let (answer, answers) = channel();
        let (facts, first) = channel();
        let thread = Builder::new()
            .name("pcsc".into())
            .spawn(move || match connect() {
                // When nobody waits any more, the card is reset by its drop.
                Ok((handle, found)) => {
                    if facts.send(Ok(found)).is_ok() {
                        serve(handle, &request, &answer);
                    }
                }
                Err(error) => drop(facts.send(Err(error))),
            })
            .map_err(|_| NoAnswer::Gone)?;
        let found = first.recv_timeout(patience)??;
        Ok((Self { requests, answers, thread }, found))
    }

    pub(crate) fn transmit(&self, command: &[u8], patience: Duration) -> Result<Bytes, NoAnswer> {
        self.ask(Request::Transmit(Zeroizing::new(command.to_vec())), patience)
    }

    pub(crate) fn begin(&self, patience: Duration) -> Result<(), NoAnswer> {
        self.ask(Request::Begin, patience).map(|_| ())
    }

    pub(crate) fn end(&self) {
        let _ = self.requests.send(Request::End);
    }

    /// Lets the card go and waits until that is done, so that it can be connected to anew at once.
    pub(crate) fn finish(self, disposition: Disposition) {
        let _ = self.requests.send(Request::Finish(disposition));
        let _ = self.thread.join();
    }

    fn ask(&self, request: Request, patience: Duration) -> Result<Bytes, NoAnswer> {
        self.requests.send(request).map_err(|_| NoAnswer::Gone)?;
        Ok(self.answers.recv_timeout(patience)??)
    }
}

impl From<RecvTimeoutError> for NoAnswer {
    fn from(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::Timeout => Self::InTime,
            RecvTimeoutError::Disconnected => Self::Gone,
        }
    }
}

impl From<pcsc::Error> for NoAnswer {
    fn from(error: pcsc::Error) -> Self {
        Self::Failed(error)
    }
}

impl NoAnswer {
    /// `in_time` is what it means here that no answer came in time.
    pub(crate) fn of_command(self, in_time: Error) -> Error {
        match self {
            Self::InTime => in_time,
            Self::Gone => Error::WorkerGone,
            Self::Failed(error) => Error::of_command(error),
        }
    }
}

/// Ends when it is told to, and also when nobody can ask any more: then whoever asked gave up on a command,
/// and the card is reset.
fn serve<H: Handle>(mut handle: H, requests: &Receiver<Request>, answers: &Sender<Answer>) {
    let answer = |answer: Answer| drop(answers.send(answer));
    let disposition = loop {
        match requests.recv() {
            Ok(Request::Transmit(command)) => answer(transmit(&mut handle, &command)),
            Ok(Request::Begin) => {
                let mut next = None;
                let result = handle.transaction(&mut |card| {
                    answer(Ok(Bytes::default()));
                    next = serve_transaction(card, requests, &answer);
                });
                if let Err(error) = result {
                    accept_reset(&mut handle, error);
                    answer(Err(error));
                } else if let Some(disposition) = next {
                    break disposition;
                }
            }
            Ok(Request::End) => {}
            Ok(Request::Finish(disposition)) => break disposition,
            Err(_) => break Disposition::ResetCard,
        }
    };
    handle.disconnect(disposition);
}

/// Until the transaction ends; `Some` when everything ends.
fn serve_transaction(
    card: &mut dyn Transmit,
    requests: &Receiver<Request>,
    answer: &dyn Fn(Answer),
) -> Option<Disposition> {
    loop {
        match requests.recv() {
            Ok(Request::Transmit(command)) => answer(transmit(card, &command)),
            // One inside another adds nothing.
            Ok(Request::Begin) => answer(Ok(Bytes::default())),
            Ok(Request::End) => return None,
            Ok(Request::Finish(disposition)) => return Some(disposition),
            Err(_) => return Some(Disposition::ResetCard),
        }
    }
}

fn transmit(card: &mut dyn Transmit, command: &[u8]) -> Answer {
    let mut response = Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE]);
    match card.transmit(command, &mut response) {
        Ok(len) => {
            response.truncate(len);
            Ok(response)
        }
        Err(error) => {
            accept_reset(card, error);
            Err(error)
        }
    }
}

/// The caller learns of the reset from the error; the next command shall reach the card.
fn accept_reset(card: &mut (impl Transmit + ?Sized), error: pcsc::Error) {
    if error == pcsc::Error::ResetCard {
        let _ = card.reconnect();
    }
}

#[cfg(test)]
mod tests;
