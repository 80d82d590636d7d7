//! File control information: the answer to SELECT and the template of CREATE FILE.

use super::access::{AccessRules, KeyProperties};
use super::tlv::{self, TlvError, Tlvs};
use core::fmt;

/// What a file is (tag 82, first of two bytes).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FileKind {
    /// 38: a dedicated file, that is a folder.
    Df,
    /// 01: a transparent working elementary file.
    Ef,
    /// 10: an internal file that holds a PIN or a key; never readable.
    Rsf,
    /// Any other byte.
    Unknown(u8),
}

impl FileKind {
    /// The type byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Df => 0x38,
            Self::Ef => 0x01,
            Self::Rsf => 0x10,
            Self::Unknown(b) => b,
        }
    }

    /// What a type byte means.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0x38 => Self::Df,
            0x01 => Self::Ef,
            0x10 => Self::Rsf,
            b => Self::Unknown(b),
        }
    }
}

/// A file's control information.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fci {
    /// What the file is.
    pub kind: FileKind,
    /// Its identifier, unique in its folder.
    pub id: u16,
    /// Its size in bytes; of a PIN or key object the size of its content.
    pub size: u16,
    /// The properties of a PIN or key object.
    pub properties: Option<KeyProperties>,
    /// Who may do what with it.
    pub access: AccessRules,
}

/// Why bytes are no file control information.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FciError {
    /// Not one 6F or 62 object around all of it.
    NoTemplate,
    /// The data objects inside are broken.
    Tlv(TlvError),
    /// A needed object is missing.
    Missing {
        /// Its tag.
        tag: u8,
    },
    /// An object has another length than it must have.
    WrongLength {
        /// Its tag.
        tag: u8,
        /// The length it has.
        got: usize,
        /// The length it must have.
        expected: usize,
    },
}

impl fmt::Display for FciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoTemplate => f.write_str("no file control template (tag 6F or 62)"),
            Self::Tlv(error) => error.fmt(f),
            Self::Missing { tag } => write!(f, "tag {tag:02X} is missing"),
            Self::WrongLength { tag, got, expected } => {
                write!(f, "tag {tag:02X} has {got} bytes, {expected} were expected")
            }
        }
    }
}

impl core::error::Error for FciError {}

impl Fci {
    /// The longest template this writes.
    pub const MAX_LEN: usize = 50;

    /// Reads the answer to SELECT, or a CREATE FILE template: outer tag 6F or 62, inside it 80
    /// (size), 82 (kind), 83 (identifier), 86 (access rules) and for a PIN or key 85, in any order;
    /// others are skipped. Tag 81 (size with overhead) counts only when 80 is absent.
    pub fn parse(bytes: &[u8]) -> Result<Self, FciError> {
        let outer = Tlvs::new(bytes).next().ok_or(FciError::NoTemplate)?.map_err(FciError::Tlv)?;
        if !matches!(outer.tag, 0x6F | 0x62) {
            return Err(FciError::NoTemplate);
        }
        let (mut size, mut size_with_overhead, mut kind, mut id, mut properties, mut access) =
            (None, None, None, None, None, None);
        for object in Tlvs::new(outer.value) {
            let object = object.map_err(FciError::Tlv)?;
            match object.tag {
                0x80 => size = Some(u16::from_be_bytes(fixed(0x80, object.value)?)),
                0x81 => size_with_overhead = fixed(0x81, object.value).ok().map(u16::from_be_bytes),
                0x82 => kind = Some(FileKind::from_byte(fixed::<2>(0x82, object.value)?[0])),
                0x83 => id = Some(u16::from_be_bytes(fixed(0x83, object.value)?)),
                0x85 => properties = Some(KeyProperties::from_bytes(fixed(0x85, object.value)?)),
                0x86 => access = Some(AccessRules::from_bytes(fixed(0x86, object.value)?)),
                _ => {}
            }
        }
        Ok(Self {
            kind: kind.ok_or(FciError::Missing { tag: 0x82 })?,
            id: id.ok_or(FciError::Missing { tag: 0x83 })?,
            size: size.or(size_with_overhead).unwrap_or(0),
            properties,
            access: access.ok_or(FciError::Missing { tag: 0x86 })?,
        })
    }

    /// The template of CREATE FILE: 6F with 80, 82, 83, 85 for a PIN or key, and 86.
    #[must_use]
    pub fn create_template(&self) -> heapless::Vec<u8, { Self::MAX_LEN }> {
        self.template(0x6F, false)
    }

