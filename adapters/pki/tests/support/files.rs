//! The folder of real files and its list.

use std::fs;
use std::path::{Path, PathBuf};

/// Real files of Kazakhstan's authorities, which are not part of the project.
pub(crate) struct Files {
    folder: PathBuf,
    /// Path and kind of each.
    list: Vec<(String, String)>,
}

impl Files {
    /// `None`, said visibly, where the folder is not at hand.
    pub(crate) fn find() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kz");
        let Ok(list) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
            println!("skipped: no files of Kazakhstan's authorities at {}", folder.display());
            return None;
        };
        let list = list.lines().skip(1).map(|line| {
            let columns: Vec<_> = line.split('\t').collect();
            (columns[0].to_owned(), columns[3].to_owned())
        });
        Some(Self { folder, list: list.collect() })
    }

    /// Name and octets of each file whose kind begins so; PEM and base64 are decoded.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<(String, Vec<u8>)> {
        let names = self.list.iter().filter(|(_, known)| known.starts_with(kind));
        names.map(|(name, _)| (name.clone(), self.read(name))).collect()
    }

    /// A file's octets; PEM and base64 are decoded.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let octets = fs::read(self.folder.join(name)).unwrap();
        kaztoken_pki::text::octets(&octets).unwrap_or(octets)
    }
}
