//! A virtual token on a rig, and a line that can be made bad.

use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_rig::frame::{FRAME_LEN, FrameReader, Kind, write_bytes};
use kaztoken_rig::host::{Line, Options, Receive, Rig, Transmit};
use kaztoken_rig::simulated::{ContactBench, in_process};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card, Model, State, VirtualToken, system_rng};
use std::io;
use std::sync::{Arc, Mutex};

pub(crate) const SERIAL: u64 = 0x4773_8461;
pub(crate) const TRIES: &[u8] = &[0x00, 0x20, 0x00, 0x02];
pub(crate) const VERIFY: &[u8] = b"\x00\x20\x00\x02\x0812345678";
pub(crate) const WRONG: &[u8] = b"\x00\x20\x00\x02\x0812345679";

/// A token that several may look at.
pub(crate) type Shared = Arc<Mutex<VirtualToken<MemoryStore>>>;

pub(crate) fn token() -> Shared {
    let state = State::factory(Model::Kaztoken, SERIAL);
    let store = MemoryStore::new(state.clone());
    Arc::new(Mutex::new(VirtualToken::create(store, state, system_rng()).unwrap()))
}

/// What the token itself answers now, past every rig. It does not change what it is asked.
pub(crate) fn ask_directly(token: &Shared, command: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    token.lock().unwrap().process(command, &mut answer);
    answer
}

pub(crate) fn quick() -> Options {
    Options { patience: Some(Duration::from_millis(600)), ..Options::default() }
}

/// A rig in this process whose host may be silent for long.
pub(crate) fn line(token: &Shared) -> Line {
    in_process(ContactBench::new(Arc::clone(token)), Millis(60_000)).0
}

pub(crate) fn rig(token: &Shared) -> Rig {
    Rig::over(line(token), quick()).unwrap()
}

/// The kind of a whole frame.
pub(crate) fn kind(frame: &[u8]) -> Option<Kind> {
    let (mut reader, mut buffer) = (FrameReader::new(), [0; FRAME_LEN]);
    frame.iter().find_map(|&byte| reader.push(&mut buffer, byte)).and_then(Result::ok).map(|(kind, _)| kind)
}

pub(crate) fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut out = [0; FRAME_LEN + 2];
    let len = write_bytes(&mut out, kind, body).unwrap();
    out[..len].to_vec()
}

/// What becomes of a frame on the line: other bytes, or the line's end.
pub(crate) type Fate = Option<Vec<u8>>;

/// Decides what becomes of frames: to the rig, and back.
pub(crate) trait Trouble: Send + 'static {
    fn to_rig(&mut self, frame: &[u8]) -> Fate {
        Some(frame.to_vec())
    }

    fn to_host(&mut self, frame: &[u8]) -> Fate {
        Some(frame.to_vec())
    }

    /// Nothing comes to the host any more.
    fn has_ended(&self) -> bool {
        false
    }
}

/// A line with trouble on it. Both ends give whole frames.
pub(crate) fn troubled(line: Line, trouble: impl Trouble) -> Line {
    let trouble = Arc::new(Mutex::new(trouble));
    let (receive, transmit) = line.into_ends();
    let at_host = FromRig { receive, trouble: Arc::clone(&trouble), rest: Vec::new(), closed: false };
    Line::new(at_host, ToRig { transmit, trouble, closed: false })
}

struct FromRig<T> {
    receive: Box<dyn Receive>,
    trouble: Arc<Mutex<T>>,
    rest: Vec<u8>,
    closed: bool,
}

impl<T: Trouble> Receive for FromRig<T> {
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        if self.rest.is_empty() {
            if self.closed || self.trouble.lock().unwrap().has_ended() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut frame = [0; 1024];
            let Some(len) = self.receive.receive(&mut frame, timeout)? else { return Ok(None) };
            match self.trouble.lock().unwrap().to_host(&frame[..len]) {
                Some(bytes) if bytes.is_empty() => return Ok(None),
                Some(bytes) => self.rest = bytes,
                None => {
                    self.closed = true;
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        let len = self.rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.rest[..len]);
        self.rest.drain(..len);
        Ok(Some(len))
    }
}

struct ToRig<T> {
    transmit: Box<dyn Transmit>,
    trouble: Arc<Mutex<T>>,
    closed: bool,
}

impl<T: Trouble> Transmit for ToRig<T> {
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.closed {
            if let Some(bytes) = self.trouble.lock().unwrap().to_rig(bytes) {
                return if bytes.is_empty() { Ok(()) } else { self.transmit.transmit(&bytes) };
            }
            self.closed = true;
        }
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
