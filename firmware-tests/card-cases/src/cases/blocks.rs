//! PPS, and blocks that get lost: ISO/IEC 7816-3, 9 and 11.6.3.

use super::{Outcome, SELECT, SUCCESS, answers, ensure, reason};
use crate::board::Bench;
use crate::reader::Reader;
use std::time::Duration;

/// GET CHALLENGE of 100 bytes: three blocks of 32, and one of 6 with the status word.
const CHALLENGE: &[u8] = &[0x00, 0x84, 0x00, 0x00, 100];
/// GET CHALLENGE whose answer is one block.
const SHORT: &[u8] = &[0x00, 0x84, 0x00, 0x00, 8];
/// R-blocks that want the block 0 or 1.
const WANTS: [&[u8]; 2] = [&[0, 0x80, 0], &[0, 0x90, 0]];

fn block(reader: &mut Reader, sent: &[u8], pcb: u8) -> Result<Vec<u8>, String> {
    let answer = reader.exchange(sent).map_err(reason)?;
    ensure(answer[1] == pcb, || format!("{sent:02X?} answered {answer:02X?}, not {pcb:02X}"))?;
    Ok(answer)
}

pub(super) fn pps(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    for request in [&[0xFFu8, 0x01, 0xFE][..], &[0xFF, 0x11, 0x11, 0xFF]] {
        reader.power_on().map_err(reason)?;
        reader.send(request).map_err(reason)?;
        let answer = reader.drain(Duration::from_millis(100)).map_err(reason)?;
        ensure(answer == request, || format!("PPS {request:02X?} answered {answer:02X?}"))?;
        answers(reader, SELECT, SUCCESS)?;
    }
    // Protocol 0, a rate that is not offered, a wrong check character: no answer, and a reset helps.
    for request in [&[0xFFu8, 0x00, 0xFF][..], &[0xFF, 0x11, 0x96, 0x78], &[0xFF, 0x01, 0xFF]] {
        reader.reset().map_err(reason)?;
        reader.send(request).map_err(reason)?;
        let answer = reader.drain(Duration::from_millis(100)).map_err(reason)?;
        ensure(answer.is_empty(), || format!("PPS {request:02X?} answered {answer:02X?}"))?;
    }
    reader.reset().map_err(reason)?;
    answers(reader, SELECT, SUCCESS)?;
    Ok("2 agreed to, 3 not".into())
}

/// An I-block of the reader, which is a whole command.
fn information(number: u8, command: &[u8]) -> Vec<u8> {
    [&[0, number << 6, command.len() as u8], command].concat()
}

pub(super) fn lost(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    let mut challenge = Vec::new();
    let mut answer = block(reader, &information(0, CHALLENGE), 0x20)?;
    for part in 0..4 {
        // The reader did not get it: the same once more, twice.
        let pcb = [0x20, 0x60, 0x20, 0x40][part];
        for _ in 0..2 {
            let again = block(reader, WANTS[part % 2], pcb)?;
            ensure(again == answer, || format!("part {part} was {answer:02X?}, then {again:02X?}"))?;
        }
        challenge.extend_from_slice(&answer[3..answer.len() - 1]);
        if part < 3 {
            answer = block(reader, WANTS[(part + 1) % 2], [0x60, 0x20, 0x40][part])?;
        }
    }
    ensure(challenge.len() == 102 && challenge.ends_with(SUCCESS), || format!("{challenge:02X?}"))?;
    // The reader's own block, with a wrong check byte: asked for again, and carried out once.
    let mut broken = information(1, SHORT);
    broken.push(0x55);
    reader.send(&broken).map_err(reason)?;
    let answer = reader.block().map_err(reason)?;
    ensure(answer == [0, 0x91, 0, 0x91], || format!("a wrong check byte: {answer:02X?}"))?;
    let answer = block(reader, &information(1, SHORT), 0x00)?;
    // The card has it already: a block with the same number is not taken.
    let twice = block(reader, &information(1, SHORT), 0x82)?;
    ensure(answer.len() == 14 && twice.len() == 4, || format!("{answer:02X?}, then {twice:02X?}"))?;
    Ok("4 parts, each sent 3 times".into())
}

pub(super) fn resynch(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    // After so many blocks of an answer the reader starts anew, and both count from 0.
    for after in 0..4 {
        block(reader, &information(0, CHALLENGE), 0x20)?;
        for part in 0..after {
            block(reader, WANTS[(part + 1) % 2], [0x60, 0x20, 0x40][part])?;
        }
        block(reader, &[0, 0xC0, 0], 0xE0)?;
    }
    // In the middle of a command.
    block(reader, &[0, 0x20, 4, 0x00, 0x84, 0x00, 0x00], 0x90)?;
    block(reader, &[0, 0xC0, 0], 0xE0)?;
    let answer = block(reader, &information(0, SHORT), 0x00)?;
    ensure(answer[..answer.len() - 1].ends_with(SUCCESS), || {
        format!("the short command answered {answer:02X?}")
    })?;
    Ok("in the answer and in the command".into())
}
