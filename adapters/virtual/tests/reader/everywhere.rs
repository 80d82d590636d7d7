//! Every conversation gives the same at every exchange level, over T=0 and T=1, whatever the reader does by
//! itself.

use crate::bench::{AnyCard, Glass, Log, PLAIN, glass, token};
use crate::common::hex;
use crate::host::{Desk, connect, identity, tell, truth};
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, Features, LinkError, VoltageSupport};
use kaztoken_core::drive::ApduLink;
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::{CardTraits, PpsAnswer, Reader, ReaderConfig};

fn desk(config: ReaderConfig, card: AnyCard, traits: CardTraits) -> Desk {
    let mut reader = Reader::new(config);
    reader.insert_with(0, card, traits);
    Desk::new(reader)
}

fn readers() -> Vec<(&'static str, ReaderConfig)> {
    let automatic = ReaderConfig::short_apdu().features;
    vec![
        ("short", ReaderConfig::short_apdu()),
        ("short, negotiates", ReaderConfig { features: 0x840, ..ReaderConfig::short_apdu() }),
        ("short, PPS", ReaderConfig { features: 0, ..ReaderConfig::short_apdu() }),
        ("extended", ReaderConfig::extended_apdu()),
        ("extended, long", ReaderConfig { max_message_length: 3_072, ..ReaderConfig::extended_apdu() }),
        ("extended, tight", ReaderConfig { max_message_length: 64, ..ReaderConfig::extended_apdu() }),
        ("TPDU", ReaderConfig::tpdu()),
        ("TPDU, automatic", ReaderConfig { features: automatic, ..ReaderConfig::tpdu() }),
        ("TPDU, configures", ReaderConfig { features: Features::AUTO_CONFIGURATION, ..ReaderConfig::tpdu() }),
        ("TPDU, PPS", ReaderConfig { features: Features::AUTO_PPS, ..ReaderConfig::tpdu() }),
        ("TPDU, small IFSD", ReaderConfig { max_ifsd: 20, ..ReaderConfig::tpdu() }),
        ("TPDU, no IFSD", ReaderConfig { max_ifsd: 0, ..ReaderConfig::tpdu() }),
        ("TPDU, 3 V", ReaderConfig { voltages: VoltageSupport(2), ..ReaderConfig::tpdu() }),
    ]
}

#[test]
fn the_story_is_the_same_everywhere() {
    for model in [Model::Kaztoken, Model::KaztokenSc, Model::RutokenEcp] {
        let truth = truth(token(model));
        for (name, config) in readers() {
            let told = tell(&mut desk(config, token(model), CardTraits::default()));
            assert_eq!(told.as_ref(), Ok(&truth), "{model:?} in a reader: {name}");
        }
    }
}

#[test]
fn whatever_the_card_is_like() {
    let atr = |text: &str| Some(hex(text));
    let plain = CardTraits::default;
    let cards = [
        ("slow", CardTraits { processing: Millis(1_200), ..plain() }),
        ("asks for much time", CardTraits { processing: Millis(3_000), wtx_multiplier: 3, ..plain() }),
        ("asks for a block size", CardTraits { ifs_request: Some(0x10), ..plain() }),
        ("5 V", CardTraits { voltages: VoltageSupport(1), ..plain() }),
        ("fast", CardTraits { atr: atr("3B 90 96 81 31 FE 45 0D"), ..plain() }),
        (
            "fast, stays slow",
            CardTraits { pps: PpsAnswer::WithoutRate, atr: atr("3B 90 96 81 31 FE 45 0D"), ..plain() },
        ),
        ("IFSC 5", CardTraits { atr: atr("3B 80 81 11 05 15"), ..plain() }),
        // TA2 = 81: T=1 at the speed of TA1, no PPS.
        ("specific", CardTraits { atr: atr("3B 90 96 91 81 01 17"), ..plain() }),
    ];
    let truth = truth(token(Model::Kaztoken));
    for (card, traits) in cards {
        for (name, config) in readers() {
            if name == "TPDU, 3 V" && card == "5 V" {
                continue;
            }
            let told = tell(&mut desk(config, token(Model::Kaztoken), traits.clone()));
            assert_eq!(told.as_ref(), Ok(&truth), "card: {card}; reader: {name}");
        }
    }
}

