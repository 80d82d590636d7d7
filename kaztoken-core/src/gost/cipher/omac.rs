//! OMAC, the MAC mode of GOST R 34.13-2015.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::block::{BlockCipher, block_len};

/// The message authentication code of Magma (8 octets) and Kuznyechik (16).
///
/// As constant in time as the cipher is; wiped when dropped.
#[derive(Clone)]
pub struct Omac<C: BlockCipher> {
    cipher: C,
    state: C::Block,
    /// Octets of the last block that are in the state; a full one waits to see whether it is the last.
    filled: usize,
}

impl<C: BlockCipher> Omac<C> {
    /// Starts with the key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { cipher: C::new(key), state: C::Block::default(), filled: 0 }
    }

    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        for octet in piece {
            if self.filled == block_len::<C>() {
                self.cipher.encrypt_block(&mut self.state);
                self.filled = 0;
            }
            if let Some(place) = self.state.as_mut().get_mut(self.filled) {
                *place ^= octet;
            }
            self.filled = self.filled.wrapping_add(1);
        }
    }

    /// The code over all pieces, of a block's length.
    #[must_use]
    pub fn finish(mut self) -> C::Block {
        let mut key = C::Block::default();
        self.cipher.encrypt_block(&mut key);
        double(key.as_mut());
        if let Some(place) = self.state.as_mut().get_mut(self.filled) {
            *place ^= 0x80;
            double(key.as_mut());
        }
        self.state.as_mut().iter_mut().zip(key.as_ref()).for_each(|(place, octet)| *place ^= octet);
        key.zeroize();
        self.cipher.encrypt_block(&mut self.state);
        self.state
    }

    /// True when `code` is the code over all pieces, in full length. Constant time but for the length.
    #[must_use]
    pub fn verify(self, code: &[u8]) -> bool {
        self.finish().as_ref().ct_eq(code).into()
    }
}

/// Times x in the field of 2^64 or 2^128 elements, in constant time.
fn double(number: &mut [u8]) {
    let polynomial: u8 = if number.len() == 8 { 0x1b } else { 0x87 };
    let carry = number.iter_mut().rev().fold(0, |carry, octet| {
        let out = *octet >> 7;
        *octet = (*octet << 1) | carry;
        out
    });
    if let Some(lowest) = number.last_mut() {
        *lowest ^= polynomial & carry.wrapping_neg();
    }
}

impl<C: BlockCipher> Drop for Omac<C> {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

impl<C: BlockCipher + ZeroizeOnDrop> ZeroizeOnDrop for Omac<C> {}

impl<C: BlockCipher> fmt::Debug for Omac<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Omac")
    }
}
