//! Files that are written whole or not at all.

use crate::exit::{Problem, Result};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Who may read and write a file on Unix, before the process's mask.
const EVERYBODY: u32 = 0o666;
const OWNER: u32 = 0o600;

/// Writes a file: under its name stands what stood there before or all of this, whatever goes wrong in between. A device
/// or a pipe, which cannot be replaced, is written as it is.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    put_by(path, |file| file.write_all(bytes))
}

/// The same for what need not fit into memory: `write` writes it.
pub(crate) fn put_by(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let put = || {
        let place = Place::of(path)?;
        let Place::File(path) = place else {
            return write(&mut fs::OpenOptions::new().write(true).open(path)?);
        };
        let mut file = beside(&path, EVERYBODY)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        if let Ok(before) = fs::metadata(&path) {
            fs::set_permissions(file.path(), before.permissions())?;
        }
        file.persist(&path).map(drop).map_err(|error| error.error)
    };
    put().map_err(|error| Problem::file(path, &error))
}

/// Writes a new file, the whole of it or none; what is there already stays.
pub(crate) fn put_new(path: &Path, bytes: &[u8]) -> Result<()> {
    put_new_for(EVERYBODY, path, bytes)
}

/// The same for a file that only its owner may read.
pub(crate) fn put_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    put_new_for(OWNER, path, bytes)
}

fn put_new_for(mode: u32, path: &Path, bytes: &[u8]) -> Result<()> {
    let put = || {
        if path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut file = beside(path, mode)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map(drop).map_err(|error| error.error)
    };
    put().map_err(|error| Problem::file(path, &error))
}

/// Finds out beforehand whether a file could be written there; leaves nothing.
pub(crate) fn may_put(path: &Path) -> Result<()> {
    let look = || match Place::of(path)? {
        Place::File(path) => {
            // What may not be written is not replaced either.
            if path.exists() {
                fs::OpenOptions::new().write(true).open(&path)?;
            }
            beside(&path, EVERYBODY).map(drop)
        }
        Place::Other => fs::OpenOptions::new().write(true).open(path).map(drop),
    };
    look().map_err(|error| Problem::file(path, &error))
}

enum Place {
    /// A file, or nothing yet; a link has been followed.
    File(PathBuf),
    /// A device, a pipe, a socket, a folder.
    Other,
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(there) if there.is_file() => {
                if there.permissions().readonly() {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
                Ok(Self::File(fs::canonicalize(path)?))
            }
            Ok(_) => Ok(Self::Other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::File(path.to_owned())),
            Err(error) => Err(error),
        }
    }
}

/// A file without a name that matters, in the folder of this one, for those to read whom the system's mask lets.
fn beside(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kaztoken");
    #[cfg(not(unix))]
    let _ = mode;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        may_put(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        put_new(&path, b"old").unwrap();
        assert!(put_new(&path, b"other").is_err() && put_new(folder.path(), b"").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        put(&path, b"new").unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"new".to_vec(), vec!["a".to_owned()]));
        assert!(
            put(&folder.path().join("none/a"), b"").is_err()
                && may_put(&folder.path().join("none/a")).is_err()
        );
        assert!(put(folder.path(), b"").is_err() && may_put(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_modes_and_devices_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["a", "link"].map(|name| folder.path().join(name));
        put(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        put(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        put(Path::new("/dev/null"), b"gone").unwrap();
        may_put(Path::new("/dev/null")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(put(&path, b"x").is_err(), "a file that may not be written is not replaced");
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
