//! APDUs in several messages, both ways: cases C1 to C12.

use kaztoken_core::ccid::{CcidError, ClassDescriptor, ControlAnswer, ErrorCode, Features, Slot, Violation};

use super::{GOOD, Rig, SELECT, answer, descriptor, timeout};

const NEXT: &str = "80 00000000 00 SS 00 00 10";
const ABORTED: &str = "81 00000000 00 SS 00 00 00";

fn extended() -> ClassDescriptor {
    ClassDescriptor { features: Features(0x0004_0840), ..descriptor() }
}

fn rig() -> Rig {
    Rig { control: ControlAnswer::Accepted, ..Rig::with(&extended()) }
}

/// An extended case 3 command of this length.
fn command(len: usize) -> Vec<u8> {
    let data = len - 7;
    let mut command = vec![0x00, 0xD6, 0x00, 0x00, 0x00, (data >> 8) as u8, data as u8];
    command.extend((0..data).map(|at| at as u8));
    command
}

/// wLevelParameter and length of every XfrBlock sent.
fn parts(rig: &Rig) -> Vec<(u8, u16, usize)> {
    let part =
        |message: &Vec<u8>| (message[0], u16::from_le_bytes([message[8], message[9]]), message.len() - 10);
    rig.sent.iter().map(part).collect()
}

fn chained(parameter: u8) -> CcidError {
    CcidError::Violation(Violation::Chained { parameter })
}

#[test]
fn c01_a_long_command_goes_out_in_parts() {
    let mut rig = rig();
    let command = command(607);
    assert_eq!(rig.exchange_apdu(&command, &[NEXT, NEXT, GOOD]), Ok(vec![0x90, 0x00]));
    assert_eq!(parts(&rig), [(0x6F, 1, 261), (0x6F, 3, 261), (0x6F, 2, 85)]);
    let sent: Vec<u8> = rig.sent.iter().flat_map(|message| message[10..].to_vec()).collect();
    assert_eq!(sent, command);
}

#[test]
fn c01_a_command_of_exactly_one_message_is_not_chained() {
    let mut rig = rig();
    assert_eq!(rig.exchange_apdu(&command(261), &[GOOD]), Ok(vec![0x90, 0x00]));
    assert_eq!(parts(&rig), [(0x6F, 0, 261)]);
}

#[test]
fn c02_a_long_answer_is_asked_for_in_parts() {
    let mut rig = rig();
    let script = [
        "80 05010000 00 SS 00 00 01 261*AA",
        "80 05010000 00 SS 00 00 03 261*BB",
        "80 52000000 00 SS 00 00 02 80*CC 9000",
    ];
    let answer = rig.exchange(&script).unwrap();
    assert_eq!(answer, [&[0xAA; 261][..], &[0xBB; 261], &[0xCC; 80], &[0x90, 0x00]].concat());
    assert_eq!(parts(&rig), [(0x6F, 0, 4), (0x6F, 0x10, 0), (0x6F, 0x10, 0)]);
    assert_eq!(rig.slot.counters().chained, 0, "that is what the extended level is for");
}

#[test]
fn c03_an_answer_that_begins_in_the_middle() {
    for parameter in [0x02, 0x03] {
        let mut rig = rig();
        let script = format!("80 02000000 00 SS 00 00 {parameter:02X} 9000");
        assert_eq!(rig.exchange(&[&script, ABORTED]), Err(chained(parameter)));
        assert_eq!(rig.slot.closed(), None, "aborted");
        assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
    }
}

#[test]
fn c04_an_answer_that_begins_twice() {
    let first = "80 02000000 00 SS 00 00 01 AABB";
    assert_eq!(rig().exchange(&[first, first, ABORTED]), Err(chained(1)));
    assert_eq!(rig().exchange(&[first, GOOD, ABORTED]), Err(chained(0)), "or is whole after a beginning");
}

#[test]
fn c05_reserved_parameters() {
    for parameter in [0x04, 0x11, 0xFF] {
        let script = format!("80 02000000 00 SS 00 00 {parameter:02X} 9000");
        assert_eq!(rig().exchange(&[&script, ABORTED]), Err(chained(parameter)));
    }
}

#[test]
fn c06_answers_without_end() {
    let mut rig1 = rig();
    assert_eq!(rig1.exchange(&[NEXT; 1_000]), Err(chained(0x10)));
    let mut rig2 = rig();
    let mut script = vec!["80 02000000 00 SS 00 00 01 AABB"];
    script.extend(["80 00000000 00 SS 00 00 03"; 1_000]);
    assert_eq!(rig2.exchange(&script), Err(chained(3)));
    assert!(rig2.sent.len() <= 4, "one empty part is taken");
    let mut rig3 = rig();
    script.truncate(1);
    script.resize(10_000, "80 01000000 00 SS 00 00 03 CC");
    let too_long = rig3.exchange(&script);
    assert_eq!(too_long, Err(CcidError::ResponseTooLong { needed: 5_001, got: 5_000 }));
}

#[test]
fn c06_one_empty_part_is_taken() {
    let script =
        ["80 02000000 00 SS 00 00 01 AABB", "80 00000000 00 SS 00 00 03", "80 02000000 00 SS 00 00 02 9000"];
    assert_eq!(rig().exchange(&script), Ok(vec![0xAA, 0xBB, 0x90, 0x00]));
}

