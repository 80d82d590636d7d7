//! The device class of [`Plug`] for `usb-device`, over any bus that has a driver for it.
//!
//! Descriptors are those of the virtual token on the desktop, byte for byte: they come from the same function.

use crate::plug::Plug;
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::ccid::HEADER_LEN;
use kaztoken_virtual::ccid::class_descriptor;
use kaztoken_virtual::usb::{BULK_IN, BULK_OUT, MAX_PACKET, Setup, UsbId, control};
use usb_device::bus::{UsbBus, UsbBusAllocator};
use usb_device::class::{ControlIn, ControlOut, UsbClass};
use usb_device::control::{Recipient, Request, RequestType};
use usb_device::device::{UsbDevice, UsbDeviceBuilder, UsbVidPid};
use usb_device::endpoint::{Endpoint, EndpointAddress, EndpointType, In, Out};
use usb_device::{Result, UsbDirection, UsbError};
use zeroize::{Zeroize, Zeroizing};

/// ABORT (CCID 1.1, 5.3.1).
const ABORT: u8 = 1;

/// The class.
pub struct CcidClass<'b, B: UsbBus> {
    plug: Plug,
    id: UsbId,
    from_host: Endpoint<'b, B, Out>,
    to_host: Endpoint<'b, B, In>,
    now: Millis,
    /// What came of a message. No longer than the longest by more than one byte: the rest is not kept.
    received: Zeroizing<Vec<u8>>,
    message: Zeroizing<Vec<u8>>,
    /// What of the message is sent; `None`: it is, with the short packet that ends it.
    sent: Option<usize>,
}

/// The device for a bus, with this class as its only one.
///
/// # Errors
/// The bus has not enough endpoints.
pub fn device<B: UsbBus>(
    plug: Plug,
    bus: &UsbBusAllocator<B>,
) -> Result<(UsbDevice<'_, B>, CcidClass<'_, B>)> {
    let id = UsbId::of(plug.model());
    let size = MAX_PACKET;
    let class = CcidClass {
        from_host: bus.alloc(Some(EndpointAddress::from(BULK_OUT)), EndpointType::Bulk, size, 0)?,
        to_host: bus.alloc(Some(EndpointAddress::from(BULK_IN)), EndpointType::Bulk, size, 0)?,
        now: Millis(0),
        received: Zeroizing::new(Vec::with_capacity(longest(&plug) + 1)),
        message: Zeroizing::default(),
        sent: None,
        plug,
        id,
    };
    // All the rest of the identity is in the descriptors that the class gives.
    let builder = UsbDeviceBuilder::new(bus, UsbVidPid(id.vendor, id.product));
    let builder = builder.max_packet_size_0(size as u8).map_err(|_| UsbError::Unsupported)?;
    Ok((builder.build(), class))
}

/// dwMaxCCIDMessageLength.
fn longest(plug: &Plug) -> usize {
    class_descriptor(plug.model()).max_message_length as usize
}

impl<B: UsbBus> CcidClass<'_, B> {
    /// The device behind the pipes.
    pub const fn plug(&mut self) -> &mut Plug {
        &mut self.plug
    }

    /// Time has passed, or there is something to send.
    pub fn serve(&mut self, now: Millis) {
        self.now = now;
        self.plug.tick(now);
        self.send();
    }

    fn send(&mut self) {
        loop {
            let Some(sent) = self.sent else {
                match self.plug.transmit() {
                    Some(message) => self.message = message,
                    None => return,
                }
                self.sent = Some(0);
                continue;
            };
            let rest = self.message.get(sent..).unwrap_or_default();
            let packet = rest.get(..MAX_PACKET.into()).unwrap_or(rest);
            // One that fills its last packet is ended by an empty one.
            match self.to_host.write(packet) {
                Ok(_) if packet.len() < MAX_PACKET.into() => {
                    self.message.zeroize();
                    self.sent = None;
                }
                Ok(_) => self.sent = Some(sent + packet.len()),
                // The packet before is not gone yet: its end calls again.
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, packet: &[u8]) {
        let room = (longest(&self.plug) + 1).saturating_sub(self.received.len());
        self.received.extend(packet.iter().take(room));
        let declared = match *self.received.as_slice() {
            [_, a, b, c, d, ..] => HEADER_LEN.saturating_add(u32::from_le_bytes([a, b, c, d]) as usize),
            _ => usize::MAX,
        };
        // A short packet ends a message; a full one does when nothing is missing (CCID 1.1, 6).
        if packet.len() < MAX_PACKET.into() || self.received.len() == declared {
            if !self.received.is_empty() {
                self.plug.receive(self.now, &self.received);
            }
            self.received.zeroize();
        }
    }
}

impl<B: UsbBus> UsbClass<B> for CcidClass<'_, B> {
    fn reset(&mut self) {
        self.plug.reset();
        self.received.zeroize();
        self.message.zeroize();
        self.sent = None;
    }

    fn endpoint_out(&mut self, address: EndpointAddress) {
        if address != self.from_host.address() {
            return;
        }
        let mut packet = [0; MAX_PACKET as usize];
        if let Ok(len) = self.from_host.read(&mut packet) {
            self.take(packet.get(..len).unwrap_or_default());
        }
        packet.zeroize();
        self.send();
    }

    fn endpoint_in_complete(&mut self, address: EndpointAddress) {
        if address == self.to_host.address() {
            self.send();
        }
    }

    fn control_in(&mut self, transfer: ControlIn<'_, '_, '_, B>) {
        let request = *transfer.request();
        let descriptor =
            request.request_type == RequestType::Standard && request.request == Request::GET_DESCRIPTOR;
        let class = request.request_type == RequestType::Class;
        if !descriptor && !class {
            return;
        }
        // An error of the transfer is the host's to notice.
        let _ = match control(self.plug.model(), self.id, setup(&request)) {
            Some(data) => transfer.accept_with(&data),
            None => transfer.reject(),
        };
    }

    fn control_out(&mut self, transfer: ControlOut<'_, '_, '_, B>) {
        let request = *transfer.request();
        if request.request_type != RequestType::Class || request.recipient != Recipient::Interface {
            return;
        }
        let [slot, sequence] = request.value.to_le_bytes();
        let done = request.request == ABORT && self.plug.abort(slot, sequence);
        let _ = if done { transfer.accept() } else { transfer.reject() };
    }
}

/// The setup packet as it was (USB 2.0, 9.3).
fn setup(request: &Request) -> Setup {
    let direction = if request.direction == UsbDirection::In { 0x80 } else { 0 };
    let recipient = match request.recipient {
        Recipient::Device => 0,
        Recipient::Interface => 1,
        Recipient::Endpoint => 2,
        _ => 3,
    };
    Setup {
        request_type: direction | (request.request_type as u8) << 5 | recipient,
        request: request.request,
        value: request.value,
        length: request.length,
    }
}

impl<B: UsbBus> fmt::Debug for CcidClass<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CcidClass").field("plug", &self.plug).finish_non_exhaustive()
    }
}
