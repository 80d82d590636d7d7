//! What can go wrong between the computer and the rig: the rig stays usable, the token safe.

use crate::machine::connect;
use crate::report::{Outcome, Report, ensure, reason};
use crate::socket::Trouble;
use crate::token::{Bench, SELECT, SOON, Setup, select};
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::frame::{self, FRAME_LEN, FrameReader, Kind};
use kaztoken_rig::hello::{Dialect, Hello, Welcome};
use kaztoken_rig::host::{self, Error, Rig, RigLink};
use kaztoken_rig::message::{Octets, Outcome as Answer, Request, Task};
use kaztoken_virtual::Model;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

/// The rig's time-out, and a little.
const SILENCE: Duration = Duration::from_millis(2_500);

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    let board = bench.board.name;
    let setup = match bench.start("serial-line", Model::Kaztoken) {
        Ok(setup) => setup,
        Err(why) => return report.case(format_args!("{board}: starts"), || Err(why)),
    };
    let mut case = |name: &str, case: &dyn Fn() -> Outcome| {
        report.case(format_args!("{board}: {name}"), || {
            case()?;
            // Whatever it was: the next computer finds everything as it should be.
            let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
            select(&mut link).map_err(|why| format!("and then: {why}"))?;
            link.power_off();
            setup.is_safe().map(|()| String::new())
        });
    };
    case("noise", &|| noise(&setup));
    case("half a frame", &|| half_frames(&setup));
    let size = bench.board.long_frame;
    case(&format!("a frame of {size} bytes"), &|| huge_frame(&setup, size));
    case("another program's output", &|| foreign(&setup));
    case("another version", &|| wrong_version(&setup));
    case("the computer dies in a command", &|| dies_in_command(&setup));
    case("the computer falls silent between commands", &|| silent_between(&setup));
    if bench.is_first {
        case("a request without a hello", &|| no_hello(&setup));
        case("disconnected at every byte of a command", &|| every_byte(&setup));
        case("the computer falls silent in a command", &|| silent_in_command(&setup));
    }
    case("another computer says hello", &|| another_hello(&setup));
    // The last one: this firmware serves nobody any more.
    report.case(format_args!("{board}: panics"), || panics(&setup));
}

/// How long an emulated port may take for what a socket and its own queue hold.
const LONGEST_WAY: Duration = Duration::from_secs(60);

fn raw(setup: &Setup) -> Result<UnixStream, String> {
    let stream = connect(&setup.machine.host()).map_err(reason)?;
    stream.set_read_timeout(Some(SOON)).map_err(reason)?;
    stream.set_write_timeout(Some(LONGEST_WAY)).map_err(reason)?;
    Ok(stream)
}

/// The next frame of a kind, as it comes.
fn next(stream: &mut UnixStream, wanted: Kind) -> Result<Vec<u8>, String> {
    let (mut reader, mut frame, mut byte) = (FrameReader::new(), [0; FRAME_LEN], [0; 1]);
    let limit = stream.read_timeout().map_err(reason)?.unwrap_or(SOON);
    let begun = Instant::now();
    while begun.elapsed() < limit {
        stream.read_exact(&mut byte).map_err(reason)?;
        if let Some(Ok((kind, len))) = reader.push(&mut frame, byte[0])
            && kind == wanted
        {
            return Ok(frame[..len].to_vec());
        }
    }
    Err(format!("no {wanted:?}"))
}

fn framed(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut out = [0; FRAME_LEN + 2];
    let len = frame::write_bytes(&mut out, kind, body).unwrap_or(0);
    out[..len].to_vec()
}

fn request(id: u32, task: Task<'_>) -> Vec<u8> {
    let mut out = [0; FRAME_LEN + 2];
    let len = frame::write(&mut out, Kind::Request, &Request { id, task }).unwrap_or(0);
    out[..len].to_vec()
}

