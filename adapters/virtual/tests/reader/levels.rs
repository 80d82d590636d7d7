//! What each message is answered with, at each exchange level (CCID 1.1, 6.1 and 6.2).

use crate::bench::{AnyCard, Bench, PLAIN, glass, token};
use crate::common::{hex, hex_of};
use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel, Features, VoltageSupport};
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::{CardTraits, Reader, ReaderConfig};

#[test]
fn the_descriptor_follows_the_configuration() {
    for (config, level, features) in [
        (ReaderConfig::short_apdu(), ExchangeLevel::ShortApdu, 0x0002_04BE),
        (ReaderConfig::extended_apdu(), ExchangeLevel::ExtendedApdu, 0x0004_04BE),
        (ReaderConfig::tpdu(), ExchangeLevel::Tpdu, 0x0001_0030),
    ] {
        let config = ReaderConfig { slots: 3, max_busy_slots: 2, clocks: vec![4000, 8000], ..config };
        let descriptor = config.descriptor();
        assert_eq!(ClassDescriptor::parse(&descriptor.to_bytes()), Ok(descriptor));
        assert_eq!((descriptor.exchange_level(), descriptor.features), (Some(level), Features(features)));
        assert_eq!((descriptor.max_slot_index, descriptor.max_busy_slots), (2, 2));
        assert_eq!((descriptor.default_clock_khz, descriptor.maximum_clock_khz), (4000, 8000));
        assert_eq!(descriptor.clocks_supported, 2);
    }
}

#[test]
fn a_short_apdu_reader_answers_every_message() {
    let mut bench = Bench::new(ReaderConfig::short_apdu(), token(Model::Kaztoken));
    for (message, expected) in [
        ("65 00000000 00 01 000000", "81 00000000 00 01 01 00 01"),
        ("6F 04000000 00 02 000000 00200002", "80 00000000 00 02 41 FE 00"),
        ("6C 00000000 00 02 000000", "82 00000000 00 02 41 FE 00"),
        ("62 00000000 00 03 040000", "80 00000000 00 03 41 07 00"),
        ("62 00000000 00 04 000000", "80 0C000000 00 04 00 00 00 3B8801 \"KAZTOKEN\" 82"),
        ("65 00000000 00 05 000000", "81 00000000 00 05 00 00 00"),
        ("6F 04000000 00 06 000000 00200002", "80 02000000 00 06 00 00 00 63CA"),
        ("6F 04000000 01 07 000000 00200002", "80 00000000 01 07 42 05 00"),
        ("6F 05000000 00 08 000000 00200002", "80 00000000 00 08 40 01 00"),
        ("6F 04000000 00 08 000000 0020000200", "80 00000000 00 08 40 01 00"),
        ("6F 00000000 00 09 000000", "80 00000000 00 09 40 01 00"),
        ("6F 04000000 00 09 000100 00200002", "80 00000000 00 09 40 08 00"),
        ("6F 00000000 00 09 001000", "80 00000000 00 09 40 08 00"),
        ("6C 00000000 00 0A 000000", "82 07000000 00 0A 00 00 01 1110004D002000"),
        ("6D 00000000 00 0A 000000", "82 07000000 00 0A 00 00 01 1110004D002000"),
        ("6B 01000000 00 0B 000000 55", "83 00000000 00 0B 40 00 00"),
        ("69 00000000 00 0C 000000", "80 00000000 00 0C 40 00 00"),
        ("77 00000000 00 0D 000000", "81 00000000 00 0D 40 00 00"),
        ("71 00000000 00 0D 010000", "81 00000000 00 0D 40 00 00"),
        ("6E 00000000 00 0D 010000", "81 00000000 00 0D 40 00 00"),
        ("6A 00000000 00 0D 010000", "81 00000000 00 0D 00 00 00"),
        ("73 08000000 00 0D 000000 A00F0000 80250000", "84 00000000 00 0D 40 00 00"),
        ("73 04000000 00 0D 000000 A00F0000", "84 00000000 00 0D 40 01 00"),
        ("63 00000000 00 0F 000000", "81 00000000 00 0F 01 00 01"),
    ] {
        bench.ask(message, expected);
    }
    bench.send("620000");
    bench.silent();
    bench.pipe.remove(0);
    for (message, expected) in [
        ("65 00000000 00 10 000000", "81 00000000 00 10 02 00 01"),
        ("62 00000000 00 11 000000", "80 00000000 00 11 42 FE 00"),
        ("6F 04000000 00 12 000000 00200002", "80 00000000 00 12 42 FE 00"),
    ] {
        bench.ask(message, expected);
    }
}

