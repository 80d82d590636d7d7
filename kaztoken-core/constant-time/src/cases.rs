//! What is done with secrets, each on every curve. A case fails by valgrind's report, or because its result is wrong.

use kaztoken_core::gost::kdf::{HmacStreebog256, HmacStreebog512};
use kaztoken_core::gost::{
    Digest, ParameterSet, PublicKey, Signature, SigningKey, hazmat, key_agreement, verify,
};

use crate::memcheck;
use crate::random::SecretSource;

/// Name and work of every operation.
const OPERATIONS: &[(&str, Operation)] = &[
    ("sign-given-nonce", sign_given_nonce),
    ("sign-hedged", sign_hedged),
    ("sign-deterministic", sign_deterministic),
    ("sign-randomized", sign_randomized),
    ("public-key", public_key),
    ("generate", generate),
    ("vko", agree),
    ("hmac", authenticate),
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

fn sign_hedged(set: ParameterSet) -> Result<(), String> {
    let key = secret_key(set)?;
    signature_is_right(&key, key.sign(&digest(set), &mut SecretSource(3)))
}

fn sign_deterministic(set: ParameterSet) -> Result<(), String> {
    let key = secret_key(set)?;
    signature_is_right(&key, key.sign_deterministic(&digest(set)))
}

fn sign_randomized(set: ParameterSet) -> Result<(), String> {
    let key = secret_key(set)?;
    signature_is_right(&key, key.sign_randomized(&digest(set), &mut SecretSource(3)))
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

/// VKO of RFC 7836 from both sides. (That of 2001 ends in a hash that is table-based everywhere.)
fn agree(set: ParameterSet) -> Result<(), String> {
    let peer = SigningKey::from_le_bytes(set, &number(set, 5)).map_err(|error| error.to_string())?;
    let own = secret_key(set)?;
    let mut own_public = own.public_key();
    memcheck::public(&mut own_public);
    let ukm = [1, 2, 3, 4, 5, 6, 7, 8];
    let mut keys = [
        key_agreement::vko_256(&own, &peer.public_key(), &ukm).map_err(|error| error.to_string())?,
        key_agreement::vko_256(&peer, &own_public, &ukm).map_err(|error| error.to_string())?,
    ];
    keys.iter_mut().for_each(|key| memcheck::public(&mut key[..]));
    if keys[0] == keys[1] { Ok(()) } else { Err("the two sides agree on different keys".into()) }
}

/// HMAC with a secret key over a secret message, of the length of the parameter set's numbers.
fn authenticate(set: ParameterSet) -> Result<(), String> {
    let tag = |secret: bool| {
        let (mut key, mut message) = (number(set, 6), number(set, 7).repeat(3));
        if secret {
            memcheck::secret(&mut key[..]);
            memcheck::secret(&mut message[..]);
        }
        match set.scalar_len() {
            32 => {
                let mut hmac = HmacStreebog256::new(&key);
                hmac.update(&message);
                hmac.finish().to_vec()
            }
            _ => {
                let mut hmac = HmacStreebog512::new(&key);
                hmac.update(&message);
                hmac.finish().to_vec()
            }
        }
    };
    let mut computed = tag(true);
    memcheck::public(&mut computed[..]);
    if computed == tag(false) { Ok(()) } else { Err("another code than without a secret".into()) }
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