/// Says hello by hand.
fn greet(stream: &mut UnixStream, dialect: Dialect, session: u32) -> Result<(), String> {
    let hello = Hello { dialect, session };
    stream.write_all(&framed(Kind::Hello, &hello.to_bytes())).map_err(reason)?;
    loop {
        let body = next(stream, Kind::Welcome)?;
        let welcome = Welcome::parse(&body).ok_or("no welcome")?;
        // One for the computer before may have been on its way.
        if welcome.session == session {
            return ensure(welcome.dialect == Dialect::OURS, || format!("{welcome:?}"));
        }
    }
}

/// Powers the token on by hand. Its answer is awaited.
fn power_on(stream: &mut UnixStream, id: u32) -> Result<(), String> {
    stream.write_all(&request(id, Task::PowerOn { budget: 5_000 })).map_err(reason)?;
    let body = next(stream, Kind::Answer)?;
    let answer: kaztoken_rig::message::Answer<'_> = postcard_of(&body)?;
    ensure(matches!(answer.outcome, Answer::Atr(_)), || format!("{answer:?}"))
}

fn postcard_of<'b>(body: &'b [u8]) -> Result<kaztoken_rig::message::Answer<'b>, String> {
    postcard::from_bytes(body).map_err(reason)
}

/// Bytes that are no pattern, the same at every run.
fn pseudo_random(mut state: u32) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        Some((state >> 11) as u8)
    })
}

fn noise(setup: &Setup) -> Outcome {
    let mut stream = raw(setup)?;
    let bytes: Vec<u8> = pseudo_random(0x4B5A_0001).take(20_000).collect();
    stream.write_all(&bytes).map_err(reason)?;
    Ok(String::new())
}

fn half_frames(setup: &Setup) -> Outcome {
    let whole = request(7, Task::Apdu { budget: 1_000, command: Octets(SELECT) });
    let mut stream = raw(setup)?;
    greet(&mut stream, Dialect::OURS, 1)?;
    power_on(&mut stream, 1)?;
    let before = setup.socket.seen().from_reader.len();
    for cut in 1..whole.len() - 1 {
        // Half of one, and the next begins.
        stream.write_all(&whole[..cut]).map_err(reason)?;
        stream.write_all(&[0]).map_err(reason)?;
    }
    // The line is as good as before.
    stream.write_all(&request(8, Task::Pins)).map_err(reason)?;
    next(&mut stream, Kind::Answer)?;
    let after = setup.socket.seen().from_reader.len();
    ensure(before == after, || "half a command reached the token".into())?;
    Ok(String::new())
}

fn huge_frame(setup: &Setup, size: usize) -> Outcome {
    let mut stream = raw(setup)?;
    let chunk = [0x55; 4096];
    let mut left = size;
    while left > 0 {
        let len = left.min(chunk.len());
        stream.write_all(&chunk[..len]).map_err(reason)?;
        left -= len;
    }
    stream.write_all(&[0]).map_err(reason)?;
    // The last of it is still on its way when the hello is written.
    stream.set_read_timeout(Some(LONGEST_WAY)).map_err(reason)?;
    greet(&mut stream, Dialect::OURS, 2)?;
    Ok(String::new())
}

fn foreign(setup: &Setup) -> Outcome {
    let mut stream = raw(setup)?;
    for _ in 0..100 {
        stream
            .write_all(b"[  0.000000] Linux version 6.1.0 (debian)\r\nlogin: \x00AT+CGMI\r\n")
            .map_err(reason)?;
    }
    Ok(String::new())
}

fn wrong_version(setup: &Setup) -> Outcome {
    let mut stream = raw(setup)?;
    let other = Dialect { schema: Dialect::OURS.schema ^ 1, ..Dialect::OURS };
    // The rig says what it speaks; and that is all.
    greet(&mut stream, other, 3)?;
    stream.write_all(&request(1, Task::PowerOn { budget: 1_000 })).map_err(reason)?;
    let body = next(&mut stream, Kind::Answer)?;
    let answer = postcard_of(&body)?;
    ensure(answer.outcome == Answer::Failed(kaztoken_rig::Fault::NoSession), || format!("{answer:?}"))?;
    setup.is_safe().map(|()| String::new())
}

