//! The files: Wycheproof's form of JSON, written the same way every time.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::format::OneLineTests;

/// Version of the files' contents; a new one where a case changes its meaning.
const VERSION: &str = "1";

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    algorithm: &'static str,
    schema: &'static str,
    generator_version: &'static str,
    number_of_tests: usize,
    header: Vec<String>,
    notes: BTreeMap<&'static str, Note>,
    pub(crate) test_groups: Vec<Group>,
}

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Note {
    bug_type: &'static str,
    description: &'static str,
}

#[derive(Serialize, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) curve: Option<CurveName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hash: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_key: Option<Key>,
    pub(crate) tests: Vec<Test>,
}

#[derive(Serialize, Debug, Clone)]
pub(crate) struct CurveName {
    pub(crate) name: &'static str,
    pub(crate) oid: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<&'static str>,
}

#[derive(Serialize, Debug, Clone)]
pub(crate) struct Key {
    /// x and y, little-endian.
    pub(crate) raw: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) der: Option<String>,
}

/// One test; which of the fields it has, its schema says.
#[derive(Serialize, Debug, Default, Clone)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Test {
    pub(crate) tc_id: usize,
    pub(crate) comment: String,
    pub(crate) flags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ukm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) msg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repeat: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pieces: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shared: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sig: Option<String>,
    pub(crate) result: &'static str,
}

impl Document {
    /// Numbers the tests, and takes the notes of the flags that occur.
    pub(crate) fn new(
        algorithm: &'static str,
        schema: &'static str,
        header: &[&str],
        mut groups: Vec<Group>,
    ) -> Self {
        groups.retain(|group| !group.tests.is_empty());
        let mut used = BTreeSet::new();
        let mut count = 0;
        for test in groups.iter_mut().flat_map(|group| &mut group.tests) {
            count += 1;
            test.tc_id = count;
            test.flags.sort_unstable();
            test.flags.dedup();
            used.extend(test.flags.iter().copied());
        }
        let notes = used.into_iter().map(|flag| (flag, note(flag))).collect();
        Self {
            algorithm,
            schema,
            generator_version: VERSION,
            number_of_tests: count,
            header: header.iter().map(|line| (*line).to_owned()).collect(),
            notes,
            test_groups: groups,
        }
    }

    pub(crate) fn tests(&self) -> usize {
        self.number_of_tests
    }

    /// The file, a line break at its end.
    pub(crate) fn text(&self) -> String {
        let mut text = Vec::new();
        self.serialize(&mut serde_json::Serializer::with_formatter(&mut text, OneLineTests::default()))
            .expect("strings and numbers only");
        text.push(b'\n');
        String::from_utf8(text).expect("JSON is UTF-8")
    }
}

fn note(flag: &str) -> Note {
    let (_, bug_type, description) =
        NOTES.iter().find(|(name, ..)| *name == flag).unwrap_or_else(|| panic!("no note for {flag}"));
    Note { bug_type, description }
}

