//! `explain`, in every language.

use crate::support::Folder;

#[test]
fn a_code_in_three_languages() {
    let folder = Folder::empty();
    for (language, says) in
        [("en", "The PIN is blocked."), ("ru", "PIN заблокирован."), ("kk", "PIN бұғатталған.")]
    {
        let text = folder.run(&format!("--lang {language} explain 6983")).ok();
        assert!(text.starts_with("6983: ") && text.contains(says), "{text}");
        let json = folder.run(&format!("--json explain CKR_PIN_LOCKED --lang {language}")).json();
        let explanation = &json["explanations"][0];
        assert_eq!((&explanation["code"], &explanation["meaning"]), (&"0x000000A4".into(), &says.into()));
    }
    folder.run("--lang de explain 6983").fails_in_usage("en, ru or kk");
}

#[test]
fn several_codes_and_several_readings() {
    let folder = Folder::empty();
    let json = folder.run("explain 63C1 -6 TIMEOUT exit:9 --json").json();
    let families: Vec<_> =
        json["explanations"].as_array().unwrap().iter().map(|e| e["family"].as_str().unwrap()).collect();
    assert_eq!(families, ["status", "libusb", "pcsc", "libusb", "exit"]);
    assert_eq!(json["explanations"][0]["meaning"], "One try of this PIN is left.");
}

#[test]
fn what_is_no_code() {
    let folder = Folder::empty();
    folder.run("explain nonsense").fails(2, "nonsense is no code");
    folder.run("explain 6983 nonsense").fails(2, "nonsense is no code");
    folder.run("--lang ru explain nonsense").fails(2, "неизвестный здесь код");
    let run = folder.run_with_input(&["explain", "\u{1b}[31mred\u{202e}"], "");
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    folder.run("explain").fails_in_usage("required");
}
