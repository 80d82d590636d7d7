//! One logical command over an APDU link: command chaining, GET RESPONSE and the repetition with
//! the right Le, all bounded.

use super::command::{Command, CommandError, ins};
use super::status::StatusWord;
use crate::ccid::message::copy;
use core::fmt;

/// The most data one part of a command chain carries.
const PART: usize = 255;
/// The most GET RESPONSE commands for one logical command: 64 times 256 bytes.
const MAX_ROUNDS: u8 = 64;

/// What the caller does next.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Send this many bytes of the buffer and hand the answer to [`Exchange::take`].
    Send(usize),
    /// The exchange is over: [`Exchange::reply`] has the result.
    Done,
}

/// The answer to a logical command.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// How many bytes of the output buffer are the answer's data.
    pub len: usize,
    /// The last status word.
    pub sw: StatusWord,
}

/// Why an exchange could not be carried out. All but the first mean that the token broke the
/// protocol; the connection is then not to be trusted without a reset.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ExchangeError {
    /// The command cannot be encoded.
    Command(CommandError),
    /// A response without a status word.
    NoStatusWord {
        /// The bytes there are.
        got: usize,
    },
    /// More answer data than asked for or than the buffer holds.
    AnswerTooLong {
        /// The bytes there would be.
        got: usize,
        /// The most there may be.
        max: usize,
    },
    /// 61xx without end, or 6Cxx twice.
    Endless,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(error) => error.fmt(f),
            Self::NoStatusWord { got } => write!(f, "the token's answer has {got} bytes and no status word"),
            Self::AnswerTooLong { got, max } => {
                write!(f, "the token answers {got} bytes, at most {max} were asked for")
            }
            Self::Endless => f.write_str("the token keeps announcing more data and never ends"),
        }
    }
}

impl core::error::Error for ExchangeError {}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum State {
    /// The part of the data field that starts at this offset is next; Le as given.
    Part {
        offset: usize,
        ne: u32,
        repeated: bool,
    },
    GetResponse {
        ne: u32,
    },
    Done(StatusWord),
    Failed(ExchangeError),
}

/// The machine for one logical command. It owns no buffer: commands are written where the caller
/// says, answer data is gathered where the caller says.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    command: Command<'a>,
    t0: bool,
    state: State,
    len: usize,
    rounds: u8,
}

impl<'a> Exchange<'a> {
    /// Starts a command. `t0` is for cards that speak T=0: a command with data goes without Le and
    /// is answered 61xx, one without either goes with P3 = 00.
    #[must_use]
    pub const fn new(command: Command<'a>, t0: bool) -> Self {
        let state = State::Part { offset: 0, ne: command.ne, repeated: false };
        Self { command, t0, state, len: 0, rounds: 0 }
    }

    /// Writes the next raw short APDU into `raw`, which needs 261 bytes at most.
    // Inlined, its memory would be on the stack during the exchange with the token.
    #[inline(never)]
    pub fn next(&mut self, raw: &mut [u8]) -> Result<Next, ExchangeError> {
        let command = match self.state {
            State::Done(_) => return Ok(Next::Done),
            State::Failed(error) => return Err(error),
            State::GetResponse { ne } => Command::new(0x00, ins::GET_RESPONSE, 0, 0).ne(ne),
            State::Part { offset, ne, .. } => {
                let rest = self.command.data.get(offset..).unwrap_or(&[]);
                match rest.split_at_checked(PART) {
                    Some((part, more)) if !more.is_empty() => {
                        Command { cla: self.command.cla | 0x10, data: part, ne: 0, ..self.command }
                    }
                    _ => {
                        let ne = match (self.t0, rest.is_empty()) {
                            (true, false) => 0,
                            (true, true) if ne == 0 => 256,
                            _ => ne.min(256),
                        };
                        Command { data: rest, ne, ..self.command }
                    }
                }
            }
        };
        command.encode_short(raw).map(Next::Send).map_err(|error| self.fail(ExchangeError::Command(error)))
    }

