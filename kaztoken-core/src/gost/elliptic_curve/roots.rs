//! Square roots modulo any prime: Tonelli and Shanks, with the same operations for every number.

use crate::gost::arith::field::Field;
use crate::gost::arith::words::Mask;
use crate::gost::octets::Integer;

/// What a square root needs to know of a prime p.
pub(super) struct Roots {
    /// A quadratic non-residue.
    pub(super) non_residue: u8,
    /// How often 2 divides p - 1.
    pub(super) two_adicity: u32,
}

impl Roots {
    /// A square root of the number, and whether it has one; without one the result is meaningless.
    pub(super) fn sqrt<F: Field>(&self, number: &F) -> (Mask, F) {
        // p - 1 = 2^s t with an odd t, so that p >> s = t and p >> (s + 1) = (t - 1) / 2.
        let s = self.two_adicity;
        let mut root_of_unity = power_shifted(&F::reduce(&Integer::from_le(&[self.non_residue])), s);
        let power = power_shifted(number, s + 1);
        let mut root = number.mul(&power);
        let mut rest = root.mul(&power);
        // root^2 = number rest; the order of rest is made to divide 2^(s-1-i).
        for i in 1..s {
            let mut sign = rest;
            for _ in 1 + i..s {
                sign = sign.square();
            }
            let done = sign.equals(&F::ONE);
            root = F::select(done, &root, &root.mul(&root_of_unity));
            root_of_unity = root_of_unity.square();
            rest = F::select(done, &rest, &rest.mul(&root_of_unity));
        }
        (root.square().equals(number), root)
    }
}

/// number^(p >> shift).
fn power_shifted<F: Field>(number: &F, shift: u32) -> F {
    let mut out = F::ONE;
    for i in (shift as usize..512).rev() {
        out = out.square();
        // The exponent is public.
        if F::MODULUS.bit(i) == 1 {
            out = out.mul(number);
        }
    }
    out
}
