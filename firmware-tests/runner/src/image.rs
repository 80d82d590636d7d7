//! What an ELF file tells: for which machine it is, and which tests are in it.
//!
//! The tests are found as probe-rs finds them, by the layout of embedded-test 0.7: section `.embedded_test`
//! holds a record for each, which is a function's address and the path of its module as a pointer and a
//! length; the symbol of the record is a JSON object with the test's name and attributes. The record
//! `EMBEDDED_TEST_VERSION` has the number of that layout.

use std::time::Duration;

use object::elf::SHF_ALLOC;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags};
use serde_json::Value;

/// The section with the records of the tests.
const TESTS: &str = ".embedded_test";
/// The number of the layout, which is symbol and value.
const VERSION_SYMBOL: &str = "EMBEDDED_TEST_VERSION";
const VERSION: u32 = 1;
/// The section with the name of QEMU's machine.
const MACHINE: &str = ".kaztoken.machine";

/// One test of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// Its path without the name of the crate.
    pub(crate) name: String,
    /// What the image is told to run.
    pub(crate) address: u32,
    pub(crate) ignored: bool,
    pub(crate) should_panic: bool,
    /// The time limit that it sets itself.
    pub(crate) time_limit: Option<Duration>,
}

/// What is in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// One program.
    Program,
    /// Tests, in the order of their names.
    Tests(Vec<Test>),
}

/// What is known of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// QEMU's name of the machine. `Some("")`: a board that QEMU does not have.
    pub(crate) machine: Option<String>,
    pub(crate) contents: Contents,
}

impl Image {
    /// Reads the bytes of an ELF file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let file = object::File::parse(bytes).map_err(|error| error.to_string())?;
        if file.architecture() != object::Architecture::Arm {
            return Err("not an image for an Arm processor".to_owned());
        }
        let machine = match file.section_by_name(MACHINE) {
            Some(section) => {
                let data = section.data().map_err(|error| error.to_string())?;
                let name = str::from_utf8(data).map_err(|_| "the machine's name is not text")?;
                Some(name.trim_matches('\0').to_owned())
            }
            None => None,
        };
        let contents = match file.section_by_name(TESTS) {
            Some(section) => Contents::Tests(tests(&file, &section)?),
            None => Contents::Program,
        };
        Ok(Self { machine, contents })
    }
}

fn tests<'d>(file: &object::File<'d>, section: &object::Section<'d, '_>) -> Result<Vec<Test>, String> {
    let data = section.data().map_err(|error| error.to_string())?;
    let word = |address: u64| -> Option<u32> {
        let at = usize::try_from(address.checked_sub(section.address())?).ok()?;
        Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
    };
    let mut tests = Vec::new();
    let mut version = None;
    for symbol in file.symbols().filter(|symbol| symbol.section_index() == Some(section.index())) {
        let Ok(name) = symbol.name() else { continue };
        let address = symbol.address();
        if name == VERSION_SYMBOL {
            version = word(address);
        } else if name.starts_with('{') {
            let damaged = || format!("the record of {name} is damaged");
            let attributes: Value = serde_json::from_str(name).map_err(|_| damaged())?;
            let [function, module, length] = [0, 4, 8].map(|offset| word(address.wrapping_add(offset)));
            let module = text(file, module.ok_or_else(damaged)?, length.ok_or_else(damaged)?);
            let path = module.ok_or_else(damaged)?;
            let path = path.split_once("::").map_or("", |(_, path)| path);
            let own = attributes["name"].as_str().ok_or_else(damaged)?;
            tests.push(Test {
                name: if path.is_empty() { own.to_owned() } else { format!("{path}::{own}") },
                address: function.ok_or_else(damaged)?,
                ignored: attributes["ignored"] == true,
                should_panic: attributes["should_panic"] == true,
                time_limit: attributes["timeout"].as_u64().map(Duration::from_secs),
            });
        }
    }
    if version != Some(VERSION) {
        return Err(format!("the tests' layout is {version:?}, and known is {VERSION} of embedded-test 0.7"));
    }
    tests.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tests)
}

/// Text in what the image loads.
fn text(file: &object::File<'_>, address: u32, length: u32) -> Option<String> {
    // The records' own section is not loaded and has addresses of its own.
    let is_loaded =
        |flags| matches!(flags, SectionFlags::Elf { sh_flags } if sh_flags & u64::from(SHF_ALLOC) != 0);
    let bytes = file
        .sections()
        .filter(|section| is_loaded(section.flags()))
        .find_map(|section| section.data_range(address.into(), length.into()).ok().flatten())?;
    String::from_utf8(bytes.to_vec()).ok()
}
