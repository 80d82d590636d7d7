//! As much of a 32-bit little-endian ELF file as tells an image's size and what is linked into it.

/// Bytes by where they end up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Code and constants: flash.
    pub(crate) text: u32,
    /// Variables with a first value: flash and RAM.
    pub(crate) data: u32,
    /// Variables that start as zero: RAM.
    pub(crate) bss: u32,
}

/// What is known of an image.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) sizes: Sizes,
    pub(crate) symbols: Vec<Symbol>,
}

/// What has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// As the linker knows it, mangled.
    pub(crate) name: String,
    /// Bytes; 0 for mere labels.
    pub(crate) size: u32,
}

const SYMBOL_TABLE: u32 = 2;
const NO_BITS: u32 = 8;
const WRITE: u32 = 1;
const ALLOCATED: u32 = 2;

struct Section {
    kind: u32,
    flags: u32,
    offset: u32,
    size: u32,
    link: u32,
}

/// Reads the section headers and the symbol table.
pub(crate) fn read(file: &[u8]) -> Result<Image, String> {
    if file.get(..6) != Some(b"\x7fELF\x01\x01".as_slice()) {
        return Err("not a 32-bit little-endian ELF file".to_owned());
    }
    read_checked(file).ok_or_else(|| "the ELF file is truncated".to_owned())
}

fn read_checked(file: &[u8]) -> Option<Image> {
    let (table, entry, count) = (word(file, 32)?, half(file, 46)?, half(file, 48)?);
    let section = |index: u32| {
        let at = table.checked_add(index.checked_mul(entry)?)?;
        let field = |offset: u32| word(file, at.checked_add(offset)?);
        Some(Section {
            kind: field(4)?,
            flags: field(8)?,
            offset: field(16)?,
            size: field(20)?,
            link: field(24)?,
        })
    };
    let mut image = Image { sizes: Sizes::default(), symbols: Vec::new() };
    for index in 0..count {
        let this = section(index)?;
        if this.flags & ALLOCATED != 0 {
            let sizes = &mut image.sizes;
            let sum = match (this.flags & WRITE != 0, this.kind == NO_BITS) {
                (false, _) => &mut sizes.text,
                (true, false) => &mut sizes.data,
                (true, true) => &mut sizes.bss,
            };
            *sum = sum.checked_add(this.size)?;
        }
        if this.kind == SYMBOL_TABLE {
            let names = bytes(file, &section(this.link)?)?;
            for symbol in bytes(file, &this)?.chunks_exact(16) {
                let name =
                    names.get(usize::try_from(word(symbol, 0)?).ok()?..)?.split(|byte| *byte == 0).next()?;
                image.symbols.push(Symbol {
                    name: String::from_utf8_lossy(name).into_owned(),
                    size: word(symbol, 8)?,
                });
            }
        }
    }
    Some(image)
}

fn bytes<'a>(file: &'a [u8], section: &Section) -> Option<&'a [u8]> {
    let start = usize::try_from(section.offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(section.size).ok()?)?)
}

fn word(file: &[u8], at: u32) -> Option<u32> {
    file.get(usize::try_from(at).ok()?..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn half(file: &[u8], at: u32) -> Option<u32> {
    file.get(usize::try_from(at).ok()?..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with .text (12 bytes), .data (8), .bss (100), a debug section, and symbols `main` and `__rust_alloc`.
    fn sample() -> Vec<u8> {
        let names = b"\0main\0__rust_alloc\0";
        let mut file = b"\x7fELF\x01\x01".to_vec();
        file.resize(52, 0);
        let names_at = file.len();
        file.extend(names);
        let symbols_at = file.len();
        for name in [1u32, 6] {
            file.extend(name.to_le_bytes());
            file.extend([0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
        }
        let table = file.len() as u32;
        let sections: [[u32; 5]; 6] = [
            [1, ALLOCATED | 4, 0, 12, 0],
            [1, ALLOCATED | WRITE, 0, 8, 0],
            [NO_BITS, ALLOCATED | WRITE, 0, 100, 0],
            [1, 0, 0, 5000, 0],
            [SYMBOL_TABLE, 0, symbols_at as u32, 32, 5],
            [3, 0, names_at as u32, names.len() as u32, 0],
        ];
        for [kind, flags, offset, size, link] in sections {
            for field in [0, kind, flags, 0, offset, size, link, 0, 0, 0] {
                file.extend(field.to_le_bytes());
            }
        }
        file[32..36].copy_from_slice(&table.to_le_bytes());
        file[46..48].copy_from_slice(&40u16.to_le_bytes());
        file[48..50].copy_from_slice(&6u16.to_le_bytes());
        file
    }

    #[test]
    fn sizes_and_symbols_are_found() {
        let image = read(&sample()).expect("a sound file");
        assert_eq!(image.sizes, Sizes { text: 12, data: 8, bss: 100 });
        let symbols: Vec<_> =
            image.symbols.iter().map(|symbol| (symbol.name.as_str(), symbol.size)).collect();
        assert_eq!(symbols, [("main", 7), ("__rust_alloc", 7)]);
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let file = sample();
        // Of the last section header the last three fields are not read.
        for length in 0..file.len() - 12 {
            assert!(read(&file[..length]).is_err(), "{length} bytes");
        }
    }
}
