//! The file tree: folders, files, PIN and key objects, flat and in the order of creation.

use alloc::vec::Vec;
use kaztoken_core::apdu::{AccessMode, AccessRules, Condition, Fci, FileKind, KeyProperties, ObjectKind};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Bytes a file takes beside its content: tag 81 of the FCI minus tag 80.
const OVERHEAD: u32 = 0x20;
/// Identifier of the root.
pub(crate) const MF: u16 = 0x3F00;
/// Where the token files PIN objects.
pub(crate) const PINS: &[u16] = &[0x1000, 0x1000];
/// Where the token files private keys.
pub(crate) const PRIVATE_KEYS: &[u16] = &[0x1000, 0x1000, 0x6002];
/// Where the token files public keys.
pub(crate) const PUBLIC_KEYS: &[u16] = &[0x1000, 0x1000, 0x6001];
/// Deepest folder. Bounds what a host can make the token keep; the limit of the chip is not public.
const MAX_DEPTH: usize = 16;

/// One file. Its path has no 3F00; the root's path is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) path: Vec<u16>,
    kind: u8,
    size: u16,
    properties: Option<[u8; 6]>,
    access: [u8; 15],
    /// EF: `size` bytes. PIN or key: empty until it is written or generated.
    pub(crate) content: Zeroizing<Vec<u8>>,
}

impl File {
    /// A file with this description. It gets its content's bytes when it is created: a host may describe more than
    /// there is memory for.
    pub(crate) fn new(folder: &[u16], fci: &Fci) -> Self {
        let path = if fci.id == MF { Vec::new() } else { folder.iter().copied().chain([fci.id]).collect() };
        Self {
            path,
            kind: fci.kind.to_byte(),
            size: fci.size,
            properties: fci.properties.map(|p| *p.as_bytes()),
            access: *fci.access.as_bytes(),
            content: Zeroizing::default(),
        }
    }

    pub(crate) fn id(&self) -> u16 {
        self.path.last().copied().unwrap_or(MF)
    }

    pub(crate) fn kind(&self) -> FileKind {
        FileKind::from_byte(self.kind)
    }

    pub(crate) fn size(&self) -> u16 {
        self.size
    }

    pub(crate) fn properties(&self) -> Option<KeyProperties> {
        self.properties.map(KeyProperties::from_bytes)
    }

    /// What a PIN or key object is.
    pub(crate) fn object(&self) -> Option<ObjectKind> {
        self.properties().map(|p| p.kind())
    }

    pub(crate) fn fci(&self) -> Fci {
        Fci {
            kind: self.kind(),
            id: self.id(),
            size: self.size,
            properties: self.properties(),
            access: AccessRules::from_bytes(self.access),
        }
    }

    /// Whether the rules let the holder of `verified` (a PIN reference) do it. A mode without condition
    /// allows all but deletion.
    pub(crate) fn allows(&self, mode: AccessMode, verified: Option<u8>) -> bool {
        match AccessRules::from_bytes(self.access).condition(mode) {
            None => mode != AccessMode::Delete,
            Some(Condition::Always) => true,
            Some(Condition::Never) => false,
            Some(condition) => verified
                .and_then(|reference| 1u8.checked_shl(u32::from(reference).checked_sub(1)?))
                .is_some_and(|bit| condition.to_byte() & bit != 0),
        }
    }

    /// Replaces the content of a PIN or key object.
    pub(crate) fn write_object(&mut self, content: &[u8]) {
        self.content = Zeroizing::new(content.to_vec());
        if self.object() == Some(ObjectKind::Pin) {
            self.size = u16::try_from(content.len()).unwrap_or(u16::MAX);
        }
    }

    /// Sets the low half of the fourth property byte.
    pub(crate) fn set_tries_left(&mut self, tries: u8) {
        if let Some(properties) = &mut self.properties {
            properties[3] = properties[3] & 0xF0 | tries & 0x0F;
        }
    }

