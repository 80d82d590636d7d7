//! Verification, and the traits of the `signature` crate.

use digest::{FixedOutput, Update};
use rand_core::TryCryptoRng;
use signature::hazmat::{PrehashSigner, PrehashVerifier, RandomizedPrehashSigner};
use signature::{DigestSigner, DigestVerifier};

use super::digest::Digest;
use super::error::VerifyError;
use super::parameter_set::ParameterSet;
use super::public_key::PublicKey;
use super::scheme;
use super::signature::Signature;
use super::signing_key::SigningKey;

/// Checks a signature of a digest (RFC 7091 section 6.2). Not in constant time: all of it is public.
///
/// # Errors
/// [`VerifyError`] says at which step it failed; every error means "do not trust".
pub fn verify(key: &PublicKey, digest: &Digest, signature: &Signature) -> Result<(), VerifyError> {
    let set = key.parameter_set();
    check_sizes(set, digest, signature)?;
    scheme::verify(set, (&key.x, &key.y), &digest.number(), (&signature.r, &signature.s))
}

pub(super) fn check_sizes(
    set: ParameterSet,
    digest: &Digest,
    signature: &Signature,
) -> Result<(), VerifyError> {
    if digest.as_slice().len() != set.scalar_len() {
        return Err(VerifyError::DigestLength);
    }
    if signature.scalar_len != set.scalar_len() {
        return Err(VerifyError::SignatureLength);
    }
    Ok(())
}

/// Takes any of the layout types, or a bare [`Signature`]. `prehash` is the hash function's output.
impl<S> PrehashVerifier<S> for PublicKey
where
    S: Clone,
    Signature: From<S>,
{
    fn verify_prehash(&self, prehash: &[u8], signature: &S) -> Result<(), signature::Error> {
        let digest = Digest::from_slice(prehash).map_err(|_| signature::Error::new())?;
        verify(self, &digest, &Signature::from(signature.clone())).map_err(|_| signature::Error::new())
    }
}

/// Gives any of the layout types, or a bare [`Signature`]. `prehash` is the hash function's output.
impl<S: From<Signature>> RandomizedPrehashSigner<S> for SigningKey {
    fn sign_prehash_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prehash: &[u8],
    ) -> Result<S, signature::Error> {
        let digest = Digest::from_slice(prehash).map_err(|_| signature::Error::new())?;
        self.sign(&digest, rng).map(S::from).map_err(|_| signature::Error::new())
    }
}

/// Signs deterministically. `prehash` is the hash function's output.
impl<S: From<Signature>> PrehashSigner<S> for SigningKey {
    fn sign_prehash(&self, prehash: &[u8]) -> Result<S, signature::Error> {
        let digest = Digest::from_slice(prehash).map_err(|_| signature::Error::new())?;
        self.sign_deterministic(&digest).map(S::from).map_err(|_| signature::Error::new())
    }
}

/// Signs deterministically what `D` gives out: [`Streebog256`](super::hash::Streebog256) and its like for
/// 256-bit keys, [`Streebog512`](super::hash::Streebog512) for 512-bit ones.
impl<D: Default + Update + FixedOutput, S: From<Signature>> DigestSigner<D, S> for SigningKey {
    fn try_sign_digest<F: Fn(&mut D) -> Result<(), signature::Error>>(
        &self,
        update: F,
    ) -> Result<S, signature::Error> {
        let mut hash = D::default();
        update(&mut hash)?;
        self.sign_prehash(&hash.finalize_fixed())
    }
}

/// Verifies what `D` gives out.
impl<D, S> DigestVerifier<D, S> for PublicKey
where
    D: Default + Update + FixedOutput,
    S: Clone,
    Signature: From<S>,
{
    fn verify_digest<F: Fn(&mut D) -> Result<(), signature::Error>>(
        &self,
        update: F,
        signature: &S,
    ) -> Result<(), signature::Error> {
        let mut hash = D::default();
        update(&mut hash)?;
        self.verify_prehash(&hash.finalize_fixed(), signature)
    }
}
