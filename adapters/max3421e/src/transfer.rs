//! Packets and transfers to one device.
//!
//! A packet that fails on the bus is sent again with the same data toggle, by which a device knows one that
//! it has already (USB 2.0, 8.6). Nothing above a packet is ever sent twice.

use embedded_hal::delay::DelayNs;
use embedded_hal::spi::SpiDevice;
use kaztoken_core::Millis;
use zeroize::Zeroizing;

use crate::host::{Connection, Host};
use crate::register::{
    CONDET_IRQ, HANDSHAKE_IN, HANDSHAKE_OUT, HXFRDN_IRQ, Hrsl, RCVDAV_IRQ, Register, SETUP, bulk_in,
    bulk_out, receive_toggle, send_toggle,
};
use crate::{Error, HostResult};

/// Bytes of the chip's FIFOs, and of the longest full-speed bulk packet.
pub(crate) const FIFO_LEN: usize = 64;
/// A transfer waits for the next frame at most, 1 ms, and takes less than 100 us then.
const TRANSFER_US: u32 = 10_000;
/// How often HIRQ is asked for the end of a transfer.
const POLL_US: u32 = 10;
/// A packet that fails is tried this often in all (USB 2.0, 10.2.6).
const ATTEMPTS: u8 = 3;
/// This many NAKs are answered at once; then the device is asked once a pause.
const FAST_NAKS: u32 = 4;
const NAK_PAUSE_US: u32 = 250;
/// The pause before a packet that failed is tried again: what disturbed it may last.
const ERROR_PAUSE_US: u32 = 1_000;

/// What is left of the time for a transfer.
#[derive(Debug)]
pub(crate) struct Budget {
    left_us: u64,
}

impl Budget {
    pub(crate) const fn new(timeout: Millis) -> Self {
        Self { left_us: timeout.0.saturating_mul(1_000) }
    }

    /// Waits, unless the time is over.
    fn wait(&mut self, delay: &mut impl DelayNs, us: u32) -> bool {
        match self.left_us.checked_sub(u64::from(us)) {
            Some(left) => {
                self.left_us = left;
                delay.delay_us(us);
                true
            }
            None => false,
        }
    }
}

/// Which packet is launched: the value for HXFR, and what sending it again takes.
#[derive(Clone, Copy, Debug)]
struct Launch {
    hxfr: u8,
    /// First byte and length of the packet in the send FIFO.
    sending: Option<(u8, u8)>,
}

/// One bulk endpoint of the device, with its data toggle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) number: u8,
    pub(crate) max_packet: u8,
    pub(crate) toggle: bool,
}

/// The data stage of a control transfer.
#[derive(Debug)]
pub(crate) enum Data<'d> {
    /// None.
    None,
    /// From the device.
    In(&'d mut [u8]),
}

impl<S: SpiDevice, D: DelayNs> Host<S, D> {
    /// All packets go to this address from here on.
    pub(crate) fn address(&mut self, address: u8) -> Result<(), Error> {
        self.chip.write(Register::PerAddr, address & 0x7F)
    }

    /// A control transfer to endpoint 0. Returns the bytes received.
    pub(crate) fn control(
        &mut self,
        setup: &[u8; 8],
        data: Data<'_>,
        max_packet: u8,
        timeout: Millis,
    ) -> Result<usize, Error> {
        let mut budget = Budget::new(timeout);
        self.chip.write_fifo(Register::SudFifo, setup)?;
        self.launch(Launch { hxfr: SETUP, sending: None }, &mut budget)?;
        let mut filled = 0;
        let handshake = match data {
            Data::In(buffer) if !buffer.is_empty() => {
                let mut endpoint = Endpoint { number: 0, max_packet, toggle: true };
                while filled < buffer.len() {
                    let place = buffer.get_mut(filled..).unwrap_or_default();
                    let len = self.receive_packet(&mut endpoint, place, &mut budget)?;
                    filled = filled.saturating_add(len);
                    if len < usize::from(max_packet) {
                        break;
                    }
                }
                HANDSHAKE_OUT
            }
            Data::None | Data::In(_) => HANDSHAKE_IN,
        };
        self.launch(Launch { hxfr: handshake, sending: None }, &mut budget)?;
        // Of an empty packet there is nothing to read; whether RCVDAVIRQ is set then is unsourced.
        self.chip.write(Register::Hirq, RCVDAV_IRQ)?;
        Ok(filled)
    }

    /// Sends a message in packets; none is empty.
    pub(crate) fn send(
        &mut self,
        endpoint: &mut Endpoint,
        message: &[u8],
        timeout: Millis,
    ) -> Result<(), Error> {
        let mut budget = Budget::new(timeout);
        for (index, packet) in message.chunks(usize::from(endpoint.max_packet).max(1)).enumerate() {
            let sent = self.send_packet(endpoint, packet, &mut budget);
            sent.map_err(|error| match error {
                Error::Timeout => Error::SendTimeout {
                    sent: index.saturating_mul(endpoint.max_packet.into()),
                    of: message.len(),
                },
                error => error,
            })?;
        }
        Ok(())
    }

