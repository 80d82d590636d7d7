//! Key agreement VKO: two GOST key pairs and a public number, the UKM, give both sides the same secret.
//!
//! | What | Keys | Hash | Standard |
//! |---|---|---|---|
//! | [`vko_2001`] | 256 bits | GOST R 34.11-94, CryptoPro S-box | RFC 4357 section 5.2 |
//! | [`vko_256`] | 256 or 512 bits | Streebog-256 | RFC 7836 section 4.3.1 |
//! | [`vko_512`] | 512 bits | Streebog-512 | RFC 7836 section 4.3.2 |
//!
//! The secret is the hash of the point (m/q UKM x mod q) (y P), as x and y one after the other, both
//! little-endian; x is one's own private key, y P the other side's public one, m/q the cofactor of the curve.
//!
//! ```
//! use kaztoken_core::gost::key_agreement::{AgreementError, vko_256};
//! use kaztoken_core::gost::{PublicKey, SigningKey};
//!
//! fn secret(mine: &SigningKey, theirs: &PublicKey) -> Result<[u8; 32], AgreementError> {
//!     Ok(*vko_256(mine, theirs, &[0x1d, 0x80, 0x60, 0x3c, 0x85, 0x44, 0xc7, 0x27])?)
//! }
//! ```

use core::fmt;

use digest::Digest;
use zeroize::{Zeroize, Zeroizing};

use super::hash::Gost94CryptoPro;
use super::octets::Integer;
use super::parameter_set::ParameterSet;
use super::public_key::PublicKey;
use super::scheme;
use super::secret_hash::{SecretStreebog256, SecretStreebog512};
use super::signing_key::SigningKey;

/// VKO_GOSTR3410_2001 (RFC 4357 section 5.2): a key encryption key of 256 bits from 256-bit keys.
///
/// The hash of the agreed point is table based, not constant time; the multiplication is.
///
/// The UKM is a little-endian number of 64 bits; 0 counts as 1 (the standard takes it from step 2 of the
/// signature algorithm, which says so).
///
/// # Errors
/// [`AgreementError::ParameterSets`]; [`AgreementError::KeySize`] for 512-bit keys;
/// [`AgreementError::WeakKey`] when one of the public keys is the base point, which the standard forbids;
/// [`AgreementError::NoSecret`].
pub fn vko_2001(
    own: &SigningKey,
    peer: &PublicKey,
    ukm: &[u8; 8],
) -> Result<Zeroizing<[u8; 32]>, AgreementError> {
    let set = common_set(own, peer)?;
    if set.scalar_len() != 32 {
        return Err(AgreementError::KeySize);
    }
    let base = scheme::public_point(set, &Integer::from_le(&[1])).ok_or(AgreementError::NoSecret)?;
    let mine = own.public_key();
    if (mine.x, mine.y) == base || (peer.x, peer.y) == base {
        return Err(AgreementError::WeakKey);
    }
    let ukm = if *ukm == [0; 8] { 1_u64.to_le_bytes() } else { *ukm };
    agree::<Gost94CryptoPro, 32>(set, own, peer, &ukm)
}

/// VKO_GOSTR3410_2012_256 (RFC 7836 section 4.3.1): 256 bits from keys of either size.
///
/// The UKM is a little-endian number from 1 on, in 1 to 32 octets for 256-bit keys and 1 to 64 for 512-bit
/// ones; `&[1]` where a protocol has none. With a key that is used more than once it should be fresh, and 8
/// octets or more.
///
/// # Errors
/// [`AgreementError::ParameterSets`], [`AgreementError::UkmLength`], [`AgreementError::UkmZero`],
/// [`AgreementError::NoSecret`].
pub fn vko_256(
    own: &SigningKey,
    peer: &PublicKey,
    ukm: &[u8],
) -> Result<Zeroizing<[u8; 32]>, AgreementError> {
    let set = common_set(own, peer)?;
    agree::<SecretStreebog256, 32>(set, own, peer, checked_ukm(set, ukm)?)
}

