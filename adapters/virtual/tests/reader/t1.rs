//! The card's end of T=1, block by block: what a right host sends in the scenarios of ISO/IEC 7816-3 annex A
//! and what the card answers; and the faults of the line in between.

use crate::bench::{Bench, Glass, Log, NARROW, PLAIN, t1_bench};
use crate::common::hex;
use kaztoken_virtual::reader::{CardTraits, Reader, ReaderConfig};

const CHALLENGE: &str = "00 00 05 00 84 00 00 04 85";
const ANSWER: &str = "00 00 06 01 02 03 04 90 00 92";

fn challenge(traits: CardTraits) -> Bench {
    t1_bench(PLAIN, "01 02 03 04 9000", traits)
}

/// A card with IFSC 5.
fn narrow(answer: &str) -> Bench {
    t1_bench(NARROW, answer, CardTraits::default())
}

#[track_caller]
fn converse(bench: &mut Bench, blocks: &[(&str, &str)]) {
    for (block, answer) in blocks {
        bench.block(block, answer);
    }
}

#[test]
fn scenario_1_two_exchanges() {
    converse(
        &mut challenge(CardTraits::default()),
        &[(CHALLENGE, ANSWER), ("00 40 05 00 84 00 00 04 C5", "00 40 06 01 02 03 04 90 00 D2")],
    );
}

#[test]
fn scenario_2_the_card_asks_for_time() {
    let traits =
        CardTraits { processing: kaztoken_core::Millis(2_000), wtx_multiplier: 2, ..Default::default() };
    let mut bench = challenge(traits.clone());
    converse(&mut bench, &[(CHALLENGE, "00 C3 01 02 C0")]);
    // Two waiting times were granted: bBWI says so to the reader.
    let before = bench.pipe.now();
    bench.ask(
        "6F 05000000 00 09 020000 00 E3 01 02 E0",
        "80 0A000000 00 09 00 00 00 00 00 06 01 02 03 04 90 00 92",
    );
    assert!(bench.pipe.now().since(before).0 >= 2_000);
    // Without bBWI the reader does not wait that long. The card has answered all the same.
    let mut bench = challenge(traits);
    converse(&mut bench, &[(CHALLENGE, "00 C3 01 02 C0")]);
    bench.ask("6F 05000000 00 09 000000 00 E3 01 02 E0", "80 00000000 00 09 40 FE 00");
    converse(&mut bench, &[("00 82 00 82", ANSWER)]);
}

#[test]
fn scenario_3_the_card_asks_for_another_block_size() {
    let traits = CardTraits { ifs_request: Some(0x10), ..Default::default() };
    converse(&mut challenge(traits), &[(CHALLENGE, "00 C1 01 10 D0"), ("00 E1 01 10 F0", ANSWER)]);
}

#[test]
fn scenario_4_the_host_says_its_block_size() {
    let mut bench = t1_bench(PLAIN, "66*40 9000", CardTraits::default());
    converse(&mut bench, &[("00 C1 01 FE 3E", "00 E1 01 FE 1E"), (CHALLENGE, "00 00 2A 66*40 9000 BA")]);
    // 00 and FF are no sizes.
    converse(&mut bench, &[("00 C1 01 00 C0", "00 92 00 92"), ("00 C1 01 FF 3F", "00 92 00 92")]);
}

#[test]
fn scenario_5_to_7_chains() {
    let chain =
        [("00 20 05 00 A4 04 00 06 83", "00 90 00 90"), ("00 60 05 A1 A2 A3 A4 A5 C4", "00 80 00 80")];
    let mut bench = narrow("9000");
    converse(&mut bench, &chain);
    converse(&mut bench, &[("00 00 01 A6 A7", "00 00 02 90 00 92")]);
    let mut bench = narrow("01 02 03 04 05 06 07 08 09 0A 0B 9000");
    converse(&mut bench, &[("00 C1 01 05 C5", "00 E1 01 05 E5")]);
    converse(&mut bench, &chain);
    converse(
        &mut bench,
        &[
            ("00 00 01 A6 A7", "00 20 05 01 02 03 04 05 24"),
            ("00 90 00 90", "00 60 05 06 07 08 09 0A 6F"),
            ("00 80 00 80", "00 00 03 0B 90 00 98"),
        ],
    );
}

