//! The chip's registers in host mode, as far as they are used (Programming Guide, table 1).

/// A register: its number is the upper five bits of the SPI command byte (Programming Guide, figure 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Register {
    /// The packet received.
    RcvFifo = 1,
    /// The packet to send.
    SndFifo = 2,
    /// The eight bytes of a SETUP packet.
    SudFifo = 4,
    /// How many bytes are in the receive FIFO.
    RcvBc = 6,
    /// How many bytes of the send FIFO are to be sent; writing it gives the FIFO to the bus side.
    SndBc = 7,
    /// Requests that concern the chip itself.
    UsbIrq = 13,
    /// Power down and reset of the chip.
    UsbCtl = 15,
    /// The interrupt pin.
    CpuCtl = 16,
    /// How SPI and the interrupt pin work.
    PinCtl = 17,
    /// Which chip it is.
    Revision = 18,
    /// General purpose pins 0 to 3: outputs in the lower half.
    IoPins1 = 20,
    /// General purpose pins 4 to 7.
    IoPins2 = 21,
    /// Edges of the general purpose inputs; not used otherwise.
    GpinPol = 24,
    /// Requests of the host: bits are cleared by writing 1.
    Hirq = 25,
    /// Which of them the interrupt pin shows.
    Hien = 26,
    /// Host mode, pull-downs, frames.
    Mode = 27,
    /// The address that packets go to.
    PerAddr = 28,
    /// Bus reset, bus sampling, data toggles.
    Hctl = 29,
    /// Writing it starts a transfer.
    Hxfr = 30,
    /// The result of the last one, and what the bus looked like when it was sampled.
    Hrsl = 31,
}

impl Register {
    /// The command byte that reads it.
    pub(crate) const fn read(self) -> u8 {
        (self as u8) << 3
    }

    /// The command byte that writes it.
    pub(crate) const fn write(self) -> u8 {
        (self as u8) << 3 | 0x02
    }
}

/// USBIRQ: the oscillator runs.
pub(crate) const OSCOK_IRQ: u8 = 1 << 0;
/// USBCTL: reset the chip.
pub(crate) const CHIP_RESET: u8 = 1 << 5;
/// PINCTL: SPI on four wires.
pub(crate) const FULL_DUPLEX: u8 = 1 << 4;
/// PINCTL: the interrupt pin, if somebody looks at it, is a level.
pub(crate) const INT_LEVEL: u8 = 1 << 3;

/// HIRQ: data in the receive FIFO.
pub(crate) const RCVDAV_IRQ: u8 = 1 << 2;
/// HIRQ: something was plugged in or pulled out.
pub(crate) const CONDET_IRQ: u8 = 1 << 5;
/// HIRQ: a frame began.
pub(crate) const FRAME_IRQ: u8 = 1 << 6;
/// HIRQ: the transfer is over.
pub(crate) const HXFRDN_IRQ: u8 = 1 << 7;
/// HIRQ: send FIFO available; the only one that the CPU never clears.
pub(crate) const SNDBAV_IRQ: u8 = 1 << 3;

/// MODE: host, not peripheral.
pub(crate) const HOST: u8 = 1 << 0;
/// MODE: frames, one each millisecond.
pub(crate) const SOFKAENAB: u8 = 1 << 3;
/// MODE: pull-down of D-.
pub(crate) const DMPULLDN: u8 = 1 << 6;
/// MODE: pull-down of D+.
pub(crate) const DPPULLDN: u8 = 1 << 7;

/// HCTL: reset of the bus, for 50 ms; the chip clears the bit.
pub(crate) const BUSRST: u8 = 1 << 0;
/// HCTL: look at the bus lines.
pub(crate) const SAMPLEBUS: u8 = 1 << 2;

/// HCTL: the toggle that the next packet from the device must have.
pub(crate) const fn receive_toggle(toggle: bool) -> u8 {
    if toggle { 1 << 5 } else { 1 << 4 }
}

/// HCTL: the toggle that the next packet to the device has.
pub(crate) const fn send_toggle(toggle: bool) -> u8 {
    if toggle { 1 << 7 } else { 1 << 6 }
}

/// HXFR: SETUP to endpoint 0.
pub(crate) const SETUP: u8 = 0x10;
/// HXFR: status stage of a control transfer without data or with data to the device.
pub(crate) const HANDSHAKE_IN: u8 = 0x80;
/// HXFR: status stage of a control transfer with data from the device.
pub(crate) const HANDSHAKE_OUT: u8 = 0xA0;

