//! Which keys could have made a signature, and what that says about how it was read.
//!
//! A signature leaves two candidates for its key, on curves whose p exceeds q by much a few more: x of the
//! point C = k P is r modulo q, and Q = (s C' - e C) / r for either point C with that x (from C = z1 P + z2
//! Q, RFC 7091 section 6.2 steps 5 and 6, with C' = P). A certificate names its issuer's key by an
//! identifier, most often the SHA-1 of the key's octets. So a certificate alone, without its issuer's, tells
//! whether curve, hash function and order of the two numbers are understood rightly: if they are, a candidate
//! has that identifier, and if not, none has, whatever was wrong.
//!
//! None of this is a verification: a key that was computed from a signature fits it always.
//!
//! ```
//! use kaztoken_core::gost::encoding::Certificate;
//! use kaztoken_core::gost::recovery::{Diagnosis, Reading, diagnose};
//! use kaztoken_core::gost::{HashAlgorithm, ParameterSet, signature::Layout};
//!
//! # fn sha1(octets: &[u8]) -> [u8; 20] { [0; 20] }
//! # fn why(der: &[u8]) -> Result<(), Box<dyn core::error::Error>> {
//! let certificate = Certificate::from_der(der)?;
//! let aki = certificate.authority_key_id().unwrap_or_default();
//! let reading = Reading {
//!     set: ParameterSet::Tc26_512A,
//!     hash: HashAlgorithm::Streebog512,
//!     layout: Layout::Russian,
//! };
//! let signed = certificate.signed();
//! match diagnose(reading, None, signed.signed(), signed.signature(), |key| sha1(&key.to_octet_string()) ==
//! aki) {
//!     Diagnosis::OtherReading(right) => println!("the order is {}", right.layout),
//!     other => println!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```

mod candidates;

use super::digest::Digest;
use super::hash::HashAlgorithm;
use super::parameter_set::ParameterSet;
use super::public_key::PublicKey;
use super::signature::{Layout, Signature};
use super::verification::verify;

/// Keys that [`recover_public_keys`] gives at most: two for each of five numbers below p that are r modulo q.
pub const MAX_RECOVERED: usize = 10;

/// The keys by which this signature of this digest is good: mostly two or four; none when a size is
/// wrong, r or s out of range, or r the x of no point. Not in constant time.
#[must_use]
pub fn recover_public_keys(
    set: ParameterSet,
    digest: &Digest,
    signature: &Signature,
) -> heapless::Vec<PublicKey, MAX_RECOVERED> {
    let len = set.scalar_len();
    let mut keys = heapless::Vec::new();
    if digest.as_slice().len() != len || signature.scalar_len != len {
        return keys;
    }
    for (x, y) in candidates::recover(set, &digest.number(), &signature.r, &signature.s) {
        let key = PublicKey::new_unchecked(set, x, y);
        // The formulas leave nothing to doubt, so this is a proof of them rather than of the signature.
        if verify(&key, digest, signature).is_ok() {
            keys.push(key).ok();
        }
    }
    keys
}

/// How a signature is read: the curve, the hash function, the order of the two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reading {
    /// The curve.
    pub set: ParameterSet,
    /// The hash function.
    pub hash: HashAlgorithm,
    /// The order of r and s.
    pub layout: Layout,
}

/// Hash functions to try; those of another size than the set's are passed over.
const HASHES: [HashAlgorithm; 4] = [
    HashAlgorithm::Gost94Test,
    HashAlgorithm::Gost94CryptoPro,
    HashAlgorithm::Streebog256,
    HashAlgorithm::Streebog512,
];

/// Orders to try. The other names are names of these.
const LAYOUTS: [Layout; 3] = [Layout::Kazakh, Layout::Russian, Layout::Standard];

impl Reading {
    /// Every reading that differs from the others on this curve.
    pub fn all(set: ParameterSet) -> impl Iterator<Item = Self> {
        let hashes = HASHES.into_iter().filter(move |hash| hash.output_len() == set.scalar_len());
        hashes.flat_map(move |hash| LAYOUTS.into_iter().map(move |layout| Self { set, hash, layout }))
    }

    /// The keys by which the signature is good when it is read like this.
    #[must_use]
    pub fn keys(&self, message: &[u8], signature: &[u8]) -> heapless::Vec<PublicKey, MAX_RECOVERED> {
        match self.layout.decode(signature) {
            Ok(signature) => recover_public_keys(self.set, &self.hash.digest(message), &signature),
            Err(_) => heapless::Vec::new(),
        }
    }

    /// True when the signature is good by this key and read like this.
    #[must_use]
    pub fn fits(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        key.parameter_set() == self.set
            && self
                .layout
                .decode(signature)
                .is_ok_and(|signature| verify(key, &self.hash.digest(message), &signature).is_ok())
    }
}

/// What is the matter with a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Diagnosis {
    /// Nothing: the reading is right, and so is the key, if one was given.
    Good,
    /// It is to be read in another way, this one.
    OtherReading(Reading),
    /// The given key is not the one that is named: this one is, by this reading.
    OtherKey {
        /// The key that has the identifier.
        key: PublicKey,
        /// How the signature is to be read.
        reading: Reading,
    },
    /// Neither the given key nor one with the identifier fits in any reading: the message or the signature
    /// was altered, or the curve is another, or the identifier is made in another way.
    Unknown,
}

/// Says why a signature does not verify, or that it does.
///
/// `expected` is how it was read. `key` is the key that it was checked with, if there is one. `is_named` says
/// whether a key is the one that the object names as its signer's: it compares, say, the SHA-1 of
/// [`PublicKey::to_octet_string`] (national centre, GOST 2015) or of the whole SubjectPublicKeyInfo (national
/// centre, users' GOST 2004 keys) with the authority key identifier. With no identifier at hand, `|_| false`.
///
/// With the key every hash function and order is tried; then, without it, the keys that the signature leaves.
#[must_use]
pub fn diagnose(
    expected: Reading,
    key: Option<&PublicKey>,
    message: &[u8],
    signature: &[u8],
    mut is_named: impl FnMut(&PublicKey) -> bool,
) -> Diagnosis {
    let readings = || core::iter::once(expected).chain(Reading::all(expected.set));
    let diagnosis = |reading: Reading| {
        // Equal orders under two names are one reading.
        if reading == expected { Diagnosis::Good } else { Diagnosis::OtherReading(reading) }
    };
    if let Some(key) = key {
        if let Some(reading) = readings().find(|reading| reading.fits(key, message, signature)) {
            return diagnosis(reading);
        }
    }
    for reading in readings() {
        if let Some(found) = reading.keys(message, signature).iter().find(|key| is_named(key)) {
            return match key {
                None => diagnosis(reading),
                Some(_) => Diagnosis::OtherKey { key: *found, reading },
            };
        }
    }
    Diagnosis::Unknown
}
