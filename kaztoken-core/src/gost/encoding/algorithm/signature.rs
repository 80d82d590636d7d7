//! Identifiers of signatures: which hash function, which order of the two numbers, which keys.

use super::{KeyAlgorithm, KeyFamily};
use crate::gost::encoding::der::{NULL, OID, Reader, SEQUENCE, Writer};
use crate::gost::encoding::error::{EncodingError, Field, Problem};
use crate::gost::hash::HashAlgorithm;
use crate::gost::octets::Octets;
use crate::gost::oid::{Oid, oid};
use crate::gost::signature::Layout;

/// The AlgorithmIdentifier of a signature.
///
/// | signature | identifier | hash | layout |
/// |---|---|---|---|
/// | `Kazakh2004` | 1.2.398.3.10.1.1.1.2 | GOST R 34.11-94, test S-box | Kazakh |
/// | `Kazakh2015_256` | 1.2.398.3.10.1.1.2.3.1 | Streebog-256 | Kazakh |
/// | `Kazakh2015_512` | 1.2.398.3.10.1.1.2.3.2 | Streebog-512 | Kazakh |
/// | `Gamma` | 1.3.6.1.4.1.6801.1.2.2 | GOST R 34.11-94, test S-box | native or Java |
/// | `GammaByKey` | 1.3.6.1.4.1.6801.1.5.8 | the same | Java or native |
/// | `Russian2001` | 1.2.643.2.2.3; in CMS 1.2.643.2.2.19 | GOST R 34.11-94, as the key says | Russian |
/// | `Russian2012_256` | 1.2.643.7.1.1.3.2; in CMS 1.2.643.7.1.1.1.1 | Streebog-256 | Russian |
/// | `Russian2012_512` | 1.2.643.7.1.1.3.3; in CMS 1.2.643.7.1.1.1.2 | Streebog-512 | Russian |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// National centre, GOST 34.310-2004 with GOST 34.311-95.
    Kazakh2004,
    /// National centre, ST RK GOST R 34.10-2015, 256 bits.
    Kazakh2015_256,
    /// National centre, ST RK GOST R 34.10-2015, 512 bits.
    Kazakh2015_512,
    /// TumarCSP. Its native and its Java software write the two numbers differently under this name.
    Gamma,
    /// TumarCSP's Java software in CMS, which names the key's algorithm in this place.
    GammaByKey,
    /// GOST R 34.10-2001 with GOST R 34.11-94 (RFC 4491 section 2.2.2).
    Russian2001,
    /// GOST R 34.10-2012, 256 bits (RFC 9215 section 2).
    Russian2012_256,
    /// GOST R 34.10-2012, 512 bits (RFC 9215 section 2).
    Russian2012_512,
}

/// What an identifier means.
struct Row {
    name: Oid,
    algorithm: SignatureAlgorithm,
    hash: HashAlgorithm,
    /// The likely one first.
    layouts: &'static [Layout],
    family: KeyFamily,
    /// Kazakh and Gamma's identifiers have NULL for parameters, Russian ones none.
    null: bool,
}

/// The first row of an algorithm is how it is written.
const SIGNATURES: &[Row] = {
    use HashAlgorithm::{Gost94CryptoPro, Gost94Test, Streebog256, Streebog512};
    use Layout::{GammaJava, GammaNative, Kazakh, Russian};
    use SignatureAlgorithm as A;
    const fn row(
        name: Oid,
        algorithm: SignatureAlgorithm,
        hash: HashAlgorithm,
        layouts: &'static [Layout],
        family: KeyFamily,
    ) -> Row {
        let null = !matches!(family, KeyFamily::Russian2001 | KeyFamily::Russian2012);
        Row { name, algorithm, hash, layouts, family, null }
    }
    use KeyFamily as F;
    &[
        row(oid!("1.2.398.3.10.1.1.2.3.2"), A::Kazakh2015_512, Streebog512, &[Kazakh], F::Kazakh2015),
        row(oid!("1.2.398.3.10.1.1.1.2"), A::Kazakh2004, Gost94Test, &[Kazakh], F::Kazakh2004),
        row(oid!("1.2.398.3.10.1.1.2.3.1"), A::Kazakh2015_256, Streebog256, &[Kazakh], F::Kazakh2015),
        row(oid!("1.3.6.1.4.1.6801.1.2.2"), A::Gamma, Gost94Test, &[GammaNative, GammaJava], F::Gamma),
        row(oid!("1.3.6.1.4.1.6801.1.5.8"), A::GammaByKey, Gost94Test, &[GammaJava, GammaNative], F::Gamma),
        row(oid!("1.2.643.2.2.3"), A::Russian2001, Gost94CryptoPro, &[Russian], F::Russian2001),
        row(oid!("1.2.643.2.2.19"), A::Russian2001, Gost94CryptoPro, &[Russian], F::Russian2001),
        row(oid!("1.2.643.7.1.1.3.2"), A::Russian2012_256, Streebog256, &[Russian], F::Russian2012),
        row(oid!("1.2.643.7.1.1.1.1"), A::Russian2012_256, Streebog256, &[Russian], F::Russian2012),
        row(oid!("1.2.643.7.1.1.3.3"), A::Russian2012_512, Streebog512, &[Russian], F::Russian2012),
        row(oid!("1.2.643.7.1.1.1.2"), A::Russian2012_512, Streebog512, &[Russian], F::Russian2012),
    ]
};

