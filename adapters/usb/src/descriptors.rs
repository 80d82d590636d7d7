//! The descriptors of a device's configuration, as plain data.

use crate::interface::{self, CcidInterface, InterfaceError};
use core::fmt;
use kaztoken_core::ccid::{ClassDescriptor, DescriptorError};

/// bDescriptorType (USB 2.0, table 9-5).
const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
/// bDescriptorType of the device itself; `/sys/.../descriptors` begins with one.
const DEVICE: u8 = 1;
/// bmAttributes: the transfer type is in bits 0 and 1.
const TRANSFER_TYPE: u8 = 3;
const BULK: u8 = 2;
/// wMaxPacketSize: the size is in bits 0 to 10 (USB 2.0, table 9-13).
const PACKET_SIZE_MASK: u16 = 0x07FF;

/// An endpoint descriptor and the bytes that follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointDescriptor {
    /// bEndpointAddress, direction in bit 7.
    pub address: u8,
    /// bmAttributes.
    pub attributes: u8,
    /// wMaxPacketSize as sent; see [`EndpointDescriptor::packet_size`].
    pub max_packet_size: u16,
    /// Class and vendor specific descriptors after it.
    pub extra: Vec<u8>,
}

impl EndpointDescriptor {
    /// Bytes of a full packet.
    #[must_use]
    pub const fn packet_size(&self) -> u16 {
        self.max_packet_size & PACKET_SIZE_MASK
    }

    /// Is it a bulk endpoint?
    #[must_use]
    pub const fn is_bulk(&self) -> bool {
        self.attributes & TRANSFER_TYPE == BULK
    }

    /// Does it go to the host?
    #[must_use]
    pub const fn is_in(&self) -> bool {
        self.address & interface::DIRECTION_IN != 0
    }

    /// Its transfer type in a word.
    #[must_use]
    pub const fn transfer_type(&self) -> &'static str {
        match self.attributes & TRANSFER_TYPE {
            0 => "control",
            1 => "isochronous",
            2 => "bulk",
            _ => "interrupt",
        }
    }
}

/// One setting of one interface, and the bytes between its descriptor and its endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceDescriptor {
    /// bInterfaceNumber.
    pub number: u8,
    /// bAlternateSetting.
    pub setting: u8,
    /// bInterfaceClass.
    pub class: u8,
    /// bInterfaceSubClass.
    pub subclass: u8,
    /// bInterfaceProtocol.
    pub protocol: u8,
    /// Class and vendor specific descriptors after it.
    pub extra: Vec<u8>,
    /// The endpoints.
    pub endpoints: Vec<EndpointDescriptor>,
}

/// Bytes that are no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// They do not begin with a device, configuration or interface descriptor.
    Start {
        /// The second byte, where there is one: bDescriptorType.
        found: Option<u8>,
    },
    /// A descriptor's length byte is too small for its type or points past the end.
    Length {
        /// Where it stands.
        at: usize,
        /// The length byte.
        length: u8,
        /// Bytes from there to the end.
        left: usize,
    },
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { found: Some(found) } => {
                write!(
                    f,
                    "begins with a descriptor of type {found:02X}, expected 01 (device), 02 \
                     (configuration) or 04 (interface)"
                )
            }
            Self::Start { found: None } => f.write_str("is shorter than any descriptor"),
            Self::Length { at, length, left } => {
                write!(
                    f,
                    "the descriptor at offset {at} has the length {length}, and {left} bytes are left there"
                )
            }
        }
    }
}

impl core::error::Error for ConfigurationError {}

impl InterfaceDescriptor {
    /// The interfaces of a configuration, given as its descriptors one after another; a device descriptor
    /// may stand before it, as in `/sys/bus/usb/devices/.../descriptors`, and the head may be missing. Of several configurations the
    /// interfaces of the first are given.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn of_configuration(bytes: &[u8]) -> Result<Vec<Self>, ConfigurationError> {
        match bytes.get(1) {
            Some(&(DEVICE | CONFIGURATION | INTERFACE)) => {}
            found => return Err(ConfigurationError::Start { found: found.copied() }),
        }
        let mut interfaces: Vec<Self> = Vec::new();
        let mut configurations = 0;
        let mut rest = bytes;
        while let Some((&length, _)) = rest.split_first() {
            let error =
                || ConfigurationError::Length { at: bytes.len() - rest.len(), length, left: rest.len() };
            let (descriptor, after) = rest.split_at_checked(length.into()).ok_or_else(error)?;
            match *descriptor {
                [_, CONFIGURATION, ..] if configurations > 0 => break,
                [_, CONFIGURATION, ..] => configurations += 1,
                [_, INTERFACE, number, setting, _, class, subclass, protocol, _, ..] => {
                    interfaces.push(Self { number, setting, class, subclass, protocol, ..Self::default() });
                }
                [_, ENDPOINT, address, attributes, size0, size1, _, ..] => {
                    let max_packet_size = u16::from_le_bytes([size0, size1]);
                    if let Some(interface) = interfaces.last_mut() {
                        let extra = Vec::new();
                        let endpoint = EndpointDescriptor { address, attributes, max_packet_size, extra };
                        interface.endpoints.push(endpoint);
                    }
                }
                [] | [_] | [_, INTERFACE | ENDPOINT, ..] => return Err(error()),
                _ => {
                    if let Some(interface) = interfaces.last_mut() {
                        let endpoint = interface.endpoints.last_mut().map(|endpoint| &mut endpoint.extra);
                        endpoint.unwrap_or(&mut interface.extra).extend(descriptor);
                    }
                }
            }
            rest = after;
        }
        Ok(interfaces)
    }

    /// An interface that is known by its extra bytes only.
    #[must_use]
    pub fn of_extra(extra: &[u8]) -> Self {
        Self { class: interface::CHIP_CARD, extra: extra.into(), ..Self::default() }
    }

    /// Does it say that it is a chip card interface device?
    #[must_use]
    pub const fn is_smart_card(&self) -> bool {
        self.class == interface::CHIP_CARD
    }

    /// The class descriptor as it is. It stands after the interface descriptor; a few devices put it after
    /// an endpoint.
    ///
    /// # Errors
    /// [`DescriptorError`]: there is none. What its values are worth says
    /// [`usable`](Self::usable).
    pub fn class_descriptor(&self) -> Result<ClassDescriptor, DescriptorError> {
        self.find(ClassDescriptor::read)
    }

    /// The interface as something that can be driven.
    ///
    /// # Errors
    /// [`InterfaceError`]: why it cannot be.
    pub fn usable(&self) -> Result<CcidInterface, InterfaceError> {
        interface::examine(self)
    }

    pub(crate) fn find(
        &self,
        read: impl Fn(&[u8]) -> Result<ClassDescriptor, DescriptorError>,
    ) -> Result<ClassDescriptor, DescriptorError> {
        read(&self.extra).or_else(|error| {
            let mut after = self.endpoints.iter().filter_map(|endpoint| read(&endpoint.extra).ok());
            after.next().ok_or(error)
        })
    }
}
