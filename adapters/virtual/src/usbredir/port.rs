//! The USB side of a connection, whatever the device: enumeration, pending requests, messages in pieces.

use super::packet::{self, DATA_HEADER, Packet, TransferStatus, endpoint_index};
use crate::usb::{BULK_IN, BULK_OUT, MAX_PACKET, Setup, UsbId};
use kaztoken_core::ccid::HEADER_LEN;
use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;
use zeroize::Zeroizing;

/// A bulk-IN request that waits for data.
struct Pending {
    id: u64,
    len: usize,
}

/// What the device has to do.
pub(super) enum Request {
    /// Answer with [`Port::answer_control`].
    Control(Control),
    /// A whole bulk-OUT message.
    Message(Zeroizing<Vec<u8>>),
    /// USB reset.
    Reset,
}

/// A control request.
pub(super) struct Control {
    pub(super) setup: Setup,
    id: u64,
    header: [u8; DATA_HEADER],
}

pub(super) struct Port {
    pub(super) stream: UnixStream,
    pending: VecDeque<Pending>,
    /// Messages for the host, each a transfer of its own.
    pub(super) outgoing: VecDeque<Vec<u8>>,
    /// A message to the device that came in several requests.
    incoming: Zeroizing<Vec<u8>>,
    /// The longest message to the device.
    max_message: usize,
}

impl Port {
    pub(super) fn new(stream: UnixStream, max_message: usize) -> Self {
        Self {
            stream,
            pending: VecDeque::new(),
            outgoing: VecDeque::new(),
            incoming: Zeroizing::new(Vec::new()),
            max_message,
        }
    }

    fn send(&mut self, kind: u32, id: u64, body: &[u8]) -> io::Result<()> {
        packet::write(&mut self.stream, kind, id, body)
    }

    /// Tells the peer what is plugged in: a full-speed device with one interface.
    pub(super) fn announce(&mut self, id: UsbId) -> io::Result<()> {
        let mut interfaces = 1u32.to_le_bytes().to_vec();
        interfaces.resize(4 + 4 * 32, 0);
        interfaces[4 + 32] = 0x0B;
        self.send(packet::INTERFACE_INFO, 0, &interfaces)?;
        // Types (255 none, 0 control, 2 bulk), intervals, interfaces, then packet sizes.
        let mut endpoints = vec![0xFF; 32];
        endpoints.resize(3 * 32 + 2 * 32, 0);
        for (address, kind) in [(0x00, 0), (0x80, 0), (BULK_OUT, 2), (BULK_IN, 2)] {
            let index = endpoint_index(address);
            endpoints[index] = kind;
            endpoints[96 + 2 * index..98 + 2 * index].copy_from_slice(&MAX_PACKET.to_le_bytes());
        }
        self.send(packet::EP_INFO, 0, &endpoints)?;
        let ([v0, v1], [p0, p1]) = (id.vendor.to_le_bytes(), id.product.to_le_bytes());
        self.send(packet::DEVICE_CONNECT, 0, &[1, 0, 0, 0, v0, v1, p0, p1])
    }

    /// The device is pulled out.
    pub(super) fn disconnect(&mut self) -> io::Result<()> {
        self.send(packet::DEVICE_DISCONNECT, 0, &[])
    }

    /// USB reset: what was pending is gone.
    pub(super) fn reset(&mut self) {
        self.pending.clear();
        self.outgoing.clear();
        self.incoming.clear();
    }

    /// Gives waiting messages to waiting requests. A message longer than its request goes on in the next one.
    pub(super) fn answer_requests(&mut self) -> io::Result<()> {
        while !self.pending.is_empty() {
            let Some(message) = self.outgoing.front_mut() else { break };
            let Some(request) = self.pending.pop_front() else { break };
            let part: Vec<u8> = message.drain(..request.len.min(message.len())).collect();
            if message.is_empty() {
                self.outgoing.pop_front();
            }
            self.bulk(request.id, BULK_IN, TransferStatus::Success, part.len(), &part)?;
        }
        Ok(())
    }

    fn bulk(
        &mut self,
        id: u64,
        endpoint: u8,
        status: TransferStatus,
        len: usize,
        data: &[u8],
    ) -> io::Result<()> {
        let [l0, l1, h0, h1] = (len as u32).to_le_bytes();
        let mut body = vec![endpoint, status as u8, l0, l1, 0, 0, 0, 0, h0, h1];
        body.extend_from_slice(data);
        self.send(packet::BULK_PACKET, id, &body)
    }

