//! Errors of the GOST arithmetic and its encodings.

use core::fmt;

/// Octets that are no key, signature or digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DecodeError {
    /// A length that the parameter set, or the standard, does not have.
    Length {
        /// Octets given.
        found: usize,
    },
    /// The OCTET STRING header is not `04 40` or `04 81 80`, as the set asks.
    Header,
    /// A coordinate is not below the modulus p.
    Coordinate,
    /// The point does not satisfy the equation of the curve, or lies outside the subgroup of order q.
    NotOnCurve,
    /// A key of another parameter set than the one asked for.
    ParameterSet,
    /// A private key is 0, or not below the order q. The value is not told.
    PrivateKey,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found } => {
                write!(f, "{found} octets do not fit the parameter set; is it the right one?")
            }
            Self::Header => f.write_str("not the OCTET STRING of a GOST public key of this parameter set"),
            Self::Coordinate => f.write_str("a coordinate of the public key is not below the modulus"),
            Self::NotOnCurve => {
                f.write_str("the public key is not on the curve; check parameter set and byte order")
            }
            Self::ParameterSet => f.write_str("the key belongs to another parameter set"),
            Self::PrivateKey => f.write_str("the private key is zero or not below the order of the curve"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why a signature was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum VerifyError {
    /// The digest has not the size of the key: 32 octets for 256-bit keys, 64 for 512-bit ones.
    DigestLength,
    /// The signature has not the size of the key.
    SignatureLength,
    /// r or s is 0, or not below the order q (RFC 7091 section 6.2, step 1).
    OutOfRange,
    /// The arithmetic says no: another key, another message, another byte order, or a forgery.
    Mismatch,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigestLength => "the digest has not the size of the key; use the hash of that size",
            Self::SignatureLength => "the signature has not the size of the key",
            Self::OutOfRange => "r or s of the signature is zero or not below the order of the curve",
            Self::Mismatch => "the signature does not belong to this digest and public key",
        })
    }
}

impl core::error::Error for VerifyError {}

/// Why nothing was signed, or no key made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignError {
    /// The digest has not the size of the key: 32 octets for 256-bit keys, 64 for 512-bit ones.
    DigestLength,
    /// The random number generator failed, or gave nothing usable in 128 attempts (a good one fails
    /// one attempt in two at worst).
    Randomness,
    /// A key of another parameter set than the one asked for.
    ParameterSet,
    /// The given nonce is 0, not below q, or leads to r = 0 or s = 0.
    Nonce,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigestLength => "the digest has not the size of the key; use the hash of that size",
            Self::ParameterSet => "the key belongs to another parameter set",
            Self::Randomness => "the random number generator failed",
            Self::Nonce => "the nonce cannot be used with this key and digest",
        })
    }
}

impl core::error::Error for SignError {}
