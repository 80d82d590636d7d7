//! The three ways to a nonce, the generic traits, and the typed curves beside the dynamic ones.

use core::convert::Infallible;

use digest::Update;
use kaztoken_core::gost::hash::{Streebog256, Streebog512};
use kaztoken_core::gost::signature::{Kazakh, Standard};
use kaztoken_core::gost::single::{self, OneCurve};
use kaztoken_core::gost::{
    DecodeError, Digest, HashAlgorithm, ParameterSet, SignError, Signature, SigningKey, VerifyError, hazmat,
    verify,
};
use rand_core::{TryCryptoRng, TryRng};
use signature::hazmat::PrehashSigner;
use signature::{DigestSigner, DigestVerifier};

/// Gives the same octet for ever.
struct Stuck(u8);

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

fn key(set: ParameterSet) -> SigningKey {
    let mut octets: Vec<u8> = (1..=set.scalar_len() as u8).collect();
    *octets.last_mut().unwrap() = 0x2d;
    SigningKey::from_le_bytes(set, &octets).unwrap()
}

fn digest(set: ParameterSet, message: &[u8]) -> Digest {
    match set.scalar_len() {
        32 => HashAlgorithm::Streebog256.digest(message),
        _ => HashAlgorithm::Streebog512.digest(message),
    }
}

#[test]
fn every_way_verifies_on_every_set() {
    for set in ParameterSet::ALL.iter().copied() {
        let key = key(set);
        let public = key.public_key();
        let digest = digest(set, b"payment");
        let deterministic = key.sign_deterministic(&digest).unwrap();
        let hedged = key.sign(&digest, &mut Stuck(7)).unwrap();
        for signature in [deterministic, hedged] {
            assert_eq!(verify(&public, &digest, &signature), Ok(()), "{set}");
        }
        // A value that every q exceeds, as an honest draw may be.
        let randomized = key.sign_randomized(&digest, &mut Stuck(0x15)).unwrap();
        assert_eq!(verify(&public, &digest, &randomized), Ok(()), "{set}");
        assert_eq!(
            randomized,
            hazmat::sign_with_nonce(&key, &digest, &vec![0x15; set.scalar_len()]).unwrap()
        );
    }
}

#[test]
fn deterministic_depends_on_key_and_digest_alone() {
    for set in ParameterSet::ALL.iter().copied() {
        let one = key(set).sign_deterministic(&digest(set, b"1")).unwrap();
        assert_eq!(one, key(set).sign_deterministic(&digest(set, b"1")).unwrap());
        let other = key(set).sign_deterministic(&digest(set, b"2")).unwrap();
        // Another r means another nonce.
        assert_ne!(halves(&one).0, halves(&other).0, "{set}");
        let mut octets = key(set).to_le_bytes().as_slice().to_vec();
        octets[0] ^= 1;
        let neighbour = SigningKey::from_le_bytes(set, &octets).unwrap();
        assert_ne!(halves(&one).0, halves(&neighbour.sign_deterministic(&digest(set, b"1")).unwrap()).0);
    }
}

#[test]
fn hedged_survives_a_generator_that_repeats() {
    for set in ParameterSet::ALL.iter().copied() {
        let key = key(set);
        let signed = |message, octet| halves(&key.sign(&digest(set, message), &mut Stuck(octet)).unwrap()).0;
        assert_eq!(signed(b"1", 0), signed(b"1", 0));
        assert_ne!(signed(b"1", 0), signed(b"2", 0), "{set}: one nonce for two messages");
        assert_ne!(signed(b"1", 0), signed(b"1", 1), "{set}: the randomness is not used");
        assert_ne!(signed(b"1", 0), halves(&key.sign_deterministic(&digest(set, b"1")).unwrap()).0);
    }
}

fn halves(signature: &Signature) -> (Vec<u8>, Vec<u8>) {
    let octets = Standard::from(*signature);
    let (r, s) = octets.as_slice().split_at(octets.as_slice().len() / 2);
    (r.to_vec(), s.to_vec())
}

