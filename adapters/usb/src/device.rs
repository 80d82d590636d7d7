//! A claimed interface.

use crate::interface::DIRECTION_IN;
use crate::pipe::{Bulk, Pipe};
use crate::sysfs::System;
use crate::{CcidInterface, Error, Holder, Location};
use core::fmt;
use core::ops::ControlFlow;
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassRequest, LinkError, LinkOptions, Quirks};
use kaztoken_core::drive::BulkPipe;
use rusb::{Context, Device, DeviceHandle};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A powered token on USB, ready for APDUs; `W` is the hook called while it is at work.
pub type UsbLink<W> = CcidLink<UsbPipe, fn() -> Millis, W>;

/// The bulk pipe of one claimed CCID interface. Dropping it releases the interface.
///
/// When the device was unplugged, every call fails with [`Error::Unplugged`] from then on, whatever is
/// plugged in later: discover anew.
pub struct UsbPipe {
    pipe: Pipe<Claimed>,
    interface: CcidInterface,
    location: Location,
    quirks: Quirks,
}

impl UsbPipe {
    pub(crate) fn claim(
        device: &Device<Context>,
        interface: &CcidInterface,
        location: &Location,
        refused: impl Fn(rusb::Error) -> Error,
    ) -> Result<Self, Error> {
        let handle = device.open().map_err(&refused)?;
        if let Err(error) = take(&handle, interface) {
            // Whoever looks for the holder now shall not find this handle.
            drop(handle);
            return Err(refused(error));
        }
        let system = System::default();
        let node = system.node(location.bus, location.address).map(|node| system.path(&node));
        let claimed = Claimed { handle, interface: interface.clone(), node };
        let pipe = Pipe::new(claimed, interface.packet_size);
        let ids = device.device_descriptor().map(|ids| (ids.vendor_id(), ids.product_id()));
        let quirks = ids.map_or(Quirks::NONE, |(vendor, product)| Quirks::of(vendor, product));
        Ok(Self { pipe, interface: interface.clone(), location: location.clone(), quirks })
    }

    /// Powers the token on: from here on it takes APDUs.
    ///
    /// `on_wait` is called with the time a command has taken so far, several times a second while the token
    /// is at work; [`ControlFlow::Break`] cancels the command.
    ///
    /// # Errors
    /// [`LinkError`]: of the pipe, or of the reader's protocol on it.
    pub fn power_on<W: FnMut(Millis) -> ControlFlow<()>>(
        self,
        on_wait: W,
    ) -> Result<UsbLink<W>, LinkError<Error>> {
        let class = self.interface.class;
        let options = self.options();
        CcidLink::open_with(self, now as fn() -> Millis, &class, options, on_wait)
    }

    /// How to open a [`CcidLink`] on this pipe: packet size, what is known of the reader, and a first bSeq
    /// that differs from run to run.
    #[must_use]
    pub fn options(&self) -> LinkOptions {
        let [process, ..] = std::process::id().to_le_bytes();
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let [_, time, ..] = time.subsec_nanos().to_le_bytes();
        LinkOptions {
            max_packet: self.interface.packet_size,
            quirks: self.quirks,
            sequence: process ^ time,
            ..LinkOptions::default()
        }
    }

    /// The interface and its class descriptor, which [`CcidLink`](kaztoken_core::ccid::CcidLink) needs.
    #[must_use]
    pub const fn interface(&self) -> &CcidInterface {
        &self.interface
    }

    /// Where the device is.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.location
    }

    /// Bulk transfers, both directions, that moved something since the interface was claimed.
    #[must_use]
    pub const fn transfers(&self) -> u64 {
        self.pipe.transfers()
    }
}

impl fmt::Debug for UsbPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No buffers: they have carried PINs.
        f.debug_struct("UsbPipe")
            .field("location", &self.location)
            .field("interface", &self.interface.number)
            .field("transfers", &self.transfers())
            .finish_non_exhaustive()
    }
}

impl BulkPipe for UsbPipe {
    type Error = Error;

    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        self.pipe.send(message, timeout)
    }

    /// As the trait says; a buffer that is no multiple of the packet size costs a copy, because libusb is
    /// never given such a length.
    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        self.pipe.receive(buffer, timeout)
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
        self.pipe.class_request(request, data, timeout)
    }

    /// Resets the device and claims the interface again. [`Error::Unplugged`] when it came back as another
    /// device, which must be discovered anew.
    fn reset(&mut self) -> Result<bool, Error> {
        self.pipe.reset()
    }
}

/// Milliseconds since this was called first.
fn now() -> Millis {
    static START: OnceLock<Instant> = OnceLock::new();
    let passed = START.get_or_init(Instant::now).elapsed().as_millis();
    Millis(u64::try_from(passed).unwrap_or(u64::MAX))
}

