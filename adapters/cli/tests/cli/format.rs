//! Formatting and everything that must stop it.

use crate::support::{Folder, SERIAL};

const ADMIN: &str = "--admin-pin-source env:FACTORY_ADMIN";

#[test]
fn with_options() {
    let folder = Folder::factory();
    let (code, document) = folder.json(&format!(
        "format --label Bank --yes --serial {SERIAL} {ADMIN} --new-pin-source env:USER \
         --new-admin-pin-source env:ADMIN --user-tries 3 --admin-tries 4 --min-user-len 8 --user-pin-change user"
    ));
    assert_eq!((code, &document["label"]), (0, &"Bank".into()));
    assert_eq!(folder.tries(), (3, 4));
    folder.token("pin change --pin-source env:USER --new-pin-source env:NEW").ok();
    folder.token("pin set --pin-source env:ADMIN --new-pin-source env:USER").fails(1, "right");
    folder.token("pin verify --pin-source env:NEW").ok();
}

#[test]
fn pins_stay_or_are_the_factorys() {
    let folder = Folder::factory();
    let run = folder.token(&format!("format --yes --serial {SERIAL} {ADMIN}"));
    assert!(run.stdout.contains("everybody knows"), "{}", run.stdout);
    run.ok();
    folder.token("pin verify --pin-source env:FACTORY_USER").ok();
    folder.token("pin verify --admin --pin-source env:FACTORY_ADMIN").ok();
}

#[test]
fn the_serial_number_is_typed() {
    let folder = Folder::factory();
    let format = ["--virtual", "t.kzt", "format", "--label", "Typed"];
    let run = folder.run_with_input(&format, "47738461\n87654321\n");
    run.fails(9, "not that of this token");
    folder.run_with_input(&format, "yes\n87654321\n").fails(9, "no serial number");
    folder.run_with_input(&format, "").fails(9, "not typed");
    assert!(folder.token("status").ok().contains("<no label>"));
    let run = folder.run_with_input(&format, &format!("{SERIAL}\n87654321\n"));
    assert!(run.stderr.contains("erases everything"), "{}", run.stderr);
    run.ok();
    assert!(folder.token("status").ok().contains("Typed"));
}

#[test]
fn what_stops_it() {
    let folder = Folder::with_key();
    let stopped = |options: &str, code, says: &str| {
        folder.token(&format!("format --pin-source env:ADMIN {options}")).fails(code, says);
    };
    stopped(&format!("--yes --serial {SERIAL}"), 9, "--erase-keys");
    stopped("--yes --erase-keys", 9, "--serial");
    stopped(&format!("--serial {SERIAL} --erase-keys"), 9, "--yes");
    stopped("--yes --serial 1 --erase-keys", 9, "not that of this token");
    stopped(&format!("--yes --serial {SERIAL} --erase-keys --label {}", "x".repeat(33)), 2, "--label");
    stopped(&format!("--yes --serial {SERIAL} --erase-keys --new-pin-source env:SHORT"), 9, "at least 6");
    folder
        .token(&format!("format --pin-source env:WRONG --yes --serial {SERIAL} --erase-keys"))
        .fails(7, "9 tries");
    let status = folder.token("status").ok();
    assert!(status.contains("in use") && status.contains("Test"), "as before: {status}");
    folder.token(&format!("format --pin-source env:ADMIN --yes --serial {SERIAL} --erase-keys")).ok();
    assert!(folder.token("status").ok().contains("empty: ready"));
}

#[test]
fn a_token_without_pins() {
    let folder = Folder::empty();
    folder.run("virtual new t.kzt --serial 1198752865 --blank").ok();
    assert!(folder.token("status").ok().contains("not formatted"));
    folder.token("pin verify --pin-source env:USER").fails(1, "no such PIN");
    folder.token("key generate --pin-source env:USER").fails(1, "format it first");
    let run = folder.token(&format!("format --yes --serial {SERIAL} --new-pin-source env:USER"));
    assert!(run.stderr.contains("factory value"), "{}", run.stderr);
    run.ok();
    folder.token("pin verify --pin-source env:USER").ok();
}
