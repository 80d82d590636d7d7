//! Whatever is planned to go wrong: the right answer or an error with a name, in time, no PIN sent twice, and
//! a way back.

use crate::bench::{AnyCard, token};
use crate::host::{Desk, Lost, connect, identity, pin};
use kaztoken_core::Millis;
use kaztoken_core::ccid::ExchangeLevel;
use kaztoken_core::drive::Failure;
use kaztoken_core::pin::LastTry;
use kaztoken_core::token::{Error, Session};
use kaztoken_virtual::fault::{Fault, FaultPlan, LineFault};
use kaztoken_virtual::reader::{AbortSupport, Quirks, Reader, ReaderConfig};
use kaztoken_virtual::{Card, Model};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the VERIFY commands with a PIN that a card carries out.
struct Counting {
    card: AnyCard,
    tries: Arc<AtomicUsize>,
}

impl Card for Counting {
    fn model(&self) -> Model {
        self.card.model()
    }

    fn reset(&mut self) -> &'static [u8] {
        self.card.reset()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        if matches!(command, [_, 0x20, _, _, _, _, ..]) {
            self.tries.fetch_add(1, Ordering::Relaxed);
        }
        self.card.process(command, response);
    }
}

/// A login, then something that only reads.
async fn short_story(session: &mut Session<'_>) -> Result<String, Error> {
    session.login_user(&pin("12345678"), LastTry::Refuse).await?;
    identity(session).await
}

/// Faults that a host can tell from the truth. Left out: wrong bytes where no check covers them (APDUs and
/// T=0).
fn fault(level: ExchangeLevel, model: Model) -> impl Strategy<Value = Fault> {
    let checked = level == ExchangeLevel::Tpdu && model != Model::KaztokenSc;
    let message = 1u64..40;
    let last_byte = if checked { 40 } else { 10usize };
    // bError is only read in an error, bChainParameter only at the APDU levels.
    let bytes = (0..last_byte).prop_filter("unread", move |&byte| byte != 8 && (byte != 9 || !checked));
    let errors =
        prop::sample::select(vec![0xE0u8, 0xF2, 0xFE, 0xFD, 0xFC, 0xFB, 0xFF, 0x00, 0x05, 0x07, 0xF4, 0xC0]);
    prop_oneof![
        message.clone().prop_map(|message| Fault::Drop { message }),
        message.clone().prop_map(|message| Fault::Lose { message }),
        message.clone().prop_map(|message| Fault::Duplicate { message }),
        (message.clone(), 1u64..45_000)
            .prop_map(|(message, delay)| Fault::Late { message, delay: Millis(delay) }),
        (message.clone(), bytes).prop_map(|(message, byte)| Fault::Corrupt { message, byte }),
        (message.clone(), 0usize..30).prop_map(|(message, len)| Fault::Truncate { message, len }),
        (message.clone(), errors).prop_map(|(message, error)| Fault::Fail { message, error }),
        (message.clone(), 1u32..80).prop_map(|(message, count)| Fault::Stale { message, count }),
        (0u8..=255, 1u32..50, 1u64..3_000).prop_map(|(instruction, times, delay)| {
            Fault::Extend { instruction, times, delay: Millis(delay) }
        }),
        message.clone().prop_map(|message| Fault::Unplug { message }),
        message.prop_map(|message| Fault::Remove { message }),
        line(1..60),
    ]
}

fn line(blocks: core::ops::Range<u64>) -> impl Strategy<Value = Fault> {
    (blocks, prop::sample::select(LineFault::ALL.to_vec()))
        .prop_map(|(block, (_, fault))| Fault::Block { block, fault })
}

/// One fault; or a bad line for a while: T=1 gives up only after many in a row.
fn faults(level: ExchangeLevel, model: Model) -> impl Strategy<Value = Vec<Fault>> {
    prop_oneof![
        3 => fault(level, model).prop_map(|fault| vec![fault]),
        1 => (1u64..40).prop_flat_map(|first| {
            prop::collection::vec(line(first..first + 10), 3..14)
        }),
    ]
}

