//! A test authority's folder: keys and certificates as PEM, what was issued a file each, what was revoked a line each.

use super::problem;
use crate::commands::enroll::random;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::trust::{blocks, certificate};
use kaztoken_pki::authority::{Authority, Revocations, serial_number};
use kaztoken_pki::crl::{CrlReason, Revoked};
use kaztoken_pki::{Certificate, DateTime, PrivateKey, PublicKey, text};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a test authority keeps what it has.
pub(super) struct Folder {
    path: PathBuf,
}

/// What became of a certificate.
pub(super) struct Issued {
    pub(super) certificate: Certificate,
    pub(super) revoked: Option<Revoked>,
}

fn low_hex(octets: &[u8]) -> String {
    crate::output::hex(octets).to_lowercase()
}

impl Folder {
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// An empty folder for a new authority.
    pub(super) fn create(&self) -> Result<()> {
        let failed = |error: std::io::Error| Problem::file(&self.path, &error);
        let in_use = fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_some());
        if in_use {
            let path = self.path.display().to_string();
            return Err(Problem::new(Code::Refused, say!("ca-not-empty", path = path)));
        }
        fs::create_dir_all(self.file("issued")).map_err(failed)
    }

    /// Writes an authority under a name: its certificate for everybody, its key for the owner alone.
    pub(super) fn keep(&self, name: &str, authority: &Authority) -> Result<()> {
        let pem = text::pem(text::label::CERTIFICATE, authority.certificate().der());
        crate::whole_file::put(&self.file(&format!("{name}.pem")), pem.as_bytes())?;
        let path = self.file(&format!("{name}.key"));
        let failed = |error: std::io::Error| Problem::file(&path, &error);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let pem = zeroize::Zeroizing::new(text::pem(text::label::PRIVATE_KEY, &authority.key().to_pkcs8()));
        options.open(&path).and_then(|mut file| file.write_all(pem.as_bytes())).map_err(failed)
    }

    /// Reads what [`keep`](Self::keep) wrote.
    pub(super) fn authority(&self, name: &str) -> Result<Authority> {
        let certificate = certificate(&self.file(&format!("{name}.pem")))?;
        let path = self.file(&format!("{name}.key"));
        let der = zeroize::Zeroizing::new(blocks(&path)?.into_iter().next().unwrap_or_default());
        let key = PrivateKey::from_pkcs8(&der).map_err(|error| problem(&error))?;
        Authority::new(certificate, key).map_err(|error| problem(&error))
    }

    /// A serial number that is still free.
    pub(super) fn serial(&self, key: &PublicKey) -> Result<Vec<u8>> {
        let serial = serial_number(key);
        if !self.file("issued").join(format!("{}.pem", low_hex(&serial))).exists() {
            return Ok(serial);
        }
        let mut serial: [u8; 20] = random()?;
        // Positive, and with a first digit.
        serial[0] = serial[0] & 0x7F | 0x10;
        Ok(serial.to_vec())
    }

    pub(super) fn register(&self, certificate: &Certificate) -> Result<()> {
        let path = self.file("issued").join(format!("{}.pem", low_hex(certificate.serial_number())));
        crate::whole_file::put(&path, text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes())
    }

    /// All that was issued, by serial number.
    pub(super) fn issued(&self) -> Result<Vec<Issued>> {
        let folder = self.file("issued");
        let entries = fs::read_dir(&folder).map_err(|error| Problem::file(&folder, &error))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let revoked = self.revoked()?;
        let read = |path: PathBuf| {
            let certificate = certificate(&path)?;
            let serial = certificate.serial_number();
            let revoked = revoked.iter().find(|(known, _)| known == serial).map(|(_, revoked)| *revoked);
            Ok(Issued { certificate, revoked })
        };
        paths.into_iter().map(read).collect()
    }

    /// Serial numbers and when each was revoked.
    pub(super) fn revoked(&self) -> Result<Vec<(Vec<u8>, Revoked)>> {
        let path = self.file("revoked.txt");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Problem::file(&path, &error)),
        };
        let line = |line: &str| {
            let (serial, at) = line.split_once(' ')?;
            let revoked = Revoked { at: at.parse().ok()?, reason: Some(CrlReason::Unspecified) };
            Some((crate::output::parse_hex(serial)?, revoked))
        };
        let all: Option<Vec<_>> = text.lines().map(line).collect();
        all.ok_or_else(|| {
            let path = path.display().to_string();
            Problem::new(Code::Data, say!("ca-revoked-broken", path = path))
        })
    }

    pub(super) fn revoke(&self, serial: &[u8], at: DateTime) -> Result<()> {
        let path = self.file("revoked.txt");
        let line = format!("{} {at}\n", low_hex(serial));
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).open(&path);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|error| Problem::file(&path, &error))
    }

    /// The revocation list of this moment, good for a week. Its number is the time: it grows.
    pub(super) fn crl(&self, now: DateTime) -> Result<(usize, Vec<u8>)> {
        let entries = self.revoked()?;
        let count = entries.len();
        let number = now.unix_duration().as_secs();
        let revocations = Revocations { entries, dates: (now, later(now, 7)), number, base: None };
        let crl = self.authority("centre")?.crl(&revocations).map_err(|error| problem(&error))?;
        Ok((count, crl))
    }
}

/// So many days later.
pub(in crate::commands) fn later(at: DateTime, days: u64) -> DateTime {
    let duration = at.unix_duration() + Duration::from_secs(days * 86_400);
    DateTime::from_unix_duration(duration).unwrap_or(DateTime::INFINITY)
}
