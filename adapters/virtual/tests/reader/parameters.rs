//! PPS, SetParameters, and what comes of parameters that are not the card's.

use crate::bench::{Bench, PLAIN, glass, t1_bench, token};
use crate::common::hex;
use kaztoken_core::ccid::Features;
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::{CardTraits, Mismatch, PpsAnswer, ReaderConfig};

/// T=1 with TA1 = 96, IFSC 254 and BWI 4.
const FAST: &[u8] = &[0x3B, 0x90, 0x96, 0x81, 0x31, 0xFE, 0x45, 0x0D];

fn t1_parameters(sequence: u8, parameters: &str) -> (String, String) {
    (
        format!("61 07000000 00 {sequence:02X} 010000 {parameters}"),
        format!("82 07000000 00 {sequence:02X} 00 00 01 {parameters}"),
    )
}

#[test]
fn the_test_cards_answer_to_reset_is_sound() {
    for atr in [FAST, PLAIN, crate::bench::NARROW] {
        assert_eq!(atr[1..].iter().fold(0, |sum, byte| sum ^ byte), 0, "{atr:02X?}");
    }
}

#[test]
fn p11_every_answer_to_pps() {
    let answer = |pps| {
        let traits = CardTraits { pps, ..CardTraits::default() };
        let mut bench = Bench::with_traits(ReaderConfig::tpdu(), glass(FAST, "9000"), traits);
        bench.power_on();
        bench.send("6F 04000000 00 05 000000 FF 11 96 78");
        bench.within(10_000).unwrap()
    };
    assert_eq!(answer(PpsAnswer::Echo), hex("80 04000000 00 05 00 00 00 FF 11 96 78"));
    assert_eq!(answer(PpsAnswer::WithoutRate), hex("80 03000000 00 05 00 00 00 FF 01 FE"));
    assert_eq!(answer(PpsAnswer::WrongCheck), hex("80 04000000 00 05 00 00 00 FF 11 96 79"));
    assert_eq!(answer(PpsAnswer::Short), hex("80 02000000 00 05 00 00 00 FF 11"));
    assert_eq!(answer(PpsAnswer::Mute), hex("80 00000000 00 05 40 FE 00"));
}

#[test]
fn a_bad_pps_request_is_not_answered() {
    for request in [
        // Check byte, speed, protocol, length.
        "FF 11 96 79",
        "FF 11 97 79",
        "FF 10 96 79",
        "FF 11 EE",
        "FF 31 96 58",
    ] {
        let mut bench = Bench::new(ReaderConfig::tpdu(), glass(FAST, "9000"));
        bench.power_on();
        let len = hex(request).len();
        bench.ask(&format!("6F {len:02X}000000 00 05 000000 {request}"), "80 00000000 00 05 40 FE 00");
    }
}

#[test]
fn after_pps_card_and_reader_must_have_the_same_speed() {
    let fast = "96 10 00 45 00 FE 00";
    for (mismatch, answer) in [
        (Mismatch::Mute, "80 00000000 00 08 40 FE 00"),
        (Mismatch::ParityError, "80 00000000 00 08 40 FD 00"),
        (Mismatch::Garbage, "80 03000000 00 08 00 00 00 F8 7F FF"),
    ] {
        let traits = CardTraits { mismatch, ..CardTraits::default() };
        let mut bench = Bench::with_traits(ReaderConfig::tpdu(), glass(FAST, "9000"), traits);
        bench.power_on();
        bench.block("FF 11 96 78", "FF 11 96 78");
        let block = "6F 09000000 00 08 000000 00 00 05 00 84 00 00 04 85";
        for wrong in [
            // Default speed, CRC, inverse convention, BWI too short, CWI too short.
            "11 10 00 45 00 FE 00",
            "96 11 00 45 00 FE 00",
            "96 12 00 45 00 FE 00",
            "96 10 00 35 00 FE 00",
            "96 10 00 44 00 FE 00",
        ] {
            let (message, done) = t1_parameters(1, wrong);
            bench.ask(&message, &done);
            bench.ask(block, answer);
        }
        let (message, done) = t1_parameters(2, fast);
        bench.ask(&message, &done);
        bench.block("00 00 05 00 84 00 00 04 85", "00 00 02 90 00 92");
        // The parameters of T=0 for a card at T=1.
        bench.ask("61 05000000 00 03 000000 96 00 00 0A 00", "82 05000000 00 03 00 00 00 96 00 00 0A 00");
        bench.ask(block, answer);
    }
}

#[test]
fn a_speed_that_was_not_agreed_on_is_noise() {
    let mut bench = Bench::new(ReaderConfig::tpdu(), glass(FAST, "9000"));
    bench.power_on();
    let (message, done) = t1_parameters(1, "96 10 00 45 00 FE 00");
    bench.ask(&message, &done);
    bench.ask("6F 04000000 00 02 000000 FF 11 96 78", "80 00000000 00 02 40 FE 00");
    bench.ask("6F 09000000 00 08 000000 00 00 05 00 84 00 00 04 85", "80 00000000 00 08 40 FE 00");
}

#[test]
fn pps_is_only_the_first_message() {
    let mut bench = t1_bench(PLAIN, "9000", CardTraits::default());
    bench.block("00 C1 01 FE 3E", "00 E1 01 FE 1E");
    // A block with NAD FF: R(0), other error.
    bench.block("FF 11 96 78", "00 82 00 82");
}

