//! Arithmetic modulo the primes of GOST R 34.10: words, two kinds of residues, inversion.
//!
//! Everything here runs in constant time unless its name says otherwise. Numbers are arrays of words of
//! the machine's size (64 bits, or 32 with `--cfg kaztoken_limbs="32"` and on 32-bit machines), the
//! lowest word first.
//!
//! * [`words`]: multi-word integers, carries, masks;
//! * [`special`]: residues modulo 2^n - c or 2^(n-1) + c with a small c, which most GOST primes are;
//! * [`montgomery`]: residues modulo any odd prime: the group orders, and the two other fields;
//! * [`inverse`]: modular inversion by divsteps.
#![allow(
    clippy::indexing_slicing,
    reason = "indices run over arrays whose length is the bound of the loop, known at compile time"
)]

pub(super) mod field;
pub(super) mod inverse;
pub(super) mod montgomery;
pub(super) mod special;
pub(super) mod words;

#[cfg(test)]
mod tests;
