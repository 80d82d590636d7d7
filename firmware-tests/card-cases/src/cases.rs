//! What a reader sees of the card on a microcontroller.

mod blocks;
mod logins;

use crate::board::{Bench, SLOW};
use crate::reader::Reader;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{AccessRules, Fci, FileKind};
use kaztoken_core::drive::{ApduLink, Connection};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, verify};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, CryptoProSet, EraseEverything, FormatParameters, Protocol};
use kaztoken_virtual::Model;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// What came of a case, and why it failed.
type Outcome = Result<String, String>;
type Case = fn(&Bench) -> Outcome;

/// The cases.
pub(crate) const ALL: [(&str, Case); 12] = [
    ("activation and resets", resets),
    ("PPS", blocks::pps),
    ("lost blocks", blocks::lost),
    ("RESYNCH", blocks::resynch),
    ("200 APDUs", many),
    ("PINs and their tries", logins::tries),
    ("a reset forgets the login, not the files", logins::reset),
    ("format, keys, signatures", life),
    ("asks for time while it works", time),
    ("power off in mid-command", power_off),
    ("memory is full", full),
    ("broken and endless input", broken),
];

const MANY: u32 = 200;
const MANY_LIMIT: Duration = Duration::from_secs(2);
/// The power goes at every so many requests for time.
const CUTS_APART: u32 = 23;
const SELECT: &[u8] = &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00];
const SUCCESS: &[u8] = &[0x90, 0x00];

fn reason(error: impl Display) -> String {
    error.to_string()
}

fn ensure(right: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(otherwise()) }
}

fn command(reader: &mut Reader, command: &[u8]) -> Result<Vec<u8>, String> {
    let mut response = [0; 258];
    let len = reader.transmit(command, &mut response, Millis(0)).map_err(reason)?;
    Ok(response[..len].to_vec())
}

fn answers(reader: &mut Reader, bytes: &[u8], end: &[u8]) -> Result<(), String> {
    let response = command(reader, bytes)?;
    ensure(response.ends_with(end), || format!("{bytes:02X?} answered {response:02X?}"))
}

fn resets(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    for turn in 0..3 {
        let cold = reader.power_on().map_err(reason)?;
        answers(reader, SELECT, SUCCESS)?;
        let warm = reader.reset().map_err(reason)?;
        answers(reader, SELECT, SUCCESS)?;
        let right = Model::Kaztoken.atr();
        ensure(cold == right && warm == right, || format!("turn {turn}: {cold:02X?}, {warm:02X?}"))?;
        reader.power_off().map_err(reason)?;
    }
    // Without power, clock or reset high it hears nothing.
    reader.send(SELECT).map_err(reason)?;
    let said = reader.drain(Duration::from_millis(100)).map_err(reason)?;
    ensure(said.is_empty(), || format!("without power it says {said:02X?}"))?;
    reader.power_on().map_err(reason)?;
    answers(reader, SELECT, SUCCESS)?;
    Ok("4 cold, 3 warm".into())
}

fn many(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    reader.negotiate().map_err(reason)?;
    let begun = Instant::now();
    for _ in 0..MANY {
        answers(reader, SELECT, SUCCESS)?;
    }
    let took = begun.elapsed();
    ensure(took < MANY_LIMIT, || format!("took {took:?}"))?;
    Ok(format!("{} ms", took.as_millis()))
}

/// Formats, makes a key of each size, signs with it. What it signed is verified here.
fn use_it(reader: &mut Reader) -> Result<(), String> {
    let pin = |text: &str| Pin::new(text.as_bytes()).map_err(reason);
    let (old, admin, user) = (pin("87654321")?, pin("12341234")?, pin("userpin1")?);
    let mut connection = Connection::new(reader, Protocol::T1);
    let keys = [
        (Algorithm::Gost256(CryptoProSet::A), ParameterSet::CryptoProA, 32),
        (Algorithm::Gost512, ParameterSet::Tc26_512A, 64),
    ];
    let signed = connection
        .run(async |session| {
            let serial = session.identify().await?.serial;
            let mut rights = session.login_admin(&old, LastTry::Refuse).await?;
            if let Ok(consent) = EraseEverything::confirm(serial, serial) {
                rights.format(consent, &FormatParameters::new(&admin, &user)).await?;
            }
            let mut rights = session.login_user(&user, LastTry::Refuse).await?;
            let mut signed = Vec::new();
            for (algorithm, _, len) in keys {
                let (key, public) = rights.generate(algorithm).await?;
                let mut out = [0; 128];
                let signature = rights.sign_gost(key, &[0x5A; 64][..len], &mut out).await?.to_vec();
                signed.push((public, signature));
            }
            Ok(signed)
        })
        .map_err(reason)?;
    for ((public, signature), (_, set, len)) in signed.iter().zip(keys) {
        let digest = Digest::from_slice(&[0x5A; 64][..len]).map_err(reason)?;
        let public = PublicKey::from_raw(set, public).map_err(reason)?;
        let signature = TokenWire::from_slice(signature).map_err(reason)?;
        verify(&public, &digest, &signature.into()).map_err(reason)?;
    }
    Ok(())
}

fn life(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    running.reader.power_on().map_err(reason)?;
    use_it(&mut running.reader)?;
    Ok("GOST 256 and 512 verified".into())
}

fn time(bench: &Bench) -> Outcome {
    let mut running = bench.start(SLOW)?;
    running.reader.power_on().map_err(reason)?;
    use_it(&mut running.reader)?;
    let extensions = running.reader.extensions;
    ensure(extensions > 2, || format!("{extensions} requests for time"))?;
    Ok(format!("{extensions} requests, GOST 256 and 512 verified"))
}

