//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).

use super::algorithm::{self, KeyAlgorithm, KeyFamily};
use super::der::{BIT_STRING, Reader, SEQUENCE, Writer};
use super::error::{EncodingError, Field, Problem};
use super::public_key::GammaBlob;
use crate::gost::octets::{MAX, Octets};
use crate::gost::public_key::PublicKey;

/// Octets of the longest one: 512 bits with Gamma's header.
const MAX_SPKI: usize = 3 + algorithm::MAX + 4 + 16 + 2 * MAX;

/// A public key with its algorithm: what stands in certificates, requests and files "PUBLIC KEY".
///
/// The point inside is on the curve that the algorithm names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SubjectPublicKeyInfo {
    algorithm: KeyAlgorithm,
    key: PublicKey,
}

impl SubjectPublicKeyInfo {
    /// Puts a key and its algorithm together.
    ///
    /// # Errors
    /// [`Problem::Mismatch`]: the algorithm is of another curve.
    pub fn new(algorithm: KeyAlgorithm, key: PublicKey) -> Result<Self, EncodingError> {
        if algorithm.parameter_set() != key.parameter_set() {
            return Err(algorithm::mismatch(Field::PublicKeyParamSet, 0));
        }
        Ok(Self { algorithm, key })
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// From DER.
    ///
    /// # Errors
    /// [`EncodingError`] says which field is wrong, where and why; [`Problem::UnknownOid`] in
    /// [`Field::Algorithm`] for keys that are not GOST.
    pub fn from_der(octets: &[u8]) -> Result<Self, EncodingError> {
        let mut inside = Reader::only(octets, SEQUENCE, Field::SubjectPublicKeyInfo)?;
        let algorithm = KeyAlgorithm::read(&mut inside)?;
        let bits = inside.bit_string(Field::SubjectPublicKey)?;
        inside.end(Field::SubjectPublicKeyInfo)?;
        Ok(Self { algorithm, key: read_bits(&algorithm, bits, Field::SubjectPublicKey)? })
    }

    /// As DER: 110 octets for a key of the national centre of 256 bits, 175 for one of 512.
    #[must_use]
    pub fn to_der(&self) -> Octets<MAX_SPKI> {
        let mut writer = Writer::new();
        writer.wrap(SEQUENCE, |writer| {
            writer.wrap(BIT_STRING, |writer| write_bits(&self.algorithm, &self.key, writer));
            self.algorithm.write(writer);
        });
        writer.finish()
    }

    /// The contents of the BIT STRING, without the count of unused bits. A certificate's key identifier is
    /// often the SHA-1 of this (RFC 5280 section 4.2.1.2, method 1).
    #[must_use]
    pub fn key_bits(&self) -> Octets<{ 2 * MAX + 16 }> {
        let mut writer = Writer::new();
        write_bits(&self.algorithm, &self.key, &mut writer);
        let bits = writer.written();
        Octets::new().append(bits.iter().skip(1).copied())
    }
}

/// The key in the contents of a BIT STRING, after the count of unused bits.
pub(super) fn read_bits(
    algorithm: &KeyAlgorithm,
    bits: Reader<'_>,
    field: Field,
) -> Result<PublicKey, EncodingError> {
    let shift = |mut error: EncodingError| {
        error.at = error.at.saturating_add(bits.at());
        error
    };
    let set = algorithm.parameter_set();
    match algorithm.family() {
        KeyFamily::Gamma | KeyFamily::GammaExchange => {
            let blob = GammaBlob::from_slice(bits.octets()).map_err(shift)?;
            // A number that is not known says nothing; a known one must say the same as the identifier.
            if blob.parameter_set().is_some_and(|of_blob| of_blob != set) {
                return Err(algorithm::mismatch(Field::BlobHeader, bits.at().saturating_add(4)));
            }
            blob.public_key(set).map_err(shift)
        }
        _ => {
            let mut bits = bits;
            let point = bits.expect(super::der::OCTET_STRING, field)?;
            bits.end(field)?;
            PublicKey::from_raw(set, point.octets()).map_err(|error| point.error(field, Problem::Key(error)))
        }
    }
}

/// The contents of a BIT STRING, with the count of unused bits.
pub(super) fn write_bits(algorithm: &KeyAlgorithm, key: &PublicKey, writer: &mut Writer) {
    match GammaBlob::new(algorithm, key) {
        Ok(blob) => writer.octets(blob.as_slice()),
        Err(_) => writer.octets(&key.to_octet_string()),
    }
    writer.octets(&[0]);
}
