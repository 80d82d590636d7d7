//! A trace as a device: it answers what it answered before.

use crate::{Entry, Failure, MaskedBytes, Opened, Record, Trace};
use core::cell::Cell;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassRequest, HEADER_LEN};
use kaztoken_core::drive::{ApduLink, BulkPipe};
use std::collections::VecDeque;
use std::rc::Rc;

/// One recorded connection.
#[derive(Clone, Debug)]
pub struct Replay {
    /// How it was reached.
    pub opened: Opened,
    entries: VecDeque<Entry>,
    time: Rc<Cell<u64>>,
}

/// The device that a trace is cannot go on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// The trace is over.
    Ended {
        /// What was asked.
        got: String,
    },
    /// Something else was asked when it was recorded.
    Differs {
        /// What was asked then.
        expected: String,
        /// What is asked now, masked.
        got: String,
    },
    /// It failed when it was recorded.
    Recorded(Failure),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { got } => write!(f, "the trace is over, and this is asked: {got}"),
            Self::Differs { expected, got } => {
                write!(f, "the trace has {expected}, and this is asked: {got}")
            }
            Self::Recorded(failure) => f.write_str(&failure.text),
        }
    }
}

impl core::error::Error for ReplayError {}

impl Replay {
    /// The connections of a trace that can be replayed: those whose beginning is known.
    #[must_use]
    pub fn all(trace: &Trace) -> Vec<Self> {
        let begun = trace.links().into_iter().filter_map(|(_, entries)| {
            let (first, rest) = entries.split_first()?;
            let Record::Open(opened) = &first.record else { return None };
            let entries = rest.iter().map(|entry| (*entry).clone()).collect();
            Some(Self { opened: opened.clone(), entries, time: Rc::new(Cell::new(first.at)) })
        });
        begun.collect()
    }

    /// Why the connection could not be used at all: it failed before anything was sent.
    #[must_use]
    pub fn refusal(&self) -> Option<&Failure> {
        match self.entries.iter().map(|entry| &entry.record).collect::<Vec<_>>()[..] {
            [Record::Failed(failure)] => Some(failure),
            _ => None,
        }
    }

    /// Whether CCID messages were recorded.
    #[must_use]
    pub fn has_messages(&self) -> bool {
        self.opened.class.is_some()
            && self.entries.iter().any(|entry| matches!(entry.record, Record::Send(_)))
    }

