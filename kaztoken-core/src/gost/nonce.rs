//! The nonce k of a signature, from the private key and the digest.
//!
//! No standard defines this for GOST R 34.10: it is this library's choice, and nobody who verifies can tell.
//! The method is that of RFC 6979 section 3.2 with HMAC_GOSTR3411_2012_256 or _512 (RFC 7836 section 4.1),
//! whichever gives as many bits as a scalar has octets. Two things differ from ECDSA:
//!
//! * the digest enters as e of RFC 7091 section 6.1, the number that is signed, and not as bits2octets(H(m)).
//!   With q of 255, 510 or 511 bits the latter drops low bits that e keeps: two digests that differ in one of
//!   them would get the same k for different e, and that gives the private key away;
//! * hedged generation adds fresh randomness as the k' of section 3.6. A generator that repeats, or is known,
//!   then costs nothing against the deterministic way, and a good one keeps faults from being repeatable.
//!
//! q does not enter, so one d must not be used with two parameter sets: the same k would sign under both.

use subtle::Choice;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::kdf::{HmacStreebog256, HmacStreebog512};
use super::octets::MAX;

/// HMAC_DRBG's state, K and V of RFC 6979 section 3.2, with the order it generates for.
///
/// All scalars are big-endian octets of the set's full length, 32 or 64. Candidates are uniform below 2^n,
/// n being the bits of q, so that one in two at worst is out of range. Wiped when dropped.
pub(super) struct NonceGenerator {
    key: Key,
    value: Zeroizing<[u8; MAX]>,
    order: [u8; MAX],
    len: usize,
    started: bool,
}

impl NonceGenerator {
    /// From the order q, the private key d and e = digest mod q (RFC 7091 section 6.1, step 2). `extra` is
    /// the additional data k' of section 3.6: nothing for deterministic nonces, or as many fresh random
    /// octets as a scalar has for hedged ones. `None` unless q, d and e have 32 octets or all have 64.
    pub(super) fn new(q: &[u8], d: &[u8], e: &[u8], extra: &[u8]) -> Option<Self> {
        let len = q.len();
        if !(len == 32 || len == MAX) || d.len() != len || e.len() != len {
            return None;
        }
        let mut order = [0; MAX];
        order.iter_mut().zip(q).for_each(|(place, octet)| *place = *octet);
        let value = Zeroizing::new([1; MAX]);
        let mut this = Self { key: Key::new(&[0; MAX], len), value, order, len, started: false };
        this.update(&[&[0], d, e, extra]);
        this.update(&[&[1], d, e, extra]);
        Some(this)
    }

    /// Writes the next candidate for k to `out`, which has the set's full length, and tells whether
    /// 0 < k < q. One that is out of range must not be used. The next call gives the next candidate, also
    /// after a k that led to r = 0 or s = 0.
    pub(super) fn next_candidate(&mut self, out: &mut [u8]) -> Choice {
        if self.started {
            self.update(&[&[0]]);
        }
        self.started = true;
        self.step();
        let value = self.value.get(..self.len).unwrap_or_default();
        let order = self.order.get(..self.len).unwrap_or_default();
        // bits2int of RFC 6979 section 2.3.2: the leftmost bits, as many as q has.
        leftmost_bits(value, bits(order), out);
        in_range(out, order)
    }

    /// K = HMAC_K(V | parts), V = HMAC_K(V).
    fn update(&mut self, parts: &[&[u8]]) {
        let mut next = Zeroizing::new([0; MAX]);
        self.mac(parts, next.as_mut_slice());
        self.key = Key::new(&next, self.len);
        self.step();
    }

    /// V = HMAC_K(V).
    fn step(&mut self) {
        let mut next = Zeroizing::new([0; MAX]);
        self.mac(&[], next.as_mut_slice());
        *self.value = *next;
    }

    /// HMAC_K(V | parts).
    fn mac(&self, parts: &[&[u8]], out: &mut [u8]) {
        let value = self.value.get(..self.len).unwrap_or_default();
        let pieces = core::iter::once(&value).chain(parts);
        match &self.key {
            Key::Short(keyed) => {
                let mut mac = keyed.clone();
                pieces.for_each(|piece| mac.update(piece));
                mac.finish_into(out);
            }
            Key::Long(keyed) => {
                let mut mac = keyed.clone();
                pieces.for_each(|piece| mac.update(piece));
                mac.finish_into(out);
            }
        }
    }
}

/// K, in the form of HMAC that has taken it in: each K serves two codes.
enum Key {
    Short(HmacStreebog256),
    Long(HmacStreebog512),
}

impl Key {
    /// From the first `len` octets, 32 or 64.
    fn new(octets: &[u8; MAX], len: usize) -> Self {
        let octets = octets.get(..len).unwrap_or_default();
        if len == MAX {
            Self::Long(HmacStreebog512::new(octets))
        } else {
            Self::Short(HmacStreebog256::new(octets))
        }
    }
}

impl ZeroizeOnDrop for NonceGenerator {}

/// Bits of a public big-endian number.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let top = number.get(zeros).map_or(0, |octet| octet.leading_zeros());
    (8 * number.len().saturating_sub(zeros)).saturating_sub(usize::try_from(top).unwrap_or_default())
}

/// value >> (its bits - `bits`), all big-endian. Constant time for the value.
fn leftmost_bits(value: &[u8], bits: usize, out: &mut [u8]) {
    let shift = (8 * value.len()).saturating_sub(bits);
    let (octets, rest) = (shift / 8, shift % 8);
    out.fill(0);
    let mut carry = 0_u16;
    for (place, octet) in out.iter_mut().skip(octets).zip(value) {
        carry = (carry << 8) | u16::from(*octet);
        *place = (carry >> rest).to_le_bytes()[0];
    }
}

/// 0 < k < q in constant time.
fn in_range(k: &[u8], q: &[u8]) -> Choice {
    let (mut borrow, mut any) = (0_u16, 0_u8);
    for (k, q) in k.iter().zip(q).rev() {
        borrow = u16::from(*k).wrapping_sub(u16::from(*q)).wrapping_sub(borrow) >> 15;
        any |= k;
    }
    let nonzero = (u16::from(any).wrapping_neg() >> 15).to_le_bytes()[0];
    let below = borrow.to_le_bytes()[0];
    Choice::from(nonzero) & Choice::from(below)
}

#[cfg(test)]
mod tests;
