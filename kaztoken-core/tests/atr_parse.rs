//! Structure, check byte and interface bytes of answers to reset.

use kaztoken_core::Millis;
use kaztoken_core::atr::{Atr, AtrError, CardTiming, Convention, Edc, MAX_ATR_LEN, Model, SpecificMode, Tck};
use proptest::prelude::*;

const KAZTOKEN: &[u8] = b"\x3B\x88\x01KAZTOKEN\x82";
const KAZTOKEN_SC: &[u8] = b"\x3B\x98\x96\x00KAZTOKEN";

#[test]
fn kaztoken_is_t1_with_default_timing() {
    let atr = Atr::parse(KAZTOKEN).unwrap();
    assert_eq!(atr.convention(), Convention::Direct);
    assert_eq!(atr.historical(), b"KAZTOKEN");
    assert_eq!(atr.tck(), Tck::Correct);
    assert!(atr.protocols().eq([1]));
    assert_eq!(atr.card_timing(), Some(CardTiming { f: 372, d: 1, max_clock_khz: 5000 }));
    assert_eq!((atr.ifsc(), atr.bwi(), atr.cwi(), atr.edc()), (32, 4, 13, Edc::Lrc));
    assert_eq!(atr.extra_guard_time(), 0);
    assert_eq!(atr.specific_mode(), None);
    // 11 * 372 + 16 * 960 * 372 clocks at 3580 kHz.
    assert_eq!(atr.block_waiting_time(3580), Some(Millis(1598)));
}

#[test]
fn kaztoken_sc_is_t0_only_and_has_no_tck() {
    let atr = Atr::parse(KAZTOKEN_SC).unwrap();
    assert_eq!(atr.historical(), b"KAZTOKEN");
    assert_eq!(atr.tck(), Tck::NotNeeded);
    assert!(atr.protocols().eq([0]));
    assert!(atr.offers(0) && !atr.offers(1));
    assert_eq!(atr.card_timing(), Some(CardTiming { f: 512, d: 32, max_clock_khz: 5000 }));
    assert_eq!(atr.waiting_integer(), 10);
    // 10 * 960 * 512 clocks at 4000 kHz = 1228.8 ms.
    assert_eq!(atr.waiting_time(4000), Some(Millis(1229)));
    assert_eq!(atr.waiting_time(0), None);
}

#[test]
fn two_protocols_are_offered_in_order_and_ta3_is_ifsc() {
    let atr = Atr::parse(b"\x3B\x9C\x94\x80\x11\x40RutokenECPsc\xC3").unwrap();
    assert!(atr.protocols().eq([0, 1]));
    assert_eq!(atr.ifsc(), 0x40);
    assert_eq!(atr.card_timing().map(|timing| timing.d), Some(8));
    assert_eq!(atr.tck(), Tck::Correct);
}

#[test]
fn every_interface_byte_has_its_place() {
    // TA1..TD1, TA2..TD2 for T=0, TA3..TD3 for T=1, TA4 for T=15.
    let bytes = [
        0x3F, 0xF1, 0x18, 0x55, 0x02, 0xF0, 0x91, 0x66, 0x0B, 0xF1, 0xFE, 0x75, 0x01, 0x1F, 0xC3, 0xAA, 0x00,
    ];
    let atr = Atr::parse(&bytes).unwrap();
    assert_eq!(atr.convention(), Convention::Inverse);
    assert_eq!(atr.extra_guard_time(), 2);
    assert_eq!(atr.waiting_integer(), 0x0B);
    assert_eq!(atr.specific_mode(), Some(SpecificMode { protocol: 1, can_change: false, implicit: true }));
    assert_eq!((atr.ifsc(), atr.bwi(), atr.cwi(), atr.edc()), (0xFE, 7, 5, Edc::Crc));
    assert!(atr.protocols().eq([0, 1]), "T=15 is no protocol");
    let last = atr.group(4).unwrap();
    assert_eq!((last.protocol, last.ta, last.td), (Some(15), Some(0xC3), None));
    assert_eq!(atr.interface_bytes().count(), 4);
    assert_eq!(atr.historical(), [0xAA]);
}

