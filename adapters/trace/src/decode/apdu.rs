//! Commands and responses (ISO 7816-4).

use super::{Layer, Meaning};
use crate::MaskedBytes;
use crate::masked::bytes_text;
use kaztoken_core::apdu::{CommandView, Fci, Status, StatusWord, ins};

fn name(cla: u8, instruction: u8) -> &'static str {
    match (cla & 0x80, instruction) {
        (0x80, ins::RESET_ACCESS_RIGHTS) => "RESET ACCESS RIGHTS (logout)",
        (0x80, ins::FORMAT_START) => "FORMAT START",
        (0x80, ins::FORMAT_END) => "FORMAT END",
        (0, ins::VERIFY) => "VERIFY",
        (0, ins::MANAGE_SECURITY_ENVIRONMENT) => "MANAGE SECURITY ENVIRONMENT",
        (0, ins::CHANGE_REFERENCE_DATA) => "CHANGE REFERENCE DATA",
        (0, ins::DISABLE_VERIFICATION_REQUIREMENT) => "DISABLE VERIFICATION REQUIREMENT",
        (0, ins::ENABLE_VERIFICATION_REQUIREMENT) => "ENABLE VERIFICATION REQUIREMENT",
        (0, ins::PERFORM_SECURITY_OPERATION) => "PERFORM SECURITY OPERATION",
        (0, ins::RESET_RETRY_COUNTER) => "RESET RETRY COUNTER",
        (0, ins::GENERATE_KEY_PAIR) => "GENERATE ASYMMETRIC KEY PAIR",
        (0, ins::GET_CHALLENGE) => "GET CHALLENGE",
        (0, ins::SELECT) => "SELECT",
        (0, ins::READ_BINARY) => "READ BINARY",
        (0, ins::GET_RESPONSE) => "GET RESPONSE",
        (0, ins::GET_DATA) => "GET DATA",
        (0, ins::UPDATE_BINARY) => "UPDATE BINARY",
        (0, ins::CREATE_FILE) => "CREATE FILE",
        (0, ins::DELETE_FILE) => "DELETE FILE",
        _ => "unknown command",
    }
}

pub(super) fn command(command: &MaskedBytes) -> Meaning {
    let known = command.known();
    let &[cla, instruction, p1, p2, ..] = &known[..] else {
        let mut meaning = Meaning::new(Layer::Apdu, "too short for a command");
        meaning.field("bytes", command.to_string());
        return meaning;
    };
    let name = name(cla, instruction);
    let mut meaning = Meaning::new(Layer::Apdu, String::new());
    meaning.field("CLA", format!("{cla:02X}{}", if cla & 0x10 != 0 { ", chained" } else { "" }));
    meaning.field("INS", format!("{instruction:02X}, {name}"));
    meaning.field("P1 P2", format!("{p1:02X} {p2:02X}"));
    let mut title = format!("{name} {p1:02X}{p2:02X}");
    if !command.is_whole() {
        title.push_str(" ** (PIN)");
        meaning.field("data", "** (may be a PIN, not kept)");
    } else if let Ok(view) = CommandView::parse(&known) {
        let command = view.command();
        if !command.data.is_empty() {
            title.push_str(&format!(" [{}]", bytes_text(command.data).replace(' ', "")));
            meaning.field("Lc", command.data.len().to_string());
            meaning.field("data", bytes_text(command.data));
        }
        if command.ne > 0 {
            title.push_str(&format!(" Le {}", command.ne));
            meaning.field("Le", command.ne.to_string());
        }
    } else {
        meaning.field("not understood", bytes_text(&known));
    }
    meaning.title = title;
    meaning
}

pub(super) fn response(response: &[u8], command: Option<&[u8]>) -> Meaning {
    let Some((data, sw)) = StatusWord::split(response) else {
        let mut meaning = Meaning::new(Layer::Apdu, "too short for a response");
        meaning.field("bytes", bytes_text(response));
        return meaning;
    };
    let len = if data.is_empty() { String::new() } else { format!("{} bytes, ", data.len()) };
    let mut meaning = Meaning::new(Layer::Apdu, format!("{len}SW {:04X}", sw.0));
    if !data.is_empty() {
        meaning.field("data", bytes_text(data));
    }
    if matches!(command, Some([cla, ins::SELECT, ..]) if cla & 0x80 == 0)
        && let Ok(fci) = Fci::parse(data)
    {
        meaning.field("FCI", format!("{:?}, file {:04X}, {} bytes", fci.kind, fci.id, fci.size));
    }
    let said = match sw.status() {
        Status::MoreData(count) => format!("{count} bytes more"),
        Status::TriesLeft(count) => format!("{count} tries left"),
        other => format!("{other:?}"),
    };
    meaning.field("SW1 SW2", format!("{:04X}, {said}", sw.0));
    meaning.status_word = Some(sw.0);
    meaning
}
