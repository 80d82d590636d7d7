//! The USB device's class on a bus that is a program: the host that enumerates it and the core's CCID engine.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "usb/bus.rs"]
mod bus;

use bus::Host;
use card::token;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassRequest};
use kaztoken_core::drive::{ApduLink, BulkPipe, Connection};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, Protocol};
use kaztoken_virtual::Model;
use kaztoken_virtual::ccid::class_descriptor;
use kaztoken_virtual::usb::{Setup, UsbId, control};
use std::cell::Cell;

const SELECT: &[u8] = &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00];
const POWER_ON: &[u8] = &[0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0];

#[test]
fn descriptors_are_those_of_the_desktop() {
    for model in Model::ALL {
        let mut host = Host::plug(model);
        for value in [0x0100, 0x0200, 0x0300, 0x0301, 0x0302, 0x0303, 0x0600, 0x0F00] {
            for length in [8, 9, 18, 64, 86, 255] {
                let setup = Setup { request_type: 0x80, request: 6, value, length };
                let right = control(model, UsbId::of(model), setup);
                assert_eq!(host.control(0x80, 6, value, 0, length), right, "{model:?} {value:04X} {length}");
            }
        }
        // GET_CLOCK_FREQUENCIES, GET_DATA_RATES: neither has them. An ABORT of a slot that is not there.
        assert_eq!(host.control(0xA1, 2, 0, 0, 64), None);
        assert_eq!(host.control(0xA1, 3, 0, 0, 64), None);
        assert_eq!(host.control(0x21, 1, 0x0001, 0, 0), None);
        assert_eq!(host.control(0x21, 1, 0x0700, 0, 0), Some(Vec::new()));
    }
}

#[test]
fn the_engine_and_the_token_s_work_run_over_it() {
    let now = Cell::new(0);
    let host = Host::plug(Model::Kaztoken);
    let clock = || {
        now.set(now.get() + 1);
        Millis(now.get())
    };
    let mut link = CcidLink::open(host, clock, &class_descriptor(Model::Kaztoken)).unwrap();
    assert_eq!(link.atr_bytes(), Model::Kaztoken.atr());
    let mut response = [0; 258];
    // A command and an answer of every length, so that some fill their packets.
    for len in 1..=255 {
        let challenge = [0x00, 0x84, 0x00, 0x00, len];
        assert_eq!(link.transmit(&challenge, &mut response, Millis(5_000)).unwrap(), usize::from(len) + 2);
        let verify = [&[0x00, 0x20, 0x00, 0x09, len], &[0x55; 255][..len.into()]].concat();
        assert_eq!(link.transmit(&verify, &mut response, Millis(5_000)).unwrap(), 2);
    }
    let user = Pin::new(b"12345678").unwrap();
    let mut connection = Connection::new(link, Protocol::T1);
    connection
        .run(async |session| {
            assert_eq!(session.identify().await?.serial.0, token::SERIAL);
            let mut rights = session.login_user(&user, LastTry::Refuse).await?;
            let (key, _) = rights.generate(Algorithm::Gost512).await?;
            rights.sign_gost(key, &[1; 64], &mut [0; 128]).await.map(|_| ())
        })
        .unwrap();
}

