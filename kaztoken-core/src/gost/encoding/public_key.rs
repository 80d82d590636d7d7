//! A public key as octets, one type for each way.
//!
//! | type | octets | where |
//! |---|---|---|
//! | [`Raw`] | x, y, both little-endian | the token's answers, PKCS#11 `CKA_VALUE` |
//! | [`OctetString`] | `04 40` or `04 81 80`, then as [`Raw`] | X.509: Russia, Kazakhstan's national centre |
//! | [`GammaBlob`] | 16 octets of header, then as [`Raw`] | X.509: interbank centre, TumarCSP |
//! | [`Uncompressed`] | `04`, x, y, both big-endian | SEC 1 section 2.3.3 |
//!
//! `from_slice` looks at lengths and headers; `public_key` also checks that the point is on the curve, of
//! which the octets say no more than the size.

use super::algorithm::{self, KeyAlgorithm};
use super::der::{OCTET_STRING, Reader};
use super::error::{EncodingError, Field, Problem};
use crate::gost::octets::{MAX, Octets};
use crate::gost::parameter_set::ParameterSet;
use crate::gost::public_key::PublicKey;

const FIELD: Field = Field::SubjectPublicKey;

macro_rules! encoding {
    ($(#[$doc:meta])* $name:ident, $len:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name(Octets<{ $len }>);

        impl $name {
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
            type Error = EncodingError;

            fn try_from(octets: &[u8]) -> Result<Self, EncodingError> {
                Self::from_slice(octets)
            }
        }
    };
}

encoding! {
    /// x, y, both little-endian: 64 or 128 octets.
    Raw, 2 * MAX
}

impl Raw {
    /// From 64 or 128 octets.
    ///
    /// # Errors
    /// [`Problem::Size`].
    pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
        point_len(Reader::new(octets))?;
        Ok(Self(Octets::new().append(octets.iter().copied())))
    }

    /// The key.
    ///
    /// # Errors
    /// [`Problem::Key`]: the octets are no point of this curve.
    pub fn public_key(&self, set: ParameterSet) -> Result<PublicKey, EncodingError> {
        point(set, Reader::new(self.as_slice()))
    }
}

impl From<&PublicKey> for Raw {
    fn from(key: &PublicKey) -> Self {
        Self(key.to_raw())
    }
}

encoding! {
    /// An OCTET STRING of x and y, both little-endian: 66 or 131 octets.
    OctetString, 2 * MAX + 3
}

impl OctetString {
    /// From the contents of the certificate's BIT STRING.
    ///
    /// # Errors
    /// [`EncodingError`]: it is no OCTET STRING of 64 or 128 octets.
    pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
        point_len(Reader::only(octets, OCTET_STRING, FIELD)?)?;
        Ok(Self(Octets::new().append(octets.iter().copied())))
    }

    /// The key.
    ///
    /// # Errors
    /// [`Problem::Key`]: the octets are no point of this curve.
    pub fn public_key(&self, set: ParameterSet) -> Result<PublicKey, EncodingError> {
        point(set, Reader::only(self.as_slice(), OCTET_STRING, FIELD)?)
    }
}

impl From<&PublicKey> for OctetString {
    fn from(key: &PublicKey) -> Self {
        Self(key.to_octet_string())
    }
}

encoding! {
    /// `04`, x, y, both big-endian: SEC 1 section 2.3.3 without compression, 65 or 129 octets.
    Uncompressed, 2 * MAX + 1
}

impl Uncompressed {
    /// From 65 or 129 octets.
    ///
    /// # Errors
    /// [`Problem::Size`], [`Problem::Tag`].
    pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
        point_len(Self::coordinates(octets)?)?;
        Ok(Self(Octets::new().append(octets.iter().copied())))
    }

    fn coordinates(octets: &[u8]) -> Result<Reader<'_>, EncodingError> {
        match octets.split_first() {
            Some((0x04, coordinates)) => Ok(Reader::starting_at(coordinates, 1)),
            Some((found, _)) => {
                Err(EncodingError::new(FIELD, 0, Problem::Tag { expected: 0x04, found: *found }))
            }
            None => Err(EncodingError::new(FIELD, 0, Problem::Truncated)),
        }
    }

    /// The key.
    ///
    /// # Errors
    /// [`Problem::Key`]: the octets are no point of this curve.
    pub fn public_key(&self, set: ParameterSet) -> Result<PublicKey, EncodingError> {
        let coordinates = Self::coordinates(self.as_slice())?;
        let octets = coordinates.octets();
        let (x, y) = octets.split_at_checked(octets.len() / 2).unwrap_or_default();
        PublicKey::from_coordinates(set, x, y).map_err(|error| coordinates.error(FIELD, Problem::Key(error)))
    }
}

