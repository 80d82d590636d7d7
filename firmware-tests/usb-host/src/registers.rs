//! The registers of the DWC2 controller that a host with internal DMA needs.
//!
//! Names and bits are those of the Synopsys core as the Linux driver has them (drivers/usb/dwc2/hw.h) and as
//! ST's reference manual RM0090 documents the same core for its OTG_HS, section 35 "Host-mode registers".

use core::ptr::{read_volatile, write_volatile};

/// Where a register is, in bytes from the controller's base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Register(u16);

/// AHB configuration.
pub(crate) const GAHBCFG: Register = Register(0x008);
/// USB configuration.
pub(crate) const GUSBCFG: Register = Register(0x00C);
/// Reset control.
pub(crate) const GRSTCTL: Register = Register(0x010);
/// Interrupt status of the core.
pub(crate) const GINTSTS: Register = Register(0x014);
/// Words of the receive FIFO.
pub(crate) const GRXFSIZ: Register = Register(0x024);
/// Start and words of the FIFO for control and bulk packets.
pub(crate) const GNPTXFSIZ: Register = Register(0x028);
/// The core's identity: "OT" and a release number.
pub(crate) const GSNPSID: Register = Register(0x040);
/// Start and words of the FIFO for periodic packets.
pub(crate) const HPTXFSIZ: Register = Register(0x100);
/// Host configuration.
pub(crate) const HCFG: Register = Register(0x400);
/// The port.
pub(crate) const HPRT0: Register = Register(0x440);

/// GAHBCFG: the core fetches and stores the data itself.
pub(crate) const DMA_ENABLE: u32 = 1 << 5;
/// GUSBCFG: host, whatever the ID pin says.
pub(crate) const FORCE_HOST_MODE: u32 = 1 << 29;
/// GRSTCTL: the bus master is idle.
pub(crate) const AHB_IDLE: u32 = 1 << 31;
/// GRSTCTL: reset the core.
pub(crate) const CORE_SOFT_RESET: u32 = 1;
/// GRSTCTL: flush the receive FIFO.
pub(crate) const RX_FIFO_FLUSH: u32 = 1 << 4;
/// GRSTCTL: flush all the transmit FIFOs: TXFFLSH with TXFNUM = 10h.
pub(crate) const TX_FIFO_FLUSH: u32 = 1 << 5 | 0x10 << 6;
/// GINTSTS: the core is in host mode.
pub(crate) const CURRENT_MODE_HOST: u32 = 1;

/// How many channels are used of those that every instance has at least.
pub(crate) const CHANNELS: usize = 8;

/// Of one channel: characteristics of the endpoint; bit 31 starts it.
pub(crate) const fn hcchar(channel: u8) -> Register {
    Register(0x500 + 0x20 * channel as u16)
}

/// Of one channel: split transactions.
pub(crate) const fn hcsplt(channel: u8) -> Register {
    Register(0x504 + 0x20 * channel as u16)
}

/// Of one channel: what happened.
pub(crate) const fn hcint(channel: u8) -> Register {
    Register(0x508 + 0x20 * channel as u16)
}

/// Of one channel: what raises an interrupt.
pub(crate) const fn hcintmsk(channel: u8) -> Register {
    Register(0x50C + 0x20 * channel as u16)
}

/// Of one channel: bytes, packets and the first packet's PID.
pub(crate) const fn hctsiz(channel: u8) -> Register {
    Register(0x510 + 0x20 * channel as u16)
}

/// Of one channel: the DMA address.
pub(crate) const fn hcdma(channel: u8) -> Register {
    Register(0x514 + 0x20 * channel as u16)
}

/// What stands in HPRT0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Port(pub(crate) u32);

impl Port {
    const CONNECTED: u32 = 1;
    const CONNECT_DETECTED: u32 = 1 << 1;
    const ENABLED: u32 = 1 << 2;
    const ENABLE_CHANGED: u32 = 1 << 3;
    const OVERCURRENT: u32 = 1 << 4;
    const OVERCURRENT_CHANGED: u32 = 1 << 5;
    const RESET: u32 = 1 << 8;
    const POWER: u32 = 1 << 12;
    /// Bits that are cleared by writing 1; writing 1 to ENABLED disables the port.
    const WRITE_1_TO_CLEAR: u32 =
        Self::CONNECT_DETECTED | Self::ENABLED | Self::ENABLE_CHANGED | Self::OVERCURRENT_CHANGED;

    /// Something is plugged in.
    pub(crate) const fn connected(self) -> bool {
        self.0 & Self::CONNECTED != 0
    }

    /// Transfers are possible: there was a reset since something was plugged in.
    pub(crate) const fn enabled(self) -> bool {
        self.0 & (Self::CONNECTED | Self::ENABLED) == Self::CONNECTED | Self::ENABLED
    }

    /// Something was plugged in since this was acknowledged.
    pub(crate) const fn connect_detected(self) -> bool {
        self.0 & Self::CONNECT_DETECTED != 0
    }

    /// What is plugged in takes more than the port gives.
    pub(crate) const fn overcurrent(self) -> bool {
        self.0 & Self::OVERCURRENT != 0
    }

