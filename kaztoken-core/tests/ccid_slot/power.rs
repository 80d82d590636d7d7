//! Power on and the answer to reset: cases P1 to P10, D9, D11.

use kaztoken_core::atr::AtrError;
use kaztoken_core::ccid::{CcidError, ErrorCode, Features, IccStatus, Outcome, Violation, VoltageSupport};

use super::{ATR, BUDGET, GOOD, Rig, descriptor};

fn power_on(script: &str) -> Result<Vec<u8>, CcidError> {
    Rig::new().power_on(&[script])
}

#[test]
fn p01_both_kaztokens() {
    let mut rig = Rig::new();
    assert_eq!(rig.power_on(&[ATR]).as_deref(), Ok(&b"\x3B\x88\x01KAZTOKEN\x82"[..]));
    assert_eq!(rig.sent, [[0x62, 0, 0, 0, 0, 0, 0, 1, 0, 0]]);
    let mut reader = descriptor();
    reader.protocols = 3;
    let sc = "80 0C000000 00 SS 00 00 00 3B9896004B415A544F4B454E";
    assert_eq!(Rig::with(&reader).power_on(&[sc]).as_deref(), Ok(&b"\x3B\x98\x96\x00KAZTOKEN"[..]));
}

#[test]
fn p02_announced_bytes_that_are_not_there() {
    let short = Violation::ShortBody { declared: 33, got: 3 };
    assert_eq!(power_on("80 21000000 00 SS 00 00 00 3B8801"), Err(CcidError::Violation(short)));
}

#[test]
fn p03_empty_answer_to_reset() {
    assert_eq!(power_on("80 00000000 00 SS 00 00 00"), Err(CcidError::BadAtr(AtrError::Empty)));
}

#[test]
fn p04_too_long_answer_to_reset() {
    for len in [34, 60] {
        let script = format!("80 {len:02X}000000 00 SS 00 00 00 {len}*3B");
        assert_eq!(power_on(&script), Err(CcidError::BadAtr(AtrError::TooLong { got: len })));
    }
}

#[test]
fn p05_bad_check_byte_is_usable() {
    let script = ATR.replace("4E82", "4E83");
    assert_eq!(power_on(&script).map(|atr| atr.len()), Ok(12));
}

#[test]
fn p06_broken_answers_to_reset() {
    let cut = AtrError::Truncated { expected: 6, got: 5 };
    assert_eq!(power_on("80 05000000 00 SS 00 00 00 3BFF014B41"), Err(CcidError::BadAtr(cut)));
    let endless = AtrError::Truncated { expected: 34, got: 33 };
    assert_eq!(power_on("80 21000000 00 SS 00 00 00 3B 32*80"), Err(CcidError::BadAtr(endless)));
    let first = AtrError::InitialCharacter(0);
    assert_eq!(power_on("80 02000000 00 SS 00 00 00 0000"), Err(CcidError::BadAtr(first)));
    // An answer to an APDU from before is no answer to reset.
    let word = AtrError::InitialCharacter(0x90);
    assert_eq!(power_on("80 02000000 00 SS 00 00 00 9000"), Err(CcidError::BadAtr(word)));
}

#[test]
fn p07_one_voltage_is_tried_twice() {
    let mut rig = Rig::new();
    assert_eq!(rig.power_on(&["80 00000000 00 SS 41 FE 00", ATR]).map(|atr| atr.len()), Ok(12));
    assert_eq!(rig.sent.iter().map(|message| (message[6], message[7])).collect::<Vec<_>>(), [(0, 1), (1, 1)]);
}

#[test]
fn p07_several_voltages_rise() {
    let mut reader = descriptor();
    reader.voltage_support = VoltageSupport(7);
    let mut rig = Rig::with(&reader);
    let mute = "80 00000000 00 SS 41 FE 00";
    assert_eq!(rig.power_on(&[mute, mute, ATR]).map(|atr| atr.len()), Ok(12));
    assert_eq!(rig.sent.iter().map(|message| message[7]).collect::<Vec<_>>(), [3, 2, 1]);
    let mut rig = Rig::with(&reader);
    assert_eq!(rig.power_on(&[mute; 9]), Err(CcidError::CardMute));
    assert_eq!(rig.sent.len(), 3);
}

