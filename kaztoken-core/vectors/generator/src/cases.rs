//! The cases of one curve. Every one is computed a second time from its octets before it is written.

mod arithmetic;
mod digests;
mod keys;
mod layouts;
mod messages;
mod numbers;
mod wrapped;

use num_bigint::BigUint;

use crate::curve::{Curve, Point};
use crate::document::{CurveName, Document, Group, Test};
use crate::hashes::Hash;
use crate::key::{PublicKey, curve_name};
use crate::number::{Seed, be, hex, le};
use crate::scheme::{self, Numbers};

pub(crate) const SCHEMA: &str = "kaztoken_gost_verify_schema_v1";

/// Order of r, s and their octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// r, s, big-endian: RFC 7091.
    Standard,
    /// s, r, big-endian: RFC 4491 and RFC 9215.
    Russian,
    /// r, s, little-endian: Kazakhstan's certificates.
    Kazakh,
    /// s, r, little-endian: seen nowhere.
    Reversed,
}

impl Layout {
    pub(crate) const ALL: [Self; 4] = [Self::Standard, Self::Russian, Self::Kazakh, Self::Reversed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "r||s big-endian",
            Self::Russian => "s||r big-endian",
            Self::Kazakh => "r||s little-endian",
            Self::Reversed => "s||r little-endian",
        }
    }

    pub(crate) fn write(self, Numbers { r, s }: &Numbers, len: usize) -> Vec<u8> {
        match self {
            Self::Standard => [be(r, len), be(s, len)].concat(),
            Self::Russian => [be(s, len), be(r, len)].concat(),
            Self::Kazakh => [le(r, len), le(s, len)].concat(),
            Self::Reversed => [le(s, len), le(r, len)].concat(),
        }
    }

    /// `None` for a wrong length.
    pub(crate) fn read(self, octets: &[u8], len: usize) -> Option<Numbers> {
        if octets.len() != 2 * len {
            return None;
        }
        let (first, second) = octets.split_at(len);
        let be = BigUint::from_bytes_be;
        let le = BigUint::from_bytes_le;
        Some(match self {
            Self::Standard => Numbers { r: be(first), s: be(second) },
            Self::Russian => Numbers { r: be(second), s: be(first) },
            Self::Kazakh => Numbers { r: le(first), s: le(second) },
            Self::Reversed => Numbers { r: le(second), s: le(first) },
        })
    }
}

/// What the makers of cases share: a curve, a source of numbers, and one ordinary key.
pub(crate) struct Maker<'a> {
    pub(crate) curve: &'a Curve,
    pub(crate) seed: Seed,
    pub(crate) d: BigUint,
    pub(crate) key: PublicKey,
    pub(crate) groups: Vec<Group>,
}

/// A group under way: one key, one layout, digests or messages of one hash.
pub(crate) struct Open<'a> {
    curve: &'a Curve,
    name: CurveName,
    layout: Layout,
    hash: Option<Hash>,
    key: PublicKey,
    tests: Vec<Test>,
}

impl<'a> Maker<'a> {
    fn new(curve: &'a Curve, label: &str) -> Self {
        let mut seed = Seed::new(&format!("{} {label}", curve.set.name));
        let d = seed.nonzero(&curve.q);
        let key = PublicKey::from_point(curve, &curve.multiply_base(&d));
        Self { curve, seed, d, key, groups: Vec::new() }
    }

    pub(crate) fn open(&self, key: &PublicKey) -> Open<'a> {
        let Self { curve, .. } = *self;
        let key = key.clone();
        Open {
            curve,
            name: curve_name(curve, None),
            layout: Layout::Standard,
            hash: None,
            key,
            tests: vec![],
        }
    }

    pub(crate) fn close(&mut self, open: Open<'_>) {
        let Open { curve, name, layout, hash, key, tests } = open;
        self.groups.push(Group {
            kind: if hash.is_some() { "GostVerifyMessage" } else { "GostVerifyDigest" },
            encoding: Some(layout.name()),
            hash: hash.map(Hash::name),
            public_key: Some(key.written(curve, name.oid)),
            curve: Some(name),
            tests,
        });
    }

    pub(crate) fn digest(&mut self) -> Vec<u8> {
        self.seed.octets(self.curve.len())
    }

    /// A signature by the ordinary key.
    pub(crate) fn sign(&mut self, digest: &[u8]) -> Numbers {
        let d = self.d.clone();
        self.sign_with(&d, digest)
    }

    pub(crate) fn sign_with(&mut self, d: &BigUint, digest: &[u8]) -> Numbers {
        let e = scheme::e(self.curve, digest);
        loop {
            let k = self.seed.nonzero(&self.curve.q);
            if let Some(numbers) = scheme::sign(self.curve, d, &e, &k) {
                return numbers;
            }
        }
    }

    /// A digest and signature that a verifier takes who does not check the key, whatever it is: z2 is a
    /// multiple of 4, so that a part of order 2 or 4 vanishes.
    pub(crate) fn forge(&mut self, key: &Point) -> (Vec<u8>, Numbers) {
        loop {
            let z1 = self.seed.nonzero(&self.curve.q);
            let z2 = (self.seed.nonzero(&self.curve.q) >> 2) << 2;
            if let Some(made) = scheme::forge(self.curve, key, &z1, &z2) {
                return made;
            }
        }
    }
}

