//! The folder of real files and its list.

use std::fs;
use std::path::{Path, PathBuf};

use kaztoken_core::gost::encoding::Certificate;

pub(crate) struct Files {
    folder: PathBuf,
    /// Path and kind of each.
    list: Vec<(String, String)>,
}

impl Files {
    pub(crate) fn find() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/kz");
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

    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(_, kind)| kind.as_str())
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.kinds().filter(|known| known.starts_with(kind)).count()
    }

    /// Name and octets of each file of this kind; PEM and base64 are decoded.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<(String, Vec<u8>)> {
        let names = self.list.iter().filter(|(_, known)| known.starts_with(kind));
        names
            .map(|(name, kind)| {
                let octets = fs::read(self.folder.join(name)).unwrap();
                let as_is = octets[0] == 0x30 || kind.starts_with("XML");
                (name.clone(), if as_is { octets } else { base64(&octets) })
            })
            .collect()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// The certificate with this subject.
    pub(crate) fn by_subject(&self, subject: &[u8]) -> Option<Vec<u8>> {
        let all = self.of_kind("X.509").into_iter().map(|(_, octets)| octets);
        all.into_iter().find(|octets| Certificate::from_der(octets).unwrap().subject() == subject)
    }

    /// The certificate that issued this one, as named and as identified.
    pub(crate) fn issuer(&self, certificate: &Certificate<'_>) -> Option<Vec<u8>> {
        let issuer = self.by_subject(certificate.issuer())?;
        let id = Certificate::from_der(&issuer).unwrap().subject_key_id().map(<[u8]>::to_vec);
        if let Some(aki) = certificate.authority_key_id() {
            assert_eq!(id.as_deref(), Some(aki));
        }
        Some(issuer)
    }
}

/// Base64, bare or as PEM.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let lines = text.split(|octet| *octet == b'\n').filter(|line| !line.starts_with(b"-----"));
    let (mut bits, mut count, mut octets) = (0_u32, 0, Vec::new());
    for letter in lines.flatten() {
        let Some(value) = alphabet.iter().position(|known| known == letter) else { continue };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
        }
    }
    octets
}
