//! The token on embassy's host stack: found, configured, and a pipe for the core's CCID engine.

use core::fmt;

use embassy_time::{Duration, TimeoutError, with_timeout};
use embassy_usb_driver::host::{
    HostError, PipeError, TimeoutConfig, UsbHostAllocator, UsbHostController, UsbPipe, pipe,
};
use embassy_usb_driver::{Direction, EndpointAddress, EndpointInfo, EndpointType, Speed};
use embassy_usb_host::{BusController, BusHandle, BusRoute, EnumerationError};
use kaztoken_core::Millis;
use kaztoken_core::ccid::{BulkEndpoint, ClassRequest, UsbInterface, UsbInterfaceError};
use kaztoken_core::drive::asynchronous::BulkPipe;

/// A configuration with one reader has less than 100 bytes; devices with more interfaces have some hundreds.
const CONFIGURATION_LEN: usize = 512;
/// bDeviceClass of hubs (USB 2.0, 11.23.1).
const HUB: u8 = 0x09;
/// How long the next packet may take after a full one before the transfer counts as ended: a message that
/// fills its last packet need not be followed by an empty one.
const AFTER_FULL_PACKET: Duration = Duration::from_millis(20);
/// CLEAR_FEATURE(ENDPOINT_HALT) is given this long.
const CLEAR_HALT: Millis = Millis(500);
/// A device that does not come back from a reset within this time does not come back.
const ENUMERATION: Duration = Duration::from_secs(5);

/// What can go wrong with the token on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum UsbError {
    /// The token was pulled out; what the last command did is unknown.
    Unplugged,
    /// It took no data within the time allowed.
    SendTimeout,
    /// It halted the transfer.
    Stalled,
    /// It sent more than was asked for.
    Overflow,
    /// A transfer failed on the bus.
    Transfer(PipeError),
    /// It could not be enumerated.
    Enumeration(&'static str),
    /// A hub is plugged in.
    Hub,
    /// It is no bulk CCID device.
    Interface(UsbInterfaceError),
    /// The controller has no free channel.
    NoChannel,
}

impl fmt::Display for UsbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplugged => {
                f.write_str("the token was unplugged; what the last command did is unknown; plug it in again")
            }
            Self::SendTimeout => f.write_str("the token took no data in the time allowed; replug it"),
            Self::Stalled => f.write_str("the token halted the transfer (stall); replug it"),
            Self::Overflow => f.write_str("the token sent more than was asked for; replug it"),
            Self::Transfer(error) => write!(f, "the USB transfer failed ({error:?}); replug the token"),
            Self::Enumeration(what) => write!(f, "the device cannot be enumerated ({what}); replug it"),
            Self::Hub => f.write_str("a hub is plugged in; plug the token into the board itself"),
            Self::Interface(error) => error.fmt(f),
            Self::NoChannel => f.write_str("the USB controller has no free channel; restart the board"),
        }
    }
}

impl core::error::Error for UsbError {}

impl From<PipeError> for UsbError {
    fn from(error: PipeError) -> Self {
        match error {
            PipeError::Disconnected => Self::Unplugged,
            PipeError::Stall => Self::Stalled,
            PipeError::Babble | PipeError::BufferOverflow => Self::Overflow,
            error => Self::Transfer(error),
        }
    }
}

impl From<EnumerationError> for UsbError {
    fn from(error: EnumerationError) -> Self {
        match error {
            EnumerationError::Transfer(error) => error.into(),
            EnumerationError::InvalidDescriptor => Self::Enumeration("invalid descriptors"),
            EnumerationError::ConfigBufferTooSmall(_) => Self::Enumeration("a very long configuration"),
            EnumerationError::NoPipe => Self::NoChannel,
            EnumerationError::RequestFailed => Self::Enumeration("no answer"),
        }
    }
}

impl From<HostError> for UsbError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::PipeError(error) => error.into(),
            HostError::OutOfPipes => Self::NoChannel,
            _ => Self::Enumeration("no pipe to it"),
        }
    }
}

