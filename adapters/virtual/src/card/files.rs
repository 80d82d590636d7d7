//! Files: SELECT and listing, CREATE, DELETE, READ, UPDATE.

use super::{Result, VirtualToken, keys, pins};
use crate::state::{ADMIN, State, USER};
use crate::store::Store;
use crate::tree::{CreateError, File, MF, PINS, PRIVATE_KEYS, PUBLIC_KEYS};
use alloc::vec::Vec;
use kaztoken_core::apdu::{AccessMode, Fci, FileKind, ObjectKind, StatusWord};

/// The folder a PIN or key object is filed in, whatever folder is current. The current one when it is
/// missing.
fn folder_of<'a>(state: &State, object: ObjectKind, current: &'a [u16]) -> &'a [u16] {
    let folder: &'static [u16] = match object {
        ObjectKind::Pin => PINS,
        object if object.is_private_key() => PRIVATE_KEYS,
        _ => PUBLIC_KEYS,
    };
    if state.tree.get(folder).is_some() { folder } else { current }
}

fn id_of(data: &[u8]) -> Option<u16> {
    data.try_into().ok().map(u16::from_be_bytes)
}

impl<S: Store> VirtualToken<S> {
    /// Whether the rules and the verified PIN allow it; while formatting everything is allowed.
    pub(super) fn require(&self, file: &File, mode: AccessMode) -> Result<()> {
        if self.state.formatting || file.allows(mode, self.session.verified) {
            Ok(())
        } else {
            Err(StatusWord::ACCESS_DENIED)
        }
    }

    fn current_folder(&self) -> Result<&File> {
        self.state.tree.get(&self.session.folder).ok_or(StatusWord::NOT_FOUND)
    }

    /// The selected EF, PIN or key object.
    pub(super) fn current_file(&self) -> Result<&File> {
        let id = self.session.file.ok_or(StatusWord::NO_CURRENT_FILE)?;
        self.child(id).map_err(|_| StatusWord::NO_CURRENT_FILE)
    }

    fn child(&self, id: u16) -> Result<&File> {
        let mut children = self.state.tree.children(&self.session.folder);
        children.find(|file| file.id() == id).ok_or(StatusWord::NOT_FOUND)
    }

    pub(super) fn select(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        let template = match p2 {
            0x00 | 0x02 => 0x6F,
            0x04 => 0x62,
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        };
        let tree = &self.state.tree;
        let folder = &self.session.folder;
        let file = match (p1, p2, data.len()) {
            (0x00, 0x02, 2) => {
                let mut children = tree.children(folder).skip_while(|file| Some(file.id()) != id_of(data));
                children.nth(1)
            }
            (_, 0x02, _) => return Err(StatusWord::WRONG_PARAMETERS),
            (0x00, _, 0) => tree.children(folder).next(),
            (0x00, _, 2) if id_of(data) == Some(MF) => tree.get(&[]),
            (0x00, _, 2) => tree.children(folder).find(|file| Some(file.id()) == id_of(data)),
            (0x03, _, 0) => tree.get(folder.get(..folder.len().saturating_sub(1)).unwrap_or_default()),
            (0x08, _, len) if len != 0 && len.is_multiple_of(2) => {
                let path: Vec<u16> = data.chunks_exact(2).filter_map(id_of).collect();
                tree.get(&path)
            }
            (0x00 | 0x03 | 0x08, ..) => return Err(StatusWord::WRONG_LENGTH),
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        };
        let file = file.ok_or(StatusWord::NOT_FOUND)?;
        let answer = file.fci().select_answer(template).to_vec();
        let mut path = file.path.clone();
        self.session.file = if file.kind() == FileKind::Df { None } else { path.pop() };
        self.session.folder = path;
        Ok(answer)
    }

