//! Application protocol data units: what the host asks and what the token answers (ISO 7816-4).

mod access;
mod command;
mod effect;
mod exchange;
mod fci;
mod status;
pub mod tlv;

pub use access::{AccessMode, AccessRules, Condition, KeyProperties, ObjectKind};
pub use command::{Command, CommandError, CommandView, ins};
pub use effect::{Effect, Masked};
pub use exchange::{Exchange, ExchangeError, Next, Reply};
pub use fci::{Fci, FciError, FileKind};
pub use status::{Status, StatusWord};
