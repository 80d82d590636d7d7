//! The chip, the token and the driver together, in virtual time.

use core::convert::Infallible;
use core::ops::ControlFlow;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use embedded_hal::delay::DelayNs;
use embedded_hal::spi::{Error as SpiError, ErrorKind, ErrorType, Operation, SpiDevice};
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, LinkError, LinkOptions, NoHook};
use kaztoken_core::drive::{Connection, Failure};
use kaztoken_core::pin::Pin;
use kaztoken_core::token::{Protocol, Serial};
use kaztoken_max3421e::{CcidPipe, Device, Error, Host, Options};
use kaztoken_virtual::ccid::CcidDevice;
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Model, State, VirtualToken};
use rand_core::{TryCryptoRng, TryRng};

use super::bus::{BusFault, Peripheral};
use super::chip::Chip;
use super::token::{Shared, TokenDevice};

pub(crate) const SERIAL: Serial = Serial(0x4773_8461);

/// A generator of known numbers.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(z ^ (z >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(8) {
            part.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// The chip, for all who hold a wire of it.
#[derive(Clone)]
pub(crate) struct Bench(Rc<RefCell<Chip>>);

/// The chip behind SPI.
pub(crate) struct Spi(Bench);

/// Lets the model's time pass.
pub(crate) struct Delay(Bench);

#[derive(Debug)]
pub(crate) struct SpiFault;

impl SpiError for SpiFault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Overrun
    }
}

impl ErrorType for Spi {
    type Error = SpiFault;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), SpiFault> {
        let mut chip = self.0.chip();
        chip.select();
        if chip.defects.spi_fails_at == Some(chip.transactions) {
            chip.deselect();
            return Err(SpiFault);
        }
        for operation in operations {
            match operation {
                Operation::Read(bytes) => bytes.iter_mut().for_each(|byte| *byte = chip.byte(0)),
                Operation::Write(bytes) => bytes.iter().for_each(|byte| _ = chip.byte(*byte)),
                Operation::TransferInPlace(bytes) => {
                    bytes.iter_mut().for_each(|byte| *byte = chip.byte(*byte));
                }
                Operation::Transfer(..) | Operation::DelayNs(_) => panic!("not used"),
            }
        }
        chip.deselect();
        Ok(())
    }
}

impl DelayNs for Delay {
    fn delay_ns(&mut self, ns: u32) {
        self.0.chip().pass(u64::from(ns).div_ceil(1_000));
    }
}

pub(crate) type Pipe = CcidPipe<Spi, Delay>;
pub(crate) type Clock = Box<dyn FnMut() -> Millis>;
pub(crate) type Link = CcidLink<Pipe, Clock, NoHook>;

/// A token in its factory state that outlives being plugged in.
pub(crate) fn card() -> Shared {
    let state = State::factory(Model::Kaztoken, SERIAL.0);
    let Ok(token) = VirtualToken::create(MemoryStore::new(state.clone()), state, Counter(1));
    Rc::new(RefCell::new(token))
}

/// A token with this plan of faults.
pub(crate) fn device(card: &Shared, plan: &str) -> TokenDevice {
    let plan = if plan.is_empty() { Default::default() } else { plan.parse().unwrap() };
    TokenDevice::new(card.clone(), CcidDevice::new(plan))
}

impl Bench {
    /// A chip of this revision with nothing plugged in.
    pub(crate) fn empty(revision: u8) -> Self {
        Self(Rc::new(RefCell::new(Chip::new(revision))))
    }

    /// A chip of the third revision with this in its port.
    pub(crate) fn with(device: impl Peripheral + 'static) -> Self {
        let bench = Self::empty(0x13);
        bench.plug(device);
        bench
    }

    pub(crate) fn plug(&self, device: impl Peripheral + 'static) {
        self.chip().device = Some(Box::new(device));
    }

    pub(crate) fn chip(&self) -> RefMut<'_, Chip> {
        self.0.borrow_mut()
    }

    /// These faults happen to the transfers with these numbers, counted from now.
    pub(crate) fn disturb(&self, faults: &[(u64, BusFault)]) {
        let mut chip = self.chip();
        let base = chip.transfers;
        chip.faults = faults.iter().map(|&(number, fault)| (base + number, fault)).collect();
    }

    pub(crate) fn start(&self) -> Result<Host<Spi, Delay>, Error> {
        self.start_with(Options::default())
    }

    pub(crate) fn start_with(&self, options: Options) -> Result<Host<Spi, Delay>, Error> {
        Host::start(Spi(self.clone()), Delay(self.clone()), options)
    }

    pub(crate) fn attach(&self) -> Result<Device, Error> {
        self.start()?.attach(Millis(1_000))
    }

    pub(crate) fn pipe(&self) -> Result<Pipe, Error> {
        let mut host = self.start()?;
        let device = host.attach(Millis(1_000))?;
        Ok(CcidPipe::new(host, device))
    }

    pub(crate) fn clock(&self) -> Clock {
        let bench = self.clone();
        Box::new(move || Millis(bench.chip().now / 1_000))
    }

    /// A powered card behind the whole of it.
    pub(crate) fn link(&self) -> Result<Link, LinkError<Error>> {
        let pipe = self.pipe().map_err(LinkError::Pipe)?;
        let class = pipe.device().interface.class;
        let options = LinkOptions { power_budget: Millis(1_000), ..LinkOptions::default() };
        let on_wait: NoHook = |_| ControlFlow::Continue(());
        CcidLink::open_with(pipe, self.clock(), &class, options, on_wait)
    }

    pub(crate) fn connect(&self) -> Result<Connection<Link>, Outcome> {
        Ok(Connection::new(self.link().map_err(Failure::Link)?, Protocol::T1))
    }
}

pub(crate) type Outcome = Failure<LinkError<Error>>;

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.as_bytes()).unwrap()
}
