//! The line between a computer and a test rig: what either end may get.

use crate::source::Source;
use kaztoken_core::Millis;
use kaztoken_rig::bench::{Bench, Identity};
use kaztoken_rig::frame::{FRAME_LEN, FrameReader, FrameWriter, Kind, write, write_bytes};
use kaztoken_rig::hello::{Dialect, Features, Hello, WELCOME_LEN, Welcome};
use kaztoken_rig::message::{Answer, Beat, Octets, Pulse, Request, Task};
use kaztoken_rig::server::{Buffers, Server};
use kaztoken_rig::{Fault, Micros};

/// How long the host may be silent here.
const SILENCE: Millis = Millis(100);

/// The first byte says which end gets the rest: the host's parsers, or the rig as a script.
pub fn rig_frames(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => host(rest),
        Some((_, rest)) => rig(rest),
        None => {}
    }
}

/// Everything that comes from a rig: frames are found, and what parses is written as the same.
fn host(data: &[u8]) {
    let (mut reader, mut buffer) = (FrameReader::new(), [0; FRAME_LEN]);
    let mut frames = 0;
    for &byte in data {
        let Some(frame) = reader.push(&mut buffer, byte) else { continue };
        frames += 1;
        match frame {
            Ok((kind, len)) => message(kind, &buffer[..len]),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(frames <= data.iter().filter(|&&byte| byte == 0).count());
    // As one message without its frame, too, so that no checksum is in the way.
    if let Some((&kind, body)) = data.split_first() {
        let body = &body[..body.len().min(FRAME_LEN - 20)];
        message(kind.into(), body);
        let mut out = [0; FRAME_LEN + 2];
        let len = write_bytes(&mut out, kind.into(), body).expect("it fits");
        let found: Vec<_> = out[..len].iter().filter_map(|&byte| reader.push(&mut buffer, byte)).collect();
        assert_eq!(found.last(), Some(&Ok((kind.into(), body.len()))));
        assert_eq!(&buffer[..body.len()], body);
    }
}

fn message(kind: Kind, body: &[u8]) {
    let mut out = [0; FRAME_LEN * 2];
    match kind {
        Kind::Hello => {
            if let Some(hello) = Hello::parse(body) {
                assert_eq!(hello.to_bytes(), body[..Hello::LEN]);
            }
        }
        Kind::Welcome => {
            if let Some(welcome) = Welcome::parse(body) {
                let mut bytes = [0; WELCOME_LEN];
                let len = welcome.emit(&mut bytes);
                let again = Welcome::parse(&bytes[..len]).expect("we wrote it");
                assert!(welcome.firmware.starts_with(again.firmware));
                assert_eq!((again.dialect, again.features), (welcome.dialect, welcome.features));
            }
        }
        Kind::Request => {
            if let Ok((request, _)) = postcard::take_from_bytes::<Request<'_>>(body) {
                let bytes = postcard::to_slice(&request, &mut out).expect("it came in less");
                assert_eq!(postcard::from_bytes(bytes), Ok(request));
                assert!(!format!("{request:?}").is_empty());
            }
        }
        Kind::Answer => {
            if let Ok((answer, _)) = postcard::take_from_bytes::<Answer<'_>>(body) {
                let bytes = postcard::to_slice(&answer, &mut out).expect("it came in less");
                assert_eq!(postcard::from_bytes(bytes), Ok(answer));
            }
        }
        Kind::Beat => drop(postcard::from_bytes::<Beat>(body)),
        Kind::Pulse => drop(postcard::from_bytes::<Pulse>(body)),
        _ => {}
    }
}

/// A bench that counts, and that is judged.
#[derive(Default)]
struct Counting {
    powered: bool,
    /// How many APDUs were begun.
    begun: usize,
    /// The command under way, and how often it still says "not yet".
    under_way: Option<(Vec<u8>, u8)>,
}

impl Bench for Counting {
    fn identity(&self) -> Identity {
        Identity { firmware: "fuzz", board: "fuzz", features: Features(0) }
    }

    fn is_powered(&self) -> bool {
        self.powered
    }

    fn stop(&mut self, _: Micros) {
        self.powered = false;
        self.under_way = None;
    }

    fn power_on(&mut self, _: Micros, _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        self.powered = true;
        out[0] = 0x3B;
        Ok(1)
    }

