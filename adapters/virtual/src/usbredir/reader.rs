//! A reader at the end of QEMU's usb-redir, beside the token.

use super::port::{Control, Port, Request};
use super::{End, Input, end, packet, read_packets};
use crate::card::Card;
use crate::reader::Reader;
use crate::usb::{self, Setup, UsbId};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Instant;

/// iProduct.
const PRODUCT: &str = "KAZTOKEN virtual reader";

/// Serves one connection of a peer, as this USB device, until it ends. The reader has no interrupt endpoint
/// on this bus, whatever its configuration says. Cards work while nothing else is done, so a long key
/// generation keeps the host waiting; `epoch` is when the reader's time began.
///
/// # Errors
/// Of the stream, and a peer that does not speak the protocol.
pub fn serve_reader<C: Card>(
    reader: &mut Reader<C>,
    epoch: Instant,
    id: UsbId,
    mut stream: UnixStream,
) -> io::Result<End> {
    packet::hello(&mut stream)?;
    let (inputs, received) = mpsc::channel();
    let reading = read_packets(&stream, inputs)?;
    reader.plug_in();
    let max_message = reader.config().max_message_length as usize;
    let mut connection = Connection { port: Port::new(stream, max_message), reader, epoch, id };
    let result = connection.port.announce(id).and_then(|()| connection.run(&received));
    connection.reader.reset();
    end(&connection.port.stream, reading, result)
}

struct Connection<'r, C> {
    port: Port,
    reader: &'r mut Reader<C>,
    epoch: Instant,
    id: UsbId,
}

impl<C: Card> Connection<'_, C> {
    fn now(&self) -> Millis {
        Millis(u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn run(&mut self, inputs: &Receiver<Input>) -> io::Result<End> {
        loop {
            if self.reader.is_unplugged() {
                self.port.disconnect()?;
                return Ok(End::Unplugged);
            }
            while let Some(bytes) = self.reader.take(self.now()) {
                self.port.outgoing.push_back(bytes);
            }
            self.port.answer_requests()?;
            let input = match self.reader.next_due() {
                Some(due) => {
                    // At least a millisecond: that is how finely the reader's time goes.
                    inputs.recv_timeout(Duration::from_millis(due.since(self.now()).0.max(1)))
                }
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match input {
                Ok(Input::Packet(packet)) => match self.port.packet(&packet)? {
                    Some(Request::Control(request)) => self.control(&request)?,
                    Some(Request::Message(message)) => self.reader.handle(self.now(), &message),
                    Some(Request::Reset) => {
                        self.port.reset();
                        self.reader.reset();
                    }
                    None => {}
                },
                Ok(Input::Ended(result)) => return result.map(|()| End::Closed),
                Ok(Input::Answer(..)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Closed),
            }
        }
    }

    fn control(&mut self, request: &Control) -> io::Result<()> {
        let [slot, sequence] = request.setup.value.to_le_bytes();
        let class = match request.setup {
            Setup { request_type: 0x21, request: 1, .. } => Some(ClassRequest::Abort { slot, sequence }),
            Setup { request_type: 0xA1, request: 2, .. } => Some(ClassRequest::GetClockFrequencies),
            Setup { request_type: 0xA1, request: 3, .. } => Some(ClassRequest::GetDataRates),
            _ => None,
        };
        let answer = match class {
            Some(class) => self.reader.class_request(self.now(), class).map(|mut data| {
                data.truncate(request.setup.length.into());
                data
            }),
            None => usb::control_of(&self.reader.config().descriptor(), PRODUCT, self.id, request.setup),
        };
        self.port.answer_control(request, answer)
    }
}
