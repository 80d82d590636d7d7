//! PINs: counters, rights, resets, power loss.

use super::common::{SERIAL, Seeded, expect, factory, ok};
use kaztoken_virtual::store::{MemoryStore, Store};
use kaztoken_virtual::{Card, Model, State, VirtualToken};
use std::fmt;

const USER: &str = "00 20 00 02 08 \"12345678\"";
const ADMIN: &str = "00 20 00 01 08 \"87654321\"";
const WRONG: &str = "00 20 00 02 08 \"12345679\"";

#[test]
fn the_verify_dialogue() {
    let mut card = factory();
    expect(&mut card, "00 20 00 02", "63CA");
    expect(&mut card, WRONG, "6300");
    expect(&mut card, "00 20 00 02 00", "63C9");
    expect(&mut card, USER, "9000");
    expect(&mut card, "00 20 00 02", "9000");
    expect(&mut card, "00 20 00 01", "63CA");
    expect(&mut card, USER, "6F86");
    expect(&mut card, WRONG, "6F86");
    expect(&mut card, ADMIN, "6F86");
    expect(&mut card, "80 40 00 00", "9000");
    expect(&mut card, "00 20 00 02", "63CA");
    expect(&mut card, "00 20 00 03", "6A88");
    expect(&mut card, "00 20 01 02", "6A86");
}

#[test]
fn a_blocked_pin_is_unblocked_by_the_administrator_only() {
    let mut card = factory();
    for left in (0..10).rev() {
        expect(&mut card, WRONG, "6300");
        let answer = if left == 0 { "6983".into() } else { format!("63C{left:X}") };
        expect(&mut card, "00 20 00 02", &answer);
    }
    expect(&mut card, USER, "6983");
    expect(&mut card, "00 2C 03 02", "6982");
    ok(&mut card, ADMIN);
    expect(&mut card, "00 2C 03 01", "6982");
    ok(&mut card, "00 2C 03 02");
    ok(&mut card, "00 24 01 02 0E 80 02 0008 A5 08 \"newpin12\"");
    ok(&mut card, "80 40 00 00");
    expect(&mut card, "00 20 00 02", "63CA");
    expect(&mut card, USER, "6300");
    ok(&mut card, "00 20 00 02 08 \"newpin12\"");
}

#[test]
fn a_changed_pin_may_have_another_length_within_the_limits() {
    let mut card = factory();
    expect(&mut card, "00 24 01 02 10 80 02 00 0A A5 0A 61 62 63 64 65 66 67 68 31 32", "6982");
    ok(&mut card, USER);
    ok(&mut card, "00 24 01 02 10 80 02 00 0A A5 0A 61 62 63 64 65 66 67 68 31 32");
    ok(&mut card, "80 40 00 00");
    expect(&mut card, USER, "6300");
    ok(&mut card, "00 20 00 02 0A \"abcdefgh12\"");
    let fci = ok(&mut card, "00 A4 08 00 06 1000 1000 0002 00");
    assert_eq!(fci[4..6], [0, 10], "the size follows the PIN");
    expect(&mut card, "00 24 01 02 0B 80 02 0005 A5 05 \"short\"", "6A80");
    ok(&mut card, "00 24 01 02 FF 80 02 00F9 A5 F9 61*249");
    expect(&mut card, "00 24 01 02 0E 80 02 0009 A5 08 \"12345678\"", "6A80");
    expect(&mut card, "00 24 01 02 08 \"12345678\"", "6A80");
    expect(&mut card, "00 24 01 01 0E 80 02 0008 A5 08 \"12345678\"", "6982");
    ok(&mut card, "80 40 00 00");
    ok(&mut card, "00 20 00 02 F9 61*249");
}

#[test]
fn a_reset_drops_the_pin_and_keeps_the_counter() {
    let mut card = factory();
    expect(&mut card, WRONG, "6300");
    ok(&mut card, USER);
    card.reset();
    expect(&mut card, WRONG, "6300");
    card.reset();
    expect(&mut card, "00 20 00 02", "63C9");
    let mut card = VirtualToken::open(card.into_store(), Seeded(1)).unwrap();
    expect(&mut card, "00 20 00 02", "63C9");
}

/// Saves that fail from one on, as when the power is cut there.
struct Cut {
    inner: MemoryStore,
    saves_left: u32,
}

#[derive(Debug)]
struct PowerLost;

impl fmt::Display for PowerLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("power lost")
    }
}

impl core::error::Error for PowerLost {}

impl Store for Cut {
    type Error = PowerLost;

    fn load(&mut self) -> Result<State, PowerLost> {
        self.inner.load().map_err(|_| PowerLost)
    }

    fn save(&mut self, state: &State) -> Result<(), PowerLost> {
        self.saves_left = self.saves_left.checked_sub(1).ok_or(PowerLost)?;
        self.inner.save(state).map_err(|_| PowerLost)
    }
}

#[test]
fn a_try_is_counted_before_the_comparison() {
    let start = MemoryStore::new(State::factory(Model::Kaztoken, SERIAL));
    for (saves_left, verify, answer, tries) in [
        // Nothing saved: nothing compared. One save: the count, not the success.
        (0, USER, "6581", "63CA"),
        (0, WRONG, "6581", "63CA"),
        (1, USER, "6581", "63C9"),
        (1, WRONG, "6300", "63C9"),
        (2, USER, "9000", "63CA"),
    ] {
        let mut card = VirtualToken::open(Cut { inner: start.clone(), saves_left }, Seeded(1)).unwrap();
        expect(&mut card, verify, answer);
        assert_eq!(card.store_error().is_some(), answer == "6581");
        if answer == "6581" {
            expect(&mut card, "00 20 00 02", tries);
        }
        let mut card = VirtualToken::open(card.into_store().inner, Seeded(1)).unwrap();
        expect(&mut card, "00 20 00 02", tries);
    }
}
