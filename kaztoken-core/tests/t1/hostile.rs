//! Cards that break the rules, after the first I-block of GET CHALLENGE.

use crate::script::{GET_CHALLENGE, IFSC, IFSC_CHAIN, SIGN, VERIFY, framed, hex, run, run_with, sent};
use kaztoken_core::tpdu::t1::{MAX_BLOCK_LEN, MAX_TRIES, MAX_WAITS, Step, T1, T1Error};

const FIRST: &str = "> 00 00 05 00 84 00 00 04 85\n";
const END: &str = "\n< 00 00 06 01 02 03 04 90 00 92\n= 01 02 03 04 90 00";

fn started(command: &[u8]) -> T1 {
    let mut t1 = T1::new(IFSC);
    t1.exchange(command).unwrap();
    t1
}

/// The card sends one block for ever: how the exchange ends, and how many times the host sent something.
fn for_ever(command: &[u8], block: &[u8]) -> (T1, T1Error, usize) {
    let mut t1 = started(command);
    let mut response = [0; 64];
    for blocks in 1..10_000 {
        match t1.handle_block(block, &mut response) {
            Step::Send => {}
            Step::Failed(error) => return (t1, error, blocks),
            Step::Done(len) => panic!("a response of {len} bytes"),
        }
    }
    panic!("no end in sight");
}

/// One such block is answered with R(0)e2 and forgiven; for ever it leads to a reset within 3 + 3 blocks.
fn other_error(block: &str) {
    run(block, IFSC, &format!("{FIRST}< {block}\n> 00 82 00 82{END}"));
    let (t1, error, blocks) = for_ever(GET_CHALLENGE, &hex(block));
    assert_eq!((error, blocks), (T1Error::Unrecovered, usize::from(2 * MAX_TRIES)), "{block}");
    assert!(t1.needs_reset());
}

#[test]
fn b01_len_beyond_the_block() {
    other_error("00 00 20 90 B0");
}

#[test]
fn b02_bytes_after_the_block() {
    other_error("00 00 02 90 00 92 11 22 33 44");
}

#[test]
fn b03_len_ff_and_foreign_nad() {
    let mut block = vec![0x00, 0x00, 0xFF];
    block.resize(3 + 255, 0x55);
    block.push(block.iter().fold(0, |lrc, byte| lrc ^ byte));
    let text: Vec<String> = block.iter().map(|byte| format!("{byte:02X}")).collect();
    other_error(&text.join(" "));
    other_error("00 00 FF 90 6F");
    other_error("12 00 02 90 00 80");
}

