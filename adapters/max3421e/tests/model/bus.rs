//! What is plugged in, as the chip sees it, and what can happen on the bus.

/// How a device answers a packet that it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    Ack,
    Nak,
    Stall,
    /// Not for this device, or it is broken.
    Silent,
}

/// How a device answers an IN token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A packet with this data toggle. The device keeps it until it is acknowledged.
    Data {
        toggle: bool,
        bytes: Vec<u8>,
    },
    Nak,
    Stall,
    Silent,
}

/// A device at the packet level.
pub(crate) trait Peripheral {
    /// Low speed shows the other bus state when idle.
    fn low_speed(&self) -> bool {
        false
    }
    /// Reset of the bus.
    fn reset(&mut self);
    /// Time passes, in microseconds.
    fn pass(&mut self, us: u64);
    /// Whether it is still plugged in.
    fn attached(&self) -> bool;
    /// It halts an endpoint, given by its address.
    fn halt(&mut self, _endpoint: u8) {}
    /// A SETUP packet.
    fn setup(&mut self, address: u8, setup: [u8; 8]) -> Handshake;
    /// An IN token.
    fn input(&mut self, address: u8, endpoint: u8) -> Answer;
    /// The host's ACK for what [`input`](Self::input) gave last.
    fn acknowledged(&mut self, endpoint: u8);
    /// A data packet.
    fn output(&mut self, address: u8, endpoint: u8, toggle: bool, bytes: &[u8]) -> Handshake;
}

/// Something that happens to one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BusFault {
    /// The device is not ready.
    Nak,
    /// The device refuses; a bulk endpoint stays halted.
    Stall,
    /// The device does not see the packet.
    Lost,
    /// What the device sends is damaged; the host does not acknowledge it.
    Damaged,
    /// The device takes the packet, its ACK gets lost; or it sends a packet, and the host's ACK gets lost.
    AckLost,
    /// The device sends for too long.
    Babble,
    /// The device is pulled out.
    Unplug,
    /// The chip does not come to an end.
    Hang,
}
