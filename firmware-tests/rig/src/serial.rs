//! Byte lines as `nb` serial ports.

use core::convert::Infallible;
use embedded_hal_nb::serial::{self, ErrorKind, ErrorType};

/// What a board file has to give for a port: its registers, nothing else.
pub trait Port {
    /// Takes a byte that has come. `Err`: it came damaged.
    fn get(&self) -> Option<Result<u8, ErrorKind>>;

    /// Sends a byte; `false`: not now.
    fn put(&self, byte: u8) -> bool;
}

impl<P: Port> Port for &P {
    fn get(&self) -> Option<Result<u8, ErrorKind>> {
        (**self).get()
    }

    fn put(&self, byte: u8) -> bool {
        (**self).put(byte)
    }
}

/// A port as `embedded-hal-nb` has it.
#[derive(Copy, Clone, Debug)]
pub struct Serial<P>(pub P);

impl<P> ErrorType for Serial<P> {
    type Error = ErrorKind;
}

impl<P: Port> serial::Read<u8> for Serial<P> {
    fn read(&mut self) -> nb::Result<u8, ErrorKind> {
        self.0.get().map_or(Err(nb::Error::WouldBlock), |byte| byte.map_err(nb::Error::Other))
    }
}

impl<P: Port> serial::Write<u8> for Serial<P> {
    fn write(&mut self, byte: u8) -> nb::Result<(), ErrorKind> {
        if self.0.put(byte) { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }

    fn flush(&mut self) -> nb::Result<(), ErrorKind> {
        Ok(())
    }
}

/// The error of a pin that cannot fail.
pub type Never = Infallible;
