//! Whatever is planned to go wrong: the right answer or an error with a name, in time, no PIN sent twice, and a way
//! back.

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

/// Faults that a host can tell from the truth. Left out: "busy" from a reader that has carried the command out, and
/// wrong bytes where no check covers them (APDUs and T=0).
fn fault(level: ExchangeLevel, model: Model) -> impl Strategy<Value = Fault> {
    let checked = level == ExchangeLevel::Tpdu && model != Model::KaztokenSc;
    let message = 1u64..40;
    let last_byte = if checked { 40 } else { 10usize };
    // bError is only read in an error, bChainParameter only at the APDU levels.
    let bytes = (0..last_byte).prop_filter("unread", move |&byte| byte != 8 && (byte != 9 || !checked));
    let errors = prop::sample::select(vec![0xFEu8, 0xFD, 0xFC, 0xFB, 0xFF, 0x00, 0x05, 0x07, 0xF4, 0xC0]);
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
        (1u64..60, prop::sample::select(LineFault::ALL.to_vec()))
            .prop_map(|(block, (_, fault))| Fault::Block { block, fault }),
        (1u64..60, prop::sample::select(LineFault::ALL.to_vec()))
            .prop_map(|(block, (_, fault))| Fault::Block { block, fault }),
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
        let faults = prop::collection::vec(fault(config.level, model), 1..5);
        faults.prop_map(move |faults| (config.clone(), model, faults.into_iter().collect()))
    })
}

/// A few hundred, or as many as PROPTEST_CASES says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_right_answer_or_a_name_and_a_way_back((config, model, plan) in plan()) {
        let truth = {
            let mut desk = Desk::new(Reader::with_card(ReaderConfig::short_apdu(), token(model)));
            connect(desk.open().unwrap()).run(identity).unwrap()
        };
        let tries = Arc::new(AtomicUsize::new(0));
        let card: AnyCard = Box::new(Counting { card: token(model), tries: Arc::clone(&tries) });
        let mut desk = Desk::new(Reader::with_card(config, card).faults(plan));

        let failed: Option<Failure<Lost>> = match desk.open() {
            Err(error) => Some(Failure::Link(error)),
            Ok(link) => {
                let mut connection = connect(link);
                let told = connection.run(short_story);
                prop_assert!(tries.load(Ordering::Relaxed) <= 1, "the PIN reached the card twice");
                match told {
                    Ok(told) => {
                        prop_assert_eq!(&told, &truth);
                        None
                    }
                    Err(failure) => {
                        prop_assert!(!failure.to_string().is_empty());
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
        // One command of thirty seconds that fails, everything before it, and the climb.
        prop_assert!(desk.now() < 300_000, "{} ms, {:?}", desk.now(), failed);

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
        // A link at the end of its ladder says "unplug", and that is done. Every fault is behind after sixty messages.
        let mut links = 0;
        while desk.pipe.reader().messages() < begun + 100 {
            links += 1;
            prop_assert!(links < 40, "no way back");
            desk.pipe.reader().plug_in();
            let Ok(link) = desk.open() else { continue };
            let mut connection = connect(link);
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