#[test]
fn b04_bad_lrc_always() {
    let (t1, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 00 06 01 02 03 04 90 00 6D"));
    assert_eq!((error, blocks), (T1Error::Unrecovered, 6));
    assert!(t1.needs_reset());
}

#[test]
fn b05_wtx_for_ever() {
    let (t1, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 C3 01 01 C3"));
    assert_eq!((error, blocks), (T1Error::TooManyWaits, usize::from(MAX_WAITS) + 1));
    assert!(t1.needs_reset());
}

#[test]
fn b05_wtx_is_answered_with_its_multiplier() {
    for multiplier in [1, 2, 0xFE, 0xFF] {
        let mut t1 = started(GET_CHALLENGE);
        assert_eq!(t1.waiting_multiplier(), 0);
        assert_eq!(t1.handle_block(&framed(0xC3, &[multiplier]), &mut []), Step::Send);
        assert_eq!(sent(&t1, GET_CHALLENGE), framed(0xE3, &[multiplier]));
        assert_eq!(t1.waiting_multiplier(), multiplier);
        assert_eq!(t1.handle_corruption(), Step::Send);
        assert_eq!(t1.waiting_multiplier(), 0);
    }
}

#[test]
fn b05_wtx_of_no_time() {
    let t1 = run("B5", IFSC, &format!("{FIRST}< 00 C3 01 00 C2\n! WaitingTimeZero"));
    assert!(t1.needs_reset());
}

#[test]
fn b05_wtx_without_multiplier() {
    other_error("00 C3 00 C3");
}

#[test]
fn b06_ifs() {
    other_error("00 C1 01 00 C0");
    other_error("00 C1 01 FF 3F");
    other_error("00 C1 02 10 10 C3");
    run("B6", IFSC, &format!("{FIRST}< 00 C1 01 10 D0\n> 00 E1 01 10 F0{END}"));
    let (_, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 C1 01 10 D0"));
    assert_eq!(error, T1Error::Unrecovered);
    assert!(blocks < 24, "{blocks}");
}

#[test]
fn b07_abort() {
    let once = format!("{FIRST}< 00 C2 00 C2\n> 00 E2 00 E2\n< 00 80 00 80\n! Aborted");
    let t1 = run("B7", IFSC, &once);
    assert!(!t1.needs_reset());
    run_with("B7, the next command", t1, GET_CHALLENGE, &format!("{FIRST}{}", END.trim_start()));
    let (t1, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 C2 00 C2"));
    assert_eq!((error, blocks), (T1Error::Aborted, 2));
    assert!(t1.needs_reset());
    let t1 = run("B7", IFSC, &format!("{FIRST}< 00 C2 00 C2\n> 00 E2 00 E2\n< silence\n! Aborted"));
    assert!(t1.needs_reset());
}

#[test]
fn b08_resynch_request_of_the_card() {
    let script = "< 00 C0 00 C0\n> 00 C0 00 C0\n< 00 E0 00 E0\n";
    run("B8", IFSC, &format!("{FIRST}{script}{FIRST}{}", END.trim_start()));
    let (_, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 C0 00 C0"));
    assert_eq!((error, blocks), (T1Error::Unrecovered, 4));
}

#[test]
fn b09_unsolicited_responses() {
    for block in ["00 E1 01 20 C0", "00 E2 00 E2", "00 E3 01 01 E3"] {
        other_error(block);
    }
    // This one becomes the right answer to S(RESYNCH request): three times, with three blocks before and after.
    run("B9", IFSC, &format!("{FIRST}< 00 E0 00 E0\n> 00 82 00 82{END}"));
    let (_, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 E0 00 E0"));
    assert_eq!((error, blocks), (T1Error::Unrecovered, 15));
}

#[test]
fn b10_wrong_sequence() {
    other_error("00 40 02 90 00 D2");
}

#[test]
fn b11_more_for_ever() {
    for (inf, expected) in
        [(&[0x02, 0x03][..], T1Error::ResponseTooLong { room: 64 }), (&[], T1Error::Unrecovered)]
    {
        let mut t1 = started(GET_CHALLENGE);
        let mut response = [0; 64];
        let mut sequence = 0;
        let mut blocks = 0;
        let error = loop {
            blocks += 1;
            assert!(blocks < 200);
            let block = if sent(&t1, GET_CHALLENGE)[1] == 0xC0 {
                sequence = 0x40;
                framed(0xE0, &[])
            } else {
                framed(0x20 | sequence, inf)
            };
            match t1.handle_block(&block, &mut response) {
                Step::Failed(error) => break error,
                step => assert_eq!(step, Step::Send),
            }
            sequence ^= 0x40;
        };
        assert_eq!(error, expected);
        assert!(t1.needs_reset());
    }
}

#[test]
fn b12_empty_block_in_a_chain() {
    let script = "< 00 20 00 20\n> 00 90 00 90\n< 00 60 00 60\n> 00 80 00 80\n< 00 00 02 90 00 92\n= 90 00";
    run("B12", IFSC, &format!("{FIRST}{script}"));
}

#[test]
fn b13_no_status_word() {
    let empty = "< 00 00 00 00\n! NoStatusWord { got: 0 }";
    assert!(run("B13", IFSC, &format!("{FIRST}{empty}")).needs_reset());
    let one = "< 00 00 01 90 91\n! NoStatusWord { got: 1 }";
    assert!(run("B13", IFSC, &format!("{FIRST}{one}")).needs_reset());
    for block in ["00 00 00", "00 00", "00", ""] {
        other_error(block);
    }
}

#[test]
fn b14_ifs_on_the_last_try() {
    let bad = "< 00 00 06 01 02 03 04 90 00 6D\n> 00 81 00 81\n";
    let script = format!("{FIRST}{bad}{bad}< 00 C1 01 10 D0\n> 00 E1 01 10 F0{END}");
    run("B14", IFSC, &script);
}

#[test]
fn b14_malformed_control_bytes() {
    for block in ["00 B0 00 B0", "00 A0 00 A0", "00 81 01 00 80", "00 91 01 55 C5", "00 01 02 90 00 93"] {
        other_error(block);
    }
    for pcb in [0xC4, 0xC7, 0xCF, 0xFF, 0xD0, 0xF3] {
        let text: Vec<String> = framed(pcb, &[]).iter().map(|byte| format!("{byte:02X}")).collect();
        other_error(&text.join(" "));
    }
    for error in 3..=15 {
        for sequence in [0x00, 0x10] {
            let text: Vec<String> =
                framed(0x80 | sequence | error, &[]).iter().map(|byte| format!("{byte:02X}")).collect();
            other_error(&text.join(" "));
        }
    }
}

#[test]
fn b15_the_next_command_needs_a_reset() {
    let (mut t1, _, _) = for_ever(GET_CHALLENGE, &hex("00 00 FF 90 6F"));
    assert_eq!(t1.exchange(GET_CHALLENGE), Err(T1Error::NeedsReset));
    assert_eq!(t1.negotiate_ifsd(254), Err(T1Error::NeedsReset));
    assert_eq!(t1.block(GET_CHALLENGE, &mut [0; MAX_BLOCK_LEN]), 0);
    assert_eq!(t1.handle_block(&[], &mut []), Step::Failed(T1Error::NeedsReset));
    assert_eq!(t1.handle_silence(), Step::Failed(T1Error::NeedsReset));
    assert!(T1::new(IFSC).exchange(GET_CHALLENGE).is_ok());
}

#[test]
fn b15_an_exchange_left_in_the_middle() {
    let mut t1 = started(GET_CHALLENGE);
    assert_eq!(t1.exchange(GET_CHALLENGE), Err(T1Error::NeedsReset));
    assert!(t1.needs_reset());
}

#[test]
fn b16_resynchronised_without_repetition() {
    for command in [VERIFY, SIGN] {
        let mut t1 = started(command);
        for _ in 0..3 {
            assert_eq!(t1.handle_corruption(), Step::Send);
        }
        assert_eq!(sent(&t1, command), hex("00 C0 00 C0"));
        let end = t1.handle_block(&hex("00 E0 00 E0"), &mut []);
        assert_eq!(end, Step::Failed(T1Error::OutcomeUnknown));
        // Both sides are in step again, and what the card knows of logins is still there.
        assert!(!t1.needs_reset());
        run_with("B16, the next command", t1, GET_CHALLENGE, &format!("{FIRST}{}", END.trim_start()));
        let (t1, error, _) = for_ever(command, &hex("00 00 FF 90 6F"));
        assert_eq!(error, T1Error::OutcomeUnknown);
        assert!(t1.needs_reset());
    }
}

#[test]
fn b16_a_pin_goes_out_once() {
    for request in ["00 81 00 81", "00 82 00 82", "00 80 00 80"] {
        let mut t1 = started(VERIFY);
        assert_eq!(t1.handle_block(&hex(request), &mut []), Step::Failed(T1Error::OutcomeUnknown));
        assert!(t1.needs_reset());
        let mut t1 = started(SIGN);
        let first = sent(&t1, SIGN);
        assert_eq!(t1.handle_block(&hex(request), &mut []), Step::Send);
        assert_eq!(sent(&t1, SIGN), first);
    }
    // Asking for the answer again costs nothing.
    let mut t1 = started(VERIFY);
    assert_eq!(t1.handle_silence(), Step::Send);
    assert_eq!(sent(&t1, VERIFY), hex("00 82 00 82"));
    assert_eq!(t1.handle_block(&hex("00 00 02 90 00 92"), &mut [0; 2]), Step::Done(2));
}

#[test]
fn a_resend_request_for_ever_is_bounded() {
    let (_, error, blocks) = for_ever(GET_CHALLENGE, &hex("00 81 00 81"));
    assert_eq!(error, T1Error::Unrecovered);
    assert!(blocks < 24, "{blocks}");
}

#[test]
fn no_block_without_a_command() {
    let mut t1 = T1::new(IFSC);
    assert_eq!(t1.block(GET_CHALLENGE, &mut [0; MAX_BLOCK_LEN]), 0);
    assert_eq!(t1.handle_block(&hex("00 00 02 90 00 92"), &mut []), Step::Failed(T1Error::NotExchanging));
    assert_eq!(t1.exchange(&[]), Err(T1Error::EmptyCommand));
    let t1 = started(GET_CHALLENGE);
    assert_eq!(t1.block(GET_CHALLENGE, &mut [0; 8]), 0);
    assert_eq!(t1.block(&GET_CHALLENGE[..4], &mut [0; 9]), 0);
    assert!(size_of::<T1>() <= 48, "{}", size_of::<T1>());
}

#[test]
fn a_response_in_the_middle_of_the_command() {
    let script = "> 00 20 05 00 A4 04 00 06 83\n< 00 00 02 90 00 92\n> 00 82 00 82\n< 00 90 00 90
        > 00 60 05 A1 A2 A3 A4 A5 C4\n< 00 80 00 80\n> 00 00 01 A6 A7\n< 00 00 02 90 00 92\n= 90 00";
    run("a response too early", IFSC_CHAIN, script);
}

#[test]
fn a_request_for_the_command_in_the_middle_of_the_response() {
    let script = "< 00 20 02 01 02 21\n> 00 90 00 90\n< 00 80 00 80\n> 00 92 00 92\n< 00 40 02 90 00 D2";
    run("a request too late", IFSC, &format!("{FIRST}{script}\n= 01 02 90 00"));
}

#[test]
fn a_larger_ifsc_does_not_outlive_a_resynchronisation() {
    let silence = "< silence\n> 00 82 00 82\n";
    let script = format!(
        "> 00 20 05 00 A4 04 00 06 83\n< 00 C1 01 20 E0\n> 00 E1 01 20 C0\n< 00 90 00 90
        > 00 40 06 A1 A2 A3 A4 A5 A6 41\n{silence}{silence}< silence\n> 00 C0 00 C0\n< 00 E0 00 E0
        > 00 20 05 00 A4 04 00 06 83\n< 00 90 00 90\n> 00 60 05 A1 A2 A3 A4 A5 C4\n< 00 80 00 80
        > 00 00 01 A6 A7\n< 00 00 02 90 00 92\n= 90 00"
    );
    run("IFSC", IFSC_CHAIN, &script);
}

#[test]
fn a_request_for_time_is_no_error() {
    let bad = "< 00 00 06 01 02 03 04 90 00 6D\n> 00 81 00 81\n";
    let wait = "< 00 C3 01 01 C3\n> 00 E3 01 01 E3\n";
    run("errors around S(WTX)", IFSC, &format!("{FIRST}{bad}{bad}{wait}{bad}{}", END.trim_start()));
}

#[test]
fn a_malformed_r_block_after_an_r_block() {
    let script = "< parity\n> 00 81 00 81\n< 00 B1 00 B1\n> 00 82 00 82";
    run("R-block with b6", IFSC, &format!("{FIRST}{script}{END}"));
}

#[test]
fn after_abort_the_card_says_which_block_is_next() {
    for (ready, next) in
        [("00 80 00 80", "> 00 20 05 00 A4 04 00 06 83"), ("00 90 00 90", "> 00 60 05 00 A4 04 00 06 C3")]
    {
        let script = format!(
            "> 00 20 05 00 A4 04 00 06 83\n< 00 90 00 90\n> 00 60 05 A1 A2 A3 A4 A5 C4\n< 00 C2 00 C2
            > 00 E2 00 E2\n< {ready}\n! Aborted\n{next}\n< 00 C2 00 C2\n> 00 E2 00 E2\n< 00 80 00 80\n! Aborted"
        );
        run("the command after S(ABORT)", IFSC_CHAIN, &script);
    }
}
