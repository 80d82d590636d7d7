//! Byte lines as `nb` serial ports.

use core::convert::Infallible;
use embedded_hal_nb::serial::{self, ErrorKind, ErrorType};
use kaztoken_core::contact::LineError;

/// What a board file has to give for a port: its registers, nothing else.
pub trait Port {
    /// Takes a byte that has come. `Err`: it came damaged.
    fn get(&self) -> Option<Result<u8, LineError>>;

    /// Sends a byte; `false`: not now.
    fn put(&self, byte: u8) -> bool;

    /// Is everything out? A port that cannot tell is.
    fn is_idle(&self) -> bool {
        true
    }
}

/// What is wrong with a character.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Damaged(pub LineError);

impl serial::Error for Damaged {
    fn kind(&self) -> ErrorKind {
        match self.0 {
            LineError::Parity(_) => ErrorKind::Parity,
            LineError::Framing => ErrorKind::FrameFormat,
            LineError::Overrun => ErrorKind::Overrun,
        }
    }
}

impl<P: Port> Port for &P {
    fn get(&self) -> Option<Result<u8, LineError>> {
        (**self).get()
    }

    fn is_idle(&self) -> bool {
        (**self).is_idle()
    }

    fn put(&self, byte: u8) -> bool {
        (**self).put(byte)
    }
}

/// A port as `embedded-hal-nb` has it.
#[derive(Copy, Clone, Debug)]
pub struct Serial<P>(pub P);

impl<P> ErrorType for Serial<P> {
    type Error = Damaged;
}

impl<P: Port> serial::Read<u8> for Serial<P> {
    fn read(&mut self) -> nb::Result<u8, Damaged> {
        let byte = self.0.get().ok_or(nb::Error::WouldBlock)?;
        byte.map_err(|error| nb::Error::Other(Damaged(error)))
    }
}

impl<P: Port> serial::Write<u8> for Serial<P> {
    fn write(&mut self, byte: u8) -> nb::Result<(), Damaged> {
        if self.0.put(byte) { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    fn flush(&mut self) -> nb::Result<(), Damaged> {
        if self.0.is_idle() { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }
}

/// The error of a pin that cannot fail.
pub type Never = Infallible;
