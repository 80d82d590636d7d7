//! Curves by name and by object identifier.

use core::fmt;

/// An object identifier in the two forms that are needed: for people and for DER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Oid {
    dotted: &'static str,
    body: &'static [u8],
}

impl Oid {
    /// Dotted form, `1.2.643.2.2.35.1`.
    #[must_use]
    pub const fn dotted(self) -> &'static str {
        self.dotted
    }

    /// Contents octets of the DER encoding, without the tag `06` and the length.
    #[must_use]
    pub const fn der_body(self) -> &'static [u8] {
        self.body
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dotted)
    }
}

/// Parameter set of GOST R 34.10-2001/2012 (in Kazakhstan: GOST 34.310-2004, ST RK GOST R 34.10-2015).
///
/// Only sets of prime order (cofactor 1) are here. The numbers are those of RFC 4357 section 11.4,
/// RFC 7836 appendix A.1, RFC 7091 section 7.1 and RFC 9215 appendix E.
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

macro_rules! oid {
    ($dotted:literal, $body:literal) => {
        Oid { dotted: $dotted, body: $body }
    };
}

impl ParameterSet {
    /// Every set of this version.
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

    /// Points of the curve divided by the order q: 4 for tc26-256-A and tc26-512-C, else 1.
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
            Self::Tc26_512C => "tc26-512-C",
            Self::Tc26_512A => "tc26-512-A",
            Self::Tc26_512B => "tc26-512-B",
            Self::Test256 => "Test-256",
            Self::Test512 => "Test-512",
        }
    }

    /// The Russian object identifier; of several the oldest, which PKCS#11 libraries use.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::CryptoProA => oid!("1.2.643.2.2.35.1", b"\x2a\x85\x03\x02\x02\x23\x01"),
            Self::CryptoProB => oid!("1.2.643.2.2.35.2", b"\x2a\x85\x03\x02\x02\x23\x02"),
            Self::CryptoProC => oid!("1.2.643.2.2.35.3", b"\x2a\x85\x03\x02\x02\x23\x03"),
            Self::Tc26_256A => oid!("1.2.643.7.1.2.1.1.1", b"\x2a\x85\x03\x07\x01\x02\x01\x01\x01"),
            Self::Tc26_512C => oid!("1.2.643.7.1.2.1.2.3", b"\x2a\x85\x03\x07\x01\x02\x01\x02\x03"),
            Self::Tc26_512A => oid!("1.2.643.7.1.2.1.2.1", b"\x2a\x85\x03\x07\x01\x02\x01\x02\x01"),
            Self::Tc26_512B => oid!("1.2.643.7.1.2.1.2.2", b"\x2a\x85\x03\x07\x01\x02\x01\x02\x02"),
            Self::Test256 => oid!("1.2.643.2.2.35.0", b"\x2a\x85\x03\x02\x02\x23\x00"),
            Self::Test512 => oid!("1.2.643.7.1.2.1.2.0", b"\x2a\x85\x03\x07\x01\x02\x01\x02\x00"),
        }
    }

    /// The Kazakh object identifier, where the national centre gave one.
    #[must_use]
    pub const fn kazakh_oid(self) -> Option<Oid> {
        match self {
            Self::CryptoProA => {
                Some(oid!("1.2.398.3.10.1.1.1.1.1", b"\x2a\x83\x0e\x03\x0a\x01\x01\x01\x01\x01"))
            }
            Self::Tc26_512A => {
                Some(oid!("1.2.398.3.10.1.1.2.2.1", b"\x2a\x83\x0e\x03\x0a\x01\x01\x02\x02\x01"))
            }
            _ => None,
        }
    }

    /// Further Russian identifiers of the same six numbers: the exchange sets of RFC 4357 and the
    /// tc26 names of RFC 9215 appendix C.
    #[must_use]
    pub const fn aliases(self) -> &'static [Oid] {
        match self {
            Self::CryptoProA => &[
                oid!("1.2.643.2.2.36.0", b"\x2a\x85\x03\x02\x02\x24\x00"),
                oid!("1.2.643.7.1.2.1.1.2", b"\x2a\x85\x03\x07\x01\x02\x01\x01\x02"),
            ],
            Self::CryptoProB => &[oid!("1.2.643.7.1.2.1.1.3", b"\x2a\x85\x03\x07\x01\x02\x01\x01\x03")],
            Self::CryptoProC => &[
                oid!("1.2.643.2.2.36.1", b"\x2a\x85\x03\x02\x02\x24\x01"),
                oid!("1.2.643.7.1.2.1.1.4", b"\x2a\x85\x03\x07\x01\x02\x01\x01\x04"),
            ],
            _ => &[],
        }
    }

    /// The set that a DER object identifier names, by its contents octets (no tag, no length);
    /// Russian, Kazakh and alias identifiers are all known. `None` for any other.
    #[must_use]
    pub fn from_oid(body: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| {
            set.oid().body == body
                || set.kazakh_oid().is_some_and(|oid| oid.body == body)
                || set.aliases().iter().any(|oid| oid.body == body)
        })
    }
}

impl fmt::Display for ParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
