//! The table of tokens: every public answer to reset, by its bytes.

use kaztoken_core::atr::{Atr, CommandSet, Family, Model, Protocols, Tck};

/// Name, protocols, answer to reset, as published.
const ROWS: &[(&str, Protocols, &str)] = &[
    ("Rutoken ECP", Protocols::T1, "3B8B01 5275746F6B656E20454350 A0"),
    ("Rutoken ECP 2.0 or 3.0", Protocols::T1, "3B8B01 5275746F6B656E20445320 C1"),
    ("Rutoken ECP SC", Protocols::T0, "3B9C9600 5275746F6B656E4543507363"),
    ("Rutoken ECP SC", Protocols::T0AndT1, "3B9C94801140 5275746F6B656E4543507363 C3"),
    ("Rutoken ECP 3.0 NFC", Protocols::T0AndT1, "3B9C97801140 5275746F6B656E4543507363 C0"),
    ("Rutoken ECP SC or 3.0 NFC, radio", Protocols::Contactless, "3B888001 52745343 77818320 6A"),
    ("Rutoken ECP 3.0, radio type B", Protocols::Contactless, "3B8C800150 DEADBEEF 52745343 778183D9"),
    ("Rutoken Lite", Protocols::T1, "3B8B01 5275746F6B656E6C697465 C2"),
    ("Rutoken Lite SC", Protocols::T0, "3B9E9600 5275746F6B656E4C697465534332"),
    ("Rutoken Lite SD", Protocols::Unknown, "3B8B00 5275746F6B656E6C745344 E3"),
    ("Rutoken ECP Bluetooth", Protocols::T1, "3B8B01 5275746F6B656E44534254 D7"),
    ("Rutoken PINPad", Protocols::T1, "3B8B01 527450494E506164202032 9C"),
    ("Rutoken 2151", Protocols::T0, "3B1A96 7275746F6B656E6D7363"),
    ("Rutoken 2151, radio", Protocols::Contactless, "3B888001 52744D43 0081C100 61"),
    ("Rutoken Mikron", Protocols::T0, "3B78130000 7275746F6B656E6D"),
    ("Rutoken Mikron SC", Protocols::T0, "3B7A130000 7275746F6B656E6D7363"),
    ("Rutoken Magistra", Protocols::T0, "3B989600 8031C072F7418107"),
    ("Rutoken S", Protocols::T0, "3B6F00FF 00567275546F6B6E73302000009000"),
    ("uaToken S", Protocols::T0, "3B6F00FF 00567561546F6B6E73302000009000"),
    ("KAZTOKEN", Protocols::T1, "3B8801 4B415A544F4B454E 82"),
    ("KAZTOKEN SC", Protocols::T0, "3B989600 4B415A544F4B454E"),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_published_answer_names_its_model() {
    for &(name, protocols, atr) in ROWS {
        let model = Model::from_atr(&bytes(atr)).unwrap_or_else(|| panic!("{name}: {atr} is unknown"));
        assert_eq!((model.name, model.protocols), (name, protocols), "{atr}");
    }
    assert_eq!(Model::all().len(), ROWS.len(), "a row without a test");
}

#[test]
fn the_table_agrees_with_the_bytes() {
    for model in Model::all() {
        let atr = Atr::parse(model.atr()).unwrap();
        let offered = (atr.offers(0), atr.offers(1));
        match model.protocols {
            Protocols::T0 => assert_eq!(offered, (true, false), "{}", model.name),
            Protocols::T1 => assert_eq!(offered, (false, true), "{}", model.name),
            Protocols::T0AndT1 => assert_eq!(offered, (true, true), "{}", model.name),
            _ => continue,
        }
        let expected = if atr.offers(1) { Tck::Correct } else { Tck::NotNeeded };
        assert_eq!(atr.tck(), expected, "{}", model.name);
    }
}

#[test]
fn both_kaztokens_speak_rutoken_ecp() {
    for atr in ["3B8801 4B415A544F4B454E 82", "3B989600 4B415A544F4B454E"] {
        let model = Model::from_atr(&bytes(atr)).unwrap();
        assert_eq!((model.family, model.command_set), (Family::Kaztoken, CommandSet::RutokenEcp));
    }
}

#[test]
fn masked_rows_take_variants_and_nothing_else() {
    let name = |hex| Model::from_atr(&bytes(hex)).map(|model| model.name);
    // Another speed of the card.
    assert_eq!(name("3B9C9500 5275746F6B656E4543507363"), Some("Rutoken ECP SC"));
    assert_eq!(name("3B9C95801140 5275746F6B656E4543507363 C2"), Some("Rutoken ECP SC"));
    assert_eq!(name("3B9E9500 5275746F6B656E4C697465534332"), Some("Rutoken Lite SC"));
    // Other letters, another length, KAZTOKEN with another speed.
    assert_eq!(name("3B9C9600 5275746F6B656E4543507364"), None);
    assert_eq!(name("3B9C9600 5275746F6B656E45435073"), None);
    assert_eq!(name("3B989500 4B415A544F4B454E"), None);
    assert_eq!(name(""), None);
}
