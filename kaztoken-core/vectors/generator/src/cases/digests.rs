//! Digests: ordinary ones, those with e = 0, those not below q, the wrong ones.

use num_bigint::BigUint;

use super::Maker;
use crate::number::{fits, from_hex, le, small};
use crate::scheme::{self, Numbers};

pub(super) fn add(maker: &mut Maker<'_>) {
    standard(maker);
    let curve = maker.curve;
    let len = curve.len();
    let q = &curve.q;
    let mut open = maker.open(&maker.key);
    for i in 0..6 {
        let digest = maker.digest();
        let sig = maker.sign(&digest);
        open.valid(&format!("ordinary signature {i}"), &["Normal"], &digest, &sig);
    }

    let all = (small(1) << (8 * len)) - 1_u32;
    let mut special = vec![
        ("digest 0".to_owned(), small(0)),
        ("digest 1".to_owned(), small(1)),
        ("digest 2".to_owned(), small(2)),
        ("digest q - 1".to_owned(), q - 1_u32),
        ("digest (q - 1) / 2".to_owned(), (q - 1_u32) >> 1),
        ("digest p".to_owned(), curve.p.clone()),
        ("digest p - 1".to_owned(), &curve.p - 1_u32),
        ("digest of ones only".to_owned(), all.clone()),
        ("digest of ones but the lowest bit".to_owned(), &all - 1_u32),
        ("digest with the highest bit only".to_owned(), (&all >> 1) + 1_u32),
        ("digest with all bits but the highest".to_owned(), &all >> 1),
        ("digest with the highest octet only".to_owned(), small(0xff) << (8 * (len - 1))),
        ("digest aa aa ...".to_owned(), BigUint::from_bytes_le(&vec![0xaa; len])),
        ("digest 55 55 ...".to_owned(), BigUint::from_bytes_le(&vec![0x55; len])),
    ];
    for multiple in 1_u32.. {
        let value = q * multiple;
        if !fits(&(&value + 1_u32), len) {
            break;
        }
        let name = if multiple == 1 { "q".to_owned() } else { format!("{multiple} q") };
        special.push((format!("digest {name} + 1"), &value + 1_u32));
        special.push((format!("digest {name}"), value));
    }
    for (comment, value) in &special {
        let flags: &[&'static str] = match value {
            _ if (value % q).bits() == 0 => &["ZeroDigest"],
            _ if value >= q => &["LargeDigest"],
            _ => &["SpecialDigest"],
        };
        let digest = le(value, len);
        let sig = maker.sign(&digest);
        open.valid(comment, flags, &digest, &sig);
    }

    // One signature, all digests with e = 1.
    let sig = maker.sign(&le(&small(0), len));
    for value in [small(0), small(1), q.clone(), q + 1_u32] {
        let flags = ["EquivalentDigest", "ZeroDigest"];
        open.valid("digests 0, 1, q and q + 1 share a signature", &flags, &le(&value, len), &sig);
    }
    for value in [small(2), q - 2_u32, q + 2_u32, all] {
        let flags = ["ZeroDigest", "WrongDigest"];
        open.invalid("signature of digest 0 under another digest", &flags, &le(&value, len), &sig);
    }
    // -e in place of e turns C into -C, which has the same x: the scheme cannot tell the two apart.
    let comment = "digest q - 1 shares the signature of digest 1";
    open.valid(comment, &["NegatedDigest", "EquivalentDigest"], &le(&(q - 1_u32), len), &sig);
    let digest = maker.digest();
    let sig = maker.sign(&digest);
    let negated = le(&(q - scheme::e(curve, &digest)), len);
    open.valid("a digest", &["Normal"], &digest, &sig);
    open.valid("its negation shares the signature", &["NegatedDigest", "EquivalentDigest"], &negated, &sig);
    // s = r d + k e with e = 0: what a signer makes who leaves out the step.
    for value in [small(0), q.clone()] {
        let r = maker.seed.nonzero(q);
        let s = &r * &maker.d % q;
        let flags = ["ZeroDigest", "PointAtInfinity"];
        open.invalid("signed with e = 0 in place of 1", &flags, &le(&value, len), &Numbers { r, s });
    }

    wrong(maker, &mut open);
    maker.close(open);
}

fn wrong(maker: &mut Maker<'_>, open: &mut super::Open<'_>) {
    let curve = maker.curve;
    let len = curve.len();
    for i in 0..2 {
        let digest = maker.digest();
        let mut reversed = digest.clone();
        reversed.reverse();
        let sig = maker.sign(&reversed);
        open.invalid(&format!("digest read big-endian {i}"), &["ReversedDigest"], &digest, &sig);
    }
    let digest = maker.digest();
    let sig = maker.sign(&digest);
    for bit in [0, 7, 8, 4 * len - 1, 4 * len, 8 * len - 8, 8 * len - 1] {
        let mut changed = digest.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        open.invalid(&format!("bit {bit} of the digest changed"), &["ModifiedDigest"], &changed, &sig);
    }
    open.invalid("digest of another message", &["WrongDigest"], &maker.digest(), &sig);
    let octets = super::Layout::Standard.write(&sig, len);
    let other = if len == 32 { 64 } else { 32 };
    for length in [0, 1, len - 1, len + 1, other, 2 * len + 1] {
        let mut cut = digest.clone();
        cut.resize(length, 0);
        let comment = format!("digest of {length} octets");
        open.octets(&comment, &["DigestLength"], &cut, octets.clone());
    }
    if len == 64 {
        let short = maker.seed.octets(32);
        let sig = super::Layout::Standard.write(&maker.sign(&short), len);
        open.test("right for 32 octets as a number", &["ShortDigest"], &short, sig, "acceptable");
    }
}

/// The examples of RFC 7091 section 7 and RFC 9215 appendix D.3.1, whose k follows from d, r and s.
fn standard(maker: &mut Maker<'_>) {
    let example = match maker.curve.set.name {
        "Test-256" => [
            "7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28",
            "2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5",
            "77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3",
            "41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493",
            "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40",
        ],
        "Test-512" => [
            "0ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b1020\
             72e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4",
            "c09fee4de42ba1b35d5a332a9290b41f3f7ca6225efdc7a2d0c24ac67a5968c4\
             56a6954e3d60b99c3e99844b11506b38bc6fc271a99593e63db8b3c2cfd81dd2",
            "0359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f3658\
             86748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1",
            "2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd3\
             5492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36",
            "433b1d6ce40a51f1e5737eb16aa2c683829a405b9d9127e21260fc9d6ac05d87\
             bf24e26c45278a5c2192a75ba94993abd6074e7ff1bf03fd2f5397afa1d94558",
        ],
        _ => return,
    };
    let curve = maker.curve;
    let [d, e, k, r, s] = example.map(|digits| BigUint::from_bytes_be(&from_hex(digits)));
    let digest = le(&e, curve.len());
    let sig = scheme::sign(curve, &d, &scheme::e(curve, &digest), &k);
    assert_eq!(sig, Some(Numbers { r, s }), "{}: the standard's example", curve.set.name);
    let key = super::PublicKey::from_point(curve, &curve.multiply_base(&d));
    let mut open = maker.open(&key);
    open.valid("the standard's example", &["Standard"], &digest, &sig.expect("compared above"));
    maker.close(open);
}