    /// A clock that goes as it went then: time allowed runs out in the same places, and nobody waits for it.
    pub fn clock(&self) -> impl Fn() -> Millis + 'static {
        let time = Rc::clone(&self.time);
        move || Millis(time.get() / 1000)
    }

    /// The connection as a pipe for CCID messages.
    #[must_use]
    pub fn pipe(mut self) -> ReplayPipe {
        self.entries.retain(|entry| {
            !matches!(
                entry.record,
                Record::Command(_)
                    | Record::Response(_)
                    | Record::Recover(_)
                    | Record::PowerOff
                    | Record::Interrupt(_)
            )
        });
        // A failure of the link above follows the one of the pipe that caused it.
        let mut before = false;
        self.entries.retain(|entry| {
            let failed = matches!(entry.record, Record::Failed(_));
            !(failed && core::mem::replace(&mut before, failed))
        });
        ReplayPipe { replay: self, sequences: [None; 256] }
    }

    /// The connection as a link for APDUs.
    #[must_use]
    pub fn link(mut self) -> ReplayLink {
        self.entries.retain(|entry| {
            !matches!(
                entry.record,
                Record::Send(_)
                    | Record::Receive(_)
                    | Record::Silence
                    | Record::Interrupt(_)
                    | Record::Control(..)
                    | Record::Reset(_)
            )
        });
        ReplayLink(self)
    }

    fn peek(&self) -> Option<&Record> {
        self.entries.front().map(|entry| &entry.record)
    }

    fn take(&mut self) -> Option<Record> {
        let entry = self.entries.pop_front()?;
        self.time.set(self.time.get().max(entry.at));
        Some(entry.record)
    }

    /// Takes a recorded failure, if one comes next.
    fn failure(&mut self) -> Option<ReplayError> {
        match self.peek() {
            Some(Record::Failed(_)) => match self.take() {
                Some(Record::Failed(failure)) => Some(ReplayError::Recorded(failure)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What is asked is not what comes next.
    fn differs(&self, got: String) -> ReplayError {
        match self.entries.front() {
            None => ReplayError::Ended { got },
            Some(entry) => ReplayError::Differs { expected: content(entry), got },
        }
    }
}

/// An entry without its time and connection.
fn content(entry: &Entry) -> String {
    entry.to_string().splitn(3, ' ').nth(2).unwrap_or_default().to_owned()
}

/// A recorded connection that takes CCID messages. bSeq may differ.
#[derive(Debug)]
pub struct ReplayPipe {
    replay: Replay,
    /// The bSeq of today for that of the record.
    sequences: [Option<u8>; 256],
}

/// The place of bSeq.
const SEQUENCE: usize = 6;

impl BulkPipe for ReplayPipe {
    type Error = ReplayError;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), ReplayError> {
        while matches!(self.replay.peek(), Some(Record::Silence | Record::Receive(_))) {
            // Late answers that nobody waits for any more.
            self.replay.take();
        }
        let fits = match self.replay.peek() {
            Some(Record::Send(expected)) => fits_but_for_sequence(expected, message),
            _ => false,
        };
        if !fits {
            let masked = crate::Masker::default().message(message);
            return Err(self.replay.differs(format!("ccid> {masked}")));
        }
        if let Some(Record::Send(recorded)) = self.replay.take()
            && let (Some(Some(then)), Some(now)) = (recorded.bytes().get(SEQUENCE), message.get(SEQUENCE))
            && let Some(place) = self.sequences.get_mut(usize::from(*then))
        {
            *place = Some(*now);
        }
        self.replay.failure().map_or(Ok(()), Err)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, ReplayError> {
        if let Some(failure) = self.replay.failure() {
            return Err(failure);
        }
        match self.replay.peek() {
            Some(Record::Receive(_)) => {}
            Some(Record::Silence) => {
                self.replay.take();
                return Ok(None);
            }
            _ => {
                // Nobody waited any longer then.
                let passed = timeout.0.saturating_mul(1000);
                self.replay.time.set(self.replay.time.get().saturating_add(passed));
                return Ok(None);
            }
        }
        let Some(Record::Receive(mut message)) = self.replay.take() else { return Ok(None) };
        let then = message.get(SEQUENCE).copied().filter(|_| message.len() >= HEADER_LEN);
        if let Some(Some(now)) = then.and_then(|then| self.sequences.get(usize::from(then)))
            && let Some(place) = message.get_mut(SEQUENCE)
        {
            *place = *now;
        }
        let len = message.len().min(buffer.len());
        buffer.iter_mut().zip(&message).for_each(|(place, byte)| *place = *byte);
        Ok(Some(len))
    }

    fn has_control_pipe(&self) -> bool {
        self.replay.entries.iter().any(|entry| matches!(entry.record, Record::Control(..)))
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        _: Millis,
    ) -> Result<Option<usize>, ReplayError> {
        if let Some(failure) = self.replay.failure() {
            return Err(failure);
        }
        let same = match (self.replay.peek(), request) {
            // Its number is today's.
            (
                Some(Record::Control(ClassRequest::Abort { slot, .. }, _)),
                ClassRequest::Abort { slot: now, .. },
            ) => *slot == now,
            (Some(Record::Control(recorded, _)), _) => *recorded == request,
            _ => false,
        };
        if !same {
            return Err(self.replay.differs(format!("control {request:?}")));
        }
        let Some(Record::Control(_, Some(answer))) = self.replay.take() else { return Ok(None) };
        data.iter_mut().zip(&answer).for_each(|(place, byte)| *place = *byte);
        Ok(Some(answer.len().min(data.len())))
    }

    fn reset(&mut self) -> Result<bool, ReplayError> {
        match self.replay.peek() {
            Some(Record::Reset(done)) => {
                let done = *done;
                self.replay.take();
                Ok(done)
            }
            _ => Ok(false),
        }
    }
}

fn fits_but_for_sequence(expected: &MaskedBytes, message: &[u8]) -> bool {
    let mut message = message.to_vec();
    if let (Some(Some(then)), Some(place)) = (expected.bytes().get(SEQUENCE), message.get_mut(SEQUENCE)) {
        *place = *then;
    }
    expected.fits(&message)
}

/// A recorded connection that takes command APDUs.
#[derive(Debug)]
pub struct ReplayLink(Replay);

impl ApduLink for ReplayLink {
    type Error = ReplayError;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, ReplayError> {
        let fits = matches!(self.0.peek(), Some(Record::Command(expected)) if expected.fits(command));
        if !fits {
            return Err(self.0.differs(format!("apdu> {}", crate::Masker::command(command))));
        }
        self.0.take();
        if let Some(failure) = self.0.failure() {
            return Err(failure);
        }
        match self.0.take() {
            Some(Record::Response(answer)) if answer.len() <= response.len() => {
                response.iter_mut().zip(&answer).for_each(|(place, byte)| *place = *byte);
                Ok(answer.len())
            }
            _ => Err(ReplayError::Ended {
                got: format!("the answer to apdu> {}", crate::Masker::command(command)),
            }),
        }
    }

    fn recover(&mut self) -> Result<bool, ReplayError> {
        match self.0.peek() {
            Some(Record::Recover(done)) => {
                let done = *done;
                self.0.take();
                Ok(done)
            }
            _ => Ok(false),
        }
    }

    fn power_off(&mut self) {
        if matches!(self.0.peek(), Some(Record::PowerOff)) {
            self.0.take();
        }
    }
}
