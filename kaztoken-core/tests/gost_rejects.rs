//! What must not be accepted, and the rare cases that must.

#![cfg(feature = "gost")]

#[path = "support/gost_rng.rs"]
mod gost_rng;
#[allow(dead_code)] // part of it serves another test
#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use gost_rng::Repeatable;
use gost_vectors::{hex, records};
use kaztoken_core::gost::signature::{Kazakh, Russian, Standard};
use kaztoken_core::gost::{
    DecodeError, Digest, ParameterSet, PublicKey, SignError, Signature, SigningKey, VerifyError, hazmat,
    verify,
};
use rand_core::{TryCryptoRng, TryRng};
use signature::SignatureEncoding;
use signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};

/// Order of CryptoPro-A, big-endian.
const Q: &str = "ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893";
/// Modulus of CryptoPro-C, and the y of its base point (0, y).
const P_C: &str = "9b9f605f5a858107ab1ec85e6b41c8aacf846e86789051d37998f7b9022d759b";
const Y_C: &str = "41ece55743711a8c3cbf3783cd08c0ee4d4dc440d4641a8f366e550dfdb3bb67";

fn number(value: u8) -> Vec<u8> {
    let mut octets = vec![0; 32];
    octets[31] = value;
    octets
}

fn plus(number: &str, add: u8) -> Vec<u8> {
    let mut octets = hex(number);
    octets[31] += add;
    octets
}

fn signature(r: &[u8], s: &[u8]) -> Signature {
    Standard::from_slice(&[r, s].concat()).unwrap().into()
}

fn small_key(d: u8) -> SigningKey {
    let mut octets = [0; 32];
    octets[0] = d;
    SigningKey::from_le_bytes(ParameterSet::CryptoProA, &octets).unwrap()
}

#[test]
fn r_and_s_out_of_range() {
    let key = small_key(7).public_key();
    let digest = Digest::from([0x5a; 32]);
    let good = number(1);
    for bad in [number(0), hex(Q), plus(Q, 1), vec![0xff; 32]] {
        for forged in [signature(&bad, &good), signature(&good, &bad), signature(&bad, &bad)] {
            assert_eq!(verify(&key, &digest, &forged), Err(VerifyError::OutOfRange));
        }
    }
    let in_range = signature(&good, &hex(&Q.replace("b893", "b892")));
    assert_eq!(verify(&key, &digest, &in_range), Err(VerifyError::Mismatch));
}

/// With the private key 1 and r = s, z1 P + z2 Q is the point at infinity.
#[test]
fn point_at_infinity_in_verification() {
    let key = small_key(1).public_key();
    let digest = Digest::from([0x5a; 32]);
    for r in [1, 2, 0x41] {
        assert_eq!(verify(&key, &digest, &signature(&number(r), &number(r))), Err(VerifyError::Mismatch));
    }
}

#[test]
fn r_is_x_reduced_modulo_q() {
    let records = records(include_str!("vectors/gost_wrapped_r.txt"));
    assert_eq!(records.len(), 3);
    for record in records {
        let key = PublicKey::from_raw(record.set(), &record.octets("key")).unwrap();
        let digest = Digest::from_slice(&record.octets("digest")).unwrap();
        let signature = Kazakh::from_slice(&record.octets("signature")).unwrap();
        assert_eq!(verify(&key, &digest, &signature.into()), Ok(()));
    }
}

/// e = 0 mod q counts as 1: the digests 0, q and 1 give one and the same signature.
#[test]
fn digest_of_zero_counts_as_one() {
    let key = small_key(7);
    let nonce = [0x11; 32];
    let mut one = [0; 32];
    one[0] = 1;
    let mut q = hex(Q);
    q.reverse();
    let expected = hazmat::sign_with_nonce(&key, &Digest::from(one), &nonce).unwrap();
    for digest in [Digest::from([0; 32]), Digest::from_slice(&q).unwrap()] {
        assert_eq!(hazmat::sign_with_nonce(&key, &digest, &nonce), Ok(expected));
        assert_eq!(verify(&key.public_key(), &digest, &expected), Ok(()));
    }
}

#[test]
fn sizes_must_agree() {
    let key = small_key(7);
    let (short, long) = (Digest::from([1; 32]), Digest::from([1; 64]));
    let signature = hazmat::sign_with_nonce(&key, &short, &[0x11; 32]).unwrap();
    let wide: Signature = Standard::from_slice(&[1; 128]).unwrap().into();
    assert_eq!(verify(&key.public_key(), &long, &signature), Err(VerifyError::DigestLength));
    assert_eq!(verify(&key.public_key(), &short, &wide), Err(VerifyError::SignatureLength));
    assert_eq!(hazmat::sign_with_nonce(&key, &long, &[0x11; 32]), Err(SignError::DigestLength));
    assert_eq!(key.sign(&long, &mut Repeatable(1)), Err(SignError::DigestLength));
    for length in [0, 31, 33, 63, 65, 127, 129] {
        let octets = vec![1; length];
        assert_eq!(Digest::from_slice(&octets), Err(DecodeError::Length { found: length }));
        assert_eq!(Russian::from_slice(&octets), Err(DecodeError::Length { found: length }));
        assert_eq!(
            PublicKey::from_raw(ParameterSet::Tc26_512A, &octets),
            Err(DecodeError::Length { found: length })
        );
    }
}

