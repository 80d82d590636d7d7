//! Algorithm identifiers: of keys, of hash functions, of signatures.
//!
//! | key | identifier | parameters |
//! |---|---|---|
//! | GOST 34.310-2004, national centre | 1.2.398.3.10.1.1.1.1 | curve, hash |
//! | ST RK GOST R 34.10-2015, national centre | 1.2.398.3.10.1.1.2.1 and .2 | curve, hash |
//! | Gamma (TumarCSP, interbank centre) | 1.3.6.1.4.1.6801.1.5.x and .1.8.x | NULL: it is the curve too |
//! | GOST R 34.10-2001 (RFC 4491) | 1.2.643.2.2.19 | curve, hash, cipher |
//! | GOST R 34.10-2012 (RFC 9215) | 1.2.643.7.1.1.1.1 and .2 | curve, hash by the curve's age |
//!
//! [`KeyAlgorithm`] is a row of it with its parameters, [`SignatureAlgorithm`] the same for signatures.

mod hash;
mod signature;

pub use self::signature::SignatureAlgorithm;

use super::der::{NULL, OID, Reader, SEQUENCE, Writer};
use super::error::{EncodingError, Field, Problem};
use crate::gost::hash::HashAlgorithm;
use crate::gost::octets::Octets;
use crate::gost::oid::{Oid, oid};
use crate::gost::parameter_set::ParameterSet;

/// Whose encoding of a key it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum KeyFamily {
    /// National certification centre of Kazakhstan, GOST 34.310-2004: keys up to April 2024.
    Kazakh2004,
    /// National certification centre of Kazakhstan, ST RK GOST R 34.10-2015.
    Kazakh2015,
    /// Gamma Technologies' TumarCSP, keys for signatures: the interbank settlement centre and others.
    Gamma,
    /// Gamma Technologies' TumarCSP, keys for key exchange.
    GammaExchange,
    /// Russia, GOST R 34.10-2001: RFC 4491.
    Russian2001,
    /// Russia, GOST R 34.10-2012: RFC 9215.
    Russian2012,
}

/// What the identifier says about the curve.
#[derive(Clone, Copy)]
enum Curve {
    /// Its size in octets; which it is is in the parameters.
    Len(usize),
    /// Which it is, and Gamma's number (ALG_ID) for it.
    Gamma(ParameterSet, u32),
}

/// The identifiers of keys. Those of Gamma, with their numbers, are the names `EC256_512G_A` and so on
/// of TumarCSP's public header; 512-bit ones belong to newer versions. Its second exchange key (1.8.14) is
/// not here: it may be CryptoPro-B or, by the example of RFC 4357's XchB, CryptoPro-C.
const KEYS: &[(Oid, KeyFamily, Curve)] = {
    use Curve::{Gamma, Len};
    use KeyFamily as F;
    use ParameterSet as S;
    &[
        (oid!("1.2.398.3.10.1.1.2.2"), F::Kazakh2015, Len(64)),
        (oid!("1.2.398.3.10.1.1.1.1"), F::Kazakh2004, Len(32)),
        (oid!("1.2.398.3.10.1.1.2.1"), F::Kazakh2015, Len(32)),
        (oid!("1.2.643.2.2.19"), F::Russian2001, Len(32)),
        (oid!("1.2.643.7.1.1.1.1"), F::Russian2012, Len(32)),
        (oid!("1.2.643.7.1.1.1.2"), F::Russian2012, Len(64)),
        (oid!("1.3.6.1.4.1.6801.1.5.8"), F::Gamma, Gamma(S::CryptoProA, 0xaa3a)),
        (oid!("1.3.6.1.4.1.6801.1.5.14"), F::Gamma, Gamma(S::CryptoProB, 0xaa40)),
        (oid!("1.3.6.1.4.1.6801.1.5.15"), F::Gamma, Gamma(S::CryptoProC, 0xaa41)),
        (oid!("1.3.6.1.4.1.6801.1.5.17"), F::Gamma, Gamma(S::Tc26_512A, 0xaa4c)),
        (oid!("1.3.6.1.4.1.6801.1.5.18"), F::Gamma, Gamma(S::Tc26_512B, 0xaa4d)),
        (oid!("1.3.6.1.4.1.6801.1.8.8"), F::GammaExchange, Gamma(S::CryptoProA, 0xa045)),
    ]
};

/// Octets that a key's AlgorithmIdentifier takes at most.
pub(super) const MAX: usize = 48;

/// The AlgorithmIdentifier of a key: whose it is, which curve by which name, which hash function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyAlgorithm {
    family: KeyFamily,
    name: Oid,
    set: ParameterSet,
    /// publicKeyParamSet, by the name that it goes by in this key.
    curve: Option<Oid>,
    /// digestParamSet.
    hash: Option<Oid>,
}