#[test]
fn digest_traits() {
    let update = |hash: &mut Streebog512| {
        hash.update(b"pay");
        hash.update(b"ment");
        Ok(())
    };
    let key = key(ParameterSet::Tc26_512A);
    let signed: Kazakh = key.try_sign_digest(update).unwrap();
    let prehash = HashAlgorithm::Streebog512.digest(b"payment");
    let same: Kazakh = key.sign_prehash(prehash.as_slice()).unwrap();
    assert_eq!(signed, same);
    key.public_key().verify_digest(update, &signed).unwrap();
    let other = |hash: &mut Streebog512| {
        hash.update(b"another");
        Ok(())
    };
    assert!(key.public_key().verify_digest(other, &signed).is_err());
    // A hash of the wrong size, and one that fails.
    let short: Result<Kazakh, _> = key.try_sign_digest(|_: &mut Streebog256| Ok(()));
    assert!(short.is_err());
    let failed: Result<Kazakh, _> = key.try_sign_digest(|_: &mut Streebog512| Err(signature::Error::new()));
    assert!(failed.is_err());
}

fn typed_agrees<C: OneCurve>() {
    let set = C::SET;
    let key = key(set);
    let public = key.public_key();
    let digest = digest(set, b"typed");
    assert_eq!(C::public_key_of(&key), Ok(public), "{set}");
    assert_eq!(C::public_key(public.to_raw().as_slice()), Ok(public));
    assert_eq!(C::sign_deterministic(&key, &digest), key.sign_deterministic(&digest));
    assert_eq!(C::sign(&key, &digest, &mut Stuck(4)), key.sign(&digest, &mut Stuck(4)));
    let k = vec![0x21; set.scalar_len()];
    let signature = C::sign_with_nonce(&key, &digest, &k).unwrap();
    assert_eq!(Ok(signature), hazmat::sign_with_nonce(&key, &digest, &k));
    assert_eq!(C::verify(&public, &digest, &signature), Ok(()));
    let mut octets = Standard::from(signature).as_slice().to_vec();
    octets[9] ^= 4;
    let broken = Standard::from_slice(&octets).unwrap().into();
    assert_eq!(C::verify(&public, &digest, &broken), Err(VerifyError::Mismatch));
    assert_eq!(C::sign_with_nonce(&key, &digest, &k[1..]), Err(SignError::Nonce));
    let mut off = public.to_raw().as_slice().to_vec();
    off[0] ^= 1;
    assert_eq!(C::public_key(&off), Err(DecodeError::NotOnCurve));
}

#[test]
fn typed_curves_agree_with_the_dynamic_ones() {
    typed_agrees::<single::CryptoProA>();
    typed_agrees::<single::CryptoProB>();
    typed_agrees::<single::CryptoProC>();
    typed_agrees::<single::Tc26A256>();
    typed_agrees::<single::Tc26A512>();
    typed_agrees::<single::Tc26B512>();
    typed_agrees::<single::Tc26C512>();
    typed_agrees::<single::Test256>();
    typed_agrees::<single::Test512>();
}

#[test]
fn typed_curves_refuse_other_sets() {
    let key = key(ParameterSet::CryptoProB);
    let digest = digest(ParameterSet::CryptoProB, b"");
    let signature = key.sign_deterministic(&digest).unwrap();
    assert_eq!(single::CryptoProA::sign_deterministic(&key, &digest), Err(SignError::ParameterSet));
    assert_eq!(single::CryptoProA::sign(&key, &digest, &mut Stuck(1)), Err(SignError::ParameterSet));
    assert_eq!(single::CryptoProA::public_key_of(&key), Err(DecodeError::ParameterSet));
    let public = key.public_key();
    assert_eq!(single::CryptoProA::verify(&public, &digest, &signature), Err(VerifyError::Mismatch));
}
