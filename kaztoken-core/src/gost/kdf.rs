//! Keys from keys and from passwords: HMAC, KDF, KDF_TREE and PBKDF2 over the GOST hash functions.
//!
//! | What | Standard | Here |
//! |---|---|---|
//! | HMAC_GOSTR3411_2012_256 and _512 | RFC 7836 section 4.1 | [`HmacStreebog256`], [`HmacStreebog512`] |
//! | HMAC_GOSTR3411 (the hash of 1994) | RFC 4357 section 3 | [`HmacGost94CryptoPro`], [`HmacGost94Test`] |
//! | KDF_TREE_GOSTR3411_2012_256 | RFC 7836 section 4.4 | [`kdf_tree`] |
//! | KDF_GOSTR3411_2012_256 | RFC 7836 section 4.5 | [`kdf`] |
//! | PBKDF2 | RFC 9337 section 4, RFC 8018 section 5.2 | [`Hmac::pbkdf2`] |
//!
//! ```
//! use core::num::NonZeroU32;
//! use kaztoken_core::gost::kdf::{HmacStreebog512, kdf};
//!
//! let mut tag = HmacStreebog512::new(b"key");
//! tag.update(b"message");
//! assert_eq!(tag.finish().len(), 64);
//!
//! let mut wrapping_key = [0; 32];
//! HmacStreebog512::pbkdf2(b"password", b"salt", NonZeroU32::MIN, &mut wrapping_key)?;
//! let session_key: [u8; 32] = *kdf(&wrapping_key, b"label", b"seed");
//! # assert_ne!(session_key, wrapping_key);
//! # Ok::<(), kaztoken_core::gost::kdf::KdfError>(())
//! ```

mod hmac;
mod password;
mod tree;

use core::fmt;

pub use self::hmac::{
    Hmac, HmacGost94CryptoPro, HmacGost94Test, HmacStreebog256, HmacStreebog512, KeyedHash,
};
pub use self::tree::{kdf, kdf_tree};

/// Why no key was derived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum KdfError {
    /// The counter of [`kdf_tree`] takes 1 to 4 octets (R of RFC 7836).
    CounterLength {
        /// Octets asked for.
        found: u8,
    },
    /// More octets than the function can give: 32 (2^(8 R) - 1) for [`kdf_tree`] with R octets of
    /// counter, (2^32 - 1) times the digest's length for [`Hmac::pbkdf2`].
    OutputLength {
        /// Octets asked for.
        found: usize,
    },
}

impl fmt::Display for KdfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CounterLength { found } => {
                write!(f, "a KDF_TREE counter of {found} octets; it takes 1 to 4")
            }
            Self::OutputLength { found } => {
                write!(
                    f,
                    "{found} octets are more than this derivation can give; derive several keys instead"
                )
            }
        }
    }
}

impl core::error::Error for KdfError {}
