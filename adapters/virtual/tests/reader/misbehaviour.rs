//! The host against every quirk: the same story, or an error with a name within its time.

use crate::bench::{AnyCard, token};
use crate::host::{ABORT_TIME, Desk, connect, identity, tell, truth};
use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::{AbortSupport, Drip, Endless, Quirks, Reader, ReaderConfig};

fn levels() -> [ReaderConfig; 3] {
    [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()]
}

fn tolerated() -> Vec<Quirks> {
    let none = Quirks::default;
    let mut quirks = vec![
        Quirks { padding: 2, ..none() },
        Quirks { padding: 50, ..none() },
        Quirks { empty_before: true, ..none() },
        Quirks { empty_after_full: true, ..none() },
        Quirks { type_6c: true, ..none() },
        Quirks { extensions: 1, ..none() },
        Quirks { stale: 3, ..none() },
        Quirks { answers_aborted: true, ..none() },
    ];
    quirks.push(Quirks {
        padding: 2,
        empty_before: true,
        empty_after_full: true,
        type_6c: true,
        extensions: 1,
        stale: 2,
        answers_aborted: true,
        ..none()
    });
    quirks
}

#[test]
fn quirks_alone_and_together_change_nothing() {
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let truth = truth(token(model));
        for config in levels() {
            for quirks in tolerated() {
                let config = config.clone().with_quirks(quirks.clone());
                let told = tell(&mut Desk::new(Reader::with_card(config.clone(), token(model))));
                assert_eq!(told.as_ref(), Ok(&truth), "{model:?}, {:?}, {quirks:?}", config.level);
            }
        }
    }
}

#[test]
fn c09_c12_answers_in_pieces_at_every_apdu_level() {
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let truth = truth(token(model));
        for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu()] {
            for empty_after_full in [false, true] {
                for piece in [1, 7, 54, 55] {
                    let all = Quirks { empty_after_full, piece: Some(piece), ..Quirks::default() };
                    let config = config.clone().with_quirks(all);
                    let told = tell(&mut Desk::new(Reader::with_card(config, token(model))));
                    assert_eq!(told.as_ref(), Ok(&truth), "{model:?}, {piece} bytes");
                }
            }
        }
    }
}

/// Opens over a sound reader, sends one APDU with this budget over a bad one. Returns the error's text, the
/// time it took, and whether the link came back.
fn ordeal(config: ReaderConfig, model: Model) -> (String, u64, bool) {
    let card: AnyCard = token(model);
    let mut desk = Desk::new(Reader::with_card(config, card));
    let mut link = match desk.open() {
        Ok(link) => link,
        Err(error) => return (error.to_string(), desk.now(), false),
    };
    let mut response = [0; 258];
    let command = [0x00, 0xCA, 0x01, 0x81, 0x08];
    let result = link.transmit(&command, &mut response, Millis(10_000));
    let text = result.map_or_else(|error| error.to_string(), |_| String::new());
    let back = link.recover().is_ok();
    drop(link);
    (text, desk.now(), back)
}

#[test]
fn what_cannot_be_tolerated_ends_in_time_with_a_name() {
    let none = Quirks::default;
    let drip = |drip, pause| Quirks { drip: Some((drip, Millis(pause))), ..none() };
    let mut bad = vec![
        Quirks { single_bytes: true, ..none() },
        Quirks { wrong_sequence: true, ..none() },
        Quirks { wrong_slot: true, ..none() },
        Quirks { endless: Some(Endless::NextCommandPart), ..none() },
        Quirks { endless: Some(Endless::Pieces(0)), ..none() },
        Quirks { endless: Some(Endless::Pieces(1)), ..none() },
    ];
    for kind in [Drip::TimeExtensions, Drip::Empty, Drip::Stale, Drip::Bytes] {
        bad.extend([drip(kind, 1), drip(kind, 40), drip(kind, 900)]);
    }
    for config in levels() {
        for model in [Model::Kaztoken, Model::KaztokenSc] {
            for quirks in &bad {
                // At the TPDU level nothing is chained.
                if quirks.endless.is_some()
                    && config.features().exchange_level() == ReaderConfig::tpdu().features().exchange_level()
                {
                    continue;
                }
                let (error, time, _) = ordeal(config.clone().with_quirks(quirks.clone()), model);
                let what = format!("{model:?}, {:?}, {quirks:?}: {error:?} after {time} ms", config.level);
                assert!(!error.is_empty(), "{what}");
                // Opening may take its own budget twice; recovering as much.
                assert!(time <= 4 * (10_000 + ABORT_TIME), "{what}");
            }
        }
    }
}

#[test]
fn one_slow_apdu_takes_its_budget_and_an_abort() {
    for kind in [Drip::TimeExtensions, Drip::Empty, Drip::Stale] {
        let quirks = Quirks { drip: Some((kind, Millis(200))), ..Quirks::default() };
        let mut desk = Desk::new(Reader::with_card(
            ReaderConfig::short_apdu().with_quirks(quirks),
            token(Model::Kaztoken),
        ));
        let mut link = desk.open().unwrap();
        let mut response = [0; 258];
        let error = link.transmit(&[0, 0xCA, 1, 0x81, 8], &mut response, Millis(5_000)).unwrap_err();
        // The reader aborted, so the slot is free again.
        assert_eq!(link.counters().aborts, 1, "{kind:?}: {error}");
        assert_eq!(link.recovery().next(), None, "{kind:?}");
        drop(link);
        assert!((4_900..=5_000 + ABORT_TIME).contains(&desk.now()), "{kind:?}: {} ms", desk.now());
    }
}

#[test]
fn every_way_back() {
    for (abort, bus_reset, back) in [
        (AbortSupport::BothHalves, false, true),
        (AbortSupport::BulkOnly, false, true),
        (AbortSupport::Unsupported, true, true),
        (AbortSupport::Silent, true, true),
        (AbortSupport::Silent, false, false),
    ] {
        for config in levels() {
            for model in [Model::Kaztoken, Model::KaztokenSc] {
                let quirks = Quirks { drip: Some((Drip::Empty, Millis(100))), ..Quirks::default() };
                // PPS goes through XfrBlock: let the reader do it, so that only the APDU drips.
                let features = ReaderConfig::short_apdu().features & !0x400;
                let config = ReaderConfig { abort, bus_reset, features, max_ifsd: 254, ..config.clone() };
                let config = config.with_quirks(quirks);
                let level = config.level;
                let (error, time, recovered) = ordeal(config, model);
                let what = format!("{model:?}, {level:?}, {abort:?}: {error}, {time} ms");
                if level == kaztoken_core::ccid::ExchangeLevel::Tpdu && model == Model::Kaztoken {
                    // S(IFS) drips too: the link does not even open.
                    continue;
                }
                assert_eq!(recovered, back, "{what}");
            }
        }
    }
}

#[test]
fn a_reader_beyond_help_says_what_to_do() {
    let quirks = Quirks { drip: Some((Drip::Empty, Millis(100))), ..Quirks::default() };
    let config = ReaderConfig { abort: AbortSupport::Silent, bus_reset: false, ..ReaderConfig::short_apdu() };
    let mut desk = Desk::new(Reader::with_card(config.with_quirks(quirks), token(Model::Kaztoken)));
    let mut connection = connect(desk.open().unwrap());
    assert!(connection.run(identity).is_err());
    let error = connection.recover().unwrap_err();
    assert!(error.to_string().contains("unplug it"), "{error}");
}
