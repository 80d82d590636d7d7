//! The CCID interface among the descriptors of a USB configuration (USB 2.0, 9.6; CCID 1.1, 4 and 5.1), for
//! hosts that enumerate by themselves.

use core::fmt;

use super::descriptor::{ClassDescriptor, DescriptorError};

/// bDescriptorType (USB 2.0, table 9-5).
const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
/// bInterfaceClass of chip card interface devices (CCID 1.1, 4.2.2.1).
const CHIP_CARD: u8 = 0x0B;
/// bmAttributes: the transfer type is in bits 0 and 1 (USB 2.0, table 9-13).
const TRANSFER_TYPE: u8 = 3;
const BULK: u8 = 2;
/// bEndpointAddress: the direction.
const DIRECTION_IN: u8 = 0x80;
/// wMaxPacketSize: the size is in bits 0 to 10.
const PACKET_SIZE: u16 = 0x07FF;

/// A bulk endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BulkEndpoint {
    /// bEndpointAddress, direction in bit 7.
    pub address: u8,
    /// Bytes of a full packet, 8 to 512.
    pub max_packet: u16,
}

/// A CCID interface that can be driven over its bulk endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbInterface {
    /// bConfigurationValue, for SET_CONFIGURATION.
    pub configuration: u8,
    /// bInterfaceNumber.
    pub number: u8,
    /// bAlternateSetting; 0 nearly always.
    pub setting: u8,
    /// Commands go here.
    pub bulk_out: BulkEndpoint,
    /// Answers come from here.
    pub bulk_in: BulkEndpoint,
    /// The class descriptor.
    pub class: ClassDescriptor,
}

/// Descriptors that give no usable CCID interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UsbInterfaceError {
    /// The bytes do not begin with a configuration descriptor.
    NoConfiguration,
    /// A descriptor's length byte is too small for its type or points past the end.
    Length {
        /// Where it stands.
        at: usize,
        /// The length byte.
        length: u8,
    },
    /// No interface of the chip card class.
    Missing,
    /// Another subclass or protocol than bulk CCID (0, 0).
    Unsupported {
        /// bInterfaceSubClass.
        subclass: u8,
        /// bInterfaceProtocol; 1 and 2 are ICCD over the control pipe.
        protocol: u8,
    },
    /// Not exactly one bulk endpoint in each direction.
    Endpoints {
        /// Bulk endpoints to the host.
        bulk_in: u8,
        /// Bulk endpoints from the host.
        bulk_out: u8,
    },
    /// wMaxPacketSize of a bulk endpoint is outside 8 to 512.
    PacketSize(u16),
    /// The class descriptor is missing or malformed.
    Class(DescriptorError),
}

