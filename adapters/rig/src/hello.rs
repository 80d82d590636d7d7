//! The handshake. Its bytes never change, so that any two versions can tell that they are two.
//!
//! Integers are least significant byte first:
//!
//! ```text
//! hello    "KZRG"  version u16  schema u64  session u32
//! welcome  "KZRG"  version u16  schema u64  session u32  features u32  silence u32
//!          length u8  firmware  length u8  board
//! ```

use crate::message::SCHEMA;
use core::fmt;
use kaztoken_core::Millis;

/// What both messages begin with.
const MAGIC: &[u8; 4] = b"KZRG";

/// The version of everything that the schema does not see: what messages mean.
pub const VERSION: u16 = 1;

/// The longest name in a welcome.
pub const NAME_LEN: usize = 48;

/// The most bytes of a welcome.
pub const WELCOME_LEN: usize = 26 + 2 * (1 + NAME_LEN);

/// Which messages an end understands.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Dialect {
    /// What they mean.
    pub version: u16,
    /// What they look like.
    pub schema: u64,
}

impl Dialect {
    /// This code's.
    pub const OURS: Self = Self { version: VERSION, schema: SCHEMA };
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}, schema {:016x}", self.version, self.schema)
    }
}

/// What a rig can do, as bits.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Features(pub u32);

impl Features {
    /// Power, reset, answer to reset and APDUs, however the token hangs on it.
    pub const APDU: u32 = 1 << 0;
    /// Single T=1 blocks.
    pub const BLOCKS: u32 = 1 << 1;
    /// The token hangs on USB, and CCID messages go through as they are.
    pub const USB: u32 = 1 << 2;
    /// It tells whether there is a token.
    pub const CARD_DETECT: u32 = 1 << 3;
    /// It tells the levels of the contacts.
    pub const PINS: u32 = 1 << 4;
    /// It tests itself.
    pub const SELF_TEST: u32 = 1 << 5;
    /// Its log is defmt.
    pub const DEFMT: u32 = 1 << 6;
    /// There is no hardware: the token or the rig is simulated.
    pub const SIMULATED: u32 = 1 << 7;

    const NAMES: [(u32, &'static str); 8] = [
        (Self::APDU, "apdu"),
        (Self::BLOCKS, "blocks"),
        (Self::USB, "usb"),
        (Self::CARD_DETECT, "card-detect"),
        (Self::PINS, "pins"),
        (Self::SELF_TEST, "self-test"),
        (Self::DEFMT, "defmt"),
        (Self::SIMULATED, "simulated"),
    ];

    /// Does the rig have all of these bits?
    #[must_use]
    pub const fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }

    /// The names of the bits that are set and known.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |&(bit, _)| self.has(bit)).map(|(_, name)| name)
    }
}

/// The host's first message.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hello {
    /// What the host understands.
    pub dialect: Dialect,
    /// A random number: a rig that has another one begins anew.
    pub session: u32,
}

impl Hello {
    /// Bytes of a hello.
    pub const LEN: usize = 18;

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Pen { out: &mut bytes, at: 0 };
        out.head(self.dialect, self.session);
        bytes
    }

    /// Reads it. `None`: this is none. What a later version appends is passed over.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut eye = Eye(bytes);
        let (dialect, session) = eye.head()?;
        Some(Self { dialect, session })
    }
}

/// The rig's answer to it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Welcome<'a> {
    /// What the rig understands. When it is something else than the host does, there is no session.
    pub dialect: Dialect,
    /// That of the hello.
    pub session: u32,
    /// What the rig can do.
    pub features: Features,
    /// The token loses its power when the host is silent for longer than this.
    pub silence: Millis,
    /// Name and version of the firmware, at most [`NAME_LEN`] bytes.
    pub firmware: &'a str,
    /// The board's name, at most [`NAME_LEN`] bytes.
    pub board: &'a str,
}

impl<'a> Welcome<'a> {
    /// Writes the bytes. Names that are too long are cut. Returns how many.
    pub fn emit(&self, bytes: &mut [u8; WELCOME_LEN]) -> usize {
        let mut out = Pen { out: bytes, at: 0 };
        out.head(self.dialect, self.session);
        out.put(&self.features.0.to_le_bytes());
        out.put(&u32::try_from(self.silence.0).unwrap_or(u32::MAX).to_le_bytes());
        out.name(self.firmware);
        out.name(self.board);
        out.at
    }

    /// Reads it. `None`: this is none. What a later version appends is passed over.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut eye = Eye(bytes);
        let (dialect, session) = eye.head()?;
        let features = Features(u32::from_le_bytes(eye.take()?));
        let silence = Millis(u32::from_le_bytes(eye.take()?).into());
        let (firmware, board) = (eye.name()?, eye.name()?);
        Some(Self { dialect, session, features, silence, firmware, board })
    }
}

/// Writes; what does not fit is left out.
struct Pen<'b> {
    out: &'b mut [u8],
    at: usize,
}

impl Pen<'_> {
    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(place) = self.out.get_mut(self.at) {
                *place = byte;
                self.at = self.at.saturating_add(1);
            }
        }
    }

    fn head(&mut self, dialect: Dialect, session: u32) {
        self.put(MAGIC);
        self.put(&dialect.version.to_le_bytes());
        self.put(&dialect.schema.to_le_bytes());
        self.put(&session.to_le_bytes());
    }

    fn name(&mut self, name: &str) {
        let mut len = name.len().min(NAME_LEN);
        while !name.is_char_boundary(len) {
            len = len.saturating_sub(1);
        }
        let (name, _) = name.split_at_checked(len).unwrap_or_default();
        self.put(&[u8::try_from(len).unwrap_or(0)]);
        self.put(name.as_bytes());
    }
}

/// Reads.
struct Eye<'a>(&'a [u8]);

impl<'a> Eye<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn head(&mut self) -> Option<(Dialect, u32)> {
        if self.take()? != *MAGIC {
            return None;
        }
        let version = u16::from_le_bytes(self.take()?);
        let schema = u64::from_le_bytes(self.take()?);
        Some((Dialect { version, schema }, u32::from_le_bytes(self.take()?)))
    }

    fn name(&mut self) -> Option<&'a str> {
        let [len] = self.take()?;
        let (name, rest) = self.0.split_at_checked(len.into())?;
        self.0 = rest;
        core::str::from_utf8(name).ok()
    }
}
