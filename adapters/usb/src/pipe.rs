//! The bulk pipe's rules, apart from libusb.

use crate::Error;
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use std::time::Instant;
use zeroize::Zeroizing;

/// No single wait is longer; libusb counts milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The transfers of one claimed interface. Errors are libusb's.
pub(crate) trait Bulk {
    /// One transfer from the device. Partial data at a timeout is data; `Ok(0)` is a zero-length packet.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize>;
    /// One transfer to the device; may be cut short.
    fn write(&mut self, data: &[u8], timeout: Duration) -> rusb::Result<usize>;
    /// Ends the halt of the IN endpoint.
    fn clear_halt_in(&mut self) -> rusb::Result<()>;
    /// Ends the halt of the OUT endpoint.
    fn clear_halt_out(&mut self) -> rusb::Result<()>;
    /// A class request to the interface, without its data stage or with one to the host.
    fn control(&mut self, request: ClassRequest, data: &mut [u8], timeout: Duration) -> rusb::Result<usize>;
    /// Resets the device on the bus and claims the interface again.
    fn reset(&mut self) -> rusb::Result<()>;
    /// After an error: did the device vanish? May wait a little, since the system notices late.
    fn gone(&mut self) -> bool;
}

#[derive(Debug)]
pub(crate) struct Pipe<B> {
    bulk: B,
    packet_size: usize,
    /// For callers whose buffer is no multiple of the packet size.
    staging: Zeroizing<Vec<u8>>,
    transfers: u64,
    unplugged: bool,
}

impl<B: Bulk> Pipe<B> {
    pub(crate) fn new(bulk: B, packet_size: u16) -> Self {
        let packet_size = packet_size as usize;
        Self { bulk, packet_size, staging: Zeroizing::new(Vec::new()), transfers: 0, unplugged: false }
    }

    /// Transfers that moved something, in both directions.
    pub(crate) const fn transfers(&self) -> u64 {
        self.transfers
    }

    fn read(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        let deadline = Deadline::after(timeout);
        let mut halted = false;
        loop {
            match self.bulk.read(buffer, deadline.left()) {
                Ok(len) => {
                    self.transfers += 1;
                    return Ok(Some(len));
                }
                Err(rusb::Error::Timeout) => return Ok(None),
                Err(rusb::Error::Interrupted) if deadline.passed() => return Ok(None),
                Err(rusb::Error::Interrupted) => {}
                Err(rusb::Error::Pipe) if !halted => {
                    halted = true;
                    self.bulk.clear_halt_in().map_err(|error| self.failed(error))?;
                }
                Err(rusb::Error::Overflow) => {
                    // The rest of the message is lost, and the endpoint may stay halted.
                    let _ = self.bulk.clear_halt_in();
                    return Err(Error::Overflow { asked: buffer.len() });
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn write(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        let deadline = Deadline::after(timeout);
        let mut rest = message;
        while !rest.is_empty() {
            match self.bulk.write(rest, deadline.left()) {
                Ok(sent @ 1..) => {
                    self.transfers += 1;
                    rest = rest.get(sent..).unwrap_or_default();
                }
                Err(rusb::Error::Interrupted) if !deadline.passed() => {}
                Ok(0) | Err(rusb::Error::Timeout | rusb::Error::Interrupted) => {
                    return Err(Error::SendTimeout { sent: message.len() - rest.len(), of: message.len() });
                }
                Err(rusb::Error::Pipe) => {
                    // Not sent again: the device may have taken part of it, and it may be a PIN.
                    let _ = self.bulk.clear_halt_out();
                    return Err(self.failed(rusb::Error::Pipe));
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    fn control(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Error> {
        let deadline = Deadline::after(timeout);
        loop {
            match self.bulk.control(request, data, deadline.left()) {
                Ok(len) => return Ok(Some(len.min(data.len()))),
                // The control pipe recovers from a stall by itself (USB 2.0, 8.5.3.4).
                Err(rusb::Error::Pipe | rusb::Error::Timeout) => return Ok(None),
                Err(rusb::Error::Interrupted) if deadline.passed() => return Ok(None),
                Err(rusb::Error::Interrupted) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&mut self, error: rusb::Error) -> Error {
        // While a device is being pulled out, transfers fail in several ways before it is gone.
        self.unplugged = error == rusb::Error::NoDevice || self.bulk.gone();
        match error {
            _ if self.unplugged => Error::Unplugged,
            rusb::Error::Pipe => Error::Stalled,
            error => Error::Transfer(error),
        }
    }
}

impl<B: Bulk> BulkPipe for Pipe<B> {
    type Error = Error;

    /// The message goes out in one transfer. No zero-length packet follows one that fills its last packet:
    /// dwLength ends it, and libccid sends none either.
    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        if self.unplugged {
            return Err(Error::Unplugged);
        }
        self.write(message, timeout)
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
        if self.unplugged {
            return Err(Error::Unplugged);
        }
        self.control(request, data, timeout)
    }

    /// A device that comes back as another one (libusb's NOT_FOUND) is gone for this pipe: discover anew.
    fn reset(&mut self) -> Result<bool, Error> {
        if self.unplugged {
            return Err(Error::Unplugged);
        }
        match self.bulk.reset() {
            Ok(()) => Ok(true),
            Err(rusb::Error::NotSupported) => Ok(false),
            Err(rusb::Error::NotFound) => {
                self.unplugged = true;
                Err(Error::Unplugged)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        if self.unplugged {
            return Err(Error::Unplugged);
        }
        let asked = buffer.len().next_multiple_of(self.packet_size);
        if asked == buffer.len() {
            return self.read(buffer, timeout);
        }
        let mut staging = core::mem::take(&mut self.staging);
        staging.resize(asked, 0);
        let read = self.read(&mut staging, timeout);
        let result = match read {
            Ok(Some(len)) => match (buffer.get_mut(..len), staging.get(..len)) {
                (Some(to), Some(from)) => {
                    to.copy_from_slice(from);
                    Ok(Some(len))
                }
                _ => Err(Error::Overflow { asked: buffer.len() }),
            },
            other => other,
        };
        staging.fill(0);
        self.staging = staging;
        result
    }
}

/// The end of the time allowed for one call.
struct Deadline(Instant);

impl Deadline {
    fn after(timeout: Millis) -> Self {
        Self(Instant::now() + Duration::from_millis(timeout.0).min(LONGEST))
    }

    fn passed(&self) -> bool {
        Instant::now() >= self.0
    }

    /// What is left, in whole milliseconds, rounded up: to libusb zero means for ever.
    fn left(&self) -> Duration {
        let left = self.0.saturating_duration_since(Instant::now());
        let whole = left.as_nanos().div_ceil(1_000_000);
        Duration::from_millis(u64::try_from(whole).unwrap_or(u64::MAX).max(1))
    }
}

#[cfg(test)]
mod tests;
