//! The choice of protocol and speed after the reset, the PPS exchange, and the parameters that follow.

use kaztoken_core::Millis;
use kaztoken_core::atr::{Atr, CardTiming};
use kaztoken_core::ccid::{ClassDescriptor, T0Parameters, T1Parameters};
use kaztoken_core::tpdu::pps::{Pps, PpsError, Selection, choose};
use proptest::prelude::*;

const KAZTOKEN: &[u8] = b"\x3B\x88\x01KAZTOKEN\x82";
const KAZTOKEN_SC: &[u8] = b"\x3B\x98\x96\x00KAZTOKEN";
const ECP_SC: &[u8] = b"\x3B\x9C\x94\x80\x11\x40RutokenECPsc\xC3";

const AUTO_NEGOTIATION: u32 = 0x40;
const AUTO_PPS: u32 = 0x80;

/// A TPDU reader for both protocols at 4 MHz, up to 344,086 bits per second, with these automatic features.
fn reader(features: u32) -> ClassDescriptor {
    let mut bytes = [0; 54];
    bytes[..2].copy_from_slice(&[0x36, 0x21]);
    let mut put = |at: usize, value: u32| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    put(6, 3);
    put(10, 4000);
    put(14, 8000);
    put(19, 10752);
    put(23, 344_086);
    put(28, 254);
    put(40, 0x0001_0000 | features);
    put(44, 271);
    ClassDescriptor::parse(&bytes).unwrap()
}

fn chosen(atr: &[u8], reader: &ClassDescriptor, rates: &[u32]) -> Result<Selection, PpsError> {
    choose(&Atr::parse(atr).unwrap(), reader, rates)
}

fn request(pps: Pps) -> Vec<u8> {
    let (bytes, len) = pps.request();
    bytes[..len].to_vec()
}

const SC: Pps = Pps { protocol: 0, pps1: Some(0x96) };

#[test]
fn p11_echo_is_accepted() {
    assert_eq!(SC.check(&[0xFF, 0x10, 0x96, 0x79]), Ok(0x96));
    let plain = Pps { protocol: 1, pps1: None };
    assert_eq!(request(plain), [0xFF, 0x01, 0xFE]);
    assert_eq!(plain.check(&[0xFF, 0x01, 0xFE]), Ok(0x11));
}

#[test]
fn p11_pps1_not_accepted_is_the_default_speed() {
    let pps = Pps { protocol: 1, pps1: Some(0x95) };
    assert_eq!(request(pps), [0xFF, 0x11, 0x95, 0x7B]);
    assert_eq!(pps.check(&[0xFF, 0x01, 0xFE]), Ok(0x11));
    assert_eq!(SC.check(&[0xFF, 0x00, 0xFF]), Ok(0x11));
}

#[test]
fn p11_wrong_answers_are_refused() {
    let pck = PpsError::CheckByte { expected: 0x79, got: 0x78 };
    assert_eq!(SC.check(&[0xFF, 0x10, 0x96, 0x78]), Err(pck));
    for len in 0..4 {
        let cut = &[0xFF, 0x10, 0x96, 0x79][..len];
        assert_eq!(SC.check(cut), Err(PpsError::Length { got: len }), "{len}");
    }
    assert_eq!(SC.check(&[0xFF, 0x10, 0x96, 0x79, 0x00]), Err(PpsError::Length { got: 5 }));
    assert_eq!(SC.check(&[0xFF, 0x11, 0x96, 0x78]), Err(PpsError::Protocol { expected: 0, got: 1 }));
    assert_eq!(SC.check(&[0xFF, 0x01, 0xFE]), Err(PpsError::Protocol { expected: 0, got: 1 }));
    assert_eq!(SC.check(&[0xFF, 0x10, 0x95, 0x7A]), Err(PpsError::Speed { expected: 0x96, got: 0x95 }));
    assert_eq!(SC.check(&[0xFE, 0x10, 0x96, 0x78]), Err(PpsError::InitialCharacter(0xFE)));
    // PPS2, PPS3 and the reserved bit were not asked for.
    assert_eq!(SC.check(&[0xFF, 0x20, 0x96, 0x49]), Err(PpsError::Unexpected(0x20)));
    assert_eq!(SC.check(&[0xFF, 0x30, 0x96, 0x00, 0x59]), Err(PpsError::Unexpected(0x30)));
    assert_eq!(SC.check(&[0xFF, 0x90, 0x96, 0xF9]), Err(PpsError::Unexpected(0x90)));
    let plain = Pps { protocol: 1, pps1: None };
    assert_eq!(plain.check(&[0xFF, 0x11, 0x11, 0xFF]), Err(PpsError::Unexpected(0x11)));
}

