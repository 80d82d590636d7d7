//! A bench that notes what it is told, and a host's end in a few lines.

use kaztoken_core::Millis;
use kaztoken_rig::bench::{Bench, Identity};
use kaztoken_rig::frame::{self, FRAME_LEN, FrameReader, Kind};
use kaztoken_rig::hello::{Dialect, Features, Hello, Welcome};
use kaztoken_rig::message::{Answer, Beat, Octets, Outcome, Pulse, Request, Task};
use kaztoken_rig::server::{Buffers, Server};
use kaztoken_rig::{Fault, Micros};

pub(crate) const SILENCE: Millis = Millis(2_000);

#[derive(Default)]
pub(crate) struct Noting {
    pub(crate) powered: bool,
    pub(crate) stops: u32,
    /// APDUs begun.
    pub(crate) commands: Vec<Vec<u8>>,
    /// How often `apdu` says that it needs longer.
    pub(crate) patience: u32,
    left: Option<u32>,
}

impl Bench for Noting {
    fn identity(&self) -> Identity {
        Identity { firmware: "noting 1", board: "desk", features: Features(Features::APDU) }
    }

    fn is_powered(&self) -> bool {
        self.powered
    }

    fn stop(&mut self, _: Micros) {
        self.stops += 1;
        self.powered = false;
        self.left = None;
    }

    fn power_on(&mut self, _: Micros, _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.powered = true;
        out[..2].copy_from_slice(&[0x3B, 0x00]);
        Ok(2)
    }

    fn apdu(&mut self, _: Micros, command: &[u8], _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        if !self.powered {
            return Err(Fault::NotPowered.into());
        }
        if self.left.is_none() {
            self.commands.push(command.to_vec());
        }
        let left = self.left.unwrap_or(self.patience);
        if left > 0 {
            self.left = Some(left - 1);
            return Err(nb::Error::WouldBlock);
        }
        self.left = None;
        out[..command.len()].copy_from_slice(command);
        out[command.len()..command.len() + 2].copy_from_slice(&[0x90, 0x00]);
        Ok(command.len() + 2)
    }
}

/// A rig and its host at one table; time is a number.
pub(crate) struct Table<'b> {
    pub(crate) server: Server<'b>,
    pub(crate) bench: Noting,
    pub(crate) now: u64,
    next: u32,
}

/// What the host gets, without borrowing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Got {
    Welcome(Dialect, u32),
    Answer(u32, Result<Vec<u8>, Fault>),
    Other(u32),
    Pulse(Pulse),
    Log(Vec<u8>),
}

impl<'b> Table<'b> {
    pub(crate) fn new(buffers: &'b mut Buffers) -> Self {
        Self { server: Server::new(buffers, SILENCE), bench: Noting::default(), now: 1_000, next: 0 }
    }

    /// With a session, and the token powered.
    pub(crate) fn powered(buffers: &'b mut Buffers) -> Self {
        let mut table = Self::new(buffers);
        assert_eq!(table.hello(1), [Got::Welcome(Dialect::OURS, 1)]);
        let [Got::Answer(_, Ok(atr))] = &table.ask(Task::PowerOn { budget: 100 })[..] else { panic!() };
        assert_eq!(atr, &[0x3B, 0x00]);
        table
    }

    pub(crate) fn input(&mut self, bytes: &[u8]) {
        self.server.handle_input(Micros(self.now), bytes);
    }

    /// Lets the rig work once and takes what it sends.
    pub(crate) fn turn(&mut self) -> Vec<Got> {
        let mut bytes = Vec::new();
        loop {
            self.server.poll(Micros(self.now), &mut self.bench);
            let out = self.server.poll_transmit();
            if out.is_empty() {
                break;
            }
            // In pieces, as a serial port takes them.
            let len = out.len().min(7);
            bytes.extend(&out[..len]);
            self.server.transmitted(len);
        }
        read(&bytes)
    }

    pub(crate) fn send(&mut self, kind: Kind, body: &[u8]) {
        let mut out = [0; FRAME_LEN + 2];
        let len = frame::write_bytes(&mut out, kind, body).unwrap();
        self.input(&out[..len]);
    }

    pub(crate) fn hello(&mut self, session: u32) -> Vec<Got> {
        self.send(Kind::Hello, &Hello { dialect: Dialect::OURS, session }.to_bytes());
        self.turn()
    }

    pub(crate) fn beat(&mut self, number: u32) -> Vec<Got> {
        let mut out = [0; 32];
        let len = frame::write(&mut out, Kind::Beat, &Beat { number, answer: true }).unwrap();
        self.input(&out[..len]);
        self.turn()
    }

    pub(crate) fn request(&mut self, id: u32, task: Task<'_>) {
        let mut out = [0; FRAME_LEN + 2];
        let len = frame::write(&mut out, Kind::Request, &Request { id, task }).unwrap();
        self.input(&out[..len]);
    }

    /// Asks with the next number.
    pub(crate) fn ask(&mut self, task: Task<'_>) -> Vec<Got> {
        self.next += 1;
        self.request(self.next, task);
        self.turn()
    }

    pub(crate) fn last_id(&self) -> u32 {
        self.next
    }
}

/// What a host finds in these bytes; each frame is whole.
pub(crate) fn read(bytes: &[u8]) -> Vec<Got> {
    let (mut reader, mut buffer) = (FrameReader::new(), [0; FRAME_LEN]);
    let mut got = Vec::new();
    for &byte in bytes {
        let Some(frame) = reader.push(&mut buffer, byte) else { continue };
        let (kind, len) = frame.unwrap();
        let body = &buffer[..len];
        got.push(match kind {
            Kind::Welcome => {
                let welcome = Welcome::parse(body).unwrap();
                Got::Welcome(welcome.dialect, welcome.session)
            }
            Kind::Answer => {
                let Answer { id, outcome } = postcard::from_bytes(body).unwrap();
                match outcome {
                    Outcome::Failed(fault) => Got::Answer(id, Err(fault)),
                    Outcome::Atr(Octets(bytes)) | Outcome::Response(Octets(bytes)) => {
                        Got::Answer(id, Ok(bytes.to_vec()))
                    }
                    _ => Got::Other(id),
                }
            }
            Kind::Pulse => Got::Pulse(postcard::from_bytes(body).unwrap()),
            Kind::Log => Got::Log(body.to_vec()),
            other => panic!("{other:?}"),
        });
    }
    assert!(!reader.has_begun());
    got
}