impl KeyAlgorithm {
    /// National centre: GOST 34.310-2004 for CryptoPro-A, ST RK GOST R 34.10-2015 for tc26-256-A and
    /// tc26-512-A.
    ///
    /// # Errors
    /// [`Problem::Mismatch`] for any other set: the centre gave it no identifier.
    pub fn kazakh(set: ParameterSet) -> Result<Self, EncodingError> {
        let (name, family, hash) = match set {
            ParameterSet::CryptoProA => {
                (oid!("1.2.398.3.10.1.1.1.1"), KeyFamily::Kazakh2004, oid!("1.2.398.3.10.1.3.1.1.0"))
            }
            ParameterSet::Tc26_256A => {
                (oid!("1.2.398.3.10.1.1.2.1"), KeyFamily::Kazakh2015, oid!("1.2.398.3.10.1.3.2"))
            }
            _ => (oid!("1.2.398.3.10.1.1.2.2"), KeyFamily::Kazakh2015, oid!("1.2.398.3.10.1.3.3")),
        };
        let curve = set.kazakh_oid().ok_or(mismatch(Field::PublicKeyParamSet, 0))?;
        Ok(Self { family, name, set, curve: Some(curve), hash: Some(hash) })
    }

    /// Gamma, a key for signatures.
    ///
    /// # Errors
    /// [`Problem::Mismatch`] for a set that Gamma gave no identifier.
    pub fn gamma(set: ParameterSet) -> Result<Self, EncodingError> {
        let row = KEYS.iter().find(|(_, family, curve)| {
            *family == KeyFamily::Gamma && matches!(curve, Curve::Gamma(known, _) if *known == set)
        });
        let (name, family, _) = row.ok_or(mismatch(Field::Algorithm, 0))?;
        Ok(Self { family: *family, name: *name, set, curve: None, hash: None })
    }

    /// Russia, GOST R 34.10-2001 (RFC 4491 section 2.3.2) with the CryptoPro hash parameters.
    ///
    /// # Errors
    /// [`Problem::Mismatch`] for a set of 512 bits.
    pub fn russian_2001(set: ParameterSet) -> Result<Self, EncodingError> {
        if set.scalar_len() != 32 {
            return Err(mismatch(Field::PublicKeyParamSet, 0));
        }
        Ok(Self {
            family: KeyFamily::Russian2001,
            name: oid!("1.2.643.2.2.19"),
            set,
            curve: Some(set.oid()),
            hash: Some(oid!("1.2.643.2.2.30.1")),
        })
    }

    /// Russia, GOST R 34.10-2012 (RFC 9215 section 4): the oldest name of the curve, and digestParamSet where
    /// section 4.2 asks for it.
    #[must_use]
    pub fn russian_2012(set: ParameterSet) -> Self {
        let old = set.oid().der_body().starts_with(oid!("1.2.643.2.2").der_body());
        Self {
            family: KeyFamily::Russian2012,
            name: if set.scalar_len() == 32 { oid!("1.2.643.7.1.1.1.1") } else { oid!("1.2.643.7.1.1.1.2") },
            set,
            curve: Some(set.oid()),
            hash: old.then_some(oid!("1.2.643.7.1.1.2.2")),
        }
    }

    /// The same with another of the curve's [names](ParameterSet::oids), and digestParamSet as RFC 9215
    /// section 4.2 asks for that name.
    ///
    /// # Errors
    /// [`Problem::Mismatch`] when this is no name of the curve, or the key is not a Russian one.
    pub fn with_curve_name(self, curve: Oid) -> Result<Self, EncodingError> {
        let russian = matches!(self.family, KeyFamily::Russian2001 | KeyFamily::Russian2012);
        if !russian || !self.set.oids().any(|known| known == curve) {
            return Err(mismatch(Field::PublicKeyParamSet, 0));
        }
        let old = curve.der_body().starts_with(oid!("1.2.643.2.2").der_body());
        let hash = match self.family {
            KeyFamily::Russian2012 => old.then_some(oid!("1.2.643.7.1.1.2.2")),
            _ => self.hash,
        };
        Ok(Self { curve: Some(curve), hash, ..self })
    }

    /// The same with digestParamSet also where RFC 9215 section 4.2 leaves it out for keys of 512 bits: its
    /// section 6 has that for old software, and OpenSSL's GOST engine writes tc26-512-A and tc26-512-B so.
    /// Any other key stays as it is.
    #[must_use]
    pub fn for_old_software(self) -> Self {
        let left_out = matches!(self.set, ParameterSet::Tc26_512A | ParameterSet::Tc26_512B);
        match self.family {
            KeyFamily::Russian2012 if left_out => Self { hash: Some(oid!("1.2.643.7.1.1.2.3")), ..self },
            _ => self,
        }
    }

