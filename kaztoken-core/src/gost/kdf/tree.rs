//! KDF and KDF_TREE of RFC 7836.

use zeroize::Zeroizing;

use super::KdfError;
use super::hmac::HmacStreebog256;

/// Octets that one round gives.
const ROUND: usize = 32;

/// KDF_GOSTR3411_2012_256 (RFC 7836 section 4.5): one 256-bit key from `key`.
///
/// `label` and `seed` separate the uses of a key; their lengths should be fixed by the protocol.
#[must_use]
pub fn kdf(key: &[u8], label: &[u8], seed: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; ROUND]);
    round(HmacStreebog256::new(key), &[1], label, seed, &[1, 0], out.as_mut_slice());
    out
}

/// KDF_TREE_GOSTR3411_2012_256 (RFC 7836 section 4.4): fills `out` with K(1) | K(2) | ..., the last one cut.
///
/// L, the number of bits, is that of `out`, and enters the computation: the head of a longer output is not a
/// shorter one. `counter_len` is R, the octets of the round counter.
///
/// # Errors
/// [`KdfError::CounterLength`] unless R is 1 to 4, [`KdfError::OutputLength`] when `out` has more than
/// 32 (2^(8 R) - 1) octets; `out` is left as it is.
pub fn kdf_tree(
    key: &[u8],
    label: &[u8],
    seed: &[u8],
    counter_len: u8,
    out: &mut [u8],
) -> Result<(), KdfError> {
    if !(1..=4).contains(&counter_len) {
        return Err(KdfError::CounterLength { found: counter_len });
    }
    let too_long = KdfError::OutputLength { found: out.len() };
    let rounds = u64::try_from(out.len().div_ceil(ROUND)).map_err(|_| too_long)?;
    if rounds >= 1 << (8 * u32::from(counter_len)) {
        return Err(too_long);
    }
    let bits = u64::try_from(out.len()).map_err(|_| too_long)?.saturating_mul(8).to_be_bytes();
    let bits = significant(&bits);
    let keyed = HmacStreebog256::new(key);
    for (number, place) in (1_u32..).zip(out.chunks_mut(ROUND)) {
        let number = number.to_be_bytes();
        let counter = number.get(4_usize.saturating_sub(counter_len.into())..).unwrap_or(&number);
        round(keyed.clone(), counter, label, seed, bits, place);
    }
    Ok(())
}

fn round(mut keyed: HmacStreebog256, counter: &[u8], label: &[u8], seed: &[u8], bits: &[u8], out: &mut [u8]) {
    for piece in [counter, label, &[0], seed, bits] {
        keyed.update(piece);
    }
    keyed.finish_into(out);
}

/// The number without leading zero octets.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}
