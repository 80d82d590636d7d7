//! A link that ends in the middle, and the next one on the same reader: what the first left on the way is not
//! for the second.

use crate::bench::{AnyCard, Glass, Log, PLAIN, token};
use crate::common::hex;
use crate::host::{Desk, connect, identity, truth};
use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, BulkPipe};
use kaztoken_virtual::Model;
use kaztoken_virtual::fault::FaultPlan;
use kaztoken_virtual::reader::{AbortSupport, Reader, ReaderConfig};

fn levels() -> [ReaderConfig; 3] {
    [ReaderConfig::short_apdu(), ReaderConfig::extended_apdu(), ReaderConfig::tpdu()]
}

/// A process was killed: what it had sent is carried out, and nobody has read the answers.
fn leave_behind(desk: &mut Desk, messages: &[&str]) {
    for message in messages {
        desk.pipe.send(&hex(message), Millis(1)).unwrap();
    }
}

#[test]
fn o13_answers_to_a_killed_process_are_not_taken() {
    for config in levels() {
        for model in [Model::Kaztoken, Model::KaztokenSc] {
            let truth = truth(token(model));
            for left in [
                &["65 00000000 00 00 000000"][..],
                &["62 00000000 00 00 010000"],
                &["62 00000000 00 00 010000", "6C 00000000 00 01 000000"],
                &["62 00000000 00 00 010000", "65 00000000 00 01 000000", "65 00000000 00 02 000000"],
            ] {
                let mut desk = Desk::new(Reader::with_card(config.clone(), token(model)));
                leave_behind(&mut desk, left);
                let told = connect(desk.open().unwrap()).run(crate::host::story);
                assert_eq!(told.as_ref(), Ok(&truth), "{model:?}, {:?}, {left:?}", config.level);
            }
        }
    }
}

#[test]
fn o13_a_verified_pin_of_yesterday() {
    // The answers of a killed process that would fit the next one's messages exactly.
    let log = Log::default();
    let card: AnyCard = Box::new(Glass { atr: PLAIN, answer: hex("6982"), log: log.clone() });
    let mut desk = Desk::new(Reader::with_card(ReaderConfig::short_apdu(), card));
    leave_behind(
        &mut desk,
        &[
            "62 00000000 00 00 010000",
            "61 07000000 00 01 010000 11 10 00 4D 00 20 00",
            "6F 04000000 00 02 000000 00 84 00 00",
        ],
    );
    let mut link = desk.open().unwrap();
    let mut response = [0; 258];
    let before = log.lock().unwrap().len();
    assert_eq!(link.transmit(&hex("00 20 00 02"), &mut response, Millis(1_000)), Ok(2));
    assert_eq!(log.lock().unwrap().len(), before + 1);
    assert_eq!(log.lock().unwrap().last(), Some(&hex("00 20 00 02")));
    // The answer is that to this command: the next one is not late.
    drop(link);
    assert_eq!(desk.pipe.receive(&mut [0; 320], Millis(10)), Ok(None));
}

#[test]
fn a_late_answer_does_not_meet_the_next_link() {
    for config in levels() {
        for model in [Model::Kaztoken, Model::KaztokenSc] {
            for abort in [AbortSupport::BothHalves, AbortSupport::BulkOnly, AbortSupport::Unsupported] {
                for late in 1..12 {
                    let config = ReaderConfig { abort, ..config.clone() };
                    let level = config.level;
                    let mut desk = Desk::new(Reader::with_card(config, token(model)));
                    let truth = connect(desk.open().unwrap()).run(identity).unwrap();
                    let at = desk.pipe.reader().messages() + late;
                    desk.pipe.reader().set_faults(format!("late@{at}:14000ms").parse().unwrap());
                    if let Ok(mut link) = desk.open() {
                        let _ = link.transmit(&hex("00 CA 01 81 08"), &mut [0; 258], Millis(3_000));
                    }
                    desk.pipe.reader().set_faults(FaultPlan::default());
                    desk.pipe.pass(Millis(60_000));
                    let what = format!("{model:?}, {level:?}, {abort:?}, message {late}");
                    let link = desk.open().unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert_eq!(connect(link).run(identity).as_ref(), Ok(&truth), "{what}");
                }
            }
        }
    }
}
