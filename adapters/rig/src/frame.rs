//! How a message lies on the line.
//!
//! ```text
//! 00  COBS( kind  body  CRC-32 of both, least significant byte first )  00
//! ```
//!
//! COBS (Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999) leaves no zero byte inside, so a reader
//! finds the next frame after any noise. The zero in front of a frame ends whatever noise came before it; empty
//! frames mean nothing. The checksum is CRC-32/ISO-HDLC. Both ends use the same code, which holds one frame and
//! skips what is longer.

use core::fmt;
use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};

/// The longest frame on the line, its two zero bytes not counted: what the buffers hold.
pub const FRAME_LEN: usize = 320;

/// Bit by bit: a table costs a kilobyte of flash, and a frame is short.
static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
const CRC_LEN: usize = 4;

/// What a frame carries: its first byte.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Kind {
    /// Host to rig: [`Hello`](crate::hello::Hello).
    Hello,
    /// Rig to host: [`Welcome`](crate::hello::Welcome).
    Welcome,
    /// Host to rig: a [`Request`](crate::message::Request).
    Request,
    /// Rig to host: an [`Answer`](crate::message::Answer).
    Answer,
    /// Host to rig: a [`Beat`](crate::message::Beat), a sign of life.
    Beat,
    /// Rig to host: a [`Pulse`](crate::message::Pulse), the answer to it.
    Pulse,
    /// Rig to host: bytes of the rig's log, which belong to no request.
    Log,
    /// Another one.
    Unknown(u8),
}

impl From<u8> for Kind {
    fn from(byte: u8) -> Self {
        match byte {
            0x01 => Self::Hello,
            0x02 => Self::Welcome,
            0x03 => Self::Request,
            0x04 => Self::Answer,
            0x05 => Self::Beat,
            0x06 => Self::Pulse,
            0x07 => Self::Log,
            other => Self::Unknown(other),
        }
    }
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Hello => 0x01,
            Kind::Welcome => 0x02,
            Kind::Request => 0x03,
            Kind::Answer => 0x04,
            Kind::Beat => 0x05,
            Kind::Pulse => 0x06,
            Kind::Log => 0x07,
            Kind::Unknown(other) => other,
        }
    }
}

/// Why bytes between two zeros are no frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FrameError {
    /// More bytes than the buffer holds; they were skipped.
    TooLong,
    /// A COBS code points past the end.
    Coding,
    /// Fewer bytes than a kind and a checksum.
    TooShort,
    /// The checksum is another one.
    Checksum,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a frame is longer than any message; is this the rig's port?",
            Self::Coding => "a frame is not COBS; is this the rig's port, at its speed?",
            Self::TooShort => "a frame is too short for its checksum; is this the rig's port?",
            Self::Checksum => "a frame was damaged on the line; look at the cable and the speed",
        })
    }
}

impl core::error::Error for FrameError {}

/// The buffer is too small for the frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message does not fit the buffer; {} bytes hold any", FRAME_LEN + 2)
    }
}

impl core::error::Error for Full {}

/// Finds frames in a stream of bytes, one byte at a time, in the caller's buffer.
#[derive(Copy, Clone, Default, Debug)]
pub struct FrameReader {
    len: usize,
    too_long: bool,
}

impl FrameReader {
    /// Nothing read yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, too_long: false }
    }

    /// Forgets the bytes of a frame that has begun.
    pub const fn clear(&mut self) {
        *self = Self::new();
    }

    /// Has a frame begun?
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.len > 0 || self.too_long
    }

    /// Takes one byte. At the end of a frame `Some`: its kind and the length of its body, which then stands at
    /// the start of `buffer`.
    ///
    /// `buffer` is the same one at every call until then.
    pub fn push(&mut self, buffer: &mut [u8], byte: u8) -> Option<Result<(Kind, usize), FrameError>> {
        if byte != 0 {
            match buffer.get_mut(self.len).filter(|_| !self.too_long) {
                Some(place) => {
                    *place = byte;
                    self.len = self.len.saturating_add(1);
                }
                None => self.too_long = true,
            }
            return None;
        }
        if !self.has_begun() {
            return None;
        }
        let Self { len, too_long } = core::mem::take(self);
        if too_long {
            return Some(Err(FrameError::TooLong));
        }
        Some(open(buffer.get_mut(..len).unwrap_or_default()))
    }
}

