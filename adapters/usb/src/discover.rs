//! Finding tokens.

use crate::descriptors::{EndpointDescriptor, InterfaceDescriptor};
use crate::device::{UsbPipe, refusal};
use crate::interface::{Chosen, choose};
use crate::sysfs::{System, printable};
use crate::{CcidInterface, Error, Holder, InterfaceError, KnownDevice, NodeAccess};
use core::fmt;
use rusb::{Context, Device, UsbContext};
use std::path::PathBuf;

/// libusb, started.
#[derive(Debug)]
pub struct Usb {
    context: Context,
}

/// Where a device is attached.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub struct Location {
    /// The bus.
    pub bus: u8,
    /// The address on the bus; another one after every replug.
    pub address: u8,
    /// The ports from the root hub to the device; the same while the cable stays where it is.
    pub ports: Vec<u8>,
    /// bInterfaceNumber, where the device has several smart card interfaces: each is a reader of its own.
    pub interface: Option<u8>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bus {} address {}", self.bus, self.address)?;
        for (index, port) in self.ports.iter().enumerate() {
            write!(f, "{}{port}", if index == 0 { ", port " } else { "." })?;
        }
        match self.interface {
            Some(number) => write!(f, ", interface {number}"),
            None => Ok(()),
        }
    }
}

/// A smart card interface of a device on USB, usable or not.
#[derive(Clone, Debug)]
pub struct Candidate {
    device: Device<Context>,
    /// Where it is.
    pub location: Location,
    /// Its node, `/dev/bus/usb/BBB/DDD`, where the system has such.
    pub node: Option<PathBuf>,
    /// idVendor.
    pub vendor_id: u16,
    /// idProduct.
    pub product_id: u16,
    /// bcdDevice, the device's release.
    pub release: u16,
    /// The device with these ids, if they are known.
    pub known: Option<KnownDevice>,
    /// iManufacturer, where readable; control characters replaced.
    pub manufacturer: Option<String>,
    /// iProduct, where readable; control characters replaced.
    pub product: Option<String>,
    /// The settings of the interface as its descriptors have them; empty where there are none.
    pub settings: Vec<InterfaceDescriptor>,
    /// Its CCID interface, or what is wrong with its descriptors.
    pub interface: Result<CcidInterface, InterfaceError>,
    /// The kernel driver bound to the interface. It is no obstacle: opening the interface takes it from the driver.
    pub driver: Option<String>,
    /// Why it cannot be opened now, as far as that shows without claiming it.
    pub obstacle: Option<Error>,
}

impl Usb {
    /// Starts libusb, with a context of its own.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub fn new() -> Result<Self, Error> {
        let context = Context::new().map_err(Error::Start)?;
        Ok(Self { context })
    }

    /// Every smart card interface of every device, then every other device known by its ids.
    ///
    /// Nothing is claimed, detached or sent to an interface. Devices that go away meanwhile are left out.
    ///
    /// # Errors
    /// [`Error::Start`] when libusb cannot list devices at all.
    pub fn discover(&self) -> Result<Vec<Candidate>, Error> {
        let devices = self.context.devices().map_err(Error::Start)?;
        let mut candidates: Vec<_> = devices.iter().flat_map(|device| Candidate::examine(&device)).collect();
        candidates.sort_by(|a, b| {
            let without_interface =
                |candidate: &Candidate| candidate.interface == Err(InterfaceError::Missing);
            (without_interface(a), &a.location).cmp(&(without_interface(b), &b.location))
        });
        Ok(candidates)
    }

    /// Opens the one smart card device that is attached.
    ///
    /// # Errors
    /// [`Error::NothingThere`], [`Error::Several`], or why that one cannot be opened.
    pub fn open_only(&self) -> Result<UsbPipe, Error> {
        match &self.discover()?[..] {
            [] => Err(Error::NothingThere),
            [candidate] => candidate.open(),
            several => {
                Err(Error::Several(several.iter().map(|candidate| candidate.location.clone()).collect()))
            }
        }
    }
}

impl Candidate {
    /// Nothing: no smart card device, or gone already.
    fn examine(device: &Device<Context>) -> Vec<Self> {
        let Ok(descriptor) = device.device_descriptor() else { return Vec::new() };
        let known = KnownDevice::by_id(descriptor.vendor_id(), descriptor.product_id());
        let chosen = match interfaces(device) {
            Ok(interfaces) => choose(&interfaces, known.is_some()),
            Err(_) if known.is_some() => {
                vec![Chosen { settings: Vec::new(), interface: Err(InterfaceError::NoConfiguration) }]
            }
            Err(_) => Vec::new(),
        };
        let several = chosen.len() > 1;
        chosen.into_iter().map(|chosen| Self::new(device.clone(), &descriptor, chosen, several)).collect()
    }

