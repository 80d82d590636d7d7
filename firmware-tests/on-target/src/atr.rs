//! Answers to reset: the table of models, and every byte and every length of the KAZTOKEN's changed.

use kaztoken_core::atr::{Atr, MAX_ATR_LEN, Model, Protocols, Tck};

use crate::cases::{Cases, Failed, Wrong, check, same, wrong};

/// Every model's answer to reset is read, names the model and offers its protocols.
///
/// # Errors
/// [`Failed`].
pub fn models() -> Result<(), Failed> {
    let mut cases = Cases::new();
    for model in Model::all() {
        cases.run(model.name, || {
            let bytes = model.atr();
            let atr = Atr::parse(bytes).map_err(|error| wrong(format_args!("{error:?}")))?;
            let found = Model::from_atr(bytes).map(|found| found.name);
            same("model", found.unwrap_or_default().as_bytes(), model.name.as_bytes())?;
            let offered = (atr.offers(0), atr.offers(1));
            match model.protocols {
                Protocols::T0 => check(offered == (true, false), "not T=0"),
                Protocols::T1 => check(offered == (false, true), "not T=1"),
                Protocols::T0AndT1 => check(offered == (true, true), "not T=0 and T=1"),
                _ => Ok(()),
            }
        });
    }
    cases.end(21)
}

/// What a line can make of an answer to reset is read or refused, and nothing of it is beyond its end.
///
/// # Errors
/// [`Failed`].
pub fn damaged() -> Result<(), Failed> {
    let mut cases = Cases::new();
    for model in Model::all() {
        cases.run(model.name, || damage(model.atr()));
    }
    cases.end(21)
}

fn damage(bytes: &[u8]) -> Result<(), Wrong> {
    let whole = Atr::parse(bytes).map_err(|error| wrong(format_args!("{error:?}")))?;
    let historical = bytes.len() - usize::from(whole.tck() == Tck::Correct) - whole.historical().len();
    let mut copy = [0; MAX_ATR_LEN];
    let copy = &mut copy[..bytes.len()];
    for at in 0..bytes.len() {
        if let Ok(atr) = Atr::parse(&bytes[..at]) {
            look(&atr);
        }
        for byte in 0..=0xFF {
            copy.copy_from_slice(bytes);
            copy[at] = byte;
            let Ok(atr) = Atr::parse(copy) else { continue };
            look(&atr);
            check(atr.historical().len() <= bytes.len(), "historical bytes that are not there")?;
            // Before them a byte may change whether there is a check byte, and where.
            let has_passed = at >= historical
                && byte != bytes[at]
                && whole.tck() == Tck::Correct
                && atr.tck() == Tck::Correct;
            check(!has_passed, "a changed byte passes the check byte")?;
        }
    }
    Ok(())
}

/// Everything that can be asked.
fn look(atr: &Atr<'_>) {
    core::hint::black_box((
        atr.card_timing(),
        atr.ifsc(),
        atr.bwi(),
        atr.cwi(),
        atr.edc(),
        atr.specific_mode(),
    ));
    core::hint::black_box((atr.waiting_time(4000), atr.block_waiting_time(4000), atr.protocols().count()));
}
