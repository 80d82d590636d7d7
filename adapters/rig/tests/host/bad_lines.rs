//! Bad lines: lost and damaged frames, late answers, disconnection at any byte, other programs, other versions.

use crate::support::{
    Fate, SERIAL, Shared, TRIES, Trouble, VERIFY, WRONG, ask_directly, frame, kind, line, quick, token,
    troubled,
};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::pin::{LastTry, Pin, Role, State};
use kaztoken_core::token::Protocol;
use kaztoken_rig::Fault;
use kaztoken_rig::frame::Kind;
use kaztoken_rig::hello::{Dialect, Features, Hello, WELCOME_LEN, Welcome};
use kaztoken_rig::host::{Error, Line, Options, Receive, Rig, RigLink, Transmit};
use kaztoken_rig::message::{Answer, Octets, Outcome, Task};
use kaztoken_rig::simulated::{ContactBench, in_process};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Something happens to the nth frame of a kind.
struct Once {
    kind: Kind,
    /// Counts down; at zero it happens.
    left: usize,
    what: fn(&[u8]) -> Fate,
}

impl Once {
    fn on(kind: Kind, nth: usize, what: fn(&[u8]) -> Fate) -> Self {
        Self { kind, left: nth, what }
    }

    fn fate(&mut self, frame: &[u8]) -> Fate {
        if kind(frame) == Some(self.kind) {
            self.left = self.left.wrapping_sub(1);
            if self.left == 0 {
                return (self.what)(frame);
            }
        }
        Some(frame.to_vec())
    }
}

impl Trouble for Once {
    fn to_rig(&mut self, frame: &[u8]) -> Fate {
        self.fate(frame)
    }

    fn to_host(&mut self, frame: &[u8]) -> Fate {
        self.fate(frame)
    }
}

fn lost(_: &[u8]) -> Fate {
    Some(Vec::new())
}

fn damaged(frame: &[u8]) -> Fate {
    let mut bytes = frame.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x41;
    Some(bytes)
}

fn rig_with(token: &Shared, trouble: impl Trouble) -> Rig {
    Rig::over(troubled(line(token), trouble), quick()).unwrap()
}

fn transmit(link: &mut RigLink, command: &[u8]) -> Result<Vec<u8>, Error> {
    let mut response = [0; 258];
    let len = link.transmit(command, &mut response, Millis(5_000))?;
    Ok(response[..len].to_vec())
}

#[test]
fn what_is_harmless_is_sent_again() {
    for what in [lost, damaged] {
        for of in [Kind::Request, Kind::Answer] {
            let token = token();
            let mut rig = rig_with(&token, Once::on(of, 1, what));
            let begun = Instant::now();
            assert!(matches!(rig.ask(&Task::Card), Ok(Outcome::Card(_))), "{of:?}");
            assert_eq!(rig.counters().repeated, 1, "{of:?}");
            assert!(begun.elapsed() < Duration::from_secs(2), "it is asked after, not waited for");
        }
    }
}

#[test]
fn a_hello_is_sent_again() {
    for of in [Kind::Hello, Kind::Welcome] {
        let options = Options { patience: Some(Duration::from_secs(2)), ..Options::default() };
        Rig::over(troubled(line(&token()), Once::on(of, 1, lost)), options).unwrap();
    }
}

#[test]
fn an_apdu_is_never_sent_again() {
    for what in [lost, damaged] {
        // The first request is power on.
        for (of, spent) in [(Kind::Request, 0), (Kind::Answer, 1)] {
            let token = token();
            let mut link = RigLink::open(rig_with(&token, Once::on(of, 2, what))).unwrap();
            let error = transmit(&mut link, WRONG).unwrap_err();
            match of {
                Kind::Request => assert!(matches!(error, Error::RequestLost), "{error:?}"),
                _ => assert!(matches!(error, Error::AnswerLost), "{error:?}"),
            }
            let left = ask_directly(&token, TRIES);
            assert_eq!(left, [0x63, 0xCA - spent], "{of:?}");
            // Nothing more goes out until the link is brought back.
            assert!(matches!(transmit(&mut link, WRONG), Err(Error::Broken)));
            assert_eq!(ask_directly(&token, TRIES), left);
            assert!(link.recover().unwrap());
            assert_eq!(transmit(&mut link, TRIES).unwrap(), left);
        }
    }
}

