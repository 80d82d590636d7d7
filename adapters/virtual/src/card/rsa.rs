//! RSA as the token's key objects hold it: little-endian, fixed width, with the Chinese remainder parts.

use alloc::vec::Vec;
use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Odd, Resize};
use rand_core::CryptoRng;
use rsa::PrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use zeroize::Zeroizing;

/// Zero bytes after p and after q in the private image.
const GAP: usize = 4;

/// Modulus bits for the size of a private key object, if it is a possible size.
pub(super) fn bits_of_private(size: u16) -> Option<usize> {
    let parts = usize::from(size).checked_sub(2 * GAP)?;
    possible(parts.is_multiple_of(5).then_some(parts / 5 * 16)?)
}

/// Modulus bits for the size of a public key object, if it is a possible size.
pub(super) fn bits_of_public(size: u16) -> Option<usize> {
    let size = usize::from(size);
    possible(size.is_multiple_of(3).then_some(size / 3 * 16)?)
}

fn possible(bits: usize) -> Option<usize> {
    ((512..=4096).contains(&bits) && bits.is_multiple_of(128)).then_some(bits)
}

/// A new key pair with exponent 65537: the private and the public image. `None` if the generator fails.
pub(super) fn generate<R: CryptoRng + ?Sized>(
    rng: &mut R,
    bits: usize,
) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let key = PrivateKey::new_unchecked(rng, bits).ok()?;
    let [p, q] = key.primes() else { return None };
    let width = bits / 16;
    let mut private = Zeroizing::new(Vec::with_capacity(5 * width + 2 * GAP));
    let parts = [(&**p, GAP), (&**q, GAP), (&key.qinv()?.retrieve(), 0), (key.dp()?, 0), (key.dq()?, 0)];
    for (part, gap) in parts {
        append(&mut private, part, width);
        let len = private.len();
        private.resize(len + gap, 0);
    }
    let mut public = Vec::with_capacity(3 * width);
    append(&mut public, key.n(), 2 * width);
    append(&mut public, key.e(), width);
    Some((private, public))
}

fn append(out: &mut Vec<u8>, number: &BoxedUint, width: usize) {
    let bytes = Zeroizing::new(number.to_le_bytes().into_vec());
    let end = out.len() + width;
    out.extend(bytes.iter().take(width));
    out.resize(end, 0);
}

/// The raw private operation on a little-endian block as long as the modulus. `None`: the block is not below
/// the modulus, or the image holds no usable key.
pub(super) fn private_operation(image: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let width = image.len().checked_sub(2 * GAP)? / 5;
    let bits = u32::try_from(width.checked_mul(8)?).ok()?;
    let number = |at: usize| BoxedUint::from_le_slice(image.get(at..at + width)?, bits).ok();
    let p = Option::<Odd<BoxedUint>>::from(Odd::new(number(0)?))?;
    let q = Option::<Odd<BoxedUint>>::from(Odd::new(number(width + GAP)?))?;
    let after = 2 * (width + GAP);
    let (qinv, dp, dq) = (number(after)?, number(after + width)?, number(after + 2 * width)?);
    if block.len() != 2 * width {
        return None;
    }
    let c = BoxedUint::from_le_slice(block, 2 * bits).ok()?;
    if c >= p.concatenating_mul(q.as_ref()).try_resize(2 * bits)? {
        return None;
    }
    let (p_nz, q_nz): (&NonZero<BoxedUint>, &NonZero<BoxedUint>) = (p.as_nz_ref(), q.as_nz_ref());
    // Garner: m = m2 + q * (qinv * (m1 - m2) mod p).
    let m1 = c.rem(p_nz).pow_mod(&dp, &p);
    let m2 = c.rem(q_nz).pow_mod(&dq, &q);
    let h = m1.sub_mod(&m2.rem(p_nz), p_nz).mul_mod(&qinv.rem(p_nz), p_nz);
    let m = m2.try_resize(2 * bits)?.wrapping_add(h.concatenating_mul(q.as_ref()).try_resize(2 * bits)?);
    let mut out = Vec::with_capacity(2 * width);
    append(&mut out, &m, 2 * width);
    Some(out)
}
