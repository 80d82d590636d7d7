//! PKCS#15 directory files: which there are, finding and writing their entries.

use super::super::Error;
use super::entry::Object;
use crate::apdu::tlv::Tlvs;

/// A directory file of the application folder.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DirectoryKind {
    /// PrKDF, 6002.
    PrivateKeys,
    /// PuKDF, 6001.
    PublicKeys,
    /// CDF, 6004.
    Certificates,
    /// DODF, 6006.
    Data,
}

impl DirectoryKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PrivateKeys, Self::PublicKeys, Self::Certificates, Self::Data];

    pub(super) const fn file_id(self) -> u16 {
        match self {
            Self::PrivateKeys => 0x6002,
            Self::PublicKeys => 0x6001,
            Self::Certificates => 0x6004,
            Self::Data => 0x6006,
        }
    }

    /// Its tag in the object directory file.
    pub(super) const fn odf_tag(self) -> u8 {
        match self {
            Self::PrivateKeys => 0xA0,
            Self::PublicKeys => 0xA1,
            Self::Certificates => 0xA4,
            Self::Data => 0xA7,
        }
    }

    /// The high byte of the files in which its objects' contents lie; the low byte counts.
    pub(super) const fn content_base(self) -> u16 {
        match self {
            Self::PrivateKeys | Self::PublicKeys => 0x0200,
            Self::Certificates => 0x0300,
            Self::Data => 0x0400,
        }
    }
}

/// A record of the object directory file: tag { SEQUENCE { path 3F00/5000/id } }.
pub(super) const fn odf_record(tag: u8, id: u16) -> [u8; 12] {
    let [hi, lo] = id.to_be_bytes();
    [tag, 0x0A, 0x30, 0x08, 0x04, 0x06, 0x3F, 0x00, 0x50, 0x00, hi, lo]
}

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
