//! Data objects and file control information.

use kaztoken_core::apdu::tlv::{Tlvs, find, find_path};
use kaztoken_core::apdu::{AccessMode, Fci};

const MODES: [AccessMode; 4] =
    [AccessMode::CreateOrRead, AccessMode::Update, AccessMode::Use, AccessMode::Delete];

/// Whether `part` is a stretch of `whole`, by value.
fn is_part(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

/// Every value is a stretch of the input, objects do not overlap, and what is written is read back.
pub fn fci_tlv(data: &[u8]) {
    let (mut objects, mut rest, mut failed) = (Tlvs::new(data), data, false);
    let mut seen: Vec<u16> = vec![];
    while let Some(object) = objects.next() {
        assert!(!failed, "objects after an error");
        match object {
            Ok(object) => {
                let after = objects.rest();
                let taken = &rest[..rest.len() - after.len()];
                assert!(taken.len() >= 2 && taken.ends_with(object.value));
                assert!(taken.len() <= object.value.len() + 5);
                if !seen.contains(&object.tag) {
                    assert_eq!(find(data, object.tag), Some(object.value));
                    assert_eq!(find_path(data, &[object.tag]), Some(object.value));
                    seen.push(object.tag);
                }
                rest = after;
            }
            Err(error) => {
                failed = true;
                assert!(!error.to_string().is_empty() && objects.rest().is_empty());
            }
        }
    }
    assert!(failed || rest.is_empty());

    match Fci::parse(data) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(fci) => {
            assert!(is_part(data, &fci.id.to_be_bytes()) && is_part(data, fci.access.as_bytes()));
            assert!(fci.properties.is_none_or(|properties| is_part(data, properties.as_bytes())));
            assert_eq!(Fci::parse(&fci.create_template()), Ok(fci));
            for outer in [0x6F, 0x62] {
                assert_eq!(Fci::parse(&fci.select_answer(outer)), Ok(fci));
            }
            for mode in MODES {
                if let Some(condition) = fci.access.condition(mode) {
                    assert_eq!(fci.access.with(mode, condition), fci.access);
                }
            }
        }
    }
}
