//! The file: text, a line for each message.

use crate::masked::{bytes_text, parse_bytes};
use crate::{Entry, Failure, MaskedBytes, Masker, Opened, Record};
use core::fmt;
use kaztoken_core::ccid::{ClassDescriptor, ClassRequest};
use std::collections::BTreeMap;

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 64 << 20;
/// The first line.
const MAGIC: &str = "kaztoken-trace 1";
/// More connections than any trace has.
const MAX_LINKS: u16 = 256;

/// A trace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// Facts on the whole of it, by name: program, system, command.
    pub about: Vec<(String, String)>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

/// A file that is no trace, or a damaged one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TraceError {
    /// It is longer than [`MAX_FILE`].
    TooLong,
    /// The first line is another one. A later version begins differently.
    NotATrace,
    /// A line cannot be understood.
    Line {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the file is longer than {MAX_FILE} bytes; cut it to what matters"),
            Self::NotATrace => {
                write!(f, "the file does not begin with the line {MAGIC:?}; it is no trace, or a later one")
            }
            Self::Line { number, wrong } => {
                write!(f, "line {number}: {wrong}; the lines before it are sound")
            }
        }
    }
}

impl core::error::Error for TraceError {}

impl Trace {
    /// Reads a file. What may be a PIN is masked, whatever the file says.
    ///
    /// # Errors
    /// [`TraceError`]; nothing of the file is used then.
    pub fn parse(bytes: &[u8]) -> Result<Self, TraceError> {
        if bytes.len() > MAX_FILE {
            return Err(TraceError::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|error| match error.valid_up_to() {
            at if bytes.starts_with(MAGIC.as_bytes()) => {
                let number =
                    bytes.get(..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
                TraceError::Line { number, wrong: "this is not UTF-8" }
            }
            _ => TraceError::NotATrace,
        })?;
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(line, _)| line.trim_end() != MAGIC) {
            return Err(TraceError::NotATrace);
        }
        let mut trace = Self::default();
        // A line without its end was being written when the program or the disk ended. It is left out whole: half a
        // message would be taken for another one.
        let cut = (!text.ends_with('\n')).then(|| text.lines().count());
        let mut maskers = BTreeMap::new();
        for (line, number) in lines {
            let line = line.trim_end();
            if line.is_empty() {
                continue;
            }
            if cut == Some(number) {
                trace.about.push(("cut".to_owned(), format!("line {number} has no end and is left out")));
                continue;
            }
            let wrong = |wrong| TraceError::Line { number, wrong };
            if let Some(comment) = line.strip_prefix("# ") {
                // Facts stand in front.
                if let (Some((name, value)), true) = (comment.split_once(": "), trace.entries.is_empty()) {
                    trace.about.push((printable(name), printable(value)));
                }
                continue;
            }
            if line.starts_with('#') {
                continue;
            }
            let mut entry = entry(line).map_err(wrong)?;
            let masker = maskers.entry(entry.link).or_insert_with(Masker::default);
            mask(&mut entry.record, masker);
            trace.entries.push(entry);
        }
        Ok(trace)
    }

    /// The connections, each with its entries.
    #[must_use]
    pub fn links(&self) -> Vec<(u16, Vec<&Entry>)> {
        let mut links = BTreeMap::<u16, Vec<&Entry>>::new();
        for entry in &self.entries {
            links.entry(entry.link).or_default().push(entry);
        }
        links.into_iter().collect()
    }
}

/// Masks an entry anew.
pub(crate) fn mask(record: &mut Record, masker: &mut Masker) {
    match record {
        Record::Open(opened) => *masker = Masker::new(opened.class.and_then(|class| class.exchange_level())),
        Record::Send(message) => *message = masker.message_again(message),
        Record::Command(command) => *command = Masker::again(command),
        _ => {}
    }
}

/// Text from a token, a file or a person, safe for a terminal: what moves the cursor or turns the direction of writing
/// is replaced.
#[must_use]
pub fn printable(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars().map(|c| if acts(c) { '\u{FFFD}' } else { c }).collect()
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        for (name, value) in &self.about {
            writeln!(f, "# {}: {}", printable(name), printable(value))?;
        }
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    /// One line: seconds, connection, what, bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06} {} ", self.at / 1_000_000, self.at % 1_000_000, self.link)?;
        match &self.record {
            Record::Open(opened) => write!(f, "open {}", open_text(opened)),
            Record::Send(message) => write!(f, "ccid> {message}"),
            Record::Receive(message) => write!(f, "ccid< {}", bytes_text(message)),
            Record::Silence => f.write_str("silence"),
            Record::Interrupt(message) => write!(f, "interrupt {}", bytes_text(message)),
            Record::Control(request, answer) => {
                let request = match request {
                    ClassRequest::Abort { slot, sequence } => format!("abort {slot} {sequence}"),
                    ClassRequest::GetClockFrequencies => "clocks".to_owned(),
                    ClassRequest::GetDataRates => "rates".to_owned(),
                };
                match answer {
                    Some(bytes) => write!(f, "control {request} = {}", bytes_text(bytes)),
                    None => write!(f, "control {request} stall"),
                }
            }
            Record::Reset(done) => write!(f, "reset {}", yes(*done)),
            Record::Command(command) => write!(f, "apdu> {command}"),
            Record::Response(response) => write!(f, "apdu< {}", bytes_text(response)),
            Record::Recover(done) => write!(f, "recover {}", yes(*done)),
            Record::PowerOff => f.write_str("off"),
            Record::Failed(Failure { code, text }) => write!(f, "failed {} {}", word(code), printable(text)),
        }
    }
}

