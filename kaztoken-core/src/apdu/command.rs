//! Command APDUs, cases 1 to 4, short and extended (ISO 7816-4, ISO 7816-3 section 12).

use core::fmt;

/// Instruction bytes of the Rutoken ECP command set.
pub mod ins {
    /// VERIFY; without data: how many tries are left.
    pub const VERIFY: u8 = 0x20;
    /// MANAGE SECURITY ENVIRONMENT.
    pub const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
    /// CHANGE REFERENCE DATA; also the key import.
    pub const CHANGE_REFERENCE_DATA: u8 = 0x24;
    /// DISABLE VERIFICATION REQUIREMENT.
    pub const DISABLE_VERIFICATION_REQUIREMENT: u8 = 0x26;
    /// ENABLE VERIFICATION REQUIREMENT.
    pub const ENABLE_VERIFICATION_REQUIREMENT: u8 = 0x28;
    /// PERFORM SECURITY OPERATION: sign, decipher.
    pub const PERFORM_SECURITY_OPERATION: u8 = 0x2A;
    /// RESET RETRY COUNTER.
    pub const RESET_RETRY_COUNTER: u8 = 0x2C;
    /// RESET ACCESS RIGHTS (class 80): logout.
    pub const RESET_ACCESS_RIGHTS: u8 = 0x40;
    /// GENERATE ASYMMETRIC KEY PAIR.
    pub const GENERATE_KEY_PAIR: u8 = 0x46;
    /// GET CHALLENGE: random bytes.
    pub const GET_CHALLENGE: u8 = 0x84;
    /// Start of a format (class 80): erases everything.
    pub const FORMAT_START: u8 = 0x8A;
    /// End of a format (class 80, P1 P2 = 4E 19). The same number as GET CHALLENGE in class 00.
    pub const FORMAT_END: u8 = 0x84;
    /// SELECT.
    pub const SELECT: u8 = 0xA4;
    /// READ BINARY.
    pub const READ_BINARY: u8 = 0xB0;
    /// GET RESPONSE.
    pub const GET_RESPONSE: u8 = 0xC0;
    /// GET DATA.
    pub const GET_DATA: u8 = 0xCA;
    /// UPDATE BINARY.
    pub const UPDATE_BINARY: u8 = 0xD6;
    /// CREATE FILE.
    pub const CREATE_FILE: u8 = 0xE0;
    /// DELETE FILE.
    pub const DELETE_FILE: u8 = 0xE4;
}

/// A command before it is encoded: header, data, and how much answer is expected.
///
/// `data` may be longer than 255 bytes; [`super::Exchange`] then sends it as a command chain.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct Command<'a> {
    /// Class byte, without the chaining bit.
    pub cla: u8,
    /// Instruction byte.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Data field; empty means none.
    pub data: &'a [u8],
    /// Ne, the most answer bytes wanted: 0 none, 256 the short "as many as there are".
    pub ne: u32,
}

/// Why bytes are no command APDU, or a command does not fit.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CommandError {
    /// Fewer than the four header bytes.
    TooShort {
        /// How many there are.
        got: usize,
    },
    /// Lc and the number of bytes after it do not fit together.
    WrongLength {
        /// What Lc says.
        lc: usize,
        /// The bytes after Lc.
        got: usize,
    },
    /// More data than one APDU of this form carries.
    DataTooLong {
        /// The data's length.
        got: usize,
        /// The most there can be.
        max: usize,
    },
    /// Ne is larger than this form can say.
    NeTooLarge {
        /// What was asked for.
        got: u32,
        /// The most that can be asked for.
        max: u32,
    },
    /// The buffer is too small for the encoded command.
    BufferTooSmall {
        /// The bytes needed.
        needed: usize,
    },
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { got } => write!(f, "a command APDU has at least 4 bytes, this has {got}"),
            Self::WrongLength { lc, got } => {
                write!(f, "the length byte says {lc} data bytes, {got} bytes follow it")
            }
            Self::DataTooLong { got, max } => write!(f, "{got} data bytes, at most {max} fit"),
            Self::NeTooLarge { got, max } => write!(f, "{got} answer bytes asked for, at most {max} can be"),
            Self::BufferTooSmall { needed } => {
                write!(f, "the buffer is too small: {needed} bytes are needed")
            }
        }
    }
}

impl core::error::Error for CommandError {}