#[test]
fn scenario_9_the_host_did_not_understand() {
    for asked_again in ["00 81 00 81", "00 82 00 82", "00 80 00 80"] {
        converse(&mut challenge(CardTraits::default()), &[(CHALLENGE, ANSWER), (asked_again, ANSWER)]);
    }
}

#[test]
fn scenario_10_to_12_the_card_did_not_understand() {
    let mut bench = challenge(CardTraits::default());
    converse(
        &mut bench,
        &[
            // Wrong check byte; wrong length with a right check byte; NAD.
            ("00 00 05 00 84 00 00 04 84", "00 81 00 81"),
            ("00 00 06 00 84 00 00 04 86", "00 82 00 82"),
            ("12 00 05 00 84 00 00 04 97", "00 82 00 82"),
            // The card's R-block was not understood.
            ("00 81 00 81", "00 80 00 80"),
            (CHALLENGE, ANSWER),
            // The number of the block before: not taken a second time.
            (CHALLENGE, "00 92 00 92"),
            ("00 40 05 00 84 00 00 04 C5", "00 40 06 01 02 03 04 90 00 D2"),
        ],
    );
}

#[test]
fn scenario_14_to_19_a_request_is_repeated() {
    let traits = CardTraits { processing: kaztoken_core::Millis(1_000), ..Default::default() };
    converse(
        &mut challenge(traits),
        &[
            (CHALLENGE, "00 C3 01 01 C3"),
            ("00 81 00 81", "00 C3 01 01 C3"),
            // Another value than was asked for.
            ("00 E3 01 02 E0", "00 C3 01 01 C3"),
            ("00 E3 01 01 E3", ANSWER),
        ],
    );
    let traits = CardTraits { ifs_request: Some(0x10), ..Default::default() };
    converse(
        &mut challenge(traits),
        &[
            (CHALLENGE, "00 C1 01 10 D0"),
            ("00 81 00 81", "00 C1 01 10 D0"),
            ("00 E1 01 10 F0", ANSWER),
            ("00 81 00 81", ANSWER),
        ],
    );
}

#[test]
fn scenario_23_within_the_cards_chain() {
    let mut bench = narrow("01 02 03 04 05 0B 9000");
    converse(
        &mut bench,
        &[
            ("00 C1 01 05 C5", "00 E1 01 05 E5"),
            (CHALLENGE, "00 20 05 01 02 03 04 05 24"),
            ("00 90 00 6F", "00 91 00 91"),
            ("00 90 00 90", "00 40 03 0B 90 00 D8"),
            // d25: the second block was not understood.
            ("00 91 00 91", "00 40 03 0B 90 00 D8"),
        ],
    );
}

#[test]
fn d30_the_card_gives_up_the_hosts_chain() {
    let traits = CardTraits { aborts_first_chain: true, ..Default::default() };
    let mut bench = t1_bench(NARROW, "9000", traits);
    converse(
        &mut bench,
        &[
            ("00 20 05 00 A4 04 00 06 83", "00 C2 00 C2"),
            ("00 E2 00 E2", "00 80 00 80"),
            ("00 00 05 00 84 00 00 04 85", "00 00 02 90 00 92"),
        ],
    );
}

#[test]
fn d33_resynchronization_begins_anew() {
    let mut bench = narrow("9000");
    converse(
        &mut bench,
        &[
            ("00 20 05 00 A4 04 00 06 83", "00 90 00 90"),
            ("00 C0 00 C0", "00 E0 00 E0"),
            // Half a command is forgotten, the numbers begin at 0.
            ("00 20 05 00 A4 04 00 06 83", "00 90 00 90"),
            ("00 60 05 A1 A2 A3 A4 A5 C4", "00 80 00 80"),
            ("00 00 01 A6 A7", "00 00 02 90 00 92"),
        ],
    );
}

