//! Curves by name and by object identifier.

use core::fmt;
use core::str::FromStr;

use super::oid::{Oid, oid};

mod names;

/// Parameter set of GOST R 34.10-2001/2012 (in Kazakhstan: GOST 34.310-2004, ST RK GOST R 34.10-2015).
///
/// The numbers are those of RFC 4357 section 11.4, RFC 7836 appendix A, RFC 7091 section 7.1 and RFC 9215
/// appendix E. One set has many names; the variants are the distinct sets of numbers:
///
/// | variant | Russian names | Kazakhstan |
/// |---|---|---|
/// | `CryptoProA` | CryptoPro-A, CryptoPro-XchA, tc26-256-B | GOST 34.310-2004, Gamma A |
/// | `CryptoProB` | CryptoPro-B, tc26-256-C | Gamma B |
/// | `CryptoProC` | CryptoPro-C, CryptoPro-XchB, tc26-256-D | Gamma C |
/// | `Tc26_256A` | tc26-256-A | ST RK GOST R 34.10-2015, 256 bits |
/// | `Tc26_512A` | tc26-512-A | ST RK GOST R 34.10-2015, 512 bits |
/// | `Tc26_512B` | tc26-512-B | |
/// | `Tc26_512C` | tc26-512-C | |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParameterSet {
    /// 256 bits: CryptoPro-A = CryptoPro-XchA = tc26-256-B; Kazakhstan's GOST 34.310-2004 keys
    /// (1.2.398.3.10.1.1.1.1.1). What GOST keys of the token use.
    CryptoProA,
    /// 256 bits: CryptoPro-B = tc26-256-C.
    CryptoProB,
    /// 256 bits: CryptoPro-C = CryptoPro-XchB = tc26-256-D.
    CryptoProC,
    /// 256 bits, cofactor 4: tc26-256-A; Kazakhstan's 1.2.398.3.10.1.1.2.1.1.
    Tc26_256A,
    /// 512 bits: tc26-512-A; all Kazakh keys issued since April 2024 (1.2.398.3.10.1.1.2.2.1).
    Tc26_512A,
    /// 512 bits: tc26-512-B.
    Tc26_512B,
    /// 512 bits, cofactor 4: tc26-512-C.
    Tc26_512C,
    /// 256 bits: the worked example of RFC 7091. For tests only.
    Test256,
    /// 512 bits: the example of RFC 9215 appendix E. For tests only.
    Test512,
}

impl ParameterSet {
    /// Every set.
    pub const ALL: &'static [Self] = &[
        Self::CryptoProA,
        Self::CryptoProB,
        Self::CryptoProC,
        Self::Tc26_256A,
        Self::Tc26_512A,
        Self::Tc26_512B,
        Self::Tc26_512C,
        Self::Test256,
        Self::Test512,
    ];

    /// Octets of a coordinate, of r and s, of a private key and of the digest: 32 or 64.
    #[must_use]
    pub const fn scalar_len(self) -> usize {
        match self {
            Self::CryptoProA | Self::CryptoProB | Self::CryptoProC | Self::Tc26_256A | Self::Test256 => 32,
            Self::Tc26_512A | Self::Tc26_512B | Self::Tc26_512C | Self::Test512 => 64,
        }
    }

    /// Points of the curve divided by the order q: 4 for the two sets that have a twisted Edwards form
    /// (RFC 7836 appendix A.2), else 1.
    #[must_use]
    pub const fn cofactor(self) -> u8 {
        match self {
            Self::Tc26_256A | Self::Tc26_512C => 4,
            _ => 1,
        }
    }

    /// Short name, `CryptoPro-A` or `tc26-512-A`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CryptoProA => "CryptoPro-A",
            Self::CryptoProB => "CryptoPro-B",
            Self::CryptoProC => "CryptoPro-C",
            Self::Tc26_256A => "tc26-256-A",
            Self::Tc26_512A => "tc26-512-A",
            Self::Tc26_512B => "tc26-512-B",
            Self::Tc26_512C => "tc26-512-C",
            Self::Test256 => "Test-256",
            Self::Test512 => "Test-512",
        }
    }

    /// The Russian object identifier; of several the oldest, which PKCS#11 libraries use.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::CryptoProA => oid!("1.2.643.2.2.35.1"),
            Self::CryptoProB => oid!("1.2.643.2.2.35.2"),
            Self::CryptoProC => oid!("1.2.643.2.2.35.3"),
            Self::Tc26_256A => oid!("1.2.643.7.1.2.1.1.1"),
            Self::Tc26_512A => oid!("1.2.643.7.1.2.1.2.1"),
            Self::Tc26_512B => oid!("1.2.643.7.1.2.1.2.2"),
            Self::Tc26_512C => oid!("1.2.643.7.1.2.1.2.3"),
            Self::Test256 => oid!("1.2.643.2.2.35.0"),
            Self::Test512 => oid!("1.2.643.7.1.2.1.2.0"),
        }
    }

    /// The Kazakh object identifier, where the national centre gave one.
    #[must_use]
    pub const fn kazakh_oid(self) -> Option<Oid> {
        match self {
            Self::CryptoProA => Some(oid!("1.2.398.3.10.1.1.1.1.1")),
            Self::Tc26_256A => Some(oid!("1.2.398.3.10.1.1.2.1.1")),
            Self::Tc26_512A => Some(oid!("1.2.398.3.10.1.1.2.2.1")),
            _ => None,
        }
    }

    /// Further Russian identifiers of the same six numbers: the exchange sets of RFC 4357 and the
    /// tc26 names of RFC 9215 appendix C.
    #[must_use]
    pub const fn aliases(self) -> &'static [Oid] {
        match self {
            Self::CryptoProA => const { &[oid!("1.2.643.2.2.36.0"), oid!("1.2.643.7.1.2.1.1.2")] },
            Self::CryptoProB => const { &[oid!("1.2.643.7.1.2.1.1.3")] },
            Self::CryptoProC => const { &[oid!("1.2.643.2.2.36.1"), oid!("1.2.643.7.1.2.1.1.4")] },
            _ => &[],
        }
    }

    /// Every identifier of the set: the Russian one, its aliases, the Kazakh one.
    pub fn oids(self) -> impl Iterator<Item = Oid> {
        [self.oid()].into_iter().chain(self.aliases().iter().copied()).chain(self.kazakh_oid())
    }

    /// The set that a DER object identifier names, by its contents octets (no tag, no length);
    /// Russian, Kazakh and alias identifiers are all known. `None` for any other.
    #[must_use]
    pub fn from_oid(body: &[u8]) -> Option<Self> {
        Self::from_oid_as_known(body).map(|(set, _)| set)
    }

    /// As [`from_oid`](Self::from_oid), with the identifier itself, which outlives the octets.
    pub(super) fn from_oid_as_known(body: &[u8]) -> Option<(Self, Oid)> {
        let mut named = Self::ALL.iter().flat_map(|set| set.oids().map(|oid| (*set, oid)));
        named.find(|(_, oid)| oid.der_body() == body)
    }
}

impl fmt::Display for ParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnknownParameterSet;

impl fmt::Display for UnknownParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no parameter set of this name; try CryptoPro-A, tc26-512-A or an object identifier")
    }
}

impl core::error::Error for UnknownParameterSet {}

impl FromStr for ParameterSet {
    type Err = UnknownParameterSet;

    fn from_str(name: &str) -> Result<Self, UnknownParameterSet> {
        Self::from_name(name).ok_or(UnknownParameterSet)
    }
}
