//! What can go wrong between the computer and the rig.

use crate::Fault;
use crate::hello::Dialect;
use core::fmt;
use std::io;

/// Why a request to the rig has no result.
///
/// Unless it says otherwise, what the request did is unknown after it, and the line says [`Broken`](Self::Broken)
/// until it is brought back.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The port or socket cannot be opened.
    Open {
        /// Which.
        place: String,
        /// Why.
        error: io::Error,
    },
    /// Nothing on the line said that it is a rig. No token was touched.
    NotARig {
        /// Bytes that came meanwhile.
        bytes: usize,
    },
    /// The rig's firmware speaks another version of the protocol. No token was touched.
    WrongVersion {
        /// The rig's.
        rig: Dialect,
        /// What its firmware calls itself.
        firmware: String,
    },
    /// Another rig answers than before. The token there was not touched.
    AnotherRig {
        /// Its board.
        board: String,
    },
    /// The line is closed: the cable was pulled out, or the program at the other end has ended.
    Disconnected,
    /// The operating system reports a fault of the line.
    Line(io::Error),
    /// The rig says nothing any more.
    Silent,
    /// The rig had heard nothing for too long and took the token's power.
    Asleep,
    /// The request was lost on the line. It was not carried out.
    RequestLost,
    /// The answer was lost on the line.
    AnswerLost,
    /// The rig did not answer in time.
    Timeout,
    /// The person, or the program, gave it up.
    Cancelled,
    /// The rig answered with something else than what was asked.
    WrongAnswer,
    /// The command is longer than any the rig takes; it was not sent.
    TooLong {
        /// Bytes of the command.
        len: usize,
    },
    /// The caller's buffer is too short for the answer.
    BufferTooSmall {
        /// Bytes of the answer.
        needed: usize,
        /// Bytes of the buffer.
        got: usize,
    },
    /// An earlier request failed, and the line was not brought back since. Nothing was sent.
    Broken,
    /// The rig could not do it. The line is sound.
    Fault(Fault),
}

impl Error {
    /// The fault of a line that was opened.
    pub(super) fn of_line(error: io::Error) -> Self {
        use io::ErrorKind as K;
        match error.kind() {
            K::UnexpectedEof
            | K::BrokenPipe
            | K::ConnectionReset
            | K::ConnectionAborted
            | K::NotConnected => Self::Disconnected,
            // A USB serial port that is pulled out.
            _ if matches!(error.raw_os_error(), Some(5 | 6 | 19)) && cfg!(unix) => Self::Disconnected,
            _ => Self::Line(error),
        }
    }

    /// Is the line as good as before?
    pub(super) const fn leaves_the_line_sound(&self) -> bool {
        matches!(self, Self::Fault(_) | Self::TooLong { .. } | Self::BufferTooSmall { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { place, error } => {
                let advice = match error.kind() {
                    io::ErrorKind::NotFound => "plug the rig in; `kaztoken rig list` shows what is there",
                    io::ErrorKind::PermissionDenied => "join the group that owns the port (Debian: dialout)",
                    io::ErrorKind::ConnectionRefused => "start the rig's program",
                    _ => "does another program use it?",
                };
                write!(f, "{place} cannot be opened: {error}; {advice}")
            }
            Self::NotARig { bytes: 0 } => f.write_str(
                "nothing on the line answers as a rig; is its firmware running, and is this its port?",
            ),
            Self::NotARig { bytes } => write!(
                f,
                "no rig answers, but {bytes} bytes of something else came; is this its port, at its speed?"
            ),
            Self::WrongVersion { rig, firmware } => write!(
                f,
                "the rig's firmware ({}) speaks {rig}, this program {}; flash the one that belongs to it",
                printable(firmware),
                Dialect::OURS
            ),
            Self::AnotherRig { board } => {
                write!(
                    f,
                    "another rig answers now, {}; nothing was sent to its token; start again",
                    printable(board)
                )
            }
            Self::Disconnected => f.write_str(
                "the line to the rig is closed; what the last command did is unknown. Plug the rig in again",
            ),
            Self::Line(error) => write!(f, "the line to the rig failed: {error}; plug the rig in again"),
            Self::Silent => f.write_str("the rig says nothing any more; reset it"),
            Self::Asleep => {
                f.write_str("the rig had heard nothing for too long and took the token's power; start again")
            }
            Self::RequestLost => {
                f.write_str("the command was lost on the way to the rig and not carried out")
            }
            Self::AnswerLost => {
                f.write_str("the rig's answer was lost on the line; what the command did is unknown")
            }
            Self::Timeout => f.write_str("the rig did not answer in time; what the command did is unknown"),
            Self::Cancelled => {
                f.write_str("given up while the rig was at work; what the command did is unknown")
            }
            Self::WrongAnswer => {
                f.write_str("the rig answered something else than it was asked; flash its firmware anew")
            }
            Self::TooLong { len } => {
                write!(f, "the command has {len} bytes, too many for the rig; nothing was sent")
            }
            Self::BufferTooSmall { needed, got } => {
                write!(f, "the answer has {needed} bytes and the buffer {got}; 258 bytes hold any")
            }
            Self::Broken => f.write_str("the line to the rig failed before and was not brought back"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Open { error, .. } | Self::Line(error) => Some(error),
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoSession => Self::Asleep,
            Fault::Repeated => Self::AnswerLost,
            fault => Self::Fault(fault),
        }
    }
}

/// Text from the rig, safe for a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