impl<'a> Command<'a> {
    /// A command without data and without answer (case 1).
    #[must_use]
    pub const fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self { cla, ins, p1, p2, data: &[], ne: 0 }
    }

    /// The same command with a data field.
    #[must_use]
    pub const fn data(self, data: &'a [u8]) -> Self {
        Self { data, ..self }
    }

    /// The same command asking for at most `ne` answer bytes.
    #[must_use]
    pub const fn ne(self, ne: u32) -> Self {
        Self { ne, ..self }
    }

    /// Whether the data field may hold a PIN or a key, so that no trace may show it: VERIFY, CHANGE
    /// REFERENCE DATA, DISABLE and ENABLE VERIFICATION REQUIREMENT, RESET RETRY COUNTER, with odd
    /// numbers (data in TLV) too.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(
            self.ins & !1,
            ins::VERIFY
                | ins::CHANGE_REFERENCE_DATA
                | ins::DISABLE_VERIFICATION_REQUIREMENT
                | ins::ENABLE_VERIFICATION_REQUIREMENT
                | ins::RESET_RETRY_COUNTER
        )
    }

    /// Writes the short form: at most 255 data bytes and Ne at most 256. Returns its length.
    pub fn encode_short(&self, out: &mut [u8]) -> Result<usize, CommandError> {
        let lc = u8::try_from(self.data.len())
            .map_err(|_| CommandError::DataTooLong { got: self.data.len(), max: 255 })?;
        if self.ne > 256 {
            return Err(CommandError::NeTooLarge { got: self.ne, max: 256 });
        }
        let le = [if self.ne == 256 { 0 } else { self.ne as u8 }];
        let parts: [&[u8]; 4] = [
            &[self.cla, self.ins, self.p1, self.p2],
            if lc == 0 { &[] } else { &[lc] },
            self.data,
            if self.ne == 0 { &[] } else { &le },
        ];
        put(out, &parts)
    }

    /// Writes the extended form: at most 65535 data bytes and Ne at most 65536. Returns its length.
    pub fn encode_extended(&self, out: &mut [u8]) -> Result<usize, CommandError> {
        let lc = u16::try_from(self.data.len())
            .map_err(|_| CommandError::DataTooLong { got: self.data.len(), max: 65535 })?
            .to_be_bytes();
        if self.ne > 65536 {
            return Err(CommandError::NeTooLarge { got: self.ne, max: 65536 });
        }
        let le = (self.ne as u16).to_be_bytes();
        let parts: [&[u8]; 6] = [
            &[self.cla, self.ins, self.p1, self.p2],
            if self.data.is_empty() && self.ne == 0 { &[] } else { &[0] },
            if self.data.is_empty() { &[] } else { &lc },
            self.data,
            if self.ne == 0 { &[] } else { &le },
            &[],
        ];
        put(out, &parts)
    }
}

fn put(out: &mut [u8], parts: &[&[u8]]) -> Result<usize, CommandError> {
    let needed = parts.iter().fold(0usize, |n, p| n.saturating_add(p.len()));
    let mut rest = out.get_mut(..needed).ok_or(CommandError::BufferTooSmall { needed })?;
    for part in parts {
        let (head, tail) =
            rest.split_at_mut_checked(part.len()).ok_or(CommandError::BufferTooSmall { needed })?;
        head.copy_from_slice(part);
        rest = tail;
    }
    Ok(needed)
}

/// Shows the header and lengths; the data only when it cannot be a secret.
impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X} {:02X} {:02X} {:02X}", self.cla, self.ins, self.p1, self.p2)?;
        if self.is_secret() && !self.data.is_empty() {
            write!(f, " [{} bytes not shown]", self.data.len())?;
        } else {
            for byte in self.data {
                write!(f, " {byte:02X}")?;
            }
        }
        write!(f, " ne {}", self.ne)
    }
}

/// A checked view of an encoded command APDU: the card's side.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct CommandView<'a> {
    command: Command<'a>,
    extended: bool,
}

