//! What can go wrong, and what can be done about it.

use core::fmt;

use embedded_hal::spi::ErrorKind;
use kaztoken_core::ccid::UsbInterfaceError;

use crate::HostResult;

/// What can go wrong with the chip, the bus or the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// SPI itself failed.
    Spi(ErrorKind),
    /// What answers over SPI is no MAX3421E.
    NoChip {
        /// The revision register.
        revision: u8,
    },
    /// A register does not hold what was written into it.
    Wiring {
        /// The byte written.
        wrote: u8,
        /// The byte read.
        read: u8,
    },
    /// The chip's oscillator does not start.
    Oscillator,
    /// The chip does not end the reset of the bus, or begins no frames after it.
    BusReset,
    /// The chip does not end a transfer. Every later transfer says the same until
    /// [`Host::start`](crate::Host::start) resets it.
    Silent,
    /// Nothing was plugged in within the time allowed.
    NothingThere,
    /// A low-speed device is plugged in: it cannot be a CCID device.
    LowSpeed,
    /// A hub is plugged in.
    Hub,
    /// The device is gone; what the last command did is unknown. Every later transfer says the same.
    Unplugged,
    /// The device is there, but not the one that was enumerated.
    Replaced,
    /// Its descriptors are malformed, or it answers less than it announced.
    Descriptor(&'static str),
    /// Its configuration descriptor is longer than the buffer.
    LongConfiguration(u16),
    /// Its interfaces give no usable CCID interface.
    Interface(UsbInterfaceError),
    /// Bulk packets larger than full speed and the chip's FIFOs have: 64 bytes.
    PacketSize(u16),
    /// The device was not ready within the time allowed.
    Timeout,
    /// The device took no more data within the time allowed.
    SendTimeout {
        /// Bytes it took.
        sent: usize,
        /// Bytes of the message.
        of: usize,
    },
    /// The device sent more than was asked for.
    Overflow,
    /// The endpoint is halted, or the control request is unknown to the device.
    Stalled,
    /// A packet failed on the bus, and so did its repetitions.
    Bus(HostResult),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Spi(kind) => write!(f, "SPI to the USB chip failed ({kind}); check its pins and clock"),
            Self::NoChip { revision } => write!(
                f,
                "no MAX3421E answers over SPI: revision {revision:02X}, expected 01, 12 or 13; check power, \
                 chip select and MISO"
            ),
            Self::Wiring { wrote, read } => write!(
                f,
                "the USB chip keeps {read:02X} where {wrote:02X} was written; check MOSI and the SPI clock"
            ),
            Self::Oscillator => f.write_str("the USB chip's oscillator does not start; check its crystal"),
            Self::BusReset => f.write_str("the USB chip does not reset the bus; reset the chip"),
            Self::Silent => f.write_str("the USB chip does not end a transfer; reset the chip"),
            Self::NothingThere => f.write_str("nothing is plugged in; plug the token in"),
            Self::LowSpeed => f.write_str("a low-speed device is plugged in; it is no token"),
            Self::Hub => f.write_str("a hub is plugged in; plug the token in without it"),
            Self::Unplugged => f.write_str(
                "the token was unplugged; what the last command did is unknown; plug it in and check its \
                 state",
            ),
            Self::Replaced => f.write_str("another device came back from the reset; start again"),
            Self::Descriptor(what) => write!(f, "the device's descriptors: {what}; replug it"),
            Self::LongConfiguration(len) => {
                write!(f, "the device's configuration has {len} bytes, which is more than any token has")
            }
            Self::Interface(error) => error.fmt(f),
            Self::PacketSize(size) => write!(f, "bulk packets of {size} bytes, expected 64 at most"),
            Self::Timeout => f.write_str("the token was not ready in the time allowed; replug it"),
            Self::SendTimeout { sent, of } => {
                write!(f, "the token took {sent} of {of} bytes in the time allowed; replug it")
            }
            Self::Overflow => f.write_str("the token sent more than was asked for; replug it"),
            Self::Stalled => f.write_str("the token halted the transfer (stall); replug it"),
            Self::Bus(result) => {
                write!(f, "the USB transfer failed ({}); check the cable, replug the token", result.meaning())
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Interface(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Error {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", defmt::Display2Format(self));
    }
}
