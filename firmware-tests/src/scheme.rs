//! What the GOST images measure: one call of each operation, and whether its cost depends on the secret.
//!
//! The curve is a type, so that an image holds that curve's code and tables and no other's.

use core::ffi::CStr;
use core::hint::black_box;

use kaztoken_core::gost::single::OneCurve;
use kaztoken_core::gost::{Digest, ParameterSet, Signature, SigningKey};

use crate::meter::{Cost, Meter, print};

/// Octets of the longest number.
const MAX: usize = 64;
/// What begins the line of a measured operation, and of one that must cost the same for all secrets.
pub const COST: &CStr = c"cost ";
const EQUAL: &CStr = c"equal ";

/// Measures signing and verification on one curve and prints what they cost. `None` when a result is wrong.
pub fn sign_and_verify<C: OneCurve>(names: [&str; 2]) -> Option<()> {
    let set = C::SET;
    let meter = Meter::start();
    let mut signing = Cost::default();
    let mut verifying = Cost::default();
    // Verification does not hide its inputs: what counts is the worst of some.
    for seed in 1..5 {
        let key = key(set, &arbitrary(set, seed))?;
        let digest = digest(set, seed);
        let nonce = arbitrary(set, seed + 10);
        let mut signature = None;
        let cost = meter.cost(|| signature = sign::<C>(&key, &digest, black_box(&nonce)));
        signing = worst(signing, cost);
        let (public_key, signature) = (C::public_key_of(&key).ok()?, signature?);
        let mut result = None;
        let cost = meter.cost(|| result = C::verify(black_box(&public_key), &digest, &signature).ok());
        verifying = worst(verifying, cost);
        result?;
    }
    print(COST, names[0], [signing.instructions, signing.stack]);
    print(COST, names[1], [verifying.instructions, verifying.stack]);
    Some(())
}

/// Prints what the operations with secrets cost for the smallest, the largest and two arbitrary numbers.
///
/// The base point of CryptoPro-C has x = 0, so that 1 and q - 1 are no nonces there: what fails is not printed.
pub fn equality<C: OneCurve>() -> Option<()> {
    let set = C::SET;
    let meter = Meter::start();
    let digest = digest(set, 1);
    let ordinary = arbitrary(set, 7);
    let last = largest(set);
    let (mut one, mut two, mut last_but_one) = ([0; MAX], [0; MAX], last);
    (one[0], two[0]) = (1, 2);
    last_but_one[0] -= 1;
    for scalar in [one, two, last_but_one, last, arbitrary(set, 8), arbitrary(set, 9)] {
        let key = key(set, black_box(&scalar))?;
        let multiplied = meter.cost(|| C::public_key_of(black_box(&key)));
        show(set, " public key", multiplied);
        let mut signed = None;
        let cost = meter.cost(|| signed = sign::<C>(&key, &digest, &ordinary));
        signed?;
        show(set, " sign, key", cost);
        let key = self::key(set, &ordinary)?;
        let mut signed = None;
        let cost = meter.cost(|| signed = sign::<C>(&key, &digest, black_box(&scalar)));
        if signed.is_some() {
            show(set, " sign, nonce", cost);
        }
    }
    Some(())
}

/// Prints what something costs that does depend on the secret, so that a difference is known to be seen.
pub fn leak() {
    let meter = Meter::start();
    for secret in 1..5 {
        let cost = meter.cost(|| (0..black_box(secret)).fold(0, |sum, i| black_box(sum + i)));
        print(EQUAL, "leak on purpose", [cost.instructions, cost.stack]);
    }
}

fn show(set: ParameterSet, operation: &str, cost: Cost) {
    let mut name = [0; 40];
    let text = set.name().bytes().chain(operation.bytes());
    let length = name.iter_mut().zip(text).map(|(place, octet)| *place = octet).count();
    let name = name.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default();
    print(EQUAL, name, [cost.instructions, cost.stack]);
}

#[inline(never)]
fn sign<C: OneCurve>(key: &SigningKey, digest: &Digest, nonce: &[u8; MAX]) -> Option<Signature> {
    C::sign_with_nonce(key, digest, nonce.get(..C::SET.scalar_len())?).ok()
}

fn key(set: ParameterSet, octets: &[u8; MAX]) -> Option<SigningKey> {
    SigningKey::from_le_bytes(set, octets.get(..set.scalar_len())?).ok()
}

fn digest(set: ParameterSet, seed: u8) -> Digest {
    if set.scalar_len() == 32 {
        Digest::from([seed.wrapping_mul(91); 32])
    } else {
        Digest::from([seed.wrapping_mul(91); 64])
    }
}

fn worst(a: Cost, b: Cost) -> Cost {
    Cost { instructions: a.instructions.max(b.instructions), stack: a.stack.max(b.stack) }
}

/// A number below q of any set, without a pattern.
fn arbitrary(set: ParameterSet, seed: u8) -> [u8; MAX] {
    let mut state = u32::from(seed);
    let mut octets = [0; MAX];
    for octet in octets.iter_mut().take(set.scalar_len() - 1) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *octet = (state >> 24) as u8;
    }
    octets
}

/// q - 1: the largest number that is a key, found by trying. It is even, so one less changes one octet.
fn largest(set: ParameterSet) -> [u8; MAX] {
    let mut octets = [0; MAX];
    for bit in (0..set.scalar_len() * 8).rev() {
        let mut tried = octets;
        tried[bit / 8] |= 1 << (bit % 8);
        if key(set, &tried).is_some() {
            octets = tried;
        }
    }
    octets
}
