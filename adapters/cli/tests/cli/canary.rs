//! The PINs of these tests are words that stand nowhere else. What commands leave behind is searched for them; what
//! they print is searched at every run (see `support`).

use crate::support::{CANARY, Folder, PINS};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Every file below, the virtual tokens left out: by their nature they hold their PINs, and say so when they are made.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => files(&path, into),
            path if path.extension().is_some_and(|extension| extension == "kzt") => {}
            path if path.metadata().is_ok_and(|metadata| metadata.is_file()) => into.push(path),
            _ => {}
        }
    }
}

/// A file's bytes; of an archive those of the files in it, too.
fn contents(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    if bytes.starts_with(b"PK") {
        let mut zip = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        for index in 0..zip.len() {
            zip.by_index(index).unwrap().read_to_end(&mut bytes).unwrap();
        }
    }
    bytes
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[test]
fn no_file_that_a_command_leaves_holds_a_pin() {
    let folder = Folder::formatted();
    folder.write("document", "100 tenge");
    folder.write("user.pin", format!("{}\n", PINS.iter().find(|pin| pin.0 == "USER").unwrap().1));
    let rig = folder.rig(&["--virtual", "t.kzt"]);
    let over_rig = format!("--via rig:{} --rig-log rig.log", rig.address);
    let commands = [
        "pin verify --pin-source env:USER --trace 1.ktrace",
        "pin verify --pin-source file:user.pin --trace 2.ktrace -vv",
        "pin verify --pin-source env:WRONG --trace 3.ktrace --json",
        "pin verify --pin-source env:USER --dry-run --trace 4.ktrace",
        "pin change --pin-source env:USER --new-pin-source env:NEW --trace 5.ktrace",
        "pin set --admin-pin-source env:ADMIN --new-pin-source env:USER --trace 6.ktrace",
        "pin unblock --admin-pin-source env:ADMIN --trace 7.ktrace",
        "admin-pin change --pin-source env:ADMIN --new-pin-source env:ADMIN --trace 8.ktrace",
        "key generate --label pay --pin-source env:USER --trace 9.ktrace --public-key pay.pem",
        "sign document --pin-source env:USER --trace 10.ktrace",
        "status --trace 11.ktrace",
        "doctor --bundle report.zip --trace 12.ktrace",
        "token backup copy",
        "pin verify --pin-source env:LONG --trace 13.ktrace",
    ];
    for command in commands {
        folder.token(command);
    }
    for number in 1..=12 {
        folder.run(&format!("trace redact {number}.ktrace {number}.redacted"));
        folder.run(&format!("trace export usbmon {number}.ktrace {number}.pcap"));
        folder.run(&format!("trace export ccid-log {number}.ktrace {number}.log"));
        folder.run(&format!("trace export transcript {number}.ktrace {number}.txt"));
    }
    folder.run("trace to-test 3.ktrace --out made");
    for command in
        ["pin verify --pin-source env:USER", "pin verify --pin-source env:WRONG --trace rig.ktrace"]
    {
        folder.run(&format!("{over_rig} {command}"));
    }
    fs::remove_file(folder.path("user.pin")).unwrap();
    let mut left = Vec::new();
    files(&folder.path(""), &mut left);
    assert!(left.len() > 60, "{left:?}");
    let hexadecimal = |separator: &str| {
        let bytes: Vec<_> = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(separator).into_bytes()
    };
    for path in &left {
        let bytes = contents(path);
        for part in [CANARY.as_bytes().to_vec(), hexadecimal(""), hexadecimal(" "), hexadecimal(":")] {
            assert!(!has(&bytes, &part), "a PIN in {}", path.display());
        }
    }
    // The search is not blind: a virtual token holds its PINs.
    assert!(has(&folder.read("t.kzt"), CANARY.as_bytes()));
}
