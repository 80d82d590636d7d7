//! Captures of Linux's usbmon, as tcpdump, dumpcap and Wireshark write them: pcap and pcapng, link types 189
//! (`LINKTYPE_USB_LINUX`) and 220 (`LINKTYPE_USB_LINUX_MMAPPED`), either byte order.
//!
//! The layout is that of the kernel's `struct mon_bin_hdr` (Documentation/usb/usbmon.rst): 48 bytes, or 64 with what
//! mmap adds, then the data.

use super::ConvertError;
use crate::{Entry, MaskedBytes, Masker, Opened, Record, Trace};
use kaztoken_core::ccid::{ClassDescriptor, HEADER_LEN, MessageType};
use std::collections::BTreeMap;

/// A packet is no longer; the kernel's own limit on a transfer is far below.
const LONGEST: usize = 1 << 20;
const BULK: u8 = 3;
const CONTROL: u8 = 2;
const INTERRUPT: u8 = 1;

/// Numbers in the byte order of the machine that made the capture.
#[derive(Copy, Clone)]
struct Order {
    big: bool,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn size(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(bytes, at)?).ok()
    }
}

/// A packet of the capture.
struct Packet<'b> {
    /// Microseconds.
    at: u64,
    header: usize,
    order: Order,
    data: &'b [u8],
}

/// Reads a capture: every device on it that speaks CCID becomes a connection.
///
/// # Errors
/// [`ConvertError`].
pub fn import_pcap(bytes: &[u8]) -> Result<Trace, ConvertError> {
    let packets = if bytes.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) { pcapng(bytes)? } else { pcap(bytes)? };
    let mut devices = BTreeMap::<(u16, u8), Device>::new();
    let mut cut = 0;
    let start = packets.first().map_or(0, |packet| packet.at);
    for (packet, number) in packets.iter().zip(1..) {
        let urb =
            Urb::read(packet).ok_or(ConvertError::Place { number, wrong: "it is too short for usbmon" })?;
        cut += usize::from(urb.cut && urb.transfer == BULK);
        let device = devices.entry((urb.bus, urb.device)).or_default();
        device.take(packet.at.saturating_sub(start), &urb);
    }
    let mut trace = Trace::default();
    if cut > 0 {
        trace
            .about
            .push(("cut".to_owned(), format!("{cut} transfers are longer than what was captured of them")));
    }
    let speaks = devices.into_iter().filter(|(_, device)| device.speaks_ccid);
    for (((bus, number), device), link) in speaks.zip(1..=256) {
        let place = format!("bus {bus} address {number}");
        let opened = Opened { way: "usb".to_owned(), place, max_packet: 64, ..device.opened };
        trace.entries.push(Entry { at: 0, link, record: Record::Open(opened) });
        trace.entries.extend(device.entries.into_iter().map(|(at, record)| Entry { at, link, record }));
    }
    trace.entries.sort_by_key(|entry| entry.at);
    if trace.entries.is_empty() { Err(ConvertError::Nothing) } else { Ok(trace) }
}

/// What is known of a device.
#[derive(Default)]
struct Device {
    opened: Opened,
    masker: Masker,
    speaks_ccid: bool,
    /// The request on the control pipe whose answer is awaited.
    asked: Option<[u8; 8]>,
    entries: Vec<(u64, Record)>,
}

impl Device {
    fn take(&mut self, at: u64, urb: &Urb<'_>) {
        match (urb.transfer, urb.event, urb.is_in) {
            (CONTROL, b'S', _) => self.asked = urb.setup,
            (CONTROL, b'C', _) => {
                if let Some(setup) = self.asked.take() {
                    self.descriptor(setup, urb.data);
                }
            }
            (BULK, b'S', false) if !urb.data.is_empty() => {
                let kind = urb.data.first().map(|&kind| MessageType::from(kind));
                let is_command =
                    !matches!(kind, Some(MessageType::Unknown(_)) | None) && urb.data.len() >= HEADER_LEN;
                self.speaks_ccid |= is_command;
                let seen = MaskedBytes::new(urb.data.iter().copied().map(Some).collect(), urb.cut);
                let masked = self.masker.message_again(&seen);
                // Another device's data are none of ours, until it has proved to be a reader.
                if self.speaks_ccid {
                    self.entries.push((at, Record::Send(masked)));
                }
            }
            (BULK, b'C', true) if self.speaks_ccid && !urb.data.is_empty() => {
                self.entries.push((at, Record::Receive(urb.data.to_vec())));
            }
            (INTERRUPT, b'C', true) if self.speaks_ccid && !urb.data.is_empty() => {
                self.entries.push((at, Record::Interrupt(urb.data.to_vec())));
            }
            _ => {}
        }
    }