impl SignatureAlgorithm {
    /// Every algorithm of this version.
    pub const ALL: &'static [Self] = &[
        Self::Kazakh2004,
        Self::Kazakh2015_256,
        Self::Kazakh2015_512,
        Self::Gamma,
        Self::GammaByKey,
        Self::Russian2001,
        Self::Russian2012_256,
        Self::Russian2012_512,
    ];

    fn row(self) -> Option<&'static Row> {
        SIGNATURES.iter().find(|row| row.algorithm == self)
    }

    /// The algorithm that an object identifier names, by its contents octets (no tag, no length). CMS may
    /// have the key's identifier in this place (RFC 4490 section 3); that is known too.
    #[must_use]
    pub fn from_oid(body: &[u8]) -> Option<Self> {
        SIGNATURES.iter().find(|row| row.name.der_body() == body).map(|row| row.algorithm)
    }

    /// From an AlgorithmIdentifier; its parameters may be NULL or absent.
    ///
    /// # Errors
    /// [`EncodingError`]; [`Problem::UnknownOid`] for what is not GOST.
    pub fn from_der(octets: &[u8]) -> Result<Self, EncodingError> {
        Self::from_reader(Reader::new(octets))
    }

    /// From an AlgorithmIdentifier that is all that is left.
    pub(in crate::gost::encoding) fn from_reader(mut reader: Reader<'_>) -> Result<Self, EncodingError> {
        let mut inside = reader.expect(SEQUENCE, Field::AlgorithmIdentifier)?;
        reader.end(Field::AlgorithmIdentifier)?;
        let name = inside.expect(OID, Field::Algorithm)?;
        let algorithm =
            Self::from_oid(name.octets()).ok_or(name.error(Field::Algorithm, Problem::UnknownOid))?;
        if let Some(null) = inside.optional(NULL, Field::Parameters)? {
            null.end(Field::Parameters)?;
        }
        inside.end(Field::Parameters)?;
        Ok(algorithm)
    }

    /// As AlgorithmIdentifier: with NULL parameters for Kazakh and Gamma's, without any for Russian ones
    /// (RFC 9215 section 2).
    #[must_use]
    pub fn to_der(self) -> Octets<16> {
        let mut writer = Writer::new();
        writer.wrap(SEQUENCE, |writer| {
            if self.row().is_some_and(|row| row.null) {
                writer.element(NULL, &[]);
            }
            writer.oid(self.oid());
        });
        writer.finish()
    }

    /// The identifier.
    #[must_use]
    pub fn oid(self) -> Oid {
        self.row().map_or(oid!("0.0"), |row| row.name)
    }

    /// The hash function by which the message is signed, unless the key [says
    /// otherwise](Self::hash_for).
    #[must_use]
    pub fn hash(self) -> HashAlgorithm {
        self.row().map_or(HashAlgorithm::Streebog512, |row| row.hash)
    }

    /// The hash function by which this key signs: GOST R 34.10-2001 leaves the S-box of GOST R 34.11-94 to
    /// the key's digestParamSet (RFC 4491 section 2.3.2).
    #[must_use]
    pub fn hash_for(self, key: &KeyAlgorithm) -> HashAlgorithm {
        match (self, key.hash()) {
            (Self::Russian2001, Some(hash)) => hash,
            _ => self.hash(),
        }
    }

    /// The orders of r and s under this identifier, the likely one first. More than one only for Gamma's.
    #[must_use]
    pub fn layouts(self) -> &'static [Layout] {
        self.row().map_or(&[], |row| row.layouts)
    }

    /// Whose keys make such signatures.
    #[must_use]
    pub fn key_family(self) -> KeyFamily {
        self.row().map_or(KeyFamily::Kazakh2015, |row| row.family)
    }

    /// True when a key of this algorithm can make such a signature: family and size agree.
    #[must_use]
    pub fn fits(self, key: &KeyAlgorithm) -> bool {
        key.family() == self.key_family() && key.parameter_set().scalar_len() == self.hash().output_len()
    }
}