fn no_hello(setup: &Setup) -> Outcome {
    // Whoever was there before has been forgotten by then.
    thread::sleep(SILENCE);
    let mut stream = raw(setup)?;
    stream.write_all(&request(1, Task::PowerOn { budget: 1_000 })).map_err(reason)?;
    let body = next(&mut stream, Kind::Answer)?;
    let answer = postcard_of(&body)?;
    ensure(answer.outcome == Answer::Failed(kaztoken_rig::Fault::NoSession), || format!("{answer:?}"))?;
    Ok(String::new())
}

fn every_byte(setup: &Setup) -> Outcome {
    let whole = request(2, Task::Apdu { budget: 1_000, command: Octets(SELECT) });
    for cut in 0..=whole.len() {
        let mut stream = raw(setup)?;
        greet(&mut stream, Dialect::OURS, 100 + cut as u32)?;
        power_on(&mut stream, 1)?;
        stream.write_all(&whole[..cut]).map_err(reason)?;
    }
    // After the last one nobody comes any more.
    setup.is_safe()?;
    Ok(format!("{} places", whole.len() + 1))
}

/// A command that the card does not answer, with much time for it.
fn hang<T>(setup: &Setup, then: impl FnOnce(UnixStream) -> Result<T, String>) -> Result<T, String> {
    setup.socket.trouble(Trouble::MuteFrom(setup.model.atr().len()));
    let mut stream = raw(setup)?;
    greet(&mut stream, Dialect::OURS, 4)?;
    power_on(&mut stream, 1)?;
    let sent = setup.socket.seen().from_reader.len();
    stream.write_all(&request(2, Task::Apdu { budget: 60_000, command: Octets(SELECT) })).map_err(reason)?;
    let begun = setup.socket.wait(SOON, |seen| seen.from_reader.len() > sent);
    let result = then(stream);
    setup.socket.trouble(Trouble::None);
    ensure(begun, || "the command did not reach the token".into())?;
    result
}

fn silent_in_command(setup: &Setup) -> Outcome {
    hang(setup, |stream| {
        setup.is_safe()?;
        drop(stream);
        Ok(String::new())
    })
}

fn dies_in_command(setup: &Setup) -> Outcome {
    hang(setup, |stream| {
        drop(stream);
        setup.is_safe().map(|()| String::new())
    })
}

fn silent_between(setup: &Setup) -> Outcome {
    let mut stream = raw(setup)?;
    greet(&mut stream, Dialect::OURS, 5)?;
    power_on(&mut stream, 1)?;
    let begun = Instant::now();
    setup.is_safe()?;
    let waited = begun.elapsed();
    ensure(waited > Duration::from_secs(1), || format!("after {waited:?}"))?;
    Ok(String::new())
}

fn another_hello(setup: &Setup) -> Outcome {
    let link = RigLink::open(setup.rig()?).map_err(reason)?;
    let before = setup.socket.seen().levels.len();
    drop(link);
    let _other = setup.rig()?;
    let powered_down = setup.socket.wait(SOON, |seen| seen.levels.len() > before && seen.is_off());
    ensure(powered_down, || "the token kept its power, and perhaps a login".into())?;
    Ok(String::new())
}

fn panics(setup: &Setup) -> Outcome {
    let mut link = RigLink::open(setup.rig()?).map_err(reason)?;
    select(&mut link)?;
    setup.socket.break_down();
    setup.is_safe()?;
    let error = link.transmit(SELECT, &mut [0; 258], Millis(500)).err();
    ensure(matches!(error, Some(Error::Silent | Error::Timeout)), || {
        format!("the computer was told {error:?}")
    })?;
    drop(link);
    let again: Result<Rig, String> = setup.rig_with(host::Options::default());
    ensure(again.is_err(), || "it still serves".into())?;
    Ok(format!("{error:?}"))
}
