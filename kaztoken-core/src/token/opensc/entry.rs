//! Entries of the PKCS#15 directory files: reading any that OpenSC writes, and building ours.

use super::super::keys::{Algorithm, KeyRef};
use super::super::{Error, Path};
use super::kind::DirectoryKind;
use crate::apdu::tlv::{self, Tlv, Tlvs};

/// What a directory entry is, by its outer tag.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EntryClass {
    /// An RSA key or an X.509 certificate or a data object: SEQUENCE.
    Plain,
    /// A GOST R 34.10 key: context tag 4.
    Gost,
    /// Any other tag.
    Other(u16),
}

/// The common attributes' flags.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ObjectFlags {
    /// Reading or using it needs the user PIN.
    pub private: bool,
    /// It may be changed.
    pub modifiable: bool,
}

/// One object of a directory file. Borrows the file's bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Object<'a> {
    /// The directory it stands in.
    pub kind: DirectoryKind,
    /// RSA, GOST or neither.
    pub class: EntryClass,
    /// Its label; bytes that are no UTF-8 make it empty.
    pub label: &'a str,
    /// Its identifier, the same for the parts that belong together; empty for data objects.
    pub id: &'a [u8],
    /// Flags.
    pub flags: ObjectFlags,
    /// The file it lies in.
    pub path: Option<Path>,
    /// Where the entry stands in the directory file.
    pub(super) at: usize,
    /// How long the entry is.
    pub(super) len: usize,
}

impl<'a> Object<'a> {
    /// Reads one entry. What is missing is empty: another program may have written it.
    pub(super) fn parse(kind: DirectoryKind, entry: Tlv<'a>, at: usize, len: usize) -> Self {
        let class = match entry.tag {
            0x30 => EntryClass::Plain,
            0xA4 => EntryClass::Gost,
            other => EntryClass::Other(other),
        };
        let mut parts = Tlvs::new(entry.value).map_while(Result::ok);
        let common = parts.next().map_or(&[][..], |t| t.value);
        let class_attributes = parts.next().map_or(&[][..], |t| t.value);
        let specific = parts.find(|t| t.tag == 0xA1).map_or(&[][..], |t| t.value);
        let text = |bytes: &'a [u8]| core::str::from_utf8(bytes).unwrap_or("");
        let flags = match tlv::find(common, 0x03) {
            Some(&[_, bits, ..]) => ObjectFlags { private: bits & 0x80 != 0, modifiable: bits & 0x40 != 0 },
            _ => ObjectFlags::default(),
        };
        // SEQUENCE { path or SEQUENCE { path } .. }: keys nest one deeper than certificates and data.
        let path = tlv::find_path(specific, &[0x30, 0x30, 0x04])
            .or_else(|| tlv::find_path(specific, &[0x30, 0x04]))
            .and_then(Path::from_bytes);
        Self {
            kind,
            class,
            label: tlv::find(common, 0x0C).map_or("", text),
            id: tlv::find(class_attributes, 0x04).unwrap_or_default(),
            flags,
            path,
            at,
            len,
        }
    }

    /// The key pair's number, for an entry of a private key.
    #[must_use]
    pub fn key(&self) -> Option<KeyRef> {
        let path = self.path?;
        match path.ids() {
            [0x1000, 0x1000, 0x6001 | 0x6002, id] => KeyRef::from_id(*id),
            _ => None,
        }
    }
}

/// A new entry under construction. With the zero that ends the list it fits one UPDATE BINARY.
pub(super) type EntryBuf = heapless::Vec<u8, 254>;

fn seq<const N: usize>(out: &mut heapless::Vec<u8, N>, tag: u8, parts: &[&[u8]]) -> Result<(), Error> {
    tlv::push(out, tag, parts).ok_or(Error::WrongInput { what: "label or identifier are too long" })
}

/// CommonObjectAttributes: label, flags, and for private objects the authenticating PIN 02.
fn common(label: &str, private: bool) -> Result<EntryBuf, Error> {
    let mut inside = EntryBuf::new();
    seq(&mut inside, 0x0C, &[label.as_bytes()])?;
    match private {
        true => {
            seq(&mut inside, 0x03, &[&[0x06, 0xC0]])?;
            seq(&mut inside, 0x04, &[&[0x02]])?;
        }
        false => seq(&mut inside, 0x03, &[&[0x06, 0x40]])?,
    }
    let mut out = EntryBuf::new();
    seq(&mut out, 0x30, &[&inside])?;
    Ok(out)
}

/// Path: SEQUENCE { OCTET STRING 3F00 .. }.
fn path_value(path: Path) -> Result<EntryBuf, Error> {
    let mut octets = EntryBuf::new();
    seq(&mut octets, 0x04, &[&[0x3F, 0x00], &path.to_bytes()])?;
    let mut out = EntryBuf::new();
    seq(&mut out, 0x30, &[&octets])?;
    Ok(out)
}

