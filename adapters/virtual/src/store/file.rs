//! The state in a file: replaced as a whole, so a kill at any moment leaves the old or the new state.

use super::Store;
use crate::encoding::DecodeError;
use crate::state::State;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Largest file read. Files and keys are bounded by the model's memory; paths and headers take less than that
/// again.
const MAX_LEN: u64 = 1024 * 1024;

/// What is wrong with a state file. Every message names the file and what to do.
#[derive(Debug)]
pub struct FileStoreError {
    path: PathBuf,
    problem: Problem,
}

/// The problem without the path.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// There is no such file.
    NotFound,
    /// There is such a file already, so no new token is put there.
    Exists,
    /// Its content is no state.
    Invalid(DecodeError),
    /// Another program has this token.
    Locked,
    /// Input or output failed.
    Io(io::Error),
}

impl FileStoreError {
    /// The state file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for FileStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::NotFound => write!(f, "{path}: no such file; make a virtual token there first"),
            Problem::Exists => write!(f, "{path}: exists already; choose another name or remove it"),
            Problem::Invalid(error @ DecodeError::OtherVersion { .. }) => {
                write!(f, "{path}: {error}; use the program that wrote it, or make a new virtual token")
            }
            Problem::Invalid(error) => {
                write!(
                    f,
                    "{path}: {error}; restore it from a copy, or remove it and make a new virtual token"
                )
            }
            Problem::Locked => {
                write!(f, "{path}: another program uses this virtual token; end that one first")
            }
            Problem::Io(error) => {
                write!(
                    f,
                    "{path}: {error}; check that you may write this file and its folder, and the free space"
                )
            }
        }
    }
}

impl core::error::Error for FileStoreError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            Problem::Invalid(error) => Some(error),
            Problem::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// A state file, locked against other programs (by a file with `.lock` appended, which stays) as long as this
/// lives.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    temporary: PathBuf,
    _lock: File,
}

impl FileStore {
    /// For a token that is there.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Locked`], [`Problem::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FileStoreError> {
        let path = path.into();
        match fs::metadata(&path) {
            Ok(_) => Self::lock(path),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// For a new token: there must be no such file. Nothing is written yet.
    ///
    /// # Errors
    /// [`Problem::Exists`], [`Problem::Locked`], [`Problem::Io`].
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, FileStoreError> {
        let store = Self::lock(path.into())?;
        match fs::symlink_metadata(&store.path) {
            Ok(_) => Err(FileStoreError { path: store.path, problem: Problem::Exists }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(store),
            Err(error) => Err(failed(&store.path, error)),
        }
    }

    fn lock(path: PathBuf) -> Result<Self, FileStoreError> {
        // Not the state file itself: replacing it would replace the lock.
        let lock = private().truncate(false).open(with_suffix(&path, ".lock"));
        let lock =
            lock.map_err(|error| FileStoreError { path: path.clone(), problem: Problem::Io(error) })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { temporary: with_suffix(&path, ".tmp"), path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FileStoreError { path, problem: Problem::Locked }),
            Err(TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = private().truncate(true).open(&self.temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&self.temporary, &self.path)?;
        sync_folder(&self.path)
    }
}

fn failed(path: &Path, error: io::Error) -> FileStoreError {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => Problem::NotFound,
        _ => Problem::Io(error),
    };
    FileStoreError { path: path.to_owned(), problem }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// For writing; a new file is readable by its owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the rename safe too, where folders can be synchronised.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

impl Store for FileStore {
    type Error = FileStoreError;

    fn load(&mut self) -> Result<State, FileStoreError> {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = File::open(&self.path).and_then(|file| {
            // Reserved at once: growing would leave copies of the secrets behind.
            bytes.reserve(usize::try_from(file.metadata()?.len().min(MAX_LEN)).unwrap_or(0) + 1);
            file.take(MAX_LEN).read_to_end(&mut bytes)
        });
        read.map_err(|error| failed(&self.path, error))?;
        State::decode(&bytes)
            .map_err(|error| FileStoreError { path: self.path.clone(), problem: Problem::Invalid(error) })
    }

    fn save(&mut self, state: &State) -> Result<(), FileStoreError> {
        self.replace(&state.encode())
            .map_err(|error| FileStoreError { path: self.path.clone(), problem: Problem::Io(error) })
    }
}