#[test]
fn after_a_lost_answer_nobody_is_logged_in() {
    let token = token();
    // Power on, logout and two questions for the tries, VERIFY; whichever it is, the answer to it is lost.
    for nth in 2..8 {
        let link = RigLink::open(rig_with(&token, Once::on(Kind::Answer, nth, lost))).unwrap();
        let mut connection = Connection::new(link, Protocol::T1);
        let pin = Pin::new(b"12345678").unwrap();
        let login = connection.run(async |session| {
            session.login_user(&pin, LastTry::Refuse).await?;
            session.serial().await?;
            session.serial().await?;
            session.serial().await
        });
        assert!(matches!(login, Err(Failure::Link(Error::AnswerLost))), "{nth}: {login:?}");
        assert_eq!(connection.access().state(Role::User), State::Unknown);
        assert!(connection.recover().unwrap());
        assert_eq!(ask_directly(&token, TRIES), [0x63, 0xCA], "the power was taken");
        let serial = connection.run(async |session| session.serial().await).unwrap();
        assert_eq!(serial.0, SERIAL);
    }
}

/// A late answer to somebody else in front of every answer.
struct Late;

impl Trouble for Late {
    fn to_host(&mut self, bytes: &[u8]) -> Fate {
        if kind(bytes) != Some(Kind::Answer) {
            return Some(bytes.to_vec());
        }
        let stale = Answer { id: 0x1234_5678, outcome: Outcome::Response(Octets(&[0x90, 0x00])) };
        let mut body = [0; 64];
        let mut all = frame(Kind::Answer, postcard::to_slice(&stale, &mut body).unwrap());
        all.extend(bytes);
        Some(all)
    }
}

#[test]
fn late_answers_are_dropped() {
    let token = token();
    let mut link = RigLink::open(rig_with(&token, Late)).unwrap();
    assert_eq!(transmit(&mut link, TRIES).unwrap(), [0x63, 0xCA]);
    assert!(link.rig().counters().stale >= 2);
}

/// Noise before and after every frame, both ways.
struct Noisy(u8);

impl Noisy {
    fn noise(&mut self, bytes: &[u8]) -> Fate {
        self.0 = self.0.wrapping_mul(29).wrapping_add(7);
        let noise: Vec<u8> = (0..self.0 % 40).map(|n| n.wrapping_mul(self.0) | 1).collect();
        Some([&noise, bytes, &noise].concat())
    }
}

impl Trouble for Noisy {
    fn to_rig(&mut self, frame: &[u8]) -> Fate {
        self.noise(frame)
    }

    fn to_host(&mut self, frame: &[u8]) -> Fate {
        self.noise(frame)
    }
}

#[test]
fn noise_between_frames_does_no_harm() {
    let token = token();
    let mut link = RigLink::open(rig_with(&token, Noisy(1))).unwrap();
    for _ in 0..50 {
        assert_eq!(transmit(&mut link, TRIES).unwrap(), [0x63, 0xCA]);
    }
    assert_eq!(link.rig().counters().repeated, 0);
}

/// The line ends after so many bytes one way.
struct Cut {
    to_rig: usize,
    to_host: usize,
}

fn take(left: &mut usize, bytes: &[u8]) -> Fate {
    match left.checked_sub(bytes.len()) {
        Some(rest) => {
            *left = rest;
            Some(bytes.to_vec())
        }
        None if *left > 0 => Some(bytes[..core::mem::take(left)].to_vec()),
        None => None,
    }
}

impl Trouble for Cut {
    fn to_rig(&mut self, frame: &[u8]) -> Fate {
        // A beat comes when it comes; it would make the places another run's.
        if kind(frame) == Some(Kind::Beat) && self.to_rig > 0 {
            return Some(Vec::new());
        }
        take(&mut self.to_rig, frame)
    }

    fn to_host(&mut self, frame: &[u8]) -> Fate {
        take(&mut self.to_host, frame)
    }

    fn has_ended(&self) -> bool {
        self.to_host == 0
    }
}

