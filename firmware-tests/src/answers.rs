//! A token that answers from a record, and only to what was asked then.

use core::fmt;

use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;

use crate::dialogue::DIALOGUE;

/// The link to it.
#[derive(Debug, Default)]
pub struct Recorded {
    next: usize,
}

/// Another command came than the one that was recorded.
#[derive(Debug)]
pub struct Astray;

impl fmt::Display for Astray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another command")
    }
}

impl core::error::Error for Astray {}

impl Recorded {
    /// Has everything been asked?
    #[must_use]
    pub fn finished(&self) -> bool {
        self.next == DIALOGUE.len()
    }
}

impl ApduLink for Recorded {
    type Error = Astray;

    // An image without the operations holds the same code of it.
    #[inline(never)]
    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, Astray> {
        let (expected, answer) = DIALOGUE.get(self.next).ok_or(Astray)?;
        let place = response.get_mut(..answer.len()).filter(|_| command == *expected).ok_or(Astray)?;
        for (to, from) in place.iter_mut().zip(*answer) {
            *to = *from;
        }
        self.next += 1;
        Ok(answer.len())
    }
}