impl fmt::Display for UsbInterfaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoConfiguration => f.write_str("the device gave no configuration descriptor; replug it"),
            Self::Length { at, length } => {
                write!(f, "the descriptor at offset {at} has the impossible length {length}")
            }
            Self::Missing => f.write_str("the device has no smart card interface; it is no token"),
            Self::Unsupported { subclass, protocol } => {
                write!(f, "interface subclass {subclass:02X}, protocol {protocol:02X}, expected 00, 00")
            }
            Self::Endpoints { bulk_in, bulk_out } => {
                write!(f, "{bulk_in} bulk IN and {bulk_out} bulk OUT endpoints, expected one of each")
            }
            Self::PacketSize(size) => write!(f, "bulk packets of {size} bytes, expected 8 to 512"),
            Self::Class(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for UsbInterfaceError {}

impl UsbInterface {
    /// The first usable CCID interface of a configuration, given as GET_DESCRIPTOR answers it: the
    /// configuration descriptor and all that follows it.
    ///
    /// # Errors
    /// [`UsbInterfaceError`]: why there is none. Of several CCID interfaces or settings none of which can be
    /// used, what is wrong with the first.
    pub fn find(configuration: &[u8]) -> Result<Self, UsbInterfaceError> {
        let [_, CONFIGURATION, _, _, _, value, ..] = *configuration else {
            return Err(UsbInterfaceError::NoConfiguration);
        };
        let mut first = UsbInterfaceError::Missing;
        let mut at = 0;
        while let Some(descriptor) = descriptor(configuration, at)? {
            let start = at;
            at = at.saturating_add(descriptor.len());
            let [_, INTERFACE, number, setting, _, class, subclass, protocol, ..] = *descriptor else {
                if descriptor.get(1) == Some(&INTERFACE) {
                    return Err(length(start, descriptor));
                }
                continue;
            };
            if class != CHIP_CARD {
                continue;
            }
            let belonging = configuration.get(at..).unwrap_or_default();
            let found = match (subclass, protocol) {
                (0, 0) => endpoints(belonging, at).and_then(|(bulk_in, bulk_out, len)| {
                    // Devices put it after the interface descriptor or, a few, after an endpoint.
                    let class = ClassDescriptor::parse(belonging.get(..len).unwrap_or(belonging))
                        .map_err(UsbInterfaceError::Class)?;
                    Ok(Self { configuration: value, number, setting, bulk_out, bulk_in, class })
                }),
                _ => Err(UsbInterfaceError::Unsupported { subclass, protocol }),
            };
            match (found, first) {
                (Ok(interface), _) => return Ok(interface),
                (Err(error), UsbInterfaceError::Missing) => first = error,
                (Err(_), _) => {}
            }
        }
        Err(first)
    }
}

/// The descriptor at `at`; `None` at the end.
fn descriptor(bytes: &[u8], at: usize) -> Result<Option<&[u8]>, UsbInterfaceError> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(&length) = rest.first() else { return Ok(None) };
    match rest.get(..length.into()) {
        Some(descriptor) if length >= 2 => Ok(Some(descriptor)),
        _ => Err(UsbInterfaceError::Length { at, length }),
    }
}

fn length(at: usize, descriptor: &[u8]) -> UsbInterfaceError {
    UsbInterfaceError::Length { at, length: descriptor.first().copied().unwrap_or_default() }
}

/// The bulk endpoints IN and OUT before the next interface, and how many bytes there are up to it. `offset`
/// is where `bytes` begin.
fn endpoints(bytes: &[u8], offset: usize) -> Result<(BulkEndpoint, BulkEndpoint, usize), UsbInterfaceError> {
    let (mut bulk_in, mut bulk_out) = ((None, 0u8), (None, 0u8));
    let mut at = 0usize;
    loop {
        let next = descriptor(bytes, at).map_err(|error| match error {
            UsbInterfaceError::Length { at, length } => {
                UsbInterfaceError::Length { at: at.saturating_add(offset), length }
            }
            error => error,
        })?;
        let Some(descriptor) = next else { break };
        match *descriptor {
            [_, INTERFACE, ..] => break,
            [_, ENDPOINT, _, attributes, _, _, ..] if attributes & TRANSFER_TYPE != BULK => {}
            [_, ENDPOINT, address, _, size0, size1, ..] => {
                let max_packet = u16::from_le_bytes([size0, size1]) & PACKET_SIZE;
                let (endpoint, count) =
                    if address & DIRECTION_IN != 0 { &mut bulk_in } else { &mut bulk_out };
                *endpoint = Some(BulkEndpoint { address, max_packet });
                *count = count.saturating_add(1);
            }
            [_, ENDPOINT, ..] => return Err(length(at.saturating_add(offset), descriptor)),
            _ => {}
        }
        at = at.saturating_add(descriptor.len());
    }
    let ((Some(input), 1), (Some(output), 1)) = (bulk_in, bulk_out) else {
        return Err(UsbInterfaceError::Endpoints { bulk_in: bulk_in.1, bulk_out: bulk_out.1 });
    };
    for BulkEndpoint { max_packet, .. } in [input, output] {
        if !(8..=512).contains(&max_packet) {
            return Err(UsbInterfaceError::PacketSize(max_packet));
        }
    }
    Ok((input, output, at))
}
