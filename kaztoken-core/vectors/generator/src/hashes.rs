//! Vectors of the hash functions, computed by the RustCrypto crates.

use gost94::{Gost94CryptoPro, Gost94Test};
use streebog::{Digest as _, Streebog256, Streebog512};

use crate::document::{Document, Group, Test};
use crate::number::{Seed, from_hex, hex};

/// A hash function by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Streebog256,
    Streebog512,
    Gost94Test,
    Gost94CryptoPro,
}

impl Hash {
    pub(crate) const ALL: [Self; 4] =
        [Self::Streebog256, Self::Streebog512, Self::Gost94Test, Self::Gost94CryptoPro];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Streebog256 => "Streebog-256",
            Self::Streebog512 => "Streebog-512",
            Self::Gost94Test => "GOST R 34.11-94 (test S-box)",
            Self::Gost94CryptoPro => "GOST R 34.11-94 (CryptoPro S-box)",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name() == name)
    }

    /// Octets of the digest.
    pub(crate) const fn len(self) -> usize {
        if matches!(self, Self::Streebog512) { 64 } else { 32 }
    }

    /// Octets of a block.
    pub(crate) const fn block(self) -> usize {
        if matches!(self, Self::Streebog256 | Self::Streebog512) { 64 } else { 32 }
    }

    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Streebog256 => Streebog256::digest(message).to_vec(),
            Self::Streebog512 => Streebog512::digest(message).to_vec(),
            Self::Gost94Test => Gost94Test::digest(message).to_vec(),
            Self::Gost94CryptoPro => Gost94CryptoPro::digest(message).to_vec(),
        }
    }
}

struct Maker {
    hash: Hash,
    tests: Vec<Test>,
}

