//! Operations with keys. The inputs are those of `peers/protocol.c`, so that every program works on the same.

use std::hint::black_box;

use kaztoken_core::gost::key_agreement::vko_256;
use kaztoken_core::gost::signature::Standard;
use kaztoken_core::gost::{
    BatchItem, Digest, ParameterSet, PublicKey, Signature, SigningKey, hazmat, verify, verify_batch,
};

use super::gost_rng::Repeatable;
use super::{Operation, hex};

/// What can be run on each curve: d G for a given d; signing with a given nonce, and the three ways of
/// [`SigningKey`], with a generator that costs nothing; [`verify`]; [`verify_batch`] with 32 signatures of
/// one key; and [`vko_256`] with the key's own public key as the other side's.
pub(crate) const OPERATIONS: &[&str] = &[
    "keygen",
    "sign",
    "sign-randomized",
    "sign-deterministic",
    "sign-hedged",
    "verify",
    "verify-batch-32",
    "agree",
];

const UKM: [u8; 8] = [0x1d, 0x80, 0x60, 0x3c, 0x85, 0x44, 0xc7, 0x27];

/// A parameter set with the inputs of its operations.
pub(crate) struct Curve {
    set: ParameterSet,
    key: SigningKey,
    public: PublicKey,
    digest: Digest,
    /// Lowest octet first.
    nonce: Vec<u8>,
    rng: Repeatable,
    /// What `verify` checks.
    signature: Signature,
    batch: Vec<(Digest, Signature)>,
}

impl Curve {
    pub(crate) fn new(set: ParameterSet) -> Self {
        let len = set.scalar_len();
        // As numbers d and k begin with 01 02 and with 11 12, which is below every q.
        let [mut d, mut nonce, octets] =
            [0x01, 0x11, 0x20].map(|first| (first..).take(len).collect::<Vec<u8>>());
        d.reverse();
        nonce.reverse();
        let key = SigningKey::from_le_bytes(set, &d).expect("01 02 ... is below q");
        let digest = Digest::from_slice(&octets).expect("a digest's length");
        let signature = hazmat::sign_with_nonce(&key, &digest, &nonce).expect("11 12 ... is below q");
        let public = key.public_key();
        let mut rng = Repeatable(5);
        let batch = (0..32).map(|index| {
            let digest = Digest::from_slice(&vec![index; len]).expect("a digest's length");
            (digest, key.sign(&digest, &mut rng).expect("a generator that gives"))
        });
        let batch = batch.collect();
        Self { set, key, public, digest, nonce, rng, signature, batch }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.set.name()
    }

    /// x and y, highest octet first.
    pub(crate) fn public_key(&self) -> String {
        let (x, y) = self.public.to_coordinates();
        hex(&x) + &hex(&y)
    }

    /// r and s of the signature with the given nonce.
    pub(crate) fn sign(&self) -> String {
        let signature = hazmat::sign_with_nonce(&self.key, &self.digest, &self.nonce).expect("as in `new`");
        hex(Standard::from(signature).as_slice())
    }

    /// What the key agrees on with its own public key.
    pub(crate) fn secret(&self) -> String {
        hex(&*vko_256(&self.key, &self.public, &UKM).expect("a key of large order"))
    }

    /// Takes r and s for `verify`, if they are a good signature.
    pub(crate) fn accept(&mut self, signature: &[u8]) -> bool {
        let Ok(signature) = Standard::from_slice(signature).map(Signature::from) else {
            return false;
        };
        let good = verify(&self.public, &self.digest, &signature).is_ok();
        if good {
            self.signature = signature;
        }
        good
    }

    pub(crate) fn operation(&mut self, name: &str) -> Option<Operation<'_>> {
        let Self { key, public, digest, nonce, rng, signature, batch, .. } = self;
        Some(match name {
            "keygen" => Box::new(|| {
                black_box(black_box(&*key).public_key());
            }),
            "sign" => Box::new(|| {
                let made = hazmat::sign_with_nonce(black_box(key), black_box(digest), black_box(nonce));
                black_box(made.expect("as in `new`"));
            }),
            "sign-randomized" => Box::new(|| {
                let made = black_box(&*key).sign_randomized(black_box(digest), rng);
                black_box(made.expect("a generator that gives"));
            }),
            "sign-deterministic" => Box::new(|| {
                black_box(black_box(&*key).sign_deterministic(black_box(digest)).expect("a digest's length"));
            }),
            "sign-hedged" => Box::new(|| {
                black_box(black_box(&*key).sign(black_box(digest), rng).expect("a generator that gives"));
            }),
            "verify" => Box::new(|| {
                verify(black_box(public), black_box(digest), black_box(signature)).expect("a good signature");
            }),
            "verify-batch-32" => Box::new(|| {
                let items =
                    batch.iter().map(|(digest, signature)| BatchItem { key: public, digest, signature });
                verify_batch(black_box(items), |_, result| result.expect("a good signature"));
            }),
            "agree" => Box::new(|| {
                black_box(vko_256(black_box(key), black_box(public), &UKM).expect("a key of large order"));
            }),
            _ => return None,
        })
    }
}
