//! The KAZTOKEN crypto token on a microcontroller that has no USB: the MAX3421E host chip over SPI.
//!
//! [`Host`] brings the chip up, finds out what is plugged in, resets the bus and enumerates one CCID device.
//! [`CcidPipe`] is that device's [`BulkPipe`](kaztoken_core::drive::BulkPipe), to be given to a
//! [`CcidLink`](kaztoken_core::ccid::CcidLink):
//!
//! ```no_run
//! use embedded_hal::delay::DelayNs;
//! use embedded_hal::spi::SpiDevice;
//! use kaztoken_core::Millis;
//! use kaztoken_core::ccid::{CcidLink, LinkError};
//! use kaztoken_max3421e::{CcidPipe, Error, Host, Options};
//!
//! fn atr(
//!     spi: impl SpiDevice,
//!     delay: impl DelayNs,
//!     clock: impl FnMut() -> Millis,
//! ) -> Result<(), LinkError<Error>> {
//!     let mut host = Host::start(spi, delay, Options::default()).map_err(LinkError::Pipe)?;
//!     let device = host.attach(Millis(10_000)).map_err(LinkError::Pipe)?;
//!     let link = CcidLink::open(CcidPipe::new(host, device), clock, &device.interface.class)?;
//!     let _answer_to_reset = link.atr_bytes();
//!     Ok(())
//! }
//! ```
//!
//! # What it needs
//! * SPI mode 0 (or 3), most significant bit first, at most 26 MHz, on four wires. The interrupt pin is not
//!   used: the chip is asked.
//! * A [`DelayNs`](embedded_hal::delay::DelayNs). Each call has a budget of time, of which the waits are
//!   counted but not what SPI takes: it ends later than its timeout says by that, which is bounded too.
//!
//! Every wait has an end, every result of the chip is an [`Error`] or a success, and nothing allocates.
//!
//! # What it does not do
//! Low speed (a CCID device is full speed at least: low speed has no bulk endpoints), hubs, more than one
//! device, interrupt endpoints, suspend. The first configuration of the device is taken.
//!
//! # Never run on hardware
//! No chip was at hand. The tests run this driver on a model of the chip's registers, written by the same
//! hand from the same documents:
//!
//! * "MAX3421E Programming Guide", Maxim Integrated, December 2006 (application note 3785);
//! * "MAX3421E Revisions 1 and 2 Host OUT Transfers", application note 4000;
//! * Linux, drivers/usb/host/max3421-hcd.c, and TinyUSB, src/portable/analog/max3421/hcd_max3421.c, for what
//!   these leave open.
//!
//! Where none of them says what the chip does, the code says so with the word "unsourced".
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod chip;
mod enumeration;
mod error;
mod host;
mod pipe;
mod register;
mod transfer;

pub use enumeration::Device;
pub use error::Error;
pub use host::{Connection, Host, Options, VbusSwitch};
pub use pipe::CcidPipe;
pub use register::{HostResult, Revision};
