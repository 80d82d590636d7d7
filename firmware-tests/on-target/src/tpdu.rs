//! T=1 and T=0 alone, without a reader's messages around: the blocks and TPDUs of the same case files.

use kaztoken_core::atr::Atr;
use kaztoken_core::tpdu::t0::{self, T0};
use kaztoken_core::tpdu::t1::{self, MAX_BLOCK_LEN, T1};

use crate::cases::{Cases, Failed, Wrong, wrong};
use crate::scripts::{self, Answer, At, Case, Must};

/// Where a message's body begins, and the bytes of the header that say how the reader fared.
const BODY: usize = 10;
const STATUS: usize = 7;
const ERROR: usize = 8;
/// The reader's errors: the card was silent, a character came with a wrong parity bit.
const SILENCE: u8 = 0xFE;
const PARITY: u8 = 0xFD;
/// Steps after which nobody believes in an end any more.
const STEPS: usize = 2_000;

/// Runs the cases of these files that are about what the card sends after a command.
///
/// # Errors
/// [`Failed`].
pub fn alone(files: &[&'static [Case]], protocol: u8, at_least: usize) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for case in files.iter().copied().flatten() {
        if case.tpdu() && case.protocol() == protocol && case.at == At::Type(0x6F) && !case.power_on {
            cases.run(case.label, || if protocol == 1 { t1(case) } else { t0(case) });
        }
    }
    cases.end(at_least)
}

/// What came from the card.
enum Came<'b> {
    Bytes(&'b [u8]),
    Silence,
    Parity,
}

fn came<'b>(answer: Option<&Answer>, buffer: &'b mut [u8]) -> Came<'b> {
    let Some(transfer) = answer.and_then(|answer| answer.transfers.first()) else { return Came::Silence };
    let message = scripts::write(transfer.bytes, buffer);
    match (message.get(STATUS), message.get(ERROR)) {
        (Some(0x40), Some(&SILENCE)) => Came::Silence,
        (Some(0x40), Some(&PARITY)) => Came::Parity,
        _ => Came::Bytes(message.get(BODY..).unwrap_or_default()),
    }
}

fn sent_as_expected(case: &Case, number: usize, sent: &[u8]) -> Result<(), Wrong> {
    match case.answer(number).and_then(|answer| answer.expected) {
        Some(expected) if !scripts::bytes(expected, 0).eq(sent.iter().copied()) => {
            Err(wrong(format_args!("block {} is {sent:02X?}", number + 1)))
        }
        _ => Ok(()),
    }
}

fn judge(case: &Case, got: Result<&[u8], Wrong>) -> Result<(), Wrong> {
    match (case.must, got) {
        (Must::End, _) | (Must::Error, Err(_)) => Ok(()),
        (Must::Response(pieces), Ok(got)) if scripts::bytes(pieces, 0).eq(got.iter().copied()) => Ok(()),
        (_, Ok(got)) => Err(wrong(format_args!("response {got:02X?}"))),
        (Must::Response(_), Err(error)) => Err(error),
    }
}

#[inline(never)]
fn t1(case: &'static Case) -> Result<(), Wrong> {
    let (mut command, mut block, mut message) = ([0; 300], [0; MAX_BLOCK_LEN], [0; 300]);
    let mut response = [0; 300];
    let command = scripts::write(case.command, &mut command);
    let atr = Atr::parse(case.atr).map_err(|error| wrong(format_args!("{error:?}")))?;
    let mut t1 = T1::new(atr.ifsc());
    let mut number = 0;
    let mut result = Err(wrong(format_args!("no command")));
    for _ in 0..case.times {
        t1.exchange(command).map_err(|error| wrong(format_args!("{error:?}")))?;
        result = loop {
            if number == STEPS {
                return Err(wrong(format_args!("endless")));
            }
            let len = t1.block(command, &mut block);
            sent_as_expected(case, number, &block[..len])?;
            let step = match came(case.answer(number), &mut message) {
                Came::Bytes(bytes) => t1.handle_block(bytes, &mut response),
                Came::Silence => t1.handle_silence(),
                Came::Parity => t1.handle_corruption(),
            };
            number += 1;
            match step {
                t1::Step::Send => {}
                t1::Step::Done(len) => break Ok(len),
                t1::Step::Failed(error) => break Err(wrong(format_args!("{error:?}"))),
            }
        };
    }
    judge(case, result.map(|len| &response[..len]))
}

#[inline(never)]
fn t0(case: &'static Case) -> Result<(), Wrong> {
    let (mut command, mut tpdu, mut message) = ([0; 300], [0; 300], [0; 300]);
    let mut response = [0; 300];
    let command = scripts::write(case.command, &mut command);
    // bClassGetResponse.
    let mut t0 = T0::new(case.descriptor[48]);
    let mut number = 0;
    t0.exchange(command).map_err(|error| wrong(format_args!("{error:?}")))?;
    let result = loop {
        if number == STEPS {
            return Err(wrong(format_args!("endless")));
        }
        let len = t0.tpdu(command, &mut tpdu);
        sent_as_expected(case, number, &tpdu[..len])?;
        // Time is the reader's business at this level.
        let Came::Bytes(bytes) = came(case.answer(number), &mut message) else {
            break Err(wrong(format_args!("silence")));
        };
        number += 1;
        match t0.handle_answer(bytes, command, &mut response) {
            t0::Step::Send => {}
            t0::Step::Done(len) => break Ok(len),
            t0::Step::Failed(error) => break Err(wrong(format_args!("{error:?}"))),
        }
    };
    judge(case, result.map(|len| &response[..len]))
}
