//! The stream modes of GOST 28147-89 and the key meshing that goes with them.

use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::gost28147::Gost28147;

/// What happens to the key while data goes by (RFC 4357 section 2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum KeyMeshing {
    /// Nothing: `id-Gost28147-89-None-KeyMeshing`. What the test S-box goes with.
    None,
    /// A new key after each 1024 octets: `id-Gost28147-89-CryptoPro-KeyMeshing`. What all other parameter
    /// sets of RFC 4357 go with.
    CryptoPro,
}

/// Octets between two meshings.
const SECTION: usize = 1024;

/// The constant C of RFC 4357 section 2.3.2.
const MESH: [u8; 32] = [
    0x69, 0x00, 0x72, 0x22, 0x64, 0xc9, 0x04, 0x23, 0x8d, 0x3a, 0xdb, 0x96, 0x46, 0xe9, 0x2a, 0xc4, 0x18,
    0xfe, 0xac, 0x94, 0x00, 0xed, 0x07, 0x12, 0xc0, 0x86, 0xdc, 0xc2, 0xef, 0x4c, 0xa9, 0x2b,
];

/// A key that meshes itself.
#[derive(Clone)]
pub(super) struct MeshedKey {
    cipher: Gost28147,
    meshing: KeyMeshing,
    blocks: usize,
}

impl MeshedKey {
    pub(super) fn new(cipher: Gost28147, meshing: KeyMeshing) -> Self {
        Self { cipher, meshing, blocks: 0 }
    }

    /// To be called before each block. True when the key has just changed.
    pub(super) fn before_block(&mut self) -> bool {
        let full = self.blocks == SECTION / 8 && self.meshing == KeyMeshing::CryptoPro;
        if full {
            self.blocks = 0;
            let mut key = Zeroizing::new(MESH);
            for place in key.chunks_exact_mut(8) {
                if let Ok(block) = place.try_into() {
                    self.cipher.decrypt_block(block);
                }
            }
            self.cipher = Gost28147::new(&key, self.cipher.sbox());
        }
        self.blocks = self.blocks.wrapping_add(1);
        full
    }

    pub(super) const fn cipher(&self) -> &Gost28147 {
        &self.cipher
    }
}

/// CFB with blocks of 64 bits: "gamma with feedback" of RFC 5830 section 7, `encryptCFB` of RFC 4357.
///
/// An object enciphers or deciphers one message, in pieces of any length. Constant time; wiped when dropped.
#[derive(Clone)]
pub struct Cfb {
    key: MeshedKey,
    /// The last ciphertext as far as it is there, and gamma for the rest of the block.
    register: Zeroizing<[u8; 8]>,
    used: usize,
}

impl Cfb {
    /// Starts with an initialisation vector, which must not repeat under one key.
    #[must_use]
    pub fn new(cipher: Gost28147, iv: &[u8; 8], meshing: KeyMeshing) -> Self {
        Self { key: MeshedKey::new(cipher, meshing), register: Zeroizing::new(*iv), used: 8 }
    }

    /// Enciphers the next piece of the message in place.
    pub fn encrypt(&mut self, data: &mut [u8]) {
        for octet in data {
            let gamma = self.next();
            *octet ^= *gamma;
            *gamma = *octet;
        }
    }

    /// Deciphers the next piece of the message in place.
    pub fn decrypt(&mut self, data: &mut [u8]) {
        for octet in data {
            let gamma = self.next();
            let cipher = *octet;
            *octet ^= *gamma;
            *gamma = cipher;
        }
    }

    /// The next octet of gamma, where the ciphertext is to be put.
    fn next(&mut self) -> &mut u8 {
        if self.used == 8 {
            self.used = 0;
            if self.key.before_block() {
                self.key.cipher().encrypt_block(&mut self.register);
            }
            self.key.cipher().encrypt_block(&mut self.register);
        }
        let at = self.used;
        self.used = at.wrapping_add(1);
        let [a, b, c, d, e, f, g, h] = &mut *self.register;
        match at {
            0 => a,
            1 => b,
            2 => c,
            3 => d,
            4 => e,
            5 => f,
            6 => g,
            _ => h,
        }
    }
}

impl ZeroizeOnDrop for Cfb {}

impl fmt::Debug for Cfb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cfb")
    }
}

/// The counter mode of GOST 28147-89: "gamma" of RFC 5830 section 6, `encryptCNT` of RFC 4357.
///
/// Not the CTR of Magma and Kuznyechik: this one has a counter of its own kind. Enciphering and deciphering
/// are the same. Constant time; wiped when dropped.
#[derive(Clone)]
pub struct Cnt {
    key: MeshedKey,
    /// N3 and N4.
    counter: Zeroizing<[u8; 8]>,
    gamma: Zeroizing<[u8; 8]>,
    used: usize,
}

impl Cnt {
    /// Starts with an initialisation vector, which must not repeat under one key.
    #[must_use]
    pub fn new(cipher: Gost28147, iv: &[u8; 8], meshing: KeyMeshing) -> Self {
        let mut counter = Zeroizing::new(*iv);
        cipher.encrypt_block(&mut counter);
        Self { key: MeshedKey::new(cipher, meshing), counter, gamma: Zeroizing::new([0; 8]), used: 8 }
    }

    /// Enciphers or deciphers the next piece of the message in place.
    pub fn apply(&mut self, data: &mut [u8]) {
        for octet in data {
            if self.used >= self.gamma.len() {
                self.step();
            }
            *octet ^= self.gamma.get(self.used).copied().unwrap_or_default();
            self.used = self.used.wrapping_add(1);
        }
    }

    fn step(&mut self) {
        if self.key.before_block() {
            self.key.cipher().encrypt_block(&mut self.counter);
        }
        let number = u64::from_le_bytes(*self.counter);
        let low = (number & 0xffff_ffff).wrapping_add(0x0101_0101) & 0xffff_ffff;
        // Modulo 2^32 - 1: the carry comes back in.
        let high = (number >> 32).wrapping_add(0x0101_0104);
        let high = (high & 0xffff_ffff).wrapping_add(high >> 32);
        *self.counter = (low | (high << 32)).to_le_bytes();
        *self.gamma = *self.counter;
        self.key.cipher().encrypt_block(&mut self.gamma);
        self.used = 0;
    }
}

impl ZeroizeOnDrop for Cnt {}

impl fmt::Debug for Cnt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cnt")
    }
}
