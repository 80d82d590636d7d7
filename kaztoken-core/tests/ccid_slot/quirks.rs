//! What the slot does about readers that are known to depart from the class.

use kaztoken_core::ccid::{CcidError, ClassDescriptor, Features, MessageType, Quirks, Slot, Violation};

use super::{ATR, GOOD, Rig, SELECT, descriptor};

fn rig(reader: &ClassDescriptor, quirks: Quirks, strict: bool) -> Rig {
    let slot = Slot::open([0; 271], reader, 64).unwrap().quirks(quirks);
    Rig { slot: if strict { slot.strict() } else { slot }, ..Rig::new() }
}

fn kinds(rig: &Rig) -> Vec<u8> {
    rig.sent.iter().map(|message| message[0]).collect()
}

#[test]
fn strictness_leaves_what_is_known_of_the_reader() {
    let chained = ["80 02000000 00 SS 00 00 01 AABB", "80 02000000 00 SS 00 00 02 9000"];
    let rows: [(Quirks, &[&str], CcidError); 3] = [
        (
            Quirks::TRAILING_BYTES,
            &["80 02000000 00 SS 00 00 00 9000 0000"],
            Violation::TrailingBytes { got: 2 }.into(),
        ),
        (Quirks::CHAINED_ANSWERS, &chained, Violation::Chained { parameter: 1 }.into()),
        (
            Quirks::MISTYPED_ERRORS,
            &["6C 00000000 00 SS 40 FE 00"],
            Violation::MistypedError(MessageType::GetParameters).into(),
        ),
    ];
    for (quirk, script, violation) in rows {
        let tolerant = rig(&descriptor(), Quirks::NONE, false).exchange(script);
        assert_ne!(tolerant, Err(violation), "{quirk:?}");
        assert_eq!(rig(&descriptor(), quirk, true).exchange(script), tolerant, "{quirk:?}");
        assert_eq!(rig(&descriptor(), Quirks::NONE, true).exchange(script), Err(violation), "{quirk:?}");
    }
}

#[test]
fn a_reader_whose_extended_level_takes_short_commands_only() {
    let reader = ClassDescriptor { features: Features(0x0004_0840), ..descriptor() };
    let mut long = vec![0; 300];
    long[..4].copy_from_slice(SELECT);
    let refused = CcidError::CommandLength { got: 300, max: 261 };
    assert_eq!(rig(&reader, Quirks::SHORT_APDUS_ONLY, false).exchange_apdu(&long, &[]), Err(refused));
    let next = "80 00000000 00 SS 00 00 10";
    assert!(rig(&reader, Quirks::NONE, false).exchange_apdu(&long, &[next, GOOD]).is_ok());
}

#[test]
fn a_reader_that_needs_power_off_before_power_on() {
    for off in ["81 00000000 00 SS 01 00 00", "81 00000000 00 SS 41 FE 00", "81 00000000 00 SS 40 00 00"] {
        let mut rig = rig(&descriptor(), Quirks::POWER_OFF_FIRST, false);
        assert!(rig.power_on(&[off, ATR]).is_ok());
        assert_eq!(kinds(&rig), [0x63, 0x62]);
    }
}

/// A reader at the TPDU level that leaves everything to the host.
fn tpdu() -> ClassDescriptor {
    ClassDescriptor { features: Features(0x0001_0000), max_ifsd: 1, ..descriptor() }
}

const PARAMETERS: &str = "82 07000000 00 SS 00 00 01 1110004D002000";

#[test]
fn what_is_known_of_the_block_size() {
    let mut none = rig(&tpdu(), Quirks::NO_IFSD_EXCHANGE, false);
    assert!(none.power_on(&[ATR, PARAMETERS]).is_ok());
    assert_eq!(kinds(&none), [0x62, 0x61]);
    let mut fixed = rig(&tpdu(), Quirks::IFSD_254, false);
    assert!(fixed.power_on(&[ATR, PARAMETERS, "80 05000000 00 SS 00 00 00 00E101FE1E"]).is_ok());
    assert_eq!(fixed.sent[2][10..], [0x00, 0xC1, 0x01, 0xFE, 0x3E]);
}

#[test]
fn a_reader_that_does_without_set_parameters() {
    let ifs = "80 05000000 00 SS 00 00 00 00E10101E1";
    let refused = "82 00000000 00 SS 40 0A 00";
    let mut rig1 = rig(&tpdu(), Quirks::PARAMETERS_REFUSED, false);
    assert!(rig1.power_on(&[ATR, refused, ATR, ifs]).is_ok());
    assert_eq!(kinds(&rig1), [0x62, 0x61, 0x62, 0x6F], "after another reset");
    assert!(rig(&tpdu(), Quirks::NONE, false).power_on(&[ATR, refused, ATR, ifs]).is_err());
}

#[test]
fn a_reader_that_keeps_the_default_rate() {
    let reader = ClassDescriptor { protocols: 1, default_clock_khz: 4_000, max_data_rate: 400_000, ..tpdu() };
    let sc = "80 0C000000 00 SS 00 00 00 3B9896004B415A544F4B454E";
    let parameters = "82 05000000 00 SS 00 00 00 1100000A00";
    let mut slow = rig(&reader, Quirks::DEFAULT_RATE_ONLY, false);
    assert!(slow.power_on(&[sc, parameters]).is_ok());
    assert_eq!(kinds(&slow), [0x62, 0x61], "no PPS");
    assert_eq!(slow.sent[1][10], 0x11);
    let mut fast = rig(&reader, Quirks::NONE, false);
    let _ = fast.power_on(&[sc, "80 04000000 00 SS 00 00 00 FF109679", parameters]);
    assert_eq!(kinds(&fast), [0x62, 0x6F, 0x61]);
}
