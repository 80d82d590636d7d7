//! Time extensions, budgets and cancelling: cases X1 to X11.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, ControlAnswer, IccStatus, Outcome, Poll, Violation};

use super::{ATR, BUDGET, GOOD, Rig, SELECT, answer, timeout, transfers};

#[test]
fn x01_x02_x03_multipliers() {
    for (error, multiplier) in [("01", 1), ("00", 1), ("FF", 0xFF)] {
        let mut rig = Rig::new();
        let script = format!("80 00000000 00 SS 80 {error} 00 | {GOOD}");
        assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
        assert_eq!(rig.extensions, [multiplier]);
        assert_eq!(rig.slot.counters().time_extensions, 1);
    }
}

#[test]
fn x04_extension_for_a_card_without_power_or_gone() {
    let card = |status| answer(&format!("80 00000000 00 SS {status} 01 00 | {GOOD}"));
    assert_eq!(card("81"), Err(CcidError::CardInactive));
    assert_eq!(card("82"), Err(CcidError::CardAbsent));
    assert_eq!(card("83"), Err(CcidError::Violation(Violation::Status(0x83))));
}

#[test]
fn x05_extensions_do_not_prolong_the_budget() {
    let mut rig = Rig::new();
    rig.slot.exchange(rig.now, SELECT, BUDGET).unwrap();
    rig.slot.transmitted(rig.now);
    let extension = &transfers("80 00000000 00 SS 80 FF 00", 0)[0];
    let mut granted = 0;
    let end = loop {
        rig.now = rig.now.after(Millis(1_000));
        rig.slot.handle_input(rig.now, extension);
        rig.slot.control_done(rig.now, ControlAnswer::Impossible);
        match rig.slot.poll(SELECT, &mut [0; 258]) {
            Poll::TimeExtension { .. } => granted += 1,
            Poll::Wait => {}
            Poll::Done(result) => break result,
        }
    };
    assert_eq!((end, granted, rig.now), (Err(timeout()), 29, Millis(31_000)));
}

#[test]
fn x05_a_storm_of_extensions_is_bounded_without_a_clock() {
    let endless = "80 00000000 00 SS 80 FF 00 |".repeat(5_000) + GOOD;
    let storm = CcidError::Violation(Violation::TooManyTimeExtensions);
    assert_eq!(answer(&endless), Err(storm));
    let many = "80 00000000 00 SS 80 FF 00 |".repeat(300) + GOOD;
    assert_eq!(answer(&many), Ok(vec![0x90, 0x00]));
}

#[test]
fn x06_stale_extension_does_not_count() {
    let mut rig = Rig::new();
    let script = format!("80 00000000 00 SS-1 80 FF 00 | {GOOD}");
    assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
    assert_eq!((rig.extensions.len(), rig.slot.counters().stale), (0, 1));
}

#[test]
fn x07_extension_as_slot_status() {
    assert_eq!(answer(&format!("81 00000000 00 SS 80 01 00 | {GOOD}")), Ok(vec![0x90, 0x00]));
}

#[test]
fn x08_extension_on_power_on() {
    let mut rig = Rig::new();
    let script = format!("80 00000000 00 SS 81 01 00 | {ATR}");
    assert_eq!(rig.power_on(&[&script]).map(|atr| atr.len()), Ok(12));
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn x09_extension_on_status_and_power_off() {
    let mut rig = Rig::new();
    rig.slot.status(rig.now, BUDGET).unwrap();
    let result = rig.run(&[], &["81 00000000 00 SS 80 01 00 | 81 00000000 00 SS 01 00 00"]);
    assert_eq!(result, Ok(Outcome::Status(IccStatus::Inactive)));
    rig.slot.power_off(rig.now, BUDGET).unwrap();
    let result = rig.run(&[], &["81 00000000 00 SS 80 01 00 | 81 00000000 00 SS 01 00 00"]);
    assert_eq!(result, Ok(Outcome::PoweredOff));
    assert_eq!(rig.extensions, [1, 1]);
}

#[test]
fn x10_extension_then_silence() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&["80 00000000 00 SS 80 0A 00"]), Err(timeout()));
    assert_eq!(rig.now, Millis(31_000));
    assert_eq!(rig.sent.len(), 1, "nothing is sent again");
}

#[test]
fn x11_key_generation_of_five_minutes() {
    let mut rig = Rig::new();
    rig.slot.exchange(rig.now, &[0x00, 0x46, 0x80, 0x01, 0x00], Millis(330_000)).unwrap();
    rig.slot.transmitted(rig.now);
    for _ in 0..300 {
        rig.now = rig.now.after(Millis(1_000));
        rig.slot.handle_input(rig.now, &transfers("80 00000000 00 SS 80 01 00", 0)[0]);
        assert_eq!(rig.slot.poll(&[], &mut []), Poll::TimeExtension { multiplier: 1 });
    }
    rig.slot.handle_input(rig.now, &transfers(GOOD, 0)[0]);
    assert_eq!(rig.slot.poll(SELECT, &mut [0; 258]), Poll::Done(Ok(Outcome::Response { len: 2 })));
}

#[test]
fn an_answer_that_comes_with_the_deadline_counts() {
    let mut rig = Rig::new();
    rig.slot.exchange(rig.now, SELECT, BUDGET).unwrap();
    rig.slot.transmitted(rig.now);
    rig.slot.handle_input(Millis(31_000), &transfers(GOOD, 0)[0]);
    assert_eq!(rig.slot.poll(SELECT, &mut [0; 258]), Poll::Done(Ok(Outcome::Response { len: 2 })));
}

#[test]
fn a_cancelled_command_closes_until_power_on() {
    let mut rig = Rig::new();
    rig.slot.cancel(rig.now);
    assert_eq!(rig.slot.closed(), None, "nothing to cancel");
    rig.slot.exchange(rig.now, SELECT, BUDGET).unwrap();
    rig.slot.transmitted(rig.now);
    rig.slot.cancel(rig.now);
    rig.slot.control_done(rig.now, ControlAnswer::Impossible);
    assert_eq!(rig.slot.poll(SELECT, &mut [0; 258]), Poll::Done(Err(CcidError::Cancelled)));
    assert_eq!(rig.exchange(&[GOOD]), Err(CcidError::Cancelled));
    assert_eq!(rig.slot.status(rig.now, BUDGET), Err(CcidError::Cancelled));
    // The late answer does not become the answer to reset.
    let late = format!("80 02000000 00 SS-1 00 00 00 9000 | {ATR}");
    assert_eq!(rig.power_on(&[&late]).map(|atr| atr.len()), Ok(12));
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}
