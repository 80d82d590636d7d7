//! The KAZTOKEN crypto token over raw USB, without PC/SC: finding it, and the bulk pipe to it.
//!
//! [`Usb::discover`] lists what is attached, the devices that cannot be used included, each with the
//! reason. [`Candidate::open`] claims one and gives a [`UsbPipe`]: a
//! [`BulkPipe`](kaztoken_core::drive::BulkPipe). [`UsbPipe::power_on`] puts the core's
//! [`CcidLink`](kaztoken_core::ccid::CcidLink) on it, which exchanges APDUs. Nothing here knows what the
//! bytes mean.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use core::ops::ControlFlow;
//! let usb = kaztoken_usb::Usb::new()?;
//! for candidate in usb.discover()? {
//!     println!("{candidate}");
//! }
//! let link = usb.open_only()?.power_on(|_waited| ControlFlow::Continue(()))?;
//! println!("answer to reset: {:02X?}", link.atr_bytes());
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
//! this code was neither built nor run there.
//!
//! # Dropping
//! A dropped [`UsbPipe`] releases the interface. The token is logged out before that by
//! [`Connection`](kaztoken_core::drive::Connection), which owns the link that owns the pipe.
#![forbid(unsafe_code)]

mod descriptors;
mod device;
mod discover;
mod error;
mod holder;
mod interface;
mod known;
mod node;
mod pipe;
mod sysfs;

pub use descriptors::{ConfigurationError, EndpointDescriptor, InterfaceDescriptor};
pub use device::{UsbLink, UsbPipe};
pub use discover::{Candidate, Location, Usb};
pub use error::{Error, ErrorKind};
pub use holder::{Holder, Process};
pub use interface::{CcidInterface, Direction, InterfaceError};
pub use known::{KNOWN_DEVICES, KnownDevice};
pub use node::{NodeAccess, UDEV_RULES_FILE, udev_rule};
