//! The test rig: a microcontroller with a token on it, told by a computer what to do.
//!
//! This package is what both ends share, and each end's half:
//!
//! * [`message`]: requests and answers, their limits, and which of them may be sent twice;
//! * [`frame`]: how a message lies on the line: COBS with a CRC-32, one zero byte before and after it;
//! * [`hello`]: the handshake that tells two versions apart, whose own bytes never change;
//! * [`Server`]: the rig's end, bytes in and bytes out, over a [`Bench`] that carries the requests out;
//! * `host` (feature `host`): the computer's end over serial ports and sockets, an
//!   [`ApduLink`](kaztoken_core::drive::ApduLink) and a [`BulkPipe`](kaztoken_core::drive::BulkPipe);
//! * `simulated` (feature `virtual`): a bench with a virtual token on it, in process or on a socket.
//!
//! Without features nothing here allocates, reads a clock or panics. All of it was run against simulated
//! rigs; no rig with a real token was at hand.
#![cfg_attr(not(any(test, feature = "host")), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod bench;
mod fault;
pub mod frame;
pub mod hello;
#[cfg(feature = "host")]
pub mod host;
pub mod message;
pub mod server;
#[cfg(feature = "virtual")]
pub mod simulated;

pub use bench::Bench;
pub use fault::Fault;
pub use server::Server;

/// A point in time in microseconds, as the rig's firmware counts them.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Micros(pub u64);

impl Micros {
    /// How long after `earlier` this point is; zero when it is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// This point in time, `by` later; stays at the largest value instead of wrapping.
    #[must_use]
    pub const fn after(self, by: kaztoken_core::Millis) -> Self {
        Self(self.0.saturating_add(by.0.saturating_mul(1_000)))
    }
}