    fn takes(&self) -> u32 {
        // The size field of a folder reserves nothing: the system folders have 0, the PKCS#15 one less than
        // it holds.
        OVERHEAD + if self.kind() == FileKind::Df { 0 } else { u32::from(self.size) }
    }

    fn is_child_of(&self, folder: &[u16]) -> bool {
        self.path.split_last().is_some_and(|(_, parent)| parent == folder)
    }
}

/// Why a file cannot be created.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum CreateError {
    Exists,
    Full,
}

/// All files.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Tree(Vec<File>);

impl Tree {
    pub(crate) fn get(&self, path: &[u16]) -> Option<&File> {
        self.0.iter().find(|file| file.path == path)
    }

    pub(crate) fn get_mut(&mut self, path: &[u16]) -> Option<&mut File> {
        self.0.iter_mut().find(|file| file.path == path)
    }

    pub(crate) fn children(&self, folder: &[u16]) -> impl Iterator<Item = &File> {
        self.0.iter().filter(move |file| file.is_child_of(folder))
    }

    /// The PIN objects, wherever they are filed.
    pub(crate) fn pins(&self) -> impl Iterator<Item = &File> {
        self.0.iter().filter(|file| file.object() == Some(ObjectKind::Pin))
    }

    /// The PIN object with this reference.
    pub(crate) fn pin(&self, reference: u8) -> Option<&File> {
        self.pins().find(|file| file.id() == reference.into())
    }

    /// Adds a file within `memory` bytes.
    pub(crate) fn create(&mut self, mut file: File, memory: u32) -> Result<(), CreateError> {
        if self.get(&file.path).is_some() {
            return Err(CreateError::Exists);
        }
        if file.path.len() > MAX_DEPTH || self.used().saturating_add(file.takes()) > memory {
            return Err(CreateError::Full);
        }
        if file.kind() == FileKind::Ef {
            file.content = Zeroizing::new(alloc::vec![0; file.size.into()]);
        }
        // No more than it takes: on a chip twice as much would not be there.
        self.0.reserve_exact(1);
        self.0.push(file);
        Ok(())
    }

    pub(crate) fn remove(&mut self, path: &[u16]) {
        self.0.retain(|file| file.path != path);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes taken by all files.
    pub(crate) fn used(&self) -> u32 {
        self.0.iter().fold(0, |used, file| used.saturating_add(file.takes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(access: [u8; 15]) -> File {
        let access = AccessRules::from_bytes(access);
        File::new(&[0x5000], &Fci { kind: FileKind::Ef, id: 0x5031, size: 128, properties: None, access })
    }

    #[test]
    fn conditions_are_masks_of_pin_references() {
        let f = file([0x47, 0x00, 0xFF, 0x02, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 0, 0]);
        assert!(f.allows(AccessMode::CreateOrRead, None));
        assert!(!f.allows(AccessMode::Update, Some(1)));
        assert!(f.allows(AccessMode::Use, Some(2)) && !f.allows(AccessMode::Use, Some(1)));
        assert!(f.allows(AccessMode::Delete, Some(1)) && !f.allows(AccessMode::Delete, None));
        let none = file([0; 15]);
        assert!(none.allows(AccessMode::Update, None) && !none.allows(AccessMode::Delete, Some(1)));
    }

    #[test]
    fn a_full_tree_and_a_double_file_are_refused() {
        let mut tree = Tree::default();
        assert_eq!(tree.create(file([0; 15]), 160), Ok(()));
        assert_eq!(tree.create(file([0; 15]), 1000), Err(CreateError::Exists));
        let mut other = file([0; 15]);
        other.path = alloc::vec![1];
        assert_eq!(tree.create(other, 319), Err(CreateError::Full));
        assert_eq!((tree.used(), tree.children(&[0x5000]).count(), tree.children(&[]).count()), (160, 1, 0));
    }
}
