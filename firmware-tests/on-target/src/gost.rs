//! GOST R 34.10 with 256 and 512 bits: the standards' examples, real Kazakh signatures, and a choice of the
//! open vectors, on all curves, in an image for each size of keys.

use core::fmt;

use kaztoken_core::gost::signature::{Kazakh as KazakhLayout, Russian, Standard};
use kaztoken_core::gost::single::{self, OneCurve};
use kaztoken_core::gost::{
    DecodeError, Digest, ParameterSet, PublicKey, SignError, Signature, SigningKey, VerifyError,
};

use crate::cases::{Cases, Failed, Wrong, check, same, wrong};

include!(concat!(env!("OUT_DIR"), "/gost.rs"));

/// What is tested with keys of one size.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    curves: &'static [Curve],
    examples: &'static [Example],
    multiples: &'static [Multiple],
    kazakh: &'static [Kazakh],
    open: &'static [Verification],
}

/// One curve's operations: only the named curves are linked.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    set: ParameterSet,
    public_key: fn(&[u8]) -> Result<PublicKey, DecodeError>,
    public_key_of: fn(&SigningKey) -> Result<PublicKey, DecodeError>,
    sign_with_nonce: fn(&SigningKey, &Digest, &[u8]) -> Result<Signature, SignError>,
    sign_deterministic: fn(&SigningKey, &Digest) -> Result<Signature, SignError>,
    verify: fn(&PublicKey, &Digest, &Signature) -> Result<(), VerifyError>,
}

impl Curve {
    const fn of<C: OneCurve>() -> Self {
        Self {
            set: C::SET,
            public_key: C::public_key,
            public_key_of: C::public_key_of,
            sign_with_nonce: C::sign_with_nonce,
            sign_deterministic: C::sign_deterministic,
            verify: C::verify,
        }
    }

    fn find(curves: &'static [Self], set: ParameterSet) -> Result<&'static Self, Wrong> {
        curves.iter().find(|curve| curve.set == set).ok_or_else(|| wrong(format_args!("{set} is not linked")))
    }
}

/// A key pair, a digest, and the signature with a known nonce.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    name: &'static str,
    set: ParameterSet,
    private: &'static [u8],
    public: &'static [u8],
    digest: &'static [u8],
    nonce: &'static [u8],
    /// r, then s, each with its first digit first.
    signature: &'static [u8],
}

/// A key pair.
#[derive(Clone, Copy, Debug)]
pub struct Multiple {
    name: &'static str,
    set: ParameterSet,
    private: &'static [u8],
    public: &'static [u8],
}

/// A signature from a real certificate or CRL.
#[derive(Clone, Copy, Debug)]
pub struct Kazakh {
    name: &'static str,
    set: ParameterSet,
    key: &'static [u8],
    digest: &'static [u8],
    /// The layout: Kazakhstan's, or Russia's.
    kazakh: bool,
    signature: &'static [u8],
}

/// A test of the open vectors.
#[derive(Clone, Copy, Debug)]
pub struct Verification {
    name: &'static str,
    set: ParameterSet,
    key: &'static [u8],
    digest: &'static [u8],
    signature: &'static [u8],
    valid: bool,
}

/// The standards' examples: key pair, signature, verification; and what is changed by one bit is refused.
///
/// # Errors
/// [`Failed`].
pub fn examples(suite: &'static Suite) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for example in suite.examples {
        cases.run(example.name, || sign_and_verify(suite.curves, example));
    }
    cases.end(1)
}

#[inline(never)]
fn sign_and_verify(curves: &'static [Curve], example: &Example) -> Result<(), Wrong> {
    let curve = Curve::find(curves, example.set)?;
    let key = SigningKey::from_le_bytes(example.set, example.private).map_err(told)?;
    let public = (curve.public_key_of)(&key).map_err(told)?;
    same("public key", public.to_raw().as_slice(), example.public)?;
    let digest = Digest::from_slice(example.digest).map_err(told)?;
    let signature = (curve.sign_with_nonce)(&key, &digest, example.nonce).map_err(told)?;
    same("signature", Standard::from(signature).as_slice(), example.signature)?;
    (curve.verify)(&public, &digest, &signature).map_err(told)?;
    let other = (curve.sign_deterministic)(&key, &digest).map_err(told)?;
    (curve.verify)(&public, &digest, &other).map_err(told)?;
    let mut changed = [0; 64];
    let changed = &mut changed[..example.digest.len()];
    changed.copy_from_slice(example.digest);
    changed[0] ^= 1;
    let changed = Digest::from_slice(changed).map_err(told)?;
    check((curve.verify)(&public, &changed, &signature).is_err(), "another digest is accepted")
}

/// Public keys of known private keys.
///
/// # Errors
/// [`Failed`].
pub fn key_pairs(suite: &'static Suite) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for Multiple { name, set, private, public } in suite.multiples {
        cases.run(name, || {
            let key = SigningKey::from_le_bytes(*set, private).map_err(told)?;
            let found = (Curve::find(suite.curves, *set)?.public_key_of)(&key).map_err(told)?;
            same("public key", found.to_raw().as_slice(), public)
        });
    }
    cases.end(2)
}

/// Signatures of Kazakhstan's authorities, in the layout that certificates have; the other layout is refused.
///
/// # Errors
/// [`Failed`].
pub fn kazakh(suite: &'static Suite) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for Kazakh { name, set, key, digest, kazakh, signature } in suite.kazakh {
        cases.run(name, || {
            let curve = Curve::find(suite.curves, *set)?;
            let key = (curve.public_key)(key).map_err(told)?;
            let digest = Digest::from_slice(digest).map_err(told)?;
            let as_kazakh = KazakhLayout::from_slice(signature).map_err(told)?.into();
            let as_russian = Russian::from_slice(signature).map_err(told)?.into();
            let (right, other) = if *kazakh { (as_kazakh, as_russian) } else { (as_russian, as_kazakh) };
            (curve.verify)(&key, &digest, &right).map_err(told)?;
            check((curve.verify)(&key, &digest, &other).is_err(), "the other layout is accepted")
        });
    }
    cases.end(2)
}

/// The open vectors: what is valid is accepted, and nothing else.
///
/// # Errors
/// [`Failed`].
pub fn open_vectors(suite: &'static Suite) -> Result<(), Failed> {
    let mut cases = Cases::new();
    for vector in suite.open {
        cases.run(vector.name, || {
            let curve = Curve::find(suite.curves, vector.set)?;
            let accepted = match (
                (curve.public_key)(vector.key),
                Digest::from_slice(vector.digest),
                Standard::from_slice(vector.signature),
            ) {
                (Ok(key), Ok(digest), Ok(signature)) => {
                    (curve.verify)(&key, &digest, &signature.into()).is_ok()
                }
                _ => false,
            };
            check(
                accepted == vector.valid,
                if accepted { "invalid, but accepted" } else { "valid, but refused" },
            )
        });
    }
    cases.end(12 * suite.curves.len())
}

fn told<E: fmt::Debug>(error: E) -> Wrong {
    wrong(format_args!("{error:?}"))
}
