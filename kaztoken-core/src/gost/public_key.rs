//! Public keys and their encodings.

use super::error::DecodeError;
use super::octets::{Integer, MAX, Octets};
use super::parameter_set::ParameterSet;
use super::scheme;

/// A verification key: a point of the curve that its parameter set names.
///
/// Every value is a valid point with coordinates below p: the constructors check.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PublicKey {
    set: ParameterSet,
    pub(super) x: Integer,
    pub(super) y: Integer,
}

impl PublicKey {
    pub(super) const fn new_unchecked(set: ParameterSet, x: Integer, y: Integer) -> Self {
        Self { set, x, y }
    }

    fn new(set: ParameterSet, x: Integer, y: Integer) -> Result<Self, DecodeError> {
        scheme::check_point(set, &x, &y)?;
        Ok(Self { set, x, y })
    }

    /// From x and y, both little-endian, one after the other (64 or 128 octets): the token's answer to
    /// READ BINARY of a public key, PKCS#11 `CKA_VALUE`, and the inside of the certificate's OCTET STRING.
    ///
    /// # Errors
    /// [`DecodeError::Length`], [`DecodeError::Coordinate`], [`DecodeError::NotOnCurve`].
    pub fn from_raw(set: ParameterSet, octets: &[u8]) -> Result<Self, DecodeError> {
        let (x, y) = raw_coordinates(set, octets)?;
        Self::new(set, x, y)
    }

    /// x and y, both little-endian, one after the other.
    #[must_use]
    pub fn to_raw(&self) -> Octets<{ 2 * MAX }> {
        let len = self.set.scalar_len();
        Octets::new().append(self.x.le(len)).append(self.y.le(len))
    }

    /// From the contents of the BIT STRING of a certificate's SubjectPublicKeyInfo: an OCTET STRING
    /// `04 40` or `04 81 80` around [`from_raw`](Self::from_raw)'s octets. Russian (RFC 4491, RFC 9215) and
    /// Kazakh certificates agree here.
    ///
    /// # Errors
    /// [`DecodeError::Header`] and those of [`from_raw`](Self::from_raw).
    pub fn from_octet_string(set: ParameterSet, octets: &[u8]) -> Result<Self, DecodeError> {
        let raw = octets.strip_prefix(header(set)).ok_or(DecodeError::Header)?;
        Self::from_raw(set, raw)
    }

    /// The OCTET STRING of [`from_octet_string`](Self::from_octet_string): 66 or 131 octets.
    #[must_use]
    pub fn to_octet_string(&self) -> Octets<{ 2 * MAX + 3 }> {
        let len = self.set.scalar_len();
        Octets::new().append(header(self.set).iter().copied()).append(self.x.le(len)).append(self.y.le(len))
    }

    /// From the coordinates as the standards print them: big-endian, of the set's full length each.
    ///
    /// # Errors
    /// As [`from_raw`](Self::from_raw).
    pub fn from_coordinates(set: ParameterSet, x: &[u8], y: &[u8]) -> Result<Self, DecodeError> {
        for coordinate in [x, y] {
            if coordinate.len() != set.scalar_len() {
                return Err(DecodeError::Length { found: coordinate.len() });
            }
        }
        Self::new(set, Integer::from_be(x), Integer::from_be(y))
    }

    /// The coordinates x and y as the standards print them: big-endian, of full length.
    #[must_use]
    pub fn to_coordinates(&self) -> (Octets<MAX>, Octets<MAX>) {
        let len = self.set.scalar_len();
        (Octets::new().append(self.x.be(len)), Octets::new().append(self.y.be(len)))
    }

    /// The curve.
    #[must_use]
    pub const fn parameter_set(&self) -> ParameterSet {
        self.set
    }
}

/// x and y from the octets of [`PublicKey::from_raw`], unchecked.
pub(super) fn raw_coordinates(set: ParameterSet, octets: &[u8]) -> Result<(Integer, Integer), DecodeError> {
    let wrong = DecodeError::Length { found: octets.len() };
    let len = set.scalar_len();
    if octets.len() != 2 * len {
        return Err(wrong);
    }
    let (x, y) = octets.split_at_checked(len).ok_or(wrong)?;
    Ok((Integer::from_le(x), Integer::from_le(y)))
}

const fn header(set: ParameterSet) -> &'static [u8] {
    match set.scalar_len() {
        32 => &[0x04, 0x40],
        _ => &[0x04, 0x81, 0x80],
    }
}