    /// Does what a packet asks, as far as it does not concern the device itself.
    pub(super) fn packet(&mut self, packet: &Packet) -> io::Result<Option<Request>> {
        let id = packet.id;
        match (packet.kind, &packet.body[..]) {
            (packet::SET_CONFIGURATION, &[configuration, ..]) => {
                self.send(packet::CONFIGURATION_STATUS, id, &[0, configuration])?;
            }
            (packet::GET_CONFIGURATION, _) => self.send(packet::CONFIGURATION_STATUS, id, &[0, 1])?,
            (packet::SET_ALT_SETTING, &[interface, setting, ..]) => {
                self.send(packet::ALT_SETTING_STATUS, id, &[0, interface, setting])?;
            }
            (packet::GET_ALT_SETTING, &[interface, ..]) => {
                self.send(packet::ALT_SETTING_STATUS, id, &[0, interface, 0])?;
            }
            (packet::CANCEL_DATA_PACKET, _) => self.cancel(id)?,
            (packet::RESET, _) => return Ok(Some(Request::Reset)),
            (packet::CONTROL_PACKET, body) => return Ok(control(id, body).map(Request::Control)),
            (packet::BULK_PACKET, body) => return Ok(self.bulk_packet(id, body)?.map(Request::Message)),
            _ => {}
        }
        Ok(None)
    }

    fn cancel(&mut self, id: u64) -> io::Result<()> {
        let Some(at) = self.pending.iter().position(|request| request.id == id) else { return Ok(()) };
        self.pending.remove(at);
        self.bulk(id, BULK_IN, TransferStatus::Cancelled, 0, &[])
    }

    /// `None` is a stall.
    pub(super) fn answer_control(&mut self, request: &Control, answer: Option<Vec<u8>>) -> io::Result<()> {
        let (status, data) = match answer {
            Some(data) => (TransferStatus::Success, data),
            None => (TransferStatus::Stall, Vec::new()),
        };
        let [n0, n1] = (data.len() as u16).to_le_bytes();
        let [endpoint, code, request_type, _, v0, v1, i0, i1, ..] = request.header;
        let mut answer = vec![endpoint, code, request_type, status as u8, v0, v1, i0, i1, n0, n1];
        answer.extend(data);
        self.send(packet::CONTROL_PACKET, request.id, &answer)
    }

    fn bulk_packet(&mut self, id: u64, body: &[u8]) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let Some((&[endpoint, _, l0, l1, _, _, _, _, h0, h1], data)) =
            body.split_first_chunk::<DATA_HEADER>()
        else {
            return Ok(None);
        };
        let len = u32::from_le_bytes([l0, l1, h0, h1]) as usize;
        match endpoint {
            BULK_IN => {
                self.pending.push_back(Pending { id, len });
                Ok(None)
            }
            BULK_OUT => {
                self.bulk(id, BULK_OUT, TransferStatus::Success, data.len(), &[])?;
                self.incoming.extend_from_slice(data);
                let whole = !data.is_empty() && !self.is_incomplete(data.len());
                Ok(whole.then(|| core::mem::take(&mut self.incoming)))
            }
            _ => self.bulk(id, endpoint, TransferStatus::Stall, 0, &[]).map(|()| None),
        }
    }

    /// Whether more of the message follows: the last request was full packets and dwLength says so.
    fn is_incomplete(&self, last: usize) -> bool {
        let declared = match self.incoming.get(1..5).and_then(|length| length.first_chunk()) {
            Some(length) => u32::from_le_bytes(*length) as usize,
            None => return false,
        };
        let whole = declared.saturating_add(HEADER_LEN);
        last.is_multiple_of(MAX_PACKET.into()) && self.incoming.len() < whole && whole <= self.max_message
    }
}

fn control(id: u64, body: &[u8]) -> Option<Control> {
    let &header = body.first_chunk::<DATA_HEADER>()?;
    let [_, request, request_type, _, v0, v1, _, _, l0, l1] = header;
    let setup = Setup {
        request_type,
        request,
        value: u16::from_le_bytes([v0, v1]),
        length: u16::from_le_bytes([l0, l1]),
    };
    Some(Control { setup, id, header })
}
