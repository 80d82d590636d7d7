//! For known-answer tests, and for those who bring a nonce of their own. **Handle with care**: a nonce
//! that is used twice, or known, gives the private key away.

use zeroize::Zeroizing;

use super::digest::Digest;
use super::error::SignError;
use super::octets::Integer;
use super::signature::Signature;
use super::signing_key::SigningKey;

/// Signs with the nonce k, given in little-endian octets of the set's full length.
///
/// # Errors
/// [`SignError::DigestLength`]; [`SignError::Nonce`] when k has another length, is 0 or not below q, or
/// gives r = 0 or s = 0.
pub fn sign_with_nonce(key: &SigningKey, digest: &Digest, k: &[u8]) -> Result<Signature, SignError> {
    if k.len() != key.parameter_set().scalar_len() {
        return Err(SignError::Nonce);
    }
    key.sign_with(digest, &Zeroizing::new(Integer::from_le(k)))
}
