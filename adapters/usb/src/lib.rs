//! The KAZTOKEN crypto token over raw USB, without PC/SC: finding it, and the bulk pipe to it.
//!
//! [`Usb::discover`] lists what is attached, the devices that cannot be used included, each with the
//! reason. [`Candidate::open`] claims one and gives a [`UsbPipe`]: a
//! [`BulkPipe`](kaztoken_core::drive::BulkPipe), on which [`CcidLink`](kaztoken_core::ccid::CcidLink)
//! exchanges APDUs. Nothing here knows what the bytes mean.
//!
//! ```no_run
//! # fn main() -> Result<(), kaztoken_usb::Error> {
//! let usb = kaztoken_usb::Usb::new()?;
//! for candidate in usb.discover()? {
//!     println!("{candidate}");
//! }
//! let pipe = usb.open_only()?;
//! println!("packets of {} bytes", pipe.packet_size());
//! # Ok(())
//! # }
//! ```
//!
//! Ready to exchange APDUs after two bulk transfers, two for each APDU, none in between:
//! [`UsbPipe::transfers`] counts them.
//!
//! # Systems
//! Linux is what this is made for. A kernel driver is detached and comes back when the pipe is dropped;
//! pcscd and other programs are never robbed of the interface but named ([`Holder`]). On Windows and
//! macOS the system's own smart card driver owns the interface, and PC/SC is the way (`kaztoken-pcsc`);
//! the code builds there and has not been run there.
//!
//! # Dropping
//! A dropped [`UsbPipe`] releases the interface. The token is logged out before that by
//! [`Connection`](kaztoken_core::drive::Connection), which owns the link that owns the pipe.
#![forbid(unsafe_code)]

mod device;
mod discover;
mod error;
mod holder;
mod interface;
mod known;
mod node;
mod pipe;
mod sysfs;

pub use device::UsbPipe;
pub use discover::{Candidate, Location, Usb};
pub use error::{Error, ErrorKind};
pub use holder::{Holder, Process};
pub use interface::{CcidInterface, Direction, InterfaceError};
pub use known::{KNOWN_DEVICES, KnownDevice};
pub use node::NodeAccess;
