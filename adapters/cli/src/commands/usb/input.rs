//! Descriptors from a file.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::said::Said as _;
use kaztoken_core::ccid::{ClassDescriptor, DescriptorError};
use kaztoken_usb::InterfaceDescriptor;
use std::io::Read;
use std::path::Path;

/// More than any configuration has: wTotalLength is 16 bits, and hexadecimal takes three characters a byte.
const LONGEST_FILE: u64 = 1 << 20;

/// What the bytes are.
#[derive(Debug)]
pub(super) enum Source {
    /// The class descriptor, alone or between others.
    Class(Vec<u8>),
    /// The smart card interfaces of a configuration.
    Interfaces {
        /// idVendor, idProduct and bcdDevice, where a device descriptor stands before it.
        ids: Option<(u16, u16, u16)>,
        interfaces: Vec<InterfaceDescriptor>,
    },
}

/// Reads descriptors, as bytes or hexadecimal, from a file or (`-`) from stdin.
pub(super) fn read(file: &Path) -> Result<Source> {
    let mut content = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_FILE).read_to_end(&mut content)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST_FILE).read_to_end(&mut content))
    };
    read.map_err(|error| Problem::file(file, &error))?;
    source(&content).map_err(|message| {
        Problem::new(Code::Data, {
            say!("describe-file-problem", path = file.display().to_string(), text = message)
        })
    })
}

fn source(content: &[u8]) -> Result<Source, String> {
    let is_text = content.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    let bytes = if is_text { hexadecimal(content)? } else { content.to_vec() };
    let word = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    match bytes[..] {
        [] => Err(say!("describe-file-empty")),
        [_, 1 | 2 | 4, ..] => {
            let mut interfaces =
                InterfaceDescriptor::of_configuration(&bytes).map_err(|error| error.said())?;
            let number = interfaces.len();
            interfaces.retain(|interface| interface.is_smart_card() || interface.class_descriptor().is_ok());
            if interfaces.is_empty() {
                return Err(say!("describe-file-no-interface", count = number));
            }
            let ids = if bytes[1] == 1 { word(8).zip(word(10)).zip(word(12)) } else { None };
            Ok(Source::Interfaces {
                ids: ids.map(|((vendor, product), release)| (vendor, product, release)),
                interfaces,
            })
        }
        _ => match ClassDescriptor::read(&bytes) {
            Ok(_) => Ok(Source::Class(bytes)),
            Err(DescriptorError::NotFound { got }) => Err(say!("describe-file-no-class", count = got)),
            Err(error) => Err(error.said()),
        },
    }
}

/// Digits in pairs; blanks, colons, commas, dashes and 0x may stand between pairs.
fn hexadecimal(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    let place = |rest: &[u8]| {
        let before = text.get(..text.len() - rest.len()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        say!("describe-file-place", line = line, column = column)
    };
    loop {
        rest = match *rest {
            [] => return Ok(bytes),
            [b'0', b'x' | b'X', ref after @ ..] => after,
            [b'\t' | b'\n' | b'\r' | b' ' | b':' | b',' | b'-', ref after @ ..] => after,
            [high, ref after @ ..] => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let wrong = |byte: u8, rest: &[u8]| {
                    let name = char::from(byte).escape_default().to_string();
                    say!("describe-file-no-digit", name = name, place = place(rest))
                };
                let high = digit(high).ok_or_else(|| wrong(high, rest))?;
                let (low, after) = match *after {
                    [low, ref rest @ ..] if low.is_ascii_graphic() => {
                        (digit(low).ok_or_else(|| wrong(low, after))?, rest)
                    }
                    _ => return Err(say!("describe-file-half", place = place(rest))),
                };
                bytes.push(high << 4 | low);
                after
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_in_its_usual_forms() {
        for text in ["3621ff", "36 21 FF", "0x36,0x21, 0xFF", "36:21:ff\n", "36\r\n21-ff"] {
            assert_eq!(hexadecimal(text.as_bytes()), Ok(vec![0x36, 0x21, 0xFF]), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, expected) in [
            ("3", "line 1, column 1 has no second"),
            ("36 2\n1", "line 1, column 4 has no second"),
            ("36\n2g", "`g` at line 2, column 2"),
            ("zz", "`z` at line 1, column 1"),
        ] {
            let error = hexadecimal(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
        for (content, expected) in [
            (&b""[..], "is empty"),
            (b" \n", "is empty"),
            (b"36 21", "type 21) in its 2 bytes"),
            (b"\x09\x02\x09\x00\x00\x01\x00\x80\x32", "none of its 0"),
            (b"\x09\x02\x09", "offset 0"),
        ] {
            let error = source(content).unwrap_err();
            assert!(error.contains(expected), "{content:?}: {error}");
        }
    }
}
