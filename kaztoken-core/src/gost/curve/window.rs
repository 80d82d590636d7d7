//! Scalars as sums of signed digits.

use crate::gost::arith::words::{Mask, Word};
use crate::gost::octets::Integer;

/// An odd number below 2^n as a sum of n terms +2^i or -2^i: no digit is ever 0, so that the sequence of
/// point operations is the same for every scalar.
pub(crate) struct SignedBits {
    /// Bit i tells the sign of 2^i, 1 is +.
    signs: Integer,
}

impl zeroize::Zeroize for SignedBits {
    fn zeroize(&mut self) {
        self.signs.zeroize();
    }
}

impl SignedBits {
    /// Recodes an odd `k` of at most `bits` bits, `bits` a multiple of 8: the sum is k when
    /// the signs are the bits of (k + 2^bits - 1) / 2.
    pub(crate) fn new(k: &Integer, bits: usize) -> Self {
        let mut octets = *k.octets();
        let mut high = 0;
        for octet in octets.iter_mut().rev() {
            let low = *octet & 1;
            *octet = (*octet >> 1) | (high << 7);
            high = low;
        }
        if let Some(top) = octets.get_mut(bits / 8 - 1) {
            *top |= 0x80;
        }
        Self { signs: Integer::from_le(&octets) }
    }

    /// The digit made of the `width` terms i = first, first + step, ...: what it is worth, divided by
    /// 2^first, is the sum of +-2^(step t); the highest term, t = width - 1, gives its sign.
    ///
    /// Returns the index into a table of the positive digits (the lower terms as bits, 1 is +), and
    /// whether the digit is negative.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(crate) fn digit(&self, first: usize, step: usize, width: usize) -> (Word, Mask) {
        let mut index = 0;
        let mut t = 0;
        while t + 1 < width {
            index |= Word::from(self.signs.bit(first + step * t)) << t;
            t += 1;
        }
        let negative = Word::from(self.signs.bit(first + step * t)) ^ 1;
        // A negative digit is the negative of the one with all signs turned.
        let all = (1 << t) - 1;
        (index ^ ((0 as Word).wrapping_sub(negative) & all), Mask::from_bit(negative))
    }
}

/// Digits of a width-w non-adjacent form: 0 or odd, below 2^(w-1) in amount. Not in constant time.
///
/// There is one more digit than a scalar has bits, for the carry.
pub(crate) struct NonAdjacent<const LEN: usize> {
    digits: [i8; LEN],
    len: usize,
}

impl<const LEN: usize> NonAdjacent<LEN> {
    /// Recodes `k`, for a `width` of 2 to 8.
    pub(crate) fn new(k: &Integer, width: usize) -> Self {
        let mut digits = [0; LEN];
        let mut len = 0;
        let mut carry = 0;
        let mut i = 0;
        while i < LEN {
            if k.bit(i) == carry {
                i += 1;
                continue;
            }
            let mut value = i16::from(carry);
            for t in 0..width {
                value += i16::from(k.bit(i + t)) << t;
            }
            carry = u8::from(value >= 1 << (width - 1));
            digits[i] = (value - (i16::from(carry) << width)) as i8;
            len = i + 1;
            i += width;
        }
        Self { digits, len }
    }

    /// One more than the position of the highest digit that is not 0.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The table index of the odd digit at a position, (|digit| - 1) / 2, and its sign; `None` for 0.
    pub(crate) fn digit(&self, i: usize) -> Option<(usize, bool)> {
        match self.digits.get(i) {
            None | Some(0) => None,
            Some(digit) => Some((usize::from(digit.unsigned_abs() / 2), *digit < 0)),
        }
    }
}
