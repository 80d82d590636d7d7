//! The MAC of GOST 28147-89, "imitovstavka".

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::feedback::{KeyMeshing, MeshedKey};
use super::gost28147::Gost28147;

/// The message authentication code of GOST 28147-89 (RFC 5830 section 8): 4 octets.
///
/// 32 bits protect against chance and little else. The last block is padded with zeros, and the standard
/// knows no message of less than two blocks: a shorter one counts as if zeros followed. So messages must not
/// differ in zeros at their end alone. Constant time; wiped when dropped.
#[derive(Clone)]
pub struct Imit {
    key: MeshedKey,
    state: Zeroizing<[u8; 8]>,
    /// Octets of the last block that are in the state.
    filled: usize,
    blocks: u64,
}

impl Imit {
    /// The code of the standard: from a state of zeros.
    #[must_use]
    pub fn new(cipher: Gost28147, meshing: KeyMeshing) -> Self {
        Self::with_iv(cipher, &[0; 8], meshing)
    }

    /// `gost28147IMIT` of RFC 4357 section 1.1, which starts with an initialisation vector.
    #[must_use]
    pub fn with_iv(cipher: Gost28147, iv: &[u8; 8], meshing: KeyMeshing) -> Self {
        Self { key: MeshedKey::new(cipher, meshing), state: Zeroizing::new(*iv), filled: 0, blocks: 0 }
    }

    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        for octet in piece {
            if let Some(place) = self.state.get_mut(self.filled) {
                *place ^= octet;
            }
            self.filled = self.filled.wrapping_add(1);
            if self.filled == self.state.len() {
                self.block();
            }
        }
    }

    /// The code over all pieces.
    #[must_use]
    pub fn finish(mut self) -> [u8; 4] {
        if self.filled > 0 {
            self.block();
        }
        while self.blocks < 2 {
            self.block();
        }
        let [a, b, c, d, ..] = *self.state;
        [a, b, c, d]
    }

    /// True when `code` is the code over all pieces. Constant time.
    #[must_use]
    pub fn verify(self, code: &[u8; 4]) -> bool {
        self.finish().ct_eq(code).into()
    }

    fn block(&mut self) {
        self.key.before_block();
        self.key.cipher().mac_rounds(&mut self.state);
        self.filled = 0;
        self.blocks = self.blocks.saturating_add(1);
    }
}

impl ZeroizeOnDrop for Imit {}

impl fmt::Debug for Imit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Imit")
    }
}
