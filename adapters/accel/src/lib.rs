//! Streebog (GOST R 34.11-2012, RFC 6986) by the vector instructions of large processors.
//!
//! With AVX-512 VBMI and GFNI (Intel since Ice Lake, AMD since Zen 4) the substitution is a permutation
//! of a register and the linear map eight matrix products: no table in memory is read at an index that
//! depends on the message, so it is in constant time, and it is several times faster than tables. Which
//! processor it is is asked at run time; on any other the types here are those of `kaztoken-core`.
//!
//! All types implement the traits of the crate `digest` 0.11.
//!
//! ```
//! use digest::Digest;
//! use kaztoken_accel::Streebog512;
//!
//! let digest = Streebog512::digest(b"any message");
//! assert_eq!(digest[..], kaztoken_core::gost::hash::Streebog512::digest(b"any message")[..]);
//! ```

#[cfg(target_arch = "x86_64")]
mod gfni;

use core::marker::PhantomData;

use kaztoken_core::gost::hash::streebog::{
    Bits256, Bits512, Compression, ConstantTime, InitialValue, Streebog, Tables, Words,
};

/// Streebog with a 256-bit digest, for public messages.
pub type Streebog256 = Streebog<Bits256, Accelerated<Tables>>;
/// Streebog with a 512-bit digest, for public messages.
pub type Streebog512 = Streebog<Bits512, Accelerated<Tables>>;
/// Streebog with a 256-bit digest, in constant time on every processor.
pub type ConstantTimeStreebog256 = Streebog<Bits256, Accelerated<ConstantTime>>;
/// Streebog with a 512-bit digest, in constant time on every processor.
pub type ConstantTimeStreebog512 = Streebog<Bits512, Accelerated<ConstantTime>>;

/// The compression function by vector instructions, or by `Otherwise` where there are none.
#[derive(Debug)]
pub struct Accelerated<Otherwise>(PhantomData<Otherwise>);

/// Whether this processor has the instructions, and the operating system lets them be used.
#[must_use]
#[inline]
pub fn is_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return gfni::is_available();
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

impl<Otherwise: Compression> Compression for Accelerated<Otherwise> {
    #[inline]
    fn compress(h: &mut Words, n: u128, m: &Words) {
        #[cfg(target_arch = "x86_64")]
        if gfni::is_available() {
            // SAFETY: the processor has every instruction set the function is compiled for.
            unsafe { gfni::compress(h, n, m) };
            return;
        }
        Otherwise::compress(h, n, m);
    }

    #[inline]
    fn first(iv: InitialValue, m: &Words) -> Words {
        if is_available() {
            let mut h = iv.words();
            Self::compress(&mut h, 0, m);
            return h;
        }
        Otherwise::first(iv, m)
    }
}
