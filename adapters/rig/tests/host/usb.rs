//! A rig that has the token on USB: CCID through it, with the device's own faults.

use crate::support::{SERIAL, TRIES, VERIFY, ask_directly, quick, token};
use core::ops::ControlFlow;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, LinkError};
use kaztoken_core::drive::{ApduLink, BulkPipe, Connection};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::Protocol;
use kaztoken_rig::host::{Error, Rig, RigPipe};
use kaztoken_rig::simulated::{UsbBench, in_process};
use kaztoken_rig::{Fault, host};
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::{Model, usb};
use std::sync::Arc;
use std::time::Instant;

fn pipe(token: &crate::support::Shared, faults: &str) -> RigPipe {
    let plan = if faults.is_empty() { Default::default() } else { faults.parse().unwrap() };
    let bench = UsbBench::new(Arc::clone(token), CcidDevice::new(plan));
    let (line, _) = in_process(bench, Millis(60_000));
    RigPipe::open(Rig::over(line, quick()).unwrap()).unwrap()
}

fn open(pipe: RigPipe) -> Result<impl ApduLink<Error = LinkError<host::Error>>, LinkError<host::Error>> {
    let start = Instant::now();
    let clock = move || Millis(start.elapsed().as_millis() as u64);
    let (class, options) = (*pipe.class(), pipe.options());
    CcidLink::open_with(pipe, clock, &class, options, |_| ControlFlow::Continue(()))
}

#[test]
fn the_descriptor_comes_whole() {
    let pipe = pipe(&token(), "");
    assert_eq!(*pipe.class(), class_descriptor(Model::Kaztoken));
    let id = usb::UsbId::of(Model::Kaztoken);
    assert_eq!(pipe.ids(), (id.vendor, id.product));
}

#[test]
fn a_login_over_ccid() {
    let token = token();
    let mut connection = Connection::new(open(pipe(&token, "")).unwrap(), Protocol::T1);
    let pin = Pin::new(b"12345678").unwrap();
    let serial = connection
        .run(async |session| {
            session.login_user(&pin, LastTry::Refuse).await?;
            session.serial().await
        })
        .unwrap();
    assert_eq!(serial.0, SERIAL);
    assert_eq!(ask_directly(&token, TRIES), [0x90, 0x00]);
    drop(connection);
    assert_eq!(ask_directly(&token, TRIES), [0x63, 0xCA]);
}

#[test]
fn the_engines_recovery_works_through_the_rig() {
    for (faults, works) in
        [("extend@20:2x100ms", true), ("duplicate@2", true), ("corrupt@2:5", false), ("unplug@2", false)]
    {
        let token = token();
        let mut link = open(pipe(&token, faults)).unwrap();
        let mut response = [0; 258];
        let answer = link.transmit(VERIFY, &mut response, Millis(1_000));
        assert_eq!(answer.is_ok(), works, "{faults}: {answer:?}");
        if let Err(error) = answer {
            if faults.starts_with("unplug") {
                assert!(matches!(error, LinkError::Pipe(Error::Fault(Fault::Unplugged))), "{error:?}");
                continue;
            }
            assert!(link.recover().unwrap(), "{faults}");
            // The abort sequence did it, without the power; that somebody is logged in is what Connection forgets.
            assert_eq!(link.transmit(TRIES, &mut response, Millis(1_000)).unwrap(), 2);
            assert_eq!(response[..2], [0x90, 0x00], "{faults}");
        }
    }
}

#[test]
fn zero_length_and_nothing_are_two_things() {
    let token = token();
    let mut pipe = pipe(&token, "");
    assert_eq!(pipe.receive(&mut [0; 320], Millis(1)).unwrap(), None);
    pipe.send(&[0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0], Millis(100)).unwrap();
    let mut buffer = [0; 320];
    assert_eq!(pipe.receive(&mut buffer, Millis(100)).unwrap(), Some(10));
    assert_eq!((buffer[0], buffer[6]), (0x81, 1));
}
