//! The abort sequence and what is left after a lost answer: cases A1 to A11.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{
    CcidError, ClassRequest, ControlAnswer, Features, Poll, Rung, Slot, Violation, VoltageSupport,
};

use super::{ATR, BUDGET, GOOD, Rig, SELECT, descriptor, timeout};

const ABORTED: &str = "81 00000000 00 SS 00 00 00";

fn rig() -> Rig {
    Rig { control: ControlAnswer::Accepted, ..Rig::new() }
}

/// A command that is not answered in time, with what the device sends after the bulk half of ABORT.
fn after_silence(abort: &str) -> (Rig, Result<Vec<u8>, CcidError>) {
    let mut rig = rig();
    let result = rig.exchange(&["", abort]);
    (rig, result)
}

#[test]
fn a01_the_session_goes_on_after_a_confirmed_abort() {
    let (mut rig, result) = after_silence(ABORTED);
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.requests, [ClassRequest::Abort { slot: 0, sequence: 0 }]);
    assert_eq!(rig.requests[0].setup(0, 0), [0x21, 0x01, 0, 0, 0, 0, 0, 0]);
    assert_eq!(rig.sent[1], [0x72, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!((rig.slot.closed(), rig.slot.recovery().next()), (None, None));
    assert_eq!(rig.slot.recovery().answers_lost(), 1, "what was known of the PINs is void");
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.sent[2][6], 1, "the next sequence number");
    assert_eq!(rig.slot.counters().aborts, 1);
}

#[test]
fn a01_setup_bytes_carry_slot_and_sequence_number() {
    let request = ClassRequest::Abort { slot: 2, sequence: 0x4D };
    assert_eq!(request.setup(1, 0), [0x21, 0x01, 0x02, 0x4D, 1, 0, 0, 0]);
}

#[test]
fn a02_the_late_answer_before_the_confirmation_is_dropped() {
    let (rig, result) = after_silence(&format!("{GOOD} | {ABORTED}"));
    assert_eq!(result, Err(timeout()));
    assert_eq!((rig.slot.closed(), rig.slot.counters().stale), (None, 1));
}

#[test]
fn a02_a_late_answer_in_several_transfers_is_dropped() {
    let late = format!("80 80000000 00 SS 00 00 00 54*AA | 64*81 | 10*BB | {ABORTED}");
    let (rig, result) = after_silence(&late);
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.slot.closed(), None);
}

#[test]
fn a03_the_aborted_answer_before_the_confirmation_is_dropped() {
    for kind in ["80", "81", "6C"] {
        let (mut rig, result) = after_silence(&format!("{kind} 00000000 00 SS 40 FF 00 | {ABORTED}"));
        assert_eq!(result, Err(timeout()));
        assert_eq!(rig.slot.closed(), None);
        assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
    }
}

#[test]
fn a04_the_late_answer_after_the_confirmation_is_dropped_by_its_number() {
    let (mut rig, _) = after_silence(ABORTED);
    let late = format!("80 02000000 00 SS-1 00 00 00 6A82 | {GOOD}");
    assert_eq!(rig.exchange(&[&late]), Ok(vec![0x90, 0x00]));
}

#[test]
fn a05_a_stalled_control_half_does_not_matter() {
    let mut rig = Rig { control: ControlAnswer::Stalled, ..Rig::new() };
    assert_eq!(rig.exchange(&["", ABORTED]), Err(timeout()));
    assert_eq!(rig.slot.closed(), None);
}

#[test]
fn a06_an_unanswered_abort_closes_until_the_power_cycle() {
    let (mut rig, result) = after_silence("");
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.now, Millis(31_800), "800 ms after the budget");
    assert_eq!((rig.slot.closed(), rig.slot.recovery().next()), (Some(timeout()), Some(Rung::PowerCycle)));
    assert_eq!(rig.exchange(&[GOOD]), Err(timeout()), "it is not used again");
    assert_eq!(rig.sent.len(), 2);
    // A power cycle that fails leads to the reset of the bus, and that to the person.
    assert_eq!(rig.power_on(&["80 00000000 00 SS 41 FE 00"; 2]), Err(CcidError::CardMute));
    assert_eq!(rig.slot.recovery().next(), Some(Rung::BusReset));
    rig.slot.climbed(Rung::BusReset, true);
    assert!(rig.power_on(&[""]).is_err());
    assert_eq!(rig.slot.recovery().next(), Some(Rung::Unplug));
    assert_eq!(rig.exchange(&[GOOD]), Err(timeout()));
}

#[test]
fn a06_a_power_cycle_that_succeeds_opens() {
    let (mut rig, _) = after_silence("");
    assert!(rig.power_on(&[ATR]).is_ok());
    assert_eq!((rig.slot.closed(), rig.slot.recovery().next()), (None, None));
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn a07_a_device_that_knows_only_one_half_does_not_confirm() {
    let refused = "80 00000000 00 SS 40 FF 00 |".repeat(3);
    let (rig, result) = after_silence(refused.trim_end_matches('|'));
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.slot.closed(), Some(timeout()));
}