    fn new(
        device: Device<Context>,
        descriptor: &rusb::DeviceDescriptor,
        Chosen { settings, interface }: Chosen,
        several: bool,
    ) -> Self {
        let (bus, address) = (device.bus_number(), device.address());
        let ports = device.port_numbers().unwrap_or_default();
        let number = settings.first().map(|setting| setting.number).filter(|_| several);
        let (vendor_id, product_id) = (descriptor.vendor_id(), descriptor.product_id());
        let rusb::Version(major, minor, sub) = descriptor.device_version();
        let system = System::default();
        let mut candidate = Self {
            location: Location { bus, address, ports, interface: number },
            node: system.node(bus, address),
            vendor_id,
            product_id,
            release: u16::from_be_bytes([((major / 10) << 4) | (major % 10), (minor << 4) | sub]),
            known: KnownDevice::by_id(vendor_id, product_id),
            manufacturer: system.string(bus, address, "manufacturer"),
            product: system.string(bus, address, "product"),
            driver: Holder::driver(
                &system,
                bus,
                address,
                settings.first().map_or(0, |setting| setting.number),
            ),
            settings,
            interface,
            obstacle: None,
            device,
        };
        candidate.obstacle = candidate.look(&system, descriptor);
        candidate
    }

    /// Claims the interface.
    ///
    /// # Errors
    /// [`Error::Unusable`], [`Error::NoPermission`], [`Error::Held`], [`Error::Unplugged`],
    /// [`Error::Transfer`].
    pub fn open(&self) -> Result<UsbPipe, Error> {
        let interface = self.interface.as_ref().map_err(|error| Error::Unusable(error.clone()))?;
        let system = System::default();
        UsbPipe::claim(&self.device, interface, &self.location, |error| self.refused(error, &system))
    }

    /// What is in the way, found out without claiming; reads the strings where the system has not.
    fn look(&mut self, system: &System, descriptor: &rusb::DeviceDescriptor) -> Option<Error> {
        match self.device.open() {
            Ok(handle) => {
                // Control transfers, and only where the system keeps no copy.
                if self.node.is_none() {
                    let string = |text: rusb::Result<String>| text.ok().map(|text| printable(&text));
                    self.manufacturer = string(handle.read_manufacturer_string_ascii(descriptor));
                    self.product = string(handle.read_product_string_ascii(descriptor));
                }
            }
            Err(error) => return Some(self.refused(error, system)),
        }
        match &self.interface {
            Ok(interface) => {
                let Location { bus, address, .. } = self.location;
                let holder = Holder::now(system, bus, address, interface.number)?;
                Some(Error::Held(Box::new(holder)))
            }
            Err(error) => Some(Error::Unusable(error.clone())),
        }
    }

    fn refused(&self, error: rusb::Error, system: &System) -> Error {
        let number = self.interface.as_ref().map_or(0, |interface| interface.number);
        refusal(error, system, &self.location, number, || {
            let node = self.node.as_deref();
            let access =
                node.and_then(|node| NodeAccess::read(system, node, self.vendor_id, self.product_id));
            Error::NoPermission(access.map(Box::new))
        })
    }
}

impl fmt::Display for Candidate {
    /// One line: ids, name, place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}:{:04X}", self.vendor_id, self.product_id)?;
        for text in [&self.manufacturer, &self.product].into_iter().flatten() {
            write!(f, " {text}")?;
        }
        if let Some(known) = self.known {
            write!(f, " [{}]", known.name)?;
        }
        write!(f, " ({})", self.location)
    }
}

/// The interfaces of the active configuration, or of the first one when none is active.
fn interfaces(device: &Device<Context>) -> rusb::Result<Vec<InterfaceDescriptor>> {
    let configuration = device.active_config_descriptor().or_else(|_| device.config_descriptor(0))?;
    if configuration.num_interfaces() == 0 {
        return Ok(Vec::new());
    }
    let settings = configuration.interfaces().flat_map(|interface| interface.descriptors());
    Ok(settings
        .map(|setting| InterfaceDescriptor {
            number: setting.interface_number(),
            setting: setting.setting_number(),
            class: setting.class_code(),
            subclass: setting.sub_class_code(),
            protocol: setting.protocol_code(),
            extra: setting.extra().to_vec(),
            endpoints: setting
                .endpoint_descriptors()
                .map(|endpoint| EndpointDescriptor {
                    address: endpoint.address(),
                    attributes: endpoint.transfer_type() as u8,
                    max_packet_size: endpoint.max_packet_size(),
                    extra: endpoint.extra().unwrap_or_default().to_vec(),
                })
                .collect(),
        })
        .collect())
}
