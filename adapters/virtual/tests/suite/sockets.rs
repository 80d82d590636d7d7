//! The protocols on the sockets, spoken byte for byte over a socket pair.
#![cfg(unix)]

use super::common::{Token, factory, hex, hex_of};
use kaztoken_core::Millis;
use kaztoken_virtual::ccid::CcidDevice;
use kaztoken_virtual::reader::{Reader, ReaderConfig};
use kaztoken_virtual::usb::UsbId;
use kaztoken_virtual::usbredir::{self, End};
use kaztoken_virtual::{Card, vpcd};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[test]
fn vpcd_messages() {
    let (mut reader, end) = UnixStream::pair().unwrap();
    reader.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let card = thread::spawn(move || {
        let mut card = factory();
        vpcd::serve(&mut card, end, Millis(0)).map(|()| card)
    });
    let mut answers = |message: &str, answer: &str| {
        reader.write_all(&hex(message)).unwrap();
        let mut got = vec![0; hex(answer).len()];
        reader.read_exact(&mut got).unwrap();
        assert_eq!(hex_of(&got), hex_of(&hex(answer)), "{message}");
    };
    answers("0001 04", "000C 3B8801 \"KAZTOKEN\" 82");
    answers("0001 01  0001 04", "000C 3B8801 \"KAZTOKEN\" 82");
    answers("000D 0020000208 \"12345678\"", "0002 9000");
    answers("0004 00200002", "0002 9000");
    // Reset and power off log out and are not answered.
    answers("0001 02  0004 00200002", "0002 63CA");
    answers("000D 0020000208 \"12345678\"", "0002 9000");
    answers("0001 00  0001 01  0004 00200002", "0002 63CA");
    answers("0000 0001 07 0002 0020", "0002 6700");
    drop(reader);
    card.join().unwrap().unwrap();
}