    fn send_packet(
        &mut self,
        endpoint: &mut Endpoint,
        packet: &[u8],
        budget: &mut Budget,
    ) -> Result<(), Error> {
        let (Some(&first), Ok(len)) = (packet.first(), u8::try_from(packet.len())) else { return Ok(()) };
        self.chip.write(Register::Hctl, send_toggle(endpoint.toggle))?;
        self.chip.write_fifo(Register::SndFifo, packet)?;
        self.chip.write(Register::SndBc, len)?;
        let launch = Launch { hxfr: bulk_out(endpoint.number), sending: Some((first, len)) };
        match self.launch(launch, budget) {
            Ok(after) => {
                endpoint.toggle = after.send_toggle();
                Ok(())
            }
            Err(error) => {
                // The FIFO that was not sent comes back to us; otherwise the two FIFOs get out of step
                // (Linux, max3421_handle_error).
                let _ = self.chip.write(Register::SndBc, 0);
                Err(error)
            }
        }
    }

    /// Receives one packet. Returns its length.
    pub(crate) fn receive_packet(
        &mut self,
        endpoint: &mut Endpoint,
        buffer: &mut [u8],
        budget: &mut Budget,
    ) -> Result<usize, Error> {
        self.chip.write(Register::Hctl, receive_toggle(endpoint.toggle))?;
        let after = self.launch(Launch { hxfr: bulk_in(endpoint.number), sending: None }, budget)?;
        endpoint.toggle = after.receive_toggle();
        // A packet without data may come without RCVDAVIRQ; that is unsourced, so the bit decides.
        if self.chip.read(Register::Hirq)? & RCVDAV_IRQ == 0 {
            return Ok(0);
        }
        let len = usize::from(self.chip.read(Register::RcvBc)?);
        let mut packet = Zeroizing::new([0; FIFO_LEN]);
        let bytes = packet.get_mut(..len).ok_or(Error::Bus(HostResult::BadByteCount))?;
        if len > 0 {
            self.chip.read_fifo(Register::RcvFifo, bytes)?;
        }
        // After the FIFO was read (Programming Guide of December 2006, RCVDAVIRQ).
        self.chip.write(Register::Hirq, RCVDAV_IRQ)?;
        let place = buffer.get_mut(..len).ok_or(Error::Overflow)?;
        for (to, from) in place.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(len)
    }

    /// Launches a packet until it went well, the time is over or it failed too often.
    fn launch(&mut self, launch: Launch, budget: &mut Budget) -> Result<Hrsl, Error> {
        let (mut naks, mut attempts) = (0u32, 0u8);
        loop {
            let after = self.transfer(launch.hxfr)?;
            let pause = match after.result() {
                HostResult::Success => return Ok(after),
                HostResult::Stall => return Err(Error::Stalled),
                HostResult::Nak => {
                    naks = naks.saturating_add(1);
                    if naks <= FAST_NAKS { POLL_US } else { NAK_PAUSE_US }
                }
                // From the device: the packet before comes again, because the device did not see our ACK.
                // Drop it. The chip keeps the toggle it expects (Linux, max3421_handle_error); whether it
                // puts the packet into the FIFO is unsourced.
                HostResult::ToggleError if launch.sending.is_none() => {
                    self.chip.write(Register::Hirq, RCVDAV_IRQ)?;
                    attempts = attempts.saturating_add(1);
                    ERROR_PAUSE_US
                }
                HostResult::WrongPid
                | HostResult::BadByteCount
                | HostResult::PidError
                | HostResult::PacketError
                | HostResult::CrcError
                | HostResult::KState
                | HostResult::JState
                | HostResult::NoAnswer
                | HostResult::Babble
                | HostResult::ToggleError => {
                    attempts = attempts.saturating_add(1);
                    ERROR_PAUSE_US
                }
                result @ (HostResult::Busy | HostResult::BadRequest | HostResult::Undefined) => {
                    return Err(Error::Bus(result));
                }
            };
            if attempts > 0 && self.connection()? == Connection::Nothing {
                return Err(Error::Unplugged);
            }
            if attempts >= ATTEMPTS {
                return Err(Error::Bus(after.result()));
            }
            if !budget.wait(&mut self.delay, pause) {
                return Err(Error::Timeout);
            }
            if let Some((first, len)) = launch.sending.filter(|_| self.revision.loses_first_byte()) {
                // Application note 4000: the FIFO back to us, its first byte, and to the bus again.
                self.chip.write(Register::SndBc, 0)?;
                self.chip.write(Register::SndFifo, first)?;
                self.chip.write(Register::SndBc, len)?;
            }
        }
    }

    /// One transfer of the chip, from HXFR to HXFRDNIRQ.
    fn transfer(&mut self, hxfr: u8) -> Result<Hrsl, Error> {
        if self.silent {
            return Err(Error::Silent);
        }
        self.chip.write(Register::Hirq, HXFRDN_IRQ)?;
        self.chip.write(Register::Hxfr, hxfr)?;
        let mut unplugged = false;
        for _ in 0..TRANSFER_US / POLL_US {
            let requests = self.chip.read(Register::Hirq)?;
            if requests & CONDET_IRQ != 0 {
                self.chip.write(Register::Hirq, CONDET_IRQ)?;
                unplugged = true;
            }
            if requests & HXFRDN_IRQ != 0 {
                // Pulled out, be it for a moment: what comes back has address 0 and no configuration. The
                // transfer ends first: what the chip does with another one meanwhile is unsourced.
                return if unplugged {
                    Err(Error::Unplugged)
                } else {
                    Ok(Hrsl(self.chip.read(Register::Hrsl)?))
                };
            }
            self.delay.delay_us(POLL_US);
        }
        self.silent = true;
        Err(Error::Silent)
    }
}
