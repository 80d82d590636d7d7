//! Frame integrity: cases F1 to F18.

use kaztoken_core::Millis;
use kaztoken_core::ccid::drivers::read_len;
use kaztoken_core::ccid::{CcidError, MessageType, Outcome, Poll, Slot, Violation};

use super::{GOOD, Rig, SELECT, answer, timeout, transfers};

fn violation(violation: Violation) -> Result<Vec<u8>, CcidError> {
    Err(CcidError::Violation(violation))
}

#[test]
fn f01_good() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.sent, [[0x6F, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xA4, 0x04, 0x00]]);
}

#[test]
fn f02_stale_then_good() {
    let mut rig = Rig::new();
    let script = format!("80 02000000 00 SS-1 00 00 00 6A82 | {GOOD}");
    assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.slot.counters().stale, 1);
}

#[test]
fn f03_only_another_sequence_number_times_out_and_closes() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&["80 02000000 00 SS+1 00 00 00 6A82"]), Err(timeout()));
    assert_eq!(rig.slot.closed(), Some(timeout()));
    assert_eq!(rig.exchange(&[GOOD]), Err(timeout()), "a closed slot says the same again");
    assert_eq!(rig.sent.len(), 1, "and sends nothing");
}

#[test]
fn f04_another_slot() {
    let wrong = Violation::Slot { expected: 0, got: 1 };
    assert_eq!(answer("80 02000000 01 SS 00 00 00 6A82"), violation(wrong));
}

#[test]
fn f05_another_type() {
    let wrong = |got| violation(Violation::Type { expected: MessageType::DataBlock, got });
    assert_eq!(answer("81 00000000 00 SS 00 00 00"), wrong(MessageType::SlotStatus));
    assert_eq!(answer("82 02000000 00 SS 00 00 00 6A82"), wrong(MessageType::Parameters));
    assert_eq!(answer("83 02000000 00 SS 00 00 00 6A82"), wrong(MessageType::EscapeAnswer));
    assert_eq!(answer("82 00000000 00 SS 40 FE 00"), wrong(MessageType::Parameters));
    assert_eq!(answer("6C 00000000 00 SS 00 00 00"), wrong(MessageType::GetParameters));
}

#[test]
fn f06_error_answer_with_the_type_of_a_command() {
    use kaztoken_core::ccid::ErrorCode::{HardwareError, SlotBusy};
    assert_eq!(answer("6C 00000000 00 SS 40 FB 00"), Err(CcidError::Reader(HardwareError)));
    let busy = ["6C 00000000 00 SS 40 E0 00"; 20];
    assert_eq!(Rig::new().exchange(&busy), Err(CcidError::Busy(SlotBusy)));
}

#[test]
fn f07_cut_header() {
    for (script, got) in [("80 02000000 00 SS 00 00", 9), ("80 02000000 00 SS", 7), ("80", 1)] {
        assert_eq!(answer(script), violation(Violation::ShortHeader { got }));
    }
}

#[test]
fn f08_zero_length_packet_then_good() {
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&[&format!("() | {GOOD}")]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.slot.counters().empty, 1);
}

#[test]
fn f09_short_body() {
    let short = Violation::ShortBody { declared: 10, got: 2 };
    assert_eq!(answer("80 0A000000 00 SS 00 00 00 9000"), violation(short));
}

#[test]
fn f10_split_body_is_joined_only_at_a_packet_boundary() {
    let short = Violation::ShortBody { declared: 4, got: 2 };
    assert_eq!(answer("80 04000000 00 SS 00 00 00 AABB | 9000"), violation(short));
    let joined = answer("80 3A000000 00 SS 00 00 00 54*AA | BBBB9000").unwrap();
    assert_eq!(joined.len(), 58);
    assert_eq!(joined[53..], [0xAA, 0xBB, 0xBB, 0x90, 0x00]);
    let ended = Violation::ShortBody { declared: 58, got: 54 };
    assert_eq!(answer("80 3A000000 00 SS 00 00 00 54*AA | ()"), violation(ended));
    let three = answer("80 78000000 00 SS 00 00 00 54*AA | 64*BB | 9000").unwrap();
    assert_eq!(three.len(), 120);
}

