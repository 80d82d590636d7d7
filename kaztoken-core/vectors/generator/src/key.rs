//! Public keys as the files give them, valid or not.

use num_bigint::BigUint;

use crate::curve::{Curve, Point};
use crate::document::{CurveName, Key};
use crate::number::{be, hex, le};

/// A public key in octets, and what is known of it.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) raw: Vec<u8>,
    /// The point, where the octets are one of the subgroup in the only right form.
    pub(crate) valid: Point,
}

impl PublicKey {
    /// x and y, both little-endian. Whether that is a valid key is found out here.
    pub(crate) fn from_raw(curve: &Curve, raw: Vec<u8>) -> Self {
        let len = curve.len();
        let valid = (raw.len() == 2 * len)
            .then(|| (BigUint::from_bytes_le(&raw[..len]), BigUint::from_bytes_le(&raw[len..])))
            .filter(|(x, y)| *x < curve.p && *y < curve.p)
            .filter(|(x, y)| {
                let point = Some((x.clone(), y.clone()));
                curve.contains(&point) && curve.in_subgroup(&point)
            });
        Self { raw, valid }
    }

    /// A point of any curve; infinity as zeros.
    pub(crate) fn from_point(curve: &Curve, point: &Point) -> Self {
        let len = curve.len();
        let raw = match point {
            Some((x, y)) => [le(x, len), le(y, len)].concat(),
            None => vec![0; 2 * len],
        };
        Self::from_raw(curve, raw)
    }

    /// For the file; the numbers and the certificate's form only where the length is right.
    pub(crate) fn written(&self, curve: &Curve, oid: &str) -> Key {
        let len = curve.len();
        let right = self.raw.len() == 2 * len;
        let number = |octets: &[u8]| hex(&be(&BigUint::from_bytes_le(octets), len));
        Key {
            raw: hex(&self.raw),
            x: right.then(|| number(&self.raw[..len])),
            y: right.then(|| number(&self.raw[len..])),
            der: right.then(|| hex(&information(&self.raw, oid))),
        }
    }
}

/// The curve by its own name, or by one of its aliases.
pub(crate) fn curve_name(curve: &Curve, alias: Option<(&'static str, &'static str)>) -> CurveName {
    let set = curve.set;
    CurveName {
        name: set.name,
        oid: alias.map_or(set.oid, |(_, oid)| oid),
        alias: alias.map(|(name, _)| name),
    }
}

/// SubjectPublicKeyInfo of RFC 9215 section 4.
fn information(raw: &[u8], set: &str) -> Vec<u8> {
    let (algorithm, digest) = match raw.len() {
        64 => ("1.2.643.7.1.1.1.1", "1.2.643.7.1.1.2.2"),
        _ => ("1.2.643.7.1.1.1.2", "1.2.643.7.1.1.2.3"),
    };
    // The sets of RFC 4357 are written with the digest's identifier, those of TC 26 without it.
    let digest = if set.starts_with("1.2.643.2.2.") { oid(digest) } else { Vec::new() };
    let parameters = der(0x30, &[oid(set), digest].concat());
    let algorithm = der(0x30, &[oid(algorithm), parameters].concat());
    let key = der(0x03, &[vec![0], der(0x04, raw)].concat());
    der(0x30, &[algorithm, key].concat())
}

fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().expect("a number")).collect();
    let mut body = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let sevens = (0..5).rev().map(|i| arc >> (7 * i)).skip_while(|high| *high == 0);
        let digits: Vec<u8> = sevens.map(|high| (high & 0x7f) as u8).collect();
        let (last, first) = digits.split_last().unwrap_or((&0, &[]));
        body.extend(first.iter().map(|digit| digit | 0x80));
        body.push(*last);
    }
    der(0x06, &body)
}

/// Tag, length, contents.
pub(crate) fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut octets = vec![tag];
    match contents.len() {
        short @ 0..0x80 => octets.push(short as u8),
        long @ 0x80..0x100 => octets.extend([0x81, long as u8]),
        long => octets.extend([0x82, (long >> 8) as u8, long as u8]),
    }
    octets.extend_from_slice(contents);
    octets
}