/// Pipes of kind `T` and direction `D` that `C` gives out.
type PipeOf<C, T, D> =
    <<C as UsbHostController<'static>>::Allocator as UsbHostAllocator<'static>>::Pipe<T, D>;

/// What an enumerated token is reached by.
struct Device<C: UsbHostController<'static>> {
    address: u8,
    id: (u16, u16),
    interface: UsbInterface,
    control: PipeOf<C, pipe::Control, pipe::InOut>,
    bulk_out: PipeOf<C, pipe::Bulk, pipe::Out>,
    bulk_in: PipeOf<C, pipe::Bulk, pipe::In>,
}

/// A token on the root port of `C`.
pub(crate) struct Token<C: UsbHostController<'static>> {
    controller: BusController<'static, C>,
    bus: BusHandle<'static, C::Allocator>,
    /// `None` after a reset that failed.
    device: Option<Device<C>>,
    speed: Speed,
}

impl<C: UsbHostController<'static>> Token<C> {
    /// Enumerates what is plugged in at this speed and was just reset.
    ///
    /// # Errors
    /// [`UsbError`].
    pub(crate) async fn open(
        controller: BusController<'static, C>,
        bus: BusHandle<'static, C::Allocator>,
        speed: Speed,
    ) -> Result<Self, UsbError> {
        let device = Device::find(&bus, speed).await?;
        Ok(Self { controller, bus, device: Some(device), speed })
    }

    /// idVendor and idProduct.
    pub(crate) fn id(&self) -> Option<(u16, u16)> {
        self.device.as_ref().map(|device| device.id)
    }

    /// The interface.
    pub(crate) fn interface(&self) -> Option<UsbInterface> {
        self.device.as_ref().map(|device| device.interface)
    }

    /// The controller.
    pub(crate) fn controller(&self) -> &C {
        self.controller.controller()
    }
}

impl<C: UsbHostController<'static>> Device<C> {
    async fn find(bus: &BusHandle<'static, C::Allocator>, speed: Speed) -> Result<Self, UsbError> {
        let mut configuration = [0; CONFIGURATION_LEN];
        let enumerated = bus.enumerate(BusRoute::Direct(speed), &mut configuration);
        let (info, len) = match with_timeout(ENUMERATION, enumerated).await {
            Ok(enumerated) => enumerated?,
            Err(TimeoutError) => return Err(UsbError::Enumeration("no answer")),
        };
        let address = info.device_address;
        let found =
            Self::pipes(bus, address, &info.device_desc, configuration.get(..len).unwrap_or_default());
        if found.is_err() {
            bus.free_address(address);
        }
        found
    }

    fn pipes(
        bus: &BusHandle<'static, C::Allocator>,
        address: u8,
        descriptor: &embassy_usb_host::descriptor::DeviceDescriptor,
        configuration: &[u8],
    ) -> Result<Self, UsbError> {
        if descriptor.device_class == HUB {
            return Err(UsbError::Hub);
        }
        let interface = UsbInterface::find(configuration).map_err(UsbError::Interface)?;
        let control = EndpointInfo {
            addr: EndpointAddress::from_parts(0, Direction::In),
            ep_type: EndpointType::Control,
            max_packet_size: descriptor.max_packet_size0.into(),
            interval_ms: 0,
        };
        Ok(Self {
            address,
            id: (descriptor.vendor_id, descriptor.product_id),
            control: bus.alloc_pipe(address, &control, None)?,
            bulk_out: bus.alloc_pipe(address, &bulk(interface.bulk_out), None)?,
            bulk_in: bus.alloc_pipe(address, &bulk(interface.bulk_in), None)?,
            interface,
        })
    }

    /// CLEAR_FEATURE(ENDPOINT_HALT) (USB 2.0, 9.4.1). Both sides go on with DATA0 (9.4.5).
    async fn clear_halt(&mut self, endpoint: u8) -> Result<(), UsbError> {
        self.control.set_timeout(within(CLEAR_HALT));
        self.control.control_out(&[0x02, 0x01, 0, 0, endpoint, 0, 0, 0], &[]).await?;
        match endpoint == self.interface.bulk_in.address {
            true => self.bulk_in.reset_data_toggle(),
            false => self.bulk_out.reset_data_toggle(),
        }
        Ok(())
    }

    /// Packets until one is short, the buffer is full or none comes any more; each is asked for on its own,
    /// so that none is lost when the time is over.
    async fn receive(&mut self, buffer: &mut [u8], first: Duration) -> Result<Option<usize>, PipeError> {
        let packet = usize::from(self.interface.bulk_in.max_packet);
        let (mut filled, mut wait) = (0usize, first);
        loop {
            let end = filled.saturating_add(packet).min(buffer.len());
            let place = buffer.get_mut(filled..end).unwrap_or_default();
            match with_timeout(wait, self.bulk_in.request_in(place)).await {
                Err(TimeoutError) if filled == 0 => return Ok(None),
                Err(TimeoutError) => return Ok(Some(filled)),
                Ok(received) => {
                    let len = received?;
                    filled = filled.saturating_add(len);
                    if len < packet || filled >= buffer.len() {
                        return Ok(Some(filled));
                    }
                }
            }
            wait = AFTER_FULL_PACKET;
        }
    }
}

