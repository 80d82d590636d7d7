//! The folder of a backup: `manifest.json`, and a file for each object, under names that every file system takes.

use super::collect::{Kind, Public};
use super::no_backup;
use crate::device::About;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{hex, printable};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The form of the folder. It grows when a field changes its meaning or goes away.
const FORM: u64 = 1;
const MANIFEST: &str = "manifest.json";
/// More than any manifest, so that a wrong file is not read whole.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// How much of a label goes into a file's name, in bytes; file systems take 255 in all.
const MAX_LABEL: usize = 60;

/// A file of the backup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// Its name in the folder.
    pub(super) file: String,
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) id: String,
    pub(super) key: Option<u8>,
    pub(super) bytes: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
}

impl Entry {
    /// The number makes the name one of its own, whatever the labels are, also where case does not count.
    pub(super) fn new(number: usize, public: &Public) -> Self {
        let (word, extension) = match public.kind {
            Kind::Certificate => ("certificate", "der"),
            Kind::PublicKey => ("public-key", "pem"),
            Kind::PrivateKey | Kind::Data => ("data", "bin"),
        };
        let label = safe(&public.label);
        let dash = if label.is_empty() { "" } else { "-" };
        Self {
            file: format!("{number:02}-{word}{dash}{label}.{extension}"),
            kind: public.kind,
            label: public.label.clone(),
            id: public.id.clone(),
            key: public.key,
            bytes: public.content.len() as u64,
            sha256: sum(&public.content),
        }
    }

    /// The same object with the same content.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.kind, &self.sha256, &self.id) == (other.kind, &other.sha256, &other.id)
    }

    fn json(&self) -> Value {
        json!({
            "file": self.file,
            "kind": self.kind.name(),
            "label": self.label,
            "id": self.id,
            "key": self.key,
            "bytes": self.bytes,
            "sha256": self.sha256,
        })
    }

    /// `None`: not what was written, or a name that leads out of the folder.
    fn parse(json: &Value) -> Option<Self> {
        let part = |name: &str| json[name].as_str().map(str::to_owned);
        let file = part("file")?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_plain = file.chars().all(plain) && !file.starts_with('.') && !file.is_empty();
        let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == json["kind"].as_str())?;
        is_plain.then_some(())?;
        Some(Self {
            file,
            kind,
            label: printable(&part("label")?),
            id: part("id")?,
            key: json["key"].as_u64().and_then(|key| u8::try_from(key).ok()),
            bytes: json["bytes"].as_u64()?,
            sha256: part("sha256")?,
        })
    }
}

/// Letters and digits of any script, the rest as `_`: nothing that is a path, a device or an option anywhere.
fn safe(label: &str) -> String {
    let mut name = String::new();
    for c in label.chars() {
        let c = if c.is_alphanumeric() || c == '-' { c } else { '_' };
        if name.len() + c.len_utf8() > MAX_LABEL {
            break;
        }
        name.push(c);
    }
    name.trim_matches('_').to_owned()
}

fn sum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).to_lowercase()
}

/// What the folder says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Manifest {
    pub(super) serial: String,
    model: String,
    pub(super) files: Vec<Entry>,
}

impl Manifest {
    pub(super) fn new(about: &About, files: Vec<Entry>) -> Self {
        Self { serial: about.serial.to_string(), model: about.model.to_owned(), files }
    }

