//! T=0 over a reader at the TPDU exchange level (ISO/IEC 7816-3, clause 12): the host sends the header with
//! P3 and the data, the reader does the procedure bytes, the answer is data, SW1 and SW2.
//!
//! | APDU | TPDU sent | then |
//! |---|---|---|
//! | case 1, `CLA INS P1 P2` | with P3 = 00 | the status |
//! | case 2, `.. Le` | as it is | `6Cxx`: once more with P3 = xx; `61xx`: GET RESPONSE |
//! | case 3, `.. Lc data` | as it is | the status; `61xx` is passed up and nothing is fetched |
//! | case 4, `.. Lc data Le` | without Le | `61xx`: GET RESPONSE of at most Ne bytes |
//!
//! No TPDU goes out twice, except that one whose P3 was a wrong Le goes out once more with the right one:
//! after `6Cxx` the card has executed nothing. A command of [`Repetition::Never`] does not even do that.
//!
//! [`Exchange`](crate::apdu::Exchange) above fits in both of its forms. Made with `t0 = false` it hands over
//! all four cases and leaves P3, GET RESPONSE and the right Le to this machine; that is the form to prefer,
//! because a case 1 command is still known as one here. Made with `t0 = true` it sends case 4 as case 3, sees
//! the `61xx` that is passed up and sends GET RESPONSE as a case 2 command of its own. Data beyond Ne stays
//! announced (`61xx` after the Ne bytes), so that a command of more than 256 bytes goes on above.
//!
//! A case 4 command answered `9000` without data is over: asking for data that the card has not announced
//! could only replace the success by an error.

use core::fmt;

use super::Repetition;

/// The most GET RESPONSE commands for one command: 256 bytes in pieces of 4.
const MAX_ROUNDS: u8 = 64;
/// INS of GET RESPONSE.
const GET_RESPONSE: u8 = 0xC0;
/// bClassGetResponse: the class of the command is used.
const ECHO: u8 = 0xFF;

/// Why a command could not be carried out over T=0. After all but the first two the card broke the protocol:
/// reset it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum T0Error {
    /// The bytes are no short command APDU.
    Malformed {
        /// Bytes given.
        got: usize,
    },
    /// The command is an extended APDU, which T=0 carries only inside ENVELOPE commands.
    Extended,
    /// An answer came without a command.
    NoCommand,
    /// An answer of less than two bytes.
    NoStatusWord {
        /// Bytes there.
        got: usize,
    },
    /// The last two bytes are no status: SW1 is neither 61 to 6F nor 90 to 9F.
    InvalidStatus(u8, u8),
    /// More data than P3 asked for.
    AnswerTooLong {
        /// Data bytes there.
        got: usize,
        /// P3.
        max: usize,
    },
    /// The caller's buffer cannot take the answer.
    BufferTooSmall {
        /// Bytes needed so far.
        needed: usize,
        /// Bytes of the buffer.
        got: usize,
    },
    /// 6Cxx again, after the Le that the card itself had named.
    WrongLengthTwice,
    /// 61xx without end.
    Endless,
}

impl fmt::Display for T0Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Malformed { got } => write!(f, "these {got} bytes are no short command APDU"),
            Self::Extended => f.write_str("T=0 carries no extended APDU; use command chaining"),
            Self::NoCommand => f.write_str("the card answered without a command"),
            Self::NoStatusWord { got } => {
                write!(f, "the card's answer has {got} bytes and no status word; reset the card")
            }
            Self::InvalidStatus(sw1, sw2) => {
                write!(f, "{sw1:02X}{sw2:02X} is no status word of T=0; reset the card")
            }
            Self::AnswerTooLong { got, max } => {
                write!(f, "the card answers {got} bytes, {max} were asked for; reset the card")
            }
            Self::BufferTooSmall { needed, got } => {
                write!(f, "the answer needs {needed} bytes and the buffer has {got}")
            }
            Self::WrongLengthTwice => {
                f.write_str("the card refuses the length that it asked for; reset the card")
            }
            Self::Endless => {
                f.write_str("the card keeps announcing more data and never ends; reset the card")
            }
        }
    }
}

impl core::error::Error for T0Error {}

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Send what [`T0::tpdu`] writes.
    Send,
    /// That many bytes of the response buffer are the response APDU: data, SW1, SW2.
    Done(usize),
    /// The exchange is over; what the response buffer holds means nothing.
    Failed(T0Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Command,
    GetResponse,
}

/// The machine for one command after another. It holds no byte of commands or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct T0 {
    class_get_response: u8,
    state: State,
    /// Ne, 0 to 256.
    ne: u16,
    /// Data bytes in the response buffer.
    len: u16,
    /// The most data that the TPDU under way may bring: 0 where P3 is no Le.
    asked: u16,
    /// The TPDU under way is the repetition after 6Cxx.
    repeated: bool,
    rounds: u8,
}

impl T0 {
    /// A machine that sends GET RESPONSE with the class `class_get_response`, FF = that of the command.
    ///
    /// The descriptor's bClassGetResponse has this meaning, but speaks of what a reader at an APDU level does
    /// (CCID 1.1, 5.1). For the host's own GET RESPONSE, FF keeps the command's logical channel.
    #[must_use]
    pub const fn new(class_get_response: u8) -> Self {
        Self { class_get_response, state: State::Idle, ne: 0, len: 0, asked: 0, repeated: false, rounds: 0 }
    }