/// HXFR: a packet from this endpoint, bulk or control.
pub(crate) const fn bulk_in(endpoint: u8) -> u8 {
    endpoint & 0x0F
}

/// HXFR: a packet to this endpoint.
pub(crate) const fn bulk_out(endpoint: u8) -> u8 {
    0x20 | endpoint & 0x0F
}

/// What stands in HRSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hrsl(pub(crate) u8);

impl Hrsl {
    pub(crate) const fn result(self) -> HostResult {
        HostResult::of(self.0)
    }

    /// The toggle of the next packet from the device.
    pub(crate) const fn receive_toggle(self) -> bool {
        self.0 & 1 << 4 != 0
    }

    /// The toggle of the next packet to the device.
    pub(crate) const fn send_toggle(self) -> bool {
        self.0 & 1 << 5 != 0
    }

    /// D- is high and D+ low, when full speed was sampled for.
    pub(crate) const fn k_state(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    /// D+ is high and D- low, when full speed was sampled for.
    pub(crate) const fn j_state(self) -> bool {
        self.0 & 1 << 7 != 0
    }
}

/// HRSLT: how a transfer ended (Programming Guide, table 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum HostResult {
    /// 0: it went well.
    Success = 0x0,
    /// 1: not over yet.
    Busy = 0x1,
    /// 2: a bad value in HXFR.
    BadRequest = 0x2,
    /// 3: reserved.
    Undefined = 0x3,
    /// 4: the device is not ready.
    Nak = 0x4,
    /// 5: the endpoint is halted or does not know the request.
    Stall = 0x5,
    /// 6: the packet has the wrong data toggle.
    ToggleError = 0x6,
    /// 7: another PID than expected.
    WrongPid = 0x7,
    /// 8: a bad byte count.
    BadByteCount = 0x8,
    /// 9: the PID is damaged.
    PidError = 0x9,
    /// A: bit stuffing or end of packet is damaged.
    PacketError = 0xA,
    /// B: the checksum is wrong.
    CrcError = 0xB,
    /// C: K state instead of an answer.
    KState = 0xC,
    /// D: J state instead of an answer.
    JState = 0xD,
    /// E: no answer in time.
    NoAnswer = 0xE,
    /// F: the device talked for too long.
    Babble = 0xF,
}

impl HostResult {
    /// The lower four bits of HRSL.
    #[must_use]
    pub const fn of(hrsl: u8) -> Self {
        match hrsl & 0x0F {
            0x0 => Self::Success,
            0x1 => Self::Busy,
            0x2 => Self::BadRequest,
            0x3 => Self::Undefined,
            0x4 => Self::Nak,
            0x5 => Self::Stall,
            0x6 => Self::ToggleError,
            0x7 => Self::WrongPid,
            0x8 => Self::BadByteCount,
            0x9 => Self::PidError,
            0xA => Self::PacketError,
            0xB => Self::CrcError,
            0xC => Self::KState,
            0xD => Self::JState,
            0xE => Self::NoAnswer,
            _ => Self::Babble,
        }
    }

    /// In words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Busy => "transfer pending",
            Self::BadRequest => "bad request to the chip",
            Self::Undefined => "reserved result",
            Self::Nak => "device not ready",
            Self::Stall => "stall",
            Self::ToggleError => "wrong data toggle",
            Self::WrongPid => "wrong PID",
            Self::BadByteCount => "bad byte count",
            Self::PidError => "damaged PID",
            Self::PacketError => "damaged packet",
            Self::CrcError => "wrong checksum",
            Self::KState => "K state instead of an answer",
            Self::JState => "J state instead of an answer",
            Self::NoAnswer => "no answer",
            Self::Babble => "babble",
        }
    }
}

/// Which revision of the chip (register 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Revision {
    /// 01.
    One = 0x01,
    /// 12.
    Two = 0x12,
    /// 13.
    Three = 0x13,
}

impl Revision {
    pub(crate) const fn of(value: u8) -> Option<Self> {
        match value {
            0x01 => Some(Self::One),
            0x12 => Some(Self::Two),
            0x13 => Some(Self::Three),
            _ => None,
        }
    }

    /// Before the third revision the first byte of a packet that is sent again must be loaded again
    /// (application note 4000).
    pub(crate) const fn loses_first_byte(self) -> bool {
        matches!(self, Self::One | Self::Two)
    }
}