#[test]
fn p12_the_sc_card_in_a_tpdu_reader() {
    let selection = chosen(KAZTOKEN_SC, &reader(0), &[]).unwrap();
    assert_eq!(selection.protocol, 0);
    assert!(selection.set_parameters);
    let pps = selection.pps.unwrap();
    assert_eq!(request(pps), [0xFF, 0x10, 0x96, 0x79]);
    let f_d_index = pps.check(&[0xFF, 0x10, 0x96, 0x79]).unwrap();
    let p = T0Parameters::from_atr(&Atr::parse(KAZTOKEN_SC).unwrap(), f_d_index);
    let bytes = [p.f_d_index, p.tcckst, p.guard_time, p.waiting_integer, p.clock_stop];
    assert_eq!(bytes, [0x96, 0x00, 0x00, 0x0A, 0x00]);
}

#[test]
fn the_token_needs_no_pps() {
    let selection = chosen(KAZTOKEN, &reader(0), &[]);
    let expected = Selection { protocol: 1, pps: None, f_d_index: 0x11, set_parameters: true };
    assert_eq!(selection, Ok(expected));
}

#[test]
fn what_the_reader_does_itself_is_left_to_it() {
    let negotiates = chosen(KAZTOKEN_SC, &reader(AUTO_NEGOTIATION), &[]).unwrap();
    assert_eq!((negotiates.pps, negotiates.set_parameters), (None, false));
    let sends_pps = chosen(KAZTOKEN_SC, &reader(AUTO_PPS), &[]).unwrap();
    assert_eq!((sends_pps.pps, sends_pps.set_parameters, sends_pps.f_d_index), (None, true, 0x96));
    for others in [0x02, 0x10, 0x20, 0x32] {
        assert_eq!(chosen(KAZTOKEN_SC, &reader(others), &[]).unwrap().pps, Some(SC), "{others:02X}");
    }
}

#[test]
fn the_first_common_protocol_is_taken() {
    let mut reader = reader(0);
    let both = chosen(ECP_SC, &reader, &[]).unwrap();
    assert_eq!((both.protocol, both.pps), (0, Some(Pps { protocol: 0, pps1: Some(0x94) })));
    reader.protocols = 2;
    let t1 = chosen(ECP_SC, &reader, &[]).unwrap();
    assert_eq!((t1.protocol, t1.pps), (1, Some(Pps { protocol: 1, pps1: Some(0x94) })));
    assert_eq!(chosen(KAZTOKEN_SC, &reader, &[]), Err(PpsError::NoCommonProtocol));
    // Another than the first, at the default speed: a PPS of three bytes.
    let slow = chosen(&[0x3B, 0x80, 0x80, 0x01, 0x01], &reader, &[]).unwrap();
    assert_eq!(slow.pps.map(request), Some(vec![0xFF, 0x01, 0xFE]));
    reader.protocols = 0;
    assert_eq!(chosen(KAZTOKEN, &reader, &[]), Err(PpsError::NoCommonProtocol));
}

