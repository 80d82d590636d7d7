//! `token backup` and `token restore-check`.

use crate::certificates::certificate;
use crate::support::{Folder, SERIAL};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_public_and_nothing_else_without_a_pin() {
    let folder = Folder::with_key();
    folder.write("cert.der", certificate(&folder, 40));
    folder.token("cert import cert.der --pin-source env:USER").ok();
    let said = folder.token("--trace b.ktrace token backup copy").ok();
    assert!(
        said.contains("01-certificate-TOO_Primer.der") && said.contains("never leaves the token"),
        "{said}"
    );
    let trace = String::from_utf8(folder.read("b.ktrace")).unwrap();
    assert!(
        !trace.contains("apdu> 00 20 00 02 *") && !trace.contains("apdu> 00 20 00 01 *"),
        "no PIN is sent"
    );
    let copy = folder.path("copy");
    assert_eq!(names(&copy), ["01-certificate-TOO_Primer.der", "02-public-key-pay.pem", "manifest.json"]);
    assert_eq!(folder.read("copy/01-certificate-TOO_Primer.der"), folder.read("cert.der"));
    assert_eq!(folder.read("copy/02-public-key-pay.pem"), folder.read("pay.pem"));
    let manifest: Value = serde_json::from_slice(&folder.read("copy/manifest.json")).unwrap();
    assert_eq!((&manifest["serial"], &manifest["kaztoken_backup"]), (&SERIAL.into(), &1.into()));
    assert_eq!(manifest["files"][1]["key"], 1);
    folder.token("token restore-check copy").ok();
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn what_differs_is_told() {
    let folder = Folder::with_key();
    folder.token("token backup copy").ok();
    folder.token("key generate --label more --pin-source env:USER").ok();
    let (code, more) = folder.json("token restore-check copy");
    assert_eq!((code, &more["good"], &more["added"][0]["label"]), (0, &true.into(), &"more".into()));
    let file = "copy/01-public-key-pay.pem";
    let mut bytes = folder.read(file);
    bytes[30] ^= 1;
    folder.write(file, &bytes);
    let (code, damaged) = folder.json("token restore-check copy");
    assert_eq!(
        (code, &damaged["files"][0]["whole"], &damaged["files"][0]["on_token"]),
        (13, &false.into(), &true.into())
    );
    bytes[30] ^= 1;
    folder.write(file, &bytes);
    folder.token("key delete pay --yes --pin-source env:USER").ok();
    let (code, gone) = folder.json("token restore-check copy");
    assert_eq!(
        (code, &gone["files"][0]["whole"], &gone["files"][0]["on_token"]),
        (13, &true.into(), &false.into())
    );
    folder.run("virtual new other.kzt --serial 77").ok();
    let run = folder.run("--virtual other.kzt token restore-check copy");
    assert!(run.code == 13 && run.stdout.contains(SERIAL) && run.stdout.contains("77"), "{run:?}");
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = Folder::with_key();
    fs::create_dir(folder.path("used")).unwrap();
    folder.write("used/letter", "dear");
    folder.token("token backup used").fails(9, "not empty");
    assert_eq!(names(&folder.path("used")), ["letter"]);
    folder.token("token backup t.kzt").fails(1, "t.kzt");
    folder.token("token backup none/copy").fails(1, "none/copy");
    // An empty folder is taken; what goes wrong on the way leaves nothing.
    fs::create_dir(folder.path("empty")).unwrap();
    folder.token("--fault unplug@20 token backup empty").fails(12, "");
    assert!(names(&folder.path("empty")).is_empty());
    folder.token("token backup empty").ok();
    assert!(names(&folder.path(".")).iter().all(|name| !name.starts_with(".kaztoken")));
    folder.token("token backup empty").fails(9, "not empty");
    folder.write("used/manifest.json", "{}");
    folder.token("token restore-check used").fails(13, "no backup");
}

#[test]
fn labels_lead_nowhere() {
    let folder = Folder::formatted();
    for label in ["../../up", "CON", "a/b\\c"] {
        let arguments =
            ["--virtual", "t.kzt", "key", "generate", "--pin-source", "env:USER", "--label", label];
        folder.run_with_input(&arguments, "").ok();
    }
    folder.token("token backup copy").ok();
    let expected =
        ["01-public-key-up.pem", "02-public-key-CON.pem", "03-public-key-a_b_c.pem", "manifest.json"];
    assert_eq!(names(&folder.path("copy")), expected);
    folder.token("token restore-check copy").ok();
}

#[test]
fn a_token_with_nothing_on_it() {
    let folder = Folder::factory();
    let said = folder.token("token backup copy").ok();
    assert!(said.contains("nothing public"), "{said}");
    assert_eq!(names(&folder.path("copy")), ["manifest.json"]);
    folder.token("token restore-check copy").ok();
}
