//! The layout seen in vendor middleware: a name map and compressed certificates. Not confirmed on
//! hardware.
//!
//! * The map, 1000/1010/1010: the header `01 00 00 10`, then entries of one byte key number, the
//!   alias in ASCII, and a zero byte.
//! * A certificate, 1000/1000/6004/00nn: two bytes of length, then the DER compressed with gzip, at
//!   most 2048 bytes of it. Which byte of the length comes first was not seen; both are read, and
//!   the most significant first is written, as the other numbers of that middleware are.
//!
//! What access rules and sizes that middleware gives these files was not seen either. So the map is
//! never created here, only read and continued, and certificates are stored only where it is.
//! Compression is the caller's affair: these functions take and give the gzip bytes.

use super::files::Found;
use super::keys::KeyRef;
use super::login::{User, Verified};
use super::{Error, Path, Session, Step};
use crate::apdu::{AccessMode, AccessRules, Condition, Fci, FileKind};

/// The file of the name map.
pub const MAP: Path = Path::MF.child(0x1000).child(0x1010).child(0x1010);
/// The folder of certificates.
pub const CERTIFICATES: Path = Path::MF.child(0x1000).child(0x1000).child(0x6004);
/// The most compressed bytes of a certificate.
pub const MAX_COMPRESSED: usize = 2048;
/// The longest map that is read.
pub const MAX_MAP: usize = 2048;

const HEADER: [u8; 4] = [0x01, 0x00, 0x00, 0x10];
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// The name map's bytes.
#[derive(Clone, Debug)]
pub struct NameMap {
    bytes: [u8; MAX_MAP],
    len: usize,
}

impl NameMap {
    /// The key numbers and their aliases, in the map's order, up to the first that is broken.
    pub fn iter(&self) -> impl Iterator<Item = (KeyRef, &str)> {
        let mut rest = self.bytes.get(..self.len).and_then(|b| b.strip_prefix(&HEADER)).unwrap_or_default();
        core::iter::from_fn(move || {
            let (&number, after) = rest.split_first()?;
            let key = KeyRef::new(number)?;
            let end = after.iter().position(|b| *b == 0)?;
            let alias = core::str::from_utf8(after.get(..end)?).ok().filter(|a| a.is_ascii())?;
            rest = after.get(end.saturating_add(1)..)?;
            Some((key, alias))
        })
    }

    /// The alias of a key.
    #[must_use]
    pub fn alias(&self, key: KeyRef) -> Option<&str> {
        self.iter().find(|(k, _)| *k == key).map(|(_, alias)| alias)
    }

    /// Where the entries end.
    fn end(&self) -> usize {
        self.iter().fold(HEADER.len(), |end, (_, alias)| end.saturating_add(alias.len()).saturating_add(2))
    }
}

impl Session<'_> {
    /// Reads the name map.
    ///
    /// # Errors
    /// [`Error::NoLayout`] when there is none or it has another header.
    pub async fn name_map(&mut self) -> Result<NameMap, Error> {
        let mut map = NameMap { bytes: [0; MAX_MAP], len: 0 };
        match self.look(MAP).await? {
            Found::No => return Err(Error::NoLayout),
            Found::Yes(fci) => {
                let size = usize::from(fci.size).min(MAX_MAP);
                map.len = self.read_selected(0, map.bytes.get_mut(..size).unwrap_or_default()).await?;
            }
        }
        if map.bytes.starts_with(&HEADER) && map.len >= HEADER.len() { Ok(map) } else { Err(Error::NoLayout) }
    }

    /// Reads a certificate's gzip bytes.
    pub async fn read_compressed_certificate<'o>(
        &mut self,
        key: KeyRef,
        out: &'o mut [u8; MAX_COMPRESSED + 2],
    ) -> Result<&'o [u8], Error> {
        let size = match self.look(CERTIFICATES.child(key.id())).await? {
            Found::No => return Err(Error::NotFound { what: "certificate" }),
            Found::Yes(fci) => usize::from(fci.size).min(out.len()),
        };
        let len = self.read_selected(0, out.get_mut(..size).unwrap_or_default()).await?;
        let malformed = Error::Malformed { step: Step::Read, what: "no length and gzip data" };
        let (length, data) = out.get(..len).and_then(|b| b.split_first_chunk::<2>()).ok_or(malformed)?;
        if !data.starts_with(&GZIP_MAGIC) {
            return Err(malformed);
        }
        let big = usize::from(u16::from_be_bytes(*length));
        let little = usize::from(u16::from_le_bytes(*length));
        // The larger one that fits: the file may be longer than its content.
        let len = [big, little].into_iter().filter(|n| *n <= data.len()).max().ok_or(malformed)?;
        data.get(..len).ok_or(malformed)
    }

    /// Counts the certificates of this layout.
    pub(super) async fn middleware_certificates(&mut self) -> Result<u16, Error> {
        self.count_children(CERTIFICATES).await
    }
}

