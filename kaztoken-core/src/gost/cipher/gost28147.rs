//! The block transformation of GOST 28147-89 (RFC 5830), and Magma (RFC 8891), which is the same with
//! another byte order.

use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::block::{BlockCipher, sealed};
use super::sbox::Sbox;

/// GOST 28147-89 with a key: 64-bit blocks, 256-bit key. Constant time. The key is wiped when dropped.
#[derive(Clone)]
pub struct Gost28147 {
    words: Zeroizing<[u32; 8]>,
    sbox: Sbox,
}

impl Gost28147 {
    /// From the key as RFC 4357 writes it: little-endian words.
    #[must_use]
    pub fn new(key: &[u8; 32], sbox: Sbox) -> Self {
        Self { words: key_words(key, u32::from_le_bytes), sbox }
    }

    /// The substitutions.
    #[must_use]
    pub const fn sbox(&self) -> Sbox {
        self.sbox
    }

    /// Enciphers one block in place: ECB, the "simple substitution" of RFC 5830 section 5.1.
    pub fn encrypt_block(&self, block: &mut [u8; 8]) {
        let (n1, n2) = halves(block);
        let (n1, n2) = rounds(&self.words, self.sbox, ENCRYPT, (n1, n2));
        *block = joined(n2, n1);
    }

    /// Deciphers one block in place (RFC 5830 section 5.2).
    pub fn decrypt_block(&self, block: &mut [u8; 8]) {
        let (n1, n2) = halves(block);
        let (n1, n2) = rounds(&self.words, self.sbox, DECRYPT, (n1, n2));
        *block = joined(n2, n1);
    }

    /// The first 16 rounds of encryption: the step of the MAC (RFC 5830 section 8).
    pub(super) fn mac_rounds(&self, block: &mut [u8; 8]) {
        let (n1, n2) = halves(block);
        let (n1, n2) = rounds(&self.words, self.sbox, &[false, false], (n1, n2));
        *block = joined(n1, n2);
    }
}

impl ZeroizeOnDrop for Gost28147 {}

impl fmt::Debug for Gost28147 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gost28147").field("sbox", &self.sbox).finish_non_exhaustive()
    }
}

/// GOST R 34.12-2015 "Magma" with a key (RFC 8891): 64-bit blocks. Constant time. Wiped when dropped.
#[derive(Clone)]
pub struct Magma {
    words: Zeroizing<[u32; 8]>,
}

impl sealed::Sealed for Magma {}

impl BlockCipher for Magma {
    type Block = [u8; 8];

    fn new(key: &[u8; 32]) -> Self {
        Self { words: key_words(key, u32::from_be_bytes) }
    }

    fn encrypt_block(&self, block: &mut [u8; 8]) {
        block.reverse();
        let (n1, n2) = rounds(&self.words, Sbox::Tc26Z, ENCRYPT, halves(block));
        *block = joined(n2, n1);
        block.reverse();
    }

    fn decrypt_block(&self, block: &mut [u8; 8]) {
        block.reverse();
        let (n1, n2) = rounds(&self.words, Sbox::Tc26Z, DECRYPT, halves(block));
        *block = joined(n2, n1);
        block.reverse();
    }
}

impl ZeroizeOnDrop for Magma {}

impl fmt::Debug for Magma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Magma")
    }
}

/// Runs of eight rounds: true for the key's words in reverse.
const ENCRYPT: &[bool] = &[false, false, false, true];
const DECRYPT: &[bool] = &[false, true, true, true];

fn key_words(key: &[u8; 32], word: fn([u8; 4]) -> u32) -> Zeroizing<[u32; 8]> {
    let mut words = Zeroizing::new([0; 8]);
    for (place, octets) in words.iter_mut().zip(key.chunks_exact(4)) {
        *place = octets.try_into().map(word).unwrap_or_default();
    }
    words
}

/// N1 and N2 after the rounds, without the exchange that the last round of a whole encryption leaves out.
#[inline]
fn rounds(words: &[u32; 8], sbox: Sbox, runs: &[bool], (mut n1, mut n2): (u32, u32)) -> (u32, u32) {
    let sbox = sbox.sliced();
    let f = |n: u32, k: u32| sbox.substitute(n.wrapping_add(k)).rotate_left(11);
    let [a, b, c, d, e, f_, g, h] = *words;
    for reversed in runs {
        let pairs =
            if *reversed { [(h, g), (f_, e), (d, c), (b, a)] } else { [(a, b), (c, d), (e, f_), (g, h)] };
        for (first, second) in pairs {
            n2 ^= f(n1, first);
            n1 ^= f(n2, second);
        }
    }
    (n1, n2)
}

fn halves(block: &[u8; 8]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = *block;
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
}

fn joined(low: u32, high: u32) -> [u8; 8] {
    let ([a, b, c, d], [e, f, g, h]) = (low.to_le_bytes(), high.to_le_bytes());
    [a, b, c, d, e, f, g, h]
}
