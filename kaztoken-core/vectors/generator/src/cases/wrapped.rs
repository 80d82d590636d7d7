//! C chosen by its x: beyond q, near 0, near q. The key is then found, its private key is not known.

use num_bigint::BigUint;

use super::numbers::not_reduced;
use super::{Maker, PublicKey};
use crate::curve::{Curve, Point};
use crate::number::small;
use crate::scheme::key_for;

pub(super) fn add(maker: &mut Maker<'_>) {
    let curve = maker.curve;
    let (p, q) = (&curve.p, &curve.q);
    let below = if p < q { p } else { q };
    let mut chosen = vec![
        ("x of C is the smallest there is".to_owned(), "SmallRandS", upward(curve, small(1), p)),
        ("x of C is the largest below q and p".to_owned(), "LargeRandS", downward(curve, below - 1_u32)),
    ];
    for multiple in 1..=curve.set.cofactor {
        let start = q * multiple;
        if &start < p {
            let first = upward(curve, &start + 1_u32, p);
            chosen.push((format!("x of C is just above {multiple} q"), "WrappedX", first));
            let end = &start + q;
            let last = downward(curve, if &end < p { end - 1_u32 } else { p - 1_u32 });
            let last = last.filter(|(x, _)| x > &start);
            chosen.push((format!("x of C is the largest with quotient {multiple}"), "WrappedX", last));
        }
    }
    for (comment, flag, c) in chosen {
        if c.is_none() {
            continue;
        }
        let digest = maker.digest();
        let s = maker.seed.nonzero(q);
        for (sign, c) in [("even", c.clone()), ("odd", curve.negate(&c))] {
            let Some((point, sig)) = key_for(curve, &c, &digest, &s) else {
                continue;
            };
            let mut open = maker.open(&PublicKey::from_point(curve, &point));
            open.valid(&format!("{comment}, y {sign}"), &[flag], &digest, &sig);
            if sign == "even" {
                not_reduced(&mut open, &digest, &sig);
            }
            maker.close(open);
        }
    }
}

/// The first point of the subgroup with x from `start` up to below `end`.
pub(super) fn upward(curve: &Curve, start: BigUint, end: &BigUint) -> Point {
    search(curve, start, |x| (x + 1_u32 < *end).then(|| x + 1_u32))
}

/// The first point of the subgroup with x from `start` down.
pub(super) fn downward(curve: &Curve, start: BigUint) -> Point {
    search(curve, start, |x| (x.bits() > 0).then(|| x - 1_u32))
}

fn search(curve: &Curve, start: BigUint, next: impl Fn(&BigUint) -> Option<BigUint>) -> Point {
    let mut x = Some(start);
    for _ in 0..400 {
        let point = curve.at(x.as_ref()?);
        if point.is_some() && curve.in_subgroup(&point) {
            return point;
        }
        x = next(x.as_ref()?);
    }
    None
}
