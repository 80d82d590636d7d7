//! Faults on the way between host and token, planned in a text: `extend@46:5x1000ms,drop@7`.
//!
//! | fault | effect |
//! |---|---|
//! | `extend@46:5x1000ms` | before each answer to instruction 46: five time extensions, 1000 ms apart |
//! | `drop@7` | message 7 is carried out, its answer is lost |
//! | `corrupt@7` | the first byte of the answer is inverted; `corrupt@7:3` inverts byte 3 (from 0) |
//! | `duplicate@7` | the answer to message 7 comes twice |
//! | `late@7:500ms` | the answer to message 7 comes 500 ms late, without a word |
//! | `truncate@7:5` | only the first five bytes of the answer arrive |
//! | `fail@7:FE` | the answer says that the command failed, with this bError; it was carried out |
//! | `stale@7:3` | three answers to the message before come first |
//! | `lose@7` | message 7 does not reach the device |
//! | `unplug@7` | message 7 is taken and not carried out: the token is pulled out |
//! | `remove@7` | the card is pulled out of the reader while it carries out message 7 |
//! | `descriptor@14:FF` | byte 14 (from 0) of the configuration descriptor is FF |
//! | `block@9:answer-lost` | what happens to TPDU 9 between reader and card; see [`LineFault`] |
//!
//! Messages to the token are counted from 1: CCID bulk-OUT messages over
//! [`VirtualPipe`](crate::link::VirtualPipe), a [`Reader`](crate::reader::Reader) and usb-redir, APDUs over
//! [`InProcess`](crate::link::InProcess), which knows `drop` and `unplug` only. `remove` and `block` need a
//! reader; blocks are counted from 1 over all its slots.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use kaztoken_core::Millis;
use kaztoken_core::ccid::HEADER_LEN;

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
    /// The answer to this message ends early.
    Truncate {
        /// The message's number, from 1.
        message: u64,
        /// Bytes that arrive.
        len: usize,
    },
    /// The answer to this message says that it failed, though it was carried out.
    Fail {
        /// The message's number, from 1.
        message: u64,
        /// bError.
        error: u8,
    },
    /// Answers to the message before come before the answer to this one.
    Stale {
        /// The message's number, from 1.
        message: u64,
        /// How many.
        count: u32,
    },
    /// This message does not reach the device.
    Lose {
        /// The message's number, from 1.
        message: u64,
    },
    /// The card is pulled out while it carries out this message.
    Remove {
        /// The message's number, from 1.
        message: u64,
    },
    /// A byte of the configuration descriptor, its interface and class descriptors included, is another one.
    Descriptor {
        /// Which byte, from 0; the first one, its length, cannot be named.
        byte: usize,
        /// What it is.
        value: u8,
    },
    /// Something happens to a TPDU between reader and card.
    Block {
        /// The TPDU's number, from 1.
        block: u64,
        /// What happens.
        fault: LineFault,
    },
}

/// What can happen between a reader at the TPDU level and its card.
///
/// T=0 checks and repeats every byte, so there a corrupt or doubled TPDU is a parity error before the card
/// has seen it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LineFault {
    /// `command-lost`: the card does not see the TPDU.
    CommandLost,
    /// `command-corrupt`: its last byte arrives inverted.
    CommandCorrupt,
    /// `command-twice`: it arrives twice; the second answer counts.
    CommandTwice,
    /// `answer-lost`: the card's answer is lost, the card is taken for mute.
    AnswerLost,
    /// `answer-corrupt`: the last byte of the answer is inverted.
    AnswerCorrupt,
    /// `answer-twice`: the answer comes again instead of the next one.
    AnswerTwice,
    /// `parity`: the reader reports a parity error in the answer.
    Parity,
    /// `overrun`: the reader reports an overrun.
    Overrun,
}

