//! Rigs, their guard and their ledger.

use super::{Said, byte};
use crate::language::say;
use crate::output::printable;
use kaztoken_rig::Fault;
use kaztoken_rig::hello::Dialect;
use kaztoken_rig::host::safety::{LedgerError, Refusal};
use kaztoken_rig::host::{AddressError, Error};
use std::io::ErrorKind;

impl Said for Error {
    fn said(&self) -> String {
        match self {
            Self::Open { place, error } => {
                let advice = match error.kind() {
                    ErrorKind::NotFound => say!("rig-open-not-found"),
                    ErrorKind::PermissionDenied => say!("rig-open-permission"),
                    ErrorKind::ConnectionRefused => say!("rig-open-refused"),
                    _ => say!("rig-open-other"),
                };
                say!("rig-open", place = place.as_str(), text = error.said(), advice = advice)
            }
            Self::NotARig { bytes: 0 } => say!("rig-nothing"),
            Self::NotARig { bytes } => say!("rig-something-else", count = *bytes),
            Self::WrongVersion { rig, firmware } => say!(
                "rig-wrong-version",
                firmware = printable(firmware),
                rig = rig.said(),
                ours = Dialect::OURS.said(),
            ),
            Self::AnotherRig { board } => say!("rig-another", board = printable(board)),
            Self::Disconnected => say!("rig-disconnected"),
            Self::Line(error) => say!("rig-line-failed", text = error.said()),
            Self::Silent => say!("rig-silent"),
            Self::Asleep => say!("rig-asleep"),
            Self::RequestLost => say!("rig-request-lost"),
            Self::AnswerLost => say!("rig-answer-lost"),
            Self::Timeout => say!("rig-timeout"),
            Self::Cancelled => say!("rig-cancelled"),
            Self::WrongAnswer => say!("rig-wrong-answer"),
            Self::TooLong { len } => say!("rig-too-long", count = *len),
            Self::BufferTooSmall { needed, got } => say!("rig-buffer", needed = *needed, count = *got),
            Self::Broken => say!("rig-broken"),
            Self::Fault(fault) => fault.said(),
            _ => self.to_string(),
        }
    }
}

impl Said for Dialect {
    fn said(&self) -> String {
        say!("rig-dialect", number = self.version, schema = format!("{:016x}", self.schema))
    }
}

impl Said for AddressError {
    fn said(&self) -> String {
        say!("rig-address-expected")
    }
}

impl Said for Fault {
    fn said(&self) -> String {
        match *self {
            Self::NoSession => say!("rig-asleep"),
            Self::Repeated => say!("fault-repeated"),
            Self::Malformed => say!("fault-malformed"),
            Self::Unsupported => say!("fault-unsupported"),
            Self::TooLong => say!("fault-too-long"),
            Self::NoCard => say!("fault-no-card"),
            Self::NotPowered => say!("fault-not-powered"),
            Self::Mute => say!("fault-mute"),
            Self::WrongTs(ts) => say!("fault-wrong-ts", got = byte(ts)),
            Self::BadAtr => say!("fault-bad-atr"),
            Self::Parity => say!("fault-parity"),
            Self::OverCurrent => say!("fault-over-current"),
            Self::Timeout => say!("fault-timeout"),
            Self::Pps => say!("fault-pps"),
            Self::T0 => say!("fault-t0"),
            Self::T1 => say!("fault-t1"),
            Self::ResponseTooLong => say!("fault-response-too-long"),
            Self::Ccid => say!("fault-ccid"),
            Self::Unplugged => say!("fault-unplugged"),
            Self::Stalled => say!("fault-stalled"),
            Self::Stopped => say!("fault-stopped"),
            Self::Hardware(code) => say!("fault-hardware", got = code),
            _ => self.to_string(),
        }
    }
}

impl Said for Refusal {
    fn said(&self) -> String {
        let name = |cla: u8, ins: u8| format!("{cla:02X} {ins:02X}");
        match *self {
            Self::NotAllowed(serial) => say!("guard-not-allowed", serial = serial.to_string()),
            Self::NoSerial => say!("guard-no-serial"),
            Self::BelowFloor { role, tries, floor } => {
                say!("guard-below-floor", role = role.to_string(), count = tries, floor = floor)
            }
            Self::TriesUnknown(role) => say!("guard-tries-unknown", role = role.to_string()),
            Self::WrongBefore(role) => say!("guard-wrong-before", role = role.to_string()),
            Self::Destructive { cla, ins } => say!("guard-destructive", name = name(cla, ins)),
            Self::Unknown { cla, ins } => say!("guard-unknown", name = name(cla, ins)),
            Self::Disguised { cla, ins } => say!("guard-disguised", name = name(cla, ins)),
            Self::WornOut { generations } => say!("guard-worn-out", count = generations),
            Self::Opaque => say!("guard-opaque"),
            _ => self.to_string(),
        }
    }
}

impl Said for LedgerError {
    fn said(&self) -> String {
        match self {
            Self::File { path, error } => {
                say!("ledger-file", path = path.display().to_string(), text = error.said())
            }
            Self::NoFile => say!("ledger-no-file"),
            _ => self.to_string(),
        }
    }
}
