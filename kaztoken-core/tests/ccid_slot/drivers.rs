//! The blocking, `nb` and async drivers come to the same result with the same device.

use core::ops::ControlFlow;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use kaztoken_core::Millis;
use kaztoken_core::ccid::drivers::{asynchronous, blocking, nonblocking};
use kaztoken_core::ccid::{CcidError, LinkError, Outcome, Slot, Violation};

use super::scripted::{Device, Unplugged};
use super::{GOOD, SELECT, descriptor};

type Ended = (Result<Outcome, LinkError<Unplugged>>, Vec<u8>, Vec<Vec<u8>>, Option<CcidError>);

fn slot() -> Slot<[u8; 271]> {
    let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
    slot.exchange(Millis(0), SELECT, Millis(1_000)).unwrap();
    slot
}

fn ended(result: Result<Outcome, LinkError<Unplugged>>, slot: &Slot<[u8; 271]>, device: &Device) -> Ended {
    (result, slot.answer().to_vec(), device.0.borrow().sent.clone(), slot.closed())
}

fn run_blocking(device: &Device) -> Ended {
    let mut slot = slot();
    let go_on = |_| ControlFlow::Continue(());
    let result = blocking(&mut slot, &mut device.clone(), &mut [0; 320], device.clock(), go_on);
    ended(result, &slot, device)
}

fn run_nonblocking(device: &Device) -> Ended {
    let mut slot = slot();
    let mut buffer = [0; 320];
    for now in 0..2_000 {
        match nonblocking(&mut slot, &mut device.clone(), &mut buffer, Millis(now)) {
            Ok(outcome) => return ended(Ok(outcome), &slot, device),
            Err(nb::Error::Other(error)) => return ended(Err(error), &slot, device),
            Err(nb::Error::WouldBlock) => {}
        }
    }
    panic!("no end");
}

fn run_asynchronous(device: &Device) -> Ended {
    let mut slot = slot();
    let result = {
        let mut pipe = device.clone();
        let mut buffer = [0; 320];
        let go_on = |_| ControlFlow::Continue(());
        let mut future = pin!(asynchronous(&mut slot, &mut pipe, &mut buffer, device.clock(), go_on));
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("the device never waits"),
        }
    };
    ended(result, &slot, device)
}

#[test]
fn one_device_three_drivers() {
    let timeout = CcidError::Timeout { budget: Millis(1_000) };
    let stale = format!("80 02000000 00 SS-1 00 00 00 6A82 | {GOOD}");
    let extended = format!("80 00000000 00 SS 80 01 00 | () | {GOOD}");
    let rows: &[(&[&str], Result<Outcome, CcidError>)] = &[
        (&[GOOD], Ok(Outcome::Response)),
        (&[&stale], Ok(Outcome::Response)),
        (&[&extended], Ok(Outcome::Response)),
        (&["80 00000000 00 SS 40 E0 00", GOOD], Ok(Outcome::Response)),
        (&["80 00000000 00 SS 40 FE 00"], Err(CcidError::CardMute)),
        (&["80"], Err(Violation::ShortHeader { got: 1 }.into())),
        (&[""], Err(timeout)),
    ];
    for (scripts, expected) in rows {
        let blocking = run_blocking(&Device::new(scripts));
        assert_eq!(blocking.0, expected.map_err(LinkError::Ccid), "{scripts:?}");
        assert_eq!(run_nonblocking(&Device::new(scripts)), blocking, "nb {scripts:?}");
        assert_eq!(run_asynchronous(&Device::new(scripts)), blocking, "async {scripts:?}");
    }
}

#[test]
fn a_pulled_plug_ends_and_closes() {
    for run in [run_blocking, run_nonblocking, run_asynchronous] {
        let device = Device::new(&[]);
        device.0.borrow_mut().unplugged = true;
        let (result, _, _, closed) = run(&device);
        assert_eq!(result, Err(LinkError::Pipe(Unplugged)));
        assert_eq!(closed, Some(CcidError::PipeFailed));
    }
}

#[test]
fn without_a_command_there_is_nothing_to_drive() {
    let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
    let device = Device::new(&[]);
    let go_on = |_| ControlFlow::Continue(());
    let result = blocking(&mut slot, &mut device.clone(), &mut [0; 320], device.clock(), go_on);
    assert_eq!(result, Err(LinkError::Ccid(CcidError::NoCommand)));
}