fn reader() -> impl Strategy<Value = (ReaderConfig, Model)> {
    let level = prop::sample::select(vec![
        ReaderConfig::short_apdu(),
        ReaderConfig::extended_apdu(),
        ReaderConfig::tpdu(),
        ReaderConfig::tpdu(),
    ]);
    let abort = prop::sample::select(vec![
        AbortSupport::BothHalves,
        AbortSupport::BulkOnly,
        AbortSupport::Unsupported,
        AbortSupport::Silent,
    ]);
    let model = prop::sample::select(vec![Model::Kaztoken, Model::KaztokenSc]);
    (level, abort, model, any::<[bool; 5]>()).prop_map(|(config, abort, model, [a, b, c, d, e])| {
        let quirks = Quirks {
            padding: usize::from(a),
            empty_before: b,
            empty_after_full: b,
            answers_aborted: c,
            extensions: d.into(),
            ..Quirks::default()
        };
        (ReaderConfig { abort, bus_reset: e, ..config }.with_quirks(quirks), model)
    })
}

fn plan() -> impl Strategy<Value = (ReaderConfig, Model, FaultPlan)> {
    reader().prop_flat_map(|(config, model)| {
        let faults = prop::collection::vec(faults(config.level, model), 1..5);
        faults.prop_map(move |faults| (config.clone(), model, faults.into_iter().flatten().collect()))
    })
}

/// A card that counts, and its count.
fn counting(model: Model) -> (AnyCard, Arc<AtomicUsize>) {
    let tries = Arc::new(AtomicUsize::new(0));
    (Box::new(Counting { card: token(model), tries: Arc::clone(&tries) }), tries)
}

#[test]
fn b16_a_pin_is_sent_once_whatever_the_line_does() {
    let mut outcomes = [0; 2];
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        for (name, fault) in LineFault::ALL {
            // VERIFY is the fourth TPDU of T=1 and the fourth of T=0 too: IFSD or PPS comes first.
            for (first, len) in (1..9).flat_map(|first| (1..9).map(move |len| (first, len))) {
                let plan = (first..first + len).map(|block| Fault::Block { block, fault }).collect();
                let (card, tries) = counting(model);
                let mut desk = Desk::new(Reader::with_card(ReaderConfig::tpdu(), card).faults(plan));
                let Ok(mut connection) = desk.punctual() else { continue };
                let told = connection.run(short_story);
                outcomes[usize::from(told.is_ok())] += 1;
                let tries = tries.load(Ordering::Relaxed);
                assert!(tries <= 1, "{model:?}, {name} from block {first}, {len} times: {tries} times");
                if told.is_ok() {
                    assert_eq!(tries, 1, "{model:?}, {name} from block {first}, {len} times");
                }
            }
        }
    }
    assert!(outcomes.iter().all(|&count| count > 100), "{outcomes:?}");
}

#[test]
fn every_single_fault_of_the_bus() {
    let truth = |model| {
        let mut desk = Desk::new(Reader::with_card(ReaderConfig::short_apdu(), token(model)));
        connect(desk.open().unwrap()).run(identity).unwrap()
    };
    let errors = [0xE0u8, 0xF2, 0xFE, 0xFD, 0xFC, 0xFB, 0xFF, 0x00, 0x05, 0x07, 0xF4, 0xC0];
    let mut outcomes = [0; 2];
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let truth = truth(model);
        for config in [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()] {
            for message in 1..12 {
                let mut faults = vec![
                    Fault::Drop { message },
                    Fault::Lose { message },
                    Fault::Duplicate { message },
                    Fault::Late { message, delay: Millis(1_000) },
                    Fault::Late { message, delay: Millis(40_000) },
                    Fault::Stale { message, count: 1 },
                    Fault::Stale { message, count: 80 },
                    Fault::Unplug { message },
                    Fault::Remove { message },
                ];
                faults.extend([0, 1, 9, 10, 11].map(|len| Fault::Truncate { message, len }));
                faults.extend(errors.map(|error| Fault::Fail { message, error }));
                faults.extend((0..8).map(|byte| Fault::Corrupt { message, byte }));
                for fault in faults {
                    let (card, tries) = counting(model);
                    let mut desk = Desk::new(Reader::with_card(config.clone(), card).faults(fault.into()));
                    let told = match desk.punctual() {
                        Ok(mut connection) => connection.run(short_story),
                        Err(error) => Err(Failure::Link(error)),
                    };
                    let what = format!("{model:?}, {:?}, {fault:?}: {told:?}", config.level);
                    outcomes[usize::from(told.is_ok())] += 1;
                    assert!(tries.load(Ordering::Relaxed) <= 1, "{what}");
                    assert!(told.as_ref().is_err() || told.as_ref() == Ok(&truth), "{what}");
                }
            }
        }
    }
    assert!(outcomes.iter().all(|&count| count > 300), "{outcomes:?}");
}