#[test]
fn public_keys_off_the_curve() {
    let set = ParameterSet::CryptoProC;
    let from = |x: &[u8], y: &[u8]| PublicKey::from_coordinates(set, x, y);
    assert!(from(&number(0), &hex(Y_C)).is_ok());
    assert_eq!(from(&hex(P_C), &hex(Y_C)), Err(DecodeError::Coordinate), "x = p is x = 0 in disguise");
    assert_eq!(from(&number(0), &hex(P_C)), Err(DecodeError::Coordinate));
    assert_eq!(from(&[0xff; 32], &[0xff; 32]), Err(DecodeError::Coordinate));
    assert_eq!(from(&number(0), &number(0)), Err(DecodeError::NotOnCurve), "no way to say infinity");
    assert_eq!(from(&number(0), &plus(Y_C, 1)), Err(DecodeError::NotOnCurve));
    // A good key of one set is no key of another.
    let raw = small_key(7).public_key().to_raw();
    assert_eq!(PublicKey::from_raw(set, &raw), Err(DecodeError::NotOnCurve));
}

#[test]
fn octet_string_header() {
    let key = small_key(7).public_key();
    let good = key.to_octet_string();
    assert_eq!(good.get(..2), Some([0x04, 0x40].as_slice()));
    assert_eq!(good.len(), 66);
    let decode = |octets: &[u8]| PublicKey::from_octet_string(ParameterSet::CryptoProA, octets);
    assert_eq!(decode(&good), Ok(key));
    assert_eq!(decode(&[]), Err(DecodeError::Header));
    assert_eq!(decode(&good[2..]), Err(DecodeError::Header));
    assert_eq!(decode(&good[..65]), Err(DecodeError::Length { found: 63 }));
    assert_eq!(decode(&[good.as_slice(), &[0]].concat()), Err(DecodeError::Length { found: 65 }));
    assert_eq!(PublicKey::from_octet_string(ParameterSet::Tc26_512A, &good), Err(DecodeError::Header));
}

#[test]
fn private_keys_and_nonces_out_of_range() {
    let set = ParameterSet::CryptoProA;
    let mut q = hex(Q);
    q.reverse();
    let key = small_key(7);
    for bad in [vec![0; 32], q.clone(), vec![0xff; 32]] {
        assert_eq!(SigningKey::from_le_bytes(set, &bad).unwrap_err(), DecodeError::PrivateKey);
        assert_eq!(hazmat::sign_with_nonce(&key, &Digest::from([1; 32]), &bad), Err(SignError::Nonce));
    }
    assert_eq!(SigningKey::from_le_bytes(set, &[1; 31]).unwrap_err(), DecodeError::Length { found: 31 });
    assert_eq!(hazmat::sign_with_nonce(&key, &Digest::from([1; 32]), &[1; 33]), Err(SignError::Nonce));
    q[0] -= 1;
    assert_eq!(*SigningKey::from_le_bytes(set, &q).unwrap().to_le_bytes().as_slice(), *q);
}

/// Gives one octet for ever, or fails.
struct Broken(Option<u8>);

impl TryRng for Broken {
    type Error = core::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0.map(|octet| u32::from_ne_bytes([octet; 4])).ok_or(core::fmt::Error)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0.map(|octet| u64::from_ne_bytes([octet; 8])).ok_or(core::fmt::Error)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        octets.fill(self.0.ok_or(core::fmt::Error)?);
        Ok(())
    }
}

impl TryCryptoRng for Broken {}

#[test]
fn broken_generators_are_errors() {
    for set in ParameterSet::ALL.iter().copied() {
        for stuck in [None, Some(0), Some(0xff)] {
            let made = SigningKey::generate(set, &mut Broken(stuck));
            assert_eq!(made.unwrap_err(), SignError::Randomness, "{set} {stuck:?}");
        }
    }
    let key = small_key(7);
    assert_eq!(key.sign(&Digest::from([1; 32]), &mut Broken(None)), Err(SignError::Randomness));
}

#[test]
fn secrets_are_not_shown() {
    let key = SigningKey::from_le_bytes(ParameterSet::CryptoProA, &[0x5a; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey { set: CryptoProA, .. }");
}

#[test]
fn signature_crate_traits() {
    let key = SigningKey::generate(ParameterSet::Tc26_512A, &mut Repeatable(3)).unwrap();
    let prehash = [0x77; 64];
    let signed: Russian = key.sign_prehash_with_rng(&mut Repeatable(4), &prehash).unwrap();
    assert_eq!(signed.encoded_len(), 128);
    let public = key.public_key();
    public.verify_prehash(&prehash, &signed).unwrap();
    public.verify_prehash(&prehash, &Kazakh::from(Signature::from(signed))).unwrap();
    assert!(public.verify_prehash(&[0x78; 64], &signed).is_err());
    assert!(public.verify_prehash(&[0x77; 63], &signed).is_err());
}

#[test]
fn object_identifiers() {
    for set in ParameterSet::ALL.iter().copied() {
        let all = [Some(set.oid()), set.kazakh_oid()].into_iter().flatten();
        for oid in all.chain(set.aliases().iter().copied()) {
            assert_eq!(ParameterSet::from_oid(oid.der_body()), Some(set));
            assert_eq!(dotted(oid.der_body()), oid.dotted());
        }
    }
    assert_eq!(ParameterSet::from_oid(&[]), None);
    // One arc more, and one less, than tc26-256-A.
    assert_eq!(ParameterSet::from_oid(b"\x2a\x85\x03\x07\x01\x02\x01\x01\x01\x01"), None);
    assert_eq!(ParameterSet::from_oid(b"\x2a\x85\x03\x07\x01\x02\x01\x01"), None);
}

fn dotted(body: &[u8]) -> String {
    let mut arcs = vec![u32::from(body[0]) / 40, u32::from(body[0]) % 40];
    let mut arc = 0;
    for octet in &body[1..] {
        arc = arc << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}
