//! Input and output of the operating system.

use super::Said;
use crate::language::say;
use std::io::{Error, ErrorKind};

impl Said for Error {
    fn said(&self) -> String {
        let Some(number) = self.raw_os_error() else { return self.to_string() };
        // In English the system's own words stand; they differ from system to system.
        if !cfg!(target_os = "linux") && crate::language::is_english() {
            return self.to_string();
        }
        match self.kind() {
            ErrorKind::NotFound => say!("io-not-found", number = number),
            ErrorKind::PermissionDenied => {
                // EPERM and EACCES are of one kind and have two texts.
                if number == 13 || !crate::language::is_english() {
                    say!("io-permission-denied", number = number)
                } else {
                    self.to_string()
                }
            }
            ErrorKind::AlreadyExists => say!("io-already-exists", number = number),
            ErrorKind::StorageFull => say!("io-storage-full", number = number),
            ErrorKind::BrokenPipe => say!("io-broken-pipe", number = number),
            ErrorKind::TimedOut => say!("io-timed-out", number = number),
            ErrorKind::ConnectionRefused => say!("io-connection-refused", number = number),
            ErrorKind::IsADirectory => say!("io-is-a-directory", number = number),
            ErrorKind::NotADirectory => say!("io-not-a-directory", number = number),
            ErrorKind::ResourceBusy => say!("io-resource-busy", number = number),
            _ => self.to_string(),
        }
    }
}
