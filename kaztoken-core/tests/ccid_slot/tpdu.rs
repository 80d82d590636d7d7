//! The TPDU level: activation, T=1 and T=0 through the slot. The protocols alone have tests of their own.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, ClassDescriptor, ControlAnswer, ErrorCode, Features, Rung};
use kaztoken_core::tpdu::pps::PpsError;
use kaztoken_core::tpdu::t0::T0Error;
use kaztoken_core::tpdu::t1::T1Error;

use super::{ATR, BUDGET, Rig, descriptor, timeout};

const CHALLENGE: &[u8] = &[0x00, 0x84, 0x00, 0x00, 0x04];
const VERIFY: &[u8] = b"\x00\x20\x00\x02\x0812345678";
/// The SC card: T=0, TA1 96.
const SC: &str = "80 0C000000 00 SS 00 00 00 3B9896004B415A544F4B454E";
const PARAMETERS_T0: &str = "82 05000000 00 SS 00 00 00 9600000A00";
const PARAMETERS_T1: &str = "82 07000000 00 SS 00 00 01 1110004D002000";

/// A reader that leaves everything to the host, at 4 MHz up to 344 kbit/s.
fn reader(protocols: u32) -> ClassDescriptor {
    ClassDescriptor {
        features: Features(0x0001_0000),
        protocols,
        default_clock_khz: 4_000,
        maximum_clock_khz: 4_000,
        data_rate: 10_752,
        max_data_rate: 344_086,
        max_ifsd: 254,
        ..descriptor()
    }
}

fn rig(protocols: u32) -> Rig {
    Rig { control: ControlAnswer::Accepted, ..Rig::with(&reader(protocols)) }
}

/// A DataBlock with these bytes.
fn data(bytes: &str) -> String {
    let bytes = bytes.replace(' ', "");
    format!("80 {:02X}000000 00 SS 00 00 00 {bytes}", bytes.len() / 2)
}

/// Body and bBWI of the n-th message sent.
fn sent(rig: &Rig, at: usize) -> (u8, u8, &[u8]) {
    let message = &rig.sent[at];
    (message[0], message[7], &message[10..])
}

/// A T=1 card, ready.
fn t1() -> Rig {
    let mut rig = rig(2);
    rig.power_on(&[ATR, PARAMETERS_T1, &data("00 E1 01 FE 1E")]).unwrap();
    rig.sent.clear();
    rig
}

/// A T=0 card, ready.
fn t0() -> Rig {
    let mut rig = rig(1);
    rig.power_on(&[SC, &data("FF 10 96 79"), PARAMETERS_T0]).unwrap();
    rig.sent.clear();
    rig
}