impl From<&PublicKey> for Uncompressed {
    fn from(key: &PublicKey) -> Self {
        let (x, y) = key.to_coordinates();
        Self(Octets::new().append([0x04]).append(x.iter().copied()).append(y.iter().copied()))
    }
}

/// Octets before the point in [`GammaBlob`].
const HEADER: usize = 16;

encoding! {
    /// Gamma's key blob: a CryptoAPI `PUBLICKEYBLOB`, 80 or 144 octets.
    ///
    /// | octets | what | seen in certificates |
    /// |---|---|---|
    /// | 0 | blob type | 06 |
    /// | 1 | version | 02 |
    /// | 2, 3 | reserved | 00 00 |
    /// | 4 to 7 | algorithm, ALG_ID, little-endian | 0000AA3A |
    /// | 8 to 11 | magic: 00, `EC1` | 00 45 43 31 |
    /// | 12 to 15 | bits of the point, little-endian | 512 |
    /// | 16 to the end | x, y, both little-endian | |
    ///
    /// Only such blobs are public that have the values of the last column. Type, version, magic and size are
    /// therefore asked for; reserved octets and the algorithm are kept as they are.
    GammaBlob, HEADER + 2 * MAX
}

impl GammaBlob {
    /// From the contents of the certificate's BIT STRING.
    ///
    /// # Errors
    /// [`EncodingError`] in [`Field::BlobHeader`] or, for the length, in [`Field::SubjectPublicKey`].
    pub fn from_slice(octets: &[u8]) -> Result<Self, EncodingError> {
        let error = |at, problem| EncodingError::new(Field::BlobHeader, at, problem);
        let (header, coordinates) =
            octets.split_first_chunk::<HEADER>().ok_or(error(0, Problem::Truncated))?;
        let [kind, version, _, _, _, _, _, _, m0, m1, m2, m3, b0, b1, b2, b3] = *header;
        if kind != 0x06 {
            return Err(error(0, Problem::Value));
        }
        if version != 0x02 {
            return Err(error(1, Problem::Value));
        }
        if [m0, m1, m2, m3] != *b"\0EC1" {
            return Err(error(8, Problem::Value));
        }
        point_len(Reader::starting_at(coordinates, HEADER))?;
        if usize::try_from(u32::from_le_bytes([b0, b1, b2, b3])) != Ok(coordinates.len() * 8) {
            return Err(error(12, Problem::Value));
        }
        Ok(Self(Octets::new().append(octets.iter().copied())))
    }

    /// A blob of this key for Gamma's algorithm that has its curve.
    ///
    /// # Errors
    /// [`Problem::Mismatch`]: the algorithm is not one of Gamma's, or of another curve.
    pub fn new(algorithm: &KeyAlgorithm, key: &PublicKey) -> Result<Self, EncodingError> {
        let id = algorithm.gamma_id().ok_or(algorithm::mismatch(Field::Algorithm, 0))?;
        if key.parameter_set() != algorithm.parameter_set() {
            return Err(algorithm::mismatch(Field::BlobHeader, 4));
        }
        let point = key.to_raw();
        let bits: u32 = if point.len() == 64 { 512 } else { 1024 };
        Ok(Self(
            Octets::new()
                .append([0x06, 0x02, 0, 0])
                .append(id.to_le_bytes())
                .append(*b"\0EC1")
                .append(bits.to_le_bytes())
                .append(point.iter().copied()),
        ))
    }

    /// Gamma's number of the algorithm, ALG_ID.
    #[must_use]
    pub fn algorithm_id(&self) -> u32 {
        match self.as_slice() {
            [_, _, _, _, a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]),
            _ => 0,
        }
    }

    /// The curve of that number; `None` when the number is not known.
    #[must_use]
    pub fn parameter_set(&self) -> Option<ParameterSet> {
        algorithm::gamma_set(self.algorithm_id())
    }

    /// The key, on the curve that the caller knows it to have. See [`parameter_set`](Self::parameter_set).
    ///
    /// # Errors
    /// [`Problem::Key`]: the octets are no point of this curve.
    pub fn public_key(&self, set: ParameterSet) -> Result<PublicKey, EncodingError> {
        let coordinates = self.as_slice().get(HEADER..).unwrap_or_default();
        point(set, Reader::starting_at(coordinates, HEADER))
    }
}

/// Two coordinates of a size that exists.
fn point_len(octets: Reader<'_>) -> Result<(), EncodingError> {
    match octets.octets().len() {
        64 | 128 => Ok(()),
        found => Err(octets.error(FIELD, Problem::Size { found })),
    }
}

fn point(set: ParameterSet, octets: Reader<'_>) -> Result<PublicKey, EncodingError> {
    PublicKey::from_raw(set, octets.octets()).map_err(|error| octets.error(FIELD, Problem::Key(error)))
}
