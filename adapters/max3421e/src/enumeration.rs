//! Enumeration of one CCID device (USB 2.0, 9.1.2, 9.4 and 9.6).

use embedded_hal::delay::DelayNs;
use embedded_hal::spi::SpiDevice;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{BulkEndpoint, UsbInterface};

use crate::Error;
use crate::host::Host;
use crate::transfer::{Data, Endpoint, FIFO_LEN};

/// There is one device on this bus.
const ADDRESS: u8 = 1;
/// Standard requests have 500 ms to the first data packet (USB 2.0, 9.2.6.4), and then some.
pub(crate) const REQUEST_TIME: Millis = Millis(1_000);
/// What a device is given after SET_ADDRESS (USB 2.0, 9.2.6.3).
const ADDRESS_RECOVERY_MS: u32 = 2;
/// How often enumeration is tried in all.
const ATTEMPTS: u8 = 3;
/// A configuration with one reader has less than 100 bytes.
const CONFIGURATION_LEN: usize = 256;
/// bDeviceClass of hubs (USB 2.0, 11.23.1).
const HUB: u8 = 0x09;
/// bDescriptorType (USB 2.0, table 9-5).
const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;

/// A CCID device that was enumerated and configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// bMaxPacketSize0.
    pub control_packet: u8,
    /// The CCID interface.
    pub interface: UsbInterface,
}

impl Device {
    pub(crate) fn bulk_out(&self) -> Endpoint {
        endpoint(self.interface.bulk_out)
    }

    pub(crate) fn bulk_in(&self) -> Endpoint {
        endpoint(self.interface.bulk_in)
    }
}

/// An endpoint that was just configured: DATA0 comes next.
fn endpoint(bulk: BulkEndpoint) -> Endpoint {
    // Checked when it was enumerated: 8 to 64.
    let max_packet = u8::try_from(bulk.max_packet).unwrap_or(FIFO_LEN as u8);
    Endpoint { number: bulk.address & 0x0F, max_packet, toggle: false }
}

/// GET_DESCRIPTOR of the device.
const fn get_descriptor(kind: u8, length: u16) -> [u8; 8] {
    let [l0, l1] = length.to_le_bytes();
    [0x80, 6, 0, kind, 0, 0, l0, l1]
}

impl<S: SpiDevice, D: DelayNs> Host<S, D> {
    /// Resets the bus and takes the device to its configured state. A device that does not answer on the way
    /// gets another reset and begins anew: nothing was done with it yet.
    pub(crate) fn enumerate(&mut self) -> Result<Device, Error> {
        for _ in 1..ATTEMPTS {
            match self.enumerate_once() {
                Err(Error::Bus(_) | Error::Timeout) => {}
                result => return result,
            }
        }
        self.enumerate_once()
    }

    fn enumerate_once(&mut self) -> Result<Device, Error> {
        self.bus_reset()?;
        self.address(0)?;
        // The first eight bytes fit into a packet of any size.
        let mut head = [0; 8];
        let len = self.control(&get_descriptor(DEVICE, 8), Data::In(&mut head), 8, REQUEST_TIME)?;
        if len < head.len() {
            return Err(Error::Descriptor("the device descriptor ends early"));
        }
        let [_, DEVICE, _, _, class, _, _, control_packet] = head else {
            return Err(Error::Descriptor("no device descriptor"));
        };
        if !matches!(control_packet, 8 | 16 | 32 | 64) {
            return Err(Error::Descriptor("bMaxPacketSize0 is not 8, 16, 32 or 64"));
        }
        if class == HUB {
            return Err(Error::Hub);
        }
        self.control(&[0x00, 5, ADDRESS, 0, 0, 0, 0, 0], Data::None, control_packet, REQUEST_TIME)?;
        self.delay.delay_ms(ADDRESS_RECOVERY_MS);
        self.address(ADDRESS)?;

        let mut descriptor = [0; 18];
        self.descriptor(DEVICE, &mut descriptor, control_packet)?;
        let [_, _, _, _, _, _, _, _, v0, v1, p0, p1, ..] = descriptor;
        let mut head = [0; 9];
        self.descriptor(CONFIGURATION, &mut head, control_packet)?;
        let [_, _, l0, l1, ..] = head;
        let total = u16::from_le_bytes([l0, l1]);
        let mut buffer = [0; CONFIGURATION_LEN];
        let configuration = buffer.get_mut(..total.into()).ok_or(Error::LongConfiguration(total))?;
        self.descriptor(CONFIGURATION, configuration, control_packet)?;
        let interface = UsbInterface::find(configuration).map_err(Error::Interface)?;
        for BulkEndpoint { max_packet, .. } in [interface.bulk_in, interface.bulk_out] {
            if usize::from(max_packet) > FIFO_LEN {
                return Err(Error::PacketSize(max_packet));
            }
        }
        let UsbInterface { configuration, number, setting, .. } = interface;
        let none = || Data::None;
        self.control(&[0x00, 9, configuration, 0, 0, 0, 0, 0], none(), control_packet, REQUEST_TIME)?;
        if setting != 0 {
            self.control(&[0x01, 11, setting, 0, number, 0, 0, 0], none(), control_packet, REQUEST_TIME)?;
        }
        Ok(Device {
            vendor: u16::from_le_bytes([v0, v1]),
            product: u16::from_le_bytes([p0, p1]),
            control_packet,
            interface,
        })
    }

    /// All of a descriptor.
    fn descriptor(&mut self, kind: u8, buffer: &mut [u8], control_packet: u8) -> Result<(), Error> {
        let wanted = buffer.len();
        let setup = get_descriptor(kind, u16::try_from(wanted).unwrap_or(u16::MAX));
        let len = self.control(&setup, Data::In(buffer), control_packet, REQUEST_TIME)?;
        match buffer.get(1) {
            _ if len < wanted => Err(Error::Descriptor("one ends early")),
            Some(&found) if found == kind => Ok(()),
            _ => Err(Error::Descriptor("one has another type than asked for")),
        }
    }
}