    fn json(&self) -> Value {
        json!({
            "kaztoken_backup": FORM,
            "serial": self.serial,
            "model": self.model,
            "files": self.files.iter().map(Entry::json).collect::<Vec<_>>(),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let part = |name: &str| json[name].as_str().map(str::to_owned);
        (json["kaztoken_backup"].as_u64() == Some(FORM)).then_some(())?;
        let files = json["files"].as_array()?.iter().map(Entry::parse).collect::<Option<_>>()?;
        Some(Self { serial: part("serial")?, model: part("model")?, files })
    }
}

/// Before anything is read: the folder is not there, or empty.
pub(super) fn refuse_used(folder: &Path) -> Result<()> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let path = printable(&folder.display().to_string());
            Err(Problem::new(Code::Refused, say!("backup-folder-used", path = path)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Problem::file(folder, &error)),
    }
}

/// Writes all of it beside the folder and gives it the folder's name at the end: there is no half backup.
pub(super) fn write(folder: &Path, manifest: &Manifest, files: &[(Entry, Vec<u8>)]) -> Result<()> {
    let all = || {
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let fresh = tempfile::Builder::new().prefix(".kaztoken").tempdir_in(parent)?;
        for (entry, content) in files {
            fs::write(fresh.path().join(&entry.file), content)?;
        }
        fs::write(fresh.path().join(MANIFEST), format!("{:#}\n", manifest.json()))?;
        if folder.exists() {
            // Fails where something has come into it meanwhile.
            fs::remove_dir(folder)?;
        }
        fs::rename(fresh.path(), folder)?;
        // It has another name now; nothing is left to clear away.
        drop(fresh.keep());
        Ok(())
    };
    all().map_err(|error: io::Error| Problem::file(folder, &error))
}

/// A backup's manifest.
pub(super) fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let mut text = String::new();
    let file = fs::File::open(&path).map_err(|error| Problem::file(&path, &error))?;
    let read = file.take(MAX_MANIFEST).read_to_string(&mut text);
    read.ok().and_then(|_| Manifest::parse(&text)).ok_or_else(|| no_backup(folder))
}

/// Is the file there, with the sum that the manifest says?
pub(super) fn is_whole(folder: &Path, entry: &Entry) -> bool {
    let mut bytes = Vec::new();
    let read = fs::File::open(folder.join(&entry.file))
        .and_then(|file| file.take(entry.bytes.saturating_add(1)).read_to_end(&mut bytes));
    read.is_ok() && sum(&bytes) == entry.sha256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(label: &str) -> String {
        let public = Public {
            kind: Kind::Data,
            label: label.into(),
            id: String::new(),
            key: None,
            content: b"content".to_vec(),
        };
        Entry::new(7, &public).file
    }

    #[test]
    fn names_are_safe_whatever_the_labels_hold() {
        assert_eq!(named("pay"), "07-data-pay.bin");
        assert_eq!(named("ЭЦП Қазақстан"), "07-data-ЭЦП_Қазақстан.bin");
        for label in [
            "../../etc/passwd",
            "..",
            ".",
            "/",
            "\\",
            "C:\\x",
            "CON",
            "nul.txt",
            "a\0b",
            "a\nb",
            "\u{1b}[31m",
            "a:b",
            "a*?\"<>|",
            " ",
            "trailing. ",
            "-rf",
            "~",
            "$HOME",
            "\u{202e}exe",
            "",
            &"я".repeat(500),
        ] {
            let name = named(label);
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            assert!(
                name.starts_with("07-data") && name.ends_with(".bin") && name.len() < 100,
                "{label:?}: {name}"
            );
            assert!(name.chars().all(plain) && !name.contains(".."), "{label:?}: {name}");
            assert_eq!(name.matches('.').count(), 1, "{name}");
        }
    }

    #[test]
    fn a_manifest_that_leads_elsewhere_is_none() {
        let public =
            Public { kind: Kind::Data, label: "a".into(), id: "01".into(), key: Some(3), content: vec![1] };
        let manifest =
            Manifest { serial: "5".into(), model: "KAZTOKEN".into(), files: vec![Entry::new(1, &public)] };
        let text = manifest.json().to_string();
        assert_eq!(Manifest::parse(&text), Some(manifest));
        for (from, to) in [
            ("01-data-a.bin", "../a"),
            ("01-data-a.bin", "/etc/passwd"),
            ("01-data-a.bin", ".hidden"),
            ("01-data-a.bin", ""),
            ("\"kaztoken_backup\":1", "\"kaztoken_backup\":2"),
            ("\"data\"", "\"other\""),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert_eq!(Manifest::parse(&changed), None, "{to}");
        }
    }
}