#[test]
fn the_speed_is_one_that_the_reader_has() {
    let pps1 = |reader: &ClassDescriptor, rates: &[u32], ta1| {
        let selection = chosen(&[0x3B, 0x10, ta1], reader, rates).unwrap();
        assert_eq!(selection.pps.is_some(), selection.f_d_index != 0x11);
        selection.f_d_index
    };
    let mut reader = reader(0);
    // 4 MHz: 96 = 250,000; 97 = 500,000; 95 = 125,000; 94 = 62,500; 18 = 129,032; 11 = 10,752.
    assert_eq!(pps1(&reader, &[], 0x96), 0x96);
    assert_eq!(pps1(&reader, &[], 0x97), 0x96, "the next lower D");
    assert_eq!(pps1(&reader, &[10752, 62_500], 0x96), 0x94);
    assert_eq!(pps1(&reader, &[10752, 62_501], 0x96), 0x94, "rounded by the reader");
    assert_eq!(pps1(&reader, &[10752], 0x96), 0x11);
    // D = 20 and 12 have their places between the powers of two.
    assert_eq!(pps1(&reader, &[125_000], 0x99), 0x95);
    assert_eq!(pps1(&reader, &[86_021], 0x18), 0x14);
    // Slower than the default, and reserved values.
    for ta1 in [0x21, 0x61, 0x10, 0x1A, 0x1F, 0x76, 0xE1, 0xF6] {
        assert_eq!(pps1(&reader, &[], ta1), 0x11, "{ta1:02X}");
    }
    reader.max_data_rate = 9_600;
    assert_eq!(pps1(&reader, &[], 0x96), 0x11);
    reader.max_data_rate = 249_998;
    assert_eq!(pps1(&reader, &[], 0x96), 0x96, "rounded by the reader");
    // Nothing is known without a clock.
    reader.default_clock_khz = 0;
    assert_eq!(pps1(&reader, &[], 0x96), 0x11);
    reader.default_clock_khz = u32::MAX;
    assert_eq!(pps1(&reader, &[], 0x96), 0x11);
}

#[test]
fn specific_mode_fixes_everything() {
    // TA1 = 96, TD1 = 10 (TA2 follows), TA2.
    let specific = |ta1, ta2| [0x3B, 0x90, ta1, 0x10, ta2];
    let mut reader = reader(0);
    let expected = Selection { protocol: 0, pps: None, f_d_index: 0x96, set_parameters: true };
    assert_eq!(chosen(&specific(0x96, 0x00), &reader, &[]), Ok(expected));
    assert_eq!(chosen(&specific(0x96, 0x10), &reader, &[]), Err(PpsError::ImplicitParameters));
    let slow = Err(PpsError::SpeedNotSupported { f_d_index: 0x97 });
    assert_eq!(chosen(&specific(0x97, 0x80), &reader, &[]), slow);
    let not_listed = Err(PpsError::SpeedNotSupported { f_d_index: 0x96 });
    assert_eq!(chosen(&specific(0x96, 0x80), &reader, &[10752]), not_listed);
    let reserved = Err(PpsError::SpeedNotSupported { f_d_index: 0x7F });
    assert_eq!(chosen(&specific(0x7F, 0x80), &reader, &[]), reserved);
    assert_eq!(chosen(&specific(0x96, 0x0E), &reader, &[]), Err(PpsError::NoCommonProtocol));
    reader.protocols = 2;
    assert_eq!(chosen(&specific(0x96, 0x00), &reader, &[]), Err(PpsError::NoCommonProtocol));
    // Not our business where the reader does it all.
    reader.protocols = 3;
    reader.features.0 |= AUTO_NEGOTIATION;
    assert!(chosen(&specific(0x97, 0x10), &reader, &[]).is_ok());
}

/// T=1 alone with TC3 = 01; T=0 and T=1 with it.
const CRC: &[u8] = &[0x3B, 0x80, 0x81, 0x41, 0x01, 0x41];
const T0_OR_CRC: &[u8] = &[0x3B, 0x80, 0x80, 0x41, 0x01, 0x40];

