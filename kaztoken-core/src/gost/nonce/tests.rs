use std::collections::HashMap;
use std::vec;
use std::vec::Vec;

use super::*;

const VECTORS: &str = include_str!("../../../tests/vectors/gost_nonce.txt");

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn records() -> Vec<HashMap<&'static str, &'static str>> {
    let records = VECTORS.split("\n\n").skip(1);
    records
        .map(|text| {
            text.lines().filter_map(|line| line.split_once(" =")).map(|(k, v)| (k, v.trim())).collect()
        })
        .collect()
}

fn candidates(q: &[u8], d: &[u8], e: &[u8], extra: &[u8], count: usize) -> Vec<(Vec<u8>, bool)> {
    let mut generator = if extra.is_empty() {
        NonceGenerator::new(q, d, e, &[]).unwrap()
    } else {
        NonceGenerator::new(q, d, e, extra).unwrap()
    };
    let mut out = vec![0xaa; q.len()];
    (0..count)
        .map(|_| {
            let usable = generator.next_candidate(&mut out).into();
            (out.clone(), usable)
        })
        .collect()
}

#[test]
fn known_answers() {
    let records = records();
    assert_eq!(records.len(), 16);
    let mut rejected = 0;
    for record in &records {
        let field = |name: &str| hex(record[name]);
        let found = candidates(&field("q"), &field("d"), &field("e"), &field("extra"), 4);
        for (number, (k, usable)) in (1..).zip(found) {
            assert_eq!(k, field(&std::format!("k{number}")), "{} k{number}", record["set"]);
            let expected = record[std::format!("in range {number}").as_str()] == "yes";
            assert_eq!(usable, expected, "{} k{number}", record["set"]);
            rejected += usize::from(!usable);
        }
    }
    assert_eq!(rejected, 17);
}

#[test]
fn every_input_counts() {
    for len in [32, 64] {
        let inputs = || [vec![0x11; len], vec![0x22; len], vec![0x33; len]];
        let order = vec![0xff; len];
        let of = |[d, e, extra]: [Vec<u8>; 3]| candidates(&order, &d, &e, &extra, 1);
        let original = of(inputs());
        for changed in 0..3 {
            for octet in [0, len - 1] {
                let mut inputs = inputs();
                inputs[changed][octet] ^= 1;
                assert_ne!(of(inputs), original);
            }
        }
        assert_ne!(candidates(&order, &inputs()[0], &inputs()[1], &[], 1), original);
    }
}

#[test]
fn other_lengths_are_refused() {
    for (q, d, e) in
        [(31, 31, 31), (33, 33, 33), (64, 32, 64), (32, 32, 64), (32, 64, 32), (0, 0, 0), (65, 65, 65)]
    {
        assert!(NonceGenerator::new(&vec![0xff; q], &vec![1; d], &vec![1; e], &[]).is_none());
    }
}

#[test]
fn range_is_exact() {
    for len in [32, 64] {
        let number = |high: u8, low: u8| {
            let mut octets = vec![0; len];
            (octets[0], octets[len - 1]) = (high, low);
            octets
        };
        let q = number(0x80, 0x05);
        for (k, expected) in [
            (number(0, 0), false),
            (number(0, 1), true),
            (number(0x80, 0x04), true),
            (number(0x80, 0x05), false),
            (number(0x80, 0x06), false),
            (number(0x7f, 0xff), true),
            (number(0x81, 0x00), false),
            (vec![0xff; len], false),
        ] {
            assert_eq!(bool::from(in_range(&k, &q)), expected, "{k:02x?}");
        }
    }
}

#[test]
fn leftmost_bits_of_a_string() {
    let mut out = [0xee; 4];
    for (bits, expected) in [
        (32, [0x81, 0x23, 0x45, 0x67]),
        (31, [0x40, 0x91, 0xa2, 0xb3]),
        (25, [0x01, 0x02, 0x46, 0x8a]),
        (24, [0x00, 0x81, 0x23, 0x45]),
        (17, [0x00, 0x01, 0x02, 0x46]),
        (1, [0, 0, 0, 1]),
    ] {
        leftmost_bits(&[0x81, 0x23, 0x45, 0x67], bits, &mut out);
        assert_eq!(out, expected, "{bits} bits");
    }
    for (number, expected) in
        [([0x80_u8, 0, 0], 24), ([0x40, 0, 0], 23), ([0, 0xff, 0], 16), ([0, 0, 1], 1), ([0, 0, 0], 0)]
    {
        assert_eq!(bits(&number), expected);
    }
}
