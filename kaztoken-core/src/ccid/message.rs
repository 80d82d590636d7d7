//! The 10-byte header that all bulk messages share, and the parameter structures inside them.

use core::fmt;

use super::code::{MessageType, Status};

/// Bytes before the body of a bulk message.
pub const HEADER_LEN: usize = 10;

/// Bytes that are not a message, or a buffer that cannot take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MessageError {
    /// Less than a header.
    ShortHeader {
        /// Bytes there.
        got: usize,
    },
    /// dwLength announces more than is there.
    ShortBody {
        /// dwLength.
        declared: u32,
        /// Bytes after the header.
        got: usize,
    },
    /// The message is of a type that does not belong on this pipe.
    UnexpectedType(MessageType),
    /// The body has a length that this type of message cannot have.
    BodyLength {
        /// The type.
        message_type: MessageType,
        /// dwLength.
        got: usize,
    },
    /// The buffer to emit into is too small, or the body is longer than dwLength can say.
    BufferTooSmall {
        /// Bytes of the message.
        needed: usize,
        /// Bytes of the buffer.
        got: usize,
    },
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ShortHeader { got } => {
                write!(f, "{got} bytes are no CCID message, its header alone has 10")
            }
            Self::ShortBody { declared, got } => {
                write!(f, "the CCID message announces {declared} bytes and has {got}")
            }
            Self::UnexpectedType(kind) => {
                write!(f, "message type {:02X} does not belong on this pipe", u8::from(kind))
            }
            Self::BodyLength { message_type, got } => {
                write!(f, "{got} is a wrong body length for message type {:02X}", u8::from(message_type))
            }
            Self::BufferTooSmall { needed, got } => {
                write!(f, "the CCID message needs {needed} bytes and the buffer has {got}")
            }
        }
    }
}

impl core::error::Error for MessageError {}

/// A lens over one bulk message: the length is checked once, the accessors cannot fail.
///
/// `Debug` prints the header and the lengths: the body may hold a PIN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MessageView<'a> {
    header: &'a [u8; HEADER_LEN],
    body: &'a [u8],
    trailing: &'a [u8],
}

impl<'a> MessageView<'a> {
    /// Checks that the header and the dwLength bytes of the body are there. Bytes after them are
    /// kept apart.
    ///
    /// # Errors
    /// [`MessageError::ShortHeader`], [`MessageError::ShortBody`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let (header, rest) =
            bytes.split_first_chunk().ok_or(MessageError::ShortHeader { got: bytes.len() })?;
        let declared = length(header);
        let (body, trailing) = usize::try_from(declared)
            .ok()
            .and_then(|declared| rest.split_at_checked(declared))
            .ok_or(MessageError::ShortBody { declared, got: rest.len() })?;
        Ok(Self { header, body, trailing })
    }

    /// bMessageType.
    #[must_use]
    pub fn message_type(&self) -> MessageType {
        MessageType::from(self.header[0])
    }

    /// bSlot.
    #[must_use]
    pub const fn slot(&self) -> u8 {
        self.header[5]
    }

    /// bSeq.
    #[must_use]
    pub const fn sequence(&self) -> u8 {
        self.header[6]
    }

    /// The three bytes of the header that each type uses in its own way.
    #[must_use]
    pub const fn specific(&self) -> [u8; 3] {
        [self.header[7], self.header[8], self.header[9]]
    }

    /// bStatus, in a message from the reader.
    #[must_use]
    pub const fn status(&self) -> Status {
        Status(self.header[7])
    }

    /// bError, in a message from the reader.
    #[must_use]
    pub const fn error(&self) -> u8 {
        self.header[8]
    }

    /// The dwLength bytes after the header.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What came after the message in the same transfer; empty unless the device pads.
    #[must_use]
    pub const fn trailing(&self) -> &'a [u8] {
        self.trailing
    }
}

impl fmt::Debug for MessageView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageView")
            .field("message_type", &self.message_type())
            .field("slot", &self.slot())
            .field("sequence", &self.sequence())
            .field("specific", &self.specific())
            .field("body_len", &self.body.len())
            .field("trailing_len", &self.trailing.len())
            .finish()
    }
}

/// dwLength.
pub(super) const fn length(header: &[u8; HEADER_LEN]) -> u32 {
    u32::from_le_bytes([header[1], header[2], header[3], header[4]])
}

/// Copies as many bytes as both have. Unlike `copy_from_slice` it cannot panic, so that no panic
/// handler is linked.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The header of a message.
pub(super) fn emit_header(
    message_type: MessageType,
    slot: u8,
    sequence: u8,
    specific: [u8; 3],
    length: u32,
) -> [u8; HEADER_LEN] {
    let [l0, l1, l2, l3] = length.to_le_bytes();
    let [s0, s1, s2] = specific;
    [message_type.into(), l0, l1, l2, l3, slot, sequence, s0, s1, s2]
}

