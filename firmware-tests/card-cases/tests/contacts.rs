//! The card's end of the contacts, without a processor: what a reader hears when.

#![allow(clippy::unwrap_used, missing_docs)]

use card::contacts::Contacts;
use card::job::{Job, Ticket};
use kaztoken_core::Millis;
use kaztoken_lines::ReaderLevels;
use kaztoken_virtual::Model;

const ON: ReaderLevels = ReaderLevels { vcc: true, rst: true, clk: true };
const RESET: ReaderLevels = ReaderLevels { vcc: true, rst: false, clk: true };

/// A card after its answer to reset.
fn active(model: Model) -> Contacts {
    let mut card = Contacts::new(model, 300);
    assert!(card.levels(RESET) && sent(&mut card).is_empty());
    assert!(card.levels(ON) && !card.levels(ON));
    assert_eq!(sent(&mut card), model.atr());
    assert!(matches!(card.job(), Some(Job::Reset)) && card.job().is_none());
    card
}

fn sent(card: &mut Contacts) -> Vec<u8> {
    std::iter::from_fn(|| card.transmit()).collect()
}

fn receive(card: &mut Contacts, now: u64, bytes: &[u8]) {
    bytes.iter().for_each(|&byte| card.receive(Millis(now), byte));
}

fn block(prologue_and_data: &[u8]) -> Vec<u8> {
    let check = prologue_and_data.iter().fold(0, |sum, byte| sum ^ byte);
    [prologue_and_data, &[check]].concat()
}

