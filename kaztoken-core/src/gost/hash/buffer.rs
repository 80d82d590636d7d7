//! What both hash families need: a block's worth of memory, and numbers of several words.

use zeroize::Zeroize;

/// The start of a block of `N` octets that is not complete yet.
#[derive(Clone)]
pub(super) struct Buffer<const N: usize> {
    octets: [u8; N],
    /// Always less than `N`.
    len: usize,
}

impl<const N: usize> Buffer<N> {
    pub(super) const fn new() -> Self {
        Self { octets: [0; N], len: 0 }
    }

    /// Octets waiting, less than `N`.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Takes `data` and hands on every block it completes.
    #[inline]
    pub(super) fn feed(&mut self, data: &[u8], mut block: impl FnMut(&[u8; N])) {
        let mut rest = data;
        if self.len != 0 {
            rest = self.append(rest);
            if self.len < N {
                return;
            }
            block(&self.octets);
            self.len = 0;
        }
        let blocks = rest.chunks_exact(N);
        let tail = blocks.remainder();
        for octets in blocks {
            if let Ok(octets) = octets.try_into() {
                block(octets);
            }
        }
        self.append(tail);
    }

    /// Copies as much of `data` as there is room for; gives back the rest.
    fn append<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let Some(room) = self.octets.get_mut(self.len..) else { return data };
        let (head, rest) = data.split_at(data.len().min(room.len()));
        for (to, from) in room.iter_mut().zip(head) {
            *to = *from;
        }
        self.len += head.len();
        rest
    }

    /// The waiting octets, the octet `mark`, and zeros up to the end of the block.
    pub(super) fn padded(&mut self, mark: u8) -> &[u8; N] {
        let mut fill = mark;
        for octet in self.octets.iter_mut().skip(self.len) {
            *octet = fill;
            fill = 0;
        }
        &self.octets
    }

    /// Empty again, and nothing left in memory.
    pub(super) fn wipe(&mut self) {
        self.octets.zeroize();
        self.len = 0;
    }
}

/// Little-endian words of a block.
#[inline]
pub(super) fn words_le<const N: usize, const W: usize>(block: &[u8; N]) -> [u64; W] {
    let mut words = [0; W];
    for (word, octets) in words.iter_mut().zip(block.chunks_exact(8)) {
        if let Ok(octets) = octets.try_into() {
            *word = u64::from_le_bytes(octets);
        }
    }
    words
}

/// `sum += other` modulo 2^(64 W), the lowest word first.
#[inline]
pub(super) fn add_le<const W: usize>(sum: &mut [u64; W], other: &[u64; W]) {
    let mut carry = false;
    for (a, b) in sum.iter_mut().zip(other) {
        let (low, first) = a.overflowing_add(*b);
        let (low, second) = low.overflowing_add(u64::from(carry));
        *a = low;
        carry = first | second;
    }
}