#[test]
fn a_vpcd_message_cut_short_is_an_error() {
    let (mut reader, end) = UnixStream::pair().unwrap();
    reader.write_all(&hex("0004 0020")).unwrap();
    drop(reader);
    assert_eq!(vpcd::serve(&mut factory(), end, Millis(0)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

/// QEMU's side of usb-redir.
struct Qemu {
    stream: UnixStream,
    next: u64,
}

type Device = JoinHandle<(io::Result<End>, CcidDevice, Arc<Mutex<Token>>)>;

/// A token plugged into QEMU: announced, configured.
fn plug(plan: &str) -> (Qemu, Device) {
    let (stream, end) = UnixStream::pair().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let plan = if plan.is_empty() { Default::default() } else { plan.parse().unwrap() };
    let device = thread::spawn(move || {
        let card = Arc::new(Mutex::new(factory()));
        let mut device = CcidDevice::new(plan);
        let result = usbredir::serve(Arc::clone(&card), &mut device, UsbId::KAZTOKEN, end);
        (result, device, card)
    });
    let mut qemu = Qemu { stream, next: 1 };
    qemu.hello(0xFF);
    let kinds: Vec<u32> = (0..3).map(|_| qemu.read().0).collect();
    assert_eq!(kinds, [4, 5, 1]);
    (qemu, device)
}

impl Qemu {
    fn hello(&mut self, capabilities: u32) {
        let mut hello = hex("00000000 44000000 00000000");
        hello.extend(b"qemu");
        hello.resize(12 + 64, 0);
        hello.extend(capabilities.to_le_bytes());
        self.stream.write_all(&hello).unwrap();
        let mut theirs = [0; 12 + 68];
        self.stream.read_exact(&mut theirs).unwrap();
        assert_eq!(theirs[76..], [0x70, 0, 0, 0]);
    }

    fn write(&mut self, kind: u32, body: &[u8]) -> u64 {
        let id = self.next;
        self.next += 1;
        self.write_as(kind, id, body);
        id
    }

    fn write_as(&mut self, kind: u32, id: u64, body: &[u8]) {
        let mut packet = Vec::new();
        packet.extend(kind.to_le_bytes());
        packet.extend((body.len() as u32).to_le_bytes());
        packet.extend(id.to_le_bytes());
        packet.extend(body);
        self.stream.write_all(&packet).unwrap();
    }

    fn read(&mut self) -> (u32, u64, Vec<u8>) {
        let mut header = [0; 16];
        self.stream.read_exact(&mut header).unwrap();
        let mut body = vec![0; u32::from_le_bytes(header[4..8].try_into().unwrap()) as usize];
        self.stream.read_exact(&mut body).unwrap();
        let kind = u32::from_le_bytes(header[..4].try_into().unwrap());
        (kind, u64::from_le_bytes(header[8..].try_into().unwrap()), body)
    }

    fn bulk_out(&mut self, message: &str) {
        let message = hex(message);
        let mut body = vec![2, 0, message.len() as u8, 0, 0, 0, 0, 0, 0, 0];
        body.extend(&message);
        let id = self.write(101, &body);
        assert_eq!(self.read(), (101, id, body[..10].to_vec()));
    }

    /// Asks for a transfer of `len` bytes and returns what comes.
    fn bulk_in(&mut self, len: u16) -> Vec<u8> {
        let id = self.ask(len);
        let (kind, answered, body) = self.read();
        assert_eq!((kind, answered, body[0], body[1]), (101, id, 0x81, 0));
        assert_eq!(usize::from(body[2]) + usize::from(body[3]) * 256, body.len() - 10);
        body[10..].to_vec()
    }

    fn ask(&mut self, len: u16) -> u64 {
        let [l0, l1] = len.to_le_bytes();
        self.write(101, &[0x81, 0, l0, l1, 0, 0, 0, 0, 0, 0])
    }

    /// A control request; its status and data.
    fn control(&mut self, setup: &str) -> (u8, Vec<u8>) {
        let setup = hex(setup);
        let mut body = vec![if setup[0] & 0x80 != 0 { 0x80 } else { 0 }, setup[1], setup[0], 0];
        body.extend(&setup[2..8]);
        let id = self.write(100, &body);
        let (kind, answered, body) = self.read();
        assert_eq!((kind, answered), (100, id));
        (body[3], body[10..].to_vec())
    }
}

#[test]
fn usb_enumeration() {
    let (mut qemu, device) = plug("");
    let (status, descriptor) = qemu.control("80 06 0001 0000 1200");
    assert_eq!((status, hex_of(&descriptor)), (0, hex_of(&hex("12010002 00000040 890A3500 0001 01020001"))));
    let (_, configuration) = qemu.control("80 06 0002 0000 FF00");
    assert_eq!((configuration.len(), configuration[14]), (86, 0x0B));
    assert_eq!(qemu.control("80 06 0002 0000 0900").1.len(), 9);
    // The device has neither a qualifier nor clock frequencies: stalls.
    assert_eq!(qemu.control("80 06 0006 0000 0A00").0, 4);
    assert_eq!(qemu.control("A1 02 0000 0000 0000").0, 4);
    let id = qemu.write(6, &[1]);
    assert_eq!(qemu.read(), (8, id, vec![0, 1]));
    let id = qemu.write(9, &[0, 0]);
    assert_eq!(qemu.read(), (11, id, vec![0, 0, 0]));
    let id = qemu.write(101, &[0x83, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(qemu.read(), (101, id, vec![0x83, 4, 0, 0, 0, 0, 0, 0, 0, 0]));
    drop(qemu);
    assert_eq!(device.join().unwrap().0.unwrap(), End::Closed);
}

#[test]
fn usb_messages_pending_requests_and_cancels() {
    let (mut qemu, device) = plug("");
    // A request before there is data stays pending: the answer comes for it.
    let waiting = qemu.ask(64);
    qemu.bulk_out("62 00000000 00 00 000000");
    let (kind, id, body) = qemu.read();
    assert_eq!((kind, id, body.len()), (101, waiting, 10 + 22));
    // A cancelled request is answered as such and takes no data.
    let cancelled = qemu.ask(64);
    qemu.write_as(21, cancelled, &[]);
    let (kind, id, body) = qemu.read();
    assert_eq!((kind, id, body[1]), (101, cancelled, 1));
    qemu.bulk_out("6F 05000000 00 01 000000 00CA018108");
    assert_eq!(qemu.bulk_in(320), hex("80 0A000000 00 01 00 00 00 0000000047738461 9000"));
    // An answer longer than the request goes on in the next one; two answers are never joined.
    qemu.bulk_out("6F 05000000 00 02 000000 0084000040");
    assert_eq!(qemu.bulk_in(64).len(), 64);
    qemu.bulk_out("65 00000000 00 03 000000");
    let rest = qemu.bulk_in(64);
    assert_eq!((rest.len(), &rest[10..]), (12, &[0x90, 0][..]));
    assert_eq!(qemu.bulk_in(64), hex("81 00000000 00 03 00 00 00"));
    drop(qemu);
    let (result, device, _) = device.join().unwrap();
    assert_eq!((result.unwrap(), device.messages()), (End::Closed, 4));
}

#[test]
fn a_usb_reset_forgets_the_pin_and_what_was_under_way() {
    let (mut qemu, device) = plug("");
    qemu.bulk_out("62 00000000 00 00 000000");
    qemu.bulk_out("6F 0D000000 00 01 000000 0020000208 \"12345678\"");
    qemu.write(3, &[]);
    qemu.bulk_out("6F 04000000 00 02 000000 00200002");
    assert_eq!(qemu.bulk_in(64), hex("80 00000000 00 02 41 FE 00"), "no power, and nothing from before");
    qemu.bulk_out("62 00000000 00 03 000000");
    assert_eq!(qemu.bulk_in(64).len(), 22);
    qemu.bulk_out("6F 04000000 00 04 000000 00200002");
    assert!(qemu.bulk_in(64).ends_with(&[0x63, 0xCA]));
    drop(qemu);
    device.join().unwrap().0.unwrap();
}

#[test]
fn planned_time_extensions_and_busy_and_abort() {
    let (mut qemu, device) = plug("extend@20:2x50ms,extend@CA:1x60000ms");
    qemu.bulk_out("62 00000000 00 00 000000");
    qemu.bulk_in(64);
    let start = Instant::now();
    qemu.bulk_out("6F 04000000 00 01 000000 00200002");
    for _ in 0..2 {
        assert_eq!(qemu.bulk_in(64), hex("80 00000000 00 01 80 01 00"));
    }
    assert!(qemu.bulk_in(64).ends_with(&[0x63, 0xCA]));
    assert!(start.elapsed() >= Duration::from_millis(100));
    // While it works, another command finds the slot busy, and ABORT ends the waiting.
    qemu.bulk_out("6F 05000000 00 02 000000 00CA018108");
    qemu.bulk_out("6F 04000000 00 03 000000 00200001");
    assert_eq!(qemu.bulk_in(64), hex("80 00000000 00 03 40 E0 00"));
    assert_eq!(qemu.control("21 01 0002 0000 0000").0, 0);
    qemu.bulk_out("72 00000000 00 02 000000");
    assert_eq!(qemu.bulk_in(64), hex("81 00000000 00 02 00 00 00"));
    qemu.bulk_out("6F 05000000 00 03 000000 0084000008");
    assert!(qemu.bulk_in(64).ends_with(&[0x90, 0]));
    drop(qemu);
    device.join().unwrap().0.unwrap();
}

#[test]
fn unplugged_in_mid_command() {
    let (mut qemu, device) = plug("unplug@2");
    qemu.bulk_out("62 00000000 00 00 000000");
    qemu.bulk_in(64);
    qemu.bulk_out("6F 0D000000 00 01 000000 0020000208 \"12345679\"");
    assert_eq!(qemu.read(), (2, 0, vec![]));
    assert_eq!(qemu.stream.read(&mut [0; 1]).unwrap(), 0, "and the connection is closed");
    let (result, _, card) = device.join().unwrap();
    assert_eq!(result.unwrap(), End::Unplugged);
    let mut response = Vec::new();
    card.lock().unwrap().process(&hex("00 20 00 02"), &mut response);
    assert_eq!(response, [0x63, 0xCA], "the message was not carried out");
}

#[test]
fn peers_that_do_not_fit_are_refused() {
    for (first, capabilities) in
        [(hex("00000000 44000000 00000000"), 0x30), (hex("07000000 00000000 00000000"), 0)]
    {
        let (mut stream, end) = UnixStream::pair().unwrap();
        let device = thread::spawn(move || {
            usbredir::serve(Arc::new(Mutex::new(factory())), &mut CcidDevice::default(), UsbId::KAZTOKEN, end)
        });
        // At once: the device may close as soon as it has seen the first bytes.
        stream.write_all(&[&first[..], &[0; 64], &u32::to_le_bytes(capabilities)].concat()).unwrap();
        assert_eq!(device.join().unwrap().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}

#[test]
fn a_reader_on_the_bus() {
    let (stream, end) = UnixStream::pair().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let device = thread::spawn(move || {
        let mut reader = Reader::with_card(ReaderConfig::tpdu(), factory());
        reader.set_faults("late@4:50ms".parse().unwrap());
        usbredir::serve_reader(&mut reader, Instant::now(), UsbId::RUTOKEN_ECP, end)
    });
    let mut qemu = Qemu { stream, next: 1 };
    qemu.hello(0xFF);
    let kinds: Vec<u32> = (0..3).map(|_| qemu.read().0).collect();
    assert_eq!(kinds, [4, 5, 1]);
    let (status, configuration) = qemu.control("80 06 0002 0000 FF00");
    assert_eq!((status, &configuration[18..72]), (0, &ReaderConfig::tpdu().descriptor().to_bytes()[..]));
    assert_eq!(qemu.control("A1 02 0000 0000 FF00").0, 4, "GET_CLOCK_FREQUENCIES stalls");
    for (message, answer) in [
        ("62 00000000 00 00 010000", "80 0C000000 00 00 00 00 00 3B8801 \"KAZTOKEN\" 82"),
        ("61 07000000 00 01 010000 11 10 00 4D 00 20 00", "82 07000000 00 01 00 00 01 11 10 00 4D 00 20 00"),
        ("6F 08000000 00 02 000000 00 00 04 00 20 00 02 26", "80 06000000 00 02 00 00 00 00 00 02 63 CA AB"),
        // This one comes late.
        ("65 00000000 00 03 000000", "81 00000000 00 03 00 00 00"),
    ] {
        qemu.bulk_out(message);
        assert_eq!(hex_of(&qemu.bulk_in(320)), hex_of(&hex(answer)), "{message}");
    }
    // Both halves of an abort, then a reset of the bus.
    assert_eq!(qemu.control("21 01 0004 0000 0000").0, 0);
    qemu.bulk_out("72 00000000 00 04 000000");
    assert_eq!(qemu.bulk_in(320), hex("81 00000000 00 04 00 00 00"));
    qemu.write(3, &[]);
    qemu.bulk_out("65 00000000 00 05 000000");
    assert_eq!(qemu.bulk_in(320), hex("81 00000000 00 05 01 00 01"));
    drop(qemu);
    assert_eq!(device.join().unwrap().unwrap(), End::Closed);
}
