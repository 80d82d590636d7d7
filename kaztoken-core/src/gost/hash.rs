//! Hash functions: GOST R 34.11-2012 ("Streebog", RFC 6986) and GOST R 34.11-94 (RFC 5831).
//!
//! The 1994 hash depends on a table (S-box). Kazakhstan's GOST 34.311-95 uses the *test* one of
//! RFC 4357 section 11.2, Russian software the CryptoPro one; they give unrelated digests.
//!
//! All types implement the traits of the crate `digest` 0.11 and wipe their state when dropped. What is
//! not called constant time looks up tables by octets of the message: for public messages only.

mod buffer;
pub mod gost94;
pub mod streebog;

use core::fmt;

use digest::{FixedOutput as _, Update as _};

pub use self::gost94::{Gost94CryptoPro, Gost94Test};
pub use self::streebog::{ConstantTimeStreebog256, ConstantTimeStreebog512, Streebog256, Streebog512};

use super::digest::Digest;

/// A hash function by name, where a type parameter would be in the way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// GOST R 34.11-2012, 256 bits; Kazakh identifier 1.2.398.3.10.1.3.2.
    Streebog256,
    /// GOST R 34.11-2012, 512 bits; Kazakh identifier 1.2.398.3.10.1.3.3.
    Streebog512,
    /// GOST R 34.11-94 with the test S-box: GOST 34.311-95 as Kazakhstan uses it, 1.2.398.3.10.1.3.1.
    Gost94Test,
    /// GOST R 34.11-94 with the CryptoPro S-box: RFC 4490, 1.2.643.2.2.9.
    Gost94CryptoPro,
}

impl HashAlgorithm {
    /// Octets of the digest: 32 or 64.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Streebog512 => 64,
            Self::Streebog256 | Self::Gost94Test | Self::Gost94CryptoPro => 32,
        }
    }

    /// Short name, `Streebog-512`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Streebog256 => "Streebog-256",
            Self::Streebog512 => "Streebog-512",
            Self::Gost94Test => "GOST R 34.11-94 (test S-box)",
            Self::Gost94CryptoPro => "GOST R 34.11-94 (CryptoPro S-box)",
        }
    }

    /// Digest of a message held in one piece.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(message);
        hasher.finish()
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A hash computation under way, for messages that come in pieces.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Streebog256(Streebog256),
    Streebog512(Streebog512),
    Gost94Test(Gost94Test),
    Gost94CryptoPro(Gost94CryptoPro),
}

impl Hasher {
    /// Starts with the empty message.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Streebog256 => State::Streebog256(Streebog256::default()),
            HashAlgorithm::Streebog512 => State::Streebog512(Streebog512::default()),
            HashAlgorithm::Gost94Test => State::Gost94Test(Gost94Test::default()),
            HashAlgorithm::Gost94CryptoPro => State::Gost94CryptoPro(Gost94CryptoPro::default()),
        })
    }

    /// Which function this is.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        match self.0 {
            State::Streebog256(_) => HashAlgorithm::Streebog256,
            State::Streebog512(_) => HashAlgorithm::Streebog512,
            State::Gost94Test(_) => HashAlgorithm::Gost94Test,
            State::Gost94CryptoPro(_) => HashAlgorithm::Gost94CryptoPro,
        }
    }

    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            State::Streebog256(hash) => hash.update(piece),
            State::Streebog512(hash) => hash.update(piece),
            State::Gost94Test(hash) => hash.update(piece),
            State::Gost94CryptoPro(hash) => hash.update(piece),
        }
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Streebog256(hash) => Digest::from(<[u8; 32]>::from(hash.finalize_fixed())),
            State::Streebog512(hash) => Digest::from(<[u8; 64]>::from(hash.finalize_fixed())),
            State::Gost94Test(hash) => Digest::from(<[u8; 32]>::from(hash.finalize_fixed())),
            State::Gost94CryptoPro(hash) => Digest::from(<[u8; 32]>::from(hash.finalize_fixed())),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm())
    }
}