    /// GET_DESCRIPTOR's answers (USB 2.0, 9.4.3) tell what the device is.
    fn descriptor(&mut self, setup: [u8; 8], data: &[u8]) {
        let [0x80, 6, _, kind, ..] = setup else { return };
        if let (1, [18, 1, _, _, _, _, _, _, v0, v1, p0, p1, ..]) = (kind, data) {
            self.opened.ids = Some((u16::from_le_bytes([*v0, *v1]), u16::from_le_bytes([*p0, *p1])));
        }
        if kind == 2
            && let Some(class) = class(data)
        {
            self.masker = Masker::new(class.exchange_level());
            self.opened.class = Some(class);
        }
    }
}

/// The CCID class descriptor in a configuration.
fn class(mut configuration: &[u8]) -> Option<ClassDescriptor> {
    while let Some(&len) = configuration.first() {
        let (descriptor, rest) = configuration.split_at_checked(usize::from(len).max(2))?;
        if descriptor.get(1) == Some(&0x21)
            && let Ok(class) = ClassDescriptor::read(descriptor)
        {
            return Some(class);
        }
        configuration = rest;
    }
    None
}

/// One event of usbmon.
struct Urb<'b> {
    event: u8,
    transfer: u8,
    is_in: bool,
    device: u8,
    bus: u16,
    setup: Option<[u8; 8]>,
    data: &'b [u8],
    /// Less was captured than there was.
    cut: bool,
}

impl<'b> Urb<'b> {
    fn read(packet: &Packet<'b>) -> Option<Self> {
        let (header, data) = packet.data.split_at_checked(packet.header)?;
        let captured = packet.order.size(header, 36)?;
        let length = packet.order.size(header, 32)?;
        let data = data.get(..captured.min(data.len()))?;
        let endpoint = *header.get(10)?;
        let setup = (header.get(14) == Some(&0)).then(|| header.get(40..)?.first_chunk().copied()).flatten();
        let event = *header.get(8)?;
        let is_in = endpoint & 0x80 != 0;
        // A submitted IN transfer announces how much may come.
        let has_data = (event == b'S') != is_in;
        Some(Self {
            event,
            transfer: *header.get(9)?,
            is_in,
            device: *header.get(11)?,
            bus: packet.order.u16(header, 12)?,
            setup,
            data,
            cut: has_data && data.len() < length,
        })
    }
}

fn header_len(link_type: u32) -> Result<usize, ConvertError> {
    match link_type {
        189 => Ok(48),
        220 => Ok(64),
        _ => Err(ConvertError::Kind("its link type is neither 189 nor 220, that is usbmon's")),
    }
}

fn pcap(bytes: &[u8]) -> Result<Vec<Packet<'_>>, ConvertError> {
    let magic =
        bytes.first_chunk::<4>().copied().ok_or(ConvertError::Kind("it is shorter than a pcap file"))?;
    let (big, per_micro) = match magic {
        [0xD4, 0xC3, 0xB2, 0xA1] => (false, 1),
        [0x4D, 0x3C, 0xB2, 0xA1] => (false, 1000),
        [0xA1, 0xB2, 0xC3, 0xD4] => (true, 1),
        [0xA1, 0xB2, 0x3C, 0x4D] => (true, 1000),
        _ => return Err(ConvertError::Kind("it begins neither as pcap nor as pcapng")),
    };
    let order = Order { big };
    let link_type = order.u32(bytes, 20).ok_or(ConvertError::Kind("its header is cut"))?;
    // The upper bits say whether packets end with a check sum.
    let header = header_len(link_type & 0x0FFF_FFFF)?;
    let mut packets = Vec::new();
    let mut at = 24;
    while at < bytes.len() {
        let number = packets.len() + 1;
        let wrong = |wrong| ConvertError::Place { number, wrong };
        let read = || {
            let seconds = u64::from(order.u32(bytes, at)?);
            let fraction = u64::from(order.u32(bytes, at + 4)?);
            Some((seconds * 1_000_000 + fraction / per_micro, order.size(bytes, at + 8)?))
        };
        let (time, len) = read().ok_or(wrong("its header is cut"))?;
        if len > LONGEST {
            return Err(wrong("it claims to be longer than any transfer"));
        }
        let data = bytes.get(at + 16..at + 16 + len).ok_or(wrong("the file ends in the middle of it"))?;
        packets.push(Packet { at: time, header, order, data });
        at += 16 + len;
    }
    Ok(packets)
}

