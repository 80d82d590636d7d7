//! Streebog and GOST R 34.11-94: the standards' examples and the open vectors.

use kaztoken_core::gost::{HashAlgorithm, Hasher};

use crate::cases::{Cases, Failed, Wrong, same};

include!(concat!(env!("OUT_DIR"), "/hashes.rs"));

/// A message and its digest.
#[derive(Clone, Copy, Debug)]
pub struct Hashed {
    name: &'static str,
    algorithm: HashAlgorithm,
    message: &'static [u8],
    /// The message is these octets so many times.
    repeat: u32,
    /// The lengths in which it comes at first.
    pieces: &'static [usize],
    digest: &'static [u8],
}

/// All messages of these hash functions.
///
/// # Errors
/// [`Failed`].
pub fn digests(of: [HashAlgorithm; 2], at_least: usize) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for hashed in HASHES.iter().filter(|hashed| of.contains(&hashed.algorithm)) {
        cases.run(hashed.name, || digest(hashed));
    }
    cases.end(at_least)
}

#[inline(never)]
fn digest(hashed: &Hashed) -> Result<(), Wrong> {
    let mut hasher = Hasher::new(hashed.algorithm);
    let mut rest = hashed.message;
    for piece in hashed.pieces {
        let (piece, after) = rest.split_at(*piece);
        hasher.update(piece);
        rest = after;
    }
    hasher.update(rest);
    (1..hashed.repeat).for_each(|_| hasher.update(hashed.message));
    same("digest", hasher.finish().as_slice(), hashed.digest)
}
