//! Traces of other programs' records, and back.

mod log;
mod transcript;
mod usbmon;

pub use log::{export_log, import_log};
pub use transcript::{export_transcript, import_transcript};
pub use usbmon::{export_pcap, import_pcap};

use core::fmt;

/// A record that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ConvertError {
    /// It is of another kind.
    Kind(&'static str),
    /// Something in it cannot be understood.
    Place {
        /// Where: a line or a packet, from 1.
        number: usize,
        /// What is wrong.
        wrong: &'static str,
    },
    /// There is nothing of a smart card in it.
    Nothing,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(wrong) => write!(f, "this is no record of the kind that was named: {wrong}"),
            Self::Place { number, wrong } => write!(f, "line or packet {number}: {wrong}"),
            Self::Nothing => f.write_str("there is no dialogue with a smart card in it"),
        }
    }
}

impl core::error::Error for ConvertError {}
