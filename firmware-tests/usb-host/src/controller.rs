//! The controller and its port: start, what is plugged in, reset of the bus.

use core::sync::atomic::{AtomicBool, Ordering};

use embassy_time::{Duration, Instant, Timer};
use embassy_usb_driver::host::{
    DeviceEvent, HostError, SplitInfo, UsbHostAllocator, UsbHostController, pipe,
};
use embassy_usb_driver::{EndpointInfo, EndpointType, Speed};

use crate::board;
use crate::channel::{Channel, DmaBuffer, MAX_PACKET, Pool};
use crate::pipe::Pipe;
use crate::registers::{
    AHB_IDLE, CHANNELS, CORE_SOFT_RESET, CURRENT_MODE_HOST, Characteristics, DMA_ENABLE, FORCE_HOST_MODE,
    GAHBCFG, GINTSTS, GNPTXFSIZ, GRSTCTL, GRXFSIZ, GSNPSID, GUSBCFG, HCFG, HPRT0, HPTXFSIZ, RX_FIFO_FLUSH,
    Register, Registers, TX_FIFO_FLUSH,
};

/// What the core is given to carry out something within itself.
const CORE_TIME: Duration = Duration::from_millis(100);
/// TATTDB: how long a connection is quiet before it counts (USB 2.0, 7.1.7.3).
const DEBOUNCE: Duration = Duration::from_millis(100);
/// TDRSTR: how long a root port resets (USB 2.0, 7.1.7.5).
const RESET_TIME: Duration = Duration::from_millis(50);
/// TRSTRCY: what a device is given after a reset (USB 2.0, 7.1.7.5).
const RESET_RECOVERY: Duration = Duration::from_millis(10);
/// How often the port is looked at while nothing is plugged in.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// FIFO sizes in words, as the Linux driver has them for this chip (drivers/usb/dwc2/params.c): receive,
/// control and bulk, periodic. QEMU has no FIFOs.
const FIFO_WORDS: [u32; 3] = [774, 256, 512];

/// Why there is no USB host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartError {
    /// It was started before.
    Taken,
    /// No DWC2 core answers at the address.
    NoCore(u32),
    /// A register did not take the value that was waited for.
    Stuck {
        /// What was waited for.
        what: &'static str,
        /// What the register says.
        value: u32,
    },
}

impl core::fmt::Display for StartError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Taken => f.write_str("the USB controller was started before"),
            Self::NoCore(id) => write!(f, "no DWC2 controller here: it calls itself {id:08X}"),
            Self::Stuck { what, value } => write!(f, "the USB controller: no {what} (register {value:08X})"),
        }
    }
}

/// The controller: its registers, and memory for each channel.
pub(crate) struct Dwc2 {
    pub(crate) registers: Registers,
    pub(crate) pool: Pool,
    pub(crate) buffers: [DmaBuffer; CHANNELS],
}

// SAFETY: one core runs and no interrupt is enabled, see `board`.
unsafe impl Sync for Dwc2 {}

static DWC2: Dwc2 = Dwc2 {
    // SAFETY: the board's controller is there, and only this one uses it.
    registers: unsafe { Registers::new(board::USB) },
    pool: Pool::new(),
    buffers: [const { DmaBuffer::new() }; CHANNELS],
};
static TAKEN: AtomicBool = AtomicBool::new(false);

impl Dwc2 {
    fn wait_for(
        &self,
        what: &'static str,
        register: Register,
        fits: impl Fn(u32) -> bool,
    ) -> Result<(), StartError> {
        let end = Instant::now() + CORE_TIME;
        loop {
            let value = self.registers.read(register);
            if fits(value) {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(StartError::Stuck { what, value });
            }
        }
    }

    /// The device's speed after a reset. HCFG restricts the core to full speed.
    fn speed(&self) -> Speed {
        match self.registers.port().speed() {
            0 => Speed::High,
            1 => Speed::Full,
            _ => Speed::Low,
        }
    }
}

/// The host side of the controller.
pub(crate) struct Host {
    dwc2: &'static Dwc2,
    /// A device was reported and its end not yet.
    connected: bool,
}

