//! Why a rig could not do what it was asked.

use core::fmt;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Why a rig could not do what it was asked.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Fault {
    /// There was no hello, or the host was silent for too long since. The token has no power.
    NoSession,
    /// A request with this number was carried out already, or a later one; it was not done again.
    Repeated,
    /// The frame was whole, but no request is in it.
    Malformed,
    /// This rig cannot do that.
    Unsupported,
    /// A byte string is longer than this rig takes.
    TooLong,
    /// There is no token.
    NoCard,
    /// The token has no power.
    NotPowered,
    /// The token does not answer the reset.
    Mute,
    /// The answer to reset begins with another byte than 3B or 3F.
    WrongTs(u8),
    /// The answer to reset makes no sense, or does not end.
    BadAtr,
    /// Characters with wrong parity, again and again.
    Parity,
    /// The token draws more current than it may; its power is off.
    OverCurrent,
    /// The token fell silent in the middle of an exchange, or took longer than its budget.
    Timeout,
    /// The token refused the protocol or the speed.
    Pps,
    /// The token broke the rules of T=0.
    T0,
    /// The token broke the rules of T=1.
    T1,
    /// The token's response is longer than a short APDU's.
    ResponseTooLong,
    /// The token broke the rules of CCID.
    Ccid,
    /// The token is gone from USB.
    Unplugged,
    /// The token on USB stalled a transfer.
    Stalled,
    /// The exchange was given up and the power taken: the host fell silent or began anew.
    Stopped,
    /// The rig itself failed; the number is the firmware's own.
    Hardware(u8),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSession => {
                "the rig had heard nothing for too long and took the token's power; start again"
            }
            Self::Repeated => "the rig got a request twice and did it once; what it answered is lost",
            Self::Malformed => "the rig does not understand the request; flash its firmware anew",
            Self::Unsupported => "this rig cannot do that",
            Self::TooLong => "the request is longer than this rig takes; use short APDUs",
            Self::NoCard => "no token is on the rig; insert it",
            Self::NotPowered => "the token on the rig has no power; power it on",
            Self::Mute => "the token on the rig does not answer its reset; insert it the other way round",
            Self::WrongTs(ts) => {
                return write!(
                    f,
                    "the answer to reset begins with {ts:02X}, not 3B or 3F; look at the clock and the line"
                );
            }
            Self::BadAtr => "the token's answer to reset makes no sense; look at the clock and the line",
            Self::Parity => "the byte line to the token is noisy; look at the contacts",
            Self::OverCurrent => {
                "the token draws too much current, its power is off; take it out, it may be short-circuited"
            }
            Self::Timeout => "the token on the rig did not answer in time; power it off and on",
            Self::Pps => "the token refused the protocol and speed that it offers",
            Self::T0 => "the token broke the rules of T=0; power it off and on",
            Self::T1 => "the token broke the rules of T=1; power it off and on",
            Self::ResponseTooLong => "the token's response is longer than 258 bytes",
            Self::Ccid => "the token broke the rules of CCID; power it off and on",
            Self::Unplugged => "the token was pulled out of the rig's USB port",
            Self::Stalled => "the token on the rig's USB port stalled; reset its bus",
            Self::Stopped => "the rig gave the command up and took the token's power",
            Self::Hardware(code) => return write!(f, "the rig itself failed (code {code}); reset it"),
        })
    }
}

impl core::error::Error for Fault {}