fn entry(tag: u8, common: &[u8], class: &[&[u8]], specific: &[&[u8]]) -> Result<EntryBuf, Error> {
    let (mut class_seq, mut inner, mut a1, mut out) =
        (EntryBuf::new(), EntryBuf::new(), EntryBuf::new(), EntryBuf::new());
    seq(&mut class_seq, 0x30, class)?;
    seq(&mut inner, 0x30, specific)?;
    seq(&mut a1, 0xA1, &[&inner])?;
    seq(&mut out, tag, &[common, &class_seq, &a1])?;
    Ok(out)
}

fn octets(value: &[u8]) -> Result<EntryBuf, Error> {
    let mut out = EntryBuf::new();
    seq(&mut out, 0x04, &[value])?;
    Ok(out)
}

/// The algorithm's own part of a key entry: modulus length, or the GOST parameter set with no hash
/// and cipher set; and the entry's tag.
fn algorithm_part(algorithm: Algorithm) -> Result<(u8, EntryBuf), Error> {
    let mut part = EntryBuf::new();
    let tag = match algorithm {
        Algorithm::Rsa { bits } => {
            seq(&mut part, 0x02, &[&bits.to_be_bytes()])?;
            0x30
        }
        Algorithm::Gost256(set) => {
            for value in [set.number(), 0, 0] {
                seq(&mut part, 0x02, &[&[value]])?;
            }
            0xA4
        }
        Algorithm::Gost512 => {
            return Err(Error::Unsupported {
                what: "a 512-bit GOST key in OpenSC's layout, which has no form for it",
            });
        }
    };
    Ok((tag, part))
}

/// A private key's entry: usage sign (and for RSA decrypt, sign-recover, unwrap as OpenSC sets
/// them), access sensitive, always sensitive, never extractable, local.
pub(super) fn private_key(
    label: &str,
    id: &[u8],
    key: KeyRef,
    algorithm: Algorithm,
) -> Result<EntryBuf, Error> {
    let (tag, algorithm) = algorithm_part(algorithm)?;
    let usage: &[u8] = if tag == 0xA4 { &[3, 2, 4, 0x30] } else { &[3, 2, 2, 0x74] };
    let rest: &[u8] = &[3, 2, 3, 0xB8, 2, 1, key.get()];
    let path = path_value(Path::PRIVATE_KEYS.child(key.id()))?;
    entry(tag, &common(label, true)?, &[&octets(id)?, usage, rest], &[&path, &algorithm])
}

/// A public key's entry; `file` holds its encoded value.
pub(super) fn public_key(
    label: &str,
    id: &[u8],
    file: Path,
    algorithm: Algorithm,
) -> Result<EntryBuf, Error> {
    let (tag, algorithm) = algorithm_part(algorithm)?;
    let usage: &[u8] = if tag == 0xA4 { &[3, 2, 0, 3] } else { &[3, 2, 0, 0x8B] };
    let rest: &[u8] = &[1, 1, 0, 2, 1, 0];
    let path = path_value(file)?;
    entry(tag, &common(label, false)?, &[&octets(id)?, usage, rest], &[&path, &algorithm])
}

/// A certificate's entry.
pub(super) fn certificate(label: &str, id: &[u8], file: Path) -> Result<EntryBuf, Error> {
    entry(0x30, &common(label, false)?, &[&octets(id)?], &[&path_value(file)?])
}

