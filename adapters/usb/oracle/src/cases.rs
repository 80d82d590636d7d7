//! The cases: text files in `kaztoken-core/vectors/ccid`, described in the README there.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The class descriptor of a Rutoken ECP: T=1, 5 V, 271 bytes, short APDU level, all automatic.
const DESCRIPTOR: [u8; 54] = [
    0x36, 0x21, 0x00, 0x01, 0x00, 0x01, 0x02, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0, 0x80, 0x25, 0,
    0, 0x80, 0x25, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x08, 0x02, 0, 0x0F, 0x01, 0, 0,
    0xFF, 0xFF, 0, 0, 0, 1,
];

/// Which messages of the host the scripted answers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum At {
    /// Messages of one type.
    Type(u8),
    /// XfrBlock with a PPS request.
    Pps,
    /// XfrBlock with S(IFS request) of the host.
    Ifs,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// The answer to reset.
    PowerOn,
    /// The response to the command.
    Command,
}

/// One bulk-IN transfer, before the bSeq of the command is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// Milliseconds until it comes.
    pub(crate) delay: u64,
    pub(crate) bytes: Vec<Byte>,
}

/// A byte of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Byte {
    Is(u8),
    /// bSeq of the command, and so much more.
    Sequence(u8),
}

/// What answers one message of the host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// What the message has to carry, where the case says so.
    pub(crate) expected: Option<Vec<u8>>,
    pub(crate) transfers: Vec<Transfer>,
}

/// What is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    Response(Vec<u8>),
    Error,
    /// Any end.
    End,
}

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// As in the protocol's edge cases: `F2`, `B5b`, `T1 33`.
    pub(crate) label: String,
    pub(crate) title: String,
    pub(crate) descriptor: [u8; 54],
    pub(crate) atr: Vec<u8>,
    pub(crate) judged: Judged,
    pub(crate) command: Vec<u8>,
    /// How many times it is sent; the last response is judged.
    pub(crate) times: usize,
    pub(crate) at: At,
    pub(crate) answers: Vec<Answer>,
    /// Answer every further message of the kind, in turns.
    pub(crate) for_ever: Vec<Answer>,
    pub(crate) must: Must,
}

impl Case {
    /// T=0 or T=1, as the answer to reset says first.
    pub(crate) fn protocol(&self) -> u8 {
        match self.atr.get(1) {
            Some(t0) if t0 & 0x80 != 0 => {
                let before = (t0 & 0x70).count_ones() as usize;
                self.atr.get(2 + before).map_or(0, |td1| td1 & 0x0F)
            }
            _ => 0,
        }
    }

    /// Does the host speak the card's protocol?
    pub(crate) fn tpdu(&self) -> bool {
        self.descriptor[42] == 1
    }
}