/// Section header, interface description, enhanced packet; other blocks are skipped. Times are taken as microseconds,
/// which is what they are unless the file says otherwise.
fn pcapng(bytes: &[u8]) -> Result<Vec<Packet<'_>>, ConvertError> {
    let (mut at, mut order) = (0, Order { big: false });
    let mut interfaces = Vec::new();
    let mut packets = Vec::new();
    while at < bytes.len() {
        let number = packets.len() + 1;
        let wrong = |wrong| ConvertError::Place { number, wrong };
        let cut = || wrong("the file ends in the middle of a block");
        if bytes.get(at..at + 4) == Some(&[0x0A, 0x0D, 0x0D, 0x0A]) {
            order = Order { big: bytes.get(at + 8..at + 12) == Some(&[0x1A, 0x2B, 0x3C, 0x4D]) };
            interfaces.clear();
        }
        let kind = order.u32(bytes, at).ok_or_else(cut)?;
        let len = order.size(bytes, at + 4).ok_or_else(cut)?;
        if !(12..=LONGEST).contains(&len) || len % 4 != 0 {
            return Err(wrong("a block has an impossible length"));
        }
        let block = bytes.get(at..at + len).ok_or_else(cut)?;
        match kind {
            1 => interfaces.push(u32::from(order.u16(block, 8).ok_or_else(cut)?)),
            6 => {
                let interface = order.size(block, 8).ok_or_else(cut)?;
                let &link_type =
                    interfaces.get(interface).ok_or(wrong("it names an interface that is not there"))?;
                let (high, low) =
                    (order.u32(block, 12).ok_or_else(cut)?, order.u32(block, 16).ok_or_else(cut)?);
                let captured = order.size(block, 20).ok_or_else(cut)?;
                let data = captured.checked_add(28).and_then(|end| block.get(28..end)).ok_or_else(cut)?;
                let time = u64::from(high) << 32 | u64::from(low);
                // Ethernet beside it is not looked at.
                if let Ok(header) = header_len(link_type) {
                    packets.push(Packet { at: time, header, order, data });
                }
            }
            _ => {}
        }
        at += len;
    }
    Ok(packets)
}

/// A trace's CCID messages as a capture that Wireshark reads. What is masked is not in it: such a transfer ends where
/// the masked bytes begin, and says that there was more.
#[must_use]
pub fn export_pcap(trace: &Trace) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    out.extend(220_u32.to_le_bytes());
    for (entry, id) in trace.entries.iter().zip(1_u64..) {
        let (event, endpoint, transfer, data, more) = match &entry.record {
            Record::Send(message) => {
                let data: Vec<u8> = message.bytes().iter().map(|byte| byte.unwrap_or(0)).collect();
                (b'S', 0x02, BULK, data, message.is_open())
            }
            Record::Receive(message) => (b'C', 0x82, BULK, message.clone(), false),
            Record::Interrupt(message) => (b'C', 0x81, INTERRUPT, message.clone(), false),
            _ => continue,
        };
        let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
        let micros = u32::try_from(entry.at % 1_000_000).unwrap_or(0).to_le_bytes();
        let seconds = entry.at / 1_000_000;
        out.extend(u32::try_from(seconds).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(micros);
        out.extend(number(64 + data.len()));
        out.extend(number(64 + data.len() + usize::from(more)));
        let device = u8::try_from(entry.link).unwrap_or(u8::MAX);
        out.extend(id.to_le_bytes());
        out.extend([event, transfer, endpoint, device, 1, 0, b'-', 0]);
        out.extend(seconds.to_le_bytes());
        out.extend(micros);
        out.extend(0_u32.to_le_bytes());
        out.extend(number(data.len() + usize::from(more)));
        out.extend(number(data.len()));
        out.extend([0; 24]);
        out.extend(data);
    }
    out
}

#[cfg(test)]
mod tests;
