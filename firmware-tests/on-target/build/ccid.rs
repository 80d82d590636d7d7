//! The scripted readers of `kaztoken-core/vectors/ccid`, read by the same code as in `adapters/usb/oracle`.

#[allow(dead_code, reason = "the part that is for people is not needed here")]
#[path = "../../../adapters/usb/oracle/src/cases.rs"]
mod cases;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use self::cases::{Answer, At, Byte, Case, Judged, Must, Transfer};
use crate::emit;

/// From so many equal bytes in a row their number is shorter.
const RUN: usize = 12;

/// One table for each file, of the same name.
///
/// `expected` is where is written down what comes of the cases. Where we refuse what a case demands, and it
/// says why, the refusal is what is right here.
pub(crate) fn tables(folder: &Path, expected: &str) -> Result<String, String> {
    let at = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<_> = fs::read_dir(folder).map_err(at)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut out = String::new();
    let mut descriptors: Vec<[u8; 54]> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(at)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().to_uppercase();
        let mut list = String::new();
        for block in text.split("\n\n").filter(|block| block.lines().any(|line| !line.starts_with('#'))) {
            let mut case =
                cases::parse(block).map_err(|error| format!("{}: {error}:\n{block}", file.display()))?;
            if matches!(case.must, Must::Response(_)) && refuses(expected, &case.label) {
                case.must = Must::Error;
            }
            let known = descriptors.iter().position(|known| *known == case.descriptor);
            let descriptor = known.unwrap_or_else(|| {
                descriptors.push(case.descriptor);
                descriptors.len() - 1
            });
            emit_case(&mut list, &case, descriptor);
        }
        if list.is_empty() {
            return Err(format!("{}: no case", file.display()));
        }
        out += &format!("/// The cases of this file.\npub static {name}: &[Case] = &[\n{list}];\n");
    }
    for (number, descriptor) in descriptors.iter().enumerate() {
        out += &format!("static DESCRIPTOR_{number}: [u8; 54] = *{};\n", emit::octets(descriptor));
    }
    Ok(out)
}

/// Is it known that we refuse, and why?
fn refuses(expected: &str, label: &str) -> bool {
    let block = expected.split("\n\n").find(|block| block.lines().next() == Some(label));
    block.is_some_and(|block| block.contains("\nours error ") && block.contains("\nwhy "))
}

fn emit_case(out: &mut String, case: &Case, descriptor: usize) {
    let plain = |bytes: &[u8]| pieces(&bytes.iter().copied().map(Byte::Is).collect::<Vec<_>>());
    let at = match case.at {
        At::Type(kind) => format!("At::Type({kind})"),
        At::Pps => "At::Pps".to_owned(),
        At::Ifs => "At::Ifs".to_owned(),
    };
    let must = match &case.must {
        Must::Response(bytes) => format!("Must::Response({})", plain(bytes)),
        Must::Error => "Must::Error".to_owned(),
        Must::End => "Must::End".to_owned(),
    };
    _ = writeln!(
        out,
        "Case {{ label: {:?}, descriptor: &DESCRIPTOR_{descriptor}, atr: {}, power_on: {}, command: {}, times: {}, \
         at: {at}, answers: {}, for_ever: {}, must: {must} }},",
        case.label,
        emit::octets(&case.atr),
        case.judged == Judged::PowerOn,
        plain(&case.command),
        case.times,
        answers(&case.answers),
        answers(&case.for_ever),
    );
}

fn answers(answers: &[Answer]) -> String {
    let one = |answer: &Answer| {
        let expected = answer.expected.as_ref().map(|bytes| {
            let bytes: Vec<Byte> = bytes.iter().copied().map(Byte::Is).collect();
            format!("Some({})", pieces(&bytes))
        });
        let expected = expected.unwrap_or_else(|| "None".to_owned());
        format!("Answer {{ expected: {expected}, transfers: {} }}", transfers(&answer.transfers))
    };
    format!("&[{}]", answers.iter().map(one).collect::<Vec<_>>().join(","))
}

/// Equal transfers in a row are one with a number.
fn transfers(transfers: &[Transfer]) -> String {
    let one = |run: &[Transfer]| {
        let Transfer { delay, bytes } = &run[0];
        format!("Transfer {{ times: {}, delay: {delay}, bytes: {} }}", run.len(), pieces(bytes))
    };
    format!("&[{}]", transfers.chunk_by(|one, next| one == next).map(one).collect::<Vec<_>>().join(","))
}

/// Bytes as they are, many equal ones as one with a number, and bSeq.
fn pieces(bytes: &[Byte]) -> String {
    let mut pieces = Vec::new();
    let mut plain: Vec<u8> = Vec::new();
    let flush = |plain: &mut Vec<u8>, pieces: &mut Vec<String>| {
        if !plain.is_empty() {
            pieces.push(format!("Piece::Bytes({})", emit::octets(plain)));
            plain.clear();
        }
    };
    for run in bytes.chunk_by(|one, next| one == next) {
        match run[0] {
            Byte::Is(byte) if run.len() >= RUN => {
                flush(&mut plain, &mut pieces);
                pieces.push(format!("Piece::Repeated({byte}, {})", run.len()));
            }
            Byte::Is(byte) => plain.extend(std::iter::repeat_n(byte, run.len())),
            Byte::Sequence(offset) => {
                flush(&mut plain, &mut pieces);
                pieces.extend(run.iter().map(|_| format!("Piece::Sequence({offset})")));
            }
        }
    }
    flush(&mut plain, &mut pieces);
    format!("&[{}]", pieces.join(","))
}
