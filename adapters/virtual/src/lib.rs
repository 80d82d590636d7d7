//! A virtual KAZTOKEN: the card's side of the token's protocol.
//!
//! It answers the command set of the Rutoken ECP family byte for byte as OpenSC's `rutoken_ecp` driver needs
//! it, keeps its files, keys and PIN counters in a [`store`], and attaches to a host in process ([`link`]),
//! to a PC/SC daemon through vpcd, and to a QEMU guest through usb-redir ([`serve`]). It is a test
//! instrument: its keys lie in a plain file, so it protects nothing.
//!
//! # What is assumed
//! No KAZTOKEN was at hand. Where public sources are silent, the virtual token does this:
//!
//! * **Factory state** ([`State::factory`]): the system folders that OpenSC's profile creates (3F00, 1000,
//!   1000/1000/6001 to 6005, 1001/8001 and 8002, 1002 to 1004) with the same access rules, the PINs 87654321
//!   (administrator) and 12345678 (user), at least 6 bytes long, 10 tries, user PIN changeable by both. There
//!   is no 2F00 and no 5000: a token formatted by the vendor's tools has no PKCS#15 application.
//! * The format start `80 8A` asks for no PIN, in any state, and the phase it opens survives resets and
//!   reloads.
//! * A PIN object is filed in 1000/1000, a key object in 1000/1000/6001 or 6002; when these folders are
//!   missing, in the current folder. The right to create it is that of the folder it lands in.
//! * An access mode without a condition allows everything but deletion. A folder with children is not
//!   deleted.
//! * CHANGE REFERENCE DATA leaves the PIN's counter as it is. The sixth wrong try of five answers 6983.
//! * A broken command chain answers 6883 until the next reset.
//! * Generating again overwrites the key pair. The exponent is always 65537.
//! * Memory is 128 KiB; a file takes its size and 32 bytes, as the FCI's tag 81 says.
//! * The 512-bit GOST keys (types 43 and 53, parameter 20 taken as tc26-512-A), `46 00`, `46 81`, `CA 01 8A`,
//!   DELETE FILE without data and the tags 91 and 95 in MSE were seen in vendor middleware only.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod card;
pub mod ccid;
mod encoding;
pub mod fault;
pub mod link;
mod model;
#[cfg(feature = "std")]
mod random;
pub mod reader;
#[cfg(feature = "std")]
pub mod serve;
mod state;
pub mod store;
mod tree;
pub mod usb;
#[cfg(all(feature = "std", unix))]
pub mod usbredir;
#[cfg(feature = "std")]
pub mod vpcd;

pub use card::{Card, VirtualToken};
pub use encoding::DecodeError;
pub use model::{Model, Protocol};
#[cfg(feature = "std")]
pub use random::system_rng;
pub use state::State;