fn take(handle: &DeviceHandle<Context>, interface: &CcidInterface) -> rusb::Result<()> {
    // Only Linux has kernel drivers to detach; a program that claimed the interface keeps it there.
    if handle.kernel_driver_active(interface.number) != Ok(false) {
        detached(handle.set_auto_detach_kernel_driver(true))?;
    }
    handle.claim_interface(interface.number)?;
    if interface.setting != 0 {
        handle.set_alternate_setting(interface.number, interface.setting)?;
    }
    Ok(())
}

/// Where the system cannot detach a driver there is none in the way, or claiming will tell.
fn detached(asked: rusb::Result<()>) -> rusb::Result<()> {
    match asked {
        Ok(()) | Err(rusb::Error::NotSupported) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A class request to interface `number`; `data` takes what comes back.
pub(crate) fn control(
    handle: &DeviceHandle<Context>,
    number: u8,
    request: ClassRequest,
    data: &mut [u8],
    timeout: Duration,
) -> rusb::Result<usize> {
    let (kind, code, value) = (request.request_type(), request.request(), request.value());
    if kind & DIRECTION_IN == 0 {
        handle.write_control(kind, code, value, number.into(), &[], timeout)
    } else {
        handle.read_control(kind, code, value, number.into(), data, timeout)
    }
}

/// The handle releases the interface and closes the device when it is dropped.
struct Claimed {
    handle: DeviceHandle<Context>,
    interface: CcidInterface,
    node: Option<PathBuf>,
}

/// How long the system may take to notice that a device was pulled out.
const NOTICE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Bulk for Claimed {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        self.handle.read_bulk(self.interface.bulk_in, buffer, timeout)
    }

    fn write(&mut self, data: &[u8], timeout: Duration) -> rusb::Result<usize> {
        self.handle.write_bulk(self.interface.bulk_out, data, timeout)
    }

    fn clear_halt_in(&mut self) -> rusb::Result<()> {
        self.handle.clear_halt(self.interface.bulk_in)
    }

    fn clear_halt_out(&mut self) -> rusb::Result<()> {
        self.handle.clear_halt(self.interface.bulk_out)
    }

    fn control(&mut self, request: ClassRequest, data: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        control(&self.handle, self.interface.number, request, data, timeout)
    }

    fn reset(&mut self) -> rusb::Result<()> {
        self.handle.reset()?;
        // libusb claims again what was claimed and says NOT_FOUND when it cannot; where the system has
        // forgotten it, this does.
        take(&self.handle, &self.interface)
    }

    fn gone(&mut self) -> bool {
        let Some(node) = &self.node else { return false };
        let looks = NOTICE.as_millis() / LOOK_AGAIN.as_millis();
        (0..looks).any(|look| {
            if look > 0 {
                sleep(LOOK_AGAIN);
            }
            !node.exists()
        })
    }
}

/// What an error of opening or claiming means. `permission` is asked only when it matters.
pub(crate) fn refusal(
    error: rusb::Error,
    system: &System,
    location: &Location,
    interface: u8,
    permission: impl FnOnce() -> Error,
) -> Error {
    let held = || Error::Held(Box::new(Holder::look(system, location.bus, location.address, interface)));
    match error {
        rusb::Error::NoDevice => Error::Unplugged,
        rusb::Error::Busy => held(),
        // On Windows and macOS the system's smart card driver owns the interface, and this is how it shows.
        rusb::Error::Access | rusb::Error::NotSupported | rusb::Error::NotFound
            if cfg!(any(windows, target_os = "macos")) =>
        {
            held()
        }
        rusb::Error::Access => permission(),
        error => Error::Transfer(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{detached, refusal};
    use crate::sysfs::System;
    use crate::{ErrorKind, Location};

    fn kind(error: rusb::Error) -> ErrorKind {
        let nowhere = System::at(std::path::Path::new("/nowhere"));
        let location = Location { bus: 1, address: 4, ports: vec![1], interface: None };
        refusal(error, &nowhere, &location, 0, || crate::Error::NoPermission(None)).kind()
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn o01_no_access_is_a_question_of_permission() {
        assert_eq!(kind(rusb::Error::Access), ErrorKind::NoPermission);
    }

    #[test]
    fn o02_busy_is_held_by_somebody() {
        assert_eq!(kind(rusb::Error::Busy), ErrorKind::Held);
    }

    #[test]
    fn o03_a_system_that_cannot_detach_drivers_is_no_obstacle() {
        assert_eq!(detached(Err(rusb::Error::NotSupported)), Ok(()));
        assert_eq!(detached(Err(rusb::Error::Access)), Err(rusb::Error::Access));
    }
}
