//! What is known to come of every case: `expected.txt`, one block of lines each.
//!
//! ```text
//! F4
//! ours error Violation(Slot { expected: 0, got: 1 })
//! libccid 6A82
//! why libccid does not look at bSlot
//! ```
//!
//! `why` is there when the two differ, or when ours is not what the case demands. The first block holds
//! the figures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) ours: String,
    pub(crate) libccid: String,
    pub(crate) why: Option<String>,
}

/// The file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) figures: Vec<String>,
    pub(crate) cases: BTreeMap<String, Known>,
}

impl Expected {
    /// A file that is not there has nothing.
    pub(crate) fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut expected = Self::default();
        for block in text.split("\n\n") {
            let mut lines = block.lines().filter(|line| !line.starts_with('#'));
            match lines.next() {
                None => {}
                Some("figures") => expected.figures = lines.map(str::to_owned).collect(),
                Some(label) => {
                    let mut known = Known::default();
                    for line in lines {
                        match line.split_once(' ') {
                            Some(("ours", text)) => text.clone_into(&mut known.ours),
                            Some(("libccid", text)) => text.clone_into(&mut known.libccid),
                            Some(("why", text)) => known.why = Some(text.to_owned()),
                            _ => {}
                        }
                    }
                    expected.cases.insert(label.to_owned(), known);
                }
            }
        }
        expected
    }
}