#[test]
fn a_crc_card_is_refused_where_the_host_does_the_blocks() {
    assert_eq!(chosen(CRC, &reader(0), &[]), Err(PpsError::CrcNotSupported));
    assert_eq!(chosen(T0_OR_CRC, &reader(0), &[]).map(|selection| selection.protocol), Ok(0));
    let mut t1_only = reader(0);
    t1_only.protocols = 2;
    assert_eq!(chosen(T0_OR_CRC, &t1_only, &[]), Err(PpsError::CrcNotSupported));
    // A reader at the short APDU level does the blocks.
    let mut apdu = reader(0);
    apdu.features.0 = 0x0002_0000;
    assert_eq!(chosen(CRC, &apdu, &[]).map(|selection| selection.protocol), Ok(1));
    assert_eq!(T1Parameters::from_atr(&Atr::parse(CRC).unwrap(), 0x11).tcckst, 0x11);
}

#[test]
fn parameters_of_t1() {
    let of = |atr: &[u8], index| {
        let p = T1Parameters::from_atr(&Atr::parse(atr).unwrap(), index);
        [p.f_d_index, p.tcckst, p.guard_time, p.waiting_integers, p.clock_stop, p.ifsc, p.nad]
    };
    assert_eq!(of(KAZTOKEN, 0x11), [0x11, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00]);
    assert_eq!(of(ECP_SC, 0x94), [0x94, 0x10, 0x00, 0x4D, 0x00, 0x40, 0x00]);
    // TC1 FF, TA3 FE, TB3 75, inverse convention.
    assert_eq!(
        of(&[0x3F, 0xC0, 0xFF, 0x81, 0x31, 0xFE, 0x75, 0x00], 0x11),
        [0x11, 0x12, 0xFF, 0x75, 0x00, 0xFE, 0x00]
    );
    // Reserved: IFSC 00 and FF, BWI above 9.
    for (ta3, tb3, expected) in [(0x00, 0xAD, 0x9D), (0xFF, 0xF0, 0x90), (0x00, 0x9F, 0x9F)] {
        let bytes = of(&[0x3B, 0x80, 0x81, 0x31, ta3, tb3, 0x00], 0x11);
        assert_eq!((bytes[5], bytes[3]), (0x20, expected));
    }
}

#[test]
fn parameters_of_t0() {
    let of = |atr: &[u8]| {
        let p = T0Parameters::from_atr(&Atr::parse(atr).unwrap(), 0x11);
        [p.f_d_index, p.tcckst, p.guard_time, p.waiting_integer, p.clock_stop]
    };
    assert_eq!(of(&[0x3F, 0xC0, 0x05, 0x40, 0x20]), [0x11, 0x02, 0x05, 0x20, 0x00]);
    // WI 00 is reserved; FF stays in bGuardTimeT0, where it means what 00 means.
    assert_eq!(of(&[0x3B, 0xC0, 0xFF, 0x40, 0x00]), [0x11, 0x00, 0xFF, 0x0A, 0x00]);
}

fn speed(index: u8) -> CardTiming {
    CardTiming::from_index(index).unwrap()
}

#[test]
fn guard_times_in_clocks() {
    let of = |atr: &[u8], protocol, index| Atr::parse(atr).unwrap().guard_time(protocol, speed(index));
    assert_eq!(of(KAZTOKEN, 1, 0x11), Some(12 * 372));
    assert_eq!(of(KAZTOKEN_SC, 0, 0x96), Some(12 * 16));
    // TC1 = 05: etu of the speed in use.
    let five = [0x3B, 0x50, 0x96, 0x05];
    assert_eq!(of(&five, 0, 0x11), Some(17 * 372));
    assert_eq!(of(&five, 0, 0x96), Some(17 * 16));
    // With T=15: etu of TA1.
    let global = [0x3B, 0xD0, 0x96, 0x05, 0x80, 0x1F, 0x03, 0x00];
    assert_eq!(of(&global, 0, 0x11), Some(12 * 372 + 5 * 16));
    // TC1 = FF.
    let none = [0x3B, 0x40, 0xFF];
    assert_eq!((of(&none, 0, 0x11), of(&none, 1, 0x11)), (Some(12 * 372), Some(11 * 372)));
    // 372 / 64 is no whole number: rounded up.
    assert_eq!(of(KAZTOKEN, 1, 0x17), Some(70));
}

