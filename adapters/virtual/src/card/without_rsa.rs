//! A token that knows no RSA: no size of an RSA key object is a possible one, so there never is such an object.

use alloc::vec::Vec;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// None is possible.
pub(super) const fn bits_of_private(_size: u16) -> Option<usize> {
    None
}

/// None is possible.
pub(super) const fn bits_of_public(_size: u16) -> Option<usize> {
    None
}

/// Never called with bits that are possible.
pub(super) const fn generate<R: CryptoRng + ?Sized>(
    _rng: &mut R,
    _bits: usize,
) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    None
}

/// Refused. A state that was stored by a token with RSA may hold such a key.
pub(super) const fn private_operation(_image: &[u8], _block: &[u8]) -> Option<Vec<u8>> {
    None
}
