//! Private keys in software: for the virtual token and for tests. A real token keeps its own.

use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::digest::Digest;
use super::error::{DecodeError, SignError};
use super::octets::{Integer, MAX, Octets};
use super::parameter_set::ParameterSet;
use super::public_key::PublicKey;
use super::scheme;
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

    /// Signs with a random nonce.
    ///
    /// # Errors
    /// [`SignError::DigestLength`], or [`SignError::Randomness`] when the generator fails.
    pub fn sign<R: TryCryptoRng + ?Sized>(
        &self,
        digest: &Digest,
        rng: &mut R,
    ) -> Result<Signature, SignError> {
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
        self.sign_by(digest, k, |d, e, k| scheme::sign(self.set, d, e, k))
    }

    /// Signs by a function of d, e and k that gives r and s.
    pub(super) fn sign_by(
        &self,
        digest: &Digest,
        k: &Integer,
        sign: impl FnOnce(&Integer, &Integer, &Integer) -> Option<(Integer, Integer)>,
    ) -> Result<Signature, SignError> {
        let scalar_len = self.set.scalar_len();
        if digest.as_slice().len() != scalar_len {
            return Err(SignError::DigestLength);
        }
        let (r, s) = sign(&self.d, &digest.number(), k).ok_or(SignError::Nonce)?;
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