#[test]
fn parameters_are_stored_and_checked() {
    let mut bench = Bench::new(ReaderConfig::tpdu(), token(Model::Kaztoken));
    bench.power_on();
    for (message, answer) in [
        ("6C 00000000 00 01 000000", "82 05000000 00 01 00 00 00 11 00 00 0A 00"),
        ("61 07000000 00 02 010000 11 10 00 4D 00 FE 00", "82 07000000 00 02 00 00 01 11 10 00 4D 00 FE 00"),
        ("6C 00000000 00 03 000000", "82 07000000 00 03 00 00 01 11 10 00 4D 00 FE 00"),
        ("6D 00000000 00 04 000000", "82 07000000 00 04 00 00 01 11 10 00 4D 00 20 00"),
        // Protocol, length, F and D, BWI, IFSC, NAD: the offset of what is wrong.
        ("61 07000000 00 05 020000 11 10 00 4D 00 20 00", "82 00000000 00 05 40 07 00"),
        ("61 05000000 00 05 010000 11 10 00 4D 00", "82 00000000 00 05 40 01 00"),
        ("61 07000000 00 05 010000 71 10 00 4D 00 20 00", "82 00000000 00 05 40 0A 00"),
        ("61 07000000 00 05 010000 10 10 00 4D 00 20 00", "82 00000000 00 05 40 0A 00"),
        ("61 07000000 00 05 010000 11 10 00 AD 00 20 00", "82 00000000 00 05 40 0D 00"),
        ("61 07000000 00 05 010000 11 10 00 4D 00 00 00", "82 00000000 00 05 40 0F 00"),
        ("61 07000000 00 05 010000 11 10 00 4D 00 20 12", "82 00000000 00 05 40 10 00"),
        ("6C 00000000 00 06 000000", "82 07000000 00 06 00 00 01 11 10 00 4D 00 20 00"),
        // Power off and on forgets them.
        ("63 00000000 00 07 000000", "81 00000000 00 07 01 00 01"),
        ("62 00000000 00 08 010000", "80 0C000000 00 08 00 00 00 3B8801 \"KAZTOKEN\" 82"),
        ("6C 00000000 00 09 000000", "82 05000000 00 09 00 00 00 11 00 00 0A 00"),
    ] {
        bench.ask(message, answer);
    }
    // p13: a reader that refuses the command.
    let config = ReaderConfig { sets_parameters: false, ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    bench.power_on();
    bench.ask("61 07000000 00 02 010000 11 10 00 4D 00 FE 00", "82 00000000 00 02 40 00 00");
}

#[test]
fn an_automatic_reader_has_the_right_parameters() {
    let automatic = |features| {
        let config = ReaderConfig { features, ..ReaderConfig::tpdu() };
        let mut bench = Bench::new(config, glass(FAST, "66*40 9000"));
        bench.power_on();
        bench
    };
    // PPS by itself: at full speed at once.
    let mut bench = automatic(Features::AUTO_CONFIGURATION | Features::AUTO_PPS | Features::AUTO_IFSD);
    bench.ask("6C 00000000 00 01 000000", "82 07000000 00 01 00 00 01 96 10 00 45 00 FE 00");
    // IFSD by itself: 42 bytes in one block.
    bench.block("00 00 05 00 84 00 00 04 85", "00 00 2A 66*40 9000 BA");
    // Parameters by itself, PPS by the host: it follows.
    let mut bench = automatic(Features::AUTO_CONFIGURATION);
    bench.ask("6C 00000000 00 01 000000", "82 07000000 00 01 00 00 01 11 10 00 45 00 FE 00");
    bench.block("FF 11 96 78", "FF 11 96 78");
    bench.ask("6C 00000000 00 01 000000", "82 07000000 00 01 00 00 01 96 10 00 45 00 FE 00");
    bench.block("00 00 05 00 84 00 00 04 85", "00 20 20 66*32 00");
    // PPS by itself as SetParameters says.
    let mut bench = automatic(Features::AUTO_PPS);
    let (message, done) = t1_parameters(1, "96 10 00 45 00 FE 00");
    bench.ask(&message, &done);
    bench.block("00 00 05 00 84 00 00 04 85", "00 20 20 66*32 00");
    // All by itself: the host may not set another speed.
    let mut bench = automatic(Features::AUTO_NEGOTIATION);
    let (message, done) = t1_parameters(1, "96 10 00 45 00 FE 00");
    bench.ask(&message, &done);
    bench.ask("61 07000000 00 02 010000 11 10 00 45 00 FE 00", "82 00000000 00 02 40 0A 00");
    // Every APDU reader does one or the other.
    let config = ReaderConfig { features: 0, ..ReaderConfig::short_apdu() };
    assert_eq!(config.features(), Features(0x0002_0082));
    let mut bench = Bench::new(config, glass(FAST, "9000"));
    bench.power_on();
    bench.ask("6F 05000000 00 02 000000 00 84 00 00 04", "80 02000000 00 02 00 00 00 9000");
}

#[test]
fn a_reader_without_the_cards_protocol_says_so() {
    let config = ReaderConfig { protocols: 1, ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    bench.ask("62 00000000 00 01 000000", "80 00000000 00 01 41 F6 00");
}