/// A PIN's entry in the AODF, as `pkcs15-init` writes it: ascii-numeric (letters work all the same),
/// stored length and longest 32.
pub(super) fn push_pin<const N: usize>(
    out: &mut heapless::Vec<u8, N>,
    label: &str,
    reference: u8,
    flags: [u8; 2],
    min_len: u8,
) -> Result<(), Error> {
    let mut common = EntryBuf::new();
    let mut inside = EntryBuf::new();
    seq(&mut inside, 0x0C, &[label.as_bytes()])?;
    seq(&mut inside, 0x03, &[&[0x06, 0xC0]])?;
    seq(&mut common, 0x30, &[&inside])?;
    let [unused, bits] = flags;
    let attributes =
        [3, 2, unused, bits, 0x0A, 1, 1, 2, 1, min_len, 2, 1, 0x20, 2, 1, 0x20, 0x80, 1, reference, 4, 1, 0];
    let (mut inner, mut a1) = (EntryBuf::new(), EntryBuf::new());
    seq(&mut inner, 0x30, &[&attributes])?;
    seq(&mut a1, 0xA1, &[&inner])?;
    seq(out, 0x30, &[&common, &[0x30, 3, 4, 1, reference], &a1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::keys::CryptoProSet;

    fn hex(text: &str) -> std::vec::Vec<u8> {
        let digits: std::string::String = text.split_whitespace().collect();
        (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
    }

    fn read(kind: DirectoryKind, bytes: &[u8]) -> Object<'_> {
        let tlv = Tlvs::new(bytes).next().unwrap().unwrap();
        Object::parse(kind, tlv, 0, bytes.len())
    }

    #[test]
    fn entries_byte_for_byte_as_opensc_writes_them() {
        let key = KeyRef::new(1).unwrap();
        let rsa = Algorithm::Rsa { bits: 2048 };
        let gost = Algorithm::Gost256(CryptoProSet::A);
        let pub_file = Path::PKCS15.child(0x0200);
        let expected = hex(
            "30 38 30 10 0C 07 525341206B6579 03 02 06 C0 04 01 02  30 0E 04 01 42 03 02 02 74 03 02 03 B8 02 01 01
             A1 14 30 12 30 0C 04 0A 3F 00 10 00 10 00 60 02 00 01  02 02 08 00",
        );
        assert_eq!(private_key("RSA key", &[0x42], key, rsa).unwrap().as_slice(), expected);
        let expected = hex(
            "A4 3B 30 0E 0C 05 676F737441 03 02 06 C0 04 01 02  30 0E 04 01 51 03 02 04 30 03 02 03 B8 02 01 01
             A1 19 30 17 30 0C 04 0A 3F 00 10 00 10 00 60 02 00 01  02 01 01 02 01 00 02 01 00",
        );
        assert_eq!(private_key("gostA", &[0x51], key, gost).unwrap().as_slice(), expected);
        let expected =
            hex("30 30 30 0D 0C 07 525341206B6579 03 02 06 40 30 0D 04 01 42 03 02 00 8B 01 01 00 02 01 00
             A1 10 30 0E 30 08 04 06 3F 00 50 00 02 00 02 02 08 00");
        assert_eq!(public_key("RSA key", &[0x42], pub_file, rsa).unwrap().as_slice(), expected);
        let expected =
            hex("A4 33 30 0B 0C 05 676F737441 03 02 06 40 30 0D 04 01 51 03 02 00 03 01 01 00 02 01 00
             A1 15 30 13 30 08 04 06 3F 00 50 00 02 00 02 01 01 02 01 00 02 01 00");
        assert_eq!(public_key("gostA", &[0x51], pub_file, gost).unwrap().as_slice(), expected);
        let expected = hex("30 26 30 11 0C 0B 4365727469666963617465 03 02 06 40 30 03 04 01 60
             A1 0C 30 0A 30 08 04 06 3F 00 50 00 03 00");
        assert_eq!(
            certificate("Certificate", &[0x60], Path::PKCS15.child(0x0300)).unwrap().as_slice(),
            expected
        );
    }

    #[test]
    fn pin_entries_byte_for_byte() {
        let mut pins: heapless::Vec<u8, 256> = heapless::Vec::new();
        push_pin(&mut pins, "Security Officer PIN", 1, [0x00, 0x99], 8).unwrap();
        push_pin(&mut pins, "User PIN", 2, [0x03, 0x98], 6).unwrap();
        let expected =
            hex("30 3B 30 1A 0C 14 5365637572697479204F6666696365722050494E 03 02 06 C0 30 03 04 01 01
             A1 18 30 16 03 02 00 99 0A 01 01 02 01 08 02 01 20 02 01 20 80 01 01 04 01 00
             30 2F 30 0E 0C 08 557365722050494E 03 02 06 C0 30 03 04 01 02
             A1 18 30 16 03 02 03 98 0A 01 01 02 01 06 02 01 20 02 01 20 80 01 02 04 01 00");
        assert_eq!(pins.as_slice(), expected);
    }

    #[test]
    fn what_is_built_is_read() {
        let built =
            private_key("ключ", &[1, 2], KeyRef::new(7).unwrap(), Algorithm::Gost256(CryptoProSet::B))
                .unwrap();
        let object = read(DirectoryKind::PrivateKeys, &built);
        assert_eq!((object.label, object.id, object.class), ("ключ", &[1, 2][..], EntryClass::Gost));
        assert_eq!(object.key(), KeyRef::new(7));
        assert!(object.flags.private);
        let built = certificate("c", &[9], Path::PKCS15.child(0x0301)).unwrap();
        let object = read(DirectoryKind::Certificates, &built);
        assert_eq!((object.path, object.key()), (Some(Path::PKCS15.child(0x0301)), None));
        assert!(!object.flags.private);
    }

    #[test]
    fn a_data_object_of_opensc() {
        let bytes = hex(
            "30 22 30 0D 0C 07 70756264617461 03 02 06 40 30 05 0C 03 617070 A1 0A 30 08 04 06 3F 00 50 00 04 00",
        );
        let object = read(DirectoryKind::Data, &bytes);
        assert_eq!((object.label, object.path), ("pubdata", Some(Path::PKCS15.child(0x0400))));
    }

    #[test]
    fn too_long_names_are_refused() {
        let long = std::string::String::from_utf8(std::vec![b'a'; 240]).unwrap();
        assert!(certificate(&long, &[1], Path::PKCS15.child(0x0300)).is_err());
    }
}