    /// Whose encoding it is.
    #[must_use]
    pub const fn family(&self) -> KeyFamily {
        self.family
    }

    /// The curve.
    #[must_use]
    pub const fn parameter_set(&self) -> ParameterSet {
        self.set
    }

    /// The identifier of the algorithm.
    #[must_use]
    pub const fn oid(&self) -> Oid {
        self.name
    }

    /// The curve's identifier as it stands in the parameters; Gamma's keys have none.
    #[must_use]
    pub const fn curve_oid(&self) -> Option<Oid> {
        self.curve
    }

    /// The hash function that digestParamSet names, if it is there.
    #[must_use]
    pub fn hash(&self) -> Option<HashAlgorithm> {
        self.hash.and_then(|hash| HashAlgorithm::from_oid(hash.der_body()))
    }

    /// Gamma's number of the algorithm, as its key blobs have it.
    pub(super) fn gamma_id(&self) -> Option<u32> {
        KEYS.iter().find(|(name, ..)| *name == self.name).and_then(|(.., curve)| match curve {
            Curve::Gamma(_, id) => Some(*id),
            Curve::Len(_) => None,
        })
    }

    /// From an AlgorithmIdentifier. encryptionParamSet (RFC 4491) may be there and is not kept: it concerns
    /// key agreement only.
    ///
    /// # Errors
    /// [`EncodingError`]: also when the parameters are absent, to be inherited from the issuer.
    pub fn from_der(octets: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = Reader::new(octets);
        let algorithm = Self::read(&mut reader)?;
        reader.end(Field::AlgorithmIdentifier)?;
        Ok(algorithm)
    }

    /// As AlgorithmIdentifier.
    #[must_use]
    pub fn to_der(&self) -> Octets<MAX> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        let mut inside = reader.expect(SEQUENCE, Field::AlgorithmIdentifier)?;
        let name = inside.expect(OID, Field::Algorithm)?;
        let row = KEYS.iter().find(|(known, ..)| known.der_body() == name.octets());
        let (known, family, curve) = row.ok_or(name.error(Field::Algorithm, Problem::UnknownOid))?;
        let algorithm = match curve {
            Curve::Gamma(set, _) => {
                if let Some(null) = inside.optional(NULL, Field::Parameters)? {
                    null.end(Field::Parameters)?;
                }
                Self { family: *family, name: *known, set: *set, curve: None, hash: None }
            }
            Curve::Len(len) => {
                let parameters = inside.expect(SEQUENCE, Field::Parameters)?;
                Self::read_parameters(parameters, *known, *family, *len)?
            }
        };
        inside.end(Field::AlgorithmIdentifier)?;
        Ok(algorithm)
    }

    fn read_parameters(
        mut reader: Reader<'_>,
        name: Oid,
        family: KeyFamily,
        len: usize,
    ) -> Result<Self, EncodingError> {
        let curve = reader.expect(OID, Field::PublicKeyParamSet)?;
        let (set, curve_name) = ParameterSet::from_oid_as_known(curve.octets())
            .ok_or(curve.error(Field::PublicKeyParamSet, Problem::UnknownOid))?;
        if set.scalar_len() != len {
            return Err(mismatch(Field::PublicKeyParamSet, curve.at()));
        }
        let hash = match reader.optional(OID, Field::DigestParamSet)? {
            None => None,
            Some(hash) => {
                let (known, function) = hash::find(hash.octets())
                    .ok_or(hash.error(Field::DigestParamSet, Problem::UnknownOid))?;
                if function.output_len() != len {
                    return Err(mismatch(Field::DigestParamSet, hash.at()));
                }
                Some(known)
            }
        };
        if matches!(family, KeyFamily::Russian2001 | KeyFamily::Russian2012) {
            reader.optional(OID, Field::EncryptionParamSet)?;
        }
        reader.end(Field::Parameters)?;
        Ok(Self { family, name, set, curve: Some(curve_name), hash })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.wrap(SEQUENCE, |writer| {
            match self.curve {
                None => writer.element(NULL, &[]),
                Some(curve) => writer.wrap(SEQUENCE, |writer| {
                    if let Some(hash) = self.hash {
                        writer.oid(hash);
                    }
                    writer.oid(curve);
                }),
            }
            writer.oid(self.name);
        });
    }
}

/// The curve of a Gamma ALG_ID.
pub(super) fn gamma_set(id: u32) -> Option<ParameterSet> {
    KEYS.iter().find_map(|(.., curve)| match curve {
        Curve::Gamma(set, known) if *known == id => Some(*set),
        _ => None,
    })
}

pub(super) const fn mismatch(field: Field, at: usize) -> EncodingError {
    EncodingError::new(field, at, Problem::Mismatch)
}
