//! What a token remembers without power.

use crate::model::Model;
use crate::tree::{File, PINS, Tree};
use alloc::string::String;
use core::fmt;
use kaztoken_core::apdu::{AccessRules, Fci, FileKind, KeyProperties};
use serde::{Deserialize, Serialize};

/// PIN reference of the administrator.
pub(crate) const ADMIN: u8 = 1;
/// PIN reference of the user.
pub(crate) const USER: u8 = 2;

/// Everything a token keeps without power: files, keys, PINs with their counters.
///
/// Holds secrets in the clear; wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub(crate) model: Model,
    pub(crate) serial: u64,
    /// Between `80 8A` and `80 84 4E 19`: access rules do not apply.
    pub(crate) formatting: bool,
    pub(crate) tree: Tree,
    /// Memory for files, where there is less than the model's. That of the machine, so it is not stored.
    #[serde(skip)]
    pub(crate) memory: Option<u32>,
}

impl State {
    /// A token as erased by `80 8A`: no file, no PIN, ready to be formatted.
    #[must_use]
    pub fn blank(model: Model, serial: u64) -> Self {
        Self { model, serial, formatting: true, tree: Tree::default(), memory: None }
    }

    /// A token as the vendor's tools leave it, as far as that is known: see the crate's documentation. PINs
    /// 87654321 (administrator) and 12345678 (user).
    #[must_use]
    pub fn factory(model: Model, serial: u64) -> Self {
        let mut state = Self::blank(model, serial);
        let mut create = |folder: &[u16], fci: &Fci, content: &[u8]| {
            let mut file = File::new(folder, fci);
            if fci.kind == FileKind::Rsf {
                file.write_object(content);
            }
            // The tree is new and the model's memory far larger than these files.
            let _ = state.tree.create(file, u32::MAX);
        };
        let folder = |id, access: [u8; 15]| Fci {
            kind: FileKind::Df,
            id,
            size: 0,
            properties: None,
            access: AccessRules::from_bytes(access),
        };
        let system = |id| folder(id, [0x43, 2, 2, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0]);
        create(&[], &folder(crate::tree::MF, [0x47, 2, 2, 1, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0]), &[]);
        create(&[], &system(0x1000), &[]);
        create(&[0x1000], &system(0x1000), &[]);
        for id in 0x6001..=0x6005 {
            create(&[0x1000, 0x1000], &system(id), &[]);
        }
        for id in 0x1001..=0x1004 {
            create(&[0x1000], &system(id), &[]);
        }
        for id in 0x8001..=0x8002 {
            create(&[0x1000, 0x1001], &system(id), &[]);
        }
        let pin = |reference: u8, unblock: u8, change: u8| Fci {
            kind: FileKind::Rsf,
            id: reference.into(),
            size: 8,
            properties: Some(KeyProperties::pin(6, 10)),
            access: AccessRules::from_bytes([0x43, unblock, change, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0]),
        };
        create(PINS, &pin(ADMIN, 0xFF, ADMIN), b"87654321");
        create(PINS, &pin(USER, ADMIN, ADMIN | USER), b"12345678");
        state.formatting = false;
        state
    }

    /// The same token with less memory for files and their headers than its model's, in bytes: on a chip that has
    /// less. What is there stays. Not part of the encoded state.
    #[must_use]
    pub const fn with_memory(mut self, bytes: u32) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Memory for files and their headers, in bytes.
    pub(crate) fn memory(&self) -> u32 {
        self.memory.unwrap_or(u32::MAX).min(self.model.memory())
    }

    /// Which token this is.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The serial number, as `CA 01 81` answers it (8 bytes, big-endian).
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// Free memory in bytes.
    #[must_use]
    pub fn free_memory(&self) -> u32 {
        self.memory().saturating_sub(self.tree.used())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serial: String = alloc::format!("{:016x}", self.serial);
        f.debug_struct("State").field("model", &self.model).field("serial", &serial).finish_non_exhaustive()
    }
}
