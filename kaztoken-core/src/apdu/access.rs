//! The 15-byte access rules (tag 86) and the 6-byte properties of PIN and key objects (tag 85).
//!
//! Source: OpenSC's `rutoken_ecp` profile and driver. Bytes 8 to 14 of the rules and mode bits 3
//! to 5 have no public meaning.

/// What a condition in the access rules guards. The bit's meaning depends on the kind of file.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AccessMode {
    /// DF: create a DF or EF in it. EF: read. PIN: unblock. Mode bit 0.
    CreateOrRead,
    /// DF: create a PIN or key object in it. EF: update. PIN: change. Key: write or generate. Bit 1.
    Update,
    /// MF: put data. Key: use. Mode bit 2.
    Use,
    /// Delete. Mode bit 6.
    Delete,
}

impl AccessMode {
    const fn bit(self) -> usize {
        match self {
            Self::CreateOrRead => 0,
            Self::Update => 1,
            Self::Use => 2,
            Self::Delete => 6,
        }
    }
}

/// Who may do it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Condition {
    /// 00: anyone.
    Always,
    /// FF: nobody.
    Never,
    /// 01: the administrator.
    Admin,
    /// 02: the user.
    User,
    /// 03: either of them.
    AdminOrUser,
    /// Any other bit mask of PIN references, kept as it is.
    Unknown(u8),
}

impl Condition {
    /// The condition byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Always => 0x00,
            Self::Never => 0xFF,
            Self::Admin => 0x01,
            Self::User => 0x02,
            Self::AdminOrUser => 0x03,
            Self::Unknown(b) => b,
        }
    }

    /// What a condition byte means.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0x00 => Self::Always,
            0xFF => Self::Never,
            0x01 => Self::Admin,
            0x02 => Self::User,
            0x03 => Self::AdminOrUser,
            b => Self::Unknown(b),
        }
    }
}

/// The access rules of a file: exactly 15 bytes, kept as they came.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AccessRules([u8; 15]);

impl AccessRules {
    /// Rules that give no condition at all.
    pub const NONE: Self = Self([0; 15]);

    /// Rules with these conditions, and none for the modes not named.
    #[must_use]
    pub fn new(conditions: &[(AccessMode, Condition)]) -> Self {
        conditions.iter().fold(Self::NONE, |rules, &(mode, condition)| rules.with(mode, condition))
    }

    /// The 15 bytes as the token sent them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 15]) -> Self {
        Self(bytes)
    }

    /// The 15 bytes for the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 15] {
        &self.0
    }

    /// The same rules with one condition set.
    #[must_use]
    pub fn with(mut self, mode: AccessMode, condition: Condition) -> Self {
        let [bitmap, conditions @ ..] = &mut self.0;
        *bitmap |= 1 << mode.bit();
        if let Some(byte) = conditions.get_mut(mode.bit()) {
            *byte = condition.to_byte();
        }
        self
    }

    /// The condition for a mode; `None` when the rules give none (its meaning is not public).
    #[must_use]
    pub fn condition(&self, mode: AccessMode) -> Option<Condition> {
        let [bitmap, conditions @ ..] = &self.0;
        if bitmap & (1 << mode.bit()) == 0 {
            return None;
        }
        conditions.get(mode.bit()).copied().map(Condition::from_byte)
    }
}

/// What a PIN or key object is: the first byte of its properties.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ObjectKind {
    /// 01: a PIN.
    Pin,
    /// 03: GOST R 34.10 256-bit private key.
    Gost256Private,
    /// 13: GOST R 34.10 256-bit public key.
    Gost256Public,
    /// 43: GOST R 34.10 512-bit private key. Seen in vendor middleware only.
    Gost512Private,
    /// 53: GOST R 34.10 512-bit public key. Seen in vendor middleware only.
    Gost512Public,
    /// 23: RSA private key.
    RsaPrivate,
    /// 33: RSA public key.
    RsaPublic,
    /// Any other type byte.
    Unknown(u8),
}

