//! Identifiers of hash functions, and of their parameters where these stand for the function.

use crate::gost::hash::HashAlgorithm;
use crate::gost::oid::{Oid, oid};

/// The first of each function is the one that [`HashAlgorithm::oid`] gives.
const HASHES: &[(Oid, HashAlgorithm)] = {
    use HashAlgorithm as H;
    &[
        (oid!("1.2.643.7.1.1.2.2"), H::Streebog256),
        (oid!("1.2.643.7.1.1.2.3"), H::Streebog512),
        (oid!("1.2.643.2.2.9"), H::Gost94CryptoPro),
        (oid!("1.2.398.3.10.1.3.1"), H::Gost94Test),
        (oid!("1.2.398.3.10.1.3.1.1.0"), H::Gost94Test),
        (oid!("1.2.398.3.10.1.3.2"), H::Streebog256),
        (oid!("1.2.398.3.10.1.3.3"), H::Streebog512),
        (oid!("1.3.6.1.4.1.6801.1.2.1"), H::Gost94Test),
        (oid!("1.2.643.2.2.30.0"), H::Gost94Test),
        (oid!("1.2.643.2.2.30.1"), H::Gost94CryptoPro),
    ]
};

/// The function of these contents octets, and the identifier.
pub(super) fn find(body: &[u8]) -> Option<(Oid, HashAlgorithm)> {
    HASHES.iter().copied().find(|(known, _)| known.der_body() == body)
}

impl HashAlgorithm {
    /// The function that an object identifier names, by its contents octets (no tag, no length): Russian
    /// (RFC 4490, RFC 9215), Kazakh and Gamma's identifiers, and the parameter sets of GOST R 34.11-94
    /// (RFC 4357 section 11.2). `None` for any other.
    #[must_use]
    pub fn from_oid(body: &[u8]) -> Option<Self> {
        find(body).map(|(_, hash)| hash)
    }

    /// The identifier of the function: of Russia, save that GOST R 34.11-94 with the test S-box is
    /// Kazakhstan's 1.2.398.3.10.1.3.1 (in Russia it has none of its own).
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Streebog256 => oid!("1.2.643.7.1.1.2.2"),
            Self::Streebog512 => oid!("1.2.643.7.1.1.2.3"),
            Self::Gost94CryptoPro => oid!("1.2.643.2.2.9"),
            Self::Gost94Test => oid!("1.2.398.3.10.1.3.1"),
        }
    }
}