impl Open<'_> {
    pub(crate) fn hashed(mut self, hash: Hash) -> Self {
        self.hash = Some(hash);
        self
    }

    pub(crate) fn laid_out(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    pub(crate) fn named(mut self, name: CurveName) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.curve.len()
    }

    /// A case that must verify.
    pub(crate) fn valid(&mut self, comment: &str, flags: &[&'static str], input: &[u8], sig: &Numbers) {
        let octets = self.layout.write(sig, self.len());
        self.test(comment, flags, input, octets, "valid");
    }

    /// A case that must not.
    pub(crate) fn invalid(&mut self, comment: &str, flags: &[&'static str], input: &[u8], sig: &Numbers) {
        let octets = self.layout.write(sig, self.len());
        self.test(comment, flags, input, octets, "invalid");
    }

    /// An invalid case of any octets.
    pub(crate) fn octets(&mut self, comment: &str, flags: &[&'static str], input: &[u8], sig: Vec<u8>) {
        self.test(comment, flags, input, sig, "invalid");
    }

    /// Input is a message in a group with a hash, else a digest.
    pub(crate) fn test(
        &mut self,
        comment: &str,
        flags: &[&'static str],
        input: &[u8],
        sig: Vec<u8>,
        result: &'static str,
    ) {
        let digest = self.hash.map_or_else(|| input.to_vec(), |hash| hash.digest(input));
        let right_length = digest.len() == self.len() || result == "acceptable";
        let numbers = self.layout.read(&sig, self.len());
        let verifies = right_length
            && self.key.valid.is_some()
            && numbers.is_some_and(|n| scheme::verify(self.curve, &self.key.valid, &digest, &n));
        assert_eq!(verifies, result != "invalid", "{}: {comment}", self.curve.set.name);
        let input = Some(hex(input));
        let (msg, digest) = if self.hash.is_some() { (input, None) } else { (None, input) };
        self.tests.push(Test {
            comment: comment.to_owned(),
            flags: flags.to_vec(),
            msg,
            digest,
            sig: Some(hex(&sig)),
            result,
            ..Test::default()
        });
    }
}

/// Every case of one curve in the standard's own layout.
pub(crate) fn curve_file(curve: &Curve) -> Document {
    let mut maker = Maker::new(curve, "verify");
    digests::add(&mut maker);
    numbers::add(&mut maker);
    arithmetic::add(&mut maker);
    wrapped::add(&mut maker);
    keys::add(&mut maker);
    messages::add(&mut maker);
    let source = format!("The numbers of {} are those of {}.", curve.set.name, curve.set.source);
    let header = [
        "Verification of GOST R 34.10-2012 (RFC 7091) signatures, which for 256 bits is GOST R 34.10-2001.",
        "Every hexadecimal string is octets in their order; numbers are named with their order.",
        &source,
    ];
    Document::new("GOSTR3410", SCHEMA, &header, maker.groups)
}

/// The cases of one layout on all curves, or of the aliases of the curves.
pub(crate) fn layout_file(curves: &[Curve], layout: Layout) -> Document {
    let mut groups = Vec::new();
    for curve in curves {
        let mut maker = Maker::new(curve, layout.name());
        layouts::add(&mut maker, layout);
        groups.append(&mut maker.groups);
    }
    let header = [
        "Verification of GOST R 34.10-2012 signatures in another layout than the standard's own.",
        "Every hexadecimal string is octets in their order.",
    ];
    Document::new("GOSTR3410", SCHEMA, &header, groups)
}
