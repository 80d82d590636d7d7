//! What parameter sets are called in standards, in OpenSSL and on command lines.

use super::ParameterSet;

use ParameterSet::{
    CryptoProA, CryptoProB, CryptoProC, Tc26_256A, Tc26_512A, Tc26_512B, Tc26_512C, Test256, Test512,
};

/// Names as they are printed; [`same`] decides how much of the writing counts. The one-letter and
/// `TC` names are those of OpenSSL's GOST engine for keys of 256 bits.
const NAMES: &[(&str, ParameterSet)] = &[
    ("CryptoPro-A", CryptoProA),
    ("A", CryptoProA),
    ("XA", CryptoProA),
    ("XchA", CryptoProA),
    ("CryptoPro-XchA", CryptoProA),
    ("TCB", CryptoProA),
    ("tc26-256-B", CryptoProA),
    ("256-B", CryptoProA),
    ("id-GostR3410-2001-CryptoPro-A-ParamSet", CryptoProA),
    ("id-GostR3410-2001-CryptoPro-XchA-ParamSet", CryptoProA),
    ("id-tc26-gost-3410-2012-256-paramSetB", CryptoProA),
    ("GOST R 34.10-2012 (256 bit) ParamSet B", CryptoProA),
    ("CryptoPro-B", CryptoProB),
    ("B", CryptoProB),
    ("TCC", CryptoProB),
    ("tc26-256-C", CryptoProB),
    ("256-C", CryptoProB),
    ("id-GostR3410-2001-CryptoPro-B-ParamSet", CryptoProB),
    ("id-tc26-gost-3410-2012-256-paramSetC", CryptoProB),
    ("GOST R 34.10-2012 (256 bit) ParamSet C", CryptoProB),
    ("CryptoPro-C", CryptoProC),
    ("C", CryptoProC),
    ("XB", CryptoProC),
    ("XchB", CryptoProC),
    ("CryptoPro-XchB", CryptoProC),
    ("TCD", CryptoProC),
    ("tc26-256-D", CryptoProC),
    ("256-D", CryptoProC),
    ("id-GostR3410-2001-CryptoPro-C-ParamSet", CryptoProC),
    ("id-GostR3410-2001-CryptoPro-XchB-ParamSet", CryptoProC),
    ("id-tc26-gost-3410-2012-256-paramSetD", CryptoProC),
    ("GOST R 34.10-2012 (256 bit) ParamSet D", CryptoProC),
    ("tc26-256-A", Tc26_256A),
    ("TCA", Tc26_256A),
    ("256-A", Tc26_256A),
    ("id-tc26-gost-3410-2012-256-paramSetA", Tc26_256A),
    ("GOST R 34.10-2012 (256 bit) ParamSet A", Tc26_256A),
    ("tc26-512-A", Tc26_512A),
    ("512-A", Tc26_512A),
    ("id-tc26-gost-3410-2012-512-paramSetA", Tc26_512A),
    ("id-tc26-gost-3410-12-512-paramSetA", Tc26_512A),
    ("GOST R 34.10-2012 (512 bit) ParamSet A", Tc26_512A),
    ("tc26-512-B", Tc26_512B),
    ("512-B", Tc26_512B),
    ("id-tc26-gost-3410-2012-512-paramSetB", Tc26_512B),
    ("id-tc26-gost-3410-12-512-paramSetB", Tc26_512B),
    ("GOST R 34.10-2012 (512 bit) ParamSet B", Tc26_512B),
    ("tc26-512-C", Tc26_512C),
    ("512-C", Tc26_512C),
    ("id-tc26-gost-3410-2012-512-paramSetC", Tc26_512C),
    ("id-tc26-gost-3410-12-512-paramSetC", Tc26_512C),
    ("GOST R 34.10-2012 (512 bit) ParamSet C", Tc26_512C),
    ("Test-256", Test256),
    ("0", Test256),
    ("id-GostR3410-2001-TestParamSet", Test256),
    ("Test-512", Test512),
    ("512-0", Test512),
    ("id-tc26-gost-3410-2012-512-paramSetTest", Test512),
    ("id-tc26-gost-3410-12-512-paramSetTest", Test512),
    ("GOST R 34.10-2012 (512 bit) testing parameter set", Test512),
];

impl ParameterSet {
    /// The set of this name, or of this object identifier in dotted form. Upper and lower case are one, and
    /// so are spaces, hyphens, underscores and parentheses however many.
    ///
    /// A bare `A`, `B` or `C` is the CryptoPro set of 256 bits, as for OpenSSL's `gost2001` and
    /// `gost2012_256`; the sets of 512 bits are `512-A`, `512-B` and `512-C`.
    ///
    /// ```
    /// use kaztoken_core::gost::ParameterSet;
    ///
    /// assert_eq!(ParameterSet::from_name("XchA"), Some(ParameterSet::CryptoProA));
    /// assert_eq!("1.2.398.3.10.1.1.2.2.1".parse(), Ok(ParameterSet::Tc26_512A));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let by_oid = Self::ALL.iter().copied().find(|set| set.oids().any(|oid| oid.dotted() == name));
        by_oid.or_else(|| NAMES.iter().find(|(known, _)| same(known, name)).map(|(_, set)| *set))
    }

    /// Every name that [`from_name`](Self::from_name) knows of this set, the object identifiers aside.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(_, set)| *set == self).map(|(name, _)| *name)
    }
}

fn same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
    let ignored = ['-', '_', ' ', '(', ')'];
    name.chars().filter(move |letter| !ignored.contains(letter)).map(|letter| letter.to_ascii_lowercase())
}
