//! A queue of bytes between two places that share nothing else: an interrupt and the main loop, or two users of one
//! port.

use core::sync::atomic::{AtomicU8, AtomicU16, Ordering};

/// Holds `N` bytes less one. One side pushes, the other pops; both only load and store, which every Cortex-M can.
#[derive(Debug)]
pub struct Ring<const N: usize> {
    bytes: [AtomicU8; N],
    /// Where the next byte is put.
    head: AtomicU16,
    /// Where the next byte is taken.
    tail: AtomicU16,
}

impl<const N: usize> Ring<N> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N.is_power_of_two() && N <= 0x8000) };
        Self { bytes: [const { AtomicU8::new(0) }; N], head: AtomicU16::new(0), tail: AtomicU16::new(0) }
    }

    /// Appends a byte; `false`: it is full.
    pub fn push(&self, byte: u8) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        let next = Self::after(head);
        let Some(place) = self.bytes.get(usize::from(head)) else { return false };
        if next == self.tail.load(Ordering::Acquire) {
            return false;
        }
        place.store(byte, Ordering::Relaxed);
        self.head.store(next, Ordering::Release);
        true
    }

    /// Takes the oldest byte. Its place is wiped.
    pub fn pop(&self) -> Option<u8> {
        let byte = self.peek()?;
        let tail = self.tail.load(Ordering::Relaxed);
        self.bytes.get(usize::from(tail))?.store(0, Ordering::Relaxed);
        self.tail.store(Self::after(tail), Ordering::Release);
        Some(byte)
    }

    /// The oldest byte.
    pub fn peek(&self) -> Option<u8> {
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == self.head.load(Ordering::Acquire) {
            return None;
        }
        Some(self.bytes.get(usize::from(tail))?.load(Ordering::Relaxed))
    }

    /// How many bytes still fit.
    pub fn room(&self) -> usize {
        let (head, tail) = (self.head.load(Ordering::Acquire), self.tail.load(Ordering::Acquire));
        let used = usize::from(head.wrapping_sub(tail)) & (N - 1);
        N - 1 - used
    }

    /// Where the next byte is put.
    pub fn mark(&self) -> u16 {
        self.head.load(Ordering::Relaxed)
    }

    /// Takes back what was pushed since the mark and not taken yet.
    pub fn back_to(&self, mark: u16) {
        self.head.store(mark, Ordering::Release);
    }

    const fn after(at: u16) -> u16 {
        (at + 1) & (N - 1) as u16
    }
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Self::new()
    }
}
