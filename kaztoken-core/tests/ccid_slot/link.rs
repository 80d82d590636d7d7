//! A blocking link as a whole: transfers counted, recovery, cancelling.

use core::cell::Cell;
use core::ops::ControlFlow;
use std::rc::Rc;

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, CcidLink, IccStatus, LinkError, LinkOptions};
use kaztoken_core::drive::ApduLink;

use super::scripted::{Device, Unplugged};
use super::{ATR, BUDGET, GOOD, SELECT, descriptor};

/// Milliseconds that opening looks for what others left.
const DRAINED: u64 = 1;
const OFF: &str = "81 00000000 00 SS 01 00 00";

fn transferred(device: &Device) -> usize {
    let state = device.0.borrow();
    state.sent.len() + state.received
}

#[test]
fn two_transfers_to_be_ready_two_per_command_none_idle() {
    let device = Device::new(&[ATR, GOOD, GOOD]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    assert_eq!(transferred(&device), 2);
    assert_eq!(link.atr().unwrap().historical(), b"KAZTOKEN");
    let mut response = [0; 258];
    for count in [4, 6] {
        assert_eq!(link.transmit(SELECT, &mut response, BUDGET), Ok(2));
        assert_eq!(response[..2], [0x90, 0x00]);
        assert_eq!(transferred(&device), count);
    }
    assert_eq!(device.0.borrow().now, DRAINED, "no waiting but for what others left");
    assert!(device.0.borrow().buffer_lens.iter().all(|&len| len == 320));
}

#[test]
fn status_and_close() {
    let device = Device::new(&[ATR, "81 00000000 00 SS 00 00 00", OFF]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    assert_eq!(link.status(), Ok(IccStatus::Active));
    assert_eq!(link.close().1, Ok(()));
    assert_eq!(device.0.borrow().sent.last().map(|message| message[0]), Some(0x63));
}

#[test]
fn a_timeout_closes_until_the_power_cycle() {
    let device = Device::new(&[ATR, ""]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    let timeout = Err(LinkError::Ccid(CcidError::Timeout { budget: Millis(1_000) }));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], Millis(1_000)), timeout);
    assert_eq!(device.0.borrow().now, 1_000 + DRAINED);
    assert_eq!(link.transmit(SELECT, &mut [0; 258], Millis(1_000)), timeout);
    assert_eq!(device.0.borrow().sent.len(), 2, "nothing is sent on a closed link");
    // The late answer comes in front of the answer to power off.
    device.expect(&["80 02000000 00 SS-1 00 00 00 6982 | 81 00000000 00 SS 01 00 00", ATR, GOOD]);
    assert_eq!(link.power_cycle(), Ok(()));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
    assert_eq!(link.counters().stale, 1);
}

#[test]
fn the_hook_is_asked_every_quarter_of_a_second_and_cancels() {
    let device = Device::new(&[ATR, ""]);
    let link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let mut link = link.on_wait(move |elapsed| {
        count.set(count.get() + 1);
        assert_eq!(elapsed, Millis(250 * count.get()));
        if elapsed >= Millis(1_000) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let cancelled = Err(LinkError::Ccid(CcidError::Cancelled));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], Millis(330_000)), cancelled);
    assert_eq!((asked.get(), device.0.borrow().now), (4, 1_000 + DRAINED));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), cancelled);
}

#[test]
fn an_answer_too_long_for_the_caller_leaves_the_link_open() {
    let device = Device::new(&[ATR, "80 04000000 00 SS 00 00 00 AABB9000", GOOD]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    let too_long = Err(LinkError::Ccid(CcidError::ResponseTooLong { needed: 4, got: 3 }));
    assert_eq!(link.transmit(SELECT, &mut [0; 3], BUDGET), too_long);
    assert_eq!(link.transmit(SELECT, &mut [0; 2], BUDGET), Ok(2));
}

#[test]
fn a_pulled_plug_is_the_pipes_error_once_and_then_closed() {
    let device = Device::new(&[ATR]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    device.0.borrow_mut().unplugged = true;
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Err(LinkError::Pipe(Unplugged)));
    let closed = Err(LinkError::Ccid(CcidError::PipeFailed));
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), closed);
    assert_eq!(link.power_cycle(), Err(LinkError::Pipe(Unplugged)));
}

#[test]
fn packet_sizes() {
    let open = |max_packet| {
        let device = Device::new(&[ATR]);
        let options = LinkOptions { max_packet, ..LinkOptions::default() };
        let go_on = |_| ControlFlow::Continue(());
        CcidLink::open_with(device.clone(), device.clock(), &descriptor(), options, go_on)
            .map(|_| device.0.borrow().buffer_lens[0])
    };
    assert_eq!(open(8), Ok(272));
    assert_eq!(open(512), Ok(512));
    for size in [0, 1024] {
        assert_eq!(open(size), Err(LinkError::Ccid(CcidError::UnsupportedPacketSize(size))));
    }
}

