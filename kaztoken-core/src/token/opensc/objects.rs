//! Objects of OpenSC's layout: list, register a key, store and read certificates, delete.

use super::super::files::Found;
use super::super::keys::{Algorithm, KeyRef};
use super::super::login::{User, Verified};
use super::super::{Error, Path, Session};
use super::directory::{self, end, entries};
use super::entry::{self, EntryBuf, Object};
use super::kind::{DirectoryKind, odf_record};
use super::{ODF, ef, user_rules};
use crate::apdu::tlv;

/// The size of a directory file.
pub const DIRECTORY_LEN: usize = 2048;
/// The bytes one UPDATE BINARY takes.
const WRITE_LEN: usize = 255;

/// The bytes of one directory file.
#[derive(Clone, Debug)]
pub struct Objects {
    kind: DirectoryKind,
    bytes: [u8; DIRECTORY_LEN],
    len: usize,
}

impl Objects {
    /// The objects in it.
    pub fn iter(&self) -> impl Iterator<Item = Object<'_>> {
        entries(self.kind, self.used())
    }

    fn used(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Session<'_> {
    /// Reads a directory file. One that is not there is empty: OpenSC makes it on first use.
    pub async fn objects(&mut self, kind: DirectoryKind) -> Result<Objects, Error> {
        let mut objects = Objects { kind, bytes: [0; DIRECTORY_LEN], len: 0 };
        let path = Path::PKCS15.child(kind.file_id());
        objects.len = self.read_start(path, &mut objects.bytes).await?.unwrap_or(0);
        Ok(objects)
    }

    /// Counts the certificates of all layouts that are known.
    pub(in super::super) async fn count_certificates(&mut self) -> Result<u16, Error> {
        let mut count = 0u16;
        if self.look(Path::PKCS15).await? != Found::No {
            count = self.objects(DirectoryKind::Certificates).await?.iter().count() as u16;
        }
        Ok(count.saturating_add(self.middleware_certificates().await?))
    }

    /// Reads the file of an object, such as a certificate's DER; returns its length.
    pub async fn read_object(&mut self, object: &Object<'_>, out: &mut [u8]) -> Result<usize, Error> {
        self.read_file(object.path.ok_or(Error::NotFound { what: "file" })?, out).await
    }
}

impl Verified<'_, '_, User> {
    /// Gives a key pair its entries: the public key in a file of its own, then an entry in the
    /// directory of public keys, then in that of private keys. `public_key` is what the file
    /// shall hold: for GOST the OCTET STRING of X and Y, for RSA the DER of RSAPublicKey.
    pub async fn register_key(
        &mut self,
        key: KeyRef,
        algorithm: Algorithm,
        public_key: &[u8],
        id: &[u8],
        label: &str,
    ) -> Result<(), Error> {
        let private_entry = entry::private_key(label, id, key, algorithm)?;
        let build = |file| entry::public_key(label, id, file, algorithm);
        self.store(DirectoryKind::PublicKeys, public_key, build).await?;
        self.append(DirectoryKind::PrivateKeys, &private_entry).await
    }

    /// Stores a certificate's DER.
    pub async fn store_certificate(&mut self, der: &[u8], id: &[u8], label: &str) -> Result<(), Error> {
        self.store(DirectoryKind::Certificates, der, |file| entry::certificate(label, id, file)).await
    }

    /// Puts content into a file of its own, then its entry into the directory. When the directory
    /// cannot take the entry, the file is deleted again.
    async fn store(
        &mut self,
        kind: DirectoryKind,
        content: &[u8],
        build: impl Fn(Path) -> Result<EntryBuf, Error>,
    ) -> Result<(), Error> {
        // Refused here, before anything is written, when label or identifier are too long.
        build(Path::PKCS15.child(kind.content_base()))?;
        let file = self.create_content(kind, content).await?;
        let entry = build(file)?;
        let Err(error) = self.append(kind, &entry).await else { return Ok(()) };
        // Unless the entry got there all the same (its answer was garbled), nothing names the file.
        if let Ok(objects) = self.objects(kind).await {
            if objects.iter().all(|object| object.path != Some(file)) {
                let _ = self.delete_file(file).await;
            }
        }
        Err(error)
    }

