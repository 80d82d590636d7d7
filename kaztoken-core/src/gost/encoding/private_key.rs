//! A private key d as octets, one type for each way. All are wiped when dropped and never shown.
//!
//! | type | octets | where |
//! |---|---|---|
//! | [`LittleEndian`] | d, little-endian, of full length | PKCS#11 `CKA_VALUE`; old Russian PKCS#8 |
//! | [`BigEndian`] | d, big-endian, of full length | as the standards print it |
//! | [`Kazakh2004`] | INTEGER d | PKCS#8 of the national centre, GOST 34.310-2004 |
//! | [`Kazakh2015`] | OCTET STRING of d, little-endian | the same, ST RK GOST R 34.10-2015 |
//! | [`Gamma`] | SEQUENCE { INTEGER 1, OCTET STRING of d, big-endian } | PKCS#8 of TumarCSP |
//! | [`RussianOctetString`] | OCTET STRING of d, little-endian | PKCS#8 as OpenSSL's GOST engine reads it |
//! | [`RussianInteger`] | INTEGER d | PKCS#8 as OpenSSL's GOST engine writes it, or used to |
//! | [`RussianMasked`] | K, M1 ... Mn, all little-endian, bare or in OCTET STRING | Russian key containers |
//!
//! The types hold the *contents* of PKCS#8's privateKey field; [`PrivateKeyInfo`](super::PrivateKeyInfo) puts
//! the rest around them and tells them apart.
//!
//! An INTEGER is shorter by d's leading zeros, so the length of such an encoding, and the time taken to make
//! it, tell how many there are; that lies in the form. The other forms have one length.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::der::{INTEGER, OCTET_STRING, Reader, SEQUENCE, Writer};
use super::error::{EncodingError, Field, Problem};
use crate::gost::octets::{Integer, MAX, Octets};
use crate::gost::parameter_set::ParameterSet;
use crate::gost::scheme;
use crate::gost::signing_key::SigningKey;

const FIELD: Field = Field::PrivateKey;

/// Octets of the longest form without masks, Gamma's.
const MAX_PLAIN: usize = MAX + 8;

/// Octets of the longest form: a 512-bit key with seven masks, in an OCTET STRING.
const MAX_MASKED: usize = 8 * MAX + 4;

/// The forms that a private key has in PKCS#8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Form {
    /// [`LittleEndian`].
    LittleEndian,
    /// [`Kazakh2004`].
    Kazakh2004,
    /// [`Kazakh2015`].
    Kazakh2015,
    /// [`Gamma`].
    Gamma,
    /// [`RussianOctetString`].
    RussianOctetString,
    /// [`RussianInteger`].
    RussianInteger,
    /// [`RussianMasked`]. Read only.
    RussianMasked,
}

