//! The chip as a host: start, what is plugged in, reset of the bus.

use embedded_hal::delay::DelayNs;
use embedded_hal::spi::SpiDevice;
use kaztoken_core::Millis;

use crate::chip::Chip;
use crate::register::{
    BUSRST, CHIP_RESET, CONDET_IRQ, DMPULLDN, DPPULLDN, FRAME_IRQ, FULL_DUPLEX, HOST, Hrsl, INT_LEVEL,
    OSCOK_IRQ, Register, Revision, SAMPLEBUS, SNDBAV_IRQ, SOFKAENAB,
};
use crate::{Device, Error};

/// The crystal oscillator and its PLL take some milliseconds.
const OSCILLATOR_US: u32 = 100_000;
/// The chip resets the bus for 50 ms (Programming Guide, BUSRST).
const BUS_RESET_US: u32 = 150_000;
/// Frames begin each millisecond.
const FRAME_US: u32 = 10_000;
/// TATTDB: how long a connection is quiet before it counts (USB 2.0, 7.1.7.3).
const DEBOUNCE_MS: u32 = 100;
/// TRSTRCY: what a device is given after a reset (USB 2.0, 7.1.7.5).
const RESET_RECOVERY_MS: u32 = 10;
/// How often a register is asked that takes its time, in microseconds.
const POLL_US: u32 = 50;
/// After SAMPLEBUS is set. How long the chip takes is unsourced; it has a clock of 48 MHz.
const SAMPLE_US: u32 = 10;
/// How often the bus is looked at while nothing is plugged in.
const LOOK_AGAIN_MS: u32 = 5;

/// The switch of the port's power, on one of the chip's general purpose outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VbusSwitch {
    /// GPOUT0 to GPOUT7.
    pub pin: u8,
    /// A high output switches the power on.
    pub active_high: bool,
}

/// How the chip is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The switch of the port's power; `None` where the port always has power.
    pub vbus: Option<VbusSwitch>,
}

/// What the bus lines say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Both are low: nothing is plugged in.
    Nothing,
    /// A full-speed device.
    FullSpeed,
    /// A low-speed device.
    LowSpeed,
    /// Both are high, which no device does.
    Invalid,
}

/// The chip as a USB host with one port.
#[derive(Debug)]
pub struct Host<S, D> {
    pub(crate) chip: Chip<S>,
    pub(crate) delay: D,
    pub(crate) revision: Revision,
    vbus: Option<VbusSwitch>,
    /// The chip did not end a transfer. What it does with another one is unsourced, so there is none.
    pub(crate) silent: bool,
}

impl<S: SpiDevice, D: DelayNs> Host<S, D> {
    /// Resets the chip, checks that it is one, makes it a host and gives the port power.
    ///
    /// # Errors
    /// [`Error::NoChip`], [`Error::Oscillator`], [`Error::Wiring`], [`Error::Spi`].
    pub fn start(spi: S, delay: D, options: Options) -> Result<Self, Error> {
        let mut host = Self {
            chip: Chip::new(spi),
            delay,
            revision: Revision::Three,
            vbus: options.vbus,
            silent: false,
        };
        // The chip begins on three wires, so before anything else can be read.
        host.chip.write(Register::PinCtl, FULL_DUPLEX | INT_LEVEL)?;
        let revision = host.chip.read(Register::Revision)?;
        host.revision = Revision::of(revision).ok_or(Error::NoChip { revision })?;
        host.chip.write(Register::UsbCtl, CHIP_RESET)?;
        host.delay.delay_us(POLL_US);
        host.chip.write(Register::UsbCtl, 0)?;
        // Other drivers rely on it that a chip reset leaves this register as it is; writing it does no harm.
        host.chip.write(Register::PinCtl, FULL_DUPLEX | INT_LEVEL)?;
        host.wait(Register::UsbIrq, OSCILLATOR_US, |value| value & OSCOK_IRQ != 0, Error::Oscillator)?;
        host.check_wiring()?;
        host.chip.write(Register::Hien, 0)?;
        host.chip.write(Register::CpuCtl, 0)?;
        host.chip.write(Register::Mode, HOST | DPPULLDN | DMPULLDN)?;
        host.chip.write(Register::Hirq, !SNDBAV_IRQ)?;
        host.switch_vbus(true)?;
        Ok(host)
    }

