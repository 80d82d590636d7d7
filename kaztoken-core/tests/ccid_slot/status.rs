//! bStatus and bError: cases S1 to S10.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, ErrorCode, Violation};

use super::{GOOD, Rig, SELECT, answer};

#[test]
fn s01_busy_is_asked_again_with_a_new_number() {
    for busy in ["80 00000000 00 SS 40 E0 00", "81 00000000 00 SS 40 F2 00"] {
        let mut rig = Rig::new();
        assert_eq!(rig.exchange(&[busy, GOOD]), Ok(vec![0x90, 0x00]));
        assert_eq!(rig.sent.iter().map(|message| message[6]).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(rig.sent[0][10..], rig.sent[1][10..]);
        assert_eq!((rig.now, rig.slot.counters().busy), (Millis(1_100), 1));
    }
}

#[test]
fn s01_busy_for_ever_is_bounded() {
    let mut rig = Rig::new();
    let result = rig.exchange(&["80 00000000 00 SS 40 E0 00"; 100]);
    assert_eq!(result, Err(CcidError::Busy(ErrorCode::SlotBusy)));
    assert_eq!(rig.sent.len(), 11);
    assert_eq!(rig.slot.closed(), None);
}

#[test]
fn s01_busy_then_the_real_answer_is_taken_without_asking_again() {
    let mut rig = Rig::new();
    let script = format!("80 00000000 00 SS 40 E0 00 | {GOOD}");
    assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.sent.len(), 1);
}

#[test]
fn s01_a_command_that_costs_a_try_is_never_sent_twice() {
    for ins in [0x20, 0x24, 0x2C] {
        let mut rig = Rig::new();
        let command = [0x00, ins, 0x00, 0x02, 0x01, 0x31];
        let result = rig.exchange_apdu(&command, &["80 00000000 00 SS 40 E0 00", GOOD]);
        assert_eq!(result, Err(CcidError::Busy(ErrorCode::SlotBusy)));
        assert_eq!(rig.sent.len(), 1);
    }
}

#[test]
fn s01_data_of_a_busy_answer_does_not_touch_the_command() {
    let mut rig = Rig::new();
    rig.exchange(&["80 04000000 00 SS 40 E0 00 DEADBEEF", GOOD]).unwrap();
    assert_eq!(rig.sent[1][10..], *SELECT);
}

#[test]
fn s02_mute_removed_inactive_differ() {
    assert_eq!(answer("80 00000000 00 SS 40 FE 00"), Err(CcidError::CardMute));
    assert_eq!(answer("80 00000000 00 SS 42 FE 00"), Err(CcidError::CardAbsent));
    assert_eq!(answer("80 00000000 00 SS 41 FE 00"), Err(CcidError::CardInactive));
}

#[test]
fn s03_s04_s10_codes_are_carried_through() {
    for code in
        [0xFD, 0xFC, 0xFB, 0xFF, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xBB, 0x00, 0x05, 0x07, 0x01, 0x0A, 0x7F]
            .into_iter()
            .chain(0xC0..=0xDF)
            .chain(0x81..=0x9F)
    {
        let result = answer(&format!("80 00000000 00 SS 40 {code:02X} 00"));
        assert_eq!(result, Err(CcidError::Reader(ErrorCode::from(code))), "{code:02X}");
    }
}

#[test]
fn s05_data_of_a_failed_command_is_dropped() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&["80 02000000 00 SS 40 FE 00 9000"]), Err(CcidError::CardMute));
    assert_eq!(rig.response, [0; 0]);
}

#[test]
fn s06_reserved_command_status() {
    let reserved = CcidError::Violation(Violation::Status(0xC0));
    assert_eq!(answer("80 02000000 00 SS C0 00 00 9000"), Err(reserved));
}

#[test]
fn s07_card_state_with_data() {
    assert_eq!(answer("80 02000000 00 SS 01 00 00 9000"), Err(CcidError::CardInactive));
    assert_eq!(answer("80 02000000 00 SS 02 00 00 9000"), Err(CcidError::CardAbsent));
    let reserved = CcidError::Violation(Violation::Status(0x03));
    assert_eq!(answer("80 02000000 00 SS 03 00 00 9000"), Err(reserved));
}

#[test]
fn s08_reserved_bits_are_ignored() {
    assert_eq!(answer("80 02000000 00 SS 3C 00 00 9000"), Ok(vec![0x90, 0x00]));
}

#[test]
fn s09_error_code_without_failure_has_no_status_word() {
    let empty = CcidError::Violation(Violation::NoStatusWord { got: 0 });
    assert_eq!(answer("80 00000000 00 SS 00 FE 00"), Err(empty));
}

#[test]
fn c10_answers_out_of_order_are_refused() {
    for (parameter, script) in [
        (0x02, "80 02000000 00 SS 00 00 02 9000"),
        (0x10, "80 00000000 00 SS 00 00 10"),
        (0xFF, "80 02000000 00 SS 00 00 FF 9000"),
    ] {
        let chained = CcidError::Violation(Violation::Chained { parameter });
        let mut rig = Rig::new();
        assert_eq!(rig.exchange(&[script]), Err(chained));
        assert_eq!(rig.response, [0; 0]);
    }
}

#[test]
fn a_failed_command_does_not_close_the_slot() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&["80 00000000 00 SS 40 FE 00"]), Err(CcidError::CardMute));
    assert_eq!(rig.slot.recovery().answers_lost(), 1, "the card may have carried it out");
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}
