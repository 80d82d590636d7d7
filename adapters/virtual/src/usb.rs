//! The token as a USB device: identity, descriptors, control requests (USB 2.0 chapter 9, CCID 1.1 section
//! 5).

use crate::ccid::class_descriptor;
use crate::model::Model;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use kaztoken_core::ccid::ClassDescriptor;

/// Endpoint address of bulk OUT.
pub const BULK_OUT: u8 = 0x02;
/// Endpoint address of bulk IN.
pub const BULK_IN: u8 = 0x81;
/// wMaxPacketSize of all endpoints (full speed).
pub const MAX_PACKET: u16 = 64;

/// idVendor and idProduct.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct UsbId {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
}

impl UsbId {
    /// 0A89:0035, the KAZTOKEN by a single source: a reader proposed to libccid in 2022 and never merged.
    pub const KAZTOKEN: Self = Self { vendor: 0x0A89, product: 0x0035 };
    /// 0A89:0030, the Rutoken ECP, which libccid knows.
    pub const RUTOKEN_ECP: Self = Self { vendor: 0x0A89, product: 0x0030 };

    /// The usual identity of a model.
    #[must_use]
    pub const fn of(model: Model) -> Self {
        match model {
            Model::Kaztoken | Model::KaztokenSc => Self::KAZTOKEN,
            Model::RutokenEcp => Self::RUTOKEN_ECP,
        }
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

/// A text that is no USB identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsbIdError(String);

impl fmt::Display for UsbIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no USB identity; write vendor and product in hexadecimal, such as 0a89:0035",
            self.0
        )
    }
}

impl core::error::Error for UsbIdError {}

impl FromStr for UsbId {
    type Err = UsbIdError;

    fn from_str(text: &str) -> Result<Self, UsbIdError> {
        let number = |part: &str| (part.len() == 4).then(|| u16::from_str_radix(part, 16).ok())?;
        text.split_once(':')
            .and_then(|(vendor, product)| Some(Self { vendor: number(vendor)?, product: number(product)? }))
            .ok_or_else(|| UsbIdError(text.into()))
    }
}

/// The device descriptor.
#[must_use]
pub fn device_descriptor(id: UsbId) -> [u8; 18] {
    let ([v0, v1], [p0, p1]) = (id.vendor.to_le_bytes(), id.product.to_le_bytes());
    [18, 1, 0x00, 0x02, 0, 0, 0, MAX_PACKET as u8, v0, v1, p0, p1, 0x00, 0x01, 1, 2, 0, 1]
}

/// The configuration: one interface of class 0B with bulk OUT and bulk IN, no interrupt endpoint.
#[must_use]
pub fn configuration_descriptor(class: &ClassDescriptor) -> Vec<u8> {
    let class = class.to_bytes();
    let [size, _] = MAX_PACKET.to_le_bytes();
    let endpoints = [7, 5, BULK_OUT, 2, size, 0, 0, 7, 5, BULK_IN, 2, size, 0, 0];
    let total = 9 + 9 + class.len() + endpoints.len();
    let mut out = Vec::from([9, 2, total as u8, 0, 1, 1, 0, 0x80, 50]);
    out.extend([9, 4, 0, 0, 2, 0x0B, 0, 0, 0]);
    out.extend(class);
    out.extend(endpoints);
    out
}

fn string_descriptor(product: &str, index: u8) -> Option<Vec<u8>> {
    let text = match index {
        0 => return Some(Vec::from([4, 3, 0x09, 0x04])),
        1 => "Aktiv",
        2 => product,
        _ => return None,
    };
    let mut out = Vec::from([0, 3]);
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    out[0] = out.len() as u8;
    Some(out)
}

/// The setup packet of a control request (USB 2.0, 9.3).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// bmRequestType.
    pub request_type: u8,
    /// bRequest.
    pub request: u8,
    /// wValue.
    pub value: u16,
    /// wLength.
    pub length: u16,
}

impl Setup {
    /// GET_DESCRIPTOR of the configuration (USB 2.0, 9.4.3).
    #[must_use]
    pub const fn is_for_configuration(self) -> bool {
        self.request_type == 0x80 && self.request == 6 && self.value >> 8 == 2
    }
}

/// Answers a control request; `None` is a stall. SET_ADDRESS, SET_CONFIGURATION and SET_INTERFACE never come
/// here, ABORT is [`CcidDevice::abort`](crate::ccid::CcidDevice::abort)'s.
#[must_use]
pub fn control(model: Model, id: UsbId, setup: Setup) -> Option<Vec<u8>> {
    let product = match model {
        Model::RutokenEcp => "Rutoken ECP",
        _ => "KAZTOKEN",
    };
    control_of(&class_descriptor(model), product, id, setup)
}

/// The same for a device with this class descriptor and product name.
#[must_use]
pub fn control_of(class: &ClassDescriptor, product: &str, id: UsbId, setup: Setup) -> Option<Vec<u8>> {
    let [index, kind] = setup.value.to_le_bytes();
    let mut data = match (setup.request_type, setup.request) {
        // GET_DESCRIPTOR
        (0x80, 6) => match kind {
            1 => device_descriptor(id).to_vec(),
            2 => configuration_descriptor(class),
            3 => string_descriptor(product, index)?,
            _ => return None,
        },
        // GET_STATUS
        (0x80..=0x82, 0) => Vec::from([0, 0]),
        // CLEAR_FEATURE, SET_FEATURE
        (0x00 | 0x02, 1 | 3) => Vec::new(),
        // GET_CLOCK_FREQUENCIES and GET_DATA_RATES stall, as with the Rutoken ECP.
        _ => return None,
    };
    data.truncate(setup.length.into());
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_have_the_lengths_they_say() {
        let mut rest = &*configuration_descriptor(&class_descriptor(Model::Kaztoken));
        assert_eq!(usize::from(u16::from_le_bytes([rest[2], rest[3]])), rest.len());
        let mut kinds = Vec::new();
        while let [len, kind, ..] = *rest {
            kinds.push(kind);
            rest = &rest[len.into()..];
        }
        assert_eq!(kinds, [2, 4, 0x21, 5, 5]);
        let get = |value, length| {
            control(Model::Kaztoken, UsbId::KAZTOKEN, Setup { request_type: 0x80, request: 6, value, length })
        };
        assert_eq!(get(0x0100, 8).unwrap(), [18, 1, 0, 2, 0, 0, 0, 64]);
        assert_eq!(get(0x0302, 255).unwrap(), b"\x12\x03K\0A\0Z\0T\0O\0K\0E\0N\0");
        assert_eq!(get(0x0600, 10), None);
    }

    #[test]
    fn identities_are_read() {
        assert_eq!("0a89:0035".parse(), Ok(UsbId::KAZTOKEN));
        assert_eq!(UsbId::RUTOKEN_ECP.to_string().parse(), Ok(UsbId::RUTOKEN_ECP));
        for bad in ["", "0a89", "a89:35", "0a89:0035:1", "zzzz:0035", "+a89:0035x"] {
            assert!(bad.parse::<UsbId>().is_err(), "{bad}");
        }
    }
}
