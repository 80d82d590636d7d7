//! Vector files: `name = value` lines, a blank line between records, `#` comments.

use std::collections::HashMap;

use kaztoken_core::gost::{HashAlgorithm, ParameterSet};

pub(crate) struct Record<'a>(HashMap<&'a str, &'a str>);

impl<'a> Record<'a> {
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.0.get(name).unwrap_or_else(|| panic!("{name} is missing in {:?}", self.0))
    }

    pub(crate) fn octets(&self, name: &str) -> Vec<u8> {
        hex(self.text(name))
    }

    /// A printed number as little-endian octets.
    pub(crate) fn little_endian(&self, name: &str) -> Vec<u8> {
        let mut octets = self.octets(name);
        octets.reverse();
        octets
    }

    pub(crate) fn set(&self) -> ParameterSet {
        set_named(self.text("set"))
    }

    pub(crate) fn hash(&self) -> HashAlgorithm {
        let name = self.text("hash");
        use HashAlgorithm::{Gost94CryptoPro, Gost94Test, Streebog256, Streebog512};
        [Streebog256, Streebog512, Gost94Test, Gost94CryptoPro]
            .into_iter()
            .find(|hash| hash.name() == name)
            .unwrap_or_else(|| panic!("no hash {name}"))
    }
}

pub(crate) fn records(file: &str) -> Vec<Record<'_>> {
    file.split("\n\n")
        .map(|paragraph| {
            let lines = paragraph.lines().filter(|line| !line.starts_with('#'));
            Record(lines.filter_map(|line| line.split_once(" =")).map(|(k, v)| (k, v.trim())).collect())
        })
        .filter(|record: &Record<'_>| !record.0.is_empty())
        .collect()
}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn set_named(name: &str) -> ParameterSet {
    ParameterSet::ALL
        .iter()
        .copied()
        .find(|set| set.name() == name)
        .unwrap_or_else(|| panic!("no set {name}"))
}