/// A few hundred cases, or as many as PROPTEST_CASES says.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_right_answer_or_a_name_and_a_way_back((config, model, plan) in plan()) {
        let truth = {
            let mut desk = Desk::new(Reader::with_card(ReaderConfig::short_apdu(), token(model)));
            connect(desk.open().unwrap()).run(identity).unwrap()
        };
        let (card, tries) = counting(model);
        let mut desk = Desk::new(Reader::with_card(config, card).faults(plan));

        let failed: Option<Failure<Lost>> = match desk.punctual() {
            Err(error) => Some(Failure::Link(error)),
            Ok(mut connection) => {
                let told = connection.run(short_story);
                prop_assert!(tries.load(Ordering::Relaxed) <= 1, "the PIN reached the card twice");
                match told {
                    Ok(told) => {
                        prop_assert_eq!(&told, &truth);
                        None
                    }
                    Err(failure) => {
                        // A way back, while the plan goes on.
                        if let Err(error) = connection.recover() {
                            let text = error.to_string();
                            prop_assert!(text.contains("plug") || text.contains("insert"), "{}", text);
                        }
                        Some(failure)
                    }
                }
            }
        };
        prop_assert!(tries.load(Ordering::Relaxed) <= 1, "the PIN reached the card twice");
        if let Some(failure) = &failed {
            prop_assert!(!failure.to_string().is_empty());
        }

        // The person does what is said, and the token is there again.
        desk.pipe.reader().set_faults(FaultPlan::default());
        desk.pipe.reader().put_back(0);
        desk.pipe.reader().plug_in();
        let told = connect(desk.open().unwrap()).run(identity);
        prop_assert_eq!(told, Ok(truth));
    }

    #[test]
    fn faults_pass((config, model, plan) in plan()) {
        // A fault that stays, or that needs a hand, is not this test's subject.
        let stays = |fault: &&Fault| {
            !matches!(fault, Fault::Unplug { .. } | Fault::Remove { .. } | Fault::Extend { .. })
        };
        let plan: FaultPlan = plan.faults().iter().filter(stays).copied().collect();
        let mut desk = Desk::new(Reader::with_card(ReaderConfig { bus_reset: true, ..config }, token(model)));
        let truth = connect(desk.open().unwrap()).run(identity).unwrap();
        let begun = desk.pipe.reader().messages();
        desk.pipe.reader().set_faults(plan);
        // A link at the end of its ladder says "unplug", and that is done. Every fault is behind after sixty
        // messages or blocks.
        let mut links = 0;
        while desk.pipe.reader().messages() < begun + 100 {
            links += 1;
            prop_assert!(links < 40, "no way back");
            desk.pipe.reader().plug_in();
            let Ok(mut connection) = desk.punctual() else { continue };
            for _ in 0..20 {
                match connection.run(identity) {
                    Ok(told) => prop_assert_eq!(&told, &truth),
                    Err(_) if connection.recover().is_ok() => {}
                    Err(_) => break,
                }
            }
        }
        desk.pipe.reader().plug_in();
        prop_assert_eq!(connect(desk.open().unwrap()).run(identity), Ok(truth));
    }
}