/// Reads every file of the folder, in the order of their names.
pub(crate) fn read(folder: &Path) -> Result<Vec<Case>, String> {
    let at = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<_> = fs::read_dir(folder).map_err(at)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut cases: Vec<Case> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(at)?;
        for block in text.split("\n\n").filter(|block| block.lines().any(|line| !line.starts_with('#'))) {
            let case = parse(block).map_err(|error| format!("{}: {error}:\n{block}", file.display()))?;
            if cases.iter().any(|other| other.label == case.label) {
                return Err(format!("{}: {} is there twice", file.display(), case.label));
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

pub(crate) fn parse(block: &str) -> Result<Case, String> {
    let mut fields: HashMap<&str, &str> = HashMap::new();
    let mut answers: Vec<Answer> = Vec::new();
    let mut for_ever = Vec::new();
    let at = match block.lines().find_map(|line| line.strip_prefix("at ")).unwrap_or("6F").trim() {
        "pps" => At::Pps,
        "ifs" => At::Ifs,
        kind => At::Type(hex(kind)?.first().copied().ok_or("no message type")?),
    };
    let wrapper = if at == At::Type(0x61) { 0x82 } else { 0x80 };
    let mut expected = None;
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut answer = |transfers| Answer { expected: expected.take(), transfers };
        match word {
            ">" => expected = Some(plain(rest)?),
            "<" => answers.push(answer(wrapped(wrapper, rest)?)),
            "<*" => for_ever.push(answer(wrapped(wrapper, rest)?)),
            "reply" => answers.push(answer(transfers(rest)?)),
            "reply*" => for_ever.push(answer(transfers(rest)?)),
            "case" | "title" | "level" | "atr" | "judge" | "command" | "times" | "must" | "at" => {
                if fields.insert(word, rest.trim()).is_some() {
                    return Err(format!("two lines `{word}`"));
                }
            }
            _ => return Err(format!("`{word}` is unknown")),
        }
    }
    if let Some(expected) = expected {
        answers.push(Answer { expected: Some(expected), transfers: vec![] });
    }
    let field = |name: &str| fields.get(name).copied();
    let judged = match field("judge").unwrap_or("command") {
        "command" => Judged::Command,
        "power" => Judged::PowerOn,
        other => return Err(format!("judge {other}")),
    };
    Ok(Case {
        label: field("case").ok_or("no case")?.to_owned(),
        title: field("title").unwrap_or_default().to_owned(),
        descriptor: level(field("level").unwrap_or("short"))?,
        atr: hex(match field("atr").unwrap_or("kaztoken") {
            "kaztoken" => "3B88014B415A544F4B454E82",
            "sc" => "3B9896004B415A544F4B454E",
            // TA3: the card takes blocks of 5 bytes.
            "ifsc5" => "3B88811105 4B415A544F4B454E 16",
            other => other,
        })?,
        judged,
        command: plain(field("command").unwrap_or("00A40400"))?,
        times: field("times").unwrap_or("1").parse().map_err(|_| "times?")?,
        at,
        answers,
        for_ever,
        must: match field("must").ok_or("no must")? {
            "error" => Must::Error,
            "end" => Must::End,
            response => Must::Response(plain(response)?),
        },
    })
}

/// The class descriptor of a level.
pub(crate) fn level(text: &str) -> Result<[u8; 54], String> {
    let mut descriptor = DESCRIPTOR;
    let mut words = text.split_whitespace();
    match words.next() {
        Some("short") => {}
        Some("extended") => descriptor[42] = 4,
        // Nothing is automatic; T=0 and T=1; every speed that a card may ask for.
        Some("tpdu") => {
            descriptor[6] = 3;
            descriptor[23..27].copy_from_slice(&1_000_000_u32.to_le_bytes());
            descriptor[40..44].copy_from_slice(&[0x30, 0, 1, 0]);
        }
        _ => return Err(format!("level {text}")),
    }
    if let Some(longest) = words.next() {
        let longest: u32 = longest.parse().map_err(|_| format!("level {text}"))?;
        descriptor[44..48].copy_from_slice(&longest.to_le_bytes());
    }
    Ok(descriptor)
}

/// A card's bytes in the message that carries them.
fn wrapped(kind: u8, text: &str) -> Result<Vec<Transfer>, String> {
    let refused = |error| vec![0x80, 0, 0, 0, 0, 0, 0x40, error, 0];
    let mut message = match text.trim() {
        "silence" => refused(0xFE),
        "parity" => refused(0xFD),
        text => {
            let body = plain(text)?;
            let len = u32::try_from(body.len()).map_err(|_| "too long")?.to_le_bytes();
            let fixed = if kind == 0x82 { 1 } else { 0 };
            [&[kind], &len[..], &[0, 0, 0, fixed], &body].concat()
        }
    };
    message.insert(6, 0);
    let byte = |(at, byte)| if at == 6 { Byte::Sequence(0) } else { Byte::Is(byte) };
    Ok(vec![Transfer { delay: 0, bytes: message.into_iter().enumerate().map(byte).collect() }])
}

/// Transfers separated by `|`; `N( ... |)` at the beginning is a group N times.
fn transfers(text: &str) -> Result<Vec<Transfer>, String> {
    if let Some((before, rest)) = text.split_once('(').filter(|(_, rest)| !rest.starts_with(')')) {
        let (group, after) = rest.split_once(')').ok_or("a group without end")?;
        let times = before.trim().parse().map_err(|_| format!("group {before}"))?;
        let group = transfers(group.trim_end().trim_end_matches('|'))?;
        let mut all: Vec<Transfer> = std::iter::repeat_n(group, times).flatten().collect();
        all.extend(transfers(after)?);
        return Ok(all);
    }
    match text.trim() {
        "" => Ok(vec![]),
        text => text.split('|').map(transfer).collect(),
    }
}

/// Bytes, after `@1000` those that come a second later.
fn transfer(text: &str) -> Result<Transfer, String> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix('@') else { return Ok(Transfer { delay: 0, bytes: expand(text)? }) };
    let (delay, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let delay = delay.parse().map_err(|_| format!("@{delay}"))?;
    Ok(Transfer { delay, bytes: expand(rest)? })
}

/// Bytes without any bSeq.
fn plain(text: &str) -> Result<Vec<u8>, String> {
    let byte = |byte| match byte {
        Byte::Is(byte) => Some(byte),
        Byte::Sequence(_) => None,
    };
    expand(text)?.into_iter().map(byte).collect::<Option<_>>().ok_or_else(|| format!("`{text}` has a bSeq"))
}

/// `80 02000000 SS-1 54*AA`: words of hexadecimal bytes, some of them bSeq, some repeated; `()` is nothing.
fn expand(text: &str) -> Result<Vec<Byte>, String> {
    let mut bytes = Vec::new();
    for word in text.split_whitespace() {
        let (times, word) = word.split_once('*').unwrap_or(("1", word));
        let one = match word {
            "()" => vec![],
            "SS" => vec![Byte::Sequence(0)],
            "SS+1" => vec![Byte::Sequence(1)],
            "SS-1" => vec![Byte::Sequence(0xFF)],
            digits => hex(digits)?.into_iter().map(Byte::Is).collect(),
        };
        bytes.extend(one.repeat(times.parse().map_err(|_| format!("{word}: how many times?"))?));
    }
    Ok(bytes)
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| match pair {
        [_, _] => u8::from_str_radix(&String::from_utf8_lossy(pair), 16).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect::<Option<_>>().ok_or_else(|| format!("`{text}` is not hexadecimal"))
}

/// Bytes for reading.
pub(crate) fn text(bytes: &[u8]) -> String {
    match bytes {
        [first, rest @ ..] if rest.len() > 40 => format!("{first:02X}... ({} bytes)", bytes.len()),
        _ => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_read() {
        let text = "# note\ncase F2\ntitle x\nreply 3( 81 SS |) @20 80 SS-1 2*AA | ()\nmust 90 00";
        let case = parse(text).unwrap();
        let transfers = &case.answers[0].transfers;
        let script: Vec<_> =
            transfers.iter().map(|transfer| (transfer.delay, transfer.bytes.len())).collect();
        assert_eq!(script, [(0, 2), (0, 2), (0, 2), (20, 4), (0, 0)]);
        assert_eq!(transfers[3].bytes[1], Byte::Sequence(0xFF));
        assert_eq!((case.command.len(), case.protocol(), case.tpdu()), (4, 1, false));
    }

    #[test]
    fn blocks_are_wrapped() {
        let case = parse("case x\nlevel tpdu\natr sc\n> 00 81 00 81\n< 90 00\nmust error").unwrap();
        assert_eq!(case.answers[0].expected.as_deref(), Some(&[0x00, 0x81, 0x00, 0x81][..]));
        assert_eq!(case.answers[0].transfers[0].bytes.len(), 12);
        assert_eq!((case.protocol(), case.tpdu(), case.must), (0, true, Must::Error));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["must error", "case x", "case x\nmust 9", "case x\nmust error\nlevel high", "case x\nfoo"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
