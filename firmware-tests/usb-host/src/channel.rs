//! One packet at a time over one of the controller's channels.
//!
//! A channel that was stopped in the middle of a packet is not used again before the next start of the board.
//! Hardware would allow it after ChHltd; QEMU 7.2 reports ChHltd at once and keeps the request nevertheless
//! (hw/usb/hcd-dwc2.c), and starting such a channel again ends QEMU.

use core::cell::{Cell, UnsafeCell};
use core::sync::atomic::{Ordering, fence};
use core::task::Poll;

use embassy_usb_driver::host::PipeError;

use crate::board::{self, UNCACHED};
use crate::controller::Dwc2;
use crate::registers::{
    CHANNELS, ChannelEvents, Characteristics, Pid, bytes_left, hcchar, hcdma, hcint, hcintmsk, hcsplt,
    hctsiz, transfer_size,
};

/// Bytes of the longest bulk packet (high speed).
pub(crate) const MAX_PACKET: usize = 512;
/// A packet that fails on the bus is tried this often in all (USB 2.0, 10.2.6).
const ATTEMPTS: u8 = 3;
/// The pause before a packet that was answered with NAK is tried again, where the core does not do it by
/// itself.
const NAK_PAUSE_US: u64 = 200;

/// Memory for one packet, for the controller to read or to write.
#[repr(align(64))]
pub(crate) struct DmaBuffer(UnsafeCell<[u8; MAX_PACKET]>);

impl DmaBuffer {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new([0; MAX_PACKET]))
    }

    fn bus_address(&self) -> u32 {
        // Addresses have 32 bits here.
        self.0.get().addr() as u32 | UNCACHED
    }
}

/// Which channels are taken, and which will never be free again.
#[derive(Debug)]
pub(crate) struct Pool {
    taken: Cell<u8>,
    lost: Cell<u8>,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self { taken: Cell::new(0), lost: Cell::new(0) }
    }

    fn take(&self) -> Option<u8> {
        let busy = self.taken.get() | self.lost.get();
        let free = busy.trailing_ones();
        if free as usize >= CHANNELS {
            return None;
        }
        self.taken.set(self.taken.get() | 1 << free);
        Some(free as u8)
    }

    fn give_back(&self, channel: u8, usable: bool) {
        self.taken.set(self.taken.get() & !(1 << channel));
        if !usable {
            self.lost.set(self.lost.get() | 1 << channel);
        }
    }

    /// Channels that were stopped in the middle of a packet.
    pub(crate) fn lost(&self) -> u32 {
        self.lost.get().count_ones()
    }
}

/// The packet under way.
#[derive(Clone, Copy, Debug)]
struct Packet {
    characteristics: Characteristics,
    input: bool,
    pid: Pid,
    len: u16,
    attempts: u8,
    /// When it is tried again, after a NAK that ended it.
    again: Option<u64>,
}

/// A channel, for as long as a pipe has it.
pub(crate) struct Channel {
    host: &'static Dwc2,
    number: u8,
    packet: Option<Packet>,
}

impl Channel {
    /// A free channel; `None` when there is none.
    pub(crate) fn take(host: &'static Dwc2) -> Option<Self> {
        host.pool.take().map(|number| Self { host, number, packet: None })
    }

    /// A packet was started and its end not yet seen.
    pub(crate) const fn is_busy(&self) -> bool {
        self.packet.is_some()
    }

    /// Starts to send a packet of at most [`MAX_PACKET`] bytes.
    ///
    /// # Errors
    /// [`PipeError::Disconnected`]; [`PipeError::BufferOverflow`] for a packet that is too long.
    pub(crate) fn send(
        &mut self,
        characteristics: Characteristics,
        pid: Pid,
        data: &[u8],
    ) -> Result<(), PipeError> {
        let buffer = self.idle_buffer().ok_or(PipeError::Canceled)?;
        // SAFETY: no packet is under way, so the controller leaves the buffer alone, and no other reference
        // to it lives: each is made and dropped within a function of this channel.
        let buffer = unsafe { &mut *buffer.0.get() };
        let place = buffer.get_mut(..data.len()).ok_or(PipeError::BufferOverflow)?;
        for (to, from) in place.iter_mut().zip(data) {
            *to = *from;
        }
        self.start(characteristics, false, pid, data.len() as u16)
    }

    /// Starts to receive a packet of at most `len` bytes, the endpoint's packet size.
    ///
    /// # Errors
    /// [`PipeError::Disconnected`].
    pub(crate) fn receive(
        &mut self,
        characteristics: Characteristics,
        pid: Pid,
        len: u16,
    ) -> Result<(), PipeError> {
        self.idle_buffer().ok_or(PipeError::Canceled)?;
        if usize::from(len) > MAX_PACKET {
            return Err(PipeError::BufferOverflow);
        }
        self.start(characteristics, true, pid, len)
    }

    fn start(
        &mut self,
        characteristics: Characteristics,
        input: bool,
        pid: Pid,
        len: u16,
    ) -> Result<(), PipeError> {
        if !self.host.registers.port().enabled() {
            return Err(PipeError::Disconnected);
        }
        let packet = Packet { characteristics, input, pid, len, attempts: 0, again: None };
        self.packet = Some(packet);
        self.program(packet);
        Ok(())
    }

