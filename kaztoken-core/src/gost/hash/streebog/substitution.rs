//! The substitution Pi on planes, as a circuit.
//!
//! Pi is the composition found by Biryukov, Perrin and Udovenko ("Reverse-engineering the S-box of
//! Streebog, Kuznyechik and STRIBOBr1", Eurocrypt 2016): two linear maps around multiplications in
//! GF(2)[x] / (x^4 + x^3 + 1) and five functions of four bits. The circuits of those were searched for.

use super::bitslice::Planes;

/// Four planes, the lowest bit first: half an octet, an element of the field of 16.
type Half = [u64; 4];

/// Product in the field: 31 operations.
#[inline(always)]
const fn times([a0, a1, a2, a3]: Half, [b0, b1, b2, b3]: Half) -> Half {
    let c0 = a0 & b0;
    let c1 = a0 & b1 ^ a1 & b0;
    let c2 = a0 & b2 ^ a1 & b1 ^ a2 & b0;
    let c3 = a0 & b3 ^ a1 & b2 ^ a2 & b1 ^ a3 & b0;
    let c4 = a1 & b3 ^ a2 & b2 ^ a3 & b1;
    let c5 = a2 & b3 ^ a3 & b2;
    let c6 = a3 & b3;
    // x^4 = x^3 + 1, x^5 = x^3 + x + 1, x^6 = x^3 + x^2 + x + 1
    let c56 = c5 ^ c6;
    let c456 = c4 ^ c56;
    [c0 ^ c456, c1 ^ c56, c2 ^ c6, c3 ^ c456]
}

/// x^-1, and 0 for 0: 17 operations.
#[inline(always)]
const fn inverse([x0, x1, x2, x3]: Half) -> Half {
    let t0 = x3 ^ x1;
    let t1 = x1 ^ x0;
    let t2 = t0 & t1;
    let t3 = t0 ^ x2;
    let t4 = t3 | x0;
    let t5 = t4 & x2;
    let t6 = t2 ^ t5;
    let t7 = t2 ^ t1;
    let t8 = t1 & x2;
    let t9 = t8 ^ t3;
    let t10 = t9 & x3;
    let t11 = t7 ^ t10;
    let t12 = t10 & x0;
    let t13 = t5 | x3;
    let t14 = t12 ^ t13;
    let t15 = t12 | t8;
    let t16 = t15 ^ x1;
    [t11, t14, t6, t16]
}

/// nu0 + 7: 18 operations.
#[inline(always)]
const fn nu0([x0, x1, x2, x3]: Half) -> Half {
    let t0 = x3 & x0;
    let t1 = x2 ^ x1;
    let t2 = t0 | t1;
    let t3 = !x0;
    let t4 = t3 ^ x2;
    let t5 = t4 | x1;
    let t6 = t2 ^ t5;
    let t7 = x3 | x0;
    let t8 = t1 & x3;
    let t9 = t8 ^ x0;
    let t10 = t9 & x1;
    let t11 = t7 ^ t10;
    let t12 = t7 | t5;
    let t13 = t12 & x2;
    let t14 = t2 & t10;
    let t15 = t13 ^ t14;
    let t16 = t14 | t8;
    let t17 = t16 ^ t4;
    [t6, t11, t17, t15]
}

/// nu1: 11 operations.
#[inline(always)]
const fn nu1([x0, x1, x2, x3]: Half) -> Half {
    let t0 = x2 | x1;
    let t1 = t0 ^ x3;
    let t2 = t1 ^ x0;
    let t3 = !t2;
    let t4 = t3 & x2;
    let t5 = t4 ^ x1;
    let t6 = t5 & t3;
    let t7 = !t6;
    let t8 = t7 ^ x2;
    let t9 = t7 | x1;
    let t10 = t9 ^ t1;
    [t3, t10, t8, t5]
}

/// phi: 17 operations.
#[inline(always)]
const fn phi([x0, x1, x2, x3]: Half) -> Half {
    let t0 = !x1;
    let t1 = x3 | x2;
    let t2 = x2 | x1;
    let t3 = t1 ^ t2;
    let t4 = t3 | x0;
    let t5 = t0 ^ t4;
    let t6 = t0 | x2;
    let t7 = t6 ^ x0;
    let t8 = t4 ^ x2;
    let t9 = t8 & t5;
    let t10 = t9 | x3;
    let t11 = t7 ^ t10;
    let t12 = t10 ^ x0;
    let t13 = t12 & t1;
    let t14 = t8 ^ t7;
    let t15 = t6 & x3;
    let t16 = t14 | t15;
    [t11, t16, t13, t5]
}

/// sigma: 18 operations.
#[inline(always)]
const fn sigma([x0, x1, x2, x3]: Half) -> Half {
    let t0 = !x3;
    let t1 = x2 ^ x0;
    let t2 = t1 | t0;
    let t3 = t2 & x0;
    let t4 = t0 ^ t3;
    let t5 = t1 | x1;
    let t6 = t4 ^ t5;
    let t7 = t2 & x1;
    let t8 = x3 | x1;
    let t9 = t8 | x0;
    let t10 = t7 ^ t9;
    let t11 = t8 ^ t5;
    let t12 = t10 ^ x3;
    let t13 = t12 | x2;
    let t14 = t11 ^ t13;
    let t15 = t7 ^ t2;
    let t16 = t0 & x2;
    let t17 = t15 | t16;
    [t10, t14, t6, t17]
}

/// Pi on all 64 octets.
#[inline(always)]
pub(super) const fn substitute([x0, x1, x2, x3, x4, x5, x6, x7]: &Planes) -> Planes {
    // alpha
    let l3 = *x3;
    let l2 = *x6 ^ *x0;
    let l1 = l2 ^ *x1;
    let x37 = *x3 ^ *x7;
    let l0 = l1 ^ *x2 ^ *x5 ^ x37;
    let r3 = x37 ^ *x1;
    let r2 = *x6 ^ *x2;
    let r1 = *x4 ^ *x3 ^ *x1;
    let r0 = *x5;
    let (l, r) = ([l0, l1, l2, l3], [r0, r1, r2, r3]);

    // The left half: nu0(l) where r is zero, nu1(l / r) elsewhere. For r = 0 the second gives nu1(0) = 7,
    // so nu0(l) + 7 is added there.
    let zero = !(r0 | r1 | r2 | r3);
    let [m0, m1, m2, m3] = nu1(times(l, inverse(r)));
    let [n0, n1, n2, n3] = nu0(l);
    let l = [m0 ^ n0 & zero, m1 ^ n1 & zero, m2 ^ n2 & zero, m3 ^ n3 & zero];
    let [l0, l1, l2, l3] = l;

    // The right half.
    let [r0, r1, r2, r3] = sigma(times(r, phi(l)));

    // omega
    let y7 = r3 ^ r1;
    [r0, l3 ^ r1, l2 ^ r2, r3, l3 ^ l0 ^ y7, l1, r2, y7]
}

#[cfg(test)]
mod tests {
    use super::super::bitslice::{to_planes, to_words};
    use super::super::constants::PI;
    use super::substitute;

    /// All octets, 64 at a time.
    #[test]
    fn is_the_table() {
        for quarter in 0..4_usize {
            let octet = |i: usize| (64 * quarter + i) as u64;
            let words = core::array::from_fn(|r| (0..8).map(|c| octet(8 * r + c) << (8 * c)).sum());
            let found = to_words(substitute(&to_planes(words)));
            for i in 0..64 {
                assert_eq!((found[i / 8] >> (8 * (i % 8))) as u8, PI[64 * quarter + i]);
            }
        }
    }
}
