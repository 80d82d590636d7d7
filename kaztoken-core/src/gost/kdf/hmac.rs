//! HMAC (RFC 2104) over any of the hash functions.
//!
//! Own code and not the crate `hmac`: that one keeps the state behind the padded key only for hash types
//! that open up their compression function, and PBKDF2 lives on that state.

use core::fmt;

use digest::Digest;
use digest::common::BlockSizeUser;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::super::hash::{Gost94CryptoPro, Gost94Test};
use super::super::octets::{MAX, Octets};
use super::super::secret_hash::{SecretStreebog256, SecretStreebog512};

/// HMAC_GOSTR3411_2012_256, 32 octets (RFC 7836 section 4.1.1); OID 1.2.643.7.1.1.4.1.
pub type HmacStreebog256 = Hmac<SecretStreebog256>;
/// HMAC_GOSTR3411_2012_512, 64 octets (RFC 7836 section 4.1.2); OID 1.2.643.7.1.1.4.2.
pub type HmacStreebog512 = Hmac<SecretStreebog512>;
/// HMAC_GOSTR3411, 32 octets, with the CryptoPro S-box (RFC 4357 section 3). Table based, not constant time.
pub type HmacGost94CryptoPro = Hmac<Gost94CryptoPro>;
/// HMAC_GOSTR3411, 32 octets, with the test S-box, which is what Kazakhstan's GOST 34.311-95 uses. Table
/// based, not constant time.
pub type HmacGost94Test = Hmac<Gost94Test>;

/// A hash function that HMAC can be built on: those of the four aliases.
///
/// Their blocks (B of RFC 2104) and digests take 32 or 64 octets.
pub trait KeyedHash: Digest + BlockSizeUser + Clone + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! keyed_hash {
    ($($hash:ty),*) => {
        $(
            impl sealed::Sealed for $hash {}
            impl KeyedHash for $hash {}
        )*
    };
}
keyed_hash!(SecretStreebog256, SecretStreebog512, Gost94CryptoPro, Gost94Test);

/// A message authentication code under way.
///
/// Cloning one that has only seen its key saves half of the work for short messages. The states are wiped
/// when dropped.
#[derive(Clone)]
pub struct Hmac<H> {
    inner: H,
    outer: H,
}

impl<H: KeyedHash> Hmac<H> {
    /// Octets of the code.
    pub(super) fn output_len() -> usize {
        <H as Digest>::output_size().min(MAX)
    }

    /// Starts with the key, of any length; longer ones than a block (64 octets, or 32 with the hash of 1994)
    /// are hashed first.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0_u8; MAX]);
        let block_len = H::block_size().min(MAX);
        if key.len() > block_len {
            let mut digest = H::digest(key);
            copy(block.as_mut_slice(), &digest);
            digest.as_mut_slice().zeroize();
        } else {
            copy(block.as_mut_slice(), key);
        }
        let padded = |block: &mut [u8; MAX], pad: u8| {
            block.iter_mut().for_each(|octet| *octet ^= pad);
            let mut hash = H::new();
            hash.update(block.get(..block_len).unwrap_or_default());
            hash
        };
        let inner = padded(&mut block, 0x36);
        let outer = padded(&mut block, 0x36 ^ 0x5c);
        Self { inner, outer }
    }

    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        self.inner.update(piece);
    }

    /// The code over all pieces: 32 or 64 octets, wiped when dropped.
    #[must_use]
    pub fn finish(self) -> Zeroizing<Octets<MAX>> {
        let mut code = Zeroizing::new([0; MAX]);
        self.finish_into(code.as_mut_slice());
        Zeroizing::new(Octets::new().append(code.iter().copied().take(Self::output_len())))
    }

    /// True when `code` is the code over all pieces, in full length. Constant time but for the length.
    #[must_use]
    pub fn verify(self, code: &[u8]) -> bool {
        self.finish().as_slice().ct_eq(code).into()
    }

    /// As [`Self::finish`], into the head of `out`, which has room for it.
    pub(in super::super) fn finish_into(mut self, out: &mut [u8]) {
        let mut digest = self.inner.finalize();
        self.outer.update(&digest);
        self.outer.finalize_into(&mut digest);
        copy(out, &digest);
        digest.as_mut_slice().zeroize();
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(place, octet)| *place = *octet);
}

impl<H> fmt::Debug for Hmac<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hmac")
    }
}
