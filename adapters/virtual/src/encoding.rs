//! The state as bytes: `KAZTOKEN`, version (u16), payload length (u32), payload, SHA-256 of all before.
//! Little-endian.
//!
//! The payload is postcard. A change of any stored type is a new version.

use crate::state::State;
use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"KAZTOKEN";
/// The version this program writes.
const VERSION: u16 = 1;
const HEADER: usize = 14;
const CHECKSUM: usize = 32;

/// Why bytes are no state.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end early.
    Truncated,
    /// Not a state at all, or changed after it was written.
    Corrupt,
    /// Written by another version of this program.
    OtherVersion {
        /// The version found.
        found: u16,
        /// The version this program reads and writes.
        known: u16,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("it ends early"),
            Self::Corrupt => f.write_str("it is damaged or is not a virtual token's state"),
            Self::OtherVersion { found, known } => {
                write!(f, "it has format version {found}, this program reads version {known}")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

impl State {
    /// The state as bytes, wiped when dropped.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Writing to a growing vector: none of these types can fail to serialise.
        let payload = Zeroizing::new(postcard::to_allocvec(self).unwrap_or_default());
        let mut out = Zeroizing::new(Vec::with_capacity(HEADER + payload.len() + CHECKSUM));
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&payload);
        let checksum = Sha256::digest(out.as_slice());
        out.extend_from_slice(&checksum);
        out
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`DecodeError`], told apart as far as the bytes allow.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let known = bytes.len().min(MAGIC.len());
        if bytes.get(..known) != MAGIC.get(..known) {
            return Err(DecodeError::Corrupt);
        }
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(DecodeError::Truncated)?;
        let &[.., v0, v1, l0, l1, l2, l3] = header;
        let found = u16::from_le_bytes([v0, v1]);
        if found != VERSION {
            return Err(DecodeError::OtherVersion { found, known: VERSION });
        }
        let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let (payload, checksum) = rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        if checksum.len() < CHECKSUM {
            return Err(DecodeError::Truncated);
        }
        let covered = bytes.get(..HEADER + len).ok_or(DecodeError::Truncated)?;
        if Sha256::digest(covered).as_slice() != checksum {
            return Err(DecodeError::Corrupt);
        }
        postcard::from_bytes(payload).map_err(|_| DecodeError::Corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    #[test]
    fn every_cut_and_every_changed_byte_is_noticed() {
        let state = State::factory(Model::KaztokenSc, 0x4773_8461);
        let bytes = state.encode();
        assert!(State::decode(&bytes).is_ok_and(|read| read == state));
        for cut in 0..bytes.len() {
            assert_eq!(State::decode(&bytes[..cut]).err(), Some(DecodeError::Truncated), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            let expected = match at {
                8 | 9 => DecodeError::OtherVersion {
                    found: u16::from_le_bytes([changed[8], changed[9]]),
                    known: 1,
                },
                10..14 if changed[at] > bytes[at] => DecodeError::Truncated,
                _ => DecodeError::Corrupt,
            };
            assert_eq!(State::decode(&changed).err(), Some(expected), "byte {at}");
        }
        let mut longer = bytes.to_vec();
        longer.push(0);
        assert_eq!(State::decode(&longer).err(), Some(DecodeError::Corrupt));
    }
}
