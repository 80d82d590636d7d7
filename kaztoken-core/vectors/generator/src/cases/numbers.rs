//! r and s: out of range, changed, cut, in the wrong order.

use num_bigint::BigUint;

use super::{Layout, Maker, Open};
use crate::key::der;
use crate::number::{fits, is_zero, negate, small};
use crate::scheme::{self, Numbers};

pub(super) fn add(maker: &mut Maker<'_>) {
    let digest = maker.digest();
    let sig = maker.sign(&digest);
    let mut open = maker.open(&maker.key);
    open.valid("the signature that the others are made from", &["Normal"], &digest, &sig);
    range(maker, &mut open, &digest, &sig);
    changed(maker, &mut open, &digest, &sig);
    lengths(&mut open, &digest, &sig);
    infinity(maker, &mut open);
    maker.close(open);
    small_numbers(maker);
}

fn range(maker: &Maker<'_>, open: &mut Open<'_>, digest: &[u8], sig: &Numbers) {
    let curve = maker.curve;
    let q = &curve.q;
    let all = (small(1) << (8 * curve.len())) - 1_u32;
    let values = [
        ("0", small(0)),
        ("1", small(1)),
        ("q - 1", q - 1_u32),
        ("q", q.clone()),
        ("q + 1", q + 1_u32),
        ("2^n - 1", all),
        ("p", curve.p.clone()),
    ];
    let flags = ["RangeCheck"];
    for (name, value) in &values {
        let changed = Numbers { r: value.clone(), s: sig.s.clone() };
        open.invalid(&format!("r = {name}"), &flags, digest, &changed);
        let changed = Numbers { r: sig.r.clone(), s: value.clone() };
        open.invalid(&format!("s = {name}"), &flags, digest, &changed);
    }
    for (name_r, r) in &values[..6] {
        for (name_s, s) in &values[..6] {
            let numbers = Numbers { r: r.clone(), s: s.clone() };
            open.invalid(&format!("r = {name_r}, s = {name_s}"), &flags, digest, &numbers);
        }
    }
}

fn changed(maker: &mut Maker<'_>, open: &mut Open<'_>, digest: &[u8], sig: &Numbers) {
    let curve = maker.curve;
    let q = &curve.q;
    let Numbers { r, s } = sig;
    let numbers = |r: &BigUint, s: &BigUint| Numbers { r: r.clone(), s: s.clone() };
    let negated = ["Negated"];
    open.invalid("s = q - s", &negated, digest, &numbers(r, &negate(s, q)));
    open.invalid("r = q - r", &negated, digest, &numbers(&negate(r, q), s));
    open.invalid("both negated", &negated, digest, &numbers(&negate(r, q), &negate(s, q)));

    let len = curve.len();
    let octets = Layout::Standard.write(sig, len);
    let (first, second) = octets.split_at(len);
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<u8>>();
    let swapped = [second, first].concat();
    open.octets("s||r", &["SwappedHalves", "OtherLayout"], digest, swapped);
    let whole = reversed(&octets);
    open.octets("all octets reversed", &["ReversedOctets", "SwappedHalves"], digest, whole);
    let halves = [reversed(first), reversed(second)].concat();
    open.octets("each half reversed", &["ReversedOctets", "OtherLayout"], digest, halves);
    let one = [reversed(first), second.to_vec()].concat();
    open.octets("r reversed", &["ReversedOctets"], digest, one);
    let one = [first.to_vec(), reversed(second)].concat();
    open.octets("s reversed", &["ReversedOctets"], digest, one);
    open.octets("r twice", &["ModifiedSignature"], digest, [first, first].concat());
    open.octets("s twice", &["ModifiedSignature"], digest, [second, second].concat());

    let end = 8 * len;
    let mut bits = vec![0, 7, 8, end / 2, end - 8, end - 1];
    bits.extend(maker.seed.octets(3).iter().map(|octet| usize::from(*octet) % end));
    for bit in bits.iter().flat_map(|bit| [*bit, end + bit]) {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        open.octets(&format!("bit {bit} changed"), &["ModifiedSignature"], digest, changed);
    }
}

