//! Between traces and other programs' records.

use super::contents;
use crate::args::Kind;
use crate::exit::{Code, Problem, Result};
use crate::said::Said as _;
use kaztoken_trace::Trace;
use kaztoken_trace::convert::{
    export_log, export_pcap, export_transcript, import_log, import_pcap, import_transcript,
};
use std::path::Path;

pub(super) fn import(kind: Kind, file: &Path) -> Result<Trace> {
    let bytes = contents(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let trace = match kind {
        Kind::Usbmon => import_pcap(&bytes),
        Kind::CcidLog => import_log(&text),
        Kind::Transcript => import_transcript(&text),
    };
    trace.map_err(|error| Problem::new(Code::Data, format!("{}: {}", file.display(), error.said())))
}

pub(super) fn export(kind: Kind, trace: &Trace) -> Vec<u8> {
    match kind {
        Kind::Usbmon => export_pcap(trace),
        Kind::CcidLog => export_log(trace).into_bytes(),
        Kind::Transcript => export_transcript(trace).into_bytes(),
    }
}
