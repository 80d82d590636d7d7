//! The answers to GET_CLOCK_FREQUENCIES and GET_DATA_RATES (CCID 1.1, 5.3.2 and 5.3.3).

/// The values in the answer to [`ClassRequest::GetClockFrequencies`](crate::ccid::ClassRequest) (kHz) or
/// [`ClassRequest::GetDataRates`](crate::ccid::ClassRequest) (bits per second): 4 bytes each,
/// little-endian.
///
/// Readers answer what they like: nothing, a stall, fewer or more values than the descriptor announces.
/// Whatever there is is read; the bytes of a value that is not complete are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportedValues<'a> {
    bytes: &'a [u8],
}

impl<'a> SupportedValues<'a> {
    /// The values in `answer`. For a request that was stalled or not answered, give no bytes.
    #[must_use]
    pub const fn new(answer: &'a [u8]) -> Self {
        Self { bytes: answer }
    }
}

impl Iterator for SupportedValues<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (value, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(u32::from_le_bytes(*value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.bytes.len() / 4;
        (left, Some(left))
    }
}

impl ExactSizeIterator for SupportedValues<'_> {}
impl core::iter::FusedIterator for SupportedValues<'_> {}
