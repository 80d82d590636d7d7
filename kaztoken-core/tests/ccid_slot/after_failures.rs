//! Links after what went wrong: nothing is stuck, nothing is used as if it had worked.

use core::ops::ControlFlow;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{
    CcidError, CcidLink, ClassDescriptor, ClassRequest, Features, LinkError, LinkOptions,
};
use kaztoken_core::drive::{ApduLink, BulkPipe};

use super::scripted::{Device, Unplugged};
use super::{ATR, BUDGET, GOOD, SELECT, descriptor};

/// Its bulk-OUT endpoint fails once, after that many messages.
struct FailsAt(Device, usize);

impl BulkPipe for FailsAt {
    type Error = Unplugged;
    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Unplugged> {
        if self.1 == 0 {
            self.1 = usize::MAX;
            return Err(Unplugged);
        }
        self.1 -= 1;
        BulkPipe::send(&mut self.0, message, timeout)
    }
    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
        BulkPipe::receive(&mut self.0, buffer, timeout)
    }
}

fn tpdu() -> ClassDescriptor {
    let features = Features(0x0001_0000 | Features::AUTO_NEGOTIATION | Features::AUTO_IFSD);
    ClassDescriptor { features, ..descriptor() }
}

/// At S(WTX response) the slot has two things to say: that time was granted, and the end.
#[test]
fn a_pipe_that_fails_at_the_wtx_response_is_recovered() {
    let device = Device::new(&[ATR, "80 05000000 00 SS 00 00 00 00C30102C0"]);
    let pipe = FailsAt(device.clone(), 2);
    let mut link = CcidLink::open(pipe, device.clock(), &tpdu()).unwrap();
    let verify = b"\x00\x20\x00\x02\x0812345678";
    assert_eq!(link.transmit(verify, &mut [0; 258], BUDGET), Err(LinkError::Pipe(Unplugged)));
    assert_eq!(link.recovery().answers_lost(), 1, "the PIN may have been counted");
    device.expect(&["81 00000000 00 SS 01 00 00", ATR]);
    assert_eq!(link.recover(), Ok(()));
    device.expect(&["80 06000000 00 SS 00 00 00 000002900092"]);
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
}

/// Every answer of 12 bytes takes that many milliseconds.
struct Chatty(Device, u64);

impl BulkPipe for Chatty {
    type Error = Unplugged;
    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Unplugged> {
        BulkPipe::send(&mut self.0, message, timeout)
    }
    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
        let given = BulkPipe::receive(&mut self.0, buffer, timeout)?;
        if given == Some(12) && self.1 > 0 {
            self.0.0.borrow_mut().now += self.1;
        }
        Ok(given)
    }
    fn has_control_pipe(&self) -> bool {
        true
    }
    fn class_request(
        &mut self,
        _: ClassRequest,
        _: &mut [u8],
        _: Millis,
    ) -> Result<Option<usize>, Unplugged> {
        Ok(Some(0))
    }
}

#[test]
fn a10_cancelling_does_not_wait_for_a_device_that_keeps_talking() {
    let stale = ["80 02000000 00 SS-1 00 00 00 9000"; 60].join(" | ");
    let device = Device::new(&[ATR, &stale]);
    let mut link = CcidLink::open_with(
        Chatty(device.clone(), 200),
        device.clock(),
        &descriptor(),
        LinkOptions::default(),
        |_| ControlFlow::Break(()),
    )
    .unwrap();
    let before = device.0.borrow().now;
    let _ = link.transmit(SELECT, &mut [0; 258], BUDGET);
    let took = device.0.borrow().now - before;
    assert!(took <= 250 + 200 + 800, "cancelled only after {took} ms");
}

/// A card without power is not sound, though no answer was lost.
#[test]
fn recover_powers_a_card_that_the_power_cycle_left_off() {
    let mute = "80 00000000 00 SS 41 FE 00";
    let device = Device::new(&[ATR, "81 00000000 00 SS 01 00 00", mute, mute]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &tpdu()).unwrap();
    assert!(link.power_cycle().is_err());
    device.expect(&["81 00000000 00 SS 01 00 00", ATR, "80 06000000 00 SS 00 00 00 000002900092"]);
    assert_eq!(link.recover(), Ok(()));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
}

/// An answer to reset that is none: the link is not used as if the power cycle had worked.
#[test]
fn a_failed_power_cycle_is_not_silently_used() {
    let bad = "80 02000000 00 SS 00 00 00 3F4B";
    let device = Device::new(&[ATR, "81 00000000 00 SS 01 00 00", bad, GOOD]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    assert!(link.power_cycle().is_err());
    assert!(link.transmit(SELECT, &mut [0; 258], BUDGET).is_err());
}

#[test]
fn o10_a_card_that_lost_its_power_meanwhile_is_powered_again_only_on_request() {
    let inactive = "80 00000000 00 SS 41 FE 00";
    let device = Device::new(&[ATR, GOOD, inactive]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
    let verify = b"\x00\x20\x00\x02\x0812345678";
    assert_eq!(link.transmit(verify, &mut [0; 258], BUDGET), Err(CcidError::CardInactive.into()));
    assert_eq!(link.recovery().answers_lost(), 1, "nobody is logged in any more");
    let sent = device.0.borrow().sent.len();
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Err(CcidError::CardInactive.into()));
    assert_eq!(device.0.borrow().sent.len(), sent, "nothing goes to a card without power");
    device.expect(&["81 00000000 00 SS 01 00 00", ATR, GOOD]);
    assert_eq!(link.recover(), Ok(()));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
}