fn power_off(bench: &Bench) -> Outcome {
    let mut running = bench.start(SLOW)?;
    let mut cuts = 0;
    // Cut where a request for time stands on the line and later each time, until there is none to cut at.
    loop {
        let reader = &mut running.reader;
        reader.power_on().map_err(reason)?;
        (reader.extensions, reader.fails_after) = (0, Some(cuts));
        let outcome = use_it(reader);
        let cut = reader.extensions > cuts;
        reader.power_off().map_err(reason)?;
        if !cut {
            outcome?;
            break;
        }
        ensure(outcome.is_err(), || "succeeded without power".into())?;
        cuts += CUTS_APART;
        running = bench_again(bench, running)?;
    }
    ensure(cuts > 0, || "nothing to cut".into())?;
    Ok(format!("cut {} times, each time there again", cuts / CUTS_APART))
}

/// A card that was cut off answers; then a fresh one, because the PIN is another one now.
fn bench_again(bench: &Bench, mut running: crate::board::Running) -> Result<crate::board::Running, String> {
    let reader = &mut running.reader;
    reader.fails_after = None;
    reader.power_on().map_err(reason)?;
    answers(reader, SELECT, SUCCESS)?;
    drop(running);
    bench.clear()?;
    bench.start(SLOW)
}

fn full(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    reader.negotiate().map_err(reason)?;
    // Without access rules: the format's first half erases everything.
    answers(reader, &[0x80, 0x8A, 0x00, 0x00], SUCCESS)?;
    let create = |kind, id, size| {
        let access = AccessRules::from_bytes([0; 15]);
        let template = Fci { kind, id, size, properties: None, access }.create_template();
        [&[0x00, 0xE0, 0x00, 0x00, template.len() as u8], template.as_slice()].concat()
    };
    answers(reader, &create(FileKind::Df, 0x3F00, 0), SUCCESS)?;
    // More than there is, at once.
    answers(reader, &create(FileKind::Ef, 0x0001, 0xFFFF), &[0x6A, 0x84])?;
    // Empty files take the most beside what they say.
    let mut files = 1;
    let last = loop {
        let response = command(reader, &create(FileKind::Ef, 0x1000 + files, 0))
            .map_err(|error| format!("with {files} files: {error}"))?;
        if response != SUCCESS {
            break response;
        }
        files += 1;
    };
    ensure(last == [0x6A, 0x84], || format!("after {files} files: {last:02X?}"))?;
    ensure(u32::from(files) == bench.kind.memory / 32, || format!("{files} files"))?;
    answers(reader, &[0x00, 0xCA, 0x01, 0x8A, 0x00], SUCCESS)?;
    // It goes on.
    answers(reader, &[0x80, 0x8A, 0x00, 0x00], SUCCESS)?;
    answers(reader, &create(FileKind::Df, 0x3F00, 0), SUCCESS)?;
    answers(reader, &create(FileKind::Ef, 0x0001, (bench.kind.memory - 64) as u16), SUCCESS)?;
    answers(reader, &create(FileKind::Ef, 0x0002, 0), &[0x6A, 0x84])?;
    Ok(format!("{files} files"))
}

fn broken(bench: &Bench) -> Outcome {
    let mut running = bench.start(&[])?;
    let reader = &mut running.reader;
    reader.power_on().map_err(reason)?;
    let right: &[u8] = &[&[0, 0, 8], SELECT].concat();
    // A wrong check byte, a wrong NAD, a length that is none.
    reader.send(&[right, &[0x55u8]].concat()).map_err(reason)?;
    let answer = reader.block().map_err(reason)?;
    ensure(answer == [0, 0x81, 0, 0x81], || format!("a wrong check byte: {answer:02X?}"))?;
    let answer = reader.exchange(&[1, 0, 1, 0]).map_err(reason)?;
    ensure(answer == [0, 0x82, 0, 0x82], || format!("a wrong NAD: {answer:02X?}"))?;
    // Half a block, and silence.
    reader.send(&right[..6]).map_err(reason)?;
    let answer = reader.block().map_err(reason)?;
    ensure(matches!(answer[..], [0, 0x81 | 0x82, 0, _]), || format!("half a block: {answer:02X?}"))?;
    // A command without end: the card gives it up.
    let mut number = 0;
    let abort = loop {
        let mut block = vec![0, 0x20 | number << 6, 32];
        block.extend([0; 32]);
        let answer = reader.exchange(&block).map_err(reason)?;
        if answer[1] & 0xC0 != 0x80 || number > 64 {
            break answer;
        }
        number ^= 1;
    };
    ensure(abort == [0, 0xC2, 0, 0xC2], || format!("a command without end: {abort:02X?}"))?;
    reader.exchange(&[0, 0xE2, 0]).map_err(reason)?;
    // A reset after every character of a block.
    for len in 0..=right.len() {
        reader.reset().map_err(reason)?;
        reader.send(&right[..len]).map_err(reason)?;
    }
    // Noise.
    let mut noise = 0x2545_F491u32;
    for _ in 0..4_096 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        reader.send(&[(noise >> 24) as u8]).map_err(reason)?;
    }
    reader.drain(Duration::from_millis(1_200)).map_err(reason)?;
    let atr = reader.reset().map_err(reason)?;
    ensure(atr == Model::Kaztoken.atr(), || format!("after noise: {atr:02X?}"))?;
    use_it(reader)?;
    Ok("and works".into())
}
