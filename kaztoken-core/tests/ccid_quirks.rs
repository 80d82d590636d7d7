//! The table of readers that depart from the class.

use kaztoken_core::ccid::Quirks;

#[test]
fn what_is_known_of_a_reader() {
    assert_eq!(Quirks::of(0x2F7C, 0x6007), Quirks::CHAINED_ANSWERS);
    let nitrokey = Quirks::of(0x20A0, 0x42B2);
    assert!(nitrokey.contains(Quirks::CHAINED_ANSWERS.and(Quirks::EMPTY_TRANSFERS)));
    assert!(!nitrokey.contains(Quirks::TRAILING_BYTES));
    assert!(Quirks::of(0x072F, 0x8300).contains(Quirks::TRAILING_BYTES));
}

#[test]
fn most_readers_have_none() {
    // Vendor and product belong together.
    for (vendor, product) in [(0x0A89, 0x0030), (0x20A0, 0x6007), (0x6007, 0x2F7C), (0, 0), (0xFFFF, 0xFFFF)]
    {
        assert_eq!(Quirks::of(vendor, product), Quirks::NONE, "{vendor:04X}:{product:04X}");
    }
    assert!(Quirks::NONE.is_empty());
    assert_eq!(Quirks::NONE.to_string(), "none known");
    assert_eq!(Quirks::NONE.names().count(), 0);
}

#[test]
fn every_row_is_found_has_a_quirk_and_names_its_source() {
    let rows: Vec<_> = Quirks::known_readers().collect();
    for row in &rows {
        let id = (row.vendor_id, row.product_id);
        assert_eq!(Quirks::of(id.0, id.1), row.quirks, "{id:04X?}");
        assert!(!row.quirks.is_empty(), "{id:04X?}");
        // repository:path or repository#thread.
        let repository = row.source.split_once('/').expect(row.source);
        assert!(!repository.0.contains(' ') && repository.1.contains([':', '#']), "{}", row.source);
    }
    let ids: Vec<_> = rows.iter().map(|row| (row.vendor_id, row.product_id)).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "sorted and without repetition: {ids:04X?}");
}

#[test]
fn every_quirk_has_a_bit_and_a_name_of_its_own() {
    let all = [
        Quirks::TRAILING_BYTES,
        Quirks::EMPTY_TRANSFERS,
        Quirks::CHAINED_ANSWERS,
        Quirks::MISTYPED_ERRORS,
        Quirks::SHORT_APDUS_ONLY,
        Quirks::NO_IFSD_EXCHANGE,
        Quirks::IFSD_254,
        Quirks::PARAMETERS_REFUSED,
        Quirks::DEFAULT_RATE_ONLY,
        Quirks::POWER_OFF_FIRST,
    ];
    let mut together = Quirks::NONE;
    for quirk in all {
        assert!(!together.contains(quirk), "{quirk:?}");
        assert_eq!(quirk.names().count(), 1, "{quirk:?}");
        together = together.and(quirk);
    }
    assert!(all.iter().all(|quirk| together.contains(*quirk)));
    assert_eq!(together.names().count(), all.len());
    assert_eq!(together.to_string().split(", ").count(), all.len());
}
