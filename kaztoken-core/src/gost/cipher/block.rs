//! What the modes of GOST R 34.13-2015 need of a block cipher, and Kuznyechik.

use core::fmt;

use kuznyechik::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A cipher of GOST R 34.12-2015 with a key of 256 bits: [`Magma`](super::Magma) or [`Kuznyechik`].
pub trait BlockCipher: Sized + sealed::Sealed {
    /// A block: 8 or 16 octets.
    type Block: AsRef<[u8]> + AsMut<[u8]> + Copy + Default + Zeroize + fmt::Debug + 'static;

    /// With this key.
    fn new(key: &[u8; 32]) -> Self;

    /// Enciphers one block in place.
    fn encrypt_block(&self, block: &mut Self::Block);

    /// Deciphers one block in place.
    fn decrypt_block(&self, block: &mut Self::Block);
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// Octets of a block.
pub(super) fn block_len<C: BlockCipher>() -> usize {
    C::Block::default().as_ref().len()
}

/// GOST R 34.12-2015 "Kuznyechik" with a key (RFC 7801): 128-bit blocks. Wiped when dropped.
///
/// **Not constant time**: the crate `kuznyechik` looks its substitutions up in tables of 64 KB a direction.
/// Who shares a cache with this process may learn about keys. [`Magma`](super::Magma) has no such tables.
#[derive(Clone)]
pub struct Kuznyechik(::kuznyechik::Kuznyechik);

impl sealed::Sealed for Kuznyechik {}

impl BlockCipher for Kuznyechik {
    type Block = [u8; 16];

    fn new(key: &[u8; 32]) -> Self {
        let mut key = Zeroizing::new(*key);
        let mut array = Array::from(*key);
        let this = Self(::kuznyechik::Kuznyechik::new(&array));
        array.as_mut_slice().zeroize();
        key.zeroize();
        this
    }

    fn encrypt_block(&self, block: &mut [u8; 16]) {
        self.0.encrypt_block(block.into());
    }

    fn decrypt_block(&self, block: &mut [u8; 16]) {
        self.0.decrypt_block(block.into());
    }
}

impl ZeroizeOnDrop for Kuznyechik {}

impl fmt::Debug for Kuznyechik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kuznyechik")
    }
}
