//! Status words SW1 SW2.

use core::fmt;

/// The two status bytes that end every response APDU.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StatusWord(pub u16);

/// What a status word means on the Rutoken ECP family. Nothing is lost: what is not in the table
/// is [`Status::Unknown`].
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Status {
    /// 9000: done.
    Success,
    /// 61xx: that many bytes wait for GET RESPONSE (256 when xx is 00).
    MoreData(u16),
    /// 6Cxx: wrong Le, the right one is xx (256 when xx is 00).
    WrongLe(u16),
    /// 6300: wrong PIN, one try was spent; the token does not say how many are left.
    WrongPin,
    /// 63Cx: x tries left. The answer to an empty VERIFY.
    TriesLeft(u8),
    /// 6500: memory failure.
    MemoryFailure,
    /// 6581: memory failure while writing.
    WriteFailure,
    /// 6700: wrong length.
    WrongLength,
    /// 6883: the last command of a chain was expected.
    ChainEndExpected,
    /// 6982: the access condition is not met.
    AccessDenied,
    /// 6983: the PIN or object is blocked.
    Blocked,
    /// 6985: the state does not allow the command.
    ConditionsNotSatisfied,
    /// 6986: no elementary file is selected.
    NoCurrentFile,
    /// 6A80: bad data field.
    WrongData,
    /// 6A81: function not supported.
    NotSupported,
    /// 6A82: file, object or next file not found.
    NotFound,
    /// 6A84: not enough memory.
    NoMemory,
    /// 6A86: bad P1 P2.
    WrongParameters,
    /// 6A88: data object not found.
    DataNotFound,
    /// 6A89: the file exists already.
    FileExists,
    /// 6B00: offset outside the file.
    WrongOffset,
    /// 6D00: instruction not known.
    UnknownInstruction,
    /// 6E00: class not known.
    UnknownClass,
    /// 6F01: the token speaks a newer protocol (seen on Rutoken S).
    NewerProtocol,
    /// 6F83: protocol violated (Rutoken S).
    ProtocolViolated,
    /// 6F84: busy (Rutoken S).
    Busy,
    /// 6F85: too many objects in this DF (Rutoken S).
    TooManyObjects,
    /// 6F86: a PIN is verified already; nothing was checked and no try was spent.
    AlreadyVerified,
    /// Anything else.
    Unknown(u16),
}

impl StatusWord {
    /// 9000.
    pub const SUCCESS: Self = Self(0x9000);
    /// 6300.
    pub const WRONG_PIN: Self = Self(0x6300);
    /// 6700.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// 6883.
    pub const CHAIN_END_EXPECTED: Self = Self(0x6883);
    /// 6982.
    pub const ACCESS_DENIED: Self = Self(0x6982);
    /// 6983.
    pub const BLOCKED: Self = Self(0x6983);
    /// 6985.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// 6986.
    pub const NO_CURRENT_FILE: Self = Self(0x6986);
    /// 6A80.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// 6A81.
    pub const NOT_SUPPORTED: Self = Self(0x6A81);
    /// 6A82.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// 6A84.
    pub const NO_MEMORY: Self = Self(0x6A84);
    /// 6A86.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// 6A88.
    pub const DATA_NOT_FOUND: Self = Self(0x6A88);
    /// 6A89.
    pub const FILE_EXISTS: Self = Self(0x6A89);
    /// 6B00.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// 6D00.
    pub const UNKNOWN_INSTRUCTION: Self = Self(0x6D00);
    /// 6E00.
    pub const UNKNOWN_CLASS: Self = Self(0x6E00);
    /// 6F86.
    pub const ALREADY_VERIFIED: Self = Self(0x6F86);

    /// 63Cx: that many tries left (at most 15).
    #[must_use]
    pub const fn tries(left: u8) -> Self {
        Self(0x63C0 | (left & 0x0F) as u16)
    }

    /// 61xx: `len` bytes wait (256 and more are told as 00).
    #[must_use]
    pub const fn more_data(len: usize) -> Self {
        Self(0x6100 | if len < 256 { len as u16 } else { 0 })
    }

    /// 6Cxx: the right Le is `len` (256 is told as 00).
    #[must_use]
    pub const fn wrong_le(len: usize) -> Self {
        Self(0x6C00 | if len < 256 { len as u16 } else { 0 })
    }

    /// SW1 SW2 as they go over the wire.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// The two bytes at the end of a response APDU, and what stands before them.
    #[must_use]
    pub fn split(response: &[u8]) -> Option<(&[u8], Self)> {
        let (data, sw) = response.split_last_chunk::<2>()?;
        Some((data, Self(u16::from_be_bytes(*sw))))
    }

