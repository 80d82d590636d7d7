//! One curve at a time, for firmware: only the named curve's code and tables are linked.
//!
//! The functions beside this module take keys of any parameter set and so link all of them. Here the
//! curve is a type; keys, digests and signatures are the same types as everywhere.
//!
//! ```
//! use kaztoken_core::gost::single::{CryptoProA, OneCurve};
//! use kaztoken_core::gost::{Digest, DecodeError, VerifyError, signature::TokenWire};
//!
//! fn check(key: &[u8], hash: [u8; 32], answer: &[u8]) -> Result<bool, DecodeError> {
//!     let key = CryptoProA::public_key(key)?;
//!     let signature = TokenWire::from_slice(answer)?.into();
//!     Ok(CryptoProA::verify(&key, &Digest::from(hash), &signature).is_ok())
//! }
//! ```

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::arith::field::Field;
use super::curve::Curve;
use super::digest::Digest;
use super::error::{DecodeError, SignError, VerifyError};
use super::octets::Integer;
use super::parameter_set::ParameterSet;
use super::public_key::{self, PublicKey};
use super::scheme::{self, Signer};
use super::signature::Signature;
use super::signing_key::SigningKey;

pub use super::curve::sets::{
    CryptoProA, CryptoProB, CryptoProC, Tc26A256, Tc26A512, Tc26B512, Tc26C512, Test256, Test512,
};

mod sealed {
    pub trait Sealed {}
}

impl<C: Curve> sealed::Sealed for C {}

/// What can be done on one curve. Implemented by the curve types of this module only.
///
/// A key of another parameter set than [`SET`](Self::SET) is refused.
pub trait OneCurve: sealed::Sealed {
    /// The parameter set.
    const SET: ParameterSet;

    /// As [`PublicKey::from_raw`].
    ///
    /// # Errors
    /// Those of [`PublicKey::from_raw`].
    fn public_key(octets: &[u8]) -> Result<PublicKey, DecodeError>;

    /// As [`SigningKey::public_key`].
    ///
    /// # Errors
    /// [`DecodeError::ParameterSet`].
    fn public_key_of(key: &SigningKey) -> Result<PublicKey, DecodeError>;

    /// As [`SigningKey::sign`].
    ///
    /// # Errors
    /// Those of [`SigningKey::sign`], and [`SignError::ParameterSet`].
    fn sign<R: TryCryptoRng + ?Sized>(
        key: &SigningKey,
        digest: &Digest,
        rng: &mut R,
    ) -> Result<Signature, SignError>;

    /// As [`SigningKey::sign_deterministic`].
    ///
    /// # Errors
    /// Those of [`SigningKey::sign_deterministic`], and [`SignError::ParameterSet`].
    fn sign_deterministic(key: &SigningKey, digest: &Digest) -> Result<Signature, SignError>;

    /// As [`hazmat::sign_with_nonce`](super::hazmat::sign_with_nonce), with the same warning: a nonce that
    /// is used twice, or known, gives the private key away.
    ///
    /// # Errors
    /// Those of [`hazmat::sign_with_nonce`](super::hazmat::sign_with_nonce), and [`SignError::ParameterSet`].
    fn sign_with_nonce(key: &SigningKey, digest: &Digest, k: &[u8]) -> Result<Signature, SignError>;

    /// As [`verify`](super::verify()).
    ///
    /// # Errors
    /// Those of [`verify`](super::verify()); a key of another parameter set is a
    /// [`VerifyError::Mismatch`].
    fn verify(key: &PublicKey, digest: &Digest, signature: &Signature) -> Result<(), VerifyError>;
}

impl<C: Curve> OneCurve for C {
    const SET: ParameterSet = C::SET;

    fn public_key(octets: &[u8]) -> Result<PublicKey, DecodeError> {
        let (x, y) = public_key::raw_coordinates(C::SET, octets)?;
        scheme::point::<C>(&x, &y)?;
        Ok(PublicKey::new_unchecked(C::SET, x, y))
    }

    fn public_key_of(key: &SigningKey) -> Result<PublicKey, DecodeError> {
        if key.parameter_set() != C::SET {
            return Err(DecodeError::ParameterSet);
        }
        let (x, y) = C::multiply_base(key.secret());
        Ok(PublicKey::new_unchecked(C::SET, x.to_integer(), y.to_integer()))
    }

    fn sign<R: TryCryptoRng + ?Sized>(
        key: &SigningKey,
        digest: &Digest,
        rng: &mut R,
    ) -> Result<Signature, SignError> {
        if key.parameter_set() != C::SET {
            return Err(SignError::ParameterSet);
        }
        key.sign_hedged(digest, rng, &Signer::on::<C>())
    }

    fn sign_deterministic(key: &SigningKey, digest: &Digest) -> Result<Signature, SignError> {
        if key.parameter_set() != C::SET {
            return Err(SignError::ParameterSet);
        }
        key.sign_derived(digest, &[], &Signer::on::<C>())
    }

    fn sign_with_nonce(key: &SigningKey, digest: &Digest, k: &[u8]) -> Result<Signature, SignError> {
        if key.parameter_set() != C::SET {
            return Err(SignError::ParameterSet);
        }
        if k.len() != C::SET.scalar_len() {
            return Err(SignError::Nonce);
        }
        let k = Zeroizing::new(Integer::from_le(k));
        key.sign_by(digest, &k, &Signer::on::<C>())
    }

    fn verify(key: &PublicKey, digest: &Digest, signature: &Signature) -> Result<(), VerifyError> {
        if key.parameter_set() != C::SET {
            return Err(VerifyError::Mismatch);
        }
        super::verification::check_sizes(C::SET, digest, signature)?;
        scheme::verify_on::<C>((&key.x, &key.y), &digest.number(), (&signature.r, &signature.s))
    }
}