impl LineFault {
    /// Every fault, with its name in a plan.
    pub const ALL: [(&'static str, Self); 8] = [
        ("command-lost", Self::CommandLost),
        ("command-corrupt", Self::CommandCorrupt),
        ("command-twice", Self::CommandTwice),
        ("answer-lost", Self::AnswerLost),
        ("answer-corrupt", Self::AnswerCorrupt),
        ("answer-twice", Self::AnswerTwice),
        ("parity", Self::Parity),
        ("overrun", Self::Overrun),
    ];
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

    pub(crate) fn loses(&self, number: u64) -> bool {
        self.0.contains(&Fault::Lose { message: number })
    }

    pub(crate) fn removes(&self, number: u64) -> bool {
        self.0.contains(&Fault::Remove { message: number })
    }

    /// The configuration descriptor as the host gets to see it.
    pub(crate) fn damage(&self, descriptor: &mut [u8]) {
        for fault in &self.0 {
            if let Fault::Descriptor { byte, value } = *fault
                && let Some(place) = descriptor.get_mut(byte)
            {
                *place = value;
            }
        }
    }

    pub(crate) fn line(&self, number: u64) -> Option<LineFault> {
        self.0.iter().find_map(|fault| match *fault {
            Fault::Block { block, fault } if block == number => Some(fault),
            _ => None,
        })
    }

    /// What becomes of the answer to a message: the transfers, each with its delay.
    pub(crate) fn disturb(&self, number: u64, mut bytes: Vec<u8>) -> Vec<(Millis, Vec<u8>)> {
        let (mut after, mut copies, mut stale) = (Millis(0), 1, 0);
        for fault in self.0.iter().filter(|fault| fault.message() == Some(number)) {
            match *fault {
                Fault::Drop { .. } => copies = 0,
                Fault::Duplicate { .. } => copies = 2,
                Fault::Late { delay, .. } => after = after.after(delay),
                Fault::Corrupt { byte, .. } => {
                    if let Some(byte) = bytes.get_mut(byte) {
                        *byte = !*byte;
                    }
                }
                Fault::Truncate { len, .. } => bytes.truncate(len),
                Fault::Fail { error, .. } => {
                    bytes.truncate(HEADER_LEN);
                    if let [_, l0, l1, l2, l3, _, _, status, code, _] = &mut bytes[..] {
                        (*l0, *l1, *l2, *l3) = (0, 0, 0, 0);
                        (*status, *code) = (*status & 3 | 0x40, error);
                    }
                }
                Fault::Stale { count, .. } => stale = count,
                _ => {}
            }
        }
        let old = stale_answer(&bytes);
        core::iter::repeat_n((Millis(0), old), stale as usize)
            .chain(core::iter::repeat_n((after, bytes), copies))
            .collect()
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

/// An answer (file not found) to the message before the one that `answer` answers.
pub(crate) fn stale_answer(answer: &[u8]) -> Vec<u8> {
    let (slot, sequence) = (answer.get(5).copied(), answer.get(6).copied());
    let sequence = sequence.unwrap_or_default().wrapping_sub(1);
    Vec::from([0x80, 2, 0, 0, 0, slot.unwrap_or_default(), sequence, 0, 0, 0, 0x6A, 0x82])
}

impl Fault {
    /// The number of the message that it concerns.
    fn message(self) -> Option<u64> {
        match self {
            Self::Drop { message }
            | Self::Corrupt { message, .. }
            | Self::Duplicate { message }
            | Self::Late { message, .. }
            | Self::Unplug { message }
            | Self::Truncate { message, .. }
            | Self::Fail { message, .. }
            | Self::Stale { message, .. }
            | Self::Lose { message }
            | Self::Remove { message } => Some(message),
            Self::Extend { .. } | Self::Descriptor { .. } | Self::Block { .. } => None,
        }
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
             late@7:500ms, truncate@7:5, fail@7:FE, stale@7:3, lose@7, unplug@7, remove@7, \
             descriptor@14:FF or block@9:answer-lost, several with commas between (messages are counted from 1)",
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
        ("truncate", Some(len)) => Some(Fault::Truncate { message, len: len.parse().ok()? }),
        ("fail", Some(code)) if code.len() == 2 => {
            Some(Fault::Fail { message, error: u8::from_str_radix(code, 16).ok()? })
        }
        ("stale", Some(count)) => Some(Fault::Stale { message, count: count.parse().ok()? }),
        ("lose", None) => Some(Fault::Lose { message }),
        ("remove", None) => Some(Fault::Remove { message }),
        ("descriptor", Some(value)) if value.len() == 2 => {
            let byte = usize::try_from(message).ok()?;
            Some(Fault::Descriptor { byte, value: u8::from_str_radix(value, 16).ok()? })
        }
        ("block", Some(name)) => {
            let &(_, fault) = LineFault::ALL.iter().find(|(known, _)| *known == name)?;
            Some(Fault::Block { block: message, fault })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let plan: FaultPlan =
            "extend@46:5x1000ms, drop@7,corrupt@7,corrupt@8:3,duplicate@9,late@7:500ms,unplug@12,\
             truncate@7:5,fail@7:FE,stale@7:3,lose@7,remove@7,descriptor@14:0b,block@9:answer-lost"
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
                Fault::Truncate { message: 7, len: 5 },
                Fault::Fail { message: 7, error: 0xFE },
                Fault::Stale { message: 7, count: 3 },
                Fault::Lose { message: 7 },
                Fault::Remove { message: 7 },
                Fault::Descriptor { byte: 14, value: 0x0B },
                Fault::Block { block: 9, fault: LineFault::AnswerLost },
            ]
        );
        assert!(plan.drops(7) && plan.unplugs(12) && !plan.unplugs(7));
        assert_eq!(plan.extensions(&[0, 0x46, 0x80, 1]).count(), 5);
        assert_eq!(plan.extensions(&[0, 0x20, 0, 2]).count(), 0);
    }

    #[test]
    fn answers_are_disturbed_as_planned() {
        let answer = [0x80, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0x90, 0].to_vec();
        let disturbed = |plan: &str| plan.parse::<FaultPlan>().unwrap().disturb(7, answer.clone());
        let once = |bytes: &[u8]| Vec::from([(Millis(0), bytes.to_vec())]);
        assert_eq!(disturbed("drop@6"), once(&answer));
        assert_eq!(disturbed("drop@7"), []);
        assert_eq!(disturbed("duplicate@7").len(), 2);
        assert_eq!(disturbed("late@7:9ms"), [(Millis(9), answer.clone())]);
        assert_eq!(disturbed("truncate@7:5"), once(&answer[..5]));
        assert_eq!(disturbed("fail@7:FE"), once(&[0x80, 0, 0, 0, 0, 0, 9, 0x40, 0xFE, 0]));
        assert_eq!(disturbed("corrupt@7:10")[0].1[10], 0x6F);
        let stale = disturbed("stale@7:2");
        assert_eq!((stale.len(), &stale[0].1[5..]), (3, &[0, 8, 0, 0, 0, 0x6A, 0x82][..]));
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
            "truncate@7",
            "fail@7:E",
            "fail@7:XX",
            "stale@7:",
            "lose@7:1",
            "descriptor@14",
            "descriptor@14:F",
            "block@9",
            "block@9:gone",
        ] {
            assert_eq!(bad.parse::<FaultPlan>(), Err(FaultError(bad.into())));
        }
        assert!("drop@7,nonsense".parse::<FaultPlan>().unwrap_err().to_string().contains("\"nonsense\""));
    }
}
