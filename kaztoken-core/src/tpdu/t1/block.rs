//! Blocks: NAD, PCB, LEN, INF, LRC (ISO/IEC 7816-3, 11.3).

use crate::ccid::message::copy;

/// N(S) of an I-block.
pub(super) const SEQUENCE: u8 = 0x40;
/// The more-data bit of an I-block.
pub(super) const MORE: u8 = 0x20;
/// R-block, N(R) in b5.
pub(super) const RECEIVE_READY: u8 = 0x80;
/// What makes a response out of an S(request).
pub(super) const RESPONSE: u8 = 0x20;
pub(super) const RESYNCH: u8 = 0xC0;
pub(super) const IFS: u8 = 0xC1;
pub(super) const ABORT: u8 = 0xC2;
pub(super) const WTX: u8 = 0xC3;

/// The error code of an R-block: the redundancy code or the parity is wrong.
pub(super) const DAMAGED: u8 = 1;
/// The error code of an R-block: everything else.
pub(super) const OTHER: u8 = 2;

/// Whether the PCB, if it can be believed, is one of an R-block.
pub(super) const fn is_receive_ready(pcb: u8) -> bool {
    pcb & 0xC0 == RECEIVE_READY
}

const fn lrc(so_far: u8, bytes: &[u8]) -> u8 {
    let mut lrc = so_far;
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        lrc ^= *first;
        rest = tail;
    }
    lrc
}

/// PCB and INF of a block, or the error code for the R-block that says what is wrong with it.
///
/// Bytes after the block are an error as missing ones are: an LRC of 8 bits is a weak witness for a LEN that the
/// reader's count of bytes contradicts.
pub(super) fn parse(block: &[u8]) -> Result<(u8, &[u8]), u8> {
    let [nad, pcb, len, rest @ ..] = block else { return Err(OTHER) };
    let Some((_, inf)) = rest.split_last() else { return Err(OTHER) };
    if *len == 0xFF || usize::from(*len) != inf.len() {
        return Err(OTHER);
    }
    if lrc(0, block) != 0 {
        return Err(DAMAGED);
    }
    let well_formed = match *pcb {
        // I-blocks: b1 to b5 are reserved.
        0..=0x7F => *pcb & 0x1F == 0,
        // R-blocks: b6 and the error codes from 3 are reserved.
        0x80..=0xBF => *pcb & 0x2F <= OTHER && inf.is_empty(),
        _ => match *pcb & !RESPONSE {
            RESYNCH | ABORT => inf.is_empty(),
            IFS | WTX => inf.len() == 1,
            _ => false,
        },
    };
    if *nad == 0 && well_formed { Ok((*pcb, inf)) } else { Err(OTHER) }
}

/// Writes a block; returns its length, 0 if the buffer is too small.
pub(super) fn emit(out: &mut [u8], pcb: u8, inf: &[u8]) -> usize {
    let (Some(end), Ok(len)) = (inf.len().checked_add(4), u8::try_from(inf.len())) else { return 0 };
    let Some([nad, control, length, rest @ ..]) = out.get_mut(..end) else { return 0 };
    let Some((check, body)) = rest.split_last_mut() else { return 0 };
    *nad = 0;
    *control = pcb;
    *length = len;
    copy(body, inf);
    *check = lrc(pcb ^ len, inf);
    end
}