    /// The answer to SELECT in the layout of real tokens: 80, 81 (size and 32 bytes of overhead),
    /// 82, 83, 85 for a PIN or key, 8A (life cycle: activated) and 86, under `outer` (6F, or 62
    /// when P2 was 04).
    #[must_use]
    pub fn select_answer(&self, outer: u8) -> heapless::Vec<u8, { Self::MAX_LEN }> {
        self.template(outer, true)
    }

    fn template(&self, outer: u8, answer: bool) -> heapless::Vec<u8, { Self::MAX_LEN }> {
        let mut inner: heapless::Vec<u8, 48> = heapless::Vec::new();
        let mut template = heapless::Vec::new();
        let mut put = |tag, value: &[u8]| tlv::push(&mut inner, tag, &[value]);
        // 2+2 +2+2 +2+2 +2+2 +2+6 +2+1 +2+15 = 44 bytes at most, so nothing is ever left out.
        let _ = put(0x80, &self.size.to_be_bytes());
        if answer {
            let _ = put(0x81, &self.size.saturating_add(0x20).to_be_bytes());
        }
        let _ = put(0x82, &[self.kind.to_byte(), 0]);
        let _ = put(0x83, &self.id.to_be_bytes());
        if let Some(properties) = &self.properties {
            let _ = put(0x85, properties.as_bytes());
        }
        if answer {
            let _ = put(0x8A, &[0x05]);
        }
        let _ = put(0x86, self.access.as_bytes());
        let _ = tlv::push(&mut template, outer, &[&inner]);
        template
    }
}

fn fixed<const N: usize>(tag: u8, value: &[u8]) -> Result<[u8; N], FciError> {
    value.try_into().map_err(|_| FciError::WrongLength { tag, got: value.len(), expected: N })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apdu::{AccessMode, Condition, ObjectKind};
    use proptest::prelude::*;

    #[test]
    fn the_answer_of_a_real_lite_token() {
        // 62 24 80 02 0046 81 02 0066 82 02 0100 83 02 0B02 8A 01 05 86 0F ...
        let mut bytes = [
            0x62, 0x24, 0x80, 2, 0, 0x46, 0x81, 2, 0, 0x66, 0x82, 2, 1, 0, 0x83, 2, 0x0B, 2, 0x8A, 1, 5,
            0x86, 0x0F, 0x43, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        let fci = Fci::parse(&bytes).unwrap();
        assert_eq!((fci.kind, fci.id, fci.size), (FileKind::Ef, 0x0B02, 0x46));
        assert_eq!(fci.access.condition(AccessMode::Update), Some(Condition::User));
        assert_eq!(fci.select_answer(0x62), bytes);
        bytes[22] = 0x0E;
        assert!(matches!(
            Fci::parse(&bytes),
            Err(FciError::WrongLength { tag: 0x86, got: 14, .. } | FciError::Tlv(_))
        ));
    }

    #[test]
    fn the_key_template_opensc_sends() {
        let fci = Fci {
            kind: FileKind::Rsf,
            id: 1,
            size: 0x20,
            properties: Some(KeyProperties::key(ObjectKind::Gost256Private, 0x20)),
            access: AccessRules::new(&[
                (AccessMode::Update, Condition::User),
                (AccessMode::Use, Condition::User),
                (AccessMode::Delete, Condition::User),
            ]),
        };
        let expected = [
            0x6F, 0x25, 0x80, 2, 0, 0x20, 0x82, 2, 0x10, 0, 0x83, 2, 0, 1, 0x85, 6, 3, 0x20, 0, 0xAA, 0, 0,
            0x86, 0x0F, 0x46, 0, 2, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(fci.create_template(), expected);
        assert_eq!(Fci::parse(&expected), Ok(fci));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Fci::parse(&[]), Err(FciError::NoTemplate));
        assert_eq!(Fci::parse(&[0x61, 0]), Err(FciError::NoTemplate));
        assert_eq!(Fci::parse(&[0x6F, 0]), Err(FciError::Missing { tag: 0x82 }));
    }

    proptest! {
        #[test]
        fn template_and_answer_round_trip(kind: u8, id: u16, size: u16, access: [u8; 15], properties: Option<[u8; 6]>) {
            let fci = Fci {
                kind: FileKind::from_byte(kind),
                id,
                size,
                properties: properties.map(KeyProperties::from_bytes),
                access: AccessRules::from_bytes(access),
            };
            prop_assert_eq!(Fci::parse(&fci.create_template()), Ok(fci));
            prop_assert_eq!(Fci::parse(&fci.select_answer(0x6F)), Ok(fci));
        }

        #[test]
        fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Fci::parse(&bytes);
        }
    }
}