#[test]
fn f11_full_packets_need_no_further_packet() {
    let full = "80 36000000 00 SS 00 00 00 52*AA 9000";
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&[full]).map(|answer| answer.len()), Ok(54));
    assert_eq!(rig.now, Millis(1_000), "answered at once");
    // The zero-length packet after it stands in the queue when the next answer is read.
    rig.slot.handle_input(rig.now, &[]);
    assert_eq!(rig.exchange(&[&format!("() | {GOOD}")]), Ok(vec![0x90, 0x00]));
    assert_eq!(answer("80 37000000 00 SS 00 00 00 53*AA 9000").map(|answer| answer.len()), Ok(55));
    assert_eq!(answer("80 37000000 00 SS 00 00 00 53*AA 90 | 00").map(|answer| answer.len()), Ok(55));
}

#[test]
fn f12_padding_is_cut_off_and_counted() {
    let script = "80 02000000 00 SS 00 00 00 9000 00000000";
    let mut rig = Rig::new();
    assert_eq!(rig.exchange(&[script]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.slot.counters().padded, 1);
    let mut rig = Rig::new();
    rig.slot = rig.slot.strict();
    assert_eq!(rig.exchange(&[script]), violation(Violation::TrailingBytes { got: 4 }));
}

#[test]
fn f13_no_room_for_a_status_word() {
    assert_eq!(answer("80 00000000 00 SS 00 00 00"), violation(Violation::NoStatusWord { got: 0 }));
    assert_eq!(answer("80 01000000 00 SS 00 00 00 90"), violation(Violation::NoStatusWord { got: 1 }));
}

#[test]
fn f14_enormous_lengths() {
    for declared in [0xFFFF_FFFFu32, 0x8000_0000, 0xFFFF_FFF6, 0x0001_0000] {
        let length: String = declared.to_le_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        let script = format!("80 {length} 00 SS 00 00 00 9000");
        assert_eq!(answer(&script), violation(Violation::TooLong { declared, max: 261 }));
        // The same in a stale answer is dropped.
        let stale = format!("80 {length} 00 SS-1 00 00 00 9000 | {GOOD}");
        assert_eq!(answer(&stale), Ok(vec![0x90, 0x00]));
    }
}

#[test]
fn f15_longer_than_the_longest_message() {
    let too_long = Violation::TooLong { declared: 302, max: 261 };
    assert_eq!(answer("80 2E010000 00 SS 00 00 00 300*AA 9000"), violation(too_long));
    assert_eq!(answer("80 02010000 00 SS 00 00 00 256*AA 9000").map(|answer| answer.len()), Ok(258));
    assert_eq!(answer("80 05010000 00 SS 00 00 00 259*AA 9000").map(|answer| answer.len()), Ok(261));
}

#[test]
fn f16_answers_out_of_turn() {
    let mut rig = Rig::new();
    rig.slot.exchange(rig.now, SELECT, super::BUDGET).unwrap();
    // Before the command is out, even with its sequence number.
    rig.slot.handle_input(rig.now, &transfers("80 02000000 00 SS 00 00 00 6A82", 0)[0]);
    assert!(rig.run(SELECT, &[&format!("{GOOD} | 80 02000000 00 SS 00 00 00 6A82")]).is_ok());
    assert_eq!(rig.response, [0x90, 0x00]);
    // The second of two answers comes when the next command waits.
    let late = format!("80 02000000 00 SS-1 00 00 00 6A82 | {GOOD}");
    assert_eq!(rig.exchange(&[&late]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.slot.counters().stale, 2);
}

#[test]
fn f17_sequence_numbers_wrap() {
    let mut rig = Rig::new();
    for _ in 0..256 {
        rig.exchange(&[GOOD]).unwrap();
    }
    assert_eq!(rig.sent.last().map(|message| message[6]), Some(0xFF));
    let script = format!("80 02000000 00 FF 00 00 00 6A82 | {GOOD}");
    assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.sent.last().map(|message| message[6]), Some(0x00));
    assert_eq!(rig.slot.counters().stale, 1);
}

#[test]
fn f18_read_lengths_are_whole_packets() {
    let rows =
        [(0, None), (8, Some(272)), (32, Some(288)), (64, Some(320)), (512, Some(512)), (1024, Some(1024))];
    for (packet, len) in rows {
        assert_eq!(read_len(packet), len);
    }
}

#[test]
fn f20_stale_answers_at_open_are_skipped_up_to_a_bound() {
    let stale = "80 02000000 00 77 00 00 00 6A82 |";
    for (count, good) in [(1, true), (12, true), (64, true), (65, false), (1000, false)] {
        let result = answer(&format!("{} {GOOD}", stale.repeat(count)));
        let expected = violation(Violation::TooManyStale { dropped: 65 });
        assert_eq!(result, if good { Ok(vec![0x90, 0x00]) } else { expected }, "{count}");
    }
    let empty = answer(&"() |".repeat(1000));
    assert_eq!(empty, violation(Violation::TooManyStale { dropped: 65 }));
}

#[test]
fn a_stale_answer_over_two_transfers_is_dropped_whole() {
    let script = format!("80 3A000000 00 SS-1 00 00 00 54*AA | BBBB9000 | {GOOD}");
    assert_eq!(answer(&script), Ok(vec![0x90, 0x00]));
}

#[test]
fn a_cut_stale_answer_is_dropped() {
    let mut rig = Rig::new();
    let script = format!("80 0A000000 00 SS-1 00 00 00 9000 | {GOOD}");
    assert_eq!(rig.exchange(&[&script]), Ok(vec![0x90, 0x00]));
    assert_eq!(rig.slot.counters().stale, 1);
}

#[test]
fn command_and_answer_are_wiped() {
    let verify = b"\x00\x20\x00\x02\x0812345678";
    let good = &transfers("80 04000000 00 SS 00 00 00 AABB9000", 0)[0];
    let run = |buffer: &mut [u8; 271], to_the_end: bool| {
        let mut slot = Slot::open(&mut buffer[..], &super::descriptor(), 64).unwrap();
        slot.exchange(Millis(0), verify, super::BUDGET).unwrap();
        slot.transmitted(Millis(0));
        slot.handle_input(Millis(0), good);
        if to_the_end {
            let mut response = [0; 258];
            let done = Poll::Done(Ok(Outcome::Response { len: 4 }));
            assert_eq!(slot.poll(verify, &mut response), done);
            core::mem::forget(slot);
        }
    };
    let mut buffer = [0; 271];
    run(&mut buffer, true);
    assert_eq!(buffer, [0; 271], "at the end");
    run(&mut buffer, false);
    assert_eq!(buffer, [0; 271], "on drop");
}

#[test]
fn commands_that_do_not_fit_are_refused_before_sending() {
    let mut rig = Rig::new();
    for len in [0, 3, 262, 607] {
        let refused = rig.slot.exchange(rig.now, &vec![0; len], super::BUDGET);
        assert_eq!(refused, Err(CcidError::CommandLength { got: len, max: 261 }));
    }
    assert_eq!(rig.slot.poll_transmit(), None);
    rig.slot.exchange(rig.now, &[0; 261], super::BUDGET).unwrap();
    assert_eq!(rig.slot.poll_transmit().map(<[u8]>::len), Some(271));
    assert_eq!(rig.slot.exchange(rig.now, SELECT, super::BUDGET), Err(CcidError::CommandPending));
}

#[test]
fn an_answer_one_byte_at_a_time_is_an_error_and_aborted() {
    let bytes: Vec<String> = transfers(GOOD, 0)[0].iter().map(|byte| format!("{byte:02X}")).collect();
    let mut rig = Rig { control: kaztoken_core::ccid::ControlAnswer::Accepted, ..Rig::new() };
    let one = Violation::ShortHeader { got: 1 };
    let result = rig.exchange(&[&bytes.join(" | "), "81 00000000 00 SS 00 00 00"]);
    // A transfer of one byte is a whole one, whatever comes after it.
    assert_eq!(result, violation(one));
    assert_eq!(rig.slot.closed(), None);
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}
