//! ABORT, its two halves and what comes between (CCID 1.1, 5.3.1 and 6.1.13), and busy slots.

use crate::bench::{Bench, PLAIN, glass, token};
use crate::common::{factory, hex, hex_of};
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use kaztoken_virtual::Model;
use kaztoken_virtual::ccid::CcidDevice;
use kaztoken_virtual::link::VirtualPipe;
use kaztoken_virtual::reader::{AbortSupport, Quirks, Reader, ReaderConfig};

/// A reader whose every APDU takes ten seconds; one is under way as message 05.
fn under_way(config: ReaderConfig) -> Bench {
    let mut bench =
        Bench::new(ReaderConfig { exchange_time: Millis(10_000), ..config }, glass(PLAIN, "9000"));
    bench.power_on();
    bench.send("6F 05000000 00 05 000000 00 84 00 00 04");
    bench
}

#[test]
fn a1_both_halves() {
    let mut bench = under_way(ReaderConfig::short_apdu());
    assert_eq!(bench.within(1_500), Some(hex("80 00000000 00 05 80 01 00")));
    assert_eq!(bench.abort(0, 5), Some(0));
    bench.silent();
    bench.ask("72 00000000 00 05 000000", "81 00000000 00 05 00 00 00");
    bench.ask("65 00000000 00 06 000000", "81 00000000 00 06 00 00 00");
    assert_eq!(bench.within(20_000), None, "the aborted command is not answered");
}

#[test]
fn the_bulk_half_may_come_first() {
    let mut bench = under_way(ReaderConfig::short_apdu());
    bench.send("72 00000000 00 05 000000");
    bench.silent();
    assert_eq!(bench.abort(0, 5), Some(0));
    bench.expect("81 00000000 00 05 00 00 00");
}

#[test]
fn a2_an_answer_that_was_ready_comes_first() {
    let mut bench = Bench::new(ReaderConfig::short_apdu(), glass(PLAIN, "9000"));
    bench.power_on();
    bench.send("6F 05000000 00 05 000000 00 84 00 00 04");
    bench.abort(0, 5);
    bench.send("72 00000000 00 05 000000");
    bench.expect("80 02000000 00 05 00 00 00 90 00");
    bench.expect("81 00000000 00 05 00 00 00");
}

#[test]
fn a3_the_aborted_command_may_be_answered() {
    let quirks = Quirks { answers_aborted: true, ..Quirks::default() };
    let mut bench = under_way(ReaderConfig::short_apdu().with_quirks(quirks));
    bench.abort(0, 5);
    bench.expect("80 00000000 00 05 40 FF 00");
    bench.ask("72 00000000 00 05 000000", "81 00000000 00 05 00 00 00");
}

#[test]
fn a5_a_reader_without_the_control_request() {
    let config = ReaderConfig { abort: AbortSupport::BulkOnly, ..ReaderConfig::short_apdu() };
    let mut bench = under_way(config);
    assert_eq!(bench.abort(0, 5), None);
    bench.ask("72 00000000 00 05 000000", "81 00000000 00 05 00 00 00");
    let config = ReaderConfig { abort: AbortSupport::Unsupported, ..ReaderConfig::short_apdu() };
    let mut bench = under_way(config);
    assert_eq!(bench.abort(0, 5), None);
    bench.send("72 00000000 00 05 000000");
    bench.expect("81 00000000 00 05 40 00 00");
}

#[test]
fn a6_a_silent_reader_until_the_bus_reset() {
    let mut bench = under_way(ReaderConfig { abort: AbortSupport::Silent, ..ReaderConfig::short_apdu() });
    assert_eq!(bench.abort(0, 5), None);
    bench.send("72 00000000 00 05 000000");
    bench.silent();
    bench.send("63 00000000 00 06 000000");
    bench.expect("81 00000000 00 06 40 E0 00");
    assert_eq!(bench.pipe.reset(), Ok(true));
    bench.ask("65 00000000 00 07 000000", "81 00000000 00 07 01 00 01");
}