    /// Whether this is 9000.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == 0x9000
    }

    /// The tries that a 63Cx names.
    #[must_use]
    pub const fn tries_left(self) -> Option<u8> {
        match self.status() {
            Status::TriesLeft(n) => Some(n),
            _ => None,
        }
    }

    /// What the status word means.
    #[must_use]
    pub const fn status(self) -> Status {
        const fn or_256(low: u16) -> u16 {
            if low == 0 { 256 } else { low }
        }
        match self.0 {
            0x9000 => Status::Success,
            sw @ 0x6100..=0x61FF => Status::MoreData(or_256(sw & 0xFF)),
            sw @ 0x6C00..=0x6CFF => Status::WrongLe(or_256(sw & 0xFF)),
            0x6300 => Status::WrongPin,
            sw @ 0x63C0..=0x63CF => Status::TriesLeft((sw & 0x0F) as u8),
            0x6500 => Status::MemoryFailure,
            0x6581 => Status::WriteFailure,
            0x6700 => Status::WrongLength,
            0x6883 => Status::ChainEndExpected,
            0x6982 => Status::AccessDenied,
            0x6983 => Status::Blocked,
            0x6985 => Status::ConditionsNotSatisfied,
            0x6986 => Status::NoCurrentFile,
            0x6A80 => Status::WrongData,
            0x6A81 => Status::NotSupported,
            0x6A82 => Status::NotFound,
            0x6A84 => Status::NoMemory,
            0x6A86 => Status::WrongParameters,
            0x6A88 => Status::DataNotFound,
            0x6A89 => Status::FileExists,
            0x6B00 => Status::WrongOffset,
            0x6D00 => Status::UnknownInstruction,
            0x6E00 => Status::UnknownClass,
            0x6F01 => Status::NewerProtocol,
            0x6F83 => Status::ProtocolViolated,
            0x6F84 => Status::Busy,
            0x6F85 => Status::TooManyObjects,
            0x6F86 => Status::AlreadyVerified,
            other => Status::Unknown(other),
        }
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({:04X})", self.0)
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.status() {
            Status::Success => "done",
            Status::MoreData(_) => "more data waits",
            Status::WrongLe(_) => "wrong expected length",
            Status::WrongPin => "wrong PIN, one try spent",
            Status::TriesLeft(n) => return write!(f, "{:04X} ({n} tries left)", self.0),
            Status::MemoryFailure | Status::WriteFailure => "memory failure in the token",
            Status::WrongLength => "wrong length",
            Status::ChainEndExpected => "the token waits for the end of a command chain",
            Status::AccessDenied => "access denied: the right PIN is not verified",
            Status::Blocked => "blocked",
            Status::ConditionsNotSatisfied => "not allowed in this state",
            Status::NoCurrentFile => "no file selected",
            Status::WrongData => "the token refused the data",
            Status::NotSupported => "not supported by this token",
            Status::NotFound => "not found",
            Status::NoMemory => "the token is full",
            Status::WrongParameters => "the token refused the parameters",
            Status::DataNotFound => "no such data object",
            Status::FileExists => "exists already",
            Status::WrongOffset => "offset outside the file",
            Status::UnknownInstruction => "instruction unknown to this token",
            Status::UnknownClass => "class unknown to this token",
            Status::NewerProtocol => "the token speaks a newer protocol",
            Status::ProtocolViolated => "protocol violated",
            Status::Busy => "the token is busy",
            Status::TooManyObjects => "too many objects in this folder",
            Status::AlreadyVerified => "a PIN is verified already, nothing was checked",
            Status::Unknown(_) => "meaning unknown",
        };
        write!(f, "{:04X} ({text})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_bytes_and_only_9000_is_success() {
        for value in 0..=u16::MAX {
            let sw = StatusWord(value);
            assert_eq!(StatusWord::split(&sw.to_bytes()), Some((&[][..], sw)));
            assert_eq!(sw.is_success(), value == 0x9000);
            if let Status::Unknown(kept) = sw.status() {
                assert_eq!(kept, value);
            }
        }
    }

    #[test]
    fn the_counted_ones() {
        assert_eq!(StatusWord(0x6100).status(), Status::MoreData(256));
        assert_eq!(StatusWord(0x6C08).status(), Status::WrongLe(8));
        assert_eq!(StatusWord(0x63C4).tries_left(), Some(4));
        assert_eq!(StatusWord(0x6300).tries_left(), None);
        assert_eq!(StatusWord::tries(10).0, 0x63CA);
        assert_eq!(StatusWord::more_data(256).0, 0x6100);
    }

    #[test]
    fn a_response_without_status_word_is_none() {
        assert_eq!(StatusWord::split(&[]), None);
        assert_eq!(StatusWord::split(&[0x90]), None);
    }
}
