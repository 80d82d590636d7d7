//! What commands do to a token, and what may be shown of them.

use super::{Command, CommandView, ins};
use core::fmt;

/// What a command may do to a token of the Rutoken ECP command set.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: it reads, selects or asks.
    Nothing,
    /// It ends logins.
    Logout,
    /// It sends the PIN with this reference; a wrong one costs a try.
    Pin(u8),
    /// It writes, or uses a key, within the rights of who is logged in.
    Change,
    /// It generates a key pair.
    Generate,
    /// It erases, deletes, unblocks, or sets a PIN or its rules.
    Destroy,
    /// Nobody has published what it does.
    Unknown,
}

impl Effect {
    /// Looks at a command, also at one part of a chain.
    #[must_use]
    pub const fn of(command: &Command<'_>) -> Self {
        match (command.cla & !0x10, command.ins) {
            (
                0x00,
                ins::SELECT | ins::READ_BINARY | ins::GET_DATA | ins::GET_RESPONSE | ins::GET_CHALLENGE,
            ) => Self::Nothing,
            // Without a PIN in it it asks for the tries left. With a length over T=0 it waits for a PIN.
            (0x00, ins::VERIFY) if command.data.is_empty() && command.ne == 0 => Self::Nothing,
            (0x00, ins::VERIFY) => Self::Pin(command.p2),
            (0x00, ins::GENERATE_KEY_PAIR) if command.p1 == 0x81 => Self::Nothing,
            (0x00, ins::GENERATE_KEY_PAIR) => Self::Generate,
            (
                0x00,
                ins::MANAGE_SECURITY_ENVIRONMENT
                | ins::PERFORM_SECURITY_OPERATION
                | ins::UPDATE_BINARY
                | ins::CREATE_FILE,
            ) => Self::Change,
            (
                0x00,
                ins::CHANGE_REFERENCE_DATA
                | ins::RESET_RETRY_COUNTER
                | ins::DELETE_FILE
                | ins::DISABLE_VERIFICATION_REQUIREMENT
                | ins::ENABLE_VERIFICATION_REQUIREMENT,
            )
            | (0x80, ins::FORMAT_START | ins::FORMAT_END) => Self::Destroy,
            (0x80, ins::RESET_ACCESS_RIGHTS) => Self::Logout,
            _ => Self::Unknown,
        }
    }
}

/// A command's bytes as they may be shown and kept: hexadecimal, without what may be a PIN.
///
/// Of a command with a secret ([`Command::is_secret`]) only the header is shown, not even the length: that would be
/// the PIN's. Bytes that are no command are treated as if the second one were an instruction.
#[derive(Copy, Clone)]
pub struct Masked<'a>(pub &'a [u8]);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = match (CommandView::parse(self.0), self.0) {
            (Ok(view), _) => view.command().is_secret() && !view.command().data.is_empty(),
            (Err(_), &[cla, ins, ..]) => Command::new(cla, ins, 0, 0).is_secret(),
            _ => false,
        };
        let header = self.0.get(..4).unwrap_or(self.0);
        let shown = if secret { header } else { self.0 };
        shown.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        if secret { f.write_str(" ** (PIN)") } else { Ok(()) }
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    fn effect(raw: &[u8]) -> Effect {
        Effect::of(&CommandView::parse(raw).unwrap().command())
    }

    #[test]
    fn what_commands_do() {
        for raw in [&[0, 0xA4, 0, 0][..], &[0, 0x20, 0, 2], &[0, 0x46, 0x81, 1, 0], &[0, 0x84, 0, 0, 8]] {
            assert_eq!(effect(raw), Effect::Nothing, "{raw:02X?}");
        }
        assert_eq!(effect(&[0, 0x20, 0, 2, 1, 0x31]), Effect::Pin(2));
        assert_eq!(effect(&[0, 0x20, 0, 2, 8]), Effect::Pin(2));
        assert_eq!(effect(&[0x10, 0x20, 0, 1, 1, 0x31]), Effect::Pin(1));
        assert_eq!(effect(&[0, 0x46, 0x80, 1, 0]), Effect::Generate);
        assert_eq!(effect(&[0x80, 0x40, 0, 0]), Effect::Logout);
        assert_eq!(effect(&[0, 0xD6, 0, 0, 1, 0]), Effect::Change);
        for raw in [&[0x80, 0x8A, 0, 0][..], &[0x80, 0x84, 0x4E, 0x19], &[0, 0x2C, 3, 2], &[0, 0xE4, 0, 0]] {
            assert_eq!(effect(raw), Effect::Destroy, "{raw:02X?}");
        }
        for raw in
            [&[0x80, 0xA4, 0, 0][..], &[0, 0x21, 0, 2, 1, 0x31], &[0xFF, 0xCA, 0, 0, 0], &[0, 0x44, 0, 0]]
        {
            assert_eq!(effect(raw), Effect::Unknown, "{raw:02X?}");
        }
    }

    #[test]
    fn secrets_are_masked() {
        let shown = |raw: &[u8]| Masked(raw).to_string();
        assert_eq!(shown(b"\x00\x20\x00\x02\x0812345678"), "00200002 ** (PIN)");
        assert_eq!(shown(b"\x00\x24\x01\x02\x0E\x80\x02\x00\x08\xA5\x0812345678"), "00240102 ** (PIN)");
        assert_eq!(shown(b"\x00\x20\x00\x02\x0912345678"), "00200002 ** (PIN)");
        assert_eq!(shown(b"\x00\x20\x00"), "002000 ** (PIN)");
        assert_eq!(shown(&[0, 0x20, 0, 2]), "00200002");
        assert_eq!(shown(&[0, 0xA4, 0, 0, 2, 0x3F, 0, 0]), "00A40000023F0000");
        assert_eq!(shown(&[]), "");
    }

    proptest! {
        /// Whatever stands around it, the text of a PIN is not shown.
        #[test]
        fn no_pin_is_shown(cla in any::<u8>(), role in 1u8..=2, lc in any::<u8>(), cut in 4usize..32) {
            let mut raw = std::vec![cla, ins::VERIFY, 0, role, lc];
            raw.extend_from_slice(b"CanaryPin7CanaryPin7CanaryPin7");
            raw.truncate(raw.len().min(cut + 5));
            prop_assert!(!Masked(&raw).to_string().contains("436"));
        }
    }
}