fn lengths(open: &mut Open<'_>, digest: &[u8], sig: &Numbers) {
    let len = open.len();
    let octets = Layout::Standard.write(sig, len);
    let (first, second) = octets.split_at(len);
    let flags = ["SignatureLength"];
    let with = |parts: &[&[u8]]| parts.concat();
    open.octets("empty", &flags, digest, Vec::new());
    open.octets("one octet", &flags, digest, vec![0]);
    open.octets("r alone", &flags, digest, first.to_vec());
    open.octets("s alone", &flags, digest, second.to_vec());
    open.octets("the last octet is missing", &flags, digest, octets[..2 * len - 1].to_vec());
    open.octets("the first octet is missing", &flags, digest, octets[1..].to_vec());
    open.octets("an octet of each half is missing", &flags, digest, with(&[&first[1..], &second[1..]]));
    open.octets("00 at the end", &flags, digest, with(&[&octets, &[0]]));
    open.octets("00 at the beginning", &flags, digest, with(&[&[0], &octets]));
    open.octets("00 before each half", &flags, digest, with(&[&[0], first, &[0], second]));
    open.octets("ff at the end", &flags, digest, with(&[&octets, &[0xff]]));
    open.octets("the signature twice", &flags, digest, with(&[&octets, &octets]));
    open.octets("as zeros of twice the length", &flags, digest, vec![0; 4 * len]);
    let other = if len == 32 { 128 } else { 64 };
    let mut resized = octets.clone();
    resized.resize(other, 0);
    open.octets("of the other key length", &flags, digest, resized);
    let tagged = with(&[&[0x04, octets.len() as u8], &octets]);
    open.octets("as an OCTET STRING", &flags, digest, tagged);
    let integers = [&sig.r, &sig.s].map(|number| {
        let mut contents = number.to_bytes_be();
        if contents[0] >= 0x80 {
            contents.insert(0, 0);
        }
        der(0x02, &contents)
    });
    open.octets("as a DER SEQUENCE", &["DerSignature"], digest, der(0x30, &integers.concat()));
}

/// s = r d: z1 P + z2 Q is infinity for every digest.
fn infinity(maker: &mut Maker<'_>, open: &mut Open<'_>) {
    let curve = maker.curve;
    let q = &curve.q;
    let mut values = vec![small(1), small(2), small(3), q - 1_u32, (q - 1_u32) >> 1];
    values.push(curve.base.as_ref().map(|(x, _)| x % q).unwrap_or_default());
    values.push(&curve.p % q);
    values.push(maker.seed.nonzero(q));
    for r in values.into_iter().filter(|r| !is_zero(r)) {
        let s = &r * &maker.d % q;
        let digest = maker.digest();
        let comment = format!("z1 P + z2 Q is infinity, r of {} bits", r.bits());
        open.invalid(&comment, &["PointAtInfinity"], &digest, &Numbers { r, s });
    }
}

/// Valid signatures with s small or large, and s + q. Keys are chosen to fit: d = (s - k e) / r.
fn small_numbers(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let q = &curve.q;
    for (name, s) in [("1", small(1)), ("2", small(2)), ("255", small(255)), ("q - 1", q - 1_u32)] {
        let digest = maker.digest();
        let e = scheme::e(curve, &digest);
        let k = maker.seed.nonzero(q);
        let r = curve.multiply_base(&k).map(|(x, _)| x % q).unwrap_or_default();
        let d = (&s + negate(&(k * e), q)) * crate::number::invert(&r, q) % q;
        let key = super::PublicKey::from_point(curve, &curve.multiply_base(&d));
        let mut open = maker.open(&key);
        let flag = if name == "q - 1" { "LargeRandS" } else { "SmallRandS" };
        let valid = Numbers { r, s };
        open.valid(&format!("s = {name}"), &[flag], &digest, &valid);
        not_reduced(&mut open, &digest, &valid);
        maker.close(open);
    }
}

/// r and s with multiples of q added, as far as they fit.
pub(super) fn not_reduced(open: &mut Open<'_>, digest: &[u8], valid: &Numbers) {
    let q = open.curve.q.clone();
    let len = open.len();
    for multiple in 1..=4_u32 {
        let more = &q * multiple;
        let (r, s) = (&valid.r + &more, &valid.s + &more);
        let comment = |name: &str| format!("{name} + {multiple} q in place of {name}");
        if fits(&r, len) {
            let numbers = Numbers { r, s: valid.s.clone() };
            open.invalid(&comment("r"), &["NotReduced", "RangeCheck"], digest, &numbers);
        }
        if fits(&s, len) {
            let numbers = Numbers { r: valid.r.clone(), s };
            open.invalid(&comment("s"), &["NotReduced", "RangeCheck"], digest, &numbers);
        }
    }
}
