//! The KAZTOKEN crypto token's protocol, for any host: a desktop, a server, a microcontroller.
//!
//! Nothing here does input or output, allocates, or reads a clock. The layers, bottom up:
//!
//! * [`atr`]: the answer to reset and the models it names;
//! * [`ccid`]: USB CCID messages and the slot machine that exchanges short APDUs over a bulk pipe;
//! * [`tpdu`]: T=1, T=0 and PPS, where the reader leaves them to the host;
//! * [`contact`]: a card on its contacts, where there is no reader: activation, reset, bytes with their times;
//! * [`apdu`]: command and response APDUs, status words, TLV, file control information, and the
//!   exchange that does command chaining, GET RESPONSE and the wrong-length repetition;
//! * [`pin`]: the PIN type, what a PIN must look like, and what may be sent to the token when;
//! * [`token`]: what a KAZTOKEN can do (identify, log in, format, generate, sign and so on) as
//!   conversations that yield one command APDU after another;
//! * [`drive`]: the drivers that carry a conversation over a link: blocking, `nb` and async;
//! * [`gost`] (feature `gost`): GOST R 34.10 and its hashes in software.
//!
//! What was never run on a real KAZTOKEN is all of it: no hardware was at hand. The bytes come from
//! public sources, and the judges are OpenSC, pcscd, libccid and OpenSSL's GOST engine.
#![no_std]
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

#[cfg(test)]
extern crate std;

pub mod apdu;
pub mod atr;
pub mod ccid;
pub mod contact;
pub mod drive;
#[cfg(feature = "gost")]
pub mod gost;
pub mod pin;
pub mod token;
pub mod tpdu;

/// A point in time or a duration in milliseconds, as the caller counts them.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Millis(pub u64);

impl Millis {
    /// This point in time, `by` later; stays at the largest value instead of wrapping.
    #[must_use]
    #[inline(never)]
    pub const fn after(self, by: Self) -> Self {
        Self(self.0.saturating_add(by.0))
    }

    /// How long after `earlier` this point is; zero when it is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}
