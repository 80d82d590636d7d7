//! Multiples of the base point from a table.
//!
//! The n signed bits of a scalar are cut into blocks, each block into `width` runs of `columns` bits.
//! A table entry is the sum of one bit of every run of its block, so that one addition a block serves a
//! whole column, and all columns share `columns - 1` doublings:
//!
//! k P = sum over columns c of 2^c (sum over blocks b of entry_b(digit of block b in column c))
//!
//! The blocks' widths add up to n / columns exactly. No entry is ever the point at infinity, and the
//! whole table is read for each digit.

use crate::gost::arith::field::Field;
use crate::gost::arith::words::{Mask, MaskMaker, Word};
use crate::gost::octets::Integer;

use super::window::SignedBits;

/// The shape of a table.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Bits of a run.
    pub(crate) columns: usize,
    /// Runs of each block.
    pub(crate) widths: &'static [usize],
}

impl Shape {
    /// Bits of a scalar.
    pub(crate) const fn bits(&self) -> usize {
        let mut sum = 0;
        let mut i = 0;
        while i < self.widths.len() {
            sum += self.widths[i];
            i += 1;
        }
        sum * self.columns
    }

    /// Points of the table.
    pub(crate) const fn entries(&self) -> usize {
        let mut sum = 0;
        let mut i = 0;
        while i < self.widths.len() {
            sum += 1 << (self.widths[i] - 1);
            i += 1;
        }
        sum
    }
}

/// A table of points of K coordinates each, for one base point.
pub(crate) struct Comb<'a, F: Field, const K: usize> {
    pub(crate) shape: Shape,
    pub(crate) entries: &'a [[F::Words; K]],
}

/// What a comb adds up.
pub(crate) trait Accumulator<F: Field, const K: usize> {
    /// The sum that consists of one entry, or of its negative.
    fn start(entry: &[F; K], negative: Mask) -> Self;
    /// Adds an entry, or subtracts it.
    fn add_entry(&mut self, entry: &[F; K], negative: Mask);
    /// Doubles the sum.
    fn double_sum(&mut self);
    /// Called in the last column before its entries are added from [`Self::guarded`] on.
    fn guard(&mut self);
    /// The block of the last column, of so many, from which on the sum may meet exceptional cases.
    fn guarded(blocks: usize, columns: usize) -> usize;
}

impl<F: Field, const K: usize> Comb<'_, F, K> {
    /// k P for an odd k of at most as many bits as the shape has. In constant time.
    pub(crate) fn multiply<A: Accumulator<F, K>>(&self, k: &Integer) -> A {
        let signs = zeroize::Zeroizing::new(SignedBits::new(k, self.shape.bits()));
        let guarded = A::guarded(self.shape.widths.len(), self.shape.columns);
        let mut sum: Option<A> = None;
        for column in (0..self.shape.columns).rev() {
            if let Some(sum) = &mut sum {
                sum.double_sum();
            }
            let (mut first, mut rest) = (column, self.entries);
            for (i, width) in self.shape.widths.iter().enumerate() {
                let (index, negative) = signs.digit(first, self.shape.columns, *width);
                let (block, others) = rest.split_at((1 << (width - 1)).min(rest.len()));
                let entry = lookup(block, index);
                match &mut sum {
                    Some(sum) => {
                        if column == 0 && i == guarded {
                            sum.guard();
                        }
                        sum.add_entry(&entry, negative);
                    }
                    None => sum = Some(A::start(&entry, negative)),
                }
                first += self.shape.columns * width;
                rest = others;
            }
        }
        sum.unwrap_or_else(|| A::start(&[F::ZERO; K], Mask::from_bit(0)))
    }
}

