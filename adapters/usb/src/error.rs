//! What can go wrong, and what the person at the computer can do about it.

use crate::{Holder, InterfaceError, Location, NodeAccess};
use core::fmt;

/// The kinds of [`Error`], for exit codes.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// libusb cannot start or cannot list devices.
    Start,
    /// No smart card device is attached.
    NothingThere,
    /// More than one is attached and none was named.
    Several,
    /// The device node may not be opened by this user.
    NoPermission,
    /// A driver or another program has the interface.
    Held,
    /// The device is gone.
    Unplugged,
    /// The device's descriptors give no usable CCID interface.
    Unusable,
    /// The device took no data within the time allowed.
    Timeout,
    /// The device sent more than was asked for, or stalls.
    Misbehaved,
    /// A transfer failed for another reason.
    Transfer,
}

/// What can go wrong with a token on USB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// libusb cannot start or cannot list devices.
    Start(rusb::Error),
    /// No smart card device is attached.
    NothingThere,
    /// More than one is attached and one must be named.
    Several(Vec<Location>),
    /// The device node may not be opened by this user. What the node says of itself, where it is known.
    NoPermission(Option<Box<NodeAccess>>),
    /// A driver or another program has the interface.
    Held(Box<Holder>),
    /// The device is gone; what the last command did is unknown. Every later transfer says the same.
    Unplugged,
    /// The device's descriptors give no usable CCID interface.
    Unusable(InterfaceError),
    /// The device took no data within the time allowed.
    SendTimeout {
        /// Bytes it took.
        sent: usize,
        /// Bytes of the message.
        of: usize,
    },
    /// The device sent more than the buffer holds.
    Overflow {
        /// Bytes asked for.
        asked: usize,
    },
    /// The endpoint is halted by the device.
    Stalled,
    /// A transfer failed for another reason.
    Transfer(rusb::Error),
}

impl Error {
    /// What kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Start(_) => ErrorKind::Start,
            Self::NothingThere => ErrorKind::NothingThere,
            Self::Several(_) => ErrorKind::Several,
            Self::NoPermission(_) => ErrorKind::NoPermission,
            Self::Held(_) => ErrorKind::Held,
            Self::Unplugged => ErrorKind::Unplugged,
            Self::Unusable(_) => ErrorKind::Unusable,
            Self::SendTimeout { .. } => ErrorKind::Timeout,
            Self::Overflow { .. } | Self::Stalled => ErrorKind::Misbehaved,
            Self::Transfer(_) => ErrorKind::Transfer,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(
                f,
                "libusb cannot list USB devices ({error}); check that /dev/bus/usb exists (containers hide \
                 it), or use the token through PC/SC"
            ),
            Self::NothingThere => f.write_str(
                "no USB smart card device is attached; plug the token in (`lsusb` shows what the computer \
                 sees)",
            ),
            Self::Several(locations) => {
                write!(f, "{} USB smart card devices are attached (", locations.len())?;
                for (index, location) in locations.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{location}")?;
                }
                f.write_str("); name one, or unplug the others")
            }
            Self::NoPermission(Some(node)) => write!(f, "{node}"),
            Self::NoPermission(None) => f.write_str(
                "the system does not let this user open the USB device; use the token through PC/SC",
            ),
            Self::Held(holder) => write!(f, "{holder}"),
            Self::Unplugged => f.write_str(
                "the token was unplugged; what the last command did is unknown; plug it in and check its \
                 state",
            ),
            Self::Unusable(error) => write!(f, "the device cannot be used over raw USB: {error}; try PC/SC"),
            Self::SendTimeout { sent, of } => {
                write!(f, "the token took {sent} of {of} bytes in the time allowed; replug it")
            }
            Self::Overflow { asked } => {
                write!(f, "the token sent more than the {asked} bytes asked for; replug it")
            }
            Self::Stalled => f.write_str("the token halted the transfer (stall); replug it"),
            Self::Transfer(error) => write!(f, "the USB transfer failed ({error}); replug the token"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Start(error) | Self::Transfer(error) => Some(error),
            Self::Unusable(error) => Some(error),
            _ => None,
        }
    }
}