/// VKO_GOSTR3410_2012_512 (RFC 7836 section 4.3.2): 512 bits from 512-bit keys.
///
/// The UKM is as for [`vko_256`]; with a key that is used more than once it should be fresh, and 16 octets
/// or more.
///
/// # Errors
/// Those of [`vko_256`], and [`AgreementError::KeySize`] for 256-bit keys.
pub fn vko_512(
    own: &SigningKey,
    peer: &PublicKey,
    ukm: &[u8],
) -> Result<Zeroizing<[u8; 64]>, AgreementError> {
    let set = common_set(own, peer)?;
    if set.scalar_len() != 64 {
        return Err(AgreementError::KeySize);
    }
    agree::<SecretStreebog512, 64>(set, own, peer, checked_ukm(set, ukm)?)
}

fn common_set(own: &SigningKey, peer: &PublicKey) -> Result<ParameterSet, AgreementError> {
    let set = own.parameter_set();
    if set == peer.parameter_set() { Ok(set) } else { Err(AgreementError::ParameterSets) }
}

fn checked_ukm(set: ParameterSet, ukm: &[u8]) -> Result<&[u8], AgreementError> {
    let limit = set.scalar_len();
    if ukm.is_empty() || ukm.len() > limit {
        return Err(AgreementError::UkmLength { found: ukm.len(), limit });
    }
    if ukm.iter().all(|octet| *octet == 0) {
        return Err(AgreementError::UkmZero);
    }
    Ok(ukm)
}

/// H(K(x, y, UKM)); `LEN` is H's.
fn agree<H: Digest, const LEN: usize>(
    set: ParameterSet,
    own: &SigningKey,
    peer: &PublicKey,
    ukm: &[u8],
) -> Result<Zeroizing<[u8; LEN]>, AgreementError> {
    let point = scheme::multiply_point(set, (&peer.x, &peer.y), own.secret(), &Integer::from_le(ukm));
    let (x, y) =
        point.map(|(x, y)| (Zeroizing::new(x), Zeroizing::new(y))).ok_or(AgreementError::NoSecret)?;
    let mut hash = H::new();
    for coordinate in [&x, &y] {
        hash.update(coordinate.le_slice(set.scalar_len()));
    }
    let mut digest = hash.finalize();
    let mut secret = Zeroizing::new([0; LEN]);
    secret.iter_mut().zip(digest.iter()).for_each(|(place, octet)| *place = *octet);
    digest.as_mut_slice().zeroize();
    Ok(secret)
}

/// Why there is no common secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AgreementError {
    /// The two keys belong to different curves.
    ParameterSets,
    /// The function is not defined for keys of this size.
    KeySize,
    /// One of the public keys is the base point: the private one is 1.
    WeakKey,
    /// The UKM is empty, or longer than half a public key.
    UkmLength {
        /// Octets given.
        found: usize,
        /// Octets at most.
        limit: usize,
    },
    /// The UKM is 0; it has to be a number from 1 on.
    UkmZero,
    /// The result would be the point at infinity: the UKM is a multiple of the order, or the peer's public
    /// key is of small order.
    NoSecret,
}

impl fmt::Display for AgreementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ParameterSets => "the two keys are of different parameter sets; both sides need the same",
            Self::KeySize => {
                "not defined for keys of this size: VKO 2001 takes 256-bit keys, VKO 2012-512 512-bit ones"
            }
            Self::WeakKey => "one of the public keys is the base point; make another key pair",
            Self::UkmLength { found, limit } => {
                return write!(f, "an UKM of {found} octets; it takes 1 to {limit}");
            }
            Self::UkmZero => "the UKM is zero; it has to be 1 or more",
            Self::NoSecret => {
                "key and UKM lead to the point at infinity; use another UKM, and check the peer"
            }
        })
    }
}

impl core::error::Error for AgreementError {}