impl Maker {
    fn add(&mut self, comment: &str, flags: &[&'static str], message: &[u8], extra: Test) {
        let repeated = message.repeat(extra.repeat.unwrap_or(1));
        self.tests.push(Test {
            comment: comment.to_owned(),
            flags: flags.to_vec(),
            msg: Some(hex(message)),
            digest: Some(hex(&self.hash.digest(&repeated))),
            result: "valid",
            ..extra
        });
    }
}

/// Every case of one hash function.
pub(crate) fn file(hash: Hash) -> Document {
    let mut maker = Maker { hash, tests: Vec::new() };
    for (message, digest) in standard(hash) {
        assert_eq!(hex(&hash.digest(&message)), digest, "{}: the standard's example", hash.name());
        maker.add("the standard's example", &["Standard"], &message, Test::default());
    }
    let mut seed = Seed::new(hash.name());
    let block = hash.block();
    for length in 0..=200 {
        let message = seed.octets(length);
        let border = [0, 1, block - 1].contains(&(length % block));
        if length > 130 && !border && length % 8 != 0 {
            continue;
        }
        let flag = if border { "BlockBorder" } else { "Normal" };
        let flags = if length == 0 && block == 32 { &[flag, "EmptyMessage"][..] } else { &[flag] };
        maker.add(&format!("{length} octets"), flags, &message, Test::default());
    }
    for octet in [0x00, 0xff, 0x80, 0x01, 0x55] {
        for length in [1, block - 1, block, block + 1, 2 * block, 3 * block, 5 * block - 1] {
            let comment = format!("{length} octets {octet:02x}");
            maker.add(&comment, &["Carry"], &vec![octet; length], Test::default());
        }
    }
    // Blocks whose sum carries from the first octet to the last, in both orders of octets.
    let mut one = vec![0; block];
    one[0] = 1;
    let mut last = vec![0; block];
    last[block - 1] = 1;
    let ones = vec![0xff; block];
    let half = vec![0x80; block];
    for (comment, blocks) in [
        ("ones, then 1", vec![&ones, &one]),
        ("1, then ones", vec![&one, &ones]),
        ("ones, then 1 at the other end", vec![&ones, &last]),
        ("three times ones, then 1", vec![&ones, &ones, &ones, &one]),
        ("twice 80 80 ...", vec![&half, &half]),
        ("80 80 ..., ones, 80 80 ...", vec![&half, &ones, &half]),
    ] {
        let message: Vec<u8> = blocks.into_iter().flatten().copied().collect();
        maker.add(comment, &["Carry"], &message, Test::default());
        let longer = [&message[..], &[0xff; 31]].concat();
        maker.add(&format!("{comment}, then 31 octets ff"), &["Carry"], &longer, Test::default());
    }
    // Bit lengths that take a second, third and fourth octet of the counter.
    for (pattern, repeat) in [
        (seed.octets(16), 2),
        (seed.octets(16), 512),
        (seed.octets(33), 249),
        (vec![0xff; 64], 130),
        (seed.octets(251), 263),
        (seed.octets(1000), 1000),
        (seed.octets(256), 4096),
    ] {
        let comment = format!("{} octets", pattern.len() * repeat);
        let extra = Test { repeat: Some(repeat), ..Test::default() };
        maker.add(&comment, &["LongMessage"], &pattern, extra);
    }
    let message = seed.octets(300);
    for pieces in [
        vec![300],
        vec![0, 300, 0],
        vec![1, 299],
        vec![block, 300 - block],
        vec![block - 1, 1, block, 300 - 2 * block],
        vec![block + 1, block - 1, 300 - 2 * block],
        vec![32, 32, 32, 32, 32, 32, 32, 32, 32, 12],
        vec![63, 64, 65, 63, 45],
        vec![1; 300],
        vec![7; 42].into_iter().chain([6]).collect(),
        vec![100, 0, 100, 0, 100],
        vec![299, 1],
    ] {
        assert_eq!(pieces.iter().sum::<usize>(), message.len());
        let comment = format!("in {} pieces", pieces.len());
        let extra = Test { pieces: Some(pieces), ..Test::default() };
        maker.add(&comment, &["Pieces"], &message, extra);
    }
    let header = [
        "Hash values. Every hexadecimal string is octets in their order; digests as hash functions give them out.",
    ];
    let group = Group { kind: "GostHash", hash: Some(hash.name()), tests: maker.tests, ..Group::default() };
    let algorithm = if block == 64 { "GOSTR3411-2012" } else { "GOSTR3411-94" };
    Document::new(algorithm, "kaztoken_gost_hash_schema_v1", &header, vec![group])
}

/// Messages with digests: RFC 6986 section 10, whose hexadecimal is the reversed order of octets, and RFC 5831
/// section 7.3, likewise.
fn standard(hash: Hash) -> Vec<(Vec<u8>, String)> {
    let first = b"012345678901234567890123456789012345678901234567890123456789012".to_vec();
    let second = from_hex(
        "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede0\
         20f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb",
    );
    let old = b"This is message, length=32 bytes".to_vec();
    let older = b"Suppose the original message has length = 50 bytes".to_vec();
    let digests = match hash {
        Hash::Streebog256 => [
            "00557be5e584fd52a449b16b0251d05d27f94ab76cbaa6da890b59d8ef1e159d",
            "508f7e553c06501d749a66fc28c6cac0b005746d97537fa85d9e40904efed29d",
        ],
        Hash::Streebog512 => [
            "486f64c1917879417fef082b3381a4e211c324f074654c38823a7b76f830ad00\
             fa1fbae42b1285c0352f227524bc9ab16254288dd6863dccd5b9f54a1ad0541b",
            "28fbc9bada033b1460642bdcddb90c3fb3e56c497ccd0f62b8a2ad4935e85f03\
             7613966de4ee00531ae60f3b5a47f8dae06915d5f2f194996fcabf2622e6881e",
        ],
        Hash::Gost94Test => [
            "faff37a615a816691cff3ef8b68ca247e09525f39f8119832eb81975d366c4b1",
            "0852f5623b89dd57aeb4781fe54df14eeafbc1350613763a0d770aa657ba1a47",
        ],
        Hash::Gost94CryptoPro => return Vec::new(),
    };
    let messages = if hash.block() == 64 { [first, second] } else { [old, older] };
    let digests = digests.map(|digest| {
        let mut octets = from_hex(digest);
        octets.reverse();
        hex(&octets)
    });
    messages.into_iter().zip(digests).collect()
}
