//! The computer's end of the line.
//!
//! * [`Address`]: where a rig is, as people write it;
//! * [`Line`]: bytes to and from it, over a serial port, a Unix socket or TCP, or anything of the caller's;
//! * [`Rig`]: requests and answers, each with its time limit; harmless requests are repeated when they or
//!   their answers were lost, others never;
//! * [`RigLink`]: APDUs through the rig, an [`ApduLink`](kaztoken_core::drive::ApduLink);
//! * [`RigPipe`]: CCID messages through a rig that has the token on USB, a
//!   [`BulkPipe`](kaztoken_core::drive::BulkPipe).
//!
//! Around a link to a token goes a [`safety::Guard`], which refuses what the rules do not allow.

mod address;
mod error;
mod line;
mod link;
mod pipe;
mod rig;
pub mod safety;

pub use address::{Address, AddressError, SPEED};
pub use error::Error;
pub use line::{Line, Receive, Transmit, ports};
pub use link::RigLink;
pub use pipe::RigPipe;
pub use rig::{About, HostCounters, LogSink, Options, Rig, WaitHook};