/// Writes header and body; returns the bytes written.
pub(super) fn emit(
    buffer: &mut [u8],
    message_type: MessageType,
    slot: u8,
    sequence: u8,
    specific: [u8; 3],
    body: &[u8],
) -> Result<usize, MessageError> {
    let needed = HEADER_LEN.saturating_add(body.len());
    let too_small = MessageError::BufferTooSmall { needed, got: buffer.len() };
    let declared = u32::try_from(body.len()).map_err(|_| too_small)?;
    let (header, rest) = buffer.split_first_chunk_mut::<HEADER_LEN>().ok_or(too_small)?;
    let rest = rest.get_mut(..body.len()).ok_or(too_small)?;
    *header = emit_header(message_type, slot, sequence, specific, declared);
    copy(rest, body);
    Ok(needed)
}

/// abProtocolDataStructure for T=0 (6.1.7): 5 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct T0Parameters {
    /// bmFindexDindex: as TA1.
    pub f_d_index: u8,
    /// bmTCCKST0: bit 1 = inverse convention.
    pub tcckst: u8,
    /// bGuardTimeT0: as TC1.
    pub guard_time: u8,
    /// bWaitingIntegerT0: WI, as TC2.
    pub waiting_integer: u8,
    /// bClockStop: 0 never, 1 low, 2 high, 3 either.
    pub clock_stop: u8,
}

/// abProtocolDataStructure for T=1 (6.1.7): 7 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct T1Parameters {
    /// bmFindexDindex: as TA1.
    pub f_d_index: u8,
    /// bmTCCKST1: 10h, bit 0 = CRC, bit 1 = inverse convention.
    pub tcckst: u8,
    /// bGuardTimeT1.
    pub guard_time: u8,
    /// bWaitingIntegersT1: BWI high nibble, CWI low nibble.
    pub waiting_integers: u8,
    /// bClockStop: 0 never, 1 low, 2 high, 3 either.
    pub clock_stop: u8,
    /// bIFSC.
    pub ifsc: u8,
    /// bNadValue: only 00 is allowed.
    pub nad: u8,
}

/// bProtocolNum and abProtocolDataStructure of SetParameters and Parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolData<'a> {
    /// Protocol 0 with its 5 bytes.
    T0(T0Parameters),
    /// Protocol 1 with its 7 bytes.
    T1(T1Parameters),
    /// Any other protocol, or another length (a failed command carries no structure). Protocols 0
    /// and 1 with their own lengths are parsed as the variants above.
    Other {
        /// bProtocolNum.
        protocol: u8,
        /// The bytes.
        data: &'a [u8],
    },
}

impl<'a> ProtocolData<'a> {
    pub(super) fn parse(protocol: u8, data: &'a [u8]) -> Self {
        match (protocol, data) {
            (0, &[f_d_index, tcckst, guard_time, waiting_integer, clock_stop]) => {
                Self::T0(T0Parameters { f_d_index, tcckst, guard_time, waiting_integer, clock_stop })
            }
            (1, &[f_d_index, tcckst, guard_time, waiting_integers, clock_stop, ifsc, nad]) => {
                Self::T1(T1Parameters {
                    f_d_index,
                    tcckst,
                    guard_time,
                    waiting_integers,
                    clock_stop,
                    ifsc,
                    nad,
                })
            }
            _ => Self::Other { protocol, data },
        }
    }

    /// bProtocolNum.
    #[must_use]
    pub const fn protocol(&self) -> u8 {
        match *self {
            Self::T0(_) => 0,
            Self::T1(_) => 1,
            Self::Other { protocol, .. } => protocol,
        }
    }

    /// Calls `f` with the structure's bytes.
    pub(super) fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match *self {
            Self::T0(p) => f(&[p.f_d_index, p.tcckst, p.guard_time, p.waiting_integer, p.clock_stop]),
            Self::T1(p) => {
                f(&[p.f_d_index, p.tcckst, p.guard_time, p.waiting_integers, p.clock_stop, p.ifsc, p.nad])
            }
            Self::Other { data, .. } => f(data),
        }
    }
}

/// The pair of SetDataRateAndClockFrequency and its answer (6.1.14, 6.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rates {
    /// dwClockFrequency, kHz.
    pub clock_khz: u32,
    /// dwDataRate, bits per second.
    pub data_rate: u32,
}

impl Rates {
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let (&clock, rest) = body.split_first_chunk::<4>()?;
        let &rate: &[u8; 4] = rest.try_into().ok()?;
        Some(Self { clock_khz: u32::from_le_bytes(clock), data_rate: u32::from_le_bytes(rate) })
    }

    pub(super) fn to_bytes(self) -> [u8; 8] {
        let [c0, c1, c2, c3] = self.clock_khz.to_le_bytes();
        let [d0, d1, d2, d3] = self.data_rate.to_le_bytes();
        [c0, c1, c2, c3, d0, d1, d2, d3]
    }
}
