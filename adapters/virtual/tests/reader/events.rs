//! Cards that come and go, the interrupt endpoint, class requests, and being pulled out.

use crate::bench::{Bench, PLAIN, glass, token};
use crate::common::{hex, hex_of};
use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassRequest, Notification};
use kaztoken_core::drive::BulkPipe;
use kaztoken_virtual::Model;
use kaztoken_virtual::link::LinkError;
use kaztoken_virtual::reader::{Reader, ReaderConfig};

#[test]
fn every_change_names_all_slots() {
    let mut bench = Bench::of(Reader::new(ReaderConfig { slots: 4, ..ReaderConfig::short_apdu() }));
    assert_eq!(bench.pipe.interrupt(), None);
    bench.pipe.reader().insert(0, token(Model::Kaztoken));
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 03")));
    bench.pipe.reader().insert(2, token(Model::KaztokenSc));
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 31")));
    assert!(bench.pipe.remove(0).is_some());
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 12")));
    assert!(bench.pipe.remove(0).is_none());
    assert_eq!(bench.pipe.interrupt(), None);
    let message = hex("50 12");
    let change = Notification::parse(&message).unwrap();
    assert!(change.slot(2).unwrap().present && !change.slot(2).unwrap().changed);
    // A reader without the endpoint says nothing.
    let config = ReaderConfig { interrupt: false, ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    assert_eq!(bench.pipe.interrupt(), None);
}

#[test]
fn a_card_pulled_out_in_the_middle() {
    let config = ReaderConfig { exchange_time: Millis(500), ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, glass(PLAIN, "9000"));
    bench.power_on();
    bench.send("6F 04000000 00 01 000000 00840000");
    bench.pipe.pass(Millis(200));
    bench.pipe.remove(0);
    bench.expect("80 00000000 00 01 42 FE 00");
    assert_eq!(bench.within(10_000), None);
}

#[test]
fn a_planned_removal() {
    let mut bench = Bench::with_faults(ReaderConfig::short_apdu(), token(Model::Kaztoken), "remove@2");
    bench.power_on();
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 03")));
    bench.ask("6F 04000000 00 01 000000 00200002", "80 00000000 00 01 42 FE 00");
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 02")));
    bench.ask("65 00000000 00 02 000000", "81 00000000 00 02 02 00 01");
    bench.pipe.reader().put_back(0);
    assert_eq!(bench.pipe.interrupt(), Some(hex("50 03")));
    bench.ask("65 00000000 00 03 000000", "81 00000000 00 03 01 00 01");
    bench.power_on();
}

#[test]
fn overcurrent() {
    let config = ReaderConfig { exchange_time: Millis(500), ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, glass(PLAIN, "9000"));
    bench.pipe.interrupt();
    bench.power_on();
    bench.send("6F 04000000 00 07 000000 00840000");
    let now = bench.pipe.now();
    bench.pipe.reader().overcurrent(now, 0);
    assert_eq!(bench.pipe.interrupt(), Some(hex("51 00 07 01")));
    bench.expect("80 00000000 00 07 41 FB 00");
    bench.ask("65 00000000 00 08 000000", "81 00000000 00 08 01 00 01");
}

#[test]
fn clocks_and_rates() {
    let mut data = [0; 16];
    let config = ReaderConfig { clocks: vec![4000, 8000], ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    let got = bench.pipe.class_request(ClassRequest::GetClockFrequencies, &mut data, Millis(1));
    assert_eq!((got, &data[..8]), (Ok(Some(8)), &hex("A00F0000 401F0000")[..]));
    assert_eq!(bench.pipe.class_request(ClassRequest::GetDataRates, &mut data, Millis(1)), Ok(None));
    // A short wLength.
    let got = bench.pipe.class_request(ClassRequest::GetClockFrequencies, &mut data[..4], Millis(1));
    assert_eq!(got, Ok(Some(4)));
}

#[test]
fn an_unplugged_reader_is_gone_until_it_is_plugged_in() {
    let mut bench = Bench::with_faults(ReaderConfig::short_apdu(), token(Model::Kaztoken), "unplug@2");
    bench.power_on();
    bench.send("6F 04000000 00 01 000000 00200002");
    assert_eq!(bench.pipe.receive(&mut [0; 64], Millis(1)), Err(LinkError::Unplugged));
    assert_eq!(bench.pipe.send(&hex("65 00000000 00 02 000000"), Millis(1)), Err(LinkError::Unplugged));
    assert_eq!(bench.pipe.reset(), Err(LinkError::Unplugged));
    bench.pipe.reader().plug_in();
    bench.ask("65 00000000 00 03 000000", "81 00000000 00 03 01 00 01");
}

#[test]
fn a_bus_reset_takes_the_power() {
    let mut bench = Bench::new(ReaderConfig::short_apdu(), token(Model::Kaztoken));
    bench.power_on();
    bench.send("6F 04000000 00 01 000000 00200002");
    assert_eq!(bench.pipe.reset(), Ok(true));
    bench.silent();
    bench.ask("65 00000000 00 02 000000", "81 00000000 00 02 01 00 01");
    let config = ReaderConfig { bus_reset: false, ..ReaderConfig::short_apdu() };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    bench.power_on();
    assert_eq!(bench.pipe.reset(), Ok(false));
    bench.ask("65 00000000 00 02 000000", "81 00000000 00 02 00 00 00");
}

#[test]
fn a_key_takes_its_time_at_every_level() {
    use kaztoken_virtual::reader::CardTraits;
    let traits = CardTraits { generation_time: Millis(2_500), ..CardTraits::default() };
    let mut bench = Bench::with_traits(ReaderConfig::short_apdu(), token(Model::Kaztoken), traits.clone());
    bench.power_on();
    bench.send("6F 05000000 00 01 000000 00 46 80 01 00");
    let extension = hex("80 00000000 00 01 80 01 00");
    assert_eq!(bench.within(1_000).as_ref(), Some(&extension));
    assert_eq!(bench.within(1_000).as_ref(), Some(&extension));
    assert_eq!(bench.within(499), None);
    let answer = bench.within(1).unwrap();
    assert!(answer.ends_with(&[0x6A, 0x88]), "{}", hex_of(&answer));
}
