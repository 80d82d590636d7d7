//! What a KAZTOKEN can do, as conversations.
//!
//! A conversation is an async function over a [`Session`]: straight code that awaits one APDU after
//! another. It does no input or output; a driver ([`crate::drive`]) polls it, carries out the
//! command it waits for, and polls it again. So the same conversation runs over USB, PC/SC or in
//! process, blocking or not, can be printed without being run, and can be cut off after every APDU.
//!
//! # What is certain
//!
//! | commands | source |
//! |---|---|
//! | SELECT, READ, UPDATE, CREATE, DELETE, VERIFY, CHANGE, unblock, logout, format, generate and use of RSA and GOST 256-bit keys, serial number | OpenSC's driver for the Rutoken ECP |
//! | 256-bit keys for GOST R 34.10-2012 as well as 2001 | the same arithmetic and curves; probable |
//! | 6983 for a blocked PIN | Rutoken S; probable here |
//! | free memory (`CA 01 8A`) | Rutoken S; probable here |
//! | 512-bit GOST keys, [`middleware`] layout, `46 81` | seen in vendor middleware, not confirmed |
//! | what a token answers for a PIN it does not have, and of its PINs while it is being formatted; what a new file holds | not public; handled with care, to be tested |
//! | the vendor's token label and its own object format, model and firmware version, default-PIN flags | not public |
//!
//! That a KAZTOKEN takes the commands of the Rutoken ECP is probable; none of this was ever run on one.

mod card;
mod error;
mod files;
mod format;
mod identify;
mod keys;
mod login;
pub mod middleware;
pub mod opensc;
mod path;
mod session;
mod sign;

pub use card::{BUFFER_LEN, Card, Protocol, Turn};
pub use error::{Error, Step};
pub use files::MAX_CHILDREN;
pub use format::{Contents, EraseEverything, FormatParameters, FormatRefusal, UserPinChange, WrongSerial};
pub use identify::{Identity, Layouts, PinInfo, Serial};
pub use keys::{Algorithm, CryptoProSet, Key, KeyRef, KeyState, PublicKeyBytes};
pub use login::{Admin, User, Verified};
pub use path::Path;
pub use session::Session;