fn bulk(endpoint: BulkEndpoint) -> EndpointInfo {
    EndpointInfo {
        addr: EndpointAddress::from(endpoint.address),
        ep_type: EndpointType::Bulk,
        max_packet_size: endpoint.max_packet,
        interval_ms: 0,
    }
}

fn within(timeout: Millis) -> TimeoutConfig {
    let mut config = TimeoutConfig::default();
    config.data_timeout = core::time::Duration::from_millis(timeout.0);
    config.no_data_timeout = config.data_timeout;
    config
}

impl<C: UsbHostController<'static>> BulkPipe for Token<C> {
    type Error = UsbError;

    async fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), UsbError> {
        let device = self.device.as_mut().ok_or(UsbError::Unplugged)?;
        // No empty packet follows one that fills its last packet: dwLength ends the message.
        let sent = device.bulk_out.request_out(message, false);
        match with_timeout(Duration::from_millis(timeout.0), sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(PipeError::Stall)) => {
                // Not sent again: the token may have taken part of it, and it may be a PIN.
                let _ = device.clear_halt(device.interface.bulk_out.address).await;
                Err(UsbError::Stalled)
            }
            Ok(Err(error)) => Err(error.into()),
            Err(TimeoutError) => Err(UsbError::SendTimeout),
        }
    }

    async fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, UsbError> {
        let device = self.device.as_mut().ok_or(UsbError::Unplugged)?;
        let timeout = Duration::from_millis(timeout.0);
        match device.receive(buffer, timeout).await {
            Err(PipeError::Stall) => {
                device.clear_halt(device.interface.bulk_in.address).await?;
                Ok(device.receive(buffer, timeout).await?)
            }
            received => Ok(received?),
        }
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    async fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, UsbError> {
        let device = self.device.as_mut().ok_or(UsbError::Unplugged)?;
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let setup = request.setup(device.interface.number, length);
        device.control.set_timeout(within(timeout));
        let answer = match request.request_type() & 0x80 {
            0 => device.control.control_out(&setup, data).await.map(|()| data.len()),
            _ => device.control.control_in(&setup, data).await,
        };
        match answer {
            Ok(len) => Ok(Some(len)),
            // The control pipe recovers from a stall by itself (USB 2.0, 8.5.3.4).
            Err(PipeError::Stall | PipeError::Timeout) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn reset(&mut self) -> Result<bool, UsbError> {
        let Some(device) = self.device.take() else { return Err(UsbError::Unplugged) };
        let (address, id) = (device.address, device.id);
        drop(device);
        self.bus.free_address(address);
        self.controller.controller_mut().bus_reset().await;
        let device = Device::find(&self.bus, self.speed).await?;
        // Another device in the same port is not this one reset.
        if device.id != id {
            return Err(UsbError::Unplugged);
        }
        self.device = Some(device);
        Ok(true)
    }
}
