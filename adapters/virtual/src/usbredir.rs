//! The token at the end of QEMU's `-device usb-redir`: a USB device without any USB.
//!
//! QEMU connects: `-device qemu-xhci -chardev socket,id=token,path=SOCKET -device usb-redir,chardev=token`. A
//! bulk-IN request that nothing can answer yet stays pending (NAK). While the card works, the token asks for
//! time every second, so that even a long key generation breaks no timeout.

mod busy;
mod packet;
mod worker;

use crate::card::Card;
use crate::ccid::{CcidDevice, Event, MAX_MESSAGE, Work};
use crate::usb::{self, BULK_IN, BULK_OUT, MAX_PACKET, Setup, UsbId};
use busy::{Busy, Step};
use core::ops::ControlFlow;
use core::time::Duration;
use kaztoken_core::ccid::HEADER_LEN;
use packet::{DATA_HEADER, Packet, TransferStatus, endpoint_index};
use std::collections::VecDeque;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;
use worker::Worker;
use zeroize::Zeroizing;

/// How a connection ended, if not by an error.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// The peer closed it.
    Closed,
    /// A planned fault pulled the token out.
    Unplugged,
}

/// What the loop waits for.
enum Input {
    Packet(Packet),
    /// The reading side ended.
    Ended(io::Result<()>),
    /// The card's response to the command with this number.
    Answer(u64, Zeroizing<Vec<u8>>),
}

/// A bulk-IN request that waits for data.
struct Pending {
    id: u64,
    len: usize,
}

struct Connection<'d> {
    stream: UnixStream,
    card: Worker,
    device: &'d mut CcidDevice,
    id: UsbId,
    pending: VecDeque<Pending>,
    /// Messages for the host, each a transfer of its own.
    outgoing: VecDeque<Vec<u8>>,
    /// Messages that are not due yet.
    later: VecDeque<(Instant, Event)>,
    /// A message to the token that came in several requests.
    incoming: Zeroizing<Vec<u8>>,
    busy: Option<Busy>,
    answer: Option<Zeroizing<Vec<u8>>>,
    /// Counts commands and resets, so that a late answer of the card finds its command or nobody.
    job: u64,
}

/// Serves one connection of a peer, as this USB device, until it ends. `device` keeps its counts for the next
/// connection.
///
/// # Errors
/// Of the stream, and a peer that does not speak the protocol.
pub fn serve<C>(card: C, device: &mut CcidDevice, id: UsbId, mut stream: UnixStream) -> io::Result<End>
where
    C: Card + Send + 'static,
{
    packet::hello(&mut stream)?;
    let (inputs, received) = mpsc::channel();
    let mut reader = stream.try_clone()?;
    let packets = inputs.clone();
    let reading = thread::spawn(move || {
        loop {
            let input = match packet::read(&mut reader) {
                Ok(packet) => Input::Packet(packet),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Input::Ended(Ok(())),
                Err(error) => Input::Ended(Err(error)),
            };
            let last = matches!(input, Input::Ended(_));
            if packets.send(input).is_err() || last {
                return;
            }
        }
    });
    device.reset();
    let mut connection = Connection {
        stream,
        card: Worker::new(card, move |job, response| drop(inputs.send(Input::Answer(job, response)))),
        device,
        id,
        pending: VecDeque::new(),
        outgoing: VecDeque::new(),
        later: VecDeque::new(),
        incoming: Zeroizing::new(Vec::new()),
        busy: None,
        answer: None,
        job: 0,
    };
    let result = connection.announce().and_then(|()| connection.run(&received));
    // Ends the reading thread. The card has lost its power with the plug.
    let _ = connection.stream.shutdown(Shutdown::Both);
    connection.card.reset();
    let _ = reading.join();
    match result {
        // The peer went without reading all that was sent to it.
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
            Ok(End::Closed)
        }
        result => result,
    }
}