    /// PrtSpd: 0 high, 1 full, 2 low.
    pub(crate) const fn speed(self) -> u32 {
        self.0 >> 17 & 3
    }

    const fn unchanged(self) -> u32 {
        self.0 & !Self::WRITE_1_TO_CLEAR
    }

    /// The value that gives the port power.
    pub(crate) const fn powered(self) -> u32 {
        self.unchanged() | Self::POWER
    }

    /// The value that begins a reset.
    pub(crate) const fn reset_on(self) -> u32 {
        self.unchanged() | Self::RESET
    }

    /// The value that ends a reset.
    pub(crate) const fn reset_off(self) -> u32 {
        self.unchanged() & !Self::RESET
    }

    /// The value that acknowledges all changes and leaves the port as it is.
    pub(crate) const fn acknowledged(self) -> u32 {
        self.unchanged() | self.0 & (Self::WRITE_1_TO_CLEAR & !Self::ENABLED)
    }
}

/// What stands in HCINT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelEvents(pub(crate) u32);

impl ChannelEvents {
    /// All of them, to clear them.
    pub(crate) const ALL: u32 = 0x3FFF;

    /// XferCompl: the transfer ended well.
    pub(crate) const fn complete(self) -> bool {
        self.0 & 1 != 0
    }

    /// ChHltd: the channel stands still.
    pub(crate) const fn halted(self) -> bool {
        self.0 & 1 << 1 != 0
    }

    /// STALL.
    pub(crate) const fn stall(self) -> bool {
        self.0 & 1 << 3 != 0
    }

    /// NAK. For bulk and control the core asks again by itself.
    pub(crate) const fn nak(self) -> bool {
        self.0 & 1 << 4 != 0
    }

    /// XactErr: CRC, no answer, bit stuffing, false EOP.
    pub(crate) const fn transaction_error(self) -> bool {
        self.0 & 1 << 7 != 0
    }

    /// BblErr: the device sent more than asked for.
    pub(crate) const fn babble(self) -> bool {
        self.0 & 1 << 8 != 0
    }

    /// DataTglErr: the packet has the other PID.
    pub(crate) const fn toggle_error(self) -> bool {
        self.0 & 1 << 10 != 0
    }
}

/// HCCHAR of one endpoint, not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Characteristics(u32);

impl Characteristics {
    const ENABLE: u32 = 1 << 31;
    const DISABLE: u32 = 1 << 30;
    const INPUT: u32 = 1 << 15;

    /// `kind` is the transfer type as in an endpoint descriptor: 0 control, 2 bulk, 3 interrupt.
    pub(crate) const fn new(address: u8, endpoint: u8, kind: u8, max_packet: u16, low_speed: bool) -> Self {
        Self(
            (max_packet & 0x7FF) as u32
                | ((endpoint & 0xF) as u32) << 11
                | (low_speed as u32) << 17
                | ((kind & 3) as u32) << 18
                // One packet a frame, for periodic endpoints.
                | 1 << 20
                | ((address & 0x7F) as u32) << 22,
        )
    }

    /// The value that starts a transfer in this direction.
    pub(crate) const fn started(self, input: bool) -> u32 {
        self.0 | Self::ENABLE | if input { Self::INPUT } else { 0 }
    }

    /// The value that stops what is under way.
    pub(crate) const fn stopped(current: u32) -> u32 {
        current | Self::DISABLE
    }
}

/// The PID of a packet, as HCTSIZ has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pid {
    /// DATA0.
    Data0 = 0,
    /// DATA1.
    Data1 = 2,
    /// SETUP.
    Setup = 3,
}

impl Pid {
    /// That of a data toggle.
    pub(crate) const fn of_toggle(toggle: bool) -> Self {
        if toggle { Self::Data1 } else { Self::Data0 }
    }
}

/// HCTSIZ for one packet.
pub(crate) const fn transfer_size(pid: Pid, len: u16) -> u32 {
    len as u32 | 1 << 19 | (pid as u32) << 29
}

/// The bytes that HCTSIZ has left.
pub(crate) const fn bytes_left(hctsiz: u32) -> usize {
    (hctsiz & 0x7_FFFF) as usize
}

/// The controller's registers.
#[derive(Debug)]
pub(crate) struct Registers {
    base: usize,
}

impl Registers {
    /// # Safety
    /// A DWC2 controller is at `base`, and nobody else uses it.
    pub(crate) const unsafe fn new(base: usize) -> Self {
        Self { base }
    }

    pub(crate) fn read(&self, register: Register) -> u32 {
        // SAFETY: `new` was promised a controller here, and the offset is one of its registers.
        unsafe { read_volatile((self.base + usize::from(register.0)) as *const u32) }
    }

    pub(crate) fn write(&self, register: Register, value: u32) {
        // SAFETY: as in `read`. What DMA may write to is the channel's affair.
        unsafe { write_volatile((self.base + usize::from(register.0)) as *mut u32, value) }
    }

    pub(crate) fn port(&self) -> Port {
        Port(self.read(HPRT0))
    }
}