#[test]
fn a_long_command_asks_for_time_and_an_abort_ends_it() {
    let mut host = Host::plug(Model::Kaztoken);
    let mut buffer = [0; 512];
    host.send(POWER_ON, Millis(1)).unwrap();
    host.receive(&mut buffer, Millis(1)).unwrap().unwrap();
    host.works = false;
    let command = [&[0x6F, SELECT.len() as u8, 0, 0, 0, 0, 2, 0, 0, 0], SELECT].concat();
    host.send(&command, Millis(1)).unwrap();
    assert_eq!(host.receive(&mut buffer, Millis(900)).unwrap(), None);
    assert_eq!(host.receive(&mut buffer, Millis(200)).unwrap(), Some(10));
    assert_eq!(buffer[..10], [0x80, 0, 0, 0, 0, 0, 2, 0x80, 1, 0]);
    // Whoever sends more meanwhile hears that the slot is busy.
    host.send(&[0x65, 0, 0, 0, 0, 0, 3, 0, 0, 0], Millis(1)).unwrap();
    assert_eq!(host.receive(&mut buffer, Millis(1)).unwrap(), Some(10));
    assert_eq!(buffer[6..9], [3, 0x40, 0xE0]);
    // One that never reads is not answered for ever.
    for _ in 0..100 {
        host.send(&[0x65, 0, 0, 0, 0, 0, 4, 0, 0, 0], Millis(1)).unwrap();
    }
    let abort = ClassRequest::Abort { slot: 0, sequence: 9 };
    assert_eq!(host.class_request(abort, &mut [], Millis(1)).unwrap(), Some(0));
    host.works = true;
    host.send(&[0x72, 0, 0, 0, 0, 0, 9, 0, 0, 0], Millis(1)).unwrap();
    let mut left = 0;
    while let Some(10) = host.receive(&mut buffer, Millis(1)).unwrap() {
        left += 1;
        if buffer[0] == 0x81 && buffer[6] == 9 {
            break;
        }
    }
    assert!((1..=6).contains(&left), "{left} answers");
    // The answer to the aborted command came to nobody; the next one does.
    assert_eq!(host.receive(&mut buffer, Millis(5_000)).unwrap(), None);
    host.send(&command, Millis(1)).unwrap();
    let len = host.receive(&mut buffer, Millis(1)).unwrap().unwrap();
    assert_eq!((buffer[0], buffer[6], &buffer[len - 2..len]), (0x80, 2, &[0x90, 0x00][..]));
}

#[test]
fn messages_of_any_shape_are_answered_once_or_not_at_all() {
    let mut host = Host::plug(Model::Kaztoken);
    let mut buffer = [0; 512];
    // Longer than the longest, in full packets and in short ones; with a length that is not there.
    for len in [0usize, 1, 9, 10, 63, 64, 65, 271, 272, 320, 321, 640, 4_096] {
        for declared in [0, len.saturating_sub(10) as u32, 261, 262, u32::MAX] {
            let mut message = vec![0x6F; len];
            for (place, byte) in message.iter_mut().skip(1).zip(declared.to_le_bytes()) {
                *place = byte;
            }
            host.send(&message, Millis(1)).unwrap();
            // A host ends what fills its last packet.
            if len.is_multiple_of(64) {
                host.packet(&[]);
            }
            let answers = std::iter::from_fn(|| host.receive(&mut buffer, Millis(1)).unwrap()).count();
            assert!(answers <= 1 + len / 64, "{len} bytes, {declared}: {answers} answers");
            host.reset_bus();
            host.send(POWER_ON, Millis(1)).unwrap();
            assert_eq!(host.receive(&mut buffer, Millis(1)).unwrap(), Some(10 + Model::Kaztoken.atr().len()));
        }
    }
}

#[test]
fn a_reset_of_the_bus_takes_the_token_s_power() {
    let mut host = Host::plug(Model::Kaztoken);
    let mut buffer = [0; 512];
    host.send(POWER_ON, Millis(1)).unwrap();
    host.receive(&mut buffer, Millis(1)).unwrap();
    // Half a message, and an answer that nobody fetched.
    host.send(&[0x65, 0, 0, 0, 0, 0, 7, 0, 0, 0], Millis(1)).unwrap();
    host.packet(&[0x6F; 64]);
    host.reset_bus();
    assert_eq!(host.receive(&mut buffer, Millis(1)).unwrap(), None);
    host.send(&[0x65, 0, 0, 0, 0, 0, 8, 0, 0, 0], Millis(1)).unwrap();
    assert_eq!(host.receive(&mut buffer, Millis(1)).unwrap(), Some(10));
    // Present, without power.
    assert_eq!(buffer[..8], [0x81, 0, 0, 0, 0, 0, 8, 1]);
}
