//! PINs: what a try costs, and what a reset and a loss of power forget.

use super::{Outcome, SUCCESS, answers, command, ensure, reason};
use crate::board::Bench;
use kaztoken_core::apdu::{AccessRules, Fci, FileKind};

/// The PINs of a new token: VERIFY's reference, and their value.
const ADMIN: (u8, &[u8]) = (1, b"87654321");
const USER: (u8, &[u8]) = (2, b"12345678");
const WRONG: &[u8] = b"99999999";
const WRONG_PIN: &[u8] = &[0x63, 0x00];
const BLOCKED: &[u8] = &[0x69, 0x83];
const ALREADY_VERIFIED: &[u8] = &[0x6F, 0x86];
const ACCESS_DENIED: &[u8] = &[0x69, 0x82];
/// Tries of a new token.
const TRIES: u8 = 10;

fn verify(reference: u8, pin: &[u8]) -> Vec<u8> {
    [&[0x00, 0x20, 0x00, reference, pin.len() as u8], pin].concat()
}

/// VERIFY without data: nothing is tried.
const fn left(reference: u8) -> [u8; 4] {
    [0x00, 0x20, 0x00, reference]
}

pub(super) fn tries(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    let (user, pin) = USER;
    answers(reader, &left(user), &[0x63, 0xC0 | TRIES])?;
    answers(reader, &verify(user, WRONG), WRONG_PIN)?;
    answers(reader, &left(user), &[0x63, 0xC0 | (TRIES - 1)])?;
    // A reset gives no try back, and neither does a loss of the reader's power: the chip has its own.
    reader.reset().map_err(reason)?;
    answers(reader, &left(user), &[0x63, 0xC0 | (TRIES - 1)])?;
    reader.power_off().map_err(reason)?;
    reader.power_on().map_err(reason)?;
    answers(reader, &left(user), &[0x63, 0xC0 | (TRIES - 1)])?;
    // The right one gives them all back.
    answers(reader, &verify(user, pin), SUCCESS)?;
    answers(reader, &left(user), SUCCESS)?;
    answers(reader, &verify(user, pin), ALREADY_VERIFIED)?;
    reader.reset().map_err(reason)?;
    for tries in (0..TRIES).rev() {
        answers(reader, &verify(user, WRONG), WRONG_PIN)?;
        let status = if tries == 0 { BLOCKED } else { &[0x63, 0xC0 | tries] };
        answers(reader, &left(user), status)?;
    }
    answers(reader, &verify(user, pin), BLOCKED)?;
    reader.reset().map_err(reason)?;
    answers(reader, &verify(user, pin), BLOCKED)?;
    // The other PIN has its own, and its owner unblocks this one.
    answers(reader, &verify(ADMIN.0, ADMIN.1), SUCCESS)?;
    answers(reader, &[0x00, 0x2C, 0x03, user], SUCCESS)?;
    reader.reset().map_err(reason)?;
    answers(reader, &verify(user, pin), SUCCESS)?;
    Ok(format!("{TRIES} tries, unblocked"))
}

pub(super) fn reset(bench: &Bench) -> Outcome {
    const CONTENT: [u8; 32] = [0xA5; 32];
    let file = [0x00, 0xA4, 0x00, 0x00, 0x02, 0x7A, 0x01, 0x00];
    let read = [0x00, 0xB0, 0x00, 0x00, 0x20];
    // What only the administrator may do.
    let unblock = [0x00, 0x2C, 0x03, USER.0];
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    answers(reader, &unblock, ACCESS_DENIED)?;
    for cold in [false, true] {
        answers(reader, &verify(ADMIN.0, ADMIN.1), SUCCESS)?;
        answers(reader, &unblock, SUCCESS)?;
        if cold {
            reader.power_off().map_err(reason)?;
            reader.power_on().map_err(reason)?;
        } else {
            reader.reset().map_err(reason)?;
        }
        answers(reader, &left(ADMIN.0), &[0x63, 0xC0 | TRIES])?;
        answers(reader, &unblock, ACCESS_DENIED)?;
    }
    // A file, in an empty token: what is written stays.
    answers(reader, &[0x80, 0x8A, 0x00, 0x00], SUCCESS)?;
    for (kind, id, size) in [(FileKind::Df, 0x3F00, 0), (FileKind::Ef, 0x7A01, 32)] {
        let access = AccessRules::from_bytes([0; 15]);
        let template = Fci { kind, id, size, properties: None, access }.create_template();
        let create = [&[0x00, 0xE0, 0x00, 0x00, template.len() as u8], template.as_slice()].concat();
        answers(reader, &create, SUCCESS)?;
    }
    answers(reader, &file, SUCCESS)?;
    answers(reader, &[&[0x00, 0xD6, 0x00, 0x00, 32], &CONTENT[..]].concat(), SUCCESS)?;
    reader.reset().map_err(reason)?;
    // Which file was selected is forgotten.
    let lost = command(reader, &read)?;
    ensure(lost.len() == 2 && lost != SUCCESS, || format!("a file is current after a reset: {lost:02X?}"))?;
    answers(reader, &file, SUCCESS)?;
    let content = command(reader, &read)?;
    let right = content.strip_suffix(SUCCESS).is_some_and(|content| content == CONTENT);
    ensure(right, || format!("the file has {content:02X?}"))?;
    Ok("warm and cold; the file is there".into())
}
