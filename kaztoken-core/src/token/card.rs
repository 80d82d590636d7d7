//! Where a conversation and its driver meet: one buffer, one command at a time.

use super::Error;
use crate::Millis;
use crate::apdu::{Command, Exchange, Next, Reply, ins};
use core::cell::{RefCell, RefMut};
use core::pin::Pin;
use core::task::{Context, Poll};
use zeroize::Zeroize;

/// The buffer a [`Card`] needs: a short command and a short response.
pub const BUFFER_LEN: usize = COMMAND_LEN + RESPONSE_LEN;
const COMMAND_LEN: usize = 261;
const RESPONSE_LEN: usize = 258;
/// The most raw APDUs of one conversation: more than any needs, so that nothing a token answers
/// keeps a conversation going for ever.
const MAX_COMMANDS: u32 = 20_000;

/// The transmission protocol below the APDUs; it decides how a command's lengths are sent.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Protocol {
    /// Characters: the answer to a command with data is collected by GET RESPONSE.
    T0,
    /// Blocks.
    T1,
}

#[derive(Debug)]
enum State {
    Idle,
    Command { len: usize, budget: Millis },
    Sent { len: usize },
    Answer { len: usize },
}

struct Meeting<'b> {
    buffer: &'b mut [u8; BUFFER_LEN],
    state: State,
    commands: u32,
}

/// A card as a conversation sees it. The driver carries out what [`transmit`](Self::transmit) asks.
pub struct Card<'b> {
    meeting: RefCell<Meeting<'b>>,
    protocol: Protocol,
}

impl core::fmt::Debug for Card<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Card").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

/// How long a command may take before the token counts as silent. Generating a key takes minutes on
/// the chip, everything else seconds.
const fn budget(command: &Command<'_>) -> Millis {
    match command.ins {
        ins::GENERATE_KEY_PAIR if command.p1 != 0x81 => Millis(330_000),
        _ => Millis(30_000),
    }
}

impl<'b> Card<'b> {
    /// Takes the buffer for commands and responses.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8; BUFFER_LEN], protocol: Protocol) -> Self {
        let meeting = Meeting { buffer, state: State::Idle, commands: 0 };
        Self { meeting: RefCell::new(meeting), protocol }
    }

    /// Carries out one logical command: chains what is too long, collects what is announced. The
    /// answer's data goes to `out`; at most `command.ne` bytes of it are taken.
    pub async fn transmit(&self, command: Command<'_>, out: &mut [u8]) -> Result<Reply, Error> {
        let mut exchange = Exchange::new(command, self.protocol == Protocol::T0);
        loop {
            {
                let mut meeting = self.meeting()?;
                meeting.commands = meeting.commands.saturating_add(1);
                if meeting.commands > MAX_COMMANDS {
                    return Err(Error::TooManyCommands);
                }
                let raw = meeting.buffer.get_mut(..COMMAND_LEN).unwrap_or_default();
                match exchange.next(raw)? {
                    Next::Send(len) => meeting.state = State::Command { len, budget: budget(&command) },
                    Next::Done => break,
                }
            }
            Answered(self).await;
            let mut meeting = self.meeting()?;
            let State::Answer { len } = meeting.state else { return Err(Error::NotAConversation) };
            meeting.state = State::Idle;
            let response = meeting.buffer.get(COMMAND_LEN..COMMAND_LEN.saturating_add(len));
            let result = exchange.take(response.unwrap_or_default(), out);
            if command.is_secret() {
                meeting.buffer.zeroize();
            }
            result?;
        }
        exchange.reply().ok_or(Error::NotAConversation)
    }

    /// Lets a blocking driver carry out the waiting command. `None` when none waits.
    pub fn turn<E>(
        &self,
        transmit: impl FnOnce(&[u8], &mut [u8], Millis) -> Result<usize, E>,
    ) -> Option<Result<(), E>> {
        let mut turn = self.take_turn()?;
        let (command, response, budget) = turn.parts();
        let result = transmit(command, response, budget);
        Some(result.map(|len| turn.answered(len)))
    }

    /// The waiting command, for an async driver. `None` when none waits.
    pub fn take_turn(&self) -> Option<Turn<'_, 'b>> {
        let meeting = self.meeting.try_borrow_mut().ok()?;
        match meeting.state {
            State::Command { len, budget } => Some(Turn { meeting, len, budget }),
            _ => None,
        }
    }

    /// Lets an `nb` driver send the waiting command.
    pub(crate) fn sending<E>(
        &self,
        send: impl FnOnce(&[u8], Millis) -> nb::Result<(), E>,
    ) -> Option<nb::Result<(), E>> {
        let mut turn = self.take_turn()?;
        let (command, _, budget) = turn.parts();
        let result = send(command, budget);
        if result.is_ok() {
            turn.meeting.state = State::Sent { len: turn.len };
        }
        Some(result)
    }

    /// Lets an `nb` driver take the response.
    pub(crate) fn receiving<E>(
        &self,
        receive: impl FnOnce(&[u8], &mut [u8]) -> nb::Result<usize, E>,
    ) -> Option<nb::Result<(), E>> {
        let mut meeting = self.meeting.try_borrow_mut().ok()?;
        let State::Sent { len } = meeting.state else { return None };
        let (command, response) = meeting.buffer.split_at_mut(COMMAND_LEN);
        let result = receive(command.get(..len).unwrap_or_default(), response);
        Some(result.map(|len| meeting.state = State::Answer { len: len.min(RESPONSE_LEN) }))
    }

    /// Wipes the buffer: a conversation is over or was given up.
    pub(crate) fn clear(&self) {
        if let Ok(mut meeting) = self.meeting.try_borrow_mut() {
            meeting.buffer.zeroize();
            meeting.state = State::Idle;
            meeting.commands = 0;
        }
    }

    fn meeting(&self) -> Result<RefMut<'_, Meeting<'b>>, Error> {
        self.meeting.try_borrow_mut().map_err(|_| Error::NotAConversation)
    }
}

/// A command that waits to be carried out.
pub struct Turn<'c, 'b> {
    meeting: RefMut<'c, Meeting<'b>>,
    len: usize,
    budget: Millis,
}

impl core::fmt::Debug for Turn<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Turn").field("len", &self.len).field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl Turn<'_, '_> {
    /// The command, the place for the response, and how long it may take.
    pub fn parts(&mut self) -> (&[u8], &mut [u8], Millis) {
        let (command, response) = self.meeting.buffer.split_at_mut(COMMAND_LEN);
        (command.get(..self.len).unwrap_or_default(), response, self.budget)
    }

    /// The response is there and has this length.
    pub fn answered(mut self, len: usize) {
        self.meeting.state = State::Answer { len: len.min(RESPONSE_LEN) };
    }
}

/// Waits until the driver has brought the answer.
struct Answered<'c, 'b>(&'c Card<'b>);

impl Future for Answered<'_, '_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0.meeting.try_borrow().map(|m| matches!(m.state, State::Answer { .. })) {
            Ok(true) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}
