//! CTR of GOST R 34.13-2015, with and without the re-keying of RFC 8645.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::CipherError;
use super::block::{BlockCipher, block_len};

/// The counter mode of Magma and Kuznyechik. Enciphering and deciphering are the same.
///
/// With ACPKM a new key, made from the old one, takes over after each section of the message. As constant in
/// time as the cipher is; wiped when dropped.
#[derive(Clone)]
pub struct Ctr<C: BlockCipher> {
    cipher: C,
    counter: C::Block,
    gamma: C::Block,
    used: usize,
    /// Octets of a section, and those left of the current one; without ACPKM none.
    section: Option<(usize, usize)>,
}

impl<C: BlockCipher> Ctr<C> {
    /// CTR with one key. The initialisation vector has half a block (4 octets for Magma, 8 for Kuznyechik)
    /// and must not repeat under one key; the other half of the block counts.
    ///
    /// # Errors
    /// [`CipherError::IvLength`].
    pub fn new(key: &[u8; 32], iv: &[u8]) -> Result<Self, CipherError> {
        Self::build(key, iv, None)
    }

    /// CTR-ACPKM (RFC 8645) with sections of so many octets, a multiple of the block's; the
    /// protocol fixes how many.
    ///
    /// # Errors
    /// [`CipherError::IvLength`], [`CipherError::SectionLength`].
    pub fn with_acpkm(key: &[u8; 32], iv: &[u8], section: usize) -> Result<Self, CipherError> {
        if section == 0 || !section.is_multiple_of(block_len::<C>()) {
            return Err(CipherError::SectionLength { found: section });
        }
        Self::build(key, iv, Some((section, section)))
    }

    fn build(key: &[u8; 32], iv: &[u8], section: Option<(usize, usize)>) -> Result<Self, CipherError> {
        let len = block_len::<C>();
        if iv.len() != len / 2 {
            return Err(CipherError::IvLength { found: iv.len() });
        }
        let mut counter = C::Block::default();
        counter.as_mut().iter_mut().zip(iv).for_each(|(place, octet)| *place = *octet);
        Ok(Self { cipher: C::new(key), counter, gamma: C::Block::default(), used: len, section })
    }

    /// Enciphers or deciphers the next piece of the message in place.
    pub fn apply(&mut self, data: &mut [u8]) {
        for octet in data {
            let gamma = match self.gamma.as_ref().get(self.used) {
                Some(gamma) => *gamma,
                None => self.step(),
            };
            *octet ^= gamma;
            self.used = self.used.wrapping_add(1);
        }
    }

    /// The gamma of the next block, and its first octet.
    fn step(&mut self) -> u8 {
        let len = block_len::<C>();
        if let Some((section, left)) = self.section {
            let left = if left == 0 {
                self.cipher = C::new(&acpkm(&self.cipher));
                section
            } else {
                left
            };
            self.section = Some((section, left.saturating_sub(len)));
        }
        self.gamma = self.counter;
        self.cipher.encrypt_block(&mut self.gamma);
        for octet in self.counter.as_mut().iter_mut().rev() {
            *octet = octet.wrapping_add(1);
            if *octet != 0 {
                break;
            }
        }
        self.used = 0;
        self.gamma.as_ref().first().copied().unwrap_or_default()
    }
}

/// ACPKM (RFC 8645): the next key, the constants 80, 81, ..., 9F enciphered.
fn acpkm<C: BlockCipher>(cipher: &C) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let mut constants = 0x80_u8..;
    for place in key.chunks_exact_mut(block_len::<C>()) {
        let mut block = C::Block::default();
        block.as_mut().iter_mut().zip(&mut constants).for_each(|(octet, constant)| *octet = constant);
        cipher.encrypt_block(&mut block);
        place.iter_mut().zip(block.as_ref()).for_each(|(octet, found)| *octet = *found);
        block.zeroize();
    }
    key
}

impl<C: BlockCipher> Drop for Ctr<C> {
    fn drop(&mut self) {
        self.gamma.zeroize();
    }
}

impl<C: BlockCipher + ZeroizeOnDrop> ZeroizeOnDrop for Ctr<C> {}

impl<C: BlockCipher> fmt::Debug for Ctr<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ctr")
    }
}
