//! Registers and FIFOs over SPI.

use embedded_hal::spi::{Error as _, Operation, SpiDevice};

use crate::Error;
use crate::register::Register;

/// The chip at the other end of SPI.
#[derive(Debug)]
pub(crate) struct Chip<S> {
    spi: S,
}

impl<S: SpiDevice> Chip<S> {
    pub(crate) const fn new(spi: S) -> Self {
        Self { spi }
    }

    pub(crate) fn release(self) -> S {
        self.spi
    }

    pub(crate) fn read(&mut self, register: Register) -> Result<u8, Error> {
        let mut bytes = [register.read(), 0];
        self.spi.transfer_in_place(&mut bytes).map_err(|error| Error::Spi(error.kind()))?;
        let [_, value] = bytes;
        Ok(value)
    }

    pub(crate) fn write(&mut self, register: Register, value: u8) -> Result<(), Error> {
        self.spi.write(&[register.write(), value]).map_err(|error| Error::Spi(error.kind()))
    }

    /// Reads a FIFO: chip select stays for all of it.
    pub(crate) fn read_fifo(&mut self, fifo: Register, bytes: &mut [u8]) -> Result<(), Error> {
        self.spi
            .transaction(&mut [Operation::Write(&[fifo.read()]), Operation::Read(bytes)])
            .map_err(|error| Error::Spi(error.kind()))
    }

    /// Writes a FIFO.
    pub(crate) fn write_fifo(&mut self, fifo: Register, bytes: &[u8]) -> Result<(), Error> {
        self.spi
            .transaction(&mut [Operation::Write(&[fifo.write()]), Operation::Write(bytes)])
            .map_err(|error| Error::Spi(error.kind()))
    }
}
