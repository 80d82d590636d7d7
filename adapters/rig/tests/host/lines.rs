//! The lines that there are: Unix sockets, TCP, serial ports (a pseudo terminal), and how fast they are.

use crate::support::{SERIAL, TRIES, VERIFY, ask_directly, quick, rig, token};
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::host::{Address, Error, Line, Rig, RigLink};
use kaztoken_rig::message::{CardState, LogLevel, Outcome, SelfTest, Task};
use kaztoken_rig::simulated::{ContactBench, Listener, serve};
use std::sync::Arc;
use std::time::Instant;

const SILENCE: Millis = Millis(2_000);

/// Opens, asks for the serial number, loses the rig when it hangs up, and finds it again.
fn everything(address: &Address, hang_up: impl FnOnce()) {
    let mut link = RigLink::open(Rig::open(address, quick()).unwrap()).unwrap();
    assert_eq!(link.atr(), kaztoken_virtual::Model::Kaztoken.atr());
    let mut response = [0; 258];
    let command = [0x00, 0xCA, 0x01, 0x81, 0x08];
    let len = link.transmit(&command, &mut response, Millis(1_000)).unwrap();
    assert_eq!((len, response[..8] == SERIAL.to_be_bytes()), (10, true));
    assert_eq!(link.transmit(VERIFY, &mut response, Millis(1_000)).unwrap(), 2);
    hang_up();
    let error = link.transmit(&command, &mut response, Millis(1_000)).unwrap_err();
    assert!(matches!(error, Error::Disconnected), "{error:?}");
    assert!(link.recover().unwrap());
    let len = link.transmit(TRIES, &mut response, Millis(1_000)).unwrap();
    assert_eq!(response[..len], [0x63, 0xCA], "nobody is logged in any more");
}

/// A rig at this listener; each host is thrown out when the number of hangs says so.
fn sockets(listener: Listener, address: &Address) {
    use std::sync::mpsc::channel;
    let (hang_up, hung_up) = channel::<()>();
    let token = token();
    std::thread::spawn(move || {
        let mut hung_up = Some(hung_up);
        while let Ok(line) = listener.accept() {
            let mut bench = ContactBench::new(Arc::clone(&token));
            match hung_up.take() {
                Some(hung_up) => {
                    // Serves in a thread; a line that is dropped with it is closed.
                    let (receive, transmit) = line.into_ends();
                    let line = Line::new(Until { receive, hung_up }, Same(transmit));
                    let _ = serve(line, &mut bench, SILENCE);
                }
                None => drop(serve(line, &mut bench, SILENCE)),
            }
        }
    });
    everything(address, || {
        hang_up.send(()).unwrap();
        std::thread::sleep(core::time::Duration::from_millis(200));
    });
}

/// Ends when it is told to.
struct Until {
    receive: Box<dyn kaztoken_rig::host::Receive>,
    hung_up: std::sync::mpsc::Receiver<()>,
}

impl kaztoken_rig::host::Receive for Until {
    fn receive(
        &mut self,
        buffer: &mut [u8],
        timeout: core::time::Duration,
    ) -> std::io::Result<Option<usize>> {
        if self.hung_up.try_recv().is_ok() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.receive.receive(buffer, timeout)
    }
}

struct Same(Box<dyn kaztoken_rig::host::Transmit>);

impl kaztoken_rig::host::Transmit for Same {
    fn transmit(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.transmit(bytes)
    }
}

#[test]
fn tcp() {
    let listener = Listener::bind(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.place().unwrap().parse().unwrap();
    sockets(listener, &address);
}

#[cfg(unix)]
#[test]
fn unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.sock");
    let address: Address = path.to_str().unwrap().parse().unwrap();
    assert!(matches!(Rig::open(&address, quick()), Err(Error::Open { .. })));
    // What an earlier run left is replaced.
    drop(Listener::bind(&address).unwrap());
    sockets(Listener::bind(&address).unwrap(), &address);
    // Another file is not.
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let address: Address = file.to_str().unwrap().parse().unwrap();
    assert!(Listener::bind(&address).is_err());
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
    let error = Rig::open(&address, quick()).unwrap_err();
    assert!(error.to_string().contains("no serial port"), "{error}");
}

/// The other end of a pseudo terminal, which the system treats as a serial port.
#[cfg(unix)]
mod terminal {
    use super::*;
    use core::time::Duration;
    use serialport::{SerialPort, TTYPort};
    use std::io::{self, Read, Write};

    struct Master(TTYPort);