const MUTE: &str = "80 00000000 00 SS 41 FE 00";

/// A link whose last command was lost, and its device.
fn lost() -> (CcidLink<Device, impl FnMut() -> Millis>, Device) {
    let device = Device::new(&[ATR, ""]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    link.transmit(SELECT, &mut [0; 258], Millis(1_000)).unwrap_err();
    (link, device)
}

fn kinds(device: &Device) -> Vec<u8> {
    device.0.borrow().sent.iter().map(|message| message[0]).collect()
}

#[test]
fn recovery_by_a_power_cycle() {
    let (mut link, device) = lost();
    device.expect(&[OFF, ATR, GOOD]);
    assert_eq!(link.recover(), Ok(()));
    assert_eq!(kinds(&device), [0x62, 0x6F, 0x63, 0x62]);
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
    assert_eq!(link.recovery().answers_lost(), 1);
}

#[test]
fn a_sound_link_is_left_alone() {
    let device = Device::new(&[ATR, GOOD]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    assert_eq!(link.recover(), Ok(()));
    assert_eq!(kinds(&device), [0x62]);
}

#[test]
fn recovery_by_a_reset_of_the_bus() {
    let (mut link, device) = lost();
    device.0.borrow_mut().resets.push_back(true);
    device.expect(&[OFF, MUTE, MUTE, OFF, ATR, GOOD]);
    assert_eq!(link.recover(), Ok(()));
    assert_eq!(kinds(&device), [0x62, 0x6F, 0x63, 0x62, 0x62, 0x63, 0x62]);
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
}

#[test]
fn a06_when_nothing_helps_the_person_is_asked() {
    for resets in [vec![], vec![true]] {
        let (mut link, device) = lost();
        device.0.borrow_mut().resets = resets.into();
        assert_eq!(link.recover(), Err(LinkError::Ccid(CcidError::Unplug)));
        assert!(CcidError::Unplug.to_string().contains("unplug it"));
        let sent = kinds(&device).len();
        assert_eq!(link.recover(), Err(LinkError::Ccid(CcidError::Unplug)), "and is asked again");
        assert_eq!(kinds(&device).len(), sent, "nothing more is tried");
        assert!(device.0.borrow().now < 60_000, "within a minute");
    }
}

#[test]
fn f20_stale_answers_without_end_at_open() {
    let stale = "80 02000000 00 77 00 00 00 9000 |".repeat(1_000);
    let device = Device::new(&[&format!("{stale} {ATR}")]);
    let result = CcidLink::open(device.clone(), device.clock(), &descriptor()).map(|_| ());
    let Err(LinkError::Ccid(CcidError::Violation(_))) = result else { panic!("{result:?}") };
    assert_eq!(device.0.borrow().now, DRAINED, "told at once");
}

#[test]
fn o13_what_an_earlier_program_left_is_thrown_away() {
    let device = Device::new(&[ATR, GOOD]);
    // Answers that would fit the first commands exactly.
    device.leave(&[ATR, "80 02000000 00 01 00 00 00 6982"]);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    let mut response = [0; 258];
    assert_eq!(link.transmit(SELECT, &mut response, BUDGET), Ok(2));
    assert_eq!(response[..2], [0x90, 0x00]);
}

#[test]
fn o13_the_first_number_can_differ_from_run_to_run() {
    let device = Device::new(&[ATR]);
    let options = LinkOptions { sequence: 0xA7, ..LinkOptions::default() };
    let go_on = |_| ControlFlow::Continue(());
    CcidLink::open_with(device.clone(), device.clock(), &descriptor(), options, go_on).unwrap();
    assert_eq!(device.0.borrow().sent[0][6], 0xA7);
}

#[test]
fn without_a_card_nobody_is_told_to_unplug_the_reader() {
    let (mut link, device) = lost();
    device.expect(&[OFF, "80 00000000 00 SS 42 FE 00", OFF, ATR, GOOD]);
    assert_eq!(link.recover(), Err(LinkError::Ccid(CcidError::CardAbsent)));
    assert_eq!(link.recovery().next(), Some(kaztoken_core::ccid::Rung::PowerCycle));
    assert_eq!(link.recover(), Ok(()), "inserted again");
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
}

#[test]
fn answers_lost_are_counted_one_by_one() {
    let abort = "81 00000000 00 SS 00 00 00";
    let device = Device::new(&[ATR, "", abort, "", abort, GOOD]).with_control();
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    for lost in 1..=2 {
        link.transmit(SELECT, &mut [0; 258], Millis(1_000)).unwrap_err();
        assert_eq!((link.recovery().answers_lost(), link.recovery().next()), (lost, None));
    }
    assert_eq!(link.transmit(SELECT, &mut [0; 258], BUDGET), Ok(2));
    assert_eq!(link.recovery().answers_lost(), 2);
}
