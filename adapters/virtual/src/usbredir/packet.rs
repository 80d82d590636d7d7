//! Packets of the usb-redir protocol 0.7, little-endian, with the capabilities that an xHCI host controller
//! wants.

use std::io::{self, Read, Write};

pub(super) const HELLO: u32 = 0;
pub(super) const DEVICE_CONNECT: u32 = 1;
pub(super) const DEVICE_DISCONNECT: u32 = 2;
pub(super) const RESET: u32 = 3;
pub(super) const INTERFACE_INFO: u32 = 4;
pub(super) const EP_INFO: u32 = 5;
pub(super) const SET_CONFIGURATION: u32 = 6;
pub(super) const GET_CONFIGURATION: u32 = 7;
pub(super) const CONFIGURATION_STATUS: u32 = 8;
pub(super) const SET_ALT_SETTING: u32 = 9;
pub(super) const GET_ALT_SETTING: u32 = 10;
pub(super) const ALT_SETTING_STATUS: u32 = 11;
pub(super) const CANCEL_DATA_PACKET: u32 = 21;
pub(super) const CONTROL_PACKET: u32 = 100;
pub(super) const BULK_PACKET: u32 = 101;

/// Bytes of the headers of control and bulk packets, data after them.
pub(super) const DATA_HEADER: usize = 10;

/// Status of a transfer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum TransferStatus {
    Success = 0,
    Cancelled = 1,
    Stall = 4,
}

/// ep_info with packet sizes, 64-bit ids, 32-bit bulk lengths: bits 4, 5 and 6.
const CAPABILITIES: u32 = 0x70;
/// Version text and capabilities.
const HELLO_LEN: usize = 68;
/// Longest packet taken. A CCID message is far shorter.
const MAX_LEN: u32 = 1 << 20;

/// One packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) kind: u32,
    pub(super) id: u64,
    pub(super) body: Vec<u8>,
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Exchanges hellos; refuses a peer without the capabilities needed.
pub(super) fn hello(stream: &mut (impl Read + Write)) -> io::Result<()> {
    let mut ours = b"kaztoken virtual token".to_vec();
    ours.resize(HELLO_LEN - 4, 0);
    ours.extend(CAPABILITIES.to_le_bytes());
    let mut out = Vec::new();
    // A hello has a 32-bit id, all other packets 64 bits.
    for word in [HELLO, HELLO_LEN as u32, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(ours);
    stream.write_all(&out)?;
    let mut header = [0; 12];
    stream.read_exact(&mut header)?;
    let [k0, k1, k2, k3, l0, l1, l2, l3, ..] = header;
    let (kind, len) = (u32::from_le_bytes([k0, k1, k2, k3]), u32::from_le_bytes([l0, l1, l2, l3]));
    if kind != HELLO || len > 4096 {
        return Err(invalid(format!("the peer does not speak usb-redir: packet {kind}, {len} bytes")));
    }
    let mut theirs = vec![0; len as usize];
    stream.read_exact(&mut theirs)?;
    let capabilities =
        theirs.get(HELLO_LEN - 4..).and_then(|c| c.first_chunk()).map_or(0, |c| u32::from_le_bytes(*c));
    if capabilities & CAPABILITIES == CAPABILITIES {
        Ok(())
    } else {
        Err(invalid(format!(
            "the peer's usb-redir capabilities {capabilities:#x} lack some of {CAPABILITIES:#x}"
        )))
    }
}

pub(super) fn read(stream: &mut impl Read) -> io::Result<Packet> {
    let mut header = [0; 16];
    stream.read_exact(&mut header)?;
    let [k0, k1, k2, k3, l0, l1, l2, l3, id @ ..] = header;
    let (kind, len) = (u32::from_le_bytes([k0, k1, k2, k3]), u32::from_le_bytes([l0, l1, l2, l3]));
    if len > MAX_LEN {
        return Err(invalid(format!("a usb-redir packet of {len} bytes")));
    }
    let mut body = vec![0; len as usize];
    stream.read_exact(&mut body)?;
    Ok(Packet { kind, id: u64::from_le_bytes(id), body })
}

pub(super) fn write(stream: &mut impl Write, kind: u32, id: u64, body: &[u8]) -> io::Result<()> {
    let mut out = Vec::with_capacity(16 + body.len());
    out.extend(kind.to_le_bytes());
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(id.to_le_bytes());
    out.extend(body);
    stream.write_all(&out)
}

/// Place of an endpoint in the tables of 32: OUT 0 to 15, IN 16 to 31.
pub(super) const fn endpoint_index(address: u8) -> usize {
    ((address & 0x80) >> 3 | address & 0x0F) as usize
}