    impl kaztoken_rig::host::Receive for Master {
        fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
            let _ = self.0.set_timeout(timeout);
            match self.0.read(buffer) {
                Ok(len) if len > 0 => Ok(Some(len)),
                // Nobody has the other end open yet, or in time.
                _ => {
                    std::thread::sleep(Duration::from_millis(1));
                    Ok(None)
                }
            }
        }
    }

    impl kaztoken_rig::host::Transmit for Master {
        fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.write_all(bytes)
        }
    }

    #[test]
    fn a_serial_port() {
        let (master, slave) = TTYPort::pair().unwrap();
        let path = slave.name().unwrap();
        let address: Address = format!("{path}@921600").parse().unwrap();
        let other = serialport::new(&path, 9_600).open().unwrap();
        let held = Rig::open(&address, quick()).unwrap_err();
        let Error::Open { error, .. } = &held else { panic!("{held:?}") };
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{held}");
        drop((slave, other));
        let token = token();
        let card = Arc::clone(&token);
        std::thread::spawn(move || {
            let transmit = master.try_clone_native().unwrap();
            let mut bench = ContactBench::new(card);
            serve(Line::new(Master(master), Master(transmit)), &mut bench, Millis(400))
        });
        let mut link = RigLink::open(Rig::open(&address, quick()).unwrap()).unwrap();
        let mut response = [0; 258];
        // Every byte value goes there and back: 11 and 13 are flow control, 03 and 04 signals, 0A and 0D line ends.
        for first in (0..=255_u8).step_by(32) {
            let mut command = vec![0x00, 0xFF, 0x00, 0x00, 32];
            command.extend(first..=first + 31);
            let len = link.transmit(&command, &mut response, Millis(1_000)).unwrap();
            assert_eq!(response[..len], ask_directly(&token, &command));
        }
        assert_eq!(
            link.transmit(&[0x00, 0x84, 0x00, 0x00, 0x00], &mut response, Millis(1_000)).unwrap(),
            258
        );
        assert_eq!(link.transmit(VERIFY, &mut response, Millis(1_000)).unwrap(), 2);
        assert_eq!(ask_directly(&token, TRIES), [0x90, 0x00]);
        // A serial port does not tell that the program at the other end is gone; silence does.
        drop(link);
        std::thread::sleep(Duration::from_millis(900));
        assert_eq!(ask_directly(&token, TRIES), [0x63, 0xCA]);
    }
}

#[test]
fn two_hundred_apdus_in_less_than_two_seconds() {
    let mut link = RigLink::open(rig(&token())).unwrap();
    let begun = Instant::now();
    for _ in 0..200 {
        assert_eq!(link.transmit(TRIES, &mut [0; 258], Millis(1_000)).unwrap(), 2);
    }
    let took = begun.elapsed();
    println!("200 APDUs in {took:?}");
    assert!(took.as_secs() < 2, "{took:?}");
}

#[test]
fn what_else_a_rig_tells() {
    let mut rig = rig(&token());
    assert!(rig.about().firmware.starts_with("kaztoken-rig simulated"));
    assert!(matches!(
        rig.ask(&Task::Card),
        Ok(Outcome::Card(CardState { present: Some(true), powered: false }))
    ));
    assert!(matches!(rig.ask(&Task::PowerOn { budget: 1_000 }), Ok(Outcome::Atr(_))));
    assert!(matches!(rig.ask(&Task::Atr), Ok(Outcome::Atr(_))));
    assert!(matches!(rig.ask(&Task::Reset { budget: 1_000 }), Ok(Outcome::Atr(_))));
    let Ok(Outcome::Pins(pins)) = rig.ask(&Task::Pins) else { panic!() };
    assert_eq!((pins.vcc, pins.over_current), (Some(true), Some(false)));
    let test = rig.ask(&Task::SelfTest { budget: 1_000 });
    assert!(matches!(test, Ok(Outcome::SelfTest(SelfTest { ran: 1, failed: 0 }))), "{test:?}");
    assert!(matches!(rig.ask(&Task::Log { level: LogLevel::Debug }), Ok(Outcome::Done)));
    let mut link = RigLink::open(rig).unwrap();
    link.transmit(TRIES, &mut [0; 258], Millis(1_000)).unwrap();
    let Ok(Outcome::Timing(timing)) = link.rig().ask(&Task::Timing) else { panic!() };
    assert_eq!((timing.sent, timing.received), (4, 2));
    let Ok(Outcome::Line(line)) = link.rig().ask(&Task::Line) else { panic!() };
    assert_eq!((line.damaged, line.too_long, line.foreign), (0, 0, 0));
}

#[test]
fn another_rig_in_the_same_place_is_not_taken_for_the_first() {
    let listener = Listener::bind(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let address: Address = listener.place().unwrap().parse().unwrap();
    let (hang_up, hung_up) = std::sync::mpsc::channel::<()>();
    let shared = token();
    let served = Arc::clone(&shared);
    std::thread::spawn(move || {
        // One that says that it is simulated, then one that does not.
        let (receive, transmit) = listener.accept().unwrap().into_ends();
        let line = Line::new(Until { receive, hung_up }, Same(transmit));
        let _ = serve(line, &mut ContactBench::new(Arc::clone(&served)), SILENCE);
        while let Ok(line) = listener.accept() {
            let _ = serve(line, &mut ContactBench::new(Arc::clone(&served)).as_hardware(true), SILENCE);
        }
    });
    let mut link = RigLink::open(Rig::open(&address, quick()).unwrap()).unwrap();
    let first = link.rig().about().clone();
    hang_up.send(()).unwrap();
    std::thread::sleep(core::time::Duration::from_millis(200));
    let mut response = [0; 258];
    assert!(link.transmit(TRIES, &mut response, Millis(1_000)).is_err());
    for _ in 0..2 {
        let error = link.recover().unwrap_err();
        assert!(matches!(error, Error::AnotherRig { .. }), "{error:?}");
        assert_eq!(*link.rig().about(), first);
        assert!(matches!(link.transmit(VERIFY, &mut response, Millis(1_000)), Err(Error::Broken)));
    }
    assert_eq!(ask_directly(&shared, TRIES), [0x63, 0xCA], "no PIN was sent");
}