#[test]
fn c07_a_final_answer_in_the_middle_of_the_command() {
    let mut rig = rig();
    let script = "80 02000000 00 SS 00 00 00 6700";
    assert_eq!(rig.exchange_apdu(&command(607), &[NEXT, script]), Ok(vec![0x67, 0x00]));
    assert_eq!(parts(&rig).len(), 2, "the rest is not sent");
    let data = "80 03000000 00 SS 00 00 10 AABBCC";
    assert_eq!(self::rig().exchange_apdu(&command(607), &[data, ABORTED]), Err(chained(0x10)));
    let nothing = CcidError::Violation(Violation::NoStatusWord { got: 0 });
    let empty = "80 00000000 00 SS 00 00 00";
    assert_eq!(self::rig().exchange_apdu(&command(607), &[empty, ABORTED]), Err(nothing));
}

#[test]
fn c08_an_error_in_the_middle_of_the_command_is_aborted() {
    let mut rig = rig();
    let busy = "80 00000000 00 SS 40 E0 00";
    let result = rig.exchange_apdu(&command(607), &[NEXT, busy, ABORTED]);
    assert_eq!(result, Err(CcidError::Busy(ErrorCode::SlotBusy)));
    assert_eq!(parts(&rig).iter().map(|part| part.0).collect::<Vec<_>>(), [0x6F, 0x6F, 0x72]);
    assert_eq!(rig.slot.closed(), None);
    // An empty transfer is no answer: the reader still owes one.
    assert_eq!(self::rig().exchange_apdu(&command(607), &[NEXT, "()", ABORTED]), Err(timeout()));
    let after = format!("() | {GOOD}");
    let mut rig = self::rig();
    assert_eq!(rig.exchange_apdu(&command(607), &[NEXT, NEXT, &after]), Ok(vec![0x90, 0x00]));
}

#[test]
fn c09_a_chained_answer_at_the_short_level_is_followed_and_counted() {
    let mut rig = Rig::new();
    let script = ["80 36000000 00 SS 00 00 01 54*AA", "80 02000000 00 SS 00 00 02 9000"];
    assert_eq!(rig.exchange(&script), Ok([&[0xAA; 54][..], &[0x90, 0x00]].concat()));
    assert_eq!(rig.slot.counters().chained, 1);
    assert_eq!(parts(&rig), [(0x6F, 0, 4), (0x6F, 0x10, 0)]);
    let strict = Slot::open([0; 271], &descriptor(), 64).unwrap().strict();
    let mut rig = Rig { slot: strict, ..Rig::new() };
    assert_eq!(rig.exchange(&script), Err(chained(1)));
}

#[test]
fn c10_asking_for_more_at_the_short_level() {
    assert_eq!(answer(NEXT), Err(chained(0x10)));
}

#[test]
fn c11_long_commands_at_the_short_level_are_refused_before_sending() {
    let mut rig = Rig::new();
    for len in [262, 607] {
        let refused = CcidError::CommandLength { got: len, max: 261 };
        assert_eq!(rig.exchange_apdu(&command(len), &[]), Err(refused));
        assert!(refused.to_string().contains("chain"), "{refused}");
    }
    assert!(rig.sent.is_empty());
    let refused = CcidError::CommandLength { got: 65_545, max: 65_544 };
    assert_eq!(self::rig().exchange_apdu(&vec![0; 65_545], &[]), Err(refused));
}

#[test]
fn c12_pieces_of_one_packet_with_empty_transfers_between() {
    let first = "80 36000000 00 SS 00 00 01 54*AA | ()";
    let last = "() | 80 02000000 00 SS 00 00 02 9000";
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&[first, last]), Ok([&[0xAA; 54][..], &[0x90, 0x00]].concat()));
}

#[test]
fn a_larger_buffer_takes_longer_messages() {
    let reader = ClassDescriptor { max_message_length: 2_048, ..extended() };
    let long = "80 D2040000 00 SS 00 00 00 1232*AA 9000";
    let mut small = Rig { control: ControlAnswer::Accepted, ..Rig::with(&reader) };
    let too_long = Violation::TooLong { declared: 1_234, max: 261 };
    assert_eq!(small.exchange(&[long, ABORTED]), Err(too_long.into()));
    let mut buffer = vec![0; 4_096];
    let mut slot = Slot::open(&mut buffer[..], &reader, 64).unwrap();
    let command = command(3_000);
    slot.exchange(kaztoken_core::Millis(0), &command, super::BUDGET).unwrap();
    assert_eq!(slot.poll_transmit().map(<[u8]>::len), Some(2_048), "dwMaxCCIDMessageLength");
    assert_eq!(SELECT.len(), 4);
}

#[test]
fn what_was_never_sent_of_a_long_command_is_not_aborted() {
    let mut rig = rig();
    let command = command(607);
    rig.slot.exchange(rig.now, &command, super::BUDGET).unwrap();
    rig.slot.cancel(rig.now);
    assert_eq!(rig.run(&command, &[]), Err(CcidError::Cancelled));
    assert!(rig.sent.is_empty() && rig.requests.is_empty());
    // Between two parts the reader waits for the next one.
    rig.slot.exchange(rig.now, &command, super::BUDGET).unwrap();
    rig.slot.transmitted(rig.now);
    rig.slot.handle_input(rig.now, &super::transfers(NEXT, 0)[0]);
    assert_eq!(rig.slot.poll(&command, &mut [0; 258]), kaztoken_core::ccid::Poll::Wait);
    rig.slot.cancel(rig.now);
    assert_eq!(rig.run(&command, &[ABORTED]), Err(CcidError::Cancelled));
    assert_eq!((rig.sent.len(), rig.slot.closed()), (1, None));
    assert_eq!(rig.sent[0][0], 0x72);
}