#[test]
fn d11_automatic_and_no_voltage_send_zero() {
    let mut automatic = descriptor();
    automatic.features = Features(automatic.features.0 | Features::AUTO_VOLTAGE);
    let mut unknown = descriptor();
    unknown.voltage_support = VoltageSupport(0);
    for reader in [automatic, unknown] {
        let mut rig = Rig::with(&reader);
        assert!(rig.power_on(&[ATR]).is_ok());
        assert_eq!(rig.sent[0][7], 0);
    }
}

#[test]
fn p08_mute_as_slot_status() {
    assert_eq!(Rig::new().power_on(&["81 00000000 00 SS 40 FE 00"; 2]), Err(CcidError::CardMute));
}

#[test]
fn p09_emv_mode_and_bad_power_select() {
    for code in [0xBB, 0x07] {
        let script = format!("80 00000000 00 SS 40 {code:02X} 00");
        let result = Rig::new().power_on(&[&script, &script]);
        assert_eq!(result, Err(CcidError::Reader(ErrorCode::from(code))));
        assert!(Rig::new().power_on(&[&script, ATR]).is_ok());
    }
}

#[test]
fn p10_no_card() {
    let mut rig = Rig::new();
    rig.slot.status(rig.now, BUDGET).unwrap();
    let result = rig.run(&[], &["81 00000000 00 SS 42 FE 00"]);
    assert_eq!(result, Ok(Outcome::Status(IccStatus::Absent)));
    assert_eq!(rig.power_on(&["80 00000000 00 SS 42 FE 00"]), Err(CcidError::CardAbsent));
    assert_eq!(rig.sent.len(), 2, "an absent card is not tried at another voltage");
}

#[test]
fn d09_no_common_protocol() {
    for (protocols, fits) in [(0u32, false), (1, false), (2, true), (0xFF, true)] {
        let mut reader = descriptor();
        reader.protocols = protocols;
        let result = Rig::with(&reader).power_on(&[ATR]);
        let mismatch = CcidError::ProtocolMismatch { reader: protocols, card: 1 };
        assert_eq!(result.map(|atr| atr.len()), if fits { Ok(12) } else { Err(mismatch) });
    }
}

#[test]
fn power_off_leaves_a_closed_slot_closed() {
    let mut rig = Rig::new();
    rig.exchange(&[""]).unwrap_err();
    let closed = rig.slot.closed();
    assert!(closed.is_some());
    rig.slot.power_off(rig.now, BUDGET).unwrap();
    assert_eq!(rig.run(&[], &["81 00000000 00 SS 01 00 00"]), Ok(Outcome::PoweredOff));
    assert_eq!(rig.slot.closed(), closed);
    assert!(rig.power_on(&["80 00000000 00 SS 41 FE 00"; 2]).is_err());
    assert_eq!(rig.slot.closed(), closed, "a power on that fails does not open it");
    assert!(rig.power_on(&[ATR]).is_ok());
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn powering_off_what_has_no_power_is_done() {
    let mut rig = Rig::new();
    rig.slot.power_off(rig.now, BUDGET).unwrap();
    assert_eq!(rig.run(&[], &["81 00000000 00 SS 41 FE 00"]), Ok(Outcome::PoweredOff));
    rig.slot.power_off(rig.now, BUDGET).unwrap();
    assert_eq!(rig.run(&[], &["81 00000000 00 SS 42 FE 00"]), Err(CcidError::CardAbsent));
}

#[test]
fn no_pps_goes_out_as_a_command() {
    let reader = kaztoken_core::ccid::ClassDescriptor {
        features: Features(0x0002_0000),
        protocols: 1,
        default_clock_khz: 4_000,
        max_data_rate: 400_000,
        ..descriptor()
    };
    let mut rig = Rig::with(&reader);
    let sc = "80 0C000000 00 SS 00 00 00 3B9896004B415A544F4B454E";
    assert!(rig.power_on(&[sc, "82 05000000 00 SS 00 00 00 1100000A00"]).is_ok());
    assert_eq!(rig.sent.iter().map(|message| message[0]).collect::<Vec<_>>(), [0x62, 0x61]);
    assert_eq!(rig.sent[1][10], 0x11, "the default speed");
}