/// Opens, asks for the tries, tries a wrong PIN.
fn talk(rig: Rig) -> Result<(), Error> {
    let mut link = RigLink::open(rig)?;
    transmit(&mut link, TRIES)?;
    let tried = transmit(&mut link, WRONG).map(|_| ());
    if tried.is_err() {
        assert!(matches!(transmit(&mut link, WRONG), Err(Error::Broken)), "nothing follows a fault");
    }
    tried
}

#[test]
fn a_line_that_ends_at_any_byte() {
    let options = || Options { patience: Some(Duration::from_millis(30)), quiet: true, ..Options::default() };
    let far = 10_000;
    let mut ends = [0; 2];
    for (way, end) in ends.iter_mut().enumerate() {
        for at in 0..far {
            let token = token();
            let cut =
                if way == 0 { Cut { to_rig: at, to_host: far } } else { Cut { to_rig: far, to_host: at } };
            let result = Rig::over(troubled(line(&token), cut), options()).and_then(talk);
            let left = ask_directly(&token, TRIES);
            match result {
                Ok(()) => {
                    *end = at;
                    break;
                }
                Err(Error::Disconnected | Error::NotARig { .. } | Error::RequestLost | Error::AnswerLost) => {
                }
                // Half a request stays at the rig, and nothing comes after it.
                Err(Error::Silent) if way == 0 => {}
                Err(error) => panic!("cut at {at}: {error:?}"),
            }
            assert!(left == [0x63, 0xCA] || left == [0x63, 0xC9], "at most one try: {left:02X?}");
        }
    }
    // Hello 25 bytes, three requests, three answers: all of them were cut.
    assert!(ends[0] > 60 && ends[1] > 100, "{ends:?}");
}

/// Says something of its own, for ever, and hears nothing.
struct Babble(&'static [u8]);

impl Receive for Babble {
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        if self.0.is_empty() {
            std::thread::sleep(timeout.min(Duration::from_millis(5)));
            return Ok(None);
        }
        for (place, byte) in buffer.iter_mut().zip(self.0.iter().cycle()) {
            *place = *byte;
        }
        Ok(Some(buffer.len()))
    }
}

struct Deaf;