impl<'a> CommandView<'a> {
    /// Takes the bytes apart (ISO 7816-3 section 12.1.3). A fifth byte alone is Le.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CommandError> {
        let Some((&[cla, ins, p1, p2], body)) = bytes.split_first_chunk::<4>() else {
            return Err(CommandError::TooShort { got: bytes.len() });
        };
        let header = Command::new(cla, ins, p1, p2);
        let short = |command| Ok(Self { command, extended: false });
        let extended = |command| Ok(Self { command, extended: true });
        match *body {
            [] => short(header),
            [le] => short(header.ne(or(le.into(), 256))),
            [0, hi, lo] => extended(header.ne(or(u16::from_be_bytes([hi, lo]).into(), 65536))),
            [0, hi, lo, ref rest @ ..] => {
                let lc = usize::from(u16::from_be_bytes([hi, lo]));
                let wrong = CommandError::WrongLength { lc, got: rest.len() };
                match rest.split_at_checked(lc).ok_or(wrong)? {
                    (_, _) if lc == 0 => Err(wrong),
                    (data, []) => extended(header.data(data)),
                    (data, &[hi, lo]) => {
                        extended(header.data(data).ne(or(u16::from_be_bytes([hi, lo]).into(), 65536)))
                    }
                    _ => Err(wrong),
                }
            }
            [lc, ref rest @ ..] => {
                let lc = usize::from(lc);
                let wrong = CommandError::WrongLength { lc, got: rest.len() };
                match rest.split_at_checked(lc).ok_or(wrong)? {
                    (_, _) if lc == 0 => Err(wrong),
                    (data, []) => short(header.data(data)),
                    (data, &[le]) => short(header.data(data).ne(or(le.into(), 256))),
                    _ => Err(wrong),
                }
            }
        }
    }

    /// The command taken apart.
    #[must_use]
    pub const fn command(&self) -> Command<'a> {
        self.command
    }

    /// Whether the lengths are in the extended form.
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.extended
    }

    /// Whether this is a part of a command chain and not its last (class bit 10).
    #[must_use]
    pub const fn is_chained(&self) -> bool {
        self.command.cla & 0x10 != 0
    }
}

impl fmt::Debug for CommandView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.command.fmt(f)
    }
}

const fn or(value: u32, if_zero: u32) -> u32 {
    if value == 0 { if_zero } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{format, vec::Vec};

    fn short(command: Command<'_>) -> Vec<u8> {
        let mut out = [0; 261];
        let n = command.encode_short(&mut out).unwrap();
        out[..n].to_vec()
    }

    #[test]
    fn the_four_short_cases() {
        let base = Command::new(0, 0xA4, 8, 0);
        assert_eq!(short(base), [0, 0xA4, 8, 0]);
        assert_eq!(short(base.ne(256)), [0, 0xA4, 8, 0, 0]);
        assert_eq!(short(base.data(&[0x50, 0])), [0, 0xA4, 8, 0, 2, 0x50, 0]);
        assert_eq!(short(base.data(&[0x50, 0]).ne(8)), [0, 0xA4, 8, 0, 2, 0x50, 0, 8]);
    }

    #[test]
    fn limits_are_named() {
        let mut out = [0; 70000];
        let long = [0; 65536];
        let base = Command::new(0, 0xD6, 0, 0);
        assert_eq!(
            base.data(&long[..256]).encode_short(&mut out),
            Err(CommandError::DataTooLong { got: 256, max: 255 })
        );
        assert_eq!(base.ne(257).encode_short(&mut out), Err(CommandError::NeTooLarge { got: 257, max: 256 }));
        assert_eq!(
            base.data(&long).encode_extended(&mut out),
            Err(CommandError::DataTooLong { got: 65536, max: 65535 })
        );
        assert_eq!(base.ne(1).encode_short(&mut out[..4]), Err(CommandError::BufferTooSmall { needed: 5 }));
    }

    #[test]
    fn a_pin_never_shows_in_debug() {
        let shown = format!("{:?}", Command::new(0, ins::VERIFY, 0, 2).data(b"12345678"));
        assert!(!shown.contains("31 32") && shown.contains("8 bytes not shown"), "{shown}");
    }

    #[test]
    fn wrong_lengths_are_refused() {
        for bad in [&[][..], &[0, 0xA4, 0], &[0, 0xA4, 0, 0, 3, 1], &[0, 0xA4, 0, 0, 1, 1, 1, 1]] {
            assert!(CommandView::parse(bad).is_err(), "{bad:02X?}");
        }
    }

    proptest! {
        #[test]
        fn short_and_extended_round_trip(
            header: [u8; 4],
            data in proptest::collection::vec(any::<u8>(), 0..600),
            ne in 0u32..=65536,
        ) {
            let command = Command { cla: header[0], ins: header[1], p1: header[2], p2: header[3], data: &data, ne };
            let mut out = [0; 1000];
            let n = command.encode_extended(&mut out).unwrap();
            prop_assert_eq!(CommandView::parse(&out[..n]).unwrap().command(), command);
            if let Ok(n) = command.encode_short(&mut out) {
                prop_assert_eq!(CommandView::parse(&out[..n]).unwrap().command(), command);
            }
        }

        #[test]
        fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(view) = CommandView::parse(&bytes) {
                prop_assert!(view.command().data.len() <= bytes.len());
            }
        }
    }
}
