//! What the layers below say, in the language that was chosen: a file for each layer.
//!
//! In English a message is what the layer itself would say; a test of each file holds that. What a layer says that is
//! not known here (their enumerations may grow) is shown in the layer's own words.

mod ccid;
mod enroll;
mod gost;
mod io;
#[cfg(feature = "pcsc")]
mod pcsc;
mod pin;
pub(crate) mod pki;
mod rig;
mod status;
mod token;
mod tpdu;
mod trace;
mod usb;
mod virtual_token;
mod xml;

use crate::language::messages;

/// Something that a layer below says to people.
pub(crate) trait Said {
    /// The message in the language that was chosen.
    fn said(&self) -> String;
}

/// A single term of a layer below, by its English text.
pub(crate) fn word(english: &str) -> String {
    messages().get(&word_id(english), None, &[]).unwrap_or_else(|| english.to_owned())
}

/// The name of a term's message: letters and digits, with `-` for all that stands between them.
fn word_id(english: &str) -> String {
    let parts = english.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.fold("word".to_owned(), |id, part| format!("{id}-{}", part.to_ascii_lowercase()))
}

/// Two hexadecimal digits.
fn byte(value: u8) -> String {
    format!("{value:02X}")
}

#[cfg(test)]
mod tests;
