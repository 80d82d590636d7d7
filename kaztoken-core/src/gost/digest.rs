//! What is signed.

use super::error::DecodeError;
use super::octets::{Integer, MAX, Octets};

/// A hash value: 32 or 64 octets **exactly as the hash function gives them out**.
///
/// The scheme reads them as a little-endian number e; the token does the same, so nothing is
/// ever reversed. (RFC 7091 prints the number, the highest digit first.) e = 0 mod q counts as 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Digest(Octets<MAX>);

impl Digest {
    /// From 32 or 64 octets.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for any other length.
    pub fn from_slice(octets: &[u8]) -> Result<Self, DecodeError> {
        match octets.len() {
            32 | 64 => Ok(Self(Octets::new().append(octets.iter().copied()))),
            found => Err(DecodeError::Length { found }),
        }
    }

    /// The octets, as the hash function gave them.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The number e of the standard, before reduction by q.
    pub(super) fn number(&self) -> Integer {
        Integer::from_le(self.as_slice())
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl From<[u8; 32]> for Digest {
    fn from(octets: [u8; 32]) -> Self {
        Self(Octets::new().append(octets))
    }
}

impl From<[u8; 64]> for Digest {
    fn from(octets: [u8; 64]) -> Self {
        Self(Octets::new().append(octets))
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = DecodeError;

    fn try_from(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_slice(octets)
    }
}
