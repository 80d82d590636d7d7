//! Whose token it was is nobody else's business.

use crate::{Entry, MaskedBytes, Record, Trace};
use kaztoken_core::apdu::{CommandView, StatusWord, ins};
use std::collections::BTreeMap;

/// Takes out of a trace what tells whose token it was: serial numbers (unless they may stay), what is in its files,
/// what was signed, names and places. What stays: which commands there were, in which order, of which length, with
/// which status word. Equal contents get equal stand-ins, so that the trace can still be compared.
///
/// Of CCID messages with such contents nothing but the header is left: the same contents are in the APDUs beside them.
#[must_use]
pub fn redact(trace: &Trace, keep_serial: bool) -> Trace {
    let mut names = StandIns::default();
    let mut commands = BTreeMap::<u16, Vec<u8>>::new();
    let about = trace.about.iter().filter(|(name, _)| name != "command" && name != "serial");
    let entries = trace.entries.iter().map(|entry| {
        let record = match &entry.record {
            Record::Open(opened) => {
                let mut opened = opened.clone();
                opened.place = "***".to_owned();
                if opened.way != "usb" {
                    opened.name = "***".to_owned();
                }
                Record::Open(opened)
            }
            Record::Command(command) => {
                commands.insert(entry.link, command.known());
                Record::Command(written(command, &mut names))
            }
            Record::Response(response) => {
                let personal =
                    commands.get(&entry.link).is_some_and(|command| is_personal(command, keep_serial));
                Record::Response(if personal { answer(response, &mut names) } else { response.clone() })
            }
            Record::Send(message) => Record::Send(message.clone().without(HEADER)),
            Record::Interrupt(message) => Record::Interrupt(message.iter().copied().take(HEADER).collect()),
            Record::Receive(message) => Record::Receive(message.iter().copied().take(HEADER).collect()),
            Record::Failed(failure) => {
                let mut failure = failure.clone();
                failure.text = "***".to_owned();
                Record::Failed(failure)
            }
            other => other.clone(),
        };
        Entry { at: entry.at, link: entry.link, record }
    });
    Trace { about: about.cloned().collect(), entries: entries.collect() }
}

/// Of a CCID message.
const HEADER: usize = 10;

/// Does the answer to this command hold what is personal? What is not known is.
fn is_personal(command: &[u8], keep_serial: bool) -> bool {
    match *command {
        // The path that was selected is the command's; its control information names no person.
        [0x00, ins::SELECT, ..] => false,
        [0x00, ins::GET_DATA, 0x01, 0x81, ..] => !keep_serial,
        // Tries, and what is not public of the token itself.
        [0x00, ins::GET_DATA | ins::VERIFY, ..] => false,
        _ => true,
    }
}

/// Does a command's data field hold more than which file or key is meant? What is not known does.
fn holds_contents(command: &[u8]) -> bool {
    !matches!(
        *command,
        [
            0x00 | 0x10,
            ins::SELECT
                | ins::GET_DATA
                | ins::READ_BINARY
                | ins::CREATE_FILE
                | ins::DELETE_FILE
                | ins::MANAGE_SECURITY_ENVIRONMENT
                | ins::GENERATE_KEY_PAIR,
            ..
        ]
    )
}

/// The command with stand-ins for what it writes or has signed.
fn written(command: &MaskedBytes, names: &mut StandIns) -> MaskedBytes {
    let Some(whole) = command.whole() else { return command.clone() };
    let personal = holds_contents(&whole);
    let Ok(view) = CommandView::parse(&whole) else { return command.clone().without(4) };
    let data = view.command().data;
    if !personal || data.is_empty() {
        return command.clone();
    }
    let stand_in = names.of(data);
    // Short commands: the data follow Lc.
    let mut changed = whole.clone();
    match changed.get_mut(5..5 + data.len()) {
        Some(place) if whole.get(5..5 + data.len()) == Some(data) => place.copy_from_slice(&stand_in),
        _ => return command.clone().without(4),
    }
    crate::Masker::command(&changed)
}

fn answer(response: &[u8], names: &mut StandIns) -> Vec<u8> {
    let Some((data, sw)) = StatusWord::split(response) else { return Vec::new() };
    let mut changed = if data.is_empty() { Vec::new() } else { names.of(data) };
    changed.extend(sw.to_bytes());
    changed
}

/// Stand-ins of the same length, the same for the same contents: a number, then the same byte.
#[derive(Default)]
struct StandIns(BTreeMap<Vec<u8>, usize>);

impl StandIns {
    fn of(&mut self, data: &[u8]) -> Vec<u8> {
        let next = self.0.len() + 1;
        let number = *self.0.entry(data.to_vec()).or_insert(next);
        let number = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
        let mut stand_in = vec![0xEE; data.len()];
        stand_in.iter_mut().rev().zip(number.iter().rev()).for_each(|(place, byte)| *place = *byte);
        stand_in
    }
}