    pub(super) fn create_file(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        if (p1, p2) != (0, 0) {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let fci = Fci::parse(data).map_err(|_| StatusWord::WRONG_DATA)?;
        let is_root = fci.id == MF;
        let (folder, mode) = match (fci.kind, fci.properties) {
            (FileKind::Df, None) => (&*self.session.folder, AccessMode::CreateOrRead),
            (FileKind::Ef, None) if !is_root => (&*self.session.folder, AccessMode::CreateOrRead),
            (FileKind::Rsf, Some(properties)) if !is_root && self.is_possible(&fci) => {
                (folder_of(&self.state, properties.kind(), &self.session.folder), AccessMode::Update)
            }
            _ => return Err(StatusWord::WRONG_DATA),
        };
        match self.state.tree.get(folder) {
            Some(_) if is_root => return Err(StatusWord::FILE_EXISTS),
            Some(parent) => self.require(parent, mode)?,
            None if is_root => {}
            None => return Err(StatusWord::NOT_FOUND),
        }
        let is_pin = fci.properties.is_some_and(|properties| properties.kind() == ObjectKind::Pin);
        if is_pin && self.state.tree.pins().any(|pin| pin.id() == fci.id) {
            return Err(StatusWord::FILE_EXISTS);
        }
        let file = File::new(folder, &fci);
        // A new folder becomes the current one, a new file does not.
        let entered = (fci.kind == FileKind::Df).then(|| file.path.clone());
        let memory = self.state.memory();
        self.change(|state| {
            state.tree.create(file, memory).map_err(|error| match error {
                CreateError::Exists => StatusWord::FILE_EXISTS,
                CreateError::Full => StatusWord::NO_MEMORY,
            })
        })?;
        if let Some(path) = entered {
            self.session.folder = path;
            self.session.file = None;
        }
        Ok(Vec::new())
    }

    /// Whether a PIN or key object can be as its description says.
    fn is_possible(&self, fci: &Fci) -> bool {
        let Some(properties) = fci.properties else { return false };
        match properties.kind() {
            ObjectKind::Pin => {
                [ADMIN, USER].iter().any(|&reference| u16::from(reference) == fci.id)
                    && usize::from(fci.size) <= pins::MAX_PIN
                    && (1..=properties.max_tries()).contains(&properties.tries_left())
            }
            _ => keys::is_possible(&properties, fci.size),
        }
    }

    /// DELETE FILE: a child of the current folder; without data the selected file.
    pub(super) fn delete(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        if (p1, p2) != (0, 0) {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let file = match id_of(data) {
            Some(id) => self.child(id)?,
            None if !data.is_empty() => return Err(StatusWord::WRONG_LENGTH),
            None if self.session.file.is_some() => self.current_file()?,
            None => self.current_folder()?,
        };
        self.require(file, AccessMode::Delete)?;
        if self.state.tree.children(&file.path).next().is_some() {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let path = file.path.clone();
        self.change(|state| {
            state.tree.remove(&path);
            Ok(())
        })?;
        if self.session.folder == path {
            self.session.folder.pop();
        }
        if self.current_file().is_err() {
            self.session.file = None;
        }
        Ok(Vec::new())
    }

    /// The selected EF and the offset in P1 P2 (15 bits), which may be the file's end.
    fn binary(&self, p1: u8, p2: u8, mode: AccessMode) -> Result<(&File, usize)> {
        if p1 & 0x80 != 0 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let file = self.current_file()?;
        if file.kind() != FileKind::Ef {
            return Err(StatusWord::NO_CURRENT_FILE);
        }
        self.require(file, mode)?;
        let offset = usize::from(u16::from_be_bytes([p1, p2]));
        if offset > file.content.len() { Err(StatusWord::WRONG_OFFSET) } else { Ok((file, offset)) }
    }

    pub(super) fn read(&self, p1: u8, p2: u8, data: &[u8], ne: u32) -> Result<Vec<u8>> {
        if !data.is_empty() || ne == 0 {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let (file, offset) = self.binary(p1, p2, AccessMode::CreateOrRead)?;
        Ok(file.content.iter().skip(offset).take(ne as usize).copied().collect())
    }

    pub(super) fn update(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        if data.is_empty() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let (file, offset) = self.binary(p1, p2, AccessMode::Update)?;
        let path = file.path.clone();
        self.change(|state| {
            let file = state.tree.get_mut(&path).ok_or(StatusWord::NOT_FOUND)?;
            let place = file.content.get_mut(offset..offset + data.len()).ok_or(StatusWord::NO_MEMORY)?;
            place.copy_from_slice(data);
            Ok(Vec::new())
        })
    }
}
