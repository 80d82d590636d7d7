//! Hash functions. The message is that of `peers/protocol.c`: octet i is i mod 251.

use std::hint::black_box;

use digest::Digest;
use kaztoken_core::gost::HashAlgorithm;
use kaztoken_core::gost::hash::{ConstantTimeStreebog256, ConstantTimeStreebog512};

use super::{Operation, hex};

/// Each function by the name that it has in every program.
pub(crate) const ALL: &[(&str, HashAlgorithm)] = &[
    ("Streebog-256", HashAlgorithm::Streebog256),
    ("Streebog-512", HashAlgorithm::Streebog512),
    ("GOST94-CryptoPro", HashAlgorithm::Gost94CryptoPro),
    ("GOST94-test", HashAlgorithm::Gost94Test),
];

/// Octets of the messages that are hashed in one call.
const LENGTHS: &[&str] = &["64", "1024", "1048576"];
/// The same in constant time, as secrets are hashed.
const CONSTANT_TIME: &[&str] = &["1024-constant-time", "1048576-constant-time"];
/// The same by the processor's vector instructions, where it has them.
const VECTORS: &[&str] = &["64-vectors", "1024-vectors", "1048576-vectors"];

/// What can be run for a function.
pub(crate) fn operations(name: &str) -> Vec<&'static str> {
    let streebog = name.starts_with("Streebog");
    let further = |wanted: bool, list: &'static [&str]| if wanted { list } else { &[] };
    [LENGTHS, further(streebog, CONSTANT_TIME), further(streebog && kaztoken_accel::is_available(), VECTORS)]
        .concat()
}

/// `None` when this is no hash function.
pub(crate) fn operation(name: &str, operation: &str) -> Result<Option<Operation<'static>>, String> {
    let Some((_, hash)) = ALL.iter().find(|(known, _)| *known == name) else {
        return Ok(None);
    };
    let (length, way) = operation.split_once('-').unwrap_or((operation, ""));
    let message = message(length)?;
    let run = way_to_hash(*hash, way).ok_or_else(|| format!("{name} has no operation {operation}"))?;
    Ok(Some(Box::new(move || {
        run(black_box(&message), &mut |digest| {
            black_box(digest);
        })
    })))
}

/// Hexadecimal digits of the digest.
pub(crate) fn digest(name: &str, operation: &str) -> Result<String, String> {
    let (_, hash) =
        ALL.iter().find(|(known, _)| *known == name).ok_or_else(|| format!("no hash function {name}"))?;
    let (length, way) = operation.split_once('-').unwrap_or((operation, ""));
    let run = way_to_hash(*hash, way).ok_or_else(|| format!("{name} has no operation {operation}"))?;
    let mut digits = String::new();
    run(&message(length)?, &mut |digest| digits = hex(digest));
    Ok(digits)
}

fn message(length: &str) -> Result<Vec<u8>, String> {
    let length: usize = length.parse().map_err(|_| "a length in octets is expected".to_owned())?;
    Ok((0..=250).cycle().take(length).collect())
}

/// Hashes a message and hands the digest over.
type Way = Box<dyn Fn(&[u8], &mut dyn FnMut(&[u8]))>;

fn way_to_hash(hash: HashAlgorithm, way: &str) -> Option<Way> {
    Some(match (hash, way) {
        (_, "") => Box::new(move |message, take| take(hash.digest(message).as_slice())),
        (HashAlgorithm::Streebog256, "constant-time") => generic::<ConstantTimeStreebog256>(),
        (HashAlgorithm::Streebog512, "constant-time") => generic::<ConstantTimeStreebog512>(),
        (HashAlgorithm::Streebog256, "vectors") => generic::<kaztoken_accel::Streebog256>(),
        (HashAlgorithm::Streebog512, "vectors") => generic::<kaztoken_accel::Streebog512>(),
        _ => return None,
    })
}

fn generic<D: Digest>() -> Way {
    Box::new(|message, take| take(&D::digest(message)))
}