fn run(rig: &mut Rig, command: &[u8], answers: &[&str]) -> Result<Vec<u8>, CcidError> {
    let answers: Vec<String> = answers.iter().map(|bytes| data(bytes)).collect();
    rig.exchange_apdu(command, &answers.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn activation_of_a_t1_card_sets_parameters_and_block_size() {
    let mut rig = rig(2);
    rig.power_on(&[ATR, PARAMETERS_T1, &data("00 E1 01 FE 1E")]).unwrap();
    let kinds: Vec<u8> = rig.sent.iter().map(|message| message[0]).collect();
    assert_eq!(kinds, [0x62, 0x61, 0x6F], "the default speed needs no PPS");
    assert_eq!(sent(&rig, 1), (0x61, 1, &[0x11, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00][..]));
    assert_eq!(sent(&rig, 2).2, [0x00, 0xC1, 0x01, 0xFE, 0x3E]);
}

#[test]
fn what_the_reader_does_itself_is_not_sent() {
    let all = Features::AUTO_NEGOTIATION | Features::AUTO_IFSD;
    let reader = ClassDescriptor { features: Features(0x0001_0000 | all), ..reader(2) };
    let mut rig = Rig::with(&reader);
    rig.power_on(&[ATR]).unwrap();
    assert_eq!(rig.sent.len(), 1);
    assert_eq!(run(&mut rig, CHALLENGE, &["00 00 06 01 02 03 04 90 00 92"]), Ok(vec![1, 2, 3, 4, 0x90, 0]));
}

#[test]
fn a_reader_that_chooses_between_two_protocols_is_asked_which() {
    // T=0 and T=1, TCK 80 ^ 01 ^ 00.
    let both = data("3B 80 80 01 01");
    for (protocol, first) in [(0, 0x00), (1, 0x00)] {
        let features = Features(0x0001_0000 | Features::AUTO_NEGOTIATION | Features::AUTO_IFSD);
        let mut rig = Rig::with(&ClassDescriptor { features, ..reader(3) });
        let chosen = ["82 05000000 00 SS 00 00 00 1100000A00", PARAMETERS_T1][protocol];
        rig.power_on(&[&both, chosen]).unwrap();
        assert_eq!(rig.sent[1][0], 0x6C);
        rig.sent.clear();
        let answer = ["01 02 03 04 90 00", "00 00 06 01 02 03 04 90 00 92"][protocol];
        assert_eq!(run(&mut rig, CHALLENGE, &[answer]), Ok(vec![1, 2, 3, 4, 0x90, 0]));
        assert_eq!(sent(&rig, 0).2[0], first);
    }
}

#[test]
fn d10_the_block_size_offered_is_never_invalid() {
    for (max_ifsd, offered) in [(0, 32), (1, 1), (0xFF, 254), (0x100, 254), (0x3E8, 254)] {
        let mut rig = Rig::with(&ClassDescriptor { max_ifsd, ..reader(2) });
        let answer = data(&format!("00 E1 01 {offered:02X} {:02X}", 0xE1 ^ 0x01 ^ offered));
        rig.power_on(&[ATR, PARAMETERS_T1, &answer]).unwrap();
        assert_eq!(sent(&rig, 2).2, [0x00, 0xC1, 0x01, offered, 0xC1 ^ 0x01 ^ offered]);
    }
    // What does not fit into the reader's messages is not offered either.
    let mut rig = Rig::with(&ClassDescriptor { max_message_length: 64, ..reader(2) });
    rig.power_on(&[ATR, PARAMETERS_T1, &data("00 E1 01 32 D2")]).unwrap();
    assert_eq!(sent(&rig, 2).2, [0x00, 0xC1, 0x01, 50, 0xF2]);
}

#[test]
fn p11_answers_to_the_pps() {
    let answered = |answer: &str| {
        let mut rig = rig(1);
        let result = rig.power_on(&[SC, answer, PARAMETERS_T0]).map(|_| ());
        (result, rig)
    };
    let (result, rig) = answered(&data("FF 10 96 79"));
    assert_eq!(result, Ok(()));
    assert_eq!(sent(&rig, 2).2, [0x96, 0x00, 0x00, 0x0A, 0x00]);
    let (result, rig) = answered(&data("FF 00 FF"));
    assert_eq!(result, Ok(()), "the card refuses the speed");
    assert_eq!(sent(&rig, 2).2, [0x11, 0x00, 0x00, 0x0A, 0x00], "so it is the default");
    let check = PpsError::CheckByte { expected: 0x79, got: 0x78 };
    assert_eq!(answered(&data("FF 10 96 78")).0, Err(CcidError::Pps(check)));
    assert!(matches!(answered(&data("FF 10")).0, Err(CcidError::Pps(PpsError::Length { got: 2 }))));
    let (result, rig) = answered("80 00000000 00 SS 40 FE 00");
    assert_eq!(result, Err(CcidError::CardMute));
    assert!(rig.slot.atr().is_err(), "not ready");
    assert_eq!(rig.sent.len(), 2);
    assert_eq!(rig.slot.recovery().next(), Some(Rung::PowerCycle), "the card is to be reset");
}

#[test]
fn p12_pps_and_parameters_of_the_sc_card() {
    let mut rig = rig(1);
    rig.power_on(&[SC, &data("FF 10 96 79"), PARAMETERS_T0]).unwrap();
    assert_eq!(sent(&rig, 1), (0x6F, 0, &[0xFF, 0x10, 0x96, 0x79][..]));
    assert_eq!(sent(&rig, 2), (0x61, 0, &[0x96, 0x00, 0x00, 0x0A, 0x00][..]));
}

#[test]
fn p13_a_refused_set_parameters() {
    let unknown = "82 00000000 00 SS 40 00 00";
    let mut rig = rig(1);
    assert!(rig.power_on(&[SC, &data("FF 10 96 79"), unknown]).is_ok(), "the reader sets them itself");
    // A reader that refuses a value is left with others than the card.
    let refused = "82 00000000 00 SS 40 0A 00";
    let error = CcidError::Reader(ErrorCode::from(0x0A));
    assert_eq!(self::rig(1).power_on(&[SC, &data("FF 10 96 79"), refused]), Err(error));
}

#[test]
fn a_card_without_power_gets_no_command() {
    let mut rig = rig(2);
    assert_eq!(rig.exchange_apdu(CHALLENGE, &[]), Err(CcidError::CardInactive));
    assert!(rig.sent.is_empty());
    rig.power_on(&[ATR, PARAMETERS_T1, &data("00 E1 01 FE 1E")]).unwrap();
    assert!(run(&mut rig, CHALLENGE, &["00 00 06 01 02 03 04 90 00 92"]).is_ok());
}

#[test]
fn a_power_on_that_fails_leaves_a_card_without_power() {
    let mut rig = t1();
    assert_eq!(rig.power_on(&["80 00000000 00 SS 41 FE 00"; 2]), Err(CcidError::CardMute));
    assert_eq!(rig.exchange_apdu(CHALLENGE, &[]), Err(CcidError::CardInactive));
    assert_eq!(rig.sent.len(), 2, "nothing more was sent");
}

#[test]
fn t1_waiting_time_extension_multiplies_the_readers_time_and_is_said() {
    let mut rig = t1();
    let answers = ["00 C3 01 02 C0", "00 00 06 01 02 03 04 90 00 92"];
    assert_eq!(run(&mut rig, CHALLENGE, &answers), Ok(vec![1, 2, 3, 4, 0x90, 0x00]));
    assert_eq!(sent(&rig, 1), (0x6F, 2, &[0x00, 0xE3, 0x01, 0x02, 0xE0][..]));
    assert_eq!(rig.extensions, [2]);
}

#[test]
fn t1_errors_of_the_reader_are_the_protocols_to_heal() {
    let good = data("00 00 06 01 02 03 04 90 00 92");
    for (code, asked) in [("FE", 0x82), ("FD", 0x81), ("FC", 0x81)] {
        let mut rig = t1();
        let failed = format!("80 00000000 00 SS 40 {code} 00");
        assert_eq!(rig.exchange_apdu(CHALLENGE, &[&failed, &good]), Ok(vec![1, 2, 3, 4, 0x90, 0x00]));
        assert_eq!(sent(&rig, 1).2, [0x00, asked, 0x00, asked]);
        assert_eq!(rig.slot.recovery().answers_lost(), 0);
    }
}

#[test]
fn b15_after_an_unrecovered_error_one_power_on_recovers() {
    let mut rig = t1();
    let bad = ["00 00 02 90 00 6D"; 20];
    let error = CcidError::T1(T1Error::Unrecovered);
    assert_eq!(run(&mut rig, CHALLENGE, &bad), Err(error));
    assert_eq!(rig.slot.recovery().next(), Some(Rung::PowerCycle));
    assert_eq!(run(&mut rig, CHALLENGE, &[]), Err(error), "it is not used again");
    rig.power_on(&[ATR, PARAMETERS_T1, &data("00 E1 01 FE 1E")]).unwrap();
    assert!(run(&mut rig, CHALLENGE, &["00 00 06 01 02 03 04 90 00 92"]).is_ok());
}

#[test]
fn b16_a_verify_whose_answer_is_lost_is_not_sent_again() {
    let mut rig = t1();
    let answers = ["00 00 02 90 00 6D", "00 00 02 90 00 6D", "00 00 02 90 00 6D", "00 E0 00 E0"];
    assert_eq!(run(&mut rig, VERIFY, &answers), Err(CcidError::T1(T1Error::OutcomeUnknown)));
    let pins = rig.sent.iter().filter(|message| message.windows(8).any(|part| part == b"12345678"));
    assert_eq!(pins.count(), 1);
    assert!(rig.slot.recovery().answers_lost() > 0);
}

#[test]
fn an_abort_does_not_bring_t1_in_step() {
    let mut rig = t1();
    let result = rig.exchange_apdu(CHALLENGE, &["", "81 00000000 00 SS 00 00 00"]);
    assert_eq!(result, Err(timeout()));
    assert_eq!(rig.slot.recovery().next(), Some(Rung::PowerCycle));
    assert_eq!(rig.slot.closed(), Some(timeout()));
}

#[test]
fn b05_extensions_without_end_stop_at_the_budget() {
    for storm in ["00 C3 01 01 C3", "00 C3 01 FF 3D"] {
        let mut rig = t1();
        let storm = [storm; 5_000];
        let Err(CcidError::T1(error)) = run(&mut rig, CHALLENGE, &storm) else { panic!("accepted") };
        assert_eq!(error, T1Error::TooManyWaits, "without a clock it is the count that ends it");
        assert!(rig.sent.len() < 1_100);
    }
}

#[test]
fn t0_all_cases() {
    let mut rig = t0();
    assert_eq!(run(&mut rig, &[0, 0xA4, 4, 0], &["90 00"]), Ok(vec![0x90, 0]));
    assert_eq!(sent(&rig, 0).2, [0, 0xA4, 4, 0, 0]);
    assert_eq!(run(&mut rig, CHALLENGE, &["01 02 03 04 90 00"]), Ok(vec![1, 2, 3, 4, 0x90, 0]));
    assert_eq!(
        run(&mut rig, &[0, 0xA4, 0, 0, 2, 0x3F, 0, 0], &["61 02", "AA BB 90 00"]),
        Ok(vec![0xAA, 0xBB, 0x90, 0])
    );
    assert_eq!(sent(&rig, 2).2, [0, 0xA4, 0, 0, 2, 0x3F, 0]);
    assert_eq!(sent(&rig, 3).2, [0, 0xC0, 0, 0, 2]);
}

#[test]
fn z05_a_t0_card_that_breaks_the_protocol_is_reset_before_the_next_command() {
    let mut rig = t0();
    let error = CcidError::T0(T0Error::NoStatusWord { got: 1 });
    assert_eq!(run(&mut rig, CHALLENGE, &["60"]), Err(error));
    assert_eq!(rig.slot.recovery().next(), Some(Rung::PowerCycle));
}

#[test]
fn t0_a_lost_answer_is_aborted_and_the_session_goes_on() {
    let mut rig = t0();
    assert_eq!(rig.exchange_apdu(CHALLENGE, &["", "81 00000000 00 SS 00 00 00"]), Err(timeout()));
    assert_eq!(rig.slot.recovery().next(), None);
    assert_eq!(run(&mut rig, CHALLENGE, &["01 02 03 04 90 00"]), Ok(vec![1, 2, 3, 4, 0x90, 0]));
}

#[test]
fn the_budget_is_of_the_command_and_not_of_a_block() {
    let mut rig = t1();
    rig.slot.exchange(rig.now, CHALLENGE, Millis(2_000)).unwrap();
    let started = rig.now;
    let block = super::transfers(&data("00 C3 01 01 C3"), 0);
    for _ in 0..100 {
        let Some(message) = rig.slot.poll_transmit().map(<[u8]>::to_vec) else { break };
        rig.slot.transmitted(rig.now);
        rig.now = rig.now.after(Millis(300));
        let mut answer = block[0].clone();
        answer[6] = message[6];
        rig.slot.handle_input(rig.now, &answer);
        while let kaztoken_core::ccid::Poll::TimeExtension { .. } = rig.slot.poll(CHALLENGE, &mut [0; 258]) {}
    }
    assert!(rig.slot.poll_control().is_some(), "the reader is asked to abort");
    assert!(rig.now.since(started) <= Millis(2_400));
}

#[test]
fn a_t0_card_that_falls_silent_is_not_spoken_to_again() {
    for (answer, error) in [
        ("80 00000000 00 SS 40 FE 00", CcidError::CardMute),
        ("80 00000000 00 SS 40 FD 00", CcidError::Reader(ErrorCode::TransferParityError)),
        ("80 00000000 00 SS 40 FC 00", CcidError::Reader(ErrorCode::TransferOverrun)),
    ] {
        let mut rig = rig(1);
        rig.power_on(&[SC, &data("FF 10 96 79"), PARAMETERS_T0]).unwrap();
        rig.slot.exchange(rig.now, CHALLENGE, BUDGET).unwrap();
        assert_eq!(rig.run(CHALLENGE, &[answer]), Err(error));
        assert_eq!(rig.slot.closed(), Some(error), "it may be in the middle of the command");
        assert_eq!(rig.slot.recovery().next(), Some(Rung::PowerCycle));
    }
}
