//! Faults on the way between host and token, planned in a text: `extend@46:5x1000ms,drop@7`.
//!
//! | fault | effect |
//! |---|---|
//! | `extend@46:5x1000ms` | before each answer to instruction 46: five time extensions, 1000 ms apart |
//! | `drop@7` | message 7 is carried out, its answer is lost |
//! | `corrupt@7` | the first byte of the answer is inverted; `corrupt@7:3` inverts byte 3 (from 0) |
//! | `duplicate@7` | the answer to message 7 comes twice |
//! | `late@7:500ms` | the answer to message 7 comes 500 ms late, without a word |
//! | `unplug@7` | message 7 is taken and not carried out: the token is pulled out |
//!
//! Messages to the token are counted from 1: CCID bulk-OUT messages over
//! [`VirtualPipe`](crate::link::VirtualPipe) and usb-redir, APDUs over [`InProcess`](crate::link::InProcess),
//! which knows `drop` and `unplug` only.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use kaztoken_core::Millis;

/// One planned fault.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Time extensions before the answer to every APDU with this instruction.
    Extend {
        /// The instruction byte.
        instruction: u8,
        /// How many.
        times: u32,
        /// The time before each.
        delay: Millis,
    },
    /// The answer to this message is lost.
    Drop {
        /// The message's number, from 1.
        message: u64,
    },
    /// A byte of the answer to this message is inverted.
    Corrupt {
        /// The message's number, from 1.
        message: u64,
        /// Which byte of the answer, from 0.
        byte: usize,
    },
    /// The answer to this message comes twice.
    Duplicate {
        /// The message's number, from 1.
        message: u64,
    },
    /// The answer to this message comes later.
    Late {
        /// The message's number, from 1.
        message: u64,
        /// By how much.
        delay: Millis,
    },
    /// The token is pulled out instead of carrying out this message.
    Unplug {
        /// The message's number, from 1.
        message: u64,
    },
}

/// Faults that will happen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FaultPlan(Vec<Fault>);

impl FaultPlan {
    /// The faults, in the order given.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }

    /// Both plans together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn unplugs(&self, number: u64) -> bool {
        self.0.contains(&Fault::Unplug { message: number })
    }

    pub(crate) fn drops(&self, number: u64) -> bool {
        self.0.contains(&Fault::Drop { message: number })
    }

    /// The waits before each time extension of a command.
    pub(crate) fn extensions(&self, command: &[u8]) -> impl Iterator<Item = Millis> {
        let given = command.get(1).copied();
        self.0.iter().flat_map(move |fault| match *fault {
            Fault::Extend { instruction, times, delay } if Some(instruction) == given => {
                core::iter::repeat_n(delay, times as usize)
            }
            _ => core::iter::repeat_n(Millis(0), 0),
        })
    }
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self(Vec::from([fault]))
    }
}

/// A part of a plan that is no fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no fault; write extend@46:5x1000ms, drop@7, corrupt@7, corrupt@7:3, duplicate@7, \
             late@7:500ms or unplug@7, several with commas between (messages are counted from 1)",
            self.0
        )
    }
}

impl core::error::Error for FaultError {}

impl FromStr for FaultPlan {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        text.split(',')
            .map(|part| fault(part.trim()).ok_or_else(|| FaultError(part.trim().to_string())))
            .collect()
    }
}

impl FromIterator<Fault> for FaultPlan {
    fn from_iter<T: IntoIterator<Item = Fault>>(faults: T) -> Self {
        Self(faults.into_iter().collect())
    }
}

fn millis(text: &str) -> Option<Millis> {
    text.strip_suffix("ms")?.parse().ok().map(Millis)
}

fn fault(text: &str) -> Option<Fault> {
    let (name, place) = text.split_once('@')?;
    let (at, detail) = place.split_once(':').map_or((place, None), |(at, detail)| (at, Some(detail)));
    if name == "extend" {
        let (times, delay) = detail?.split_once('x')?;
        let instruction = (at.len() == 2).then(|| u8::from_str_radix(at, 16).ok())??;
        return Some(Fault::Extend { instruction, times: times.parse().ok()?, delay: millis(delay)? });
    }
    let message = at.parse().ok().filter(|&number| number > 0)?;
    match (name, detail) {
        ("drop", None) => Some(Fault::Drop { message }),
        ("corrupt", None) => Some(Fault::Corrupt { message, byte: 0 }),
        ("corrupt", Some(byte)) => Some(Fault::Corrupt { message, byte: byte.parse().ok()? }),
        ("duplicate", None) => Some(Fault::Duplicate { message }),
        ("late", Some(delay)) => Some(Fault::Late { message, delay: millis(delay)? }),
        ("unplug", None) => Some(Fault::Unplug { message }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let plan: FaultPlan =
            "extend@46:5x1000ms, drop@7,corrupt@7,corrupt@8:3,duplicate@9,late@7:500ms,unplug@12"
                .parse()
                .unwrap();
        assert_eq!(
            plan.faults(),
            [
                Fault::Extend { instruction: 0x46, times: 5, delay: Millis(1000) },
                Fault::Drop { message: 7 },
                Fault::Corrupt { message: 7, byte: 0 },
                Fault::Corrupt { message: 8, byte: 3 },
                Fault::Duplicate { message: 9 },
                Fault::Late { message: 7, delay: Millis(500) },
                Fault::Unplug { message: 12 },
            ]
        );
        assert!(plan.drops(7) && plan.unplugs(12) && !plan.unplugs(7));
        assert_eq!(plan.extensions(&[0, 0x46, 0x80, 1]).count(), 5);
        assert_eq!(plan.extensions(&[0, 0x20, 0, 2]).count(), 0);
    }

    #[test]
    fn anything_else_is_named() {
        for bad in [
            "",
            "drop",
            "drop@0",
            "drop@-1",
            "drop@7:1",
            "late@7",
            "late@7:5s",
            "extend@4:1x1ms",
            "extend@46:x1ms",
            "x@1",
        ] {
            assert_eq!(bad.parse::<FaultPlan>(), Err(FaultError(bad.into())));
        }
        assert!("drop@7,nonsense".parse::<FaultPlan>().unwrap_err().to_string().contains("\"nonsense\""));
    }
}