/// Flag, kind of the mistake that it catches, what it means.
const NOTES: &[(&str, &str, &str)] = &[
    ("Normal", "BASIC", "Ordinary input."),
    ("Standard", "BASIC", "An example that a standard prints."),
    (
        "ZeroDigest",
        "EDGE_CASE",
        "The digest is 0 modulo q, so e is 1 (RFC 7091 section 6.1 step 2). Without that step the inverse of \
         0 is taken.",
    ),
    (
        "LargeDigest",
        "EDGE_CASE",
        "The digest is not below q and has to be reduced; it is never cut to the length of q.",
    ),
    ("SpecialDigest", "EDGE_CASE", "The digest is a small, large or regular number."),
    (
        "EquivalentDigest",
        "EDGE_CASE",
        "Another digest with the same e modulo q: the same signature is right for both.",
    ),
    (
        "NegatedDigest",
        "EDGE_CASE",
        "The digest with -e modulo q: verification ends in -C in place of C, whose x is the same. A property of \
         the scheme; finding a message with that digest is as hard as a preimage.",
    ),
    ("WrongDigest", "AUTH_BYPASS", "The signature belongs to another digest."),
    (
        "ReversedDigest",
        "WRONG_PRIMITIVE",
        "Made with the digest as a big-endian number. GOST R 34.10 reads what GOST R 34.11 gives as \
         little-endian.",
    ),
    ("DigestLength", "MODIFIED_PARAMETER", "The digest has not the length that belongs to the curve."),
    (
        "ShortDigest",
        "MODIFIED_PARAMETER",
        "A 256-bit digest under a 512-bit key, correct as a number. The standard pairs the 512-bit key with \
         the 512-bit hash; a verifier may take it or not.",
    ),
    (
        "RangeCheck",
        "CAN_OF_WORMS",
        "r or s is 0, q or beyond, or another number that no signer would give (RFC 7091 section 6.2 step 1).",
    ),
    (
        "NotReduced",
        "SIGNATURE_MALLEABILITY",
        "A multiple of q was added to r or s of a valid signature: right modulo q, out of range.",
    ),
    ("Negated", "SIGNATURE_MALLEABILITY", "r or s was replaced by q - r or q - s, which ECDSA takes for s."),
    ("SwappedHalves", "WRONG_PRIMITIVE", "The two halves of the signature in the other order."),
    ("ReversedOctets", "WRONG_PRIMITIVE", "Numbers of the signature in the other order of octets."),
    ("OtherLayout", "WRONG_PRIMITIVE", "A signature that is valid in another of the four layouts in use."),
    ("SignatureLength", "MODIFIED_SIGNATURE", "Octets are missing, or too many."),
    ("DerSignature", "WRONG_PRIMITIVE", "r and s as a DER SEQUENCE of INTEGERs, as ECDSA has them."),
    ("ModifiedSignature", "MODIFIED_SIGNATURE", "A bit of a valid signature is the other one."),
    ("ModifiedDigest", "AUTH_BYPASS", "A bit of the digest is the other one."),
    ("ModifiedMessage", "AUTH_BYPASS", "The message is not the one that was signed."),
    ("WrongHash", "WRONG_PRIMITIVE", "Signed over the digest of another hash function."),
    (
        "PointAtInfinity",
        "AUTH_BYPASS",
        "Verification ends in the point at infinity, which has no x. Such a signature can be made for any r \
         without the private key being used as it should.",
    ),
    ("SpecialNonce", "EDGE_CASE", "The nonce k is a special number, and C = k P a special point."),
    (
        "SpecialMultipliers",
        "EDGE_CASE",
        "z1 or z2 of verification is a special number: small, near q, a power of two, long runs of ones.",
    ),
    (
        "Doubling",
        "EDGE_CASE",
        "Terms of z1 P + z2 Q coincide or cancel on the way, so that addition formulas meet their \
         exceptional cases.",
    ),
    (
        "SpecialPrivateKey",
        "EDGE_CASE",
        "The private key is 1, 2, q - 1 or the like: the public key is near P.",
    ),
    ("SpecialPublicKey", "EDGE_CASE", "A coordinate of the public key is very small or very large."),
    ("SmallRandS", "EDGE_CASE", "r or s is a very small number, with many leading zeros."),
    ("LargeRandS", "EDGE_CASE", "r or s is just below q."),
    (
        "WrappedX",
        "EDGE_CASE",
        "x of C is q or larger, and r is x mod q. Comparing x with r without the reduction fails.",
    ),
    ("OtherKey", "AUTH_BYPASS", "The signature belongs to another public key."),
    ("PublicKeyLength", "MODIFIED_PARAMETER", "The public key has too many or too few octets."),
    ("PublicKeyByteOrder", "WRONG_PRIMITIVE", "The public key in another order of octets or coordinates."),
    ("CoordinateRange", "CAN_OF_WORMS", "A coordinate of the public key is not below p."),
    (
        "ZeroPublicKey",
        "AUTH_BYPASS",
        "All octets of the public key are 0. Where that is taken for infinity, anyone can sign.",
    ),
    (
        "InvalidCurve",
        "CAN_OF_WORMS",
        "The public key is no point of the curve, but of another one with the same a. The formulas never \
         read b, so without a check the signature comes out as valid.",
    ),
    ("Twist", "CAN_OF_WORMS", "As InvalidCurve, and the other curve is the quadratic twist."),
    (
        "SmallSubgroup",
        "CAN_OF_WORMS",
        "The public key is on the curve and not in the subgroup of order q: a point of order 2 or 4, or a \
         sum with one. The signature is such that the equation holds; only a check of the key tells.",
    ),
    ("ModifiedPublicKey", "MODIFIED_PARAMETER", "A bit of the public key is the other one."),
    ("Alias", "BASIC", "The curve by another of its names and object identifiers."),
    ("BlockBorder", "EDGE_CASE", "A length around a multiple of the block."),
    (
        "EmptyMessage",
        "EDGE_CASE",
        "RFC 5831 section 6 read to the letter pads the empty message to one block of zeros; this value is that of \
         no block at all, as RustCrypto and others give it; OpenSSL's GOST engine hashes the block.",
    ),
    ("Carry", "EDGE_CASE", "Sums of blocks carry through many octets."),
    ("LongMessage", "EDGE_CASE", "msg is repeated `repeat` times."),
    ("Pieces", "EDGE_CASE", "The message comes in pieces of these lengths."),
    ("LongKey", "EDGE_CASE", "The key is longer than a block and is hashed first (RFC 2104)."),
    ("ModifiedTag", "AUTH_BYPASS", "A bit of the authentication code is the other one."),
    ("TruncatedTag", "AUTH_BYPASS", "The authentication code is cut or empty."),
    (
        "Cofactor",
        "EDGE_CASE",
        "The curve has cofactor 4, by which VKO multiplies (m / q in RFC 7836 section 4.3).",
    ),
    ("SpecialUkm", "EDGE_CASE", "UKM is 1, very large, or has octets of zero at an end."),
    ("ZeroUkm", "CAN_OF_WORMS", "UKM is 0, so that the result would be the point at infinity."),
];