    /// Takes the answer to the APDU that [`next`](Self::next) wrote; its data is appended to `out`.
    #[inline(never)]
    pub fn take(&mut self, response: &[u8], out: &mut [u8]) -> Result<(), ExchangeError> {
        let Some((data, sw)) = StatusWord::split(response) else {
            return Err(self.fail(ExchangeError::NoStatusWord { got: response.len() }));
        };
        // StatusWord::status knows many more, and would be most of this machine's code.
        let [sw1, sw2] = sw.to_bytes();
        let announced = if sw2 == 0 { 256 } else { u16::from(sw2) };
        match self.state {
            State::Failed(error) => return Err(error),
            State::Done(_) => return Ok(()),
            State::Part { offset, .. } if self.is_inner_part(offset) => {
                self.state = match sw.is_success() {
                    true => State::Part {
                        offset: offset.saturating_add(PART),
                        ne: self.command.ne,
                        repeated: false,
                    },
                    false => State::Done(sw),
                };
                return Ok(());
            }
            State::Part { offset: 0, repeated, .. } if self.may_repeat() => {
                if sw1 == 0x6C {
                    if repeated {
                        return Err(self.fail(ExchangeError::Endless));
                    }
                    if u32::from(announced) > self.command.ne {
                        let max = self.command.ne as usize;
                        return Err(self.fail(ExchangeError::AnswerTooLong { got: announced.into(), max }));
                    }
                    self.state = State::Part { offset: 0, ne: announced.into(), repeated: true };
                    return Ok(());
                }
            }
            State::Part { .. } | State::GetResponse { .. } => {}
        }
        self.gather(data, out)?;
        self.state = match sw1 {
            0x61 => {
                self.rounds = self.rounds.saturating_add(1);
                if self.rounds > MAX_ROUNDS || (data.is_empty() && self.rounds > 1) {
                    return Err(self.fail(ExchangeError::Endless));
                }
                // No more is fetched than was asked for (ISO 7816-4 section 5.3.4).
                let left = self.command.ne.saturating_sub(u32::try_from(self.len).unwrap_or(u32::MAX));
                if left == 0 {
                    let max = self.command.ne as usize;
                    let got = self.len.saturating_add(announced.into());
                    return Err(self.fail(ExchangeError::AnswerTooLong { got, max }));
                }
                State::GetResponse { ne: left.min(announced.into()) }
            }
            _ => State::Done(sw),
        };
        Ok(())
    }

    /// The result, once [`next`](Self::next) says [`Next::Done`].
    #[must_use]
    pub const fn reply(&self) -> Option<Reply> {
        match self.state {
            State::Done(sw) => Some(Reply { len: self.len, sw }),
            _ => None,
        }
    }

    fn is_inner_part(&self, offset: usize) -> bool {
        self.command.data.len().saturating_sub(offset) > PART
    }

    /// 6Cxx says that nothing was executed; but only where the last byte sent was Le may it be
    /// corrected (the P3 = 00 of a case 1 command over T=0 is none), and never in a chain, whose
    /// earlier parts would be missing.
    const fn may_repeat(&self) -> bool {
        let le_was_sent = self.command.ne > 0 && (!self.t0 || self.command.data.is_empty());
        le_was_sent && self.command.data.len() <= PART && !self.command.is_secret()
    }

    fn gather(&mut self, data: &[u8], out: &mut [u8]) -> Result<(), ExchangeError> {
        let end = self.len.saturating_add(data.len());
        let max = out.len().min(self.command.ne as usize);
        match out.get_mut(self.len..end) {
            Some(place) if end <= max => {
                copy(place, data);
                self.len = end;
                Ok(())
            }
            _ => Err(self.fail(ExchangeError::AnswerTooLong { got: end, max })),
        }
    }

    const fn fail(&mut self, error: ExchangeError) -> ExchangeError {
        self.state = State::Failed(error);
        error
    }
}

#[cfg(test)]
mod tests;