#[test]
fn what_a_descriptor_offers_is_done() {
    let config = ReaderConfig {
        features: ReaderConfig::short_apdu().features | Features::CLOCK_STOP,
        sets_rates: true,
        clocks: vec![4000, 8000],
        data_rates: vec![9600, 115_200],
        escape: true,
        mechanical: 2,
        ..ReaderConfig::short_apdu()
    };
    let mut bench = Bench::new(config, token(Model::Kaztoken));
    bench.power_on();
    for (message, expected) in [
        ("6B 02000000 00 01 000000 5566", "83 02000000 00 01 00 00 00 5566"),
        // 7000 kHz and 100000 bit/s are not there: the next below.
        ("73 08000000 00 02 000000 581B0000 A0860100", "84 08000000 00 02 00 00 00 A00F0000 80250000"),
        ("6E 00000000 00 03 010000", "81 00000000 00 03 00 00 01"),
        ("6F 04000000 00 04 000000 00200002", "80 00000000 00 04 40 FE 00"),
        ("6E 00000000 00 05 000000", "81 00000000 00 05 00 00 00"),
        ("6F 04000000 00 06 000000 00200002", "80 02000000 00 06 00 00 00 63CA"),
        ("6E 00000000 00 07 090000", "81 00000000 00 07 40 07 00"),
        ("71 00000000 00 08 020000", "81 00000000 00 08 00 00 00"),
        ("71 00000000 00 09 040000", "81 00000000 00 09 40 07 00"),
    ] {
        bench.ask(message, expected);
    }
}

#[test]
fn an_extended_command_comes_in_parts() {
    // c01: 607 bytes in 261, 261 and 85.
    let config = ReaderConfig::extended_apdu();
    let mut bench = Bench::new(config, glass(PLAIN, "01 9000"));
    bench.power_on();
    let apdu = hex(&format!("00 DA 00 00 00 0258 {} 0000", "77 ".repeat(600)));
    assert_eq!(apdu.len(), 609);
    let parts = [&apdu[..261], &apdu[261..522], &apdu[522..]];
    let message = |part: &[u8], sequence: u8, level: &str| {
        let [l0, l1, ..] = (part.len() as u32).to_le_bytes();
        format!("6F {l0:02X}{l1:02X}0000 00 {sequence:02X} 00 {level} {}", hex_of(part))
    };
    bench.ask(&message(parts[0], 1, "0100"), "80 00000000 00 01 00 00 10");
    bench.ask(&message(parts[1], 2, "0300"), "80 00000000 00 02 00 00 10");
    bench.ask(&message(parts[2], 3, "0200"), "80 03000000 00 03 00 00 00 01 9000");
    // Out of order: nothing reaches the card, the chain is gone.
    bench.ask(&message(parts[1], 4, "0300"), "80 00000000 00 04 40 08 00");
    bench.ask(&message(parts[0], 5, "0100"), "80 00000000 00 05 00 00 10");
    bench.ask("6F 04000000 00 06 000000 00200002", "80 00000000 00 06 40 08 00");
    bench.ask(&message(parts[2], 7, "0200"), "80 00000000 00 07 40 08 00");
    // A message longer than dwMaxCCIDMessageLength.
    bench.ask(&message(&apdu[..262], 8, "0100"), "80 00000000 00 08 40 01 00");
}

