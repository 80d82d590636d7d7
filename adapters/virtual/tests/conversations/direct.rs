//! The way of an APDU to the token: straight. Other packages run these tests over other ways.

use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, VirtualToken};

pub(crate) struct Way;

impl Way {
    pub(crate) fn power_on(token: &mut VirtualToken<MemoryStore>) -> Self {
        token.reset();
        Self
    }

    pub(crate) fn exchange(&mut self, token: &mut VirtualToken<MemoryStore>, command: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        token.process(command, &mut answer);
        answer
    }
}
