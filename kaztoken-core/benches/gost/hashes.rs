//! Hash functions. The message is that of `peers/protocol.c`: octet i is i mod 251.

use std::hint::black_box;

use kaztoken_core::gost::HashAlgorithm;

use super::{Operation, hex};

/// Each function by the name that it has in every program.
pub(crate) const ALL: &[(&str, HashAlgorithm)] = &[
    ("Streebog-256", HashAlgorithm::Streebog256),
    ("Streebog-512", HashAlgorithm::Streebog512),
    ("GOST94-CryptoPro", HashAlgorithm::Gost94CryptoPro),
    ("GOST94-test", HashAlgorithm::Gost94Test),
];

/// Octets of the messages that are hashed in one call.
pub(crate) const LENGTHS: &[&str] = &["64", "1024", "1048576"];

fn find(name: &str) -> Option<HashAlgorithm> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, hash)| *hash)
}

fn message(length: &str) -> Result<Vec<u8>, String> {
    let length: usize = length.parse().map_err(|_| "a length in octets is expected".to_owned())?;
    Ok((0..=250).cycle().take(length).collect())
}

/// `None` when this is no hash function.
pub(crate) fn operation(name: &str, length: &str) -> Result<Option<Operation<'static>>, String> {
    let Some(hash) = find(name) else {
        return Ok(None);
    };
    let message = message(length)?;
    Ok(Some(Box::new(move || {
        black_box(hash.digest(black_box(&message)));
    })))
}

/// Hexadecimal digits of the digest.
pub(crate) fn digest(name: &str, length: &str) -> Result<String, String> {
    let hash = find(name).ok_or_else(|| format!("no hash function {name}"))?;
    Ok(hex(hash.digest(&message(length)?).as_slice()))
}
