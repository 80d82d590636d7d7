//! The token at the end of QEMU's `-device usb-redir`: a USB device without any USB.
//!
//! QEMU connects: `-device qemu-xhci -chardev socket,id=token,path=SOCKET -device usb-redir,chardev=token`. A
//! bulk-IN request that nothing can answer yet stays pending (NAK). While the card works, the token asks for
//! time every second, so that even a long key generation breaks no timeout.

mod busy;
mod packet;
mod port;
mod reader;
mod worker;

pub use reader::serve_reader;

use crate::card::Card;
use crate::ccid::{CcidDevice, Event, MAX_MESSAGE, Work};
use crate::usb::{self, Setup, UsbId};
use busy::{Busy, Step};
use core::ops::ControlFlow;
use core::time::Duration;
use packet::Packet;
use port::{Control, Port, Request};
use std::collections::VecDeque;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
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

struct Connection<'d> {
    port: Port,
    card: Worker,
    device: &'d mut CcidDevice,
    id: UsbId,
    /// Messages that are not due yet.
    later: VecDeque<(Instant, Event)>,
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
    let reading = read_packets(&stream, inputs.clone())?;
    device.reset();
    let mut connection = Connection {
        port: Port::new(stream, MAX_MESSAGE),
        card: Worker::new(card, move |job, response| drop(inputs.send(Input::Answer(job, response)))),
        device,
        id,
        later: VecDeque::new(),
        busy: None,
        answer: None,
        job: 0,
    };
    let result = connection.port.announce(id).and_then(|()| connection.run(&received));
    // The card has lost its power with the plug.
    connection.card.reset();
    end(&connection.port.stream, reading, result)
}

/// Reads packets in a thread of its own, until the stream ends.
fn read_packets(stream: &UnixStream, inputs: Sender<Input>) -> io::Result<JoinHandle<()>> {
    let mut stream = stream.try_clone()?;
    Ok(thread::spawn(move || {
        loop {
            let input = match packet::read(&mut stream) {
                Ok(packet) => Input::Packet(packet),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Input::Ended(Ok(())),
                Err(error) => Input::Ended(Err(error)),
            };
            let last = matches!(input, Input::Ended(_));
            if inputs.send(input).is_err() || last {
                return;
            }
        }
    }))
}

/// Ends a connection and the thread that reads it.
fn end(stream: &UnixStream, reading: JoinHandle<()>, result: io::Result<End>) -> io::Result<End> {
    let _ = stream.shutdown(Shutdown::Both);
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
                Ok(Input::Packet(packet)) => match self.port.packet(&packet)? {
                    Some(Request::Control(request)) => self.control(&request)?,
                    Some(Request::Message(message)) => self.message(&message),
                    Some(Request::Reset) => self.reset(),
                    None => {}
                },
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
                Step::SendExtension => self.port.outgoing.push_back(busy.exchange.time_extension()),
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
                Some((_, Event::Message { bytes, .. })) => self.port.outgoing.push_back(bytes),
                Some((_, Event::Unplug)) => {
                    self.port.disconnect()?;
                    return Ok(ControlFlow::Break(End::Unplugged));
                }
                None => {}
            }
        }
        self.port.answer_requests()?;
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

    /// USB reset: the device forgets, a command under way is carried out by the card and answered to nobody.
    fn reset(&mut self) {
        self.port.reset();
        self.later.clear();
        self.busy = None;
        self.answer = None;
        self.job += 1;
        self.device.reset();
        self.card.reset();
    }

    fn control(&mut self, request: &Control) -> io::Result<()> {
        let answer = match request.setup {
            Setup { request_type: 0x21, request: 1, value, .. } => self.abort(value).then(Vec::new),
            setup => usb::control(self.card.model(), self.id, setup).map(|mut data| {
                if setup.is_for_configuration() {
                    self.device.damage_descriptor(&mut data);
                }
                data
            }),
        };
        self.port.answer_control(request, answer)
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