#[test]
fn a08_a_confirmation_with_another_number_or_slot_is_none() {
    for wrong in
        ["81 00000000 00 SS+1 00 00 00", "81 00000000 01 SS 00 00 00", "81 01000000 00 SS 00 00 00 00"]
    {
        let (rig, result) = after_silence(wrong);
        assert_eq!((result, rig.slot.closed()), (Err(timeout()), Some(timeout())), "{wrong}");
        let (rig, _) = after_silence(&format!("{wrong} | {ABORTED}"));
        assert_eq!(rig.slot.closed(), None, "{wrong}");
    }
    let storm = "81 00000000 00 SS+1 00 00 00 |".repeat(1_000) + ABORTED;
    let (rig, result) = after_silence(&storm);
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.slot.closed(), Some(timeout()), "bounded");
    assert_eq!(rig.now, Millis(31_000), "at once");
}

#[test]
fn a09_a_command_that_has_already_finished() {
    let mut rig = rig();
    rig.slot.exchange(rig.now, SELECT, BUDGET).unwrap();
    rig.slot.transmitted(rig.now);
    rig.slot.handle_input(rig.now, &super::transfers(GOOD, 0)[0]);
    rig.slot.cancel(rig.now);
    assert_eq!(rig.slot.poll_control(), None, "there is nothing to abort");
    let done = Poll::Done(Ok(kaztoken_core::ccid::Outcome::Response { len: 2 }));
    assert_eq!(rig.slot.poll(SELECT, &mut [0; 258]), done);
}

#[test]
fn a10_cancelling_takes_less_than_a_second() {
    let generate = [0x00, 0x46, 0x80, 0x01, 0x00];
    for (abort, closed) in [(ABORTED, false), ("", true)] {
        let mut rig = rig();
        rig.slot.exchange(rig.now, &generate, Millis(330_000)).unwrap();
        rig.slot.transmitted(rig.now);
        rig.now = Millis(60_000);
        rig.slot.cancel(rig.now);
        assert_eq!(rig.run(&generate, &[abort]), Err(CcidError::Cancelled));
        assert!(rig.now <= Millis(61_000));
        assert_eq!(rig.slot.closed().is_some(), closed);
        assert_eq!(rig.slot.recovery().answers_lost(), 1);
    }
}

#[test]
fn a10_what_was_never_sent_is_not_aborted() {
    let mut rig = rig();
    rig.slot.exchange(rig.now, SELECT, BUDGET).unwrap();
    rig.slot.cancel(rig.now);
    assert_eq!(rig.run(SELECT, &[]), Err(CcidError::Cancelled));
    assert_eq!((rig.sent.len(), rig.requests.len()), (0, 0));
    assert_eq!(rig.slot.recovery().next(), None);
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn a11_nothing_is_sent_again() {
    for command in [
        &[0x00, 0x20, 0x00, 0x02, 0x01, 0x31][..],
        &[0x00, 0x2A, 0x9E, 0x9A, 0x01, 0x00, 0x00],
        &[0x00, 0x46, 0x80, 0x01, 0x00],
        &[0x80, 0x7A, 0x00, 0x00],
    ] {
        let mut rig = rig();
        let lost = rig.exchange_apdu(command, &["", ABORTED, GOOD, GOOD]);
        assert_eq!(lost, Err(timeout()));
        assert_eq!(rig.sent.iter().map(|message| message[0]).collect::<Vec<_>>(), [0x6F, 0x72]);
        assert!(rig.sent[1].len() == 10, "no byte of the command");
    }
}

#[test]
fn f07_a_violation_is_aborted_too() {
    let mut rig = rig();
    let cut = Violation::ShortHeader { got: 9 };
    assert_eq!(rig.exchange(&["80 02000000 00 SS 00 00", ABORTED]), Err(CcidError::Violation(cut)));
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn status_and_power_off_are_not_aborted() {
    let mut rig = rig();
    rig.slot.status(rig.now, BUDGET).unwrap();
    assert_eq!(rig.run(&[], &[""]), Err(timeout()));
    assert_eq!((rig.requests.len(), rig.slot.closed()), (0, Some(timeout())));
}

#[test]
fn power_on_is_aborted_like_any_command() {
    let mut rig = rig();
    assert_eq!(rig.power_on(&["", ABORTED]), Err(timeout()));
    assert_eq!(rig.slot.closed(), None);
    assert!(rig.power_on(&[ATR]).is_ok());
}

#[test]
fn an_abort_in_another_slot_names_that_slot() {
    let mut reader = descriptor();
    reader.max_slot_index = 3;
    reader.voltage_support = VoltageSupport(7);
    reader.features = Features(reader.features.0 | Features::AUTO_VOLTAGE);
    let slot = Slot::open([0; 271], &reader, 64).unwrap().slot(3);
    let mut rig = Rig { slot, ..rig() };
    assert_eq!(rig.exchange(&["", "81 00000000 03 SS 00 00 00"]), Err(timeout()));
    assert_eq!(rig.requests, [ClassRequest::Abort { slot: 3, sequence: 0 }]);
    assert!(rig.sent.iter().all(|message| message[5] == 3));
    assert_eq!(rig.slot.closed(), None);
    assert_eq!(rig.exchange(&["80 02000000 03 SS 00 00 00 9000"]), Ok(vec![0x90, 0x00]));
}