const fn yes(done: bool) -> &'static str {
    if done { "yes" } else { "no" }
}

/// A value without blanks.
fn word(text: &str) -> String {
    let text = printable(text).replace('%', "%25").replace(' ', "%20");
    if text.is_empty() { "-".to_owned() } else { text }
}

fn unword(text: &str) -> String {
    if text == "-" { String::new() } else { printable(&text.replace("%20", " ").replace("%25", "%")) }
}

fn open_text(opened: &Opened) -> String {
    let mut words = vec![format!("way={}", word(&opened.way)), format!("place={}", word(&opened.place))];
    words.push(format!("name={}", word(&opened.name)));
    if let Some((vendor, product)) = opened.ids {
        words.push(format!("ids={vendor:04x}:{product:04x}"));
    }
    if let Some(class) = &opened.class {
        words.push(format!("class={}", bytes_text(&class.to_bytes()).replace(' ', "")));
        words.push(format!("packet={}", opened.max_packet));
    }
    if !opened.atr.is_empty() {
        words.push(format!("atr={}", bytes_text(&opened.atr).replace(' ', "")));
    }
    words.join(" ")
}

fn entry(line: &str) -> Result<Entry, &'static str> {
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next().ok_or("it has fewer than three words");
    let at = time(next()?).ok_or("it does not begin with seconds")?;
    let link = next()?.parse().ok().filter(|link| (1..=MAX_LINKS).contains(link));
    let link = link.ok_or("the number of the connection is none of 1 to 256")?;
    let (kind, rest) = (next()?, words.next().unwrap_or_default());
    let whole = |text: &str| parse_bytes(text).ok_or("its bytes are not hexadecimal");
    let masked = |text: &str| MaskedBytes::parse(text).ok_or("its bytes are neither hexadecimal nor masked");
    let done = |text: &str| match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("it says neither yes nor no"),
    };
    let record = match kind {
        "open" => Record::Open(opened(rest)?),
        "ccid>" => Record::Send(masked(rest)?),
        "ccid<" => Record::Receive(whole(rest)?),
        "silence" => Record::Silence,
        "interrupt" => Record::Interrupt(whole(rest)?),
        "control" => control(rest)?,
        "reset" => Record::Reset(done(rest)?),
        "apdu>" => Record::Command(masked(rest)?),
        "apdu<" => Record::Response(whole(rest)?),
        "recover" => Record::Recover(done(rest)?),
        "off" => Record::PowerOff,
        "failed" => {
            let (code, text) = rest.split_once(' ').unwrap_or((rest, ""));
            Record::Failed(Failure { code: unword(code), text: printable(text) })
        }
        _ => return Err("its third word is none that a trace has"),
    };
    Ok(Entry { at, link, record })
}

/// `12.000345`.
fn time(word: &str) -> Option<u64> {
    let (seconds, fraction) = word.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || fraction.len() != 6 {
        return None;
    }
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction.parse().ok()?)
}

fn control(text: &str) -> Result<Record, &'static str> {
    let wrong = "it names no class request";
    let (request, answer) = match text.split_once(" = ") {
        Some((request, answer)) => {
            (request, Some(parse_bytes(answer).ok_or("its bytes are not hexadecimal")?))
        }
        None => match text.strip_suffix(" =") {
            Some(request) => (request, Some(Vec::new())),
            None => (text.strip_suffix(" stall").ok_or(wrong)?, None),
        },
    };
    let request = match request.split(' ').collect::<Vec<_>>()[..] {
        ["clocks"] => ClassRequest::GetClockFrequencies,
        ["rates"] => ClassRequest::GetDataRates,
        ["abort", slot, sequence] => {
            let number = |text: &str| text.parse().map_err(|_| wrong);
            ClassRequest::Abort { slot: number(slot)?, sequence: number(sequence)? }
        }
        _ => return Err(wrong),
    };
    Ok(Record::Control(request, answer))
}

fn opened(text: &str) -> Result<Opened, &'static str> {
    let mut opened = Opened { max_packet: 64, ..Opened::default() };
    for word in text.split_ascii_whitespace() {
        let (name, value) = word.split_once('=').ok_or("a word of it has no =")?;
        let hex = || {
            let pairs: Vec<_> =
                value.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair)).collect();
            parse_bytes(&pairs.join(" ")).ok_or("a value is not hexadecimal")
        };
        match name {
            "way" => opened.way = unword(value),
            "place" => opened.place = unword(value),
            "name" => opened.name = unword(value),
            "ids" => {
                let number = |text: &str| u16::from_str_radix(text, 16).ok();
                let ids = value.split_once(':').and_then(|(a, b)| Some((number(a)?, number(b)?)));
                opened.ids = Some(ids.ok_or("its ids are not VVVV:PPPP")?);
            }
            "class" => {
                let class = ClassDescriptor::read(&hex()?);
                opened.class = Some(class.map_err(|_| "its class descriptor is none")?);
            }
            "packet" => {
                let sizes = |size: &u16| (8..=1024).contains(size);
                opened.max_packet = value.parse().ok().filter(sizes).ok_or("its packet size is none")?;
            }
            "atr" => opened.atr = hex()?,
            _ => {}
        }
    }
    Ok(opened)
}

#[cfg(test)]
mod tests;
