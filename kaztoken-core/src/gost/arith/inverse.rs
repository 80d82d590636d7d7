//! Modular inversion in constant time: divsteps of Bernstein and Yang, "Fast constant-time gcd computation
//! and modular inversion" (CHES 2019), in the variant whose step counter starts at 1/2, in batches that
//! work on the low word only. Within half a batch the factors of f and g are small enough to share a word
//! (Pornin, "Optimized Binary GCD for Modular Inversion", 2020).
//!
//! The number of steps that suffices for b-bit inputs is (45907 b + 26313) / 19929 (Pornin and Wuille's
//! bound for that variant): 591 for 256 bits, 1181 for 512.

use core::hint::black_box;

use super::words::{BITS, Word};

#[cfg(any(kaztoken_limbs = "64", all(not(kaztoken_limbs = "32"), target_pointer_width = "64")))]
mod size {
    pub(super) type Limb = i64;
    pub(super) type Wide = i128;
}
#[cfg(not(any(kaztoken_limbs = "64", all(not(kaztoken_limbs = "32"), target_pointer_width = "64"))))]
mod size {
    pub(super) type Limb = i32;
    pub(super) type Wide = i64;
}
use size::{Limb, Wide};

/// Steps of half a batch: factors up to 2^HALF in amount, with sign, fit half a word.
const HALF: usize = BITS / 2 - 2;
/// Bits of a limb, and steps of a batch: four less than a word, so that signs and carries fit.
const LIMB: usize = 2 * HALF;
const MASK: Limb = (1 << LIMB) - 1;
/// Limbs that hold a signed number of little more than 256 bits, or 512.
pub(crate) const L256: usize = 256 / LIMB + 1;
pub(crate) const L512: usize = 512 / LIMB + 1;

/// A prime in the form that inversion wants.
pub(crate) struct Prime<const L: usize> {
    limbs: [Limb; L],
    /// 1/p modulo 2^LIMB.
    inverse: Limb,
    batches: usize,
}

impl<const L: usize> Prime<L> {
    /// For constants.
    pub(crate) const fn new<const N: usize>(p: &[Word; N]) -> Self {
        let limbs: [Limb; L] = to_limbs(p);
        let mut inverse: Limb = 1;
        let mut i = 0;
        while i < 6 {
            inverse = inverse.wrapping_mul((2 as Limb).wrapping_sub(limbs[0].wrapping_mul(inverse)));
            i += 1;
        }
        let steps = (45907 * N * BITS + 26313) / 19929;
        Self { limbs, inverse: inverse & MASK, batches: steps.div_ceil(LIMB) }
    }

    /// 1/a modulo the prime, 0 for 0; a is below the prime.
    pub(crate) fn invert<const N: usize>(&self, a: &[Word; N]) -> [Word; N] {
        let (mut f, mut g) = (self.limbs, to_limbs::<N, L>(a));
        let (mut d, mut e) = ([0; L], [0; L]);
        e[0] = 1;
        let mut zeta: Limb = -1;
        let mut i = 0;
        while i < self.batches {
            let (next, matrix) = divsteps(zeta, f[0], g[0]);
            zeta = next;
            self.update_inverse(&mut d, &mut e, &matrix);
            update_gcd(&mut f, &mut g, &matrix);
            i += 1;
        }
        // f is now 1 or -1 (or p for a = 0, and d = 0); d is the inverse up to that sign.
        from_limbs(&self.normalize(&d, f[L - 1] >> (Limb::BITS - 1)))
    }

    /// (d, e) = matrix (d, e) / 2^LIMB modulo p; both stay between -2p and p.
    fn update_inverse(&self, d: &mut [Limb; L], e: &mut [Limb; L], matrix: &Matrix) {
        let Matrix { u, v, q, r } = *matrix;
        let (negative_d, negative_e) = (d[L - 1] >> (Limb::BITS - 1), e[L - 1] >> (Limb::BITS - 1));
        // p is added where d or e is negative, and as often as makes the lowest limb 0.
        let mut times_d = (u & negative_d).wrapping_add(v & negative_e);
        let mut times_e = (q & negative_d).wrapping_add(r & negative_e);
        let mut carry_d = wide(u, d[0]) + wide(v, e[0]);
        let mut carry_e = wide(q, d[0]) + wide(r, e[0]);
        times_d -= self.inverse.wrapping_mul(carry_d as Limb).wrapping_add(times_d) & MASK;
        times_e -= self.inverse.wrapping_mul(carry_e as Limb).wrapping_add(times_e) & MASK;
        carry_d += wide(self.limbs[0], times_d);
        carry_e += wide(self.limbs[0], times_e);
        carry_d >>= LIMB;
        carry_e >>= LIMB;
        let mut i = 1;
        while i < L {
            carry_d += wide(u, d[i]) + wide(v, e[i]) + wide(self.limbs[i], times_d);
            carry_e += wide(q, d[i]) + wide(r, e[i]) + wide(self.limbs[i], times_e);
            d[i - 1] = carry_d as Limb & MASK;
            e[i - 1] = carry_e as Limb & MASK;
            carry_d >>= LIMB;
            carry_e >>= LIMB;
            i += 1;
        }
        d[L - 1] = carry_d as Limb;
        e[L - 1] = carry_e as Limb;
    }

    /// d from between -2p and p to between 0 and p, negated first where `sign` is all ones.
    fn normalize(&self, d: &[Limb; L], sign: Limb) -> [Limb; L] {
        let mut out = self.add_where(d, d[L - 1] >> (Limb::BITS - 1));
        let mut i = 0;
        while i < L {
            out[i] = (out[i] ^ black_box(sign)).wrapping_sub(black_box(sign));
            i += 1;
        }
        let out = carried(&out);
        self.add_where(&out, out[L - 1] >> (Limb::BITS - 1))
    }

