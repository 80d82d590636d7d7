//! What is done with secrets, each on every curve. A case fails by valgrind's report, or because its result is wrong.

use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, Signature, SigningKey, hazmat, verify};

use crate::memcheck;
use crate::random::SecretSource;

/// Name and work of every operation.
const OPERATIONS: &[(&str, Operation)] = &[
    ("sign-given-nonce", sign_given_nonce),
    ("sign-random", sign_random),
    ("public-key", public_key),
    ("generate", generate),
];

type Operation = fn(ParameterSet) -> Result<(), String>;

/// Every operation with every parameter set.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, ParameterSet)> {
    OPERATIONS.iter().flat_map(|(name, _)| ParameterSet::ALL.iter().map(move |set| (*name, *set)))
}

/// Runs one.
pub(crate) fn run(operation: &str, set: &str) -> Result<(), String> {
    let work = OPERATIONS.iter().find(|(name, _)| *name == operation).map(|(_, work)| work);
    let work = work.ok_or_else(|| format!("no operation is called {operation}"))?;
    let set = ParameterSet::ALL.iter().copied().find(|known| known.name() == set);
    work(set.ok_or_else(|| format!("no such parameter set; known are {:?}", ParameterSet::ALL))?)
}

fn sign_given_nonce(set: ParameterSet) -> Result<(), String> {
    let key = secret_key(set)?;
    let mut nonce = number(set, 2);
    memcheck::secret(&mut nonce[..]);
    signature_is_right(&key, hazmat::sign_with_nonce(&key, &digest(set), &nonce))
}

fn sign_random(set: ParameterSet) -> Result<(), String> {
    let key = secret_key(set)?;
    signature_is_right(&key, key.sign(&digest(set), &mut SecretSource(3)))
}

fn public_key(set: ParameterSet) -> Result<(), String> {
    let mut computed = secret_key(set)?.public_key();
    memcheck::public(&mut computed);
    let expected = SigningKey::from_le_bytes(set, &number(set, 1)).map_err(|error| error.to_string())?;
    if computed == expected.public_key() {
        Ok(())
    } else {
        Err("another public key than without a secret".into())
    }
}

fn generate(set: ParameterSet) -> Result<(), String> {
    let key = SigningKey::generate(set, &mut SecretSource(4)).map_err(|error| error.to_string())?;
    let mut public_key = key.public_key();
    memcheck::public(&mut public_key);
    PublicKey::from_raw(set, &public_key.to_raw()).map(|_| ()).map_err(|error| error.to_string())
}

/// A key whose d memcheck takes for a secret from its first octet on.
fn secret_key(set: ParameterSet) -> Result<SigningKey, String> {
    let mut d = number(set, 1);
    memcheck::secret(&mut d[..]);
    SigningKey::from_le_bytes(set, &d).map_err(|error| error.to_string())
}

/// r and s are public; so is whether there are any.
fn signature_is_right<E: ToString>(
    key: &SigningKey,
    mut signature: Result<Signature, E>,
) -> Result<(), String> {
    memcheck::public(&mut signature);
    let signature = signature.map_err(|error| error.to_string())?;
    let mut public_key = key.public_key();
    memcheck::public(&mut public_key);
    verify(&public_key, &digest(key.parameter_set()), &signature).map_err(|error| error.to_string())
}

/// A number below q of any set: 250 or 506 random bits.
pub(crate) fn number(set: ParameterSet, seed: u64) -> Vec<u8> {
    let mut octets = vec![0; set.scalar_len()];
    SecretSource(seed).fill(&mut octets);
    if let Some(top) = octets.last_mut() {
        *top &= 0x03;
    }
    octets
}

/// A digest, which is public.
pub(crate) fn digest(set: ParameterSet) -> Digest {
    match set.scalar_len() {
        32 => Digest::from([0x5a; 32]),
        _ => Digest::from([0xa5; 64]),
    }
}
