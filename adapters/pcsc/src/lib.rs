//! The KAZTOKEN crypto token through PC/SC: pcscd on Linux, the system's service on macOS and Windows.
//!
//! [`readers`] lists the readers with what is in them; nothing is connected for that. [`Reader::connect`]
//! gives a [`PcscLink`], an [`ApduLink`](kaztoken_core::drive::ApduLink). Nothing here knows what the APDUs
//! mean.
//!
//! ```no_run
//! # fn main() -> Result<(), kaztoken_pcsc::Error> {
//! use kaztoken_core::drive::Connection;
//! for reader in kaztoken_pcsc::readers()? {
//!     println!("{reader}");
//!     if reader.state.has_card() {
//!         let link = reader.connect(kaztoken_pcsc::Sharing::Exclusive)?;
//!         let protocol = link.protocol();
//!         let mut token = Connection::new(link, protocol);
//!         // token.run(...)
//! #       let _ = &mut token;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What PC/SC cannot do
//! - **Progress.** The reader's requests for more time during a long command stay below PC/SC; only the
//!   time that has passed can be shown.
//! - **Cancellation.** `SCardCancel` ends a wait for a reader event, not a command in the card. When the
//!   budget of a command is over, [`PcscLink`] gives up waiting and says so, and the service goes on: the
//!   card stays busy until the command ends or the token is unplugged.
//!
//! # Sharing
//! Exclusive by default: while the link lives no other program reaches the card, so none uses the login.
//! Shared on request; then several APDUs that belong together are one PC/SC transaction.
//!
//! # Dropping
//! [`Connection`](kaztoken_core::drive::Connection) logs the token out before it drops the link. In
//! addition an exclusive link resets the card, and so does one that gave up on a command: nothing stays
//! verified, whatever happened to the logout. A shared link leaves the card alone, because a reset would
//! pull it from under the other programs.
#![forbid(unsafe_code)]

mod card;
mod error;
mod link;
mod reader;
mod worker;

pub use error::{Error, ErrorKind};
pub use link::{PcscLink, Sharing};
pub use reader::{CardState, Reader, readers};
