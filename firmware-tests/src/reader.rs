//! A reader that follows a script: what the host must send, what is answered.
//!
//! It sends its messages packet by packet, as the bulk endpoint of a full speed device does. Its methods are
//! not inlined, so that an image without the engine holds the same code of it.

use core::convert::Infallible;

use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;

/// Bytes of a bulk packet at full speed.
pub const PACKET: usize = 64;
/// Bytes of a message's header.
const HEADER: usize = 10;

/// One message from the host, and what comes back.
#[derive(Debug)]
pub struct Step {
    /// bMessageType.
    pub kind: u8,
    /// The three bytes of the header that are the message's own.
    pub specific: [u8; 3],
    /// What follows the header.
    pub body: &'static [u8],
    /// None: the host waits in vain.
    pub answers: &'static [Answer],
}

/// One message from the reader.
#[derive(Debug)]
pub struct Answer {
    /// bMessageType.
    pub kind: u8,
    /// bStatus, bError, and the last byte of the header.
    pub specific: [u8; 3],
    /// What follows the header.
    pub body: &'static [u8],
}

/// The reader.
#[derive(Debug)]
pub struct Reader {
    script: &'static [Step],
    answers: &'static [Answer],
    given: usize,
    sequence: u8,
    /// A message came that the script does not have there.
    pub astray: bool,
}

impl Reader {
    /// Before the first message of `script`.
    #[must_use]
    pub const fn new(script: &'static [Step]) -> Self {
        Self { script, answers: &[], given: 0, sequence: 0, astray: false }
    }

    /// Has the script been followed to its end?
    #[must_use]
    pub const fn finished(&self) -> bool {
        self.script.is_empty() && self.answers.is_empty() && !self.astray
    }
}

impl BulkPipe for Reader {
    type Error = Infallible;

    #[inline(never)]
    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Infallible> {
        self.given = 0;
        self.answers = &[];
        let (Some((step, rest)), Some((header, body))) =
            (self.script.split_first(), message.split_first_chunk::<HEADER>())
        else {
            self.astray = true;
            return Ok(());
        };
        self.script = rest;
        self.sequence = header[6];
        self.answers = step.answers;
        let same = header[0] == step.kind && header[7..] == step.specific && body == step.body;
        self.astray |= !same;
        Ok(())
    }

    #[inline(never)]
    fn receive(&mut self, buffer: &mut [u8], _: Millis) -> Result<Option<usize>, Infallible> {
        let Some((answer, rest)) = self.answers.split_first() else { return Ok(None) };
        let [low, high, ..] = answer.body.len().to_le_bytes();
        let [status, error, last] = answer.specific;
        let header = [answer.kind, low, high, 0, 0, 0, self.sequence, status, error, last];
        let left = header.iter().chain(answer.body).skip(self.given).take(PACKET);
        let len = buffer.iter_mut().zip(left).map(|(to, from)| *to = *from).count();
        self.given = self.given.wrapping_add(len);
        if self.given == HEADER.wrapping_add(answer.body.len()) {
            self.answers = rest;
            self.given = 0;
        }
        Ok(Some(len))
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    #[inline(never)]
    fn class_request(
        &mut self,
        request: ClassRequest,
        _: &mut [u8],
        _: Millis,
    ) -> Result<Option<usize>, Infallible> {
        self.astray |= request != ClassRequest::Abort { slot: 0, sequence: self.sequence };
        Ok(Some(0))
    }
}
