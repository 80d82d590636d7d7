//! Private keys in software: for the virtual token and for tests. A real token keeps its own.

use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::arith::words::Mask;
use super::digest::Digest;
use super::error::{DecodeError, SignError};
use super::nonce::NonceGenerator;
use super::octets::{Integer, MAX, Octets};
use super::parameter_set::ParameterSet;
use super::public_key::PublicKey;
use super::scheme::{self, Signer};
use super::signature::Signature;

/// How often a random number that is out of range is drawn anew. The worst set (CryptoPro-B) loses
/// one draw in two, so a working generator fails with probability 2^-128.
const DRAWS: u32 = 128;

/// A signature key d, 0 < d < q, with its parameter set. Wiped when dropped; never shown.
pub struct SigningKey {
    set: ParameterSet,
    d: Zeroizing<Integer>,
}

impl SigningKey {
    /// From the octets of d, little-endian, of the set's full length (32 or 64): the order of PKCS#11 and of
    /// Kazakh GOST 2015 key stores.
    ///
    /// # Errors
    /// [`DecodeError::Length`], or [`DecodeError::PrivateKey`] for 0 and for q and above.
    pub fn from_le_bytes(set: ParameterSet, octets: &[u8]) -> Result<Self, DecodeError> {
        if octets.len() != set.scalar_len() {
            return Err(DecodeError::Length { found: octets.len() });
        }
        let d = Zeroizing::new(Integer::from_le(octets));
        if !scheme::is_scalar(set, &d) {
            return Err(DecodeError::PrivateKey);
        }
        Ok(Self { set, d })
    }

    /// The octets of d as [`from_le_bytes`](Self::from_le_bytes) takes them, wiped when dropped.
    #[must_use]
    pub fn to_le_bytes(&self) -> Zeroizing<Octets<MAX>> {
        Zeroizing::new(Octets::new().append(self.d.le(self.set.scalar_len())))
    }

    /// A new key.
    ///
    /// # Errors
    /// [`SignError::Randomness`] when the generator fails.
    pub fn generate<R: TryCryptoRng + ?Sized>(set: ParameterSet, rng: &mut R) -> Result<Self, SignError> {
        Ok(Self { set, d: random_scalar(set, rng)? })
    }

