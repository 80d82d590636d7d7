//! Signatures, and the orders in which their two numbers are written.
//!
//! | type | octets | where |
//! |---|---|---|
//! | [`Standard`] | r, s, both big-endian | RFC 7091 section 6.1 |
//! | [`Russian`] | s, r, both big-endian | X.509 and CMS (RFC 4491, RFC 9215), PKCS#11 |
//! | [`Kazakh`] | r, s, both little-endian | certificates, CMS and XML of the national centre |
//! | [`TokenWire`] | r, s, both little-endian | what the token answers to PSO: COMPUTE DIGITAL SIGNATURE |
//! | [`GammaNative`] | r, s, both little-endian | TumarCSP and the interbank settlement centre |
//! | [`GammaJava`] | s, r, both big-endian | TumarCSP's Java software |
//!
//! None is told from another by its looks, so each has a type and the caller names what it holds;
//! [`Layout`] is the same as a value. [`Kazakh`], [`TokenWire`] and [`GammaNative`] happen to be equal, so do
//! [`Russian`] and [`GammaJava`], and the former are the latter reversed as a whole.

use core::fmt;

use super::error::DecodeError;
use super::octets::{Integer, MAX, Octets};

/// A signature: the numbers r and s of RFC 7091.
///
/// Any two numbers of 32 or 64 octets each; whether they are in range is for
/// [`verify`](super::verify) to say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Signature {
    pub(super) r: Integer,
    pub(super) s: Integer,
    pub(super) scalar_len: usize,
}

impl Signature {
    /// Octets of all encodings: 64 or 128.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        2 * self.scalar_len
    }
}

/// Two numbers of equal size.
fn halves(octets: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let wrong = DecodeError::Length { found: octets.len() };
    match octets.len() {
        64 => octets.split_at_checked(32).ok_or(wrong),
        128 => octets.split_at_checked(64).ok_or(wrong),
        _ => Err(wrong),
    }
}

macro_rules! layout {
    ($(#[$doc:meta])* $name:ident, $from:ident, $to:ident, $first:ident, $second:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name(Octets<{ 2 * MAX }>);

        impl $name {
            /// From 64 or 128 octets. Only the length is looked at.
            ///
            /// # Errors
            /// [`DecodeError::Length`] for any other length.
            pub fn from_slice(octets: &[u8]) -> Result<Self, DecodeError> {
                halves(octets)?;
                Ok(Self(Octets::new().append(octets.iter().copied())))
            }

            /// The octets.
            #[must_use]
            pub fn as_slice(&self) -> &[u8] {
                self.0.as_slice()
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                self.as_slice()
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = DecodeError;

            fn try_from(octets: &[u8]) -> Result<Self, DecodeError> {
                Self::from_slice(octets)
            }
        }

        impl From<$name> for Signature {
            fn from(encoded: $name) -> Self {
                let octets = encoded.as_slice();
                let scalar_len = octets.len() / 2;
                let ($first, $second) = octets.split_at_checked(scalar_len).unwrap_or((&[], &[]));
                Self { $first: Integer::$from($first), $second: Integer::$from($second), scalar_len }
            }
        }

        impl From<Signature> for $name {
            fn from(signature: Signature) -> Self {
                let Signature { scalar_len, .. } = signature;
                let first = signature.$first.$to(scalar_len);
                let second = signature.$second.$to(scalar_len);
                Self(Octets::new().append(first).append(second))
            }
        }

        /// For code that is generic over the `signature` crate's traits.
        impl ::signature::SignatureEncoding for $name {
            type Repr = Self;
        }
    };
}

layout! {
    /// r, s, both big-endian: the concatenation that RFC 7091 section 6.1 defines.
    Standard, from_be, be, r, s
}

layout! {
    /// s, r, both big-endian: RFC 4491 section 2.2.2, RFC 9215 section 2, PKCS#11 and OpenSSL.
    Russian, from_be, be, s, r
}

layout! {
    /// r, s, both little-endian: everything that the national certification centre signs.
    Kazakh, from_le, le, r, s
}

layout! {
    /// r, s, both little-endian: the data field of the token's answer to `00 2A 9E 9A`.
    TokenWire, from_le, le, r, s
}

layout! {
    /// r, s, both little-endian: native TumarCSP and the certificates of the interbank settlement centre.
    GammaNative, from_le, le, r, s
}

layout! {
    /// s, r, both big-endian: TumarCSP's Java software. Under the same identifier as [`GammaNative`].
    GammaJava, from_be, be, s, r
}

/// The order of the two numbers as a value, where a type would be in the way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Layout {
    /// [`Standard`].
    Standard,
    /// [`Russian`].
    Russian,
    /// [`Kazakh`].
    Kazakh,
    /// [`TokenWire`].
    TokenWire,
    /// [`GammaNative`].
    GammaNative,
    /// [`GammaJava`].
    GammaJava,
}

impl Layout {
    /// Every order.
    pub const ALL: &'static [Self] =
        &[Self::Standard, Self::Russian, Self::Kazakh, Self::TokenWire, Self::GammaNative, Self::GammaJava];

    /// The signature in 64 or 128 octets of this order.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for any other length.
    pub fn decode(self, octets: &[u8]) -> Result<Signature, DecodeError> {
        Ok(match self {
            Self::Standard => Standard::from_slice(octets)?.into(),
            Self::Russian => Russian::from_slice(octets)?.into(),
            Self::Kazakh => Kazakh::from_slice(octets)?.into(),
            Self::TokenWire => TokenWire::from_slice(octets)?.into(),
            Self::GammaNative => GammaNative::from_slice(octets)?.into(),
            Self::GammaJava => GammaJava::from_slice(octets)?.into(),
        })
    }

    /// The signature's octets in this order.
    #[must_use]
    pub fn encode(self, signature: Signature) -> Octets<{ 2 * MAX }> {
        match self {
            Self::Standard => Standard::from(signature).0,
            Self::Russian => Russian::from(signature).0,
            Self::Kazakh => Kazakh::from(signature).0,
            Self::TokenWire => TokenWire::from(signature).0,
            Self::GammaNative => GammaNative::from(signature).0,
            Self::GammaJava => GammaJava::from(signature).0,
        }
    }

    /// Short name, `Kazakh`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Russian => "Russian",
            Self::Kazakh => "Kazakh",
            Self::TokenWire => "TokenWire",
            Self::GammaNative => "GammaNative",
            Self::GammaJava => "GammaJava",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