impl Transmit for Deaf {
    fn transmit(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_no_rig() {
    for (says, silent) in [
        (&b""[..], true),
        (b"U-Boot SPL 2024.01\r\nTrying to boot from MMC1\r\n", false),
        (b"\0", false),
        (b"\x01\x01\0", false),
        (b"\xFF\x55\xAA", false),
        (b"\0\x02\x06\x01\x01\0", false),
    ] {
        let begun = Instant::now();
        let options = Options { patience: Some(Duration::from_millis(100)), ..Options::default() };
        let error = Rig::over(Line::new(Babble(says), Deaf), options).unwrap_err();
        let Error::NotARig { bytes } = error else { panic!("{error:?}") };
        assert_eq!(bytes == 0, silent, "{says:?}");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

/// A rig that speaks another version.
struct Stranger(Arc<Mutex<Vec<u8>>>);

impl Receive for Stranger {
    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<Option<usize>> {
        let mut bytes = self.0.lock().unwrap();
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        bytes.drain(..len);
        Ok((len > 0).then_some(len))
    }
}

impl Transmit for Stranger {
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
        if kind(bytes) == Some(Kind::Hello) {
            let welcome = Welcome {
                dialect: Dialect { version: 9, ..Dialect::OURS },
                session: 0,
                features: Features(0),
                silence: Millis(1),
                firmware: "\x1B[2Jold",
                board: "board",
            };
            let mut body = [0; WELCOME_LEN];
            let len = welcome.emit(&mut body);
            self.0.lock().unwrap().extend(frame(Kind::Welcome, &body[..len]));
        }
        Ok(())
    }
}

#[test]
fn another_version_is_named() {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let line = Line::new(Stranger(Arc::clone(&bytes)), Stranger(bytes));
    let error = Rig::over(line, quick()).unwrap_err();
    assert!(matches!(&error, Error::WrongVersion { rig, .. } if rig.version == 9), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("version 9") && text.contains("flash") && !text.contains('\x1B'), "{text}");
    assert_eq!(Hello::LEN, 18);
}

#[test]
fn a_host_that_is_silent_is_told_so_and_one_that_lives_is_not() {
    for quiet in [true, false] {
        let token = token();
        let (line, _) = in_process(ContactBench::new(Arc::clone(&token)), Millis(300));
        let mut link = RigLink::open(Rig::over(line, Options { quiet, ..quick() }).unwrap()).unwrap();
        assert_eq!(transmit(&mut link, VERIFY).unwrap(), [0x90, 0x00]);
        std::thread::sleep(Duration::from_millis(900));
        let logged_in = ask_directly(&token, TRIES) == [0x90, 0x00];
        assert_eq!(logged_in, !quiet, "quiet: {quiet}");
        match transmit(&mut link, TRIES) {
            Ok(answer) => assert!(!quiet && answer == [0x90, 0x00]),
            Err(error) => assert!(quiet && matches!(error, Error::Asleep), "{error:?}"),
        }
    }
}

#[test]
fn a_host_that_dies_in_mid_command_leaves_no_power() {
    let token = token();
    // The answer is held back for long: the host is gone before.
    let bench = ContactBench::new(Arc::clone(&token)).generation_time(Millis(30_000));
    let (line, thread) = in_process(bench, Millis(60_000));
    let mut turns = 0;
    let hook = move |_| {
        turns += 1;
        if turns > 2 { core::ops::ControlFlow::Break(()) } else { core::ops::ControlFlow::Continue(()) }
    };
    let options = Options { on_wait: Some(Box::new(hook)), ..quick() };
    let mut link = RigLink::open(Rig::over(line, options).unwrap()).unwrap();
    assert_eq!(transmit(&mut link, VERIFY).unwrap(), [0x90, 0x00]);
    let error = transmit(&mut link, &[0x00, 0x46, 0x80, 0x01, 0x00]).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error:?}");
    assert_eq!(ask_directly(&token, TRIES), [0x90, 0x00]);
    drop(link);
    let bench = thread.join().unwrap();
    assert!(!kaztoken_rig::Bench::is_powered(&bench));
    drop(bench);
    assert_eq!(ask_directly(&token, TRIES), [0x63, 0xCA]);
}

#[test]
fn the_logout_of_a_link_that_failed_takes_the_power() {
    let token = token();
    let link = RigLink::open(rig_with(&token, Once::on(Kind::Answer, 5, lost))).unwrap();
    let mut connection = Connection::new(link, Protocol::T1);
    let pin = Pin::new(b"12345678").unwrap();
    let _ = connection.run(async |session| {
        session.login_user(&pin, LastTry::Refuse).await?;
        session.serial().await
    });
    drop(connection);
    assert_eq!(ask_directly(&token, TRIES), [0x63, 0xCA]);
}

#[test]
fn faults_leave_the_line_sound_and_too_long_is_not_sent() {
    let token = token();
    let mut rig = crate::support::rig(&token);
    let apdu = |command| Task::Apdu { budget: 1_000, command: Octets(command) };
    assert!(matches!(rig.ask(&apdu(VERIFY)), Err(Error::Fault(Fault::NotPowered))));
    assert!(matches!(rig.ask(&apdu(&[0; 300])), Err(Error::TooLong { len: 300 })));
    assert!(matches!(rig.ask(&Task::UsbDescribe), Err(Error::Fault(Fault::Unsupported))));
    assert!(!rig.is_broken());
    let mut link = RigLink::open(rig).unwrap();
    let short = link.transmit(&[0x00, 0xCA, 0x01, 0x81, 0x08], &mut [0; 4], Millis(1_000));
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 10, got: 4 })));
}

/// Log frames between all others.
struct Chatty;

impl Trouble for Chatty {
    fn to_host(&mut self, bytes: &[u8]) -> Fate {
        let log = frame(Kind::Log, b"log\0");
        Some([&log[..], bytes, &log].concat())
    }
}

#[test]
fn the_log_goes_where_it_shall() {
    let token = token();
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    let sink = Box::new(move |bytes: &[u8]| kept.lock().unwrap().extend_from_slice(bytes));
    let options = Options { log: Some(sink), ..quick() };
    let rig = Rig::over(troubled(line(&token), Chatty), options).unwrap();
    let mut link = RigLink::open(rig).unwrap();
    assert_eq!(transmit(&mut link, TRIES).unwrap(), [0x63, 0xCA]);
    let log = log.lock().unwrap();
    assert!(log.len() >= 5 * 4 && log.chunks(4).all(|part| part == b"log\0"), "{log:?}");
}