impl Connection<'_> {
    fn send(&mut self, kind: u32, id: u64, body: &[u8]) -> io::Result<()> {
        packet::write(&mut self.stream, kind, id, body)
    }

    /// Tells the peer what is plugged in: a full-speed device with one interface.
    fn announce(&mut self) -> io::Result<()> {
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
        let ([v0, v1], [p0, p1]) = (self.id.vendor.to_le_bytes(), self.id.product.to_le_bytes());
        self.send(packet::DEVICE_CONNECT, 0, &[1, 0, 0, 0, v0, v1, p0, p1])
    }

    fn run(&mut self, inputs: &Receiver<Input>) -> io::Result<End> {
        loop {
            let wake = match self.advance()? {
                ControlFlow::Continue(wake) => wake,
                ControlFlow::Break(end) => return Ok(end),
            };
            let input = match wake {
                Some(wake) => inputs.recv_timeout(wake.saturating_duration_since(Instant::now())),
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match input {
                Ok(Input::Packet(packet)) => self.packet(&packet)?,
                Ok(Input::Ended(result)) => return result.map(|()| End::Closed),
                Ok(Input::Answer(job, response)) if job == self.job => self.answer = Some(response),
                Ok(Input::Answer(..)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Closed),
            }
        }
    }

    /// Does all that is due. Goes on with the time when something will be due again, if anything.
    fn advance(&mut self) -> io::Result<ControlFlow<End, Option<Instant>>> {
        let mut wake = None;
        while let Some(busy) = &mut self.busy {
            match busy.step(Instant::now(), self.answer.is_some()) {
                Step::SendExtension => self.outgoing.push_back(busy.exchange.time_extension()),
                Step::WaitUntil(time) => {
                    wake = Some(time);
                    break;
                }
                Step::SendAnswer => {
                    let response = self.answer.take().unwrap_or_default();
                    let events = self.device.finish(&busy.exchange, &response);
                    self.busy = None;
                    self.schedule(events);
                }
            }
        }
        while let Some((due, _)) = self.later.front() {
            if *due > Instant::now() {
                wake = Some(wake.map_or(*due, |wake| wake.min(*due)));
                break;
            }
            match self.later.pop_front() {
                Some((_, Event::Message { bytes, .. })) => self.outgoing.push_back(bytes),
                Some((_, Event::Unplug)) => {
                    self.send(packet::DEVICE_DISCONNECT, 0, &[])?;
                    return Ok(ControlFlow::Break(End::Unplugged));
                }
                None => {}
            }
        }
        self.answer_requests()?;
        Ok(ControlFlow::Continue(wake))
    }

    fn schedule(&mut self, events: Vec<Event>) {
        let mut due = self.later.back().map_or_else(Instant::now, |(due, _)| *due);
        for event in events {
            if let Event::Message { after, .. } = &event {
                due += Duration::from_millis(after.0);
            }
            self.later.push_back((due, event));
        }
    }

    /// Gives waiting messages to waiting requests. A message longer than its request goes on in the next one.
    fn answer_requests(&mut self) -> io::Result<()> {
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

    fn packet(&mut self, packet: &Packet) -> io::Result<()> {
        let id = packet.id;
        match (packet.kind, &packet.body[..]) {
            (packet::SET_CONFIGURATION, &[configuration, ..]) => {
                self.send(packet::CONFIGURATION_STATUS, id, &[0, configuration])
            }
            (packet::GET_CONFIGURATION, _) => self.send(packet::CONFIGURATION_STATUS, id, &[0, 1]),
            (packet::SET_ALT_SETTING, &[interface, setting, ..]) => {
                self.send(packet::ALT_SETTING_STATUS, id, &[0, interface, setting])
            }
            (packet::GET_ALT_SETTING, &[interface, ..]) => {
                self.send(packet::ALT_SETTING_STATUS, id, &[0, interface, 0])
            }
            (packet::CANCEL_DATA_PACKET, _) => self.cancel(id),
            (packet::RESET, _) => {
                self.reset();
                Ok(())
            }
            (packet::CONTROL_PACKET, body) => self.control(id, body),
            (packet::BULK_PACKET, body) => self.bulk_packet(id, body),
            _ => Ok(()),
        }
    }

    fn cancel(&mut self, id: u64) -> io::Result<()> {
        let Some(at) = self.pending.iter().position(|request| request.id == id) else { return Ok(()) };
        self.pending.remove(at);
        self.bulk(id, BULK_IN, TransferStatus::Cancelled, 0, &[])
    }

    /// USB reset: the device forgets, a command under way is carried out by the card and answered to nobody.
    fn reset(&mut self) {
        self.pending.clear();
        self.outgoing.clear();
        self.later.clear();
        self.incoming.clear();
        self.busy = None;
        self.answer = None;
        self.job += 1;
        self.device.reset();
        self.card.reset();
    }

    fn control(&mut self, id: u64, body: &[u8]) -> io::Result<()> {
        let Some(&[endpoint, request, request_type, _, v0, v1, i0, i1, l0, l1]) =
            body.first_chunk::<DATA_HEADER>()
        else {
            return Ok(());
        };
        let setup = Setup {
            request_type,
            request,
            value: u16::from_le_bytes([v0, v1]),
            length: u16::from_le_bytes([l0, l1]),
        };
        let answer = match setup {
            Setup { request_type: 0x21, request: 1, value, .. } => self.abort(value).then(Vec::new),
            _ => usb::control(self.card.model(), self.id, setup),
        };
        let (status, data) = match answer {
            Some(data) => (TransferStatus::Success, data),
            None => (TransferStatus::Stall, Vec::new()),
        };
        let [n0, n1] = (data.len() as u16).to_le_bytes();
        let mut answer = vec![endpoint, request, request_type, status as u8, v0, v1, i0, i1, n0, n1];
        answer.extend(data);
        self.send(packet::CONTROL_PACKET, id, &answer)
    }

    /// The control half of an abort: the command under way is carried out by the card and answered to nobody.
    fn abort(&mut self, value: u16) -> bool {
        let [slot, sequence] = value.to_le_bytes();
        let known = self.device.abort(slot, sequence);
        if known {
            self.busy = None;
            self.answer = None;
            self.job += 1;
            self.later.retain(|(_, event)| matches!(event, Event::Unplug));
        }
        known
    }

    fn bulk_packet(&mut self, id: u64, body: &[u8]) -> io::Result<()> {
        let Some((&[endpoint, _, l0, l1, _, _, _, _, h0, h1], data)) =
            body.split_first_chunk::<DATA_HEADER>()
        else {
            return Ok(());
        };
        let len = u32::from_le_bytes([l0, l1, h0, h1]) as usize;
        match endpoint {
            BULK_IN => {
                self.pending.push_back(Pending { id, len });
                Ok(())
            }
            BULK_OUT => {
                self.bulk(id, BULK_OUT, TransferStatus::Success, data.len(), &[])?;
                self.incoming.extend_from_slice(data);
                if !data.is_empty() && !self.is_incomplete(data.len()) {
                    let message = core::mem::take(&mut self.incoming);
                    self.message(&message);
                }
                Ok(())
            }
            _ => self.bulk(id, endpoint, TransferStatus::Stall, 0, &[]),
        }
    }

    /// Whether more of the message follows: the last request was full packets and dwLength says so.
    fn is_incomplete(&self, last: usize) -> bool {
        let declared = match self.incoming.get(1..5).and_then(|length| length.first_chunk()) {
            Some(length) => u32::from_le_bytes(*length) as usize,
            None => return false,
        };
        let whole = declared.saturating_add(HEADER_LEN);
        last.is_multiple_of(MAX_PACKET.into()) && self.incoming.len() < whole && whole <= MAX_MESSAGE
    }

    fn message(&mut self, message: &[u8]) {
        if self.busy.is_some() && message.first() != Some(&0x72) {
            let events = self.device.busy(message);
            return self.schedule(events);
        }
        if self.busy.take().is_some() {
            // ABORT: the command's answer will find nobody.
            self.answer = None;
            self.job += 1;
        }
        match self.device.receive(self.card.model(), message) {
            Work::Done { reset, events } => {
                if reset {
                    self.card.reset();
                }
                self.schedule(events);
            }
            Work::Exchange(exchange) => {
                self.job += 1;
                self.card.process(self.job, exchange.command.clone());
                self.busy = Some(Busy::new(self.device, exchange, Instant::now()));
            }
        }
    }
}