    /// The key that verifies: d P, computed anew on each call.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        // d is in range by construction, so there always is a point.
        let (x, y) = scheme::public_point(self.set, &self.d).unwrap_or((Integer::ZERO, Integer::ZERO));
        PublicKey::new_unchecked(self.set, x, y)
    }

    /// Signs with a hedged nonce: derived from the key and the digest as
    /// [`sign_deterministic`](Self::sign_deterministic) does, with as many fresh random octets mixed in as a
    /// scalar has (RFC 6979 section 3.6). The way to sign: it is safe with a generator that repeats itself,
    /// and two signatures of one digest still differ.
    ///
    /// ```
    /// use kaztoken_core::gost::{HashAlgorithm, ParameterSet, SignError, SigningKey, signature::Kazakh, verify};
    /// # fn sign(rng: &mut impl rand_core::CryptoRng) -> Result<(), SignError> {
    /// let key = SigningKey::generate(ParameterSet::Tc26_512A, rng)?;
    /// let digest = HashAlgorithm::Streebog512.digest(b"payment order 17");
    /// let signature = key.sign(&digest, rng)?;
    /// assert_eq!(verify(&key.public_key(), &digest, &signature), Ok(()));
    /// let for_a_kazakh_certificate = Kazakh::from(signature);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SignError::DigestLength`], or [`SignError::Randomness`] when the generator fails.
    pub fn sign<R: TryCryptoRng + ?Sized>(
        &self,
        digest: &Digest,
        rng: &mut R,
    ) -> Result<Signature, SignError> {
        self.sign_hedged(digest, rng, &Signer::of(self.set))
    }

    /// Signs with a nonce derived from the key and the digest: RFC 6979 with HMAC-Streebog of the set's
    /// size. No standard defines this for GOST R 34.10; it is this library's choice, and whoever verifies
    /// cannot tell. The same key and digest give the same signature.
    ///
    /// # Errors
    /// [`SignError::DigestLength`].
    pub fn sign_deterministic(&self, digest: &Digest) -> Result<Signature, SignError> {
        self.sign_derived(digest, &[], &Signer::of(self.set))
    }

    /// Signs with a nonce from the generator alone, as RFC 7091 section 6.1 has it. A generator that
    /// repeats itself gives the key away; [`sign`](Self::sign) forgives that.
    ///
    /// # Errors
    /// [`SignError::DigestLength`], or [`SignError::Randomness`] when the generator fails.
    pub fn sign_randomized<R: TryCryptoRng + ?Sized>(
        &self,
        digest: &Digest,
        rng: &mut R,
    ) -> Result<Signature, SignError> {
        self.check_digest(digest)?;
        // The standard asks for another nonce when r or s is 0: that does not happen twice.
        for _ in 0..2 {
            let k = random_scalar(self.set, rng)?;
            match self.sign_with(digest, &k) {
                Err(SignError::Nonce) => {}
                result => return result,
            }
        }
        Err(SignError::Randomness)
    }

    pub(super) fn sign_with(&self, digest: &Digest, k: &Integer) -> Result<Signature, SignError> {
        self.sign_by(digest, k, &Signer::of(self.set))
    }

    pub(super) fn sign_hedged<R: TryCryptoRng + ?Sized>(
        &self,
        digest: &Digest,
        rng: &mut R,
        signer: &Signer,
    ) -> Result<Signature, SignError> {
        self.check_digest(digest)?;
        let mut fresh = Zeroizing::new([0; MAX]);
        let fresh = fresh.get_mut(..self.set.scalar_len()).ok_or(SignError::Randomness)?;
        rng.try_fill_bytes(fresh).map_err(|_| SignError::Randomness)?;
        self.sign_derived(digest, fresh, signer)
    }

    /// Signs with the first nonce of RFC 6979 that is in range and gives neither r = 0 nor s = 0.
    pub(super) fn sign_derived(
        &self,
        digest: &Digest,
        fresh: &[u8],
        signer: &Signer,
    ) -> Result<Signature, SignError> {
        self.check_digest(digest)?;
        let len = self.set.scalar_len();
        let big_endian = |value: &Integer| Zeroizing::new(Octets::<MAX>::new().append(value.be(len)));
        let order = big_endian(&scheme::order(self.set));
        let d = big_endian(&self.d);
        let e = big_endian(&(signer.reduce)(&digest.number()));
        let mut nonces = NonceGenerator::new(&order, &d, &e, fresh).ok_or(SignError::DigestLength)?;
        let mut candidate = Zeroizing::new([0; MAX]);
        for _ in 0..DRAWS {
            let octets = candidate.get_mut(..len).ok_or(SignError::Nonce)?;
            let in_range = nonces.next_candidate(octets).unwrap_u8();
            if !Mask::from_bit(in_range.into()).declassify() {
                continue;
            }
            let k = Zeroizing::new(Integer::from_be(octets));
            match self.sign_by(digest, &k, signer) {
                Err(SignError::Nonce) => {}
                result => return result,
            }
        }
        Err(SignError::Nonce)
    }

    pub(super) fn check_digest(&self, digest: &Digest) -> Result<(), SignError> {
        if digest.as_slice().len() == self.set.scalar_len() { Ok(()) } else { Err(SignError::DigestLength) }
    }

    /// Signs with the nonce k.
    pub(super) fn sign_by(
        &self,
        digest: &Digest,
        k: &Integer,
        signer: &Signer,
    ) -> Result<Signature, SignError> {
        self.check_digest(digest)?;
        let scalar_len = self.set.scalar_len();
        let (r, s) = (signer.sign)(&self.d, &digest.number(), k).ok_or(SignError::Nonce)?;
        Ok(Signature { r, s, scalar_len })
    }

    /// d.
    pub(super) fn secret(&self) -> &Integer {
        &self.d
    }

    /// The curve.
    #[must_use]
    pub const fn parameter_set(&self) -> ParameterSet {
        self.set
    }
}

impl ZeroizeOnDrop for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("set", &self.set).finish_non_exhaustive()
    }
}

/// A uniformly distributed number in 1..q.
fn random_scalar<R: TryCryptoRng + ?Sized>(
    set: ParameterSet,
    rng: &mut R,
) -> Result<Zeroizing<Integer>, SignError> {
    let mask = scheme::top_octet_mask(set);
    let mut buffer = Zeroizing::new([0; MAX]);
    for _ in 0..DRAWS {
        let octets = buffer.get_mut(..set.scalar_len()).ok_or(SignError::Randomness)?;
        rng.try_fill_bytes(octets).map_err(|_| SignError::Randomness)?;
        if let Some(top) = octets.last_mut() {
            *top &= mask;
        }
        let value = Zeroizing::new(Integer::from_le(octets));
        if scheme::is_scalar(set, &value) {
            return Ok(value);
        }
    }
    buffer.zeroize();
    Err(SignError::Randomness)
}