    /// Starts a command: a short APDU of any case. A command that was under way is forgotten.
    ///
    /// # Errors
    /// [`T0Error::Malformed`], [`T0Error::Extended`]; nothing is to be sent then.
    pub fn exchange(&mut self, command: &[u8]) -> Result<(), T0Error> {
        *self = Self::new(self.class_get_response);
        let malformed = Err(T0Error::Malformed { got: command.len() });
        let (ne, asked) = match *command {
            [_, _, _, _] => (0, 0),
            [_, _, _, _, le] => (or_256(le), or_256(le)),
            [_, _, _, _, 0, _, _, ..] => return Err(T0Error::Extended),
            [_, _, _, _, lc, ref rest @ ..] if lc != 0 => match rest.split_at_checked(lc.into()) {
                Some((_, [])) => (0, 0),
                Some((_, &[le])) => (or_256(le), 0),
                _ => return malformed,
            },
            _ => return malformed,
        };
        (self.state, self.ne, self.asked) = (State::Command, ne, asked);
        Ok(())
    }

    /// Writes the TPDU to send now: at most 260 bytes. 0 = there is none, or `out` cannot take it.
    ///
    /// `command` is the one given to [`exchange`](Self::exchange).
    pub fn tpdu(&self, command: &[u8], out: &mut [u8]) -> usize {
        let Some((&[cla, ins, p1, p2], body)) = command.split_first_chunk::<4>() else {
            return 0;
        };
        // 256 is sent as 00.
        let (header, data): (_, &[u8]) = match (self.state, body) {
            (State::Idle, _) => return 0,
            (State::GetResponse, _) => ([self.class(cla), GET_RESPONSE, 0, 0, self.asked as u8], &[]),
            (State::Command, [lc, rest @ ..]) if !rest.is_empty() => {
                ([cla, ins, p1, p2, *lc], rest.get(..usize::from(*lc)).unwrap_or(rest))
            }
            (State::Command, _) => ([cla, ins, p1, p2, self.asked as u8], &[]),
        };
        let len = header.len().saturating_add(data.len());
        let Some(out) = out.get_mut(..len) else {
            return 0;
        };
        for (to, from) in out.iter_mut().zip(header.iter().chain(data)) {
            *to = *from;
        }
        len
    }

    /// Takes the answer to the TPDU, as the reader passes it on: data, SW1, SW2. Data is gathered in
    /// `response`, 258 bytes for Ne = 256.
    ///
    /// `command` is the one given to [`exchange`](Self::exchange).
    pub fn handle_answer(&mut self, answer: &[u8], command: &[u8], response: &mut [u8]) -> Step {
        let step = self.take(answer, command, response).unwrap_or_else(Step::Failed);
        if step != Step::Send {
            self.state = State::Idle;
        }
        step
    }

    fn take(&mut self, answer: &[u8], command: &[u8], response: &mut [u8]) -> Result<Step, T0Error> {
        if self.state == State::Idle {
            return Err(T0Error::NoCommand);
        }
        let Some((data, &[sw1, sw2])) = answer.split_last_chunk() else {
            return Err(T0Error::NoStatusWord { got: answer.len() });
        };
        if !matches!(sw1, 0x61..=0x6F | 0x90..=0x9F) {
            return Err(T0Error::InvalidStatus(sw1, sw2));
        }
        let got = data.len();
        if got > usize::from(self.asked) {
            return Err(T0Error::AnswerTooLong { got, max: self.asked.into() });
        }
        let start = usize::from(self.len);
        let needed = start.saturating_add(answer.len());
        let too_small = T0Error::BufferTooSmall { needed, got: response.len() };
        for (to, from) in response.get_mut(start..needed).ok_or(too_small)?.iter_mut().zip(answer) {
            *to = *from;
        }
        // At most Ne, because no more than what is left of Ne is ever asked for.
        self.len = self.len.saturating_add(got as u16);
        let left = self.ne.saturating_sub(self.len);
        let xx = or_256(sw2);
        match sw1 {
            0x6C if self.may_repeat(command) && data.is_empty() => {
                if self.repeated {
                    return Err(T0Error::WrongLengthTwice);
                }
                if xx > left {
                    // More than was asked for. ISO 7816-4:1995, annex A, case 2S.3 leaves two ways: fetch it
                    // and cut it off, or pass the status up. Nothing beyond Ne is fetched here.
                    return Ok(Step::Done(needed));
                }
                (self.asked, self.repeated) = (xx, true);
                Ok(Step::Send)
            }
            0x61 if left > 0 => {
                let fruitless = self.state == State::GetResponse && data.is_empty();
                if fruitless || self.rounds >= MAX_ROUNDS {
                    return Err(T0Error::Endless);
                }
                self.rounds = self.rounds.saturating_add(1);
                (self.state, self.asked, self.repeated) = (State::GetResponse, left.min(xx), false);
                Ok(Step::Send)
            }
            _ => Ok(Step::Done(needed)),
        }
    }

    /// Was the last byte sent an Le, and may the TPDU go out again with another?
    fn may_repeat(&self, command: &[u8]) -> bool {
        self.asked > 0 && (self.state == State::GetResponse || Repetition::of(command) != Repetition::Never)
    }

    /// The class of GET RESPONSE. A command's class is echoed with its logical channel and without its bits
    /// for chaining and secure messaging: GET RESPONSE is a command by itself, neither a part of the chain
    /// nor protected. Which bits these are in the interindustry classes 0X, 1X and 4X to 7X:
    /// <https://docs.oracle.com/javacard/3.0.5/prognotes/interindustry-space.htm>. Any other class is echoed
    /// as it is, what its bits mean is not known.
    const fn class(&self, cla: u8) -> u8 {
        match (self.class_get_response, cla >> 5) {
            (ECHO, 0) => cla & 0x03,
            (ECHO, 2 | 3) => cla & 0x4F,
            (ECHO, _) => cla,
            (class, _) => class,
        }
    }
}

const fn or_256(byte: u8) -> u16 {
    if byte == 0 { 256 } else { byte as u16 }
}
