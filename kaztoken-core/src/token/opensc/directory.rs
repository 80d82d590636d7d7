//! Inside a PKCS#15 directory file: where its entries stand, and how one is taken out.

use super::super::Error;
use super::entry::Object;
use super::kind::DirectoryKind;
use crate::apdu::tlv::Tlvs;

/// The entries of a directory file, up to the first zero byte or the first broken one.
pub(super) fn entries(kind: DirectoryKind, bytes: &[u8]) -> impl Iterator<Item = Object<'_>> {
    let mut at = 0usize;
    core::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        if matches!(rest.first(), None | Some(0)) {
            return None;
        }
        let mut tlvs = Tlvs::new(rest);
        let entry = tlvs.next()?.ok()?;
        let len = rest.len().saturating_sub(tlvs.rest().len());
        let object = Object::parse(kind, entry, at, len);
        at = at.saturating_add(len);
        Some(object)
    })
}

/// Where the entries end.
pub(super) fn end(kind: DirectoryKind, bytes: &[u8]) -> usize {
    entries(kind, bytes).last().map_or(0, |object| object.at.saturating_add(object.len))
}

/// How a directory file is rewritten so that, cut off after any single write, what stands there
/// still reads well: the writes in their order.
///
/// An entry goes behind the last one in one write. To take one out, a zero first ends the list
/// before it; then what stood behind it moves up, last piece first, and the piece that overwrites
/// that zero comes last. Cut off in between, the list ends before the entry: the names of what
/// stood behind it are lost, their keys and files are not, and `keys` still lists the keys.
pub(super) fn removal(
    bytes: &mut [u8],
    object_at: usize,
    object_len: usize,
    end: usize,
) -> Result<usize, Error> {
    let broken = Error::Malformed { step: super::super::Step::Read, what: "the directory's entries overlap" };
    let tail = object_at.saturating_add(object_len);
    if tail > end || end > bytes.len() {
        return Err(broken);
    }
    bytes.copy_within(tail..end, object_at);
    let new_end = end.saturating_sub(object_len);
    bytes.get_mut(new_end..end).ok_or(broken)?.fill(0);
    Ok(new_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: DirectoryKind = DirectoryKind::Data;

    #[test]
    fn entries_end_at_a_zero_or_at_garbage() {
        let mut bytes = [0; 20];
        bytes[..5].copy_from_slice(&[0x30, 3, 0x30, 1, 7]);
        bytes[5..7].copy_from_slice(&[0xA4, 0]);
        assert_eq!(
            entries(KIND, &bytes).map(|o| (o.at, o.len)).collect::<std::vec::Vec<_>>(),
            [(0, 5), (5, 2)]
        );
        assert_eq!(end(KIND, &bytes), 7);
        bytes[7] = 0x30;
        bytes[8] = 0x7F;
        assert_eq!(end(KIND, &bytes), 7);
        assert_eq!(end(KIND, &[]), 0);
    }

    #[test]
    fn removal_moves_the_rest_up() {
        let mut bytes = [0x30, 1, 1, 0x30, 1, 2, 0x30, 1, 3, 0];
        assert_eq!(removal(&mut bytes, 3, 3, 9), Ok(6));
        assert_eq!(bytes, [0x30, 1, 1, 0x30, 1, 3, 0, 0, 0, 0]);
        assert!(removal(&mut bytes, 3, 9, 6).is_err());
    }
}
