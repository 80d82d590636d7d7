//! Virtual tokens.

use super::Said;
use crate::language::say;
use kaztoken_virtual::DecodeError;
use kaztoken_virtual::link::LinkError;
use kaztoken_virtual::serve::Notice;
use kaztoken_virtual::store::{FileStoreError, Problem};

impl Said for LinkError {
    fn said(&self) -> String {
        match *self {
            Self::Unplugged => say!("virtual-unplugged"),
            Self::NoAnswer => say!("virtual-no-answer"),
            Self::BufferTooSmall { needed, got } => say!("virtual-buffer", needed = needed, count = got),
            _ => self.to_string(),
        }
    }
}

impl Said for FileStoreError {
    fn said(&self) -> String {
        let path = self.path().display().to_string();
        match self.problem() {
            Problem::NotFound => say!("store-not-found", path = path),
            Problem::Exists => say!("store-exists", path = path),
            Problem::Invalid(error @ DecodeError::OtherVersion { .. }) => {
                say!("store-other-version", path = path, text = error.said())
            }
            Problem::Invalid(error) => say!("store-invalid", path = path, text = error.said()),
            Problem::Locked => say!("store-locked", path = path),
            Problem::Io(error) => say!("store-io", path = path, text = error.said()),
            _ => self.to_string(),
        }
    }
}

impl Said for DecodeError {
    fn said(&self) -> String {
        match *self {
            Self::Truncated => say!("state-truncated"),
            Self::Corrupt => say!("state-corrupt"),
            Self::OtherVersion { found, known } => say!("state-other-version", found = found, known = known),
            _ => self.to_string(),
        }
    }
}

impl Said for Notice {
    fn said(&self) -> String {
        match self {
            Self::WaitingForVpcd(port) => say!("notice-waiting-vpcd", port = *port),
            Self::InVpcd(port) => say!("notice-in-vpcd", port = *port),
            Self::VpcdClosed => say!("notice-vpcd-closed"),
            #[cfg(unix)]
            Self::WaitingForUsb(path) => say!("notice-waiting-usb", path = path.display().to_string()),
            Self::PluggedIn => say!("notice-plugged-in"),
            Self::UsbClosed => say!("notice-usb-closed"),
            Self::Unplugged => say!("notice-unplugged"),
            Self::Failed(error) => say!("notice-failed", text = error.said()),
            _ => self.to_string(),
        }
    }
}