#[test]
fn an_extended_answer_comes_in_parts() {
    // c02: 602 bytes in 261, 261 and 80.
    let mut bench = Bench::new(ReaderConfig::extended_apdu(), glass(PLAIN, "66*600 9000"));
    bench.power_on();
    bench.ask("6F 07000000 00 01 000000 00 B0 00 00 00 0258", "80 05010000 00 01 00 00 01 66*261");
    bench.ask("6F 00000000 00 02 001000", "80 05010000 00 02 00 00 03 66*261");
    bench.ask("6F 01000000 00 03 001000 00", "80 00000000 00 03 40 01 00");
    bench.ask("6F 00000000 00 04 001000", "80 50000000 00 04 00 00 02 66*78 9000");
    bench.ask("6F 00000000 00 05 001000", "80 00000000 00 05 40 08 00");
    // A new command drops what is left.
    bench.ask("6F 07000000 00 06 000000 00 B0 00 00 00 0258", "80 05010000 00 06 00 00 01 66*261");
    bench.ask("6F 03000000 00 07 000000 00 B0 00", "80 00000000 00 07 40 01 00");
    bench.ask("6F 00000000 00 08 001000", "80 00000000 00 08 40 08 00");
}

#[test]
fn the_reader_speaks_t0_for_an_apdu_host() {
    for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu()] {
        let mut bench = Bench::new(config, token(Model::KaztokenSc));
        assert_eq!(bench.power_on(), Model::KaztokenSc.atr());
        let fci = "6F24 8002 0000 8102 0020 8202 3800 8302 3F00 8A0105 860F 47020201000000FF 00*7";
        for (apdu, response) in [
            // Case 4: GET RESPONSE is the reader's.
            ("00 A4 00 00 02 3F00 00", format!("{fci} 9000")),
            // Case 3: it is the host's.
            ("00 A4 00 00 02 3F00", "6126".to_owned()),
            ("00 C0 00 00 26", format!("{fci} 9000")),
            // Case 2: the right length is the reader's affair.
            ("00 CA 01 81 00", "0000000047738461 9000".to_owned()),
            ("00 CA 01 81 04", "6C08".to_owned()),
            // Case 1.
            ("00 20 00 02", "63CA".to_owned()),
        ] {
            let (apdu, response) = (hex(apdu), hex(&response));
            bench.ask(
                &format!("6F {:02X}000000 00 01 000000 {}", apdu.len(), hex_of(&apdu)),
                &format!("80 {:02X}000000 00 01 00 00 00 {}", response.len(), hex_of(&response)),
            );
        }
    }
}

#[test]
fn p12_the_sc_card_in_a_tpdu_reader() {
    let mut bench = Bench::new(ReaderConfig::tpdu(), token(Model::KaztokenSc));
    assert_eq!(bench.power_on(), Model::KaztokenSc.atr());
    // The parameters are the defaults of T=0 until the host sets others.
    bench.ask("6C 00000000 00 01 000000", "82 05000000 00 01 00 00 00 11 00 00 0A 00");
    bench.block("FF 10 96 79", "FF 10 96 79");
    // The card is at its own speed now, the reader is not.
    bench.ask("6F 05000000 00 02 000000 00 CA 01 81 08", "80 00000000 00 02 40 FE 00");
    bench.ask("61 05000000 00 03 000000 96 00 00 0A 00", "82 05000000 00 03 00 00 00 96 00 00 0A 00");
    bench.block("00 CA 01 81 08", "0000000047738461 9000");
    bench.block("00 CA 01 81 00", "6C 08");
    bench.block("00 A4 00 00 02 3F00", "61 26");
    bench.block("00 C0 00 00 00", "6C 26");
    bench.block("00 20 00 02 00", "63 CA");
    // A header without P3, data that P3 does not announce, nothing.
    bench.ask("6F 04000000 00 04 000000 00200002", "80 00000000 00 04 40 01 00");
    bench.ask("6F 08000000 00 05 000000 00A40000023F0000", "80 00000000 00 05 40 01 00");
    bench.ask("6F 00000000 00 06 000000", "80 00000000 00 06 40 01 00");
    // A level parameter.
    bench.ask("6F 05000000 00 07 000100 00CA018108", "80 00000000 00 07 40 08 00");
    // T0APDU concerns the APDU levels.
    bench.ask("6A 00000000 00 08 010000", "81 00000000 00 08 40 00 00");
}