/// Takes COBS and the checksum off, in place, and moves the body to the start.
fn open(frame: &mut [u8]) -> Result<(Kind, usize), FrameError> {
    let len = uncobs(frame)?;
    let (content, sum) = len
        .checked_sub(CRC_LEN)
        .and_then(|content| frame.get(..len)?.split_at_checked(content))
        .ok_or(FrameError::TooShort)?;
    let &kind = content.first().ok_or(FrameError::TooShort)?;
    if sum != CRC.checksum(content).to_le_bytes() {
        return Err(FrameError::Checksum);
    }
    let body = content.len().saturating_sub(1);
    frame.rotate_left(1);
    Ok((kind.into(), body))
}

/// Decodes in place; the bytes hold no zero. Returns the length.
fn uncobs(frame: &mut [u8]) -> Result<usize, FrameError> {
    let (mut from, mut to) = (0_usize, 0_usize);
    while let Some(&code) = frame.get(from) {
        from = from.saturating_add(1);
        for _ in 1..code {
            let byte = *frame.get(from).ok_or(FrameError::Coding)?;
            from = from.saturating_add(1);
            *frame.get_mut(to).ok_or(FrameError::Coding)? = byte;
            to = to.saturating_add(1);
        }
        if code != 0xFF && from < frame.len() {
            *frame.get_mut(to).ok_or(FrameError::Coding)? = 0;
            to = to.saturating_add(1);
        }
    }
    Ok(to)
}

/// Writes one frame into the caller's buffer, byte by byte, with its coding and checksum.
pub struct FrameWriter<'b> {
    out: &'b mut [u8],
    /// Where the code of the block under way stands.
    code_at: usize,
    at: usize,
    code: u8,
    sum: Digest<'static, u32, NoTable>,
}

/// Without the bytes, which may be a PIN.
impl fmt::Debug for FrameWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameWriter").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'b> FrameWriter<'b> {
    /// Begins a frame of this kind.
    ///
    /// # Errors
    /// [`Full`].
    pub fn new(out: &'b mut [u8], kind: Kind) -> Result<Self, Full> {
        *out.first_mut().ok_or(Full)? = 0;
        let mut frame = Self { out, code_at: 1, at: 2, code: 1, sum: CRC.digest() };
        frame.push(kind.into())?;
        Ok(frame)
    }

    /// One byte of the body.
    ///
    /// # Errors
    /// [`Full`].
    pub fn push(&mut self, byte: u8) -> Result<(), Full> {
        self.sum.update(&[byte]);
        self.code(byte)
    }

    /// Bytes of the body.
    ///
    /// # Errors
    /// [`Full`].
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), Full> {
        bytes.iter().try_for_each(|&byte| self.push(byte))
    }

    /// Ends the frame. Returns its length on the line.
    ///
    /// # Errors
    /// [`Full`].
    pub fn finish(mut self) -> Result<usize, Full> {
        let sum = self.sum.clone().finalize().to_le_bytes();
        sum.into_iter().try_for_each(|byte| self.code(byte))?;
        self.put(self.code_at, self.code)?;
        self.put(self.at, 0)?;
        Ok(self.at.saturating_add(1))
    }

    fn code(&mut self, byte: u8) -> Result<(), Full> {
        if byte != 0 {
            self.put(self.at, byte)?;
            self.at = self.at.saturating_add(1);
            self.code = self.code.saturating_add(1);
        }
        if byte == 0 || self.code == 0xFF {
            self.put(self.code_at, self.code)?;
            self.code_at = self.at;
            self.at = self.at.saturating_add(1);
            self.code = 1;
        }
        Ok(())
    }

    fn put(&mut self, at: usize, byte: u8) -> Result<(), Full> {
        *self.out.get_mut(at).ok_or(Full)? = byte;
        Ok(())
    }
}

/// postcard writes straight into the frame.
impl postcard::ser_flavors::Flavor for FrameWriter<'_> {
    type Output = usize;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.push(byte).map_err(|Full| postcard::Error::SerializeBufferFull)
    }

    fn finalize(self) -> postcard::Result<usize> {
        self.finish().map_err(|Full| postcard::Error::SerializeBufferFull)
    }
}

/// Writes a message as a frame. Returns its length on the line.
///
/// # Errors
/// [`Full`].
pub fn write<T: serde::Serialize>(out: &mut [u8], kind: Kind, message: &T) -> Result<usize, Full> {
    let frame = FrameWriter::new(out, kind)?;
    postcard::serialize_with_flavor(message, frame).map_err(|_| Full)
}

/// Writes plain bytes as a frame. Returns its length on the line.
///
/// # Errors
/// [`Full`].
pub fn write_bytes(out: &mut [u8], kind: Kind, body: &[u8]) -> Result<usize, Full> {
    let mut frame = FrameWriter::new(out, kind)?;
    frame.extend(body)?;
    frame.finish()
}
