//! A buffer that a machine owns and that still can be looked into.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What was seen of a [`Buffer`].
#[derive(Debug, Default)]
struct Seen {
    /// The next borrow is the one to copy.
    armed: Cell<bool>,
    copy: RefCell<Vec<u8>>,
    at_drop: RefCell<Option<Vec<u8>>>,
}

/// Looks into a [`Buffer`].
#[derive(Debug)]
pub(crate) struct Spy(Rc<Seen>);

/// Memory for a machine, filled with [`CANARY`].
pub(crate) struct Buffer<const N: usize> {
    bytes: [u8; N],
    seen: Rc<Seen>,
}

/// What is in memory that nobody wrote to.
pub(crate) const CANARY: u8 = 0xCB;

impl Spy {
    pub(crate) fn new<const N: usize>() -> (Self, Buffer<N>) {
        let seen = Rc::new(Seen::default());
        (Self(Rc::clone(&seen)), Buffer { bytes: [CANARY; N], seen })
    }

    /// The buffer's content as it is when `borrow` makes its owner look at it.
    pub(crate) fn look(&self, borrow: impl FnOnce()) -> Vec<u8> {
        self.0.armed.set(true);
        borrow();
        assert!(!self.0.armed.get(), "the machine did not look at its buffer");
        self.0.copy.take()
    }

    /// The buffer's content when it was dropped.
    pub(crate) fn at_drop(&self) -> Vec<u8> {
        self.0.at_drop.take().expect("the buffer is still there")
    }
}

impl<const N: usize> AsRef<[u8]> for Buffer<N> {
    fn as_ref(&self) -> &[u8] {
        if self.seen.armed.take() {
            *self.seen.copy.borrow_mut() = self.bytes.to_vec();
        }
        &self.bytes
    }
}

impl<const N: usize> AsMut<[u8]> for Buffer<N> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl<const N: usize> Drop for Buffer<N> {
    fn drop(&mut self) {
        *self.seen.at_drop.borrow_mut() = Some(self.bytes.to_vec());
    }
}