    fn apdu(&mut self, _: Micros, command: &[u8], _: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        if !self.powered {
            return Err(Fault::NotPowered.into());
        }
        let (before, left) = self.under_way.take().unwrap_or_else(|| {
            self.begun += 1;
            (command.to_vec(), command.first().copied().unwrap_or(0) % 4)
        });
        assert_eq!(before, command, "one command after the other");
        if left > 0 {
            self.under_way = Some((before, left - 1));
            return Err(nb::Error::WouldBlock);
        }
        out[..2].copy_from_slice(&[0x90, 0x00]);
        Ok(2)
    }
}

/// A script: what the host sends, whole, damaged or as noise, and how time goes on.
fn rig(data: &[u8]) {
    let mut source = Source::new(data);
    let mut buffers = Buffers::new();
    let mut server = Server::new(&mut buffers, SILENCE);
    let mut bench = Counting::default();
    let (mut now, mut id, mut sent) = (0_u64, 0_u32, 0_usize);
    let mut answers = FrameReader::new();
    let mut answer = [0; FRAME_LEN];
    // A number that no APDU has had in this session, as far as is known here.
    let mut fresh = true;
    // The host was last heard then at the latest: nothing valid was sent since.
    let mut heard = 0;
    while !source.is_empty() {
        let step = source.byte();
        let mut out = [0; FRAME_LEN + 2];
        let mut valid = true;
        let len = match step % 8 {
            0 => {
                fresh = true;
                let session = u32::from(source.byte() % 3);
                let dialect = match step & 0x80 {
                    0 => Dialect::OURS,
                    _ => Dialect { version: 0, ..Dialect::OURS },
                };
                write_bytes(&mut out, Kind::Hello, &Hello { dialect, session }.to_bytes())
            }
            1 => write(&mut out, Kind::Beat, &Beat { number: id, answer: step & 8 == 0 }),
            2 => {
                id = id.wrapping_add(u32::from(step >> 3));
                fresh = true;
                write(&mut out, Kind::Request, &Request { id, task: Task::PowerOn { budget: 10 } })
            }
            3 => {
                // Half of them with the number of the request before: not carried out, in the same session.
                let is_new = step >> 3 & 1;
                id = id.wrapping_add(is_new.into());
                sent += usize::from(is_new == 1 || fresh);
                fresh = false;
                let command = [source.byte(), 0x20, 0, 2];
                let task = Task::Apdu { budget: 10, command: Octets(&command) };
                write(&mut out, Kind::Request, &Request { id, task })
            }
            4 => {
                let body = source.take(usize::from(step >> 3));
                let kind = Kind::from(step >> 6);
                // It may be an APDU by chance.
                sent += usize::from(kind == Kind::Request);
                write_bytes(&mut out, kind, body)
            }
            5 => {
                valid = false;
                for (place, byte) in
                    out[..usize::from(step >> 3)].iter_mut().zip(core::iter::repeat(step | 1))
                {
                    *place = byte;
                }
                Ok(usize::from(step >> 3))
            }
            6 => {
                // Half a frame, of a request that would cost a try.
                valid = false;
                let mut frame = FrameWriter::new(&mut out, Kind::Request).expect("it fits");
                frame.extend(b"\x01\x04\x0A\x04\x00\x20").expect("it fits");
                Ok(usize::from(step >> 4))
            }
            _ => {
                now += u64::from(source.byte()) * 1_000;
                valid = false;
                Ok(0)
            }
        };
        server.handle_input(Micros(now), &out[..len.expect("it fits")]);
        if valid {
            heard = now;
        }
        for _ in 0..=step % 3 {
            server.poll(Micros(now), &mut bench);
            let bytes = server.poll_transmit();
            let part = bytes.len().min(usize::from(step) + 1);
            for &byte in &bytes[..part] {
                if let Some(frame) = answers.push(&mut answer, byte) {
                    let (kind, len) = frame.expect("the rig sends whole frames");
                    message(kind, &answer[..len]);
                }
            }
            server.transmitted(part);
        }
        assert!(bench.begun <= sent, "an APDU was carried out that was not sent, or twice");
        assert!(!bench.powered || now - heard <= SILENCE.0 * 1_000, "the host is dead, the token has power");
        assert!(!bench.powered || server.has_session());
    }
    core::mem::drop(server);
    assert!(buffers.is_wiped());
}