fn command(card: &mut Contacts) -> (Ticket, Vec<u8>) {
    match card.job() {
        Some(Job::Command { ticket, command }) => (ticket, command.to_vec()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_power_clock_and_reset_high_make_it_speak() {
    for byte in 0..8 {
        let levels = ReaderLevels { vcc: byte & 1 != 0, rst: byte & 2 != 0, clk: byte & 4 != 0 };
        let mut card = Contacts::new(Model::Kaztoken, 300);
        card.levels(levels);
        receive(&mut card, 0, &block(&[0, 0xC1, 1, 254]));
        let atr = if levels == ON { Model::Kaztoken.atr() } else { &[] };
        assert!(sent(&mut card).starts_with(atr));
        assert_eq!(card.transmit(), None);
    }
}

#[test]
fn t1_asks_for_time_and_keeps_its_answer_until_it_is_granted() {
    let mut card = active(Model::Kaztoken);
    receive(&mut card, 0, &block(&[0, 0, 5, 0, 0x84, 0, 0, 2]));
    let (ticket, got) = command(&mut card);
    assert_eq!(got, [0, 0x84, 0, 0, 2]);
    let ask = block(&[0, 0xC3, 1, 1]);
    let granted = block(&[0, 0xE3, 1, 1]);
    let mut now = 0;
    for _ in 0..3 {
        // Long before the shortest block waiting time, 714 ms, and not all the time.
        card.tick(Millis(now + 100));
        assert_eq!(sent(&mut card), []);
        card.tick(Millis(now + 400));
        assert_eq!(sent(&mut card), ask);
        card.tick(Millis(now + 700));
        assert_eq!(sent(&mut card), []);
        // What the reader did not understand is asked again.
        receive(&mut card, now + 700, &block(&[0, 0x91, 0]));
        assert_eq!(sent(&mut card), ask);
        now += 800;
        receive(&mut card, now, &granted);
        assert_eq!(sent(&mut card), []);
    }
    card.tick(Millis(now + 400));
    assert_eq!(sent(&mut card), ask);
    card.respond(ticket, &[1, 2, 0x90, 0x00]);
    assert_eq!(sent(&mut card), [], "the line is the reader's");
    receive(&mut card, now + 500, &granted);
    assert_eq!(sent(&mut card), block(&[0, 0, 4, 1, 2, 0x90, 0x00]));
    card.tick(Millis(now + 5_000));
    assert_eq!(sent(&mut card), []);
}

#[test]
fn t0_sends_null_and_its_answer_after_the_procedure_byte() {
    let mut card = active(Model::KaztokenSc);
    receive(&mut card, 0, &[0, 0xA4, 0, 0, 2]);
    assert_eq!(sent(&mut card), [0xA4]);
    receive(&mut card, 0, &[0x3F, 0x00]);
    let (ticket, got) = command(&mut card);
    assert_eq!(got, [0, 0xA4, 0, 0, 2, 0x3F, 0x00]);
    for turn in 1..4 {
        card.tick(Millis(turn * 350));
        assert_eq!(sent(&mut card), [0x60]);
    }
    card.respond(ticket, &[0x61, 0x20]);
    assert_eq!(sent(&mut card), [0x61, 0x20]);
    receive(&mut card, 2_000, &[0, 0xC0, 0, 0, 3]);
    let (ticket, got) = command(&mut card);
    assert_eq!(got, [0, 0xC0, 0, 0, 3]);
    card.respond(ticket, &[7, 8, 9, 0x90, 0x00]);
    assert_eq!(sent(&mut card), [0xC0, 7, 8, 9, 0x90, 0x00]);
    // Without data: P3 = 0 is no length.
    receive(&mut card, 2_000, &[0x80, 0x8A, 0, 0, 0]);
    assert_eq!(command(&mut card).1, [0x80, 0x8A, 0, 0]);
}

#[test]
fn pps_is_agreed_to_once_and_only_to_what_is_offered() {
    let sc = Model::KaztokenSc;
    for (model, request, agreed) in [
        (Model::Kaztoken, &[0xFF, 0x01, 0xFE][..], true),
        (Model::Kaztoken, &[0xFF, 0x11, 0x11, 0xFF], true),
        (Model::Kaztoken, &[0xFF, 0x00, 0xFF], false),
        (Model::Kaztoken, &[0xFF, 0x11, 0x96, 0x78], false),
        (Model::Kaztoken, &[0xFF, 0x01, 0xFF], false),
        (sc, &[0xFF, 0x10, 0x96, 0x79], true),
        (sc, &[0xFF, 0x00, 0xFF], true),
        (sc, &[0xFF, 0x01, 0xFE], false),
    ] {
        let mut card = active(model);
        receive(&mut card, 0, request);
        assert_eq!(sent(&mut card), if agreed { request } else { &[] }, "{model:?} {request:02X?}");
        if agreed {
            // Now FF is not a PPS any more.
            receive(&mut card, 0, request);
            assert_eq!(sent(&mut card), []);
        }
    }
}

#[test]
fn an_answer_that_comes_after_a_reset_is_dropped() {
    for start_anew in [
        |card: &mut Contacts| assert!(card.levels(RESET) && card.levels(ON)),
        |card: &mut Contacts| {
            receive(card, 10, &block(&[0, 0xC0, 0]));
        },
    ] {
        let mut card = active(Model::Kaztoken);
        receive(&mut card, 0, &block(&[0, 0, 5, 0, 0x84, 0, 0, 2]));
        let (old, _) = command(&mut card);
        start_anew(&mut card);
        sent(&mut card);
        card.respond(old, &[0x90, 0x00]);
        assert_eq!(sent(&mut card), []);
        while let Some(Job::Reset) = card.job() {}
        receive(&mut card, 20, &block(&[0, 0, 5, 0, 0x84, 0, 0, 3]));
        card.respond(old, &[0x90, 0x00]);
        assert_eq!(sent(&mut card), []);
        let (new, got) = command(&mut card);
        assert_eq!(got, [0, 0x84, 0, 0, 3]);
        card.respond(new, &[0x67, 0x00]);
        assert_eq!(sent(&mut card), block(&[0, 0, 2, 0x67, 0x00]));
    }
}

#[test]
fn half_a_block_is_asked_for_again_and_half_a_header_forgotten() {
    let mut card = active(Model::Kaztoken);
    receive(&mut card, 0, &[0, 0, 5, 0, 0x84]);
    card.tick(Millis(700));
    assert_eq!(sent(&mut card), []);
    card.tick(Millis(900));
    assert_eq!(sent(&mut card).len(), 4);
    let mut card = active(Model::KaztokenSc);
    receive(&mut card, 0, &[0, 0xA4, 0]);
    card.tick(Millis(900));
    receive(&mut card, 1_000, &[0, 0x84, 0, 0, 1]);
    assert_eq!(command(&mut card).1, [0, 0x84, 0, 0, 1]);
}

#[test]
fn a_command_without_end_is_given_up() {
    let mut card = active(Model::Kaztoken);
    let mut number = 0;
    for turn in 0.. {
        receive(&mut card, 0, &block(&[&[0, 0x20 | number, 30][..], &[0; 30]].concat()));
        let answer = sent(&mut card);
        number ^= 0x40;
        if answer == block(&[0, 0xC2, 0]) {
            assert_eq!(turn, 10, "300 bytes are kept");
            return;
        }
        assert_eq!(answer[1] & 0xE0, 0x80);
    }
}