    fn program(&self, packet: Packet) {
        let registers = &self.host.registers;
        let address = self.buffer().map_or(0, DmaBuffer::bus_address);
        registers.write(hcsplt(self.number), 0);
        registers.write(hcint(self.number), ChannelEvents::ALL);
        registers.write(hcintmsk(self.number), ChannelEvents::ALL);
        registers.write(hctsiz(self.number), transfer_size(packet.pid, packet.len));
        registers.write(hcdma(self.number), address);
        // What was written into the buffer is there before the controller looks.
        fence(Ordering::SeqCst);
        registers.write(hcchar(self.number), packet.characteristics.started(packet.input));
    }

    /// How the packet ended; its length when it is one that was received. The bytes are for
    /// [`received`](Self::received).
    pub(crate) fn poll(&mut self) -> Poll<Result<usize, PipeError>> {
        let Some(mut packet) = self.packet else { return Poll::Ready(Err(PipeError::Canceled)) };
        let registers = &self.host.registers;
        if let Some(again) = packet.again {
            if !registers.port().enabled() {
                return self.ended(Err(PipeError::Disconnected));
            }
            if board::microseconds() >= again {
                packet.again = None;
                self.packet = Some(packet);
                self.program(packet);
            }
            return Poll::Pending;
        }
        let events = ChannelEvents(registers.read(hcint(self.number)));
        if !events.halted() {
            // A channel does not always notice that its device is gone.
            return match registers.port().enabled() {
                true => Poll::Pending,
                false => {
                    self.stop();
                    Poll::Ready(Err(PipeError::Disconnected))
                }
            };
        }
        fence(Ordering::SeqCst);
        if events.complete() {
            let left = bytes_left(registers.read(hctsiz(self.number)));
            let len = usize::from(packet.len);
            return self.ended(Ok(if packet.input { len.saturating_sub(left) } else { len }));
        }
        if !registers.port().enabled() {
            return self.ended(Err(PipeError::Disconnected));
        }
        if events.stall() {
            return self.ended(Err(PipeError::Stall));
        }
        if events.babble() {
            return self.ended(Err(PipeError::Babble));
        }
        if events.nak() {
            packet.again = Some(board::microseconds().saturating_add(NAK_PAUSE_US));
            self.packet = Some(packet);
            return Poll::Pending;
        }
        // The packet may be sent again as it is: its PID tells the device whether it has it already.
        packet.attempts = packet.attempts.saturating_add(1);
        if packet.attempts < ATTEMPTS && (events.transaction_error() || events.toggle_error()) {
            self.packet = Some(packet);
            self.program(packet);
            return Poll::Pending;
        }
        self.ended(Err(match events.toggle_error() {
            true => PipeError::DataToggleError,
            false => PipeError::BadResponse,
        }))
    }

    fn ended(&mut self, result: Result<usize, PipeError>) -> Poll<Result<usize, PipeError>> {
        self.packet = None;
        Poll::Ready(result)
    }

    /// The first bytes of the packet that was received last; as many as `out` takes.
    pub(crate) fn received(&self, out: &mut [u8]) {
        let Some(buffer) = self.idle_buffer() else { return };
        // SAFETY: as in `send`.
        let buffer = unsafe { &*buffer.0.get() };
        for (to, from) in out.iter_mut().zip(buffer) {
            *to = *from;
        }
    }

    /// Forgets what the buffer holds: it may be a PIN.
    pub(crate) fn wipe(&self) {
        let Some(buffer) = self.idle_buffer() else { return };
        // SAFETY: as in `send`.
        let buffer = unsafe { &mut *buffer.0.get() };
        zeroize::Zeroize::zeroize(buffer.as_mut_slice());
    }

    /// Stops a packet under way and takes another channel for what comes.
    ///
    /// # Errors
    /// [`PipeError::Canceled`] when no channel is left.
    pub(crate) fn renew(&mut self) -> Result<(), PipeError> {
        if self.is_busy() {
            self.stop();
        }
        // `stop` may have given this channel up.
        if self.is_lost() {
            self.number = self.host.pool.take().ok_or(PipeError::Canceled)?;
        }
        Ok(())
    }

    /// Stops the packet under way; the channel is lost.
    fn stop(&mut self) {
        let waiting = self.packet.take().is_some_and(|packet| packet.again.is_some());
        if waiting {
            return;
        }
        let registers = &self.host.registers;
        let current = registers.read(hcchar(self.number));
        registers.write(hcchar(self.number), Characteristics::stopped(current));
        self.host.pool.give_back(self.number, false);
    }

    /// It was stopped in the middle of a packet: the controller may still use its buffer.
    fn is_lost(&self) -> bool {
        self.host.pool.lost.get() & 1 << self.number != 0
    }

    fn buffer(&self) -> Option<&'static DmaBuffer> {
        let host: &'static Dwc2 = self.host;
        host.buffers.get(usize::from(self.number))
    }

    /// The buffer while the controller leaves it alone.
    fn idle_buffer(&self) -> Option<&'static DmaBuffer> {
        self.buffer().filter(|_| !self.is_busy() && !self.is_lost())
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if self.is_busy() {
            self.stop();
        }
        if !self.is_lost() {
            self.wipe();
            self.host.pool.give_back(self.number, true);
        }
    }
}