impl Verified<'_, '_, User> {
    /// Puts a key's alias into the map, behind the last, in one write.
    pub async fn add_alias(&mut self, key: KeyRef, alias: &str) -> Result<(), Error> {
        if alias.is_empty() || alias.len() > 64 || !alias.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::WrongInput { what: "an alias has 1 to 64 ASCII letters, digits or signs" });
        }
        let map = self.name_map().await?;
        if map.alias(key).is_some() {
            return Err(Error::Exists { what: "name for this key" });
        }
        let mut entry: heapless::Vec<u8, 67> = heapless::Vec::new();
        let parts: [&[u8]; 3] = [&[key.get()], alias.as_bytes(), &[0]];
        for part in parts {
            entry.extend_from_slice(part).map_err(|_| Error::Full { what: "the name map" })?;
        }
        self.write_file(MAP, map.end(), &entry).await
    }

    /// Stores a certificate that the caller has compressed with gzip.
    pub async fn store_compressed_certificate(&mut self, key: KeyRef, gzip: &[u8]) -> Result<(), Error> {
        if !gzip.starts_with(&GZIP_MAGIC) {
            return Err(Error::WrongInput { what: "these are no gzip data" });
        }
        if gzip.len() > MAX_COMPRESSED {
            return Err(Error::WrongInput {
                what: "the certificate is too large: at most 2048 bytes compressed",
            });
        }
        self.name_map().await?;
        let len = gzip.len() as u16;
        let access = AccessRules::new(&[
            (AccessMode::CreateOrRead, Condition::Always),
            (AccessMode::Update, Condition::User),
            (AccessMode::Delete, Condition::User),
        ]);
        let size = len.saturating_add(2);
        let fci = Fci { kind: FileKind::Ef, id: key.id(), size, properties: None, access };
        self.create_file(CERTIFICATES, fci).await?;
        let path = CERTIFICATES.child(key.id());
        let written = match self.write_file(path, 0, &len.to_be_bytes()).await {
            Ok(()) => self.write_selected(2, gzip).await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            // The first error is the one to tell; half a certificate is of no use.
            let _ = self.delete_file(path).await;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn map(content: &[u8]) -> NameMap {
        let mut map = NameMap { bytes: [0; MAX_MAP], len: MAX_MAP };
        map.bytes[..content.len()].copy_from_slice(content);
        map
    }

    #[test]
    fn aliases() {
        let map = map(b"\x01\x00\x00\x10\x0118f3a\0\x02key\0");
        let all: Vec<_> = map.iter().map(|(key, alias)| (key.get(), alias)).collect();
        assert_eq!(all, [(1, "18f3a"), (2, "key")]);
        assert_eq!(map.alias(KeyRef::new(2).unwrap()), Some("key"));
        assert_eq!(map.end(), 4 + 7 + 5);
    }

    #[test]
    fn broken_maps_end() {
        assert_eq!(map(b"\x01\x00\x00\x10\x01\xFF\xFE\0").iter().count(), 0);
        assert_eq!(map(b"\x02\x00\x00\x10\x01a\0").iter().count(), 0);
        let mut full = map(b"\x01\x00\x00\x10");
        full.bytes[4..].fill(b'a');
        assert_eq!(full.iter().count(), 0);
    }
}
