//! The scripted readers and cards of `kaztoken-core/vectors/ccid`, whose README tells what the words mean.

include!(concat!(env!("OUT_DIR"), "/ccid.rs"));

/// Which messages of the host the scripted answers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Messages of one type.
    Type(u8),
    /// XfrBlock with a PPS request.
    Pps,
    /// XfrBlock with S(IFS request) of the host.
    Ifs,
}

/// Bytes in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These.
    Bytes(&'static [u8]),
    /// One so many times.
    Repeated(u8, u16),
    /// bSeq of the command that is answered, and so much more.
    Sequence(u8),
}

/// A bulk-IN transfer.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// How many times in a row.
    pub times: u16,
    /// Milliseconds until it comes.
    pub delay: u32,
    /// What it carries.
    pub bytes: &'static [Piece],
}

/// What answers one message of the host.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// What the message has to carry, where the case says so.
    pub expected: Option<&'static [Piece]>,
    /// Bulk-IN transfers.
    pub transfers: &'static [Transfer],
}

/// What is right.
#[derive(Clone, Copy, Debug)]
pub enum Must {
    /// This response.
    Response(&'static [Piece]),
    /// No response.
    Error,
    /// Any end.
    End,
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// As in the file.
    pub label: &'static str,
    /// The reader's class descriptor.
    pub descriptor: &'static [u8; 54],
    /// The card's answer to reset.
    pub atr: &'static [u8],
    /// The answer to reset is judged, not the response.
    pub power_on: bool,
    /// The command APDU.
    pub command: &'static [Piece],
    /// How many times it is sent; the last response is judged.
    pub times: usize,
    /// What the script answers.
    pub at: At,
    /// The answers, one for each such message.
    pub answers: &'static [Answer],
    /// The answers after those, in turns.
    pub for_ever: &'static [Answer],
    /// What is right.
    pub must: Must,
}

impl Case {
    /// Does the host speak the card's protocol?
    #[must_use]
    pub fn tpdu(&self) -> bool {
        self.descriptor[42] == 1
    }

    /// T=0 or T=1: the protocol that the answer to reset names first.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        match self.atr.get(1) {
            Some(t0) if t0 & 0x80 != 0 => {
                let before = (t0 & 0x70).count_ones() as usize;
                self.atr.get(2 + before).map_or(0, |td1| td1 & 0x0F)
            }
            _ => 0,
        }
    }

    /// The n-th scripted answer.
    #[must_use]
    pub fn answer(&self, number: usize) -> Option<&'static Answer> {
        match number.checked_sub(self.answers.len()) {
            None => self.answers.get(number),
            Some(turn) => self.for_ever.get(turn % self.for_ever.len().max(1)),
        }
    }
}

/// The bytes of some pieces.
pub fn bytes(pieces: &'static [Piece], sequence: u8) -> impl Iterator<Item = u8> {
    pieces.iter().flat_map(move |piece| {
        let (bytes, byte, times) = match *piece {
            Piece::Bytes(bytes) => (bytes, 0, 0),
            Piece::Repeated(byte, times) => (&[][..], byte, usize::from(times)),
            Piece::Sequence(offset) => (&[][..], sequence.wrapping_add(offset), 1),
        };
        bytes.iter().copied().chain(core::iter::repeat_n(byte, times))
    })
}

/// How many bytes some pieces have.
#[must_use]
pub fn length(pieces: &[Piece]) -> usize {
    let length = |piece: &Piece| match piece {
        Piece::Bytes(bytes) => bytes.len(),
        Piece::Repeated(_, times) => usize::from(*times),
        Piece::Sequence(_) => 1,
    };
    pieces.iter().map(length).sum()
}

/// Writes the bytes of some pieces to the beginning of `buffer`; what does not fit is lost.
pub fn write<'b>(pieces: &'static [Piece], buffer: &'b mut [u8]) -> &'b [u8] {
    let mut written = 0;
    for (place, byte) in buffer.iter_mut().zip(bytes(pieces, 0)) {
        *place = byte;
        written += 1;
    }
    &buffer[..written]
}