#[test]
fn the_largest_waiting_times_do_not_overflow() {
    // TA1 = D1 (F 2048, D 1), TC2 = FF; TB3 = FF: reserved BWI 15, which counts as 9.
    let t0 = Atr::parse(&[0x3B, 0x90, 0xD1, 0x40, 0xFF]).unwrap();
    assert_eq!(t0.waiting_time(1), Some(Millis(255 * 960 * 2048)));
    let t1 = Atr::parse(&[0x3B, 0x80, 0x81, 0x21, 0xFF, 0xDF]).unwrap();
    assert_eq!(t1.block_waiting_time(1), Some(Millis(11 * 372 + 512 * 960 * 372)));
}

#[test]
fn reserved_f_and_d_are_none() {
    for ta1 in [0x71, 0x81, 0xE1, 0xF1, 0x10, 0x1A, 0x1F] {
        assert_eq!(Atr::parse(&[0x3B, 0x10, ta1]).unwrap().card_timing(), None, "TA1 {ta1:02X}");
    }
}

#[test]
fn p05_bad_check_byte_is_a_value() {
    let mut bytes = KAZTOKEN.to_vec();
    bytes[11] = 0x83;
    assert_eq!(Atr::parse(&bytes).unwrap().tck(), Tck::Wrong { expected: 0x82, got: 0x83 });
    bytes.pop();
    assert_eq!(Atr::parse(&bytes).unwrap().tck(), Tck::Missing);
}

#[test]
fn p06_broken_structures_are_errors() {
    assert_eq!(Atr::parse(&[]), Err(AtrError::Empty));
    assert_eq!(Atr::parse(&[0x3B]), Err(AtrError::Truncated { expected: 2, got: 1 }));
    assert_eq!(Atr::parse(&[0x3B, 0xFF, 0x01, 0x4B, 0x41]), Err(AtrError::Truncated { expected: 6, got: 5 }));
    assert_eq!(Atr::parse(&[0x00, 0x00]), Err(AtrError::InitialCharacter(0)));
    assert_eq!(Atr::parse(&[0x3F]), Err(AtrError::Truncated { expected: 2, got: 1 }));
    let mut endless = [0x80; MAX_ATR_LEN];
    endless[0] = 0x3B;
    assert_eq!(Atr::parse(&endless), Err(AtrError::Truncated { expected: 34, got: 33 }));
    assert_eq!(Atr::parse(&[0x3B; 34]), Err(AtrError::TooLong { got: 34 }));
}

#[test]
fn bytes_after_the_end_are_kept_apart() {
    let atr = Atr::parse(&[0x3B, 0x02, 0xAA, 0xBB, 0x01, 0x02]).unwrap();
    assert_eq!((atr.historical(), atr.trailing()), (&[0xAA, 0xBB][..], &[0x01, 0x02][..]));
}

fn use_everything(bytes: &[u8]) {
    let _ = Model::from_atr(bytes);
    let Ok(atr) = Atr::parse(bytes) else { return };
    assert!(atr.historical().len() <= 15);
    assert!(atr.interface_bytes().count() <= MAX_ATR_LEN);
    let _ = (atr.protocols().count(), atr.card_timing(), atr.specific_mode(), atr.trailing());
    let _ = (atr.waiting_time(1), atr.block_waiting_time(u32::MAX), atr.ifsc(), atr.edc());
}

#[test]
fn no_mutation_of_two_bytes_panics() {
    for original in [KAZTOKEN, KAZTOKEN_SC] {
        let mut bytes = original.to_vec();
        for first in 0..bytes.len() {
            for second in first + 1..bytes.len() {
                // T0 and the interface bytes decide the structure: all values there, a sample elsewhere.
                let step = if second < 4 { 1 } else { 37 };
                for value in (0..=u16::MAX).step_by(step) {
                    [bytes[first], bytes[second]] = value.to_be_bytes();
                    use_everything(&bytes);
                }
                bytes[second] = original[second];
            }
            bytes[first] = original[first];
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        use_everything(&bytes);
        let mut with_ts = vec![0x3B];
        with_ts.extend(bytes);
        use_everything(&with_ts);
    }
}