#[test]
fn waiting_times() {
    let kaztoken = Atr::parse(KAZTOKEN).unwrap();
    // 8203 etu of 372 clocks at 3580 kHz.
    assert_eq!(kaztoken.character_waiting_time(speed(0x11), 3580), Some(Millis(853)));
    assert_eq!(kaztoken.character_waiting_time(speed(0x11), 0), None);
    // Reserved: WI 00 counts as 10, BWI F as 9.
    let reserved = Atr::parse(&[0x3B, 0x80, 0xC0, 0x00, 0x21, 0xFD, 0x00]).unwrap();
    assert_eq!(reserved.waiting_time(4000), Some(Millis(893)));
    assert_eq!(reserved.block_waiting_time(4000), Some(Millis(45_713)));
}

#[test]
fn libccids_budgets_follow_from_the_same_times() {
    // To within the rounding of 260 waiting times up to whole milliseconds.
    let close = |ours: u64, libccid: u64| (libccid..libccid + 260).contains(&ours);
    let guard = |atr: &Atr<'_>, protocol, count, index| {
        count * atr.guard_time(protocol, speed(index)).unwrap() / 3580
    };
    let token = Atr::parse(KAZTOKEN).unwrap();
    let Millis(bwt) = token.block_waiting_time(3580).unwrap();
    let Millis(cwt) = token.character_waiting_time(speed(0x11), 3580).unwrap();
    assert!(close(guard(&token, 1, 260, 0x11) + bwt + 260 * cwt + 1000, 224_539));
    let card = Atr::parse(KAZTOKEN_SC).unwrap();
    let Millis(wt) = card.waiting_time(3580).unwrap();
    assert!(close(guard(&card, 0, 5, 0x96) + 260 * wt, 356_970));
}

proptest! {
    #[test]
    fn any_answer_is_a_known_speed_or_an_error(
        protocol in 0..15u8,
        pps1: Option<u8>,
        answer in proptest::collection::vec(any::<u8>(), 0..8),
        whole: bool,
    ) {
        let pps = Pps { protocol, pps1 };
        let mut answer = answer;
        if whole {
            // A right start and PCK, so that the rest is reached.
            answer.insert(0, 0xFF);
            answer.push(answer.iter().fold(0, |sum, byte| sum ^ byte));
        }
        if let Ok(index) = pps.check(&answer) {
            prop_assert_eq!(answer[1] & 0x0F, protocol);
            prop_assert_eq!(answer.iter().fold(0, |sum, byte| sum ^ byte), 0);
            prop_assert!(index == 0x11 || Some(index) == pps1);
        }
    }

    #[test]
    fn no_speed_beyond_card_and_reader(
        atr in proptest::collection::vec(any::<u8>(), 0..31),
        t0 in 0..=255u8,
        clock: u32,
        max: u32,
        rates in proptest::collection::vec(any::<u32>(), 0..4),
    ) {
        let bytes = [&[0x3B, t0][..], &atr].concat();
        let Ok(atr) = Atr::parse(&bytes) else { return Ok(()) };
        let mut reader = reader(0);
        (reader.default_clock_khz, reader.max_data_rate) = (clock, max);
        if let Ok(selection) = choose(&atr, &reader, &rates) {
            prop_assert!(atr.offers(selection.protocol) || atr.specific_mode().is_some());
            if let Some(Pps { pps1: Some(index), .. }) = selection.pps {
                let timing = atr.card_timing().unwrap();
                let used = speed(index);
                prop_assert!(used.f == timing.f && used.d <= timing.d);
                let rate = u64::from(clock) * 1000 * u64::from(used.d) / u64::from(used.f);
                prop_assert!(rate <= u64::from(max) + 2);
            }
        }
    }
}
