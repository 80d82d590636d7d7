//! The loops that carry a [`Slot`] over a bulk pipe: blocking, `nb` and async. They differ only in
//! who waits.
//!
//! `buffer` takes one bulk-IN transfer. Its length is a multiple of the packet size and at least
//! [`SHORT_APDU_MESSAGE_LEN`] ([`read_len`]): a USB host controller
//! reports an overflow when a packet does not fit into what is left.
//!
//! The clock must move on, it is what ends the wait for a silent device.

use core::ops::ControlFlow;

use super::error::{CcidError, LinkError};
use super::slot::{ControlAnswer, Outcome, Poll, SHORT_APDU_MESSAGE_LEN, Slot};
use crate::Millis;
use crate::drive::{BulkPipe, asynchronous, nonblocking};

/// The longest single wait, so that the caller is asked at least this often whether to go on.
const LONGEST_WAIT: Millis = Millis(250);
/// A bulk-OUT transfer of a few packets that takes longer than this has failed; nobody can cancel it.
const LONGEST_SEND: Millis = Millis(1_000);
/// The control half of ABORT has no data; a device that does not answer it at once never will.
const LONGEST_CONTROL: Millis = Millis(250);

/// The shortest read buffer for bulk packets of `max_packet` bytes: 320 for 64, 512 for 512. `None` for 0.
#[must_use]
pub const fn read_len(max_packet: u16) -> Option<usize> {
    match max_packet {
        0 => None,
        size => Some(SHORT_APDU_MESSAGE_LEN.next_multiple_of(size as usize)),
    }
}

/// What an earlier user of the device left on its way, at most this many transfers, is thrown away.
const MAX_DRAINED: u16 = 1024;
/// The wait for each of them: what is there is there at once.
const DRAIN_WAIT: Millis = Millis(1);

/// Throws away what an earlier user of the device, who was killed perhaps, has not read: it could be
/// taken for an answer to the first commands.
///
/// # Errors
/// The pipe's.
pub fn drain<P: BulkPipe>(pipe: &mut P, buffer: &mut [u8]) -> Result<(), P::Error> {
    for _ in 0..MAX_DRAINED {
        if pipe.receive(buffer, DRAIN_WAIT)?.is_none() {
            break;
        }
    }
    Ok(())
}

/// [`drain`] without waiting.
///
/// # Errors
/// The pipe's.
pub fn drain_nonblocking<P: nonblocking::BulkPipe>(pipe: &mut P, buffer: &mut [u8]) -> Result<(), P::Error> {
    for _ in 0..MAX_DRAINED {
        match pipe.receive(buffer) {
            Ok(_) => {}
            Err(nb::Error::WouldBlock) => break,
            Err(nb::Error::Other(error)) => return Err(error),
        }
    }
    Ok(())
}

