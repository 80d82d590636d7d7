//! GOST R 34.11-2012 ("Streebog"), RFC 6986; in Kazakhstan ST RK GOST R 34.11-2015.
//!
//! One frame (buffer, counter, checksum, padding) over two compression functions:
//!
//! * [`Tables`]: for public messages. Its memory accesses depend on the message, so a neighbour on
//!   the same processor may learn of it through the cache;
//! * [`ConstantTime`]: for secret messages (keys of HMAC, key derivation, nonces). No index and no
//!   branch depends on the input; several times slower.
//!
//! An adapter may bring a third one, made of the processor's own instructions, by implementing
//! [`Compression`].
//!
//! Every type implements the traits of the crate `digest` 0.11 and wipes its state when dropped.

mod bitslice;
mod constant_time;
pub mod constants;
mod linear;
mod schedule;
mod substitution;
mod tables;

use core::fmt;
use core::marker::PhantomData;

use digest::common::BlockSizeUser;
use digest::consts::{U32, U64};
use digest::{FixedOutput, FixedOutputReset, HashMarker, Output, OutputSizeUser, Reset, Update};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use self::constant_time::ConstantTime;
pub use self::tables::Tables;

use super::buffer::{Buffer, add_le, words_le};

/// Streebog with a 256-bit digest, by tables: for public messages.
pub type Streebog256 = Streebog<Bits256, Tables>;
/// Streebog with a 512-bit digest, by tables: for public messages.
pub type Streebog512 = Streebog<Bits512, Tables>;
/// Streebog with a 256-bit digest whose running time says nothing but the message's length.
pub type ConstantTimeStreebog256 = Streebog<Bits256, ConstantTime>;
/// Streebog with a 512-bit digest whose running time says nothing but the message's length.
pub type ConstantTimeStreebog512 = Streebog<Bits512, ConstantTime>;

/// A vector of 512 bits as eight words: word 0 holds the lowest 64 bits, which are the first eight
/// octets of the message in little-endian order.
pub type Words = [u64; 8];

/// The value a digest starts from (RFC 6986 section 5): its octets are all alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InitialValue {
    /// All octets 1, for the digest of 256 bits.
    Ones,
    /// All octets 0, for the digest of 512 bits.
    Zeros,
}

impl InitialValue {
    /// The value itself.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Ones => [0x0101_0101_0101_0101; 8],
            Self::Zeros => [0; 8],
        }
    }
}

/// The compression function g_N of RFC 6986 section 8, as [`Streebog`] needs it.
///
/// To be implemented by whoever can compute it faster than this crate; a wrong implementation gives
/// wrong digests, so hold it against [`Tables`].
pub trait Compression: 'static {
    /// `h := g_N(h, m)`, where N is the number `n`.
    fn compress(h: &mut Words, n: u128, m: &Words);

    /// `g_0(iv, m)`, the first step of every message; its round keys are constants.
    #[must_use]
    fn first(iv: InitialValue, m: &Words) -> Words {
        let mut h = iv.words();
        Self::compress(&mut h, 0, m);
        h
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Length of the digest: [`Bits256`] or [`Bits512`].
pub trait Variant: sealed::Sealed + Clone + 'static {
    /// Octets of the digest.
    type OutputSize: digest::array::ArraySize;
    /// Value the digest starts from.
    const INITIAL: InitialValue;
    /// Name, `Streebog-256`.
    const NAME: &'static str;
}

/// 256 bits.
#[derive(Clone, Copy, Debug)]
pub enum Bits256 {}

/// 512 bits.
#[derive(Clone, Copy, Debug)]
pub enum Bits512 {}

impl sealed::Sealed for Bits256 {}

impl Variant for Bits256 {
    type OutputSize = U32;
    const INITIAL: InitialValue = InitialValue::Ones;
    const NAME: &'static str = "Streebog-256";
}

impl sealed::Sealed for Bits512 {}

impl Variant for Bits512 {
    type OutputSize = U64;
    const INITIAL: InitialValue = InitialValue::Zeros;
    const NAME: &'static str = "Streebog-512";
}