impl Host {
    /// Resets the core, makes it a host with DMA and gives the port power.
    ///
    /// # Errors
    /// [`StartError`].
    pub(crate) fn start() -> Result<Self, StartError> {
        // Only one core: nobody comes between load and store.
        if TAKEN.load(Ordering::Relaxed) {
            return Err(StartError::Taken);
        }
        TAKEN.store(true, Ordering::Relaxed);
        let dwc2 = &DWC2;
        let registers = &dwc2.registers;
        let id = registers.read(GSNPSID);
        if id >> 16 != u32::from(u16::from_be_bytes(*b"OT")) {
            return Err(StartError::NoCore(id));
        }
        dwc2.wait_for("idle bus master", GRSTCTL, |value| value & AHB_IDLE != 0)?;
        registers.write(GRSTCTL, CORE_SOFT_RESET);
        dwc2.wait_for("end of its reset", GRSTCTL, |value| value & (CORE_SOFT_RESET | AHB_IDLE) == AHB_IDLE)?;
        registers.write(GUSBCFG, registers.read(GUSBCFG) | FORCE_HOST_MODE);
        dwc2.wait_for("host mode", GINTSTS, |value| value & CURRENT_MODE_HOST != 0)?;
        let [receive, bulk, periodic] = FIFO_WORDS;
        registers.write(GRXFSIZ, receive);
        registers.write(GNPTXFSIZ, bulk << 16 | receive);
        registers.write(HPTXFSIZ, periodic << 16 | (receive + bulk));
        for flush in [TX_FIFO_FLUSH, RX_FIFO_FLUSH] {
            registers.write(GRSTCTL, flush);
            dwc2.wait_for("flushed FIFO", GRSTCTL, |value| value & (1 << 4 | 1 << 5) == 0)?;
        }
        registers.write(GAHBCFG, DMA_ENABLE);
        // FSLSSupp: no high speed, a token has none.
        registers.write(HCFG, registers.read(HCFG) | 1 << 2);
        registers.write(HPRT0, registers.port().powered());
        Ok(Self { dwc2, connected: false })
    }

    /// Channels that were stopped in the middle of a packet.
    pub(crate) fn lost_channels(&self) -> u32 {
        self.dwc2.pool.lost()
    }
}

impl UsbHostController<'static> for Host {
    type Allocator = Allocator;

    fn allocator(&self) -> Allocator {
        Allocator(self.dwc2)
    }

    async fn wait_for_device_event(&mut self) -> DeviceEvent {
        let registers = &self.dwc2.registers;
        loop {
            let port = registers.port();
            if port.overcurrent() {
                registers.write(HPRT0, port.acknowledged());
                self.connected = false;
                return DeviceEvent::Overcurrent;
            }
            if self.connected && (!port.connected() || port.connect_detected()) {
                self.connected = false;
                return DeviceEvent::Disconnected;
            }
            if !self.connected && port.connected() {
                registers.write(HPRT0, port.acknowledged());
                Timer::after(DEBOUNCE).await;
                let port = registers.port();
                if port.connected() && !port.connect_detected() {
                    self.bus_reset().await;
                    if registers.port().enabled() {
                        self.connected = true;
                        return DeviceEvent::Connected(self.dwc2.speed());
                    }
                }
            }
            Timer::after(LOOK_AGAIN).await;
        }
    }

    async fn bus_reset(&mut self) {
        let registers = &self.dwc2.registers;
        registers.write(HPRT0, registers.port().reset_on());
        Timer::after(RESET_TIME).await;
        registers.write(HPRT0, registers.port().reset_off());
        Timer::after(RESET_RECOVERY).await;
        registers.write(HPRT0, registers.port().acknowledged());
    }
}

/// Gives out pipes.
#[derive(Clone)]
pub(crate) struct Allocator(&'static Dwc2);

impl UsbHostAllocator<'static> for Allocator {
    type Pipe<T: pipe::Type, D: pipe::Direction> = Pipe<T, D>;

    fn alloc_pipe<T: pipe::Type, D: pipe::Direction>(
        &self,
        address: u8,
        endpoint: &EndpointInfo,
        split: Option<SplitInfo>,
    ) -> Result<Pipe<T, D>, HostError> {
        if split.is_some() {
            return Err(HostError::Other("a device behind a hub; plug it into the board"));
        }
        let kind = match T::ep_type() {
            EndpointType::Control => 0,
            EndpointType::Bulk => 2,
            EndpointType::Interrupt => 3,
            EndpointType::Isochronous => return Err(HostError::Other("isochronous pipes are not supported")),
        };
        let max_packet = endpoint.max_packet_size;
        if !(8..=MAX_PACKET).contains(&usize::from(max_packet)) {
            return Err(HostError::InvalidDescriptor);
        }
        let low_speed = self.0.speed() == Speed::Low;
        let number = endpoint.addr.index() as u8;
        let characteristics = Characteristics::new(address, number, kind, max_packet, low_speed);
        let channel = Channel::take(self.0).ok_or(HostError::OutOfPipes)?;
        Ok(Pipe::new(channel, characteristics, max_packet))
    }
}
