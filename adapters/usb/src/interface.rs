//! Choosing the interface and the endpoints from the descriptors, as plain data.

use crate::descriptors::InterfaceDescriptor;
use core::fmt;
use kaztoken_core::ccid::{ClassDescriptor, DescriptorError};

/// bInterfaceClass of chip card interface devices.
pub(crate) const CHIP_CARD: u8 = 0x0B;
/// bInterfaceClass of interfaces that follow no class.
const VENDOR_SPECIFIC: u8 = 0xFF;
/// The direction bit of an endpoint's address and of bmRequestType.
pub(crate) const DIRECTION_IN: u8 = 0x80;
/// A CCID interface that can be used: where to send, where to receive, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcidInterface {
    /// bInterfaceNumber.
    pub number: u8,
    /// bAlternateSetting; 0 nearly always.
    pub setting: u8,
    /// Address of the bulk IN endpoint, direction bit set.
    pub bulk_in: u8,
    /// Address of the bulk OUT endpoint.
    pub bulk_out: u8,
    /// Packet size of the bulk IN endpoint in bytes.
    pub packet_size: u16,
    /// The class descriptor.
    pub class: ClassDescriptor,
}

/// Which way an endpoint goes, seen from the host.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the device.
    In,
    /// To the device.
    Out,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::In => "IN",
            Self::Out => "OUT",
        })
    }
}

/// Descriptors that give no usable CCID interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterfaceError {
    /// A device known by its ids has no CCID interface.
    Missing,
    /// The device is not configured, or its configuration cannot be read.
    NoConfiguration,
    /// Another subclass or protocol than bulk CCID (0, 0). Protocols 1 and 2 are ICCD, which exchanges
    /// over the control pipe.
    Unsupported {
        /// bInterfaceSubClass.
        subclass: u8,
        /// bInterfaceProtocol.
        protocol: u8,
    },
    /// Not exactly one bulk endpoint in a direction.
    Endpoints {
        /// The direction.
        direction: Direction,
        /// How many there are.
        found: usize,
    },
    /// wMaxPacketSize of a bulk endpoint is outside 8 to 1024.
    PacketSize(u16),
    /// The class descriptor is missing or malformed.
    ClassDescriptor(DescriptorError),
}

impl fmt::Display for InterfaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no smart card interface among its descriptors"),
            Self::NoConfiguration => f.write_str("it is not configured; replug it"),
            Self::Unsupported { subclass: 0, protocol: protocol @ 1..=2 } => {
                write!(
                    f,
                    "it is an ICCD control-pipe device (protocol {protocol}), which is not supported; \
                     expected bulk CCID"
                )
            }
            Self::Unsupported { subclass, protocol } => {
                write!(f, "interface subclass {subclass:02X}, protocol {protocol:02X}, expected 00, 00")
            }
            Self::Endpoints { direction, found } => {
                write!(f, "{found} bulk {direction} endpoints, expected one")
            }
            Self::PacketSize(size) => write!(f, "bulk packets of {size} bytes, expected 8 to 1024"),
            Self::ClassDescriptor(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for InterfaceError {}

/// A CCID interface of a device: its settings, and how it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) settings: Vec<InterfaceDescriptor>,
    pub(crate) interface: Result<CcidInterface, InterfaceError>,
}

/// The CCID interfaces among `interfaces`, each of which is a reader of its own; none: the device is no
/// smart card device at all.
///
/// The interface class decides. A vendor specific interface is taken only from a device that is `known`
/// by its ids, and only when it carries a class descriptor.
pub(crate) fn choose(interfaces: &[InterfaceDescriptor], known: bool) -> Vec<Chosen> {
    let mut settings: Vec<_> = interfaces.iter().filter(|interface| interface.is_smart_card()).collect();
    if settings.is_empty() && known {
        let usable = |interface: &&InterfaceDescriptor| {
            interface.class == VENDOR_SPECIFIC && class_descriptor(interface).is_ok()
        };
        settings = interfaces.iter().filter(usable).collect();
        if settings.is_empty() {
            return vec![Chosen { settings: Vec::new(), interface: Err(InterfaceError::Missing) }];
        }
    }
    let mut numbers: Vec<u8> = settings.iter().map(|interface| interface.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut chosen = Vec::new();
    for number in numbers {
        let settings: Vec<_> =
            settings.iter().filter(|setting| setting.number == number).copied().cloned().collect();
        // Of several alternate settings the first that works, or what is wrong with the first.
        let mut outcomes = settings.iter().map(examine);
        let first = outcomes.next().unwrap_or(Err(InterfaceError::Missing));
        let interface = first.or_else(|error| outcomes.find_map(Result::ok).ok_or(error));
        chosen.push(Chosen { settings, interface });
    }
    chosen
}

pub(crate) fn examine(interface: &InterfaceDescriptor) -> Result<CcidInterface, InterfaceError> {
    // A vendor specific interface has subclass and protocol of its own.
    if interface.is_smart_card() && (interface.subclass, interface.protocol) != (0, 0) {
        let InterfaceDescriptor { subclass, protocol, .. } = *interface;
        return Err(InterfaceError::Unsupported { subclass, protocol });
    }
    let (bulk_in, packet_size) = bulk_endpoint(interface, Direction::In)?;
    let (bulk_out, _) = bulk_endpoint(interface, Direction::Out)?;
    let class = class_descriptor(interface).map_err(InterfaceError::ClassDescriptor)?;
    let InterfaceDescriptor { number, setting, .. } = *interface;
    Ok(CcidInterface { number, setting, bulk_in, bulk_out, packet_size, class })
}

/// Address and packet size of the one bulk endpoint in a direction.
fn bulk_endpoint(interface: &InterfaceDescriptor, direction: Direction) -> Result<(u8, u16), InterfaceError> {
    let found: Vec<_> = interface
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.is_bulk() && endpoint.is_in() == (direction == Direction::In))
        .collect();
    let [endpoint] = found[..] else {
        return Err(InterfaceError::Endpoints { direction, found: found.len() });
    };
    match endpoint.packet_size() {
        size @ 8..=1024 => Ok((endpoint.address, size)),
        size => Err(InterfaceError::PacketSize(size)),
    }
}

fn class_descriptor(interface: &InterfaceDescriptor) -> Result<ClassDescriptor, DescriptorError> {
    interface.find(ClassDescriptor::parse)
}

#[cfg(test)]
pub(crate) mod tests;
