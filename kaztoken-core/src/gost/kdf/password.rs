//! PBKDF2.

use core::num::NonZeroU32;

use zeroize::Zeroizing;

use super::super::octets::MAX;
use super::KdfError;
use super::hmac::{Hmac, KeyedHash};

impl<H: KeyedHash> Hmac<H> {
    /// PBKDF2 (RFC 8018 section 5.2) with this HMAC: fills `out` from a password.
    ///
    /// RFC 9337 fixes [`HmacStreebog512`](super::HmacStreebog512), a salt of 8 to 32 octets and at least 1000
    /// iterations (sections 4 and 5.1.1); older key stores use the other functions. The running time grows
    /// with `iterations` and with the length of `out`: bound both when they come from a file.
    ///
    /// # Errors
    /// [`KdfError::OutputLength`] when `out` has more than 2^32 - 1 times the octets of the code; it is left
    /// as it is.
    pub fn pbkdf2(
        password: &[u8],
        salt: &[u8],
        iterations: NonZeroU32,
        out: &mut [u8],
    ) -> Result<(), KdfError> {
        let block_len = Self::output_len();
        if u32::try_from(out.len().div_ceil(block_len)).is_err() {
            return Err(KdfError::OutputLength { found: out.len() });
        }
        let keyed = Self::new(password);
        for (number, place) in (1_u32..).zip(out.chunks_mut(block_len)) {
            let mut first = keyed.clone();
            first.update(salt);
            first.update(&number.to_be_bytes());
            block(&keyed, first, iterations, place);
        }
        Ok(())
    }
}

/// T(i) = U_1 ^ U_2 ^ ..., cut to the length of `out`.
fn block<H: KeyedHash>(keyed: &Hmac<H>, first: Hmac<H>, iterations: NonZeroU32, out: &mut [u8]) {
    let mut u = Zeroizing::new([0; MAX]);
    let mut sum = Zeroizing::new([0; MAX]);
    first.finish_into(u.as_mut_slice());
    *sum = *u;
    for _ in 1..iterations.get() {
        let mut next = keyed.clone();
        next.update(u.get(..Hmac::<H>::output_len()).unwrap_or_default());
        next.finish_into(u.as_mut_slice());
        sum.iter_mut().zip(u.iter()).for_each(|(total, octet)| *total ^= octet);
    }
    out.iter_mut().zip(sum.iter()).for_each(|(place, octet)| *place = *octet);
}
