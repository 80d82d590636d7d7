//! CCID messages (CCID 1.1, chapter 6) and T=1 blocks (ISO 7816-3, chapter 11) in them.

use super::{Layer, Meaning, apdu, is_tpdu};
use crate::MaskedBytes;
use crate::masked::bytes_text;
use kaztoken_core::atr::{Atr, Model};
use kaztoken_core::ccid::{
    CommandStatus, ErrorCode, ExchangeLevel, HEADER_LEN, IccStatus, MessageType, Status,
};

/// The standard's name.
fn name(kind: MessageType) -> String {
    let name = match kind {
        MessageType::SetParameters => "PC_to_RDR_SetParameters",
        MessageType::IccPowerOn => "PC_to_RDR_IccPowerOn",
        MessageType::IccPowerOff => "PC_to_RDR_IccPowerOff",
        MessageType::GetSlotStatus => "PC_to_RDR_GetSlotStatus",
        MessageType::Secure => "PC_to_RDR_Secure",
        MessageType::T0Apdu => "PC_to_RDR_T0APDU",
        MessageType::Escape => "PC_to_RDR_Escape",
        MessageType::GetParameters => "PC_to_RDR_GetParameters",
        MessageType::ResetParameters => "PC_to_RDR_ResetParameters",
        MessageType::IccClock => "PC_to_RDR_IccClock",
        MessageType::XfrBlock => "PC_to_RDR_XfrBlock",
        MessageType::Mechanical => "PC_to_RDR_Mechanical",
        MessageType::Abort => "PC_to_RDR_Abort",
        MessageType::SetDataRateAndClockFrequency => "PC_to_RDR_SetDataRateAndClockFrequency",
        MessageType::DataBlock => "RDR_to_PC_DataBlock",
        MessageType::SlotStatus => "RDR_to_PC_SlotStatus",
        MessageType::Parameters => "RDR_to_PC_Parameters",
        MessageType::EscapeAnswer => "RDR_to_PC_Escape",
        MessageType::DataRateAndClockFrequency => "RDR_to_PC_DataRateAndClockFrequency",
        MessageType::NotifySlotChange => "RDR_to_PC_NotifySlotChange",
        MessageType::HardwareError => "RDR_to_PC_HardwareError",
        MessageType::Unknown(value) => return format!("unknown message {value:02X}"),
    };
    name.to_owned()
}

fn shown(byte: Option<&Option<u8>>) -> String {
    byte.copied().flatten().map_or_else(|| "**".to_owned(), |byte| format!("{byte:02X}"))
}

pub(super) fn to_reader(message: &MaskedBytes, level: Option<ExchangeLevel>) -> Meaning {
    let bytes = message.bytes();
    let Some(Some(kind)) = bytes.first().copied() else {
        return Meaning::new(Layer::Ccid, "an empty transfer");
    };
    let kind = MessageType::from(kind);
    let mut meaning = Meaning::new(Layer::Ccid, name(kind));
    if bytes.len() < HEADER_LEN {
        meaning.field("too short", message.to_string());
        return meaning;
    }
    let length: Option<Vec<u8>> = bytes.get(1..5).and_then(|bytes| bytes.iter().copied().collect());
    let length = length.and_then(|bytes| Some(u32::from_le_bytes(*bytes.first_chunk()?)));
    meaning.field("dwLength", length.map_or_else(|| "**".to_owned(), |length| length.to_string()));
    meaning.field("bSlot", shown(bytes.get(5)));
    meaning.field("bSeq", shown(bytes.get(6)));
    let names: &[&str] = match kind {
        MessageType::IccPowerOn => &["bPowerSelect"],
        MessageType::XfrBlock => &["bBWI", "wLevelParameter", ""],
        MessageType::SetParameters => &["bProtocolNum"],
        MessageType::IccClock => &["bClockCommand"],
        _ => &[],
    };
    for (at, name) in (7..).zip(names) {
        match *name {
            "" => {}
            "wLevelParameter" => {
                meaning.field(name, format!("{}{}", shown(bytes.get(9)), shown(bytes.get(8))))
            }
            _ => meaning.field(name, shown(bytes.get(at))),
        }
    }
    let body = MaskedBytes::new(bytes.get(HEADER_LEN..).unwrap_or_default().to_vec(), message.is_open());
    if body.bytes().is_empty() && !body.is_open() {
        return meaning;
    }
    meaning.field("abData", body.to_string());
    if kind == MessageType::XfrBlock {
        carried(&mut meaning, &body, level);
    }
    meaning
}