#[test]
fn generating_a_key_may_take_minutes() {
    let traits = CardTraits { generation_time: Millis(120_000), ..CardTraits::default() };
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let truth = truth(token(model));
        for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()] {
            let level = config.level;
            let mut desk = desk(config, token(model), traits.clone());
            assert_eq!(tell(&mut desk).as_ref(), Ok(&truth), "{model:?} {level:?}");
            assert!((240_000..270_000).contains(&desk.now()), "{model:?} {level:?}: {}", desk.now());
        }
    }
}

#[test]
fn extended_apdus_both_ways() {
    let answer = format!("{} 9000", "66 ".repeat(600));
    for (name, config) in [
        ("extended", ReaderConfig::extended_apdu()),
        ("extended, tight", ReaderConfig { max_message_length: 20, ..ReaderConfig::extended_apdu() }),
        (
            "extended, one message",
            ReaderConfig { max_message_length: 65_556, ..ReaderConfig::extended_apdu() },
        ),
    ] {
        let log = Log::default();
        let card = Glass { atr: PLAIN, answer: hex(&answer), log: log.clone() };
        let mut desk = desk(config, Box::new(card), CardTraits::default());
        let mut link = desk.open_large(4_096).unwrap();
        let mut response = vec![0; 1024];
        for len in [256, 600, 65_535] {
            let mut apdu = hex("00 DA 00 00 00");
            apdu.extend((len as u16).to_be_bytes());
            apdu.extend((0..len).map(|i| i as u8));
            apdu.extend([0, 0]);
            let got = link.transmit(&apdu, &mut response, Millis(60_000));
            assert_eq!(got, Ok(602), "{name}, {len} bytes");
            assert_eq!(response[..602], hex(&answer), "{name}, {len} bytes");
            assert_eq!(log.lock().unwrap().pop(), Some(apdu), "{name}, {len} bytes");
        }
    }
    // A short APDU reader takes none: nothing is sent.
    let mut desk = desk(ReaderConfig::short_apdu(), glass(PLAIN, "9000"), CardTraits::default());
    let mut apdu = hex("00 DA 00 00 00 0100");
    apdu.resize(7 + 256, 1);
    drop(desk.open().unwrap());
    let sent = desk.pipe.transfers().sent;
    let error = desk.open().unwrap().transmit(&apdu, &mut [0; 300], Millis(1_000));
    assert!(matches!(error, Err(LinkError::Ccid(CcidError::CommandLength { .. }))), "{error:?}");
    assert_eq!(desk.pipe.transfers().sent, 2 * sent);
}

#[test]
fn another_slot_of_the_reader() {
    for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()] {
        let mut reader = Reader::new(ReaderConfig { slots: 4, ..config });
        reader.insert(0, token(Model::RutokenEcp));
        reader.insert(1, glass(PLAIN, "6A82"));
        reader.insert(2, token(Model::KaztokenSc));
        let mut desk = Desk::new(reader);
        let told = connect(desk.open_slot(2).unwrap()).run(crate::host::story);
        assert_eq!(told, Ok(truth(token(Model::KaztokenSc))));
        // The others were left alone, and work too.
        let told = connect(desk.open_slot(0).unwrap()).run(crate::host::story);
        assert_eq!(told, Ok(truth(token(Model::RutokenEcp))));
        assert!(matches!(desk.open_slot(3), Err(LinkError::Ccid(CcidError::CardAbsent))));
        assert!(matches!(desk.open_slot(4), Err(LinkError::Ccid(_))));
    }
}

#[test]
fn cards_come_and_go() {
    for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()] {
        for model in [Model::Kaztoken, Model::KaztokenSc] {
            let mut desk = Desk::new(Reader::new(config.clone()));
            assert!(matches!(desk.open(), Err(LinkError::Ccid(CcidError::CardAbsent))));
            desk.pipe.reader().insert(0, token(model));
            let before = connect(desk.open().unwrap()).run(identity).unwrap();
            // The fifth message from here finds no card; then it is put back.
            let at = desk.pipe.reader().messages() + 5;
            desk.pipe.reader().set_faults(format!("remove@{at}").parse().unwrap());
            let mut connection = connect(desk.open().unwrap());
            let error = connection.run(identity).unwrap_err();
            assert!(error.to_string().contains("insert it"), "{error}");
            drop(connection);
            assert!(matches!(desk.open(), Err(LinkError::Ccid(CcidError::CardAbsent))));
            desk.pipe.reader().put_back(0);
            assert_eq!(connect(desk.open().unwrap()).run(identity), Ok(before));
        }
    }
}
