//! What was done to which token: a file of lines that only grows.
//!
//! A line is written, and on the disk, before the command goes out, and another one when its answer is there. A
//! command without its second line counts as one that went wrong: nobody knows better.

use core::fmt;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Serial;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long another program may write into the file.
const LOCKED: Duration = Duration::from_secs(2);

/// What kind of command it was.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The user PIN.
    UserPin,
    /// The administrator PIN.
    AdminPin,
    /// A key generation.
    Generate,
    /// It erases, deletes, unblocks or sets a PIN.
    Destroy,
    /// It is not known.
    Unknown,
    /// It writes or uses a key. Only refused ones are written down.
    Change,
}

impl Kind {
    /// A PIN of this role.
    #[must_use]
    pub const fn pin(role: Role) -> Self {
        match role {
            Role::User => Self::UserPin,
            Role::Admin => Self::AdminPin,
        }
    }

    const fn is_pin(self) -> bool {
        matches!(self, Self::UserPin | Self::AdminPin)
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A command goes out.
    Begun {
        /// Which.
        command: Kind,
        /// Of a PIN: tries left before, unless somebody is logged in and they are not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tries: Option<u8>,
    },
    /// What the token said to it.
    Ended {
        /// Which.
        command: Kind,
        /// The status word in hexadecimal.
        status: String,
    },
    /// A person has found out why a PIN was wrong, and allows the next one.
    Forgiven,
    /// The rules refused a command.
    Refused {
        /// Which.
        command: Kind,
        /// Why.
        reason: String,
    },
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds since 1970.
    pub time: u64,
    /// The token, decimal.
    pub serial: String,
    /// For what: the command line's command, or the plan and its case.
    pub purpose: String,
    /// What happened.
    pub event: Event,
}

/// What was done to one token.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// PINs sent.
    pub pins: u32,
    /// Of these, those that were not answered with 9000.
    pub not_accepted: u32,
    /// Key generations begun.
    pub generations: u32,
    /// Commands that erase, delete, unblock or set a PIN, and unknown ones.
    pub destructive: u32,
    /// Commands refused.
    pub refused: u32,
    /// When something was done last, in seconds since 1970.
    pub last: u64,
}

/// Why the ledger cannot be used. Nothing is sent then.
#[derive(Debug)]
#[non_exhaustive]
pub enum LedgerError {
    /// Of the file.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The rules name no file.
    NoFile,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => {
                write!(f, "the rig's ledger {}: {error}; without it nothing is sent", path.display())
            }
            Self::NoFile => f.write_str(
                "there is no place for the rig's ledger, and without it nothing is sent; name one in the rig's rules",
            ),
        }
    }
}

impl core::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::NoFile => None,
        }
    }
}

/// The file. Several programs may use one: each line is written under a lock.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens it, or makes a new one with the folders that it lies in.
    ///
    /// # Errors
    /// Of the file.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let open = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            OpenOptions::new().read(true).append(true).create(true).open(path)
        };
        match open() {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(error) => Err(LedgerError::File { path: path.to_owned(), error }),
        }
    }

    /// Writes a line. When this returns it is on the disk.
    ///
    /// # Errors
    /// Of the file.
    pub fn note(&mut self, serial: Serial, purpose: &str, event: Event) -> Result<(), LedgerError> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let entry = Entry { time, serial: serial.to_string(), purpose: purpose.to_owned(), event };
        self.write(&entry).map_err(|error| LedgerError::File { path: self.path.clone(), error })
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.lock()?;
        let written = self.append(&line);
        let unlocked = self.file.unlock();
        written.and(unlocked)
    }

    /// Another program needs a moment for a line. One that was stopped meanwhile does not hold up this one.
    fn lock(&self) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCKED => std::thread::sleep(LOCKED / 100),
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other("another program holds it; end that one"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        // A line that was cut off in the middle stays one of its own.
        let cut = self.file.seek(SeekFrom::End(0))? > 0 && {
            let mut last = [0];
            self.file.seek(SeekFrom::End(-1))?;
            self.file.read_exact(&mut last)?;
            last != *b"\n"
        };
        let whole = if cut { [b"\n", line].concat() } else { line.to_vec() };
        self.file.write_all(&whole)?;
        self.file.sync_data()
    }

    /// All lines, oldest first, and how many cannot be read.
    ///
    /// # Errors
    /// Of the file.
    pub fn entries(&mut self) -> Result<(Vec<Entry>, usize), LedgerError> {
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.read_to_end(&mut bytes));
        read.map_err(|error| LedgerError::File { path: self.path.clone(), error })?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let (mut entries, mut unreadable) = (Vec::new(), 0);
        for line in lines {
            match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(_) => unreadable += 1,
            }
        }
        Ok((entries, unreadable))
    }

    /// What was done to one token. A line that cannot be read may have been a generation.
    ///
    /// # Errors
    /// Of the file.
    pub fn account(&mut self, serial: Serial) -> Result<Account, LedgerError> {
        let (entries, unreadable) = self.entries()?;
        let mut account = accounts(&entries).remove(&serial.to_string()).unwrap_or_default();
        account.generations =
            account.generations.saturating_add(u32::try_from(unreadable).unwrap_or(u32::MAX));
        Ok(account)
    }

    /// Was the last PIN of this role wrong, or is not known to have been right?
    ///
    /// # Errors
    /// Of the file.
    pub fn last_pin_was_wrong(&mut self, serial: Serial, role: Role) -> Result<bool, LedgerError> {
        let (serial, pin) = (serial.to_string(), Kind::pin(role));
        let mut wrong = false;
        for entry in self.entries()?.0.into_iter().filter(|entry| entry.serial == serial) {
            match entry.event {
                Event::Begun { command, .. } if command == pin => wrong = true,
                Event::Ended { command, status } if command == pin => wrong = status != "9000",
                Event::Forgiven => wrong = false,
                _ => {}
            }
        }
        Ok(wrong)
    }
}

/// What was done to each token, by serial number.
#[must_use]
pub fn accounts(entries: &[Entry]) -> BTreeMap<String, Account> {
    let mut accounts = BTreeMap::<String, Account>::new();
    for entry in entries {
        let account = accounts.entry(entry.serial.clone()).or_default();
        account.last = account.last.max(entry.time);
        match &entry.event {
            // Not accepted until the answer says so.
            Event::Begun { command, .. } if command.is_pin() => {
                account.pins += 1;
                account.not_accepted += 1;
            }
            Event::Begun { command: Kind::Generate, .. } => account.generations += 1,
            Event::Begun { .. } => account.destructive += 1,
            Event::Ended { command, status } if command.is_pin() && status == "9000" => {
                account.not_accepted = account.not_accepted.saturating_sub(1);
            }
            Event::Ended { .. } | Event::Forgiven => {}
            Event::Refused { .. } => account.refused += 1,
        }
    }
    accounts
}
