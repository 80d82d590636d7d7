//! What may be done to a token on a rig, and what was done to it.
//!
//! A rig runs by itself, often and at night, and a PIN has ten tries for its life. So between every link over a rig
//! and the token stands a [`Guard`]:
//!
//! * a token that is no virtual one is changed only when its serial number is on a list;
//! * a PIN is sent only while more tries are left than a floor, which is asked right before, and not again once one
//!   was wrong;
//! * commands that erase, unblock or delete, and those that nobody has published, need to be unlocked;
//! * keys are generated up to a budget, because memory wears out;
//! * every PIN, every generation and every unlocked command is written into a [`Ledger`] before it is sent.

mod guard;
mod ledger;
mod refusal;

pub use guard::Guard;
pub use ledger::{Account, Entry, Event, Kind, Ledger, LedgerError, accounts};
pub use refusal::{GuardError, Refusal};

use kaztoken_core::pin::Role;
use kaztoken_core::token::Serial;
use serde::Deserialize;
use std::path::PathBuf;

/// What is allowed on tokens that are no virtual ones.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// Serial numbers of tokens for tests, as texts: decimal, or hexadecimal as `0x47738461`.
    #[serde(deserialize_with = "serials")]
    pub allow: Vec<Serial>,
    /// A user PIN is sent only with at least so many tries left; two at least: the last one is for people.
    #[serde(deserialize_with = "floor")]
    pub user_floor: u8,
    /// The same of the administrator PIN.
    #[serde(deserialize_with = "floor")]
    pub admin_floor: u8,
    /// Commands that erase, unblock or delete, or set a PIN.
    pub destructive: bool,
    /// Commands that are not known.
    pub unknown: bool,
    /// So many key generations a token.
    pub generations: u32,
    /// The ledger's file. Without one a token that is no virtual one gets no PIN and generates no key.
    pub ledger: Option<PathBuf>,
}

impl Default for Rules {
    /// No token is allowed. Floors: three tries of the user PIN, five of the administrator PIN; 100 generations.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            user_floor: 3,
            admin_floor: 5,
            destructive: false,
            unknown: false,
            generations: 100,
            ledger: None,
        }
    }
}

impl Rules {
    /// The tries that must be left.
    #[must_use]
    pub const fn floor(&self, role: Role) -> u8 {
        match role {
            Role::User => self.user_floor,
            Role::Admin => self.admin_floor,
        }
    }
}

fn floor<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    match u8::deserialize(from)? {
        0 | 1 => Err(serde::de::Error::custom("a floor is 2 at least: the last try is for people")),
        floor => Ok(floor),
    }
}

fn serials<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Serial>, D::Error> {
    let serial = |text: String| {
        Serial::parse(&text).ok_or_else(|| {
            let message = format!(
                "{text:?} is no serial number; it is decimal as on the case, or hexadecimal as 0x47738461"
            );
            serde::de::Error::custom(message)
        })
    };
    Vec::<String>::deserialize(from)?.into_iter().map(serial).collect()
}