impl ObjectKind {
    /// The type byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Pin => 0x01,
            Self::Gost256Private => 0x03,
            Self::Gost256Public => 0x13,
            Self::Gost512Private => 0x43,
            Self::Gost512Public => 0x53,
            Self::RsaPrivate => 0x23,
            Self::RsaPublic => 0x33,
            Self::Unknown(b) => b,
        }
    }

    /// What a type byte means.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0x01 => Self::Pin,
            0x03 => Self::Gost256Private,
            0x13 => Self::Gost256Public,
            0x43 => Self::Gost512Private,
            0x53 => Self::Gost512Public,
            0x23 => Self::RsaPrivate,
            0x33 => Self::RsaPublic,
            b => Self::Unknown(b),
        }
    }

    /// Whether this is the private half of a key pair.
    #[must_use]
    pub const fn is_private_key(self) -> bool {
        matches!(self, Self::Gost256Private | Self::Gost512Private | Self::RsaPrivate)
    }

    /// Whether this is the public half of a key pair.
    #[must_use]
    pub const fn is_public_key(self) -> bool {
        matches!(self, Self::Gost256Public | Self::Gost512Public | Self::RsaPublic)
    }
}

/// The six property bytes of a PIN or key object, kept as they came.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyProperties([u8; 6]);

impl KeyProperties {
    /// The six bytes as the token sent them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }

    /// The six bytes for the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }

    /// A PIN: shortest allowed length, and how many wrong tries block it (1 to 15).
    #[must_use]
    pub const fn pin(min_len: u8, max_tries: u8) -> Self {
        let tries = max_tries & 0x0F;
        Self([0x01, min_len, 0x01, tries << 4 | tries, 0, 0])
    }

    /// A key with the parameter byte `parameter` (GOST: 10 plus 16 times the CryptoPro set's
    /// number, A 20, B 30, C 40; RSA: 00) and ten of ten attempts.
    #[must_use]
    pub const fn key(kind: ObjectKind, parameter: u8) -> Self {
        Self([kind.to_byte(), parameter, 0, 0xAA, 0, 0])
    }

    /// What the object is.
    #[must_use]
    pub const fn kind(&self) -> ObjectKind {
        ObjectKind::from_byte(self.0[0])
    }

    /// Second byte: a PIN's shortest length, or a GOST key's parameter byte.
    #[must_use]
    pub const fn parameter(&self) -> u8 {
        self.0[1]
    }

    /// High half of the fourth byte: the tries a fresh object has.
    #[must_use]
    pub const fn max_tries(&self) -> u8 {
        self.0[3] >> 4
    }

    /// Low half of the fourth byte: the tries left, probably (only the host side is public).
    #[must_use]
    pub const fn tries_left(&self) -> u8 {
        self.0[3] & 0x0F
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_opensc_writes() {
        use AccessMode::{CreateOrRead, Delete, Update, Use};
        let user_pin = AccessRules::new(&[
            (CreateOrRead, Condition::Admin),
            (Update, Condition::AdminOrUser),
            (Delete, Condition::Never),
        ]);
        assert_eq!(user_pin.as_bytes(), &[0x43, 1, 3, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0]);
        let private =
            AccessRules::new(&[(Update, Condition::User), (Use, Condition::User), (Delete, Condition::User)]);
        assert_eq!(private.as_bytes(), &[0x46, 0, 2, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(private.condition(CreateOrRead), None);
        assert_eq!(private.condition(Use), Some(Condition::User));
    }

    #[test]
    fn every_byte_keeps_its_value() {
        for byte in 0..=255 {
            assert_eq!(Condition::from_byte(byte).to_byte(), byte);
            assert_eq!(ObjectKind::from_byte(byte).to_byte(), byte);
        }
    }

    #[test]
    fn properties_of_the_documented_objects() {
        assert_eq!(KeyProperties::pin(8, 10).as_bytes(), &[1, 8, 1, 0xAA, 0, 0]);
        assert_eq!(KeyProperties::pin(6, 5).as_bytes(), &[1, 6, 1, 0x55, 0, 0]);
        let key = KeyProperties::key(ObjectKind::Gost256Private, 0x20);
        assert_eq!(key.as_bytes(), &[3, 0x20, 0, 0xAA, 0, 0]);
        assert_eq!((key.max_tries(), key.tries_left()), (10, 10));
    }
}
