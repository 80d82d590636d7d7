//! The little of DER and PEM that keys and certificates need.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::whole_file;
use kaztoken_core::apdu::tlv::{Tlv, Tlvs};
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) const SEQUENCE: u16 = 0x30;
pub(crate) const INTEGER: u16 = 0x02;
pub(crate) const BIT_STRING: u16 = 0x03;
pub(crate) const OID: u16 = 0x06;

/// More than any certificate or key that a token could hold, so that a wrong file is not read whole.
const MAX_FILE: u64 = 1024 * 1024;

/// A data object: tag, length in the shortest form, the parts joined.
pub(crate) fn object(tag: u16, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let len = value.len().to_be_bytes();
    let significant = len.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
    let mut out = vec![tag as u8];
    match value.len() {
        0..=0x7F => out.push(value.len() as u8),
        _ => {
            out.push(0x80 | significant.len() as u8);
            out.extend(significant);
        }
    }
    out.extend(value);
    out
}

/// A positive INTEGER from its bytes, most significant first.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let bytes = unsigned(bytes);
    let sign: &[u8] = if bytes.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    object(INTEGER, &[sign, bytes])
}

/// Without leading zeros.
pub(crate) fn unsigned(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The next data object, which must have this tag.
pub(crate) fn next<'a>(objects: &mut Tlvs<'a>, tag: u16) -> Option<&'a [u8]> {
    match objects.next()? {
        Ok(Tlv { tag: found, value }) if found == tag => Some(value),
        _ => None,
    }
}

/// The content of the one data object that the bytes are, with its tag.
pub(crate) fn only(bytes: &[u8], tag: u16) -> Option<&[u8]> {
    let mut objects = Tlvs::new(bytes);
    let value = next(&mut objects, tag)?;
    objects.rest().is_empty().then_some(value)
}

/// A file of the person's own, of a sensible size.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let mut bytes = Vec::new();
    // The limit is on what is read: a device or a pipe does not tell its length.
    File::open(path).map_err(failed)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        let message = say!("der-too-long", path = path.display().to_string(), count = MAX_FILE);
        return Err(Problem::new(Code::Data, message));
    }
    Ok(bytes)
}

/// DER from a file that may be PEM.
pub(crate) fn read_der(path: &Path) -> Result<Vec<u8>> {
    let bytes = read_file(path)?;
    if !bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
        return Ok(bytes);
    }
    let pem = pem_rfc7468::decode_vec(bytes.trim_ascii_start());
    pem.map(|(_, der)| der).map_err(|error| {
        let (path, text) = (path.display().to_string(), error.to_string());
        Problem::new(Code::Data, say!("der-broken-pem", path = path, text = text))
    })
}

/// PEM, without the last line feed.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap_or_default();
    text.trim_end().to_owned()
}

/// Writes a file as DER when its name ends in `.der`, else as PEM.
pub(crate) fn write(path: &Path, label: &str, der: &[u8]) -> Result<()> {
    let as_der = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("der"));
    let bytes = if as_der { der.to_vec() } else { format!("{}\n", pem(label, der)).into_bytes() };
    whole_file::put(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for len in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF] {
            let bytes = object(SEQUENCE, &[&vec![7; len]]);
            assert_eq!(only(&bytes, SEQUENCE).map(<[u8]>::len), Some(len));
        }
        assert_eq!(object(4, &[&[1], &[2]]), [4, 2, 1, 2]);
    }

    #[test]
    fn integers() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
    }
}