/// d as it stands in some form.
enum Number<'a> {
    Le(Reader<'a>),
    Be(Reader<'a>),
    /// The masked key and its masks, together.
    Masked(Reader<'a>),
}

impl Form {
    /// The shape of the octets, without looking at d. `len` is that of the set's numbers when it is known.
    fn number(self, mut reader: Reader<'_>, len: Option<usize>) -> Result<Number<'_>, EncodingError> {
        let start = reader;
        let number = match self {
            Self::LittleEndian => return Ok(Number::Le(full(start)?)),
            Self::RussianMasked => {
                let inside = match octet_string_of_all(start) {
                    Some(inside) if len.is_none_or(|len| !start.octets().len().is_multiple_of(len)) => inside,
                    _ => start,
                };
                let found = inside.octets().len();
                if found % len.unwrap_or(32) != 0 || found < 2 * len.unwrap_or(32) || found > 8 * MAX {
                    return Err(inside.error(FIELD, Problem::Size { found }));
                }
                return Ok(Number::Masked(inside));
            }
            Self::Kazakh2004 | Self::RussianInteger => Number::Be(positive(reader.expect(INTEGER, FIELD)?)?),
            Self::Kazakh2015 | Self::RussianOctetString => {
                Number::Le(full(reader.expect(OCTET_STRING, FIELD)?)?)
            }
            Self::Gamma => {
                let mut inside = reader.expect(SEQUENCE, FIELD)?;
                let version = inside.expect(INTEGER, FIELD)?;
                if version.octets() != [1] {
                    return Err(version.error(FIELD, Problem::Value));
                }
                let number = full(inside.expect(OCTET_STRING, FIELD)?)?;
                inside.end(FIELD)?;
                Number::Be(number)
            }
        };
        reader.end(FIELD)?;
        Ok(number)
    }

    pub(super) fn read(self, set: ParameterSet, reader: Reader<'_>) -> Result<SigningKey, EncodingError> {
        match self.number(reader, Some(set.scalar_len()))? {
            Number::Le(number) => from_le(set, number, number.octets()),
            Number::Be(number) => from_be(set, number),
            Number::Masked(parts) => unmask(set, parts),
        }
    }

    pub(super) fn write(self, key: &SigningKey, writer: &mut Writer) {
        let le = key.to_le_bytes();
        let mut be = Zeroizing::new([0; MAX]);
        be.iter_mut().zip(le.iter().rev()).for_each(|(place, octet)| *place = *octet);
        let be = be.get(..le.len()).unwrap_or_default();
        match self {
            Self::LittleEndian | Self::RussianMasked => writer.octets(&le),
            Self::Kazakh2004 | Self::RussianInteger => writer.integer(be),
            Self::Kazakh2015 | Self::RussianOctetString => writer.element(OCTET_STRING, &le),
            Self::Gamma => writer.wrap(SEQUENCE, |writer| {
                writer.element(OCTET_STRING, be);
                writer.integer(&[1]);
            }),
        }
    }
}

/// A number of full length.
fn full(reader: Reader<'_>) -> Result<Reader<'_>, EncodingError> {
    match reader.octets().len() {
        32 | 64 => Ok(reader),
        found => Err(reader.error(FIELD, Problem::Size { found })),
    }
}

/// The number in an INTEGER, which must be positive, in the shortest form and of at most 512 bits.
fn positive(reader: Reader<'_>) -> Result<Reader<'_>, EncodingError> {
    let number = match reader.octets() {
        [] => return Err(reader.error(FIELD, Problem::Size { found: 0 })),
        [0, rest @ ..] if rest.first().is_some_and(|first| *first < 0x80) => {
            return Err(reader.error(FIELD, Problem::NotDer));
        }
        [0, rest @ ..] => Reader::starting_at(rest, reader.at().saturating_add(1)),
        [first, ..] if *first >= 0x80 => return Err(reader.error(FIELD, Problem::Value)),
        _ => reader,
    };
    match number.octets().len() {
        0..=MAX => Ok(number),
        found => Err(reader.error(FIELD, Problem::Size { found })),
    }
}

fn octet_string_of_all(mut reader: Reader<'_>) -> Option<Reader<'_>> {
    let inside = reader.expect(OCTET_STRING, FIELD).ok()?;
    reader.end(FIELD).is_ok().then_some(inside)
}

fn from_le(set: ParameterSet, place: Reader<'_>, octets: &[u8]) -> Result<SigningKey, EncodingError> {
    SigningKey::from_le_bytes(set, octets).map_err(|error| place.error(FIELD, Problem::Key(error)))
}

/// From a number that may be shorter than the set's.
fn from_be(set: ParameterSet, number: Reader<'_>) -> Result<SigningKey, EncodingError> {
    let mut le = Zeroizing::new([0; MAX]);
    le.iter_mut().zip(number.octets().iter().rev()).for_each(|(place, octet)| *place = *octet);
    let len = set.scalar_len().max(number.octets().len());
    from_le(set, number, le.get(..len).unwrap_or_default())
}

/// d = K M1 ... Mn mod q (RFC 9548; OpenSSL's GOST engine reads the same).
fn unmask(set: ParameterSet, parts: Reader<'_>) -> Result<SigningKey, EncodingError> {
    let len = set.scalar_len();
    let mut product: Option<Zeroizing<Integer>> = None;
    for part in parts.octets().chunks(len) {
        let part = Zeroizing::new(Integer::from_le(part));
        product = Some(match product {
            None => part,
            Some(product) => scheme::multiply(set, &product, &part),
        });
    }
    let mut le = Zeroizing::new([0; MAX]);
    if let Some(product) = &product {
        le.iter_mut().zip(product.le(len)).for_each(|(place, octet)| *place = octet);
    }
    from_le(set, parts, le.get(..len).unwrap_or_default())
}

/// What every type with a secret has: octets that are wiped and not shown.
macro_rules! secret {
    ($name:ident) => {
        impl $name {
            pub(super) fn of(octets: &[u8]) -> Self {
                let mut new = Self(Octets::new());
                new.0.extend(octets.iter().copied());
                new
            }

            /// The octets. Who copies them wipes the copy.
            #[must_use]
            pub fn as_slice(&self) -> &[u8] {
                self.0.as_slice()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
pub(super) use secret;

macro_rules! form {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(Octets<{ $max }>);

        secret!($name);

        impl $name {
            /// From octets of this form. Their shape is looked at, not the number.
            ///
            /// # Errors
            /// [`EncodingError`] in [`Field::PrivateKey`].
            pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
                Form::$name.number(Reader::new(octets), None)?;
                Ok(Self::of(octets))
            }

            /// The key, on the curve that the caller knows it to have.
            ///
            /// # Errors
            /// [`Problem::Key`]: the number is 0, or not below the order of this curve;
            /// [`Problem::Size`] when the size is not that of the set.
            pub fn signing_key(&self, set: ParameterSet) -> Result<SigningKey, EncodingError> {
                Form::$name.read(set, Reader::new(self.as_slice()))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = EncodingError;

            fn try_from(octets: &[u8]) -> Result<Self, EncodingError> {
                Self::from_slice(octets)
            }
        }
    };
    ($(#[$doc:meta])* $name:ident) => {
        form!($(#[$doc])* $name, MAX_PLAIN);

        impl From<&SigningKey> for $name {
            fn from(key: &SigningKey) -> Self {
                let mut writer = Writer::new();
                Form::$name.write(key, &mut writer);
                Self::of(writer.written())
            }
        }
    };
}

form! {
    /// d, little-endian, 32 or 64 octets: PKCS#11 `CKA_VALUE`.
    LittleEndian
}

form! {
    /// DER INTEGER of d: key stores of the national centre with GOST 34.310-2004.
    Kazakh2004
}

form! {
    /// OCTET STRING of d, little-endian, 34 or 66 octets: key stores of the national centre with ST RK GOST R
    /// 34.10-2015.
    Kazakh2015
}

form! {
    /// SEQUENCE { INTEGER 1, OCTET STRING of d, big-endian }: TumarCSP.
    Gamma
}

form! {
    /// OCTET STRING of d, little-endian, 34 or 66 octets.
    RussianOctetString
}

form! {
    /// DER INTEGER of d.
    RussianInteger
}

form! {
    /// K and up to seven masks M1 ... Mn, each little-endian of full length, bare or in an OCTET STRING:
    /// d = K M1 ... Mn mod q. Read only; the masks of a key of 256 bits may also look like one of 512, so
    /// the set decides.
    RussianMasked, MAX_MASKED
}

/// d, big-endian, 32 or 64 octets: as the standards print it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct BigEndian(Octets<MAX>);

secret!(BigEndian);

impl BigEndian {
    /// From 32 or 64 octets.
    ///
    /// # Errors
    /// [`Problem::Size`].
    pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
        full(Reader::new(octets))?;
        Ok(Self::of(octets))
    }

    /// The key, on the curve that the caller knows it to have.
    ///
    /// # Errors
    /// [`Problem::Key`]: the number is 0, or not below the order of this curve, or of another size.
    pub fn signing_key(&self, set: ParameterSet) -> Result<SigningKey, EncodingError> {
        from_be(set, Reader::new(self.as_slice()))
    }
}

impl From<&SigningKey> for BigEndian {
    fn from(key: &SigningKey) -> Self {
        let mut new = Self(Octets::new());
        new.0.extend(key.to_le_bytes().iter().rev().copied());
        new
    }
}

impl TryFrom<&[u8]> for BigEndian {
    type Error = EncodingError;

    fn try_from(octets: &[u8]) -> Result<Self, EncodingError> {
        Self::from_slice(octets)
    }
}
