//! The bulk pipe to an enumerated CCID device.

use embedded_hal::delay::DelayNs;
use embedded_hal::spi::SpiDevice;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use zeroize::Zeroizing;

use crate::enumeration::REQUEST_TIME;
use crate::transfer::{Budget, Data, Endpoint, FIFO_LEN};
use crate::{Device, Error, Host};

/// How long the next packet may take after a full one before the transfer counts as ended: a message that
/// fills its last packet need not be followed by an empty one.
const AFTER_FULL_PACKET: Millis = Millis(5);

/// CCID messages over the bulk endpoints of one device.
#[derive(Debug)]
pub struct CcidPipe<S, D> {
    host: Host<S, D>,
    device: Device,
    bulk_out: Endpoint,
    bulk_in: Endpoint,
    unplugged: bool,
}

impl<S: SpiDevice, D: DelayNs> CcidPipe<S, D> {
    /// A pipe to the device that [`Host::attach`] just gave.
    pub fn new(host: Host<S, D>, device: Device) -> Self {
        let (bulk_out, bulk_in) = (device.bulk_out(), device.bulk_in());
        Self { host, device, bulk_out, bulk_in, unplugged: false }
    }

    /// The device.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Gives the host back, to attach another device.
    pub fn release(self) -> Host<S, D> {
        self.host
    }

    /// Remembers that the device is gone.
    fn seen<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Unplugged | Error::Replaced) = result {
            self.unplugged = true;
        }
        result
    }

    fn plugged(&self) -> Result<(), Error> {
        if self.unplugged { Err(Error::Unplugged) } else { Ok(()) }
    }

    /// CLEAR_FEATURE(ENDPOINT_HALT) (USB 2.0, 9.4.1). Both sides go on with DATA0 (9.4.5).
    fn clear_halt(&mut self, address: u8) -> Result<(), Error> {
        let setup = [0x02, 1, 0, 0, address, 0, 0, 0];
        self.host.control(&setup, Data::None, self.device.control_packet, REQUEST_TIME)?;
        let endpoint = if address & 0x80 != 0 { &mut self.bulk_in } else { &mut self.bulk_out };
        endpoint.toggle = false;
        Ok(())
    }

    /// Packets until one is short, the buffer is full or none comes any more.
    fn packets(&mut self, buffer: &mut [u8], first: Millis) -> Result<Option<usize>, Error> {
        let mut budget = Budget::new(first);
        let mut filled = 0usize;
        loop {
            let rest = buffer.get_mut(filled..).unwrap_or_default();
            match receive(&mut self.host, &mut self.bulk_in, rest, &mut budget) {
                Ok(len) => {
                    filled = filled.saturating_add(len);
                    if len < usize::from(self.bulk_in.max_packet) || filled >= buffer.len() {
                        return Ok(Some(filled));
                    }
                }
                Err(Error::Timeout) if filled == 0 => return Ok(None),
                Err(Error::Timeout) => return Ok(Some(filled)),
                Err(error) => return Err(error),
            }
            budget = Budget::new(AFTER_FULL_PACKET);
        }
    }
}

/// One packet, by way of other memory where a full one would not fit.
fn receive<S: SpiDevice, D: DelayNs>(
    host: &mut Host<S, D>,
    endpoint: &mut Endpoint,
    buffer: &mut [u8],
    budget: &mut Budget,
) -> Result<usize, Error> {
    if buffer.len() >= FIFO_LEN {
        return host.receive_packet(endpoint, buffer, budget);
    }
    let mut packet = Zeroizing::new([0; FIFO_LEN]);
    let len = host.receive_packet(endpoint, packet.as_mut_slice(), budget)?;
    let place = buffer.get_mut(..len).ok_or(Error::Overflow)?;
    for (to, from) in place.iter_mut().zip(packet.iter()) {
        *to = *from;
    }
    Ok(len)
}

impl<S: SpiDevice, D: DelayNs> BulkPipe for CcidPipe<S, D> {
    type Error = Error;

    /// No empty packet follows one that fills its last packet: dwLength ends the message.
    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        self.plugged()?;
        let sent = self.host.send(&mut self.bulk_out, message, timeout);
        if sent == Err(Error::Stalled) {
            // Not sent again: the device may have taken part of it, and it may be a PIN.
            let _ = self.clear_halt(self.device.interface.bulk_out.address);
        }
        self.seen(sent)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        self.plugged()?;
        let mut received = self.packets(buffer, timeout);
        if received == Err(Error::Stalled) {
            received = self
                .clear_halt(self.device.interface.bulk_in.address)
                .and_then(|()| self.packets(buffer, timeout));
        }
        self.seen(received)
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Error> {
        self.plugged()?;
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let setup = request.setup(self.device.interface.number, length);
        let stage = match request.request_type() & 0x80 {
            0 => Data::None,
            _ => Data::In(data),
        };
        match self.host.control(&setup, stage, self.device.control_packet, timeout) {
            Ok(len) => Ok(Some(len)),
            // The control pipe recovers from a stall by itself (USB 2.0, 8.5.3.4).
            Err(Error::Stalled | Error::Timeout) => Ok(None),
            Err(error) => self.seen(Err(error)),
        }
    }

    /// Resets the bus and enumerates anew. Another device that comes back is not this one.
    fn reset(&mut self) -> Result<bool, Error> {
        self.plugged()?;
        let device = self.host.enumerate();
        let device = self.seen(device)?;
        if device != self.device {
            return self.seen(Err(Error::Replaced));
        }
        (self.bulk_out, self.bulk_in) = (device.bulk_out(), device.bulk_in());
        Ok(true)
    }
}