impl<'a, F: Field, const K: usize> Comb<'a, F, K> {
    /// Adds the entries of one column, found by their index. Not in constant time.
    fn add_column_vartime<A: Accumulator<F, K>>(
        &self,
        signs: &SignedBits,
        negate: bool,
        column: usize,
        sum: &mut Option<A>,
    ) {
        let (mut first, mut rest) = (column, self.entries);
        for width in self.shape.widths {
            let (index, negative) = signs.digit(first, self.shape.columns, *width);
            let (block, others) = rest.split_at((1 << (width - 1)).min(rest.len()));
            let entry = block[index as usize].map(|words| F::load(&words));
            let negative = Mask::from_bit(Word::from(negative.is_set_vartime() != negate));
            match sum {
                Some(sum) => sum.add_entry(&entry, negative),
                None => *sum = Some(A::start(&entry, negative)),
            }
            first += self.shape.columns * width;
            rest = others;
        }
    }
}

/// An odd scalar, or the negative of an even one, for a table.
pub(crate) struct Term<'a, F: Field, const K: usize> {
    pub(crate) comb: Comb<'a, F, K>,
    pub(crate) k: Integer,
    pub(crate) negate: bool,
}

/// k1 P1 + k2 P2 from two tables whose points may be any. Not in constant time.
pub(crate) fn combine_vartime<F: Field, A: Accumulator<F, K>, const K: usize>(
    terms: [Term<'_, F, K>; 2],
) -> Option<A> {
    let signs = terms.each_ref().map(|term| SignedBits::new(&term.k, term.comb.shape.bits()));
    let columns = terms.iter().map(|term| term.comb.shape.columns).max().unwrap_or_default();
    let mut sum: Option<A> = None;
    for column in (0..columns).rev() {
        if let Some(sum) = &mut sum {
            sum.double_sum();
        }
        for (term, signs) in terms.iter().zip(&signs) {
            if column < term.comb.shape.columns {
                term.comb.add_column_vartime(signs, term.negate, column, &mut sum);
            }
        }
    }
    sum
}

/// The table of a point, from the operations of a group; `normalize` writes all entries at once.
pub(crate) fn entries<P: Copy, const M: usize>(
    point: P,
    shape: Shape,
    double: impl Fn(&P) -> P,
    add: impl Fn(&P, &P) -> P,
    negate: impl Fn(&P) -> P,
) -> [P; M] {
    let mut out = [point; M];
    let mut power = point;
    let mut rest = out.as_mut_slice();
    for width in shape.widths {
        let (block, others) = rest.split_at_mut((1 << (width - 1)).min(rest.len()));
        // The runs' powers of two: the lower ones enter with minus, and twice them turns a sign.
        let mut negatives = power;
        for t in 0..*width {
            if t + 1 < *width {
                block[1 << t] = double(&power);
                negatives = if t == 0 { negate(&power) } else { add(&negatives, &negate(&power)) };
            } else if t == 0 {
                block[0] = power;
            } else {
                block[0] = add(&power, &negatives);
            }
            for _ in 0..shape.columns {
                power = double(&power);
            }
        }
        let mut filled = 1;
        while filled < block.len() {
            let turn = block[filled];
            for index in 0..filled {
                block[filled + index] = add(&block[index], &turn);
            }
            filled *= 2;
        }
        rest = others;
    }
    out
}

/// The entry at a secret index; every entry is read.
#[cfg_attr(target_pointer_width = "32", inline(never))]
#[cfg_attr(not(target_pointer_width = "32"), inline(always))]
fn lookup<F: Field, const K: usize>(block: &[[F::Words; K]], index: Word) -> [F; K] {
    let masks = MaskMaker::new();
    let mut found = [F::ZERO.store(); K];
    for (i, entry) in block.iter().enumerate() {
        let here = masks.equal(i as Word, index);
        for (place, coordinate) in found.iter_mut().zip(entry) {
            for (word, from) in place.as_mut().iter_mut().zip(coordinate.as_ref()) {
                *word |= here.keep(*from);
            }
        }
    }
    found.map(|words| F::load(&words))
}
