//! Random numbers that repeat from run to run.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::memcheck;

/// SplitMix64: everybody can compute what it gives, but memcheck is told that it is secret.
pub(crate) struct SecretSource(pub(crate) u64);

impl SecretSource {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Octets that nobody is told to keep.
    pub(crate) fn fill(&mut self, octets: &mut [u8]) {
        octets.fill_with(|| self.next() as u8);
    }
}

impl TryRng for SecretSource {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = self.next();
        memcheck::secret(&mut word);
        Ok(word)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.fill(octets);
        memcheck::secret(octets);
        Ok(())
    }
}

impl TryCryptoRng for SecretSource {}