    /// Deletes an object: its file, if it lies in this layout's folder, then its entry. A private
    /// key's own files are deleted with [`delete_key`](Verified::delete_key).
    pub async fn delete_object(&mut self, object: &Object<'_>) -> Result<(), Error> {
        // Content files only: an entry may name anything, also a directory file.
        let content = |path: &Path| matches!(path.ids(), [0x5000, 0x0200..=0x05FF]);
        if let Some(path) = object.path.filter(content) {
            match self.delete_file(path).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.remove_entry(object).await
    }

    /// Creates the first free content file with these bytes in it. When writing fails, it is deleted.
    async fn create_content(&mut self, kind: DirectoryKind, content: &[u8]) -> Result<Path, Error> {
        let size = u16::try_from(content.len())
            .ok()
            .filter(|size| *size <= 0x7FFF)
            .ok_or(Error::WrongInput { what: "a file on the token has at most 32767 bytes" })?;
        self.select(Path::PKCS15).await.map_err(no_layout)?;
        for number in 0..=0xFF {
            let file = Path::PKCS15.child(kind.content_base() | number);
            if self.look(file).await? != Found::No {
                continue;
            }
            self.create_file(Path::PKCS15, ef(file.id(), size, user_rules())).await?;
            if let Err(error) = self.write_file(file, 0, content).await {
                // The first error is the one to tell; the file is only lost space if this fails too.
                let _ = self.delete_file(file).await;
                return Err(error);
            }
            return Ok(file);
        }
        Err(Error::Full { what: "the folder 5000" })
    }

    /// Writes an entry behind the last one, in one write.
    async fn append(&mut self, kind: DirectoryKind, new: &[u8]) -> Result<(), Error> {
        let path = Path::PKCS15.child(kind.file_id());
        if self.look(path).await? == Found::No {
            self.create_file(Path::PKCS15, ef(kind.file_id(), DIRECTORY_LEN as u16, user_rules())).await?;
            // What a new file holds is not public: a zero makes it an empty list.
            self.write_file(path, 0, &[0]).await?;
        }
        self.announce(kind).await?;
        let objects = self.objects(kind).await?;
        let end = end(kind, objects.used());
        let mut bytes: heapless::Vec<u8, WRITE_LEN> = heapless::Vec::new();
        let room = objects.len.saturating_sub(end);
        if room < new.len() || bytes.extend_from_slice(new).is_err() {
            return Err(Error::Full { what: "the directory file" });
        }
        // A zero behind it ends the list, where there is room.
        if room > new.len() {
            let _ = bytes.push(0);
        }
        self.write_file(path, end, &bytes).await
    }

    /// Puts the directory file into the object directory file, if it is not there.
    async fn announce(&mut self, kind: DirectoryKind) -> Result<(), Error> {
        let mut odf = [0; 128];
        let path = Path::PKCS15.child(ODF.id);
        let len = self.read_start(path, &mut odf).await?.ok_or(Error::NoLayout)?;
        let used = odf.get(..len).unwrap_or_default();
        let record = odf_record(kind.odf_tag(), kind.file_id());
        if tlv::find(used, kind.odf_tag().into()).is_some() {
            return Ok(());
        }
        let end = end(kind, used);
        if len.saturating_sub(end) < record.len() {
            return Err(Error::Full { what: "the object directory file" });
        }
        self.write_file(path, end, &record).await
    }

    /// Takes an entry out, so that a cut after any single write leaves a directory that reads well
    /// (see [`directory::removal`]).
    async fn remove_entry(&mut self, object: &Object<'_>) -> Result<(), Error> {
        let kind = object.kind;
        let path = Path::PKCS15.child(kind.file_id());
        let mut objects = self.objects(kind).await?;
        if !objects.iter().any(|now| now == *object) {
            return Err(Error::NotFound { what: "directory entry" });
        }
        let (at, old_end) = (object.at, end(kind, objects.used()));
        directory::removal(&mut objects.bytes, at, object.len, old_end)?;
        self.write_file(path, at, &[0]).await?;
        let pieces = objects.bytes.get(at..old_end).unwrap_or_default();
        for (number, piece) in pieces.chunks(WRITE_LEN).enumerate().rev() {
            self.write_selected(at.saturating_add(number.saturating_mul(WRITE_LEN)), piece).await?;
        }
        Ok(())
    }
}

fn no_layout(error: Error) -> Error {
    match error {
        Error::NotFound { .. } => Error::NoLayout,
        error => error,
    }
}