/// What is in an XfrBlock.
fn carried(meaning: &mut Meaning, body: &MaskedBytes, level: Option<ExchangeLevel>) {
    let block = is_tpdu(level).then(|| block(&body.known(), body.is_whole())).flatten();
    if let Some(block) = block {
        meaning.field("T=1", block);
    } else if body.known().len() >= 4 && body.known().first() != Some(&0xFF) {
        meaning.field("command", apdu::command(body).title);
    } else if body.known().first() == Some(&0xFF) {
        meaning.field("PPS", bytes_text(&body.known()));
    }
}

pub(super) fn from_reader(bytes: &[u8], level: Option<ExchangeLevel>) -> Meaning {
    let Some(kind) = bytes.first().map(|&kind| MessageType::from(kind)) else {
        return Meaning::new(Layer::Ccid, "a zero-length packet");
    };
    let mut meaning = Meaning::new(Layer::Ccid, name(kind));
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        meaning.field("too short", bytes_text(bytes));
        return meaning;
    };
    let [_, l0, l1, l2, l3, slot, sequence, status, error, last] = *header;
    meaning.field("dwLength", u32::from_le_bytes([l0, l1, l2, l3]).to_string());
    meaning.field("bSlot", format!("{slot:02X}"));
    meaning.field("bSeq", format!("{sequence:02X}"));
    let icc = match Status(status).icc() {
        IccStatus::Active => "active",
        IccStatus::Inactive => "inactive",
        IccStatus::Absent => "absent",
        IccStatus::Unknown(_) => "reserved",
    };
    let command = match Status(status).command() {
        CommandStatus::Processed => "processed",
        CommandStatus::Failed => "failed",
        CommandStatus::TimeExtension => "time extension",
        CommandStatus::Unknown(_) => "reserved",
    };
    meaning.field("bStatus", format!("{status:02X}, card {icc}, {command}"));
    match Status(status).command() {
        CommandStatus::Failed => meaning.field("bError", ErrorCode::from(error).to_string()),
        _ => meaning.field("bError", format!("{error:02X}")),
    }
    meaning.field(
        match kind {
            MessageType::DataBlock => "bChainParameter",
            MessageType::SlotStatus => "bClockStatus",
            MessageType::Parameters => "bProtocolNum",
            _ => "bRFU",
        },
        format!("{last:02X}"),
    );
    if body.is_empty() {
        return meaning;
    }
    meaning.field("abData", bytes_text(body));
    if kind == MessageType::DataBlock {
        if matches!(body.first(), Some(0x3B | 0x3F))
            && let Ok(atr) = Atr::parse(body)
        {
            let protocols: Vec<_> = atr.protocols().map(|protocol| format!("T={protocol}")).collect();
            meaning.field("answer to reset", protocols.join(", "));
            if let Some(model) = Model::from_atr(body) {
                meaning.field("model", model.name);
            }
        } else if let Some(block) = is_tpdu(level).then(|| block(body, true)).flatten() {
            meaning.field("T=1", block);
        } else if !is_tpdu(level)
            && let [.., sw1, sw2] = *body
        {
            meaning.field("SW1 SW2", format!("{sw1:02X}{sw2:02X}"));
        }
    }
    meaning
}

/// A T=1 block in words. `None`: it is none.
fn block(bytes: &[u8], whole: bool) -> Option<String> {
    let [nad, pcb, ..] = *bytes else { return None };
    if nad != 0 || (whole && (bytes.len() < 4 || bytes.len() != usize::from(*bytes.get(2)?) + 4)) {
        return None;
    }
    Some(match pcb {
        0x00..=0x7F => {
            let more = if pcb & 0x20 != 0 { ", more follows" } else { "" };
            format!("I-block, N(S) {}{more}", pcb >> 6 & 1)
        }
        0x80..=0xBF => {
            let error = match pcb & 0x0F {
                0 => "no error",
                1 => "EDC or parity error",
                _ => "another error",
            };
            format!("R-block, N(R) {}, {error}", pcb >> 4 & 1)
        }
        0xC0..=0xFF => {
            let kind = match pcb & 0x1F {
                0 => "RESYNCH",
                1 => "IFS",
                2 => "ABORT",
                3 => "WTX",
                _ => "unknown",
            };
            format!("S-block, {kind} {}", if pcb & 0x20 != 0 { "response" } else { "request" })
        }
    })
}
