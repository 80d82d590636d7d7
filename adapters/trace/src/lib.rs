//! Traces: what went between a computer and a token, in one format from the field to the test.
//!
//! A trace is a text file, a line for each message; [`Trace`] reads and writes it. [`Recorder`] makes one while a
//! program works, [`Replay`] answers from one like the device that was recorded, [`describe`] says what a line means,
//! [`redact`] takes out whose token it was, [`differences`] compares two, [`convert`] makes traces of other programs'
//! logs.
//!
//! **No trace holds a PIN.** The bytes of what goes to a card are [`MaskedBytes`], and nothing makes these but the
//! [`Masker`], which leaves the data field of every command out that may hold one, with its length and its check
//! byte. Reading a file masks again, so that a line that somebody typed is masked, too.
#![forbid(unsafe_code)]

pub mod convert;
mod decode;
mod difference;
mod file;
mod mask;
mod masked;
mod record;
mod recorder;
mod redact;
mod replay;

pub use decode::{Layer, Meaning, describe};
pub use difference::{Difference, differences};
pub use file::{MAX_FILE, Trace, TraceError, printable};
pub use mask::Masker;
pub use masked::MaskedBytes;
pub use record::{Entry, Failure, Opened, Record};
pub use recorder::{Fault, RecordedPipe, Recorder, Track};
pub use redact::redact;
pub use replay::{Replay, ReplayError, ReplayLink, ReplayPipe};
