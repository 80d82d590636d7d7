//! What a line of a trace means, in the words of the standards.

mod apdu;
mod message;

use crate::masked::bytes_text;
use crate::{Entry, Record};
use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel};

/// Which layer a line belongs to.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Layer {
    /// The device on the bus.
    Usb,
    /// CCID messages and what is in them.
    Ccid,
    /// Commands and responses.
    Apdu,
}

/// What a line means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// The layer.
    pub layer: Layer,
    /// In one line.
    pub title: String,
    /// Its fields: name and value.
    pub fields: Vec<(String, String)>,
    /// SW1 SW2 of a response.
    pub status_word: Option<u16>,
}

impl Meaning {
    fn new(layer: Layer, title: impl Into<String>) -> Self {
        Self { layer, title: title.into(), fields: Vec::new(), status_word: None }
    }

    fn field(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), value.into()));
    }
}

/// Says what an entry means. `class` is the reader's, `before` the command that a response answers.
#[must_use]
pub fn describe(entry: &Entry, class: Option<&ClassDescriptor>, before: Option<&Entry>) -> Meaning {
    match &entry.record {
        Record::Open(opened) => {
            let mut meaning = Meaning::new(Layer::Usb, format!("connection {}: {}", entry.link, opened.way));
            if !opened.place.is_empty() {
                meaning.field("place", opened.place.clone());
            }
            if !opened.name.is_empty() {
                meaning.field("name", opened.name.clone());
            }
            if let Some((vendor, product)) = opened.ids {
                meaning.field("idVendor", format!("{vendor:04X}"));
                meaning.field("idProduct", format!("{product:04X}"));
            }
            if let Some(class) = &opened.class {
                let level =
                    class.exchange_level().map_or_else(|| "none".to_owned(), |level| level.to_string());
                meaning.field("bcdCCID", format!("{:04X}", class.version));
                meaning.field("dwProtocols", format!("{:08X}", class.protocols));
                meaning.field("dwFeatures", format!("{:08X}, {level}", class.features.0));
                meaning.field("dwMaxCCIDMessageLength", class.max_message_length.to_string());
                meaning.field("wMaxPacketSize", opened.max_packet.to_string());
            }
            if !opened.atr.is_empty() {
                meaning.field("answer to reset", bytes_text(&opened.atr));
            }
            meaning
        }
        Record::Send(message) => message::to_reader(message, class.and_then(ClassDescriptor::exchange_level)),
        Record::Receive(bytes) => {
            message::from_reader(bytes, class.and_then(ClassDescriptor::exchange_level))
        }
        Record::Interrupt(bytes) => {
            let mut meaning = message::from_reader(bytes, None);
            meaning.fields.clear();
            meaning.field("abData", bytes_text(bytes));
            meaning
        }
        Record::Silence => Meaning::new(Layer::Ccid, "nothing came"),
        Record::Control(request, answer) => {
            let mut meaning = Meaning::new(Layer::Usb, format!("class request {request:?}"));
            match answer {
                Some(bytes) => meaning.field("answer", bytes_text(bytes)),
                None => meaning.field("answer", "stall"),
            }
            meaning
        }
        Record::Reset(done) => Meaning::new(
            Layer::Usb,
            if *done { "the device was reset" } else { "the device could not be reset" },
        ),
        Record::Command(command) => apdu::command(command),
        Record::Response(response) => {
            let command = before.and_then(|entry| match &entry.record {
                Record::Command(command) => Some(command.known()),
                _ => None,
            });
            apdu::response(response, command.as_deref())
        }
        Record::Recover(done) => {
            let title = if *done { "the link works again" } else { "the link could not be brought back" };
            Meaning::new(Layer::Apdu, title)
        }
        Record::PowerOff => Meaning::new(Layer::Apdu, "power off"),
        Record::Failed(failure) => {
            let mut meaning = Meaning::new(Layer::Apdu, format!("failed: {}", failure.text));
            meaning.field("code", failure.code.clone());
            meaning
        }
    }
}

/// Does the reader exchange T=0 and T=1 as they are?
fn is_tpdu(level: Option<ExchangeLevel>) -> bool {
    level == Some(ExchangeLevel::Tpdu)
}
