//! The journal of an enrolment in a file: one for each token, by its serial number.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::rig_rules::state_folder;
use crate::said::Said as _;
use kaztoken_core::token::Serial;
use kaztoken_pki::enrolment::{Decisions, Event, Journal};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// More than any journal.
const MAX_LEN: u64 = 4 << 20;

/// A journal and its file.
pub(super) struct JournalFile {
    pub(super) journal: Journal,
    pub(super) path: PathBuf,
    file: File,
}

/// Where the journal of a token is, or would be.
pub(super) fn path_of(serial: Serial) -> Result<PathBuf> {
    let folder = state_folder().ok_or_else(|| Problem::new(Code::Failed, say!("enroll-no-home")))?;
    Ok(folder.join("enrolment").join(format!("{:016x}.journal", serial.0)))
}

/// What is known of the enrolment of a token; `None`: there is none, or it was given up.
pub(super) fn known(serial: Serial) -> Result<Option<Journal>> {
    let path = path_of(serial)?;
    let journal = read(&path)?.map(|(journal, _)| journal);
    Ok(journal.filter(|journal| !journal.is_given_up()))
}

/// The journal, and how many octets of the file are whole lines.
fn read(path: &Path) -> Result<Option<(Journal, u64)>> {
    let mut text = String::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::file(path, &error)),
    };
    file.take(MAX_LEN + 1).read_to_string(&mut text).map_err(|error| Problem::file(path, &error))?;
    let whole = text.rfind('\n').map_or(0, |end| end as u64 + 1);
    let journal = Journal::from_text(&text).map_err(|error| {
        Problem::new(Code::Data, error.said())
            .while_doing(&path.display().to_string())
            .and(&say!("enroll-journal-keep"))
    })?;
    Ok(Some((journal, whole)))
}

impl JournalFile {
    /// Begins one. An earlier one that was given up keeps its place under another name.
    pub(super) fn begin(serial: Serial, decisions: Decisions) -> Result<Self> {
        let path = path_of(serial)?;
        let failed = |error: std::io::Error| Problem::file(&path, &error);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        if path.exists() {
            let older = (1..)
                .map(|number| path.with_extension(format!("journal.{number}")))
                .find(|name| !name.exists());
            if let Some(older) = older {
                fs::rename(&path, older).map_err(failed)?;
            }
        }
        let (journal, text) = Journal::begin(decisions);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // It has no secrets, but it is nobody else's business.
            options.mode(0o600);
        }
        let mut file = options.open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(Self { journal, path, file })
    }

    /// Takes up the one that is there; `None`: there is none, or it was given up.
    pub(super) fn open(serial: Serial) -> Result<Option<Self>> {
        let path = path_of(serial)?;
        let Some((journal, whole)) = read(&path)? else { return Ok(None) };
        if journal.is_given_up() {
            return Ok(None);
        }
        let failed = |error: std::io::Error| Problem::file(&path, &error);
        let file = OpenOptions::new().append(true).open(&path).map_err(failed)?;
        // Two programs that enrol one token would spoil both.
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Problem::new(Code::Busy, say!("enroll-busy"))),
            // Not every file system has locks.
            Err(fs::TryLockError::Error(_)) => {}
        }
        // A line that was cut off is as if it had not been written.
        file.set_len(whole).map_err(failed)?;
        Ok(Some(Self { journal, path, file }))
    }

    /// Adds an event: on the disk before it returns.
    pub(super) fn add(&mut self, event: Event) -> Result<()> {
        let mut next = self.journal.clone();
        let line = next.add(event);
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| Problem::file(&self.path, &error))?;
        self.journal = next;
        Ok(())
    }
}
