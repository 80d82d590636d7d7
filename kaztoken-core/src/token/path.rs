//! Paths in the token's file system.

use core::fmt;

/// A path from the master file: up to six file identifiers, 3F00 not among them.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Path {
    ids: [u16; Self::MAX_DEPTH],
    len: u8,
}

impl Path {
    /// The deepest path.
    pub const MAX_DEPTH: usize = 6;
    /// The master file.
    pub const MF: Self = Self { ids: [0; Self::MAX_DEPTH], len: 0 };
    /// The folder of public key objects.
    pub const PUBLIC_KEYS: Self = Self::MF.child(0x1000).child(0x1000).child(0x6001);
    /// The folder of private key objects.
    pub const PRIVATE_KEYS: Self = Self::MF.child(0x1000).child(0x1000).child(0x6002);
    /// The folders of the vendor's objects and of other software.
    pub(super) const FOREIGN: [Self; 5] = {
        let system = Self::MF.child(0x1000);
        let vendor = system.child(0x1001);
        [
            vendor.child(0x8001),
            vendor.child(0x8002),
            system.child(0x1002),
            system.child(0x1003),
            system.child(0x1004),
        ]
    };
    /// The PKCS#15 application of OpenSC's layout.
    pub const PKCS15: Self = Self::MF.child(0x5000);

    /// The file `id` in this folder; at the deepest level the path itself.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "the index is compared with the length first")]
    pub const fn child(mut self, id: u16) -> Self {
        if (self.len as usize) < Self::MAX_DEPTH {
            self.ids[self.len as usize] = id;
            self.len += 1;
        }
        self
    }

    /// Reads identifiers of two bytes each; a leading 3F00 is dropped.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(&[0x3F, 0x00]).unwrap_or(bytes);
        if !bytes.len().is_multiple_of(2) || bytes.len() > 2 * Self::MAX_DEPTH {
            return None;
        }
        let ids = bytes.chunks_exact(2).filter_map(|id| id.try_into().ok().map(u16::from_be_bytes));
        Some(ids.fold(Self::MF, Self::child))
    }

    /// The identifiers, two bytes each, without 3F00.
    #[must_use]
    pub fn to_bytes(self) -> heapless::Vec<u8, { 2 * Self::MAX_DEPTH }> {
        let mut bytes = heapless::Vec::new();
        for id in self.ids() {
            // There is room for the deepest path.
            let _ = bytes.extend_from_slice(&id.to_be_bytes());
        }
        bytes
    }

    /// The identifiers from the top down.
    #[must_use]
    pub fn ids(&self) -> &[u16] {
        self.ids.get(..self.len.into()).unwrap_or_default()
    }

    /// The last identifier; 3F00 for the master file.
    #[must_use]
    pub fn id(&self) -> u16 {
        self.ids().last().copied().unwrap_or(0x3F00)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("3F00")?;
        self.ids().iter().try_for_each(|id| write!(f, "/{id:04X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn bytes_and_text() {
        let path = Path::from_bytes(&[0x3F, 0, 0x10, 0, 0x10, 0, 0x60, 2, 0, 1]).unwrap();
        assert_eq!(path, Path::PRIVATE_KEYS.child(1));
        assert_eq!(path.to_bytes(), [0x10, 0, 0x10, 0, 0x60, 2, 0, 1]);
        assert_eq!(path.to_string(), "3F00/1000/1000/6002/0001");
        assert_eq!(Path::from_bytes(&[1]), None);
        assert_eq!(Path::from_bytes(&[0; 14]), None);
        assert_eq!(Path::MF.id(), 0x3F00);
    }
}