    fn add_where(&self, a: &[Limb; L], mask: Limb) -> [Limb; L] {
        let mask = black_box(mask);
        let mut out = *a;
        let mut i = 0;
        while i < L {
            out[i] += self.limbs[i] & mask;
            i += 1;
        }
        carried(&out)
    }
}

/// What a batch of steps does to (f, g), times 2^LIMB.
#[derive(Clone, Copy)]
struct Matrix {
    u: Limb,
    v: Limb,
    q: Limb,
    r: Limb,
}

/// LIMB divsteps on the low limbs of f and g. `zeta` is -(delta + 1/2).
fn divsteps(zeta: Limb, f: Limb, g: Limb) -> (Limb, Matrix) {
    let (mut f, mut g) = (f as Word, g as Word);
    let (zeta, first) = half_divsteps(zeta, &mut f, &mut g);
    let (zeta, second) = half_divsteps(zeta, &mut f, &mut g);
    let product = Matrix {
        u: second.u * first.u + second.v * first.q,
        v: second.u * first.v + second.v * first.r,
        q: second.q * first.u + second.r * first.q,
        r: second.q * first.v + second.r * first.r,
    };
    (zeta, product)
}

/// HALF divsteps. `uv` is u + 2^(BITS/2) v, and so is `qr`: what is done to both is done once.
#[cfg_attr(target_pointer_width = "32", inline(never))]
#[cfg_attr(not(target_pointer_width = "32"), inline(always))]
fn half_divsteps(mut zeta: Limb, f_word: &mut Word, g_word: &mut Word) -> (Limb, Matrix) {
    // LLVM turns masks made of a bit into conditional moves or branches; it knows nothing of these two.
    let one = black_box(1 as Word);
    let sign = black_box(Limb::BITS - 1);
    let (mut f, mut g) = (*f_word, *g_word);
    let (mut uv, mut qr): (Word, Word) = (1, 1 << (BITS / 2));
    for _ in 0..HALF {
        // Where g is odd, f is added to or subtracted from it; and when delta > 0, g becomes the new f.
        let swap = (zeta >> sign) as Word;
        let odd = (0 as Word).wrapping_sub(g & one);
        g = g.wrapping_add((f ^ swap).wrapping_sub(swap) & odd);
        qr = qr.wrapping_add((uv ^ swap).wrapping_sub(swap) & odd);
        let swap = swap & odd;
        zeta = (zeta ^ swap as Limb).wrapping_sub(1);
        f = f.wrapping_add(g & swap);
        uv = uv.wrapping_add(qr & swap) << 1;
        g >>= 1;
    }
    (*f_word, *g_word) = (f, g);
    let ((u, v), (q, r)) = (unpack(uv), unpack(qr));
    (zeta, Matrix { u, v, q, r })
}

/// The two signed halves.
fn unpack(pair: Word) -> (Limb, Limb) {
    let low = ((pair as Limb) << (BITS / 2)) >> (BITS / 2);
    let high = (pair as Limb).wrapping_sub(low) >> (BITS / 2);
    (low, high)
}

/// (f, g) = matrix (f, g) / 2^LIMB, which divides exactly.
fn update_gcd<const L: usize>(f: &mut [Limb; L], g: &mut [Limb; L], matrix: &Matrix) {
    let Matrix { u, v, q, r } = *matrix;
    let mut carry_f = (wide(u, f[0]) + wide(v, g[0])) >> LIMB;
    let mut carry_g = (wide(q, f[0]) + wide(r, g[0])) >> LIMB;
    let mut i = 1;
    while i < L {
        carry_f += wide(u, f[i]) + wide(v, g[i]);
        carry_g += wide(q, f[i]) + wide(r, g[i]);
        f[i - 1] = carry_f as Limb & MASK;
        g[i - 1] = carry_g as Limb & MASK;
        carry_f >>= LIMB;
        carry_g >>= LIMB;
        i += 1;
    }
    f[L - 1] = carry_f as Limb;
    g[L - 1] = carry_g as Limb;
}

#[inline(always)]
fn wide(a: Limb, b: Limb) -> Wide {
    a as Wide * b as Wide
}

/// The same number with every limb but the highest between 0 and 2^LIMB.
fn carried<const L: usize>(a: &[Limb; L]) -> [Limb; L] {
    let mut out = *a;
    let mut i = 1;
    while i < L {
        out[i] += out[i - 1] >> LIMB;
        out[i - 1] &= MASK;
        i += 1;
    }
    out
}

const fn to_limbs<const N: usize, const L: usize>(words: &[Word; N]) -> [Limb; L] {
    let mut out = [0; L];
    let mut i = 0;
    while i < L {
        let (word, shift) = (i * LIMB / BITS, i * LIMB % BITS);
        let mut bits: Word = 0;
        if word < N {
            bits = words[word] >> shift;
        }
        if shift > BITS - LIMB && word + 1 < N {
            bits |= words[word + 1] << (BITS - shift);
        }
        out[i] = bits as Limb & MASK;
        i += 1;
    }
    out
}

fn from_limbs<const N: usize, const L: usize>(limbs: &[Limb; L]) -> [Word; N] {
    let mut out = [0; N];
    let mut i = 0;
    while i < L {
        let (word, shift) = (i * LIMB / BITS, i * LIMB % BITS);
        let bits = limbs[i] as Word;
        if word < N {
            out[word] |= bits << shift;
        }
        if shift > BITS - LIMB && word + 1 < N {
            out[word + 1] |= bits >> (BITS - shift);
        }
        i += 1;
    }
    out
}