#[test]
fn z10_256_bytes_over_t0() {
    let mut bench = Bench::new(ReaderConfig::tpdu(), token(Model::KaztokenSc));
    bench.power_on();
    bench.send("6F 05000000 00 01 000000 00 84 00 00 00");
    let answer = bench.within(1).unwrap();
    assert_eq!(answer[..10], hex("80 02010000 00 01 00 00 00"));
    assert_eq!((answer.len(), &answer[266..]), (268, &[0x90, 0][..]));
}

#[test]
fn the_token_in_a_tpdu_reader() {
    let mut bench = Bench::new(ReaderConfig::tpdu(), token(Model::Kaztoken));
    bench.power_on();
    // Without the parameters of T=1 there is nobody.
    bench.ask("6F 08000000 00 01 000000 00 00 04 00 20 00 02 26", "80 00000000 00 01 40 FE 00");
    bench.ask(
        "61 07000000 00 02 010000 11 10 00 4D 00 20 00",
        "82 07000000 00 02 00 00 01 11 10 00 4D 00 20 00",
    );
    bench.block("00 C1 01 FE 3E", "00 E1 01 FE 1E");
    bench.block("00 00 04 00 20 00 02 26", "00 00 02 63 CA AB");
    bench.block("00 40 05 00 CA 01 81 08 07", "00 40 0A 0000000047738461 9000 0B");
}

#[test]
fn voltages() {
    let card = || -> AnyCard { token(Model::Kaztoken) };
    let three_volts = CardTraits { voltages: VoltageSupport(2), ..CardTraits::default() };
    let atr = "80 0C000000 00 01 00 00 00 3B8801 \"KAZTOKEN\" 82";
    // The host chooses: p07, mute at the first voltage, the answer at the second.
    let mut bench = Bench::with_traits(ReaderConfig::tpdu(), card(), three_volts.clone());
    bench.ask("62 00000000 00 00 000000", "80 00000000 00 00 41 07 00");
    bench.ask("62 00000000 00 00 010000", "80 00000000 00 00 41 FE 00");
    bench.ask("62 00000000 00 01 020000", atr);
    // The reader chooses.
    let mut bench = Bench::with_traits(ReaderConfig::short_apdu(), card(), three_volts.clone());
    bench.ask("62 00000000 00 01 000000", atr);
    // A reader that cannot.
    let config = ReaderConfig { voltages: VoltageSupport(1), ..ReaderConfig::short_apdu() };
    let mut bench = Bench::with_traits(config, card(), three_volts);
    bench.ask("62 00000000 00 00 020000", "80 00000000 00 00 41 07 00");
    bench.ask("62 00000000 00 00 000000", "80 00000000 00 00 41 FE 00");
}

#[test]
fn every_slot_has_its_own_card() {
    let mut reader = Reader::new(ReaderConfig { slots: 3, ..ReaderConfig::short_apdu() });
    reader.insert(0, token(Model::KaztokenSc));
    reader.insert(2, token(Model::RutokenEcp));
    let mut bench = Bench::of(reader);
    bench.ask("65 00000000 00 01 000000", "81 00000000 00 01 01 00 01");
    bench.ask("65 00000000 01 02 000000", "81 00000000 01 02 02 00 01");
    bench.ask("65 00000000 03 03 000000", "81 00000000 03 03 42 05 00");
    bench.ask("62 00000000 02 04 000000", "80 0F000000 02 04 00 00 00 3B8B01 \"Rutoken DS \" C1");
    bench.ask("65 00000000 00 05 000000", "81 00000000 00 05 01 00 01");
    bench.ask("62 00000000 00 06 000000", "80 0C000000 00 06 00 00 00 3B989600 \"KAZTOKEN\"");
    bench.ask("6F 04000000 02 07 000000 00200002", "80 02000000 02 07 00 00 00 63CA");
    bench.ask("63 00000000 00 08 000000", "81 00000000 00 08 01 00 01");
    bench.ask("6F 04000000 02 09 000000 00200002", "80 02000000 02 09 00 00 00 63CA");
}