/// [`drain`] over an async pipe.
///
/// # Errors
/// The pipe's.
pub async fn drain_asynchronous<P>(pipe: &mut P, buffer: &mut [u8]) -> Result<(), P::Error>
where
    P: asynchronous::BulkPipe,
{
    for _ in 0..MAX_DRAINED {
        if pipe.receive(buffer, DRAIN_WAIT).await?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Carries the command that was started in `slot` to its end, waiting in `pipe`.
///
/// `command` is what [`Slot::exchange`] was given, `response` takes the response APDU; both are empty
/// for other commands. `on_wait` is called with the time since the call, at least every 250 ms while
/// waiting and at every time extension; [`ControlFlow::Break`] cancels.
///
/// # Errors
/// [`LinkError::Pipe`] and [`LinkError::Ccid`]; [`Slot::recovery`] tells what is to be done then.
pub fn blocking<B, P>(
    slot: &mut Slot<B>,
    pipe: &mut P,
    buffer: &mut [u8],
    (command, response): (&[u8], &mut [u8]),
    mut clock: impl FnMut() -> Millis,
    mut on_wait: impl FnMut(Millis) -> ControlFlow<()>,
) -> Result<Outcome, LinkError<P::Error>>
where
    B: AsRef<[u8]> + AsMut<[u8]>,
    P: BulkPipe,
{
    let start = clock();
    let (mut now, mut ask_at) = (start, start.after(LONGEST_WAIT));
    loop {
        match slot.poll(command, response) {
            Poll::Done(result) => return result.map_err(LinkError::Ccid),
            Poll::TimeExtension { .. } => ask_at = now,
            Poll::Wait => {}
        }
        // Also while a device says one thing after another that answers nothing.
        if now >= ask_at {
            ask_at = now.after(LONGEST_WAIT);
            if on_wait(now.since(start)).is_break() {
                slot.cancel(now);
                continue;
            }
        }
        let Some(left) = time_left(slot, now)? else { continue };
        let moved = if let Some(request) = slot.poll_control() {
            match pipe.has_control_pipe() {
                true => {
                    pipe.class_request(request, &mut [], left.min(LONGEST_CONTROL)).map(Event::controlled)
                }
                false => Ok(Event::Controlled(ControlAnswer::Impossible)),
            }
        } else if let Some(message) = slot.poll_transmit() {
            pipe.send(message, left.min(LONGEST_SEND)).map(|()| Event::Sent)
        } else {
            pipe.receive(buffer, left.min(LONGEST_WAIT)).map(Event::received)
        };
        let event = match moved {
            Ok(event) => event,
            Err(error) => return Err(failed(slot, error)),
        };
        now = clock();
        if let Event::Silence = event {
            ask_at = now;
        }
        event.tell(slot, now, buffer);
    }
}

/// Moves the command that was started in `slot` on as far as it goes without waiting.
///
/// # Errors
/// [`nb::Error::WouldBlock`] when there is nothing to do until the pipe moves or
/// [`Slot::poll_timeout`] comes; otherwise as [`blocking`]. [`Slot::cancel`] cancels.
pub fn nonblocking<B, P>(
    slot: &mut Slot<B>,
    pipe: &mut P,
    buffer: &mut [u8],
    (command, response): (&[u8], &mut [u8]),
    now: Millis,
) -> nb::Result<Outcome, LinkError<P::Error>>
where
    B: AsRef<[u8]> + AsMut<[u8]>,
    P: nonblocking::BulkPipe,
{
    loop {
        match slot.poll(command, response) {
            Poll::Done(result) => return result.map_err(|error| nb::Error::Other(LinkError::Ccid(error))),
            // Granted; the caller sees it in `Slot::counters`.
            Poll::TimeExtension { .. } => continue,
            Poll::Wait => {}
        }
        if time_left(slot, now).map_err(nb::Error::Other)?.is_none() {
            continue;
        }
        let moved = if let Some(request) = slot.poll_control() {
            match pipe.has_control_pipe() {
                true => pipe.class_request(request, &mut []).map(Event::controlled),
                false => Ok(Event::Controlled(ControlAnswer::Impossible)),
            }
        } else if let Some(message) = slot.poll_transmit() {
            pipe.send(message).map(|()| Event::Sent)
        } else {
            pipe.receive(buffer).map(Event::Received)
        };
        match moved {
            Ok(event) => event.tell(slot, now, buffer),
            Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
            Err(nb::Error::Other(error)) => return Err(nb::Error::Other(failed(slot, error))),
        }
    }
}

/// Carries the command that was started in `slot` to its end, awaiting `pipe`.
///
/// Dropping the future leaves the command under way: say [`Slot::cancel`] and drive the slot to the
/// command's end before the next one.
///
/// # Errors
/// As [`blocking`].
pub async fn asynchronous<B, P>(
    slot: &mut Slot<B>,
    pipe: &mut P,
    buffer: &mut [u8],
    (command, response): (&[u8], &mut [u8]),
    mut clock: impl FnMut() -> Millis,
    mut on_wait: impl FnMut(Millis) -> ControlFlow<()>,
) -> Result<Outcome, LinkError<P::Error>>
where
    B: AsRef<[u8]> + AsMut<[u8]>,
    P: asynchronous::BulkPipe,
{
    let start = clock();
    let (mut now, mut ask_at) = (start, start.after(LONGEST_WAIT));
    loop {
        match slot.poll(command, response) {
            Poll::Done(result) => return result.map_err(LinkError::Ccid),
            Poll::TimeExtension { .. } => ask_at = now,
            Poll::Wait => {}
        }
        // Also while a device says one thing after another that answers nothing.
        if now >= ask_at {
            ask_at = now.after(LONGEST_WAIT);
            if on_wait(now.since(start)).is_break() {
                slot.cancel(now);
                continue;
            }
        }
        let Some(left) = time_left(slot, now)? else { continue };
        let moved = if let Some(request) = slot.poll_control() {
            match pipe.has_control_pipe() {
                true => pipe
                    .class_request(request, &mut [], left.min(LONGEST_CONTROL))
                    .await
                    .map(Event::controlled),
                false => Ok(Event::Controlled(ControlAnswer::Impossible)),
            }
        } else if let Some(message) = slot.poll_transmit() {
            pipe.send(message, left.min(LONGEST_SEND)).await.map(|()| Event::Sent)
        } else {
            pipe.receive(buffer, left.min(LONGEST_WAIT)).await.map(Event::received)
        };
        let event = match moved {
            Ok(event) => event,
            Err(error) => return Err(failed(slot, error)),
        };
        now = clock();
        if let Event::Silence = event {
            ask_at = now;
        }
        event.tell(slot, now, buffer);
    }
}

/// What the pipe did.
enum Event {
    Controlled(ControlAnswer),
    Sent,
    Received(usize),
    Silence,
}

impl Event {
    const fn controlled(answer: Option<usize>) -> Self {
        Self::Controlled(match answer {
            Some(_) => ControlAnswer::Accepted,
            None => ControlAnswer::Stalled,
        })
    }

    const fn received(len: Option<usize>) -> Self {
        match len {
            Some(len) => Self::Received(len),
            None => Self::Silence,
        }
    }

    fn tell<B: AsRef<[u8]> + AsMut<[u8]>>(self, slot: &mut Slot<B>, now: Millis, buffer: &[u8]) {
        match self {
            Self::Controlled(answer) => slot.control_done(now, answer),
            Self::Sent => slot.transmitted(now),
            Self::Received(len) => slot.handle_input(now, buffer.get(..len).unwrap_or(buffer)),
            Self::Silence => slot.handle_timeout(now),
        }
    }
}

/// How long may be waited, never zero. `None` after the slot was told that its time has come.
fn time_left<B, E>(slot: &mut Slot<B>, now: Millis) -> Result<Option<Millis>, LinkError<E>>
where
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    // Without a started command there is nothing to drive.
    let Some(due) = slot.poll_timeout() else {
        return Err(LinkError::Ccid(CcidError::NoCommand));
    };
    if now >= due {
        slot.handle_timeout(now);
        return Ok(None);
    }
    Ok(Some(due.since(now)))
}

fn failed<B, E>(slot: &mut Slot<B>, error: E) -> LinkError<E>
where
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    slot.pipe_failed();
    // The result is this error: the slot is free for the power cycle.
    let _ = slot.poll(&[], &mut []);
    LinkError::Pipe(error)
}
