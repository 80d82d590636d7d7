//! GOST R 34.11-94, RFC 5831; in Kazakhstan GOST 34.311-95.
//!
//! The hash depends on an S-box: [`Test`] gives Kazakhstan's GOST 34.311-95, [`CryptoPro`] what Russian
//! software used. Its memory accesses depend on the message, so it is for public messages.

mod compression;
mod substitution;

use core::fmt;
use core::marker::PhantomData;

use digest::common::BlockSizeUser;
use digest::consts::U32;
use digest::{FixedOutput, FixedOutputReset, HashMarker, Output, OutputSizeUser, Reset, Update};
use zeroize::{Zeroize, ZeroizeOnDrop};

use self::compression::{Words, chi};
use self::substitution::{CRYPTO_PRO, TEST, Tables, tables};
use super::buffer::{Buffer, add_le, words_le};

/// GOST R 34.11-94 with the test S-box: GOST 34.311-95 as Kazakhstan uses it.
pub type Gost94Test = Gost94<Test>;
/// GOST R 34.11-94 with the CryptoPro S-box.
pub type Gost94CryptoPro = Gost94<CryptoPro>;

mod sealed {
    pub trait Parameters: 'static {
        fn tables() -> &'static super::Tables;
        const NAME: &'static str;
    }
}

/// S-box of the hash: [`Test`] or [`CryptoPro`].
pub trait Parameters: sealed::Parameters {}

/// id-GostR3411-94-TestParamSet.
#[derive(Clone, Copy, Debug)]
pub enum Test {}

/// id-GostR3411-94-CryptoProParamSet.
#[derive(Clone, Copy, Debug)]
pub enum CryptoPro {}

impl Parameters for Test {}

impl sealed::Parameters for Test {
    fn tables() -> &'static Tables {
        static TABLES: Tables = tables(&TEST);
        &TABLES
    }
    const NAME: &'static str = "GOST R 34.11-94 (test S-box)";
}

impl Parameters for CryptoPro {}

impl sealed::Parameters for CryptoPro {
    fn tables() -> &'static Tables {
        static TABLES: Tables = tables(&CRYPTO_PRO);
        &TABLES
    }
    const NAME: &'static str = "GOST R 34.11-94 (CryptoPro S-box)";
}

/// A digest under way; `P` is the S-box. The initial value is zero, as every known use has it.
pub struct Gost94<P: Parameters> {
    chain: Chain,
    buffer: Buffer<32>,
    kind: PhantomData<fn() -> P>,
}

/// What RFC 5831 section 6 carries from block to block.
#[derive(Clone)]
struct Chain {
    h: Words,
    /// L: bits taken.
    bits: u128,
    /// SIGMA: sum of the blocks modulo 2^256.
    sum: Words,
}

impl Chain {
    const fn new() -> Self {
        Self { h: [0; 4], bits: 0, sum: [0; 4] }
    }

    #[inline]
    fn take(&mut self, tables: &Tables, block: &[u8; 32], bits: u128) {
        let m = words_le(block);
        chi(tables, &mut self.h, &m);
        self.bits = self.bits.wrapping_add(bits);
        add_le(&mut self.sum, &m);
    }

    /// Steps 2.6 and 2.7.
    fn close(&mut self, tables: &Tables) {
        chi(tables, &mut self.h, &[self.bits as u64, (self.bits >> 64) as u64, 0, 0]);
        chi(tables, &mut self.h, &self.sum);
    }

    fn wipe(&mut self) {
        self.h.zeroize();
        self.bits.zeroize();
        self.sum.zeroize();
    }
}

impl<P: Parameters> Gost94<P> {
    fn finish(&mut self, out: &mut Output<Self>) {
        let tables = P::tables();
        // No block at all for the empty message: so do all implementations but one (OpenSSL's engine
        // takes a block of zeros).
        if self.buffer.len() != 0 {
            let bits = 8 * self.buffer.len() as u128;
            let block = self.buffer.padded(0);
            self.chain.take(tables, block, bits);
        }
        self.chain.close(tables);
        for (to, from) in out.iter_mut().zip(self.chain.h.iter().flat_map(|word| word.to_le_bytes())) {
            *to = from;
        }
    }
}

impl<P: Parameters> Default for Gost94<P> {
    fn default() -> Self {
        Self { chain: Chain::new(), buffer: Buffer::new(), kind: PhantomData }
    }
}

impl<P: Parameters> Clone for Gost94<P> {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), buffer: self.buffer.clone(), kind: PhantomData }
    }
}

impl<P: Parameters> Update for Gost94<P> {
    fn update(&mut self, data: &[u8]) {
        let tables = P::tables();
        let chain = &mut self.chain;
        self.buffer.feed(data, |block| chain.take(tables, block, 256));
    }
}

impl<P: Parameters> OutputSizeUser for Gost94<P> {
    type OutputSize = U32;
}

impl<P: Parameters> BlockSizeUser for Gost94<P> {
    type BlockSize = U32;
}

impl<P: Parameters> FixedOutput for Gost94<P> {
    fn finalize_into(mut self, out: &mut Output<Self>) {
        self.finish(out);
    }
}

impl<P: Parameters> Reset for Gost94<P> {
    fn reset(&mut self) {
        self.chain.wipe();
        self.buffer.wipe();
    }
}

impl<P: Parameters> FixedOutputReset for Gost94<P> {
    fn finalize_into_reset(&mut self, out: &mut Output<Self>) {
        self.finish(out);
        self.reset();
    }
}

impl<P: Parameters> HashMarker for Gost94<P> {}

impl<P: Parameters> fmt::Debug for Gost94<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {{ .. }}", P::NAME)
    }
}

impl<P: Parameters> Drop for Gost94<P> {
    fn drop(&mut self) {
        self.chain.wipe();
        self.buffer.wipe();
    }
}

impl<P: Parameters> ZeroizeOnDrop for Gost94<P> {}
