//! Each quirk and each fault as it looks on the bus.

use crate::bench::{Bench, PLAIN, glass, token};
use crate::common::{hex, hex_of};
use kaztoken_core::Millis;
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::{Drip, Endless, Quirks, ReaderConfig};

const TRIES: &str = "6F 04000000 00 01 000000 00200002";
const ANSWER: &str = "80 02000000 00 01 00 00 00 63CA";
const EXTENSION: &str = "80 00000000 00 01 80 01 00";

fn with_quirks(quirks: Quirks) -> Bench {
    let mut bench = Bench::new(ReaderConfig::short_apdu().with_quirks(quirks), token(Model::Kaztoken));
    bench.send("62 00000000 00 00 000000");
    // The answer to reset comes with the quirks too.
    while bench.within(5_000).is_some() {}
    bench
}

#[track_caller]
fn transfers(bench: &mut Bench, message: &str, expected: &[&str]) {
    bench.send(message);
    for answer in expected {
        let got = bench.within(2_000).unwrap_or_else(|| panic!("no transfer, expected {answer}"));
        assert_eq!(hex_of(&got), hex_of(&hex(answer)));
    }
    assert_eq!(bench.within(60_000), None, "no more transfers");
}

#[test]
fn quirks_on_the_bus() {
    let none = Quirks::default;
    transfers(&mut with_quirks(none()), TRIES, &[ANSWER]);
    for (quirks, expected) in [
        (Quirks { padding: 2, ..none() }, &["80 02000000 00 01 00 00 00 63CA 0000"][..]),
        (Quirks { empty_before: true, ..none() }, &["", ANSWER]),
        (Quirks { empty_after_full: true, ..none() }, &[ANSWER]),
        (Quirks { extensions: 2, ..none() }, &[EXTENSION, EXTENSION, ANSWER]),
        (
            Quirks { stale: 2, ..none() },
            &["80 02000000 00 00 00 00 00 6A82", "80 02000000 00 00 00 00 00 6A82", ANSWER],
        ),
        (Quirks { wrong_sequence: true, ..none() }, &["80 02000000 00 02 00 00 00 63CA"]),
        (Quirks { wrong_slot: true, ..none() }, &["80 02000000 01 01 00 00 00 63CA"]),
        (
            Quirks { single_bytes: true, ..none() },
            &["80", "02", "00", "00", "00", "00", "01", "00", "00", "00", "63", "CA"],
        ),
    ] {
        transfers(&mut with_quirks(quirks), TRIES, expected);
    }
}

#[test]
fn f06_an_error_of_type_6c() {
    let mut bench = with_quirks(Quirks { type_6c: true, ..Quirks::default() });
    bench.ask("69 00000000 00 0C 000000", "6C 00000000 00 0C 40 00 00");
    bench.ask(TRIES, ANSWER);
}

#[test]
fn c12_pieces_of_one_packet_with_empty_packets_between() {
    let quirks = Quirks { piece: Some(54), empty_after_full: true, ..Quirks::default() };
    let config = ReaderConfig::short_apdu().with_quirks(quirks);
    let mut bench = Bench::new(config, glass(PLAIN, "66*110 9000"));
    bench.power_on();
    transfers(
        &mut bench,
        "6F 05000000 00 01 000000 00 B0 00 00 00",
        &["80 36000000 00 01 00 00 01 66*54", ""],
    );
    transfers(&mut bench, "6F 00000000 00 02 001000", &["80 36000000 00 02 00 00 03 66*54", ""]);
    transfers(&mut bench, "6F 00000000 00 03 001000", &["80 04000000 00 03 00 00 02 66*2 9000"]);
}

#[test]
fn c06_chains_without_an_end() {
    let mut bench = with_quirks(Quirks { endless: Some(Endless::Pieces(1)), ..Quirks::default() });
    bench.ask(TRIES, "80 01000000 00 01 00 00 01 55");
    for _ in 0..5 {
        bench.ask("6F 00000000 00 02 001000", "80 01000000 00 02 00 00 03 55");
    }
    let mut bench = with_quirks(Quirks { endless: Some(Endless::NextCommandPart), ..Quirks::default() });
    bench.ask(TRIES, "80 00000000 00 01 00 00 10");
}

#[test]
fn drips_have_no_end_but_abort() {
    for (drip, expected) in [
        (Drip::TimeExtensions, [EXTENSION; 3]),
        (Drip::Empty, [""; 3]),
        (Drip::Stale, ["80 02000000 00 00 00 00 00 6A82"; 3]),
        (Drip::Bytes, ["80 05010000 00 01 00 00 00", "55", "55"]),
    ] {
        let mut bench = with_quirks(Quirks { drip: Some((drip, Millis(200))), ..Quirks::default() });
        bench.send(TRIES);
        for answer in expected {
            assert_eq!(bench.within(199), None, "{drip:?}");
            assert_eq!(bench.within(1).map(|got| hex_of(&got)), Some(hex_of(&hex(answer))), "{drip:?}");
        }
        bench.send("63 00000000 00 02 000000");
        bench.expect("81 00000000 00 02 40 E0 00");
        assert_eq!(bench.abort(0, 1), Some(0));
        bench.send("72 00000000 00 01 000000");
        bench.expect("81 00000000 00 01 00 00 00");
        assert_eq!(bench.within(10_000), None, "{drip:?}");
    }
}

#[test]
fn faults_on_the_bus() {
    for (plan, expected) in [
        ("drop@2", &[][..]),
        ("lose@2", &[]),
        ("duplicate@2", &[ANSWER, ANSWER]),
        ("late@2:1500ms", &[ANSWER]),
        ("corrupt@2:10", &["80 02000000 00 01 00 00 00 9CCA"]),
        ("truncate@2:11", &["80 02000000 00 01 00 00 00 63"]),
        ("truncate@2:0", &[""]),
        ("fail@2:FE", &["80 00000000 00 01 40 FE 00"]),
        ("stale@2:1", &["80 02000000 00 00 00 00 00 6A82", ANSWER]),
        ("extend@20:2x500ms", &[EXTENSION, EXTENSION, ANSWER]),
        ("stale@2:1,extend@20:1x500ms,drop@2", &[EXTENSION, "80 02000000 00 00 00 00 00 6A82"]),
    ] {
        let mut bench = Bench::with_faults(ReaderConfig::short_apdu(), token(Model::Kaztoken), plan);
        bench.power_on();
        transfers(&mut bench, TRIES, expected);
    }
}

#[test]
fn a_transfer_longer_than_the_hosts_buffer_goes_on() {
    use kaztoken_core::drive::BulkPipe;
    let mut bench = Bench::new(ReaderConfig::short_apdu(), glass(PLAIN, "66*110 9000"));
    bench.power_on();
    bench.send("6F 05000000 00 01 000000 00 B0 00 00 00");
    let mut buffer = [0; 64];
    let mut sizes = Vec::new();
    while let Some(len) = bench.pipe.receive(&mut buffer, Millis(1)).unwrap() {
        sizes.push(len);
    }
    assert_eq!(sizes, [64, 58]);
}