/// A digest under way: `V` is its length, `C` computes it.
pub struct Streebog<V: Variant, C: Compression> {
    chain: Chain,
    buffer: Buffer<64>,
    kind: PhantomData<fn() -> (V, C)>,
}

/// What section 9 carries from block to block.
#[derive(Clone)]
struct Chain {
    h: Words,
    /// N: bits taken in full blocks.
    bits: u128,
    /// EPSILON: sum of the blocks modulo 2^512.
    sum: Words,
}

impl Chain {
    /// Step 2, and the same steps for the padded block: `bits` of it belong to the message.
    #[inline]
    fn take<C: Compression>(&mut self, initial: InitialValue, block: &[u8; 64], bits: u128) {
        let m = words_le(block);
        if self.bits == 0 {
            self.h = C::first(initial, &m);
            self.sum = m;
        } else {
            C::compress(&mut self.h, self.bits, &m);
            add_le(&mut self.sum, &m);
        }
        self.bits = self.bits.wrapping_add(bits);
    }

    /// Steps 3.4 to 3.6: the length and the checksum.
    fn close<C: Compression>(&mut self) {
        let [low, high] = [self.bits as u64, (self.bits >> 64) as u64];
        C::compress(&mut self.h, 0, &[low, high, 0, 0, 0, 0, 0, 0]);
        C::compress(&mut self.h, 0, &self.sum);
    }

    fn wipe(&mut self) {
        self.h.zeroize();
        self.bits.zeroize();
        self.sum.zeroize();
    }
}

impl<V: Variant, C: Compression> Streebog<V, C> {
    fn finish(&mut self, out: &mut Output<Self>) {
        let bits = 8 * self.buffer.len() as u128;
        let block = self.buffer.padded(1);
        self.chain.take::<C>(V::INITIAL, block, bits);
        self.chain.close::<C>();
        // The shorter digest is the upper half.
        let octets = self.chain.h.iter().flat_map(|word| word.to_le_bytes());
        let skip = 64_usize.saturating_sub(out.len());
        for (to, from) in out.iter_mut().zip(octets.skip(skip)) {
            *to = from;
        }
    }
}

impl<V: Variant, C: Compression> Default for Streebog<V, C> {
    fn default() -> Self {
        let chain = Chain { h: V::INITIAL.words(), bits: 0, sum: [0; 8] };
        Self { chain, buffer: Buffer::new(), kind: PhantomData }
    }
}

impl<V: Variant, C: Compression> Clone for Streebog<V, C> {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), buffer: self.buffer.clone(), kind: PhantomData }
    }
}

impl<V: Variant, C: Compression> Update for Streebog<V, C> {
    fn update(&mut self, data: &[u8]) {
        let chain = &mut self.chain;
        self.buffer.feed(data, |block| chain.take::<C>(V::INITIAL, block, 512));
    }
}

impl<V: Variant, C: Compression> OutputSizeUser for Streebog<V, C> {
    type OutputSize = V::OutputSize;
}

impl<V: Variant, C: Compression> BlockSizeUser for Streebog<V, C> {
    type BlockSize = U64;
}

impl<V: Variant, C: Compression> FixedOutput for Streebog<V, C> {
    fn finalize_into(mut self, out: &mut Output<Self>) {
        self.finish(out);
    }
}

impl<V: Variant, C: Compression> Reset for Streebog<V, C> {
    fn reset(&mut self) {
        self.chain.wipe();
        self.chain.h = V::INITIAL.words();
        self.buffer.wipe();
    }
}

impl<V: Variant, C: Compression> FixedOutputReset for Streebog<V, C> {
    fn finalize_into_reset(&mut self, out: &mut Output<Self>) {
        self.finish(out);
        self.reset();
    }
}

impl<V: Variant, C: Compression> HashMarker for Streebog<V, C> {}

impl<V: Variant, C: Compression> fmt::Debug for Streebog<V, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {{ .. }}", V::NAME)
    }
}

impl<V: Variant, C: Compression> Drop for Streebog<V, C> {
    fn drop(&mut self) {
        self.chain.wipe();
        self.buffer.wipe();
    }
}

impl<V: Variant, C: Compression> ZeroizeOnDrop for Streebog<V, C> {}