#[test]
fn the_hosts_abort_ends_the_cards_chain() {
    let mut bench = narrow("01 02 03 04 05 0B 9000");
    converse(
        &mut bench,
        &[
            ("00 C1 01 05 C5", "00 E1 01 05 E5"),
            (CHALLENGE, "00 20 05 01 02 03 04 05 24"),
            ("00 C2 00 C2", "00 E2 00 E2"),
        ],
    );
}

#[test]
fn blocks_a_host_must_not_send() {
    let mut bench = challenge(CardTraits::default());
    for block in [
        // A response to no request, a request for time, R with data, R with bit 6, reserved PCBs, LEN FF.
        "00 E1 01 20 C0",
        "00 C3 01 01 C3",
        "00 80 01 00 81",
        "00 A0 00 A0",
        "00 C4 00 C4",
        "00 CF 00 CF",
        "00 FF 00 FF",
        "00 00 FF FF",
    ] {
        bench.block(block, "00 82 00 82");
    }
    // Three bytes have no check byte of their own.
    bench.block("00 00 00", "00 82 00 82");
    bench.block(CHALLENGE, ANSWER);
}

/// A card with a record of the commands it has carried out, and a plan for the line. TPDU 1 is the first
/// block.
fn with_line(plan: &str) -> (Bench, Log) {
    let log = Log::default();
    let card = Glass { atr: PLAIN, answer: hex("01 02 03 04 9000"), log: log.clone() };
    let mut reader: Reader<crate::bench::AnyCard> = Reader::new(ReaderConfig::tpdu());
    reader.insert(0, Box::new(card));
    let mut bench = Bench::of(reader.faults(plan.parse().unwrap()));
    bench.power_on();
    bench.send("61 07000000 00 01 010000 11 10 00 4D 00 20 00");
    bench.within(1).unwrap();
    (bench, log)
}

#[test]
fn faults_of_the_line() {
    let send = "6F 09000000 00 09 000000 00 00 05 00 84 00 00 04 85";
    let answered = "80 0A000000 00 09 00 00 00 00 00 06 01 02 03 04 90 00 92";
    for (fault, answer, executed) in [
        ("command-lost", "80 00000000 00 09 40 FE 00", 0),
        ("command-corrupt", "80 04000000 00 09 00 00 00 00 81 00 81", 0),
        // The card has answered and is told again: it asks for the next block.
        ("command-twice", "80 04000000 00 09 00 00 00 00 92 00 92", 1),
        ("answer-lost", "80 00000000 00 09 40 FE 00", 1),
        ("answer-corrupt", "80 0A000000 00 09 00 00 00 00 00 06 01 02 03 04 90 00 6D", 1),
        ("answer-twice", answered, 1),
        ("parity", "80 00000000 00 09 40 FD 00", 1),
        ("overrun", "80 00000000 00 09 40 FC 00", 1),
    ] {
        let (mut bench, log) = with_line(&format!("block@1:{fault}"));
        bench.ask(send, answer);
        assert_eq!(log.lock().unwrap().len(), executed, "{fault}");
        // Whatever happened, the host gets the answer by asking for block 0, or for its own to be asked for.
        match (fault, executed) {
            ("answer-twice", _) => {
                bench.block("00 C0 00 C0", ANSWER);
                bench.block("00 C0 00 C0", "00 E0 00 E0");
            }
            (_, 0) => {
                bench.block("00 82 00 82", "00 80 00 80");
                bench.block(CHALLENGE, ANSWER);
            }
            _ => bench.block("00 82 00 82", ANSWER),
        }
        assert_eq!(log.lock().unwrap().len(), 1, "{fault}");
    }
}