    /// Which revision the chip is.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Gives SPI and the delay back. The port keeps its power.
    pub fn release(self) -> (S, D) {
        (self.chip.release(), self.delay)
    }

    /// What is plugged in, by the bus lines.
    ///
    /// # Errors
    /// [`Error::Spi`].
    pub fn connection(&mut self) -> Result<Connection, Error> {
        self.chip.write(Register::Hctl, SAMPLEBUS)?;
        self.delay.delay_us(SAMPLE_US);
        let sample = Hrsl(self.chip.read(Register::Hrsl)?);
        // J is what an idle full-speed bus shows while MODE's LOWSPEED is 0.
        Ok(match (sample.j_state(), sample.k_state()) {
            (false, false) => Connection::Nothing,
            (true, false) => Connection::FullSpeed,
            (false, true) => Connection::LowSpeed,
            (true, true) => Connection::Invalid,
        })
    }

    /// Waits at most `wait` for a device, resets the bus and enumerates it.
    ///
    /// # Errors
    /// [`Error::NothingThere`], [`Error::LowSpeed`], [`Error::Hub`], [`Error::Interface`] and what goes wrong
    /// on the way.
    pub fn attach(&mut self, wait: Millis) -> Result<Device, Error> {
        let mut left = wait.0;
        loop {
            if self.connection()? != Connection::Nothing {
                self.delay.delay_ms(DEBOUNCE_MS);
                match self.connection()? {
                    Connection::FullSpeed => break,
                    Connection::LowSpeed => return Err(Error::LowSpeed),
                    Connection::Nothing | Connection::Invalid => {}
                }
            }
            left = match left.checked_sub(u64::from(LOOK_AGAIN_MS)) {
                Some(left) => left,
                None => return Err(Error::NothingThere),
            };
            self.delay.delay_ms(LOOK_AGAIN_MS);
        }
        self.enumerate()
    }

    /// Resets the bus; the device has address 0 then and is not configured.
    pub(crate) fn bus_reset(&mut self) -> Result<(), Error> {
        self.chip.write(Register::Mode, HOST | DPPULLDN | DMPULLDN)?;
        self.chip.write(Register::Hctl, BUSRST)?;
        self.wait(Register::Hctl, BUS_RESET_US, |value| value & BUSRST == 0, Error::BusReset)?;
        self.chip.write(Register::Mode, HOST | DPPULLDN | DMPULLDN | SOFKAENAB)?;
        self.chip.write(Register::Hirq, FRAME_IRQ | CONDET_IRQ)?;
        self.wait(Register::Hirq, FRAME_US, |value| value & FRAME_IRQ != 0, Error::BusReset)?;
        self.delay.delay_ms(RESET_RECOVERY_MS);
        match self.connection()? {
            Connection::FullSpeed => Ok(()),
            Connection::LowSpeed => Err(Error::LowSpeed),
            Connection::Nothing | Connection::Invalid => Err(Error::Unplugged),
        }
    }

    /// Takes the port's power, where it can be switched. The device is gone then.
    ///
    /// # Errors
    /// [`Error::Spi`].
    pub fn switch_vbus(&mut self, on: bool) -> Result<(), Error> {
        let Some(VbusSwitch { pin, active_high }) = self.vbus else { return Ok(()) };
        let register = if pin & 4 == 0 { Register::IoPins1 } else { Register::IoPins2 };
        let bit = 1 << (pin & 3);
        // The upper half is inputs.
        let others = self.chip.read(register)? & 0x0F & !bit;
        self.chip.write(register, others | if on == active_high { bit } else { 0 })
    }

    /// Two patterns through a register that does nothing here.
    fn check_wiring(&mut self) -> Result<(), Error> {
        for wrote in [0x5A, 0xA5, 0x00] {
            self.chip.write(Register::GpinPol, wrote)?;
            let read = self.chip.read(Register::GpinPol)?;
            if read != wrote {
                return Err(Error::Wiring { wrote, read });
            }
        }
        Ok(())
    }

    /// Asks a register until it fits, for at most so many microseconds.
    fn wait(
        &mut self,
        register: Register,
        limit_us: u32,
        fits: impl Fn(u8) -> bool,
        error: Error,
    ) -> Result<(), Error> {
        for _ in 0..=limit_us / POLL_US {
            if fits(self.chip.read(register)?) {
                return Ok(());
            }
            self.delay.delay_us(POLL_US);
        }
        Err(error)
    }
}
