//! Block ciphers, their modes, and key wraps, where key stores, CMS and password encryption need them.
//!
//! | What | Standard | Here |
//! |---|---|---|
//! | GOST 28147-89, one block | RFC 5830 section 5 | [`Gost28147`], [`Sbox`] |
//! | its CFB and CNT | RFC 5830 sections 6 and 7 | [`Cfb`], [`Cnt`] |
//! | key meshing | RFC 4357 section 2.3 | [`KeyMeshing`] |
//! | its MAC | RFC 5830 section 8, `gost28147IMIT` of RFC 4357 | [`Imit`] |
//! | Magma, Kuznyechik | RFC 8891, RFC 7801 | [`Magma`], [`Kuznyechik`] |
//! | CTR, CTR-ACPKM | GOST R 34.13-2015, RFC 8645 | [`Ctr`] |
//! | OMAC | GOST R 34.13-2015 | [`Omac`] |
//! | key wraps | RFC 4357 section 6, RFC 7836 section 4.6, RFC 9189 | [`wrap`] |
//!
//! All work in place on the caller's buffers, in pieces of any length. GOST 28147-89 and Magma run in
//! constant time; [`Kuznyechik`] is table based and does not.
//!
//! None of the encryption modes notices that a message was changed: verify a code or a signature first.
//!
//! ```
//! use kaztoken_core::gost::cipher::{Cfb, Gost28147, KeyMeshing, Sbox};
//!
//! let mut text = *b"any number of octets";
//! let cipher = Gost28147::new(&[7; 32], Sbox::CryptoProA);
//! Cfb::new(cipher.clone(), &[1; 8], KeyMeshing::CryptoPro).encrypt(&mut text);
//! assert_ne!(&text, b"any number of octets");
//! Cfb::new(cipher, &[1; 8], KeyMeshing::CryptoPro).decrypt(&mut text);
//! assert_eq!(&text, b"any number of octets");
//! ```

mod block;
mod counter;
mod export;
mod feedback;
mod gost28147;
mod imit;
mod omac;
mod sbox;
pub mod wrap;

use core::fmt;

pub use self::block::{BlockCipher, Kuznyechik};
pub use self::counter::Ctr;
pub use self::feedback::{Cfb, Cnt, KeyMeshing};
pub use self::gost28147::{Gost28147, Magma};
pub use self::imit::Imit;
pub use self::omac::Omac;
pub use self::sbox::Sbox;

/// Why nothing was enciphered, or no key came out of a wrap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CipherError {
    /// The initialisation vector or seed has a wrong length.
    IvLength {
        /// Octets given.
        found: usize,
    },
    /// The section of CTR-ACPKM is 0, or no multiple of the block's octets.
    SectionLength {
        /// Octets given.
        found: usize,
    },
    /// The key to wrap has not 32 or 64 octets.
    KeyLength {
        /// Octets given.
        found: usize,
    },
    /// What should be a wrapped key has a wrong length.
    WrappedLength {
        /// Octets given.
        found: usize,
    },
    /// The checksum inside a wrapped key is wrong: another key encryption key, another parameter set, or
    /// damage. No key is given out.
    Integrity,
}

impl fmt::Display for CipherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IvLength { found } => {
                write!(f, "an initialisation vector or seed of {found} octets does not fit this cipher")
            }
            Self::SectionLength { found } => {
                write!(f, "an ACPKM section of {found} octets; it takes a multiple of the cipher's block")
            }
            Self::KeyLength { found } => write!(f, "a key of {found} octets to wrap; 32 or 64 can be"),
            Self::WrappedLength { found } => write!(f, "{found} octets are no key wrapped this way"),
            Self::Integrity => {
                f.write_str("the wrapped key does not open: wrong password, key or parameter set, or damaged")
            }
        }
    }
}

impl core::error::Error for CipherError {}
