//! Where a rig is.

use core::fmt;
use core::str::FromStr;

/// Bits per second on a serial port, unless the address says otherwise. On USB ports it means nothing.
pub const SPEED: u32 = 115_200;

/// Where a rig is: `/dev/ttyACM0`, `/dev/ttyUSB0@921600`, `COM3`, `/path/to.sock`, `tcp:host:port`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// A serial port or a Unix socket; which of them shows when it is opened.
    Path {
        /// Its name in the file system, or the port's.
        path: String,
        /// Bits per second.
        speed: u32,
    },
    /// A socket over TCP, with the port: for a rig behind another computer, or an emulator.
    Tcp(String),
}

/// This is no address of a rig.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct AddressError;

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected a serial port (/dev/ttyACM0, /dev/ttyUSB0@921600, COM3), a Unix socket or tcp:HOST:PORT",
        )
    }
}

impl core::error::Error for AddressError {}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(place) = text.strip_prefix("tcp:") {
            let (host, port) = place.rsplit_once(':').ok_or(AddressError)?;
            if host.is_empty() || port.parse::<u16>().is_err() {
                return Err(AddressError);
            }
            return Ok(Self::Tcp(place.to_owned()));
        }
        let (path, speed) = match text.rsplit_once('@') {
            // A path may have this character in it, too.
            Some((path, speed)) if speed.bytes().all(|byte| byte.is_ascii_digit()) => {
                let speed = speed.parse().ok().filter(|speed| (300..=12_000_000).contains(speed));
                (path, speed.ok_or(AddressError)?)
            }
            _ => (text, SPEED),
        };
        if path.is_empty() {
            return Err(AddressError);
        }
        Ok(Self::Path { path: path.to_owned(), speed })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path, speed: SPEED } => f.write_str(path),
            Self::Path { path, speed } => write!(f, "{path}@{speed}"),
            Self::Tcp(place) => write!(f, "tcp:{place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        let path = |path: &str, speed| Ok(Address::Path { path: path.to_owned(), speed });
        assert_eq!("/dev/ttyACM0".parse(), path("/dev/ttyACM0", SPEED));
        assert_eq!("COM3@921600".parse(), path("COM3", 921_600));
        assert_eq!("/tmp/a@b/s.sock".parse(), path("/tmp/a@b/s.sock", SPEED));
        assert_eq!("tcp:[::1]:4000".parse(), Ok(Address::Tcp("[::1]:4000".into())));
        for bad in ["", "@9600", "tcp:", "tcp:host", "tcp::1", "tcp:host:x", "tcp:host:65536", "/dev/x@1"] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError), "{bad}");
        }
        for text in ["/dev/ttyACM0", "COM3@921600", "tcp:localhost:4000"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }
}