#[test]
fn a7_between_the_halves_everything_is_aborted() {
    let mut reader = Reader::new(ReaderConfig { slots: 2, max_busy_slots: 2, ..ReaderConfig::short_apdu() });
    reader.insert(0, token(Model::Kaztoken));
    let mut bench = Bench::of(reader);
    bench.power_on();
    assert_eq!(bench.abort(0, 5), Some(0));
    bench.ask("6F 04000000 00 06 000000 00200002", "80 00000000 00 06 40 FF 00");
    bench.ask("65 00000000 00 07 000000", "81 00000000 00 07 40 FF 00");
    bench.ask("72 00000000 00 08 000000", "81 00000000 00 08 40 FF 00");
    // Another slot is not concerned.
    bench.ask("65 00000000 01 09 000000", "81 00000000 01 09 02 00 01");
    assert_eq!(bench.abort(2, 5), None, "no such slot");
    bench.ask("72 00000000 00 05 000000", "81 00000000 00 05 00 00 00");
    bench.ask("6F 04000000 00 0A 000000 00200002", "80 02000000 00 0A 00 00 00 63CA");
}

#[test]
fn a9_there_is_nothing_to_abort() {
    let mut bench = Bench::new(ReaderConfig::short_apdu(), token(Model::Kaztoken));
    bench.power_on();
    bench.abort(0, 0);
    bench.ask("72 00000000 00 00 000000", "81 00000000 00 00 00 00 00");
}

#[test]
fn a_busy_slot_takes_nothing_else() {
    let mut reader = Reader::new(ReaderConfig {
        slots: 3,
        max_busy_slots: 2,
        exchange_time: Millis(300),
        ..ReaderConfig::short_apdu()
    });
    (0..3).for_each(|slot| reader.insert(slot, glass(PLAIN, "9000")));
    let mut bench = Bench::of(reader);
    for slot in 0..3 {
        bench.ask(
            &format!("62 00000000 {slot:02X} 00 000000"),
            &format!("80 04000000 {slot:02X} 00 00 00 00 3B 80 01 81"),
        );
    }
    bench.send("6F 04000000 00 01 000000 00840000");
    bench.send("65 00000000 00 02 000000");
    bench.expect("81 00000000 00 02 40 E0 00");
    // A second slot may work at the same time, a third may not.
    bench.send("6F 04000000 01 03 000000 00840000");
    bench.send("6F 04000000 02 04 000000 00840000");
    bench.expect("80 00000000 02 04 40 E0 00");
    assert_eq!(bench.within(300), Some(hex("80 02000000 00 01 00 00 00 9000")));
    assert_eq!(bench.within(300), Some(hex("80 02000000 01 03 00 00 00 9000")));
    bench.ask("6F 04000000 02 05 000000 00840000", "80 02000000 02 05 00 00 00 9000");
}

#[test]
fn the_token_answers_both_halves_too() {
    let mut pipe = VirtualPipe::new(factory(), CcidDevice::new("late@2:5000ms".parse().unwrap()), |_| {});
    let mut buffer = [0; 320];
    let mut ask = |pipe: &mut VirtualPipe<_, _>, message: &str| {
        pipe.send(&hex(message), Millis(1)).unwrap();
        pipe.receive(&mut buffer, Millis(100)).unwrap().map(|len| hex_of(&buffer[..len]))
    };
    let told = |text: &str| Some(hex_of(&hex(text)));
    ask(&mut pipe, "62 00000000 00 00 000000");
    assert_eq!(ask(&mut pipe, "6F 04000000 00 01 000000 00200002"), None);
    let abort = |slot| ClassRequest::Abort { slot, sequence: 1 };
    assert_eq!(pipe.class_request(abort(0), &mut [], Millis(1)), Ok(Some(0)));
    assert_eq!(pipe.class_request(abort(1), &mut [], Millis(1)), Ok(None));
    assert_eq!(ask(&mut pipe, "65 00000000 00 02 000000"), told("81 00000000 00 02 40 FF 00"));
    assert_eq!(ask(&mut pipe, "72 00000000 00 03 000000"), told("81 00000000 00 03 40 FF 00"));
    assert_eq!(ask(&mut pipe, "72 00000000 00 01 000000"), told("81 00000000 00 01 00 00 00"));
    assert_eq!(ask(&mut pipe, "6F 04000000 00 04 000000 00200002"), told("80 02000000 00 04 00 00 00 63CA"));
    assert_eq!(pipe.receive(&mut [0; 320], Millis(10_000)), Ok(None), "the late answer does not come");
}
